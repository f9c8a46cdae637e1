"""Conditional logistic regression of matched sets.

Functions
---------
conditional_logistic
    Odds ratios within matched sets.
"""

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import SHOWN, Floats, check_level, critical, numbers, refuse, require_columns
from ._design import Design, build
from ._separation import refuse_levels

METHOD = (
    "conditional logistic regression, maximum likelihood within matched sets; model-based "
    "covariance, normal limits"
)

# Log odds ratios within a set beyond this suggest separation, which is then looked for.
SUSPICIOUS = 15.0

# Pairs of rows beyond this are not searched for separation.
TOO_MANY = 200_000


@dataclass(frozen=True, eq=False)
class MatchedFit:
    """A fitted conditional logistic regression.

    Attributes
    ----------
    coefficients : DataFrame
        ``term``, ``level_name`` (category, else empty), ``reference``, ``estimate``,
        ``std_error``, ``odds_ratio``, ``low``, ``high`` (of the odds ratio), ``statistic``,
        ``p_value``, ``numerator`` (events among the rows of the level), ``denominator`` (those
        rows; all rows used for numeric terms), ``sets`` (sets used in which the column varies:
        only they inform it), ``level``, ``method``.
    sets, n, events : int
        Sets in which some rows have the outcome and some have not, their rows, and events.
    sets_left_out : tuple of str
        Names of the sets in which all rows or none have the outcome, in the order of the frame.
    rows_left_out : int
        Rows of those sets.
    dropped : int
        Rows left out for missing values.
    covariance : DataFrame
        Of the estimates, labelled by term and level.
    log_likelihood, log_likelihood_null : float
        Conditional, of the fit and without any term.
    level : float
        Confidence level.
    method, note : str
        Estimator in words, and which sets and rows say nothing; empty if none.
    """

    coefficients: pd.DataFrame
    sets: int
    n: int
    events: int
    sets_left_out: tuple[str, ...]
    rows_left_out: int
    dropped: int
    covariance: pd.DataFrame
    log_likelihood: float
    log_likelihood_null: float
    level: float
    method: str
    note: str


def _complete(frame: pd.DataFrame, outcome: str, used: list[str]) -> pd.DataFrame:
    """Rows without missing values, the outcome as 0 and 1."""
    require_columns(frame, used)
    values = numbers(frame, outcome)
    wrong = ~np.isnan(values) & (values != 0) & (values != 1)
    refuse(wrong, frame.index, f"the outcome {outcome!r} is neither 0 nor 1")
    kept = frame[used].notna().all(axis=1).to_numpy()
    return frame.loc[kept, used].assign(**{outcome: values[kept]})


def _name(of: object) -> str:
    """Name of a set; a number stored as 1.0 beside missing values still reads 1."""
    return str(int(of)) if isinstance(of, float) and of.is_integer() else str(of)


def _columns(design: Design) -> Floats:
    """Columns of each row but for the intercept."""
    return design.scaled[design.place, 1:]


def _within(design: Design, place: NDArray[np.intp]) -> Floats:
    """Columns but for the intercept, less their mean of each set."""
    columns = _columns(design)
    size = np.bincount(place)[:, None]
    mean = np.stack([np.bincount(place, column) for column in columns.T], axis=1) / size
    return columns - mean[place]


def _check_within(design: Design, within: Floats, sets: str) -> None:
    """Refuse columns that do not vary within sets, or are combinations of others there."""
    labels = design.labels()[1:]
    length = np.sqrt((within**2).sum(axis=0))
    whole = np.sqrt((_columns(design) ** 2).sum(axis=0))
    constant = [name for name, a, b in zip(labels, length, whole, strict=True) if a < 1e-9 * b]
    if constant:
        raise ValueError(
            f"{', '.join(map(repr, constant))}: the same for all rows of each set of {sets!r} that "
            "has a contrast in the outcome, so that sets say nothing of it; it was matched on, "
            "leave it out."
        )
    pivots = np.abs(np.diag(np.linalg.qr(within, mode="r")))
    combined = [name for name, a, b in zip(labels, pivots, length, strict=True) if a < 1e-9 * b]
    if len(pivots) < len(labels) or combined:
        raise ValueError(
            f"{', '.join(map(repr, combined or labels))}: cannot be told apart from the terms "
            f"before within sets of {sets!r} (collinear); leave a term out."
        )


