"""The Southern Health case as a whole: real published figures out of invented, dirty rows.

What is true stands in the folder ``truth`` of the case and is read here with plain pandas.
"""

import hashlib

import pandas as pd
import pytest

from helpers import start
from helpers.chain import FATES, STATES
from helpers.cohort import planted
from helpers.personal import scan
from helpers.reconciliation import reconcile, unexplained
from helpers.tables import TABLES

PLACE = ["source_id", "sheet", "row"]


def hashes(folder):
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def read(coroners):
    """The run, and the hash of every file of the case before and after it."""
    folder = coroners.parent / "southern_health"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INQUIRY_HOME", str(coroners.parents[1]))
        before = hashes(folder)
        made = start(case="southern_health")
        yield made, before, hashes(folder)


@pytest.fixture(scope="module")
def case(read):
    """The run of the case over its whole period."""
    return read[0]


def truth(case, name):
    """A file of the truth as text."""
    path = case.case.path(f"truth/{name}")
    return pd.read_csv(path, dtype=str, keep_default_na=False)


@pytest.fixture(scope="module")
def persons(case):
    """Whom each row is about, by source, sheet and row."""
    return truth(case, "truth_links.csv").set_index(PLACE)["person"]


# ---- The published chain ------------------------------------------------------------------------


def total(case, step, **stratum):
    counts = case.counts[case.counts["measure"].eq(step)]
    for name, value in stratum.items():
        counts = counts[counts[name].eq(value)]
    return int(counts["events"].sum())


@pytest.mark.parametrize(
    ("step", "published"),
    [
        ("deaths", 10_306), ("reported", 1_454), ("unexpected", 722), ("reviewed", 540),
        ("investigated", 272), ("siri", 195), ("no_family", 174),
    ],
)  # fmt: skip
def test_the_published_chain_comes_out_exactly(case, step, published):
    assert total(case, step) == published
    people = case.people.assign(deaths=True)
    assert people[step].sum() == published


@pytest.mark.parametrize(
    ("service", "step", "published"),
    [("ld", "deaths", 337), ("ld", "unexpected", 93), ("ld", "investigated", 4)],
)
def test_the_published_figures_on_learning_disability_come_out_exactly(
    case, service, step, published
):
    assert total(case, step, service=service) == published


@pytest.mark.parametrize(
    ("service", "step", "out_of", "percent", "decimals"),
    [
        ("adult_mh", "investigated", "deaths", 30, 0),
        ("adult_mh", "investigated", "unexpected", 60, 0),
        ("older_mh", "siri", "deaths", 0.3, 1),
    ],
)
def test_the_published_percentages_come_out(case, service, step, out_of, percent, decimals):
    share = total(case, step, service=service) / total(case, out_of, service=service)
    assert round(100 * share, decimals) == percent


def test_the_published_median_age_at_death_comes_out_of_the_rows(case):
    people = case.people[case.people["service"].eq("ld")]
    assert people["age"].median() == 59
    assert round(people["age"].mean()) == 56  # the figure of the draft


def test_sixty_four_in_a_hundred_investigations_were_without_the_family(case):
    assert round(100 * total(case, "no_family") / total(case, "investigated")) == 64


def test_every_death_has_one_fate_and_every_investigation_one_state(case):
    assert sum(total(case, name) for name in FATES) == 10_306
    assert sum(total(case, name) for name in STATES) == 272


def test_the_people_are_those_of_the_truth(case, persons):
    """Not only as many: each death reached the steps that it truly reached."""
    true = truth(case, "truth_people.csv.gz")
    true = true[true["status"].eq("")].set_index("person")
    assert len(true) == 10_306
    people = case.people.merge(
        persons.rename("person").rename_axis(["source_id", "source_sheet", "row"]).reset_index(),
        left_on=["source_id", "source_sheet", case.people["source_row"].astype(str)],
        right_on=["source_id", "source_sheet", "row"],
    ).set_index("person")  # fmt: skip
    assert set(people.index) == set(true.index)
    for step in ("reported", "unexpected", "reviewed", "investigated", "siri"):
        assert (people[step].astype(int).astype(str) == true[step].reindex(people.index)).all(), (
            step
        )
    assert people["service"].eq(true["service"].reindex(people.index)).all()


def test_every_published_figure_agrees_or_says_why_not(case):
    ledger = reconcile(case).set_index("figure_id")
    assert unexplained(ledger.reset_index()) == []
    ours = ledger[ledger.index.str.match("mazars_|hansard_")]
    differs = ours[ours["verdict"].ne("agrees")].index.tolist()
    assert differs == ["mazars_ld_investigated_minutes"]  # "less than 1%" against 4 of 337
    assert ledger.loc["nsft_same_day", ["published", "computed"]].tolist() == [278, 276]
    assert ledger.loc["lampard_requests", ["published", "computed"]].tolist() == [293, 292]
    assert ledger.loc["nsft_unexpected_2012", "computed"] == 35  # 88 against 53


