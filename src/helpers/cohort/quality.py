"""What was received, what became of each row, what was odd, what is missing.

``run`` is what :func:`helpers.start` returns. No identifier, name, date or free text of a person
is in any of these frames: they count.

- :func:`received`: one row a sheet: its state, and the rows read, blank and total.
- :func:`fates`: read = used + quarantined + out of scope, each reason counted.
- :func:`flags`: what was odd, and what was done.
- :func:`ambiguous`: dates that could be read in two ways.
- :func:`duplicates`: records that may be there twice.
- :func:`missing`: which columns are empty, and for whom.
- :func:`date_order`: dates that stand before one they should follow.
- :func:`comparable_years`: which years can be compared area by area.
- :func:`unanswered`: what the record cannot answer, counted where it can be.
- :func:`assumptions`: what the case takes to be so.
"""

from __future__ import annotations

import pandas as pd

from helpers.cohort import strata
from helpers.run import Run
from helpers.tables import TABLES

ABSENT = ("", "NR", "NK", "NA", "WH", "unknown")
"""Values that say that nothing is known."""

OUTCOMES = ("Investigated", "Reported, not investigated", "Not reported")
UNLINKED = "Linked to no death of the period"

EVENTS = {
    "deaths": {"last_discharge_date", "discharge_reason", "leave_status", "mha_status"},
    "incidents": {
        *("steis_ref", "harm_changed_on", "si_level", "delog_date", "downgrade_date"),
        *("panel_outcome", "incident_time"),
    },
}
"""Columns in which a blank cell can also mean that there was no such thing."""

DERIVED = {
    *("provider", "age_band", "closed_on_death", "date_precision", "days_since_contact"),
    *("days_since_discharge", "in_scope", "exclusion_reason", "lead_incident", "si_ever"),
    *("si_current", "system", "person_type"),
}
"""Columns that intake makes, or that the case gives; whether they are empty says nothing new."""

ORDER = (
    ("last_contact_date", "date_of_death", "Last contact", "Death"),
    ("date_of_death", "date_trust_knew", "Death", "Trust knew"),
    ("date_of_death", "registration_date", "Death", "Registration"),
)
STAGES = (
    *("death", "incident_reported", "ima_started", "ima_completed", "panel_decision"),
    *("investigator_appointed", "draft_report", "final_report_internal"),
    *("report_to_commissioner", "si_closed"),
)
"""Milestones in the order in which they should happen."""


def _plain(reason: pd.Series) -> pd.Series:
    """Return reasons without the days of any one person."""
    said = reason.astype("str").str.replace(r" \(\d{4}-\d\d-\d\d\)", "", regex=True)
    said = said.str.replace(r"^\d+ days (before|after)", r"\1", regex=True)
    return said.str.replace("_", " ")


def received(run: Run) -> pd.DataFrame:
    """Return one row a sheet of each file: its state, and what was found in it.

    Returns
    -------
    DataFrame
        Columns source_id, sheet, state, last_row, rows_read, blank_rows, total_rows, hidden_rows,
        hidden_columns, date_mode; what does not apply to a file without sheets is missing.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> received(run)[["sheet", "rows_read"]].iloc[-1].tolist()
    ['the whole file', 762]
    """
    columns = ["source_id", "sheet", "state", "last_row", "rows_read", "blank_rows", "total_rows"]
    columns += ["hidden_rows", "hidden_columns", "date_mode"]
    built = run.extract.built
    parts = []
    if built is not None:
        sheets = built.sheets.assign(sheet=built.sheets["sheet"].replace("", "the whole file"))
        mode = sheets["date_mode"].replace("", "none")
        parts.append(sheets.assign(date_mode=mode)[columns])
    accounts = run.accounts
    known = set(built.sheets["source_id"]) if built is not None else set()
    other = accounts[~accounts["source_id"].isin(known)]
    if len(other):
        whole = other[["source_id", "rows_read"]].assign(sheet="the whole file", state="visible")
        parts.append(whole.reindex(columns=columns))
    frame = pd.concat(parts, ignore_index=True)
    numbers = [name for name in columns if name.endswith(("row", "rows", "_columns", "_read"))]
    return frame.astype(dict.fromkeys(numbers, "Int64"))


