"""Where a function of the suite is defined, read from its file; nothing is imported.

- :class:`Definition`: module, name, file and line.
- :func:`define`: the definition of a full name, followed through what modules import.
- :func:`methods_of`: that of a method of what a function returns.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import helpers

ROOT = Path(helpers.__file__).parent


@dataclass(frozen=True)
class Definition:
    """Where something is defined.

    Parameters
    ----------
    module, name : str
        Full name of the module, and the name in it.
    file : str
        The file, from the folder of the code.
    line : int
        The line at which it starts.
    kind : str
        ``function``, ``class``, ``value`` or ``module``.

    Examples
    --------
    >>> define("helpers.methods.proportions.proportion").full
    'helpers.methods.proportions.proportion'
    """

    module: str
    name: str
    file: str
    line: int
    kind: str

    @property
    def full(self) -> str:
        """Return the full name."""
        return f"{self.module}.{self.name}" if self.name else self.module


@dataclass(frozen=True)
class _Module:
    """What stands at the top of a module: definitions, and what its imports bring in."""

    name: str
    file: str
    defined: dict[str, tuple[int, str]]
    brought: dict[str, tuple[str, str]]
    returns: dict[str, str]


def _path(module: str) -> Path | None:
    parts = module.split(".")[1:]
    if module.split(".")[0] != "helpers":
        return None
    for path in (ROOT.joinpath(*parts, "__init__.py"), ROOT.joinpath(*parts).with_suffix(".py")):
        if path.is_file():
            return path
    return None


def _top(tree: ast.Module) -> Iterator[ast.stmt]:
    """Return the statements at the top of a module, those under a condition among them."""
    for node in tree.body:
        if isinstance(node, ast.If):
            yield from [*node.body, *node.orelse]
        else:
            yield node


@cache
def _module(name: str) -> _Module | None:
    path = _path(name)
    if path is None:
        return None
    tree = ast.parse(path.read_text(encoding="utf-8"))
    defined: dict[str, tuple[int, str]] = {}
    brought: dict[str, tuple[str, str]] = {}
    returns: dict[str, str] = {}
    package = name if path.name == "__init__.py" else name.rpartition(".")[0]
    for node in _top(tree):
        if isinstance(node, ast.FunctionDef):
            defined[node.name] = (node.lineno, "function")
            if isinstance(node.returns, ast.Name):
                returns[node.name] = node.returns.id
        elif isinstance(node, ast.ClassDef):
            defined[node.name] = (node.lineno, "class")
            for inner in node.body:
                if isinstance(inner, ast.FunctionDef):
                    defined[f"{node.name}.{inner.name}"] = (inner.lineno, "function")
        elif isinstance(node, ast.Assign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            for name in (one for target in targets for one in ast.walk(target)):
                if isinstance(name, ast.Name):
                    defined[name.id] = (node.lineno, "value")
        elif isinstance(node, ast.ImportFrom):
            source = node.module or ""
            if node.level:
                base = package.split(".")
                base = base[: len(base) - node.level + 1]
                source = ".".join([*base, *([node.module] if node.module else [])])
            brought |= {one.asname or one.name: (source, one.name) for one in node.names}
    file = path.relative_to(ROOT.parent).as_posix()
    return _Module(name, file, defined, brought, returns)


@cache
def _within(module: str, names: tuple[str, ...]) -> Definition | None:
    """Return where names of a module lead, as Python would follow them."""
    held = _module(module)
    if held is None:
        return None
    if not names:
        return Definition(module, "", held.file, 1, "module")
    for name in (".".join(names[:2]), names[0]):
        if name in held.defined:
            line, kind = held.defined[name]
            return Definition(module, name, held.file, line, kind)
    source, name = held.brought.get(names[0], (module, names[0]))
    if (source, name) != (module, names[0]):
        return _within(source, (name, *names[1:]))
    return _within(f"{module}.{names[0]}", names[1:])


def define(full: str) -> Definition | None:
    """Return where a full name is defined.

    Parameters
    ----------
    full : str
        Such as ``helpers.methods.proportions.proportion``; what comes after a function, a class
        or a value (an attribute of it) is left aside.

    Returns
    -------
    Definition or None
        None where there is nothing of this name.

    Examples
    --------
    >>> define("helpers.start").full, define("helpers.methods.nothing")
    ('helpers.run.start', None)
    """
    module, *names = full.split(".")
    return _within(module, tuple(names))


@cache
def methods_of(maker: str, method: str) -> Definition | None:
    """Return where a method of what a class or a function returns is defined.

    Parameters
    ----------
    maker : str
        Full name of what was called.
    method : str
        Name of the method, such as ``table``.

    Returns
    -------
    Definition or None
        None where the class of what is returned does not say, or has no such method.

    Examples
    --------
    >>> methods_of("helpers.exhibits.Exhibits", "table").full
    'helpers.exhibits.Exhibits.table'
    >>> methods_of("helpers.start", "block").name
    'Run.block'
    """
    made = define(maker)
    if made is None:
        return None
    owner = made
    if made.kind == "function":
        held = _module(made.module)
        name = held.returns.get(made.name) if held else None
        owner = _within(made.module, (name,)) if name else None
    if owner is None or owner.kind != "class":
        return None
    found = _within(owner.module, (owner.name, method.split(".")[0]))
    return found if found and found.kind == "function" else None
