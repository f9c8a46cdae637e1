"""What changed since the last pack of the same case and period, and what may have changed it.

- :func:`causes`: what differs between the grounds of two packs.
- :func:`changes`: each finding and each number of a table that differs.
- :func:`effect`: what another number does to a conclusion.
- :func:`notice`: both, as they are written to ``corrections.json``.

A pack is never overwritten. Where a later one of the same case and period says another number, it
carries a notice of correction: before, after, the possible causes, the day, and what it does to
the conclusion.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.pack.collect import Collected

NAME = "corrections.json"
CAUSES = {
    "input": "a file of the case",
    "parameter": "a parameter of the run",
    "definition": "a definition",
    "plan": "the plan of the models",
    "rule": "a rule or the calendar",
    "code": "the code of the suite",
    "library": "a library or the machine",
}


def _by(rows: list[dict[str, Any]], key: str) -> dict[str, str]:
    return {row[key]: row["sha256"] for row in rows}


def _moved(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Return the keys under which two mappings differ, with what was done to each."""
    said = []
    for key in sorted({*old, *new}):
        if key not in new:
            said.append(f"{key} is gone")
        elif key not in old:
            said.append(f"{key} is new")
        elif old[key] != new[key]:
            said.append(f"{key} changed")
    return said


def _definitions(made: Collected) -> dict[str, str]:
    return {item["id"]: item["text"] for item in made.definitions}


def causes(
    old: Mapping[str, Any], new: Mapping[str, Any], *, before: Collected, after: Collected
) -> list[dict[str, str]]:
    """Return what differs between the grounds of two packs.

    Parameters
    ----------
    old, new : mapping
        Their manifests; of the new one ``inputs``, ``notebooks``, ``rules``, ``plan``, ``code`` and
        ``environment`` are enough.
    before, after : Collected
        Their exhibits, for the definitions.

    Returns
    -------
    list of dict
        cause (a key of :data:`CAUSES`) and detail, in the order of that table; empty where nothing
        differs.
    """
    found = [("input", text) for text in _moved(*(_by(m["inputs"], "file") for m in (old, new)))]
    both = set(old["notebooks"]) & set(new["notebooks"])
    for name in sorted(both):
        values = [m["notebooks"][name]["parameters"] for m in (old, new)]
        found += [("parameter", f"{name}: {text}") for text in _moved(*values)]
    asked = [dict.fromkeys(m["notebooks"], 0) for m in (old, new)]
    found += [("parameter", f"notebook {text}") for text in _moved(*asked)]
    found += [("definition", text) for text in _moved(_definitions(before), _definitions(after))]
    plans = [(m["plan"] or {}).get("sha256", "") for m in (old, new)]
    if plans[0] != plans[1]:
        found.append(("plan", "plan.yml changed"))
    rules = [_by(m["rules"]["files"], "name") for m in (old, new)]
    found += [("rule", text) for text in _moved(*rules)]
    codes = [m["code"] for m in (old, new)]
    if codes[0]["sha256"] != codes[1]["sha256"]:
        names = [str(item["revision"] or item["sha256"])[:12] for item in codes]
        found.append(("code", f"{names[0]} became {names[1]}"))
    packages = [
        {**m["environment"]["packages"], "python": m["environment"]["python"]} for m in (old, new)
    ]
    for name in sorted({*packages[0], *packages[1]}):
        was, is_ = (held.get(name, "not there") for held in packages)
        if was != is_:
            found.append(("library", f"{name}: {was} before, {is_} now"))
    return [{"cause": cause, "detail": detail} for cause, detail in found]


def effect(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """Return in words what another number does to what was concluded from a finding.

    Parameters
    ----------
    old, new : mapping
        The finding before and after, as ``findings.json`` holds it.

    Examples
    --------
    >>> effect({"value": 0.14, "low": 0.13, "high": 0.15}, {"value": 0.142})
    'It lies within the interval that was given before.'
    >>> effect({"value": 0.14, "low": 0.13, "high": 0.15}, {"value": 0.2})
    'It lies outside the interval that was given before: read again what was concluded from it.'
    """
    value, low, high = new.get("value"), old.get("low"), old.get("high")
    if old.get("value") == value:
        return "The number is the same; the words around it changed."
    if value is None or low is None or high is None:
        return "No interval was given before: read again what was concluded from it."
    if low <= value <= high:
        return "It lies within the interval that was given before."
    return (
        "It lies outside the interval that was given before: read again what was concluded from it."
    )


def _findings(before: Collected, after: Collected) -> list[dict[str, Any]]:
    old, new = ({item["id"]: item for item in made.findings} for made in (before, after))
    rows = []
    for key in dict.fromkeys([*old, *new]):
        was, now = old.get(key), new.get(key)
        if was == now:
            continue
        if was is None or now is None:
            said = "It was not stated before." if was is None else "It is no longer stated."
        else:
            said = effect(was, now)
        rows.append(
            {
                "id": key,
                "before": was and {name: was[name] for name in ("text", "value", "low", "high")},
                "after": now and {name: now[name] for name in ("text", "value", "low", "high")},
                "effect": said,
            }
        )
    return rows


def _text(value: Any) -> str:
    """Return a value as text: a count without decimals, other numbers in full."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def changes(before: Collected, after: Collected) -> dict[str, list[dict[str, Any]]]:
    """Return each finding and each number of a table that differs between two packs.

    Parameters
    ----------
    before, after : Collected
        Their exhibits.

    Returns
    -------
    dict
        ``findings``: id, before, after (text, value, low, high; null where it was not stated) and
        effect. ``tables``: exhibit, row, column, before, after; numbers beyond a relative 1e-8.
    """
    from helpers.pack.refresh import between

    tables = [
        {name: str(row[name]) for name in ("exhibit", "row", "column")}
        | {"before": _text(row["old"]), "after": _text(row["new"])}
        for row in between("", before, after).to_dict("records")
    ]
    return {"findings": _findings(before, after), "tables": tables}


def notice(
    *,
    old: Mapping[str, Any],
    new: Mapping[str, Any],
    before: Collected,
    after: Collected,
    against: str,
) -> dict[str, Any]:
    """Return the notice of correction of a pack against the one before it.

    Parameters
    ----------
    old, new, before, after
        As for :func:`causes`.
    against : str
        SHA-256 of the manifest of the pack before.

    Returns
    -------
    dict
        ``against`` (id and hash of the pack before), ``causes``, ``known_cause`` (whether one cause
        alone can have moved the numbers) and what :func:`changes` gives.
    """
    found = causes(old, new, before=before, after=after)
    kinds = {item["cause"] for item in found}
    return {
        "against": {"pack": old["pack"]["id"], "manifest_sha256": against},
        "causes": found,
        "known_cause": len(kinds) == 1,
        **changes(before, after),
    }
