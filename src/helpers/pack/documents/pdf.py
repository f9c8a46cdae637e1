"""The whole pack in one tagged PDF, where the machine can make one; else the reason in its place.

- :func:`files`: ``pack.pdf``, or a text that says why there is none and how to come by it.
- :func:`available`: why no PDF can be made here; nothing where one can.
- :func:`written`: HTML as a PDF/UA-1 file.

WeasyPrint lays it out and not a browser: it tags the running lines as such, writes the alternative
text of figures, declares PDF/UA-1, and gives the same bytes for the same page; a headless browser
does none of these. It needs a library of the system, Pango, and so is an extra.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from helpers.pack.collect import Collected
from helpers.pack.documents.printed import printed
from helpers.pack.render import PackContext

NAME, REASON = "pack.pdf", "pack.pdf.was_not_made.txt"

HOW = """The PDF of the whole pack was not made on this machine.

Reason: {reason}

Everything else in this pack is complete without it: the pages, the notebooks, the tables, and the
other documents beside this file hold the same findings and exhibits.

To have it made, install WeasyPrint and the library Pango, and run the case again:

    pip install "inquiry-notebooks[pdf]"     (in a copy of the project: pip install -e ".[pdf]")
    Debian, Ubuntu:  apt-get install libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
    macOS:           brew install pango
    conda, Windows:  conda install -c conda-forge weasyprint
"""


def available() -> str:
    """Return why no PDF can be made on this machine; nothing where one can."""
    try:
        # It prints to the screen what it misses; the pack says it in its own words.
        with contextlib.redirect_stdout(io.StringIO()), warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)
            import weasyprint  # noqa: F401 - whether it can be had is the question
    except ImportError:
        return "WeasyPrint is not installed."
    except OSError:
        return "WeasyPrint is installed, but the library Pango that it needs is not."
    return ""


def files(
    context: PackContext,
    made: Collected,
    *,
    notebooks: Path | None = None,
    number: Callable[[str], str] = lambda exhibit: exhibit,
) -> dict[str, bytes]:
    """Return ``pack.pdf``, or a text that says why there is none and how to come by it.

    Parameters
    ----------
    context : PackContext
        The pack.
    made : Collected
        Its exhibits.
    notebooks : Path, optional
        Folder of the executed notebooks, for the prose between exhibits.
    number : callable, optional
        Gives the stable number of an exhibit's id.

    Returns
    -------
    dict of bytes
        One file by its name.
    """
    if reason := available():
        return {REASON: HOW.format(reason=reason).encode("utf-8")}
    html = printed(context, made, notebooks=notebooks, number=number)
    return {NAME: written(html)}


def written(html: str) -> bytes:
    """Return HTML as a PDF/UA-1 file; nothing is fetched but what the page holds itself.

    Parameters
    ----------
    html : str
        A whole page.

    Raises
    ------
    ImportError, OSError
        Where :func:`available` gives a reason.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        import weasyprint
        from weasyprint.urls import URLFetcher

        page = weasyprint.HTML(string=html, url_fetcher=URLFetcher(allowed_protocols=["data"]))
        return page.write_pdf(pdf_variant="pdf/ua-1", finisher=_finished)


def _finished(_: Any, pdf: Any) -> None:
    """Mend what the tags leave unsaid; see each step."""
    known = {item.reference: item for item in pdf.objects}
    root = known[pdf.catalog["StructTreeRoot"]]
    reached = _reached(root, known)
    for item in reached.values():
        if item["S"] == "/TH":
            _headed(item, known)
        elif item["S"] == "/Figure":
            _boxed(item, known)
        elif item["S"] == "/Table" and not _holds_rows(item, known):
            item["S"] = "/Div"  # a caption alone, whose rows all stand on the next page
    for item in pdf.objects:
        if isinstance(item, dict) and item.get("Subtype") == "/Link":
            item["F"] = 4  # printed as it is seen
    _running(pdf, root, known, reached)


def _headed(cell: Any, known: dict[bytes, Any]) -> None:
    """Say of a header cell whether it heads a column or a row."""
    group = known[known[cell["P"]]["P"]]
    scope = "/Column" if group["S"] == "/THead" else "/Row"
    cell.setdefault("A", _dictionary(O="/Table"))["Scope"] = scope


def _boxed(figure: Any, known: dict[bytes, Any]) -> None:
    """Give the place of a figure in points from the foot of the page, not pixels from its top."""
    left, top, right, bottom = figure["A"]["BBox"]
    height = known[figure["Pg"]]["MediaBox"][3]
    corners = (left, bottom, right, top)
    points = [(0.75 * n if at % 2 == 0 else height - 0.75 * n) for at, n in enumerate(corners)]
    figure["A"]["BBox"][:] = [round(n, 2) for n in points]


def _holds_rows(table: Any, known: dict[bytes, Any]) -> bool:
    kids = [known[kid] for kid in table["K"] if kid in known]
    return any(kid["S"] in {"/TR", "/THead", "/TBody", "/TFoot"} for kid in kids)


def _running(pdf: Any, root: Any, known: dict[bytes, Any], reached: dict[bytes, Any]) -> None:
    """Say of the running lines, which no element of the tree owns, that they are no content."""
    nums = known[root["ParentTree"]]["Nums"]
    by_page = {nums[place]: nums[place + 1] for place in range(0, len(nums), 2)}
    for page, reference in enumerate(pdf.page_references):
        here = by_page[page]
        lost = {mark for mark, owner in enumerate(here) if owner not in reached}
        stream = known[known[reference]["Contents"]].stream
        for place, item in enumerate(stream):
            if isinstance(item, dict) and item.get("MCID") in lost:
                stream[place - 1] = "/Artifact"
                stream[place] = _dictionary(Type="/Pagination")
        for mark in lost:
            here[mark] = b"null"


def _dictionary(**entries: Any) -> Any:
    import pydyf

    return pydyf.Dictionary(entries)


def _reached(root: Any, known: dict[bytes, Any]) -> dict[bytes, Any]:
    """Return the elements that a reader of the tree of tags comes to, by their references."""
    found: dict[bytes, Any] = {}
    waiting = list(root["K"])
    while waiting:
        reference = waiting.pop()
        item = known.get(reference) if isinstance(reference, bytes) else None
        if item is not None and "S" in item and reference not in found:
            found[reference] = item
            waiting += list(item["K"])
    return found
