"""The headline under every other definition and denominator, by hand on the trust of nine people.

What tells the definitions apart is in the table of ``told.py``.
"""

import dataclasses

import pandas as pd
import pytest
from told import WALK
from trusts import untouched

from helpers import start
from helpers.cohort import definitions, strata
from helpers.cohort.steps import WINDOWS

YEAR = WINDOWS["in_window_12m"]
WHEN = {
    "by death": "On the day of death or before",
    "early": "After the death, within 7 days of the report",
    "late": "More than 7 days after the report",
    "after": "After the initial assessment was completed",
    "unknown": "Day not recorded",
}


@pytest.fixture(scope="module")
def plain(tmp_path_factory):
    """The trust of nine people that records neither causes nor when a category was given."""
    return untouched(tmp_path_factory)


def with_tables(run, **tables):
    """The run with some of its tables replaced."""
    extract = dataclasses.replace(run.extract, tables={**run.extract.tables, **tables})
    return dataclasses.replace(run, extract=extract)


def incidents(run, number, **values):
    """The incidents of a run with one of them changed."""
    frame = run.extract.tables["incidents"].copy()
    for column, value in values.items():
        frame.loc[frame["local_ref"].eq(number), column] = value
    return with_tables(run, incidents=frame)


def fractions(frame, window=YEAR):
    """Numerator and denominator by denominator (D1 to D4) and definition within a window."""
    frame = frame[frame["window"].eq(window)]
    return {
        (row.base[:2], row.definition_id): (row.numerator, row.denominator)
        for row in frame.itertuples(index=False)
    }


# ---- Every combination --------------------------------------------------------------------------


def test_each_definition_out_of_each_denominator(told_run):
    """Cora was discharged before the day of death; Bob, discharged on it, was on the caseload."""
    assert fractions(definitions.grid(told_run)) == {
        ("D1", "trust"): (4, 6),
        ("D1", "trust_ever"): (5, 6),  # Eve, by her second incident
        ("D1", "trust_7_days"): (2, 6),  # Ann and Bob; of Iris no day was recorded
        ("D1", "mazars"): (4, 6),
        ("D1", "mazars_or_unmappable"): (5, 6),  # Cora, never reported
        ("D1", "referred"): (2, 6),
        ("D1", "inquest"): (1, 6),
        ("D1", "reported"): (5, 6),
        ("D2", "trust"): (4, 5),
        ("D2", "trust_ever"): (5, 5),
        ("D2", "trust_7_days"): (2, 5),
        ("D2", "mazars"): (4, 5),
        ("D2", "mazars_or_unmappable"): (4, 5),
        ("D2", "referred"): (2, 5),
        ("D2", "inquest"): (1, 5),
        ("D2", "reported"): (5, 5),
        ("D4", "trust"): (4, 5),
        ("D4", "trust_ever"): (5, 5),
        ("D4", "trust_7_days"): (2, 5),
        ("D4", "mazars"): (4, 5),
        ("D4", "mazars_or_unmappable"): (4, 5),
        ("D4", "referred"): (2, 5),
        ("D4", "inquest"): (1, 5),
    }


def test_each_window_holds_its_own_deaths(told_run):
    """Eve alone was an in-patient; Iris was last seen three months to the day before."""
    made = definitions.grid(told_run)
    all_deaths = made[made["base"].eq("D1 all deaths")].drop_duplicates("window")
    assert all_deaths["denominator"].tolist() == [1, 4, 5, 5, 6]
    assert fractions(made, WINDOWS["in_window_ip"])["D1", "trust"] == (0, 1)
    assert fractions(made, WINDOWS["in_window_ip"])["D1", "trust_ever"] == (1, 1)


def test_the_headline_is_one_row_and_the_same_as_in_the_chain(told_run):
    made = definitions.grid(told_run)
    (row,) = made[made["headline"]].itertuples(index=False)
    assert (row.window, row.base, row.definition_id) == (YEAR, "D1 all deaths", "trust")
    people = told_run.people
    assert (row.numerator, row.denominator) == (people["unexpected"].sum(), len(people)) == (4, 6)


