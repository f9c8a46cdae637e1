"""How many people no source holds: capture-recapture, as a sensitivity range only.

The data never say how many people every source missed; a model of how the sources depend on one
another does, and the data cannot tell such models apart where it matters. So every model is
returned, none is picked, and what may be reported is the range.

Functions
---------
histories
    One row a person with a column a source, counted into cells.
chapman
    Two sources: Chapman's estimate with limits that never fall below the observed.
three_sources
    Three sources: all eight hierarchical log-linear models.
span
    The range over the models: what may be reported.
"""

from collections.abc import Sequence
from itertools import combinations, product
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._checks import (
    as_list,
    check_choice,
    check_counts,
    check_level,
    critical,
    numbers,
    refuse,
    require_columns,
)
from ._lists import around, fitted_cells, model_name, refuse_empty, seven_cells

ASSUMED = "assumes a closed population, one place and period, and links without error"
CHAPMAN = (
    "Chapman estimate, Seber variance, log-normal limits of the unseen (Chao); "
    f"{ASSUMED}, sources that are independent, and in at least one of them the same chance "
    "for everybody of being listed; sources that feed one another make it too low"
)
LOG_LINEAR = (
    "Poisson log-linear model of the observed cells, log-normal limits of the unseen (Chao); "
    f"{ASSUMED}, and no dependence between the sources beyond the terms of the model, "
    "which the data cannot test"
)
HALF = "; 0.5 added to every cell because a cell is empty (a convention)"
ONE_SIDED = (
    "; one source lies within the other, so the formula gives none unseen and no upper limit"
)


def histories(frame: pd.DataFrame, sources: Sequence[str]) -> pd.DataFrame:
    """Count people by the sources that hold them.

    Parameters
    ----------
    frame : DataFrame
        One row a person; a column of booleans (or 0 and 1) for each source.
    sources : sequence of str
        Names of at least two columns.

    Returns
    -------
    DataFrame
        The columns of ``sources`` (bool) and ``count``: one row for each of the cells that can
        be observed, empty ones too, from "on every source" down to "on the last one only".

    Raises
    ------
    ValueError
        For fewer than two sources, a source named twice or holding nobody, missing columns,
        values that are missing or neither true nor false, and people on no source.

    Examples
    --------
    >>> people = pd.DataFrame({"trust": [1, 1, 0, 1], "coroner": [1, 0, 1, 1]})
    >>> histories(people, ["trust", "coroner"])
       trust  coroner  count
    0   True     True      2
    1   True    False      1
    2  False     True      1
    """
    names = as_list(sources)
    if len(names) < 2:
        raise ValueError(
            "One source says nothing of the people it missed: give at least two sources."
        )
    if len(set(names)) < len(names):
        raise ValueError(f"Each source must be named once; got {', '.join(map(repr, names))}.")
    require_columns(frame, names)
    listed = np.column_stack([numbers(frame, name) for name in names])
    refuse(
        ~np.isin(listed, [0.0, 1.0]).all(axis=1),
        frame.index,
        "whether a source holds the person is missing, or neither true nor false",
    )
    refuse(~listed.any(axis=1), frame.index, "no source holds the person")
    refuse_empty(names, listed.sum(axis=0))
    cells = np.array(list(product([True, False], repeat=len(names)))[:-1])
    weights = 2 ** np.arange(len(names))[::-1]
    found = np.bincount((listed @ weights).astype(int), minlength=2 ** len(names))
    return pd.DataFrame(cells, columns=names).assign(count=found[cells @ weights])


def chapman(
    both: ArrayLike, only_first: ArrayLike, only_second: ArrayLike, *, level: float = 0.95
) -> pd.DataFrame:
    """Estimate how many people there are from two lists.

    Parameters
    ----------
    both, only_first, only_second : array_like
        People on both lists, on the first alone and on the second alone; broadcast together.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row for each set of counts: both, only_first, only_second, observed, unseen, value
        (people in all), std_error, low, high, level, method. Missing counts give NaN. Where one
        list lies within the other, the upper limit is NaN: the formula then gives none unseen
        with no uncertainty at all, which is no finding.

    Raises
    ------
    ValueError
        For negative or infinite counts, a list without people, lists that share nobody, or a
        level outside (0, 1).

    Notes
    -----
    Chapman (1951) Univ Calif Publ Stat 1:131; variance Seber (1970) Biometrika 57:245; limits
    Chao (1987) Biometrics 43:783, so that the lower one never falls below the people observed.

    Examples
    --------
    >>> chapman(60, 140, 90)[["observed", "value", "low", "high"]].round(1)
       observed  value    low   high
    0       290  496.6  430.9  592.8
    """
    z = critical(level)
    given = np.broadcast_arrays(*(np.atleast_1d(item) for item in (both, only_first, only_second)))
    shared, first, second = (np.ravel(item).astype(float) for item in given)
    for counts in (shared, first, second):
        check_counts(counts)
    for name, alone in (("first", first), ("second", second)):
        refuse(shared + alone == 0, None, f"the {name} list holds nobody")
    refuse(
        shared == 0,
        None,
        "the two lists share nobody, so nothing says how many both of them missed",
    )
    observed = shared + first + second
    unseen = first * second / (shared + 1)
    variance = (
        (shared + first + 1)
        * (shared + second + 1)
        * first
        * second
        / ((shared + 1) ** 2 * (shared + 2))
    )
    low, high = around(observed, unseen, variance, z)
    within = unseen == 0
    return pd.DataFrame(
        {
            "both": np.ravel(given[0]),
            "only_first": np.ravel(given[1]),
            "only_second": np.ravel(given[2]),
            "observed": np.ravel(given[0]) + np.ravel(given[1]) + np.ravel(given[2]),
            "unseen": unseen,
            "value": observed + unseen,
            "std_error": np.where(within, np.nan, np.sqrt(variance)),
            "low": np.where(within, observed, low),
            "high": high,
            "level": float(level),
            "method": np.where(within, CHAPMAN + ONE_SIDED, CHAPMAN),
        }
    )


