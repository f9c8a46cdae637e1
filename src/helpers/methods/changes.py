"""Changes of level at declared dates, and seasons, in a series of counts.

Nothing here looks for a date: a change is estimated where somebody declared one beforehand, with a
reason, and every row says how many dates were looked at.

Functions
---------
step_changes
    The change of level at each declared date, the trend allowed for.
fitted_steps
    The fitted line, interrupted at each declared date, for drawing.
seasonality
    Whether months of the year differ, the trend allowed for, and which stands highest.
"""

from collections.abc import Sequence
from datetime import date

import numpy as np
import pandas as pd

from ._checks import Floats, check_level, refuse
from ._loglinear import Fit, clock, fit
from ._series import Kind, chosen_family, drawn, prepared
from .adjust import benjamini_hochberg

LEAST = 3
"""Periods on either side of a date below which no change of level is estimated."""
RULE = "a period counts as after a date if it starts on the day or later"
STEP_COLUMNS = [
    "date", "reason", "value", "low", "high", "p_value", "adjusted_p", "looked_at", "numerator",
    "denominator", "n_before", "n_after", "dispersion", "level", "method", "note",
]  # fmt: skip

Dates = Sequence[tuple[date, str]]


def _declared(dates: Dates) -> tuple[Floats, list[str]]:
    """Return declared dates in order as times, with their reasons; refuse one without."""
    frame = pd.DataFrame({"day": pd.to_datetime([day for day, _ in dates])})
    reasons = [str(reason).strip() for _, reason in dates]
    refuse([not reason for reason in reasons], frame["day"].dt.date, "the date has no reason")
    order = np.argsort(frame["day"].to_numpy(), kind="stable")
    return clock(frame, "day")[order], [reasons[place] for place in order]


def _sides(t: Floats, at: Floats) -> list[tuple[int, int, str]]:
    """Count the periods before and after each date; say why one has no estimate."""
    cuts = [int((t < moment).sum()) for moment in at]  # periods before each date
    distinct = sorted({0, len(t), *cuts})
    found = []
    for place, cut in enumerate(cuts):
        before = cut - max((other for other in distinct if other < cut), default=cut)
        after = min((other for other in distinct if other > cut), default=cut) - cut
        note = ""
        if cut in (0, len(t)):
            note = "the date lies outside the series"
        elif cut in cuts[:place]:
            note = "the same periods lie after it as after the date above: one change with it"
        elif min(before, after) < LEAST:
            note = f"fewer than {LEAST} periods between it and the next date or the end"
        found.append((before, after, note))
    return found


def _model(x: Floats, n: Floats, t: Floats, at: Floats, family: str) -> tuple[Fit, Floats]:
    steps = [(t >= moment).astype(float) for moment in at]
    centre = t.mean() if len(t) else 0.0
    matrix = np.column_stack([np.ones(len(t)), t - centre, *steps])
    names = ["constant", "time", *(f"step {place}" for place in range(len(at)))]
    return fit(x, n, matrix, names, family=family, errors="model"), matrix