def test_a_death_of_the_main_provider_is_counted_apart_where_that_was_recorded(told_run):
    deaths = told_run.extract.tables["deaths"]
    own = deaths["date_of_death"].isin(pd.to_datetime(["2012-05-10", "2013-01-15"]))  # Ann, Cora
    deaths = deaths.assign(main_provider=own.astype("boolean"))
    made = fractions(definitions.grid(with_tables(told_run, deaths=deaths)))
    assert made["D3", "trust"] == (1, 2)
    assert made["D3", "mazars_or_unmappable"] == (2, 2)


def test_what_a_case_does_not_record_is_left_out_and_not_counted_as_none(plain):
    """No category day, coroner or crosswalk: no share of none of six is put beside the headline."""
    made = definitions.grid(plain)
    assert made["definition_id"].unique().tolist() == ["trust", "trust_ever", "reported"]
    assert made["base"].unique().tolist() == [
        "D1 all deaths", "D2 on the caseload", "D4 reported",
    ]  # fmt: skip


def test_without_any_day_of_discharge_nobody_is_said_to_be_on_the_caseload(tiny):
    """All deaths would be on it: a second denominator that is the first one once more."""
    made = definitions.grid(tiny)
    assert set(made["base"]) == {"D1 all deaths", "D4 reported"}
    assert fractions(made)["D1", "trust"] == (2, 4)
    held = definitions.denominators(tiny).set_index("id")["held"]
    assert held["D2"] == "not held"


def test_no_numerator_exceeds_its_denominator(told_run, plain, tiny, southern, run):
    for one in (told_run, plain, tiny, southern, run):
        made = definitions.grid(one)
        assert made["numerator"].between(0, made["denominator"]).all()
        assert made["headline"].sum() == 1
        assert not made.duplicated(["line", "definition_id"]).any()


def test_the_shipped_trust_has_its_published_headline_in_the_grid(southern):
    made = definitions.grid(southern)
    head = made[made["headline"]]
    assert head[["numerator", "denominator"]].to_numpy().tolist() == [[722, 10_306]]
    assert len(made) == 5 * (3 * 8 + 7)
    assert fractions(made)["D4", "trust"] == (722, 1454)


# ---- Annual counts ------------------------------------------------------------------------------


def test_annual_counts_are_set_side_by_side_over_the_years_that_hold_both(run):
    made = definitions.grid(run)
    first = made[made["headline"]].iloc[0]
    assert first["window"] == "Years 2011 to 2020"
    shares = strata.ratios(run, by="year", indicators=["state_detention_share"])
    assert [first["numerator"], first["denominator"]] == [
        shares["numerator"].sum(), shares["denominator"].sum(),
    ]  # fmt: skip
    assert len(made) == 8  # four counts out of each of two


def test_the_years_of_annual_counts_follow_the_period(run, over):
    made = definitions.grid(over(run, "2014-07-01", "2016-12-31"))
    assert made["window"].unique().tolist() == ["Years 2015 to 2016"]


# ---- Least and greatest -------------------------------------------------------------------------


def test_the_least_and_the_greatest_share_stand_beside_the_headline(told_run):
    """Without the bound: 7 definitions of all and of those on the caseload, 6 of the reported."""
    made = definitions.grid(told_run)
    made = made.assign(value=made["numerator"] / made["denominator"])
    (row,) = definitions.extremes(made).itertuples(index=False)
    assert row.combinations == 5 * (7 + 7 + 6)
    assert (row.numerator, row.denominator, row.value) == (4, 6, 4 / 6)
    assert (row.least, row.greatest) == (0, 1)
    assert row.greatest_words == (
        "1 of 1; The trust's category, any incident; D1 all deaths; "
        "in-patients of the trust at death"
    )


def grid_of(*rows):
    return pd.DataFrame(rows, columns=[*definitions.GRID, "value"])


