"""The code behind an exhibit, read from the notebook as it was executed; nothing is run.

- :class:`Call`, :class:`Cell`: a function that a cell calls, and a cell.
- :func:`read`: the code cells of a notebook; :func:`showing`: the cell that shows each exhibit.
- :func:`chain`: the cells that made what a cell shows, followed back through their variables.
- :func:`names_read`: the names that cells take from elsewhere.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers.exhibits import KEY
from helpers.trace.functions import Definition, define, methods_of


@dataclass(frozen=True)
class Call:
    """A function of the suite that a cell calls.

    Parameters
    ----------
    called : str
        As it is written in the cell, such as ``proportions.proportion``.
    definition : Definition, optional
        Where it is defined; None: it could not be found.
    """

    called: str
    definition: Definition | None


@dataclass(frozen=True)
class Cell:
    """A code cell of a notebook.

    Parameters
    ----------
    notebook : str
        Name of the notebook.
    number : int
        Place among all cells of the notebook, from 1.
    step : int
        Place among its code cells, from 1, as its page counts them.
    source : str
        Its code.
    writes, reads : frozenset of str
        Names that it gives a value, and names that it takes from elsewhere.
    calls : tuple of Call
        Functions of the suite that it calls, in order.
    """

    notebook: str
    number: int
    step: int
    source: str
    writes: frozenset[str]
    reads: frozenset[str]
    calls: tuple[Call, ...] = field(default=())

    @property
    def key(self) -> str:
        """Return the notebook and the number of the cell as one text."""
        return f"{self.notebook}#{self.number}"


def _flow(tree: ast.Module) -> tuple[set[str], set[str]]:
    """Return the names that code writes, and those that it reads before it has written them."""
    writes: set[str] = set()
    reads: set[str] = set()
    for statement in tree.body:
        inside = [node for node in ast.walk(statement) if isinstance(node, ast.Name)]
        bound = {
            target.id
            for node in ast.walk(statement)
            if isinstance(node, ast.comprehension)
            for target in ast.walk(node.target)
            if isinstance(target, ast.Name)
        }
        loads = {node.id for node in inside if isinstance(node.ctx, ast.Load)} - bound
        stores = {node.id for node in inside if isinstance(node.ctx, ast.Store)} - bound
        if isinstance(statement, ast.AugAssign) and isinstance(statement.target, ast.Name):
            loads.add(statement.target.id)
        reads |= loads - writes
        writes |= stores
        if isinstance(statement, ast.Import | ast.ImportFrom):
            writes |= {(name.asname or name.name).split(".")[0] for name in statement.names}
    return writes, reads


def _imports(tree: ast.Module) -> dict[str, str]:
    """Return the full name of what each name of an import stands for."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            found |= {one.asname or one.name: f"{node.module}.{one.name}" for one in node.names}
        elif isinstance(node, ast.Import):
            for one in node.names:
                found[one.asname or one.name.split(".")[0]] = (
                    one.name if one.asname else one.name.split(".")[0]
                )
    return {name: full for name, full in found.items() if full.split(".")[0] == "helpers"}


def _dotted(node: ast.expr) -> str:
    """Return a chain of attributes of a name as text; empty for anything else."""
    parts = []
    while isinstance(node, ast.Attribute):
        parts.append(node.attr)
        node = node.value
    return ".".join([node.id, *reversed(parts)]) if isinstance(node, ast.Name) else ""


def _made_by(tree: ast.Module) -> dict[str, str]:
    """Return, for each name that is given what one call returns, what is called."""
    return {
        statement.targets[0].id: called
        for statement in tree.body
        if isinstance(statement, ast.Assign)
        and isinstance(statement.targets[0], ast.Name)
        and isinstance(statement.value, ast.Call)
        and (called := _dotted(statement.value.func))
    }


def _called(tree: ast.Module) -> list[str]:
    """Return what code calls or hands on, in order, each once, as it is written."""
    found = [
        (node.lineno, node.col_offset, text)
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute | ast.Name) and (text := _dotted(node))
    ]
    longest = {}
    for line, column, text in sorted(found, key=lambda one: (one[0], one[1], -len(one[2]))):
        longest.setdefault((line, column), text)
    return list(dict.fromkeys(longest.values()))


