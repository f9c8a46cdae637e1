"""The findings as the front of a pack states them: each with how sure it is and its limit.

- :func:`headlines`: the findings that the front opens with, by page.
- :func:`groups`: all findings, by page and exhibit.
- :func:`uncertainty`: how sure a finding is, in words.

Which findings come first is no matter of what they show: ``headlines.csv`` names them, in order,
by the id of a finding or of an exhibit (of which then the first ``most`` are taken; the one of the
indicator that the case puts on its charts, if there is one, before others).
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from importlib import resources
from typing import Any

from helpers.exhibits import finding, formats, numbers
from helpers.pack.markup import anchor_of

MOST = 3
"""Findings that a page of none of the named exhibits puts on the front: the first ones."""

UNSAID = "No limit of it was written down; that is a gap."
"""What stands for the limit of a finding where neither definition nor exhibit names one."""

KINDS = {words: kind for kind, words in finding.UNITS.items()}
AFTER = {"days": " days", "difference of proportions": " percentage points"}


@cache
def _named() -> list[tuple[str, int]]:
    text = resources.files(__package__).joinpath("headlines.csv").read_text(encoding="utf-8")
    return [(row["id"], int(row["most"])) for row in csv.DictReader(text.splitlines())]


def uncertainty(found: Mapping[str, Any]) -> str:
    """Return how sure a finding is, in words.

    Parameters
    ----------
    found : mapping
        A finding, as ``findings.json`` holds it.

    Returns
    -------
    str
        A sentence: the interval, or that there is none.

    Examples
    --------
    >>> share = {"low": 0.13449, "high": 0.14794, "level": 0.95, "unit": "proportion"}
    >>> uncertainty(share)
    'Allowing for chance alone, between 13.4% and 14.8% (95% interval).'
    """
    low, high, level = found["low"], found["high"], found["level"]
    if level is None:
        return "It is a count, and has no interval."
    if low is None and high is None:
        return "No interval can be given for it."
    kind, unit = KINDS.get(found["unit"], "number"), AFTER.get(found["unit"], "")
    ends = [
        "" if found[name] is None else f"{formats.shown(found[name], kind)}{unit}"
        for name in ("low", "high")
    ]
    if all(ends):
        between = f"between {ends[0].removesuffix(unit)} and {ends[1]}"
    else:
        between = f"at {'least' if ends[0] else 'most'} {ends[0] or ends[1]}"
    return f"Allowing for chance alone, {between} ({100 * level:g}% interval)."


def _limits(facts: Mapping[str, Any], found: Mapping[str, Any]) -> list[str]:
    """Return what a finding cannot show: by its definition, else by its exhibit."""
    own = [
        item["cannot_show"]
        for item in facts["definitions"]
        if item["id"] == found["definition"] and item["cannot_show"]
    ]
    return own[:1] or list(facts["cannot_show"][:1]) or [UNSAID]


def _stated(facts: Mapping[str, Any], found: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "id": found["id"],
        "target": anchor_of(found["id"]),
        "exhibit": facts["id"],
        "label": numbers.label(facts["id"]),
        "page": facts["page"],
        "text": found["text"],
        "uncertainty": uncertainty(found),
        "said": "interval" in found["text"],
        "limits": _limits(facts, found),
    }


def _chosen(stating: Sequence[Mapping[str, Any]], lead: str) -> list[tuple[Any, Any]]:
    """Return the exhibit and the finding of each that the front opens with, in order."""
    every = [(facts, found) for facts in stating for found in facts["findings"]]
    chosen: list[tuple[Any, Any]] = []
    for name, most in _named():
        mine = [pair for pair in every if name in {pair[0]["id"], pair[1]["id"]}]
        mine.sort(key=lambda pair: not (lead and pair[1]["id"].endswith(f".{lead}")))
        chosen += mine[:most]
    named = {facts["page"] for facts, _ in chosen}
    for page in dict.fromkeys(facts["page"] for facts in stating if facts["page"] not in named):
        first = next(facts for facts in stating if facts["page"] == page)
        chosen += [(first, found) for found in first["findings"][:MOST]]
    return chosen


def headlines(
    pages: Sequence[Mapping[str, str]], stating: Sequence[Mapping[str, Any]], *, lead: str = ""
) -> list[dict[str, Any]]:
    """Return the findings that the front opens with, by page.

    Parameters
    ----------
    pages : sequence of mapping
        ``name``, ``title``, ``question`` of each notebook.
    stating : sequence of mapping
        The facts of the exhibits that hold findings, each with ``page``.
    lead : str
        Indicator of which a finding is taken before those of others.

    Returns
    -------
    list of dict
        Each page with ``findings``: ``text``, ``uncertainty``, ``limits``, ``label`` and where each
        leads; pages without any are left out.

    Examples
    --------
    >>> headlines([], [])
    []
    """
    chosen = _chosen(stating, lead)
    order = list(dict.fromkeys(facts["page"] for facts, _ in chosen))
    by_name = {item["name"]: item for item in pages}
    return [
        {
            **by_name[page],
            "findings": [_stated(facts, found) for facts, found in chosen if facts["page"] == page],
        }
        for page in order
    ]


def groups(
    pages: Iterable[Mapping[str, str]], stating: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Return all findings, by page and exhibit.

    Parameters
    ----------
    pages, stating
        As for :func:`headlines`.

    Returns
    -------
    list of dict
        Each page with ``exhibits``: ``id``, ``label``, ``title``, ``findings`` and ``limits``;
        pages without any are left out.

    Examples
    --------
    >>> groups([{"name": "1_rates"}], [])
    []
    """
    made = []
    for page in pages:
        exhibits = [
            {
                "id": facts["id"],
                "label": numbers.label(facts["id"]),
                "title": facts["title"],
                "findings": [_stated(facts, found) for found in facts["findings"]],
                "limits": facts["cannot_show"],
            }
            for facts in stating
            if facts["page"] == page["name"]
        ]
        if exhibits:
            made.append({**page, "exhibits": exhibits})
    return made