def test_shares_of_nobody_or_without_a_value_and_the_bound_are_left_out():
    head = ("12 months", "all", "Trust", "trust", 7, 100, True, 0.07)
    made = definitions.extremes(
        grid_of(
            head,
            ("ip", "all", "Trust", "trust", 0, 0, False, float("nan")),
            ("ip", "all", "Inquest", "inquest", 3, 9, False, float("nan")),
            ("12 months", "all", "Bound", "mazars_or_unmappable", 99, 100, False, 0.99),
            ("30 days", "all", "Inquest", "inquest", 2, 40, False, 0.05),
        )
    )
    assert made[["combinations", "least", "greatest"]].to_numpy().tolist() == [[2, 0.05, 0.07]]


def test_extremes_of_nothing_and_of_a_grid_without_a_headline_are_empty():
    columns = {"combinations", "least", "least_words", "greatest", "greatest_words", "value"}
    for frame in (
        pd.DataFrame(columns=definitions.GRID),
        grid_of(),
        grid_of(("12 months", "all", "Trust", "trust", 7, 100, False, 0.07)),
        grid_of(("12 months", "all", "Trust", "trust", 0, 0, True, float("nan"))),
    ):
        made = definitions.extremes(frame)
        assert made.empty
        assert columns <= set(made)


# ---- The crosswalk ------------------------------------------------------------------------------


def test_each_death_goes_through_the_crosswalk_once(told_run):
    """Ann's cause is external; Bob's is not settled, Finn's not recorded, Iris's not known."""
    made = definitions.mapped(told_run)
    pairs = zip(made["trust_category"], made["cause"], strict=True)
    counted = {pair: n for pair, n in zip(pairs, made["numerator"], strict=True) if n}
    assert counted == {
        ("unexpected", "unnatural"): 1,
        ("unexpected", "unknown"): 3,
        ("expected", "natural"): 1,
        ("not reported", "natural"): 1,
    }
    assert made["denominator"].eq(6).all()
    assert len(made) == len(WALK.splitlines()) - 1


def test_the_rows_add_up_to_all_deaths(told_run, southern):
    for one in (told_run, southern):
        made = definitions.mapped(one)
        assert made["numerator"].sum() == len(one.people)
        assert made["denominator"].eq(len(one.people)).all()


def test_a_report_without_a_category_is_not_known(told_run):
    made = definitions.mapped(incidents(told_run, "W3", expectedness=None))
    held = made.set_index(["trust_category", "cause"])["numerator"]
    assert held["not known", "natural"] == 1
    assert held["expected", "natural"] == 0


def test_the_shipped_trust_maps_its_unexpected_deaths(southern):
    made = definitions.mapped(southern).set_index(["trust_category", "cause"])["numerator"]
    assert made["unexpected"].to_dict() == {"natural": 518, "unnatural": 199, "unknown": 5}
    assert made["not reported"].sum() == 10_306 - 1_454


# ---- When a category was recorded ---------------------------------------------------------------


def lines(frame, category):
    """Deaths of a category by line, short."""
    mine = frame[frame["category"].eq(category)].set_index("when")["numerator"]
    return {short: mine[words] for short, words in WHEN.items()}


def test_each_category_is_in_the_line_of_its_day(told_run):
    made = definitions.recorded_when(told_run)
    assert lines(made, "unexpected") == {
        "by death": 0, "early": 1, "late": 1, "after": 1, "unknown": 1,
    }  # fmt: skip
    assert lines(made, "expected") == {
        "by death": 1, "early": 0, "late": 0, "after": 0, "unknown": 0,
    }  # fmt: skip
    assert made.drop_duplicates("category")["denominator"].tolist() == [4, 1]


@pytest.mark.parametrize(
    ("day", "line"),
    [
        ("2013-03-31", "by death"),
        ("2013-04-01", "by death"),
        ("2013-04-02", "early"),
        ("2013-04-10", "early"),  # reported on 3 April
        ("2013-04-11", "late"),
    ],
)
def test_the_line_turns_on_the_day_of_death_and_the_seventh_day(told_run, day, line):
    """Of Finn, who died on 1 April and was reported on 3 April 2013."""
    made = definitions.recorded_when(
        incidents(told_run, "W4", expectedness_recorded_at=pd.Timestamp(day))
    )
    expected = {"by death": 0, "early": 1, "late": 0, "after": 1, "unknown": 1}
    assert lines(made, "unexpected") == expected | {line: expected[line] + 1}


