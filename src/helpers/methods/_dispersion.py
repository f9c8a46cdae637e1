"""Scores of units and their spread around a target, on the scale of a family.

Functions
---------
options
    The choices behind a funnel, refused where they do not go together.
scores
    Z of each unit, as it is and winsorised or truncated, with its standard error.
measure
    The spread of one group of units.
shared_definition
    Refuse units of one funnel that count by different definitions.
"""

from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._between import dersimonian_laird, reml
from ._checks import SHOWN, Floats, check_choice
from ._kinds import (
    FAMILIES,
    SCALES,
    Counts,
    as_value,
    certain,
    check_family,
    deviations,
    standard_error,
)
from ._limits import check_method


@dataclass(frozen=True)
class Dispersion:
    """Spread of units around a target on the scale of a family.

    Attributes
    ----------
    phi : float
        Mean squared z after winsorising or truncation; 1 is expected from chance alone.
    tau2, tau : float
        Additive between-unit variance (DerSimonian-Laird) and its root, on that scale.
    chi_squared, df, p_value : float
        Sum of squared z of all units as they are, its degrees of freedom and the upper tail.
    units : int
        Units with a count and a denominator above zero.
    target : float
        What the units are compared with.
    adjust : float
        Share of units winsorised or left out at each end.
    method : str
        The convention, in words.
    tau2_reml : float
        The same variance by restricted maximum likelihood; NaN where it did not converge.
    kind, family : str
        What is counted, and the scale.
    compared : int
        Units left for phi and tau2, which are NaN with fewer than two.

    Examples
    --------
    >>> from helpers.methods.funnel import dispersion
    >>> units = pd.DataFrame({"numerator": [10, 30, 45], "denominator": [100, 100, 100]})
    >>> found = dispersion(units)
    >>> found.units, round(found.target, 3)
    (3, 0.283)
    """

    phi: float
    tau2: float
    tau: float
    chi_squared: float
    df: int
    p_value: float
    units: int
    target: float
    adjust: float
    method: str
    tau2_reml: float = float("nan")
    kind: str = "proportion"
    family: str = "arcsine"
    compared: int = 0


@dataclass(frozen=True)
class Options:
    """The choices behind a funnel."""

    kind: str
    family: str
    adjust: float
    method: str = "exact"
    estimator: str = "dl"

    @property
    def words(self) -> str:
        """The scores in words."""
        done = "truncated" if self.family == "log" else "winsorised"
        return f"z on the {SCALES[self.family]}, {100 * self.adjust:g}% {done}"


def options(
    kind: str, family: str | None, adjust: float, method: str = "exact", estimator: str = "dl"
) -> Options:
    """Return the choices behind a funnel, or raise ``ValueError`` where one is not offered."""
    check_choice("kind", kind, tuple(FAMILIES))
    check_method(method, kind)
    check_choice("tau2", estimator, ("dl", "reml"))
    if not 0.0 <= adjust < 0.5:
        raise ValueError(f"adjust must be at least 0 and below 0.5; got {adjust!r}.")
    return Options(kind, check_family(family, kind), float(adjust), method, estimator)


def scores(
    x: Floats, size: Floats, target: float, chosen: Options
) -> tuple[Floats, Floats, Floats]:
    """Return z, z winsorised (NaN where truncated), and the standard error of each unit."""
    if certain(target, chosen.family, chosen.kind):
        z = np.where(np.isnan(size), np.nan, 0.0)
        return z, z, np.ones(z.shape)
    error = standard_error(size, target, chosen.family, chosen.kind)
    z = deviations(x, size, target, chosen.family, chosen.kind) / error
    if np.isnan(z).all():
        return z, z, error
    if chosen.family != "log":
        low, high = np.nanquantile(z, [chosen.adjust, 1.0 - chosen.adjust])
        return z, np.clip(z, low, high), error
    places = pd.Series(z).rank().to_numpy()
    ends = float(np.sum(~np.isnan(z))) + 1.0
    # A place that falls on a boundary belongs to the group above it, rounding or not.
    first, last = chosen.adjust * ends - 1e-9, (1.0 - chosen.adjust) * ends - 1e-9
    return z, np.where((places >= first) & (places < last), z, np.nan), error


def measure(counts: Counts, target: float, chosen: Options, *, known: bool) -> Dispersion:
    """Return the spread of one group around a share; ``known``: it is not these units' own."""
    from scipy.special import chdtrc

    z, pulled, error = scores(counts.x, counts.size, target, chosen)
    units = int(np.sum(~np.isnan(z)))
    nan = float("nan")
    words = f"{chosen.words}; DerSimonian-Laird tau2"
    kept = ~np.isnan(pulled)
    phi = tau2 = likely = chi_squared = p_value = nan
    df = 0
    if units > 1:
        chi_squared = float(np.nansum(z**2))
        df = units if known or chosen.kind == "ratio" else units - 1
        p_value = float(chdtrc(df, chi_squared))
    if units > 1 and kept.sum() > 1:
        phi = float(np.mean(pulled[kept] ** 2))
        y, v = (pulled * error)[kept], error[kept] ** 2
        tau2 = dersimonian_laird(y, v, centre=0.0)
        # A pooled target is made of these units: its own uncertainty is what REML allows for.
        likely = reml(y, v, centre=0.0 if known else None)[0]
    return Dispersion(
        phi=phi,
        tau2=tau2,
        tau=float(np.sqrt(tau2)),
        chi_squared=chi_squared,
        df=df,
        p_value=p_value,
        units=units,
        target=float(as_value(target, chosen.kind)),
        adjust=chosen.adjust,
        method=words,
        tau2_reml=likely,
        kind=chosen.kind,
        family=chosen.family,
        compared=int(kept.sum()),
    )


def shared_definition(values: pd.Series, units: pd.Index | None = None) -> None:
    """Raise ``ValueError`` naming units and definitions unless all units share one.

    Parameters
    ----------
    values : Series
        What each unit counts by.
    units : Index, optional
        Names of the units; their rows where there are none.
    """
    said = values.astype(object).where(values.notna(), "none given")
    if said.nunique() < 2:
        return
    parts, plain = [], units is None or units.equals(values.index)
    said = said if units is None else said.set_axis(units)
    for name, part in said.groupby(said.astype(str).to_numpy(), sort=False):
        shown = ", ".join(str(label) for label in part.index[:SHOWN])
        more = f" and {len(part) - SHOWN} more" if len(part) > SHOWN else ""
        rows = f"row{'s' if len(part) > 1 else ''} " if plain else ""
        parts.append(f"{rows}{shown}{more}: {name!r}")
    raise ValueError(
        f"Units of one funnel must count by one definition, column {values.name!r} differs "
        f"({'; '.join(parts)})."
    )
