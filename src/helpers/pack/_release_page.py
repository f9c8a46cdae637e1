"""The page of a release: findings, tables, figures, what was left out and why, and the rule.

- :func:`page`: the page as HTML; it asks nothing of the network and runs no script.
"""

from __future__ import annotations

import base64
from collections.abc import Sequence
from importlib import resources
from typing import Any

import helpers
from helpers.casefile import Case
from helpers.disclosure.profiles import Profile
from helpers.exhibits import layout
from helpers.pack._release_parts import Contents, Part, as_text
from helpers.run import Run
from helpers.scope import long_date

STATUS = {
    "real": "Real. Made from real records.",
    "published": "Published. Made from figures that anyone can look up.",
    "synthetic": "SYNTHETIC. Made up to try the method out. No real person is in it.",
}


def _exhibit(part: Part, profile: Profile) -> dict[str, Any]:
    headers, rows, numeric = as_text(part, profile.mark)
    figure = dict(part.figure)
    if figure:
        coded = base64.b64encode(figure["svg"].encode("utf-8")).decode("ascii")
        figure["source"] = f"data:image/svg+xml;base64,{coded}"
    return {
        "id": part.facts["id"],
        "title": layout.mark(part.facts),
        "findings": [item.text for item in part.findings],
        "headers": headers,
        "rows": rows,
        "numeric": numeric,
        "figure": figure,
        "notes": layout.html_notes(part.facts),
    }


def page(
    contents: Contents,
    *,
    case: Case,
    run: Run,
    said: dict[str, Any],
    profile: Profile,
    audited: int,
    earlier: Sequence[str],
) -> str:
    """Return the page of a release.

    Parameters
    ----------
    contents : Contents
        What it shows, and what it does not.
    case : Case
        The case in its own words.
    run : Run
        Its period.
    said : dict
        The manifest of the pack that it is made from.
    profile : Profile
        The profile in force.
    audited : int
        How many counts the audit looked at.
    earlier : sequence of str
        Names of the earlier releases that it was audited with.
    """
    from jinja2 import Environment, PackageLoader, StrictUndefined

    made = Environment(
        loader=PackageLoader("helpers", "pack/templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=StrictUndefined,
    )
    style = resources.files("helpers").joinpath("pack/templates/style.css")
    return made.get_template("release.html.j2").render(
        case=case,
        period=f"{long_date(run.period_start)} to {long_date(run.period_end)}",
        extract_date=said.get("extract_date", ""),
        status=STATUS.get(said["data_status"], said["data_status"]),
        synthetic=said["data_status"] == "synthetic",
        profile=profile,
        stating=[_exhibit(part, profile) for part in contents.parts if part.findings],
        tables=[_exhibit(part, profile) for part in contents.parts if not part.findings],
        left_out=contents.left_out,
        audited=audited,
        earlier=list(earlier),
        version=helpers.__version__,
        style=style.read_text(encoding="utf-8"),
    )
