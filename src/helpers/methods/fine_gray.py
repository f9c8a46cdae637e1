"""Regression on the cumulative incidence of one end among several.

Functions
---------
fine_gray
    Fit subdistribution hazard ratios.
predicted_incidence
    Share that has ended in the way of interest by given times, for given values of the terms.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, check_level, critical, refuse, require_columns
from ._cox_design import CoxDesign, designed, recoded
from ._cox_records import count_of, counted_cells, labelled_codes, moments_of
from ._cox_table import alone_in_cluster, coefficient_table, level_counts
from ._fine_gray import Cells, censoring, influence
from ._partial_likelihood import Point, evaluate, maximum
from ._patterns import coded
from ._risk_sets import RiskSets


@dataclass(frozen=True, eq=False)
class FineGrayFit:
    """A fitted subdistribution hazards model.

    Attributes
    ----------
    coefficients : DataFrame
        As in `helpers.methods.cox.CoxFit`; ``value`` is a subdistribution hazard ratio.
    n, events, competing, still_open, parameters, dropped : int
        Records used, ends of interest, other ends, records still open, parameters, and records
        left out for missing values.
    clusters : int or None
        Number of clusters.
    covariance, model_covariance : DataFrame
        Of the estimates, robust as used for the limits, and from the information alone.
    log_likelihood, log_likelihood_null : float
        Weighted partial log-likelihood of the fit, and with all coefficients zero.
    level : float
        Confidence level.
    method : str
        The whole convention in words.
    design, risk, at, cells : object
        Covariate patterns, weighted counts, the likelihood at the estimates, and days.
    time : ndarray
        Time of each slot; the last time followed is ``last``.
    last : float
        Last time at which anybody is followed.
    group : ndarray or None
        Cluster of each cell.
    """

    coefficients: pd.DataFrame
    n: int
    events: int
    competing: int
    still_open: int
    clusters: int | None
    parameters: int
    covariance: pd.DataFrame
    model_covariance: pd.DataFrame
    dropped: int
    log_likelihood: float
    log_likelihood_null: float
    level: float
    method: str
    design: CoxDesign = field(repr=False)
    risk: RiskSets = field(repr=False)
    at: Point = field(repr=False)
    cells: Cells = field(repr=False)
    time: Floats = field(repr=False)
    last: float = field(repr=False)
    group: NDArray[np.intp] | None = field(repr=False)

    @property
    def estimate(self) -> Floats:
        """Estimates as an array."""
        return self.coefficients["estimate"].to_numpy()


def _ends(
    frame: pd.DataFrame, cause: str, interest: object, censored: object
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Rows that ended in the way of interest, and rows still open."""
    given = frame[cause]
    still = given.isna().to_numpy()
    if censored is not None:
        still = still | (given == censored).to_numpy(dtype=bool, na_value=False)
    wanted = (given == interest).to_numpy(dtype=bool, na_value=False) & ~still
    if not wanted.any():
        found = ", ".join(sorted(map(repr, given[~still].unique()))) or "none"
        raise ValueError(f"No row of {cause!r} is {interest!r}; the ends that occur are {found}.")
    return wanted, still


