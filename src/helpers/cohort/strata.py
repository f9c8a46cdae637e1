"""Counts by stratum: how many, out of how many, by year, region or area.

- :func:`check_strata`: strata as a list, or a refusal.
- :func:`headline`: the measures that the first notebook's indicators are made of.
- :func:`totals`: counts of measures by year or stratum.
- :func:`ratios`: numerator and denominator of the case's indicators by year or stratum.
- :func:`parts`, :func:`compositions`: the parts of one composition, or of all, with their total.
- :func:`gaps`: years whose parts do not add up to their total.
- :func:`comparable_areas`: which years can be compared area by area.
- :func:`latest`: the last year of a frame, or of each of its groups.

Everywhere ``run`` is what :func:`helpers.start` returns: one case over one period.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.casefile import Indicator
from helpers.errors import InputError
from helpers.run import Run

RATIO_COLUMNS = ["indicator", "label", "numerator", "denominator"]
SPAN = ["first_year", "last_year"]


def _by(by: str | Sequence[str]) -> list[str]:
    return [by] if isinstance(by, str) else list(by)


def check_strata(run: Run, strata: str | Sequence[str]) -> list[str]:
    """Return the strata as a list, or refuse those that the case does not have.

    Parameters
    ----------
    run : Run
        As `helpers.start` returns it.
    strata : str or sequence of str
        Names to check, such as ``region``.

    Returns
    -------
    list of str
        The names, as a list even where one was given.

    Raises
    ------
    InputError
        Naming those that are neither ``year`` nor a dimension of the case.
    """
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

    Raises
    ------
    InputError
        If a stratum is not one of the case.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> frame = totals(run, by="year", measures=["deaths_reported", "inquests_opened"])
    >>> frame[["label", "numerator"]]
                             label  numerator
    0  Deaths reported to coroners     205438
    1              Inquests opened      31991
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
    frame = _named(run, frame, names)
    return frame[[*names, "measure", "label", "numerator", "not_recorded"]].reset_index(drop=True)


def _named(run: Run, frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """Give the codes of strata the names that the case has for them."""
    labels = run.case.labels
    for name in names:
        if labels and name != "year":
            frame[name] = frame[name].map(lambda code: labels.get(code, code))
    return frame


def headline(run: Run) -> list[str]:
    """Return the measures that the indicators of the first notebook are made of, each once.

    Returns
    -------
    list of str
        Ids of measures, each denominator before its numerator.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> headline(run)[:2]
    ['deaths_reported', 'inquests_opened']
    """
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
    spans: bool = False,
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
    spans : bool
        Say of each row the first and the last year that it counts: those in which both parts were
        collected, which may be fewer than the period has.

    Returns
    -------
    DataFrame
        Columns indicator, label, ``by``, numerator, denominator; with ``spans`` first_year and
        last_year before these. Empty where the case has none.

    Raises
    ------
    InputError
        If a stratum or an indicator is not one of the case.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> ratios(run, by="year")[["indicator", "numerator", "denominator"]].head(1)
                   indicator  numerator  denominator
    0  inquests_opened_share      31991       205438
    """
    names = check_strata(run, by)
    if isinstance(indicators, str):
        chosen = [item for item in run.case.indicators if item.notebook == indicators]
        if not chosen and not indicators[:1].isdigit():
            chosen = [run.case.indicator(indicators)]
    else:
        chosen = [run.case.indicator(name) for name in indicators]
    told = SPAN if spans else []
    parts = [_ratio(run, indicator, names, latest=latest, span=told) for indicator in chosen]
    parts = [part for part in parts if not part.empty]
    if not parts:
        return pd.DataFrame(columns=[*RATIO_COLUMNS[:2], *names, *told, *RATIO_COLUMNS[2:]])
    return pd.concat(parts, ignore_index=True)


def _ratio(
    run: Run, indicator: Indicator, by: list[str], *, latest: bool, span: list[str]
) -> pd.DataFrame:
    strata = [name for name in (*run.case.dimensions, "area", "region") if name in run.counts]
    keys = ["source_id", "source_row", "year", *dict.fromkeys(strata), "in_doubt"]
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
    both = both.assign(**dict.fromkeys(span, both["year"]))
    grouped = both.groupby(["indicator", "label", *by], as_index=False, sort=True).agg(
        **{name: (name, how) for name, how in zip(span, ("min", "max"), strict=False)},
        numerator=("events_over", "sum"),
        denominator=("events_under", "sum"),
    )
    if "area" in by:  # a unit with none of the whole has no share to compare
        grouped = grouped[grouped["denominator"].gt(0)].reset_index(drop=True)
    return _named(run, grouped, by)


def compositions(run: Run, notebook: str) -> pd.DataFrame:
    """Return the parts of every composition that a notebook shows, by year.

    Parameters
    ----------
    run : Run
        The run.
    notebook : str
        Name of the notebook.

    Returns
    -------
    DataFrame
        As :func:`parts` by year, with the columns composition (its id) and whole (its title)
        before; empty where the case has none.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> compositions(run, "2_time_to_investigation")["composition"].unique().tolist()
    ['inquests_concluded', 'inquests_open']
    """
    found = []
    for name, composition in run.case.compositions.items():
        if composition.notebook == notebook:
            part = parts(run, name)
            part.insert(0, "composition", name)
            part.insert(1, "whole", composition.title)
            found.append(part)
    found = [part for part in found if not part.empty]
    if not found:
        names = ["composition", "whole", "year", "measure", "label", "numerator", "denominator"]
        return pd.DataFrame(columns=names)
    return pd.concat(found, ignore_index=True)


def parts(run: Run, composition: str, *, by: str | Sequence[str] = "year") -> pd.DataFrame:
    """Return the parts of a composition with their total in each stratum.

    Parameters
    ----------
    run : Run
        As `helpers.start` returns it.
    composition : str
        Id of a composition of the case, such as ``conclusions``.
    by : str or sequence of str
        ``year`` or dimensions of the case.

    Returns
    -------
    DataFrame
        Columns ``by``, measure, label, numerator (the part), denominator (the total as the source
        gives it, not the sum of the parts).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> parts(run, "state_detention")[["label", "numerator", "denominator"]].head(1)
                                      label  numerator  denominator
    0  Detained under the Mental Health Act        219          562
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

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> found = gaps(run)
    >>> len(found), found.attrs["answer"]
    (0, 'Every total is the sum of its parts.')
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

    Parameters
    ----------
    run : Run
        As `helpers.start` returns it.
    measure : str
        Id of the measure that is summed, such as ``deaths_reported``.

    Returns
    -------
    DataFrame
        Columns year, areas, same_name (areas whose name exists in the last year), numerator
        (the measure in those areas), denominator (the measure in all), in_doubt (rows whose area
        cannot be established).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2019-01-01", period_end="2020-12-31")
    >>> comparable_areas(run, measure="deaths_reported")[["year", "areas", "same_name"]]
       year  areas  same_name
    0  2019     88         84
    1  2020     85         85
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

    Parameters
    ----------
    frame : DataFrame
        Results with a column year.
    within : str, optional
        Column that tells groups apart, each of which may end in another year; None: one group.

    Returns
    -------
    DataFrame
        The rows of the last year; an empty frame is given back as it is.

    Examples
    --------
    >>> latest(pd.DataFrame({"year": [1, 2], "n": [5, 6]}))["n"].tolist()
    [6]
    """
    if frame.empty:
        return frame
    last = frame.groupby(within)["year"].transform("max") if within else frame["year"].max()
    return frame[frame["year"].eq(last)].reset_index(drop=True)
