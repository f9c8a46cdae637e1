"""Random numbers that belong to an id, and the fingerprint of a sampling frame.

Functions
---------
texts
    Ids or strata in the one written form that is hashed.
ids
    The ids of a frame as text, each once.
strata_codes
    The stratum of each row as a number, from one or several columns.
labels
    One tuple of texts for each row.
digests
    SHA-256 of a seed with each id, as four whole numbers.
as_share
    The first bits of a digest as a number from 0 to 1.
random_numbers
    A permanent random number for each id.
frame_hash
    SHA-256 of all ids with their strata.
"""

import hashlib
from collections.abc import Iterable, Sequence
from json import JSONEncoder

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import Floats, as_list, refuse, require_columns

ENCODED = JSONEncoder(ensure_ascii=False).encode


def _text(value: object) -> str | None:
    if isinstance(value, str):
        return value
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)):
        return None
    return str(int(value))


def texts(values: pd.Series) -> list[str]:
    """Return ids or strata as text: text as it is, whole numbers in digits.

    Raises ``ValueError`` for missing values and for any that have no one written form, such as
    numbers with decimals, days or flags.

    Examples
    --------
    >>> texts(pd.Series([7, 12])), texts(pd.Series(["7", "A-12"]))
    (['7', '12'], ['7', 'A-12'])
    """
    refuse(values.isna(), values.index, f"column {values.name!r} is missing")
    given = values.astype(object).tolist()
    kinds = set(map(type, given))
    if kinds <= {str}:
        return given
    found = list(map(str, given)) if kinds == {int} else [_text(value) for value in given]
    refuse(
        [text is None for text in found],
        values.index,
        f"column {values.name!r} is neither text nor a whole number; turn it into text first, so "
        "that it is written in one way only",
    )
    return found


def ids(frame: pd.DataFrame, column: str) -> list[str]:
    """Return the ids of a frame as text, refused where two are the same text.

    Examples
    --------
    >>> ids(pd.DataFrame({"id": [7, 12]}), "id")
    ['7', '12']
    """
    require_columns(frame, [column])
    found = texts(frame[column])
    if len(set(found)) < len(found):
        repeated = pd.Series(found, dtype=object).duplicated()
        refuse(repeated, frame.index, f"column {column!r} repeats an id")
    return found


def strata_codes(
    frame: pd.DataFrame, columns: Sequence[str]
) -> tuple[NDArray[np.intp], list[tuple[str, ...]]]:
    """Return the number of each row's stratum, and the strata as texts in their order.

    Examples
    --------
    >>> deaths = pd.DataFrame({"year": [2016, 2015, 2016], "service": "Adult"})
    >>> strata_codes(deaths, ["year", "service"])
    (array([1, 0, 1]), [('2015', 'Adult'), ('2016', 'Adult')])
    """
    code = np.zeros(len(frame), dtype=np.intp)
    parts = []
    for column in columns:
        number, values = pd.factorize(frame[column].astype(object))
        refuse(number < 0, frame.index, f"column {column!r} is missing")
        rows = frame[column].iloc[np.unique(number, return_index=True)[1]]
        parts.append((number, texts(rows)))
        code = code * len(values) + number
    first, code = np.unique(code, return_index=True, return_inverse=True)[1:]
    found = list(zip(*([text[n] for n in number[first]] for number, text in parts), strict=True))
    distinct = sorted(set(found))
    place = {label: number for number, label in enumerate(distinct)}
    return np.array([place[label] for label in found], dtype=np.intp)[code], distinct


def labels(frame: pd.DataFrame, columns: Sequence[str]) -> list[tuple[str, ...]]:
    """Return one tuple of texts for each row.

    Examples
    --------
    >>> labels(pd.DataFrame({"year": [2015], "service": ["Adult"]}), ["year", "service"])
    [('2015', 'Adult')]
    """
    code, found = strata_codes(frame, columns)
    return [found[number] for number in code]


