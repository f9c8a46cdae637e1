"""Pairs of records about the same people: which to compare, and how far each field agrees.

The records of two lists are turned into whole numbers once; pairs are positions in the two lists.
What a level of agreement is worth is for :mod:`helpers.methods.linkage` to say.

Functions
---------
coded
    Two lists of records as whole numbers, so that pairs can be compared in bulk.
within
    Pairs whose keys lie in a range, in portions: what makes the candidates.
random_pairs
    Pairs drawn at random.
comparisons
    The level of agreement of each pair on each field.

Classes
-------
Coded
    Two lists of records as whole numbers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import require_columns

Ints = NDArray[np.int64]

LEVELS: dict[str, tuple[str, ...]] = {
    "nhs_number": ("agree", "one slip", "disagree"),
    "dob": ("agree", "day and month swapped", "one part differs", "disagree"),
    "surname": ("agree", "sound alike", "disagree"),
    "forename": ("agree", "same initial", "disagree"),
    "sex": ("agree", "disagree"),
    "day": ("same day", "1 to 7 days", "more than 7 days"),
}
"""Levels of each field, best first. Missing on either side is no level."""

NEAR = 7
"""Days within which two days count as near."""

# |a - b| of two numbers that are one digit, or two neighbouring digits exchanged, apart.
_SLIPS = np.unique([k * s * 10**p for k in range(1, 10) for s in (1, 9) for p in range(10)])


@dataclass(frozen=True)
class Coded:
    """Two lists of records as whole numbers; -1 where a value is missing.

    Parameters
    ----------
    left, right : dict of ndarray
        One array for each of nhs_number, year, month, date (of the month), surname, sound,
        forename, initial, sex, day (since 1970).

    Examples
    --------
    >>> Coded({"sex": np.array([0, 1])}, {"sex": np.array([0])}).left["sex"].tolist()
    [0, 1]
    """

    left: dict[str, Ints]
    right: dict[str, Ints]


def _codes(left: pd.Series, right: pd.Series) -> tuple[Ints, Ints]:
    """Text as whole numbers shared by both lists; blank is missing."""
    text = pd.concat([left, right], ignore_index=True)
    codes = pd.factorize(text.where(text.ne("")))[0].astype(np.int64)
    return codes[: len(left)], codes[len(left) :]


def _ten_digits(text: pd.Series) -> Ints:
    """Ten digits as a number; anything else, and ten times one digit, is missing."""
    held = text.str.fullmatch(r"[0-9]{10}").fillna(value=False).to_numpy(bool)
    number = np.full(len(text), -1, np.int64)
    number[held] = text[held].to_numpy(dtype="U10").astype(np.int64)
    return np.where(number % 1_111_111_111 == 0, -1, number)


def _days(days: pd.Series) -> Ints:
    whole = days.to_numpy("datetime64[D]").astype(np.int64)
    return np.where(days.isna(), -1_000_000, whole)


def coded(left: pd.DataFrame, right: pd.DataFrame) -> Coded:
    """Return two lists of records as whole numbers, so that pairs can be compared in bulk.

    Parameters
    ----------
    left, right : DataFrame
        Columns nhs_number (ten digits), surname, surname_soundex, forename, sex as text, blank
        or missing where there is none; dob and day (of the death, of the incident) as dates.

    Returns
    -------
    Coded
        The same records in the same order.

    Raises
    ------
    ValueError
        Naming the columns that are not there.

    Examples
    --------
    >>> row = {"nhs_number": "", "surname": "OWEN", "surname_soundex": "O500", "forename": "ANN"}
    >>> row |= {"sex": "F", "dob": pd.Timestamp("1950-03-04"), "day": pd.NaT}
    >>> one = pd.DataFrame([row])
    >>> both = coded(one, one)
    >>> both.left["year"].tolist(), both.left["nhs_number"].tolist()
    ([1950], [-1])
    """
    columns = ["nhs_number", "dob", "surname", "surname_soundex", "forename", "sex", "day"]
    sides: tuple[dict[str, Ints], dict[str, Ints]] = ({}, {})
    for frame, side in zip((left, right), sides, strict=True):
        require_columns(frame, columns)
        born = pd.to_datetime(frame["dob"])
        for name in ("year", "month", "day"):
            part = getattr(born.dt, name).fillna(-1).to_numpy(np.int64)
            side["date" if name == "day" else name] = part
        side["nhs_number"] = _ten_digits(frame["nhs_number"].astype("str"))
        side["day"] = _days(pd.to_datetime(frame["day"]))
    texts = {
        "surname": [frame["surname"] for frame in (left, right)],
        "sound": [frame["surname_soundex"] for frame in (left, right)],
        "forename": [frame["forename"] for frame in (left, right)],
        "initial": [frame["forename"].astype("str").str[:1] for frame in (left, right)],
        "sex": [frame["sex"].mask(frame["sex"].isin(["NK", "NR"])) for frame in (left, right)],
    }
    for name, (first, second) in texts.items():
        sides[0][name], sides[1][name] = _codes(first.astype("str"), second.astype("str"))
    return Coded(*sides)


def within(
    keys: Ints, low: Ints, high: Ints, *, portion: int = 2_000_000
) -> Iterator[tuple[Ints, Ints]]:
    """Yield pairs of a record on the left whose key lies in the range of one on the right.

    Parameters
    ----------
    keys : ndarray
        Key of each record on the left; negative: it is in no pair.
    low, high : ndarray
        Lowest and highest key for each record on the right; a negative ``high``: in no pair.
    portion : int
        Pairs at a time, so that no more are held than memory allows.

    Yields
    ------
    tuple of ndarray
        Positions on the left and on the right.

    Examples
    --------
    >>> keys, wanted = np.array([3, 5, 3, -1]), np.array([3, 5, -1])
    >>> [(a.tolist(), b.tolist()) for a, b in within(keys, wanted, wanted)]
    [([0, 2, 1], [0, 0, 1])]
    """
    order = np.argsort(keys, kind="stable")
    held = keys[order]
    start = np.searchsorted(held, np.maximum(low, 0), "left")
    count = np.where(high < 0, 0, np.searchsorted(held, high, "right") - start)
    ends = np.cumsum(np.maximum(count, 0))
    first = 0
    while first < len(count):
        before = ends[first - 1] if first else 0
        last = max(int(np.searchsorted(ends, before + portion, "right")), first + 1)
        size = np.maximum(count[first:last], 0)
        second = np.repeat(np.arange(first, last), size)
        offset = start[first:last] - (ends[first:last] - size - before)
        place = np.repeat(offset, size) + np.arange(len(second))
        if len(second):
            yield order[place], second
        first = last


def random_pairs(left: int, right: int, pairs: int, *, seed: int) -> tuple[Ints, Ints]:
    """Return pairs drawn at random, with replacement, or all pairs where there are no more.

    Parameters
    ----------
    left, right, pairs : int
        Records in each list, and pairs to draw.
    seed : int
        The same seed draws the same pairs.

    Returns
    -------
    tuple of ndarray
        Positions on the left and on the right.

    Examples
    --------
    >>> [len(side) for side in random_pairs(10, 4, 20, seed=1)]
    [20, 20]
    >>> [side.tolist() for side in random_pairs(1, 2, 20, seed=1)]
    [[0, 0], [0, 1]]
    """
    if left * right <= pairs:
        every = np.arange(left * right)
        return every // max(right, 1), every % max(right, 1)
    draw = np.random.default_rng(seed)
    return draw.integers(left, size=pairs), draw.integers(right, size=pairs)


def _one_slip(a: Ints, b: Ints) -> NDArray[np.bool_]:
    """Whether two numbers differ in one digit, or in two neighbouring digits exchanged."""
    apart = np.abs(a - b)
    slip = _SLIPS[np.minimum(np.searchsorted(_SLIPS, apart), len(_SLIPS) - 1)] == apart
    maybe = np.flatnonzero(slip)
    if len(maybe):  # the digits themselves, for the few whose difference allows it
        tens = 10 ** np.arange(10)
        x, y = a[maybe, None] // tens % 10, b[maybe, None] // tens % 10
        unlike = x != y
        next_to = unlike[:, :-1] & unlike[:, 1:] & (x[:, :-1] == y[:, 1:]) & (x[:, 1:] == y[:, :-1])
        changed = unlike.sum(axis=1)
        slip[maybe] = (changed == 1) | ((changed == 2) & next_to.any(axis=1))
    return slip


def comparisons(records: Coded, left: Ints, right: Ints) -> pd.DataFrame:
    """Return the level of agreement of each pair on each field.

    Parameters
    ----------
    records : Coded
        The two lists.
    left, right : ndarray
        Positions of the two records of each pair.

    Returns
    -------
    DataFrame
        One row a pair, one categorical column for each field of :data:`LEVELS`; missing where
        either side is. ``one slip``: one digit wrong or two neighbouring digits exchanged, which
        two numbers with a valid check digit never are. ``one part differs``: day, month or year.

    Examples
    --------
    >>> row = {"nhs_number": "", "surname": "OWEN", "surname_soundex": "O500", "forename": "ANN"}
    >>> row |= {"sex": "F", "dob": pd.Timestamp("1950-03-04"), "day": pd.Timestamp("2014-01-09")}
    >>> other = row | {"dob": pd.Timestamp("1950-04-03"), "forename": "AGNES"}
    >>> both = coded(pd.DataFrame([row]), pd.DataFrame([other]))
    >>> for field, level in comparisons(both, np.array([0]), np.array([0])).iloc[0].items():
    ...     print(field, level, sep=": ")
    nhs_number: nan
    dob: day and month swapped
    surname: agree
    forename: same initial
    sex: agree
    day: same day
    """
    levels: dict[str, NDArray[np.int8]] = {}

    def both(name: str) -> tuple[Ints, Ints, NDArray[np.bool_]]:
        a, b = records.left[name][left], records.right[name][right]
        return a, b, (a < 0) | (b < 0)

    a, b, missing = both("nhs_number")
    level = np.where(a == b, 0, 2).astype(np.int8)
    unlike = np.flatnonzero((level == 2) & ~missing)
    level[unlike[_one_slip(a[unlike], b[unlike])]] = 1
    levels["nhs_number"] = np.where(missing, -1, level)

    a, b, missing = both("year")
    same_year = a == b
    month, other_month, _ = both("month")
    date, other_date, _ = both("date")
    parts = same_year.astype(np.int8) + (month == other_month) + (date == other_date)
    level = np.where(parts == 3, 0, np.where(parts == 2, 2, 3)).astype(np.int8)
    swapped = same_year & (parts < 3) & (month == other_date) & (date == other_month)
    level[swapped] = 1
    levels["dob"] = np.where(missing, -1, level)

    for name, near in (("surname", "sound"), ("forename", "initial")):
        a, b, missing = both(name)
        a_near, b_near, _ = both(near)
        level = np.where(a == b, 0, np.where((a_near == b_near) & (a_near >= 0), 1, 2))
        levels[name] = np.where(missing, -1, level).astype(np.int8)

    a, b, missing = both("sex")
    levels["sex"] = np.where(missing, -1, a != b).astype(np.int8)

    a, b = records.left["day"][left], records.right["day"][right]
    apart = np.abs(a - b)
    level = np.where(apart == 0, 0, np.where(apart <= NEAR, 1, 2))
    levels["day"] = np.where((a < -500_000) | (b < -500_000), -1, level).astype(np.int8)
    return pd.DataFrame(
        {
            field: pd.Categorical.from_codes(levels[field], categories=list(names), validate=False)
            for field, names in LEVELS.items()
        },
        copy=False,
    )
