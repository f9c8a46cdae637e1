"""The templates of the pages, and the one stylesheet that every page carries inside itself.

- :func:`environment`: the templates, with the filters that they use.
- :func:`fill`: a template filled in.
- :func:`style`: the stylesheet.
- :func:`in_css`: a text as it may stand in a stylesheet.
"""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib import resources
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined

from helpers.exhibits import numbers
from helpers.pack.markup import anchor_of
from helpers.scope import long_date


@cache
def environment() -> Environment:
    """Return the templates; what is put into one is escaped, and a name that is not there fails.

    Returns
    -------
    Environment
        With the filters ``address``, ``anchor``, ``css``, ``day``, ``exhibit`` and ``many``.

    Examples
    --------
    >>> environment().from_string("{{ '2020-01-31' | day }}").render()
    '31 January 2020'
    """
    made = Environment(
        loader=PackageLoader("helpers", "pack/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    made.filters["address"] = quote
    made.filters["anchor"] = anchor_of
    made.filters["css"] = in_css
    made.filters["day"] = _day
    made.filters["exhibit"] = numbers.label
    made.filters["many"] = "{:,}".format
    return made


def fill(template: str, **values: Any) -> str:
    """Return a template filled in.

    Parameters
    ----------
    template : str
        Name of the template without its ending.
    **values
        What the template names.

    Returns
    -------
    str
        HTML.

    Examples
    --------
    >>> fill("files", html="<p>x</p>", files=[], trace="").strip()
    '<p>x</p>'
    """
    return environment().get_template(f"{template}.html.j2").render(**values)


def in_css(text: str) -> str:
    r"""Return a text as a string of a stylesheet, that nothing in it can end.

    Parameters
    ----------
    text : str
        Any text.

    Returns
    -------
    str
        In quotes; all but letters, digits and a few marks by their number.

    Examples
    --------
    >>> in_css('a "b"</style>')
    '"a \\22 b\\22 \\3c /style\\3e "'
    """
    kept = (c if c.isalnum() or c in " .,:-/()" else f"\\{ord(c):x} " for c in text)
    return f'"{"".join(kept)}"'


def _day(text: str) -> str:
    """Return an ISO date as it is written in a sentence."""
    return long_date(date.fromisoformat(text))


def style() -> str:
    """Return the stylesheet.

    Returns
    -------
    str
        CSS that names no address.

    Examples
    --------
    >>> "@media print" in style()
    True
    """
    file = resources.files(__package__).joinpath("templates/style.css")
    return file.read_text(encoding="utf-8")
