"""Months of a new period whose number of rows is out of line with the last period.

- :func:`limits`: the limits of a month's count, from the months of the last period.
- :func:`monthly`: rows by month, in a whole source and in each of its services.
- :func:`out_of_line`: the months of the new period that lie outside their limits.

**Method.** The last period's monthly counts, divided by the days of each month, give a daily rate
(all rows by all days). Its dispersion is the larger of 1 and Pearson's chi-square divided by its
degrees of freedom (months - 1), so that months that vary more than a Poisson count allow for it.
The count of a new month of d days has mean rate * d and variance dispersion * mean * (1 + d / D),
the last part for the rate being estimated from D days. The limits are the 0.1% and 99.9% quantiles
(together 99.8%, as on a control chart) of the negative binomial with that mean and variance, and of
the Poisson where they are equal. Months are taken for independent: a trend or a season is not
allowed for, so this asks a question of the trust and is no test of anything. The last months
before an extract are low for want of time, which is said beside them.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd

from helpers.periods.spans import months

LEVEL = 0.998
LEAST_MONTHS = 3
"""Months of the last period below which nothing is said of the new one."""

UNKNOWN = {"", "NR", "NK", "NA", "WH"}
"""What stands for a service that nobody recorded or mapped; its rows count in the whole only."""

COLUMNS = ["part", "month", "rows", "expected", "low", "high"]


def limits(
    before: np.ndarray, days: np.ndarray, new_days: np.ndarray, *, level: float = LEVEL
) -> pd.DataFrame:
    """Return the limits of the counts of new months.

    Parameters
    ----------
    before : ndarray
        Counts of the months of the last period.
    days, new_days : ndarray
        Days of those months, and of the new ones.
    level : float
        Share of months expected within the limits if nothing changed.

    Returns
    -------
    DataFrame
        Columns expected, low, high: mean, and least and greatest count within the limits.

    Examples
    --------
    >>> limits(np.array([9, 11] * 6), np.array([30] * 12), np.array([30])).to_dict("records")
    [{'expected': 10.0, 'low': 2.0, 'high': 22.0}]
    """
    from scipy import stats

    rate = before.sum() / days.sum()
    fitted = rate * days
    chi = float(((before - fitted) ** 2 / fitted).sum()) if rate else 0.0
    dispersion = max(1.0, chi / (len(before) - 1))
    mean = rate * new_days.astype(float)
    variance = dispersion * mean * (1 + new_days / days.sum())
    edges = (1 - level) / 2, (1 + level) / 2
    if rate == 0:
        low = high = np.zeros(len(mean))
    else:
        p = np.minimum(mean / variance, 1 - 1e-12)
        low, high = (stats.nbinom.ppf(edge, mean * p / (1 - p), p) for edge in edges)
    return pd.DataFrame({"expected": mean, "low": low, "high": high})


def monthly(frame: pd.DataFrame, *, start: dt.date, end: dt.date, day: str) -> pd.DataFrame:
    """Return rows by month, in a whole source and in each of its services.

    Parameters
    ----------
    frame : DataFrame
        Cleaned rows of an extract.
    start, end : date
        First and last day.
    day : str
        Column of the day by which a row is counted.

    Returns
    -------
    DataFrame
        Columns part (``all rows`` or a service), month, days, rows; every month of the period.
    """
    held = pd.to_datetime(frame[day])
    inside = held.between(pd.Timestamp(start), pd.Timestamp(end))
    month = held[inside].dt.strftime("%Y-%m")
    every = months(start, end)
    parts = {"all rows": month}
    if "service" in frame:
        service = frame.loc[inside, "service"].fillna("").astype("str")
        parts |= {str(name): month[service.eq(name)] for name in sorted(set(service) - UNKNOWN)}
    made = [
        every.assign(part=name, rows=every["month"].map(one.value_counts()).fillna(0).astype(int))
        for name, one in parts.items()
    ]
    return pd.concat(made, ignore_index=True)[["part", "month", "days", "rows"]]


def out_of_line(before: pd.DataFrame, new: pd.DataFrame) -> pd.DataFrame:
    """Return the months of the new period that lie outside their limits.

    Parameters
    ----------
    before, new : DataFrame
        As :func:`monthly` returns them, of the last period and of the new one.

    Returns
    -------
    DataFrame
        Columns :data:`COLUMNS`. A part that only one of the two has is held against months
        without a row.
    """
    found = []
    parts = list(dict.fromkeys([*new["part"], *before["part"]]))
    if len(set(new["part"])) == 1 or len(set(before["part"])) == 1:
        parts = parts[:1]  # one of them has no service: nothing can be held against it
    for part in parts:
        old = before[before["part"].eq(part)]
        if old.empty:
            old = before[before["part"].eq("all rows")].assign(rows=0)
        now = new[new["part"].eq(part)]
        if now.empty:
            now = new[new["part"].eq("all rows")].assign(rows=0)
        if len(old) < LEAST_MONTHS:
            continue
        made = limits(
            old["rows"].to_numpy(float), old["days"].to_numpy(float), now["days"].to_numpy(float)
        )
        whole = now.assign(part=part).reset_index(drop=True).join(made)
        outside = whole["rows"].lt(whole["low"]) | whole["rows"].gt(whole["high"])
        found.append(whole.loc[outside, COLUMNS])
    return pd.concat(found, ignore_index=True) if found else pd.DataFrame(columns=COLUMNS)