# ---- Every row, every file ----------------------------------------------------------------------


def test_every_row_of_every_sheet_is_accounted_for(case):
    built = case.extract.built
    fates = built.rows.groupby(["source_id", "source_sheet"])["rows"].sum()
    read = built.sheets[built.sheets["use"].eq("read")].set_index(["source_id", "sheet"])
    assert fates.to_dict() == read["rows_read"].to_dict()
    accounts = case.accounts
    parts = accounts[["rows_used", "rows_quarantined", "rows_out_of_scope"]].sum(axis=1)
    assert parts.tolist() == accounts["rows_read"].tolist()
    assert set(built.rows["fate"]) == {"used", "quarantined", "out of scope"}


def test_the_rows_left_out_are_those_that_the_truth_names(case):
    """30 duplicates, 8 without a date of death; 10 staff, 5 visitors, 3 stillbirths."""
    reasons = case.extract.built.rows.groupby("reason")["rows"].sum().to_dict()
    assert {name: rows for name, rows in reasons.items() if name} == {
        "duplicate record": 30, "no usable date of death": 8, "not a patient": 15,
        "stillbirth or foetal death": 3, "total row": 7,
    }  # fmt: skip


def test_reading_changed_no_file(read):
    _, before, after = read
    assert before == after
    assert {"patient_system.xlsx", "truth/truth_dirt.csv", "case.yml"} <= set(before)


def test_the_hash_of_every_file_stands_in_the_run(read):
    made, before, _ = read
    inputs = made.extract.inputs.set_index("file")["sha256"].to_dict()
    assert inputs == {name: before[name] for name in inputs}


def test_no_identifier_leaves_intake(case):
    for name in TABLES:
        assert scan(case.extract.tables[name]) == [], name
    assert scan(case.extract.flags) == []


# ---- Planted dirt -------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def caught(case):
    return planted.caught(case).set_index("code")


def test_at_least_99_in_100_planted_faults_are_caught(caught):
    whole = caught.loc["all"]
    assert whole["denominator"] > 700
    assert whole["numerator"] >= 0.99 * whole["denominator"]


@pytest.mark.parametrize("code", [f"X{number:02}" for number in range(1, 21)])
def test_faults_of_each_code_were_planted_and_caught(caught, code):
    row = caught.loc[code]
    assert row["denominator"] > 0
    assert row["numerator"] >= 0.99 * row["denominator"]


def test_no_clean_cell_is_flagged(case, caught):
    assert caught.loc["all", "clean"] == 0
    assert planted.missed(case).empty


def test_no_row_without_a_planted_fault_is_flagged(case):
    """Counted anew, without the rules of matching: rows only."""
    dirt = truth(case, "truth_dirt.csv")
    planted_rows = set(zip(*(dirt[name] for name in PLACE), strict=True))
    flags = case.extract.flags
    whole = flags["value"].isin(["hidden sheet", "hidden column", "hidden rows"])
    whole |= flags["reason"].str.contains("free text of")  # said once of a whole column
    of_rows = flags[~whole]
    places = zip(
        of_rows["source_id"], of_rows["source_sheet"].fillna(""),
        of_rows["source_row"].astype(str), strict=True,
    )  # fmt: skip
    assert set(places) - planted_rows == set()


def test_each_fault_in_a_cell_of_its_own_is_flagged_there(case):
    """Counted anew: code, sheet, row and the header as it stands in that sheet."""
    dirt = truth(case, "truth_dirt.csv")
    by_cell = dirt[dirt["code"].isin(["X01", "X02", "X03", "X04", "X05", "X09", "X11"])]
    wanted = set(zip(*(by_cell[name] for name in [*PLACE, "header", "code"]), strict=True))
    flags = case.extract.flags
    flags = flags.assign(
        row=flags["source_row"].astype(str), sheet=flags["source_sheet"].fillna("")
    )
    found = set(zip(*(flags[name] for name in [*PLACE, "column", "code"]), strict=True))
    assert len(wanted) > 300
    assert len(wanted & found) >= 0.99 * len(wanted)


