"""The page of a comparison, in the templates of the pages of a pack.

- :func:`page`: the page as HTML; it asks nothing of the network and runs no script.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import helpers
from helpers.compare import words
from helpers.compare.account import APART, DIFFERS, FIRST_ONLY, SAME, SECOND_ONLY
from helpers.compare.grounds import KINDS

MOST = 60
"""Rows of one table that the page shows; the CSV holds all."""
MAIN = {"value", "odds_ratio", "numerator", "denominator"}
"""What a table is about; its other columns are in the CSV."""
STATUS = {
    "real": "Real records.",
    "published": "Published figures.",
    "synthetic": "SYNTHETIC: nobody in it lived.",
}


@dataclass(frozen=True)
class _Context:
    """What the frame of every page says, of two packs."""

    marking: str
    data_status: str
    profile_name: str
    profile_text: str
    case_title: str
    period: str
    version: str


def _context(told: Mapping[str, Any]) -> _Context:
    from helpers.disclosure import PROFILES

    both = [told["first"], told["second"]]
    profile = next(
        (item["release_profile"] for item in both if item["release_profile"] != "open"), "open"
    )
    synthetic = any(item["data_status"] == "synthetic" for item in both)
    marking = [*(["OFFICIAL-SENSITIVE"] if profile == "internal" else [])]
    marking += [f"Release profile: {profile}", " and ".join(item["pack"] for item in both)]
    marking += ["SYNTHETIC DATA"] if synthetic else []
    return _Context(
        marking=". ".join(marking),
        data_status="synthetic" if synthetic else both[1]["data_status"],
        profile_name=profile,
        profile_text=PROFILES.get(profile, ""),
        case_title="Two packs side by side",
        period=" and ".join(
            f"{item['period']['start']} to {item['period']['end']}" for item in both
        ),
        version=helpers.__version__,
    )


def _grouped(found: Iterable[Mapping[str, str]]) -> list[tuple[str, list[str]]]:
    made: dict[str, list[str]] = {}
    for item in found:
        made.setdefault(item["cause"], []).append(item["detail"])
    return list(made.items())


def _shown(line: Mapping[str, Any]) -> dict[str, Any]:
    return {
        **line,
        "first": words.value(line["old"], line["unit"], line["old_text"]),
        "second": words.value(line["new"], line["unit"], line["new_text"]),
        "said": words.said(line),
        "cause": "; ".join(KINDS.get(kind, kind) for kind in (line["cause"] or "").split("; ")),
    }


def _refused(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    counts: Counter[tuple[str, str, str]] = Counter()
    for line in (*told["findings"], *told["tables"]):
        if line["status"] == APART:
            counts[line["exhibit"], line["title"], line["because"]] += 1
    made = [
        {"exhibit": exhibit, "title": title, "because": because, "numbers": number}
        for (exhibit, title, because), number in counts.items()
    ]
    return made + [
        {**item, "numbers": 0, "because": "its rows cannot be told apart by what they are named by"}
        for item in told["exhibits"]
        if item["status"] == APART
    ]


def _alone(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    only = {FIRST_ONLY, SECOND_ONLY}
    counts: Counter[tuple[str, str, str]] = Counter()
    for line in told["tables"]:
        if line["status"] in only:
            counts[line["exhibit"], line["title"], line["status"]] += 1
    return [
        *(
            {"exhibit": line["row"], "title": line["title"], "what": "finding",
             "status": line["status"]}
            for line in told["findings"]
            if line["status"] in only
        ),
        *({**item, "what": item["kind"]} for item in told["exhibits"] if item["status"] in only),
        *(
            {"exhibit": exhibit, "title": title, "what": f"{number:,} numbers in rows of a table",
             "status": status}
            for (exhibit, title, status), number in counts.items()
        ),
    ]  # fmt: skip


def _table(exhibit: str, lines: list[Mapping[str, Any]]) -> dict[str, Any]:
    counts = Counter(line["status"] for line in lines)
    drawn = sum(bool(line["method"]) for line in lines)
    moved = [line for line in lines if line["status"] == DIFFERS and line["column"] in MAIN]
    return {
        "exhibit": exhibit,
        "title": lines[0]["title"],
        "account": f"{len(lines):,} numbers and texts: {counts[DIFFERS]:,} differ, "
        f"{counts[SAME]:,} are the same, {counts[APART]:,} are not compared; {drawn:,} differences "
        "have an interval.",
        "rows": [_shown(line) for line in moved[:MOST]],
        "more": max(len(moved) - MOST, 0),
    }


def _tables(told: Mapping[str, Any]) -> list[dict[str, Any]]:
    made: dict[str, list[Mapping[str, Any]]] = {}
    for line in told["tables"]:
        made.setdefault(line["exhibit"], []).append(line)
    return [
        _table(name, lines)
        for name, lines in made.items()
        if any(line["status"] == DIFFERS for line in lines)
    ]


def _figures(told: Mapping[str, Any]) -> str:
    counts = Counter(item["status"] for item in told["exhibits"] if item["kind"] == "figure")
    return (
        f"{counts[SAME]:,} are drawn from the same data in both packs, and {counts[DIFFERS]:,} "
        "from other data."
    )


def page(told: Mapping[str, Any]) -> str:
    """Return the page of a comparison.

    Parameters
    ----------
    told : mapping
        As :func:`helpers.compare.account.account` returns it.

    Returns
    -------
    str
        HTML.
    """
    from helpers.pack.templating import fill, style

    return fill(
        "comparison",
        context=_context(told),
        style=style(),
        status=STATUS,
        first=told["first"],
        second=told["second"],
        account=words.summary(told),
        grounds=_grouped(told["grounds"]),
        kinds=KINDS,
        definitions=told["definitions"],
        differ=[_shown(line) for line in told["findings"] if line["status"] == DIFFERS],
        same=[line for line in told["findings"] if line["status"] == SAME],
        refused=_refused(told),
        alone=_alone(told),
        tables=_tables(told),
        figures=_figures(told),
        chance=words.chance(told),
    )
