"""Times of what was finished alone, beside those that count what is still open.

Functions
---------
completed_only
    Mean and median of finished records beside the estimates that allow for open ones.

The mean of finished records is what most reports give. It leaves out whoever still waits, who are
those that wait longest, so it is shown here only beside the estimate that counts them.
"""

from collections.abc import Sequence

import pandas as pd

from ._checks import as_list
from .survival import quantiles, restricted_mean

__all__ = ["completed_only"]


def completed_only(
    frame: pd.DataFrame,
    *,
    horizon: float,
    duration: str = "days",
    observed: str = "observed",
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Set the mean and median of finished records beside estimates that count open ones.

    Parameters
    ----------
    frame : DataFrame
        One row per record. It is not changed.
    horizon : float
        Window of the restricted means, above zero, in units of ``duration``.
    duration, observed, by, level
        See `helpers.methods.survival.kaplan_meier`.

    Returns
    -------
    DataFrame
        Group columns, ``completed_mean``, ``completed_median`` (of finished records alone; NaN
        where none is), ``value``, ``low``, ``high`` (the median with open records counted, and its
        limits), ``restricted_mean`` (mean time up to the horizon with open records counted),
        ``horizon``, ``numerator`` (finished), ``denominator`` (all), ``level``, ``method``.

    Raises
    ------
    ValueError
        As for `helpers.methods.survival.kaplan_meier` and `restricted_mean`.

    Notes
    -----
    Leaving out censored records makes a sample of short times: Klein and Moeschberger (2003)
    Survival Analysis, chapter 3. The two agree where nothing is open.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [10, 20, 90, 95], "observed": [1, 1, 0, 0]})
    >>> completed_only(waits, horizon=90)[["completed_mean", "restricted_mean", "numerator"]]
       completed_mean  restricted_mean  numerator
    0            15.0             52.5          2
    """
    names = as_list(by)
    options = {"duration": duration, "observed": observed, "by": by, "level": level}
    middle = quantiles(frame, probabilities=[0.5], **options).drop(columns="probability")
    mean = restricted_mean(frame, horizon=horizon, **options)
    if middle.empty:
        columns = [*names, "completed_mean", "completed_median", *middle.columns.drop(names)]
        return pd.DataFrame(columns=[*columns, "restricted_mean", "horizon"])
    finished = frame[frame[observed].astype(bool)]
    if names:
        grouped = finished.groupby(names, dropna=False, observed=True, sort=True)[duration]
        simple = grouped.agg(completed_mean="mean", completed_median="median").reset_index()
        middle = middle.merge(simple, on=names, how="left")
    else:
        simple = finished[duration]
        middle = middle.assign(completed_mean=simple.mean(), completed_median=simple.median())
    # Both estimates come out of the same groups in the same order.
    middle = middle.assign(restricted_mean=mean["value"].to_numpy(), horizon=float(horizon))
    middle["method"] = "Kaplan-Meier median beside the finished alone; Greenwood variance"
    first = [*names, "completed_mean", "completed_median"]
    return middle[[*first, *middle.columns.drop(first)]]
