"""Draws of one column given the others, with the uncertainty of the model that links them.

Functions
---------
augmented
    Counts of levels by pattern with a few made-up records against perfect prediction.
mode
    Maximum likelihood of a multinomial logistic model of counts, and its information.
draw_levels
    Levels drawn from a multinomial logistic model whose parameters are drawn first.
draw_matched
    Donors drawn by predictive mean matching.
"""

from dataclasses import dataclass

import numpy as np

from ._checks import Floats
from ._impute_columns import Ints

RIDGE = 1e-5
STEPS = 100
ENOUGH = 1e-8
"""Steps end when one would gain so little log likelihood."""
TIED = 9
"""Predictions that agree to so many decimals, in standard deviations, are tied."""


def augmented(matrix: Floats, counts: Floats) -> tuple[Floats, Floats]:
    """Add a few made-up records, so that no level is predicted perfectly.

    For each predictor two points, one standard deviation above and below the mean of all
    predictors; at each point records of every level, in the shares in which the levels were
    observed. All of them together weigh as many records as the model has parameters a level.

    Parameters
    ----------
    matrix : ndarray, shape (patterns, predictors)
        Intercept first.
    counts : ndarray, shape (patterns, levels)
        Records of each level.

    Returns
    -------
    matrix, counts : ndarray
        The same with the points added.

    Notes
    -----
    White, Daniel and Royston (2010) Comput Stat Data Anal 54:2267, but for the shares: equal
    weights would draw a rare level towards the middle (Clogg and others 1991, J Am Stat Assoc
    86:68, share the weight as observed).

    Examples
    --------
    >>> x, n = augmented(np.array([[1.0, 0], [1, 1]]), np.array([[10.0, 0], [0, 10]]))
    >>> x[2:], n[2:]
    (array([[1., 1.],
           [1., 0.]]), array([[0.5, 0.5],
           [0.5, 0.5]]))
    """
    weight = counts.sum(axis=1)
    total, width = weight.sum(), matrix.shape[1]
    mean = weight @ matrix / total
    spread = np.sqrt(np.maximum(weight @ (matrix - mean) ** 2 / total, 0.0))
    steps = np.diag(spread)[1:]
    points = np.vstack([mean + steps, mean - steps])
    if not len(points):
        points = mean[None, :]
    share = counts.sum(axis=0) / total
    added = np.broadcast_to(share * width / len(points), (len(points), share.size))
    return np.vstack([matrix, points]), np.vstack([counts, added])


def _probabilities(matrix: Floats, estimate: Floats) -> tuple[Floats, Floats]:
    """Probability of each level (rows; the first has predictor 0) by pattern, and its log scale."""
    predictor = np.vstack([np.zeros(len(matrix)), estimate @ matrix.T])
    most = predictor.max(axis=0)
    predictor -= most
    np.exp(predictor, out=predictor)
    total = predictor.sum(axis=0)
    predictor /= total
    return predictor, most + np.log(total)


def _information(matrix: Floats, weight: Floats, probability: Floats) -> Floats:
    """Information of the coefficients, level after level."""
    width, levels = matrix.shape[1], len(probability) - 1
    made = np.empty((levels, width, levels, width))
    for first in range(levels):
        for second in range(first, levels):
            spread = (first == second) - probability[second + 1]
            spread *= weight * probability[first + 1]
            made[first, :, second] = part = matrix.T @ (matrix * spread[:, None])
            made[second, :, first] = part
    return made.reshape(levels * width, levels * width)


def _factor(information: Floats) -> Floats:
    """Cholesky factor of an information, whose scale keeps collinear predictors apart."""
    steady = information.copy()
    steady.flat[:: len(steady) + 1] *= 1.0 + 1e-9
    return np.linalg.cholesky(steady)


def _solved(factor: Floats, score: Floats) -> Floats:
    """Newton's step for a score of the shape of the estimates."""
    from scipy.linalg import cho_solve

    return cho_solve((factor, True), score.ravel(), check_finite=False).reshape(score.shape)


@dataclass(frozen=True, eq=False)
class Mode:
    """A maximum likelihood estimate.

    Attributes
    ----------
    estimate : ndarray, shape (levels - 1, predictors)
        Log odds against the first level.
    information : ndarray, square
        Of all predictors of the second level first, then of the third; at the estimate or near.
    """

    estimate: Floats
    information: Floats


