"""The log-rank test.

Functions
---------
log_rank
    Test that groups share one curve.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._checks import as_list
from ._product_limit import grouped, records


def log_rank(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str],
    duration: str = "days",
    observed: str = "observed",
) -> pd.DataFrame:
    """Test that all groups share one curve.

    Parameters
    ----------
    frame, duration, observed
        See `helpers.methods.survival.kaplan_meier`.
    by : str or sequence of str
        Columns that define the groups; a missing label is a group of its own.

    Returns
    -------
    DataFrame
        One row: ``chi_squared``, ``df``, ``p_value``, ``numerator`` (events),
        ``denominator`` (records), ``method``; no row for an empty frame. Groups never at
        risk when an event happened do not count; with fewer than two that do, NaN.

    Raises
    ------
    ValueError
        As for `helpers.methods.survival.kaplan_meier`, and for records that form a single group.

    Notes
    -----
    Mantel (1966) Cancer Chemother Rep 50:163; Peto and Peto (1972) J R Stat Soc A 135:185,
    with the hypergeometric variance.

    Examples
    --------
    >>> waits = pd.DataFrame(
    ...     {"days": [2, 3, 5, 8], "observed": [1, 1, 1, 0], "site": ["a", "a", "b", "b"]})
    >>> log_rank(waits, by="site")[["chi_squared", "df", "p_value"]].round(4)
       chi_squared  df  p_value
    0       2.8824   1   0.0896
    """
    from scipy.special import chdtrc

    columns = ["chi_squared", "df", "p_value", "numerator", "denominator", "method"]
    days, seen = records(frame, duration, observed, as_list(by))
    keys, code = grouped(frame, as_list(by))
    if not len(keys):
        return pd.DataFrame(columns=columns)
    if len(keys) < 2:
        raise ValueError(f"All records form one group of {by!r}; a comparison needs two or more.")
    difference, variance, kept = _log_rank_sums(days, seen, code, len(keys))
    df = max(int(kept.sum()) - 1, 0)
    chi_squared = float("nan")
    if df:
        use = np.flatnonzero(kept)[:-1]
        chi_squared = float(
            difference[use] @ np.linalg.pinv(variance[np.ix_(use, use)]) @ difference[use]
        )
    p_value = float(chdtrc(df, chi_squared)) if df else float("nan")
    row = [chi_squared, df, p_value, int(seen.sum()), len(frame), "log-rank"]
    return pd.DataFrame([row], columns=columns)


def _log_rank_sums(
    days: np.ndarray, seen: np.ndarray, code: np.ndarray, groups: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Observed less expected, its variance, and the groups with anything expected."""
    times = np.unique(days[seen])
    at_risk, events = np.zeros((times.size, groups)), np.zeros((times.size, groups))
    for group in range(groups):
        rows = np.sort(days[code == group])
        at_risk[:, group] = rows.size - np.searchsorted(rows, times, side="left")
        place = np.searchsorted(times, days[(code == group) & seen])
        events[:, group] = np.bincount(place, minlength=times.size)
    n, d = at_risk.sum(axis=1), events.sum(axis=1)
    share = at_risk / n[:, None]
    expected = (d[:, None] * share).sum(axis=0)
    scale = np.where(n > 1, d * (n - d) / np.maximum(n - 1.0, 1.0), 0.0)
    variance = np.diag(scale @ share) - (share * scale[:, None]).T @ share
    return events.sum(axis=0) - expected, variance, expected > 0
