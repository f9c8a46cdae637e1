"""Cox's partial likelihood of counted records, and its greatest value.

Functions
---------
evaluate
    Log partial likelihood, its gradient and information.
information
    Information, with a factor for each time.
check_rank
    Refuse columns that others explain.
maximum
    Newton's method with step halving.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ._checks import SHOWN, Floats
from ._risk_sets import Design, RiskSets, weighted
from ._runaway import running_away
from ._tied import Tied, tied_sums

STEPS = 60
SETTLED = 1e-7
"""Newton squares the error, so that a last step of 1e-7 leaves one of about 1e-14."""

SUSPICIOUS = 12
"""Steps after which an estimate that still moves is looked into."""

COLLINEAR = 1e-11


class NoFit(ValueError):
    """A model of valid records without a finite estimate; the message says of what, and why."""


@dataclass(frozen=True, eq=False)
class Point:
    """The partial likelihood at one value of the coefficients.

    Attributes
    ----------
    value : float
        Log partial likelihood.
    gradient : ndarray, shape (columns,)
        Its gradient.
    information : ndarray, shape (columns, columns)
        Minus its second derivatives.
    shift : float
        Taken from the linear predictor before it became a hazard.
    hazard : ndarray, shape (patterns,)
        Relative hazards.
    tied : Tied or None
        Sums over tied deaths; None for exact ties.
    first, dying : ndarray, shape (slots, columns)
        Hazards times covariates over those at risk and over those who died.
    score : ndarray, shape (slots, columns)
        Covariates of those who died less their expectations.
    """

    value: float
    gradient: Floats
    information: Floats
    shift: float
    hazard: Floats
    tied: Tied | None = None
    first: Floats | None = None
    dying: Floats | None = None
    score: Floats | None = None


def _dense(matrix: Design) -> Floats:
    return matrix if isinstance(matrix, np.ndarray) else matrix.toarray()


def _cross(design: Design, weights: Floats) -> Floats:
    return _dense(design.T @ weighted(design, weights))


def information(risk: RiskSets, design: Design, at: Point, factor: Floats | None = None) -> Floats:
    """Return the information, each time counted ``factor`` times.

    Parameters
    ----------
    risk : RiskSets
        Counted records.
    design : ndarray or sparse, shape (patterns, columns)
        Covariates.
    at : Point
        Sums at the coefficients wanted.
    factor : ndarray, shape (slots,), optional
        A factor for each time; one if not given.

    Returns
    -------
    ndarray, shape (columns, columns)
        Sum over times of the factor and the covariance of covariates over those at risk.

    Notes
    -----
    The second moments need no sum over times: with each pattern's weight accumulated over the
    time that it is at risk, they are one product of the design with itself.
    """
    g = np.ones(risk.slots) if factor is None else factor
    tied, first, dying = at.tied, at.first, at.dying
    weight = risk.pooled(g * tied.first) - risk.deaths.T @ (g * tied.first_shared)
    made = _cross(design, at.hazard * weight)
    mixed = first.T @ (dying * (g * tied.second_shared)[:, None])
    made -= first.T @ (first * (g * tied.second)[:, None]) - mixed - mixed.T
    made -= dying.T @ (dying * (g * tied.second_twice)[:, None])
    return 0.5 * (made + made.T)


def evaluate(risk: RiskSets, design: Design, estimate: Floats, *, efron: bool) -> Point:
    """Return the log partial likelihood with its derivatives.

    Parameters
    ----------
    risk : RiskSets
        Counted records.
    design : ndarray or sparse, shape (patterns, columns)
        Covariates.
    estimate : ndarray, shape (columns,)
        Coefficients.
    efron : bool
        Efron's treatment of ties, otherwise Breslow's.

    Returns
    -------
    Point
        Value, derivatives and the sums behind them.

    Notes
    -----
    Cox (1972) JRSS B 34:187; Efron (1977) JASA 72:557; Breslow (1974) Biometrics 30:89.
    """
    predictor = design @ estimate
    shift = 0.5 * float(predictor.max() + predictor.min())
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        hazard = np.exp(predictor - shift)
        total, first = risk.sums(hazard, design)
        rows = weighted(design, hazard)
        dying_total, dying = risk.deaths @ hazard, _dense(risk.deaths @ rows)
        tied = tied_sums(risk.tied, total, dying_total, efron=efron)
        value = float((risk.deaths @ (predictor - shift)).sum() - tied.log.sum())
        expected = first * tied.first[:, None] - dying * tied.first_shared[:, None]
        score = _dense(risk.deaths @ design) - expected
        made = Point(
            value, score.sum(axis=0), np.empty(0), shift, hazard, tied, first, dying, score
        )
        return Point(**vars(made) | {"information": information(risk, design, made)})


def check_rank(risk: RiskSets, design: Design, labels: Sequence[str], at: Point) -> None:
    """Raise ``ValueError`` naming columns that others, or the strata, explain.

    Parameters
    ----------
    risk : RiskSets
        Counted records.
    design : ndarray or sparse, shape (patterns, columns)
        Covariates.
    labels : sequence of str
        Name of each column.
    at : Point
        At coefficients of zero, by Efron or Breslow.
    """
    weight = risk.pooled(at.tied.first) - risk.deaths.T @ at.tied.first_shared
    squares = design**2 if isinstance(design, np.ndarray) else design.power(2)
    size, still = squares.T @ (at.hazard * weight), []
    # What a column has left once the columns before it are taken out.
    left = at.information.copy()
    for at in range(size.size):
        pivot = left[at, at]
        if pivot <= COLLINEAR * max(size[at], np.finfo(float).tiny):
            still.append(at)
            left[at, :] = left[:, at] = 0.0
        else:
            left[at + 1 :, at + 1 :] -= np.outer(left[at + 1 :, at], left[at, at + 1 :]) / pivot
    if still:
        names = ", ".join(repr(labels[at]) for at in still)
        raise ValueError(
            f"{names} cannot be told apart from the terms before it, or from the strata, among "
            "those at risk when somebody had the event (collinear); leave a term out."
        )


def _moving(step: Floats, labels: Sequence[str]) -> str:
    most = np.argsort(-np.abs(step))[:SHOWN]
    large = [at for at in most if np.abs(step[at]) > 0.1 * np.abs(step).max()]
    return ", ".join(repr(labels[at]) for at in large)


def maximum(
    likelihood: Callable[[Floats], Point],
    risk: RiskSets,
    design: Design,
    labels: Sequence[str],
) -> tuple[Floats, Point, Point, int]:
    """Return the greatest likelihood by Newton's method from zero.

    Parameters
    ----------
    likelihood : callable
        `Point` for coefficients.
    risk : RiskSets
        Counted records.
    design : ndarray or sparse, shape (patterns, columns)
        Covariates.
    labels : sequence of str
        Name of each column, for sentences.

    Returns
    -------
    tuple
        Coefficients, the point there, the point at zero, and the steps taken.

    Raises
    ------
    ValueError
        For collinear columns; the columns are named.
    NoFit
        For a likelihood that rises for ever (monotone), and a fit that does not settle; the columns
        are named.

    Notes
    -----
    A monotone likelihood (Bryson and Johnson 1981, Technometrics 23:381) is proved by a linear
    programme once an estimate does not settle; see `helpers.methods._runaway`.
    """
    estimate = np.zeros(design.shape[1])
    start = here = likelihood(estimate)
    flat = start if start.tied else evaluate(risk, design, estimate, efron=True)
    check_rank(risk, design, labels, flat)
    step, problem = estimate, "the steps did not settle"
    for taken in range(1, STEPS + 1):
        try:
            whole = step = np.linalg.solve(here.information, here.gradient)
        except np.linalg.LinAlgError:
            problem = "the information became singular"
            break
        there = likelihood(estimate + step)
        # Not "less", so that a value that is not a number is halved too.
        for _ in range(30):
            if there.value >= here.value - 1e-9 * (1.0 + abs(here.value)):
                break
            step = 0.5 * step
            there = likelihood(estimate + step)
        if not np.all(np.isfinite(there.information)):
            problem = "the likelihood became too flat to be evaluated"
            break
        estimate, here = estimate + step, there
        # A step made short by halving is no sign of the end.
        if np.abs(whole).max() < SETTLED:
            return estimate, here, start, taken
        if taken == SUSPICIOUS:
            away = running_away(risk, design, labels)
            if away:
                break
    away = running_away(risk, design, labels)
    if away:
        raise NoFit(
            f"The hazard ratio of {', '.join(map(repr, away))} has no finite estimate: whenever "
            "somebody had the event it was somebody with the most extreme value among those at "
            "risk (monotone likelihood); merge levels or leave the term out."
        )
    raise NoFit(
        f"The fit did not converge: {problem}. {_moving(step, labels)} moved most; look for a "
        "level or a value that hardly anybody with the event has."
    )
