"""A logistic model as a chain of tidy tables, or the reason why it was not fitted.

Functions
---------
fit
    A fitted model, or `NotFitted` with the reason in words.
fit_each, told, pick
    Several models at once, what was fitted, and one of them.
facts
    What was fitted and how, in words.
coefficients
    Odds ratios without the intercept, p values adjusted for the number of tests.
effects
    Average marginal effects.
standardised, standardised_each
    Standardised probabilities of one model, or of several.
curve
    Standardised probability over the values of a number, as a curve and as a line.
no_curve
    An empty curve with the reason.
straight
    The test that a curve is straight.
control
    Odds ratios of a model of a control outcome.
contrasts
    Odds ratios of every two levels of a term.
joint
    One test for each group of terms.
bootstrap
    Odds ratios with limits from resampled clusters.

Where a model cannot be fitted every table comes back empty and carries the reason in
``attrs["reason"]``, so that a reader is told why instead of meeting an error.
"""

from ._model_curve import curve, no_curve, straight
from ._model_fit import NotFitted, facts, fit, fit_each, pick, told
from ._model_read import (
    bootstrap,
    coefficients,
    contrasts,
    control,
    effects,
    joint,
    standardised,
    standardised_each,
)

__all__ = [
    "NotFitted",
    "bootstrap",
    "coefficients",
    "contrasts",
    "control",
    "curve",
    "effects",
    "facts",
    "fit",
    "fit_each",
    "joint",
    "no_curve",
    "pick",
    "standardised",
    "standardised_each",
    "straight",
    "told",
]
