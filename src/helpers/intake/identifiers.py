"""What identifies a person: NHS numbers, names and postcodes, made comparable and never repaired.

- :func:`modulus_11`: which texts are NHS numbers by their check digit.
- :func:`nhs_numbers`: NHS numbers, or none and why not (X09).
- :func:`soundex`: American Soundex of surnames.
- :func:`name_key`, :func:`name_keys`: names without what spelling makes of them.
- :func:`postcode`: full United Kingdom postcodes in one spelling.

What identifies a person never stands in a flag: a flag says only what the text looked like.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping

import numpy as np
import pandas as pd

from helpers.intake.hits import distinct, hits, together
from helpers.intake.words import missing_codes

POSTCODE = (
    r"(?:GIR ?0AA|[A-PR-UWYZ](?:[0-9]{1,2}|[A-HK-Y][0-9]{1,2}|[0-9][A-HJKPSTUW]"
    r"|[A-HK-Y][0-9][ABEHMNPRV-Y]) ?[0-9][ABD-HJLNP-UW-Z]{2})"
)
"""A full postcode in capitals, with or without its space."""

_WEIGHTS = range(10, 1, -1)
_UNMARKED = {"ø": "o", "ł": "l", "đ": "d", "ð": "d", "þ": "th", "æ": "ae", "œ": "oe", "ı": "i"}
_SOUNDS = str.maketrans("BFPVCGJKQSXZDTLMNRAEIOUY", "111122222222334556000000", "HW")


def _digits(text: pd.Series) -> pd.Series:
    """Return text without what people put between or around the digits of a number."""
    text = text.astype("str").fillna("")
    odd = text.str.contains(r"[^0-9]", regex=True)
    if odd.any():
        kept = text[odd].str.replace(r"[\s\u00a0\u2000-\u200d\u2010-\u2014\ufeff-]", "", regex=True)
        kept = kept.str.replace(r"^['`\u2018\u2019]", "", regex=True)
        text = text.copy()
        text[odd] = kept.str.replace(r"^([0-9]+)\.0$", r"\1", regex=True)
    return text


def modulus_11(text: pd.Series) -> pd.Series:
    """Return whether each text is ten digits whose last one is the check digit.

    Spaces and hyphens between the digits are allowed. Weights 10 to 2, eleven less the remainder
    by eleven; eleven stands for 0, and a number that would need 10 was never given out.

    Parameters
    ----------
    text : Series
        Text.

    Returns
    -------
    Series
        True or False. ``0000000000`` passes the arithmetic.

    Examples
    --------
    >>> modulus_11(pd.Series(["943 476 5919", "9434765910", "943476591"])).tolist()
    [True, False, False]
    """
    number = _digits(text)
    full = number.str.fullmatch("[0-9]{10}").to_numpy(dtype=bool)
    left = number[full].astype("int64").to_numpy()
    check = left % 10
    total = np.zeros(len(left), dtype="int64")
    for weight in reversed(_WEIGHTS):
        left = left // 10
        total += weight * (left % 10)
    result = np.zeros(len(number), dtype=bool)
    result[full] = (11 - total % 11) % 11 == check  # 10 equals no digit
    return pd.Series(result, index=text.index)


def nhs_numbers(
    text: pd.Series, *, missing: Mapping[str, str] | None = None, test_range: bool = False
) -> tuple[pd.Series, pd.DataFrame]:
    """Return NHS numbers as ten digits, missing where the text cannot be one.

    Spaces, hyphens and a leading apostrophe are cleaned without a flag. A number that lost a
    leading zero is never padded: nine digits may be ten with any one of them lost.

    Parameters
    ----------
    text : Series
        Text.
    missing : mapping, optional
        Words for a missing value beyond the common ones, with their codes.
    test_range : bool
        False: numbers that start with 999 are refused, they belong to nobody. True: only those
        are taken, so that no number of a synthetic case can be a living or dead person's.

    Returns
    -------
    tuple
        Numbers, and hits (X09 and X04, "no value") whose value says what the text looked like
        and never what it was.

    Examples
    --------
    >>> numbers, met = nhs_numbers(pd.Series(["943 476 5919", "943476591", ""]))
    >>> numbers.tolist(), met[["position", "value", "reason"]].values.tolist()
    (['9434765919', nan, nan], [[1, '9 digits', 'not ten digits; a lost zero is not made up']])
    """
    number = _digits(text)
    filled = number.ne("").to_numpy(dtype=bool)
    ten = number.str.fullmatch("[0-9]{10}").to_numpy(dtype=bool)
    rest = filled & ~ten
    codes = pd.Series("", index=number.index)
    if rest.any():
        which, found = distinct(text[rest])
        codes[rest] = missing_codes(found, missing).to_numpy(dtype=object)[which]
    words = codes.ne("").to_numpy(dtype=bool)
    valid = modulus_11(number).to_numpy()
    repeated = ten & number.eq(number.str.slice(0, 1).str.repeat(10)).to_numpy(dtype=bool)
    tests = ten & number.str.startswith("999").to_numpy(dtype=bool)
    faults = {
        "not ten digits; a lost zero is not made up": rest & ~words,
        "one digit repeated": repeated,
        "the check digit does not fit": ten & ~valid & ~repeated,
    }
    if test_range:
        outside = "outside the range for tests, the only one a synthetic case may use"
        faults[outside] = ten & valid & ~repeated & ~tests
    else:
        faults["in the range for tests"] = ten & valid & ~repeated & tests
    bad = ~filled | words
    parts = []
    for reason, wrong in faults.items():
        bad = bad | wrong
        parts.append(_number_hits(number, wrong, reason))
    given = text[words].astype("str")
    parts.append(
        hits(
            "X04",
            words,
            index=text.index,
            values=given.to_numpy(dtype=object),
            new_values=codes[words].to_numpy(dtype=object),
            action="no value",
        )
    )
    return number.mask(bad), together(*parts)


def _looks(text: str) -> str:
    """Return what a text looks like, without saying what it is."""
    if text.isascii() and text.isdigit():
        return f"{len(text)} digits"
    if re.fullmatch(r"[0-9.]+e\+?[0-9]+", text, re.IGNORECASE):
        return "a number in powers of ten"
    return f"text of {len(text)} characters"


def _number_hits(number: pd.Series, wrong: np.ndarray, reason: str) -> pd.DataFrame:
    looks = [_looks(text) for text in number[wrong]]
    return hits("X09", wrong, index=number.index, values=looks, action="no value", reason=reason)


def _sound(name: str) -> str:
    """Return the American Soundex of a name of capital letters."""
    if not name:
        return ""
    # H and W do not part letters of one sound; vowels and Y do. A first letter counts as a sound.
    first = "0" if name[0] in "HW" else ""
    sounds = first + name.translate(_SOUNDS)
    parted = re.sub(r"([0-6])\1+", r"\1", sounds)
    return name[0] + (parted[1:].replace("0", "") + "000")[:3]


def _latin(name: str) -> str:
    """Return a name in lower case without accents, spaces, hyphens or apostrophes."""
    plain = "".join(_UNMARKED.get(letter, letter) for letter in name.casefold())
    parts = unicodedata.normalize("NFKD", plain)
    return "".join(letter for letter in parts if letter.isalnum())


def name_key(text: pd.Series) -> pd.Series:
    """Return names by which two spellings of one name are equal; "" where there is no name.

    Capitals, accents, spaces, hyphens and apostrophes make no difference. Words that trusts
    write for want of a name are no names: two people called "Unknown" are not one person.

    Examples
    --------
    >>> name_key(pd.Series(["O'Brien", "OBRIEN", "Zoë", "Smith-Jones", "Unknown"])).tolist()
    ['obrien', 'obrien', 'zoe', 'smithjones', '']
    """
    which, found = distinct(text)
    codes = missing_codes(found)
    # Null, Missing, Blank and Na are surnames: only what cannot be a name is taken for none.
    none = codes.isin(["NK", "WH"]) | found.str.casefold().isin(["not recorded", "not stated"])
    keys = pd.Series([_latin(name) for name in found], dtype="str").mask(none, "")
    return pd.Series(keys.array.take(which), index=text.index)


def name_keys(frame: pd.DataFrame) -> dict[str, pd.Series]:
    """Return ``surname_key`` and ``forename_key`` of a frame with surname and forename.

    Examples
    --------
    >>> frame = pd.DataFrame({"surname": ["De la Cruz"], "forename": ["José"]})
    >>> {name: list(key) for name, key in name_keys(frame).items()}
    {'surname_key': ['delacruz'], 'forename_key': ['jose']}
    """
    return {f"{name}_key": name_key(frame[name]) for name in ("surname", "forename")}


def soundex(surname: pd.Series) -> pd.Series:
    """Return the American Soundex of each surname; "" where it has no letter.

    Examples
    --------
    >>> soundex(pd.Series(["Robert", "Rupert", "Ashcraft", "O'Brien", ""])).tolist()
    ['R163', 'R163', 'A261', 'O165', '']
    """
    which, found = distinct(name_key(surname))
    letters = [re.sub("[^A-Z]", "", name.upper()) for name in found]
    sounds = pd.Series([_sound(name) for name in letters], dtype="str")
    return pd.Series(sounds.array.take(which), index=surname.index)


def postcode(text: pd.Series) -> pd.Series:
    """Return full postcodes in capitals with one space; "" where the text is none.

    ``ZZ99`` codes (no fixed abode, abroad, not known) are no place and become "".

    Examples
    --------
    >>> postcode(pd.Series(["so301aa", "SO30  1AA", "SO30", "ZZ99 3VZ"])).tolist()
    ['SO30 1AA', 'SO30 1AA', '', '']
    """
    which, found = distinct(text)
    close = found.str.upper().str.replace(" ", "", regex=False)
    full = close.str.fullmatch(POSTCODE) & ~close.str.startswith("ZZ99")
    spaced = close.str.slice(0, -3) + " " + close.str.slice(-3)
    return pd.Series(spaced.where(full, "").array.take(which), index=text.index)
