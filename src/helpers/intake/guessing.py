"""What a header and the values below it are likely to be, for the draft of a case.

- :func:`vocabulary`: the headers and values that the suite knows (``headers.yml``).
- :func:`known_keys`: all of its headers, as :func:`helpers.intake.looking.key`.
- :func:`likely`, :func:`matched`: headers as canonical names; near matches are marked as guesses.
- :func:`table_of`: which canonical table the headers speak of.
- :func:`system_of`: which incident system they come from.
- :func:`column_of`: the canonical column of a name.
- :func:`is_free_text`: whether a column holds free text.
- :func:`code_map`: the values of a column with the code of each, where it is plain.
- :class:`Match`: what a header is.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from importlib import resources
from typing import Any

import pandas as pd

from helpers.case import read_yaml
from helpers.intake.hits import squeezed
from helpers.intake.looking import key
from helpers.intake.words import COMMON, word_key
from helpers.sourcefile import RELATED
from helpers.tables import TABLES, Column
from helpers.undecided import DECIDE

ORDER = ("incidents", "deaths", "registrations", "exposure")
NEAR = 0.87
"""How alike two headers must be for a guess (1: equal), by the ratio of difflib."""

SHORT = 5
LONG, WORDY, DISTINCT = 60, 25, 0.5
"""Free text: a text of so many characters, so many on average, and so large a share distinct."""

YES_NO = ("yes", "y", "true", "1", "no", "n", "false", "0")


@dataclass(frozen=True)
class Match:
    """What a header is likely to be.

    Parameters
    ----------
    kind : str
        fields, milestones, ignored or quarantined.
    name : str
        Canonical name; the reason, where the column is ignored.
    sure : bool
        False for a near match.
    """

    kind: str
    name: str
    sure: bool = True


@lru_cache
def vocabulary() -> dict[str, Any]:
    """Return the headers and values that the suite knows."""
    text = resources.files(__package__).joinpath("headers.yml").read_text(encoding="utf-8")
    return read_yaml(text)


@lru_cache
def _of_table(table: str) -> dict[str, Match]:
    """Return what each known header is in a table, by its key."""
    told = vocabulary()
    own = told["tables"][table]
    found: dict[str, Match] = {}
    for kind, names in (
        ("fields", {**told["identity"], **own["fields"]} if table != "exposure" else own["fields"]),
        ("fields", {"sex": told["identity"]["sex"]} if table == "exposure" else {}),
        ("milestones", own["milestones"]),
    ):
        for name, spellings in names.items():
            for spelling in spellings:
                found.setdefault(key(spelling), Match(kind, name))
    for spelling, reason in own["ignored"].items():
        found.setdefault(key(spelling), Match("ignored", reason))
    for spelling in told["quarantined"]:
        found.setdefault(key(str(spelling)), Match("quarantined", ""))
    return found


@lru_cache
def known_keys() -> frozenset[str]:
    """Return all headers that the suite knows, as :func:`helpers.intake.looking.key`."""
    return frozenset(name for table in ORDER for name in _of_table(table))


@lru_cache(maxsize=4096)
def likely(header: str, table: str) -> Match | None:
    """Return what one header is likely to be in a table; None where nothing is like it.

    Examples
    --------
    >>> likely("DOD (from Spine)", "deaths")
    Match(kind='fields', name='date_of_death', sure=False)
    """
    known, name = _of_table(table), key(header)
    if name in known:
        return known[name]
    bare = key(re.sub(r"[(\[{].*?[)\]}]", " ", header))
    if bare in known:
        return Match(known[bare].kind, known[bare].name, sure=False)
    if not SHORT <= len(name) <= 100:
        return None
    likeness = {
        other: SequenceMatcher(None, name, other).ratio()
        for other in known
        if len(other) >= SHORT and abs(len(other) - len(name)) <= 4
    }
    near = max(likeness, key=lambda other: likeness[other], default="")
    if not near or likeness[near] < NEAR:
        return None
    return Match(known[near].kind, known[near].name, sure=False)


def matched(headers: Sequence[str], table: str) -> dict[str, Match]:
    """Return what the headers of one sheet are likely to be; those nothing is like are left out.

    Parameters
    ----------
    headers : sequence of str
        Headers of one sheet.
    table : str
        The canonical table it becomes.

    Returns
    -------
    dict of Match
        By header; a canonical name is given once only, to the surest and first.

    Examples
    --------
    >>> found = matched(["NHS No", "Incident Dates", "Colour"], "incidents")
    >>> {header: (match.name, match.sure) for header, match in found.items()}
    {'NHS No': ('nhs_number', True), 'Incident Dates': ('incident_date', False)}
    """
    every = {header: match for header in headers if (match := likely(header, table)) is not None}
    taken: dict[str, str] = {}
    for header in sorted(every, key=lambda header: not every[header].sure):
        if every[header].kind in {"fields", "milestones"}:
            taken.setdefault(every[header].name, header)
    return {
        header: match
        for header, match in every.items()
        if match.kind not in {"fields", "milestones"} or taken[match.name] == header
    }


def table_of(headers: Sequence[str]) -> str:
    """Return which canonical table the headers speak of; empty text where that is not plain.

    Parameters
    ----------
    headers : sequence of str
        Headers of one sheet.

    Returns
    -------
    str
        deaths, incidents, registrations or exposure.

    Examples
    --------
    >>> table_of(["NHS No", "Date of Death", "Last Contact", "Directorate"])
    'deaths'
    >>> table_of(["NHS No", "Incident date", "Severity", "Date of Death"])
    'incidents'
    >>> table_of(["Code", "Meaning"])
    ''
    """
    scores = {}
    for table in ORDER:
        found = {
            match.name: 2.0 if match.sure else 1.0
            for match in matched(headers, table).values()
            if match.kind in {"fields", "milestones"}
        }
        told = vocabulary()["tables"][table]
        if not set(told["needs"]) & set(found) or len(found) < 2:
            continue
        scores[table] = sum(found.values()) + 3 * len(set(told["shows"]) & set(found))
    if set(scores) >= {"deaths", "registrations"}:
        # A national list knows the day of registration and nothing of the care a person was given.
        care = {match.name for match in matched(headers, "deaths").values()}
        care &= {*vocabulary()["tables"]["deaths"]["shows"], "service", "local_id"}
        del scores["deaths" if scores["registrations"] > 10 and not care else "registrations"]
    if not scores:
        return ""
    best = max(scores.values())
    chosen = [table for table, score in scores.items() if score == best]
    return chosen[0] if len(chosen) == 1 else ""


def system_of(headers: Iterable[str]) -> str:
    """Return which incident system the headers are likely to come from.

    Parameters
    ----------
    headers : iterable of str
        Headers of all sheets of a source.

    Returns
    -------
    str
        The system, DECIDE where none or several are likely.

    Examples
    --------
    >>> system_of(["Ref", "Handler", "Approval status"])
    'datix'
    """
    there = {key(header) for header in headers}
    told = vocabulary()
    names = {match.name for match in matched(sorted(headers), "incidents").values()}
    listing = there & {key(header) for header in told["listing"]}
    if "steis_ref" in names and "local_ref" not in names and listing:
        return "steis"
    counts = {
        system: len(there & {key(str(header)) for header in headers})
        for system, headers in told["systems"].items()
    }
    best = max(counts.values())
    chosen = [system for system, count in counts.items() if count == best]
    return chosen[0] if best and len(chosen) == 1 else DECIDE


def column_of(table: str, name: str) -> Column:
    """Return the canonical column of a field or milestone.

    Parameters
    ----------
    table : str
        Canonical table of the source.
    name : str
        Name of the field, identity or milestone.

    Returns
    -------
    Column
        Its kind and the values it may have.

    Examples
    --------
    >>> column_of("incidents", "family_involvement").allowed[:2], column_of("deaths", "dob").kind
    (('none', 'informed'), 'date')
    """
    if name == "dob":
        return Column("dob", "date", "date of birth")
    where, real = RELATED.get(name, (table, name))
    where = "deaths" if name in {"sex", "age"} else where
    found = [column for column in TABLES[where].columns if column.name == real]
    return found[0] if found else Column(name, "text", name)


def is_free_text(text: pd.Series) -> bool:
    """Return whether a column holds free text: long, and hardly a value twice.

    Parameters
    ----------
    text : Series
        The column.

    Returns
    -------
    bool
        True for free text.

    Examples
    --------
    >>> is_free_text(pd.Series(["She was seen on the ward that morning and was well, said staff."]))
    True
    """
    values = squeezed(text)
    values = values[values.ne("")]
    lengths = values.str.len()
    return bool(
        len(values)
        and lengths.max() >= LONG
        and lengths.mean() >= WORDY
        and values.nunique() >= DISTINCT * len(values)
    )


def code_map(text: pd.Series, table: str, name: str) -> dict[str, str]:
    """Return the distinct values of a column with the code of each, DECIDE where it is not plain.

    Values that the suite itself understands need no entry: words for a missing value, yes and no
    in a column of those.

    Parameters
    ----------
    text : Series
        The column.
    table, name : str
        Canonical table and field.

    Returns
    -------
    dict
        Code by value, in the order of their frequency.

    Examples
    --------
    >>> code_map(pd.Series(["Male", "N/K", "Trans man", ""]), "deaths", "sex")
    {'Male': 'M', 'Trans man': 'DECIDE'}
    """
    column = column_of(table, name)
    codes = {word_key(code): code for code in column.allowed}
    for code, spellings in vocabulary()["codes"].get(name, {}).items():
        codes |= {word_key(spelling): code for spelling in spellings}
    found: dict[str, str] = {}
    done: set[str] = set()
    for value in squeezed(text).value_counts().index:
        word = word_key(value)
        understood = column.kind == "flag" and word in YES_NO
        if not word or word in done or understood or (word in COMMON and word not in codes):
            continue
        done.add(word)
        found[value] = codes.get(word, DECIDE)
    return found
