"""The form of a folder of providers: columns, what ``providers.yml`` may say, and the checks.

- :class:`About`: what ``providers.yml`` says.
- :data:`COLUMNS`, :data:`MERGERS`, :data:`REFERENCE`: the columns of the three files.
- :func:`checked`: rows as text with their types, or every problem found.
- :func:`merger_problems`: what is wrong with a map of mergers.
"""

from __future__ import annotations

from typing import Annotated, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field

from helpers.errors import Problem

STRATA = ["service", "age_band", "sex"]
"""Columns of a cell; all three are blank in a row about everybody."""

IDS = ["definition_id", "denominator_id", "window", "method"]
"""What must be the same before two providers are compared."""

COLUMNS = [
    *("provider", "period_start", "period_end", "indicator", *STRATA, "numerator", "denominator"),
    *(*IDS, "data_status", "source_pack", "source_sha256"),
]
MERGERS = ["predecessor", "successor", "date", "source"]
REFERENCE = ["indicator", *STRATA, "numerator", "denominator", *IDS, "source"]

NEEDED = ("provider", "period_start", "period_end", "indicator", *IDS)
"""Columns of which every row must have a value."""

WITHHELD = {"", "*"}
"""What stands where a number was not recorded, or was hidden in a release."""

Rule = Literal["from_date", "whole_series"]
Name = Annotated[str, Field(pattern=r"^[a-z0-9_]+$")]


