"""From the rows that were read to the deaths in scope and along the chain, each exclusion counted.

- :func:`flow`: one row a box: what is kept, what is left out, in lanes; every lane adds up.
- :func:`adds_up`: whether each box is the one before it less what was left out between them.
"""

from __future__ import annotations

import pandas as pd

from helpers.chain import STEPS
from helpers.cohort.quality import fates
from helpers.run import Run
from helpers.tables import among

COLUMNS = ["lane", "step", "fate", "label", "measure", "numerator"]
KEPT, OUT, BESIDE = "kept", "left out", "beside"

CHAIN = (
    ("reported", "Not reported as an incident"),
    ("unexpected", "Reported, not categorised as unexpected"),
    ("reviewed", "Unexpected, no initial assessment completed"),
    ("investigated", "Assessed, not investigated"),
    ("siri", "Investigated as a critical incident only"),
)
"""Steps of the chain and who is left out before each."""


class _Lane:
    """Boxes of one lane, from the top down."""

    def __init__(self, name: str) -> None:
        self.name, self.step, self.rows = name, 0, []

    def add(self, fate: str, label: str, count: int, measure: str = "") -> None:
        """Add a box; boxes that leave nobody out are not drawn."""
        if fate != KEPT and not count:
            return
        self.step += 1
        words = label[:1].upper() + label[1:]
        self.rows.append((self.name, self.step, fate, words, measure, int(count)))


def _read(run: Run, lane: _Lane, sources: list[str]) -> None:
    """Add the rows that were read, and those that intake left out."""
    found = fates(run)
    found = found[found["source_id"].isin(sources)]
    accounts = run.accounts
    mine = accounts["source_id"].isin(sources)
    lane.add(KEPT, "Rows read", accounts.loc[mine, "rows_read"].sum())
    built = run.extract.built
    reasons = set() if built is None else set(built.rows["reason"])
    held = found["reason"].isin(reasons - {""}) | found["fate"].eq("quarantined")
    counted = found[held].groupby("reason", sort=False)["numerator"].sum()
    for reason, count in counted.items():
        lane.add(OUT, str(reason), count)


def _of_deaths(run: Run, sources: list[str]) -> list[tuple]:
    lane = _Lane("Deaths")
    _read(run, lane, sources)
    died = run.extract.tables["deaths"]
    died = died[died["in_scope"].astype("bool")]
    first, last = pd.Timestamp(run.period_start), pd.Timestamp(run.period_end)
    inside = int(died["date_of_death"].between(first, last).sum())
    people = run.people
    lane.add(KEPT, "People who died, each once", len(died))
    lane.add(OUT, "died outside the period", len(died) - inside)
    lane.add(OUT, "no contact in the 12 months before", inside - len(people))
    lane.add(KEPT, "Deaths in scope: a contact in the 12 months before", len(people), "deaths")
    so_far = pd.Series(data=True, index=people.index)
    for step, without in CHAIN:
        reached = so_far & people[step]
        lane.add(OUT, without, int((so_far & ~reached).sum()))
        lane.add(KEPT, STEPS[step], int(reached.sum()), step)
        more = int((people[step] & ~reached).sum())
        lane.add(BESIDE, f"{STEPS[step]}, without every step before it", more, step)
        so_far = reached
    return lane.rows


def _of_incidents(run: Run, title: str, sources: list[str]) -> list[tuple]:
    lane, tables = _Lane(title), run.extract.tables
    _read(run, lane, sources)
    told = tables["incidents"]
    told = told[told["source_id"].isin(sources) & told["in_scope"].astype("bool")]
    links = tables["incident_death"].drop_duplicates("incident_id").set_index("incident_id")
    death = told["incident_id"].map(links["death_id"])
    linked = death.notna()
    counted = among(death, run.people["death_id"]) & linked
    lane.add(KEPT, "About the death of a patient", len(told))
    lane.add(OUT, "linked to no death of the list", int((~linked).sum()))
    lane.add(OUT, "about a death outside the scope", int((linked & ~counted).sum()))
    lane.add(KEPT, "About a death in scope", int(counted.sum()))
    several = int(counted.sum()) - death[counted].nunique()
    lane.add(OUT, "further records about the same death", several)
    lane.add(KEPT, "Deaths in scope with such a record", death[counted].nunique())
    return lane.rows


