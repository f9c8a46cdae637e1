"""From a design to a fitted regression: estimate, covariance and table.

Functions
---------
fitted
    Estimate, covariance and table of a design.
term_test
    Test of some coefficients together.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import Floats, critical
from ._design import Design
from ._few_clusters import CAUTION, FEW, ClusterRobust, cluster_robust
from ._fit import RegressionFit
from ._glm import Family, Point, expit, maximum
from ._joint import alone_test
from ._profile_limits import profiled
from ._separation import Separated, separation
from ._small_sample import Reference
from ._wild import wild_test

Penalty = Literal["none", "firth", "if separated", "if few"]
PENALTIES = ("none", "firth", "if separated", "if few")

# Fewer than these with the outcome, or without it, and the limits of Wald hold the truth too often
# and the estimate runs away (tests/simulation/regression.csv).
FEW_EVENTS = 10

# A linear predictor beyond this has no finite maximum; beyond the second one is suspected of it.
EXTREME, SUSPICIOUS = 40.0, 15.0

WORDS = {"binomial": "logistic regression", "poisson": "Poisson regression, log link"}


def _scarce(design: Design) -> tuple[str, ...]:
    """Labels of the levels that too few records have with the outcome, or without it."""
    found = []
    for at, variable in enumerate(design.variables):
        size = len(variable.levels)
        if not size:
            continue
        events = np.bincount(design.codes[:, at], design.events, minlength=size)
        others = np.bincount(design.codes[:, at], design.trials, minlength=size) - events
        few = np.minimum(events, others) < FEW_EVENTS
        if few[0]:  # the level that every other one is compared with
            few[:] = True
        found += [
            f"{variable.name}: {level}" if variable.kind == "categorical" else variable.name
            for level, here in zip(variable.levels[1:], few[1:], strict=True)
            if here
        ]
    return tuple(found)


def _silent(design: Design) -> tuple[str, ...]:
    """Labels of levels without events, whose rate has no finite ratio."""
    found = []
    for at, variable in enumerate(design.variables):
        if variable.levels:
            events = np.bincount(design.codes[:, at], design.events, minlength=len(variable.levels))
            found += [
                f"{variable.name}: {level}" if variable.kind == "categorical" else variable.name
                for level, some in zip(variable.levels, events, strict=True)
                if some == 0
            ]
    return tuple(found)


def _maximum(design: Design, family: Family, penalty: str) -> tuple[Point, tuple[str, ...]]:
    """Return the greatest likelihood, and what made a penalty necessary."""
    separated: Separated | None = None
    if penalty == "if few" and family == "binomial":
        scarce = _scarce(design)
        if scarce:
            return _penalised(design, family), scarce
    if penalty != "firth":
        found = maximum(design.scaled, design.events, design.trials, family=family, extreme=EXTREME)
        far = found is None or np.abs(design.scaled @ found.estimate).max() > SUSPICIOUS
        if far and family == "binomial":
            separated = separation(design)
        elif family == "poisson" and (silent := _silent(design)):
            separated = Separated(
                f"{', '.join(map(repr, silent))}: no events, so that the rate ratio has no "
                "finite estimate; merge the level with another, leave the term out, or ask for "
                "Firth's penalty.",
                silent,
            )
        if separated is None and found is not None:
            return found, ()
        if separated is None:
            raise ValueError("The fit did not converge; leave a term out, or merge small levels.")
        if penalty == "none":
            raise separated
    return _penalised(design, family), separated.terms if separated else ()


def _penalised(design: Design, family: Family) -> Point:
    found = maximum(design.scaled, design.events, design.trials, family=family, penalised=True)
    if found is None:
        raise ValueError("The penalised fit did not converge; leave a term out.")
    return found


def _null(design: Design, family: Family, penalised: bool) -> float:
    """Log likelihood of the intercept alone; penalised, with the penalty of all columns."""
    held = np.ones(design.scaled.shape[1], dtype=bool)
    held[0] = False
    start = np.zeros(held.size)
    share = design.events.sum() / design.trials.sum()
    start[0] = np.log(share / (1.0 - share)) if family == "binomial" else np.log(share)
    found = maximum(
        design.scaled, design.events, design.trials,
        family=family, penalised=penalised, start=start, held=held,
    )  # fmt: skip
    return np.nan if found is None else found.value


def fitted(
    design: Design,
    family: Family,
    penalty: str,
    level: float,
    ratio: str,
    *,
    profile: Sequence[str] | None = None,
) -> RegressionFit:
    """Return estimate, covariance and table of a design.

    Parameters
    ----------
    design : Design
        Coded patterns.
    family : {"binomial", "poisson"}
        Logit or log link.
    penalty : {"none", "firth", "if separated"}
        As for `helpers.methods.regression.logistic`.
    level : float
        Two-sided confidence level.
    ratio : str
        Name of the column of ratios.
    profile : sequence of str, optional
        Terms whose limits by the profile are wanted; all if not given.
    """
    at, weak = _maximum(design, family, penalty)
    penalised = penalty == "firth" or bool(weak)
    found = separation(design) if penalty == "if few" and weak else None
    separated = weak if penalty != "if few" else found.terms if found else ()
    # A level without events is scarce and separated both; so may a combination be.
    weak = tuple(dict.fromkeys((*weak, *separated)))
    bread = np.linalg.inv(at.information)
    clusters = None if design.cluster is None else int(design.cluster.max()) + 1
    spread: ClusterRobust | None = None
    if design.cluster is not None:
        spread = _by_cluster(design, at, family)
    covariance = bread if spread is None else spread.covariance("CR2")
    covariance = design.back @ covariance @ design.back.T
    estimator = "maximum likelihood"
    if penalised:
        estimator = "Firth's penalised likelihood"
        scarce = [label for label in weak if label not in separated]
        if separated:
            estimator += f" (no finite estimate otherwise: separated by {', '.join(separated)})"
        if scarce:
            estimator += (
                f" (fewer than {FEW_EVENTS} with or without the outcome in {', '.join(scarce)})"
            )
    method = f"{WORDS[family]}, {estimator}"
    labels = design.labels()
    # The penalty of columns on their own scales, not of the scaled ones.
    constant = -float(np.linalg.slogdet(design.back)[1]) if penalised else 0.0
    made = RegressionFit(
        coefficients=pd.DataFrame({"estimate": design.back @ at.estimate}),
        n=design.rows,
        events=int(design.events.sum()),
        clusters=clusters,
        parameters=at.estimate.size,
        patterns=len(design.matrix),
        covariance=pd.DataFrame(covariance, index=labels, columns=labels),
        dropped=design.dropped,
        log_likelihood=at.value + constant,
        log_likelihood_null=_null(design, family, penalised) + constant,
        penalised=penalised,
        separated=separated,
        scarce=weak,
        level=level,
        method=f"{method}; {_covariance_words(spread)}",
        family=family,
        design=design,
        at=at,
        robust=spread,
    )
    table = _coefficients(made, method, ratio, profile)
    return RegressionFit(**vars(made) | {"coefficients": table})


def _by_cluster(design: Design, at: Point, family: Family) -> ClusterRobust:
    """Return the sandwich; counts of one pattern in one cluster are added up first."""
    eta = design.scaled @ at.estimate
    if family == "binomial":
        trials, fitted = design.trials, expit(eta)
    else:
        trials, fitted = np.ones_like(eta), design.trials * np.exp(eta)
    return cluster_robust(
        design.scaled, design.events, trials, fitted, design.cluster, family=family
    )


def _covariance_words(spread: ClusterRobust | None) -> str:
    return "model-based covariance, normal limits" if spread is None else spread.words


_ALONE = "no limits: rests on the records of one cluster alone"
_ALIKE = "no limits: all clusters are alike, so that their spread is none"
_PROFILE = "limits and p value from the profile of the penalised likelihood"


def _coefficients(
    fit: RegressionFit, method: str, ratio: str, profile: Sequence[str] | None
) -> pd.DataFrame:
    """Return the table of coefficients with the limits that each can have."""
    design, rows = fit.design, []
    estimate = fit.estimate
    by_profile = fit.penalised & (
        np.array([fit.robust is None or label in fit.scarce for label in design.labels()])
    )
    fall = critical(fit.level) ** 2
    unit, names = np.eye(fit.parameters), [name for name, _, _ in design.names()]
    for at in range(fit.parameters):
        error, against = fit.spread(unit[at])
        df = against.df
        note, low, high = fit.method, np.nan, np.nan
        if by_profile[at] and profile is not None and names[at] not in profile:
            error = statistic = p_value = df = np.nan
            note = f"{method}; no limits were asked for"
        elif by_profile[at]:
            low, high, lost = profiled(
                design, fit.at, at, fall=fall, family=fit.family, penalised=True
            )
            statistic, p_value, df = lost, Reference().two_sided(np.sqrt(lost)), None
            note = f"{method}; {_PROFILE}"
            if fit.robust is not None:
                note, error = f"{note}; clusters not allowed for", np.nan
        elif not error > 0:
            note = f"{method}; {_ALONE if np.isnan(error) else _ALIKE}"
            error = statistic = p_value = df = np.nan
        else:
            statistic = estimate[at] / error
            p_value = against.two_sided(statistic)
            reach = against.critical(fit.level) * error
            low, high = estimate[at] - reach, estimate[at] + reach
            note += f"; {CAUTION}" if df is not None and df < FEW else ""
        rows.append((error, low, high, statistic, df, p_value, note))
    result = pd.DataFrame(design.names(), columns=["term", "level_name", "reference"])
    numerator, denominator = _sizes(design)
    error, low, high, statistic, df, p_value, note = map(list, zip(*rows, strict=True))
    with np.errstate(over="ignore"):
        return result.assign(
            estimate=estimate,
            std_error=error,
            **{ratio: np.exp(estimate)},
            low=np.exp(np.array(low, dtype=float)),
            high=np.exp(np.array(high, dtype=float)),
            statistic=np.array(statistic, dtype=float),
            df=np.array(df, dtype=float),
            p_value=np.array(p_value, dtype=float),
            numerator=numerator,
            denominator=denominator,
            level=fit.level,
            method=note,
        )


def _sizes(design: Design) -> tuple[Floats, Floats]:
    """Events and records of each column; all of them for numbers and the intercept."""
    member = np.ones(design.matrix.shape, dtype=bool)
    for term in design.terms:
        if all(design.variables[at].levels for at in term.variables):
            member[:, term.columns] = design.matrix[:, term.columns] == 1
    sizes = design.events @ member, design.trials @ member
    return tuple(
        size.astype(np.int64) if np.all(size == np.floor(size)) else size for size in sizes
    )


def term_test(fit: RegressionFit, columns: Sequence[int]) -> tuple[float, int, float, float, str]:
    """Return statistic, df, denominator df, p value and method of a test of some coefficients.

    Without clusters Wald's; with clusters one coefficient as in the table of coefficients, and
    several by the wild cluster bootstrap, which holds its level where clusters are few and of
    unequal size. Approximate Hotelling tests do not (``tests/simulation/few_clusters.py``).
    """
    from scipy.special import chdtrc

    at, q = list(columns), len(columns)
    if fit.robust is None:
        covariance = fit.covariance.to_numpy()[np.ix_(at, at)]
        statistic = float(fit.estimate[at] @ np.linalg.solve(covariance, fit.estimate[at]))
        return statistic, q, np.nan, float(chdtrc(q, statistic)), "Wald chi-squared"
    design, contrasts = fit.design, fit.design.back[at]
    if q == 1:
        found = alone_test(fit.robust, np.linalg.solve(design.back, fit.estimate), contrasts)
    else:
        found = wild_test(
            fit.robust, contrasts, design.scaled, design.events, design.trials, design.cluster,
            family=fit.family, penalised=fit.penalised,
        )  # fmt: skip
    words = f"{found.method}; {found.reason}" if found.reason else found.method
    return found.statistic, q, found.df_denominator, found.p_value, words
