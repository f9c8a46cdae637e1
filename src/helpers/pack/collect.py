"""The exhibits that executed notebooks carry: a pack is made from these and nothing else.

- :class:`Collected`: the exhibits of the notebooks in their order.
- :func:`collect`: read them from executed notebooks.
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from helpers.errors import InputError
from helpers.exhibits import KEY
from helpers.exhibits.resource import is_empty, to_frame


@dataclass
class Collected:
    """Exhibits in the order in which they are shown.

    ``exhibits`` holds the facts of each with ``page``, the notebook that shows it, and of a table
    without rows ``statement``, what it says instead; ``runs`` the opening block of each notebook.

    Examples
    --------
    >>> made = Collected([{"id": "mine.first", "findings": [{"text": "A finding."}]}])
    >>> made.findings
    [{'text': 'A finding.'}]
    """

    exhibits: list[dict[str, Any]] = field(default_factory=list)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Return all findings in order."""
        return [item for facts in self.exhibits for item in facts.get("findings", [])]

    @property
    def empty(self) -> list[dict[str, str]]:
        """Return the exhibits whose question the records could not answer."""
        return [
            {"id": facts["id"], "title": facts["title"], "page": facts["page"]}
            for facts in self.exhibits
            if facts.get("unanswered")
        ]

    @property
    def definitions(self) -> list[dict[str, str]]:
        """Return every definition in force, each once."""
        found = {
            item["id"]: item
            for facts in self.exhibits
            for item in facts["definitions"]
            if item["text"]
        }
        return list(found.values())

    def frame(self, exhibit: str) -> pd.DataFrame:
        """Return the data of an exhibit in full precision.

        Parameters
        ----------
        exhibit : str
            Id of the exhibit.

        Returns
        -------
        DataFrame
            For a figure: what was drawn, read back.

        Raises
        ------
        KeyError
            If no exhibit has this id.

        Examples
        --------
        >>> from helpers.exhibits.resource import from_frame
        >>> held = from_frame("mine.first", pd.DataFrame({"deaths": [12, 9]}))
        >>> made = Collected([{"id": "mine.first", "resource": held}])
        >>> made.frame("mine.first")["deaths"].tolist()
        [12, 9]
        """
        for facts in self.exhibits:
            if facts["id"] == exhibit:
                return to_frame(facts["resource"])
        raise KeyError(exhibit)


def collect(notebooks: Mapping[str, Any]) -> Collected:
    """Return the exhibits of executed notebooks.

    Parameters
    ----------
    notebooks : mapping
        Executed notebooks by name, in the order of the pages.

    Returns
    -------
    Collected
        Exhibits in the order of the pages, and the opening block of each notebook.

    Raises
    ------
    InputError
        If two exhibits have the same id.

    Examples
    --------
    >>> output = {"metadata": {KEY: {"kind": "table", "id": "mine.first"}}}
    >>> collect({"mine": {"cells": [{"outputs": [output]}]}}).exhibits
    [{'kind': 'table', 'id': 'mine.first', 'page': 'mine'}]
    """
    made = Collected()
    seen: dict[str, str] = {}
    for name, notebook in notebooks.items():
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                facts = output.get("metadata", {}).get(KEY)
                if facts is None:
                    continue
                if facts["kind"] == "run":
                    made.runs[name] = dict(facts)
                    continue
                if facts["id"] in seen:
                    raise InputError.one(
                        f"exhibit {facts['id']} is shown twice (also in {seen[facts['id']]})",
                        f"notebook {name}",
                        "Give each exhibit its own id.",
                    )
                seen[facts["id"]] = name
                png = output.get("data", {}).get("image/png")
                image = {"png": base64.b64decode(png)} if png else {}
                made.exhibits.append({**facts, **image, **_silent(output, facts), "page": name})
    return made


def _silent(output: Mapping[str, Any], facts: Mapping[str, Any]) -> dict[str, str]:
    """Return what a table without rows says, which stands in its text and not in its facts."""
    if facts["kind"] != "table" or not is_empty(facts.get("resource", {"data": "\n\n"})):
        return {}
    lines = "".join(output.get("data", {}).get("text/plain", "")).split("\n")
    return {"statement": lines[2]} if len(lines) > 2 else {}
