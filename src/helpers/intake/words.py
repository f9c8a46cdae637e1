"""Words in place of values, and values through an explicit map.

- :func:`word_key`: a word without its capitals and spaces, to compare it by.
- :func:`missing_codes`: which values are words for a missing value, and the code of each.
- :func:`without_missing`: text without the words for missing values (X04).
- :class:`Coded`: values by an explicit map, with what the map does not hold.
- :func:`coded`: values through a map; words for missing values become codes (X04).

Maps whose rows hold between two days are in :mod:`helpers.intake.dated_maps`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.intake.hits import distinct, hits, positions_of

_WORDS = {
    "NR": "NR|N/R|not recorded|none recorded|nothing recorded|not stated|not specified|"
    "not available|not entered|not completed|missing|blank|null|(null)|<null>|nan|nat|none given|"
    "tbc|tba|t.b.c.|to be confirmed|to be advised|-|--|---|–|—|?|??|???|.|..|...|#N/A|"
    "#VALUE!|#REF!|#NAME?|#DIV/0!|#NULL!|#NUM!",
    "NK": "NK|N/K|N.K.|not known|unknown|unk|u/k|don't know|dk",
    "NA": "NA|N/A|N.A.|not applicable",
    "WH": "WH|withheld|refused|declined|declined to give|declined to answer|prefer not to say",
}
_REASONS = {
    "NR": "not recorded",
    "NK": "not known",
    "NA": "not applicable",
    "WH": "withheld by the person or the trust",
}


def word_key(word: object) -> str:
    """Return a word without its capitals and spaces.

    Examples
    --------
    >>> word_key(" Not  Known ")
    'notknown'
    """
    return "".join(str(word).casefold().split())


COMMON = {word_key(word): code for code, words in _WORDS.items() for word in words.split("|")}
"""Words that every trust uses for a missing value, as keys, and the code of each."""


def missing_codes(values: pd.Series, missing: Mapping[str, str] | None = None) -> pd.Series:
    """Return NR, NK, NA or WH where a value is a word for a missing value, else "".

    Parameters
    ----------
    values : Series
        Distinct values.
    missing : mapping, optional
        Words of this column beyond :data:`COMMON`, or with another code than there.

    Examples
    --------
    >>> missing_codes(pd.Series(["N/K", "ward 3", "not given"]), {"Not given": "NR"}).tolist()
    ['NK', '', 'NR']
    """
    table = COMMON | {word_key(word): code for word, code in (missing or {}).items()}
    return pd.Series(
        [table.get(word_key(value), "") for value in values], index=values.index, dtype="str"
    )


class Coded(NamedTuple):
    """Values by an explicit map.

    Parameters
    ----------
    values : Series
        Canonical values; "" where the map does not hold the value.
    hits : DataFrame
        What was odd, as :func:`hits`.
    unmapped : dict
        Each value that the map does not hold, with the positions it stands in.
    """

    values: pd.Series
    hits: pd.DataFrame
    unmapped: dict[str, pd.Index]


def _word_hits(
    which: np.ndarray, found: pd.Series, codes: pd.Series, index: pd.Index
) -> pd.DataFrame:
    """Return a hit (X04) for each word that stands for a missing value, with its code."""
    rows = np.flatnonzero(codes.ne("").to_numpy()[which])
    met = pd.DataFrame({"value": found, "code": codes, "reason": codes.map(_REASONS)})
    met = met.iloc[which[rows]]
    return hits(
        "X04",
        rows,
        index=index,
        values=met["value"],
        new_values=met["code"],
        action="no value",
        reason=met["reason"],
    )


def without_missing(
    text: pd.Series, *, missing: Mapping[str, str] | None = None
) -> tuple[pd.Series, pd.DataFrame]:
    """Return text that is missing where it is blank or a word for a missing value.

    Parameters
    ----------
    text : Series
        Text.
    missing : mapping, optional
        Words for a missing value beyond the common ones, with their codes.

    Returns
    -------
    tuple
        Text, and hits (X04, "no value") for words; a blank cell gives none.

    Examples
    --------
    >>> values, met = without_missing(pd.Series(["Team  A", "", "tbc"]))
    >>> values.tolist(), met["value"].tolist()
    (['Team A', nan, nan], ['tbc'])
    """
    which, found = distinct(text)
    codes = missing_codes(found, missing)
    kept = found.mask(found.eq("") | codes.ne(""))
    values = pd.Series(kept.array.take(which), index=text.index)
    return values, _word_hits(which, found, codes, text.index)


def coded(
    text: pd.Series,
    *,
    mapping: Mapping[str, object] | None = None,
    missing: Mapping[str, str] | None = None,
    blank: str = "NR",
) -> Coded:
    """Return values through a map; capitals and spaces make no difference to its keys.

    A value that the map holds is taken without a flag, also where it is a common word for a
    missing value: the map was declared. Other words for missing values become their code, with a
    flag. Whatever else is met is listed: it is for a person to map, never for the suite to guess.

    Parameters
    ----------
    text : Series
        Text.
    mapping : mapping, optional
        Canonical value by raw value; without it the text itself is the value.
    missing : mapping, optional
        Words for a missing value beyond the common ones, with their codes.
    blank : str
        What a blank cell becomes, without a flag: ``NR`` in a column of codes, "" in text.

    Returns
    -------
    Coded
        Values, hits (X04, "no value", the code as the new value) and unmapped values.

    Raises
    ------
    InputError
        Where the map gives two meanings to one value.

    Examples
    --------
    >>> given = coded(pd.Series(["male", "N/K", "", "Mail"]), mapping={"Male": "M"})
    >>> given.values.tolist(), {value: list(at) for value, at in given.unmapped.items()}
    (['M', 'NK', 'NR', ''], {'Mail': [3]})
    """
    which, found = distinct(text)
    if mapping is None:
        value = found.mask(found.eq(""), blank)
    else:
        table: dict[str, str] = {"": blank}
        for raw, canonical in mapping.items():
            key = word_key(raw)
            if key and table.get(key, str(canonical)) != str(canonical):
                raise InputError.one(
                    f"the map gives two meanings to {raw!r}",
                    "case.yml",
                    "Keep one of them: capitals and spaces are not told apart.",
                )
            table[key] = str(canonical)
        value = found.map({raw: table.get(word_key(raw)) for raw in found}).astype("str")
    words = missing_codes(found, missing)
    if mapping is not None:
        words = words.where(value.isna(), "")
    value = value.mask(words.ne(""), words)
    unknown = value.isna().to_numpy()[which]
    return Coded(
        pd.Series(value.fillna("").array.take(which), index=text.index),
        _word_hits(which, found, words, text.index),
        positions_of(which, found, unknown, text.index),
    )
