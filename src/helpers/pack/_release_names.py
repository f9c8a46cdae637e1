"""Names of the people in the records of a case, as hashes, for the scan of a release.

- :func:`names_of`: the hashes, made with a salt that nothing keeps.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from importlib import resources

from helpers.casefile import Case
from helpers.exhibits.words import catalogue
from helpers.intake.identifiers import name_key
from helpers.personal import name_hashes

LEAST = 3
"""Letters that a surname has at least to be looked for by itself."""


def _house_words(case: Case) -> set[str]:
    """Return the words that the house and the case write themselves: they are no leak."""
    import pandas as pd

    folder = resources.files("helpers").joinpath("pack/templates")
    texts = [json.dumps(catalogue(), default=str), case.model_dump_json()]
    texts += [file.read_text(encoding="utf-8") for file in folder.iterdir() if file.is_file()]
    words = sorted({word for text in texts for word in re.findall(r"[^\W\d_]+", text)})
    return set(name_key(pd.Series(words, dtype="str")))


def _full(frame: object) -> Iterable[str]:
    pairs = frame[["forename", "surname"]].drop_duplicates().astype("str")
    for first, last in pairs.itertuples(index=False, name=None):
        if first.strip() and last.strip():
            yield f"{first} {last}"
            yield f"{last} {first}"


def names_of(case: Case, *, salt: str) -> frozenset[str]:
    """Return the names of the people in the records of a case as hashes.

    Parameters
    ----------
    case : Case
        The case; its extracts are read again, for names travel with no pack.
    salt : str
        A secret of this one use.

    Returns
    -------
    frozenset of str
        Hashes of forename and surname in both orders, and of surnames by themselves unless the
        house or the case writes the same word ("Ward", "May"). Empty where no extract has names.

    Raises
    ------
    InputError
        If an extract cannot be read.
    """
    from helpers.intake import extracts
    from helpers.intake.flags import Log

    full: set[str] = set()
    alone: set[str] = set()
    for source in case.sources:
        if source.layout != "extract":
            continue
        frame = extracts.read(case, source, Log()).frame
        if {"forename", "surname"} <= set(frame):
            full.update(_full(frame))
        if "surname" in frame:
            alone.update(frame["surname"].astype("str").unique())
    if not alone:
        return frozenset()
    import pandas as pd

    known = _house_words(case)
    surnames = sorted(alone)
    keys = name_key(pd.Series(surnames, dtype="str"))
    rare = [
        name
        for name, key in zip(surnames, keys, strict=True)
        if len(key) >= LEAST and key not in known
    ]
    return name_hashes([*full, *rare], salt=salt)
