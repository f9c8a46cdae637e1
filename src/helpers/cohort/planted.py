"""Planted faults against flags: which were caught, and what clean cells were called odd.

A synthetic case lists every fault that was planted in its files. Each code has a rule by which a
flag answers a planted fault; the rules are written down in :data:`RULES` and nowhere else.

- :func:`caught`: by code, how many planted faults were flagged, and flags that answer none.
- :func:`missed`: planted faults that no flag answers.
- :data:`RULES`, :data:`MEANING`: how flag and fault are matched.
"""

from __future__ import annotations

import re

import pandas as pd

from helpers.cohort.oddities import without_days
from helpers.intake.flags import CODES
from helpers.intake.reading import read_csv
from helpers.run import Run

MEANING = {
    "cell": "a flag of the same code at the same sheet, row and column",
    "row": "a flag of the same code at the same sheet and row; the fault lies between two columns",
    "pair": "a flag of the same code at the same sheet and row, on either of the dates compared",
    "column": "a flag that the column was withheld; outside columns for free text, the cell",
    "sheet": "a flag of the same sheet that names the hidden part",
}
RULES = {
    "X06": "pair",
    "X07": "row",
    "X08": "row",
    "X10": "row",
    "X14": "column",
    "X15": "row",
    "X16": "sheet",
    "X17": "row",
    "X19": "row",
}
"""Rule of each code; every other code goes by ``cell``.

X06: of two dates out of order the flag names the later and, in its reason, the earlier; the fault
may be in either. X07, X08, X10: a record is odd because of another record. X15: planted in the
column of the state, read from the date of removal. X17: the fault lies between first and last
harm. X19: planted in the date of birth, found in the age made from it. X14 in a column that is not
for free text goes by ``cell``: there the one value must be withheld.
"""

FOLLOWS = ("X06", "X12", "X13", "X19")
"""Codes that compare two dates: a fault planted in either of the two answers the flag."""

COLUMNS = ["code", "meaning", "rule", "flagged", "numerator", "denominator", "following", "clean"]


def _names(run: Run) -> dict[tuple[str, str], frozenset[str]]:
    """Return the canonical columns that each header of each source is read into."""
    found: dict[tuple[str, str], set[str]] = {}
    for source in run.case.sources:
        for name, rule in [*source.fields.items(), *source.milestones.items()]:
            for header in (*rule.from_, name):
                found.setdefault((source.id, header), set()).add(name)
    return {key: frozenset(names) for key, names in found.items()}


def _column(frame: pd.DataFrame, column: str, known: dict) -> list[frozenset[str]]:
    pairs = zip(frame["source_id"], frame[column], strict=True)
    return [known.get(pair, frozenset([pair[1]])) for pair in pairs]


def _planted(run: Run) -> pd.DataFrame:
    """Return the planted faults that have a code, one row a cell, with the rule of each."""
    raw = read_csv(run.case.path(run.case.truth.dirt), encoding="utf-8", needed=["code"])
    frame = raw[raw["code"].isin(list(CODES))].drop_duplicates(
        ["source_id", "sheet", "row", "header", "code", "kind"]
    )
    rule = frame["code"].map(RULES).fillna("cell")
    private = {(s.id, header) for s in run.case.sources for header in s.quarantined}
    pairs = pd.Series(list(zip(frame["source_id"], frame["header"], strict=True)), frame.index)
    rule = rule.mask(frame["code"].eq("X14") & ~pairs.isin(private), "cell")
    rule = rule.mask(frame["kind"].eq("total row"), "row")
    return frame.assign(row=frame["row"].astype("int64"), rule=rule).reset_index(drop=True)


def _flags(run: Run) -> pd.DataFrame:
    """Return the flags, one row a cell, reasons without days."""
    frame = run.extract.flags
    frame = frame.rename(columns={"source_sheet": "sheet", "source_row": "row"})
    frame = frame.assign(
        sheet=frame["sheet"].astype("str").fillna(""), row=frame["row"].astype("int64")
    )
    frame["said"] = without_days(frame["reason"])
    frame = frame.drop_duplicates(["source_id", "sheet", "row", "column", "code", "said"])
    return frame.reset_index(drop=True)


def _hidden(piece: dict) -> bool:
    """Tell whether what is said of a sheet speaks of the hidden part that was planted."""
    reason = piece["said"]
    if piece["kind"] == "hidden row":
        return bool(re.search(r"\brows?\b.*\bread\b", reason)) and "hidden" in reason
    if piece["kind"] == "hidden column":
        named = [name.strip() for name in reason.partition(":")[2].split(",")]
        return "hidden column" in reason and piece["header"] in [piece["column"], *named]
    return "hidden sheet" in reason or "sheet is hidden" in reason


def _compared(said: str) -> set[str]:
    """Return the date that a flag says it stands before."""
    found = re.search(r"before (.+)$", said)
    return {found[1].replace(" ", "_")} if found else set()


