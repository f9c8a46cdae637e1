"""Hazard ratios read as probabilities and days.

Functions
---------
standardised_probability
    Probability of the event by given times for each level of a term.
probability_difference
    Difference of these probabilities from those of the reference level.
standardised_days
    Time by which a share would have had the event, for each level of a term.

Every record is set to the level in turn, all else as it is, and the probabilities are averaged:
what the model says of these same people had all been at the one level or the other.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats
from ._cox_curves import refuse_exact
from ._cox_design import Coded
from ._cox_fit import CoxFit, Sums, hazard_sums, score_sums
from ._cox_records import slots_of
from ._product_limit import crossing

CHUNK = 2_000_000


@dataclass(frozen=True, eq=False)
class _Average:
    """Mean probability at some times with its gradients.

    Attributes
    ----------
    value : ndarray, shape (times,)
        Probability of the event by each time.
    slope : ndarray, shape (times, columns)
        Gradient in the scaled estimates, the baseline following them.
    level : ndarray, shape (times, strata)
        Gradient in the cumulative baseline hazard of each stratum.
    """

    value: Floats
    slope: Floats
    level: Floats

    def less(self, other: "_Average") -> "_Average":
        """Return the difference from another."""
        return _Average(
            self.value - other.value, self.slope - other.slope, self.level - other.level
        )


@dataclass(frozen=True, eq=False)
class _Reader:
    """A fit, a term of it, and the slots of the times asked for."""

    fit: CoxFit
    part: Coded
    points: Floats

    @cached_property
    def sums(self) -> Sums:
        return Sums.of(self.fit.risk, self.fit.at)

    @cached_property
    def slots(self) -> NDArray[np.intp]:
        """Last slot of each stratum by each time, shape (times, strata)."""
        strata = range(len(self.fit.clock.strata))
        size = self.points.size
        return np.stack(
            [slots_of(self.fit.clock, self.points, np.full(size, at)) for at in strata], axis=1
        )

    @cached_property
    def population(self) -> list[tuple[NDArray[np.intp], Floats]]:
        """Patterns of each stratum and the share of all records in each."""
        risk, made = self.fit.risk, []
        stratum = risk.stratum[risk.exit]
        for at in range(len(self.fit.clock.strata)):
            here = stratum == at
            records = np.bincount(risk.pattern[here], risk.count[here], minlength=risk.patterns)
            found = np.flatnonzero(records)
            made.append((found, records[found] / risk.count.sum()))
        return made

    def average(self, level: int) -> _Average:
        """Mean probability with every record set to one level (0: the reference)."""
        fit, sums, columns = self.fit, self.sums, list(self.part.term.columns)
        times, strata = self.slots.shape
        value, slope = np.zeros(times), np.zeros((times, fit.parameters))
        share = np.zeros((times, strata))
        for at, (patterns, records) in enumerate(self.population):
            x = fit.design.matrix[patterns]
            x = x.copy() if isinstance(x, np.ndarray) else x.toarray()
            x[:, columns] = 0.0
            if level:
                x[:, columns[level - 1]] = 1.0
            ratio = np.exp(x @ fit.scaled - fit.at.shift)
            step = max(CHUNK // max(ratio.size, 1), 1)
            for low in range(0, times, step):
                part = slice(low, low + step)
                slot = self.slots[part, at]
                hazard = sums.hazard[slot]
                stay = np.exp(-hazard[:, None] * ratio)
                value[part] += (1.0 - stay) @ records
                weight = stay * (records * ratio)
                share[part, at] = weight.sum(axis=1)
                slope[part] += hazard[:, None] * (weight @ x)
                slope[part] -= share[part, at][:, None] * sums.slope[slot]
        return _Average(value, slope, share)

    def error(self, found: _Average) -> Floats:
        """Return standard errors of a mean probability or a difference."""
        fit = self.fit
        if fit.coefficients["std_error"].iloc[list(self.part.term.columns)].isna().any():
            return np.full(found.value.size, np.nan)
        if fit.cluster is None:
            model = np.einsum("ij,jk,ik->i", found.slope, fit.scaled_covariance, found.slope)
            return np.sqrt(model + (found.level**2 * self.sums.spread[self.slots]).sum(axis=1))
        groups = int(fit.cluster.max()) + 1
        spread = fit.design.spread
        inverse = fit.model_covariance.to_numpy() * np.outer(spread, spread)
        score = score_sums(fit.risk, fit.design.matrix, fit.at, fit.cluster, groups) @ inverse
        made = np.empty(found.value.size)
        for at, slot in enumerate(self.slots):
            baseline = hazard_sums(fit.risk, fit.at, slot, fit.cluster, groups)
            made[at] = np.sum((score @ found.slope[at] + baseline @ found.level[at]) ** 2)
        return np.sqrt(made)

    @cached_property
    def known(self) -> NDArray[np.bool_]:
        """Times up to which every stratum is followed."""
        return self.points <= self.fit.clock.last.min()

    @cached_property
    def counts(self) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Events and records observed in each level."""
        risk = self.fit.risk
        terms = [part.term.name for part in self.fit.design.terms]
        code = self.fit.design.codes[:, terms.index(self.part.term.name)][risk.pattern]
        size = len(self.part.term.levels)
        weights = (risk.count * risk.event, risk.count)
        seen, every = (np.bincount(code, w, minlength=size).astype(np.int64) for w in weights)
        return seen, every


