"""Records with milestones: how long each stretch took, and what the times rest on.

``run`` is the run, as :func:`helpers.start` returns it.

- :func:`durations`: days between two milestones, one row a record and interval.
- :func:`longest`: the rows of the whole way.
- :func:`usable`: how many records each interval rests on, and why the others are out.
"""

from __future__ import annotations

import pandas as pd

from helpers.run import Run


def _study(run: Run) -> pd.DataFrame:
    """Return the records that times are taken from, with one column a milestone."""
    rule = run.case.delays
    if rule is None:
        return pd.DataFrame(columns=["review_id", "source_row", "year"])
    chosen = run.reviews[run.reviews["register"].eq(rule.register_)]
    for column, value in rule.only.items():
        chosen = chosen[chosen[column].eq(value)]
    wide = run.milestones.pivot_table(index="review_id", columns="milestone", values="date")
    known = {name for interval in run.case.intervals for name in (interval.from_, interval.to)}
    wide = wide.reindex(columns=sorted({*known, rule.cohort})).astype("datetime64[s]")
    joined = chosen.join(wide, on="review_id")
    return joined.assign(year=joined[rule.cohort].dt.year.astype("Int64")).reset_index(drop=True)


def durations(run: Run) -> pd.DataFrame:
    """Return the days of each interval, one row a record and interval.

    Records without one of the two dates, or with the later one first, are left out here and
    counted by :func:`usable`.

    Returns
    -------
    DataFrame
        Columns review_id, source_row, interval, label, days, observed (always true: the records
        are of finished investigations), year (of the deciding milestone), place (of death).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> days = durations(run)
    >>> float(days.loc[days["label"].eq("Death to report"), "days"].median())
    323.5
    """
    study = _study(run)
    columns = ["review_id", "source_row", "interval", "label", "days", "observed", "year", "place"]
    found = []
    for interval in run.case.intervals:
        if interval.from_ not in study or interval.to not in study:
            continue
        days = (study[interval.to] - study[interval.from_]).dt.days
        part = study.assign(interval=interval.id, label=interval.label, days=days, observed=True)[
            columns
        ]
        found.append(part[part["days"].ge(0)])
    if not found:
        return pd.DataFrame(columns=columns)
    whole = pd.concat(found, ignore_index=True)
    whole["days"] = whole["days"].astype("int64")
    # An ordered category keeps the order of the case wherever groups are sorted.
    known = [interval.id for interval in run.case.intervals]
    whole["interval"] = pd.Categorical(whole["interval"], categories=known, ordered=True)
    whole["place"] = whole["place"].fillna("Not recorded")
    return whole


def longest(run: Run, days: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of the last interval that the case names: the whole of the way.

    Parameters
    ----------
    run, days : Run, DataFrame
        The run, and what :func:`durations` returns for it.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> longest(run, durations(run))["label"].value_counts().to_dict()
    {'Death to report': 76}
    """
    names = [interval.id for interval in run.case.intervals]
    return days[days["interval"].eq(names[-1] if names else "")].reset_index(drop=True)


def usable(run: Run) -> pd.DataFrame:
    """Return, for each interval, how many records it rests on and why the others are out.

    Returns
    -------
    DataFrame
        Columns interval, label, records, no_start, no_end (start known), negative, used; records =
        no_start + no_end + negative + used.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> usable(run)["used"].tolist()
    [73, 75, 74, 78, 76]
    """
    study = _study(run)
    rows = []
    for interval in run.case.intervals:
        if interval.from_ not in study or interval.to not in study:
            continue
        begin, end = study[interval.from_], study[interval.to]
        days = (end - begin).dt.days
        rows.append(
            {
                "interval": interval.id,
                "label": interval.label,
                "records": len(study),
                "no_start": int(begin.isna().sum()),
                "no_end": int((begin.notna() & end.isna()).sum()),
                "negative": int(days.lt(0).sum()),
                "used": int(days.ge(0).sum()),
            }
        )
    names = ["interval", "label", "records", "no_start", "no_end", "negative", "used"]
    return pd.DataFrame(rows, columns=names)
