"""How fast an end is reached, and what went with it: one model read in several ways.

Functions
---------
pace
    Cox and Fine-Gray models of the same records, with what a reader needs of them.

Records without any term to explain them, or of which the model has no finite estimate, give empty
results; these carry the reason.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from ._partial_likelihood import NoFit
from .cox import CoxFit, cox
from .fine_gray import fine_gray
from .hazard_reading import standardised_days, standardised_probability
from .hazards_test import proportional_hazards_test

__all__ = ["Pace", "pace"]

_RATIOS = [
    *("term", "level_name", "reference", "value", "low", "high", "other_value", "other_low"),
    *("other_high", "p_value", "numerator", "denominator", "level", "method"),
]
_READING = ["term", "level_name", "value", "low", "high", "numerator", "denominator", "level"]


def _nothing(reason: str, columns: Sequence[str]) -> pd.DataFrame:
    """Return an empty table that carries the reason, if there is one."""
    made = pd.DataFrame(columns=list(columns))
    made.attrs |= {"reason": reason} if reason else {}
    return made


@dataclass(frozen=True, eq=False)
class Pace:
    """Two models of one end, and how they read.

    Attributes
    ----------
    fit : CoxFit or None
        The Cox model; None where there was nothing to fit.
    ratios : DataFrame
        One row a coefficient: ``term``, ``level_name``, ``reference``, ``value`` (hazard ratio of
        the Cox model, other ends censored), ``low``, ``high``, ``other_value`` (subdistribution
        hazard ratio of Fine and Gray) with ``other_low`` and ``other_high``, ``p_value`` (of the
        Cox model), ``numerator``, ``denominator``, ``level``, ``method``.
    reason : str
        Why there is no model although there were terms and records; ``attrs["reason"]`` of every
        empty table then.
    """

    fit: CoxFit | None
    ratios: pd.DataFrame
    reason: str = ""

    def proportional(self) -> pd.DataFrame:
        """Test that each ratio stays the same over time; see `proportional_hazards_test`."""
        if self.fit is None:
            return _nothing(self.reason, ["term", "statistic", "df", "p_value", "method"])
        return proportional_hazards_test(self.fit)

    def chances(self, term: str, times: Sequence[float]) -> pd.DataFrame:
        """Return the chance of the end by given times; see `standardised_probability`."""
        if self.fit is None or term not in set(self.ratios["term"]):
            return _nothing(self.reason, [*_READING[:2], "time", *_READING[2:], "method"])
        return standardised_probability(self.fit, term=term, times=times)

    def lasting(self, term: str) -> pd.DataFrame:
        """Return the time by which half reach the end; see `standardised_days`."""
        if self.fit is None or term not in set(self.ratios["term"]):
            return _nothing(self.reason, [*_READING[:2], "share", *_READING[2:], "method"])
        return standardised_days(self.fit, term=term)


def pace(
    frame: pd.DataFrame,
    *,
    terms: Sequence[str],
    interest: object,
    duration: str = "days",
    cause: str = "cause",
    level: float = 0.95,
) -> Pace:
    """Model how fast an end is reached among those still on the way.

    Parameters
    ----------
    frame : DataFrame
        One row per record. It is not changed.
    terms : sequence of str
        Columns, coded as in `helpers.methods.cox.cox`; without any there is no model.
    interest : object
        Value of ``cause`` that is modelled; a missing one is still open, others are other ends.
    duration, cause : str
        Columns of times and ends.
    level : float
        Two-sided confidence level.

    Returns
    -------
    Pace
        The model and how it reads; empty results where there are no terms or no records, and where
        it has no finite estimate, with the reason.

    Raises
    ------
    ValueError
        As `helpers.methods.cox.cox` and `helpers.methods.fine_gray.fine_gray`, for records or
        options that are not valid.

    Notes
    -----
    Two questions, and so two ratios: at what pace the end came among those for whom it was still
    to come (Cox, other ends censored), and how the share that reached it grew (Fine and Gray).

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [1, 2, 3, 4, 5, 6, 7, 8], "ward": [1, 0, 1, 0, 1, 0, 1, 0],
    ...     "cause": ["done", "closed", "done", "done", None, "closed", "done", None]})
    >>> pace(waits, terms=["ward"], interest="done").ratios[["value", "other_value"]].round(2)
       value  other_value
    0   3.35         5.12
    """
    if frame.empty or not list(terms):
        return Pace(None, pd.DataFrame(columns=_RATIOS))
    reached = frame.assign(observed=frame[cause].eq(interest).fillna(False).astype(int))
    try:
        fit = cox(reached, terms=terms, duration=duration, level=level)
        other = fine_gray(
            frame, terms=terms, interest=interest, duration=duration, cause=cause, level=level
        )
    except NoFit as error:
        reason = f"No model: {error}"
        return Pace(None, _nothing(reason, _RATIOS), reason)
    keys = ["term", "level_name"]
    names = {name: f"other_{name}" for name in ("value", "low", "high")}
    beside = other.coefficients[[*keys, *names]].rename(columns=names)
    made = fit.coefficients.merge(beside, on=keys, how="left")[_RATIOS]
    # A flag is compared with those who lack it.
    made["reference"] = made["reference"].mask(made["reference"].eq("0"), "without it")
    return Pace(fit, made.assign(method=f"{fit.method}; {other.method}"))