def _seed(seed: int | str) -> str:
    text = _text(seed)
    if text is None or not text.strip():
        raise ValueError(f"The seed must be a whole number or a text; got {seed!r}.")
    return text


def digests(ids: Iterable[str], seed: int | str) -> NDArray[np.uint64]:
    """Return SHA-256 of ``[seed,id]`` as four whole numbers an id, most significant first.

    Examples
    --------
    >>> hex(digests(["A1"], 7)[0, 0])
    '0x1b75af7541f56029'
    """
    head = f"[{ENCODED(_seed(seed))},"
    keys = (hashlib.sha256(f"{head}{ENCODED(text)}]".encode()).digest() for text in ids)
    return np.frombuffer(b"".join(keys), dtype=">u8").reshape(-1, 4).astype(np.uint64)


def as_share(digest: NDArray[np.uint64]) -> Floats:
    """Return the first 53 bits of digests as numbers from 0 up to, not including, 1."""
    return (digest[:, 0] >> np.uint64(11)).astype(float) / 2.0**53


def random_numbers(frame: pd.DataFrame, *, seed: int | str, id: str = "id") -> pd.Series:
    """Return a permanent random number from 0 to 1 for each id.

    Parameters
    ----------
    frame : DataFrame
        One row a death. It is not changed.
    seed : int or str
        A number or text; 7 and "7" are one seed.
    id : str
        Column of ids: text or whole numbers, each once.

    Returns
    -------
    Series
        Named ``random_number``, on the index of ``frame``.

    Raises
    ------
    ValueError
        For a missing column, ids that are missing, repeated or neither text nor whole numbers, or
        a seed that is none.

    Notes
    -----
    SHA-256 over the UTF-8 bytes of ``["seed","id"]`` (JSON, no spaces, characters outside ASCII as
    they are); the number is its first 53 bits. It depends on the seed and the id alone: not on the
    order of rows, on other deaths, or on any library. So a later frame gives those already in it
    the same numbers: permanent random numbers, Ohlsson (1995) in Cox and others, Business Survey
    Methods, ch. 9.

    Examples
    --------
    >>> deaths = pd.DataFrame({"id": ["A1", "A2"]})
    >>> random_numbers(deaths, seed=7).round(4).tolist()
    [0.1073, 0.7243]
    """
    found = as_share(digests(ids(frame, id), seed))
    return pd.Series(found, index=frame.index, name="random_number")


def frame_hash(
    frame: pd.DataFrame, *, id: str = "id", strata: str | Sequence[str] = "stratum"
) -> str:
    """Return the SHA-256 of a frame: all ids with their strata, in whatever order.

    Parameters
    ----------
    frame : DataFrame
        One row a death.
    id : str
        Column of ids: text or whole numbers, each once.
    strata : str or sequence of str
        Column or columns of strata: text or whole numbers.

    Returns
    -------
    str
        64 hexadecimal digits.

    Raises
    ------
    ValueError
        For missing columns, and ids or strata that are missing or have no one written form, or ids
        that are repeated.

    Notes
    -----
    Over the UTF-8 bytes of lines ``["id","stratum"]`` (JSON, no spaces, all values as text,
    characters outside ASCII as they are), sorted by code point, each ended by a line feed. Anybody
    can make it again from the list of deaths without this suite.

    Examples
    --------
    >>> deaths = pd.DataFrame({"id": ["A2", "A1"], "stratum": ["North", "South"]})
    >>> frame_hash(deaths)[:16]
    'a7be4c3bbf4e537e'
    """
    columns = as_list(strata)
    require_columns(frame, [id, *columns])
    known = ids(frame, id)
    code, found = strata_codes(frame, columns)
    ends = [f",{','.join(map(ENCODED, label))}]\n" for label in found]
    rows = zip(known, code.tolist(), strict=True)
    lines = [f"[{ENCODED(text)}{ends[number]}" for text, number in rows]
    return hashlib.sha256("".join(sorted(lines)).encode()).hexdigest()