def three_sources(
    frame: pd.DataFrame,
    *,
    sources: Sequence[str] | None = None,
    count: str = "count",
    zero_cells: Literal["add", "keep"] = "add",
    level: float = 0.95,
) -> pd.DataFrame:
    """Estimate how many people there are from three sources, under every model.

    Parameters
    ----------
    frame : DataFrame
        Cells as `histories` returns them; a cell that is not given is empty.
    sources : sequence of str, optional
        Names of the three columns; all columns but ``count`` where not given.
    count : str
        Column of the number of people.
    zero_cells : {"add", "keep"}
        With "add", 0.5 is added to all seven cells where one of them is empty: a convention and
        no fact, said in ``method``. With "keep", a model without an estimate gives NaN.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        Eight rows, from independence to all interactions of two sources: model, parameters,
        deviance, df, aic, observed, unseen, value (people in all), std_error, low, high, level,
        method. The order is that of the number of terms; a low AIC picks no model, for the
        fit to the people observed says little of those who were not.

    Raises
    ------
    ValueError
        For other than three sources, one that holds nobody, sources of which no two share
        anybody, cells given twice or negative, an unknown option, or a level outside (0, 1).

    Notes
    -----
    Fienberg (1972) Biometrika 59:591; Bishop, Fienberg and Holland (1975) Discrete Multivariate
    Analysis, ch. 6; International Working Group for Disease Monitoring and Forecasting (1995)
    Am J Epidemiol 142:1047. The variance of the total is that of the fitted unseen cell plus
    that cell itself. Where ``df`` is 0 nothing is left over to test the model with.

    Examples
    --------
    >>> cells = pd.DataFrame(
    ...     list(product([True, False], repeat=3))[:-1], columns=["trust", "coroner", "register"]
    ... ).assign(count=[600, 600, 200, 200, 300, 300, 100])  # independent, 100 on no source
    >>> found = three_sources(cells)
    >>> found["value"].round(1).tolist()
    [2400.0, 2400.0, 2400.0, 2400.0, 2400.0, 2400.0, 2400.0, 2400.0]
    """
    check_choice("zero_cells", zero_cells, ("add", "keep"))
    z = critical(level)
    names = as_list(sources) or [name for name in frame.columns if name != count]
    if len(set(names)) != 3 or len(names) != 3:
        raise ValueError(f"Three different sources are needed; got {names}.")
    cells, counts = seven_cells(frame, names, count)
    refuse_empty(names, counts @ cells)
    if counts[cells.sum(axis=1) > 1].sum() == 0:
        raise ValueError(
            "No two sources share anybody, so nothing says how many all of them missed."
        )
    observed = float(counts.sum())
    added = zero_cells == "add" and bool((counts == 0).any())
    used = counts + 0.5 * added
    pairs = list(combinations(range(3), 2))
    models = [chosen for size in range(4) for chosen in combinations(pairs, size)]
    rows = []
    for chosen in models:
        terms = [cells[:, a] * cells[:, b] for a, b in chosen]
        design = np.column_stack([np.ones(7), cells, *terms])
        rows.append(
            {"model": model_name(chosen, names), "parameters": design.shape[1]}
            | fitted_cells(design, used)
        )
    found = pd.DataFrame(rows)
    unseen = found.pop("unseen").to_numpy()
    variance = found.pop("variance").to_numpy()
    low, high = around(np.full(8, observed), unseen, variance, z)
    return found.assign(
        observed=observed,
        unseen=unseen,
        value=observed + unseen,
        std_error=np.sqrt(variance),
        low=low,
        high=high,
        level=float(level),
        method=LOG_LINEAR + HALF * added,
    )


def span(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the range over all models: what may be reported of how many there are.

    Parameters
    ----------
    frame : DataFrame
        As `three_sources` or `chapman` returns it.

    Returns
    -------
    DataFrame
        One row: observed, models, without_estimate, value_from, value_to (lowest and highest
        estimate), low, high (lowest and highest limit of any model), level, method. Where a
        model has no estimate or no upper limit, ``high`` is NaN: the range is open.

    Raises
    ------
    ValueError
        For missing columns, an empty frame, or rows that rest on different people observed.

    Examples
    --------
    >>> span(chapman(60, 140, 90))[["models", "value_from", "low", "high"]].round(1)
       models  value_from    low   high
    0       1       496.6  430.9  592.8
    """
    require_columns(frame, ["observed", "value", "low", "high", "level"])
    if frame.empty:
        raise ValueError("There is no model to give the range of.")
    shared = frame[["observed", "level"]].to_numpy(dtype=float)
    if (shared != shared[0]).any():
        raise ValueError("The rows rest on different counts or levels: give one set at a time.")
    known = frame[frame["value"].notna()]
    return pd.DataFrame(
        {
            "observed": [frame["observed"].iloc[0]],
            "models": [len(frame)],
            "without_estimate": [len(frame) - len(known)],
            "value_from": [known["value"].min()],
            "value_to": [known["value"].max()],
            "low": [known["low"].min()],
            "high": [frame["high"].max(skipna=False)],
            "level": [check_level(frame["level"].iloc[0])],
            "method": ["lowest and highest over all models shown; no model is picked"],
        }
    )