def step_changes(
    frame: pd.DataFrame,
    *,
    dates: Dates,
    numerator: str = "numerator",
    denominator: str = "denominator",
    time: str = "period",
    kind: Kind = "rate",
    family: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Change of level at each declared date, given a common trend.

    Parameters
    ----------
    frame : DataFrame
        One series, one row a period, in order of time. It is not changed.
    dates : sequence of (date, str)
        Declared days with the reason of each.
    numerator, denominator, time : str
        Columns of events, of exposure (or trials), and of time: the first day of each period.
    kind : {"rate", "proportion"}
        Events over exposure, or events among trials.
    family : str, optional
        As for `helpers.methods.trend.trend`.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row a date in order: ``date``, ``reason``, ``value`` (ratio of rates, or of odds, after
        the date to before), ``low``, ``high``, ``p_value``, ``adjusted_p`` and ``looked_at``
        (Benjamini-Hochberg over all dates declared), ``numerator``, ``denominator`` (of the
        series), ``n_before``, ``n_after`` (periods up to the neighbouring dates), ``dispersion``,
        ``level``, ``method`` and ``note``: a date with too few periods on a side, outside the
        series or not to be told from another is not estimated, and the note says why.

    Raises
    ------
    ValueError
        For a date without a reason, missing columns, counts that cannot be right, and times that
        are missing, out of order or there twice.

    Notes
    -----
    Segmented regression with a common slope: Wagner and others (2002) J Clin Pharm Ther 27:299.

    Examples
    --------
    >>> days = pd.to_datetime([f"{year}-01-01" for year in range(2011, 2019)])
    >>> years = pd.DataFrame({"period": days, "numerator": [10] * 4 + [20] * 4, "denominator": 100})
    >>> found = step_changes(years, dates=[(date(2015, 1, 1), "a new form")], family="poisson")
    >>> found[["value", "n_before", "n_after"]].round(3).to_dict("list")
    {'value': [2.0], 'n_before': [4], 'n_after': [4]}
    """
    check_level(level)
    family = chosen_family(family, kind)
    rows, x, n, t = prepared(frame, numerator, denominator, time, [], kind)
    at, reasons = _declared(dates)
    sides = _sides(t, at)
    usable = np.array([not note for _, _, note in sides], dtype=bool)
    found, _ = _model(x, n, t, at[usable], family)
    z, place, made = found.critical(level), 2, []
    days = sorted(pd.to_datetime([day for day, _ in dates]))
    for day, reason, (before, after, note), can in zip(days, reasons, sides, usable, strict=True):
        value = low = high = p = np.nan
        if can:
            step, error = found.estimate[place], np.sqrt(found.covariance[place, place])
            value, low, high = np.exp([step, step - z * error, step + z * error])
            p = float(found.p_value(np.asarray(step / error))) if error > 0 else np.nan
            place, note = place + 1, found.note
        made.append(
            (day, reason, value, low, high, p, np.nan, len(days), x.sum(), n.sum(), before, after,
             found.dispersion, float(level), f"{found.method}; {RULE}", note)
        )  # fmt: skip
    result = pd.DataFrame(made, columns=STEP_COLUMNS)
    return result.assign(adjusted_p=benjamini_hochberg(result["p_value"].to_numpy(dtype=float)))


def fitted_steps(
    frame: pd.DataFrame,
    *,
    dates: Dates,
    numerator: str = "numerator",
    denominator: str = "denominator",
    time: str = "period",
    kind: Kind = "rate",
    family: str | None = None,
    per: float = 1.0,
    level: float = 0.95,
) -> pd.DataFrame:
    """Fitted values of `step_changes` with limits of the line, interrupted at each date.

    Parameters
    ----------
    frame, dates, numerator, denominator, time, kind, family, level
        As for `step_changes`.
    per : float
        Units of exposure of a rate.

    Returns
    -------
    DataFrame
        The rows that were fitted, with ``value``, ``low``, ``high``, ``segment`` (dates that lie
        before the period), ``level`` and ``method``.

    Raises
    ------
    ValueError
        As `step_changes`.

    Examples
    --------
    >>> days = pd.to_datetime([f"{year}-01-01" for year in range(2011, 2019)])
    >>> years = pd.DataFrame({"period": days, "numerator": [10] * 4 + [20] * 4, "denominator": 100})
    >>> line = fitted_steps(years, dates=[(date(2015, 1, 1), "a new form")], family="poisson")
    >>> line["segment"].tolist(), line["value"].round(2).unique().tolist()
    ([0, 0, 0, 0, 1, 1, 1, 1], [0.1, 0.2])
    """
    check_level(level)
    family = chosen_family(family, kind)
    rows, x, n, t = prepared(frame, numerator, denominator, time, [], kind)
    at, _ = _declared(dates)
    usable = np.array([not note for _, _, note in _sides(t, at)], dtype=bool)
    found, matrix = _model(x, n, t, at[usable], family)
    segment = (t[:, None] >= at[None, :]).sum(axis=1)
    return drawn(rows, found, matrix, kind, per, level).assign(segment=segment)


def seasonality(
    frame: pd.DataFrame,
    *,
    numerator: str = "numerator",
    denominator: str = "denominator",
    time: str = "period",
    kind: Kind = "rate",
    family: str | None = None,
    level: float = 0.95,
) -> pd.DataFrame:
    """Test whether calendar months differ, the trend allowed for, and name the highest.

    Parameters
    ----------
    frame, numerator, denominator, time, kind, family, level
        As for `step_changes`; one row a month, two years of them at least.

    Returns
    -------
    DataFrame
        One row: ``statistic`` (F, or chi-squared over df for a family without dispersion), ``df``,
        ``p_value`` (of all months together), ``peak`` (name of the highest month), ``value``,
        ``low``, ``high`` (its rate, or odds, over the geometric mean of the months),
        ``numerator``, ``denominator``, ``n``, ``dispersion``, ``level``, ``method`` and ``note``,
        which says why there is no test. The peak was chosen for being highest, so its interval is
        too favourable to it.

    Raises
    ------
    ValueError
        As `step_changes`, and for times that are no dates.

    Notes
    -----
    Wald test of eleven month factors; McCullagh and Nelder (1989) Generalized Linear Models.

    Examples
    --------
    >>> days = pd.date_range("2011-01-01", periods=36, freq="MS")
    >>> winter = pd.DataFrame({"period": days, "numerator": 20, "denominator": 100})
    >>> winter.loc[winter["period"].dt.month.eq(1), "numerator"] = 30
    >>> found = seasonality(winter, family="poisson")
    >>> found.loc[0, "peak"], round(float(found.loc[0, "value"]), 2)
    ('January', 1.45)
    """
    from scipy.special import fdtrc

    check_level(level)
    family = chosen_family(family, kind)
    rows, x, n, t = prepared(frame, numerator, denominator, time, [], kind)
    row: dict[str, object] = {
        "statistic": np.nan, "df": 11, "p_value": np.nan, "peak": "", "value": np.nan,
        "low": np.nan, "high": np.nan, "numerator": x.sum(), "denominator": n.sum(), "n": len(x),
        "dispersion": np.nan, "level": float(level), "method": "", "note": "",
    }  # fmt: skip
    if not pd.api.types.is_datetime64_any_dtype(rows[time]):
        raise ValueError(f"{time!r} holds no dates; months cannot be told from it.")
    month = rows[time].dt.month.to_numpy()
    if len(x) < 24 or len(np.unique(month)) < 12:
        return pd.DataFrame([row | {"note": "fewer than two years of months: no test of season"}])
    coded = (month[:, None] == np.arange(2, 13)[None, :]).astype(float)
    matrix = np.column_stack([np.ones(len(t)), t - t.mean(), coded])
    names = ["constant", "time", *(f"month {number}" for number in range(2, 13))]
    found = fit(x, n, matrix, names, family=family, errors="model")
    row |= {"dispersion": found.dispersion, "method": found.method, "note": found.note}
    effects, covariance = found.estimate[2:], found.covariance[2:, 2:]
    if found.note or not np.isfinite(covariance).all():
        return pd.DataFrame([row])
    statistic = float(effects @ np.linalg.solve(covariance, effects)) / 11
    quasi = family.startswith("quasi")
    df = float(found.df) if quasi else 1e9
    # Each month against the mean of all twelve, January standing at 0.
    contrast = np.vstack([np.zeros(11), np.eye(11)]) - np.full((12, 11), 1 / 12)
    against = contrast @ effects
    peak = int(np.argmax(against))
    reach = found.critical(level) * np.sqrt(contrast[peak] @ covariance @ contrast[peak])
    value, low, high = np.exp([against[peak], against[peak] - reach, against[peak] + reach])
    return pd.DataFrame(
        [
            row
            | {
                "statistic": statistic, "p_value": float(fdtrc(11, df, statistic)), "value": value,
                "low": low, "high": high, "peak": date(2000, peak + 1, 1).strftime("%B"),
            }
        ]
    )  # fmt: skip
