"""The description of a synthetic case: how each of its files is read, and what is asked of it.

- :func:`case_yml`: the text of case.yml.
"""

from __future__ import annotations

import re
from typing import Any

import yaml

from helpers.case import read_yaml
from helpers.synthetic import cells, extracts
from helpers.synthetic.casefiles import LICENCE, resource

ALSO = ["%Y-%m-%d", "%m/%d/%Y", "%d/%m/%y"]
COVERAGE = {"start": "2010-09-01", "end": "2015-09-30"}
PUBLISHER = "made by helpers.synthetic"
YES_NO = {"Y": "yes", "N": "no"}
DAYS = (
    "date_of_death",
    "dob",
    "date_trust_knew",
    "registration_date",
    "last_contact_date",
    "last_discharge_date",
    "reported_date",
    "entered_date",
    "harm_changed_on",
    "expectedness_recorded_at",
)
MILESTONES = (
    "ima_started",
    "ima_completed",
    "panel_decision",
    "investigator_appointed",
    "draft_report",
    "final_report_internal",
    "report_to_commissioner",
    "si_closed",
    "family_informed",
    "report_shared_family",
    "coroner_referral",
    "inquest_opened",
    "inquest_concluded",
)
MARK = {"Record status": "says SYNTHETIC on every row"}


def _heads(headers: dict[str, tuple[str, ...]], field: str) -> list[str]:
    return list(dict.fromkeys(headers[field]))


def _rule(head: Any, field: str, *, iso: bool = False) -> dict[str, Any]:
    rule: dict[str, Any] = {"from": head}
    if field in DAYS or field in MILESTONES or field == "death":
        rule["format"] = "%Y-%m-%d" if iso else "%d/%m/%Y"
        rule["also"] = ["%d/%m/%Y"] if iso else list(ALSO)
    return rule


MAPS: dict[str, dict[str, str]] = {
    "sex": {word: code for code, word in cells.SEX.items()},
    "dod_source": {
        "Spine trace": "spine",
        "GP": "other",
        "Family": "family",
        "Clinician": "clinician",
        "Coroner": "coroner",
        "Ward": "clinician",
    },
    "leave_status": {word: code for code, word in cells.LEAVE.items()},
    "mha_status": {word: code for code, word in cells.MHA.items()},
    "place_of_death": {word: code for code, word in cells.PLACES.items()},
    "cause_status": {
        "Final": "final",
        "Provisional": "provisional",
        "Awaiting inquest": "awaiting inquest",
    },
    "person_type": {
        "Patient": "patient",
        "Staff": "staff",
        "Visitor": "visitor",
        "Stillbirth": "stillbirth or foetal death",
    },
    "harm_first": {"Severe": "severe", "Death": "death"},
    "harm_latest": {"Severe": "severe", "Death": "death"},
    "expectedness": {
        **dict.fromkeys(cells.UNEXPECTED, "unexpected"),
        **dict.fromkeys(cells.EXPECTED, "expected"),
    },
    "panel_outcome": {
        "SIRI": "SIRI",
        "CIR": "CIR",
        "Local review": "local review",
        "No further investigation": "no further investigation",
    },
    "review_outcome": {
        "Closed": "completed",
        "Open": "open",
        "De-logged": "delogged",
        "Downgraded": "superseded",
        "Abandoned": "abandoned",
        "Superseded": "superseded",
    },
    "family_involvement": {word: code for code, word in cells.FAMILY.items() if word},
    "legitimate_delay_code": {
        "Police": "police",
        "Inquest": "inquest",
        "Family request": "family request",
        "None": "none",
    },
}
FLAGS = ("inpatient_at_death", "main_provider", "ld", "autism", "smi")


def _fields(headers: dict[str, tuple[str, ...]], skip: tuple[str, ...]) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for field in headers:
        if field in skip or field in MILESTONES:
            continue
        rule = _rule(_heads(headers, field), field)
        if field in MAPS:
            rule["map"] = MAPS[field]
        if field in FLAGS:
            rule["map"] = YES_NO
        if field == "service":
            rule["map_file"] = "service_map.csv"
        if field == "incident_date":
            rule |= {"format": "%d/%m/%Y %H:%M", "also": list(ALSO)}
        made[field] = rule
    return made


def _source(name: str, title: str, file: str, table: str, **more: Any) -> dict[str, Any]:
    head = {"id": name, "title": f"{title} (SYNTHETIC)", "publisher": PUBLISHER, "file": file}
    head |= {"licence": LICENCE, "encoding": "utf-8", "layout": "extract", "coverage": COVERAGE}
    return head | {"table": table} | more


def _with_provider(source: dict[str, Any], trusts: int) -> None:
    """Add the column of the trust, where there are several."""
    rule: dict[str, Any] = {"from": "Provider", "map_file": "org_map.csv"}
    if source["id"] == "steis_listing":
        rule["from"] = "Organisation"
        source["ignored"].pop("Organisation")
    if source["id"] == "caseload":  # it has no dates to ask a dated map at
        names = {f"SYNTHETIC Trust {n + 1:03d}": f"trust_{n + 1:03d}" for n in range(trusts)}
        rule = {"from": "Provider", "map": names}
    source["fields"] = {"provider": rule, **source["fields"]}


