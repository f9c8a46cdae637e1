"""Counts and ratios against a few lines of plain pandas on the raw file of the Ministry of Justice.

Nothing of the package computes the expected numbers here.
"""

import pandas as pd
import pytest

from helpers.cohort import holdings, strata
from helpers.errors import InputError

REPORTED, OPENED, EXAMINED = "TDR_TDR_TDR", "TDR_IQ_T", "PM_TDR_T"
DETAINED = "Custody_Total"


@pytest.fixture(scope="module")
def moj(coroners):
    """The raw file: one row a coroner area and year."""
    path = coroners / "moj_coroner_statistics_1995_2020.csv"
    return pd.read_csv(path, encoding="utf-8-sig").copy()  # in one piece: it is 199 columns wide


def paired(moj, over, under):
    """The rows in which both parts of a ratio were recorded."""
    return moj.dropna(subset=[over, under])


# ---- Totals -------------------------------------------------------------------------------------


def test_totals_by_year_are_the_sums_of_the_file(run, moj):
    frame = strata.totals(run, by="year", measures=["deaths_reported", "inquests_opened"])
    for measure, column in (("deaths_reported", REPORTED), ("inquests_opened", OPENED)):
        raw = moj.groupby("Year")[column].sum()
        made = frame[frame["measure"].eq(measure)].set_index("year")["numerator"]
        assert made.to_dict() == raw.astype(int).to_dict()


def test_totals_count_the_cells_with_no_number(run, moj):
    frame = strata.totals(run, by="year", measures=["deaths_reported"]).set_index("year")
    assert (
        frame["not_recorded"].to_dict() == moj[REPORTED].isna().groupby(moj["Year"]).sum().to_dict()
    )


def test_totals_by_region_and_year_are_the_sums_of_the_file(run, moj):
    frame = strata.totals(run, by=["region", "year"], measures=["post_mortems"])
    london = frame[frame["region"].eq("London")].set_index("year")["numerator"]
    raw = moj[moj["Region"].eq("London")].groupby("Year")[EXAMINED].sum()
    assert london.to_dict() == raw.astype(int).to_dict()
    yorkshire = frame[frame["region"].str.startswith("Yorkshire")]["numerator"].sum()
    assert yorkshire == moj.loc[moj["Region"].str.startswith("Yorkshire"), EXAMINED].sum()


def test_totals_by_area_leave_out_the_rows_whose_area_is_in_doubt(run, over, moj):
    frame = strata.totals(
        over(run, "2013-01-01", "2013-12-31"), by="area", measures=["deaths_reported"]
    )
    raw = moj[moj["Year"].eq(2013)].drop_duplicates("Coroner_area", keep=False)
    assert frame["numerator"].sum() == raw[REPORTED].sum()
    assert len(frame) == len(raw)
    assert not frame["area"].str.startswith("Blackburn, Hyndburn").any()


def test_a_measure_not_collected_in_the_period_has_no_rows(run, over):
    early = over(run, "1995-01-01", "2010-12-31")
    assert strata.totals(early, by="year", measures=["state_detention"]).empty


def test_a_stratum_with_no_number_at_all_is_missing_and_no_zero(small):
    frame = strata.totals(small, by=["area", "year"], measures=["opened"])
    weston = frame[frame["area"].eq("Weston") & frame["year"].eq(2019)]
    assert weston["numerator"].isna().tolist() == [True]
    assert weston["not_recorded"].tolist() == [1]


def test_measures_keep_the_order_in_which_they_are_asked_for(run):
    asked = ["post_mortems", "deaths_reported", "inquests_opened"]
    frame = strata.totals(run, by="year", measures=asked)
    assert frame["measure"].head(3).tolist() == asked


# ---- Ratios -------------------------------------------------------------------------------------


def test_ratios_by_year_are_those_of_the_file(run, moj):
    frame = strata.ratios(run, by="year", indicators=["inquests_opened_share"]).set_index("year")
    raw = paired(moj, OPENED, REPORTED).groupby("Year")[[OPENED, REPORTED]].sum().astype(int)
    assert frame["numerator"].to_dict() == raw[OPENED].to_dict()
    assert frame["denominator"].to_dict() == raw[REPORTED].to_dict()
    # 31,991 / 205,438 = 15.6%: Coroners statistics 2020 gives 32,000 of 205,400.
    assert frame.loc[2020, ["numerator", "denominator"]].tolist() == [31_991, 205_438]