def _reader(fit: CoxFit, term: str, times: Sequence[float]) -> _Reader:
    refuse_exact(fit)
    points = np.asarray(times, dtype=float)
    if not np.all(points >= 0):
        raise ValueError(f"Times must be numbers that are not negative; got {list(times)!r}.")
    return _Reader(fit, fit.design.find(term), points)


def _limits(value: Floats, error: Floats, z: float) -> tuple[Floats, Floats]:
    """Limits of a probability, symmetrical for log(-log(1 - p)): they stay between 0 and 1."""
    inside = (value > 0) & (value < 1)
    stay = np.where(inside, 1.0 - value, np.nan)
    power = np.exp(z * error / (stay * -np.log(stay)))
    return 1.0 - stay ** (1.0 / power), 1.0 - stay**power


def standardised_probability(
    fit: CoxFit, *, term: str, times: Sequence[float], level: float | None = None
) -> pd.DataFrame:
    """Probability of the event by given times for each level of a term.

    Parameters
    ----------
    fit : CoxFit
        From `helpers.methods.cox.cox`.
    term : str
        Categorical or binary term.
    times : sequence of float
        Times, not negative, in units of the duration.
    level : float, optional
        Two-sided confidence level; that of the fit if not given.

    Returns
    -------
    DataFrame
        ``term``, ``level_name`` (reference first), ``time``, ``value``, ``low``, ``high``,
        ``std_error`` (probability), ``numerator``, ``denominator`` (events and records observed
        in the level), ``level``, ``method``. NaN after the time up to which every stratum is
        followed; no limits before the first event, or where a level lies in one cluster.

    Raises
    ------
    ValueError
        For a term without levels, a negative time, a fit with exact ties, or a level outside
        (0, 1).

    Notes
    -----
    G-computation (Robins 1986, Math Model 7:1393) over the records as they are, which are taken
    as given. Delta method in the estimates and the baseline hazard (with clusters, by the sums of
    influences over each); limits on the log(-log) scale. It assumes proportional hazards, and that
    the other terms are all that matters beside this one.

    Examples
    --------
    >>> from helpers.methods.cox import cox
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> found = standardised_probability(cox(waits, terms=["prison"]), term="prison", times=[4])
    >>> found[["level_name", "time", "value"]].round(3)
      level_name  time  value
    0          0   4.0   0.33
    1          1   4.0   0.69
    """
    reader, z, made = _reader(fit, term, times), fit.critical(level), []
    for at, name in enumerate(reader.part.term.levels):
        found = reader.average(at)
        error = reader.error(found)
        value = np.where(reader.known, found.value, np.nan)
        low, high = _limits(value, error, z)
        made.append(_rows(reader, name, value, low, high, error, at))
    words = f"standardised probability, delta method, log-log limits; {fit.method}"
    return _stacked(made, fit, level, words)


def _rows(
    reader: _Reader, name: str, value: Floats, low: Floats, high: Floats, error: Floats, at: int
) -> pd.DataFrame:
    return pd.DataFrame(
        {"term": reader.part.term.name, "level_name": name, "time": reader.points}
        | {"value": value, "low": low, "high": high}
        | {"std_error": np.where(np.isnan(value), np.nan, error)}
        | {"numerator": reader.counts[0][at], "denominator": reader.counts[1][at]}
    )


