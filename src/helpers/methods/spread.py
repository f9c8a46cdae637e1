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

from collections.abc import Iterator, Sequence
from typing import Any, Literal

import numpy as np
import pandas as pd

from ._checks import Floats, as_list, check_level, require_columns
from ._dispersion import Dispersion, Options, measure, options, shared_definition
from ._kinds import Counts, Family, Kind, as_value, measured, pooled, unit_names
from ._limits import Method, check_denominators, normal_limits, plain_limits
from ._strata import positions

__all__ = ["dispersion_table", "limit_curves", "outside"]

CURVE_COLUMNS = ["kind", "level", "denominator", "low", "high"]
SPREAD_COLUMNS = ["units", "phi", "tau2", "tau2_reml", "chi_squared", "df", "p_value", "method"]


def _groups(
    frame: pd.DataFrame, counts: Counts, within: Sequence[str], definition: str | None
) -> Iterator[tuple[dict[str, Any], Any, Counts]]:
    """Give the keys, rows and counts of each group in order of appearance."""
    require_columns(frame, [*within, *as_list(definition)])
    codes, keys = positions(frame, within)
    named = keys.to_dict("records") if within else [{}] * len(keys)
    for group, key in enumerate(named):
        at = np.flatnonzero(codes == group)
        if definition is not None:
            part = frame.iloc[at]
            shared_definition(part[definition], unit_names(part))
        yield key, at, counts.of(at)


def _grid(size: Floats, points: int, kind: str) -> Floats:
    """Return sizes to draw limits at, evenly spaced on the square root, where limits bend most."""
    most = float(np.nanmax(size)) * 1.1
    if kind in ("proportion", "count_ratio"):
        return np.unique(np.round(np.linspace(1.0, np.sqrt(most), points) ** 2))
    return np.linspace(np.sqrt(float(np.nanmin(size)) / 2.0), np.sqrt(most), points) ** 2


def _curves(
    counts: Counts,
    target: float | None,
    levels: Sequence[float],
    points: int,
    chosen: Options,
) -> pd.DataFrame:
    """Both sets of limits of one group."""
    kind, family = chosen.kind, chosen.family
    centre = pooled(counts.x, counts.size, target, kind)
    found = measure(counts, centre, chosen, known=target is not None)
    tau2 = found.tau2_reml if chosen.estimator == "reml" else found.tau2
    tau2 = tau2 if found.compared > 1 else 0.0
    grid = _grid(counts.size, points, kind)
    chance = [
        plain_limits(centre, grid, level, kind=kind, method=chosen.method, family=family)
        for level in levels
    ]
    # Where no spread beyond chance was found both sets of limits rest on chance alone.
    wide = [
        normal_limits(centre, grid, level, kind=kind, family=family, tau2=tau2) for level in levels
    ]
    pairs = [*chance, *(wide if tau2 > 0 else chance)]
    return pd.DataFrame(
        {
            "kind": np.repeat(["exact", "over-dispersed"], len(levels) * grid.size),
            "level": np.tile(np.repeat(np.asarray(levels, float), grid.size), 2),
            "denominator": np.tile(grid, 2 * len(levels)),
            "low": as_value(np.concatenate([low for low, _ in pairs]), kind),
            "high": as_value(np.concatenate([high for _, high in pairs]), kind),
        }
    )


def limit_curves(
    frame: pd.DataFrame,
    *,
    kind: Kind = "proportion",
    numerator: str = "numerator",
    denominator: str = "denominator",
    target: float | None = None,
    levels: Sequence[float] = (0.95, 0.998),
    points: int = 80,
    family: Family | None = None,
    adjust: float = 0.1,
    tau2: Literal["dl", "reml"] = "dl",
    method: Method = "exact",
    within: str | Sequence[str] | None = None,
    definition: str | None = None,
) -> pd.DataFrame:
    """Return exact and over-dispersed limits over a grid of denominators.

    Parameters
    ----------
    frame : DataFrame
        One row per unit, as for `helpers.methods.funnel.funnel`.
    kind, numerator, denominator, target, family, adjust, tau2, method, definition : object
        See `helpers.methods.funnel.funnel`.
    levels : sequence of float
        Two-sided levels.
    points : int
        Size of the grid, evenly spaced on the square root, where limits bend most.
    within : str or sequence of str, optional
        Columns that define groups; each has curves of its own.

    Returns
    -------
    DataFrame
        Group columns, kind ("exact", the limits of chance alone by ``method``, or
        "over-dispersed"), level, denominator (for a ratio of counts both counts together), low,
        high. A group without records has no curves.

    Raises
    ------
    ValueError
        As for `helpers.methods.funnel.funnel`.

    Examples
    --------
    >>> units = pd.DataFrame({"numerator": [10, 30, 45], "denominator": [100, 100, 100]})
    >>> limit_curves(units, points=3)["kind"].value_counts().to_dict()
    {'exact': 6, 'over-dispersed': 6}
    """
    chosen = options(kind, family, adjust, method, tau2)
    counts = measured(frame, numerator, denominator, kind)
    check_denominators(counts.size, method, unit_names(frame), kind)
    wanted, names = [check_level(level) for level in levels], as_list(within)
    parts = [
        _curves(part, target, wanted, points, chosen).assign(**key)
        for key, _, part in _groups(frame, counts, names, definition)
        if not np.isnan(part.size).all()
    ]
    columns = [*names, *CURVE_COLUMNS]
    if not parts:
        return pd.DataFrame(columns=columns)
    return pd.concat(parts, ignore_index=True)[columns]


