"""The HTML of an evidence pack: one page a notebook and an index, readable offline from disk.

- :class:`PackContext`: what the pages say beyond what the notebooks carry.
- :func:`context_for`: that of a run whose notebooks have been executed.
- :func:`page`: one executed notebook as one self-contained page.
- :func:`index`: the findings of all notebooks first, then the way into everything else.
- :func:`files`: the files of the pack that belong to an exhibit.

A page asks nothing of the network and runs no script. Whatever a cell shows is read tag by tag and
written again from a list of elements that are let through, so an output with a script, a style or
a picture from elsewhere cannot undo that.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from html import escape
from importlib import resources
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from nbconvert.filters import markdown_mistune, strip_ansi
from nbformat import NotebookNode

from helpers.disclosure import PROFILES
from helpers.exhibits import KEY, drawn, layout
from helpers.exhibits.resource import is_empty, to_frame
from helpers.pack.collect import Collected
from helpers.pack.markup import PageState, anchor_of, rewrite, without_dead_links
from helpers.reconciliation import AGREES, DIFFERS, EXPLAINED, OUTSIDE, UNKNOWN
from helpers.run import Run, long_date

KINDS = {"table", "figure", "findings"}
"""What can be an exhibit; the opening block of a notebook is not one."""

SVG_MOST = 400_000
"""Characters of SVG above which a page embeds the PNG instead, so that it opens quickly."""

ROWS_MOST = 400
"""Rows of drawn data that a page holds; the CSV beside it holds all."""

STATUS = {
    "real": "Real. Made from real records.",
    "published": "Published. Made from figures that anyone can look up.",
    "synthetic": "SYNTHETIC. Made up to try the method out. No real person is in it.",
}


@dataclass(frozen=True)
class PackContext:
    """What the pages of a pack say beyond what its notebooks carry.

    Parameters
    ----------
    case_title, case_id, summary : str
        The case in its own words.
    period : str
        The period in words; ``period_start``, ``period_end`` and ``extract_date`` as ISO dates.
    data_status : str
        real, published or synthetic.
    profile_name, profile_text : str
        Release profile in force and what it means.
    created, version, code_revision : str
        When and with what the pack was made; ``created`` may be empty, so that two runs agree.
    inputs : list of dict
        ``file``, ``sha256``, ``bytes``.
    rows : list of dict
        ``file``, ``rows_read``, ``rows_used``, ``rows_quarantined``, ``rows_out_of_scope``.
    definitions : list of dict
        ``id``, ``label``, ``text``.
    empty_exhibits : list of dict
        ``id``, ``title`` and ``page`` (name of the notebook) of exhibits that came out empty.
    reconciliation : dict
        Counts of published figures: ``reconciled``, ``explained``, ``failed``.
    pages : list of dict
        ``name``, ``title``, ``question`` of each notebook, in order.
    """

    case_title: str
    case_id: str
    summary: str
    period: str
    period_start: str
    period_end: str
    extract_date: str
    data_status: str
    profile_name: str
    profile_text: str
    created: str
    version: str
    code_revision: str
    inputs: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    definitions: list[dict[str, Any]] = field(default_factory=list)
    empty_exhibits: list[dict[str, str]] = field(default_factory=list)
    reconciliation: dict[str, int] = field(default_factory=dict)
    pages: list[dict[str, str]] = field(default_factory=list)

    @property
    def status_text(self) -> str:
        """Return the data status in plain words."""
        return STATUS.get(self.data_status, self.data_status)


def context_for(
    run: Run,
    *,
    block: Mapping[str, Any],
    made: Collected,
    pages: Sequence[Mapping[str, str]],
    verdicts: Mapping[str, int],
    code: Mapping[str, Any],
) -> PackContext:
    """Return the context of a run whose notebooks have been executed.

    Parameters
    ----------
    run : Run
        The run.
    block : mapping
        What the run rests on, as :meth:`helpers.run.Run.block` gives it.
    made : Collected
        The exhibits of the executed notebooks.
    pages : sequence of mapping
        ``name``, ``title``, ``question`` of each notebook, in order.
    verdicts : mapping
        How many published figures came to each verdict of :mod:`helpers.reconciliation`.
    code : mapping
        ``version``, ``revision`` and ``changed_files``, as
        :func:`helpers.pack.manifest.revision` gives them.
    """
    profile = run.parameters["release_profile"]
    changed = code.get("changed_files")
    noted = f" with {changed} changed {'file' if changed == 1 else 'files'}" if changed else ""
    return PackContext(
        case_title=run.case.title,
        case_id=run.case.id,
        summary=run.case.summary,
        period=f"{long_date(run.period_start)} to {long_date(run.period_end)}",
        period_start=run.period_start.isoformat(),
        period_end=run.period_end.isoformat(),
        extract_date=block["extract_date"],
        data_status=block["data_status"],
        profile_name=profile,
        profile_text=PROFILES[profile],
        created="",
        version=code["version"],
        code_revision=f"{code['revision']}{noted}" if code.get("revision") else "",
        inputs=[dict(item) for item in block["inputs"]],
        rows=[dict(item) for item in block["rows"]],
        definitions=made.definitions,
        empty_exhibits=made.empty,
        reconciliation={
            "reconciled": verdicts.get(AGREES, 0),
            "explained": verdicts.get(EXPLAINED, 0) + verdicts.get(OUTSIDE, 0),
            "failed": verdicts.get(DIFFERS, 0) + verdicts.get(UNKNOWN, 0),
        },
        pages=[dict(item) for item in pages],
    )


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


def page(notebook: NotebookNode, *, name: str, context: PackContext) -> str:
    """Return one executed notebook as one self-contained HTML page.

    Parameters
    ----------
    notebook : NotebookNode
        As executed; outputs of any kind are shown, those of exhibits with their files.
    name : str
        Name of the notebook without its ending, such as ``1_rates``.
    context : PackContext
        The pack.

    Returns
    -------
    str
        A whole HTML document for ``pages/<name>.html``.
    """
    names = [item["name"] for item in context.pages]
    state = PageState(names=set(names))
    blocks, step = [], 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            html = rewrite(_markdown(source, cell.get("attachments", {})), state, prose=True)
            if html:
                blocks.append({"kind": "prose", "html": html})
        elif cell["cell_type"] == "code":
            step += 1
            shown = [_output(output, state, step) for output in cell.get("outputs", [])]
            label = _code_label(cell.get("metadata", {}).get("tags", []))
            blocks.append(
                {"kind": "code", "source": source, "step": step, "label": label, "shown": shown}
            )
        else:
            blocks.append({"kind": "raw", "source": source})
    titles = {item["name"]: item["title"] for item in context.pages}
    for block in blocks:
        if block["kind"] == "prose":
            block["html"] = without_dead_links(block["html"], state)
        if block["kind"] == "code":
            block["shown"] = [without_dead_links(html, state) for html in block["shown"]]
    here = names.index(name) if name in names else None
    template = _environment().get_template("page.html.j2")
    return template.render(
        context=context,
        name=name,
        title=state.title or titles.get(name, name),
        contents=state.contents,
        blocks=blocks,
        before=context.pages[here - 1] if here else None,
        after=context.pages[here + 1] if here is not None and here + 1 < len(names) else None,
        style=_style(),
    )


def index(
    pages: Sequence[Mapping[str, str]],
    findings: Sequence[Mapping[str, Any]],
    context: PackContext,
) -> str:
    """Return the page that a pack opens with.

    Parameters
    ----------
    pages : sequence of mapping
        ``name``, ``title``, ``question`` of each notebook, in order.
    findings : sequence of mapping
        The facts of the exhibits, each with ``page``, the notebook that shows it; those without
        findings are passed over.
    context : PackContext
        The pack.

    Returns
    -------
    str
        A whole HTML document for ``index.html``.

    Raises
    ------
    ValueError
        If an exhibit is of none of the pages: what other programs read in ``findings.json`` and
        what people read here must be the same.
    """
    stating = [facts for facts in findings if facts.get("findings")]
    names = {item["name"] for item in pages}
    lost = [facts["id"] for facts in stating if facts["page"] not in names]
    if lost:
        raise ValueError(f"findings of no page: {', '.join(lost)}")
    by_page = [
        {**item, "exhibits": [_stated(facts) for facts in stating if facts["page"] == item["name"]]}
        for item in pages
    ]
    template = _environment().get_template("index.html.j2")
    return template.render(
        context=context,
        pages=pages,
        groups=[group for group in by_page if group["exhibits"]],
        style=_style(),
    )


def _stated(facts: Mapping[str, Any]) -> dict[str, Any]:
    said = [{"target": anchor_of(item["id"]), "text": item["text"]} for item in facts["findings"]]
    return {"title": facts["title"], "findings": said, "cannot_show": facts["cannot_show"]}


def _markdown(source: str, attachments: Mapping[str, Any]) -> str:
    renderer = markdown_mistune.IPythonRenderer(
        escape=False, exclude_anchor_links=True, attachments=dict(attachments)
    )
    writer = markdown_mistune.MarkdownWithMath(renderer=renderer)
    try:
        return str(writer.render(source))
    except markdown_mistune.InvalidNotebook:
        # An attachment is missing: its description is shown in its place.
        return str(writer.render(source.replace("(attachment:", "(missing-")))


def _code_label(tags: Sequence[str]) -> str:
    if "injected-parameters" in tags:
        return "Show the code: parameters of this run"
    return "Show the code: parameters" if "parameters" in tags else "Show the code"


def _facts(output: Mapping[str, Any]) -> dict[str, Any] | None:
    facts = output.get("metadata", {}).get(KEY)
    return facts if facts and facts.get("kind") in KINDS else None


def _output(output: Mapping[str, Any], state: PageState, step: int) -> str:
    kind = output["output_type"]
    if kind == "stream":
        return _plain(output["text"], step)
    if kind == "error":
        lines = output.get("traceback") or [f"{output['ename']}: {output['evalue']}"]
        return _plain("\n".join(lines), step)
    facts = _facts(output)
    if facts and facts["kind"] == "figure":
        return _figure(output, facts, state)
    html = _bundle(output.get("data", {}), output.get("metadata", {}), state, step)
    links = files(facts) if facts else []
    return _environment().get_template("files.html.j2").render(html=html, files=links)


def _bundle(
    data: Mapping[str, Any], metadata: Mapping[str, Any], state: PageState, step: int
) -> str:
    """Return the richest form of an output that a page without scripts can show."""
    data = {form: _joined(content) for form, content in data.items()}
    if "text/html" in data and (html := rewrite(data["text/html"], state)):
        return html
    if "text/markdown" in data:
        return rewrite(_markdown(data["text/markdown"], {}), state)
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


def _figure(output: Mapping[str, Any], facts: Mapping[str, Any], state: PageState) -> str:
    svg = drawn.svg_text(facts) if facts.get("svg") else ""
    png = _joined(output.get("data", {}).get("image/png", ""))
    if svg and (len(svg) <= SVG_MOST or not png):
        source = _data("image/svg+xml", svg)
    else:
        source = _data("image/png", png) if png else ""
    frame = to_frame(facts["resource"])
    anchor = anchor_of(facts["id"])
    here = "" if anchor in state.ids else anchor
    state.ids.add(anchor)
    template = _environment().get_template("figure.html.j2")
    return template.render(
        facts=facts,
        anchor=here,
        title=layout.mark(facts),
        source=source,
        least=_least(svg),
        empty=layout.EMPTY,
        notes=layout.html_notes(facts),
        points=len(frame),
        most=ROWS_MOST,
        table="" if frame.empty else drawn.html_table(frame.head(ROWS_MOST), facts),
        files=files(facts),
    )


@cache
def _environment() -> Environment:
    made = Environment(
        loader=PackageLoader("helpers", "pack/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["address"] = quote
    made.filters["anchor"] = anchor_of
    made.filters["day"] = _day
    return made


def _day(text: str) -> str:
    """Return an ISO date as it is written in a sentence."""
    return long_date(date.fromisoformat(text))


def _style() -> str:
    """Return the one stylesheet, which every page carries inside itself."""
    file = resources.files("helpers").joinpath("pack/templates/style.css")
    return file.read_text(encoding="utf-8")
