"""What if values are missing because of what they are.

Functions
---------
tilt
    Pooled estimates for a range of departures from "missing at random".
tipping_point
    How far one would have to depart for an estimate or limit to reach none.
outcome_bounds
    The share with an outcome if all whose outcome is missing had it, or none.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, as_list, check_level, numbers, refuse, require_columns
from ._impute import impute
from ._impute_columns import Column, label
from ._pool import Fit, fit_each
from ._rubin import ESTIMATES, pool
from .proportions import WILSON, wilson

WORST = "all rows with a missing outcome counted as 0 (least) or as 1 (most)"


def _place(column: Column, level_name: object) -> int | None:
    """Place of the level that is moved; None for what has no levels, or is matched by score."""
    if column.kind in ("numeric", "ordered"):
        return None
    return (
        len(column.levels) - 1 if level_name is None else column.labels().index(label(level_name))
    )


def _amount(column: Column, values: NDArray, place: int | None) -> float:
    """Share of a level, or mean of numbers or of scores from 1."""
    if place is not None:
        return float((values == place).mean())
    return float(values.mean()) + (1.0 if column.levels else 0.0)


def tilt(
    frame: pd.DataFrame,
    *,
    columns: Sequence[str],
    outcome: str | Sequence[str],
    column: str,
    deltas: Sequence[float],
    fit: Fit,
    level_name: object = None,
    imputations: int = 20,
    iterations: int = 10,
    seed: int,
    interactions: Sequence[tuple[str, str]] = (),
    level: float = 0.95,
    df_complete: float | None = None,
) -> pd.DataFrame:
    """Pool a model for a range of departures from "missing at random".

    Imputation takes people whose value is missing to be like others with the same outcome and
    covariates. Nothing in the data can show that. Here their odds of a level (or the number itself)
    are moved by each of ``deltas``, and the model is fitted again.

    Parameters
    ----------
    frame, columns, outcome, imputations, iterations, seed, interactions
        As `impute` takes them. The same random numbers serve all deltas, so that what differs
        between them is the departure.
    column : str
        The incomplete column, or outcome, whose missing values are moved.
    deltas : sequence of float
        Added to the log odds of the level; to a number, in its units; to the score of an ordered
        column, in levels, before it is matched. 0 is "missing at random".
    fit : callable
        As `fit_each` takes it.
    level_name : object, optional
        The level that is moved; the second of two if not given.
    level : float
        Two-sided confidence level.
    df_complete : float, optional
        As `pool` takes it.

    Returns
    -------
    DataFrame
        One row for each delta and coefficient: ``column``, ``level_name``, ``delta``,
        ``observed`` and ``imputed`` (share of the level, mean of a number, among recorded values
        and among those put in: what a delta amounts to), ``term``, ``value``, ``std_error``,
        ``low``, ``high``, ``statistic``, ``p_value``, ``df``, ``numerator`` (missing values),
        ``denominator`` (rows), ``level``, ``method``.

    Raises
    ------
    ValueError
        As `impute`, `fit_each` and `pool`; for a column without missing values, or no delta.

    Notes
    -----
    Delta adjustment within chained equations: van Buuren, Boshuizen and Knook (1999) Stat Med
    18:681; Tompsett, Leacy, Moreno-Betancur, Heron and White (2018) Stat Med 37:2338. A delta
    holds given all other columns; its size has to come from people who know why values are
    missing.

    Examples
    --------
    >>> seen = pd.DataFrame({"late": [0, 1, 1, 0, 1, 0] * 20, "male": [1, None, 0, 1, 0, 0] * 20})
    >>> def share(frame):
    ...     p = frame["male"].mean()
    ...     return ["male"], [p], [[p * (1 - p) / len(frame)]]
    >>> moved = tilt(seen, columns=["male"], outcome="late", column="male", deltas=[-2, 0, 2],
    ...     fit=share, imputations=5, iterations=2, seed=1)
    >>> moved["value"].is_monotonic_increasing
    True
    """
    sizes = [float(delta) for delta in deltas]
    if not sizes:
        raise ValueError("deltas must name at least one departure, such as 0.")
    require_columns(frame, [column])
    if frame[column].notna().all():
        raise ValueError(f"Column {column!r} has no missing value, so that nothing can be moved.")
    parts = []
    for delta in sizes:
        imputed = impute(
            frame,
            columns=columns,
            outcome=outcome,
            imputations=imputations,
            iterations=iterations,
            seed=seed,
            interactions=interactions,
            shift={column: delta if level_name is None else (level_name, delta)},
        )
        fits = fit_each(imputed, fit=fit)
        pooled = pool(
            fits.estimates, fits.covariances, names=fits.names, level=level, df_complete=df_complete
        )
        held = imputed.held[column]
        place = _place(held, level_name)
        known = held.state[~held.missing]
        known = known if held.levels else known * held.spread + held.centre
        put_in = [_amount(held, held.coded(values[column]), place) for values in imputed.put_in]
        parts.append(
            pooled.assign(
                column=column,
                level_name="" if place is None else held.labels()[place],
                delta=delta,
                observed=_amount(held, known, place),
                imputed=float(np.mean(put_in)),
                numerator=int(held.missing.sum()),
                denominator=held.missing.size,
                method=f"Delta adjustment; {pooled['method'].iloc[0]}",
            )
        )
    names = ["column", "level_name", "delta", "observed", "imputed", *ESTIMATES]
    return pd.concat(parts, ignore_index=True)[
        [*names, "numerator", "denominator", "level", "method"]
    ]


def _crossing(deltas: Floats, distance: Floats) -> float:
    """Delta nearest to 0 at which a distance changes its sign, by straight lines between."""
    exact = deltas[distance == 0].tolist()
    change = np.flatnonzero(np.sign(distance[:-1]) * np.sign(distance[1:]) < 0)
    share = distance[change] / (distance[change] - distance[change + 1])
    exact += (deltas[change] + share * (deltas[change + 1] - deltas[change])).tolist()
    return min(exact, key=abs) if exact else np.nan


def tipping_point(tilted: pd.DataFrame, *, term: str, null: float = 0.0) -> pd.DataFrame:
    """Find how far one would have to depart for an estimate or limit to reach none.

    Parameters
    ----------
    tilted : DataFrame
        From `tilt`.
    term : str
        The coefficient.
    null : float
        What "no difference" is: 0 for a log odds ratio.

    Returns
    -------
    DataFrame
        Three rows: ``term``, ``limit`` ("value", "low", "high"), ``delta`` (nearest to 0 at
        which it equals ``null``, by straight lines between deltas; NaN where it does not),
        ``imputed`` (what that delta amounts to, as in `tilt`), ``delta_low``, ``delta_high``
        (range looked at), ``note``.

    Raises
    ------
    ValueError
        For a coefficient that is not there, or fewer than 2 deltas.

    Notes
    -----
    Yan, Lee and Li (2009) J Biopharm Stat 19:1085. Whether a delta so large is believable is
    for people to judge who know the records.

    Examples
    --------
    >>> tilted = pd.DataFrame({"term": "male", "delta": [-1.0, 0, 1], "value": [-0.1, 0.2, 0.5],
    ...     "low": [-0.5, -0.2, 0.1], "high": [0.3, 0.6, 0.9], "imputed": [0.2, 0.4, 0.6]})
    >>> found = tipping_point(tilted, term="male")
    >>> found[["limit", "delta", "imputed"]].round(2)
       limit  delta  imputed
    0  value  -0.67     0.27
    1    low   0.67     0.53
    2   high    NaN      NaN
    >>> found["note"].iloc[2]
    'does not reach 0 for deltas from -1 to 1'
    """
    require_columns(tilted, ["term", "delta", "value", "low", "high", "imputed"])
    mine = tilted[tilted["term"].eq(term)].sort_values("delta")
    deltas = mine["delta"].to_numpy(dtype=float)
    if mine.empty:
        present = ", ".join(map(repr, tilted["term"].unique()))
        raise ValueError(f"No coefficient is called {term!r}; there are {present}.")
    if len(set(deltas)) < 2:
        raise ValueError("A tipping point needs a range of at least 2 different deltas.")
    rows = []
    for limit in ("value", "low", "high"):
        delta = _crossing(deltas, mine[limit].to_numpy(dtype=float) - null)
        amount = np.interp(delta, deltas, mine["imputed"]) if np.isfinite(delta) else np.nan
        span = f"does not reach {null:g} for deltas from {deltas[0]:g} to {deltas[-1]:g}"
        note = "" if np.isfinite(delta) else span
        rows.append((term, limit, delta, float(amount), deltas[0], deltas[-1], note))
    names = ["term", "limit", "delta", "imputed", "delta_low", "delta_high", "note"]
    return pd.DataFrame(rows, columns=names)


def outcome_bounds(
    frame: pd.DataFrame,
    *,
    outcome: str,
    by: str | Sequence[str] | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Bound the share with an outcome: all whose outcome is missing had it, or none.

    No assumption is made of why outcomes are missing, so the bounds can be wide; nothing less
    can be said without one.

    Parameters
    ----------
    frame : DataFrame
        One row for each person.
    outcome : str
        0, 1 or missing.
    by : str or sequence of str, optional
        Columns of groups; a missing group is one of its own.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row a group: the columns of ``by``, ``numerator`` (outcome 1), ``denominator``
        (outcome known), ``missing``, ``value``, ``low``, ``high`` (of those known), ``least``,
        ``most``, ``least_low``, ``most_high`` (limits of the bounds), ``level``, ``method``.

    Raises
    ------
    ValueError
        For columns that are not there, an outcome other than 0 and 1, or a level outside (0, 1).

    Notes
    -----
    Manski (1989) J Hum Resour 24:343; Horowitz and Manski (2000) J Am Stat Assoc 95:77. Limits:
    Wilson (1927) JASA 22:209.

    Examples
    --------
    >>> seen = pd.DataFrame({"unexpected": [1, 0, None, 1, 0], "service": list("aaabb")})
    >>> found = outcome_bounds(seen, outcome="unexpected", by="service")
    >>> found[["service", "numerator", "denominator", "missing", "least", "most"]].round(2)
      service  numerator  denominator  missing  least  most
    0       a          1            2        1   0.33  0.67
    1       b          1            2        0   0.50  0.50
    """
    check_level(level)
    groups = as_list(by)
    require_columns(frame, [outcome, *groups])
    values = numbers(frame, outcome)
    known = ~np.isnan(values)
    refuse(known & (values != 0) & (values != 1), frame.index, f"{outcome!r} is neither 0 nor 1")
    counted = frame[groups].assign(
        numerator=np.where(known, values, 0.0), denominator=known, missing=~known
    )
    counts = ["numerator", "denominator", "missing"]
    if groups:
        held = counted.groupby(groups, dropna=False, observed=True)[counts].sum().reset_index()
    else:
        held = counted[counts].sum().to_frame().T
    held = held.astype(dict.fromkeys(counts, "int64"))
    events, seen, gone = (held[name].to_numpy() for name in counts)
    rows = seen + gone
    low, high = wilson(events, seen, level=level)
    least, most = wilson(events, rows, level=level)[0], wilson(events + gone, rows, level=level)[1]
    return held.assign(
        value=events / np.where(seen == 0, np.nan, seen),
        low=low,
        high=high,
        least=events / np.where(rows == 0, np.nan, rows),
        most=(events + gone) / np.where(rows == 0, np.nan, rows),
        least_low=least,
        most_high=most,
        level=float(level),
        method=f"{WILSON}; bounds: {WORST}",
    )
