"""Linkage as a reader may see it: how records were linked, how many, and how well.

``run`` is what :func:`helpers.start` returns. All of this speaks of the whole extract, whatever
the period, unless it says otherwise. Nothing here identifies anybody.

- :func:`methods`: how the records of each list were linked.
- :func:`match_rates`: how many incidents were linked, by year, service and age band.
- :func:`unlinked`: records linked to nothing, with the reason.
- :func:`queue`: pairs that wait for a person, and those that were decided.
- :func:`left_over`: the two together.
- :func:`thresholds`: the links and the chain, each under three sets of links.
- :func:`weights`: what agreement and disagreement on each field weigh.
- :func:`against_truth`: precision and recall, where the case names its truth.
- :func:`overall`: how many incidents were linked in all.
- :func:`true_people`: who each row of a synthetic case is about.
"""

from __future__ import annotations

import pandas as pd

from helpers import chain
from helpers.intake import incidents as told
from helpers.intake import linkage
from helpers.intake.reading import read_csv
from helpers.run import Run
from helpers.tables import among

LISTS = {"own": "Incidents to deaths", "steis": "Entries of StEIS to deaths"}
NATIONAL = "National list to deaths"
PLACE = ["source_id", "source_sheet", "source_row"]
FIELDS = {"nhs_number": "NHS number", "dob": "date of birth", "day": "date"}
SETS = ("without_decisions", "strict", "loose")


def _incidents(run: Run) -> pd.DataFrame:
    """Return the incidents about patients, with the list that each belongs to."""
    frame = run.extract.tables["incidents"]
    frame = frame[frame["in_scope"].astype("bool")]
    steis = frame["system"].eq("steis")
    return frame.assign(list=steis.map({True: LISTS["steis"], False: LISTS["own"]}).astype("str"))


def _linkage(run: Run, name: str, columns: list[str]) -> pd.DataFrame:
    built = run.extract.built
    held = {} if built is None else built.linkage
    return held.get(name, pd.DataFrame(columns=columns))


def methods(run: Run) -> pd.DataFrame:
    """Return how the records of each list were linked.

    Returns
    -------
    DataFrame
        Columns list, way, strict, numerator (records linked so), denominator (records of the
        list that concern a patient).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(methods(run))
    0
    """
    held = _incidents(run)
    links = run.extract.tables["incident_death"].drop_duplicates("incident_id")
    frame = held.merge(links, on="incident_id", how="left")
    frame["way"] = frame["link_method"].fillna("not linked")
    frame["strict"] = frame["strict"].fillna(False).astype("bool")
    keys = ["list", "way", "strict"]
    made = frame.groupby(keys, as_index=False).size().rename(columns={"size": "numerator"})
    made["denominator"] = made["list"].map(held["list"].value_counts())
    order = {
        name: place
        for place, name in enumerate(
            ["exact", "rule", "probabilistic", "clerical", "reference", "not linked"]
        )
    }
    return made.sort_values(keys, key=lambda s: s.map(order) if s.name == "way" else s).astype(
        {"strict": "bool"}
    )


def match_rates(run: Run) -> pd.DataFrame:
    """Return how many of the trust's own incidents are linked to a death, by stratum.

    Returns
    -------
    DataFrame
        Columns by (year, service or age band), stratum, numerator (linked at the strict
        threshold), loose (linked at either), denominator (incidents about patients). The age is
        that of the person who died, so it is not recorded for whoever is linked to nobody.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(match_rates(run))
    0
    """
    columns = ["by", "stratum", "numerator", "loose", "denominator"]
    held = _incidents(run)
    own = held[held["list"].eq(LISTS["own"])]
    if own.empty:
        return pd.DataFrame(columns=columns)
    year = pd.to_datetime(own["incident_date"]).map(run.year, na_action="ignore")
    service = own["service"].map(lambda name: run.case.labels.get(name, name))
    own = own.assign(year=year.astype("Int64"), service=service)
    tables = run.extract.tables
    frame = linkage.match_rates(own, tables["incident_death"], tables["deaths"])
    keys = ["by", "stratum", "denominator"]
    wide = frame.pivot_table(index=keys, columns="threshold", values="numerator", sort=False)
    wide = wide.reset_index().rename(columns={"strict": "numerator"})
    whole = {"numerator": "int64", "loose": "int64"}
    return wide.replace({"by": {"age_band": "age band"}})[columns].astype(whole)


def overall(run: Run) -> pd.DataFrame:
    """Return how many of the trust's own incidents were linked to a death, as one row.

    Returns
    -------
    DataFrame
        Columns list, numerator (linked), denominator; empty where there are no incidents.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(overall(run))
    0
    """
    held = _incidents(run)
    held = held[held["list"].eq(LISTS["own"])]
    linked = among(held["incident_id"], run.extract.tables["incident_death"]["incident_id"])
    row = {"list": LISTS["own"], "numerator": int(linked.sum()), "denominator": len(held)}
    return pd.DataFrame([row] if len(held) else [], columns=list(row))


