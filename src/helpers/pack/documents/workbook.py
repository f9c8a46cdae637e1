"""All tables of a pack as one accessible workbook, after the Analysis Function's guidance.

- :func:`workbook`: the bytes of ``tables.xlsx``.
- :func:`sheet_names`: the name of the sheet of each table.

A cover, a list of contents, notes, the findings, one sheet a table that has rows, and the list of
those that have none. What a figure was drawn from is in the CSV files and not here. gptables writes
the sheets and holds them to its rules: no empty cell, no cell of marks alone, one marked table a
sheet. A text that begins like a formula stays text.
"""

from __future__ import annotations

import hashlib
import io
import math
import warnings
from collections.abc import Callable, Iterable
from typing import Any

import pandas as pd

from helpers.exhibits.resource import is_empty
from helpers.pack.collect import Collected
from helpers.pack.documents import sheets
from helpers.pack.documents.labels import AUTHOR, Labels, fixed, labels
from helpers.pack.documents.sheets import ABSENT, text_of
from helpers.pack.render import PackContext

NAME_MOST = 31
"""Characters of a sheet's name that Excel holds."""

FINDINGS = "Findings"
SILENT = "Tables_without_rows"
WIDE, NARROW, COVER = 60, 11, 90
"""Widths of columns, in figures of the usual size."""

LINE = 16.5
"""Height of a line, in points."""

LIST = "This worksheet contains one table: the sheets of this workbook."

NOTES = {
    "precision": "Each number is held in full and shown rounded, as in the pages of the pack. A "
    "cell of Excel holds 15 figures; the CSV file of the same name in the folder tables holds all. "
    "Shares and differences of shares are held as parts of one and shown in per cent.",
    "absent": f"{ABSENT} stands where there is no value: it was not recorded, cannot be worked "
    "out, or does not apply. It never stands for nought.",
    "limits": "An interval says how far a number of this size can move by chance alone. It says "
    "nothing of records that are missing or wrong.",
}


def sheet_names(exhibits: Iterable[str]) -> dict[str, str]:
    """Return the name of the sheet of each table: its id, or its start with a fingerprint.

    Parameters
    ----------
    exhibits : iterable of str
        Ids.

    Returns
    -------
    dict of str
        Names of at most 31 characters, each once, the same from run to run.

    Examples
    --------
    >>> sheet_names(["rates.funnel"])
    {'rates.funnel': 'rates.funnel'}
    >>> len(sheet_names(["a." + 40 * "b"])["a." + 40 * "b"])
    31
    """
    return {exhibit: _sheet(exhibit) for exhibit in exhibits}


def _sheet(exhibit: str) -> str:
    if len(exhibit) <= NAME_MOST:
        return exhibit
    print_ = hashlib.sha256(exhibit.encode()).hexdigest()[:6]
    return f"{exhibit[: NAME_MOST - 7]}_{print_}"


