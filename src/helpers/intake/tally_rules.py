"""What the texts of a file with one row a death mean: days, bands of ages, values, conditions.

Every row is accounted for: counted, quarantined (no usable date or age) or out of scope, each with
the reason. What is odd is flagged; what nobody decided stops the run.

- :func:`tallied`: counts and accounts of a file.
- :func:`stopped`: everything that stops the run; :func:`flagged`: everything that does not.
- :func:`planned`: a plan whose question names its columns; :func:`needed`: those columns.
- :func:`band_names`: the name of each band of ages; :func:`rising`: whether bands are in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from helpers.errors import InputError, Problem
from helpers.intake import tally_engine as engine
from helpers.intake.cleaning import row_list, squeeze
from helpers.intake.columns import WITHHELD, prose_withheld
from helpers.intake.flags import CODES, Log
from helpers.intake.tally_files import Opened

NOT_RECORDED = "Not recorded"
"""What a blank becomes, so that no death is lost where counts are broken down."""


DISTINCT = 2_000
"""Different values beyond which a column without a map is taken to identify people."""


LISTED = 200
"""Texts of one kind that are looked up in the file again to name their rows."""


BEYOND = {
    engine.BEFORE: "before the days that the source covers",
    engine.AFTER: "after the days that the source covers",
    engine.PARTLY: "in a year that the source covers in part",
}


@dataclass(frozen=True)
class Dimension:
    """How a characteristic is read: its column, and its map or the ages at which bands begin."""

    column: str
    mapping: Mapping[str, str] | None = None
    bands: tuple[int, ...] = ()
    missing: frozenset[str] = frozenset()
    quarantine: bool = False
    file: str = "the map of the column in case.yml"


@dataclass(frozen=True)
class Plan:
    """What is counted: by what, and which rows count for which measure."""

    question: engine.Question
    dimensions: Mapping[str, Dimension]
    measures: Mapping[str, Mapping[str, Sequence[str]]]
    missing: frozenset[str] = frozenset()
    known: Mapping[str, Sequence[str]] | None = None


@dataclass
class Found:
    """What was met: fates of rows, texts that are flagged, texts that stop the run."""

    fates: list[tuple[str, str, int | None, int]] = field(default_factory=list)
    flags: list[tuple[str, str, str, pd.Series]] = field(default_factory=list)
    stops: list[tuple[str, str, str, pd.Series]] = field(default_factory=list)
    counts: pd.DataFrame = field(default_factory=pd.DataFrame)

    def flag(self, code: str, column: str, action: str, rows: pd.Series) -> None:
        """Note texts with the rows of each, under a code of the log.

        Parameters
        ----------
        code, column, action : str
            Code of the log, column of the file, and what was done.
        rows : Series
            Number of rows by text; nothing is noted where it is empty.
        """
        if len(rows):
            self.flags.append((code, column, action, rows))


def band_names(bands: Sequence[int]) -> list[str]:
    """Return the name of each band of ages, as the suite writes them.

    Examples
    --------
    >>> band_names([0, 18, 65])
    ['Under 18', '18 to 64', '65 and over']
    """
    names = []
    for start, after in zip(bands, [*bands[1:], None], strict=True):
        if after is None:
            names.append(f"{start} and over")
        elif start == 0:
            names.append(f"Under {after}")
        else:
            names.append(f"{start} to {after - 1}" if after - start > 1 else str(start))
    return names


def rising(bands: Sequence[int]) -> bool:
    """Return whether bands begin at whole ages of 0 or more, each above the one before."""
    whole = all(isinstance(age, int) and 0 <= age <= engine.OLDEST for age in bands)
    return bool(bands) and whole and list(bands) == sorted(set(bands))


def _rows_by(groups: pd.DataFrame, column: str) -> pd.Series:
    """Return the number of rows of each text of a column, most first."""
    rows = groups.groupby(column, observed=True)["rows"].sum()
    rows.index = pd.Index(rows.index, dtype="str", name=column)
    return rows.sort_index().sort_values(ascending=False, kind="stable")


def _as(texts: pd.Series, value: pd.Series) -> pd.Series:
    """Return what each text stands for, as categories in the order of the alphabet.

    Parameters
    ----------
    texts : Series
        Categories; each that occurs is in the index of `value`.
    value : Series
        What it stands for, by text.
    """
    held = value.reindex(texts.cat.categories)
    codes, names = pd.factorize(held, sort=True, use_na_sentinel=True)
    at = codes[texts.cat.codes]
    return pd.Series(pd.Categorical.from_codes(at, categories=pd.Index(names, dtype="str")))


def _undated(groups: pd.DataFrame, plan: Plan, found: Found) -> dict[str, pd.Timestamp]:
    """Account for rows without a day; return texts that are days all the same."""
    rows = _rows_by(groups, "said")
    if rows.empty:
        return {}
    question, text = plan.question, squeeze(pd.Series(rows.index, index=rows.index))
    blank = text.eq("") | text.isin(plan.missing)
    fmt = question.date_format
    if fmt is None:  # a column of days: what is not among them is out of their range
        impossible = ~blank
        days = pd.Series(pd.NaT, index=rows.index)
    else:
        days = pd.to_datetime(text.mask(blank), format=fmt, errors="coerce")
        impossible = days.notna() & ~days.dt.year.between(engine.FIRST, engine.LAST)
    more = days[days.notna() & ~impossible].to_dict()
    if more:
        return more
    unread = ~blank & ~impossible
    date = question.date
    for which, code, reason in (
        (blank, "X04", "no date of death recorded"),
        (unread, "X01", "date not in the declared format"),
        (impossible, "X03", "date that no record can have"),
    ):
        if which.any():
            found.flag(code, date, "not counted", rows[which])
            found.fates.append(("quarantined", reason, None, int(rows[which].sum())))
    return {}


def _banded(
    groups: pd.DataFrame, name: str, rule: Dimension, found: Found
) -> tuple[pd.Series, pd.Series]:
    """Return the band of each group, and why a group is not counted (empty where it is)."""
    column = rule.column
    band = groups[f"band:{column}"].astype("float64")
    text = groups[f"age:{column}"].mask(band.notna())
    labels = np.array([*band_names(rule.bands), NOT_RECORDED], dtype=object)
    at: dict[str, int] = {}
    why: dict[str, str] = {}
    odd: dict[str, list[str]] = {"kept": [], "stop": [], "not counted": []}
    for said in text.dropna().unique():
        plain = " ".join(said.split())
        age = None if plain in rule.missing else engine.age_of(plain)
        at[said] = len(rule.bands)
        if plain == "" or plain in rule.missing:
            odd["kept"].append(said)
        elif age is None:
            odd["stop"].append(said)
        elif age < 0 or age >= engine.OLDEST + 1:
            why[said] = "age below 0" if age < 0 else f"age of {engine.OLDEST + 1} and over"
            odd["not counted"].append(said)
        elif age < rule.bands[0]:
            why[said] = f"younger than {rule.bands[0]}"
        else:
            at[said] = int(np.searchsorted(rule.bands, age, side="right")) - 1
    rows = _rows_by(groups[band.isna()], f"age:{column}")
    found.flag("X04", column, f"counted as {NOT_RECORDED!r}", rows[rows.index.isin(odd["kept"])])
    found.flag("X19", column, "not counted", rows[rows.index.isin(odd["not counted"])])
    bad = rows[rows.index.isin(odd["stop"])]
    if len(bad):
        mend = "Name the word under missing in case.yml, or ask for the extract again."
        found.stops.append(("is not a number", column, mend, bad))
    which = band.fillna(text.map(at).astype("float64")).astype("int64")
    order = np.argsort(np.argsort(labels))
    banded = pd.Categorical.from_codes(order[which], categories=pd.Index(np.sort(labels)))
    return pd.Series(banded), text.map(why).astype("object").fillna("")


def _valued(
    groups: pd.DataFrame, name: str, rule: Dimension, found: Found, *, strict: bool
) -> pd.Series:
    """Return the value of each group; collect what is not mapped."""
    column = f"text:{rule.column}"
    rows = _rows_by(groups, column)
    text = squeeze(pd.Series(rows.index, index=rows.index, dtype="str"))
    blank = text.eq("") | text.isin(rule.missing)
    found.flag("X04", rule.column, f"counted as {NOT_RECORDED!r}", rows[blank])
    if rule.mapping is None:
        if text[~blank].nunique() > DISTINCT:
            raise InputError.one(
                f"column {rule.column} holds more than {DISTINCT:,} different values",
                name,
                "Give it a map in case.yml; what identifies people is never counted by.",
            )
        value = text.mask(blank)
        if strict:
            kept, _ = prose_withheld(value)
            held = value.notna() & kept.isna()
            found.flag("X14", rule.column, WITHHELD, rows[held])
            value = kept
    else:
        value = text.map(dict(rule.mapping)).mask(blank)
        unknown = value.isna() & ~blank
        if rule.quarantine:
            found.flag("X14", rule.column, WITHHELD, rows[unknown])
        elif unknown.any():
            mend = f"Add it to {rule.file}."
            found.stops.append(("is not mapped", rule.column, mend, rows[unknown]))
    return _as(groups[column], value.fillna(NOT_RECORDED))


def _measured(groups: pd.DataFrame, plan: Plan, found: Found) -> pd.DataFrame:
    """Return the rows that count for each measure; collect values that no measure knows."""
    columns = dict.fromkeys(column for where in plan.measures.values() for column in where)
    values = {}
    for column in columns:
        rows = _rows_by(groups, f"text:{column}")
        text = squeeze(pd.Series(rows.index, index=rows.index, dtype="str"))
        values[column] = _as(groups[f"text:{column}"], text)
        if plan.known is None:
            continue
        known = {one for where in plan.measures.values() for one in where.get(column, ())}
        known |= set(plan.known.get(column, ()))
        blank = text.eq("") & ~text.isin(known)
        found.flag("X04", column, "counted for no measure of the column", rows[blank])
        unknown = ~text.isin(known) & ~blank
        if unknown.any():
            mend = "Name it where a measure asks for it, or under known, in case.yml."
            found.stops.append(("is not known", column, mend, rows[unknown]))
    made = {}
    for name, where in plan.measures.items():
        holds = pd.Series(True, index=groups.index)
        for column, wanted in where.items():
            holds &= values[column].isin(list(wanted))
        made[name] = groups["rows"].where(holds, 0)
    return pd.DataFrame(made, index=groups.index)


def tallied(file: Opened, plan: Plan, *, strict: bool) -> Found:
    """Return the counts of a file, and an account of every row.

    Parameters
    ----------
    file : Opened
        The file; opened for reading only.
    plan : Plan
        What is counted.
    strict : bool
        Whether text that may speak of a person is withheld from what is counted by.

    Returns
    -------
    Found
        Counts by year and dimension, one column a measure, fates of rows, and what was odd.

    Raises
    ------
    AssertionError
        If rows are not accounted for: a fault of the suite.
    InputError
        If the file cannot be read or holds no rows.
    """
    if file.types.get(file.position(plan.question.date)) == "day":
        plan = replace(plan, question=replace(plan.question, date_format=None))
    groups = engine.grouped(file, plan.question)
    found = Found()
    more = _undated(groups[groups["year"].isna()], plan, found)
    if more:  # days in a spelling that the table of days does not have
        question = replace(plan.question, days={**plan.question.days, **more})
        if set(more) <= set(plan.question.days):  # a fault of the suite, never of the data
            raise AssertionError("a day was not found by its text")
        return tallied(file, replace(plan, question=question), strict=strict)
    read = int(groups["rows"].sum())
    if read == 0:
        raise InputError.one(
            "the file has a header and no rows", file.path.name, "Ask for the extract again."
        )
    for code, reason in BEYOND.items():
        rows = int(groups.loc[groups["year"].eq(code), "rows"].sum())
        if rows:
            found.fates.append(("out of scope", reason, None, rows))
    inside = groups[groups["year"].gt(0)].reset_index(drop=True)
    made: dict[str, pd.Series] = {"year": inside["year"].astype("int64")}
    reason = pd.Series("", index=inside.index, dtype="str")
    for name, rule in plan.dimensions.items():
        if rule.bands:
            made[name], why = _banded(inside, name, rule, found)
            reason = reason.mask(reason.eq(""), why)
        else:
            made[name] = _valued(inside, file.path.name, rule, found, strict=strict)
    for why, rows in inside["rows"].groupby(reason).sum().items():
        if why:
            fate = "out of scope" if str(why).startswith("younger") else "quarantined"
            found.fates.append((fate, str(why), None, int(rows)))
    kept = reason.eq("")
    measures = _measured(inside, plan, found)
    for year, rows in inside.loc[kept, "rows"].groupby(made["year"][kept]).sum().items():
        found.fates.append(("used", "counted", int(year), int(rows)))
    if sum(fate[3] for fate in found.fates) != read:  # a fault of the suite, never of the data
        raise AssertionError(f"rows of {file.path.name} are not accounted for")
    keys = ["year", *plan.dimensions]
    whole = pd.concat([pd.DataFrame(made), measures], axis=1)[kept]
    whole.columns = pd.RangeIndex(whole.shape[1])  # a measure may have the name of a dimension
    by = list(range(len(keys)))
    table = whole.groupby(by, sort=True, observed=True).sum().reset_index()
    for column in by[1:]:  # each text is made once and taken by its number
        texts = table[column].cat
        table[column] = texts.categories.astype("str").take(texts.codes)
    table.columns = [*keys, *plan.measures]
    found.counts = table
    return found


def _named(file: Opened, texts: pd.Series) -> list[str]:
    return [str(text) for text in texts.index[:LISTED]]


def _shown(text: str) -> str:
    kept, _ = prose_withheld(pd.Series([" ".join(text.split())], dtype="str"))
    return WITHHELD if kept.isna().any() else kept.iloc[0]


def stopped(file: Opened, found: Found) -> InputError:
    """Return every text that stops the run, with its rows."""
    texts: dict[str, list[str]] = {}
    for _, column, _, rows in found.stops:
        texts.setdefault(column, []).extend(_named(file, rows))
    at = engine.examples(file, texts)
    problems = []
    for what, column, mend, rows in found.stops:
        for text, number in rows.items():
            named = pd.Series(at.get((column, str(text).strip(" ")), []))
            where = f"{file.path.name}, column {column}"
            where += f", row {row_list(named, 3)}" if len(named) else ""
            if number > len(named) > 0:
                where = where.partition(" and ")[0] + f" and {number - min(len(named), 3):,} more"
            shown = _shown(str(text))
            said = "a value that may be free text" if shown == WITHHELD else repr(shown)
            problems.append(Problem(f"{said} {what} ({number} rows)", where, mend))
    return InputError(problems)


def flagged(file: Opened, found: Found, source_id: str, log: Log) -> None:
    """Put what was met into the log: examples with their rows, and how many there are.

    Parameters
    ----------
    file : Opened
        The file; it is read once more where anything was met.
    found : Found
        What was met.
    source_id : str
        The source, as ``case.yml`` names it.
    log : Log
        Takes the flags.
    """
    texts: dict[str, list[str]] = {}
    for _, column, _, rows in found.flags:
        texts.setdefault(column, []).extend(_named(file, rows))
    at = engine.examples(file, texts)
    for code, column, action, rows in found.flags:
        lines = [
            (row, text)
            for text in _named(file, rows)
            for row in at.get((column, text.strip(" ")), [])
        ]
        total = int(rows.sum())
        count = f"{total:,} rows" if total > 1 else "1 row"
        listed = "" if len(lines) >= total else f", {len(lines)} of them listed"
        hidden = code == "X14"
        log.add(
            code,
            source_id=source_id,
            rows=[row for row, _ in lines],
            column=column,
            values=[WITHHELD if hidden else _shown(text) for _, text in lines],
            action="withheld" if hidden else action,
            reason=f"{CODES[code]} ({count}{listed})",
        )


def needed(plan: Plan) -> list[str]:
    """Return the columns of the file that are looked at."""
    columns = [plan.question.date, *(rule.column for rule in plan.dimensions.values())]
    columns += [column for where in plan.measures.values() for column in where]
    return list(dict.fromkeys(columns))


def planned(plan: Plan) -> Plan:
    """Return the plan with the columns of its dimensions and measures in its question."""
    texts = [rule.column for rule in plan.dimensions.values() if not rule.bands]
    texts += [column for where in plan.measures.values() for column in where]
    bands: dict[str, tuple[int, ...]] = {}
    for rule in plan.dimensions.values():
        if rule.bands and bands.setdefault(rule.column, rule.bands) != rule.bands:
            raise InputError.one(
                f"column {rule.column} is cut into bands in two ways",
                "bands",
                "Count once for each of them.",
            )
    question = replace(plan.question, texts=tuple(dict.fromkeys(texts)), bands=bands)
    return replace(plan, question=question)