def _pairs(outcome: Floats, columns: Floats, place: NDArray[np.intp]) -> Floats:
    """Differences of each row with the outcome from each without in its set, each once."""
    made = []
    for at in np.split(np.argsort(place, kind="stable"), np.cumsum(np.bincount(place))[:-1]):
        rows, events = columns[at], outcome[at] == 1
        some, none = (np.unique(part, axis=0) for part in (rows[events], rows[~events]))
        made.append((some[:, None, :] - none[None, :, :]).reshape(-1, columns.shape[1]))
    return np.unique(np.vstack(made), axis=0)


def _separating(outcome: Floats, columns: Floats, place: NDArray[np.intp]) -> list[int]:
    """Columns, one by one or in combination, that never point against the outcome within a set.

    Along them the conditional likelihood rises for ever, as that of ordinary logistic regression
    does (Albert and Anderson 1984, Biometrika 71:1).
    """
    from scipy.optimize import linprog

    pairs = _pairs(outcome, columns, place)
    least, most = pairs.min(axis=0), pairs.max(axis=0)
    alone = ((least >= 0) & (most > 0)) | ((most <= 0) & (least < 0))
    if alone.any() or len(pairs) > TOO_MANY:
        return np.flatnonzero(alone).tolist()
    found = linprog(-pairs.sum(axis=0), A_ub=-pairs, b_ub=np.zeros(len(pairs)), bounds=(-1, 1))
    if found.status != 0 or -found.fun < 1e-6:
        return []
    return np.flatnonzero(np.abs(found.x) > 1e-6).tolist()


def _maximum(outcome: Floats, columns: Floats, place: NDArray[np.intp]) -> tuple | None:
    """Estimates, covariance and log-likelihoods, or None where the steps come to no end."""
    from statsmodels.discrete.conditional_models import ConditionalLogit
    from statsmodels.tools.numdiff import approx_fprime

    with warnings.catch_warnings(), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        try:
            model = ConditionalLogit(outcome, columns, groups=place)
            estimate = np.asarray(model.fit(method="bfgs", skip_hessian=True, disp=False).params)
            for _ in range(20):
                information = -np.atleast_2d(approx_fprime(estimate, model.score, centered=True))
                step = np.linalg.solve(information, model.score(estimate))
                estimate = estimate + step
                if not np.abs(estimate).max() < 1e3:
                    return None
                if np.abs(step).max() < 1e-8:
                    covariance = np.linalg.inv((information + information.T) / 2.0)
                    none = float(model.loglike(np.zeros(estimate.size)))
                    found = estimate, covariance, float(model.loglike(estimate)), none
                    fine = np.isfinite(found[2]) and np.all(np.diag(covariance) > 0)
                    return found if fine else None
        except (np.linalg.LinAlgError, OverflowError, RecursionError):
            return None
    return None


def _fitted(design: Design, outcome: Floats, place: NDArray[np.intp], sets: str) -> tuple:
    columns = _columns(design)
    found = _maximum(outcome, columns, place)
    within = _within(design, place)
    if found is None or np.abs(within @ found[0]).max() > SUSPICIOUS:
        at = _separating(outcome, columns, place)
        if at:
            named = ", ".join(repr(design.labels()[1:][one]) for one in at[:SHOWN])
            raise ValueError(
                f"The outcome is separated by {named} within sets of {sets!r}: in no set does it "
                "point against those with the outcome, and there is no finite estimate."
            )
    if found is None:
        raise ValueError(
            f"The fit did not converge; the largest set of {sets!r} has "
            f"{int(np.bincount(place).max())} rows, which may be too many for the conditional "
            "likelihood."
        )
    return found


def _note(left_out: list[str], rows: int, sets: str) -> str:
    if not left_out:
        return ""
    shown = ", ".join(left_out[:SHOWN])
    more = f" and {len(left_out) - SHOWN} more" if len(left_out) > SHOWN else ""
    many = len(left_out) > 1
    return (
        f"{len(left_out)} set{'s' if many else ''} of {sets!r} with {rows} rows "
        f"{'say' if many else 'says'} nothing, since all or none of {'their' if many else 'its'} "
        f"rows have the outcome: {shown}{more}."
    )


