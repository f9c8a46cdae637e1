"""HTML of outputs written again tag by tag: only known elements, nothing from outside the pack.

- :class:`PageState`: what has to be known of the whole page while its parts are written.
- :func:`rewrite`: HTML of an output or of prose, safe to put on a page.
- :func:`without_dead_links`: HTML in which links to nowhere are plain text.
- :func:`anchor_of`: text as an id.

A cell may show anything: a script, a style, a picture from elsewhere. What is not on the list of
elements that are let through is left out, so a page stays readable offline and asks nothing of the
network.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from html import escape, unescape
from html.parser import HTMLParser
from urllib.parse import quote, unquote

from helpers.pack import glossary

SVG_MOST = 400_000
"""Characters of SVG above which a page embeds the PNG instead, so that it opens quickly."""

INDEX = "../index.html"
"""The index as seen from a page: the meaning of each term is there."""

VOID = {"br", "hr", "wbr", "col", "img", "input"}
HEADINGS = {"h1", "h2", "h3", "h4", "h5", "h6"}
# fmt: off
ELEMENTS = VOID | HEADINGS | {
    "a", "abbr", "article", "aside", "b", "bdi", "bdo", "blockquote", "caption", "cite",
    "code", "colgroup", "dd", "del", "details", "dfn", "div", "dl", "dt", "em", "figcaption",
    "figure", "footer", "header", "i", "ins", "kbd", "li", "mark", "ol", "p", "pre", "q", "s",
    "samp", "section", "small", "span", "strong", "sub", "summary", "sup", "table", "tbody",
    "td", "tfoot", "th", "thead", "time", "tr", "u", "ul", "var",
}
LEFT_OUT = {
    "audio", "canvas", "head", "iframe", "math", "noscript", "object", "script", "select",
    "style", "svg", "template", "textarea", "title", "video",
}
"""Elements left out with all that is in them; of other unknown elements the text stays."""

ATTRIBUTES = {
    "abbr", "aria-label", "colspan", "datetime", "dir", "headers", "lang", "open", "reversed",
    "role", "rowspan", "scope", "start", "title",
}
# fmt: on
CLASSES = {"exhibit", "findings", "notes", "num", "opening", "scroll"}
PROSE = {"p", "li", "dd"}
"""Elements in whose text a term may lead to its meaning."""

PLAIN = HEADINGS | {"a", "caption", "code", "dt", "kbd", "pre", "samp", "strong", "summary", "th"}
"""Elements in which it may not: what is a link already, a name or a title."""


@dataclass
class PageState:
    """What has to be known of the whole page while its parts are written.

    Parameters
    ----------
    names : set of str
        The notebooks that have a page, so that links between them lead there.
    title : str
        The title met first.
    level : int
        Level of the last heading.
    ids, wanted : set of str
        Ids on the page, and ids that links lead to.
    contents : list of tuple of str
        Id and text of each second-level heading.
    exhibits : list of tuple of str
        Id and title of each exhibit.
    region : str
        What the names of the regions of an exhibit begin with, so that no two are alike.
    tables : int
        How many tables without a name of their own there were.
    svg_most : int
        Characters of SVG above which a figure is embedded as PNG.
    linker : Linker, optional
        Leads from the first use of a term to its meaning.
    """

    names: set[str]
    title: str = ""
    level: int = 1
    ids: set[str] = field(default_factory=lambda: {"main", "contents"})
    wanted: set[str] = field(default_factory=set)
    contents: list[tuple[str, str]] = field(default_factory=list)
    exhibits: list[tuple[str, str]] = field(default_factory=list)
    region: str = ""
    tables: int = 0
    svg_most: int = SVG_MOST
    linker: glossary.Linker | None = None


class _Rewriter(HTMLParser):
    """Writes HTML again: known elements, no address outside the pack, ids once, headings in order.

    An HTML output may leave elements open; whatever is open at its end is closed, so that it
    cannot swallow what follows on the page.
    """

    def __init__(self, state: PageState, *, prose: bool) -> None:
        super().__init__(convert_charrefs=True)
        self.state, self.prose = state, prose
        self.out: list[str] = []
        self.open: list[tuple[str, str]] = []
        self.headings: list[int] = []
        self.outside: list[tuple[str, int]] = []
        self.left_out: list[str] = []

    def text(self) -> str:
        """Return what was written, every element closed."""
        self.close()
        while self.open:
            self._shut()
        return "".join(self.out)

    def handle_data(self, data: str) -> None:
        if self.left_out:
            return
        if self.state.linker is None or not data.strip():
            self.out.append(escape(data, quote=False))
            return
        around = {name.split()[0] for name, _ in self.open}
        if not around & PROSE or around & PLAIN:
            self.out.append(escape(data, quote=False))
            return
        for text, term in self.state.linker.parts(data):
            said = escape(text, quote=False)
            if term is not None:
                said = f'<a class="term" href="{INDEX}#{glossary.anchor(term)}">{said}</a>'
            self.out.append(said)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if self.left_out or tag in LEFT_OUT:
            if tag in LEFT_OUT:
                self.left_out.append(tag)
            return
        if tag not in ELEMENTS:
            return
        given = {name: value or "" for name, value in attrs}
        if tag in VOID:
            self.out.append(self._void(tag, given))
        elif tag in HEADINGS:
            self.headings.append(len(self.out))
            self.open.append((tag, ""))
        elif tag == "a":
            self._link(given.get("href", ""))
        elif tag == "table" and not self._scrolls():
            self.state.tables += 1
            label = f'aria-label="{self.state.region or "Table"} {self.state.tables}"'
            head = f'<div class="scroll" tabindex="0" role="region" {label}>'
            self.out.append(f"{head}<table{self._attributes(tag, given)}>")
            self.open.append((tag, "</table></div>"))
        else:
            self.out.append(f"<{tag}{self._attributes(tag, given)}>")
            inside = " scroll" if "scroll" in given.get("class", "").split() else ""
            self.open.append((f"{tag}{inside}", f"</{tag}>"))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.handle_endtag(tag)

    def handle_endtag(self, tag: str) -> None:
        if self.left_out:
            if tag == self.left_out[-1]:
                self.left_out.pop()
            return
        if self.open and self.open[-1][0] == tag:
            self._shut()
        elif any(name.split()[0] == tag for name, _ in self.open):
            while self._shut() != tag:
                pass

    def _shut(self) -> str:
        name, closing = self.open.pop()
        tag = name.split()[0]
        if tag in HEADINGS:
            self._heading(int(tag[1]))
        if name == "a outside":
            self._spell()
        self.out.append(closing)
        return tag

    def _scrolls(self) -> bool:
        return any(name.endswith(" scroll") for name, _ in self.open)

    def _attributes(self, tag: str, given: Mapping[str, str]) -> str:
        if not given and tag != "th":
            return ""
        kept = {name: value for name, value in given.items() if name in ATTRIBUTES}
        classes = [name for name in given.get("class", "").split() if name in CLASSES]
        if re.search(r"text-align:\s*right", given.get("style", "")) and "num" not in classes:
            classes.append("num")
        if classes:
            kept["class"] = " ".join(classes)
        if "id" in given and (anchor := anchor_of(given["id"])) not in self.state.ids:
            self.state.ids.add(anchor)
            kept["id"] = anchor
        if "aria-label" in kept and self.state.region:
            kept["aria-label"] = f"{self.state.region}: {kept['aria-label']}"
        if given.get("tabindex") == "0":
            kept["tabindex"] = "0"
        if tag == "th" and "scope" not in kept:
            kept["scope"] = "col" if any(name == "thead" for name, _ in self.open) else "row"
        return "".join(f' {name}="{escape(value)}"' for name, value in kept.items())

    def _void(self, tag: str, given: Mapping[str, str]) -> str:
        if tag == "input":
            return "[x] " if "checked" in given else "[ ] "
        if tag != "img":
            return f"<{tag}{self._attributes(tag, given)}>"
        alt = escape(given.get("alt", "").strip() or "Picture without a description")
        source = given.get("src", "")
        if re.match(r"data:image/(png|jpeg|gif|svg\+xml);", source):
            return f'<img src="{escape(source)}" alt="{alt}">'
        return f"[{alt}]"

    def _link(self, address: str) -> None:
        target = self._target(address)
        if target:
            self.out.append(f'<a href="{escape(target)}">')
            self.open.append(("a", "</a>"))
            return
        self.out.append("<span>")
        self.open.append(("a outside", "</span>"))
        self.outside.append((address, len(self.out)))

    def _spell(self) -> None:
        """Write the address of a link out: the page must lead nowhere, its reader may want to."""
        address, start = self.outside.pop()
        text = escape(address, quote=False)
        if re.match(r"(https?:)?//|mailto:", address) and text not in "".join(self.out[start:]):
            self.out.append(f" ({text})")

    def _target(self, address: str) -> str:
        place, _, fragment = address.partition("#")
        if not place and fragment:
            self.state.wanted.add(anchor_of(unquote(fragment)))
            return f"#{anchor_of(unquote(fragment))}"
        name = re.fullmatch(r"(?:\./|(?:\.\./)?notebooks/)?([^/:?]+)\.ipynb", unquote(place))
        if name and name[1] in self.state.names:
            return f"{quote(name[1])}.html"
        return ""

    def _heading(self, given: int) -> None:
        inner = "".join(self.out[self.headings[-1] :])
        del self.out[self.headings.pop() :]
        text = unescape(re.sub(r"<[^>]*>", "", inner)).strip()
        if given == 1 and self.prose and not self.state.title:
            self.state.title = text
            return
        level = min(max(given, 2), self.state.level + 1)
        self.state.level = level
        anchor = _free(anchor_of(text) or "section", self.state.ids)
        self.state.ids.add(anchor)
        if level == 2 and self.prose:
            self.state.contents.append((anchor, text))
        self.out.append(f'<h{level} id="{anchor}">{inner}</h{level}>')


def anchor_of(text: str) -> str:
    """Return text as an id that needs no escaping in HTML or in an address.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        Letters, digits, underscores, dots and hyphens.

    Examples
    --------
    >>> anchor_of("Deaths in 2020 (all areas)")
    'Deaths-in-2020-all-areas'
    """
    return re.sub(r"[^\w.]+", "-", text, flags=re.ASCII).strip("-")


def _free(anchor: str, used: set[str]) -> str:
    if anchor not in used:
        return anchor
    number = 2
    while f"{anchor}-{number}" in used:
        number += 1
    return f"{anchor}-{number}"


def without_dead_links(html: str, state: PageState) -> str:
    """Return HTML in which a link to a place that is not on the page is plain text.

    Parameters
    ----------
    html : str
        HTML that :func:`rewrite` made.
    state : PageState
        The page, when all its parts have been written.

    Returns
    -------
    str
        The HTML.

    Examples
    --------
    >>> state = PageState(names=set(), wanted={"below"})
    >>> without_dead_links('<a href="#below">below</a>', state)
    '<a>below</a>'
    """
    for anchor in state.wanted - state.ids:
        html = html.replace(f'<a href="#{anchor}">', "<a>")
    return html


def rewrite(html: str, state: PageState, *, prose: bool = False) -> str:
    """Return HTML written again from the elements that are let through.

    Parameters
    ----------
    html : str
        HTML of an output, or of a markdown cell.
    state : PageState
        The page; its ids, headings and contents are carried on.
    prose : bool
        The first heading is the title of the page and second-level ones go into the contents.

    Returns
    -------
    str
        HTML, every element closed; ``state`` is carried on.

    Examples
    --------
    >>> rewrite("<p onclick='go()'>In 2020<script>go()</script>", PageState(names=set()))
    '<p>In 2020</p>'
    """
    writer = _Rewriter(state, prose=prose)
    writer.feed(html)
    return writer.text().strip()
