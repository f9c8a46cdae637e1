"""No exhibit is shown that says more than its records do, or names a person: the last check.

- :func:`sentences`: every sentence that an exhibit says, by where it stands.
- :func:`bare`: p values that are shown without what makes them readable.
- :func:`problems`: what is wrong with an exhibit; :func:`check` refuses it.
- :func:`beside_data`: the texts of a figure without the names that stand in its data.
- :func:`of_case`: what is wrong with the words of a case.
- :func:`identifying`: refuses what identifies a person.

What the rules are stands in :mod:`helpers.exhibits.wording`.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Iterable, Iterator
from typing import Any

import pandas as pd

from helpers import personal
from helpers.casefile import Case
from helpers.errors import InputError, Problem
from helpers.exhibits import layout
from helpers.exhibits._wording_rules import TESTS
from helpers.exhibits.wording import faults
from helpers.exhibits.words import Words

SAID = frozenset(
    {
        *("reason", "note", "why", "so", "warning", "answer", "definition", "text", "phrase"),
        *("explanation", "statement", "mend", "action", "asks", "meaning", "exclusions", "then"),
    }
)
"""Columns whose cells are sentences of the house or of the case; other cells are data."""

P_VALUES = frozenset({"p_value", "adjusted_p", "q_value", "od_p_value", "od_q_value"})
COUNTED = frozenset({"looked_at", "tests"})
"""Columns that say of how many tests a p value is one."""

STATISTICS = frozenset({"statistic", "chi_squared", "position", "od_position"})
"""Columns with the statistic of a joint test, or with where a unit lies against its limits."""

MANY = re.compile(
    rf"{TESTS}|\beach\s+test\b|\b(?:stretches|groups|changes|units)\s+(?:were\s+)?looked\s+at\b",
    re.IGNORECASE,
)
CANNOT = "cannot_show"
PLAIN = ("definition", "column", "method", "answer", "reason")
"""Where a sentence says what a word means or what was done: in a comparison, too, only those that
compare are held to the rules on comparisons."""

SKIPPED = {"folder", "parameters", "sources"}
"""Entries of case.yml that no reader is shown as words; titles of sources are looked at."""


def _strings(value: Any, place: str) -> Iterator[tuple[str, str]]:
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _strings(item, f"{place}.{key}" if place else str(key))
    elif isinstance(value, list | tuple):
        for number, item in enumerate(value):
            yield from _strings(item, f"{place}[{number}]")


def _cells(frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    for column in frame:
        if column in SAID:
            for text in dict.fromkeys(frame[column].dropna()):
                if isinstance(text, str):
                    yield f"column {column}", text
    for name in ("answer", "reason"):
        if isinstance(frame.attrs.get(name), str):
            yield name, frame.attrs[name]


def sentences(
    facts: dict[str, Any], words: Words, frame: pd.DataFrame
) -> Iterator[tuple[str, str]]:
    """Yield every sentence that an exhibit says with where it stands.

    Parameters
    ----------
    facts : dict
        The facts of the exhibit, as `Shown.facts` holds them.
    words : Words
        As `words_for` returns them.
    frame : DataFrame
        The results; cells of the columns of :data:`SAID` and the answer of an empty frame.

    Yields
    ------
    tuple of str
        Where it stands (title, shows, a header, a column), and the sentence.
    """
    yield "title", facts["title"]
    yield "shows", facts["shows"]
    for text in facts[CANNOT]:
        yield CANNOT, text
    for item in facts["definitions"]:
        for name in ("label", "text", "numerator", "denominator"):
            yield f"definition {item['id']}, {name}", item[name]
        yield f"definition {item['id']}, {CANNOT}", item[CANNOT]
    for method in facts["method"]:
        yield "method", method
    yield "sentence", words.sentence
    yield from _strings(words.headers, "header")
    yield from _strings(words.missing, "missing")
    yield from _cells(frame)


def bare(facts: dict[str, Any], words: Words, frame: pd.DataFrame) -> list[str]:
    """Return the shown columns of p values that lack what makes a p value readable.

    A p value is shown beside the estimate with its interval, or for a joint test beside its
    statistic, and it is said of how many tests it is one: in a column (:data:`COUNTED`), a header
    or a sentence.

    Parameters
    ----------
    facts, words, frame : dict, Words, DataFrame
        As for :func:`sentences`.

    Returns
    -------
    list of str
        What is lacking, a sentence a column without a full stop; empty if nothing is.

    Examples
    --------
    >>> frame = pd.DataFrame({"value": [2.0], "p_value": [0.04]})
    >>> said = {"title": "", "shows": "", "cannot_show": [], "definitions": []}
    >>> bare(said, Words(title="A", shows="B"), frame)[0]
    'p_value is shown without the estimate with its interval, or the statistic of the test'
    """
    if frame.empty or words.wide:
        return []
    shown = [name for name in frame if name not in layout.HIDDEN and name not in words.hide]
    values = [name for name in shown if name in P_VALUES or words.kinds.get(name) == "p"]
    limits = any(name == "low" or name.endswith("_low") for name in shown)
    readable = limits or bool(STATISTICS & set(shown))
    told = [facts["title"], facts["shows"], *facts[CANNOT]]
    told += [item["text"] for item in facts["definitions"]]
    counted = bool(COUNTED & set(shown)) or any(MANY.search(text) for text in told)
    found = []
    for name in values:
        if not readable:
            lacks = "the estimate with its interval, or the statistic of the test"
            found.append(f"{name} is shown without {lacks}")
        if not counted and not MANY.search(words.headers.get(name, "")):
            found.append(f"{name} is shown without the number of tests that it is one of")
    return found


def _faulty(
    told: Iterable[tuple[str, str]], where: str, claim_type: str | None = None
) -> list[Problem]:
    """Return a problem for each fault of each text, said as what, where and how to mend it."""
    found = []
    for place, text in told:
        kind = None if place.startswith(PLAIN) else claim_type
        for fault in faults(text, claim_type=kind, denies=CANNOT in place):
            rule = fault.rule
            said = f"{fault.found!r} is not to be written ({rule.name}): {rule.why}"
            found.append(Problem(said.rstrip("."), f"{where}, {place}", rule.instead))
    return found


def problems(
    exhibit: str,
    facts: dict[str, Any],
    words: Words,
    frame: pd.DataFrame,
    *,
    more: Iterable[tuple[str, str]] = (),
    columns: bool = False,
) -> list[Problem]:
    """Return what is wrong with the wording of an exhibit.

    Parameters
    ----------
    exhibit : str
        Id of the exhibit.
    facts, words, frame : dict, Words, DataFrame
        As for :func:`sentences`.
    more : iterable of tuple of str
        Further sentences, each with where it stands: those of findings, an alternative text.
    columns : bool
        The frame itself is shown, so that its p values are looked at (:func:`bare`).

    Returns
    -------
    list of Problem
        What, where and what to write instead; empty if nothing is wrong.
    """
    told: dict[str, str] = {}  # what stands in two places is named where it stands first
    for place, text in (*sentences(facts, words, frame), *more):
        told.setdefault(text, place)
    texts = ((place, text) for text, place in told.items())
    found = _faulty(texts, f"exhibit {exhibit}", words.claim_type)
    mend = "Show the estimate with its interval, and say in a header how many tests were made."
    lacking = bare(facts, words, frame) if columns else []
    return found + [Problem(what, f"exhibit {exhibit}, columns", mend) for what in lacking]


def check(
    exhibit: str,
    facts: dict[str, Any],
    words: Words,
    frame: pd.DataFrame,
    *,
    more: Iterable[tuple[str, str]] = (),
    columns: bool = False,
) -> None:
    """Refuse to show an exhibit whose wording has a fault.

    Parameters
    ----------
    exhibit, facts, words, frame, more, columns : str, dict, Words, DataFrame, iterable, bool
        As for :func:`problems`.

    Raises
    ------
    InputError
        With every problem: what, where, and what to write instead.
    """
    if found := problems(exhibit, facts, words, frame, more=more, columns=columns):
        raise InputError(found)


def beside_data(texts: Iterable[str], frame: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Yield texts of a figure without the names that stand in its data.

    A name of the data is the publisher's or the trust's; it is mapped in case.yml.

    Parameters
    ----------
    texts : iterable of str
        The alternative text, and what is written in the figure.
    frame : DataFrame
        What was drawn, read back.

    Yields
    ------
    tuple of str
        That it is a text of the figure, and the text.

    Examples
    --------
    >>> frame = pd.DataFrame({"category": ["Failed to attend"]})
    >>> [text for _, text in beside_data(["Reasons: Failed to attend, 3"], frame)]
    ['Reasons: ..., 3']
    """
    names = {
        text
        for column in frame
        for text in frame[column].unique()
        if isinstance(text, str) and len(text) > 3
    }
    held = sorted(names, key=len, reverse=True)
    for text in dict.fromkeys(texts):
        for name in held:
            text = text.replace(name, "...")
        yield "text of the figure", text


