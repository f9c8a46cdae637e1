"""One group of units against its limits, on arrays.

Functions
---------
suffix
    A level as the end of a column's name.
result_columns
    The columns of numbers that placing a group fills.
place
    All of them for one group, and positions.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from ._checks import Floats, critical
from ._dispersion import Options, measure, scores
from ._kinds import Counts, as_value, certain, pooled
from ._limits import Pair, normal_limits, on_known, plain_limits, tails
from .adjust import benjamini_hochberg

WITHIN = "within limits"


def suffix(level: float) -> str:
    """Return a level as the end of a column's name: 0.998 is 99_8."""
    return f"{100 * level:g}".replace(".", "_")


def result_columns(levels: Sequence[float]) -> tuple[list[str], list[str]]:
    """Return the columns of numbers before the positions, and those after."""
    bounds = [
        f"{prefix}{side}_{suffix(level)}"
        for level in levels
        for prefix in ("", "od_")
        for side in ("low", "high")
    ]
    return (
        ["target", "z", "z_winsorised", *bounds],
        ["p_value", "q_value", "od_p_value", "od_q_value"],
    )


def _position(share: Floats, bounds: dict[float, Pair]) -> np.ndarray:
    """Place each value against its widest limit exceeded."""
    position = np.where(np.isnan(share), None, WITHIN).astype(object)
    for level in sorted(bounds):
        low, high = bounds[level]
        position[share > high] = f"above {100 * level:g}% limit"
        position[share < low] = f"below {100 * level:g}% limit"
    return position


def place(
    counts: Counts, target: float | None, levels: Sequence[float], chosen: Options
) -> dict[str, Any]:
    """Return the columns of a group of units: scores, limits, positions and p values."""
    from scipy.special import ndtr

    kind, family = chosen.kind, chosen.family
    centre = pooled(counts.x, counts.size, target, kind)
    known = ~np.isnan(counts.size)
    found = measure(counts, centre, chosen, known=target is not None)
    # One unit alone cannot show over-dispersion.
    tau2 = found.tau2_reml if chosen.estimator == "reml" else found.tau2
    tau2 = tau2 if found.compared > 1 else 0.0
    z, pulled, error = scores(counts.x, counts.size, centre, chosen)
    wide = z * error / np.sqrt(error**2 + tau2)
    placed = {"target": float(as_value(centre, kind)), "z": z, "z_winsorised": pulled}
    plain: dict[float, Pair] = {}
    wider: dict[float, Pair] = {}
    size = counts.size[known]
    for level in levels:
        over = chance = plain_limits(
            centre, size, level, kind=kind, method=chosen.method, family=family
        )
        plain[level] = on_known(known, chance)
        if tau2 > 0:
            over = normal_limits(centre, size, level, kind=kind, family=family, tau2=tau2)
        # Units are compared on the scale of the family, where no event counts as half of one.
        edge = np.full(z.shape, critical(level))
        wider[level] = (-edge, edge)
        for prefix, pair in (("", plain[level]), ("od_", on_known(known, over))):
            for side, limit in zip(("low", "high"), pair, strict=True):
                placed[f"{prefix}{side}_{suffix(level)}"] = as_value(limit, kind)
    placed["position"] = _position(counts.share, plain)
    below, above = tails(counts.x, counts.size, centre, kind)
    p = np.where(known, np.minimum(2.0 * np.minimum(below, above), 1.0), np.nan)
    if tau2 > 0:
        placed["od_position"] = _position(wide, wider)
        od_p = 1.0 - np.abs(z) if certain(centre, family, kind) else 2.0 * ndtr(-np.abs(wide))
    else:  # no spread beyond chance was found: both sets of limits rest on chance alone
        placed["od_position"], od_p = placed["position"].copy(), p.copy()
    placed |= {"p_value": p, "q_value": benjamini_hochberg(p)}
    return placed | {"od_p_value": od_p, "od_q_value": benjamini_hochberg(od_p)}
