"""The sheets of the workbook: a table each, with all that has to be known of it above it.

- :func:`table`: the sheet of an exhibit.
- :func:`findings`: the sheet of all findings.
- :func:`silent`: the sheet of tables that hold no row.
- :func:`number_format`: how the numbers of a column are shown; the cell holds the whole number.
- :func:`text_of`: a text as a cell holds it.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pandas as pd

from helpers.exhibits import formats, layout
from helpers.pack.collect import Collected
from helpers.pack.documents import shown
from helpers.pack.documents.labels import Labels, clean, named

TEXT_MOST = 32_000
"""Characters of a cell; Excel holds 32,767."""

ABSENT = "[x]"
"""What stands where a table holds nothing, as the guidance on symbols says."""

STATUS = "Data status"
WORD = re.compile("[A-Za-z0-9]")

FORMS = {
    "count": "#,##0",
    "percent0": "0%",
    "points": "0.0%",
    "points2": "0.00%",
    "p": '[<0.001]"below 0.001";0.000',
}


def number_format(kind: str, values: Iterable[float | None]) -> str:
    """Return how the numbers of a column are shown; the cell holds the whole number.

    Parameters
    ----------
    kind : str
        As :func:`helpers.exhibits.formats.kind_of` returns it.
    values : iterable of float
        The numbers, None where there is none; the smallest decides how many decimals are needed.

    Returns
    -------
    str
        A number format of Excel.

    Examples
    --------
    >>> number_format("percent", [0.15]), number_format("percent", [0.002])
    ('0.0%', '0.00%')
    >>> number_format("count", [12])
    '#,##0'
    """
    if kind in FORMS:
        return FORMS[kind]
    sizes = [abs(float(value)) for value in values if value and math.isfinite(value)]
    least = min(sizes, default=1.0)
    if kind in {"percent", "in_words"}:
        return "0.00%" if least < 0.01 else "0.0%"
    if kind == "days":
        return "#,##0" if all(size == round(size) for size in sizes) else "#,##0.0"
    if kind == "ratio":
        return "0.00" if least >= 0.1 else "0.0000"
    if kind == "number" and least >= 1:
        return "#,##0.00"
    return "General"


def text_of(text: str) -> str:
    """Return a text in which gptables finds no link and no reference to a note.

    Examples
    --------
    >>> text_of("[late](2)")
    '[late] (2)'
    """
    plain = clean(str(text)).replace("](", "] (").replace("$$", "$ $")
    return plain if len(plain) <= TEXT_MOST else f"{plain[:TEXT_MOST]} [cut; the CSV file holds it]"


def _cell(value: Any, kind: str) -> Any:
    """Return a value as a cell holds it: a number in full, a text as text, never nothing."""
    if value is None or value != value or value == "":
        return ABSENT
    if isinstance(value, str):
        text = text_of(value)
        return text if WORD.search(text) else f"the text {text}"
    if kind in {"yes_no", "day"}:
        return (
            "yes" if kind == "yes_no" and value else f"{value:%Y-%m-%d}" if kind == "day" else "no"
        )
    number = float(value)
    if not math.isfinite(number):
        return "no limit"
    return int(value) if number == int(number) and not isinstance(value, float) else number


def _headers(frame: pd.DataFrame, words: Any) -> list[str]:
    """Return the names of columns as the pages have them; the CSV's own where that is not clear."""
    given = [
        words.headers.get(name) or layout.HEADERS.get(name) or name.replace("_", " ").capitalize()
        for name in frame
    ]
    given = [text_of(name) for name in given]
    count = {name.casefold(): 0 for name in given}
    for name in given:
        count[name.casefold()] += 1
    return [
        name if count[name.casefold()] == 1 and name.strip() else f"{name} ({column})".strip()
        for name, column in zip(given, frame, strict=True)
    ]


def _gptable(
    frame: pd.DataFrame,
    *,
    name: str,
    title: str,
    above: list[str],
    source: str | None = None,
    shapes: Mapping[str, str] | None = None,
) -> Any:
    from gptables import GPTable

    shaped = [
        {"column": {"columns": [column], "format": {"num_format": form}}}
        for column, form in (shapes or {}).items()
    ]
    return GPTable(
        table=frame,
        table_name=re.sub(r"\W", "_", name),
        title=text_of(title),
        instructions="This worksheet contains one table. Some columns may hold whole numbers that "
        "are shown rounded, and some cells may hold a mark for no value: see the notes."
        "$$precision$$$$absent$$$$limits$$",
        legend=[text_of(line) for line in above],
        source=text_of(source) if source else None,
        index_columns={2: 0},
        additional_formatting=shaped,
    )