class About(BaseModel):
    """What ``providers.yml`` says of a folder.

    ``mergers`` is the rule by which numbers of a predecessor are put to its successor:
    ``from_date``, those of periods that end on the day of the merger or later; ``whole_series``,
    those of every period.

    Examples
    --------
    >>> said = {"id": "region", "title": "A region", "data_status": "real"}
    >>> said |= {"publisher": "a board", "licence": "none", "profiles": ["internal"]}
    >>> About(providers_version=1, **said).mergers
    'from_date'
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    providers_version: Literal[1]
    id: Name
    title: str
    data_status: Literal["real", "synthetic", "published"]
    publisher: str
    licence: str
    profiles: list[Literal["open", "internal"]] = Field(min_length=1)
    mergers: Rule = "from_date"


def _where(file: str, rows: pd.Series, wrong: pd.Series) -> str:
    found = rows[wrong].tolist()
    return f"{file}, row {', '.join(map(str, found[:5]))}" + (" and more" if found[5:] else "")


def _numbers(raw: pd.DataFrame, file: str, problems: list[Problem]) -> pd.DataFrame:
    """Return numerator and denominator as numbers, those that were withheld as missing."""
    made = raw.copy()
    for name in ("numerator", "denominator"):
        text = raw[name].str.strip()
        number = pd.to_numeric(text.mask(text.isin(WITHHELD)), errors="coerce").astype("float64")
        wrong = ~text.isin(WITHHELD) & ~(number.ge(0) & number.eq(number.round()))
        if wrong.any():
            problems.append(
                Problem(
                    f"{name} {text[wrong].iloc[0]!r} is not a whole number, 0 or more",
                    _where(file, raw["source_row"], wrong),
                    "Write a whole number without separators, or nothing where none is known.",
                )
            )
        made[name] = number.where(~wrong)
    more = made["numerator"] > made["denominator"]
    if more.any():
        problems.append(
            Problem(
                "the numerator is larger than the denominator",
                _where(file, raw["source_row"], more),
                "Correct the row: whoever is counted is one of those counted out of.",
            )
        )
    return made


def _days(raw: pd.DataFrame, names: list[str], file: str, problems: list[Problem]) -> pd.DataFrame:
    made = raw.copy()
    for name in names:
        days = pd.to_datetime(raw[name], format="%Y-%m-%d", errors="coerce")
        if days.isna().any():
            problems.append(
                Problem(
                    f"{name} {raw.loc[days.isna(), name].iloc[0]!r} is not a day",
                    _where(file, raw["source_row"], days.isna()),
                    "Write it as YYYY-MM-DD.",
                )
            )
        made[name] = days.astype("datetime64[s]")
    return made


def _strata(made: pd.DataFrame, file: str) -> list[Problem]:
    filled = made[STRATA].ne("").sum(axis=1)
    wrong = ~filled.isin([0, len(STRATA)])
    if not wrong.any():
        return []
    what = f"a cell has some of {', '.join(STRATA)} and not all"
    mend = "Give all of them, or none for everybody."
    return [Problem(what, _where(file, made["source_row"], wrong), mend)]


def _twice(made: pd.DataFrame, file: str) -> list[Problem]:
    """Return rows of one provider, indicator and cell whose periods share a day."""
    keys = ["provider", "indicator", *STRATA]
    held = made.sort_values([*keys, "period_start"], kind="stable")
    last = held.groupby(keys, sort=False)["period_end"].shift()
    wrong = held["period_start"] <= last
    if not wrong.any():
        return []
    return [
        Problem(
            "two rows of one provider and indicator share a day, so people would be counted twice",
            _where(file, held["source_row"], wrong),
            "Leave one of the two out.",
        )
    ]


def checked(
    raw: pd.DataFrame, *, file: str, data_status: str
) -> tuple[pd.DataFrame, list[Problem]]:
    """Return rows of ``indicators.csv`` with their types, and every problem found.

    Parameters
    ----------
    raw : DataFrame
        The columns :data:`COLUMNS` as text, and ``source_row``.
    file : str
        Its name, for the messages.
    data_status : str
        What ``providers.yml`` says of the folder; a row that says otherwise is a problem.

    Returns
    -------
    DataFrame, list of Problem
        Days as days, numbers as numbers, NaN where one was withheld.

    Examples
    --------
    >>> row = dict.fromkeys(COLUMNS, "") | {"provider": "North", "indicator": "reviewed"}
    >>> row |= {"period_start": "2014-04-01", "period_end": "2015-03-31", "data_status": "real"}
    >>> row |= {"numerator": "7", "denominator": "5", "source_row": 2}
    >>> row |= dict.fromkeys(IDS, "x")
    >>> made, problems = checked(pd.DataFrame([row]), file="i.csv", data_status="real")
    >>> [str(problem.what) for problem in problems]
    ['the numerator is larger than the denominator']
    """
    problems: list[Problem] = []
    made = raw.assign(**{name: raw[name].str.strip() for name in COLUMNS})
    for name in NEEDED:
        if made[name].eq("").any():
            where = _where(file, made["source_row"], made[name].eq(""))
            problems.append(Problem(f"{name} is blank", where, "Fill it in."))
    made = _numbers(made, file, problems)
    made = _days(made, ["period_start", "period_end"], file, problems)
    backward = made["period_end"] < made["period_start"]
    if backward.any():
        where = _where(file, made["source_row"], backward)
        problems.append(Problem("the period ends before it starts", where, "Correct the days."))
    other = made["data_status"].ne(data_status)
    if other.any():
        problems.append(
            Problem(
                f"the row is {made.loc[other, 'data_status'].iloc[0] or 'of no status'}, "
                f"the folder {data_status}",
                _where(file, made["source_row"], other),
                "Keep real, published and synthetic numbers in folders of their own.",
            )
        )
    problems += _strata(made, file)
    return made, problems or _twice(made, file)


def merger_problems(raw: pd.DataFrame, *, file: str) -> list[Problem]:
    """Return everything that is wrong with a map of mergers.

    Parameters
    ----------
    raw : DataFrame
        The columns :data:`MERGERS` as text, and ``source_row``.
    file : str
        Its name, for the messages.

    Examples
    --------
    >>> rows = [["A", "B", "2013-04-01", "", 2], ["B", "A", "2014-04-01", "", 3]]
    >>> held = pd.DataFrame(rows, columns=[*MERGERS, "source_row"])
    >>> [problem.what for problem in merger_problems(held, file="mergers.csv")]
    ["'A' comes back to itself through its successors"]
    """
    problems: list[Problem] = []
    rows, names = (
        raw["source_row"],
        raw[["predecessor", "successor"]].apply(lambda s: s.str.strip()),
    )
    blank = names.eq("").any(axis=1)
    if blank.any():
        problems.append(
            Problem("predecessor or successor is blank", _where(file, rows, blank), "Fill it in.")
        )
    _days(raw, ["date"], file, problems)
    twice = names["predecessor"].duplicated() & ~blank
    if twice.any():
        problems.append(
            Problem(
                f"{names.loc[twice, 'predecessor'].iloc[0]!r} has two successors",
                _where(file, rows, twice),
                "Nothing here says how its numbers divide: name one, or give its numbers apart.",
            )
        )
    if problems:
        return problems
    into = dict(names.itertuples(index=False, name=None))
    for first in into:
        seen, at = {first}, into[first]
        while at in into and at not in seen:
            seen.add(at)
            at = into[at]
        if at in seen:
            what = f"{first!r} comes back to itself through its successors"
            return [Problem(what, file, "Correct the map: a merger goes one way.")]
    return []