def _serials(fields: dict[str, Any], *, books: bool) -> None:
    if not books:
        for rule in fields.values():
            if "format" in rule:
                rule["serials"] = "1900"


def _short(source: dict[str, Any]) -> dict[str, Any]:
    """Say the format of the dates once for a source, and a single header without a list."""
    rules = [*source["fields"].values(), *source.get("milestones", {}).values()]
    formats = [rule["format"] for rule in rules if "format" in rule]
    usual = {"date_format": "%d/%m/%Y", "date_also": list(ALSO)}
    if formats and "%d/%m/%Y" not in formats:
        usual = {"date_format": "%Y-%m-%d", "date_also": ["%d/%m/%Y"]}
    for rule in rules:
        if rule.get("format") == usual["date_format"]:
            del rule["format"]
        if rule.get("also") == usual["date_also"]:
            del rule["also"]
        if isinstance(rule["from"], list) and len(rule["from"]) == 1:
            rule["from"] = rule["from"][0]
    if not formats:
        return source
    made: dict[str, Any] = {}
    for name, value in source.items():
        if name == "fields":
            made |= usual
        made[name] = value
    return made


def _patients(*, books: bool) -> dict[str, Any]:
    headers = extracts.PATIENT_HEADERS
    if not books:
        headers = {field: (names[0],) for field, names in headers.items()}
    fields = _fields(headers, ("rag", "entered_by", "record_status", "notes"))
    _serials(fields, books=books)
    more: dict[str, Any] = {"fields": fields}
    if books:
        ignored = {
            "Read me": "a description",
            "Lookups": "lists of codes",
            "Working": "hidden; counts",
        }
        more["sheets"] = {"read": [r"20\d\d-\d\d"], "ignore": ignored, "header_rows": 1}
    more["ignored"] = {"RAG": "a colour as meaning; not explained", "Entered By": "staff", **MARK}
    more["quarantined"] = sorted(set(headers["notes"]))
    file = "patient_system.xlsx" if books else "patient_system.csv"
    return _source("patient_system", "Patient system", file, "deaths", **more)


def _incidents(*, books: bool) -> dict[str, Any]:
    headers = extracts.INCIDENT_HEADERS
    if not books:
        headers = {field: (names[0],) for field, names in headers.items()}
    fields = _fields(headers, ("cause_group", "record_status", "description"))
    days = {name: _rule(_heads(headers, name), name) for name in MILESTONES}
    _serials(fields, books=books)
    _serials(days, books=books)
    more: dict[str, Any] = {"system": "ulysses", "fields": fields, "milestones": days}
    if books:
        ignored = {
            "Read me": "a description",
            "Lookups": "lists of codes",
            "Working": "hidden; counts",
        }
        read = ["Adult Mental Health", "Older Persons MH", "Learning Disability"]
        more["sheets"] = {"read": read, "ignore": ignored, "header_rows": 1}
    more["ignored"] = {"Cause Group": "broad group of causes, not used", **MARK}
    more["quarantined"] = ["Description"]
    file = "incident_system.xlsx" if books else "incident_system.csv"
    return _source("incident_system", "Incident system", file, "incidents", **more)


def _steis() -> dict[str, Any]:
    heads = extracts.STEIS_HEADERS
    dated = {"format": "%d/%m/%Y", "also": list(ALSO), "serials": "1900"}
    services = {word: code for code, word in cells.STEIS_SERVICE.items()}
    fields = {
        "steis_ref": {"from": heads["steis_ref"]},
        "incident_date": {"from": heads["incident_date"], **dated},
        "reported_date": {"from": heads["reported_date"], **dated},
        "service": {"from": heads["service"], "map": services},
        "person_type": {
            "from": heads["person_type"],
            "map": dict.fromkeys(
                ("Apparent/suspected suicide", "Unexpected death of patient"), "patient"
            ),
        },
        "sex": {"from": heads["sex"], "map": MAPS["sex"]},
        "age": {"from": heads["age"]},
        "si_level": {"from": heads["si_level"]},
        "delog_date": {"from": heads["delog_date"], **dated},
        "downgrade_date": {"from": heads["downgrade_date"], **dated},
    }
    days = {
        "commissioner_feedback": {"from": [heads["closure_date"]], **dated},
    }
    ignored = {"Organisation": "the trust itself", "Status": "follows from the dates", **MARK}
    more = {"system": "steis", "fields": fields, "milestones": days, "ignored": ignored}
    held = _source(
        "steis_listing", "Listing of serious incidents", "steis_listing.csv", "incidents", **more
    )
    return held | {"encoding": "windows-1252"}


