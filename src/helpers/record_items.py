"""The items of the RECORD statement, in the words of the house, and answers that a case gives.

RECORD adds 13 items to the STROBE statement for studies of records that were kept for another
purpose: Benchimol and others 2015, PLoS Medicine 12:e1001885. What each item asks is put in our own
words in ``record_items.csv``; the items of STROBE that RECORD does not extend are not here.

- :func:`items`: the items in their order.
- :class:`Item`: one of them.
- :data:`Answers`: what ``case.yml`` may say under ``record``.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator


@dataclass(frozen=True)
class Item:
    """An item: where in a report it belongs, what it asks, and who answers it if no run can.

    Examples
    --------
    >>> items()[0].section
    'Title and abstract'
    """

    id: str
    section: str
    asks: str
    who: str


@cache
def items() -> tuple[Item, ...]:
    """Return the 13 items that RECORD adds, in their order.

    Returns
    -------
    tuple of Item
        As ``record_items.csv`` has them.

    Examples
    --------
    >>> len(items()), items()[-1].id
    (13, '22.1')
    """
    text = resources.files(__package__).joinpath("record_items.csv").read_text(encoding="utf-8")
    return tuple(Item(**row) for row in csv.DictReader(text.splitlines()))


def _as_text(value: object) -> object:
    """Read the ids as text: YAML takes 12.1 for a number."""
    if isinstance(value, dict):
        return {str(name): answer for name, answer in value.items()}
    return value


def _known(answers: dict[str, str]) -> dict[str, str]:
    ids = [item.id for item in items()]
    wrong = [name for name in answers if name not in ids]
    if wrong:
        raise ValueError(
            f"{', '.join(wrong)} is no item of RECORD's own; it may be {', '.join(ids)}"
        )
    blank = [name for name, answer in answers.items() if not answer.strip()]
    if blank:
        raise ValueError(f"{', '.join(blank)} has no answer; leave it out to have it shown as open")
    return answers


Answers = Annotated[dict[str, str], BeforeValidator(_as_text), AfterValidator(_known)]
"""Answers by item; an id that is none is refused with the list of those there are."""