def _row(found: Dispersion) -> dict[str, Any]:
    return {name: getattr(found, name) for name in SPREAD_COLUMNS}


def dispersion_table(
    frame: pd.DataFrame,
    *,
    within: str | Sequence[str] | None = ("indicator", "label"),
    kind: Kind = "proportion",
    numerator: str = "numerator",
    denominator: str = "denominator",
    target: float | None = None,
    family: Family | None = None,
    adjust: float = 0.1,
    definition: str | None = None,
) -> pd.DataFrame:
    """Return the spread of units as one row per group.

    Parameters
    ----------
    frame : DataFrame
        One row per unit.
    within : str or sequence of str, optional
        Columns that define groups; each is compared with its own target.
    kind, numerator, denominator, target, family, adjust, definition : object
        See `helpers.methods.funnel.dispersion`.

    Returns
    -------
    DataFrame
        Group columns, units, phi, tau2 (DerSimonian-Laird), tau2_reml (restricted maximum
        likelihood), chi_squared, df, p_value, method.

    Raises
    ------
    ValueError
        As for `helpers.methods.funnel.dispersion`.

    Examples
    --------
    >>> units = pd.DataFrame({"g": "a", "numerator": [10, 30], "denominator": [100, 100]})
    >>> dispersion_table(units, within="g")["units"].tolist()
    [2]
    """
    chosen = options(kind, family, adjust)
    counts = measured(frame, numerator, denominator, kind)
    names = as_list(within)
    rows = []
    for key, _, part in _groups(frame, counts, names, definition):
        centre = pooled(part.x, part.size, target, kind)
        rows.append(key | _row(measure(part, centre, chosen, known=target is not None)))
    return pd.DataFrame(rows, columns=[*names, *SPREAD_COLUMNS])


def outside(
    placed: pd.DataFrame,
    *,
    within: str | Sequence[str] | None = ("indicator",),
    widest: str = "99.8%",
    kind: Kind = "proportion",
    family: Family | None = None,
    adjust: float = 0.1,
) -> pd.DataFrame:
    """Count the units outside the widest limits, under both sets.

    Parameters
    ----------
    placed : DataFrame
        As `helpers.methods.funnel.funnel` returns it.
    within : str or sequence of str, optional
        Columns that define groups.
    widest : str
        The level as the positions name it; a unit beyond a wider one counts as well.
    kind, family, adjust : object
        As they were given to the funnel, for ``method``.

    Returns
    -------
    DataFrame
        Group columns, units, outside_exact, outside_over_dispersed, value (phi, from the z that
        the funnel winsorised or truncated), numerator (outside the over-dispersed limits),
        denominator (units), method.

    Raises
    ------
    ValueError
        For missing columns and unknown options.

    Examples
    --------
    >>> from helpers.methods.funnel import funnel
    >>> units = pd.DataFrame({"g": "a", "numerator": [10, 30, 45], "denominator": [100] * 3})
    >>> outside(funnel(units), within="g")["outside_exact"].tolist()
    [2]
    """
    chosen = options(kind, family, adjust)
    require_columns(placed, ["position", "od_position", "z", "z_winsorised", *as_list(within)])
    least = float(widest.rstrip("%"))
    beyond = {
        name: placed[name]
        .astype("str")
        .str.extract(r" ([\d.]+)% limit", expand=False)
        .astype("float64")
        .ge(least)
        .to_numpy(dtype=bool)
        for name in ("position", "od_position")
    }
    names = as_list(within)
    codes, keys = positions(placed, names)
    z, pulled = (placed[name].to_numpy(dtype=float) for name in ("z", "z_winsorised"))
    rows = []
    for group, key in enumerate(keys.to_dict("records") if names else [{}] * len(keys)):
        at = codes == group
        units, kept = int((~np.isnan(z[at])).sum()), pulled[at & ~np.isnan(pulled)]
        phi = float((kept**2).mean()) if units > 1 and kept.size > 1 else np.nan
        plain, wider = (int(beyond[name][at].sum()) for name in ("position", "od_position"))
        rows.append(
            key
            | {"units": units, "outside_exact": plain, "outside_over_dispersed": wider}
            | {"value": phi, "numerator": wider, "denominator": units}
            | {"method": f"{chosen.words}; DerSimonian-Laird tau2"}
        )
    columns = [*names, "units", "outside_exact", "outside_over_dispersed", "value"]
    return pd.DataFrame(rows, columns=[*columns, "numerator", "denominator", "method"])
