"""A notebook's code run in this process: fast, for trials of what moves what.

Evidence is only ever made by a fresh kernel (:mod:`helpers.pack.execute`). A trial skips drawing
the images, which nothing here looks at.
"""

from __future__ import annotations

import ast
from typing import Any
from unittest import mock

from sheets import Sheet

from helpers import run
from helpers.exhibits import Shown, images


def started(values: dict[str, Any]) -> run.Run:
    """Start a run of the default case."""
    return run.start(case="southern_health", **values)


def _needed(sheet: Sheet, only: set[str]) -> dict[str, bool]:
    """Return the cells that some exhibits are made by and those whose names they use.

    With each, whether it shows one of the exhibits.
    """
    names: set[str] = set()
    kept: dict[str, bool] = {}
    for cell in reversed(sheet.code):
        nodes = list(ast.walk(cell.tree))
        stored = {n.id for n in nodes if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        stored |= {
            (alias.asname or alias.name).split(".")[0]
            for n in nodes
            if isinstance(n, (ast.Import, ast.ImportFrom))
            for alias in n.names
        }
        shows = {n.value for n in nodes if isinstance(n, ast.Constant)} & only
        if shows or stored & names:
            kept[cell.name] = bool(shows)
            names |= {n.id for n in nodes if isinstance(n, ast.Name)}
    return kept


def shown_by(sheet: Sheet, only: set[str] | None = None, **changed: Any) -> dict[str, Shown]:
    """Run a notebook's code with some parameters changed and return its exhibits by id.

    With ``only``, as much of it as these exhibits need; what other cells show is not made.
    """
    needed = None if only is None else _needed(sheet, only)
    space: dict[str, Any] = {}
    shown: dict[str, Shown] = {}
    with mock.patch.object(images, "images", return_value=("", "")):
        for cell in sheet.code:
            if needed is not None and cell.name not in needed:
                continue
            body = cell.tree.body
            last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
            exec(compile(ast.Module(body, []), cell.name, "exec"), space)  # noqa: S102 - our own
            if cell.holds_parameters:
                space.update(changed)
            if last is not None and (needed is None or needed[cell.name]):
                value = eval(compile(ast.Expression(last.value), cell.name, "eval"), space)  # noqa: S307
                if isinstance(value, Shown) and "id" in value.facts:
                    shown[value.facts["id"]] = value
    return shown


def data_of(shown: dict[str, Shown]) -> dict[str, str]:
    """Return the data behind the exhibits of a trial, those of figures too."""
    return {name: item.facts["resource"]["data"] for name, item in shown.items()}