def identifying(exhibit: str, profile: str, frame: pd.DataFrame, *texts: str) -> None:
    """Refuse to show what identifies a person; warn of it where the profile is internal.

    Parameters
    ----------
    exhibit, profile : str
        Id of the exhibit, and the disclosure profile in force.
    frame : DataFrame
        What would be shown.
    *texts : str
        What would be written beside it.

    Raises
    ------
    InputError
        If a number, a name, a date of birth or a postcode of a person is in it.
    """
    found = [*personal.scan(frame), *personal.scan_text("\n".join(texts))]
    if not found:
        return
    what = "; ".join(str(one) for one in found)
    if profile == "internal":
        warnings.warn(f"exhibit {exhibit} would identify people: {what}", stacklevel=3)
        return
    raise InputError.one(
        f"this would identify people: {what}",
        f"exhibit {exhibit}",
        "Leave the column out, or show it in the internal profile only.",
    )


def of_case(case: Case) -> list[Problem]:
    """Return what is wrong with the words of a case, wherever readers may be shown them.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    list of Problem
        What, where in case.yml, and what to write instead; empty if nothing is wrong.

    Examples
    --------
    >>> from helpers.case import load
    >>> of_case(load("coroners"))
    []
    """
    raw = case.model_dump(mode="json", exclude=SKIPPED)
    raw["sources"] = [{"title": one.title} for one in case.sources]
    typed = [(f"indicators[{i}]", one) for i, one in enumerate(raw.pop("indicators"))]
    typed += [(f"compositions.{name}", one) for name, one in raw.pop("compositions").items()]
    where = f"data/{case.id}/case.yml"
    found = _faulty(_strings(raw, ""), where)
    for place, one in typed:
        found += _faulty(_strings(one, place), where, one["claim_type"])
    return found
