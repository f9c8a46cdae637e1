"""A warning before anything that identifies a person is shown or written.

- :func:`scan`: what a table would give away, by column.
- :func:`scan_text`: what a text would give away.
- :func:`name_hashes`: names as salted hashes, to be looked for without being held.
- :class:`Found`: one thing found; it never holds the thing itself.

Looked for are NHS numbers (ten digits whose check digit fits, the range for tests included), full
postcodes, dates of birth that say so, columns that by their name hold what identifies a person, and
names given as hashes. A scan finds what looks like these; it does not prove that nothing else is
there.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.intake.identifiers import POSTCODE, modulus_11, name_key

NUMBER, POST, BIRTH, NAME = "NHS number", "postcode", "date of birth", "name"

# Not within a longer number, word, reference, path or decimal fraction.
_TEN = r"(?<![\w./+-])([0-9]{10}|[0-9]{3}([ \u00a0.-])[0-9]{3}\2[0-9]{4})(?![\w/]|[-.][0-9]*[1-9])"
_TEN_PERHAPS = re.compile(r"[0-9]{10}|[0-9]{3}[ \u00a0.-][0-9]{3}[ \u00a0.-][0-9]{4}")
_POSTCODE = rf"(?<![\w/-]){POSTCODE}(?![\w/-])"
_DATE = (
    r"(?:[0-9]{1,2}[-/. ][0-9]{1,2}[-/. ][0-9]{2,4}|[0-9]{4}-[0-9]{2}-[0-9]{2}"
    r"|[0-9]{1,2}(?:st|nd|rd|th)?[ -](?:of )?[a-z]{3,9}[ -][0-9]{2,4})"
)
_BIRTH = rf"\b(?:d\.?o\.?b\b\.?|date of birth|birth ?date|born)(?: on)?[\s:,(=-]*{_DATE}"
_TEXTS = {
    POST: (re.compile(_POSTCODE), re.compile("[0-9][A-Z]{2}")),
    BIRTH: (re.compile(_BIRTH, re.IGNORECASE), re.compile(r"b\.?\b|birth|born", re.IGNORECASE)),
}
_COLUMNS = {
    NUMBER: r"nhs_?(number|no|num|n)(_.*)?|nhs",
    POST: r"post_?code|zip(_?code)?",
    BIRTH: r"(.*_)?(dob|d_o_b|date_of_birth|birth_?date|person_?birth_?date|born)",
    NAME: r"(.*_)?(surname|forename|last_?name|first_?name|family_name|given_names?|middle_names?"
    r"|full_name|(patient|person|deceased)_?name)",
}
_PLAIN = (
    "yes|no|true|false|same|different|differs|agree|agrees|disagree|disagrees|equal|unequal|present"
    "|missing|absent|blank|valid|invalid|nr|nk|na|wh|withheld|similar|close|other"
)
_MANY = 5
"""Distinct ten-digit numbers of a numeric column that must all pass before it is taken for more
than totals: one in eleven passes by chance, five in 161,051."""


@dataclass(frozen=True)
class Found:
    """Something that would identify a person.

    Parameters
    ----------
    kind : str
        NHS number, postcode, date of birth or name.
    where : str
        The column, or "" in a text.
    count : int
        Cells or places in which it was found.

    Examples
    --------
    >>> str(Found("postcode", "note", 2))
    'postcode in column note (2)'
    """

    kind: str
    where: str
    count: int

    def __str__(self) -> str:
        """Return what was found as a few words."""
        return f"{self.kind}{f' in column {self.where}' if self.where else ''} ({self.count})"


def _hashed(key: str, salt: str) -> str:
    return hashlib.blake2b(key.encode(), key=salt.encode()[:64], digest_size=16).hexdigest()


def name_hashes(names: Iterable[str], *, salt: str) -> frozenset[str]:
    """Return names as hashes that only the same salt makes again.

    Parameters
    ----------
    names : iterable of str
        Names as they would be shown; capitals, accents, spaces and hyphens make no difference.
    salt : str
        A secret of the run.

    Examples
    --------
    >>> len(name_hashes(["Mary O'Brien", "MARY OBRIEN"], salt="x"))
    1
    """
    keys = name_key(pd.Series(list(names), dtype="str"))
    return frozenset(_hashed(key, salt) for key in keys.unique() if key)


def _perhaps(pattern: re.Pattern[str], texts: Sequence[str]) -> list[int]:
    """Return the places of the texts that a quick look cannot rule out, most often none."""
    if pattern.search("\n".join(texts)) is None:
        return []
    return [place for place, text in enumerate(texts) if pattern.search(text)]


def _numbers(texts: Sequence[str]) -> np.ndarray:
    """Return in how many places of each text an NHS number stands."""
    count = np.zeros(len(texts), dtype=int)
    held = _perhaps(_TEN_PERHAPS, texts)
    found = [(place, m[1]) for place in held for m in re.finditer(_TEN, texts[place])]
    if found:
        digits = pd.Series([re.sub("[^0-9]", "", text) for _, text in found], dtype="str")
        real = modulus_11(digits) & digits.ne("0000000000")
        np.add.at(count, np.array([place for place, _ in found])[real.to_numpy()], 1)
    return count


def _kinds(texts: Sequence[str]) -> dict[str, np.ndarray]:
    """Return in how many places of each distinct text each kind stands."""
    result = {NUMBER: _numbers(texts)}
    for kind, (pattern, perhaps) in _TEXTS.items():
        result[kind] = np.zeros(len(texts), dtype=int)
        for place in _perhaps(perhaps, texts):
            result[kind][place] = len(pattern.findall(texts[place]))
    return result


def scan_text(text: str, *, names: Collection[str] = frozenset(), salt: str = "") -> list[Found]:
    """Return what a text would give away.

    Parameters
    ----------
    text : str
        A page, a paragraph, a message.
    names : collection of str
        Names as :func:`name_hashes`; each word, and each two words that follow one another, is
        looked up.
    salt : str
        The salt they were made with.

    Examples
    --------
    >>> [str(found) for found in scan_text("Ref 2013-0181: 943 476 5919, DOB 01/02/1950, SO30 1AA")]
    ['NHS number (1)', 'postcode (1)', 'date of birth (1)']
    >>> scan_text("StEIS 2014/12345, 10,306 deaths in 2011 to 2015")
    []
    """
    counts = {kind: int(count.sum()) for kind, count in _kinds([text]).items()}
    if names:
        words = re.findall(r"[^\W\d_][\w'\u2019-]*", text)
        both = [f"{first} {second}" for first, second in zip(words, words[1:], strict=False)]
        keys = name_key(pd.Series([*words, *both], dtype="str"))
        counts[NAME] = sum(_hashed(key, salt) in names for key in keys if key)
    return [Found(kind, "", count) for kind, count in counts.items() if count]


def _by_name(column: object) -> str:
    """Return what a column holds by its name, or ""."""
    text = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", str(column))
    text = re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")
    kinds = (kind for kind, pattern in _COLUMNS.items() if re.fullmatch(pattern, text))
    return next(kinds, "")


def _holds(kind: str, values: pd.Series) -> int:
    """Return how many values of a column of such a name can be what the name says.

    Tables about the data have such columns too, of counts, shares or words such as "agrees".
    """
    if pd.api.types.is_bool_dtype(values):
        return 0
    if pd.api.types.is_datetime64_any_dtype(values):
        return len(values) * (kind == BIRTH)
    if pd.api.types.is_numeric_dtype(values):
        return int(values.abs().ge(10**8).sum()) * (kind == NUMBER)
    texts = values.astype("str")
    digits = texts.str.count("[0-9]")
    if kind == NUMBER:
        return int(digits.ge(9).sum())
    if kind == BIRTH:
        return int((digits.ge(5) & texts.str.contains("[-/. a-z]|^[0-9]{8}$", regex=True)).sum())
    plain = texts.str.fullmatch(_PLAIN, case=False) | ~texts.str.contains(r"[^\W\d_]", regex=True)
    if kind == POST:
        plain = ~texts.str.upper().str.contains("[A-Z]{1,2}[0-9]", regex=True)
    return int((~plain).sum())


def _numeric(values: pd.Series) -> int:
    """Return how many numbers of a numeric column are NHS numbers, if they cannot be totals."""
    # Most columns hold no number that is long enough; to see that is quick.
    if not (values.to_numpy(float, na_value=np.nan) >= 10**9).any():
        return 0
    long = values[values.between(10**9, 10**10 - 1) & values.mod(1).eq(0)]
    distinct = pd.Series(long.unique()).astype("int64").astype("str")
    return len(long) if len(distinct) >= _MANY and modulus_11(distinct).all() else 0


def scan(
    frame: pd.DataFrame, *, names: Collection[str] = frozenset(), salt: str = ""
) -> list[Found]:
    """Return what a table would give away: by the names of its columns and by its cells.

    Parameters
    ----------
    frame : DataFrame
        The table; its index is looked at where it has a name, its headings always.
    names : collection of str
        Names as :func:`name_hashes`, compared with whole cells.
    salt : str
        The salt they were made with.

    Returns
    -------
    list of Found
        What was found; empty where nothing was.

    Examples
    --------
    >>> [str(found) for found in scan(pd.DataFrame({"year": [2013], "DOB": ["01/02/1950"]}))]
    ['date of birth in column DOB (1)']
    >>> scan(pd.DataFrame({"year": [2013], "total": [9434765919], "ref": ["2013-0181"]}))
    []
    """
    if any(name is not None for name in frame.index.names):
        levels = frame.index.to_frame(index=False)
        frame = pd.concat([levels, frame.reset_index(drop=True)], axis=1)
    headings = " \n".join(str(part) for part in frame.columns)
    found = [Found(one.kind, "(headings)", one.count) for one in scan_text(headings)]
    for place, column in enumerate(frame.columns):
        values = frame.iloc[:, place].dropna()
        counts: dict[str, int] = {}
        if pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values):
            counts[NUMBER] = _numeric(values)
        elif values.dtype == object or isinstance(
            values.dtype, (pd.StringDtype, pd.CategoricalDtype)
        ):
            cells = Counter(values.astype("str").tolist())
            distinct, often = list(cells), np.array(list(cells.values()), dtype=int)
            for kind, count in _kinds(distinct).items():
                counts[kind] = int((count * often).sum())
            if names:
                keys = name_key(pd.Series(distinct, dtype="str"))
                known = np.array([bool(key) and _hashed(key, salt) in names for key in keys])
                counts[NAME] = int(often[known].sum()) if len(known) else 0
        by_name = _by_name(column)
        if by_name and not counts.get(by_name):
            counts[by_name] = _holds(by_name, values)
        found += [Found(kind, str(column), count) for kind, count in counts.items() if count]
    return found
