"""Titles and sentences of every exhibit: text that is reviewed as text, kept apart from code.

- :class:`Words`: what is said with an exhibit.
- :func:`catalogue`: the words of all exhibits, from the YAML files of ``catalogue/``.
- :func:`words_for`: the words of one exhibit for one case.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import cache
from importlib import resources
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from helpers.case import read_yaml
from helpers.casefile import Case
from helpers.errors import InputError


class Words(BaseModel):
    """What is said with an exhibit, and how its columns are shown.

    ``scope`` says which records it speaks of; ``wide`` lays a long frame out as a grid with
    ``index`` down and ``columns`` across (``with: counts`` puts "n of N" before each share);
    ``hide`` leaves columns out of what is shown (they stay in the data); ``kinds`` and ``headers``
    set the form and the name of single columns, ``missing`` what stands in one where there is no
    value;
    ``whole_period`` says that rows of one year are the outcome of a search of all years.

    Examples
    --------
    >>> words = Words(title="Inquests by year", shows="One row a year.", hide=["measure"])
    >>> words.unit, words.scope
    ('percent', 'case')
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    title: str
    shows: str
    cannot_show: str = ""
    scope: Literal[
        *("counts", "deaths", "delays", "replies", "factors", "known", "rare", "published", "case"),
        "providers",
    ] = "case"
    table: str = ""
    claim_type: Literal["process", "outcome", "comparison"] = "process"
    definition_id: str = ""
    definition: str = ""
    numerator: str = ""
    denominator: str = ""
    unit: str = "percent"
    whole_period: bool = False
    sentence: str = ""
    stratum: list[str] = []
    wide: dict[str, str] | None = None
    hide: list[str] = []
    kinds: dict[str, str] = {}
    headers: dict[str, str] = {}
    missing: dict[str, str] = {}


@cache
def catalogue() -> dict[str, dict[str, Any]]:
    """Return the words of all exhibits by id.

    Returns
    -------
    dict of dict
        Raw words, as the files give them.

    Raises
    ------
    ValueError
        If an exhibit is described twice.

    Examples
    --------
    >>> "rates.shares_by_stratum" in catalogue()
    True
    """
    found: dict[str, dict[str, Any]] = {}
    folder = resources.files(__package__).joinpath("catalogue")
    for file in sorted(folder.iterdir(), key=str):
        if file.name.endswith(".yml"):
            for exhibit, words in read_yaml(file.read_text(encoding="utf-8")).items():
                if exhibit in found:
                    raise ValueError(f"{file.name}: exhibit {exhibit} is described twice")
                found[exhibit] = words
    return found


def _filled(raw: Any, known: Mapping[str, str]) -> Any:
    """Put the case's own words into those of the catalogue."""
    if isinstance(raw, str):
        for name, words in known.items():
            raw = raw.replace(name, words)
        return raw
    if isinstance(raw, dict):
        return {key: _filled(value, known) for key, value in raw.items()}
    return raw


def _of_waiting(case: Case) -> str:
    """Say what the model of times cannot show, and what it takes in from after its clock."""
    plan = case.waiting
    if plan is None:
        return ""
    later = [name for name, column in plan.terms.items() if column in plan.declared]
    said = [plan.cannot_show.strip()]
    if later:
        said.append(
            f"By declaration of the case, what became known only after the clock had started is in "
            f"it: {', '.join(later)}. Whoever waited longer had more time to come by it."
        )
    return " ".join(said)


def _of_bands(case: Case) -> str:
    """Say what the band without end is taken to stand for, and why."""
    rule = case.bands
    if rule is None:
        return "what the description of a case says."
    return f"{rule.last_months:g} months. {rule.why.strip()}"


def words_for(exhibit: str, case: Case, given: Mapping[str, Any]) -> Words:
    """Return the words of an exhibit, those of the case filled in.

    Parameters
    ----------
    exhibit : str
        Id of the exhibit: small letters, digits and underscores, with at least one dot.
    case : Case
        Its definitions and limits are filled in where the words leave them open.
    given : mapping
        Words that replace those of the catalogue, such as ``title`` and ``shows``.

    Returns
    -------
    Words
        Checked.

    Raises
    ------
    InputError
        If the id is not well formed, or is not in the catalogue and no title and ``shows`` are
        given.

    Examples
    --------
    >>> from helpers.case import load
    >>> words_for("mine.first", load("coroners"), {"title": "Mine", "shows": "A row."}).title
    'Mine'
    """
    if not re.fullmatch(r"[a-z0-9_]+(\.[a-z0-9_]+)+", exhibit):
        raise InputError.one(
            "an id is small letters, digits, underscores and dots, such as rates.shares_by_year",
            f"exhibit {exhibit!r}",
            "Choose another id; it also names the files of the pack.",
        )
    explained = case.plan.head if case.plan else None
    known = {
        "{the_records}": explained.units if explained else "records",
        "{the_outcome}": explained.having if explained else "having the outcome",
        "{the_ranges}": (
            case.plan.misclassified.why if case.plan and case.plan.misclassified else ""
        ),
        "{limits_of_the_waiting}": _of_waiting(case),
        "{the_last_band}": _of_bands(case),
    }
    raw = _filled({**catalogue().get(exhibit, {}), **given}, known)
    scope = raw.get("scope")
    rules = {"delays": case.delays, "replies": case.replies, "factors": explained}
    if scope == "known" and case.maturity is not None:
        raw["cannot_show"] = case.maturity.cannot_show
    described = rules.get(scope)
    if described is not None:
        raw.setdefault("cannot_show", described.cannot_show)
        if scope != "delays" and not raw.get("definition"):
            raw["definition"] = described.definition
    if case.year_start_month != 1:
        month = date(2000, case.year_start_month, 1).strftime("%B")
        raw["headers"] = {"year": f"Year from 1 {month}", **raw.get("headers", {})}
    if not raw.get("definition") and raw.get("scope") == "delays" and case.delays:
        raw["definition"] = case.delays.population
    composition = case.compositions.get(raw.get("definition_id", ""))
    if composition is not None:
        raw.setdefault("cannot_show", composition.cannot_show)
        raw["claim_type"] = composition.claim_type
        raw.setdefault("definition", composition.title)
    raw.setdefault("definition_id", exhibit)
    try:
        return Words.model_validate(raw)
    except ValidationError as error:
        fault = error.errors()[0]
        raise InputError.one(
            f"{'.'.join(str(part) for part in fault['loc'])}: {fault['msg'].lower()}",
            f"exhibit {exhibit}",
            "Describe it in src/helpers/exhibits/catalogue/, or give title= and shows= with it.",
        ) from None