def test_no_coercion_is_silent(case):
    """A date that was read otherwise than it was written is in the log, with what became of it."""
    dirt = truth(case, "truth_dirt.csv")
    other = dirt[dirt["code"].isin(["X01", "X02"]) & dirt["true_value"].ne("")]
    flags = case.extract.flags
    flags = flags.assign(
        row=flags["source_row"].astype(str), sheet=flags["source_sheet"].fillna("")
    )
    read = other.merge(
        flags, left_on=[*PLACE, "header", "code"], right_on=[*PLACE, "column", "code"]
    )
    assert len(read) >= 0.99 * len(other)
    told = read[read["action"].eq("read as") & read["new_value"].ne("(withheld)")]
    assert len(told) > 50
    days = pd.to_datetime(told["true_value"].str[:10], format="mixed", dayfirst=False)
    assert told["new_value"].str[:10].eq(days.dt.strftime("%Y-%m-%d")).all()


# ---- Linkage ------------------------------------------------------------------------------------


def pairs(case, persons):
    """Each link with the person on either side, and each pair that ought to be linked."""
    deaths = case.extract.tables["deaths"]
    incidents = case.extract.tables["incidents"]

    def who(frame, key):
        keys = zip(frame["source_id"], frame["source_sheet"].fillna(""),
                   frame["source_row"].astype(str), strict=True)  # fmt: skip
        return pd.Series([persons.get(place, "") for place in keys], index=frame[key])

    return who(deaths, "death_id"), who(incidents, "incident_id")


@pytest.fixture(scope="module")
def linked(case, persons):
    """Links of incidents to deaths: whose death, whose incident, and what was damaged."""
    of_death, of_incident = pairs(case, persons)
    links = case.extract.tables["incident_death"]
    links = links.assign(
        death_person=links["death_id"].map(of_death),
        incident_person=links["incident_id"].map(of_incident),
    )
    return links, of_death, of_incident


@pytest.mark.parametrize("system", ["ulysses", "steis"])
def test_99_in_100_links_are_right_and_98_in_100_are_found(case, linked, system):
    links, of_death, of_incident = linked
    incidents = case.extract.tables["incidents"]
    mine = incidents[incidents["system"].eq(system) & incidents["in_scope"].astype(bool)]
    made = links[links["incident_id"].isin(mine["incident_id"])]
    right = made["death_person"].eq(made["incident_person"]).sum()
    deaths = case.extract.tables["deaths"]
    known = set(of_death[deaths.loc[deaths["in_scope"].astype(bool), "death_id"]])
    ought = mine["incident_id"].map(of_incident).isin(known - {""}).sum()
    assert ought >= 190
    assert right >= 0.99 * len(made)
    assert right >= 0.98 * ought


def test_identifiers_that_were_damaged_are_linked_as_well(case, linked):
    """Wrong digits, missing numbers, misspelt names, birthdays turned round."""
    links, _, _ = linked
    true = truth(case, "truth_links.csv")
    hurt = true[true["source_id"].eq("incident_system") & true["damage"].ne("")]
    hurt = hurt[hurt["kind"].eq("lead")]
    ids = hurt["source_id"] + ":" + hurt["sheet"] + ":" + hurt["row"]
    made = links[links["incident_id"].isin(ids)]
    right = made["death_person"].eq(made["incident_person"]).sum()
    assert len(hurt) >= 100
    assert right >= 0.99 * len(made)
    assert right >= 0.98 * len(hurt)


def test_nobody_is_linked_who_is_not_in_the_patient_system(case, linked):
    """People unknown to it, staff, visitors; entries of StEIS are in the shares above."""
    links, _, _ = linked
    true = truth(case, "truth_links.csv")
    alone = true[true["kind"].isin(["orphan", "staff", "visitor", "stillbirth or foetal death"])]
    ids = alone["source_id"] + ":" + alone["sheet"] + ":" + alone["row"]
    assert len(ids) == 24
    assert not links["incident_id"].isin(ids).any()


def test_a_link_that_is_said_to_be_by_reference_has_the_same_reference(case):
    links = case.extract.tables["incident_death"]
    said = links[links["link_method"].eq("reference")]
    assert not said["link_reason"].str.contains("reference: not the same").any()


def test_every_link_says_how_it_was_made(case):
    links = case.extract.tables["incident_death"]
    assert links["link_reason"].str.len().gt(0).all()
    assert links["link_method"].notna().all()
    assert not links["incident_id"].duplicated().any()


def test_the_national_list_is_linked_too(case, persons):
    of_death, _ = pairs(case, persons)
    listed = case.extract.tables["registrations"]
    person = pd.Series(
        [persons["national_list", "", str(row)] for row in listed["source_row"]], index=listed.index
    )
    made = listed["death_id"].notna()
    right = listed["death_id"].map(of_death).eq(person) & made
    ought = person.isin(set(of_death))
    assert right.sum() >= 0.99 * made.sum()
    assert right.sum() >= 0.98 * ought.sum()
