"""A comparison in words: what a person reads on the terminal and on the page.

- :func:`said`: a difference with its interval, or why it has none.
- :func:`value`: a number as it is shown.
- :func:`summary`: a few sentences over all.
- :func:`chance`: how many intervals leave out no difference, and how many would by chance.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from helpers.compare.account import APART, DIFFERS, FIRST_ONLY, SAME, SECOND_ONLY
from helpers.compare.grounds import KINDS as CAUSES
from helpers.exhibits.formats import shown

KINDS = {
    "proportion": "percent",
    "difference of proportions": "points",
    "points2": "points2",
    "percent": "percent",
    "points": "points",
    "ratio": "ratio",
    "days": "days",
    "count": "count",
}
"""How a number of a unit is shown; others to four figures."""

DIFFERENCES = {"percent": ("points", " percentage points"), "days": ("days", " days"),
               "points": ("points", " percentage points"),
               "points2": ("points2", " percentage points")}  # fmt: skip
"""How the difference of two numbers of a kind is shown, and what stands behind it."""


def value(number: float | None, unit: str, text: str | None = None) -> str:
    """Return a number as it is shown; text where a cell holds words.

    Parameters
    ----------
    number : float or None
        The number.
    unit : str
        Its unit.
    text : str, optional
        The words.

    Examples
    --------
    >>> value(0.141, "proportion"), value(None, "text", "late")
    ('14.1%', 'late')
    """
    if number is None:
        return text or "nothing"
    return shown(number, KINDS.get(unit, "number"))


def _limit(number: float | None, kind: str) -> str:
    return "no limit" if number is None else shown(number, kind)


def said(line: Mapping[str, Any]) -> str:
    """Return the difference of a line in words, with its interval or why there is none.

    Parameters
    ----------
    line : mapping
        As :func:`helpers.compare.account.account` makes it.

    Examples
    --------
    >>> nothing = dict.fromkeys(("ratio", "method", "no_interval", "difference_low", "ratio_low"))
    >>> said({**nothing, "difference": -0.021, "unit": "proportion"})
    '−2.1 percentage points'
    """
    if line["difference"] is None:
        return line["no_interval"] or ""
    kind = KINDS.get(line["unit"], "number")
    how, behind = DIFFERENCES.get(kind, (kind, ""))
    text = f"{shown(line['difference'], how)}{behind}"
    if kind == "ratio" and line["ratio"] is not None:
        text = f"{shown(line['ratio'], 'ratio')} times as high"
    if not line["method"]:
        return f"{text} ({line['no_interval']})" if line["no_interval"] else text
    level = shown(line["level"], "percent0") if line["level"] else ""
    ends = [line["difference_low"], line["difference_high"]]
    if ends == [None, None]:
        how, ends = "ratio", [line["ratio_low"], line["ratio_high"]]
    return (
        f"{text} ({level} interval {_limit(ends[0], how)} to {_limit(ends[1], how)}; "
        f"{line['method']})"
    )


def _counted(kind: str, told: Mapping[str, int]) -> str:
    parts = [
        f"{told[DIFFERS]:,} differ",
        f"{told[SAME]:,} are the same",
        f"{told[APART]:,} are not compared",
        f"{told[FIRST_ONLY]:,} are only in the first and {told[SECOND_ONLY]:,} only in the second",
    ]
    return f"{kind}: {', '.join(parts)}."


def chance(told: Mapping[str, Any]) -> str:
    """Return how many intervals leave out no difference, and how many would by chance alone.

    Parameters
    ----------
    told : mapping
        As :func:`helpers.compare.account.account` returns it.
    """
    drawn = sum(told["tally"][kind]["intervals"] for kind in ("finding", "table"))
    beyond = sum(told["tally"][kind]["beyond"] for kind in ("finding", "table"))
    if not drawn:
        return "No difference has an interval: what is compared is not independent, or has none."
    expected = drawn * (1 - told["level"])
    return (
        f"{drawn:,} differences have an interval; {beyond:,} of these leave out that there is no "
        f"difference. Of as many, about {expected:,.0f} would by chance alone if nothing had "
        "changed, and many of them are of the same people, so they go together."
    )


def summary(told: Mapping[str, Any]) -> list[str]:
    """Return a few sentences over a comparison.

    Parameters
    ----------
    told : mapping
        As :func:`helpers.compare.account.account` returns it.
    """
    kinds = list(dict.fromkeys(item["cause"] for item in told["grounds"]))
    number = {kind: sum(item["cause"] == kind for item in told["grounds"]) for kind in kinds}
    grounds = "; ".join(f"{CAUSES[kind]} ({number[kind]})" for kind in kinds) or "nothing"
    return [
        f"What differs under the numbers: {grounds}.",
        _counted("Findings", told["tally"]["finding"]),
        _counted("Numbers in tables", told["tally"]["table"]),
        chance(told),
    ]
