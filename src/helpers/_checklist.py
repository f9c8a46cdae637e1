"""What a run knows of each item of the RECORD checklist: what it can say, and what it lacks.

- :data:`ANSWERS`: what answers each item.

Each answer is a pair: what the run says (empty: nothing), and what is lacking, as the end
of "must say ..." (empty: nothing is).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

import pandas as pd

from helpers import __version__
from helpers.case import files
from helpers.chain import STEPS
from helpers.cohort import factors, flow, linked, oddities, quality
from helpers.run import Run
from helpers.scope import long_date
from helpers.tables import ROWS

Said = tuple[str, str]

LAYOUTS = {
    "annual_counts": "counts by year and area",
    "records": "a register of reports",
    "tally": "one row a death, counted by stratum",
}
UNLINKED = "No records were linked: each source is read and counted by itself."
NATIONAL = "National list to deaths"
WAYS = {
    "exact": "NHS number and date of birth agree",
    "rule": "a number agrees with what else must",
    "probabilistic": "all that agrees is weighed as log-likelihood ratios, Fellegi and Sunter 1969",
    "clerical": "a person decided",
    "reference": "an entry of StEIS follows the trust's own incident",
}


def _list(parts: Iterable[str]) -> str:
    return "; ".join(part for part in parts if part)


def _of(count: int, whole: int) -> str:
    return f"{int(count):,} of {int(whole):,}"


def _period(run: Run) -> str:
    return f"{long_date(run.period_start)} to {long_date(run.period_end)}"


def _sentence(text: str) -> str:
    text = " ".join(text.split())
    return text if text.endswith((".", "?")) else f"{text}."


# ---- Title and abstract -------------------------------------------------------------------------


def _kinds(run: Run) -> Said:
    """Item 1.1: the kind of data, and the name of each source."""
    named = [
        f"{source.title} ({source.publisher}): "
        + (f"a row is {ROWS[source.table]}" if source.table else LAYOUTS[source.layout])
        for source in run.case.sources
    ]
    invented = run.case.data_status == "synthetic"
    status = "every row is invented" if invented else f"status: {run.case.data_status}"
    return f"Records kept for another purpose; {status}. {_list(named)}.", ""


def _place_and_time(run: Run) -> Said:
    """Item 1.2: the span of time is known to the run, the place is not."""
    covered = min(source.coverage.start for source in run.case.sources)
    until = max(source.coverage.end for source in run.case.sources)
    said = f"{_period(run)}, in an extract of {long_date(run.case.extract_date)}; the sources "
    said += f"together cover {long_date(covered)} to {long_date(until)}."
    return said, "which place the records cover"


def _links(run: Run) -> pd.DataFrame:
    """Return the ways in which records of each list were linked; empty where none were."""
    ways = linked.methods(run)[["list", "way", "numerator", "denominator"]]
    listed = run.extract.tables["registrations"]
    if len(listed):
        found = int(listed["death_id"].notna().sum())
        row = {"list": NATIONAL, "way": "linked", "numerator": found, "denominator": len(listed)}
        ways = pd.concat([ways, pd.DataFrame([row])], ignore_index=True)
    return ways[ways["way"].ne("not linked")].reset_index(drop=True)


def _linkage_said(run: Run) -> Said:
    """Item 1.3: that records were linked."""
    lists = _links(run)["list"].unique()
    if not len(lists):
        return UNLINKED, ""
    return f"Records of several sources were linked: {_list(lists)}.", ""


# ---- Methods ------------------------------------------------------------------------------------


def _chosen(run: Run) -> Said:
    """Item 6.1: who is counted, and by which rules."""
    case, parts = run.case, []
    if any(source.table == "deaths" for source in case.sources):
        parts.append(
            f"People who died in the period ({_period(run)}) and had a contact with the services "
            f"in the 12 months before: {len(run.people):,}. A repeated record, a record of "
            "somebody who was no patient, a stillbirth and a death after the extract are left out."
        )
        parts.append(f"Steps that each death may reach: {_list(list(STEPS.values())[1:])}.")
    if any(source.layout in {"annual_counts", "tally"} for source in case.sources):
        parts.append(f"Counts of every year that lies wholly in the period ({_period(run)}).")
    for source in case.sources:
        if source.layout == "records":
            day = str(source.period_milestone).replace("_", " ")
            parts.append(f"{source.title}: those whose day of {day} lies in the period.")
    if case.plan is not None:
        parts.append(f"In the model, by the plan of the case: {case.plan.head.units}.")
    maps = _maps(run)
    if maps:
        parts.append(f"The codes are mapped in case.yml and in {', '.join(maps)}.")
    return " ".join(parts), ""


def _maps(run: Run) -> list[str]:
    """Return the files that map what was recorded to what is counted."""
    named = {source.file for source in run.case.sources}
    named |= {"case.yml", run.case.published, run.case.decisions}
    if run.case.truth:
        named |= {run.case.truth.dirt, run.case.truth.links}
    return [name for name in files(run.case) if name not in named]


def _tested(_: Run) -> Said:
    """Item 6.2: whether the codes were tested; no run knows of a study that did."""
    return "", "whether they were held against the notes or another source"


def _linked_numbers(run: Run) -> Said:
    """Item 6.3: how many records were linked, list by list and way by way."""
    ways = _links(run)
    if ways.empty:
        return UNLINKED, ""
    parts = []
    for name, held in ways.groupby("list", sort=False):
        how = _list(f"{row.way} {row.numerator:,}" for row in held.itertuples())
        whole = _of(held["numerator"].sum(), held["denominator"].iloc[0])
        parts.append(f"{name}: {whole}{f' ({how})' if len(held) > 1 else ''}.")
    reached = int(run.people["reported"].sum()) if len(run.people) else 0
    parts.append(f"Deaths in scope with a linked incident: {_of(reached, len(run.people))}.")
    return f"{' '.join(parts)} The flow diagram is in the notebook on data quality.", ""


def _variables(run: Run) -> Said:
    """Item 7.1: the outcome, the characteristics, and the codes behind them."""
    case, plan, parts = run.case, run.case.plan, []
    if plan is not None:
        parts.append(f"Outcome: {plan.head.having}. {_sentence(plan.head.definition)}")
        named = []
        for name, term in plan.terms.items():
            compared = f", compared with {term.reference}" if term.reference else ""
            named.append(f"{name} (column {term.column}{compared})")
        parts.append(f"Characteristics, all adjusted for one another: {_list(named)}.")
        declared = [f"{name}: {one.declared}" for name, one in plan.terms.items() if one.declared]
        if declared:
            parts.append(f"Used although settled later: {_sentence(_list(declared))}")
    if case.indicators:
        ids = ", ".join(item.id for item in case.indicators)
        parts.append(f"{len(case.indicators)} shares are defined in case.yml: {ids}.")
    maps = _maps(run)
    if maps:
        parts.append(f"Maps of codes: {', '.join(maps)}, each with its SHA-256 in the manifest.")
    return " ".join(parts), "" if parts else "how the outcome and the characteristics are made"


def _access(_: Run) -> Said:
    """Item 12.1: how much of a source was seen; only who asked for it knows."""
    return "", "whether everything in each source could be seen, or a selection and whose"


def _cleaning(run: Run) -> Said:
    """Item 12.2: rows read and kept, values flagged, and what was done."""
    rows = run.accounts
    total = {name: int(rows[f"rows_{name}"].sum()) for name in ("read", "used", "quarantined")}
    total["out"] = int(rows["rows_out_of_scope"].sum())
    said = (
        f"{total['read']:,} rows of {len(rows)} sources were read: {total['used']:,} used, "
        f"{total['quarantined']:,} quarantined, {total['out']:,} out of scope."
    )
    flags = oddities.flags(run)
    if len(flags):
        done = flags.groupby("action", sort=True)["numerator"].sum().sort_values(ascending=False)
        actions = _list(f"{action} {int(count):,}" for action, count in done.items())
        said += (
            f" {int(flags['numerator'].sum()):,} places of {flags['code'].nunique()} kinds were "
            f"flagged, by what was done: {actions}."
        )
    return f"{said} Nothing is mended in silence.", ""


def _linkage(run: Run) -> Said:
    """Item 12.3: level, method and quality of the links."""
    ways = _links(run)
    if ways.empty:
        return UNLINKED, ""
    used = [f"{way} ({WAYS[way]})" for way in WAYS if way in set(ways["way"])]
    said = "Records of single people were linked to one another. "
    said += f"Methods: {_list(used)}. " if used else ""
    against = linked.against_truth(run)
    every = against[against["links"].eq("all links") & against["who"].eq("all")]
    if len(every):
        rates = _list(
            f"{row.list}, {row.rate} {_of(row.numerator, row.denominator)}"
            for row in every.itertuples()
        )
        return f"{said}Held against the truth of the invented records: {rates}.", ""
    left = linked.left_over(run)
    waiting = int(left.loc[left["state"].eq("pair waiting"), "numerator"].sum())
    said += f"Pairs that wait for a person: {waiting:,}."
    return said, "how many of a sample of links were right when looked at again"


# ---- Results and discussion ---------------------------------------------------------------------


def _participants(run: Run) -> Said:
    """Item 13.1: how many were left at each step, and why the others were left out."""
    parts = []
    for lane, boxes in flow.flow(run).groupby("lane", sort=False):
        told = []
        for box in boxes.itertuples():
            label = box.label[:1].lower() + box.label[1:]
            less = "less " if box.fate == flow.OUT else ""
            beside = "beside these " if box.fate == flow.BESIDE else ""
            told.append(f"{less}{beside}{label} {box.numerator:,}")
        parts.append(f"{lane}: {_list(told)}.")
    study = factors.study(run)
    if len(study.frame):
        parts.append(f"In the model: {len(study.complete):,} {study.units}.")
    return " ".join(parts), "" if parts else "who was left out and why"


def _limitations(run: Run) -> Said:
    """Item 19.1: classes, what was not recorded, what is missing, rules that changed."""
    case = run.case
    parts = ["Classes are those of whoever kept the records, counted as they stand."]
    lacks = quality.unanswered(run)
    held = [
        f"{row.what[:1].lower()}{row.what[1:]} {_of(row.numerator, row.denominator)}"
        for row in lacks.itertuples()
    ]
    if held:
        parts.append(f"Missing or never recorded: {_list(held)}.")
    first, last = run.period_start, run.period_end
    changed = [
        f"{long_date(one.date)}, {one.note}" for one in case.all_breaks if first <= one.date <= last
    ]
    told = f"{_list(changed)}." if changed else "none is declared in the period."
    parts.append(f"Changes of law, definition or system: {told}")
    if case.plan is not None:
        parts.append(f"What the model cannot show: {_sentence(case.plan.head.cannot_show)}")
    parts.append("What the records do not hold cannot be adjusted for.")
    if case.assumptions:
        parts.append(f"The case makes {len(case.assumptions)} assumptions, each listed.")
    return " ".join(parts), ""


def _where(run: Run) -> Said:
    """Item 22.1: data and code, and the plan of the models."""
    named = [f"{source.title}: licence {source.licence}" for source in run.case.sources]
    said = (
        f"Code: inquiry-notebooks {__version__}, MIT licence. Raw data: {_list(named)}. Every "
        "input has its SHA-256 at the head of each notebook and in the manifest."
    )
    plan = run.case.plan
    if plan is None:
        return said, "where the plan of the study can be read"
    return f"{said} Plan of the models: plan.yml of the case, SHA-256 {plan.sha256}.", ""


ANSWERS: dict[str, Callable[[Run], Said]] = {
    "1.1": _kinds,
    "1.2": _place_and_time,
    "1.3": _linkage_said,
    "6.1": _chosen,
    "6.2": _tested,
    "6.3": _linked_numbers,
    "7.1": _variables,
    "12.1": _access,
    "12.2": _cleaning,
    "12.3": _linkage,
    "13.1": _participants,
    "19.1": _limitations,
    "22.1": _where,
}
"""What answers each item."""
