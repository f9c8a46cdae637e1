"""Values of units drawn towards what all have in common, the more the less they rest on.

Functions
---------
gamma_poisson
    Rates, or ratios of observed to expected events, by a gamma distribution of true rates.
beta_binomial
    Proportions, by a beta distribution of true proportions.

Both are empirical Bayes: the distribution of true values is estimated from the same units.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ._checks import Floats, as_list, check_level, require_columns
from ._dispersion import shared_definition
from ._kinds import measured
from ._strata import positions
from .proportions import clopper_pearson, poisson_limits

__all__ = ["beta_binomial", "gamma_poisson"]

COLUMNS = ["raw", "centre", "value", "low", "high", "weight"]
IGNORES = "intervals ignore the uncertainty of the prior"
GAMMA = f"gamma-Poisson empirical Bayes, marginal maximum likelihood; {IGNORES}"
BETA = f"beta-binomial empirical Bayes, marginal maximum likelihood; {IGNORES}"
ALIKE = "no variation beyond chance: value of all together with its exact limits"
ALONE = "one unit, nothing to be drawn towards: its own value with exact limits"

# Below this gain in log-likelihood, which rounding can make, there is no variation.
GAIN = 1e-7
WIDEST = 1e3
TIGHT = {"ftol": 1e-13, "gtol": 1e-7}


@dataclass(frozen=True)
class Prior:
    """Mean of the true values, and how much information it is worth: infinite if all are alike."""

    mean: float
    size: float


def _rising(a: float, x: Floats) -> Floats:
    """Logarithm of gamma(a + x) / gamma(a) / a**x, also where a is too large to subtract."""
    from scipy.special import gammaln

    if a <= 100.0:
        return gammaln(a + x) - (gammaln(a) + x * np.log(a))
    both = a + x
    ends = (1.0 / both - 1.0 / a) / 12.0 - (1.0 / both**3 - 1.0 / a**3) / 360.0
    return (both - 0.5) * np.log1p(x / a) - x + ends


def _gamma_likelihood(x: Floats, e: Floats, mean: float, extra: float) -> float:
    """Log-likelihood of a gamma-Poisson mixture without the terms that never change.

    ``extra`` is the squared coefficient of variation of the true rates, and 0 is Poisson.
    """
    mu = e * mean
    events = float((x * np.log(mu)).sum())
    if extra == 0.0:
        return events - float(mu.sum())
    shape = 1.0 / extra
    return events + float((_rising(shape, x) - (shape + x) * np.log1p(mu * extra)).sum())


def _beta_likelihood(x: Floats, n: Floats, mean: float, extra: float) -> float:
    """Log-likelihood of a beta-binomial mixture; ``extra``: 1 over the records of the prior."""
    chance = float(x.sum()) * np.log(mean) + float((n - x).sum()) * np.log1p(-mean)
    if extra == 0.0:
        return chance
    k = 1.0 / extra
    mixed = _rising(mean * k, x) + _rising((1.0 - mean) * k, n - x) - _rising(k, n)
    return chance + float(mixed.sum())


def _fitted(
    likelihood: Callable[[float, float], float],
    mean: Callable[[float], float],
    least: float,
    start: float,
) -> tuple[float, float]:
    """Return the mean and extra variation of highest likelihood, extra 0 where there is none."""
    from scipy.optimize import minimize

    plain = likelihood(mean(0.0), 0.0)

    def loss(at: Floats) -> float:
        return plain - likelihood(mean(float(at[0])), float(np.exp(at[1])))

    bounds = [(-15.0, 15.0), (np.log(least), np.log(WIDEST))]
    starts = np.clip(np.log([start, 30.0 * start, 0.03 * start]), *bounds[1])
    for first in starts:
        best = minimize(loss, [0.0, first], method="L-BFGS-B", bounds=bounds, options=TIGHT)
        # The likelihood is flat where there is hardly any variation: start again from elsewhere.
        if best.fun < -GAIN:
            break
    if best.fun > -GAIN or best.x[1] <= bounds[1][0]:
        return mean(0.0), 0.0
    return mean(float(best.x[0])), float(np.exp(best.x[1]))


def _gamma_prior(x: Floats, e: Floats) -> Prior:
    pooled = float(x.sum() / e.sum())
    if x.size < 2 or pooled == 0.0:
        return Prior(pooled, float("inf"))
    mu = e * pooled
    moment = float(((x - mu) ** 2 - mu).sum() / (mu**2).sum())
    least = 1e-6 / float(mu.max())
    mean, extra = _fitted(
        lambda m, v: _gamma_likelihood(x, e, m, v),
        lambda u: pooled * float(np.exp(u)),
        least,
        max(moment, 0.01),
    )
    return Prior(mean, 1.0 / (extra * mean) if extra else float("inf"))


def _beta_prior(x: Floats, n: Floats) -> Prior:
    pooled = float(x.sum() / n.sum())
    if x.size < 2 or pooled in (0.0, 1.0):
        return Prior(pooled, float("inf"))
    odds = pooled / (1.0 - pooled)
    chance = n * pooled * (1.0 - pooled)
    pairs = float((chance * (n - 1.0)).sum())
    moment = float(((x - n * pooled) ** 2 - chance).sum()) / pairs if pairs > 0 else 0.0
    mean, extra = _fitted(
        lambda m, v: _beta_likelihood(x, n, m, v),
        lambda u: odds * float(np.exp(u)) / (1.0 + odds * float(np.exp(u))),
        1e-6 / float(n.max()),
        max(moment, 0.003),
    )
    return Prior(mean, 1.0 / extra if extra else float("inf"))


def _gamma_limits(x: Floats, e: Floats, prior: Prior, level: float) -> tuple[Floats, Floats]:
    from scipy.special import gammaincinv

    tail, shape, rate = (1.0 - level) / 2.0, x + prior.mean * prior.size, e + prior.size
    return gammaincinv(shape, tail) / rate, gammaincinv(shape, 1.0 - tail) / rate


def _beta_limits(x: Floats, n: Floats, prior: Prior, level: float) -> tuple[Floats, Floats]:
    from scipy.special import betaincinv

    tail = (1.0 - level) / 2.0
    a, b = x + prior.mean * prior.size, n - x + (1.0 - prior.mean) * prior.size
    return betaincinv(a, b, tail), betaincinv(a, b, 1.0 - tail)


def _pooled_rate_limits(x: Floats, e: Floats, level: float) -> tuple[Floats, Floats]:
    low, high = poisson_limits(x.sum(), level=level)
    return low / e.sum(), high / e.sum()


def _pooled_share_limits(x: Floats, n: Floats, level: float) -> tuple[Floats, Floats]:
    return clopper_pearson(x.sum(), n.sum(), level=level)


@dataclass(frozen=True)
class Model:
    """What differs between the two distributions."""

    kind: str
    prior: Callable[[Floats, Floats], Prior]
    limits: Callable[[Floats, Floats, Prior, float], tuple[Floats, Floats]]
    together: Callable[[Floats, Floats, float], tuple[Floats, Floats]]
    words: str


RATES = Model("rate", _gamma_prior, _gamma_limits, _pooled_rate_limits, GAMMA)
SHARES = Model("proportion", _beta_prior, _beta_limits, _pooled_share_limits, BETA)


def _group(x: Floats, n: Floats, model: Model, level: float) -> tuple[dict[str, Any], str]:
    """Return the columns of one group of units, none missing, and the method in words."""
    raw, prior = x / n, model.prior(x, n)
    if np.isinf(prior.size):
        low, high = model.together(x, n, level)
        alone = x.size == 1
        columns = {"value": prior.mean, "low": low, "high": high, "weight": float(alone)}
        note = ALONE if alone else ALIKE
    else:
        weight = n / (n + prior.size)
        low, high = model.limits(x, n, prior, level)
        value = weight * raw + (1.0 - weight) * prior.mean
        columns = {"value": value, "low": low, "high": high, "weight": weight}
        note = ""
    words = f"{model.words}; {note}" if note else model.words
    return {"raw": raw, "centre": prior.mean} | columns, words


def _shrunken(
    frame: pd.DataFrame,
    model: Model,
    *,
    numerator: str,
    denominator: str,
    level: float,
    within: str | Sequence[str] | None,
    definition: str | None,
    per: float = 1.0,
) -> pd.DataFrame:
    held, names = check_level(level), as_list(within)
    require_columns(frame, [*names, *as_list(definition)])
    counts = measured(frame, numerator, denominator, model.kind)
    codes, keys = positions(frame, names)
    filled = {name: np.full(len(frame), np.nan) for name in COLUMNS}
    words = np.full(len(frame), model.words, dtype=object)
    for group in range(len(keys)):
        at = np.flatnonzero(codes == group)
        if definition is not None:
            shared_definition(frame[definition].iloc[at])
        at = at[~np.isnan(counts.size[at])]
        if not at.size:
            continue
        columns, words[at] = _group(counts.x[at], counts.size[at], model, held)
        for name, values in columns.items():
            filled[name][at] = values if name == "weight" else per * np.asarray(values)
    return frame.reset_index(drop=True).assign(
        numerator=frame[numerator].reset_index(drop=True),
        denominator=frame[denominator].reset_index(drop=True),
        **filled,
        level=held,
        method=words,
    )


def gamma_poisson(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    per: float = 1.0,
    level: float = 0.95,
    within: str | Sequence[str] | None = None,
    definition: str | None = None,
) -> pd.DataFrame:
    """Draw rates, or ratios of observed to expected events, towards what all have in common.

    Parameters
    ----------
    frame : DataFrame
        One row per unit. It is not changed.
    numerator, denominator : str
        Column of counts, and column of exposure or of expected events.
    per : float
        Units of exposure the rate is expressed for, for example 1000.
    level : float
        Two-sided level of the intervals.
    within : str or sequence of str, optional
        Columns that define groups of comparable units, each with a prior of its own.
    definition : str, optional
        Column that must say the same of all units of a group.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``numerator``, ``denominator``, ``raw`` (its own rate),
        ``centre`` (mean of the prior), ``value`` (posterior mean), ``low``, ``high``,
        ``weight`` (share of the unit's own data in the value, 0 to 1), ``level``, ``method``.
        Missing counts and no exposure give NaN.

    Raises
    ------
    ValueError
        For missing columns, counts or exposure that cannot be right, ``per`` not above zero, a
        level outside (0, 1), or units that count by different definitions.

    Notes
    -----
    Counts are Poisson given true rates, which follow a gamma distribution; its shape and rate
    maximise the marginal (negative binomial) likelihood, and the value is the mean of the
    posterior gamma (Clayton and Kaldor 1987, Biometrics 43:671). Where the likelihood is
    highest without variation, all units have the value of all together, with its exact
    (Garwood) limits and weight 0. A group of one unit keeps its own value. The distribution is
    taken as known once estimated, so that intervals are too narrow where units are few (Morris
    1983, JASA 78:47).

    Examples
    --------
    >>> units = pd.DataFrame({"numerator": [2, 90, 30, 60], "denominator": [20, 900, 900, 900]})
    >>> gamma_poisson(units, per=1000)[["raw", "value", "weight"]].round(2)
          raw  value  weight
    0  100.00  74.21    0.18
    1  100.00  97.05    0.91
    2   33.33  36.66    0.91
    3   66.67  66.86    0.91
    """
    if not (np.isfinite(per) and per > 0):
        raise ValueError(f"per must be a number above zero; got {per!r}.")
    return _shrunken(
        frame,
        RATES,
        numerator=numerator,
        denominator=denominator,
        level=level,
        within=within,
        definition=definition,
        per=per,
    )


def beta_binomial(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    level: float = 0.95,
    within: str | Sequence[str] | None = None,
    definition: str | None = None,
) -> pd.DataFrame:
    """Draw proportions towards what all units have in common.

    Parameters
    ----------
    frame : DataFrame
        One row per unit. It is not changed.
    numerator, denominator : str
        Columns of counts.
    level, within, definition : object
        See `gamma_poisson`.

    Returns
    -------
    DataFrame
        The columns that `gamma_poisson` gives, as proportions 0 to 1.

    Raises
    ------
    ValueError
        As for `gamma_poisson`, and for more events than records.

    Notes
    -----
    Counts are binomial given true proportions, which follow a beta distribution whose two
    parameters maximise the marginal (beta-binomial) likelihood (Griffiths 1973, Biometrics
    29:637). See `gamma_poisson`; exact limits are here those of Clopper and Pearson.

    Examples
    --------
    >>> units = pd.DataFrame({"numerator": [0, 30, 12, 60], "denominator": [3, 100, 100, 100]})
    >>> beta_binomial(units)[["raw", "value", "weight"]].round(2)
        raw  value  weight
    0  0.00   0.19    0.36
    1  0.30   0.30    0.95
    2  0.12   0.13    0.95
    3  0.60   0.58    0.95
    """
    return _shrunken(
        frame,
        SHARES,
        numerator=numerator,
        denominator=denominator,
        level=level,
        within=within,
        definition=definition,
    )
