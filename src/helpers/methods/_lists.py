"""Lists of people set against each other: cells, limits, and the fit of one log-linear model.

Functions
---------
around
    Limits of a total from a log-normal law of the unseen.
refuse_empty
    Refuse sources that hold nobody.
seven_cells
    The cells of three sources, in a fixed order and each of them once.
model_name
    A model in words.
fitted_cells
    One model: its fit, and the cell on no source.
"""

from collections.abc import Sequence
from itertools import product

import numpy as np
import pandas as pd

from ._checks import Floats, check_counts, numbers, refuse, require_columns

ROUNDS, TOLERANCE = 100, 1e-10
# Beyond e^30 people, or below e^-30 of one, an estimate is on its way to infinity or to zero.
BOUND = 30.0


def around(observed: Floats, unseen: Floats, variance: Floats, z: float) -> tuple[Floats, Floats]:
    """Limits of the total from a log-normal law of the unseen: Chao (1987), eq. 12."""
    some = np.where(unseen > 0, unseen, np.nan)
    factor = np.exp(z * np.sqrt(np.log1p(variance / some**2)))
    return observed + some / factor, observed + some * factor


def refuse_empty(names: Sequence[str], sizes: Floats) -> None:
    """Refuse sources that hold nobody, by name."""
    empty = [repr(name) for name, size in zip(names, sizes, strict=True) if size == 0]
    if empty:
        raise ValueError(f"Nobody is on source {', '.join(empty)}: it says nothing; leave it out.")


def _fit(design: Floats, counts: Floats) -> tuple[Floats, Floats] | None:
    """Fit a Poisson model by scoring; None where the likelihood has no maximum."""
    eta = np.log(counts + 0.5)
    for _ in range(ROUNDS):
        mean = np.exp(eta)
        information = design.T @ (design * mean[:, None])
        try:
            covariance = np.linalg.inv(information)
        except np.linalg.LinAlgError:
            return None
        new = design @ (covariance @ (design.T @ (mean * eta + counts - mean)))
        if not np.isfinite(new).all() or np.abs(new).max() > BOUND:
            return None
        moved, eta = float(np.abs(new - eta).max()), new
        if moved < TOLERANCE:
            # The cell on no source has all terms at zero but the constant, which is solved for.
            beta = np.linalg.lstsq(design, eta, rcond=None)[0]
            return beta, np.linalg.inv(design.T @ (design * np.exp(eta)[:, None]))
    return None


def seven_cells(frame: pd.DataFrame, names: list[str], count: str) -> tuple[Floats, Floats]:
    """Membership and counts of the seven cells, in a fixed order and each of them once."""
    require_columns(frame, [*names, count])
    listed = np.column_stack([numbers(frame, name) for name in names])
    refuse(
        ~np.isin(listed, [0.0, 1.0]).all(axis=1),
        frame.index,
        "whether a source holds the people is missing, or neither true nor false",
    )
    refuse(~listed.any(axis=1), frame.index, "a cell of people on no source cannot be observed")
    given = numbers(frame, count)
    refuse(np.isnan(given), frame.index, f"column {count!r} is missing")
    check_counts(given, labels=frame.index)
    codes = (listed @ [4, 2, 1]).astype(int)
    refuse(pd.Series(codes).duplicated().to_numpy(), frame.index, "the cell is given twice")
    cells = np.array(list(product([1.0, 0.0], repeat=3))[:-1])
    counts = np.zeros(8)
    counts[codes] = given
    return cells, counts[(cells @ [4, 2, 1]).astype(int)]


def model_name(chosen: tuple[tuple[int, int], ...], names: list[str]) -> str:
    """Return the dependence that a model allows, in words."""
    if not chosen:
        return "sources independent"
    if len(chosen) == 3:
        return "dependence: every two sources"
    pairs = " and ".join(f"{names[a]} with {names[b]}" for a, b in chosen)
    return f"dependence: {pairs}"


def fitted_cells(design: Floats, counts: Floats) -> dict[str, float]:
    """Fit of one model: deviance, AIC and the unseen cell with the variance of the total."""
    from scipy.special import gammaln, xlogy

    df = float(design.shape[0] - design.shape[1])
    fitted = _fit(design, counts)
    if fitted is None:
        keys = ("deviance", "aic", "unseen", "variance")
        return dict.fromkeys(keys, np.nan) | {"df": df}
    beta, covariance = fitted
    eta = design @ beta
    mean = np.exp(eta)
    deviance = 2 * float(np.sum(xlogy(counts, counts / mean) - (counts - mean)))
    likelihood = float(np.sum(counts * eta - mean - gammaln(counts + 1)))
    unseen = float(np.exp(beta[0]))
    return {
        "deviance": max(deviance, 0.0),
        "df": df,
        "aic": 2 * design.shape[1] - 2 * likelihood,
        "unseen": unseen,
        "variance": unseen + unseen**2 * float(covariance[0, 0]),
    }
