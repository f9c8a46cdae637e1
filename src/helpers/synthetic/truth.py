"""The truth behind a synthetic case, and answers from it.

The folder ``truth/`` of a case holds what intake must not be shown: the planted dirt
(``truth_dirt.csv``), who each row is about (``truth_links.csv``), how far each death went
(``truth_people.csv.gz``), and the laws behind it (``truth.yml``).

- :func:`dirt_rows`, :func:`book_rows`, :func:`link_rows`, :func:`people_rows`: rows of those
  files.
- :func:`parameters`: what truth.yml says.
- :func:`read`: one of those files as text columns.
- :func:`decisions`: what a clerk who knew the truth would decide about pairs.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.synthetic import delays
from helpers.synthetic import people as persons
from helpers.synthetic.records import Records

MARK = "SYNTHETIC"
DIRT = [
    "record_status",
    "source_id",
    "sheet",
    "row",
    "field",
    "header",
    "code",
    "kind",
    "planted",
    "true_value",
]
LINKS = ["record_status", "source_id", "sheet", "row", "person", "kind", "incident_no", "damage"]
PEOPLE = [
    "record_status",
    "source_id",
    "sheet",
    "row",
    "person",
    "status",
    "service",
    "year",
    "date_of_death",
    "age",
    "sex",
    "inpatient",
    "reported",
    "unexpected",
    "reviewed",
    "investigated",
    "siri",
    "involvement",
    "closure",
]
DECISIONS = [
    "incident",
    "death",
    "weight",
    "probability",
    "why",
    "fields",
    "linked_meanwhile",
    "decision",
    "decided_by",
    "decided_on",
    "note",
]
"""Header of the file of decisions, as :func:`helpers.intake.linkage.write_queue` writes it."""
SIDES = ("incident", "death", "steis", "registration")


def dirt_rows(
    dirt: pd.DataFrame, places: pd.DataFrame, headers: dict[str, list[str]], source_id: str
) -> pd.DataFrame:
    """Return planted dirt with its place in the file.

    Parameters
    ----------
    dirt : DataFrame
        As :meth:`helpers.synthetic.dirt.Planter.frame` returns it.
    places : DataFrame
        Sheet and row by position.
    headers : dict of list
        For each sheet the headers by field, in the order of the fields.
    source_id : str
        The source.

    Returns
    -------
    DataFrame
        Columns :data:`DIRT`; what was planted in a cell of free text is not repeated.
    """
    where = places.loc[dirt["position"]].reset_index(drop=True)
    made = dirt.reset_index(drop=True).assign(
        record_status=MARK, source_id=source_id, sheet=where["sheet"], row=where["row"]
    )
    made["header"] = [
        headers[sheet].get(field, "")
        for sheet, field in zip(made["sheet"], made["field"], strict=True)
    ]
    free = made["code"].isin(["X14", "X20"])
    made["planted"] = made["planted"].mask(free, "(free text)")
    return made[DIRT]


def book_rows(facts: dict[str, dict[str, Any]], source_id: str) -> pd.DataFrame:
    """Return what stands in a workbook beside its records, as dirt of code X16."""
    rows = []
    for sheet, found in facts.items():
        where = {"record_status": MARK, "source_id": source_id, "sheet": sheet, "code": "X16"}
        rows.append(where | {"row": found["total_row"], "kind": "total row", "planted": "Total"})
        rows += [where | {"row": row, "kind": "hidden row"} for row in found["hidden_rows"]]
        rows += [
            where | {"row": 3, "kind": "hidden column", "header": header}
            for header in found["hidden_columns"]
        ]
    rows.append(
        {
            "record_status": MARK,
            "source_id": source_id,
            "sheet": "Working",
            "row": 1,
            "code": "X16",
            "kind": "hidden sheet",
        }
    )
    return pd.DataFrame([dict.fromkeys(DIRT, "") | row for row in rows], columns=DIRT)


def link_rows(
    frame: pd.DataFrame, places: pd.DataFrame, dirt: pd.DataFrame, source_id: str
) -> pd.DataFrame:
    """Return who each row of a file is about, and what was done to what links it.

    Parameters
    ----------
    frame : DataFrame
        True rows of :class:`helpers.synthetic.records.Records`.
    places : DataFrame
        Sheet and row by position.
    dirt : DataFrame
        Planted dirt by position.
    source_id : str
        The source.

    Returns
    -------
    DataFrame
        Columns :data:`LINKS`; person is -1 where the row is about nobody of the patient list.
    """
    linking = dirt[
        (dirt["code"].eq("") & ~dirt["field"].isin(["service", "date_of_death"]))
        | (
            dirt["field"].isin(["nhs_number", "dob"])
            & dirt["code"].isin(["X03", "X04", "X09", "X19"])
        )
    ]
    hurt = linking.drop_duplicates("position")
    damage = pd.Series("", index=range(len(frame)), dtype="str")
    damage.loc[hurt["position"]] = hurt["kind"].to_numpy()
    person = frame["person"]
    kind = frame["kind"] if "kind" in frame else frame["status"]
    if "incident_row" in frame:
        person = person.where(frame["incident_row"].ge(0), -1)
        kind = kind.where(frame["incident_row"].ge(0), "only here")
    elif "patient_row" in frame:
        person = person.where(frame["patient_row"].ge(0), -1)
        kind = kind.where(frame["patient_row"].ge(0) | kind.ne(""), "only here")
    return pd.DataFrame(
        {
            "record_status": MARK,
            "source_id": source_id,
            "sheet": places["sheet"].to_numpy(),
            "row": places["row"].to_numpy(),
            "person": person.to_numpy(),
            "kind": kind.to_numpy(),
            "incident_no": frame["incident_no"].to_numpy() if "incident_no" in frame else "",
            "damage": damage.to_numpy(),
        }
    )[LINKS]


def people_rows(patients: pd.DataFrame, places: pd.DataFrame, source_id: str) -> pd.DataFrame:
    """Return how far each death of the patient list went.

    Parameters
    ----------
    patients : DataFrame
        True rows.
    places : DataFrame
        Sheet and row by position.
    source_id : str
        The source.

    Returns
    -------
    DataFrame
        Columns :data:`PEOPLE`; status is empty for those that the case counts.
    """
    died = patients["date_of_death"].to_numpy().astype("datetime64[D]")
    frame = patients.assign(
        record_status=MARK,
        source_id=source_id,
        sheet=places["sheet"],
        row=places["row"],
        date_of_death=np.datetime_as_string(died),
    )
    flags = ["inpatient", "reported", "unexpected", "reviewed", "investigated", "siri"]
    frame[flags] = frame[flags].astype(int)
    return frame[PEOPLE]


def parameters(
    rng: np.random.Generator,
    records: Records,
    *,
    seed: int,
    shape: str,
    trust_effects: np.ndarray | None,
) -> dict[str, Any]:
    """Return the laws behind a case: coefficients, intercepts, delays, quartiles, counts.

    Parameters
    ----------
    rng : Generator
        For the quartiles of the intervals.
    records : Records
        The rows, or the first part of them in a large case.
    seed : int
        Seed of the case.
    shape : str
        Its shape.
    trust_effects : ndarray, optional
        What each trust adds to the log odds of being reported.

    Returns
    -------
    dict
        To be written as YAML.
    """
    counted = records.patients[records.patients["status"].eq("")]
    stages = {
        name: {
            "from": "death" if start == "date_of_death" else start,
            "law": law,
            **(
                {"shape": first, "scale_days": second}
                if law == "weibull"
                else {"median_days": first, "sigma_of_log": second}
            ),
        }
        for name, (start, law, first, second) in delays.LAWS.items()
    }
    return {
        "record_status": MARK,
        "seed": seed,
        "shape": shape,
        "models": {
            step: {
                "outcome": step,
                "among": persons.WITHIN[step] or "deaths",
                "log_odds_ratios": dict(coefficients),
                "intercept_by_service": records.intercepts[step],
                "terms": "age10: (age - 60) / 10; female; inpatient; year: financial year - 2012.5",
                "drawn": "conditional on the total of each service"
                if shape == "southern_health"
                else "independently",
            }
            for step, coefficients in persons.MODELS.items()
        },
        "trust_effects_on_reported": []
        if trust_effects is None
        else [round(float(one), 6) for one in trust_effects],
        "delays": {
            "stages": stages,
            "log_change_per_year": dict(delays.YEAR_EFFECT),
            "rounding": "each stage to whole days, then added up",
            "same_day_for_inpatients": delays.SAME_DAY,
            "drawn_again_if_after_extract": ["trust_knew", *delays.BEFORE_EXTRACT],
            "other_ends_chance_a_day": dict(delays.ENDS),
            "quartiles_if_all_were_seen_to_their_end": delays.truth(rng, counted),
        },
        "family_none": persons.NO_FAMILY
        if shape == "southern_health"
        else persons.SHARES["no_family"],
    }


def read(folder: Path, name: str) -> pd.DataFrame:
    """Return a file of the truth as text columns.

    Parameters
    ----------
    folder : Path
        Folder of the case.
    name : str
        dirt, links or people.

    Returns
    -------
    DataFrame
        Text, blanks as empty text; row as a number.

    Raises
    ------
    InputError
        If the case has no such file.
    """
    for end in ("csv", "csv.gz"):
        path = folder / "truth" / f"truth_{name}.{end}"
        if path.is_file():
            return pd.read_csv(path, dtype=str, keep_default_na=False).astype({"row": "int64"})
    raise InputError.one(
        "the file is not there", f"truth/truth_{name}.csv", "Make the case with its truth."
    )


def decisions(queue: pd.DataFrame, folder: Path, *, decided_on: str = "2015-10-15") -> pd.DataFrame:
    """Return the queue of a linkage as a clerk who knew the truth would fill it in.

    Parameters
    ----------
    queue : DataFrame
        Pairs, as :class:`helpers.intake.linkage.Linked` holds them: for each of the two sides
        (incident, death, registration or steis) the columns ``<side>_source_id``,
        ``<side>_source_sheet`` and ``<side>_source_row``.
    folder : Path
        Folder of the case.
    decided_on : str
        Day written beside each decision.

    Returns
    -------
    DataFrame
        The queue with decision (same or different), decided_by, decided_on and note.

    Raises
    ------
    InputError
        If the case has no truth, or a row of the queue does not name two records.
    """
    links = read(folder, "links").set_index(["source_id", "sheet", "row"])
    known = links["person"].ne("-1")
    # An entry of StEIS belongs to one incident, and a person may have had several.
    whom = {name: links[name].where(known, "").to_dict() for name in ("person", "incident_no")}
    sides = [side for side in SIDES if f"{side}_source_row" in queue]
    same = []
    for row in queue.to_dict("records"):
        places = {
            side: (
                row[f"{side}_source_id"],
                row[f"{side}_source_sheet"] or "",
                int(row[f"{side}_source_row"]),
            )
            for side in sides
            if pd.notna(row[f"{side}_source_row"])
        }
        if len(places) != 2:
            raise InputError.one(
                f"a row of the queue names {len(places)} records and needs two",
                "queue",
                "Take the queue of a linkage.",
            )
        of = whom["incident_no" if "steis" in places else "person"]
        one, other = (of.get(place, "") for place in places.values())
        same.append(one == other != "")
    return queue.assign(
        decision=np.where(same, "same", "different"),
        decided_by="SYNTHETIC clerk",
        decided_on=decided_on,
        note="decided from the truth of a synthetic case",
    )
