"""What differs between the grounds of two packs, and which of it may have moved a number.

- :func:`grounds`: everything that differs, case and period first.
- :func:`may_have_moved`: the kinds of it that can bear on one exhibit.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from helpers.compare.packs import Pack
from helpers.pack.corrections import CAUSES, causes

KINDS = {
    "case": "the case: other records",
    "period": "the period: other days, and other people",
    "extract": "the day of the extract",
    "status": "the kind of data",
    **CAUSES,
}
"""Every kind of cause in plain words, in the order in which they are said."""

APART = {"case", "period_start", "period_end"}
"""Parameters that are said as case and period."""

PLANNED = ("risk.", "sure.", "review.", "delay.model")
"""Exhibits that the plan of the models bears on."""


def _said(kind: str, old: Any, new: Any) -> list[dict[str, str]]:
    if old == new:
        return []
    return [{"cause": kind, "detail": f"{old} in the first, {new} in the second"}]


def _value(held: dict[str, Any], name: str) -> str:
    return repr(held[name]) if name in held else "not there"


def _parameters(old: Pack, new: Pack) -> list[dict[str, str]]:
    """Return the parameters that differ with both values, and the notebooks where they do."""
    both = [name for name in old.manifest["notebooks"] if name in new.manifest["notebooks"]]
    found: dict[str, list[str]] = {}
    for notebook in both:
        was, now = (pack.manifest["notebooks"][notebook]["parameters"] for pack in (old, new))
        for name in sorted({*was, *now} - APART):
            if was.get(name) != now.get(name) or (name in was) != (name in now):
                text = (
                    f"{name}: {_value(was, name)} in the first, {_value(now, name)} in the second"
                )
                found.setdefault(text, []).append(notebook)
    return [
        {"cause": "parameter", "detail": f"{text} ({', '.join(where)})"}
        for text, where in found.items()
    ]


def grounds(old: Pack, new: Pack) -> list[dict[str, str]]:
    """Return everything that differs between what two packs rest on.

    Parameters
    ----------
    old, new : Pack
        The first and the second.

    Returns
    -------
    list of dict
        cause (a key of :data:`KINDS`) and detail. Inputs, definitions, plan, rules, code and
        libraries are found by :func:`helpers.pack.corrections.causes`.
    """
    periods = [" to ".join(pack.period) for pack in (old, new)]
    status = [
        f"{pack.manifest['data_status']}, profile {pack.manifest['release_profile']}"
        for pack in (old, new)
    ]
    found = [
        *_said("case", old.case, new.case),
        *_said("period", *periods),
        *_said("extract", *(pack.manifest["extract_date"] for pack in (old, new))),
        *_said("status", *status),
    ]
    rest = causes(old.manifest, new.manifest, before=old.made, after=new.made)
    notebooks = [
        item
        for item in rest
        if item["cause"] == "parameter" and item["detail"].startswith("notebook ")
    ]
    found += _parameters(old, new) + notebooks
    found += [item for item in rest if item["cause"] != "parameter"]
    order = list(KINDS)
    return sorted(found, key=lambda item: order.index(item["cause"]))


def may_have_moved(
    exhibit: str, page: str, *, old: Pack, new: Pack, found: Iterable[dict[str, str]]
) -> list[str]:
    """Return the kinds of cause that can bear on the numbers of an exhibit.

    Files count where the traces of both packs say that the exhibit was made from them, or where
    they do not say; parameters where those of its notebook differ; the plan for exhibits of
    models.

    Parameters
    ----------
    exhibit, page : str
        Id of the exhibit, and the notebook that shows it.
    old, new : Pack
        The first and the second.
    found : iterable of dict
        As :func:`grounds` returns it.

    Returns
    -------
    list of str
        Keys of :data:`KINDS`.
    """
    kinds: list[str] = []
    behind = [pack.files.get(exhibit) for pack in (old, new)]
    used = behind[0] | behind[1] if behind[0] is not None and behind[1] is not None else None
    for item in found:
        kind, detail = item["cause"], item["detail"]
        bears = True
        if kind == "input" and used is not None:
            bears = any(detail in {f"{file} {how}" for how in ("changed", "is new", "is gone")}
                        for file in used)  # fmt: skip
        elif kind == "parameter":
            bears = not detail.startswith("notebook ") and page in detail.split("(")[-1]
        elif kind == "plan":
            bears = exhibit.startswith(PLANNED)
        if bears and kind not in kinds:
            kinds.append(kind)
    return kinds
