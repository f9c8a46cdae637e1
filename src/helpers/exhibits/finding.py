"""The form of a finding, which is a promise to other programs, and its sentence.

- :class:`Finding`: one finding; its JSON Schema ships as ``findings.schema.json``.
- :func:`schema`: the JSON Schema of ``findings.json``.
- :func:`make`: findings from the rows of a frame.
- :func:`plain`, :func:`html`: the two forms in which a notebook shows them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any, Literal

import pandas as pd
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from helpers.errors import InputError
from helpers.exhibits import formats, layout, natural
from helpers.exhibits.words import Words

if TYPE_CHECKING:
    from helpers.run import Run

VERSION = "1.0"
UNITS = {
    "percent": "proportion",
    "days": "days",
    "ratio": "ratio",
    "points": "difference of proportions",
    "points2": "difference of proportions",
    "count": "count",
    "number": "number",
}


NULL = {"points": 0.0, "points2": 0.0, "ratio": 1.0}
"""What no difference is, by unit: ``{certainty}`` says whether the interval includes it."""


class Finding(BaseModel):
    """One finding with everything needed to quote it and to hold it to account."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    version: str = Field(default=VERSION, description="version of this form")
    id: str = Field(description="the same from run to run")
    title: str
    text: str = Field(description="the finding as a sentence")
    value: float | None = Field(description="the estimate, unrounded")
    unit: str
    low: float | None = Field(description="lower limit of the interval, unrounded")
    high: float | None = Field(description="upper limit of the interval, unrounded")
    level: float | None = Field(description="level of the interval, such as 0.95")
    method: str = Field(description="method and convention of the interval")
    numerator: float | None = Field(description="people or events counted")
    denominator: float | None = Field(description="people or events counted out of")
    definition: str = Field(description="id of the definition")
    denominator_id: str = Field(description="id of the denominator")
    claim_type: Literal["process", "outcome", "comparison"]
    period_start: date
    period_end: date
    stratum: dict[str, str]
    data_status: Literal["real", "synthetic", "published"]
    source_table: str


def schema() -> dict[str, Any]:
    """Return the JSON Schema of ``findings.json``: a list of findings.

    Returns
    -------
    dict
        As plain values; the same as ``findings.schema.json``.

    Examples
    --------
    >>> schema()["title"], schema()["type"]
    ('findings.json, version 1.0', 'array')
    """
    made = TypeAdapter(list[Finding]).json_schema()
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": f"findings.json, version {VERSION}",
        **made,
    }


def _number(value: Any) -> float | None:
    return None if value is None or pd.isna(value) else float(value)


NO_INTERVAL = re.compile(r"\{level\} interval \{low\} to \{high\}")
"""What a sentence says of an interval; where there is none, it says that."""


def _text(template: str, row: dict[str, Any], words: Words, run: Run) -> str:
    values = {
        name: formats.shown_in(
            name,
            value,
            formats.kind_of(name, pd.Series([value]), unit=words.unit, kinds=words.kinds)
            if not isinstance(value, str)
            else "text",
        )
        for name, value in row.items()
    }
    share = row.get("value")
    if words.unit == "percent" and (share is None or pd.isna(share) or 0 <= share <= 1):
        values["in_words"] = natural.natural(float("nan") if share is None else share)
    low, high, null = row.get("low"), row.get("high"), NULL.get(words.unit)
    low, high = (None if value is None or pd.isna(value) else value for value in (low, high))
    if null is not None and low is not None and high is not None:
        values["certainty"] = natural.certainty(float(low), float(high), null)
    else:
        values["certainty"] = ""
    for name in ("year", "first_year", "last_year"):
        if name in values and run.case.year_start_month != 1:
            values[name] = run.year_name(int(row[name]))
    try:
        if "indicator" in row:
            sentence = run.case.indicator(row["indicator"]).sentence
            values["sentence"] = sentence.format_map(values)
        if low is None and high is None:
            template = NO_INTERVAL.sub("no interval can be given", template)
        return template.format_map(values)
    except KeyError as error:
        raise InputError.one(
            f"the sentence names {error} and the frame has {', '.join(row)}",
            f"exhibit {words.definition_id}",
            "Correct the sentence in the catalogue, or the frame.",
        ) from None