def table(facts: Mapping[str, Any], said: Labels, number: Callable[[str], str]) -> Any:
    """Return the sheet of an exhibit: its rows in full, and over them all that is said of it.

    Parameters
    ----------
    facts : mapping
        The facts of an exhibit of kind table that has rows.
    said : Labels
        Of the pack.
    number : callable
        Gives the stable number of an exhibit's id.

    Returns
    -------
    GPTable
        The columns of the CSV file in their order; where the data are synthetic, one more says so.
    """
    frame, words = shown.frame_of(facts), shown.words_of(facts)
    kinds = {
        column: formats.kind_of(column, frame[column], unit=words.unit, kinds=words.kinds)
        for column in frame
    }
    headers = _headers(frame, words)
    numeric = [
        column
        for column in frame
        if pd.api.types.is_numeric_dtype(frame[column]) and kinds[column] != "yes_no"
    ]
    held = {column: shown.cells(frame[column]) for column in frame}
    written: dict[str, list[Any]] = {
        header: [_cell(value, kinds[column]) for value in held[column]]
        for header, column in zip(headers, frame, strict=True)
    }
    if said.status:
        written[STATUS] = [said.status.split()[0]] * len(frame)
    shapes = {
        header: number_format(kinds[column], held[column])
        for header, column in zip(headers, frame, strict=True)
        if column in numeric
    }
    notes = shown.notes(facts)
    above = [f"{what}: {text}" for what, text in notes if what != "Source"]
    above.append(f"Exhibit id: {facts['id']}. CSV file: tables/{facts['id']}.csv")
    return _gptable(
        pd.DataFrame(written, dtype="object"),
        name=f"t_{facts['id']}",
        title=said.marked(f"{named(facts['id'], number)}: {facts['title']}"),
        above=above,
        source=next(f"Source: {text}" for what, text in notes if what == "Source"),
        shapes=shapes,
    )


def findings(made: Collected, said: Labels, number: Callable[[str], str]) -> Any:
    """Return the sheet of all findings, a row each, with their numbers in full.

    Parameters
    ----------
    made : Collected
        The exhibits.
    said : Labels
        Of the pack.
    number : callable
        Gives the stable number of an exhibit's id.
    """
    behind = {
        item["id"]: facts["id"] for facts in made.exhibits for item in facts.get("findings", [])
    }
    rows = [
        {
            "Finding": _cell(item["text"], "text"),
            "Exhibit": number(behind[item["id"]]),
            "Id": item["id"],
            "Estimate": _cell(item["value"], "number"),
            "Lower limit": _cell(item["low"], "number"),
            "Upper limit": _cell(item["high"], "number"),
            "Level": _cell(item["level"], "number"),
            "Unit": _cell(item["unit"], "text"),
            "Counted": _cell(item["numerator"], "count"),
            "Out of": _cell(item["denominator"], "count"),
            "Definition": _cell(item["definition"], "text"),
            "Method": _cell(item["method"], "text"),
            "From": item["period_start"],
            "To": item["period_end"],
            STATUS: item["data_status"].upper() if said.status else item["data_status"],
        }
        for item in made.findings
    ]
    return _gptable(
        pd.DataFrame(rows, dtype=object),
        name="all_findings",
        title=said.marked("Findings"),
        above=[
            "What it shows: every finding of the pack as its sentence, with its numbers in full.",
            "What it cannot show: its limits stand with its exhibit, in the pages and in "
            "findings.docx.",
        ],
        shapes={"Counted": "#,##0", "Out of": "#,##0", "Level": "0%"},
    )


def silent(exhibits: list[dict[str, Any]], said: Labels, number: Callable[[str], str]) -> Any:
    """Return the sheet of tables that hold no row, with what stands in their place.

    Parameters
    ----------
    exhibits : list of dict
        Their facts.
    said : Labels
        Of the pack.
    number : callable
        Gives the stable number of an exhibit's id.
    """
    rows = [
        {
            "Table": text_of(facts["title"]),
            "Exhibit": number(facts["id"]),
            "Id": facts["id"],
            "What it says": text_of(shown.silence(facts)),
        }
        for facts in exhibits
    ]
    return _gptable(
        pd.DataFrame(rows, dtype=object),
        name="tables_without_rows",
        title=said.marked("Tables without rows"),
        above=[
            "What it shows: the tables of the pack that hold no row, and what they say instead.",
            'What it cannot show: where records hold nothing, that is not an answer of "none".',
        ],
    )
