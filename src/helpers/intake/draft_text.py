"""A draft as text: YAML with a remark at the end of a line, and the line of each entry.

- :func:`written`: plain dictionaries, lists and values as YAML.
- :class:`Noted`: a value with a remark; :class:`Alias`: the same as another entry.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

LONGEST_KEY = 100


@dataclass(frozen=True)
class Noted:
    """A value with the remark that stands behind it.

    Parameters
    ----------
    value : object
        The value.
    note : str
        The remark, without its mark.
    anchor : str
        A name by which other entries can say that they are the same.

    Examples
    --------
    >>> print(written({"table": Noted("deaths", "guess: check")})[0])
    table: deaths  # guess: check
    <BLANKLINE>
    """

    value: Any
    note: str = ""
    anchor: str = ""


@dataclass(frozen=True)
class Alias:
    """An entry that is the same as another one, by the anchor of that.

    Parameters
    ----------
    name : str
        The anchor.

    Examples
    --------
    >>> period = Noted({"start": 2011}, anchor="period")
    >>> print(written({"period": period, "coverage": Alias("period")})[0])
    period: &period
      start: 2011
    coverage: *period
    <BLANKLINE>
    """

    name: str


def _scalar(value: object) -> str:
    """Return a single value so that it can stand anywhere in YAML."""
    if isinstance(value, Alias):
        return f"*{value.name}"
    if isinstance(value, str) and not value.isprintable():
        held = (c if c.isprintable() and c not in '"\\' else f"\\U{ord(c):08x}" for c in value)
        return f'"{"".join(held)}"'
    text = yaml.safe_dump([value], default_flow_style=True, allow_unicode=True, width=2**31)
    return text.strip()[1:-1]


def _lines(node: Any, indent: str, path: str, places: dict[str, int], done: list[str]) -> None:
    """Add the lines of a dictionary."""
    for name, item in node.items():
        place = f"{path}.{name}" if path else str(name)
        noted = item if isinstance(item, Noted) else Noted(item)
        note, value = f"  # {noted.note}" if noted.note else "", noted.value
        places[place] = len(done) + 1
        head = f"{indent}{_scalar(name)}:{' &' if noted.anchor else ''}{noted.anchor}"
        if len(head) > LONGEST_KEY:
            done.append(f"{indent}? {_scalar(name)}")
            head = f"{indent}:"
        if isinstance(value, dict) and value:
            done.append(head + note)
            _lines(value, f"{indent}  ", place, places, done)
        elif isinstance(value, list) and value and isinstance(value[0], dict):
            done.append(head + note)
            for number, entry in enumerate(value):
                first = len(done)
                _lines(entry, f"{indent}    ", f"{place}.{entry.get('id', number)}", places, done)
                done[first] = f"{indent}  - {done[first].lstrip()}"
        elif isinstance(value, list) and any(isinstance(entry, Noted) for entry in value):
            done.append(head + note)
            for entry in value:
                said = f"  # {entry.note}" if isinstance(entry, Noted) else ""
                held = entry.value if isinstance(entry, Noted) else entry
                places[f"{place}.{held}"] = len(done) + 1
                done.append(f"{indent}  - {_scalar(held)}{said}")
        elif isinstance(value, list):
            done.append(f"{head} [{', '.join(map(_scalar, value))}]{note}")
        else:
            done.append(f"{head} {'{}' if value == {} else _scalar(value)}{note}")


def written(node: dict[str, Any], *, above: str = "") -> tuple[str, dict[str, int]]:
    """Return a dictionary as YAML, with the line in which each entry stands.

    Parameters
    ----------
    node : dict
        Dictionaries, lists, values, and any of them as :class:`Noted`.
    above : str
        Lines of remarks to put on top.

    Returns
    -------
    tuple of str and dict
        The text, and line numbers by place (``sources.pas.fields.dob.format``).

    Examples
    --------
    >>> text, places = written({"sources": [{"id": "pas", "from": ["DOD", "Died: on"]}]})
    >>> print(text)
    sources:
      - id: pas
        from: [DOD, 'Died: on']
    <BLANKLINE>
    >>> places["sources.pas.from"]
    3
    """
    done = [f"# {line}".rstrip() for line in above.splitlines()]
    places: dict[str, int] = {}
    _lines(node, "", "", places, done)
    return "\n".join(done) + "\n", places
