"""Exhibits as the pages show them, from what they carry: rounded tables, notes, order of pages.

- :class:`Chapter`: the exhibits of one page of the pack, in their order.
- :func:`chapters`: those of all pages.
- :func:`frame_of`: the data of an exhibit with days as days.
- :func:`cells`: the values of a column of it.
- :func:`words_of`: how the columns of an exhibit are shown.
- :func:`laid`: a table as the pages show it, rounded once.
- :func:`notes`: what is said under an exhibit, with what is counted and out of what.
- :func:`brief`: the same where the definitions stand in a list; :func:`definitions`: that list.
- :func:`silence`: what an exhibit without rows says.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import pandas as pd

from helpers.exhibits import layout
from helpers.exhibits.resource import to_frame
from helpers.exhibits.words import Words, catalogue
from helpers.pack.collect import Collected
from helpers.pack.documents.labels import clean
from helpers.pack.render import PackContext

SHAPING = ("wide", "hide", "kinds", "headers", "missing")
"""Words of the catalogue that shape a table; the others travel with the exhibit."""


@dataclass(frozen=True)
class Chapter:
    """The exhibits of one page of the pack, in their order.

    Parameters
    ----------
    name, title, question : str
        The page, as the pack lists it.
    exhibits : list of dict
        Facts of its exhibits.

    Examples
    --------
    >>> said = {"kind": "findings", "findings": [{"text": "A finding."}]}
    >>> Chapter("1_rates", "Rates", "How many?", [said, {"kind": "table"}]).stating == [said]
    True
    """

    name: str
    title: str
    question: str
    exhibits: list[dict[str, Any]]

    @property
    def stating(self) -> list[dict[str, Any]]:
        """Return the exhibits that state findings."""
        return [facts for facts in self.exhibits if facts.get("findings")]

    @property
    def tables(self) -> list[dict[str, Any]]:
        """Return the exhibits that are tables."""
        return [facts for facts in self.exhibits if facts["kind"] == "table"]


def chapters(context: PackContext, made: Collected) -> list[Chapter]:
    """Return the exhibits of each page; an exhibit of no listed page is not lost.

    Parameters
    ----------
    context : PackContext
        Its pages give the order and the titles.
    made : Collected
        The exhibits.
    """
    listed = {item["name"]: item for item in context.pages}
    names = list(dict.fromkeys([*listed, *(facts["page"] for facts in made.exhibits)]))
    return [
        Chapter(
            name=name,
            title=clean(listed.get(name, {}).get("title", name)),
            question=clean(listed.get(name, {}).get("question", "")),
            exhibits=[facts for facts in made.exhibits if facts["page"] == name],
        )
        for name in names
    ]


def frame_of(facts: Mapping[str, Any]) -> pd.DataFrame:
    """Return the data of an exhibit in full precision, with days as days.

    Examples
    --------
    >>> from helpers.exhibits.resource import from_frame
    >>> held = from_frame("a", pd.DataFrame({"day": pd.to_datetime(["2014-04-01"])}))
    >>> str(frame_of({"resource": held})["day"].dtype)[:10]
    'datetime64'
    """
    frame = to_frame(facts["resource"])
    for field in facts["resource"]["schema"]["fields"]:
        if field["type"] == "date":
            frame[field["name"]] = pd.to_datetime(frame[field["name"]])
    return frame


def cells(column: pd.Series) -> list[Any]:
    """Return the values of a column as plain values, a missing one as None.

    Examples
    --------
    >>> cells(pd.Series([540, None], dtype="Int64")), cells(pd.Series(["a", None], dtype="str"))
    ([540, None], ['a', None])
    """
    return [
        None if value is None or value is pd.NA or value is pd.NaT or value != value else value
        for value in column.astype("object").tolist()
    ]


def words_of(facts: Mapping[str, Any]) -> Words:
    """Return how the columns of an exhibit are shown.

    An exhibit carries its sentences and not the names of its columns; those are of the catalogue,
    or, for an exhibit that a notebook worded itself, the general ones.

    Parameters
    ----------
    facts : mapping
        The facts of the exhibit.

    Examples
    --------
    >>> words_of({"id": "mine.first", "title": "Mine", "shows": "A row.", "unit": "days"}).unit
    'days'
    """
    known = catalogue().get(facts["id"], {})
    shape = {name: known[name] for name in SHAPING if name in known}
    told = facts.get("year_note", "")
    year = re.search(r"the years? from (1 \w+)", told)
    if year:
        head = f"Part of year from {year[1]}" if " of the year" in told else f"Year from {year[1]}"
        shape["headers"] = {"year": head, **shape.get("headers", {})}
    return Words(title=facts["title"], shows=facts["shows"], unit=facts["unit"], **shape)


def laid(facts: Mapping[str, Any]) -> layout.Laid:
    """Return a table as the pages show it, rounded once.

    Parameters
    ----------
    facts : mapping
        The facts of an exhibit of kind table.
    """
    frame = frame_of(facts)
    if frame.empty:
        return layout.Laid([], [], [], silence(facts))
    words = words_of(facts)
    texts = frame.select_dtypes("str").columns.difference(list(words.missing))
    frame[texts] = frame[texts].fillna("")  # an exhibit carries no text as it carries nothing
    return layout.lay_out(frame, words)


def silence(facts: Mapping[str, Any]) -> str:
    """Return what an exhibit without rows says.

    Examples
    --------
    >>> silence({"answer": "Nobody was left out.", "unanswered": False})
    'Nobody was left out.'
    """
    if said := facts.get("answer") or facts.get("statement"):
        return clean(said)
    if facts.get("unanswered", True):
        return layout.EMPTY
    return "There is nothing to list here; the page of this exhibit says why."


def notes(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is said under an exhibit, each definition with what is counted and out of what.

    Parameters
    ----------
    facts : mapping
        The facts of the exhibit.

    Returns
    -------
    list of tuple of str
        What each sentence is, and the sentence.
    """
    said = [(what, clean(text)) for what, text in layout.notes(dict(facts))]
    before = next(place for place, (what, _) in enumerate(said) if what in {"Definition", "Period"})
    after = next(place for place, (what, _) in enumerate(said) if what == "Period")
    defined = [("Definition", text) for item in facts["definitions"] if (text := _defined(item))]
    return [*said[:before], *defined, *said[after:]]