def make(
    exhibit: str, frame: pd.DataFrame, words: Words, facts: dict[str, Any], run: Run
) -> list[Finding]:
    """Return a finding for each row of a frame.

    The id is the exhibit's id followed by the row's stratum, so that the same question has the
    same id in every run.

    Parameters
    ----------
    exhibit : str
        Id of the exhibit.
    frame : DataFrame
        One row a finding: value, low, high, level, method, numerator, denominator, and the
        columns that the sentence names.
    words : Words
        Sentence, stratum and unit.
    facts : dict
        The facts of the exhibit, as `Shown.facts` holds them.
    run : Run
        As `helpers.start` returns it.

    Returns
    -------
    list of Finding
        In the order of the frame; numbers unrounded, rounded in the sentence only.

    Raises
    ------
    InputError
        If the sentence names a column that is not there, or two findings have the same id.
    """
    # A sentence is quoted on its own, so it says itself that nobody in it lived.
    mark = "SYNTHETIC: " if run.case.data_status == "synthetic" else ""
    found = []
    for row in frame.to_dict("records"):
        stratum = {name: str(row[name]) for name in words.stratum if name in row}
        named = row.get("indicator", row.get("interval"))
        item = next((d for d in facts["definitions"] if d["id"] == named), facts["definitions"][0])
        year = row.get("year")
        whole = year is not None and not pd.isna(year)
        found.append(
            Finding(
                id=".".join([exhibit, *(_slugs(stratum.values()) or ["all"])]),
                title=words.title,
                text=mark + _text(words.sentence, row, words, run),
                value=_number(row.get("value")),
                unit=UNITS.get(words.unit, words.unit),
                low=_number(row.get("low")),
                high=_number(row.get("high")),
                level=_number(row.get("level")),
                method=str(row.get("method", "")),
                numerator=_number(row.get("numerator")),
                denominator=_number(row.get("denominator")),
                definition=item["id"],
                denominator_id=item["denominator"],
                claim_type=words.claim_type
                if words.claim_type == "comparison"
                else item["claim_type"],
                period_start=run.days_of(int(year))[0] if whole else facts["period_start"],
                period_end=run.days_of(int(year))[1] if whole else facts["period_end"],
                stratum=stratum,
                data_status=run.case.data_status,
                source_table=facts["source_table"],
            )
        )
    ids = [item.id for item in found]
    if len(set(ids)) != len(ids):
        raise InputError.one(
            "two findings have the same id",
            f"exhibit {exhibit}",
            "Name in the words' stratum every column that tells its rows apart.",
        )
    return found


def _slugs(texts: Iterable[str]) -> list[str]:
    return [slug for slug in map(_slug, texts) if slug]


def _slug(text: str) -> str:
    kept = "".join(letter if letter.isalnum() else "_" for letter in text.lower())
    return "_".join(part for part in kept.split("_") if part)


def plain(found: list[Finding], facts: dict[str, Any], total: str) -> str:
    """Return the findings as text with their notes and their control total.

    Parameters
    ----------
    found : list of Finding
        As :func:`make` returns them.
    facts : dict
        The facts of the exhibit, as `Shown.facts` holds them.
    total : str
        As `helpers.exhibits.formats.control_total` returns it.

    Returns
    -------
    str
        A line a finding, with its id.
    """
    lines = [f"{layout.mark(facts)} [{facts['id']}]", ""]
    lines += [f"- {item.text} [{item.id}]" for item in found] or [layout.EMPTY]
    lines += ["", *(f"{what}: {text}" for what, text in layout.notes(facts))]
    lines.append(f"Findings: {len(found)}. Control total: {total}.")
    return "\n".join(lines)


def html(found: list[Finding], facts: dict[str, Any]) -> str:
    """Return the findings as an HTML list with their notes.

    Parameters
    ----------
    found : list of Finding
        As :func:`make` returns them.
    facts : dict
        The facts of the exhibit, as `Shown.facts` holds them.

    Returns
    -------
    str
        HTML, escaped.
    """
    items = "".join(f'<li id="{item.id}">{escape(item.text)}</li>' for item in found)
    body = f"<ul>{items}</ul>" if found else f"<p>{layout.EMPTY}</p>"
    return (
        f'<section class="exhibit findings" id="{facts["id"]}">'
        f"<p><strong>{escape(layout.mark(facts))}</strong></p>{body}"
        f"{layout.html_notes(facts)}</section>"
    )
