"""A fitted logistic model as tidy tables.

Functions
---------
coefficients, effects, standardised, standardised_each
    Odds ratios, average marginal effects, standardised probabilities.
control
    Odds ratios of a model of a control outcome.
contrasts, joint
    Every two levels of a term; groups of terms together.
bootstrap
    Odds ratios with limits from resampled clusters.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from . import regression
from ._fitting import term_test
from ._model_fit import NotFitted, fit, nothing
from .adjust import benjamini_hochberg, holm
from .regression import RegressionFit


def coefficients(fitted: RegressionFit | NotFitted) -> pd.DataFrame:
    """Return odds ratios without the intercept, p values adjusted for the number of tests.

    Parameters
    ----------
    fitted : RegressionFit or NotFitted
        As `fit` returns it.

    Returns
    -------
    DataFrame
        As `RegressionFit.coefficients`, with ``adjusted_p`` (Benjamini and Hochberg 1995, over all
        coefficients) and ``name`` (term and level).

    Examples
    --------
    >>> frame = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0] * 20, "prison": [1, 0] * 80})
    >>> from helpers.methods.models import fit
    >>> coefficients(fit(frame, outcome="late", terms=["prison"]))[["name", "odds_ratio"]].round(2)
         name  odds_ratio
    0  prison         9.0
    """
    columns = ["term", "level_name", "odds_ratio", "low", "high", "adjusted_p", "name"]
    if isinstance(fitted, NotFitted):
        return nothing(fitted.reason, columns)
    frame = fitted.coefficients.iloc[1:].reset_index(drop=True)
    return _worded(frame).assign(adjusted_p=benjamini_hochberg(frame["p_value"].to_numpy()))


def _worded(frame: pd.DataFrame) -> pd.DataFrame:
    """Name each coefficient, and leave the 0 that a 0/1 term is compared with unsaid."""
    level = frame["level_name"].astype("str")
    return frame.assign(
        reference=frame["reference"].astype("str").mask(level.eq(""), ""),
        name=frame["term"].where(level.eq(""), frame["term"] + " " + level),
    )


def effects(fitted: RegressionFit | NotFitted) -> pd.DataFrame:
    """Return average marginal effects with the ``name`` of each.

    See `helpers.methods.regression.average_marginal_effects`.

    Parameters
    ----------
    fitted : RegressionFit or NotFitted
        As `fit` returns it.

    Returns
    -------
    DataFrame
        term, level_name, value (difference of probabilities, 0.1 being ten percentage points), low,
        high and more; empty, with the reason, where no model was fitted.

    Examples
    --------
    >>> from helpers.methods.models import fit
    >>> frame = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0] * 20, "prison": [1, 0] * 80})
    >>> effects(fit(frame, outcome="late", terms=["prison"]))[["name", "value"]].round(2)
         name  value
    0  prison    0.5
    """
    if isinstance(fitted, NotFitted):
        return nothing(fitted.reason, ["term", "level_name", "value", "low", "high", "name"])
    return _worded(regression.average_marginal_effects(fitted))


def standardised(
    fitted: RegressionFit | NotFitted, *, terms: Sequence[str] | None = None
) -> pd.DataFrame:
    """Return standardised probabilities; see `helpers.methods.regression.predicted`.

    Parameters
    ----------
    fitted : RegressionFit or NotFitted
        As `fit` returns it.
    terms : sequence of str, optional
        Terms with levels; None: all of them.

    Returns
    -------
    DataFrame
        term, level_name, value (probability), low, high and more; empty, with the reason, where no
        model was fitted.

    Raises
    ------
    ValueError
        For a term that is not in the model or has no levels.

    Examples
    --------
    >>> from helpers.methods.models import fit
    >>> frame = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0] * 20, "prison": [1, 0] * 80})
    >>> standardised(fit(frame, outcome="late", terms=["prison"]))[["level_name", "value"]].round(2)
      level_name  value
    0          0   0.25
    1          1   0.75
    """
    if isinstance(fitted, NotFitted):
        return nothing(fitted.reason, ["term", "level_name", "value", "low", "high"])
    return regression.predicted(fitted, terms=terms)


def standardised_each(
    fits: Mapping[str, RegressionFit | NotFitted], *, terms: Mapping[str, str]
) -> pd.DataFrame:
    """Return standardised probabilities of one term of each of several models.

    Parameters
    ----------
    fits : mapping
        As `fit_each` returns them.
    terms : mapping of str
        The term of each model, by its id; one with levels.

    Returns
    -------
    DataFrame
        As `standardised`, with ``id``; models that were not fitted, or lack the term, have no
        rows.

    Examples
    --------
    >>> from helpers.methods.models import fit
    >>> frame = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0] * 20, "prison": [1, 0] * 80})
    >>> fits = {"a": fit(frame, outcome="late", terms=["prison"]), "b": NotFitted("No model.")}
    >>> standardised_each(fits, terms={"a": "prison"})["id"].tolist()
    ['a', 'a']
    """
    parts, reason = [], ""
    for name, one in fits.items():
        if isinstance(one, NotFitted):
            reason = one.reason
        elif terms.get(name) in {part.name for part in one.design.terms if part.levels}:
            parts.append(standardised(one, terms=[terms[name]]).assign(id=name))
    if parts:
        return pd.concat(parts, ignore_index=True)
    columns = ["id", "term", "level_name", "value", "low", "high", "numerator", "denominator"]
    return nothing(reason or "No model has a characteristic with levels.", columns)


def control(asked: Mapping[str, Mapping[str, Any]], *, level: float) -> pd.DataFrame:
    """Return the odds ratios of a model of a control outcome, if one is asked for.

    Parameters
    ----------
    asked : mapping
        What `helpers.methods.models.fit` takes, by the name of the control; empty: none.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        ``term``, ``value`` (odds ratio), ``low``, ``high``, ``numerator``, ``denominator``,
        ``level``, ``method``; empty, with the reason, where there is none.

    Examples
    --------
    >>> control({}, level=0.95).attrs["reason"]
    'The plan names no control outcome.'
    """
    columns = ["term", "value", "low", "high", "numerator", "denominator", "level", "method"]
    for options in asked.values():
        made = coefficients(fit(**options, level=level))
        if made.empty:
            return nothing(made.attrs["reason"], columns)
        return made.assign(term=made["name"], value=made["odds_ratio"])[columns]
    return nothing("The plan names no control outcome.", columns)


def contrasts(fitted: RegressionFit | NotFitted, *, term: str) -> pd.DataFrame:
    """Return the odds ratios of every two levels of a term, p values adjusted for their number.

    Parameters
    ----------
    fitted : RegressionFit or NotFitted
        As `fit` returns it.
    term : str
        A term with levels.

    Returns
    -------
    DataFrame
        ``level_name``, ``against``, ``value`` (odds ratio), ``low``, ``high``, ``adjusted_p``
        (Holm 1979, over the pairs), ``df``, ``level``, ``method``; empty, with the reason, where
        no model was fitted.

    Examples
    --------
    >>> from helpers.methods.models import fit
    >>> rows = pd.DataFrame({"ward": list("abc") * 60, "seen": [0, 0, 1, 1, 0, 1] * 30})
    >>> made = contrasts(fit(rows, outcome="seen", terms=["ward"]), term="ward")
    >>> (made["level_name"] + made["against"]).tolist()
    ['ba', 'ca', 'cb']
    """
    columns = ["level_name", "against", "value", "low", "high", "adjusted_p", "df"]
    if isinstance(fitted, NotFitted):
        return nothing(fitted.reason, columns)
    if term not in fitted.coefficients["term"].tolist():
        return nothing(f"{term} is not in the model.", columns)
    levels = fitted.design.variables[fitted.design.find(term)].levels
    if not levels:
        return nothing(f"{term} is a number and has no levels.", columns)
    parts = [
        regression.contrast(fitted, term=term, level_name=level, against=other).assign(
            level_name=level, against=other
        )
        for at, level in enumerate(levels)
        for other in levels[:at]
    ]
    made = pd.concat(parts, ignore_index=True)
    adjusted = holm(made["p_value"].to_numpy())
    return made.assign(adjusted_p=adjusted)[[*columns, "level", "method"]]


def joint(
    fitted: RegressionFit | NotFitted, *, groups: Mapping[str, Sequence[str]]
) -> pd.DataFrame:
    """Test groups of terms together.

    Parameters
    ----------
    fitted : RegressionFit or NotFitted
        As `fit` returns it.
    groups : mapping
        Terms by name of the group; terms that are not in the model are passed over.

    Returns
    -------
    DataFrame
        term (the group), statistic, df, df_denominator, p_value, adjusted_p, method. As
        `helpers.methods.regression.joint_tests`; NaN for a group that the clusters cannot tell
        apart.

    Examples
    --------
    >>> from helpers.methods.models import fit
    >>> frame = pd.DataFrame({"late": [1, 0, 1, 1, 0, 0, 1, 0] * 20, "prison": [1, 0] * 80})
    >>> model = fit(frame, outcome="late", terms=["prison"])
    >>> joint(model, groups={"Place of death": ["prison"]})[["term", "df", "method"]]
                 term  df            method
    0  Place of death   1  Wald chi-squared
    """
    columns = ["term", "statistic", "df", "df_denominator", "p_value", "adjusted_p", "method"]
    if isinstance(fitted, NotFitted):
        return nothing(fitted.reason, columns)
    rows = []
    for name, members in groups.items():
        held = [term for term in fitted.design.terms if term.name in set(members)]
        at = [column for term in held for column in term.columns]
        if at:
            rows.append((name, *term_test(fitted, at)))
    frame = pd.DataFrame(rows, columns=[*columns[:5], "method"])
    frame["adjusted_p"] = benjamini_hochberg(frame["p_value"].to_numpy())
    return frame[columns]


def bootstrap(fitted: RegressionFit | NotFitted, *, replicates: int, seed: int) -> pd.DataFrame:
    """Resample clusters; see `helpers.methods.regression.cluster_bootstrap`.

    Parameters
    ----------
    fitted : RegressionFit or NotFitted
        As `fit` returns it, with a cluster.
    replicates : int
        Times that clusters are drawn with replacement.
    seed : int
        The same seed gives the same draws.

    Returns
    -------
    DataFrame
        term, level_name, value (odds ratio), low, high and more; empty, with the reason, where no
        model was fitted.

    Raises
    ------
    ValueError
        If the fit has no clusters, or there are fewer than 2 replicates.

    Examples
    --------
    >>> from helpers.methods.models import fit
    >>> frame = pd.DataFrame({"late": [1, 0, 0, 1, 0, 1, 1, 0] * 20, "prison": [1, 0] * 80})
    >>> frame["area"] = frame.index // 16
    >>> model = fit(frame, outcome="late", terms=["prison"], cluster="area")
    >>> bootstrap(model, replicates=50, seed=1)[["name", "replicates", "failed"]]
         name  replicates  failed
    0  prison          50       0
    """
    if isinstance(fitted, NotFitted):
        return nothing(fitted.reason, ["term", "level_name", "value", "low", "high"])
    return _worded(regression.cluster_bootstrap(fitted, replicates=replicates, seed=seed))