def unlinked(run: Run) -> pd.DataFrame:
    """Return records that are linked to nothing, by reason.

    Returns
    -------
    DataFrame
        Columns source_id, reason, numerator (records), denominator (records of the source that
        were to be linked).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(unlinked(run))
    0
    """
    keys = ["source_id", "reason"]
    frame = _linkage(run, "unlinked", keys)[keys]
    national = run.extract.tables["registrations"]
    national = national.loc[national["death_id"].isna(), ["source_id"]]
    national = national.assign(reason="no death of the trust's list agrees")
    parts = [part for part in (frame, national) if len(part)]
    frame = pd.concat(parts, ignore_index=True) if parts else frame
    made = frame.groupby(keys, as_index=False).size().rename(columns={"size": "numerator"})
    sizes = pd.concat(
        [_incidents(run)["source_id"], run.extract.tables["registrations"]["source_id"]]
    )
    made["denominator"] = made["source_id"].map(sizes.value_counts())
    made.attrs["answer"] = "Every record was linked."
    return made


def queue(run: Run) -> pd.DataFrame:
    """Return how many pairs wait for a person to decide, by reason, and how many were decided.

    Returns
    -------
    DataFrame
        Columns state (waiting, or decided with the decision), why, linked_meanwhile, numerator
        (pairs).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> queue(run).attrs["answer"]
    'No pair waits for a person, and none was decided by one.'
    """
    keys = ["state", "why", "linked_meanwhile"]
    waiting = _linkage(run, "queue", ["why", "linked_meanwhile"])
    parts = [waiting.assign(state="waiting")[keys]]
    if run.case.decisions:
        made = linkage.read_decisions(run.case.path(run.case.decisions))
        if len(made):
            path = run.case.path(run.case.decisions)
            raw = read_csv(path, encoding="utf-8-sig", needed=["why"])
            raw = raw.set_index("source_row").loc[made["row"]].reset_index()
            parts.append(raw.assign(state=("decided: " + made["decision"]).to_numpy())[keys])
    parts = [part for part in parts if len(part)]
    whole = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=keys)
    frame = whole.groupby(keys, as_index=False).size().rename(columns={"size": "numerator"})
    frame.attrs["answer"] = "No pair waits for a person, and none was decided by one."
    return frame


def left_over(run: Run) -> pd.DataFrame:
    """Return records linked to nothing, and pairs that a person is asked about, in one frame.

    Returns
    -------
    DataFrame
        Columns state (linked to nothing, pair waiting, pair decided), source_id (a pair
        has two), reason, numerator, denominator (records of the source; missing for
        a pair).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> left_over(run).columns.tolist()
    ['state', 'source_id', 'reason', 'numerator', 'denominator']
    """
    columns = ["state", "source_id", "reason", "numerator", "denominator"]
    pairs = queue(run).rename(columns={"why": "reason"})
    pairs = pairs.assign(
        state="pair " + pairs["state"].astype("str"), source_id="one record from each of two"
    )
    parts = [unlinked(run).assign(state="record linked to nothing"), pairs]
    parts = [part.reindex(columns=columns) for part in parts if len(part)]
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame(columns=columns)
    return frame.astype({"numerator": "Int64", "denominator": "Int64"})


def _relinked(run: Run, links: pd.DataFrame) -> dict[str, pd.DataFrame]:
    """Return the tables as they would be with other links."""
    tables = run.extract.tables
    every = tables["incidents"].assign(lead_incident=told.lead(tables["incidents"], links))
    death = links.drop_duplicates("incident_id").set_index("incident_id")["death_id"]
    followed = {
        name: tables[name].assign(death_id=tables[name]["incident_id"].map(death))
        for name in ("reviews", "family")
    }
    return {**tables, "incidents": every, "incident_death": links, **followed}


def thresholds(run: Run) -> pd.DataFrame:
    """Return the links, and the chain of the period, under three sets of links side by side.

    Returns
    -------
    DataFrame
        Columns group (links of the extract, deaths of the period), count, without_decisions
        (what the machine linked alone), strict (and what a person decided), loose (what lies
        between the thresholds as well).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(thresholds(run))
    0
    """
    columns = ["group", "count", *SETS]
    held, people = _incidents(run), run.people
    own = held[held["list"].eq(LISTS["own"])]
    if own.empty or people.empty:
        return pd.DataFrame(columns=columns)
    links = run.extract.tables["incident_death"]
    chosen = {
        "without_decisions": links[links["link_method"].ne("clerical")],
        "strict": links[links["strict"].astype("bool")],
        "loose": links,
    }
    made: dict[str, dict[tuple[str, str], int]] = {}
    nothing = pd.DataFrame()
    for name, some in chosen.items():
        mine = some[among(some["incident_id"], own["incident_id"])]
        linked = linkage.Linked(mine, _linkage(run, "queue", []), nothing, nothing)
        counted = linkage.at_thresholds(linked, own).set_index("measure")["loose"]
        steps = chain.chain(_relinked(run, some))
        steps = steps[among(steps["death_id"], people["death_id"])]
        made[name] = {("links", str(what)): int(n) for what, n in counted.items()} | {
            ("deaths of the period", label): int(steps[step].sum())
            for step, label in list(chain.STEPS.items())[1:]
        }
    frame = pd.DataFrame(made).rename_axis(["group", "count"]).reset_index()
    return frame[columns]