def _stacked(
    parts: list[pd.DataFrame], fit: CoxFit, level: float | None, words: str
) -> pd.DataFrame:
    used = fit.level if level is None else float(level)
    return pd.concat(parts, ignore_index=True).assign(level=used, method=words)


def probability_difference(
    fit: CoxFit, *, term: str, times: Sequence[float], level: float | None = None
) -> pd.DataFrame:
    """Difference of the probability of the event by given times from the reference level.

    Parameters
    ----------
    fit, term, times, level
        See `standardised_probability`.

    Returns
    -------
    DataFrame
        As `standardised_probability` but for the reference level, with ``reference``: ``value``
        is the probability of the level less that of the reference.

    Raises
    ------
    ValueError
        As `standardised_probability`.

    Notes
    -----
    As `standardised_probability`; normal limits, since both probabilities move together.

    Examples
    --------
    >>> from helpers.methods.cox import cox
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> found = probability_difference(cox(waits, terms=["prison"]), term="prison", times=[4])
    >>> found[["level_name", "reference", "value"]].round(3)
      level_name reference  value
    0          1         0   0.36
    """
    reader, z, made = _reader(fit, term, times), fit.critical(level), []
    base = reader.average(0)
    for at, name in enumerate(reader.part.term.levels[1:], start=1):
        found = reader.average(at).less(base)
        error = reader.error(found)
        value = np.where(reader.known, found.value, np.nan)
        rows = _rows(reader, name, value, value - z * error, value + z * error, error, at)
        rows.insert(2, "reference", reader.part.term.levels[0])
        made.append(rows)
    words = f"difference of standardised probabilities, delta method; {fit.method}"
    return _stacked(made, fit, level, words)


def standardised_days(
    fit: CoxFit, *, term: str, share: float = 0.5, level: float | None = None
) -> pd.DataFrame:
    """Time by which a share would have had the event, for each level of a term.

    Parameters
    ----------
    fit : CoxFit
        From `helpers.methods.cox.cox`.
    term : str
        Categorical or binary term.
    share : float
        Share with the event, inside (0, 1); 0.5 is the median.
    level : float, optional
        Two-sided confidence level; that of the fit if not given.

    Returns
    -------
    DataFrame
        ``term``, ``level_name`` (reference first), ``share``, ``value``, ``low``, ``high`` (units
        of the duration), ``numerator``, ``denominator`` (events and records observed in the
        level), ``level``, ``method``. NaN where the curve or its limit does not come so far while
        every stratum is followed.

    Raises
    ------
    ValueError
        For a share outside (0, 1), and as `standardised_probability`.

    Notes
    -----
    The times at which the curve of `standardised_probability` and its pointwise limits reach the
    share, after Brookmeyer and Crowley (1982) Biometrics 38:29.

    Examples
    --------
    >>> from helpers.methods.cox import cox
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6], "observed": [1, 1, 0, 1, 1, 1],
    ...     "prison": [1, 0, 1, 1, 0, 0]})
    >>> found = standardised_days(cox(waits, terms=["prison"]), term="prison")
    >>> found[["level_name", "share", "value"]]
      level_name  share  value
    0          0    0.5    5.0
    1          1    0.5    4.0
    """
    if not 0 < share < 1:
        raise ValueError(f"The share must lie inside (0, 1); got {share!r}.")
    moments = fit.clock.moments
    reader = _reader(fit, term, moments[moments <= fit.clock.last.min()])
    z, made = fit.critical(level), []
    for at, name in enumerate(reader.part.term.levels):
        found = reader.average(at)
        low, high = _limits(found.value, reader.error(found), z)
        # A high probability is an early day.
        curves = {"value": found.value, "low": high, "high": low}
        days = {
            side: crossing(reader.points, np.nan_to_num(1.0 - height, nan=1.0), 1.0 - share)
            for side, height in curves.items()
        }
        counts = {"numerator": reader.counts[0][at], "denominator": reader.counts[1][at]}
        row = {"term": term, "level_name": name, "share": share} | days | counts
        made.append(pd.DataFrame([row]))
    words = f"time at which the standardised probability reaches the share; {fit.method}"
    return _stacked(made, fit, level, words)