def mode(matrix: Floats, counts: Floats, near: Mode | None = None) -> Mode:
    """Maximum likelihood of a multinomial logistic model of counts.

    Parameters
    ----------
    matrix : ndarray, shape (patterns, predictors)
        Intercept first.
    counts : ndarray, shape (patterns, levels)
        Records of each level, with those of `augmented`, so that a maximum exists.
    near : Mode, optional
        Of much the same data: where the steps begin. The maximum does not depend on it.

    Returns
    -------
    Mode
        The estimate, and the information of the last step that needed it.

    Notes
    -----
    Newton's steps; an information from nearby is kept while it still shortens them.

    Examples
    --------
    >>> mode(np.ones((1, 1)), np.array([[30.0, 10.0]])).estimate.round(4)
    array([[-1.0986]])
    """
    weight, sums = counts.sum(axis=1), counts[:, 1:].T @ matrix
    estimate = np.zeros(sums.shape) if near is None else near.estimate
    probability, scale = _probabilities(matrix, estimate)
    likelihood = float((sums * estimate).sum() - weight @ scale)
    information = near.information if near else _information(matrix, weight, probability)
    factor, last = _factor(information), np.inf
    for _ in range(STEPS):
        score = sums - (weight * probability[1:]) @ matrix
        step = _solved(factor, score)
        gain = float((score * step).sum())
        if gain < ENOUGH:
            estimate = estimate + step
            break
        if gain > last / 4.0:
            information = _information(matrix, weight, probability)
            factor = _factor(information)
            step = _solved(factor, score)
            gain = float((score * step).sum())
        # Half steps until the likelihood does not fall: Newton's way is long far from the maximum.
        size = 1.0
        while size > 1e-8:
            tried = estimate + size * step
            probability, scale = _probabilities(matrix, tried)
            reached = float((sums * tried).sum() - weight @ scale)
            if reached >= likelihood - 1e-9 * abs(likelihood):
                break
            size /= 2.0
        estimate, likelihood, last = tried, reached, gain
    return Mode(estimate, information)


def draw_levels(
    matrix: Floats,
    index: Ints,
    codes: Ints,
    missing: Ints,
    levels: int,
    random: np.random.Generator,
    *,
    near: Mode | None = None,
    shift: tuple[int, float] | None = None,
) -> tuple[Ints, Mode]:
    """Draw levels from a multinomial logistic model whose parameters are drawn first.

    Parameters
    ----------
    matrix, index
        From `helpers.methods._impute_columns.patterns`.
    codes : ndarray of int, shape (rows,)
        Level of each row; those of missing rows are not read.
    missing : ndarray of int
        Rows to be drawn.
    levels : int
        How many levels there are.
    random : Generator
        Source of the random numbers.
    near : Mode, optional
        The estimate of much the same data.
    shift : tuple of int and float, optional
        A level and what is added to its log odds for the missing rows.

    Returns
    -------
    drawn : ndarray of int
        A level for each missing row.
    found : Mode
        The parameters drawn.

    Notes
    -----
    The parameters are drawn by the Bayesian bootstrap (Rubin 1981, Ann Stat 9:130): the maximum
    likelihood with a random weight for each record, here gamma variates for the counts of equal
    records. Where every pattern has a parameter of its own that is the Dirichlet posterior of
    the shares. The usual normal approximation (Rubin 1987, p. 169) is far too wide near perfect
    prediction: for a group with none of 40 records at a level that 3% of the others have, it
    put that level into 3% to 19% of the group's gaps, by the weight of the made-up records.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> codes, none = np.array([0, 1] * 50), np.zeros(100, dtype=int)
    >>> draw_levels(np.ones((1, 1)), none, codes, np.arange(4), 2, random)[0].shape
    (4,)
    """
    known = np.ones(index.size, dtype=bool)
    known[missing] = False
    cells = index[known] * levels + codes[known]
    counts = np.bincount(cells, minlength=len(matrix) * levels).reshape(-1, levels).astype(float)
    used = counts.any(axis=1)
    records = counts[used]
    points, whole = augmented(matrix[used], records)
    whole[: len(records)] = random.standard_gamma(records)
    found = mode(points, whole, near)
    drawn = found.estimate
    if shift is not None:
        level, size = shift
        # Of the first level by taking as much from all the others.
        drawn = drawn.copy()
        drawn[:, 0] += size * (np.arange(1, levels) == level) if level else -size
    asked, place = np.unique(index[missing], return_inverse=True)
    below = _probabilities(matrix[asked], drawn)[0].cumsum(axis=0)[:-1]
    return (random.random(missing.size) > below[:, place]).sum(axis=0), found


