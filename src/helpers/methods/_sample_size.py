"""How many deaths to read for a share that is known closely enough.

Functions
---------
sample_size
    Deaths to read for a share with limits as narrow as wanted.
variances
    Variance of a stratified mean, by strata and were all strata alike.
"""

import math
from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from ._allocation import METHODS, Method, by_label, numbers_of, strata_table
from ._checks import Floats, as_list, check_choice, check_level, critical


def variances(deaths: Floats, sample: Floats, spread: Floats) -> tuple[float, float]:
    """Return the variance of a stratified mean, and of one whose strata all have variance 1.

    ``spread`` is the variance within each stratum; both have the finite population correction.

    Examples
    --------
    >>> by_strata, alike = variances(np.array([50, 50]), np.array([5, 5]), np.array([0.2, 0.3]))
    >>> round(by_strata, 6), round(alike, 6)
    (0.0225, 0.09)
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        part = (deaths / deaths.sum()) ** 2 * (1.0 - sample / deaths) / sample
    part = np.where(sample >= deaths, 0.0, part)
    return float((part * spread).sum()), float(part.sum())


def sample_size(
    frame: pd.DataFrame,
    half_width: float,
    *,
    expected: float | Mapping = 0.5,
    strata: str | Sequence[str] = "stratum",
    method: Method = "proportional",
    minimum: int = 2,
    whole_up_to: int = 0,
    population: str | None = None,
    strata_gain: bool = False,
    level: float = 0.95,
) -> pd.DataFrame:
    """Deaths to read for a share with limits as narrow as wanted.

    Parameters
    ----------
    frame, strata, method, minimum, whole_up_to, population
        See `allocate`; Neyman allocation takes its spread from ``expected``.
    half_width : float
        Wanted distance from the share to either limit, for example 0.05.
    expected : float or mapping
        Share that is expected, for all or by stratum. One half asks for most.
    strata_gain : bool
        Whether the limits may be narrower than were all strata alike; see `stratified_share`.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row: half_width, expected (share of all), population, value (deaths to read),
        expected_half_width, level, method, note. Give ``value`` to `allocate`.

    Raises
    ------
    ValueError
        As `allocate`, and for a half width or level outside (0, 1) or a share outside [0, 1].

    Notes
    -----
    The size at which z sqrt(V) comes down to the half width, with the variance V of a stratified
    share and the finite population correction (Cochran 1977 Sampling Techniques, ch. 4 and 5),
    found by halving on the allocation itself; its rounding may leave the size one or two above the
    smallest. It is for the expected width and normal limits: near 0 and 1 the limits of
    `stratified_share` are uneven and somewhat wider.

    Examples
    --------
    >>> deaths = pd.DataFrame({"stratum": ["All"], "deaths": [1000]})
    >>> sample_size(deaths, 0.05, population="deaths")["value"].tolist()
    [278]
    """
    check_choice("method", method, METHODS)
    check_level(level)
    if not 0.0 < float(half_width) < 1.0:
        raise ValueError(f"The half width must lie strictly between 0 and 1; got {half_width!r}.")
    order, populations, _ = strata_table(frame, as_list(strata), population)
    shares = by_label(expected, order, "expected share")
    if not ((shares >= 0) & (shares <= 1)).all():
        raise ValueError("An expected share must lie between 0 and 1.")
    deaths = np.array(populations, dtype=float)
    more = np.divide(deaths, deaths - 1.0, out=np.ones_like(deaths), where=deaths > 1)
    spread, mean = shares * (1.0 - shares) * more, float(shares @ deaths / deaths.sum())
    z, root = critical(level), np.sqrt(spread)
    if method == "neyman" and not root.any():
        raise ValueError("Neyman allocation needs a share other than 0 and 1 in some stratum.")

    def reach(size: int) -> float:
        sample = numbers_of(populations, size, method, root, minimum, whole_up_to)
        by_strata, alike = variances(deaths, np.array(sample, float), spread)
        if not strata_gain:
            by_strata = max(by_strata, mean * (1.0 - mean) * alike)
        return z * math.sqrt(by_strata)

    low = max(sum(n if n <= whole_up_to else min(max(minimum, 1), n) for n in populations), 1)
    high = sum(populations)
    # To read all is always enough; every size kept on the way down is enough by its own allocation.
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if reach(middle) <= half_width else (middle + 1, high)
    reached = reach(high)
    sentence = (
        f"If {high:,} of {sum(populations):,} deaths are read, the share is expected to be known "
        f"within {100 * reached:.1f} percentage points either way."
    )
    return pd.DataFrame(
        [
            {
                "half_width": float(half_width),
                "expected": mean,
                "population": sum(populations),
                "value": high,
                "expected_half_width": reached,
                "level": float(level),
                "method": f"{method} allocation, normal limits, finite population correction"
                + ("" if strata_gain else "; no gain from strata assumed"),
                "note": sentence,
            }
        ]
    )