def fine_gray(
    frame: pd.DataFrame,
    *,
    terms: Sequence[str],
    interest: object,
    duration: str = "days",
    cause: str = "cause",
    censored: object = None,
    cluster: str | None = None,
    weights: str | None = None,
    level: float = 0.95,
) -> FineGrayFit:
    """Fit subdistribution hazard ratios of one end among several.

    Parameters
    ----------
    frame : DataFrame
        One row per record; it is not changed. Rows with a missing term or cluster are left out
        and counted.
    terms : sequence of str
        Columns, coded as in `helpers.methods.cox.cox`.
    interest : object
        Value of ``cause`` whose cumulative incidence is modelled.
    duration, cause : str
        Columns of times (zero allowed) and of the way in which a record ended.
    censored : object, optional
        Value of ``cause`` for a record still open; a missing value always means that.
    cluster : str, optional
        Column whose values define clusters.
    weights : str, optional
        Column of whole numbers: the records that a row stands for.
    level : float
        Two-sided confidence level.

    Returns
    -------
    FineGrayFit
        Coefficients with subdistribution hazard ratios, covariance and counts. ``numerator`` is
        the ends of interest.

    Raises
    ------
    ValueError
        As `helpers.methods.cox.cox`, and if no record ended in the way of interest.

    Notes
    -----
    Fine and Gray (1999) JASA 94:496: a record that ended otherwise stays at risk, with the weight
    G(t-) / G(T-) of not yet being censored (one curve for all), ties by Breslow, as ``crr`` of the
    R package cmprsk. The robust covariance includes that of the censoring curve. A ratio above one
    says that the end of interest becomes more frequent, be it because it comes sooner or because
    other ends come later; for the first alone fit `helpers.methods.cox.cox` with other ends
    censored.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6, 7, 8], "prison": [1, 0, 1, 0, 1, 0, 1, 0],
    ...     "cause": ["done", "closed", "done", "done", None, "closed", "done", None]})
    >>> found = fine_gray(waits, terms=["prison"], interest="done").coefficients
    >>> found[["term", "value", "numerator", "denominator"]].round(3)
         term  value  numerator  denominator
    0  prison  5.122          3            4
    """
    check_level(level)
    if isinstance(terms, str) or not list(terms) or len(set(terms)) < len(list(terms)):
        raise ValueError(f"terms must be a list of different column names; got {terms!r}.")
    extra = [name for name in (cluster, weights) if name]
    require_columns(frame, [duration, cause, *terms, *extra])
    days = moments_of(frame, duration)
    count = count_of(frame, weights)
    wanted, still = _ends(frame, cause, interest, censored)
    codes, values, used = coded(frame, terms)
    group, labels = labelled_codes(frame, cluster)
    used = used if group is None else used & (group >= 0)
    left = int(np.sum(~used if count is None else np.where(used, 0.0, count)))
    used = used if count is None else used & (count > 0)
    codes, days, wanted, still = [c[used] for c in codes], days[used], wanted[used], still[used]
    group, count = (None if item is None else item[used] for item in (group, count))
    if not wanted.any():
        raise ValueError(f"No row without a missing value has {cause!r} equal to {interest!r}.")
    if group is not None and (group == group[0]).all():
        raise ValueError(
            f"All rows belong to one cluster of {cluster!r}; clustered limits need several."
        )
    design, pattern = designed(frame, terms, codes, values, count)
    risk, cells, axis, group = _weighted(design, pattern, days, wanted, still, group, count)
    counts = level_counts(design, risk)
    scaled, at, null, _ = maximum(
        lambda estimate: evaluate(risk, design.matrix, estimate, efron=False),
        risk, design.matrix, design.labels(),
    )  # fmt: skip
    back = 1.0 / np.outer(design.spread, design.spread)
    inverse = np.linalg.inv(at.information)
    score = _score_influence(risk, at, cells)
    robust = _robust(score @ inverse, group, risk.count) * back
    clusters = None if group is None else int(np.unique(group).size)
    method = _method(clusters)
    alone = alone_in_cluster(design, risk, group)
    names = design.labels()
    ends = np.r_[-np.inf, axis[cells.slot_day[1:]]]
    return FineGrayFit(
        coefficients=coefficient_table(
            design, scaled / design.spread, robust, counts, alone, float(level), method
        ),
        n=int(risk.count.sum()),
        events=int(risk.tied.sum()),
        competing=int(risk.count[~risk.event & ~cells.open].sum()),
        still_open=int(risk.count[cells.open].sum()),
        clusters=clusters,
        parameters=design.columns,
        covariance=pd.DataFrame(robust, index=names, columns=names),
        model_covariance=pd.DataFrame(inverse * back, index=names, columns=names),
        dropped=left,
        log_likelihood=at.value,
        log_likelihood_null=null.value,
        level=float(level),
        method=method,
        design=design,
        risk=risk,
        at=at,
        cells=cells,
        time=ends,
        last=float(axis[cells.day.max()]),
        group=group,
    )


def _method(clusters: int | None) -> str:
    words = "Fine and Gray's model, inverse probability of censoring weights, Breslow's ties"
    of = "records" if clusters is None else f"{clusters} clusters"
    return f"{words}; robust covariance over {of}, no small-sample factor, normal limits"


def _weighted(
    design: CoxDesign,
    pattern: NDArray[np.intp],
    days: Floats,
    wanted: NDArray[np.bool_],
    still: NDArray[np.bool_],
    group: NDArray[np.intp] | None,
    count: Floats | None,
) -> tuple[RiskSets, Cells, Floats, NDArray[np.intp] | None]:
    """Cells of pattern, day and end with their weights after a competing end."""
    axis, day = np.unique(days, return_inverse=True)
    patterns = design.codes.shape[0]
    parts = [(day, axis.size), (pattern, patterns), (wanted + 2 * still, 3)]
    if group is not None:
        parts.append((group, int(group.max()) + 1))
    cells, total = counted_cells(parts, count)
    day, pattern, end = cells[:3]
    curve = censoring(day, end == 2, total)
    slot_day = np.r_[-1, np.unique(day[end == 1])]
    slot = np.searchsorted(slot_day, day, side="right") - 1
    on = np.where(end == 0, 1.0 / np.where(end == 0, curve.before[day], 1.0), 0.0)
    after = np.r_[1.0, curve.before[slot_day[1:]]]
    start = np.array([0, slot_day.size])
    zero = np.zeros(slot.size, dtype=np.intp)
    risk = RiskSets(start, patterns, pattern, zero, slot, end == 1, total, (on, after))
    covariates = design.matrix[pattern]
    dense = covariates if isinstance(covariates, np.ndarray) else covariates.toarray()
    found = Cells(day, slot_day, end == 2, dense, curve)
    return risk, found, axis, None if group is None else cells[3]


