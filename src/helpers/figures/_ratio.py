"""An axis of ratios, on a log scale.

- :func:`within`: limits that such an axis can hold.
- :func:`scale`: set the axis.
"""

from __future__ import annotations

from typing import Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator
from numpy.typing import ArrayLike

TICKS = [
    *[1e-3, 2e-3, 5e-3, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.7],
    *[1, 1.5, 2, 3, 5, 10, 20, 50, 100, 200, 500, 1e3],
]
LEAST, MOST = 1e-3, 1e3
MARKS = 8


def within(values: ArrayLike) -> np.ndarray:
    """Return values that a log axis can hold: 0 and infinity become its ends.

    Examples
    --------
    >>> within([0.0, 2.0, float("inf")]).tolist()
    [0.001, 2.0, 1000.0]
    """
    return np.clip(np.asarray(values, dtype=float), LEAST, MOST)


def scale(ax: Axes, values: ArrayLike, *, axis: Literal["x", "y"], null: float = 1.0) -> None:
    """Set a log axis that holds the values and the null, with few marks that can be read.

    Parameters
    ----------
    ax : Axes
        The panel; it is changed in place.
    values : array-like
        What is drawn; missing values are passed over.
    axis : {"x", "y"}
        Which axis.
    null : float
        Ratio of no association.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> ax = Figure().subplots()
    >>> scale(ax, [0.5, 2.4], axis="y")
    >>> [text.get_text() for text in ax.get_yticklabels()]
    ['0.5', '0.7', '1', '1.5', '2']
    """
    drawn = within(values)
    drawn = np.r_[drawn[np.isfinite(drawn)], null]
    low, high = float(drawn.min()) / 1.12, float(drawn.max()) * 1.12
    ticks = [tick for tick in TICKS if low <= tick <= high]
    if len(ticks) > MARKS:
        ticks = [tick for tick in ticks if f"{tick:e}"[0] in "125" and f"{tick:e}"[2] == "0"]
    if len(ticks) > MARKS:
        ticks = [tick for tick in ticks if f"{tick:e}"[0] == "1"]
    getattr(ax, f"set_{axis}scale")("log")
    getattr(ax, f"set_{axis}lim")(low, high)
    side = getattr(ax, f"{axis}axis")
    side.set_major_locator(FixedLocator(ticks))
    side.set_minor_locator(NullLocator())
    side.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
