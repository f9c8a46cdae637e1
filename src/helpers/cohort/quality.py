"""What was received, what became of each row, and what the record cannot answer.

``run`` is what :func:`helpers.start` returns. No identifier, name, date or free text of a person
is in any of these frames: they count.

- :func:`received`: one row a sheet: its state, and the rows read, blank and total.
- :func:`fates`: read = used + quarantined + out of scope, each reason counted.
- :func:`comparable_years`: which years can be compared area by area.
- :func:`unanswered`: what the record cannot answer, counted where it can be.
- :func:`assumptions`: what the case takes to be so.
- :func:`share`: numbers out of how many, as shares without limits.
"""

from __future__ import annotations

import pandas as pd

from helpers.cohort import strata
from helpers.cohort.oddities import asked, empty
from helpers.run import Run
from helpers.tables import among


def share(frame: pd.DataFrame) -> pd.DataFrame:
    """Return a frame with its numerators as shares of its denominators, without limits.

    For records that are complete, where a limit would say nothing.

    Examples
    --------
    >>> share(pd.DataFrame({"numerator": [1, 0], "denominator": [4, 0]}))["value"].tolist()
    [0.25, nan]
    """
    over = frame["numerator"].astype("Float64").to_numpy("float64", na_value=float("nan"))
    under = frame["denominator"].astype("Float64").to_numpy("float64", na_value=float("nan"))
    made = frame.assign(value=over / pd.Series(under).where(under > 0).to_numpy())
    made.attrs = dict(frame.attrs)
    return made


def received(run: Run) -> pd.DataFrame:
    """Return one row a sheet of each file: its state, and what was found in it.

    A sheet that the case says to pass over is there, with nothing read from it.

    Returns
    -------
    DataFrame
        Columns source_id, sheet, state, last_row, rows_read, blank_rows, total_rows, hidden_rows,
        hidden_columns, date_mode; what does not apply to a file without sheets is missing.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> received(run)["rows_read"].tolist()
    [3012, 5830, 762]
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
        whole = other[["source_id", "rows_read"]].assign(
            sheet="the whole file", state="visible", date_mode="none"
        )
        parts.append(whole.reindex(columns=columns))
    frame = pd.concat(parts, ignore_index=True)
    numbers = [name for name in columns if name.endswith(("row", "rows", "_columns", "_read"))]
    frame = frame.astype(dict.fromkeys(numbers, "Int64"))
    return frame.assign(last_row=frame["last_row"].mask(frame["last_row"].eq(0)))


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
        elif source in set(run.extract.tallied["source_id"]):
            mine = run.extract.tallied["source_id"].eq(source)
            held = run.extract.tallied[mine & run.extract.tallied["fate"].ne("used")]
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
    >>> comparable_years(run)["same_name"].tolist()
    [84, 85]
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


def _as_text(value: str | float | None) -> str:
    return "" if value is None else value if isinstance(value, str) else f"{value:g}"


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
        (item.id.replace("_", " "), item.text, _as_text(item.value))
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
    lacking = int((~among(reports["review_id"], known)).sum())
    so = "How long it took from the death, for these."
    return [("Reports without a date of death", so, lacking, len(reports))] * bool(len(reports))


def _of_people(run: Run) -> list[tuple[str, str, int, int]]:
    people, tables = run.people, run.extract.tables
    reported, investigated = people[people["reported"]], people[people["investigated"]]
    told = tables["incidents"].set_index("incident_id")
    category = reported["lead_incident_id"].map(told["expectedness"])
    family = tables["family"].drop_duplicates("death_id").set_index("death_id")["involvement"]
    own = told[told["in_scope"].astype("bool") & told["system"].ne("steis")]
    alone = ~among(own.index.to_series(), tables["incident_death"]["incident_id"])
    unfilled = {
        table: [name for name in asked(table) if empty(tables[table][name]).all()]
        for table in ("deaths", "incidents")
    }
    names = "; ".join(
        f"{table}: {', '.join(name.replace('_', ' ') for name in found)}"
        for table, found in unfilled.items()
        if found
    )
    count, size = sum(map(len, unfilled.values())), sum(len(asked(table)) for table in unfilled)

    def of(frame: pd.DataFrame, values: pd.Series, what: str, so: str) -> tuple[str, str, int, int]:
        return what, so, int(empty(values).sum()), len(frame)

    not_final = people["cause_status"].where(people["cause_status"].eq("final"))
    rows = [
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
           "Investigations with no word on the family", "What part the family had."),
        ("Investigations open at the extract", "How long they took, and what they found.",
         int(investigated["state"].eq("state_open").sum()), len(investigated)),
        ("Incidents linked to no death", "Whose death they were about.",
         int(alone.sum()), len(own)),
        ("Columns of the data model that no source fills", f"Anything that rests on: {names}.",
         count, size),
    ]  # fmt: skip
    return [row for row in rows if row[2]]