def test_a_category_whose_report_has_no_day_is_not_said_to_be_early(told_run):
    made = definitions.recorded_when(incidents(told_run, "W4", reported_date=pd.NaT))
    assert lines(made, "unexpected")["unknown"] == 2


def test_the_lines_add_up(told_run, plain, southern):
    for one in (told_run, plain, southern):
        made = definitions.recorded_when(one).groupby("category")
        assert (made["numerator"].sum() == made["denominator"].first()).all()
    made = definitions.recorded_when(southern).groupby("category")["numerator"].sum()
    assert made.to_dict() == {"unexpected": 722, "expected": 712}


# ---- Who else looked ----------------------------------------------------------------------------


def test_checks_of_deaths_that_were_not_called_unexpected(told_run):
    made = definitions.checked(told_run)
    held = {(r.group, r.check): (r.numerator, r.denominator) for r in made.itertuples(index=False)}
    expected, never = "Reported, categorised as expected", "Never reported"
    assessed = "Initial management assessment completed"
    assert held == {
        (expected, "Referred to the coroner"): (1, 1),
        (expected, assessed): (0, 1),
        (expected, "Investigated"): (0, 1),
        (expected, "Any of these"): (1, 1),
        (never, "Referred to the coroner"): (0, 1),
        (never, assessed): (0, 1),
        (never, "Investigated"): (0, 1),
        (never, "Any of these"): (0, 1),
    }


def test_referrals_that_no_source_records_are_no_check(plain):
    made = definitions.checked(plain)
    assert "Referred to the coroner" not in set(made["check"])
    assert made["numerator"].le(made["denominator"]).all()


def test_groups_and_the_unexpected_are_all_deaths(told_run, southern):
    for one in (told_run, southern):
        groups = definitions.checked(one).drop_duplicates("group")
        assert groups["denominator"].sum() + one.people["unexpected"].sum() == len(one.people)


# ---- Denominators of the field ------------------------------------------------------------------


def test_what_a_case_holds_of_each_denominator(told_run):
    names = ["service", "age_band", "sex", "year", "measure", "value"]
    rows = [
        ("ld", "55 to 64", "F", 2012, "person_years", 1000.4),
        ("ld", "55 to 64", "F", 2013, "person_years", 500.0),
        ("ld", "55 to 64", "F", 2011, "person_years", 9000.0),  # before the period
        ("ld", "55 to 64", "F", 2012, "contacts", 70.0),
        ("ld", "55 to 64", "F", 2012, "bed_days", 30.0),
    ]
    exposure = pd.DataFrame(rows, columns=names)
    made = definitions.denominators(with_tables(told_run, exposure=exposure))
    assert made.set_index("id")["held"].to_dict() == {
        "D1": "6 deaths", "D2": "5 deaths", "D3": "not held", "D4": "5 deaths", "D5": "4 deaths",
        "D6": "1,500 person-years", "D7": "70 contacts, 30 bed-days", "D8": "not held",
        "D9": "not held",
    }  # fmt: skip
    assert made.columns.tolist() == ["id", "label", "counts", "legitimate_for", "not_for", "held"]


# ---- Without ------------------------------------------------------------------------------------


def test_a_case_without_people_gives_empty_frames_with_their_columns(project):
    small = start(case=project.name)
    assert definitions.grid(small).columns.tolist() == [*definitions.GRID, "line"]
    assert definitions.mapped(small).columns.tolist() == [
        "trust_category", "cause", "mazars", "note", "numerator", "denominator", "version",
    ]  # fmt: skip
    assert definitions.recorded_when(small).columns.tolist() == [
        "category", "when", "numerator", "denominator",
    ]  # fmt: skip
    assert definitions.checked(small).columns.tolist() == [
        "group", "check", "numerator", "denominator",
    ]  # fmt: skip
    for made in (definitions.grid, definitions.mapped, definitions.recorded_when):
        assert made(small).empty
    assert definitions.checked(small).empty
    assert definitions.denominators(small)["held"].eq("not held").all()


def test_a_case_without_a_crosswalk_maps_nothing(plain):
    made = definitions.mapped(plain)
    assert made.empty
    assert "mazars" in made
