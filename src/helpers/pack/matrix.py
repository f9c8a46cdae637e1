"""The terms of reference, item by item: where each is answered, or why it is not.

- :func:`check`: refuses an exhibit that no notebook shows, before anything runs.
- :func:`rows`: each item with its exhibits in a pack.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from helpers.casefile import Case
from helpers.caseterms import TermOfReference
from helpers.errors import InputError, Problem
from helpers.exhibits import numbers
from helpers.exhibits.words import catalogue

STANDINGS = {
    "answered": "Answered in",
    "in part": "Answered in part in",
    "nothing": "Asked. The records hold nothing that answers it, in",
    "cannot": "Cannot be answered from these records",
    "not run": "Not in this pack",
}
"""What became of an item, in words."""


def _problem(case: Case, item: TermOfReference, exhibit: str, why: str, mend: str) -> Problem:
    where = f"data/{case.id}/case.yml, terms_of_reference {item.id}"
    return Problem(f"exhibit {exhibit!r} {why}", where, mend)


def check(case: Case, sources: Iterable[str]) -> None:
    """Refuse terms of reference that name an exhibit which no notebook shows, before anything runs.

    Parameters
    ----------
    case : Case
        The case.
    sources : iterable of str
        The code of the notebooks of a run: an exhibit that is not in the catalogue must be named
        there.

    Raises
    ------
    InputError
        Naming each such exhibit and the item.

    Examples
    --------
    >>> from helpers.case import load
    >>> check(load("coroners"), [])
    """
    code = "\n".join(sources)
    found = [
        _problem(case, item, exhibit, "is in no notebook", "Correct its id, or take it out.")
        for item in case.terms_of_reference
        for exhibit in item.exhibits
        if exhibit not in catalogue() and f'"{exhibit}"' not in code
    ]
    if found:
        raise InputError(found)


def rows(
    case: Case, exhibits: Iterable[Mapping[str, Any]], pages: Sequence[str]
) -> list[dict[str, Any]]:
    """Return the terms of reference, each with its exhibits in a pack.

    Parameters
    ----------
    case : Case
        The case.
    exhibits : iterable of mapping
        The facts of the exhibits of the pack, each with ``page``.
    pages : sequence of str
        Names of the notebooks that were run.

    Returns
    -------
    list of dict
        ``id``, ``question``, ``reason``, ``standing`` (a key of :data:`STANDINGS`), ``words``,
        ``exhibits`` (``id``, ``title``, ``page``, ``empty`` of each) and ``elsewhere`` (those on
        pages that were not run, by their number).

    Raises
    ------
    InputError
        If an item names an exhibit that neither the pack nor the catalogue has, or that its page,
        which was run, does not show.

    Examples
    --------
    >>> from helpers.case import load
    >>> first = rows(load("coroners"), [], [])[0]
    >>> first["standing"], first["elsewhere"][0]
    ('not run', 'Exhibit 1b.1')
    """
    held = {facts["id"]: facts for facts in exhibits}
    found: list[Problem] = []
    made = []
    for item in case.terms_of_reference:
        shown = [
            {
                "id": name,
                "title": held[name]["title"],
                "page": held[name]["page"],
                "empty": _is_empty(held[name]),
            }
            for name in item.exhibits
            if name in held
        ]
        away = [name for name in item.exhibits if name not in held]
        for name in away:
            if name not in catalogue():
                found.append(
                    _problem(case, item, name, "is not in this pack", "Correct its id, or add it.")
                )
            elif (page := numbers.page(name)) in pages:
                mend = "Take it out of the item, or show it there."
                found.append(_problem(case, item, name, f"is not shown by notebook {page}", mend))
        standing = _standing(item, shown, away)
        made.append(
            {
                "id": item.id,
                "question": item.question,
                "reason": item.reason,
                "standing": standing,
                "words": STANDINGS[standing],
                "exhibits": shown,
                "elsewhere": [numbers.label(name) for name in away],
            }
        )
    if found:
        raise InputError(found)
    return made


def _is_empty(facts: Mapping[str, Any]) -> bool:
    """Return whether an exhibit holds nothing that answers: no row, or no finding."""
    unsaid = facts.get("kind") == "findings" and not facts.get("findings")
    return bool(facts.get("unanswered")) or unsaid


def _standing(item: TermOfReference, shown: list[dict[str, Any]], away: list[str]) -> str:
    if not item.exhibits:
        return "cannot"
    if not shown:
        return "not run"
    if all(one["empty"] for one in shown):
        return "nothing"
    return "in part" if item.reason or away else "answered"
