"""Funnels as tidy tables: limits to draw, how far units differ, how many lie outside.

Functions
---------
limit_curves
    Both sets of limits over a grid of denominators, for drawing.
dispersion_table
    The spread of units as one row per group.
outside
    How many units lie outside the widest limits, under both sets.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._checks import as_list
from ._limits import Method, arcsine_limits
from .funnel import dispersion, limits

__all__ = ["dispersion_table", "limit_curves", "outside"]

CURVE_COLUMNS = ["kind", "level", "denominator", "low", "high"]


def limit_curves(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    levels: Sequence[float] = (0.95, 0.998),
    points: int = 80,
    winsorise: float = 0.1,
    method: Method = "exact",
) -> pd.DataFrame:
    """Return exact and over-dispersed limits over a grid of denominators.

    Parameters
    ----------
    frame : DataFrame
        One row per unit, as for `helpers.methods.funnel.funnel`.
    numerator, denominator : str
        Columns of counts.
    levels : sequence of float
        Two-sided levels.
    points : int
        Size of the grid, evenly spaced on the square root, where limits bend most.
    winsorise : float
        See `helpers.methods.funnel.dispersion`.
    method : {"exact", "conservative", "wilson", "arcsine"}
        See `helpers.methods.funnel.limits`.

    Returns
    -------
    DataFrame
        kind ("exact" or "over-dispersed"), level, denominator, low, high.

    Raises
    ------
    ValueError
        As for `helpers.methods.funnel.dispersion`.

    Examples
    --------
    >>> units = pd.DataFrame({"numerator": [10, 30, 45], "denominator": [100, 100, 100]})
    >>> limit_curves(units, points=3)["kind"].value_counts().to_dict()
    {'exact': 6, 'over-dispersed': 6}
    """
    known = frame.dropna(subset=[numerator, denominator])
    if known.empty or float(known[denominator].max()) <= 0:
        return pd.DataFrame(columns=CURVE_COLUMNS)
    spread = dispersion(frame, numerator=numerator, denominator=denominator, winsorise=winsorise)
    largest = float(known[denominator].max()) * 1.1
    grid = np.unique(np.round(np.linspace(1.0, np.sqrt(largest), points) ** 2))
    exact = limits(spread.target, grid, levels=levels, method=method).assign(kind="exact")
    tau2 = spread.tau2 if spread.units > 1 else 0.0
    wider = []
    for level in levels:
        low, high = arcsine_limits(spread.target, grid, level, tau2)
        wider.append(pd.DataFrame({"level": level, "denominator": grid, "low": low, "high": high}))
    over = pd.concat(wider, ignore_index=True).assign(kind="over-dispersed")
    return pd.concat([exact[CURVE_COLUMNS], over[CURVE_COLUMNS]], ignore_index=True)


def dispersion_table(
    frame: pd.DataFrame, *, within: str | Sequence[str] = ("indicator", "label")
) -> pd.DataFrame:
    """Return the spread of units as one row per group.

    Parameters
    ----------
    frame : DataFrame
        One row per unit with numerator and denominator.
    within : str or sequence of str
        Columns that define groups.

    Returns
    -------
    DataFrame
        Group columns, units, phi, tau2, chi_squared, df, p_value, method.

    Examples
    --------
    >>> units = pd.DataFrame({"g": "a", "numerator": [10, 30], "denominator": [100, 100]})
    >>> dispersion_table(units, within="g")["units"].tolist()
    [2]
    """
    groups = as_list(within)
    rows = []
    for keys, part in frame.groupby(groups, sort=False):
        found = dispersion(part)
        rows.append(
            dict(zip(groups, keys, strict=True))
            | {name: getattr(found, name) for name in ("units", "phi", "tau2", "chi_squared")}
            | {"df": found.df, "p_value": found.p_value, "method": found.method}
        )
    columns = [*groups, "units", "phi", "tau2", "chi_squared", "df", "p_value", "method"]
    return pd.DataFrame(rows, columns=columns)


def outside(
    placed: pd.DataFrame, *, within: str | Sequence[str] = ("indicator",), widest: str = "99.8%"
) -> pd.DataFrame:
    """Count the units outside the widest limits, under both sets.

    Parameters
    ----------
    placed : DataFrame
        As `helpers.methods.funnel.funnel` returns it.
    within : str or sequence of str
        Columns that define groups.
    widest : str
        The level as the positions name it.

    Returns
    -------
    DataFrame
        Group columns, units, outside_exact, outside_over_dispersed, value (phi), numerator
        (outside the over-dispersed limits), denominator (units), method.

    Examples
    --------
    >>> from helpers.methods.funnel import funnel
    >>> units = pd.DataFrame({"g": "a", "numerator": [10, 30, 45], "denominator": [100] * 3})
    >>> outside(funnel(units), within="g")["outside_exact"].tolist()
    [2]
    """
    groups = as_list(within)
    rows = []
    for keys, part in placed.groupby(groups, sort=False):
        beyond = {
            name: int(part[name].fillna("").str.contains(widest, regex=False).sum())
            for name in ("position", "od_position")
        }
        found = dispersion(part)
        rows.append(
            dict(zip(groups, keys, strict=True))
            | {"units": found.units, "outside_exact": beyond["position"]}
            | {"outside_over_dispersed": beyond["od_position"], "value": found.phi}
            | {"numerator": beyond["od_position"], "denominator": found.units}
            | {"method": found.method}
        )
    columns = [*groups, "units", "outside_exact", "outside_over_dispersed", "value"]
    return pd.DataFrame(rows, columns=[*columns, "numerator", "denominator", "method"])
