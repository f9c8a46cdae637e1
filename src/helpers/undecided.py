"""What a person has still to decide in the draft of a case: each place that says DECIDE.

- :func:`undecided`: the places of ``case.yml`` and of its maps.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import yaml

from helpers.errors import Problem

DECIDE = "DECIDE"
"""What stands in a draft where a person must decide."""


def _scalars(node: yaml.Node, path: str = "") -> Iterator[tuple[str, int, str]]:
    """Give place, line and text of each single value; sources are named by their id."""
    if isinstance(node, yaml.ScalarNode):
        yield path, node.start_mark.line + 1, node.value
    elif isinstance(node, yaml.SequenceNode):
        for number, item in enumerate(node.value):
            name = str(number)
            if isinstance(item, yaml.MappingNode):
                ids = [value.value for key, value in item.value if key.value == "id"]
                name = ids[0] if ids else name
            yield from _scalars(item, f"{path}.{name}" if path else name)
    elif isinstance(node, yaml.MappingNode):
        for key, item in node.value:
            name = str(key.value)
            yield from _scalars(item, f"{path}.{name}" if path else name)


def _in_map(path: Path, where: str) -> list[Problem]:
    """Return the rows of a map that are still to be decided."""
    try:
        lines = path.read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        return []  # whoever reads the map says what is wrong with it
    return [
        Problem("not decided yet", f"{where}, line {number}", "Write a code in place of DECIDE.")
        for number, line in enumerate(lines, start=1)
        if DECIDE in line.replace('"', "").split(",")
    ]


def undecided(folder: Path, text: str, *, where: str = "") -> list[Problem]:
    r"""Return every place of a case that a person has still to decide.

    Parameters
    ----------
    folder : Path
        Folder of the case.
    text : str
        Its ``case.yml``, which is YAML.
    where : str
        Name of the file for messages; default: ``case.yml`` of the folder.

    Returns
    -------
    list of Problem
        Each with its line; none for a case that is no draft, or no longer.

    Examples
    --------
    >>> print(undecided(Path("ours"), "id: ours\nperiod: {start: 2011-04-01, end: DECIDE}\n")[0])
    data/ours/case.yml, line 2, period.end: not decided yet. Write an entry in place of DECIDE.
    """
    if DECIDE not in text and "map_file" not in text:
        return []
    top = yaml.compose(text, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
    file = where or f"data/{folder.name}/case.yml"
    beside = file.rpartition("/")[0]
    found, maps, seen = [], {}, set()
    for path, line, value in _scalars(top) if top is not None else ():
        if value == DECIDE and line not in seen:  # an alias leads to the same line again
            seen.add(line)
            place = f"{file}, line {line}, {path}"
            found.append(Problem("not decided yet", place, "Write an entry in place of DECIDE."))
        elif path.endswith("map_file"):
            maps[value] = f"{beside}/{value}"
    return found + [
        problem for name, place in maps.items() for problem in _in_map(folder / name, place)
    ]
