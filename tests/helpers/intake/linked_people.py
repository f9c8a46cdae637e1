"""Two people, lists of records made of them, and their linkage, for the tests of linkage."""

import pandas as pd

from helpers.intake.linkage import link_incidents

# Numbers that start with 999 are nobody's.
ANN = {
    "nhs_number": "9990000018",
    "dob": "1950-03-04",
    "surname": "thackeray",
    "forename": "ann",
    "sex": "F",
    "local_id": "R1",
    "day": "2014-01-09",
}
JOE = {
    "nhs_number": "9990000026",
    "dob": "1961-11-23",
    "surname": "owen",
    "forename": "joe",
    "sex": "M",
    "local_id": "R2",
    "day": "2013-06-30",
}
NOBODY = dict.fromkeys(["nhs_number", "surname", "forename", "sex", "local_id"], "") | {"dob": None}


def people(*records, kind="death"):
    """A list of records: deaths from row 2 of the patient system, or incidents from row 2."""
    key, day = (
        ("death_id", "date_of_death") if kind == "death" else ("incident_id", "incident_date")
    )
    frame = pd.DataFrame(records).rename(columns={"day": day})
    source = "pas" if kind == "death" else "ulysses"
    frame = frame.assign(source_id=source, source_sheet="2014", source_row=range(2, len(frame) + 2))
    frame[key] = source + ":" + frame["source_row"].astype("str")
    if kind == "incident":
        frame["local_ref"] = "W" + frame["source_row"].astype("str")
    for name in ("dob", day):
        frame[name] = pd.to_datetime(frame[name])
    return frame


def incidents(*records):
    return people(*records, kind="incident")


DEATHS = people(ANN, JOE)


def link(*told, deaths=DEATHS, **options):
    return link_incidents(deaths, incidents(*told), **options)


DECIDED = {"decided_by": "A reader", "decided_on": "2016-03-31"}
