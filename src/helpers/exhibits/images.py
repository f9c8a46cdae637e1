"""A figure as images: PNG for notebooks, SVG for pages, the same bytes from every process.

- :func:`images`: PNG and SVG; :func:`svg_text`: the SVG of a figure that was shown.
"""

from __future__ import annotations

import base64
import hashlib
import io
import re
import sys
import zlib
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from matplotlib.figure import Figure

_ID = re.compile(r'(?<=\bid=")[A-Za-z0-9_]*?[0-9a-f]{10}(?=")')
_NAME = re.compile(r"(?<![A-Za-z0-9_])[A-Za-z0-9_]*?[0-9a-f]{10}(?![A-Za-z0-9_])")


def images(figure: Figure, exhibit: str, *, alt: str = "") -> tuple[str, str]:
    """Return PNG and compressed SVG in base64, without dates or random ids.

    Parameters
    ----------
    figure : matplotlib Figure
        The figure; closed afterwards if pyplot holds it.
    exhibit : str
        Id of the exhibit; ids inside the SVG are made from it.
    alt : str
        Alternative text, written into both, so that it stays with a file that is passed on.

    Returns
    -------
    tuple of str
        PNG, and SVG compressed by zlib; both in base64.

    Examples
    --------
    >>> from matplotlib.figure import Figure
    >>> png, svg = images(Figure(figsize=(1, 1)), "mine.a")
    >>> base64.b64decode(png)[1:4], svg_text({"svg": svg})[:5]
    (b'PNG', '<?xml')
    """
    import matplotlib as mpl
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from PIL import Image, PngImagePlugin

    # `savefig` would draw twice for each form, once only to work out the layout. That is worked out
    # for the PNG here, as it is drawn, and kept for the SVG.
    canvas, dpi = figure.canvas, figure.get_dpi()
    figure.set_dpi(100)
    drawing = FigureCanvasAgg(figure)
    drawing.draw()
    small_png, svg = io.BytesIO(), io.StringIO()
    described = PngImagePlugin.PngInfo()
    described.add_itxt("Description", alt)
    # Sixty-four colours are enough for a chart, and make the image a third of the size. They are
    # chosen to cover all that are there: by how often they occur, a single mark would lose its own.
    cover, plain = Image.Quantize.MAXCOVERAGE, Image.Dither.NONE
    with Image.fromarray(np.asarray(drawing.buffer_rgba())) as image:
        image.convert("RGB").quantize(64, method=cover, dither=plain).save(
            small_png, "png", pnginfo=described
        )
    figure.set_layout_engine("none")
    figure.set_dpi(dpi)
    with mpl.rc_context({"svg.hashsalt": exhibit}):
        FigureCanvasSVG(figure).print_svg(
            svg, metadata={"Date": None, "Creator": None, "Title": alt}
        )
    figure.set_canvas(canvas)
    pyplot = sys.modules.get("matplotlib.pyplot")
    if pyplot is not None:
        # A figure that pyplot still holds would be shown a second time at the end of the cell.
        pyplot.close(figure)
    small = zlib.compress(_numbered(svg.getvalue(), exhibit).encode("utf-8"))
    return tuple(base64.b64encode(data).decode("ascii") for data in (small_png.getvalue(), small))


def _numbered(svg: str, exhibit: str) -> str:
    """Return an SVG whose ids say the exhibit and their order in it.

    matplotlib makes them of places to the last bit, which is not the same in every process.
    """
    found = dict.fromkeys(match[0] for match in _ID.finditer(svg))
    numbers = {old: place for place, old in enumerate(found)}

    def renamed(match: re.Match[str]) -> str:
        if match[0] not in numbers:
            return match[0]
        told = f"{exhibit} {numbers[match[0]]}".encode()
        return match[0][:-10] + hashlib.sha256(told).hexdigest()[:10]

    return _NAME.sub(renamed, svg)


def svg_text(facts: dict[str, Any]) -> str:
    """Return the SVG that the facts of a figure carry.

    Parameters
    ----------
    facts : dict
        The facts of a figure, with ``svg`` as :func:`images` makes it.

    Returns
    -------
    str
        The SVG.

    Examples
    --------
    >>> svg_text({"svg": base64.b64encode(zlib.compress(b"<svg/>"))})
    '<svg/>'
    """
    return zlib.decompress(base64.b64decode(facts["svg"])).decode("utf-8")
