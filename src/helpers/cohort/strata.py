"""Counts by stratum: how many, out of how many, by year, region or area.

- :func:`headline`: the measures that the first notebook's indicators are made of.
- :func:`totals`: counts of measures by year or stratum.
- :func:`ratios`: numerator and denominator of the case's indicators by year or stratum.
- :func:`parts`: the parts of a composition with their total.
- :func:`gaps`: years whose parts do not add up to their total.
- :func:`comparable_areas`: which years can be compared area by area.
- :func:`latest`: the last year of a frame, or of each of its groups.
- :func:`overview`, :func:`indicators`: what a case holds and what may be asked of it.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.case import Indicator
from helpers.errors import InputError
from helpers.run import Run

RATIO_COLUMNS = ["indicator", "label", "numerator", "denominator"]


def _by(by: str | Sequence[str]) -> list[str]:
    return [by] if isinstance(by, str) else list(by)


def check_strata(run: Run, strata: str | Sequence[str]) -> list[str]:
    """Return the strata as a list, or refuse those that the case does not have."""
    names = _by(strata)
    known = {"year", *run.case.dimensions}
    unknown = [name for name in names if name not in known]
    if unknown:
        raise InputError.one(
            f"{', '.join(unknown)} is not a dimension of case {run.case.id}",
            "parameter strata",
            f"Use some of: {', '.join(sorted(known))}.",
        )
    return names


def totals(run: Run, *, by: str | Sequence[str], measures: Sequence[str]) -> pd.DataFrame:
    """Return the sum of each measure in each stratum.

    Parameters
    ----------
    run : Run
        The run.
    by : str or sequence of str
        ``year`` or dimensions of the case.
    measures : sequence of str
        Ids of measures; one that was not collected in the period has no rows.

    Returns
    -------
    DataFrame
        Columns ``by``, measure, label, numerator (people or events), not_recorded (strata of the
        source with no count).
    """
    names = check_strata(run, by)
    labels = run.extract.measures.set_index("measure")["label"]
    chosen = run.counts[run.counts["measure"].isin(list(measures))]
    if "area" in names:
        chosen = chosen[~chosen["in_doubt"]]
    grouped = chosen.groupby([*names, "measure"], sort=True, dropna=False)["events"]
    frame = grouped.agg(
        numerator=lambda events: events.sum(min_count=1),
        not_recorded=lambda events: int(events.isna().sum()),
    ).reset_index()
    frame["numerator"] = frame["numerator"].astype("Int64")
    frame["label"] = frame["measure"].map(labels)
    order = {measure: position for position, measure in enumerate(measures)}
    frame = frame.sort_values(
        [*names, "measure"], key=lambda s: s.map(order) if s.name == "measure" else s
    )
    return frame[[*names, "measure", "label", "numerator", "not_recorded"]].reset_index(drop=True)


def headline(run: Run) -> list[str]:
    """Return the measures that the indicators of the first notebook are made of, each once."""
    used = [
        measure
        for indicator in run.case.indicators
        if indicator.notebook.startswith("1_")
        for measure in (indicator.denominator, indicator.numerator)
    ]
    return list(dict.fromkeys(used))


def ratios(
    run: Run,
    *,
    by: str | Sequence[str] = (),
    indicators: str | Sequence[str] = "1_unexpected_death_rates",
    latest: bool = False,
) -> pd.DataFrame:
    """Return numerator and denominator of indicators in each stratum.

    A year in which either part was not collected is left out; a stratum of the source with only
    one of the two recorded is left out of both, so that a ratio always compares like with like.

    Parameters
    ----------
    run : Run
        The run.
    by : str or sequence of str
        ``year`` or dimensions of the case; empty: one row an indicator.
    indicators : str or sequence of str
        Name of a notebook (its indicators), or ids of indicators.
    latest : bool
        Only the last year of each indicator.

    Returns
    -------
    DataFrame
        Columns indicator, label, ``by``, numerator, denominator; empty where the case has none.
    """
    names = check_strata(run, by)
    if isinstance(indicators, str):
        chosen = [item for item in run.case.indicators if item.notebook == indicators]
        if not chosen:
            chosen = [run.case.indicator(indicators)] if "_share" in indicators else []
    else:
        chosen = [run.case.indicator(name) for name in indicators]
    parts = [_ratio(run, indicator, names, latest=latest) for indicator in chosen]
    parts = [part for part in parts if not part.empty]
    if not parts:
        return pd.DataFrame(columns=[*RATIO_COLUMNS[:2], *names, *RATIO_COLUMNS[2:]])
    return pd.concat(parts, ignore_index=True)


def _ratio(run: Run, indicator: Indicator, by: list[str], *, latest: bool) -> pd.DataFrame:
    keys = ["source_id", "source_row", "year", "area", "region", "in_doubt"]
    counts = run.counts
    over, under = (
        counts.loc[counts["measure"].eq(measure), [*keys, "events"]].dropna(subset="events")
        for measure in (indicator.numerator, indicator.denominator)
    )
    both = over.merge(under, on=keys, suffixes=("_over", "_under"))
    if latest and not both.empty:
        both = both[both["year"].eq(both["year"].max())]
    if "area" in by:
        both = both[~both["in_doubt"]]
    both = both.assign(indicator=indicator.id, label=indicator.label)
    return both.groupby(["indicator", "label", *by], as_index=False, sort=True).agg(
        numerator=("events_over", "sum"), denominator=("events_under", "sum")
    )


def parts(run: Run, composition: str, *, by: str | Sequence[str] = "year") -> pd.DataFrame:
    """Return the parts of a composition with their total in each stratum.

    Returns
    -------
    DataFrame
        Columns ``by``, measure, label, numerator (the part), denominator (the total as the source
        gives it, not the sum of the parts).
    """
    names = check_strata(run, by)
    columns = [*names, "measure", "label", "numerator", "denominator"]
    measures = run.extract.measures
    members = measures.loc[measures["composition"].eq(composition), "measure"].tolist()
    if not members:
        return pd.DataFrame(columns=columns)
    frame = totals(run, by=names, measures=members)
    whole = totals(run, by=names, measures=[composition]).set_index(names)["numerator"]
    return frame.join(whole.rename("denominator"), on=names)[columns]


def gaps(run: Run) -> pd.DataFrame:
    """Return the years in which the parts of a composition do not add up to its total.

    Returns
    -------
    DataFrame
        Columns composition, year, parts (their sum), total (as the source gives it), difference;
        empty where everything adds up.
    """
    found = []
    for name, composition in run.case.compositions.items():
        frame = parts(run, name, by="year").dropna(subset=["numerator", "denominator"])
        if frame.empty:
            continue
        by_year = frame.groupby("year", as_index=False).agg(
            parts=("numerator", "sum"), total=("denominator", "first")
        )
        by_year.insert(0, "composition", composition.title)
        found.append(by_year.assign(difference=by_year["parts"] - by_year["total"]))
    if not found:
        return pd.DataFrame(columns=["composition", "year", "parts", "total", "difference"])
    whole = pd.concat(found, ignore_index=True)
    differ = whole[whole["difference"].ne(0)].reset_index(drop=True)
    differ.attrs["answer"] = "Every total is the sum of its parts."
    return differ


def comparable_areas(run: Run, *, measure: str) -> pd.DataFrame:
    """Return, for each year, how far its areas can be compared with those of the last year.

    Areas merged and were renamed; no dated map of them is part of the records. An area is taken
    to be the same where its name is the same apart from capitals and spaces.

    Returns
    -------
    DataFrame
        Columns year, areas, same_name (areas whose name exists in the last year), numerator
        (the measure in those areas), denominator (the measure in all), in_doubt (rows whose area
        cannot be established).
    """
    frame = run.counts[run.counts["measure"].eq(measure)]
    if frame.empty:
        return pd.DataFrame(
            columns=["year", "areas", "same_name", "numerator", "denominator", "in_doubt"]
        )
    last = set(frame.loc[frame["year"].eq(frame["year"].max()), "area"])
    same = frame["area"].isin(last) & ~frame["in_doubt"]
    marked = frame.assign(same=same, shared=frame["events"].where(same, 0))
    grouped = marked.groupby("year")
    return pd.DataFrame(
        {
            "areas": grouped["area"].nunique(),
            "same_name": marked[same].groupby("year")["area"].nunique(),
            "numerator": grouped["shared"].sum(),
            "denominator": grouped["events"].sum(),
            "in_doubt": grouped["in_doubt"].sum().astype(int),
        }
    ).reset_index()


def latest(frame: pd.DataFrame, *, within: str | None = None) -> pd.DataFrame:
    """Return the rows of the last year, of the whole frame or of each group.

    Examples
    --------
    >>> latest(pd.DataFrame({"year": [1, 2], "n": [5, 6]}))["n"].tolist()
    [6]
    """
    if frame.empty:
        return frame
    last = frame.groupby(within)["year"].transform("max") if within else frame["year"].max()
    return frame[frame["year"].eq(last)].reset_index(drop=True)


def overview(run: Run) -> pd.DataFrame:
    """Return the canonical tables of the case with their rows, in all and in the period."""
    inside = {"counts": run.counts, "reviews": run.reviews, "milestones": run.milestones}
    rows = [
        {"table": name, "rows": len(frame), "in_period": len(inside.get(name, frame))}
        for name, frame in run.extract.tables.items()
    ]
    return pd.DataFrame(rows)


def indicators(run: Run) -> pd.DataFrame:
    """Return the indicators of the case: id, what is counted, out of what, definition."""
    rows = [
        {
            "id": item.id,
            "counted": item.numerator,
            "out_of": item.denominator,
            "definition": item.definition,
        }
        for item in run.case.indicators
    ]
    return pd.DataFrame(rows, columns=["id", "counted", "out_of", "definition"])