def _beyond(run: Run, source: str, held: int) -> dict[str, int]:
    """Return why rows that intake could use are not in the cohort of the period."""
    tables = run.extract.tables
    died = tables["deaths"]
    died = died[died["source_id"].eq(source) & died["in_scope"].astype("bool")]
    if len(died):
        first, last = pd.Timestamp(run.period_start), pd.Timestamp(run.period_end)
        inside = int(died["date_of_death"].between(first, last).sum())
        counted = int(run.people["source_id"].eq(source).sum())
        return {
            "died outside the period": len(died) - inside,
            "no contact in the 12 months before": inside - counted,
        }
    if tables["incidents"]["source_id"].eq(source).any():
        return {"about a death outside the period, or without a contact before": held}
    return {"outside the period": held}


def fates(run: Run) -> pd.DataFrame:
    """Return what became of the rows of each source; they add up to the rows read.

    Returns
    -------
    DataFrame
        Columns source_id, fate (used, quarantined, out of scope), reason, numerator (rows),
        denominator (rows read).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> fates(run)[["fate", "numerator", "denominator"]].tail(2).to_dict("list")
    {'fate': ['used', 'out of scope'], 'numerator': [82, 680], 'denominator': [762, 762]}
    """
    built, rows = run.extract.built, []
    for account in run.accounts.to_dict("records"):
        source, read = account["source_id"], account["rows_read"]
        found = {("used", "in the period"): account["rows_used"]}
        left = read - account["rows_used"]
        if built is not None and (mine := built.rows["source_id"].eq(source)).any():
            held = built.rows[mine & built.rows["fate"].ne("used")]
            counted = held.groupby(["fate", "reason"], sort=False)["rows"].sum()
            found |= {(str(fate), str(reason)): int(n) for (fate, reason), n in counted.items()}
            left -= int(counted.sum())
        elif account["rows_quarantined"]:
            found["quarantined", "could not be used"] = account["rows_quarantined"]
            left -= account["rows_quarantined"]
        beyond = _beyond(run, source, left)
        found |= {("out of scope", why): count for why, count in beyond.items() if count}
        rows += [(source, *key, count, read) for key, count in found.items()]
    columns = ["source_id", "fate", "reason", "numerator", "denominator"]
    return pd.DataFrame(rows, columns=columns)


def flags(run: Run) -> pd.DataFrame:
    """Return how often each kind of oddity was met in each column, and what was done.

    The rows themselves are in ``run.extract.flags``; here no value and no day is repeated.

    Returns
    -------
    DataFrame
        Columns source_id, column, code, reason, action, numerator (rows with the oddity; a row
        that was flagged twice for one cell counts once).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> flags(run)[["column", "code", "reason"]].head(1)["code"].tolist()
    ['X11']
    """
    found = run.extract.flags
    found = found.assign(reason=_plain(found["reason"]))
    keys = ["source_id", "column", "code", "reason", "action"]
    found = found.drop_duplicates([*keys, "source_sheet", "source_row", "value"])
    counted = found.groupby(keys, as_index=False, sort=True).size()
    return counted.rename(columns={"size": "numerator"})


def ambiguous(run: Run) -> pd.DataFrame:
    """Return how many dates were read as declared though day and month could be exchanged.

    Returns
    -------
    DataFrame
        Columns source_id, column, numerator (dates), denominator (rows of the source); a column
        in which nobody wrote the month first is not among them.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> ambiguous(run).attrs["answer"]
    'No date had to be read in one of two possible ways.'
    """
    built, columns = run.extract.built, ["source_id", "column"]
    frame = pd.DataFrame(columns=[*columns, "numerator", "denominator"])
    if built is not None and len(built.ambiguous):
        cells = built.ambiguous.drop_duplicates([*columns, "source_sheet", "source_row"])
        frame = cells.groupby(columns, as_index=False).size()
        frame = frame.rename(columns={"size": "numerator"})
        read = run.accounts.set_index("source_id")["rows_read"]
        frame["denominator"] = frame["source_id"].map(read)
    frame.attrs["answer"] = "No date had to be read in one of two possible ways."
    return frame


def duplicates(run: Run) -> pd.DataFrame:
    """Return records that may be of one person or incident twice, and what was done.

    Returns
    -------
    DataFrame
        Columns source_id, code, reason, action, numerator (rows).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> duplicates(run)["code"].unique().tolist()
    ['X10']
    """
    found = flags(run)
    found = found[found["code"].isin(["X07", "X08", "X10"])].drop(columns="column")
    found = found.groupby(["source_id", "code", "reason", "action"], as_index=False).sum()
    found.attrs["answer"] = "No record was found twice."
    return found


def _empty(values: pd.Series) -> pd.Series:
    return values.isna() | values.astype("str").isin(ABSENT)


