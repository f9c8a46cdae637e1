"""A model fitted to completed frames.

Functions
---------
fit_each
    A model fitted to each completed frame.
beside_complete
    The pooled estimates beside those of the rows without missing values.
"""

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._checks import Floats
from ._impute import Imputed
from ._rubin import ESTIMATES, Fits, limits, pool

Fit = Callable[[pd.DataFrame], tuple[Sequence[str], ArrayLike, ArrayLike]]
"""A model: names, estimates and covariance of a frame."""

COMPLETE = "rows without missing values only"


def _one(fit: Fit, frame: pd.DataFrame, where: str) -> tuple[tuple[str, ...], Floats, Floats]:
    """Names, estimates and covariance of one frame, refused where their shapes differ."""
    try:
        names, estimate, covariance = fit(frame)
    except (ValueError, np.linalg.LinAlgError) as error:
        raise ValueError(f"{where}: the model was not fitted. {error}") from error
    labels = tuple(str(name) for name in names)
    value, spread = np.asarray(estimate, float), np.asarray(covariance, float)
    if value.shape != (len(labels),) or spread.shape != (len(labels), len(labels)):
        raise ValueError(
            f"{where}: fit must return names, as many estimates and a square covariance; got "
            f"{len(labels)} names, estimates of shape {value.shape} and a covariance of shape "
            f"{spread.shape}."
        )
    return labels, value, spread


def fit_each(imputed: Imputed, *, fit: Fit) -> Fits:
    """Fit a model to each completed frame.

    Parameters
    ----------
    imputed : Imputed
        From `helpers.methods.missing_data.impute`.
    fit : callable
        Takes a frame; returns names of the coefficients, estimates and their covariance.

    Returns
    -------
    Fits
        What `pool` and `joint_test` take.

    Raises
    ------
    ValueError
        Where the model was not fitted, or its coefficients are not those of the first frame; the
        sentence names the imputation.

    Examples
    --------
    >>> from helpers.methods.missing_data import impute
    >>> seen = pd.DataFrame({"late": [0, 1, 1, 0, 1, 0], "age": [70, None, 64, 81, 90, 77]})
    >>> def mean_age(frame):
    ...     return ["age"], [frame["age"].mean()], [[frame["age"].var() / len(frame)]]
    >>> imputed = impute(seen, columns=["age"], outcome="late", imputations=4, seed=1)
    >>> fit_each(imputed, fit=mean_age).estimates.shape
    (4, 1)
    """
    found = []
    for number in range(1, imputed.imputations + 1):
        where = f"Imputation {number}"
        names, estimate, covariance = _one(fit, imputed.completed(number), where)
        if found and names != found[0][0]:
            raise ValueError(
                f"{where}: the model has the coefficients {', '.join(names)}, but in imputation 1 "
                f"{', '.join(found[0][0])}; a level may be missing from one of the frames."
            )
        found.append((names, estimate, covariance))
    names, estimates, covariances = zip(*found, strict=True)
    return Fits(names[0], np.stack(estimates), np.stack(covariances))


def beside_complete(
    imputed: Imputed, *, fit: Fit, level: float = 0.95, df_complete: float | None = None
) -> pd.DataFrame:
    """Put the pooled estimates beside those of the rows without missing values.

    Parameters
    ----------
    imputed : Imputed
        From `helpers.methods.missing_data.impute`.
    fit : callable
        As `fit_each` takes it.
    level : float
        Two-sided confidence level.
    df_complete : float, optional
        As `pool` takes it, and for the limits of the complete rows too.

    Returns
    -------
    DataFrame
        ``term``, ``value``, ``std_error``, ``low``, ``high``, ``statistic``, ``p_value``,
        ``df``, ``denominator`` (rows used), ``level``, ``method``: first the complete rows,
        then the pooled estimates.

    Raises
    ------
    ValueError
        As `fit_each` and `pool`; where no row is complete.

    Examples
    --------
    >>> from helpers.methods.missing_data import impute
    >>> seen = pd.DataFrame({"late": [0, 1, 1, 0, 1, 0], "age": [70, None, 64, 81, 90, 77]})
    >>> def mean_age(frame):
    ...     return ["age"], [frame["age"].mean()], [[frame["age"].var() / len(frame)]]
    >>> imputed = impute(seen, columns=["age"], outcome="late", imputations=4, seed=1)
    >>> beside_complete(imputed, fit=mean_age)[["term", "denominator", "method"]]
      term  denominator                                             method
    0  age            5                   rows without missing values only
    1  age            6  Rubin's rules, t with Rubin's degrees of freed...
    """
    used = [*imputed.outcome, *imputed.columns]
    whole = imputed.frame[imputed.frame[used].notna().all(axis=1)]
    if whole.empty:
        raise ValueError(
            "No row is without missing values, so that there is nothing to set beside."
        )
    names, value, covariance = _one(fit, whole, "Rows without missing values")
    df = np.full(value.size, np.inf if df_complete is None else float(df_complete))
    first = limits(value, np.sqrt(np.diag(covariance)), df, level)
    first = first.assign(term=list(names), denominator=len(whole), method=COMPLETE)
    fits = fit_each(imputed, fit=fit)
    pooled = pool(
        fits.estimates, fits.covariances, names=fits.names, level=level, df_complete=df_complete
    ).assign(denominator=len(imputed.frame))
    columns = [*ESTIMATES, "denominator", "level", "method"]
    return pd.concat([first.assign(level=float(level)), pooled], ignore_index=True)[columns]
