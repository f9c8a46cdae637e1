"""A change between two periods, split into shares within groups and the mix of groups.

Functions
---------
kitagawa
    The part of a change from rates within strata, and the part from their composition.
"""

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import (
    as_list,
    check_choice,
    check_counts,
    check_exposure,
    critical,
    numbers,
    refuse,
    require_columns,
)
from ._strata import named, positions

METHOD = "Kitagawa (1955), each part weighted by the mean of the two periods; delta limits"
TOTAL = "All together"


def kitagawa(
    frame: pd.DataFrame,
    *,
    by: str,
    strata: str | Sequence[str],
    first: object,
    last: object,
    numerator: str = "numerator",
    denominator: str = "denominator",
    kind: Literal["proportion", "rate"] = "proportion",
    level: float = 0.95,
) -> pd.DataFrame:
    """Split the change of a rate between two periods into a rate part and a composition part.

    Parameters
    ----------
    frame : DataFrame
        One row a period and stratum. It is not changed.
    by : str
        Column of the period.
    strata : str or sequence of str
        Columns that define strata.
    first, last : object
        The two periods, as ``by`` holds them; other rows are left out.
    numerator, denominator : str
        Columns of events, and of trials or exposure.
    kind : {"proportion", "rate"}
        Binomial or Poisson variance of the events.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        One row a stratum in order of appearance and a last one for all together
        (``stratum`` names it): ``first_mix``, ``last_mix`` (shares of the whole), ``first_value``,
        ``last_value``, ``rate_part``, ``mix_part``, ``change`` (their sum), and for all together
        ``rate_low``, ``rate_high``, ``mix_low``, ``mix_high``; ``numerator`` and ``denominator``
        (of the last period), ``level`` and ``method``. Empty without rows of either period.

    Raises
    ------
    ValueError
        For missing columns, a stratum without a row or without exposure in one of the periods
        (named), a stratum there twice, and counts that cannot be right.

    Notes
    -----
    Kitagawa (1955) J Am Stat Assoc 50:1168. With c the share of a stratum in the whole and r its
    rate, the rate part is the sum of mean(c) times the change of r, and the mix part the sum of
    mean(r) times the change of c. The composition is taken as known; limits carry the chance in
    the events; they are too narrow where strata have a handful of events, and missing where every
    stratum has none or all. A part by stratum of the mix depends on all other strata and is shown
    for its size.

    Examples
    --------
    >>> rows = pd.DataFrame({"year": [1, 1, 2, 2], "age": ["young", "old"] * 2,
    ...     "numerator": [10, 40, 12, 90], "denominator": [100, 100, 100, 200]})
    >>> found = kitagawa(rows, by="year", strata="age", first=1, last=2).iloc[-1]
    >>> found[["rate_part", "mix_part", "change"]].astype(float).round(4).tolist()
    [0.0375, 0.0525, 0.09]
    """
    check_choice("kind", kind, ("proportion", "rate"))
    z, layers = critical(level), as_list(strata)
    require_columns(frame, [by, *layers, numerator, denominator])
    both = frame[frame[by].isin([first, last])].reset_index(drop=True)
    x, n = numbers(both, numerator), numbers(both, denominator)
    names = named(both[layers])
    if kind == "proportion":
        check_counts(x, n, names)
    else:
        check_exposure(x, n, names)
    refuse(np.isnan(x + n), names, "a count or exposure is missing")
    refuse(n == 0, names, "nobody is in this stratum in one of the periods: leave it out of both")
    code, keys = positions(both, layers)
    when = both[by].eq(last).to_numpy().astype(int)
    if pd.Series(code * 2 + when).duplicated().any():
        raise ValueError("A stratum occurs twice in a period.")
    events, size = np.full((2, len(keys)), np.nan), np.full((2, len(keys)), np.nan)
    events[when, code], size[when, code] = x, n
    words = named(keys)
    refuse(np.isnan(size).any(axis=0), words, "this stratum has no row in one of the periods")
    share, rate = size / size.sum(axis=1, keepdims=True), events / size
    rate_part = share.mean(axis=0) * (rate[1] - rate[0])
    mix_part = rate.mean(axis=0) * (share[1] - share[0])
    variance = rate * (1.0 - rate) / size if kind == "proportion" else rate / size
    rate_error = np.sqrt((share.mean(axis=0) ** 2 * variance).sum())
    mix_error = np.sqrt((((share[1] - share[0]) / 2.0) ** 2 * variance).sum())
    result = keys.assign(
        stratum=words, first_mix=share[0], last_mix=share[1], first_value=rate[0],
        last_value=rate[1], rate_part=rate_part, mix_part=mix_part, change=rate_part + mix_part,
        numerator=events[1], denominator=size[1],
    )  # fmt: skip
    if len(result):
        whole = events.sum(axis=1) / size.sum(axis=1)
        total = {
            "stratum": TOTAL, "first_mix": 1.0, "last_mix": 1.0, "first_value": whole[0],
            "last_value": whole[1], "rate_part": rate_part.sum(), "mix_part": mix_part.sum(),
            "change": rate_part.sum() + mix_part.sum(), "numerator": events[1].sum(),
            "denominator": size[1].sum(), **dict.fromkeys(layers, TOTAL),
        }  # fmt: skip
        result = pd.concat([result, pd.DataFrame([total])], ignore_index=True)
    # None or all of each stratum: the estimated variance is 0, which is no certainty.
    certain = not (variance > 0).any()
    for name, error in (("rate", rate_error), ("mix", mix_error)):
        for end, way in (("low", -1.0), ("high", 1.0)):
            values = np.full(len(result), np.nan)
            if not certain or error > 0:
                values[-1:] = result[f"{name}_part"].to_numpy(dtype=float)[-1:] + way * z * error
            result[f"{name}_{end}"] = values
    return result.assign(level=float(level), method=METHOD)
