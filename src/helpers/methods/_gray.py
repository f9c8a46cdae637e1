"""Gray's test of equal cumulative incidence.

Functions
---------
gray_test
    Test, cause by cause, that groups share one incidence.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._checks import Floats, as_list
from ._log_rank import quadratic
from ._records import grouped, records
from ._risk_table import at_events, flows


def gray_test(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str],
    duration: str = "days",
    cause: str = "cause",
    censored: object = None,
    causes: Sequence | None = None,
    weights: str | None = None,
    strata: str | Sequence[str] | None = None,
    rho: float = 0.0,
) -> pd.DataFrame:
    """Test, for each cause, that all groups share one cumulative incidence.

    Parameters
    ----------
    frame, duration, cause, censored, causes, weights
        See `helpers.methods.competing.aalen_johansen`.
    by : str or sequence of str
        Columns that define the groups; a missing label is a group of its own.
    strata : str or sequence of str, optional
        Columns within whose values the groups are compared; the comparisons are then added up.
    rho : float
        Each time counts ``(1 - F)**rho``, F the common incidence just before it: above 0 early
        differences count more.

    Returns
    -------
    DataFrame
        One row per cause: ``cause``, ``chi_squared``, ``df``, ``p_value``, ``numerator``
        (records ended by the cause), ``denominator`` (records), ``method``. Where nothing can
        be compared (a cause that nobody met, groups never at risk together), NaN and df 0.

    Raises
    ------
    ValueError
        As for `helpers.methods.competing.aalen_johansen`, for records that form a single
        group, and for a rho that is no number.

    Notes
    -----
    Gray (1988) Ann Stat 16:1141, with the variance under the hypothesis and the corrections
    for ties of the R package cmprsk. Late entry is not provided for. Each cause is tested by
    itself: several tests are several chances of a small p-value.

    Examples
    --------
    >>> ended = pd.DataFrame({"days": [2, 3, 4, 5, 6, 8], "site": list("aabbab")})
    >>> ended["cause"] = ["opened", "opened", "closed", "opened", "closed", None]
    >>> gray_test(ended, by="site")[["cause", "chi_squared", "df", "p_value"]].round(4)
        cause  chi_squared  df  p_value
    0  closed       0.0116   1   0.9144
    1  opened       0.9958   1   0.3183
    """
    from scipy.special import chdtrc

    if not np.isfinite(rho):
        raise ValueError(f"rho must be a number; got {rho!r}.")
    groups, layers = as_list(by), as_list(strata)
    together = [*layers, *(name for name in groups if name not in layers)]
    checked = records(
        frame,
        duration=duration,
        cause=cause,
        censored=censored,
        causes=None if causes is None else list(causes),
        by=together,
        weights=weights,
    )
    columns = ["cause", "chi_squared", "df", "p_value", "numerator", "denominator", "method"]
    kinds = len(checked.causes)
    if not len(checked.keys) or not kinds:
        return pd.DataFrame(columns=columns)
    compared, column = grouped(checked.keys, groups)
    size = len(compared)
    if size < 2:
        raise ValueError(f"All records form one group of {by!r}; a comparison needs two or more.")
    flow = flows(checked)
    difference, variance = np.zeros((kinds, size)), np.zeros((kinds, size, size))
    layer = grouped(checked.keys, layers)[1]
    for number in range(layer.max() + 1):
        mine = np.where(layer == number, column, -1)
        _, at_risk, events = at_events(flow, mine, size, kinds)
        for kind in range(kinds):
            more, spread = _gray_sums(at_risk, events, kind, rho)
            difference[kind] += more
            variance[kind] += spread
    method = f"Gray, rho {rho:g}" + (f", stratified by {', '.join(layers)}" if layers else "")
    rows = []
    for kind, name in enumerate(checked.causes):
        chi_squared, df = quadratic(difference[kind], variance[kind])
        p_value = float(chdtrc(df, chi_squared)) if df else float("nan")
        count = int(flow.left[flow.left_kind == kind + 1].sum())
        rows.append([name, chi_squared, df, p_value, count, int(flow.left.sum()), method])
    return pd.DataFrame(rows, columns=columns)


def _gray_sums(
    at_risk: Floats, events: list[Floats], cause: int, rho: float
) -> tuple[Floats, Floats]:
    """Observed less expected of each group, weighted over the times, and its variance.

    Notes
    -----
    By group r: Y at risk, S open and F ended by the cause. h = Y / S(before) estimates how many
    would be followed if nothing ended a record; R = h (1 - F(before)) those at risk for the
    subdistribution. The common incidence has the steps events / sum of h. The variance is the
    delta method applied to the sum over r of the integral of L (delta - h / sum h) R against
    the subdistribution hazard: an ending of r at u moves it by a + (1 - G / S) c if by the cause
    and by -(G / S) c if by another, with G = 1 - common incidence, a = L h (delta - h / sum h)
    and c the integral after u of a against the common subdistribution hazard.
    """
    mine = events[cause]
    others = sum(events) - mine
    here = at_risk > 0
    safe = np.where(here, at_risk, 1.0)
    left = np.cumprod(1.0 - (mine + others) / safe, axis=0)
    before = np.vstack([np.ones(left.shape[1]), left[:-1]]) if len(left) else left
    share = mine * before / safe
    ended = np.cumsum(share, axis=0) - share
    h = np.where(here, at_risk / np.where(here, before, 1.0), 0.0)
    followed, all_h = h * (1.0 - ended), h.sum(axis=1)
    together = followed.sum(axis=1)
    met = mine.sum(axis=1)
    step = met / all_h
    common = np.cumsum(step)
    earlier = 1.0 - (common - step)
    # Whoever met the cause was at risk for it, so that nothing is divided by nothing.
    heed = np.where(met > 0, np.maximum(earlier, 0.0), 1.0) ** rho
    expected = followed * (met / np.where(together > 0, together, 1.0))[:, None]
    difference = (heed[:, None] * (mine - expected)).sum(axis=0)

    hazard = np.where(earlier > 0, step / np.where(earlier > 0, earlier, 1.0), 0.0)
    portion = h / all_h[:, None]
    variance = np.zeros((h.shape[1], h.shape[1]))
    for group in range(h.shape[1]):
        reach = -portion
        reach[:, group] += 1.0
        reach = reach * (heed * h[:, group])[:, None]
        add = reach * hazard[:, None]
        later = np.cumsum(add[::-1], axis=0)[::-1] - add
        still = left[:, group] > 0
        ratio = np.where(still, (1.0 - common) / np.where(still, left[:, group], 1.0), 0.0)[:, None]
        own, other = reach + (1.0 - ratio) * later, -ratio * later
        n, prior = safe[:, group], before[:, group] * here[:, group]
        equal = np.maximum(all_h * prior - 1.0, 1e-300)
        ties = np.where(met > 1, np.maximum(1.0 - (met - 1.0) / equal, 0.0), 1.0)
        own_weight = ties * prior * step / n
        theirs = others[:, group]
        ties = np.where(theirs > 1, (n - theirs) / np.maximum(n - 1.0, 1.0), 1.0)
        other_weight = ties * theirs * (prior / n) ** 2
        variance += (own * own_weight[:, None]).T @ own + (other * other_weight[:, None]).T @ other
    return difference, variance
