"""Which rows the numbers of indicators and measures are made of: people, or cells of annual counts.

Each family takes the run and a row of an exhibit; None: the row is of another kind.

- :class:`Where`: the years and strata of a number.
- :func:`pair`: two measures of the same rows; :func:`single`: one measure alone.
- :func:`indicator`: an indicator of a year or stratum; :func:`change`: of the first and last year.
- :func:`measure`: a count; :func:`composition`: a part of a whole.
- :func:`units`: units outside limits.
- :func:`watched`: events of later periods beside those expected from the first ones.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from helpers.chain import FATES, STATES, STEPS
from helpers.cohort import series
from helpers.trace.evidence import evidence
from helpers.trace.look import AT, Look
from helpers.trace.parts import (
    ADDED,
    COUNTED,
    DENOMINATOR,
    EXPECTED,
    NUMERATOR,
    TALLIED,
    UNITS,
    Part,
)

Row = Mapping[str, Any]
NEEDED = ["date_of_death", "year", "service", "age_band", "sex", "area", AT]
"""What is needed of people to say whether they count."""


@dataclass(frozen=True)
class Where:
    """The years and strata of a number; empty: the whole period.

    Parameters
    ----------
    strata : dict
        Values by column, as tables name them.

    Examples
    --------
    >>> Where({"year": 2020}).keep(_Held(pd.DataFrame({"year": [2019, 2020], AT: 0}))).tolist()
    [False, True]
    """

    strata: dict[str, Any] = field(default_factory=dict)

    def keep(self, held: _Held) -> np.ndarray:
        """Return which records lie within.

        Parameters
        ----------
        held : _Held
            Records with the columns that are named.
        """
        kept = np.ones(len(held.places), dtype=bool)
        for name, value in self.strata.items():
            codes, known = held.coded(name)
            missing = value is None or value is pd.NA or value != value
            kept &= codes == (-1 if missing else known.get(value, -2))
        if "area" in self.strata and "in_doubt" in held.frame:
            kept &= ~held.frame["in_doubt"].to_numpy(dtype=bool)
        return kept


class _Held:
    """Records of a measure: people, or cells of annual counts, with the place of each."""

    def __init__(self, frame: pd.DataFrame) -> None:
        self.frame = frame
        self.places = frame[AT].to_numpy(dtype="int64")
        self.events = frame["events"].to_numpy(dtype="float64") if "events" in frame else None
        self._coded: dict[str, tuple[np.ndarray, dict[Any, int]]] = {}

    def coded(self, name: str) -> tuple[np.ndarray, dict[Any, int]]:
        """Return a column as numbers, -1 where it is missing, and the number of each value."""
        if name not in self._coded:
            codes, values = pd.factorize(self.frame[name])
            self._coded[name] = codes, {value: at for at, value in enumerate(values)}
        return self._coded[name]


def _known(look: Look) -> dict[str, dict[str, str]]:
    measures = look.run.extract.measures.drop_duplicates("measure").set_index("measure")
    return {name: dict(measures[name].astype("str")) for name in ("label", "columns")}


def _label(look: Look, measure: str) -> str:
    return look.once("measures", lambda: _known(look))["label"].get(measure, measure)


def _columns(look: Look, measure: str) -> tuple[str, ...]:
    known = look.once("measures", lambda: _known(look))["columns"].get(measure, "")
    return tuple(part for part in known.split("+") if part)


def _whole_years(look: Look) -> pd.DataFrame:
    return look.people[look.people["year"].isin(set(look.run.counts["year"]))]


def _reached(look: Look, measure: str) -> pd.DataFrame:
    """Return the people of whole years who count for a measure."""
    people = look.once("whole years", lambda: _whole_years(look))
    if measure in STEPS:
        reached = people[measure].astype("bool")
    else:
        reached = people["fate" if measure in FATES else "state"].eq(measure)
    return people.loc[reached, NEEDED]


def _cells(look: Look, measure: str) -> pd.DataFrame:
    counts = look.counts
    return counts[counts["measure"].eq(measure) & counts["events"].notna()]


def _part(look: Look, role: str, measure: str, held: _Held, kept: np.ndarray) -> Part:
    words, rows = _label(look, measure), look.of(held.places[kept])
    if held.events is None:
        return Part(role, words, COUNTED, rows, float(kept.sum()))
    number = float(held.events[kept].sum())
    columns = _columns(look, measure)
    return Part(role, words, ADDED if columns else TALLIED, rows, number, columns)


def _both(look: Look, over: str, under: str) -> tuple[_Held, _Held]:
    """Return the records of two measures; of annual counts only rows that have both."""
    return look.once(f"{over} of {under}", lambda: _two(look, over, under))


def _two(look: Look, over: str, under: str) -> tuple[_Held, _Held]:
    if len(look.people):
        known = {*STEPS, *FATES, *STATES}
        if {over, under} <= known:
            return _Held(_reached(look, over)), _Held(_reached(look, under))
    one, other = _cells(look, over), _cells(look, under)
    first, second = (
        pd.MultiIndex.from_frame(held[["source_id", "source_row"]]) for held in (one, other)
    )
    return _Held(one[first.isin(second)]), _Held(other[second.isin(first)])


def pair(look: Look, over: str, under: str, where: Where) -> list[Part]:
    """Return the rows of two measures, one out of the other.

    Parameters
    ----------
    look : Look
        The run.
    over, under : str
        Measures of numerator and denominator.
    where : Where
        Years and strata.

    Returns
    -------
    list of Part
        Numerator and denominator: people counted, or cells of the rows that have both.
    """
    one, other = _both(look, over, under)
    return [
        _part(look, NUMERATOR, over, one, where.keep(one)),
        _part(look, DENOMINATOR, under, other, where.keep(other)),
    ]


def _where(look: Look, row: Row) -> Where:
    names = ["year", *look.run.case.dimensions, "area", "region"]
    strata = {name: row[name] for name in dict.fromkeys(names) if name in row}
    if "peers" in row and len(look.people) and "service" in look.run.case.dimensions:
        strata["service"] = row["peers"]
    if "year" in strata:
        strata["year"] = int(strata["year"])
    return Where(strata)


def indicator(look: Look, row: Row, *, told: bool = False) -> list[Part] | None:
    """Return the rows of an indicator of a year or stratum.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With indicator, and year and strata where it is of one.
    told : bool
        With the rows that say that the people counted reached the step.
    """
    if "indicator" not in row or "denominator" not in row:
        return None
    item = look.run.case.indicator(row["indicator"])
    where = _where(look, row)
    parts = pair(look, item.numerator, item.denominator, where)
    return parts + (_told(look, item.numerator, item.denominator, where) if told else [])


def _told(look: Look, over: str, under: str, where: Where) -> list[Part]:
    if not len(look.people):
        return []
    people, _ = _both(look, over, under)
    return evidence(look, over, look.people.loc[people.frame.index[where.keep(people)]])


def change(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of an indicator in the last year, and beside them those of the first.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With indicator, first_year and last_year.
    """
    item = look.run.case.indicator(row["indicator"])
    first, last = (
        pair(look, item.numerator, item.denominator, Where({"year": int(row[name])}))
        for name in ("first_year", "last_year")
    )
    year = look.run.year_name(int(row["first_year"]))
    before = [
        Part(f"{one.role} of {year}", one.what, one.how, one.rows, one.number, one.columns)
        for one in first
    ]
    share = first[0].number / first[1].number if first[1].number else float("nan")
    if abs(share - float(row["first_share"])) > 1e-9:
        raise ValueError(f"the share of {year} is {share:.6g}, not {row['first_share']:.6g}")
    where = Where({"year": int(row["last_year"])})
    return last + before + _told(look, item.numerator, item.denominator, where)


