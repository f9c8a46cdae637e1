"""The headers of a raw sheet: where they stand, and whether each is declared.

- :func:`find_headers`: the row in which the declared headers stand, and the header of each column.
- :func:`header_problems`: every header that is not declared, and every field without one.
- :func:`synonyms`: the headers a source declares, by field.
- :func:`squeezed`: a header without stray spaces; :func:`letters`: the name of a column.

The header row is the row among the first 40 that holds the most declared headers; the first of
them where two hold as many. It must hold at least half of the fields that are not optional. Where
``header_rows`` is more than 1, a group above the headers is joined to each header below it:
"IMA / Date". A group reaches over the cells it is merged with; where nothing is merged, over the
blank cells to its right as long as headers stand below.
"""

from __future__ import annotations

from collections.abc import Sequence
from difflib import get_close_matches
from typing import TYPE_CHECKING

from helpers.errors import InputError, Problem
from helpers.intake.reading import ROW
from helpers.sourcefile import Source

if TYPE_CHECKING:
    from helpers.intake.sheets import Sheet

HEAD = 40
"""Rows among which the headers are looked for."""

Merged = Sequence[tuple[tuple[int, int], tuple[int, int]]]


def synonyms(source: Source) -> dict[str, list[str]]:
    """Return the headers that a source declares, by field and milestone.

    Parameters
    ----------
    source : Source
        An extract.

    Returns
    -------
    dict
        Its spellings, squeezed of spaces, by the name of the field or milestone.
    """
    rules = {**source.fields, **source.milestones}
    return {
        name: [squeezed(text) for text in ([said] if isinstance(said, str) else said)]
        for name, said in ((name, rule.from_) for name, rule in rules.items())
    }


def squeezed(header: str) -> str:
    r"""Return a header without stray spaces and line ends.

    Parameters
    ----------
    header : str
        As it stands in the cell.

    Returns
    -------
    str
        With single spaces.

    Examples
    --------
    >>> squeezed(" Date of\nDeath ")
    'Date of Death'
    """
    return " ".join(header.split())


def _optional(source: Source, name: str) -> bool:
    rule = source.fields.get(name) or source.milestones.get(name)
    return bool(getattr(rule, "optional", False))


def _declared(source: Source) -> set[str]:
    named = {header for headers in synonyms(source).values() for header in headers}
    return named | {squeezed(header) for header in [*source.ignored, *source.quarantined]}


def letters(column: int) -> str:
    """Return the letters by which a spreadsheet names a column, counted from 0.

    Parameters
    ----------
    column : int
        0 for the first.

    Returns
    -------
    str
        Its letters.

    Examples
    --------
    >>> letters(0), letters(25), letters(26), letters(16383)
    ('A', 'Z', 'AA', 'XFD')
    """
    text = ""
    column += 1
    while column:
        column, last = divmod(column - 1, 26)
        text = chr(65 + last) + text
    return text


def _spread(group: list[str], below: list[str], spans: list[tuple[int, int]]) -> list[str]:
    """Fill a group cell over the columns it covers."""
    filled = list(group)
    if spans:
        for first, last in spans:
            filled[first : last + 1] = [group[first]] * (min(last, len(group) - 1) - first + 1)
        return filled
    for column in range(1, len(group)):
        # A header with nothing below it stands for its own column only.
        if not filled[column] and below[column] and below[column - 1]:
            filled[column] = filled[column - 1]
    return filled


def _names(rows: list[list[str]], top: int, merged: Merged) -> list[str]:
    """Return the header of each column from one or more header rows, the groups joined to it."""
    cells = [[squeezed(cell) for cell in row] for row in rows]
    for level in range(len(cells) - 2, -1, -1):
        row = top + level
        spans = [
            (first, last)
            for (top_row, first), (low_row, last) in merged
            if top_row <= row <= low_row and first < last and first < len(cells[level])
        ]
        cells[level] = _spread(cells[level], cells[level + 1], spans)
    return [" / ".join(filter(None, parts)) for parts in zip(*cells, strict=True)]


def find_headers(
    head: Sequence[Sequence[str]], source: Source, *, where: str, merged: Merged = ()
) -> tuple[int, list[str]]:
    """Return the row in which the declared headers stand and the header of each column.

    Parameters
    ----------
    head : sequence of sequences
        Text of the first rows of the sheet.
    source : Source
        What is declared, and how many rows of headers there are.
    where : str
        File and sheet, for the message.
    merged : sequence, optional
        Merged ranges: first and last cell, each as (row, column) from 0. Without any that
        concern the headers, a group is taken to reach to the next one.

    Returns
    -------
    tuple of int and list of str
        The row from 0 (the lowest, where there are several) and the headers, blank ones too.

    Raises
    ------
    InputError
        If no row holds half of the fields that are not optional: the closest is named.
    """
    depth = source.sheets.header_rows
    width = max((len(row) for row in head), default=0)
    rows = [[*row, *[""] * (width - len(row))] for row in head]
    declared = _declared(source)
    best, names, most = 0, [], -1
    for top in range(max(min(HEAD, len(rows) - depth + 1), 0)):
        candidate = _names(rows[top : top + depth], top, merged)
        held = len(declared & set(candidate))
        if held > most:
            best, names, most = top, candidate, held
    needed = {
        name: headers for name, headers in synonyms(source).items() if not _optional(source, name)
    }
    missing = [headers[0] for headers in needed.values() if not set(headers) & set(names)]
    if most < 1 or 2 * len(missing) > len(needed):
        closest = f"; the closest is row {best + depth} with {most} of them" if most > 0 else ""
        raise InputError.one(
            f"no row among the first {HEAD} holds the headers declared{closest}; "
            f"missing: {', '.join(missing) or 'all'}",
            where,
            "Correct the headers (or header_rows) in case.yml, or list the sheet under "
            "sheets.ignore.",
        )
    return best + depth - 1, names


def header_problems(sheets: Sequence[Sheet], source: Source) -> list[Problem]:
    """Return every header that is not declared, and every field whose header is not there.

    Parameters
    ----------
    sheets : sequence of Sheet
        All sheets of the source.
    source : Source
        What is declared.

    Returns
    -------
    list of Problem
        The full list, sheet by sheet; empty if all is well.
    """
    origin = source.file or f"database source {source.id}"
    declared = _declared(source)
    found: list[Problem] = []
    for sheet in sheets:
        where = f"{origin}, sheet {sheet.name}" if sheet.name else origin
        headers = [header for header in sheet.frame.columns if header != ROW]
        for header in headers:
            if header not in declared:
                near = get_close_matches(
                    header.casefold(), {d.casefold(): d for d in declared}, 1, 0.8
                )
                hint = next((d for d in sorted(declared) if near and d.casefold() == near[0]), "")
                also = f" (is it {hint!r}?)" if hint else ""
                found.append(
                    Problem(
                        f"header {header!r} is not declared{also}",
                        where,
                        "Add it to fields, milestones, ignored or quarantined in case.yml.",
                    )
                )
        for name, spellings in synonyms(source).items():
            there = [header for header in dict.fromkeys(spellings) if header in headers]
            if len(there) > 1:
                found.append(
                    Problem(
                        f"{name} has two columns: {' and '.join(map(repr, there))}",
                        where,
                        "Keep one of them under the field; put the other under ignored.",
                    )
                )
            if not there and not _optional(source, name):
                found.append(
                    Problem(
                        f"{name} has no column: none is headed {' or '.join(map(repr, spellings))}",
                        where,
                        "Add its header to 'from', or declare the field optional.",
                    )
                )
    return found