def _groups(run: Run) -> dict[str, tuple[pd.DataFrame, pd.Series]]:
    """Return the rows of deaths and of incidents, each with the outcome of its death."""
    people = run.people
    fate = pd.Series(OUTCOMES[2], index=people.index).mask(people["reported"], OUTCOMES[1])
    fate = fate.mask(people["investigated"], OUTCOMES[0])
    tables = run.extract.tables
    told = tables["incidents"]
    told = told[told["in_scope"].astype("bool") & told["system"].ne("steis")]
    links = tables["incident_death"].drop_duplicates("incident_id").set_index("incident_id")
    death = told["incident_id"].map(links["death_id"])
    outcome = death.map(pd.Series(fate.array, index=people["death_id"]))
    outcome = outcome.mask(death.isna(), UNLINKED)
    kept = outcome.notna()
    return {"deaths": (people, fate), "incidents": (told[kept], outcome[kept])}


def missing(run: Run) -> pd.DataFrame:
    """Return how many values each column lacks, by what became of the death.

    Columns without a gap are left out, and so are those that no source of the case has (see
    :func:`unanswered`).

    Returns
    -------
    DataFrame
        Columns table, column, outcome, may_be_none (a blank can also mean that there was no such
        thing), numerator (rows without a value), denominator (rows with the outcome).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(missing(run))
    0
    """
    columns = ["table", "column", "outcome", "may_be_none", "numerator", "denominator"]
    rows = []
    for table, (frame, outcome) in _groups(run).items():
        sizes = outcome.value_counts()
        for column in _asked(table):
            lacking = _empty(frame[column])
            if not lacking.any() or lacking.all():
                continue
            counted = lacking.groupby(outcome).sum()
            words = column.replace("_", " ")
            may = column in EVENTS[table]
            rows += [
                (table, words, name, may, int(counted[name]), int(sizes[name]))
                for name in (*OUTCOMES, UNLINKED)
                if name in sizes
            ]
    return pd.DataFrame(rows, columns=columns)


def _asked(table: str) -> list[str]:
    """Return the columns of a table that a source can leave empty."""
    return [
        column.name
        for column in TABLES[table].columns
        if column.name not in DERIVED
        and not column.name.startswith(("source_", "in_window_"))
        and not column.name.endswith("_id")
    ]


def _pair(early: pd.Series, late: pd.Series) -> tuple[int, int, int]:
    days = (pd.to_datetime(late) - pd.to_datetime(early)).dt.days
    return int(days.lt(-1).sum()), int(days.eq(-1).sum()), int(days.notna().sum())


def _said(milestone: str) -> str:
    words = milestone.removeprefix("si_").replace("ima_", "initial assessment ").replace("_", " ")
    return words.capitalize()


def date_order(run: Run) -> pd.DataFrame:
    """Return how often a date stands before one that it should follow, in the period.

    Counted from the tables, not from the flags. A day's difference is let pass and shown: what
    happens near midnight is written down under either day.

    Returns
    -------
    DataFrame
        Columns earlier, later (what should come first and next), a_day (later by one day the
        other way round), numerator (by more than a day), denominator (records with both dates).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> date_order(run)["later"].tolist()[:1]
    ['Opened']
    """
    people, rows = run.people, []
    for first, second, one, other in ORDER:
        if len(people):
            rows.append((one, other, *_pair(people[first], people[second])))
    days, key = run.milestones, "review_id"
    wide = days.pivot_table(index=key, columns="milestone", values="date", aggfunc="min")
    if len(people):
        died = people.set_index("death_id")["date_of_death"]
        known = days.dropna(subset=["death_id", key]).drop_duplicates(key)
        wide["death"] = wide.index.map(known.set_index(key)["death_id"].map(died))
        stages = [name for name in STAGES if name in wide]
        pairs = list(zip(stages, stages[1:], strict=False))
    else:
        pairs = [(item.from_, item.to) for item in run.case.intervals]
        pairs = [pair for pair in pairs if set(pair) <= set(wide.columns)]
    for first, second in pairs:
        rows.append((_said(first), _said(second), *_pair(wide[first], wide[second])))
    frame = pd.DataFrame(rows, columns=["earlier", "later", "numerator", "a_day", "denominator"])
    return frame[["earlier", "later", "a_day", "numerator", "denominator"]]


