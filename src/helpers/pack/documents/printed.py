"""The whole pack as one page of HTML that is made to be printed, with numbered paragraphs.

- :func:`printed`: that page.
- :class:`Numbers`: the running numbers of paragraphs.
- :func:`numbered`: HTML in which each paragraph that stands by itself has its number.
- :func:`order`: what a notebook shows, prose and exhibits, in its order.

The code is left out: it stands in the notebooks of the pack. So are the points that figures were
drawn from, which are in its CSV files.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from helpers.exhibits import KEY, layout
from helpers.pack.collect import Collected
from helpers.pack.documents import shown
from helpers.pack.documents.labels import clean, labels, named
from helpers.pack.documents.shown import Chapter
from helpers.pack.documents.word import uncertainty
from helpers.pack.markup import PageState, rewrite
from helpers.pack.render import PackContext

ROWS_MOST = 200
"""Rows of a table that are printed; tables.xlsx holds all."""

SIZES = {"narrow": 7, "middle": 9, "small": 12}
"""Columns up to which a table stands upright, in smaller and smaller letters; else across."""

INSIDE = {"li", "blockquote", "table", "figure"}
TAG = re.compile(r"<(/?)([a-z0-9]+)([^>]*)>")


class Numbers:
    """The running numbers of paragraphs.

    Examples
    --------
    >>> numbers = Numbers()
    >>> numbers.next(), numbers.next(), numbers.last
    (1, 2, 2)
    """

    def __init__(self) -> None:
        self.last = 0

    def next(self) -> int:
        """Return the next number."""
        self.last += 1
        return self.last


def numbered(html: str, numbers: Numbers) -> str:
    """Return HTML in which each paragraph that stands by itself has its number.

    Parameters
    ----------
    html : str
        As :func:`helpers.pack.markup.rewrite` returns it; headings go one level down, for the
        notebook's own title is a heading of the document.
    numbers : Numbers
        Carried on from part to part.

    Examples
    --------
    >>> numbered("<h2>What?</h2><p>This.</p><blockquote><p>Said.</p></blockquote>", Numbers())
    '<h3>What?</h3><p><span class="no">1</span> This.</p><blockquote><p>Said.</p></blockquote>'
    """
    inside = 0

    def written(found: re.Match[str]) -> str:
        nonlocal inside
        closing, tag, rest = found.groups()
        if tag in INSIDE:
            inside += -1 if closing else 1
        if re.fullmatch("h[1-5]", tag):
            return f"<{closing}h{int(tag[1]) + 1}{rest}>"
        if tag == "p" and not closing and not inside:
            return f'<p{rest}><span class="no">{numbers.next()}</span> '
        return found[0]

    return TAG.sub(written, html)


def order(notebook: Mapping[str, Any], ids: set[str]) -> list[tuple[str, str]]:
    """Return what a notebook shows, prose and exhibits, in its order.

    Parameters
    ----------
    notebook : mapping
        As executed.
    ids : set of str
        Ids of elements that are taken in the document; those of the prose are added.

    Returns
    -------
    list of tuple of str
        ``prose`` with HTML, or ``exhibit`` with an id. The title and the question that a notebook
        opens with are left out: the document writes them itself.
    """
    state = PageState(names=set(), ids=ids)
    found: list[tuple[str, str]] = []
    for place, cell in enumerate(notebook["cells"]):
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            if place == 0:  # the title, and the question in the words of an inquiry
                kept = [line for line in source.splitlines() if not line.startswith((">", "# "))]
                source = "\n".join(kept)
            html = rewrite(_markdown(source), state, prose=True)
            html = re.sub(r'<a href="[^"]*">(.*?)</a>', r"\1", html, flags=re.DOTALL)
            if html:
                found.append(("prose", html))
        for output in cell.get("outputs", []):
            facts = output.get("metadata", {}).get(KEY, {})
            if facts.get("kind") in {"table", "figure", "findings"}:
                found.append(("exhibit", facts["id"]))
    return found


def _markdown(source: str) -> str:
    from nbconvert.filters import markdown_mistune

    writer = markdown_mistune.IPythonRenderer(escape=False, exclude_anchor_links=True)
    try:
        return str(markdown_mistune.MarkdownWithMath(renderer=writer).render(source))
    except markdown_mistune.InvalidNotebook:
        return _markdown(source.replace("(attachment:", "(missing-"))


def printed(
    context: PackContext,
    made: Collected,
    *,
    notebooks: Path | None = None,
    number: Callable[[str], str] = lambda exhibit: exhibit,
) -> str:
    """Return the whole pack as one page of HTML that is made to be printed.

    Parameters
    ----------
    context : PackContext
        The pack.
    made : Collected
        Its exhibits.
    notebooks : Path, optional
        Folder of the executed notebooks, for the prose between exhibits; without it, the document
        holds the exhibits alone.
    number : callable, optional
        Gives the stable number of an exhibit's id.
    """
    numbers, ids = Numbers(), {"main", "contents"}
    parts = shown.chapters(context, made)
    findings = [_findings(part, numbers, number) for part in parts if part.stating]
    places = {item["id"]: item["span"] for group in findings for item in group["exhibits"]}
    found = [_chapter(part, notebooks, numbers, ids, number, places) for part in parts]
    return (
        _environment()
        .get_template("print.html.j2")
        .render(
            context=context,
            labels=labels(context),
            findings=findings,
            chapters=found,
            silent=[
                (f"{named(facts['id'], number)}: {facts['title']}", shown.silence(facts))
                for facts in made.exhibits
                if facts.get("unanswered")
            ],
            definitions=[text for _, text in shown.definitions(made.exhibits)],
            numbers=numbers,
            most=ROWS_MOST,
        )
    )


def _findings(part: Chapter, numbers: Numbers, number: Callable[[str], str]) -> dict[str, Any]:
    """Return the findings of a page, each with its number, its interval and its limits."""
    exhibits = []
    for facts in part.stating:
        items = [
            {"no": numbers.next(), "text": clean(item["text"]), "sure": uncertainty(item, facts)}
            for item in facts["findings"]
        ]
        first, last = items[0]["no"], items[-1]["no"]
        exhibits.append(
            {
                "id": facts["id"],
                "title": f"{named(facts['id'], number)}: {facts['title']}",
                "items": items,
                "limits": facts["cannot_show"],
                "span": f"paragraph {first}" if first == last else f"paragraphs {first} to {last}",
            }
        )
    return {"title": part.title, "question": part.question, "exhibits": exhibits}


def _chapter(
    part: Chapter,
    notebooks: Path | None,
    numbers: Numbers,
    ids: set[str],
    number: Callable[[str], str],
    places: Mapping[str, str],
) -> dict[str, Any]:
    known = {facts["id"]: facts for facts in part.exhibits}
    path = notebooks / f"{part.name}.ipynb" if notebooks else None
    if path and path.is_file():
        import nbformat

        ordered = order(nbformat.read(path, as_version=4), ids)
    else:
        ordered = [("exhibit", exhibit) for exhibit in known]
    blocks = [
        {"kind": "prose", "html": clean(numbered(content, numbers))}
        if kind == "prose"
        else _exhibit(known[content], number, places)
        for kind, content in ordered
        if kind == "prose" or content in known
    ]
    return {"name": part.name, "title": part.title, "question": part.question, "blocks": blocks}


def _exhibit(
    facts: Mapping[str, Any], number: Callable[[str], str], places: Mapping[str, str]
) -> dict[str, Any]:
    """Return what the template needs of an exhibit."""
    title = layout.mark({**facts, "title": f"{named(facts['id'], number)}: {facts['title']}"})
    block = {"kind": facts["kind"], "title": clean(title), "notes": shown.brief(facts)}
    if facts["kind"] == "findings":
        return {**block, "where": places.get(facts["id"], "")}
    if facts["kind"] == "figure":
        png = facts.get("png")
        source = f"data:image/png;base64,{base64.b64encode(png).decode('ascii')}" if png else ""
        return {**block, "source": source, "alt": facts["alt"], "says": shown.silence(facts)}
    found = shown.laid(facts)
    wide = len(found.headers)
    size = next((name for name, most in SIZES.items() if wide <= most), "across")
    return {
        **block,
        "headers": [name or "What" for name in found.headers],
        "rows": [[clean(cell) for cell in row] for row in found.rows[:ROWS_MOST]],
        "all": len(found.rows),
        "numeric": found.numeric,
        "size": size,
        "says": found.reason,
    }


@cache
def _environment() -> Any:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    return Environment(
        loader=PackageLoader("helpers", "pack/documents"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
