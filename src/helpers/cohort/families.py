"""How families were informed and involved, as far as the records of investigations say.

``run`` is the run, as :func:`helpers.start` returns it. "Declined" is an answer of the family,
"no involvement" a gap in the record: they are never counted together.

- :data:`INVOLVEMENT`: what the record may say, in words.
- :func:`involvement`: how many families had which part.
- :func:`waits`: days until the family was informed, and until it had the report.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.cohort import delays
from helpers.run import Run

INVOLVEMENT = {
    "informed": "Informed",
    "asked questions": "Asked questions",
    "contributed": "Contributed",
    "saw draft": "Saw the draft report",
    "declined": "Declined when asked",
    "no family traced": "No family could be traced",
    "none": "No involvement; whether the family was asked is not recorded",
    "not asked": "Not asked",
    "NR": "Nothing recorded",
}
"""What the record may say of a family's part, in words; the furthest part counts once."""

WAITS = {
    "death_to_family": ("death", "family_informed", "Death to family informed"),
    "reported_to_family": ("incident_reported", "family_informed", "Report to family informed"),
    "final_to_family": (
        "final_report_internal",
        "report_shared_family",
        "Final report to report shared with family",
    ),
}
"""Stretches of time that concern families: from, to, and words."""


def _investigated(run: Run) -> pd.DataFrame:
    people = run.people
    if people.empty:
        return people.assign(involvement=pd.Series(dtype="str"), year=pd.Series(dtype="Int64"))
    held = people[people["investigated"]]
    # The record names the furthest part that a family took; several records of one death: the
    # furthest of them.
    order = {name: place for place, name in enumerate(_furthest())}
    said = run.extract.tables["family"]
    said = said.assign(place=said["involvement"].map(order)).sort_values("place", kind="stable")
    furthest = said.drop_duplicates("death_id", keep="last").set_index("death_id")["involvement"]
    part = (
        held["death_id"]
        .map(furthest)
        .astype("object")
        .fillna("NR")
        .replace({"NK": "NR", "NA": "NR", "WH": "NR"})
    )
    return held.assign(
        involvement=part,
        year=run.years(held["date_of_death"]),
        service=held["service"].map(lambda name: run.case.labels.get(name, name)),
    )


def _furthest() -> list[str]:
    """Return what the record may say from the least to the furthest part."""
    return [
        *("NR", "NK", "NA", "WH", "none", "not asked", "no family traced", "declined"),
        *("informed", "asked questions", "contributed", "saw draft"),
    ]


def involvement(run: Run, *, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Return how many of the families of those whose death was investigated had which part.

    Parameters
    ----------
    run : Run
        The run.
    by : str or sequence of str
        Columns of people, such as ``year`` or ``service``; empty: all together.

    Returns
    -------
    DataFrame
        Columns ``by``, involvement, label, numerator, denominator (deaths investigated); every
        part that any record names, in every stratum. The parts exclude one another.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(involvement(run))  # a register of reports says nothing of families
    0
    """
    names = [by] if isinstance(by, str) else list(by)
    held = _investigated(run)
    columns = [*names, "involvement", "label", "numerator", "denominator"]
    if held.empty:
        return pd.DataFrame(columns=columns)
    parts = [name for name in INVOLVEMENT if held["involvement"].eq(name).any()]
    keys = [_named(held[name]) for name in names] or [pd.Series("all", index=held.index)]
    table = pd.crosstab(keys, held["involvement"]).reindex(columns=parts, fill_value=0)
    table = table.assign(denominator=table.sum(axis=1)).reset_index()
    long = table.melt(
        id_vars=[*names, "denominator"],
        value_vars=parts,
        var_name="involvement",
        value_name="numerator",
    )
    long["label"] = long["involvement"].map(INVOLVEMENT)
    return long[columns].sort_values(names, kind="stable", ignore_index=True)


def _named(values: pd.Series) -> pd.Series:
    """Return a column with a name for what is missing, so that nobody is left out of its strata."""
    return values.astype("object").fillna("Not recorded") if values.isna().any() else values


def waits(run: Run) -> pd.DataFrame:
    """Return the days until families were informed and had the report, one row a death.

    Everybody whose death was investigated counts, families with no recorded day among them: they
    are followed to the extract. Families that declined, or could not be traced, are left out of
    the last stretch. The law sets no number of days for telling a family; none is applied here.

    Returns
    -------
    DataFrame
        Columns review_id, source_row, wait, label, days, observed, year and service.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(waits(run))
    0
    """
    columns = ["review_id", "source_row", "wait", "label", "days", "observed", "year", "service"]
    if run.people.empty or not delays.of_deaths(run):
        return pd.DataFrame(columns=columns)
    held = delays.records(run)
    held = held[held["investigated"]]
    part = _investigated(run).set_index("death_id")["involvement"]
    held = held.assign(part=held["review_id"].map(part))
    extract = pd.Timestamp(run.case.extract_date)
    parts = []
    for name, (begin, end, label) in WAITS.items():
        if begin not in held or end not in held:
            continue
        mine = held[held[begin].notna()]
        if name == "final_to_family":
            mine = mine[~mine["part"].isin(["declined", "no family traced"])]
        days = (mine[end].fillna(extract) - mine[begin]).dt.days
        made = mine.assign(wait=name, label=label, days=days, observed=mine[end].notna())
        parts.append(made.loc[days.ge(0), columns])
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
