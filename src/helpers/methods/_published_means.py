"""Published means held against those that bands of time allow.

Functions
---------
against_published
    Published means beside those that the bands allow.
beside_published
    Every mean that the bands give, with the published one where there is one.
agreement
    How many published means the bands allow, and how many come out as published.
open_band_value
    The time that the open-ended band must stand for, for a published mean to come out.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._banded_mean import By, banded_mean
from ._bands import groups_of, mid_points, stacked, table
from ._checks import as_list, numbers, refuse, require_columns

_RESULT = ["value", "low", "high", "numerator", "denominator", "level", "method"]
_AGREEMENT = ["figures", "inside", "outside", "reproduced", "largest"]
_AGREEMENT += ["numerator", "denominator", "value"]


def against_published(
    means: pd.DataFrame,
    published: pd.DataFrame,
    *,
    on: str | Sequence[str] = "year",
    figure: str = "published",
    rounded_to: float = 1.0,
) -> pd.DataFrame:
    """Hold published means against those of the bands: allowed at all, and reproduced.

    Parameters
    ----------
    means : DataFrame
        As `banded_mean` returns it, in the unit of the published figures.
    published : DataFrame
        One row a published figure.
    on : str or sequence of str
        Columns that tell which mean a figure belongs to.
    figure : str
        Column of published figures.
    rounded_to : float
        Unit that the figures were rounded to: they stand for half of it either way.

    Returns
    -------
    DataFrame
        Columns ``on``, ``published``, ``value``, ``low``, ``high``, ``difference`` (value -
        published), ``inside`` (the bands allow the figure, its rounding allowed for),
        ``reproduced`` (it is the value, rounded), ``numerator``, ``denominator``, ``level``,
        ``method``. One row for each figure whose group has bands, in the order of ``published``;
        ``inside`` and ``reproduced`` are missing where the mean is.

    Raises
    ------
    ValueError
        For missing columns, figures that are missing or stand twice for the same group, or a
        rounding unit that is not above zero.

    Examples
    --------
    >>> waits = pd.DataFrame({"year": 2020, "lower": [0, 3], "upper": [3, 6], "count": [5, 5]})
    >>> said = pd.DataFrame({"year": [2020], "published": [4]})
    >>> found = against_published(banded_mean(waits, by="year"), said)
    >>> found[["year", "published", "value", "difference", "inside", "reproduced"]]
       year  published  value  difference  inside  reproduced
    0  2020        4.0    3.0        -1.0    True       False
    """
    names = as_list(on)
    if not (np.isfinite(rounded_to) and rounded_to > 0):
        raise ValueError(f"rounded_to must be a unit above zero; got {rounded_to!r}.")
    require_columns(means, [*names, *_RESULT])
    require_columns(published, [*names, figure])
    refuse(np.isnan(numbers(published, figure)), published.index, f"{figure!r} is missing")
    refuse(published.duplicated(names, keep=False), published.index, "a figure stands twice")
    refuse(means.duplicated(names, keep=False), means.index, "a mean stands twice")
    kept = published[[*names, figure]].rename(columns={figure: "published"})
    both = kept.merge(means[[*names, *_RESULT]], on=names, how="inner")
    said, half = numbers(both, "published"), rounded_to / 2.0 + 1e-9
    value, low, high = (numbers(both, name) for name in ("value", "low", "high"))
    inside = pd.array((low - half <= said) & (said <= high + half), dtype="boolean")
    inside[np.isnan(low)] = pd.NA
    reproduced = pd.array(np.abs(value - said) <= half, dtype="boolean")
    reproduced[np.isnan(value)] = pd.NA
    both["published"] = said
    both = both.assign(difference=value - said, inside=inside, reproduced=reproduced)
    order = ["published", *_RESULT[:3], "difference", "inside", "reproduced", *_RESULT[3:]]
    return both[[*names, *order]]


def agreement(found: pd.DataFrame, *, by: By = None) -> pd.DataFrame:
    """Count the published means that the bands allow, and those that come out as published.

    Parameters
    ----------
    found : DataFrame
        As `against_published` returns it.
    by : str or sequence of str, optional
        Columns that define groups, such as the year where the figures are of areas.

    Returns
    -------
    DataFrame
        Group columns, ``figures`` (published figures with a mean beside them), ``inside``,
        ``outside``, ``reproduced``, ``largest`` (greatest difference either way), ``numerator``
        (reproduced), ``denominator`` (figures), ``value`` (their ratio: these are all the figures
        there are, so it has no limits).

    Raises
    ------
    ValueError
        For missing columns.

    Examples
    --------
    >>> found = pd.DataFrame({"inside": [True, True], "reproduced": [True, False]})
    >>> agreement(found.assign(difference=[0.2, -0.6]))[["figures", "inside", "reproduced"]]
       figures  inside  reproduced
    0        2       2           1
    """
    require_columns(found, ["inside", "reproduced", "difference", *as_list(by)])
    keys, code = groups_of(found, as_list(by))
    results = []
    for group in range(len(keys)):
        mine = found[code == group]
        figures = int(mine["inside"].notna().sum())
        same = int(mine["reproduced"].eq(True).sum())
        inside = int(mine["inside"].eq(True).sum())
        counted = {"figures": figures, "inside": inside, "outside": figures - inside}
        counted |= {"reproduced": same, "largest": mine["difference"].abs().max()}
        counted |= {"numerator": same, "denominator": figures}
        results.append(pd.DataFrame([counted | {"value": same / figures if figures else np.nan}]))
    return stacked(keys, results, _AGREEMENT)


def open_band_value(
    frame: pd.DataFrame,
    published: pd.DataFrame,
    *,
    on: str | Sequence[str] = "year",
    figure: str = "published",
    rounded_to: float = 1.0,
    lower: str = "lower",
    upper: str = "upper",
    count: str = "count",
) -> pd.DataFrame:
    """Find what the open-ended band stands for when the other bands stand for their middles.

    Parameters
    ----------
    frame, lower, upper, count
        See `banded_mean`.
    published, on, figure, rounded_to
        See `against_published`; ``on`` also defines the groups of ``frame``.

    Returns
    -------
    DataFrame
        Columns ``on``, ``published``, ``value`` (time that gives the published mean exactly),
        ``low``, ``high`` (times that give it after rounding), ``possible`` (some of them lie in
        the open-ended band), ``numerator`` (people in that band), ``denominator``, ``level``
        (NaN), ``method``. NaN where nobody is in an open-ended band.

    Raises
    ------
    ValueError
        As for `banded_mean` and `against_published`.

    Notes
    -----
    One convention can have made several figures only if the spans from ``low`` to ``high`` have
    a part in common.

    Examples
    --------
    >>> waits = pd.DataFrame({"year": 2020, "lower": [0, 6], "upper": [6, None], "count": [5, 5]})
    >>> said = pd.DataFrame({"year": [2020], "published": [6]})
    >>> open_band_value(waits, said)[["year", "value", "low", "high", "possible"]]
       year  value  low  high  possible
    0  2020    9.0  8.0  10.0      True
    """
    names = as_list(on)
    means = banded_mean(frame, lower=lower, upper=upper, count=count, by=names)
    checked = against_published(means, published, on=names, figure=figure, rounded_to=rounded_to)
    found = table(frame, lower=lower, upper=upper, counts=[count], by=names)
    start, end, people = found.columns
    endless = np.isinf(end)
    others = np.where(endless, 0.0, people * mid_points(start, end, 0.0))
    parts = found.keys.assign(
        beyond=found.total(np.where(endless, people, 0.0)),
        begins=found.total(np.where(endless, start, 0.0)),
        others=found.total(others),
    )
    both = checked[[*names, "published", "denominator"]].merge(parts, on=names, how="left")
    beyond = both["beyond"].where(both["beyond"].gt(0))

    def needed(mean: pd.Series) -> pd.Series:
        return (mean * both["denominator"] - both["others"]) / beyond

    high = needed(both["published"] + rounded_to / 2.0)
    possible = high.ge(both["begins"]).astype("boolean").where(high.notna(), pd.NA)
    return both.assign(
        value=needed(both["published"]),
        low=needed(both["published"] - rounded_to / 2.0),
        high=high,
        possible=possible,
        numerator=both["beyond"],
        level=np.nan,
        method="bands with two edges at their middles; the open-ended band solved for",
    )[[*names, "published", *_RESULT[:3], "possible", *_RESULT[3:]]]


def beside_published(
    means: pd.DataFrame, published: pd.DataFrame, *, on: str | Sequence[str] = "year"
) -> pd.DataFrame:
    """Set published means beside those of the bands, where anybody published one.

    Parameters
    ----------
    means, published, on
        See `against_published`.

    Returns
    -------
    DataFrame
        ``means`` with ``published``, ``difference``, ``inside`` and ``reproduced``, missing where
        nothing was published.

    Raises
    ------
    ValueError
        As `against_published`.

    Examples
    --------
    >>> waits = pd.DataFrame({"year": [2019, 2020], "lower": 0, "upper": 6, "count": 5})
    >>> said = pd.DataFrame({"year": [2020], "published": [4]})
    >>> found = beside_published(banded_mean(waits, by="year"), said)
    >>> found[["year", "value", "published", "inside"]]
       year  value  published inside
    0  2019    3.0        NaN   <NA>
    1  2020    3.0        4.0   True
    """
    names = as_list(on)
    added = ["published", "difference", "inside", "reproduced"]
    found = against_published(means, published, on=on)
    made = means.merge(found[[*names, *added]], on=names, how="left")
    kinds = {"inside": "boolean", "reproduced": "boolean"}
    kinds |= {"published": "float64", "difference": "float64"}
    return made.astype(kinds)
