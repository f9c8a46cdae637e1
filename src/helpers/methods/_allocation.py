"""How many deaths to read from each stratum.

Functions
---------
named
    The name of a stratum in words.
listed
    The first few strata in words.
by_label
    One number a stratum from a number for all or a mapping.
shared_out
    Whole numbers in proportion to weights, within bounds.
numbers_of
    How many deaths to read from each stratum.
refuse_names
    Refuse columns with a name that results have.
strata_table
    One row a stratum with the deaths in it.
allocate
    A sample of given size, shared out over the strata.
"""

import math
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import SHOWN, Floats, as_list, check_choice, numbers, refuse, require_columns
from ._random_keys import strata_codes

Method = Literal["proportional", "equal", "neyman"]
Label = tuple[str, ...]

METHODS = ("proportional", "equal", "neyman")
OWN = {
    *("population", "sample", "inclusion_probability", "weight", "method"),
    *("place", "random_number", "drawn", "replaces"),
    *("number", "replaced", "replacement", "reason", "on"),
    *("denominator", "numerator", "mean", "variance", "missing"),
}
"""Names of columns of results, which strata and ids may not have."""


def named(label: Label) -> str:
    """Return the name of a stratum in words.

    Examples
    --------
    >>> named(("2015", "Adult"))
    '2015, Adult'
    """
    return ", ".join(label)


def listed(names: Sequence[Label]) -> str:
    """Return the first few strata in words."""
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return "; ".join(named(label) for label in names[:SHOWN]) + more


def refuse_names(columns: Sequence[str]) -> None:
    """Raise ``ValueError`` for columns of ids and strata with a name that results have, or twice.

    Examples
    --------
    >>> refuse_names(["id", "stratum"])
    """
    for name in columns:
        if name in OWN or list(columns).count(name) > 1:
            raise ValueError(f"A column of ids or strata may not be called {name!r}; rename it.")


def strata_table(frame: pd.DataFrame, columns: Sequence[str], population: str | None) -> tuple:
    """Return strata in the order of their text: labels, deaths in each, and a frame of their keys.

    With ``population`` the frame has one row a stratum already.
    """
    require_columns(frame, [*columns, *([population] if population else [])])
    if not columns or frame.empty:
        raise ValueError("There are no strata: give a column of strata and at least one death.")
    refuse_names(columns)
    code, order = strata_codes(frame, columns)
    first = np.unique(code, return_index=True)[1]
    if population is None:
        counts = np.bincount(code)
    else:
        refuse(pd.Series(code).duplicated(), frame.index, "the stratum comes twice")
        given = numbers(frame, population)
        refuse(~(given >= 1) | (given % 1 != 0), frame.index, "deaths are no whole number above 0")
        counts = given[first].astype(int)
    shown = frame[list(columns)].iloc[first].reset_index(drop=True)
    return order, [int(count) for count in counts], shown


def by_label(given: object, order: Sequence[Label], what: str) -> Floats:
    """Return one number a stratum from a number for all or a mapping by stratum."""
    if not isinstance(given, Mapping):
        return np.full(len(order), float(given))
    known = {
        tuple(map(str, key)) if isinstance(key, tuple) else (str(key),): float(value)
        for key, value in given.items()
    }
    missing = [label for label in order if label not in known]
    unknown = [label for label in known if label not in set(order)]
    if missing or unknown:
        fault = "lacks" if missing else "names what is no stratum:"
        raise ValueError(f"The {what} by stratum {fault} {listed(missing or unknown)}.")
    return np.array([known[label] for label in order])


def _clipped(
    scale: Fraction, weights: Sequence[Fraction], low: Sequence[int], high: Sequence[int]
) -> list[Fraction]:
    return [
        min(max(scale * w, Fraction(a)), Fraction(b))
        for w, a, b in zip(weights, low, high, strict=True)
    ]


def shared_out(
    size: int, weights: Sequence[Fraction], low: Sequence[int], high: Sequence[int]
) -> list[int]:
    """Return whole numbers in proportion to weights within bounds, that sum to ``size``.

    Exact fractions, then largest remainders; of equal remainders the first stratum gets it.

    Examples
    --------
    >>> shared_out(10, [Fraction(w) for w in (50, 30, 1)], [2, 2, 2], [50, 30, 20])
    [5, 3, 2]
    """
    bounds = zip(weights, low, high, strict=True)
    breaks = sorted({Fraction(end) / w for w, a, b in bounds if w for end in (a, b)})
    # The sum grows with the scale, in straight pieces between the breaks.
    reached = bisect_right(breaks, size, key=lambda c: sum(_clipped(c, weights, low, high)))
    if reached == len(breaks):
        exact = _clipped(breaks[-1], weights, low, high) if breaks else [Fraction(a) for a in low]
    else:
        floor = breaks[reached - 1] if reached else Fraction(0)
        free = [w > 0 and a <= floor * w < b for w, a, b in zip(weights, low, high, strict=True)]
        at = _clipped(floor, weights, low, high)
        moving = sum((w for w, f in zip(weights, free, strict=True) if f), Fraction(0))
        more = (size - sum(at)) / moving if moving else Fraction(0)
        exact = [x + more * w if f else x for x, w, f in zip(at, weights, free, strict=True)]
    whole = [math.floor(x) for x in exact]
    order = sorted(range(len(exact)), key=lambda place: (whole[place] - exact[place], place))
    for place in order[: size - sum(whole)]:
        whole[place] += 1
    return whole


