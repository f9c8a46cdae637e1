"""The words of the pages that not everybody knows, each with what it means.

The terms stand in ``glossary.csv``: a term, other forms of it that are read as the same, and its
meaning in plain words.

- :func:`terms`: every term.
- :func:`used`: those that are used in texts.
- :func:`anchor`: the place of a term on the index.
- :class:`Term`: a term; :class:`Linker`: leads from its first use on a page to its meaning.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from importlib import resources


@dataclass(frozen=True)
class Term:
    """A term, its other forms, and its meaning.

    Examples
    --------
    >>> Term("median", ("medians",), "The middle value.").forms
    ('median', 'medians')
    """

    name: str
    also: tuple[str, ...]
    meaning: str

    @property
    def forms(self) -> tuple[str, ...]:
        """Return the term and its other forms."""
        return (self.name, *self.also)


@cache
def terms() -> tuple[Term, ...]:
    """Return every term, in the order of the alphabet.

    Returns
    -------
    tuple of Term
        As ``glossary.csv`` holds them.

    Examples
    --------
    >>> next(term.meaning for term in terms() if term.name == "median")
    'The middle value: half of the records lie at or below it.'
    """
    text = resources.files(__package__).joinpath("glossary.csv").read_text(encoding="utf-8")
    return tuple(
        Term(row["term"], tuple(form for form in row["also"].split(";") if form), row["meaning"])
        for row in csv.DictReader(text.splitlines())
    )


def _pattern(known: Iterable[Term]) -> re.Pattern[str]:
    """Return a pattern of every form as a whole word, the longest first."""
    forms = sorted({form for term in known for form in term.forms}, key=lambda form: -len(form))
    return re.compile(rf"(?<![\w-])(?:{'|'.join(map(re.escape, forms))})(?![\w-])", re.IGNORECASE)


def _by_form(known: Iterable[Term]) -> dict[str, Term]:
    return {form.lower(): term for term in known for form in term.forms}


def used(texts: Iterable[str], *, known: Iterable[Term] | None = None) -> list[Term]:
    """Return the terms that texts use, in the order of the alphabet.

    Parameters
    ----------
    texts : iterable of str
        Sentences that readers see.
    known : iterable of Term, optional
        The terms that are looked for; all of them if not said.

    Returns
    -------
    list of Term
        Each once, however often and in whichever form it is used.

    Examples
    --------
    >>> [term.name for term in used(["The medians of 34 working days."])]
    ['median', 'working day']
    """
    known = terms() if known is None else tuple(known)
    if not known:
        return []
    pattern, by_form = _pattern(known), _by_form(known)
    found = {by_form[match.lower()] for text in texts for match in pattern.findall(text)}
    return [term for term in known if term in found]


def anchor(term: Term) -> str:
    """Return the id under which a term stands on the index.

    Parameters
    ----------
    term : Term
        The term.

    Returns
    -------
    str
        Small letters, digits and hyphens.

    Examples
    --------
    >>> anchor(Term("P value", (), ""))
    'term-p-value'
    """
    return f"term-{re.sub(r'[^a-z0-9]+', '-', term.name.lower()).strip('-')}"


@dataclass
class Linker:
    """Finds the first use of each term on a page, so that a link can lead from it to its meaning.

    Parameters
    ----------
    known : tuple of Term
        The terms that have a place on the index.
    met : set of str
        Names of those that were met on the page already.

    Examples
    --------
    >>> linker = Linker((Term("median", ("medians",), ""),))
    >>> [(text, term and term.name) for text, term in linker.parts("Two medians, one median.")]
    [('Two ', None), ('medians', 'median'), (', one median.', None)]
    """

    known: tuple[Term, ...]
    met: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Make the pattern once for a page."""
        self._find = _pattern(self.known) if self.known else None
        self._by_form = _by_form(self.known)

    def parts(self, text: str) -> list[tuple[str, Term | None]]:
        """Return a text in parts, each with the term that is used there for the first time."""
        found: list[tuple[str, Term | None]] = []
        start = 0
        for match in self._find.finditer(text) if self._find else ():
            term = self._by_form[match[0].lower()]
            if term.name in self.met:
                continue
            self.met.add(term.name)
            found += [(text[start : match.start()], None), (match[0], term)]
            start = match.end()
        return [part for part in [*found, (text[start:], None)] if part[0]]