def comparable_years(run: Run) -> pd.DataFrame:
    """Return which years can be compared area by area, by the first indicator's denominator.

    Returns
    -------
    DataFrame
        Columns label (what is counted) and those of :func:`helpers.cohort.strata.comparable_areas`;
        empty for a case without annual counts of areas.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2019-01-01", period_end="2020-12-31")
    >>> comparable_years(run)[["label", "year", "same_name"]].iloc[0].tolist()
    ['Deaths reported to coroners', 2019, 84]
    """
    counted = any(source.layout == "annual_counts" for source in run.case.sources)
    if not counted or not run.case.indicators:
        columns = ["label", "year", "areas", "same_name", "numerator", "denominator", "in_doubt"]
        return pd.DataFrame(columns=columns)
    measure = run.case.indicators[0].denominator
    labels = run.extract.measures.set_index("measure")["label"]
    frame = strata.comparable_areas(run, measure=measure)
    frame.insert(0, "label", labels[measure])
    return frame


def assumptions(run: Run) -> pd.DataFrame:
    """Return what no source gives and the case takes to be so.

    Returns
    -------
    DataFrame
        Columns id, text, taken (the value, where there is one).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> assumptions(run).attrs["answer"]
    'The case takes nothing to be so that no source gives.'
    """
    rows = [
        (item.id.replace("_", " "), item.text, "" if item.value is None else str(item.value))
        for item in run.case.assumptions
    ]
    frame = pd.DataFrame(rows, columns=["id", "text", "taken"])
    frame.attrs["answer"] = "The case takes nothing to be so that no source gives."
    return frame


def unanswered(run: Run) -> pd.DataFrame:
    """Return what the record cannot answer, with the number of records that lack it.

    Returns
    -------
    DataFrame
        Columns what, so (what cannot be said), numerator, denominator.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> unanswered(run)["what"].tolist()
    ['Reports without a date of death']
    """
    rows = _of_people(run) if len(run.people) else _of_reports(run)
    return pd.DataFrame(rows, columns=["what", "so", "numerator", "denominator"])


def _of_reports(run: Run) -> list[tuple[str, str, int, int]]:
    reports, days = run.reports, run.milestones
    known = days.loc[days["milestone"].eq("death"), "review_id"]
    lacking = int((~reports["review_id"].isin(set(known))).sum())
    so = "How long it took from the death, for these."
    return [("Reports without a date of death", so, lacking, len(reports))] * bool(len(reports))


def _of_people(run: Run) -> list[tuple[str, str, int, int]]:
    people, tables = run.people, run.extract.tables
    reported, investigated = people[people["reported"]], people[people["investigated"]]
    told = tables["incidents"].set_index("incident_id")
    category = reported["lead_incident_id"].map(told["expectedness"])
    family = tables["family"].drop_duplicates("death_id").set_index("death_id")["involvement"]
    own = told[told["in_scope"].astype("bool") & told["system"].ne("steis")]
    alone = ~own.index.isin(set(tables["incident_death"]["incident_id"]))
    unfilled = {
        table: [name for name in _asked(table) if _empty(tables[table][name]).all()]
        for table in ("deaths", "incidents")
    }
    names = ", ".join(name.replace("_", " ") for found in unfilled.values() for name in found)
    count, size = sum(map(len, unfilled.values())), sum(len(_asked(table)) for table in unfilled)

    def of(frame: pd.DataFrame, values: pd.Series, what: str, so: str) -> tuple[str, str, int, int]:
        return what, so, int(_empty(values).sum()), len(frame)

    not_final = people["cause_status"].where(people["cause_status"].eq("final"))
    asked = [
        ("Deaths never reported as an incident", "Whether they ought to have been.",
         int((~people["reported"]).sum()), len(people)),
        of(people, people["dod_source"], "Deaths with no source of the date of death",
           "How the trust learnt of them, and so how many it never learnt of."),
        of(people, not_final, "Deaths whose cause is not final",
           "What these people died of."),
        of(people, people["main_provider"], "Deaths with no word on the main provider of care",
           "Who was responsible for reporting them."),
        of(people, people["ethnic_category"], "Deaths without an ethnic category",
           "Whether people of different origins were treated alike."),
        of(reported, category, "Deaths reported without a category",
           "Whether the trust held them to be expected."),
        of(investigated, investigated["death_id"].map(family),
           "Investigations with no word on the family", "What part the family had, or was offered."),
        ("Investigations open at the extract", "How long they took, and what they found.",
         int(investigated["state"].eq("state_open").sum()), len(investigated)),
        ("Incidents linked to no death", "Whose death they were about.",
         int(alone.sum()), len(own)),
        ("Columns of the data model that no source fills", f"Anything that rests on: {names}.",
         count, size),
    ]  # fmt: skip
    return [row for row in asked if row[2]]