def read(name: str, notebook: Mapping[str, Any]) -> list[Cell]:
    """Return the code cells of a notebook with what each writes, reads and calls.

    Parameters
    ----------
    name : str
        Name of the notebook.
    notebook : mapping
        As nbformat reads it.

    Returns
    -------
    list of Cell
        In order.

    Examples
    --------
    >>> cells = [{"cell_type": "code", "source": "from helpers.cohort import steps"}]
    >>> cells += [{"cell_type": "code", "source": "rows = steps.headline(ladder)"}]
    >>> last = read("mine", {"cells": cells})[-1]
    >>> last.calls[0].definition.full, sorted(last.reads)
    ('helpers.cohort.steps.headline', ['ladder', 'steps'])
    """
    imports: dict[str, str] = {}
    makers: dict[str, str] = {}
    found = []
    for number, cell in enumerate(notebook["cells"], start=1):
        if cell["cell_type"] != "code":
            continue
        source = "".join(cell["source"])
        tree = ast.parse(source)
        imports |= _imports(tree)
        writes, reads = _flow(tree)
        calls = []
        for text in _called(tree):
            head, _, rest = text.partition(".")
            if head in imports:
                calls.append(Call(text, define(f"{imports[head]}.{rest}".rstrip("."))))
            elif head in makers and rest and (made := methods_of(makers[head], rest)):
                calls.append(Call(text, made))
        for target, called in _made_by(tree).items():
            head, _, rest = called.partition(".")
            makers.pop(target, None)
            if head in imports:
                makers[target] = f"{imports[head]}.{rest}".rstrip(".")
        # A module that is only named is no call.
        calls = [one for one in calls if not (one.definition and one.definition.kind == "module")]
        found.append(
            Cell(
                name,
                number,
                len(found) + 1,
                source,
                frozenset(writes),
                frozenset(reads),
                tuple(calls),
            )  # fmt: skip
        )
    return found


def showing(name: str, notebook: Mapping[str, Any]) -> dict[str, int]:
    """Return the number of the cell that shows each exhibit of a notebook.

    Parameters
    ----------
    name : str
        Name of the notebook.
    notebook : mapping
        As executed.

    Returns
    -------
    dict of int
        By id of the exhibit, from 1.

    Examples
    --------
    >>> output = {"metadata": {KEY: {"kind": "table", "id": "mine.first"}}}
    >>> showing("mine", {"cells": [{"outputs": [output]}]})
    {'mine.first': 1}
    """
    return {
        facts["id"]: number
        for number, cell in enumerate(notebook["cells"], start=1)
        for output in cell.get("outputs", [])
        if (facts := output.get("metadata", {}).get(KEY)) and "id" in facts
    }


def chain(cells: Sequence[Cell], number: int) -> tuple[Cell, ...]:
    """Return the cells that made what a cell shows, followed back through their variables.

    Parameters
    ----------
    cells : sequence of Cell
        Of the notebook, in order.
    number : int
        Number of the cell that shows it.

    Returns
    -------
    tuple of Cell
        In the order of the notebook; the cell itself is the last.

    Examples
    --------
    >>> def cell(number, writes, reads):
    ...     return Cell("mine", number, number, "", frozenset(writes), frozenset(reads))
    >>> made = [cell(1, "a", ""), cell(2, "b", ""), cell(3, "c", "a"), cell(4, "", "c")]
    >>> [one.number for one in chain(made, 4)]
    [1, 3, 4]
    """
    place = next(at for at, cell in enumerate(cells) if cell.number == number)
    kept, needed = [cells[place]], set(cells[place].reads)
    for cell in reversed(cells[:place]):
        if cell.writes & needed:
            kept.append(cell)
            needed = (needed - cell.writes) | cell.reads
    return tuple(reversed(kept))


def names_read(cells: Sequence[Cell]) -> set[str]:
    """Return the names that cells take from elsewhere.

    Parameters
    ----------
    cells : sequence of Cell
        Such as those of a chain.
    """
    return {name for cell in cells for name in cell.reads}