def _of_national(run: Run, title: str, sources: list[str]) -> list[tuple]:
    lane = _Lane(title)
    _read(run, lane, sources)
    listed = run.extract.tables["registrations"]
    listed = listed[listed["source_id"].isin(sources)]
    first, last = pd.Timestamp(run.period_start), pd.Timestamp(run.period_end)
    inside = pd.to_datetime(listed["date_of_death"]).between(first, last)
    death = listed.loc[inside, "death_id"]
    counted = among(death, run.people["death_id"])
    lane.add(OUT, "died outside the period", int((~inside).sum()))
    lane.add(KEPT, "Died in the period", int(inside.sum()))
    lane.add(OUT, "not found in the trust's list", int(death.isna().sum()))
    lane.add(OUT, "in the trust's list, outside the scope", int((death.notna() & ~counted).sum()))
    lane.add(OUT, "further entries about the same death", int(death[counted].duplicated().sum()))
    lane.add(KEPT, "Deaths in scope that are in both lists", death[counted].nunique())
    return lane.rows


def _of_file(run: Run, account: dict) -> list[tuple]:
    titles = {source.id: source.title for source in run.case.sources}
    lane = _Lane(titles[account["source_id"]])
    lane.add(KEPT, "Rows read", account["rows_read"])
    lane.add(OUT, "could not be used", account["rows_quarantined"])
    lane.add(OUT, "outside the period", account["rows_out_of_scope"])
    lane.add(KEPT, "Rows of the period", account["rows_used"])
    return lane.rows


def flow(run: Run) -> pd.DataFrame:
    """Return the boxes of the flow diagram, lane by lane from the top down.

    Returns
    -------
    DataFrame
        Columns lane, step (place in the lane), fate (``kept``, ``left out`` between the boxes
        above and below, ``beside``: people who are in no box of the lane because an earlier step
        is not on record), label, measure (step of the chain, where the box is one), numerator.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> flow(run)[["fate", "label", "numerator"]].tail(3).values.tolist()
    [['kept', 'Rows read', 762], ['left out', 'Outside the period', 680], \
['kept', 'Rows of the period', 82]]
    """
    tables: dict[str, list[str]] = {}
    for source in run.case.sources:
        if source.layout == "extract":
            kind = "steis" if source.system == "steis" else source.table or "deaths"
            tables.setdefault(kind, []).append(source.id)
    rows = []
    if "deaths" in tables:
        rows += _of_deaths(run, tables["deaths"])
    if "incidents" in tables:
        rows += _of_incidents(run, "Incidents", tables["incidents"])
    if "steis" in tables:
        rows += _of_incidents(run, "Entries of StEIS", tables["steis"])
    if "registrations" in tables:
        rows += _of_national(run, "National list", tables["registrations"])
    files = {source.id for source in run.case.sources if source.layout != "extract"}
    for account in run.accounts.to_dict("records"):
        if account["source_id"] in files:
            rows += _of_file(run, account)
    return pd.DataFrame(rows, columns=COLUMNS)


def adds_up(frame: pd.DataFrame) -> pd.DataFrame:
    """Return each kept box that is not the one before it less what was left out between them.

    Parameters
    ----------
    frame : DataFrame
        As :func:`flow` returns it.

    Returns
    -------
    DataFrame
        The boxes that do not add up, with ``wanted``; empty where all do.

    Examples
    --------
    >>> boxes = [("a", 1, "kept", "Read", "", 9), ("a", 2, "left out", "Total row", "", 1)]
    >>> len(adds_up(pd.DataFrame([*boxes, ("a", 3, "kept", "Used", "", 8)], columns=COLUMNS)))
    0
    """
    wrong = []
    for _, part in frame.groupby("lane", sort=False):
        left: int | None = None
        for row in part.to_dict("records"):
            if row["fate"] == OUT and left is not None:
                left -= row["numerator"]
            if row["fate"] == KEPT:
                if left is not None and left != row["numerator"]:
                    wrong.append({**row, "wanted": left})
                left = row["numerator"]
    return pd.DataFrame(wrong, columns=[*frame.columns, "wanted"])
