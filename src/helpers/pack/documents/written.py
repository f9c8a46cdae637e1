"""The sheets of gptables, written cell by cell: the same workbook in a fraction of the time.

gptables 2.0 keeps the format of each cell of a sheet in a data frame of dictionaries and works on
those with pandas, which takes some fifty milliseconds a sheet. :class:`Sheet` says the same of the
same cells in plain Python; everything else, the rules and their words among it, is gptables' own.

- :func:`produce`: a workbook as `gptables.produce_workbook` makes it, byte for byte.
- :func:`number_columns`: which columns hold numbers and nothing else.
"""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

with warnings.catch_warnings():
    # It leaves the file of its theme to the garbage collector.
    warnings.simplefilter("ignore", ResourceWarning)
    from gptables import GPTable
    from gptables.core.wrappers import GPWorkbook, GPWorksheet

LINK = re.compile(r"\[.+\]\(.+\)")
REFERENCE = "$$"
SHORTHAND = re.compile(r"\[[\w\s]+\]")
BLANK = re.compile(r"^\s*$")
MARKS = re.compile(r"^[^a-zA-Z0-9]*$")
PLAIN = (str, int, float)


def number_columns(columns: Mapping[str, Sequence[Any]], *, index: Sequence[int]) -> list[bool]:
    """Return which columns hold numbers and nothing else, but for shorthand such as [x].

    Parameters
    ----------
    columns : mapping
        Cells of each column by its name.
    index : sequence of int
        Places of the columns that name the rows.

    Returns
    -------
    list of bool
        As gptables decides what stands on the right of its cell: a table without columns of names
        has text in its first.

    Examples
    --------
    >>> number_columns({"Service": ["a", "b"], "Deaths": [3, "[x]"]}, index=[0])
    [False, True]
    """
    named = not any(SHORTHAND.search(name) for name in columns)
    made = []
    for place, (name, cells) in enumerate(columns.items()):
        held = [*cells] if named or SHORTHAND.search(name) else [name, *cells]
        kept = [one for one in held if not (isinstance(one, str) and SHORTHAND.search(one))]
        numbers = bool(kept) and all(isinstance(one, int | float) for one in kept)
        made.append(numbers and place not in index and not (place == 0 and not index))
    return made


class Sheet(GPWorksheet):
    """A sheet of gptables whose table is written without frames of formats."""

    def _parse_table_urls(self, gptable: GPTable) -> None:
        cells = gptable.table.to_numpy().ravel()
        if any(isinstance(one, str) and LINK.search(one) for one in cells):
            super()._parse_table_urls(gptable)

    def _reference_table_annotations(self, gptable: GPTable, reference_order: list) -> None:
        columns = [gptable.table.iloc[:, place] for place in gptable.index_columns.values()]
        if gptable.table_notes or any(REFERENCE in str(one) for held in columns for one in held):
            super()._reference_table_annotations(gptable, reference_order)

    def _write_table_elements(self, pos: list, gptable: GPTable, auto_width: bool) -> list:
        table = gptable.table
        columns = {name: table[name].tolist() for name in table}
        cells = [one for held in columns.values() for one in held]
        # What breaks a rule, and what is written in another way, is left to gptables itself.
        unruly = any(
            one is None or pd.isna(one) or BLANK.search(str(one)) or MARKS.search(str(one))
            for one in cells
            if not isinstance(one, dict | list)
        )
        known = [item for item in gptable.additional_formatting if list(item) != ["column"]]
        if unruly or known or auto_width or not cells:
            return super()._write_table_elements(pos, gptable, auto_width)
        heads, bodies = self._formats(gptable, columns)
        first = gptable.data_range[0]
        for place, name in enumerate(columns):
            self._cell(first, place, name, heads[place])
        for row, values in enumerate(zip(*columns.values(), strict=True), start=first + 1):
            for place, value in enumerate(values):
                self._cell(row, place, value, bodies[place])
        self.add_table(
            *gptable.data_range,
            {
                "header_row": True,
                "autofilter": False,
                "columns": [
                    {"header": name, "header_format": self._workbook.add_format(head)}
                    for name, head in zip(columns, heads, strict=True)
                ],
                "style": None,
                "name": gptable.table_name,
            },
        )
        return [first + len(table) + 1, 0]

    def _formats(
        self, gptable: GPTable, columns: Mapping[str, Sequence[Any]]
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Return the format of the heading and of the cells of each column."""
        theme = self.theme
        levels = (theme.index_1_format, theme.index_2_format, theme.index_3_format)
        index = {place: levels[level - 1] for level, place in gptable.index_columns.items()}
        numbers = number_columns(columns, index=list(index))
        heads, bodies = [], []
        for place, right in enumerate(numbers):
            data = theme.data_format if place >= gptable.index_levels else {}
            aligned = {"align": "right" if right else "left"}
            heads.append({**theme.column_heading_format, **aligned})
            bodies.append({**data, **index.get(place, {}), **aligned})
        for item in gptable.additional_formatting:
            said = item["column"]
            for name in said["columns"]:
                place = list(columns).index(name) if isinstance(name, str) else name
                bodies[place].update(said["format"])
                if said.get("include_names", True):
                    heads[place].update(said["format"])
        return heads, bodies

    def _cell(self, row: int, place: int, value: Any, form: dict[str, Any]) -> None:
        if isinstance(value, PLAIN):
            self.write(row, place, value, self._workbook.add_format(form))
        else:
            self._smart_write(row, place, value, form)


class Book(GPWorkbook):
    """A workbook of gptables whose sheets are :class:`Sheet`."""

    def add_worksheet(self, name: str | None = None, gridlines: str = "hide_all") -> Sheet:
        """Return a new sheet; as gptables makes it."""
        sheet = super(GPWorkbook, self).add_worksheet(name, Sheet)
        sheet.theme = self.theme
        sheet._workbook = self
        sheet.hide_gridlines({"show_all": 0, "hide_printed": 1, "hide_all": 2}[gridlines])
        return sheet


def produce(
    target: Any,
    sheets: Mapping[str, GPTable],
    *,
    theme: Any,
    cover: Any,
    contents: Mapping[str, Any],
    notes: pd.DataFrame,
    notesheet: Mapping[str, Any],
    options: Mapping[str, Any],
) -> Book:
    """Return a workbook as `gptables.produce_workbook` makes it, of a fixed order of sheets.

    Parameters
    ----------
    target
        Where its bytes go when it is closed.
    sheets : mapping
        Tables by the names of their sheets.
    theme : Theme
        Formats.
    cover : Cover
        The first sheet.
    contents, notesheet : mapping
        What `GPWorkbook.make_table_of_contents` and `make_notesheet` take.
    notes : DataFrame
        References and notes.
    options : mapping
        Of the workbook, as XlsxWriter takes them.

    Returns
    -------
    Book
        Not closed yet: widths and properties can be set.
    """
    book = Book(target, options=dict(options))
    book.set_theme(theme)
    book.add_worksheet(cover.cover_label).write_cover(cover)
    listed = book.make_table_of_contents(dict(sheets), **contents)
    book._update_annotations(dict(sheets))
    noted = book.make_notesheet(notes, **notesheet)
    for name, table in {"Contents": listed, "Notes": noted, **sheets}.items():
        book.add_worksheet(name).write_gptable(table, False, book._annotations)
    return book
