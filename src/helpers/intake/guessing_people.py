"""Values that may name a person: they are withheld from the draft of a case.

- :class:`People`: the people whom the files name, and which values may be about one of them.
"""

from __future__ import annotations

import re

import pandas as pd

from helpers.intake.guessing import vocabulary
from helpers.intake.hits import squeezed
from helpers.intake.looking import key
from helpers.intake.reading import ROW
from helpers.personal import scan_text

_DAY = r"[0-9]{1,4}[-/. ][0-9]{1,2}[-/. ][0-9]{1,4}|[0-9]{6,}|[0-9]{3}[ -][0-9]{3}[ -][0-9]{3}"
LONGEST = 80
"""A code or a name of a service is no longer; what is longer is text about somebody."""


def _words(text: str) -> frozenset[str]:
    return frozenset(re.findall(r"[^\W\d_]+", text.casefold()))


class People:
    """The people whom the files name.

    Examples
    --------
    >>> sheet = pd.DataFrame({"Surname": ["Oakes", "Lyle"], "Ward": ["Mrs Oakes", "Elm"]})
    >>> people = People()
    >>> people.add(sheet)
    >>> people.withheld(sheet.assign(source_row=[2, 3]), "Ward")
    {'Mrs Oakes': 2}
    """

    def __init__(self) -> None:
        told = vocabulary()
        identity = told["identity"]
        self._parts = {key(name): "surname" for name in identity["surname"]}
        self._parts |= {key(name): "forename" for name in identity["forename"]}
        self._parts |= {key(name): "whole" for name in told["whole_names"]}
        self._people: dict[str, set[frozenset[str]]] = {}
        self._held: dict[int, tuple[pd.DataFrame, dict[str, list[frozenset[str]]]]] = {}

    def _names(self, frame: pd.DataFrame) -> dict[str, list[frozenset[str]]]:
        """Return the words of surname, forename and whole name, row by row; made once a sheet."""
        if id(frame) in self._held:
            return self._held[id(frame)][1]
        found: dict[str, list[frozenset[str]]] = {}
        for header in frame.columns:
            part = self._parts.get(key(str(header)))
            if part is not None:
                found[part] = [_words(text) for text in frame[header].astype("str")]
        self._held[id(frame)] = frame, found  # the frame as well, so that its id is not used again
        return found

    def add(self, frame: pd.DataFrame) -> None:
        """Take note of the people whom a sheet names."""
        held = self._names(frame)
        none: list[frozenset[str]] = [frozenset()] * len(frame)
        pairs = zip(held.get("surname", none), held.get("forename", none), strict=True)
        whole = [surname | forename for surname, forename in pairs if surname and forename]
        for words in [*whole, *held.get("whole", [])]:
            if len(words) > 1:
                for word in words:
                    self._people.setdefault(word, set()).add(words)

    def withheld(self, frame: pd.DataFrame, header: str) -> dict[str, int]:
        """Return the values of a column that may be about a person, each with its first row.

        A value is withheld where it holds what identifies (a date, a long number, a postcode), is
        long, holds forename and surname of anybody whom the files name, or holds a name of the
        person of its row wherever it stands.
        """
        values = squeezed(frame[header])
        rows = frame[ROW] if ROW in frame else pd.Series(range(len(frame)), index=frame.index)
        names = self._names(frame)
        found = {}
        for value, group in values.groupby(values, sort=False):
            text = str(value)
            words = _words(text)
            about = len(text) > LONGEST or bool(re.search(_DAY, text)) or bool(scan_text(text))
            about |= any(person <= words for word in words for person in self._people.get(word, ()))
            places = [frame.index.get_loc(label) for label in group.index[:1000]]
            about |= any(
                all(part[place] and part[place] <= words for place in places)
                for part in names.values()
            )
            if text and about:
                found[text] = int(rows.loc[group.index[0]])
        return found