def weights(run: Run) -> pd.DataFrame:
    """Return what agreement and disagreement on each field weigh, in bits.

    Returns
    -------
    DataFrame
        Columns field, agreement, m (share among matches), u (share among others), weight.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> weights(run).columns.tolist()
    ['field', 'agreement', 'm', 'u', 'weight']
    """
    frame = _linkage(run, "weights", ["field", "level", "m", "u", "weight"])
    frame = frame.rename(columns={"level": "agreement"})
    return frame.assign(field=frame["field"].replace(FIELDS))


# ---- Against the truth --------------------------------------------------------------------------


def true_people(run: Run) -> pd.DataFrame | None:
    """Return who each row is about, where the case names its truth.

    Returns
    -------
    DataFrame or None
        Columns source_id, source_sheet, source_row, person (missing: nobody of the trust's list),
        damage (what was done to what identifies the person; empty: nothing).
    """
    if run.case.truth is None:
        return None
    raw = read_csv(run.case.path(run.case.truth.links), encoding="utf-8", needed=["person"])
    made = raw.rename(columns={"sheet": "source_sheet"}).assign(
        source_row=raw["row"].astype("int64"), person=raw["person"].mask(raw["person"].eq("-1"))
    )
    return made[[*PLACE, "person", "damage"]]


def _with_people(frame: pd.DataFrame, truth: pd.DataFrame) -> pd.DataFrame:
    sheet = frame["source_sheet"].astype("str").fillna("")
    frame = frame.assign(source_sheet=sheet, source_row=frame["source_row"].astype("int64"))
    return frame.merge(truth, on=PLACE, how="left")


def _judged(held: pd.DataFrame, links: pd.DataFrame, person: pd.Series) -> pd.DataFrame:
    """Return each record with: could be linked, was linked, was linked to the right person."""
    death = held["id"].map(links.drop_duplicates("id").set_index("id")["death_id"])
    found = death.map(person)
    return held.assign(
        possible=among(held["person"], person.dropna()),
        linked=death.notna(),
        right=found.eq(held["person"]).fillna(False).astype("bool") & held["person"].notna(),
    )


def against_truth(run: Run) -> pd.DataFrame:
    """Return precision and recall of the links, where the case names who each row is about.

    Precision: records linked to the right person, out of records linked. Recall: the same, out of
    records about a person of the trust's list. Several records of one person count as that person.

    Returns
    -------
    DataFrame
        Columns list, links (which are counted), who (all, or only records whose identifiers were
        damaged), rate, numerator, denominator; empty where the case names no truth.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(against_truth(run))
    0
    """
    columns = ["list", "links", "who", "rate", "numerator", "denominator"]
    truth = true_people(run)
    if truth is None:
        return pd.DataFrame(columns=columns)
    tables = run.extract.tables
    died = _with_people(tables["deaths"], truth)
    person = died[died["in_scope"].astype("bool")].set_index("death_id")["person"]
    links = tables["incident_death"].rename(columns={"incident_id": "id"})
    held = _with_people(_incidents(run), truth).rename(columns={"incident_id": "id"})
    national = _with_people(tables["registrations"], truth).assign(list=NATIONAL)
    national = national.rename(columns={"registration_id": "id"})
    by_machine = links[links["link_method"].ne("clerical")]
    strict = links[links["strict"].astype("bool")]
    asked = [(LISTS["own"], "all links", held, links)]
    for which, some in (("strict links", strict), ("all but a person's decisions", by_machine)):
        if len(some) < len(links):
            asked.append((LISTS["own"], which, held, some))
    asked += [
        (LISTS["steis"], "all links", held, links),
        (NATIONAL, "all links", national, national.dropna(subset="death_id")),
    ]
    rows = []
    for name, which, records, some in asked:
        judged = _judged(records[records["list"].eq(name)], some, person)
        for who, part in (
            ("all", judged),
            ("identifiers damaged", judged[judged["damage"].ne("")]),
        ):
            right = int(part["right"].sum())
            rows += [
                (name, which, who, "precision", right, int(part["linked"].sum())),
                (name, which, who, "recall", right, int(part["possible"].sum())),
            ]
    frame = pd.DataFrame(rows, columns=columns)
    return frame[frame["denominator"].gt(0)].reset_index(drop=True)