def test_ratios_by_region_of_the_last_year_are_those_of_the_file(run, moj):
    frame = strata.ratios(run, by="region", indicators=["post_mortem_share"], latest=True)
    names = {"Yorkshire and The Humber": "Yorkshire and the Humber", "-": "The Queen's Household"}
    raw = paired(moj[moj["Year"].eq(2020)], EXAMINED, REPORTED)
    raw = raw.groupby(raw["Region"].replace(names))[[EXAMINED, REPORTED]].sum()
    made = frame.assign(region=frame["region"].str.replace(" (no region)", "")).set_index("region")
    assert made["numerator"].to_dict() == raw[EXAMINED].astype(int).to_dict()
    assert made["denominator"].to_dict() == raw[REPORTED].astype(int).to_dict()


def test_ratios_by_area_are_those_of_the_file(run, over, moj):
    year = over(run, "2013-01-01", "2013-12-31")
    frame = strata.ratios(year, by="area", indicators=["inquests_opened_share"]).set_index("area")
    raw = moj[moj["Year"].eq(2013)].drop_duplicates("Coroner_area", keep=False)
    raw = raw[raw[REPORTED].gt(0)]  # an area with no deaths reported has no share of them
    assert len(frame) == len(raw)
    assert frame["numerator"].sum() == raw[OPENED].sum()
    assert frame["denominator"].sum() == raw[REPORTED].sum()
    wales = raw.set_index("Coroner_area").loc["Gwent", [OPENED, REPORTED]].astype(int).tolist()
    assert frame.loc["Gwent", ["numerator", "denominator"]].tolist() == wales


def test_every_indicator_is_its_numerator_out_of_its_denominator(run, moj, coroners):
    columns = pd.read_csv(coroners / "measures.csv").set_index("measure")["columns"].str.split("+")
    for item in run.case.indicators:
        frame = strata.ratios(run, by="year", indicators=[item.id])
        raw = pd.DataFrame(
            {
                "year": moj["Year"],
                "over": moj[columns[item.numerator]].sum(axis=1, min_count=1),
                "under": moj[columns[item.denominator]].sum(axis=1, min_count=1),
            }
        ).dropna()
        raw = raw[raw["year"].isin(frame["year"])].groupby("year")[["over", "under"]].sum()
        assert frame["numerator"].tolist() == raw["over"].tolist(), item.id
        assert frame["denominator"].tolist() == raw["under"].tolist(), item.id
        assert frame["numerator"].le(frame["denominator"]).all(), item.id


def test_a_stratum_with_one_part_missing_is_left_out_of_both_parts(small):
    """Weston reported 60 deaths in 2019 and no number of inquests: 64 of 320, not 64 of 380."""
    frame = strata.ratios(small, by="year").set_index("year")
    assert frame["numerator"].to_dict() == {2018: 55, 2019: 64, 2020: 97}
    assert frame["denominator"].to_dict() == {2018: 350, 2019: 320, 2020: 440}


def test_ratios_by_area_leave_out_a_repeated_area_and_ratios_by_year_keep_it(small, over):
    year = over(small, "2020-01-01", "2020-12-31")
    by_area = strata.ratios(year, by="area").set_index("area")
    assert by_area["denominator"].to_dict() == {"Northtown": 120, "Weston": 70}
    assert strata.ratios(year)["denominator"].tolist() == [440]


def test_only_the_last_year_is_given_on_request(small):
    frame = strata.ratios(small, latest=True)
    assert frame[["numerator", "denominator"]].to_numpy().tolist() == [[97, 440]]


def test_an_indicator_that_does_not_exist_is_refused(run):
    with pytest.raises(InputError, match="inquests_opend_share"):
        strata.ratios(run, indicators=["inquests_opend_share"])


def test_a_stratum_that_does_not_exist_is_refused(run):
    with pytest.raises(InputError, match="county"):
        strata.ratios(run, by=["year", "county"])


# ---- Compositions -------------------------------------------------------------------------------