def _nearest(known: Floats, asked: Floats, donors: int, random: np.random.Generator) -> Ints:
    """Place of a donor among ``known`` for each prediction asked for."""
    known, asked = np.round(known, TIED), np.round(asked, TIED)
    order = np.argsort(known, kind="stable")
    ranked = known[order]
    donors = min(donors, ranked.size)
    at = np.searchsorted(ranked, asked)
    window = at[:, None] + np.arange(-donors, donors)
    outside = (window < 0) | (window >= ranked.size)
    window = np.clip(window, 0, ranked.size - 1)
    distance = np.where(outside, np.inf, np.abs(ranked[window] - asked[:, None]))
    nearest = np.argsort(distance, axis=1, kind="stable")
    chosen = nearest[np.arange(asked.size), random.integers(donors, size=asked.size)]
    value = ranked[window[np.arange(asked.size), chosen]]
    # Of donors with one prediction each is as near as the others: any of them.
    first, last = np.searchsorted(ranked, value, "left"), np.searchsorted(ranked, value, "right")
    return order[first + (random.random(asked.size) * (last - first)).astype(np.intp)]


def _normal(
    estimate: Floats, information: Floats, scale: float, random: np.random.Generator
) -> Floats:
    """Draw around an estimate with the scaled inverse of an information as covariance."""
    from scipy.linalg import solve_triangular

    noise = random.standard_normal(estimate.size)
    factor = np.linalg.cholesky(information)
    return estimate + scale * solve_triangular(factor, noise, lower=True, trans="T")


def draw_matched(
    matrix: Floats,
    index: Ints,
    values: Floats,
    missing: Ints,
    random: np.random.Generator,
    *,
    donors: int = 5,
    shift: float = 0.0,
) -> Ints:
    """Draw donors by predictive mean matching.

    Parameters
    ----------
    matrix, index
        From `helpers.methods._impute_columns.patterns`.
    values : ndarray of float, shape (rows,)
        Value of each row, of standard deviation about 1; missing rows are not read.
    missing : ndarray of int
        Rows that need a donor.
    random : Generator
        Source of the random numbers.
    donors : int
        How many rows of nearest prediction one is drawn from.
    shift : float
        Added to the predictions of the missing rows.

    Returns
    -------
    ndarray of int
        The row whose value each missing row receives.

    Notes
    -----
    Rubin (1987) p. 166 for the draw of a linear model; Little (1988) J Bus Econ Stat 6:287 for
    the matching: predictions of donors with the estimate, of missing rows with the draw ("type
    1", van Buuren 2018, Flexible Imputation of Missing Data, 3.4.2). A small ridge keeps
    collinear predictors apart.

    Examples
    --------
    >>> random = np.random.default_rng(1)
    >>> age = np.array([70.0, 80.0, 60.0, 90.0, 0.0])
    >>> index, asked = np.zeros(5, dtype=int), np.array([4])
    >>> int(draw_matched(np.ones((1, 1)), index, age, asked, random)[0]) in range(4)
    True
    """
    known = np.ones(index.size, dtype=bool)
    known[missing] = False
    seen, y = index[known], values[known]
    weight = np.bincount(seen, minlength=len(matrix)).astype(float)
    cross = matrix.T @ (matrix * weight[:, None])
    cross += RIDGE * np.diag(np.maximum(np.diag(cross), 1e-12))
    sums = np.bincount(seen, weights=y, minlength=len(matrix))
    estimate = np.linalg.solve(cross, matrix.T @ sums)
    fitted = (matrix @ estimate)[seen]
    freedom = max(y.size - matrix.shape[1], 1)
    sigma = np.sqrt(((y - fitted) ** 2).sum() / random.chisquare(freedom))
    drawn = _normal(estimate, cross, sigma, random)
    asked = (matrix @ drawn)[index[missing]] + shift
    return np.flatnonzero(known)[_nearest(fitted, asked, donors, random)]
