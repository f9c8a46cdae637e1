"""The HTML of an evidence pack: one page a notebook and an index, readable offline from disk.

- :func:`page`: one executed notebook as one self-contained page.
- :func:`index`: the findings of all notebooks first, then the way into everything else.

A page asks nothing of the network and runs no script. Whatever a cell shows is read tag by tag and
written again from a list of elements that are let through (:mod:`helpers.pack.markup`), so an
output with a script, a style or a picture from elsewhere cannot undo that. What is said beyond the
notebooks is in :mod:`helpers.pack.context`, what a cell shows in :mod:`helpers.pack.outputs`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbformat import NotebookNode

from helpers.pack import front, glossary
from helpers.pack.context import PackContext as PackContext
from helpers.pack.context import context_for as context_for
from helpers.pack.markup import SVG_MOST as SVG_MOST
from helpers.pack.markup import PageState, rewrite, without_dead_links
from helpers.pack.outputs import ROWS_MOST as ROWS_MOST
from helpers.pack.outputs import files as files
from helpers.pack.outputs import markdown, output
from helpers.pack.templating import fill, style

PAGE_MOST = 2_000_000
"""Bytes of a page at most, so that it opens quickly and can be sent by mail."""


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
        A whole HTML document for ``pages/<name>.html``. Where it would be heavier than
        :data:`PAGE_MOST`, its largest figures are embedded as PNG and not as SVG.
    """
    for most in (SVG_MOST, SVG_MOST // 2, SVG_MOST // 4, SVG_MOST // 8, 0):
        html = _page(notebook, name, context, svg_most=most)
        if len(html.encode("utf-8")) < PAGE_MOST:
            break
    return html


def _page(notebook: NotebookNode, name: str, context: PackContext, *, svg_most: int) -> str:
    """Return a page on which figures of more than ``svg_most`` characters are embedded as PNG."""
    names = [item["name"] for item in context.pages]
    linker = glossary.Linker(tuple(context.glossary))
    state = PageState(names=set(names), linker=linker, svg_most=svg_most)
    blocks, step = [], 0
    for cell in notebook["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "markdown":
            html = rewrite(markdown(source, cell.get("attachments", {})), state, prose=True)
            if html:
                blocks.append({"kind": "prose", "html": html})
        elif cell["cell_type"] == "code":
            step += 1
            outputs = cell.get("outputs", [])
            shown = [output(given, state, step=step, context=context) for given in outputs]
            label = _code_label(cell.get("metadata", {}).get("tags", []))
            blocks.append(
                {"kind": "code", "source": source, "step": step, "label": label, "shown": shown}
            )
        else:
            blocks.append({"kind": "raw", "source": source, "step": len(blocks) + 1})
    for block in blocks:
        if block["kind"] == "prose":
            block["html"] = without_dead_links(block["html"], state)
        if block["kind"] == "code":
            block["shown"] = [without_dead_links(html, state) for html in block["shown"]]
    titles = {item["name"]: item["title"] for item in context.pages}
    here = names.index(name) if name in names else None
    return fill(
        "page",
        context=context,
        root="../",
        name=name,
        title=state.title or titles.get(name, name),
        contents=state.contents,
        exhibits=state.exhibits,
        blocks=blocks,
        before=context.pages[here - 1] if here else None,
        after=context.pages[here + 1] if here is not None and here + 1 < len(names) else None,
        style=style(),
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
    return fill(
        "index",
        context=context,
        root="",
        pages=pages,
        headlines=front.headlines(pages, stating, lead=context.lead),
        groups=front.groups(pages, stating),
        term_anchor=glossary.anchor,
        style=style(),
    )


def _code_label(tags: Sequence[str]) -> str:
    if "injected-parameters" in tags:
        return "Show the code: parameters of this run"
    return "Show the code: parameters" if "parameters" in tags else "Show the code"