def test_parts_stand_beside_the_total_that_the_source_gives(run, moj, coroners):
    measures = pd.read_csv(coroners / "measures.csv")
    members = measures[measures["composition"].eq("state_detention")].set_index("measure")
    frame = strata.parts(run, "state_detention")
    for year in (2011, 2016, 2020):
        rows = frame[frame["year"].eq(year)].set_index("measure")
        raw = moj[moj["Year"].eq(year)]
        assert rows["denominator"].eq(raw[DETAINED].sum()).all()
        for measure, row in rows.iterrows():
            columns = members.loc[measure, "columns"].split("+")
            assert row["numerator"] == raw[columns].sum().sum(), (measure, year)


def test_a_composition_that_the_case_does_not_have_has_no_parts(run):
    assert strata.parts(run, "nothing").empty


def test_the_one_year_whose_parts_do_not_add_up_is_found(run, moj, coroners):
    """The conclusions by type of 2014 sum to 29,140 and their total is given as 29,153."""
    measures = pd.read_csv(coroners / "measures.csv")
    members = measures[measures["composition"].eq("conclusions")]
    raw = moj[moj["Year"].eq(2014)]
    parts = sum(raw[columns.split("+")].sum().sum() for columns in members["columns"])
    frame = strata.gaps(run)
    assert frame[["year", "parts", "total", "difference"]].to_numpy().tolist() == [
        [2014, parts, raw["Total_Verdicts_T"].sum(), -13]
    ]


# ---- Areas over time ----------------------------------------------------------------------------


def test_areas_are_compared_with_the_last_year_by_name_apart_from_capitals_and_spaces(run, moj):
    frame = strata.comparable_areas(run, measure="deaths_reported").set_index("year")
    raw = moj.assign(key=moj["Coroner_area"].str.casefold().str.split().str.join(" "))
    doubt = raw.duplicated(["Year", "key"], keep=False)
    last = set(raw.loc[raw["Year"].eq(2020), "key"])
    same = raw["key"].isin(last) & ~doubt
    assert frame["areas"].to_dict() == raw.groupby("Year")["key"].nunique().to_dict()
    assert frame["same_name"].to_dict() == raw[same].groupby("Year")["key"].nunique().to_dict()
    shared = raw[same].groupby("Year")[REPORTED].sum()
    assert frame["numerator"].to_dict() == shared.astype(int).to_dict()
    assert frame["denominator"].to_dict() == raw.groupby("Year")[REPORTED].sum().to_dict()
    assert frame.loc[2013, "in_doubt"] == 3
    assert frame["in_doubt"].sum() == 3


def test_in_the_last_year_every_area_compares_with_itself(run):
    last = strata.comparable_areas(run, measure="deaths_reported").iloc[-1]
    assert last["areas"] == last["same_name"]
    assert last["numerator"] == last["denominator"] == 205_438


def test_a_measure_without_rows_gives_an_empty_frame(run, over):
    early = over(run, "1995-01-01", "1995-12-31")
    assert strata.comparable_areas(early, measure="state_detention").empty


# ---- What there is ------------------------------------------------------------------------------


def test_the_overview_counts_rows_in_all_and_in_the_period(small, over):
    frame = holdings.overview(over(small, "2019-01-01", "2019-12-31")).set_index("table")
    # 10 rows of 2 measures, and 7 of the one collected from 2019; 3 rows a year of 3 in 2019.
    assert frame.loc["counts"].tolist() == [27, 9]
    assert frame.loc["reports"].tolist() == [4, 2]


def test_the_measures_of_the_first_notebook_are_those_of_its_indicators(run):
    assert strata.headline(run)[:3] == ["deaths_reported", "inquests_opened", "post_mortems"]
    assert len(set(strata.headline(run))) == len(strata.headline(run))


def test_the_indicators_are_listed_with_their_definitions(run):
    frame = holdings.indicators(run)
    assert frame["id"].tolist() == [item.id for item in run.case.indicators]
    assert frame["definition"].str.len().gt(0).all()


def test_the_latest_year_is_taken_of_the_whole_or_of_each_group():
    frame = pd.DataFrame({"group": ["a", "a", "b"], "year": [2019, 2020, 2018], "n": [1, 2, 3]})
    assert strata.latest(frame)["n"].tolist() == [2]
    assert strata.latest(frame, within="group")["n"].tolist() == [2, 3]
    assert strata.latest(frame.head(0)).empty
