"""What waits, what comes in and what goes out, year by year.

Functions
---------
stock_and_flow
    Opening stock, inflow, outflow, closing stock, what does not add up, and the implied wait.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._checks import Floats, as_list, numbers, refuse, require_columns

COLUMNS = [
    "opening",
    "inflow",
    "outflow",
    "closing",
    "expected",
    "residual",
    "residual_share",
    "months_of_work",
    "value",
    "low",
    "high",
    "numerator",
    "denominator",
    "steady",
    "level",
    "method",
]
METHOD = (
    "Little's law: mean of opening and closing stock over the mean of inflow and outflow, in "
    "months; the bounds take the greater and the smaller of the two flows and are not confidence "
    "limits; holds for a steady stock only, here one whose flows differ by at most {:.0%} and "
    "that changed by at most {:.0%}"
)


def _over(part: Floats, whole: Floats) -> Floats:
    """Return a ratio that is missing where there is nothing to divide by."""
    return part / np.where(whole > 0, whole, np.nan)


def stock_and_flow(
    frame: pd.DataFrame,
    *,
    year: str = "year",
    stock: str = "stock",
    inflow: str = "inflow",
    outflow: str = "outflow",
    by: str | Sequence[str] | None = None,
    steady_within: float = 0.1,
) -> pd.DataFrame:
    """Hold what waits against what came in and went out, and derive the wait that they imply.

    Parameters
    ----------
    frame : DataFrame
        One row a unit and year. It is not changed.
    year : str
        Column of years, whole numbers.
    stock : str
        Column of what waits at the end of the year.
    inflow, outflow : str
        Columns of what came in and what went out in the year.
    by : str or sequence of str, optional
        Columns that define units.
    steady_within : float
        Share by which the flows may differ, and the stock may change, in a steady year.

    Returns
    -------
    DataFrame
        Unit columns, ``year``, ``opening`` (the stock at the end of the year before; NaN where
        that year is not there), ``inflow``, ``outflow``, ``closing``, ``expected`` (opening +
        inflow - outflow), ``residual`` (closing - expected: what the published counts leave
        unexplained), ``residual_share`` (of the inflow), ``months_of_work`` (12 closing /
        outflow: how long the stock would last if nothing came in), ``value`` (implied mean
        months in the system), ``low``, ``high`` (bounds, not confidence limits), ``numerator``
        (mean stock), ``denominator`` (mean of inflow and outflow), ``steady`` (True, False, or
        missing where it cannot be told), ``level`` (NaN), ``method``. NaN where a count is
        missing or where nothing flowed.

    Raises
    ------
    ValueError
        For missing columns, years that are missing or no whole numbers, a year that stands
        twice in a unit, negative or infinite counts, or a share that is not above zero.

    Notes
    -----
    Little (1961) Operations Research 9:383: the mean number in a system is the rate of arrival
    times the mean time in it. It holds for long-run averages of a stationary system. In a year
    in which the stock grew or shrank ``value`` is only an order of size, and ``steady`` says so.
    The stock between two ends of years is taken to be their mean.

    Examples
    --------
    >>> two = pd.DataFrame({"year": [2019, 2020], "stock": [50, 55], "inflow": [100, 110]})
    >>> two["outflow"] = [100, 100]
    >>> found = stock_and_flow(two)
    >>> found[["year", "opening", "expected", "residual", "months_of_work", "value"]]
       year  opening  expected  residual  months_of_work  value
    0  2019      NaN       NaN       NaN             6.0    NaN
    1  2020     50.0      60.0      -5.0             6.6    6.0
    """
    if not steady_within > 0:
        raise ValueError(f"steady_within must be a share above zero; got {steady_within!r}.")
    units = as_list(by)
    require_columns(frame, [year, stock, inflow, outflow, *units])
    when = numbers(frame, year)
    refuse(np.isnan(when) | (when != np.round(when)), frame.index, f"{year!r} is no whole year")
    for name in (stock, inflow, outflow):
        count = numbers(frame, name)
        refuse(count < 0, frame.index, f"the count {name!r} is negative")
        refuse(np.isinf(count), frame.index, f"the count {name!r} is infinite")
    twice = frame.duplicated([*units, year], keep=False)
    refuse(twice, frame.index, "the same unit and year stand more than once")
    rows = frame.sort_values([*units, year], kind="stable").reset_index(drop=True)
    years = numbers(rows, year)
    closing, came, went = (numbers(rows, name) for name in (stock, inflow, outflow))
    unit = (
        rows.groupby(units, dropna=False, observed=True, sort=False).ngroup().to_numpy()
        if units
        else np.zeros(len(rows))
    )
    follows = (np.diff(unit, prepend=-1) == 0) & (np.diff(years, prepend=np.nan) == 1)
    opening = np.where(follows, np.r_[np.nan, closing][: len(rows)], np.nan)
    expected = opening + came - went
    mean_stock, mean_flow = (opening + closing) / 2.0, (came + went) / 2.0
    unsteady = np.abs(came - went) > steady_within * mean_flow
    unsteady |= np.abs(closing - opening) > steady_within * mean_stock
    known = np.isfinite(mean_stock) & np.isfinite(mean_flow)
    found = {
        "opening": opening,
        "inflow": came,
        "outflow": went,
        "closing": closing,
        "expected": expected,
        "residual": closing - expected,
        "residual_share": _over(closing - expected, came),
        "months_of_work": _over(12.0 * closing, went),
        "value": _over(12.0 * mean_stock, mean_flow),
        "low": _over(12.0 * mean_stock, np.maximum(came, went)),
        "high": _over(12.0 * mean_stock, np.minimum(came, went)),
        "numerator": mean_stock,
        "denominator": np.where(known, mean_flow, np.nan),
        "steady": pd.array(~unsteady, dtype="boolean"),
        "level": np.nan,
        "method": METHOD.format(steady_within, steady_within),
    }
    found["steady"][~known] = pd.NA
    result = pd.DataFrame(found, index=rows.index)[COLUMNS]
    return pd.concat([rows[[*units, year]], result], axis=1)