def workbook(
    context: PackContext, made: Collected, *, number: Callable[[str], str] = lambda exhibit: exhibit
) -> bytes:
    """Return the bytes of ``tables.xlsx``.

    Parameters
    ----------
    context : PackContext
        The pack.
    made : Collected
        Its exhibits.
    number : callable, optional
        Gives the stable number of an exhibit's id.

    Returns
    -------
    bytes
        The same for the same pack.
    """
    said = labels(context)
    tables = [facts for facts in made.exhibits if facts["kind"] == "table"]
    full = [facts for facts in tables if not is_empty(facts["resource"])]
    silent = [facts for facts in tables if is_empty(facts["resource"])]
    names = sheet_names(facts["id"] for facts in full)
    with warnings.catch_warnings():
        # gptables leaves the file of its theme to the garbage collector, and calls pandas in ways
        # that pandas 4 will no longer know.
        warnings.simplefilter("ignore", ResourceWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        laid = {FINDINGS: sheets.findings(made, said, number)} if made.findings else {}
        laid |= {names[facts["id"]]: sheets.table(facts, said, number) for facts in full}
        if silent:
            laid[SILENT] = sheets.silent(silent, said, number)
        return fixed(_written(laid, said), said.date)


def _theme() -> Any:
    """Return the theme of gptables with the sentences over a table wrapped, cells at the top."""
    from copy import deepcopy

    from gptables import gptheme

    theme = deepcopy(gptheme)
    theme.title_format["text_wrap"] = False
    for part in ("instructions", "source", "legend"):
        getattr(theme, f"{part}_format").update({"text_wrap": True, "valign": "top"})
    for part in ("cover_text", "data", "index_1", "index_2", "index_3"):
        getattr(theme, f"{part}_format").update({"valign": "top"})
    return theme


def _written(laid: dict[str, Any], said: Labels) -> bytes:
    from helpers.pack.documents.written import produce

    held = io.BytesIO()
    book = produce(
        held,
        laid,
        theme=_theme(),
        cover=_cover(said),
        contents={
            "title": said.marked("Contents"),
            "instructions": LIST,
            "column_names": ["Sheet", "What it holds"],
        },
        notes=pd.DataFrame({"Reference": list(NOTES), "Note": list(NOTES.values())}),
        notesheet={"title": said.marked("Notes")},
        options={
            "in_memory": True,
            "strings_to_formulas": False,
            "strings_to_numbers": False,
            "strings_to_urls": False,
        },
    )
    _laid_out(book, laid, said)
    book.set_properties(
        {
            "title": said.title("Tables"),
            "subject": said.header,
            "author": AUTHOR,
            "company": "",
            "category": said.classification,
            "comments": said.data,
            "created": said.date,
        }
    )
    book.set_custom_property("Language", "en-GB")
    book.close()
    return held.getvalue()


def _laid_out(book: Any, laid: dict[str, Any], said: Labels) -> None:
    """Set widths, heights and the printed page of each sheet.

    Excel and LibreOffice do not agree on who sets the height of a row whose text is wrapped; a
    height that is set is the same everywhere.
    """
    cover, contents, notes, *_ = book.worksheets()
    header = said.header.replace("&", "&&")[:200]
    for sheet in book.worksheets():
        sheet.set_landscape()
        sheet.set_paper(9)
        sheet.fit_to_pages(1, 0)
        sheet.set_header(f"&L{header}")
        sheet.set_footer("&LSheet &A&RPage &P of &N")
        if table := laid.get(sheet.get_name()):
            widths = _widths(table.table)
            over = [table.instructions, *table.legend, *([table.source] if table.source else [])]
            rows = [[text] for text in over] + [list(table.table)] + table.table.to_numpy().tolist()
            _sized(sheet, widths, rows, start=1)
    titles = [[name, str(table.title)] for name, table in laid.items()]
    _sized(contents, [36, 120], [[LIST], ["Sheet", "What it holds"], *titles], start=1)
    _sized(notes, [36, 120], [["", ""], *(["", text] for text in NOTES.values())], start=2)
    told = _cover(said)
    lines = [told.title + " " * 40, "", *told.intro, "", *told.about]
    _sized(cover, [COVER], [[line] for line in lines], start=0)


def _sized(sheet: Any, widths: list[float], rows: list[list[Any]], *, start: int) -> None:
    """Set the widths of columns, and heights of rows from what has to go into them."""
    for place, width in enumerate(widths):
        sheet.set_column(place, place, width)
    for place, row in enumerate(rows, start):
        lines = max(
            sum(math.ceil(max(len(line), 1) / (1.08 * width)) for line in str(value).split("\n"))
            for value, width in zip(row, widths, strict=False)
        )
        if lines > 1:
            sheet.set_row(place, LINE * lines)


def _cover(said: Labels) -> Any:
    from gptables import Cover

    about = [
        "Where the data are real, each death counted here is that of a person.",
        "One sheet holds one table. Over each table stands what it shows, what it cannot show, "
        "what is counted and out of what, the method, the period, the source and the status of "
        "the data.",
        "The sheet's name is the id of the exhibit, which is the same from run to run.",
        "What a figure was drawn from is in the folder tables of the pack, as CSV.",
    ]
    return Cover(
        title=text_of(said.title("Tables")),
        intro=[text_of(f"{what}: {value}") for what, value in said.facts],
        about=[text_of(line) for line in about],
    )


def _widths(table: pd.DataFrame) -> list[float]:
    """Return the widths of columns; the first also holds the sentences over the table."""
    longest = [
        max(max(map(len, str(value).split("\n"))) for value in (column, *table[column]))
        for column in list(table)[1:]
    ]
    return [WIDE, *(min(max(size * 1.15 + 2, NARROW), WIDE) for size in longest)]
