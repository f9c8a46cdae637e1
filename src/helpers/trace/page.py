"""The page ``traces.html`` of a pack: from each exhibit to definition, rows, files and code.

- :func:`page`: the page, with one section an exhibit, whose anchor is that of the exhibit.
- :func:`links`: the address of each exhibit and finding on that page; :func:`addresses`: the same
  before the traces are known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from helpers.pack.markup import anchor_of
from helpers.trace.words import number_words

if TYPE_CHECKING:
    from helpers.pack.context import PackContext

NAME = "traces.html"
SHORT = 240
"""Characters of references of one sheet that the page shows; ``traces.json`` holds all."""


def links(made: Mapping[str, Any]) -> dict[str, str]:
    """Return the address of each exhibit and finding on the page, from the folder of the pack.

    Parameters
    ----------
    made : mapping
        As `helpers.trace.document.document` returns it.

    Examples
    --------
    >>> links({"exhibits": {"rates.steps": {"findings": {"rates.steps.siri": {}}}}})
    {'rates.steps': 'traces.html#rates.steps', 'rates.steps.siri': 'traces.html#rates.steps.siri'}
    """
    exhibits = made["exhibits"]
    names = [one for name, item in exhibits.items() for one in (name, *item["findings"])]
    return {name: f"{NAME}#{anchor_of(name)}" for name in names}


def addresses(exhibits: Iterable[Mapping[str, Any]]) -> dict[str, str]:
    """Return the same from the exhibits themselves, before their traces are known.

    Parameters
    ----------
    exhibits : iterable of mapping
        Their facts.

    Examples
    --------
    >>> addresses([{"id": "rates.steps", "findings": [{"id": "rates.steps.siri"}]}])
    {'rates.steps': 'traces.html#rates.steps', 'rates.steps.siri': 'traces.html#rates.steps.siri'}
    """
    held = {
        facts["id"]: {"findings": {one["id"]: one for one in facts.get("findings", [])}}
        for facts in exhibits
    }
    return links({"exhibits": held})


def _places(made: Mapping[str, Any], part: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the files and sheets of a part with their rows, references cut short."""
    found = []
    for place in made["sets"][part["set"]]["places"]:
        text = place.get("references", "")
        if len(text) > SHORT:
            text = f"{text[:SHORT].rpartition(',')[0]}, and more in traces.json"
        found.append({**place, "references": text})
    return found


def _part(made: Mapping[str, Any], part: Mapping[str, Any]) -> dict[str, Any]:
    held = made["sets"][part["set"]]
    return {
        "columns": [],
        "names": [],
        "number": None,
        **part,
        "number_words": number_words(part["number"]) if "number" in part else "",
        "rows": held["rows"],
        "hash": held["sha256"],
        "places": _places(made, part),
    }


def _row(made: Mapping[str, Any], item: Mapping[str, Any]) -> dict[str, Any]:
    """Return a row of a table: what tells it apart, and in how many rows each number is."""
    cells = {"numerator": "", "denominator": ""}
    for part in item["parts"]:
        if part["role"] in cells:
            held = made["sets"][part["set"]]
            noun = "row" if held["rows"] == 1 else "rows"
            said = f"{number_words(part['number'])}: {held['rows']:,} {noun}"
            cells[part["role"]] = f"{said}, {held['sha256'][:8]}"
    key = "; ".join(f"{name.replace('_', ' ')}: {value}" for name, value in item["key"].items())
    return {"row": item["row"], "key": key, **cells}


def _exhibit(made: Mapping[str, Any], name: str, item: Mapping[str, Any]) -> dict[str, Any]:
    findings = [
        {
            "id": one,
            "text": held["text"],
            "method": held.get("method", ""),
            "parts": [_part(made, part) for part in held["parts"]],
        }
        for one, held in item["findings"].items()
    ]
    return {
        "id": name,
        "title": item["title"],
        "kind": item["kind"],
        "period": (item["period_start"], item["period_end"]),
        "source": item["source"],
        "definitions": item.get("definitions", []),
        "method": item.get("method", []),
        "level": ", ".join(f"{100 * level:g}%" for level in item.get("level", [])),
        "parameters": ", ".join(
            f"{key} = {' and '.join(value) if isinstance(value, list) else value}"
            for key, value in item["parameters"].items()
        ),
        "parts": [_part(made, part) for part in item["parts"]],
        "findings": findings,
        "rows": [_row(made, one) for one in item["rows"].values()],
        "cells": [{"key": key, "cell": made["cells"][key]["cell"]} for key in item["cells"]],
    }


def page(made: Mapping[str, Any], context: PackContext) -> str:
    """Return the page that leads from each exhibit to its source.

    Parameters
    ----------
    made : mapping
        As `helpers.trace.document.document` returns it.
    context : PackContext
        The pack.

    Returns
    -------
    str
        A whole HTML document for ``traces.html``.
    """
    from helpers.pack.templating import fill, style

    groups = [
        {
            **one,
            "exhibits": [
                _exhibit(made, name, item)
                for name, item in made["exhibits"].items()
                if item["page"] == one["name"]
            ],
            "cells": [
                {"key": key, **cell}
                for key, cell in made["cells"].items()
                if cell["notebook"] == one["name"]
            ],
        }
        for one in context.pages
    ]
    for group in groups:
        group["cells"].sort(key=lambda cell: cell["cell"])
    return fill("traces", context=context, root="", made=made, groups=groups, style=style())