def measure(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of a count of a year or stratum.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With measure and numerator.
    """
    if "measure" not in row or "numerator" not in row:
        return None
    where = _where(look, row)
    found = [_single(look, NUMERATOR, row["measure"], where)]
    if "composition" in row and row.get("denominator") is not None:
        found.append(_single(look, DENOMINATOR, row["composition"], where))
    return found


def _single(look: Look, role: str, name: str, where: Where) -> Part:
    made = _reached if len(look.people) else _cells
    held = look.once(f"all {name}", lambda: _Held(made(look, name)))
    return _part(look, role, name, held, where.keep(held))


def _named(look: Look, row: Row, exhibit: str) -> tuple[list[str], list[str]]:
    """Return the names of the units of a group, and of those outside the wider limits."""
    placed = look.made.frame(exhibit)
    mine = placed[placed["peers"].eq(row["peers"]) & placed["z"].notna()]
    beyond = mine["od_position"].astype("str").str.extract(r" ([\d.]+)% limit", expand=False)
    outside = mine[beyond.astype("float64").ge(99.8)]
    return mine["area"].tolist(), outside["area"].tolist()


def units(look: Look, row: Row, *, indicator: str, exhibit: str, whole: bool) -> list[Part]:
    """Return the units of a group and those outside limits, by name, with the rows of all.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With peers, and year where the units are those of one.
    indicator : str
        Indicator that the units are compared by.
    exhibit : str
        The table in which each unit is placed.
    whole : bool
        Over the whole period, not the last year alone.
    """
    every, outside = _named(look, row, exhibit)
    item = look.run.case.indicator(indicator)
    where = _where(look, {"peers": row["peers"]} if whole else {**row})
    over, under = pair(look, item.numerator, item.denominator, where)
    held = _both(look, item.numerator, item.denominator)
    named = [one.frame[one.frame["area"].isin(every) & where.keep(one)] for one in held]
    rows = look.rows(*named)
    return [
        Part(NUMERATOR, "Units outside the over-dispersed 99.8% limits", UNITS, rows,
             float(len(outside)), names=tuple(outside)),
        Part(DENOMINATOR, "Units compared", UNITS, rows, float(len(every)), names=tuple(every)),
        *(
            Part(words, part.what, part.how, look.rows(frame), _number(frame), part.columns)
            for words, part, frame in zip(
                ("counted in all of them", "out of, in all of them"), (over, under), named,
                strict=True,
            )
        ),
    ]  # fmt: skip


def _number(frame: pd.DataFrame) -> float:
    return float(frame["events"].sum()) if "events" in frame else float(len(frame))


def _periods(look: Look, frame: pd.DataFrame, grain: str) -> pd.Series:
    if "date_of_death" not in frame:
        month = look.run.case.year_start_month
        return pd.to_datetime({"year": frame["year"].astype("int64"), "month": month, "day": 1})
    starts = series._starts(look.run, frame["date_of_death"], grain)
    return starts.where(starts.isin(series._grid(look.run, grain)))


def watched(look: Look, row: Row, *, page: str) -> list[Part] | None:
    """Return events after the first periods, and the rows from which those expected come.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With numerator and denominator.
    page : str
        Notebook whose parameters say what is watched, over which periods and strata.
    """
    item = look.run.case.indicator(look.parameter(page, "watch_indicator"))
    strata = list(look.parameter(page, "strata"))
    people = len(look.people) > 0
    if people:  # of any period of the run, whole years or not
        under = look.people[look.people[item.denominator].astype("bool")]
        over = under[under[item.numerator].astype("bool")]
        over, under = over[NEEDED], under[NEEDED]
    else:
        over, under = (one.frame for one in _both(look, item.numerator, item.denominator))
    grain = look.parameter(page, "grain")
    over, under = (
        held.assign(
            period=_periods(look, held, grain), n=1 if people else held["events"].astype("float64")
        )
        for held in (over, under)
    )
    over, under = (held[held["period"].notna() & held["n"].gt(0)] for held in (over, under))
    first = sorted(under["period"].unique())[: int(look.parameter(page, "baseline_periods"))]
    early, late = under[under["period"].isin(first)], under[~under["period"].isin(first)]
    early_over, late_over = over[over["period"].isin(first)], over[~over["period"].isin(first)]
    share = (early_over.groupby(strata)["n"].sum() / early.groupby(strata)["n"].sum()).fillna(0.0)
    share = share.reindex(pd.Index(early.groupby(strata)["n"].sum().index), fill_value=0.0)
    late, late_over = (_within(held, strata, share.index) for held in (late, late_over))
    expected = float((late.groupby(strata)["n"].sum() * share).sum())
    how = COUNTED if people else ADDED
    return [
        Part(NUMERATOR, f"{_label(look, item.numerator)}, after the first periods", how,
             look.rows(late_over), float(late_over["n"].sum()), _columns(look, item.numerator)),
        Part(DENOMINATOR, "Expected after the first periods, at their shares", EXPECTED,
             look.rows(late), expected),
        _plain(look, f"{_label(look, item.denominator)}, after the first periods", how, late),
        _plain(look, f"{_label(look, item.numerator)}, first periods", how, early_over),
        _plain(look, f"{_label(look, item.denominator)}, first periods", how, early),
        *(evidence(look, item.numerator, look.people.loc[late_over.index]) if people else []),
    ]  # fmt: skip


def _plain(look: Look, what: str, how: str, frame: pd.DataFrame) -> Part:
    return Part(what, what, how, look.rows(frame), float(frame["n"].sum()))


def _within(frame: pd.DataFrame, strata: list[str], known: pd.Index) -> pd.DataFrame:
    names = frame[strata[0]] if len(strata) == 1 else pd.MultiIndex.from_frame(frame[strata])
    return frame[names.isin(known)]
