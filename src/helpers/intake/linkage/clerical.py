"""Pairs that a person must look at: the queue, out as a file and back with decisions.

- :func:`queued`: pairs as a person sees them.
- :func:`write_queue`, :func:`read_decisions`: the file out and back.
- :func:`decided_pairs`: decisions as positions in two lists.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.errors import InputError, Problem
from helpers.intake.linkage.records import SIDE
from helpers.intake.reading import read_csv

DECISIONS = ("same", "different", "undecided")
SHOWN = ["weight", "probability", "why", "fields", "linked_meanwhile"]
FILLED = ["decision", "decided_by", "decided_on", "note"]
"""What a person fills in."""

KINDS = ("incident", "death", "steis", "registration")
PAIRS = ({"incident", "death"}, {"incident", "steis"}, {"death", "registration"})
"""Kinds of record that are linked with each other."""

PLACE = r"^(.+?) \| sheet (.*) \| row (\d+) \| number ?(.*)$"


def queued(
    pairs: pd.DataFrame, sides: dict[str, pd.DataFrame], decided: pd.DataFrame
) -> pd.DataFrame:
    """Return pairs as a person sees them: where both rows stand and which fields agree.

    Parameters
    ----------
    pairs : DataFrame
        Positions on each side, weight, probability, why, fields, linked.
    sides : dict of DataFrame
        The two lists by kind of record.
    decided : DataFrame
        From :func:`decided_pairs`: what was written beside undecided pairs is kept.

    Returns
    -------
    DataFrame
        One row a pair, the strongest first.
    """
    made = {}
    for side, frame in sides.items():
        for name in [f"{side}_id", *SIDE, "local_ref"]:
            column = name if name == f"{side}_id" else f"{side}_{name}"
            made[column] = frame[name].array.take(pairs[side])
        # With room for a missing one: the queues of two linkages are joined.
        made[f"{side}_source_row"] = pd.array(made[f"{side}_source_row"], dtype="Int64")
    frame = pd.DataFrame(made, index=pairs.index).assign(
        weight=pairs["weight"].round(1),
        probability=pairs["probability"].round(4),
        why=pairs["why"],
        fields=pairs["fields"],
        linked_meanwhile=pairs["linked"].map({True: "yes", False: "no"}).astype("str"),
    )
    filled = decided.loc[decided["decision"].eq("undecided"), [*sides, *FILLED]]
    frame = frame.join(pairs[list(sides)]).merge(filled, how="left", on=list(sides))
    frame[FILLED] = frame[FILLED].astype("str").fillna("")
    order = ["weight", *(f"{side}_id" for side in sides)]
    frame = frame.sort_values(order, ascending=[False, True, True], ignore_index=True)
    return frame.drop(columns=list(sides))


def _about(decisions: pd.DataFrame, sides: Iterable[str]) -> pd.DataFrame:
    """Return the decisions about two kinds of record; a file may hold others as well."""
    rows = [f"{side}_source_row" for side in sides]
    if not {*rows} <= {*decisions.columns}:
        return decisions.iloc[:0]
    mine = decisions[decisions[rows].notna().all(axis=1)]
    return mine.astype(dict.fromkeys(rows, "int64")).reset_index(drop=True)


def decided_pairs(
    decisions: pd.DataFrame | None, sides: dict[str, pd.DataFrame], *, once: str
) -> pd.DataFrame:
    """Return decisions with the positions of their records, or a problem for each that has none.

    Parameters
    ----------
    decisions : DataFrame or None
        From :func:`read_decisions`; rows about other kinds of record are passed over.
    sides : dict of DataFrame
        The two lists by kind of record.
    once : str
        The kind of which each record is linked to one of the other kind at most.

    Returns
    -------
    DataFrame
        Positions on both sides and what was filled in.

    Raises
    ------
    InputError
        With every decision about a record that is not there, and every contradiction.
    """
    first, second = sides
    columns = [*sides, *FILLED]
    made = pd.DataFrame() if decisions is None else _about(decisions, sides)
    if made.empty:
        return pd.DataFrame({n: pd.Series(dtype="int64" if n in sides else "str") for n in columns})
    faults = {}
    for side, frame in sides.items():
        place = frame[SIDE].astype({"source_row": "int64"})
        place = place.rename(columns={name: f"{side}_{name}" for name in SIDE})
        place = place.assign(**{side: np.arange(len(place)), "held": frame["local_ref"]})
        made = made.merge(place, how="left", on=[f"{side}_{name}" for name in SIDE])
        faults[f"the {side} is not in the extract"] = made[side].isna()
        # A spreadsheet program may have taken the zeros before a number.
        moved = made[f"{side}_local_ref"].str.lstrip("0").ne(made["held"].str.lstrip("0"))
        faults[f"that row now holds another {side}"] = made[side].notna() & moved
        made = made.drop(columns="held")
    pair = made.groupby([first, second])["decision"].transform("nunique").gt(1)
    same = made["decision"].eq("same")
    several = made.loc[same].groupby(once)[second if once == first else first]
    several = several.transform("nunique").gt(1)
    clash = pair | several.reindex(made.index, fill_value=False)
    faults[f"it contradicts another decision about that {once}"] = clash
    problems = [
        Problem(what, f"decisions, row {row}", "Look the pair up in a new queue and correct it.")
        for what, bad in faults.items()
        for row in made.loc[bad, "row"]
    ]
    if problems:
        raise InputError(problems)
    made = made.drop_duplicates([first, second])
    return made[columns].astype(dict.fromkeys(sides, "int64"))


def _cell(queue: pd.DataFrame, side: str) -> pd.Series:
    """Return the place of each record in one cell, which no spreadsheet takes for a date.

    Blank where the pair is about other kinds of record.
    """
    source, sheet, ref = (
        queue[f"{side}_{name}"].astype("str").fillna("")
        for name in ("source_id", "source_sheet", "local_ref")
    )
    row = pd.to_numeric(queue[f"{side}_source_row"]).astype("Int64")
    place = source + " | sheet " + sheet + " | row " + row.astype("str") + " | number " + ref
    return place.mask(row.isna(), "")


def _sides(columns: Iterable[str]) -> list[str]:
    return [name for name in KINDS if name in columns]


def write_queue(queue: pd.DataFrame, path: Path) -> None:
    """Write the queue as a CSV file for a person to fill in the columns of :data:`FILLED`.

    One file serves a case: it has a column for each kind of record in the queue, and each row
    fills in the two that it is about.

    Parameters
    ----------
    queue : DataFrame
        From :class:`Linked`, or several of them one below the other.
    path : Path
        File to write; it holds references of rows and no identifiers, for internal use.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> sides = {f"{s}_{n}": ["2"] for s in ("incident", "death") for n in (*SIDE, "local_ref")}
    >>> queue = pd.DataFrame(sides | dict.fromkeys([*SHOWN, *FILLED], ""))
    >>> with TemporaryDirectory() as folder:
    ...     write_queue(queue, Path(folder) / "queue.csv")
    ...     print((Path(folder) / "queue.csv").read_text(encoding="utf-8-sig").splitlines()[0])
    incident,death,weight,probability,why,fields,linked_meanwhile,decision,decided_by,decided_on,note
    """
    sides = _sides({name.removesuffix("_source_row") for name in queue.columns})
    made = pd.DataFrame({side: _cell(queue, side) for side in sides})
    made = made.join(queue[[*SHOWN, *FILLED]])
    # With a mark of UTF-8, so that spreadsheet programs read it as such.
    made.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def read_decisions(path: Path) -> pd.DataFrame:
    """Return what a person decided, from the queue as filled in.

    Rows without a decision are passed over. A decision is ``same``, ``different`` or
    ``undecided``; the first two need the person and the day (YYYY-MM-DD or DD/MM/YYYY). One file
    may hold pairs of several kinds: each linkage takes the rows that are about its own.

    Parameters
    ----------
    path : Path
        The file, as :func:`write_queue` wrote it and a person filled it in.

    Returns
    -------
    DataFrame
        Places of both records (missing for the kinds that a row is not about), decision,
        decided_by, decided_on (YYYY-MM-DD), note, and the row of the file.

    Raises
    ------
    InputError
        With every row that cannot be taken, and why.
    """
    if path.is_file() and len(path.read_bytes().splitlines()) == 1:
        return pd.DataFrame(columns=FILLED)  # nothing was queued
    raw = read_csv(path, encoding="utf-8-sig", needed=FILLED)
    sides = _sides(raw.columns)
    if len(sides) < 2:
        raise InputError.one(
            f"the file names {len(sides)} kinds of record and needs two",
            f"{path.name}, header",
            "Keep the columns of the queue as they were written.",
        )
    text = raw[[*sides, *FILLED]].apply(lambda column: column.str.strip())
    text["decision"] = text["decision"].str.casefold()
    text = text.assign(row=raw["source_row"])[text[FILLED].ne("").any(axis=1)]
    iso = pd.to_datetime(text["decided_on"], format="%Y-%m-%d", errors="coerce")
    day = iso.fillna(pd.to_datetime(text["decided_on"], format="%d/%m/%Y", errors="coerce"))
    final = text["decision"].isin(DECISIONS[:2])
    faults = {
        ("there is no decision beside what was filled in", f"Write {_either(DECISIONS)}."): text[
            "decision"
        ].eq(""),
        ("the decision is none that can be taken", f"Write {_either(DECISIONS)}."): text[
            "decision"
        ].ne("")
        & ~text["decision"].isin(DECISIONS),
        ("decided_by is empty", "Write who decided."): final & text["decided_by"].eq(""),
        ("decided_on is no day", "Write it as 2016-03-31."): day.isna()
        & (final | text["decided_on"].ne("")),
    }
    made = text.assign(decided_on=day.dt.strftime("%Y-%m-%d").fillna(""))
    mend = "Copy it from the queue as it was written."
    told = text[sides].ne("")
    about = [
        {side for side, yes in zip(sides, row, strict=True) if yes} in PAIRS
        for row in told.itertuples(index=False)
    ]
    faults["the row does not name two records that can be linked", mend] = pd.Series(
        np.logical_not(about), index=text.index, dtype=bool
    )
    for side in sides:
        place = text[side].str.extract(PLACE)
        faults[f"{side} does not say which record is meant", mend] = place[0].isna() & told[side]
        for number, name in enumerate([*SIDE, "local_ref"]):
            made[f"{side}_{name}"] = place[number]
        made[f"{side}_source_row"] = pd.to_numeric(place[2]).astype("Int64")
    problems = [
        Problem(what, f"{path.name}, row {row}", mend)
        for (what, mend), bad in faults.items()
        for row in text.loc[bad, "row"]
    ]
    if problems:
        raise InputError(problems)
    places = [f"{side}_{name}" for side in sides for name in (*SIDE, "local_ref")]
    return made[[*places, *FILLED, "row"]].reset_index(drop=True)


def _either(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"
