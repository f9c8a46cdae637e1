"""A notebook as these tests see it, and where the notebooks of the suite are."""

from __future__ import annotations

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import nbformat

from helpers.exhibits import KEY
from helpers.pack.normalise import text

ROOT = Path(__file__).resolve().parents[2]
NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BASELINES = sorted((ROOT / "tests" / "baselines").rglob("*.ipynb"))
EXPLORE = "explore"
"""The one notebook that is a researcher's first look and no part of a pack."""


@dataclass(frozen=True)
class Problem:
    """What is wrong and where: notebook, cell and line, as a reader counts them."""

    notebook: str
    cell: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.notebook}, {self.cell}, line {self.line}: {self.what}"


@dataclass(frozen=True)
class Cell:
    """A cell: its name (``code cell 3``, counted among the cells of its kind) and its content."""

    name: str
    node: Any

    @property
    def source(self) -> str:
        return str(self.node["source"])

    @property
    def tags(self) -> list[str]:
        return list(self.node["metadata"].get("tags", []))

    @property
    def outputs(self) -> list[Any]:
        return list(self.node.get("outputs", []))

    @property
    def tree(self) -> ast.Module:
        """The code as a tree; empty where it cannot be read (the rule on magics says so)."""
        try:
            return ast.parse(self.source)
        except SyntaxError:
            return ast.parse("")

    @property
    def holds_parameters(self) -> bool:
        return bool({"parameters", "injected-parameters"} & set(self.tags))


@dataclass(frozen=True)
class Sheet:
    """A notebook with the text of its file."""

    name: str
    node: Any
    text: str

    def _cells(self, kind: str) -> list[Cell]:
        chosen = [cell for cell in self.node["cells"] if cell["cell_type"] == kind]
        return [Cell(f"{kind} cell {number}", cell) for number, cell in enumerate(chosen, 1)]

    @property
    def code(self) -> list[Cell]:
        return self._cells("code")

    @property
    def prose(self) -> list[Cell]:
        return self._cells("markdown")

    @property
    def exhibits(self) -> list[tuple[Cell, Any]]:
        """Each exhibit with its cell, in order: the output whose metadata carry its facts."""
        found = [(cell, output) for cell in self.code for output in cell.outputs]
        return [(c, o) for c, o in found if facts_of(o).get("kind") not in {None, "run"}]

    @property
    def opening(self) -> Any | None:
        """The opening block: the output whose metadata say what the run rests on."""
        found = (output for cell in self.code for output in cell.outputs)
        return next((output for output in found if facts_of(output).get("kind") == "run"), None)


def facts_of(output: Any) -> dict[str, Any]:
    """Return the facts that an output carries, empty for an output that is no exhibit."""
    return output.get("metadata", {}).get(KEY, {})


@cache
def read(path: Path) -> Sheet:
    """Read a notebook file, once a process: copy what is to be changed."""
    raw = path.read_bytes().decode("utf-8")
    return Sheet(path.stem, nbformat.reads(raw, as_version=4), raw)


def sheet_of(node: Any, name: str = "small") -> Sheet:
    """Return a notebook that is only in memory, as it would be read from its file."""
    return Sheet(name, node, text(node))


def label(path: Path) -> str:
    """Name a notebook in the list of tests; baselines with their period."""
    return path.stem if path in NOTEBOOKS else f"{path.parent.name}/{path.stem}"