def _pairs(run: Run, planted: pd.DataFrame, flags: pd.DataFrame) -> pd.DataFrame:
    """Return which flag answers which planted fault, by position."""
    known = _names(run)
    left = planted.assign(piece=planted.index, names=_column(planted, "header", known))
    right = flags.assign(flag=flags.index, column_names=_column(flags, "column", known))
    right = right[["source_id", "sheet", "row", "code", "column", "flag", "column_names", "said"]]
    parts = []
    by_row = left["rule"].isin(["cell", "row", "pair"])
    both = left[by_row].merge(right, on=["source_id", "sheet", "row", "code"])
    fits = [
        row["rule"] == "row"
        or bool(row["names"] & row["column_names"])
        or (row["rule"] == "pair" and bool(row["names"] & _compared(row["said"])))
        for row in both.to_dict("records")
    ]
    parts.append(both[pd.Series(fits, both.index, dtype="bool")])
    both = left[left["rule"].eq("column")].merge(right, on=["source_id", "code"])
    parts.append(both[both["header"].eq(both["column"])])
    both = left[left["rule"].eq("sheet")].merge(right, on=["source_id", "sheet", "code"])
    fits = [_hidden(row) for row in both.to_dict("records")]
    parts.append(both[pd.Series(fits, both.index, dtype="bool")])
    return pd.concat([part[["piece", "flag"]] for part in parts if len(part)], ignore_index=True)


def _following(run: Run, planted: pd.DataFrame, flags: pd.DataFrame) -> pd.Series:
    """Tell which flags compare a date with another in which a fault was planted."""
    known = _names(run)
    touched: dict[tuple, set[str]] = {}
    for row, names in zip(
        planted.to_dict("records"), _column(planted, "header", known), strict=True
    ):
        touched.setdefault((row["source_id"], row["sheet"], row["row"]), set()).update(names)
    found = []
    for row in flags.to_dict("records"):
        planted_here = touched.get((row["source_id"], row["sheet"], row["row"]), set())
        compared = set(known.get((row["source_id"], row["column"]), {row["column"]}))
        compared |= _compared(row["said"])
        # An age comes from two dates, a contact or a discharge is held against the death.
        compared |= {"X19": {"dob", "date_of_death"}}.get(row["code"], set())
        compared |= {"date_of_death"} if row["code"] in {"X12", "X13"} else set()
        found.append(row["code"] in FOLLOWS and bool(compared & planted_here))
    return pd.Series(found, index=flags.index, dtype="bool")


def _matched(run: Run) -> tuple[pd.DataFrame, pd.DataFrame]:
    planted, flags = _planted(run), _flags(run)
    pairs = _pairs(run, planted, flags)
    answered = flags.index.isin(pairs["flag"])
    after = _following(run, planted, flags) & ~answered
    planted = planted.assign(caught=planted.index.isin(pairs["piece"]))
    return planted, flags.assign(answers=answered, following=after, clean=~answered & ~after)


def caught(run: Run) -> pd.DataFrame:
    """Return by code how many planted faults were flagged, and how many flags answer none.

    Returns
    -------
    DataFrame
        Columns code, meaning, rule (how flag and fault are matched), flagged (cells flagged),
        numerator (faults caught), denominator (faults planted), following (flags that a fault in
        the other of two compared dates gave rise to), clean (flags that no planted fault answers);
        a row "all" last; empty where the case names no truth.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(caught(run))
    0
    """
    if run.case.truth is None:
        return pd.DataFrame(columns=COLUMNS)
    planted, flags = _matched(run)
    made = pd.DataFrame(
        {
            "flagged": flags.groupby("code").size(),
            "numerator": planted.groupby("code")["caught"].sum(),
            "denominator": planted.groupby("code").size(),
            "following": flags.groupby("code")["following"].sum(),
            "clean": flags.groupby("code")["clean"].sum(),
        }
    )
    made = made.reindex(sorted(made.index)).fillna(0).astype("int64").rename_axis("code")
    made = made.reset_index()
    made["meaning"] = made["code"].map(CODES)
    made["rule"] = made["code"].map(RULES).fillna("cell").map(MEANING)
    total = made.select_dtypes("number").sum().to_dict()
    total |= {"code": "all", "meaning": "", "rule": ""}
    return pd.concat([made, pd.DataFrame([total])], ignore_index=True)[COLUMNS]


def missed(run: Run) -> pd.DataFrame:
    """Return planted faults that no flag answers, and flags that answer no planted fault.

    Returns
    -------
    DataFrame
        Columns what (missed, or flagged though clean), source_id, column, code, kind, numerator
        (cells).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> missed(run).attrs["reason"]
    'The case names no list of planted faults.'
    """
    keys = ["what", "source_id", "column", "code", "kind"]
    frame = pd.DataFrame(columns=[*keys, "numerator"])
    if run.case.truth is None:
        frame.attrs["reason"] = "The case names no list of planted faults."
        return frame
    planted, flags = _matched(run)
    lost = planted[~planted["caught"]].rename(columns={"header": "column"})
    clean = flags[flags["clean"]].rename(columns={"said": "kind"})
    parts = [lost.assign(what="planted, not flagged"), clean.assign(what="flagged, not planted")]
    parts = [part[keys] for part in parts if len(part)]
    if parts:
        counted = pd.concat(parts, ignore_index=True).groupby(keys, as_index=False).size()
        frame = counted.rename(columns={"size": "numerator"})
    frame.attrs["answer"] = "Every planted fault was flagged, and nothing else was."
    return frame
