"""What a cell of an executed notebook shows, as HTML of a page.

- :func:`output`: one output, an exhibit with its number, its files and the way to its source.
- :func:`markdown`: prose of a notebook.
- :func:`files`: the files of the pack that belong to an exhibit.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from html import escape
from typing import Any

from nbconvert.filters import markdown_mistune, strip_ansi

from helpers.exhibits import KEY, drawn, images, layout, numbers
from helpers.exhibits.resource import is_empty, to_frame
from helpers.pack.context import PackContext
from helpers.pack.markup import PageState, anchor_of, rewrite
from helpers.pack.templating import fill

KINDS = {"table", "figure", "findings"}
"""What can be an exhibit; the opening block of a notebook is not one."""

ROWS_MOST = 400
"""Rows of drawn data that a page holds; the CSV beside it holds all."""

TITLED = re.compile(r"<caption[^>]*>|<p><strong>|<p>")
"""Where the title of an exhibit begins: a caption, findings, or the sentence of an empty table."""


def files(facts: Mapping[str, Any]) -> list[str]:
    r"""Return the files that belong to an exhibit, as paths inside the pack.

    Parameters
    ----------
    facts : mapping
        The facts of an exhibit.

    Returns
    -------
    list of str
        The CSV where the exhibit has rows; the SVG and PNG of a figure.

    Examples
    --------
    >>> files({"kind": "figure", "id": "a.b", "resource": {"data": "n\n"}})
    ['figures/a.b.svg', 'figures/a.b.png']
    """
    found = [] if is_empty(facts["resource"]) else [f"tables/{facts['id']}.csv"]
    if facts["kind"] == "figure":
        found += [f"figures/{facts['id']}.{form}" for form in ("svg", "png")]
    return found


def markdown(source: str, attachments: Mapping[str, Any]) -> str:
    """Return prose of a notebook as HTML, which is still to be rewritten.

    Parameters
    ----------
    source : str
        Markdown.
    attachments : mapping
        Pictures that a cell carries.

    Returns
    -------
    str
        HTML; an attachment that is missing is named in its place.

    Examples
    --------
    >>> markdown("*said*", {}).strip()
    '<p><em>said</em></p>'
    """
    renderer = markdown_mistune.IPythonRenderer(
        escape=False, exclude_anchor_links=True, attachments=dict(attachments)
    )
    writer = markdown_mistune.MarkdownWithMath(renderer=renderer)
    try:
        return str(writer.render(source))
    except markdown_mistune.InvalidNotebook:
        # An attachment is missing: its description is shown in its place.
        return str(writer.render(source.replace("(attachment:", "(missing-")))


def output(given: Mapping[str, Any], state: PageState, *, step: int, context: PackContext) -> str:
    """Return one output of a cell as HTML.

    Parameters
    ----------
    given : mapping
        The output as the notebook holds it.
    state : PageState
        The page; its ids, headings and exhibits are carried on.
    step : int
        Number of the cell among those with code.
    context : PackContext
        The pack.

    Returns
    -------
    str
        HTML, safe to put on the page.
    """
    kind = given["output_type"]
    if kind == "stream":
        return _plain(given["text"], step)
    if kind == "error":
        lines = given.get("traceback") or [f"{given['ename']}: {given['evalue']}"]
        return _plain("\n".join(lines), step)
    facts = given.get("metadata", {}).get(KEY)
    if not facts or facts.get("kind") not in KINDS:
        return _bundle(given.get("data", {}), given.get("metadata", {}), state, step)
    trace = context.trace_href(facts["id"], root="../")
    title = f"{numbers.label(facts['id'])}. {layout.mark(facts)}"
    if facts["kind"] == "figure":
        html = _figure(given, facts, state, trace)
    else:
        state.region = numbers.label(facts["id"])
        html = _bundle(given.get("data", {}), given.get("metadata", {}), state, step)
        state.region = ""
        html = TITLED.sub(lambda found: f"{found[0]}{_number(facts)}", html, count=1)
        html = fill("files", html=html, files=files(facts), trace=trace, title=facts["title"])
    state.exhibits.append((anchor_of(facts["id"]), title))
    return html


def _number(facts: Mapping[str, Any]) -> str:
    """Return the number of an exhibit as a link to itself, so that its address can be copied."""
    anchor = anchor_of(facts["id"])
    return f'<a class="number" href="#{anchor}">{escape(numbers.label(facts["id"]))}</a>. '


def _bundle(
    data: Mapping[str, Any], metadata: Mapping[str, Any], state: PageState, step: int
) -> str:
    """Return the richest form of an output that a page without scripts can show."""
    data = {form: _joined(content) for form, content in data.items()}
    if "text/html" in data and (html := rewrite(data["text/html"], state)):
        return html
    if "text/markdown" in data:
        return rewrite(markdown(data["text/markdown"], {}), state)
    for form in ("image/svg+xml", "image/png", "image/jpeg"):
        if form in data:
            described = metadata.get(form, {})
            alt = described.get("alt", "") if isinstance(described, Mapping) else ""
            alt = alt or "Figure without a description; the code of this step draws it."
            return f'<figure><img src="{_data(form, data[form])}" alt="{escape(alt)}"></figure>'
    for form in ("text/latex", "text/plain"):
        if form in data:
            return _plain(data[form], step)
    return ""


def _joined(content: Any) -> str:
    return "".join(content) if isinstance(content, list) else str(content)


def _plain(text: Any, step: int) -> str:
    label = f'class="scroll" tabindex="0" role="region" aria-label="Printed by step {step}"'
    return f"<pre {label}>{escape(strip_ansi(_joined(text)), quote=False).rstrip()}</pre>"


def _data(form: str, content: str) -> str:
    """Return a picture as a data address; an SVG is text, the other forms are base64 already."""
    if form == "image/svg+xml":
        content = base64.b64encode(content.encode("utf-8")).decode("ascii")
    return f"data:{form};base64,{re.sub(r'[^A-Za-z0-9+/=]', '', content)}"


def _least(svg: str) -> int:
    """Return the least width of a figure in pixels: three quarters of its own, 0 if not known.

    The smallest words of a figure are 9 points, which are then 9 pixels.
    """
    found = re.search(r'<svg[^>]*\swidth="([\d.]+)pt"', svg[:2000])
    return round(0.75 * float(found[1]) * 4 / 3) if found else 0


def _figure(
    given: Mapping[str, Any], facts: Mapping[str, Any], state: PageState, trace: str
) -> str:
    svg = images.svg_text(facts) if facts.get("svg") else ""
    png = _joined(given.get("data", {}).get("image/png", ""))
    if svg and (len(svg) <= state.svg_most or not png):
        source = _data("image/svg+xml", svg)
    else:
        source = _data("image/png", png) if png else ""
    frame = to_frame(facts["resource"])
    anchor = anchor_of(facts["id"])
    here = "" if anchor in state.ids else anchor
    state.ids.add(anchor)
    return fill(
        "figure",
        facts=facts,
        anchor=here,
        number=numbers.label(facts["id"]),
        title=layout.mark(facts),
        source=source,
        least=_least(svg),
        empty=layout.EMPTY,
        notes=rewrite(layout.html_notes(facts), state),
        points=len(frame),
        most=ROWS_MOST,
        table="" if frame.empty else drawn.html_table(frame.head(ROWS_MOST), facts),
        files=files(facts),
        trace=trace,
    )
