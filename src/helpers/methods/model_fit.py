"""How well a logistic model fits, from counts by covariate pattern.

Functions
---------
calibration_table
    Observed and expected shares by groups of the fitted probability.
calibration
    Observed to expected, calibration in the large, intercept and slope.
hosmer_lemeshow
    The Hosmer-Lemeshow test.
discrimination
    Area under the curve with DeLong limits.
fit_statistics
    Likelihoods, Brier score, pseudo R squared and expected shrinkage.
residuals
    Residuals, leverage and Cook's distance of each pattern.
influence
    How far each pattern or cluster moves each estimate (one step).
held_out
    Fitted probabilities of each group by a model that has not seen it.
reading
    The whole in plain English.

All take arrays with one place a covariate pattern: events, trials, and the fitted probability.
What they give is what single records would give, to rounding. Single records are patterns of one.
"""

from ._calibration import calibration, calibration_table, hosmer_lemeshow
from ._discrimination import discrimination, fit_statistics
from ._fit_words import reading
from ._influence import held_out, influence, residuals

__all__ = [
    "calibration",
    "calibration_table",
    "discrimination",
    "fit_statistics",
    "held_out",
    "hosmer_lemeshow",
    "influence",
    "reading",
    "residuals",
]