def _score_influence(risk: RiskSets, at: Point, cells: Cells) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = at.first * at.tied.first[:, None] / risk.tied[:, None]
    return influence(risk, at, cells, -np.where(risk.tied[:, None] > 0, mean, 0.0), covariates=True)


def _robust(moved: Floats, group: NDArray[np.intp] | None, count: Floats) -> Floats:
    """Sum of squares of influences over records or clusters."""
    if group is None:
        return moved.T @ (moved * count[:, None])
    size = int(group.max()) + 1
    sums = [np.bincount(group, column * count, minlength=size) for column in moved.T]
    return np.array(sums) @ np.array(sums).T


def predicted_incidence(
    fit: FineGrayFit,
    profiles: pd.DataFrame,
    *,
    times: Sequence[float],
    level: float | None = None,
) -> pd.DataFrame:
    """Share that has ended in the way of interest by given times, for given values of the terms.

    Parameters
    ----------
    fit : FineGrayFit
        From `fine_gray`.
    profiles : DataFrame
        One row per set of values, with the terms of the fit as columns.
    times : sequence of float
        Times, not negative, in units of the duration.
    level : float, optional
        Two-sided confidence level; that of the fit if not given.

    Returns
    -------
    DataFrame
        The columns of ``profiles``, ``time``, ``value`` (cumulative incidence), ``std_error``,
        ``low``, ``high``, ``numerator`` (ends of interest by then), ``denominator`` (records),
        ``level``, ``method``. NaN after the last record; no limits before the first end.

    Raises
    ------
    ValueError
        For missing columns, levels that the fit does not have, missing terms, a negative time,
        or a level outside (0, 1).

    Notes
    -----
    1 - exp(-cumulative subdistribution hazard); the variance is that of the influences of records
    (or clusters), that of the censoring curve included, with limits on the log(-log) scale.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6, 7, 8], "prison": [1, 0, 1, 0, 1, 0, 1, 0],
    ...     "cause": ["done", "closed", "done", "done", None, "closed", "done", None]})
    >>> fit = fine_gray(waits, terms=["prison"], interest="done")
    >>> found = predicted_incidence(fit, pd.DataFrame({"prison": [0, 1]}), times=[4])
    >>> found[["prison", "time", "value"]].round(3)
       prison  time  value
    0       0   4.0  0.150
    1       1   4.0  0.565
    """
    points = np.asarray(times, dtype=float)
    if not np.all(points >= 0):
        raise ValueError(f"Times must be numbers that are not negative; got {list(times)!r}.")
    z = critical(fit.level if level is None else level)
    require_columns(profiles, [part.term.name for part in fit.design.terms])
    covariates, complete = recoded(profiles, fit.design.terms)
    refuse(~complete, profiles.index, "a term is missing")
    risk, at = fit.risk, fit.at
    spread = fit.design.spread
    inverse = fit.model_covariance.to_numpy() * np.outer(spread, spread)
    moved = _score_influence(risk, at, fit.cells) @ inverse
    slope = np.cumsum(at.first * at.tied.second[:, None], axis=0)
    hazard = np.cumsum(at.tied.first)
    slot = np.searchsorted(fit.time, points, side="right") - 1
    with np.errstate(divide="ignore", invalid="ignore"):
        inside = np.where(risk.tied > 0, at.tied.first / risk.tied, 0.0)
    until = np.arange(risk.slots)[:, None] <= slot
    baseline = influence(risk, at, fit.cells, inside[:, None] * until, covariates=False)
    ratio = np.exp(covariates @ (fit.estimate * spread) - at.shift)
    made = []
    for row, by in zip(covariates, ratio, strict=True):
        total = by * hazard[slot]
        gradient = hazard[slot][:, None] * row - slope[slot]
        every = by * (moved @ gradient.T + baseline)
        error = np.sqrt(np.diag(_robust(every, fit.group, risk.count)))
        known = points <= fit.last
        value = np.where(known, -np.expm1(-total), np.nan)
        with np.errstate(divide="ignore", invalid="ignore"):
            reach = np.where(total > 0, np.exp(z * error / total), np.nan)
        low, high = (
            np.where(known, -np.expm1(-part), np.nan) for part in (total / reach, total * reach)
        )
        made.append(
            pd.DataFrame(
                {"time": points, "value": value, "std_error": np.exp(-total) * error}
                | {"low": low, "high": high}
                | {"numerator": np.cumsum(risk.tied)[slot].astype(np.int64), "denominator": fit.n}
            )
        )
    keys = profiles.loc[profiles.index.repeat(points.size)].reset_index(drop=True)
    return pd.concat([keys, pd.concat(made, ignore_index=True)], axis=1).assign(
        level=fit.level if level is None else float(level),
        method=f"predicted incidence, log-log limits; {fit.method}",
    )
