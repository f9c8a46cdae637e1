"""Identifiers of people who never lived: names from syllables, numbers that nobody was given.

NHS numbers are from 999 000 0000 to 999 999 9999, a range that is never issued; postcodes are of
the pseudo area ZZ99, which no building has. A number in a file that is not of that range is one
that no check digit allows, so that it can be nobody's.

- :func:`check_digit`: the tenth digit of nine, or 10 where there is none.
- :func:`numbers`: every number of the range that has one, in an order of the seed.
- :func:`surnames`, :func:`forenames`, :func:`postcodes`: by index.
- :func:`misspelt`: a name with one slip of the keyboard.
"""

from __future__ import annotations

import numpy as np


def _words(text: str) -> list[str]:
    return text.split()


STEMS = _words(
    "Ash Bram Cald Dun Elm Fen Gar Hal Ing Ket Lang Mar Nor Oak Pen Quar Row Sil "
    "Thorn Ul Ver Wex Yar Zel Bir Cor Drey Hol Lin Tam "
)
MIDDLES = ("", "en", "er", "ing")
ENDINGS = _words(
    "bourne by combe croft dale den field ford grave ham hurst ley low mere more "
    "stead stow ton wick worth "
)
STARTS = _words("Al Bel Cor Da El Fen Gal Har Is Jo Ka Lin Mor Nel Or Per Ros Sel Tam Vin ")
CLOSES = {
    "M": _words("an bert do mund ric son ton us vin"),
    "F": _words("a anne da elle ina is na ora wyn"),
}
LETTERS = "ABDEFGHJLNPQRSTUWXYZ"

SURNAMES = np.array([a + b + c for a in STEMS for b in MIDDLES for c in ENDINGS], dtype=object)
FORENAMES = {
    sex: np.array([a + c for a in STARTS for c in closes], dtype=object)
    for sex, closes in CLOSES.items()
}
POSTCODES = np.array(
    [f"ZZ99 {d}{a}{b}" for d in range(10) for a in LETTERS for b in LETTERS], dtype=object
)


def check_digit(first_nine: np.ndarray) -> np.ndarray:
    """Return the check digit of each nine-digit number by modulus 11; 10 where there is none.

    Examples
    --------
    >>> check_digit(np.array([943476591])).tolist()
    [9]
    """
    total = np.zeros(len(first_nine), dtype=np.int64)
    rest = np.asarray(first_nine, dtype=np.int64)
    for weight in range(2, 11):
        total += (rest % 10) * weight
        rest = rest // 10
    left = 11 - total % 11
    return np.where(left == 11, 0, left)


def numbers(rng: np.random.Generator) -> np.ndarray:
    """Return every usable NHS number of the never-issued range, shuffled: some 909,000.

    Examples
    --------
    >>> held = numbers(np.random.default_rng(1))
    >>> len(held), len(set(held.tolist())), int(held.min()) // 10_000_000
    (909090, 909090, 999)
    """
    body = np.arange(999_000_000, 1_000_000_000, dtype=np.int64)
    digit = check_digit(body)
    whole = (body * 10 + digit)[digit < 10]
    whole = whole[whole != 9_999_999_999]
    rng.shuffle(whole)
    return whole


def surnames(places: np.ndarray) -> np.ndarray:
    """Return made-up surnames by index.

    Examples
    --------
    >>> surnames(np.array([0, 21])).tolist()
    ['Ashbourne', 'Ashenby']
    """
    return SURNAMES[places % len(SURNAMES)]


def forenames(places: np.ndarray, sex: np.ndarray) -> np.ndarray:
    """Return made-up forenames by index and sex.

    Examples
    --------
    >>> forenames(np.array([0, 0]), np.array(["M", "F"], dtype=object)).tolist()
    ['Alan', 'Ala']
    """
    men = FORENAMES["M"][places % len(FORENAMES["M"])]
    return np.where(sex == "M", men, FORENAMES["F"][places % len(FORENAMES["F"])])


def postcodes(places: np.ndarray) -> np.ndarray:
    """Return postcodes of the pseudo area ZZ99 by index.

    Examples
    --------
    >>> postcodes(np.array([0])).tolist()
    ['ZZ99 0AA']
    """
    return POSTCODES[places % len(POSTCODES)]


def misspelt(name: str, way: int) -> str:
    """Return a name with one slip: two letters changed round, one lost, doubled or another.

    Examples
    --------
    >>> [misspelt("Thornmere", way) for way in range(4)]
    ['Thonrmere', 'Thormere', 'Thornnmere', 'Thornmera']
    """
    middle = len(name) // 2
    if way % 4 == 0:
        return name[: middle - 1] + name[middle] + name[middle - 1] + name[middle + 1 :]
    if way % 4 == 1:
        return name[: middle + 0] + name[middle + 1 :]
    if way % 4 == 2:
        return name[:middle] + name[middle] + name[middle:]
    return name[:-1] + ("a" if name[-1] != "a" else "e")
