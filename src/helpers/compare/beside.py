"""Which numbers of two packs may be set beside one another, and which rest on the same people.

- :func:`same_method`: whether two methods are one, but for what the data themselves decide.
- :func:`why_not_compared`: why two numbers are not set side by side.
- :func:`why_not_independent`: why a difference has no interval, because people are in both.
"""

from __future__ import annotations

import re

from helpers.compare.numbers import Number
from helpers.compare.packs import Pack

OWN_STANDARD = "observed over expected"
ABOUT_FILES = "quality."
STANDING = "backlog."

_DATA = re.compile(r"\b\d+(?:\.\d+)?(?= (?:df|clusters|draws|without|degrees|groups|replicates)\b)")
_ASIDE = re.compile(r"\([^()]*\)")


def same_method(first: str, second: str) -> bool:
    """Return whether two methods are one, but for numbers that the data themselves decide.

    Degrees of freedom, numbers of clusters and what stands in brackets may differ.

    Parameters
    ----------
    first, second : str
        Methods as exhibits name them.

    Examples
    --------
    >>> same_method("limits from t with 45 df", "limits from t with 33 df")
    True
    >>> same_method("Wilson score", "Clopper-Pearson")
    False
    """
    plain = [" ".join(_DATA.sub("n", _ASIDE.sub("", text)).split()) for text in (first, second)]
    return plain[0] == plain[1]


def _differing(first: str, second: str) -> tuple[str, str]:
    """Return the parts of two methods that the other does not have."""
    held = [[part.strip() for part in text.split(";")] for text in (first, second)]
    said = [
        "; ".join(part for part in mine if not any(same_method(part, other) for other in others))
        for mine, others in (held, held[::-1])
    ]
    return said[0] or "not so", said[1] or "not so"


def why_not_compared(first: Number, second: Number, *, other_people: bool) -> str:
    """Return why two numbers are not set side by side, or nothing where they may be.

    Parameters
    ----------
    first, second : Number
        Of one place in two packs.
    other_people : bool
        Whether case or period differ.
    """
    if first.definition != second.definition:
        return f"the definition is {first.definition} in one and {second.definition} in the other"
    if first.wording != second.wording:
        return f"the definition {first.definition} reads otherwise in the second"
    if first.denominator_id != second.denominator_id:
        return (
            f"the denominator is {first.denominator_id} in one and {second.denominator_id} "
            "in the other"
        )
    if first.unit != second.unit:
        return f"the unit is {first.unit} in one and {second.unit} in the other"
    if not same_method(first.method, second.method):
        was, now = _differing(first.method, second.method)
        return f"the method differs: {was} in the first, {now} in the second"
    if (first.status == "synthetic") != (second.status == "synthetic"):
        return "one is of people who never lived and the other is not"
    if other_people and OWN_STANDARD in first.method and first.column in {"", "value"}:
        return "each is held against an expected number of its own: they have different weights"
    return ""


def _shared(first: Pack, second: Pack) -> bool:
    """Return whether rows of one file were read for both."""
    return bool(set(first.data.values()) & set(second.data.values()))


def why_not_independent(first: Number, second: Number, *, old: Pack, new: Pack) -> str:
    """Return why the same people may be in both numbers, or nothing where they are not.

    Two cases are taken as other people unless a file was read for both; two periods of a case
    where no day is in both.

    Parameters
    ----------
    first, second : Number
        Numbers that may be compared.
    old, new : Pack
        Their packs.
    """
    shared = _shared(old, new)
    if old.case != new.case and not shared:
        return ""
    if first.exhibit.startswith(ABOUT_FILES) and shared:
        return "not independent: it is about files that both packs were made from"
    if first.year and second.year:
        if first.year == second.year:
            return "not independent: both are of the same year"
    elif (first.start, first.end) == (second.start, second.end):
        return "not independent: the same period, so the same people are in both"
    elif first.start <= second.end and second.start <= first.end:
        return "not independent: the periods overlap, so some people are in both"
    if first.exhibit.startswith(STANDING):
        return "not independent: what was open in one period may be open in the other as well"
    return ""