def _defined(item: Mapping[str, str]) -> str:
    """Return a definition with what is counted and out of what; nothing where nothing is said."""
    parts = [clean(item["text"])] if item["text"] else []
    if item["numerator"]:
        of = f", out of: {item['denominator']}" if item["denominator"] else ""
        parts.append(clean(f"Counted: {item['numerator']}{of}."))
    return f"{clean(item['label'])} [{item['id']}]: {' '.join(parts)}" if parts else ""


def brief(facts: Mapping[str, Any]) -> list[tuple[str, str]]:
    """Return what is said under an exhibit where its definitions stand in a list of their own.

    Parameters
    ----------
    facts : mapping
        The facts of the exhibit.

    Returns
    -------
    list of tuple of str
        As :func:`notes`, the limits in one and the definitions by their ids.
    """
    said: dict[str, list[str]] = {}
    for what, text in notes(facts):
        said.setdefault(what, []).append(text)
    if "Definition" in said:
        ids = [item["id"] for item in facts["definitions"] if _defined(item)]
        said["Definition"] = [", ".join(f"[{name}]" for name in ids)]
    return [(what, " ".join(texts)) for what, texts in said.items()]


def definitions(exhibits: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Return every definition that exhibits rest on, each once, as its id and its sentence.

    Parameters
    ----------
    exhibits : list of dict
        Facts.

    Examples
    --------
    >>> late = {"id": "a", "label": "Late", "text": "", "numerator": "late", "denominator": "all"}
    >>> definitions([{"definitions": [late]}, {"definitions": [late]}])
    [('a', 'Late [a]: Counted: late, out of: all.')]
    """
    found = {
        (item["id"], text)
        for facts in exhibits
        for item in facts["definitions"]
        if (text := _defined(item))
    }
    return sorted(found)