def _national() -> dict[str, Any]:
    heads = extracts.NATIONAL_HEADERS
    fields = {
        name: _rule(heads[name], name, iso=True)
        for name in ("nhs_number", "dob", "date_of_death", "registration_date")
    }
    ignored = {heads["initial"]: "an initial alone tells nobody apart"}
    more = {"fields": fields, "ignored": ignored | {"RECORD_STATUS": "says SYNTHETIC on every row"}}
    held = _source(
        "national_list", "National list of deaths", "national_list.csv", "registrations", **more
    )
    return held | {"encoding": "utf-8-sig"}


def _exposure() -> dict[str, Any]:
    fields = {
        "service": {"from": "Service", "map": {word: code for code, word in cells.OLD.items()}},
        "age_band": {"from": "Age band"},
        "sex": {"from": "Sex", "map": MAPS["sex"]},
        "year": {"from": "Year starting"},
        "measure": {"from": "Measure"},
        "value": {"from": "Person-years"},
        "method": {"from": "Method"},
    }
    ignored = {"Financial year": "the year it starts is read", **MARK}
    return _source(
        "caseload", "Caseload, assumed", "caseload.csv", "exposure", fields=fields, ignored=ignored
    )


class _Plain(yaml.SafeDumper):
    """Writes repeated parts out in full: a reader should not have to follow references."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def case_yml(name: str, *, shape: str, seed: int, deaths: int, trusts: int, books: bool) -> str:
    """Return the text of case.yml.

    Parameters
    ----------
    name : str
        Id of the case: the name of its folder.
    shape : str
        southern_health or general.
    seed, deaths, trusts : int
        As for :func:`helpers.synthetic.synthesise`.
    books : bool
        The two large extracts are workbooks; else CSV files.

    Returns
    -------
    str
        YAML.
    """
    texts = read_yaml(resource("texts.yml"))
    southern = shape == "southern_health"
    always = {
        "synthetic_rows",
        "contact_window",
        "delays",
        "who_was_investigated",
        "person_years",
        "coroner",
        "crosswalk",
        "renamed_services",
        "dirt",
    }
    assumed = [one for one in texts["assumptions"] if southern or one["id"] in always]
    title = (
        "Southern Health, April 2011 to March 2015 (SYNTHETIC)"
        if southern
        else (f"{deaths:,} invented deaths in {trusts} trust{'s' * (trusts > 1)} (SYNTHETIC)")
    )
    summary = (
        "The figures that were published about deaths of people in contact with Southern Health "
        "NHS Foundation Trust are real and speak of real people. The records here are not: every "
        "row is invented so that the published figures come out of it, with the faults that real "
        "extracts have. Nothing that is found here beyond the published figures says anything of "
        "the trust, its staff or the people who died."
        if southern
        else "Every row is invented; nobody in it lived. The truth behind it is in the folder "
        "truth, so that intake, linkage and methods can be held against it."
    )
    sources = [_patients(books=books), _incidents(books=books), _steis(), _national(), _exposure()]
    for source in sources:
        if trusts > 1 and source["id"] != "national_list":
            _with_provider(source, trusts)
    case = {
        "case_version": 1,
        "id": name,
        "title": title,
        "data_status": "synthetic",
        "summary": summary,
        "period": {"start": "2011-04-01", "end": "2015-03-31"},
        "extract_date": "2015-09-30",
        "year_start_month": 4,
        "profiles": ["open", "internal"],
        "dimensions": {"service": "Service", "age_band": "Age band", "sex": "Sex", "area": "Team"},
        "sources": sources,
        "indicators": texts["indicators"],
        "compositions": texts["compositions"],
        "labels": texts["labels"],
        "intervals": texts["intervals"],
        "delays": texts["delays"],
        "stages": texts["stages"],
        "limits": texts["limits"],
        "waiting": texts["waiting"],
        "breaks": texts["breaks"],
        "provider": {},
        "maturity": texts["maturity"],
        "crosswalk": "mazars_crosswalk.csv",
        "assumptions": assumed,
        "published": "published_figures.csv",
        "decisions": "clerical_decisions.csv",
        "truth": {"dirt": "truth/truth_dirt.csv", "links": "truth/truth_links.csv"},
        "record": texts["record"],
        "terms_of_reference": texts["terms_of_reference"],
        "parameters": texts["parameters"],
    }
    if not southern:  # nobody published or asked anything of an invented trust
        del case["published"], case["record"], case["terms_of_reference"]
    if not books:  # the truth of a large case is compressed, and too long for a table
        del case["truth"]
    case["sources"] = [_short(source) for source in sources]
    body = yaml.dump(
        case,
        Dumper=_Plain,
        sort_keys=False,
        allow_unicode=True,
        width=100,
        default_flow_style=None,
    )
    body = _bare_dates(body)
    return (
        "# SYNTHETIC: every row of every extract of this case is invented; nobody in them lived.\n"
        f"# Written by helpers.synthetic, shape {shape}, seed {seed}; what was published is real.\n"
        f"{body}"
    )


def _bare_dates(text: str) -> str:
    return re.sub(r"'(\d{4}-\d\d-\d\d)'", r"\1", text)