def _bounds(populations: Sequence[int], size: int, minimum: int, whole_up_to: int) -> list[int]:
    for name, value in (("minimum", minimum), ("whole_up_to", whole_up_to), ("size", size)):
        if isinstance(value, bool) or value != int(value) or value < 0:
            raise ValueError(f"{name} must be a whole number of at least 0; got {value!r}.")
    low = [n if n <= whole_up_to else min(minimum, n) for n in populations]
    if not 0 < size <= sum(populations):
        raise ValueError(f"The size must lie between 1 and {sum(populations)}, all deaths.")
    if size < sum(low):
        raise ValueError(
            f"A sample of {size} is too small: at least {minimum} from each stratum and all of "
            f"those of {whole_up_to} or fewer come to {sum(low)}. Enlarge the sample, lower the "
            "minimum or join strata."
        )
    return low


def numbers_of(
    populations: Sequence[int],
    size: int,
    method: str,
    spread: Floats | None,
    minimum: int,
    whole_up_to: int,
) -> list[int]:
    """Return how many deaths to read from each stratum."""
    low = _bounds(populations, size, minimum, whole_up_to)
    if method == "neyman":
        each = [n * Fraction(float(s)) for n, s in zip(populations, spread, strict=True)]
    elif method == "equal":
        each = [Fraction(1)] * len(populations)
    else:
        each = [Fraction(n) for n in populations]
    room = sum(n if w else a for n, w, a in zip(populations, each, low, strict=True))
    if size > room:
        # Every stratum with spread is read whole; the rest goes to those without.
        low = [n if w else a for n, w, a in zip(populations, each, low, strict=True)]
        each = [Fraction(n) for n in populations]
    return shared_out(size, each, low, populations)


def allocate(
    frame: pd.DataFrame,
    size: int,
    *,
    strata: str | Sequence[str] = "stratum",
    method: Method = "proportional",
    spread: Mapping | None = None,
    minimum: int = 2,
    whole_up_to: int = 0,
    population: str | None = None,
) -> pd.DataFrame:
    """Share a sample out over the strata.

    Parameters
    ----------
    frame : DataFrame
        One row a death, or with ``population`` one row a stratum. It is not changed.
    size : int
        Deaths to read in all.
    strata : str or sequence of str
        Column or columns of strata: text or whole numbers.
    method : {"proportional", "equal", "neyman"}
        In proportion to the deaths, the same from each, or in proportion to deaths times spread,
        which gives the narrowest limits for the whole.
    spread : mapping, optional
        For "neyman": standard deviation of the outcome in each stratum, which for a share p is
        sqrt(p (1 - p)); keys are strata, or tuples where there are several columns.
    minimum : int
        Fewest deaths from a stratum, or all where it has fewer. With less than two a stratum tells
        nothing of how far its deaths differ.
    whole_up_to : int
        Strata of at most this many deaths are read whole.
    population : str, optional
        Column of the number of deaths, where the frame has one row a stratum.

    Returns
    -------
    DataFrame
        One row a stratum, in the order of its name: strata, population, sample,
        inclusion_probability, weight (deaths that each one read stands for; NaN where none is
        read), method. The samples sum to ``size`` exactly.

    Raises
    ------
    ValueError
        For missing columns, strata that are missing or neither text nor whole numbers, a size that
        is more than there are or less than the minimum asks for, an unknown method, or a spread
        that is missing, negative or 0 throughout.

    Notes
    -----
    Cochran (1977) Sampling Techniques, ch. 5; optimum allocation of Tschuprow (1923) and Neyman
    (1934) J R Stat Soc 97:558. Exact fractions rounded by largest remainders, so no machine rounds
    otherwise.

    Examples
    --------
    >>> deaths = pd.DataFrame({"stratum": ["Adult"] * 70 + ["Older"] * 27 + ["Learning"] * 3})
    >>> allocate(deaths, 20, whole_up_to=5).drop(columns="method").round(3)
        stratum  population  sample  inclusion_probability  weight
    0     Adult          70      12                  0.171   5.833
    1  Learning           3       3                  1.000   1.000
    2     Older          27       5                  0.185   5.400
    """
    check_choice("method", method, METHODS)
    order, populations, shown = strata_table(frame, as_list(strata), population)
    given = None
    if method == "neyman":
        if spread is None:
            raise ValueError("Neyman allocation needs the spread of the outcome by stratum.")
        given = by_label(spread, order, "spread")
        if not np.isfinite(given).all() or (given < 0).any() or not given.any():
            raise ValueError("The spread must be a number of at least 0, and above 0 somewhere.")
    found = numbers_of(populations, size, method, given, minimum, whole_up_to)
    sample, deaths = np.array(found, dtype=np.int64), np.array(populations, dtype=np.int64)
    rule = f"at least {minimum} from each stratum"
    rule += f", all of {whole_up_to} or fewer" if whole_up_to else ""
    return shown.assign(
        population=deaths,
        sample=sample,
        inclusion_probability=sample / deaths,
        weight=np.divide(deaths, sample, out=np.full(len(sample), np.nan), where=sample > 0),
        method=f"{method} allocation, largest remainders; {rule}",
    )
