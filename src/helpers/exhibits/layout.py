"""Text and HTML of a table: a caption, headers with scope, numbers rounded once.

- :class:`Laid`: headers and cells as text, ready to be written.
- :func:`lay_out`: a tidy frame as it is shown; :func:`statement`: what an empty one says.
- :func:`plain`, :func:`html`: the two forms.
- :func:`notes`, :func:`html_notes`: the sentences under an exhibit.
- :func:`mark`: the title, marked where the rows behind it are synthetic.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import Any

import pandas as pd

from helpers.exhibits import formats
from helpers.exhibits.words import Words

HIDDEN = {"indicator", "interval", "measure", "method", "level", "name", "not_recorded"}
"""Columns that are carried in the data and said in the notes, not repeated in every row."""

HEADERS = {
    "label": "",
    "numerator": "Number",
    "denominator": "Out of",
    "value": "Share",
    "low": "Lower limit",
    "high": "Upper limit",
    "difference": "Difference (percentage points)",
    "difference_low": "Lower limit of difference",
    "difference_high": "Upper limit of difference",
    "p_value": "P value",
}


EMPTY = "The records of this case hold nothing that answers this question."


@dataclass(frozen=True)
class Laid:
    """A table as text: headers, rows, and which columns hold numbers.

    Examples
    --------
    >>> laid = Laid(headers=["Year", "Number"], rows=[["2020", "31,991"]], numeric=[True, True])
    >>> laid.rows[0]
    ['2020', '31,991']
    """

    headers: list[str]
    rows: list[list[str]]
    numeric: list[bool]
    reason: str = EMPTY


def statement(frame: pd.DataFrame) -> str:
    """Return what an empty frame says.

    ``attrs["answer"]``: that nothing was found is the answer. ``attrs["reason"]``: why there is
    no answer. Neither: the records hold nothing to answer from.

    Parameters
    ----------
    frame : DataFrame
        A frame without rows.

    Returns
    -------
    str
        The sentence.

    Examples
    --------
    >>> frame = pd.DataFrame()
    >>> frame.attrs["answer"] = "No characteristic was left out."
    >>> statement(frame)
    'No characteristic was left out.'
    """
    return frame.attrs.get("answer") or frame.attrs.get("reason") or EMPTY


def _header(column: str, words: Words) -> str:
    return words.headers.get(column, HEADERS.get(column, column.replace("_", " ").capitalize()))


def _cell(column: str, value: Any, kind: str, words: Words) -> str:
    """Return a cell as text; what stands for a missing value may be said by the words."""
    if column in words.missing and (value is None or pd.isna(value)):
        return words.missing[column]
    return formats.shown_in(column, value, kind)


def lay_out(frame: pd.DataFrame, words: Words) -> Laid:
    """Return a tidy frame as it is shown.

    Parameters
    ----------
    frame : DataFrame
        Tidy results.
    words : Words
        Kinds, headers, hidden columns, and the grid if the exhibit is shown wide.

    Returns
    -------
    Laid
        Headers and cells as text; no rows, and the statement, for an empty frame.

    Examples
    --------
    >>> frame = pd.DataFrame({"year": [2020], "numerator": [31991], "value": [0.155721]})
    >>> laid = lay_out(frame, Words(title="Inquests", shows="One year."))
    >>> laid.headers, laid.rows
    (['Year', 'Number', 'Share'], [['2020', '31,991', '15.6%']])
    """
    if frame.empty:
        return Laid([], [], [], statement(frame))
    if words.wide:
        return _grid(frame, words)
    columns = [c for c in frame if c not in HIDDEN and c not in words.hide]
    kinds = {c: formats.kind_of(c, frame[c], unit=words.unit, kinds=words.kinds) for c in columns}
    rows = [
        [_cell(c, value, kinds[c], words) for c, value in zip(columns, row, strict=True)]
        for row in frame[columns].itertuples(index=False, name=None)
    ]
    return Laid(
        [_header(c, words) for c in columns],
        rows,
        [kinds[c] not in {"text", "yes_no"} for c in columns],
    )


def _grid(frame: pd.DataFrame, words: Words) -> Laid:
    index, across = words.wide["index"], words.wide["columns"]
    values = words.wide["values"]
    order = list(dict.fromkeys(frame[across]))
    grid = frame.pivot_table(
        index=index, columns=across, values=values, aggfunc="first", sort=False, dropna=False
    ).reindex(columns=order)
    kind = formats.kind_of(values, frame[values], unit=words.unit, kinds=words.kinds)
    down = formats.kind_of(index, frame[index], unit=words.unit, kinds=words.kinds)
    missing = words.wide.get("missing", "not collected")
    counted = _counts(frame, words, order) if words.wide.get("with") == "counts" else None
    rows = []
    for place, (name, row) in enumerate(
        zip(grid.index, grid.itertuples(index=False, name=None), strict=True)
    ):
        cells = [missing if pd.isna(value) else formats.shown(value, kind) for value in row]
        if counted is not None:
            pairs = zip(counted[place], cells, strict=True)
            cells = [f"{counts} ({cell})" if counts else cell for counts, cell in pairs]
        rows.append([formats.shown(name, down), *cells])
    return Laid([_header(index, words), *map(str, order)], rows, [False] + [True] * len(order))


def _counts(frame: pd.DataFrame, words: Words, order: list[str]) -> list[list[str]]:
    """Return "n of N" for each cell of a grid of shares, the headline starred; empty elsewhere."""
    index, across = words.wide["index"], words.wide["columns"]
    none = [False] * len(frame)
    said = frame.assign(
        said=[
            f"{'* ' * bool(head)}{formats.shown(n, 'count')} of {formats.shown(of, 'count')}"
            for n, of, head in zip(
                frame["numerator"], frame["denominator"], frame.get("headline", none), strict=True
            )
        ]
    )
    grid = said.pivot_table(
        index=index, columns=across, values="said", aggfunc="first", sort=False, dropna=False
    ).reindex(columns=order)
    return grid.fillna("").to_numpy().tolist()


def _level(facts: dict[str, Any]) -> str:
    return " and ".join(f"{100 * level:g}%" for level in facts["level"])


def notes(facts: dict[str, Any]) -> list[tuple[str, str]]:
    """Return the sentences under an exhibit as pairs of what they are and what they say.

    Parameters
    ----------
    facts : dict
        The facts of the exhibit, as `Shown.facts` holds them.

    Returns
    -------
    list of tuple of str
        In the order in which they are shown.
    """
    said = [("What it shows", facts["shows"])]
    said += [("What it cannot show", text) for text in facts["cannot_show"]]
    if facts["method"]:
        level = f"{_level(facts)}; " if facts["level"] else ""
        said.append(("Intervals", f"{level}{'; '.join(facts['method'])}"))
    said += [
        ("Definition", f"{item['label']} [{item['id']}]: {item['text']}")
        for item in facts["definitions"]
        if item["text"]
    ]
    said.append(("Period", facts["period"]))
    said.append(
        (
            "Source",
            f"{facts['source']}. Data: {facts['data_status']}. "
            f"Claim: {facts['claim_type']}. Profile: {facts['release_profile']}.",
        )
    )
    return said


def mark(facts: dict[str, Any]) -> str:
    """Return the title, marked where the rows behind it are synthetic.

    Parameters
    ----------
    facts : dict
        The facts of the exhibit, as `Shown.facts` holds them.

    Returns
    -------
    str
        The title.

    Examples
    --------
    >>> mark({"title": "Inquests by year", "data_status": "synthetic"})
    'SYNTHETIC DATA. Inquests by year'
    """
    synthetic = "SYNTHETIC DATA. " if facts["data_status"] == "synthetic" else ""
    return f"{synthetic}{facts['title']}"


def plain(laid: Laid, facts: dict[str, Any], total: str) -> str:
    """Return the table as aligned text with its notes and its control total.

    Parameters
    ----------
    laid : Laid
        As :func:`lay_out` returns it.
    facts : dict
        The facts of the exhibit, as `Shown.facts` holds them.
    total : str
        As `helpers.exhibits.formats.control_total` returns it.

    Returns
    -------
    str
        What a notebook without HTML shows, and what is compared.
    """
    lines = [f"{mark(facts)} [{facts['id']}]", ""]
    if laid.rows:
        widths = [
            max(len(row[i]) for row in [laid.headers, *laid.rows]) for i in range(len(laid.headers))
        ]
        for row in [laid.headers, *laid.rows]:
            cells = [
                cell.rjust(width) if number else cell.ljust(width)
                for cell, width, number in zip(row, widths, laid.numeric, strict=True)
            ]
            lines.append("  ".join(cells).rstrip())
    else:
        lines.append(laid.reason)
    lines += ["", *(f"{what}: {text}" for what, text in notes(facts))]
    lines.append(f"Rows: {len(laid.rows)}. Control total: {total}.")
    return "\n".join(lines)


def html_notes(facts: dict[str, Any]) -> str:
    """Return the notes as a description list.

    Parameters
    ----------
    facts : dict
        The facts of the exhibit, as `Shown.facts` holds them.

    Returns
    -------
    str
        HTML, escaped.
    """
    items = "".join(
        f"<div><dt>{escape(what)}</dt><dd>{escape(text)}</dd></div>" for what, text in notes(facts)
    )
    return f'<dl class="notes">{items}</dl>'


def html(laid: Laid, facts: dict[str, Any]) -> str:
    """Return the table as accessible HTML: caption, scoped headers, notes.

    Parameters
    ----------
    laid : Laid
        As :func:`lay_out` returns it.
    facts : dict
        The facts of the exhibit, as `Shown.facts` holds them.

    Returns
    -------
    str
        HTML, escaped.
    """
    caption = f"<caption>{escape(mark(facts))}</caption>"
    if not laid.rows:
        body = f"<p>{escape(mark(facts))}. {escape(laid.reason)}</p>"
    else:
        head = "".join(
            f'<th scope="col"{" class=num" if number else ""}>{escape(name) or "&nbsp;"}</th>'
            if name
            else "<td></td>"
            for name, number in zip(laid.headers, laid.numeric, strict=True)
        )
        rows = "".join(
            "<tr>"
            + "".join(
                f'<th scope="row">{escape(cell)}</th>'
                if position == 0
                else f"<td{' class=num' if laid.numeric[position] else ''}>{escape(cell)}</td>"
                for position, cell in enumerate(row)
            )
            + "</tr>"
            for row in laid.rows
        )
        body = (
            f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(mark(facts))}">'
            f"<table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>"
        )
    return f'<section class="exhibit" id="{facts["id"]}">{body}{html_notes(facts)}</section>'
