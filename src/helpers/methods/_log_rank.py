"""The log-rank test and its weighted and stratified relatives.

Functions
---------
log_rank
    Test that groups share one curve.
quadratic
    The chi-squared statistic of differences and their variance.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import Floats, as_list, check_choice
from ._records import grouped, records
from ._risk_table import at_events, flows

Test = Literal["log-rank", "gehan-breslow", "tarone-ware", "peto-peto", "fleming-harrington"]

TESTS = ("log-rank", "gehan-breslow", "tarone-ware", "peto-peto", "fleming-harrington")

# Directions whose variance is smaller than this share of the greatest are no comparison.
NOTHING = 1e-9


def log_rank(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str],
    duration: str = "days",
    observed: str = "observed",
    entry: str | None = None,
    weights: str | None = None,
    strata: str | Sequence[str] | None = None,
    test: Test = "log-rank",
    rho: float = 0.0,
    gamma: float = 0.0,
) -> pd.DataFrame:
    """Test that all groups share one curve.

    Parameters
    ----------
    frame, duration, observed, entry, weights
        See `helpers.methods.survival.kaplan_meier`.
    by : str or sequence of str
        Columns that define the groups; a missing label is a group of its own.
    strata : str or sequence of str, optional
        Columns within whose values the groups are compared; the comparisons are then added up.
    test : {"log-rank", "gehan-breslow", "tarone-ware", "peto-peto", "fleming-harrington"}
        What each time counts: 1; the number at risk; its square root; the share of all still
        without the event, as Peto and Peto estimate it; or ``S**rho * (1 - S)**gamma``, S the
        product-limit share of all just before the time. All but the first and, with gamma,
        the last heed early differences more than late ones.
    rho, gamma : float
        Powers of the Fleming-Harrington weights, not negative; the other tests take none.

    Returns
    -------
    DataFrame
        One row: ``chi_squared``, ``df``, ``p_value``, ``numerator`` (events),
        ``denominator`` (records), ``method``; no row for an empty frame. Groups never at
        risk when an event happened do not count; with fewer than two that do, or where all
        at risk always ended together, nothing can be compared: NaN, with df 0.

    Raises
    ------
    ValueError
        As for `helpers.methods.survival.kaplan_meier`, for records that form a single group,
        for an unknown test, and for powers that are negative or not of the test.

    Notes
    -----
    Mantel (1966) Cancer Chemother Rep 50:163; Peto and Peto (1972) J R Stat Soc A 135:185,
    with the hypergeometric variance; Gehan (1965) Biometrika 52:203; Tarone and Ware (1977)
    Biometrika 64:156; Fleming and Harrington (1981) Commun Stat A 10:763. The degrees of
    freedom are the comparisons that the records allow: one fewer than the groups, or than that
    if some groups (or pairs of them) were never at risk at the same time.

    Examples
    --------
    >>> waits = pd.DataFrame(
    ...     {"days": [2, 3, 5, 8], "observed": [1, 1, 1, 0], "site": ["a", "a", "b", "b"]})
    >>> log_rank(waits, by="site")[["chi_squared", "df", "p_value"]].round(4)
       chi_squared  df  p_value
    0       2.8824   1   0.0896
    """
    from scipy.special import chdtrc

    check_choice("test", test, TESTS)
    if not (rho >= 0 and gamma >= 0):
        raise ValueError(f"rho and gamma must not be negative; got {rho!r} and {gamma!r}.")
    if (rho or gamma) and test != "fleming-harrington":
        raise ValueError(f"rho and gamma belong to 'fleming-harrington', not to {test!r}.")
    groups, layers = as_list(by), as_list(strata)
    together = [*layers, *(name for name in groups if name not in layers)]
    checked = records(
        frame, duration=duration, observed=observed, by=together, entry=entry, weights=weights
    )
    columns = ["chi_squared", "df", "p_value", "numerator", "denominator", "method"]
    if not len(checked.keys):
        return pd.DataFrame(columns=columns)
    compared, column = grouped(checked.keys, groups)
    if len(compared) < 2:
        raise ValueError(f"All records form one group of {by!r}; a comparison needs two or more.")
    flow = flows(checked)
    difference = np.zeros(len(compared))
    variance = np.zeros((len(compared), len(compared)))
    layer = grouped(checked.keys, layers)[1]
    for number in range(layer.max() + 1):
        mine = np.where(layer == number, column, -1)
        _, at_risk, (events,) = at_events(flow, mine, len(compared), 1)
        weight = _weight(at_risk.sum(axis=1), events.sum(axis=1), test, rho, gamma)
        more, spread = _log_rank_sums(at_risk, events, weight)
        difference, variance = difference + more, variance + spread
    chi_squared, df = quadratic(difference, variance)
    method = f"{test} (rho {rho:g}, gamma {gamma:g})" if test == TESTS[-1] else test
    method += f", stratified by {', '.join(layers)}" if layers else ""
    method += "; at risk after entry" if entry else ""
    row = {
        "chi_squared": chi_squared,
        "df": df,
        "p_value": float(chdtrc(df, chi_squared)) if df else float("nan"),
        "numerator": int(flow.left[flow.left_kind == 1].sum()),
        "denominator": int(flow.left.sum()),
        "method": method,
    }
    return pd.DataFrame([row], columns=columns)


def _weight(n: Floats, d: Floats, test: str, rho: float, gamma: float) -> Floats | float:
    """Return what each event time counts, from all at risk and all events."""
    if test == "gehan-breslow":
        return n
    if test == "tarone-ware":
        return np.sqrt(n)
    if test == "peto-peto":
        return np.cumprod(1.0 - d / (n + 1.0))
    if test == "fleming-harrington":
        before = np.r_[1.0, np.cumprod(1.0 - d / n)][:-1]
        return before**rho * (1.0 - before) ** gamma
    return 1.0


def _log_rank_sums(
    at_risk: Floats, events: Floats, weight: Floats | float
) -> tuple[Floats, Floats]:
    """Observed less expected of each group, weighted over the times, and its variance."""
    n, d = at_risk.sum(axis=1), events.sum(axis=1)
    share = at_risk / n[:, None]
    more = (events - d[:, None] * share) * np.reshape(weight, (-1, 1))
    scale = weight**2 * np.where(n > 1, d * (n - d) / np.maximum(n - 1.0, 1.0), 0.0)
    variance = np.diag(scale @ share) - (share * scale[:, None]).T @ share
    return more.sum(axis=0), variance


def quadratic(difference: Floats, variance: Floats) -> tuple[float, int]:
    """Return the chi-squared statistic and its degrees of freedom; NaN and 0 if there are none.

    Notes
    -----
    A generalised inverse; the degrees of freedom are the rank. Each difference is first put on
    the scale of its own standard error, so that small groups count as much as great ones.

    Examples
    --------
    >>> quadratic(np.array([3.0, -3.0]), np.array([[2.0, -2.0], [-2.0, 2.0]]))
    (4.5, 1)
    """
    scale = np.sqrt(np.maximum(np.diag(variance), 0.0))
    use = scale > NOTHING * scale.max(initial=0.0)
    if not use.any():
        return float("nan"), 0
    unit = variance[np.ix_(use, use)] / np.outer(scale[use], scale[use])
    size, direction = np.linalg.eigh(unit)
    kept = size > NOTHING * size.max()
    along = direction[:, kept].T @ (difference[use] / scale[use])
    return float(np.sum(along**2 / size[kept])), int(kept.sum())
