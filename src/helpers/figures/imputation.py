"""Figures of imputed values.

- :func:`traces`: what each chain of an imputation put in, step by step.
"""

from __future__ import annotations

import pandas as pd
from matplotlib.figure import Figure

from helpers.figures import style


def traces(frame: pd.DataFrame) -> Figure:
    """Draw what each chain of an imputation put in, step by step, one panel a statistic.

    Parameters
    ----------
    frame : DataFrame
        Columns chain, iteration, column, level_name, statistic, value, as
        `helpers.methods.imputed_model.traces` returns them.

    Returns
    -------
    Figure
        One thin line a chain, and their mean. Chains that settled mix and do not drift.

    Examples
    --------
    >>> rows = {"chain": [1, 1], "iteration": [1, 2], "column": "Sex", "level_name": "Male"}
    >>> figure = traces(pd.DataFrame(rows).assign(statistic="share", value=[0.4, 0.5]))
    >>> figure.axes[0].get_title(loc="left")
    'Sex: share of Male'
    """
    if frame.empty:
        return style.nothing()
    keys = ["column", "statistic", "level_name"]
    parts = list(frame.groupby(keys, sort=False, dropna=False))
    figure, axes = style.panels(len(parts), columns=min(2, len(parts)), height=2.6)
    for ax, ((column, statistic, level), part) in zip(axes, parts, strict=False):
        for chain, line in part.groupby("chain"):
            ax.plot(line["iteration"], line["value"], color=style.COLOURS[0], linewidth=0.7,
                    alpha=0.5, label=f"chain {chain}")  # fmt: skip
        mean = part.groupby("iteration")["value"].mean()
        ax.plot(mean.index, mean, color=style.INK, linewidth=1.8, label="mean of the chains")
        name = f"{column}: {statistic}" + (f" of {level}" if pd.notna(level) and level else "")
        style.title(ax, name, 44)
        ax.set_xlabel("step of the chain")
        ax.set_ylabel(str(statistic))
        ax.grid(color="#DDDDDD", linewidth=0.7)
    return figure
