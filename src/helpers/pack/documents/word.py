"""The findings and the tables behind them as a Word document.

- :func:`findings`: the bytes of ``findings.docx``.
- :func:`behind`: the tables that a finding rests on.
- :func:`uncertainty`: what is said of a finding's interval, numerator and denominator.
- :func:`fits`: whether a table is printed whole.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from helpers.exhibits import formats, layout
from helpers.pack.collect import Collected
from helpers.pack.documents import shown
from helpers.pack.documents.labels import labels, named
from helpers.pack.documents.paper import Paper, paper
from helpers.pack.documents.shown import Chapter
from helpers.pack.render import PackContext

ROWS_MOST, COLUMNS_MOST = 30, 14
"""Rows and columns that a table of a document holds; larger ones are named with their place."""

RULE = (
    "A table stands behind a finding where both are on the same page of the pack and rest on the "
    f"same definition. Those of at most {ROWS_MOST} rows and {COLUMNS_MOST} columns are printed "
    "here whole, as the pages show them. Larger ones are named with their place in tables.xlsx, "
    "where every table stands in full."
)


def findings(
    context: PackContext, made: Collected, *, number: Callable[[str], str] = lambda exhibit: exhibit
) -> bytes:
    """Return the bytes of ``findings.docx``.

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
    book = paper(said, "Findings and the tables behind them")
    _opening(book, context)
    parts = shown.chapters(context, made)
    book.heading("Findings", 1)
    if not made.findings:
        book.say("No finding could be made from these records.")
    count, stating, printed = 0, [], []
    for part in parts:
        stating += part.stating
        if part.stating:
            _of_page(book, part)
        for facts in part.stating:
            count = _stated(book, facts, part, number, count)
    book.heading("Questions the records could not answer", 1)
    _unanswered(book, made, number)
    book.across()
    book.heading("The tables behind the findings", 1)
    book.say(RULE)
    for part in parts:
        tables = [
            facts
            for facts in part.tables
            if any(facts in behind(stated, part) for stated in part.stating)
        ]
        printed += tables
        if tables:
            book.heading(part.title, 2)
        for facts in tables:
            _printed(book, facts, said.marked(f"{named(facts['id'], number)}: {facts['title']}"))
    book.heading("Definitions", 1)
    for _, text in shown.definitions([*stating, *printed]):
        book.say(text, "Note")
    return book.content()


def _opening(book: Paper, context: PackContext) -> None:
    book.say(context.summary)
    book.table(
        ["What", "Value"],
        labels(context).facts,
        title="What this document rests on",
        described="A row each for the period, the data, and the version of the pack.",
    )
    book.say(
        "Each finding is a sentence made from the records. Under it stands how far chance alone "
        "could have moved it, and under each group of findings what it cannot show. The people in "
        "these records, where the data are real, died; they are counted here with care."
    )


def _of_page(book: Paper, part: Chapter) -> None:
    book.heading(part.title, 2)
    if part.question:
        book.say(part.question, "Quote")


def _stated(
    book: Paper, facts: Mapping[str, Any], part: Chapter, number: Callable[[str], str], count: int
) -> int:
    book.heading(f"{named(facts['id'], number)}: {facts['title']}", 3)
    for item in facts["findings"]:
        count += 1
        book.say(f"{count}. {item['text']}", "Finding")
        book.say(uncertainty(item, facts), "Note")
    for what, text in shown.brief(facts):
        book.note(what, text)
    tables = [named(item["id"], number) for item in behind(facts, part)]
    book.note("Tables behind this", "; ".join(tables) or "none on the same definition")
    return count


def _unanswered(book: Paper, made: Collected, number: Callable[[str], str]) -> None:
    if not made.empty:
        book.say("Every question that the pages ask could be answered in part at least.")
        return
    book.say("These questions were asked. Where records hold nothing, that is no answer of none.")
    for facts in made.exhibits:
        if facts.get("unanswered"):
            book.say(
                f"{named(facts['id'], number)}: {facts['title']}. {shown.silence(facts)}",
                "List Bullet",
            )


def _printed(book: Paper, facts: Mapping[str, Any], title: str) -> None:
    found = shown.laid(facts)
    whole = bool(found.rows) and fits(found)
    if whole:
        book.table(
            [name or "What" for name in found.headers],
            found.rows,
            title=title,
            numeric=found.numeric,
            described=facts["shows"],
            level=3,
        )
    else:
        book.heading(title, 3)
        book.say(
            f"{len(found.rows)} rows and {len(found.headers)} columns: see tables.xlsx."
            if found.rows
            else found.reason
        )
    for what, text in shown.brief(facts):
        book.note(what, text)


def behind(facts: Mapping[str, Any], part: Chapter) -> list[dict[str, Any]]:
    """Return the tables that findings rest on: of the same page and the same definition.

    Parameters
    ----------
    facts : mapping
        An exhibit that states findings.
    part : Chapter
        The page it is on.

    Examples
    --------
    >>> table = {"id": "a.b", "kind": "table", "definitions": [{"id": "late"}]}
    >>> stated = {"findings": [{"definition": "late"}]}
    >>> behind(stated, Chapter("1", "One", "", [table])) == [table]
    True
    """
    wanted = {item["definition"] for item in facts["findings"]}
    return [
        table for table in part.tables if wanted & {item["id"] for item in table["definitions"]}
    ]


def uncertainty(item: Mapping[str, Any], facts: Mapping[str, Any]) -> str:
    """Return what is said of a finding's interval, numerator and denominator.

    Parameters
    ----------
    item : mapping
        A finding.
    facts : mapping
        The exhibit that states it.

    Examples
    --------
    >>> item = {"low": 0.1, "high": 0.2, "level": 0.95, "method": "Wilson", "numerator": 3,
    ...         "denominator": 20, "denominator_id": "reports", "id": "a.b"}
    >>> uncertainty(item, {"unit": "percent"})
    '95% interval 10.0% to 20.0% (Wilson). Counted: 3 out of 20 (reports). Id: a.b.'
    """
    said = []
    if item["low"] is None and item["high"] is None:
        said.append("No interval is given for this finding.")
    else:
        low, high = (formats.shown_in(name, item[name], facts["unit"]) for name in ("low", "high"))
        level = "" if item["level"] is None else f"{100 * item['level']:g}% "
        method = f" ({item['method']})" if item["method"] else ""
        said.append(f"{level}interval {low} to {high}{method}.")
    if item["numerator"] is not None:
        out_of = ""
        if item["denominator"] is not None:
            of = f" ({item['denominator_id']})" if item["denominator_id"] else ""
            out_of = f" out of {formats.shown(item['denominator'], 'number')}{of}"
        said.append(f"Counted: {formats.shown(item['numerator'], 'number')}{out_of}.")
    return " ".join([*said, f"Id: {item['id']}."])


def fits(found: layout.Laid) -> bool:
    """Return whether a table is printed whole.

    Examples
    --------
    >>> fits(layout.Laid(["Year"], [["2020"]], [True]))
    True
    """
    return len(found.rows) <= ROWS_MOST and len(found.headers) <= COLUMNS_MOST
