"""How well a fitted logistic model agrees with what was seen, and with what it had not seen.

Functions
---------
calibration
    Observed and expected shares by groups of the fitted probability.
measures
    Calibration and discrimination in the records fitted to, and in clusters not seen.
said
    The same in sentences.

Each takes what `helpers.methods.models.fit` returns.
"""

import numpy as np
import pandas as pd

from . import model_fit
from ._checks import Floats
from ._glm import expit
from ._model_fit import NotFitted, nothing
from .regression import RegressionFit

SEEN, UNSEEN = "records fitted to", "clusters not seen"


def _fitted(fit: RegressionFit) -> Floats:
    return expit(fit.design.scaled @ fit.at.estimate)


def _unseen(fit: RegressionFit) -> Floats | None:
    """Probability of each pattern by a model that had not seen its cluster; NaN where none."""
    design = fit.design
    if design.cluster is None:
        return None
    made = model_fit.held_out(design.events, design.trials, design.scaled, by=design.cluster)
    return made["probability"].to_numpy(dtype=float)


def calibration(fitted: RegressionFit | NotFitted, *, level: float) -> pd.DataFrame:
    """Return observed and expected shares by groups of the fitted probability.

    Parameters
    ----------
    fitted : RegressionFit or NotFitted
        The model.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        ``records`` ("records fitted to", "clusters not seen") with the columns of
        `helpers.methods.model_fit.calibration_table`.

    Examples
    --------
    >>> calibration(NotFitted("No model."), level=0.95).attrs["reason"]
    'No model.'
    """
    columns = ["records", "group", "expected", "value", "low", "high", "inside", "numerator",
               "denominator"]  # fmt: skip
    if isinstance(fitted, NotFitted):
        return nothing(fitted.reason, columns)
    design, parts = fitted.design, []
    for name, probability in ((SEEN, _fitted(fitted)), (UNSEEN, _unseen(fitted))):
        if probability is None or not np.isfinite(probability).any():
            continue  # such as where there is one cluster
        known = np.isfinite(probability)
        made = model_fit.calibration_table(
            design.events[known], design.trials[known], probability[known], level=level
        )
        parts.append(made.assign(records=name))
    return pd.concat(parts, ignore_index=True)


def measures(fitted: RegressionFit | NotFitted, *, level: float) -> pd.DataFrame:
    """Return calibration and discrimination in records that were seen, and in clusters not seen.

    Parameters
    ----------
    fitted, level
        As for `calibration`.

    Returns
    -------
    DataFrame
        ``records``, ``what``, ``value``, ``low``, ``high``, ``numerator``, ``denominator``,
        ``level``, ``method``.

    Notes
    -----
    In the records that a model was fitted to by maximum likelihood, expected and observed events
    agree and the calibration slope is 1, whatever the model is worth; clusters left out in turn
    say more.

    Examples
    --------
    >>> measures(NotFitted("No model."), level=0.95).empty
    True
    """
    columns = ["records", "what", "value", "low", "high", "numerator", "denominator", "level",
               "method"]  # fmt: skip
    if isinstance(fitted, NotFitted):
        return nothing(fitted.reason, columns)
    design, parts = fitted.design, []
    for name, probability in ((SEEN, _fitted(fitted)), (UNSEEN, _unseen(fitted))):
        if probability is None or not np.isfinite(probability).any():
            continue  # such as where there is one cluster
        known = np.isfinite(probability)
        held = design.events[known], design.trials[known], probability[known]
        groups = None if design.cluster is None else design.cluster[known]
        found = [model_fit.discrimination(*held, level=level)]
        if name == UNSEEN:  # in the others they agree whatever the model is worth
            found.append(model_fit.calibration(*held, cluster=groups, level=level))
        parts += [one.assign(records=name) for one in found]
    return pd.concat(parts, ignore_index=True).rename(columns={"measure": "what"})[columns]


def said(fitted: RegressionFit | NotFitted, *, level: float, outcome: str) -> pd.DataFrame:
    """Return in sentences how well a model fits.

    Parameters
    ----------
    fitted, level
        As for `calibration`.
    outcome : str
        What some of the records were, in words that follow "were".

    Returns
    -------
    DataFrame
        One column, ``answer``.

    Examples
    --------
    >>> said(NotFitted("No model."), level=0.95, outcome="seen").attrs["reason"]
    'No model.'
    """
    if isinstance(fitted, NotFitted):
        return nothing(fitted.reason, ["answer"])
    design = fitted.design
    lines = model_fit.reading(
        design.events, design.trials, _fitted(fitted), unseen=_unseen(fitted),
        cluster=design.cluster, parameters=fitted.parameters, one="record", many="records",
        outcome=outcome, level=level,
    )  # fmt: skip
    return pd.DataFrame({"answer": lines})
