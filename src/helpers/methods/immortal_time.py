"""Time in which somebody could not have had the event: kept out of comparisons.

Functions
---------
landmark
    Those still followed at a landmark day, by what was known then.
refuse_immortal_time
    Refuse covariates dated after the clock has started.

Whoever is grouped by something that happened later must have lived until then, so that this group
seems to do better: immortal time.
"""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import numbers, refuse, require_columns


def _undated(values: pd.Series, dates: pd.Series) -> NDArray[np.bool_]:
    """Rows with something to date (not missing, not 0 or False) but no date."""
    empty = values.isna() | values.isin([0, False])
    return (dates.isna() & ~empty).to_numpy(dtype=bool)


def landmark(
    frame: pd.DataFrame,
    *,
    at: float,
    duration: str = "days",
    entry: str | None = None,
    measured: Mapping[str, str] | None = None,
) -> pd.DataFrame:
    """Keep those still followed at a landmark day; time then runs from that day.

    Parameters
    ----------
    frame : DataFrame
        One row per record; it is not changed.
    at : float
        Landmark, in units of the duration.
    duration : str
        Column of times.
    entry : str, optional
        Column of times of entry. Who entered after the landmark was not followed at it and is left
        out; the column is dropped, since all are followed from the landmark.
    measured : mapping, optional
        For each covariate the column with the time at which it became known.

    Returns
    -------
    DataFrame
        Rows whose duration is above ``at``, with ``at`` taken from it. ``attrs["left_out"]`` has
        the numbers that ended by the landmark and entered after it.

    Raises
    ------
    ValueError
        For missing columns, missing or negative durations, a landmark that is not a number, or a
        covariate of a row kept that became known after the landmark, or is set without a time;
        the sentence names the rows.

    Notes
    -----
    Anderson, Cain and Gelber (1983) J Clin Oncol 1:710. An event on the landmark day counts as
    before it.

    Examples
    --------
    >>> waits = pd.DataFrame({"days": [5, 30, 90], "reviewed": [0, 1, 1], "review": [None, 8, 9]})
    >>> landmark(waits, at=10, measured={"reviewed": "review"})["days"].tolist()
    [20, 80]
    """
    pairs = dict(measured or {})
    require_columns(frame, [duration, *([entry] if entry else []), *pairs, *pairs.values()])
    if not np.isfinite(at) or at < 0:
        raise ValueError(f"The landmark must be a number that is not negative; got {at!r}.")
    days = numbers(frame, duration)
    refuse(np.isnan(days), frame.index, f"the duration {duration!r} is missing")
    refuse(days < 0, frame.index, f"the duration {duration!r} is negative")
    late = np.zeros(len(frame), dtype=bool)
    if entry:
        begun = numbers(frame, entry)
        refuse(np.isnan(begun), frame.index, f"the entry {entry!r} is missing")
        late = begun > at
    ended = (days <= at) & ~late
    kept = frame[~ended & ~late]
    for name, column in pairs.items():
        after = numbers(kept, column) > at
        refuse(after, kept.index, f"{name!r} became known ({column!r}) after the landmark {at:g}")
        undated = _undated(kept[name], kept[column])
        refuse(undated, kept.index, f"{name!r} is set, but {column!r} does not say since when")
    made = kept.drop(columns=[entry] if entry else []).assign(**{duration: kept[duration] - at})
    made.attrs["left_out"] = {
        "ended by the landmark": int(ended.sum()),
        "entered after it": int(late.sum()),
    }
    return made


def _dates(frame: pd.DataFrame, column: str) -> pd.Series:
    values = frame[column]
    if pd.api.types.is_datetime64_any_dtype(values) or pd.api.types.is_numeric_dtype(values):
        return values
    if values.isna().all():
        return pd.Series(np.nan, index=frame.index, name=column)
    raise ValueError(f"Column {column!r} has neither dates nor numbers.")


def refuse_immortal_time(
    frame: pd.DataFrame,
    *,
    clock_start: str,
    covariate_dates: Mapping[str, str],
    declared: Sequence[str] = (),
) -> None:
    """Raise ``ValueError`` naming rows whose covariates are dated after their clock started.

    Parameters
    ----------
    frame : DataFrame
        One row per record.
    clock_start : str
        Column of the date (or number) at which time at risk begins.
    covariate_dates : mapping
        For each covariate the column with the date at which it became known.
    declared : sequence of str
        Covariates for which this is meant and said in the text, as with one that is followed over
        time in rows of its own.

    Raises
    ------
    ValueError
        For a covariate dated after the start that is not declared, or set without a date, a
        missing start, a column of neither dates nor numbers, or a missing column.

    Notes
    -----
    Suissa (2008) Am J Epidemiol 167:492.

    Examples
    --------
    >>> deaths = pd.DataFrame({"died": [10, 20], "reviewed": [1, 1], "review": [9, 25]})
    >>> refuse_immortal_time(deaths, clock_start="died", covariate_dates={"reviewed": "review"})
    Traceback (most recent call last):
        ...
    ValueError: Row 1: 'reviewed' is dated ('review') after the clock started ('died').
    """
    require_columns(frame, [clock_start, *covariate_dates, *covariate_dates.values()])
    unknown = [name for name in declared if name not in covariate_dates]
    if unknown:
        raise ValueError(f"{', '.join(map(repr, unknown))} is declared but not among the dates.")
    start = _dates(frame, clock_start)
    refuse(start.isna(), frame.index, f"the start of the clock {clock_start!r} is missing")
    for name, column in covariate_dates.items():
        if name in declared:
            continue
        dates = _dates(frame, column)
        if (
            pd.api.types.is_datetime64_any_dtype(dates)
            != pd.api.types.is_datetime64_any_dtype(start)
            and not dates.isna().all()
        ):
            raise ValueError(f"{column!r} and {clock_start!r} must both be dates or both numbers.")
        known = dates.notna().to_numpy()
        after = np.zeros(len(frame), dtype=bool)
        after[known] = (dates[known] > start[known]).to_numpy()
        refuse(
            after, frame.index,
            f"{name!r} is dated ({column!r}) after the clock started ({clock_start!r})",
        )  # fmt: skip
        undated = _undated(frame[name], dates)
        refuse(undated, frame.index, f"{name!r} is set, but {column!r} does not say since when")