def conditional_logistic(
    frame: pd.DataFrame,
    *,
    outcome: str,
    terms: Sequence[str],
    sets: str,
    level: float = 0.95,
) -> MatchedFit:
    """Fit a conditional logistic regression of matched sets.

    Parameters
    ----------
    frame : DataFrame
        One row per record; rows with a missing value in a column used are left out and counted.
    outcome : str
        Column of 0 and 1, or flags; any number of each in a set.
    terms : sequence of str
        Columns, coded as by `helpers.methods.regression.logistic`. What was matched on cannot be
        a term.
    sets : str
        Column whose values name the matched sets.
    level : float
        Two-sided confidence level.

    Returns
    -------
    MatchedFit
        Odds ratios within sets; sets without a contrast in the outcome are counted and named.

    Raises
    ------
    ValueError
        For missing columns, an outcome other than 0 and 1, no set with a contrast in the outcome,
        a term that is the same for all rows of each set, collinear terms, separation, a level in
        which all or none have the outcome, too few rows, or no convergence.

    Notes
    -----
    Breslow and Day (1980) Statistical Methods in Cancer Research I, chapter 7: the probability of
    the outcomes of a set given how many there are, which no difference between sets enters. By
    statsmodels' ConditionalLogit with the recursion of Gail, Lubin and Rubinstein (1981) Biometrika
    68:703, then Newton steps to a score of zero. For pairs and one binary term the odds ratio is
    that of McNemar: pairs in which only the one with the outcome has it, over pairs in which only
    the other has.

    Examples
    --------
    >>> pairs = pd.DataFrame({"pair": [1, 1, 2, 2, 3, 3, 4, 4], "seen": [1, 0] * 4,
    ...     "prison": [1, 0, 1, 0, 0, 1, 1, 1]})
    >>> found = conditional_logistic(pairs, outcome="seen", terms=["prison"], sets="pair")
    >>> found.coefficients[["term", "odds_ratio", "std_error", "sets"]].round(4)  # 2 over 1
         term  odds_ratio  std_error  sets
    0  prison         2.0     1.2247     3
    """
    z = critical(check_level(level))
    if isinstance(terms, str) or not terms or sets in terms or sets == outcome:
        raise ValueError(
            f"terms must be a list of columns other than the sets {sets!r}, which cannot be the "
            f"outcome; got {terms!r} and {outcome!r}."
        )
    rows = _complete(frame, outcome, list(dict.fromkeys([outcome, *terms, sets])))
    of = rows.groupby(sets, sort=False, observed=True)[outcome]
    contrast = of.transform("min").lt(of.transform("max")).to_numpy(dtype=bool)
    left_out = [_name(one) for one in rows.loc[~contrast, sets].unique()]
    if not contrast.any():
        raise ValueError(
            f"None of the {len(left_out)} sets of {sets!r} has rows with the outcome {outcome!r} "
            "beside rows without it: matched sets say nothing then."
        )
    used = rows[contrast]
    design = build(used, outcome, terms, None, keep=True)
    refuse_levels(design)
    place = pd.factorize(used[sets])[0]
    within = _within(design, place)
    _check_within(design, within, sets)
    seen = used[outcome].to_numpy()
    scaled, covariance, log_likelihood, null = _fitted(design, seen, place, sets)
    back = design.back[1:, 1:]
    estimate, covariance = back @ scaled, back @ covariance @ back.T
    std_error, names = np.sqrt(np.diag(covariance)), design.names()[1:]
    member, matrix = np.ones((len(used), len(names))), design.matrix[design.place]
    for term in design.terms:
        if term.kind != "numeric":
            at = np.array(term.columns)
            member[:, at - 1] = matrix[:, at] == 1
    varies = [len(set(place[np.abs(column) > 1e-9])) for column in within.T]
    from scipy.special import ndtr

    labels = design.labels()[1:]
    return MatchedFit(
        coefficients=pd.DataFrame(names, columns=["term", "level_name", "reference"]).assign(
            estimate=estimate,
            std_error=std_error,
            odds_ratio=np.exp(estimate),
            low=np.exp(estimate - z * std_error),
            high=np.exp(estimate + z * std_error),
            statistic=estimate / std_error,
            p_value=2.0 * ndtr(-np.abs(estimate / std_error)),
            numerator=(seen @ member).astype(np.int64),
            denominator=member.sum(axis=0).astype(np.int64),
            sets=varies,
            level=float(level),
            method=METHOD,
        ),
        sets=int(place.max()) + 1,
        n=len(used),
        events=int(used[outcome].sum()),
        sets_left_out=tuple(left_out),
        rows_left_out=int((~contrast).sum()),
        dropped=len(frame) - len(rows),
        covariance=pd.DataFrame(covariance, index=labels, columns=labels),
        log_likelihood=log_likelihood,
        log_likelihood_null=null,
        level=float(level),
        method=METHOD,
        note=_note(left_out, int((~contrast).sum()), sets),
    )
