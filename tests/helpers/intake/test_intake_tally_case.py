"""A case with a tally: it runs, every row is accounted for, and what is withheld is never shown."""

import pytest
import yaml

import helpers
from helpers.cohort import quality, strata
from helpers.errors import InputError

CASE = """\
case_version: 1
id: many
title: A made-up county
data_status: synthetic
summary: Rows made up for tests.
period: {start: 2012-04-01, end: 2014-03-31}
extract_date: 2014-09-30
year_start_month: 4
profiles: [internal]
dimensions: {area: Trust, sex: Sex, age_band: Age band}
sources:
  - id: deaths
    title: Deaths of two trusts
    publisher: Nobody
    file: deaths.csv
    licence: none
    encoding: utf-8
    layout: tally
    coverage: {start: 2011-04-01, end: 2014-03-31}
    dimensions:
      area: {from: Trust, map_file: trusts.csv}
      age_band: {from: Age, bands: [0, 18, 65], missing: [NK]}
      sex: {from: Sex, map: {F: Female, M: Male}, otherwise: quarantine}
    tally:
      date: {from: Died, format: '%d/%m/%Y', missing: [NR]}
      known: {Category: [Expected]}
      measures:
        deaths: {label: Deaths}
        unexpected: {label: Unexpected deaths, where: {Category: [Unexpected]}}
indicators:
  - id: unexpected_share
    label: Unexpected deaths
    numerator: unexpected
    denominator: deaths
    claim_type: process
    definition: Deaths categorised as unexpected.
    cannot_show: Whether a death could have been prevented.
    sentence: "{numerator} of {denominator} deaths were categorised as unexpected"
"""
SECRET = "lived with her sister at ZZ99 3ZZ"  # noqa: S105 - a text that must appear nowhere
DEATHS = f"""\
Number,Died,Trust,Age,Sex,Category,Notes
1,31/03/2012,T1,70,F,Unexpected,before the period
2,01/04/2012,T1,70,F,Unexpected,{SECRET}
3,02/04/2012,T1,71,F,Expected,
4,03/04/2012,T2,NK,M,,
5,01/04/2013,T2,17,{SECRET},Unexpected,
6,NR,T2,50,M,Expected,
7,2013-05-01,T2,50,M,Expected,

8,01/05/2013,T2,-1,M,Expected,
9,01/04/2014,T2,50,M,Expected,after the coverage
10,01/01/1900,T2,50,M,Expected,before the coverage
11,01/01/1850,T2,50,M,Expected,never
"""
TRUSTS = "raw_value,canonical_id\nT1,Northtown\nT2,Southtown\n"


@pytest.fixture
def many(tmp_path, monkeypatch):
    """Give the folder of the case, in force for the test."""
    folder = tmp_path / "data" / "many"
    folder.mkdir(parents=True)
    for name, text in (("case.yml", CASE), ("deaths.csv", DEATHS), ("trusts.csv", TRUSTS)):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path))
    return folder


def test_a_case_with_a_tally_runs_and_every_row_is_accounted_for(many):
    run = helpers.start(case="many")
    counts = run.counts
    keys = ["year", "area", "age_band", "sex", "measure", "events"]
    assert counts[keys].to_numpy().tolist() == [
        [2012, "Northtown", "65 and over", "Female", "deaths", 2],
        [2012, "Southtown", "Not recorded", "Male", "deaths", 1],
        [2013, "Southtown", "Under 18", "Not recorded", "deaths", 1],
        [2012, "Northtown", "65 and over", "Female", "unexpected", 1],
        [2012, "Southtown", "Not recorded", "Male", "unexpected", 0],
        [2013, "Southtown", "Under 18", "Not recorded", "unexpected", 1],
    ]
    assert counts["source_id"].unique().tolist() == ["deaths"]
    assert run.accounts.to_dict("records") == [
        {
            "source_id": "deaths",
            "file": "deaths.csv",
            "rows_read": 11,
            "rows_used": 4,
            "rows_quarantined": 4,
            "rows_out_of_scope": 3,
        }
    ]
    told = quality.fates(run)
    assert told["numerator"].sum() == 11
    assert dict(zip(told["reason"], told["numerator"], strict=True)) == {
        "in the period": 4,
        "no date of death recorded": 1,
        "date not in the declared format": 1,
        "date that no record can have": 1,
        "age below 0": 1,
        "before the days that the source covers": 1,
        "after the days that the source covers": 1,
        "outside the period": 1,
    }
    assert run.extract.inputs["file"].tolist() == ["case.yml", "deaths.csv", "trusts.csv"]
    assert run.scope("counts").period == "1 April 2012 to 31 March 2014"


def test_flags_of_a_tally_name_rows_and_never_what_was_withheld(many):
    run = helpers.start(case="many")
    flags = run.extract.flags
    keys = ["code", "source_row", "column", "value"]
    assert flags[keys].to_numpy().tolist() == [
        ["X04", 5, "Age", "NK"],
        ["X04", 5, "Category", ""],
        ["X14", 6, "Sex", "(withheld)"],
        ["X04", 7, "Died", "NR"],
        ["X01", 8, "Died", "2013-05-01"],
        ["X19", 10, "Age", "-1"],
        ["X03", 13, "Died", "01/01/1850"],
    ]
    assert "(1 row)" in flags["reason"].iloc[0]
    everything = [*run.extract.tables.values(), flags, run.extract.measures]
    assert all("sister" not in frame.to_csv() for frame in everything)


def test_the_first_steps_of_the_first_notebook_work_on_a_tally(many):
    run = helpers.start(case="many", strata=["area"], funnel_indicator="unexpected_share")
    made = strata.ratios(run, by="year")
    assert made[["numerator", "denominator"]].to_numpy().tolist() == [[1, 3], [1, 1]]
    made = strata.ratios(run, by=["area"], indicators=["unexpected_share"])
    assert made[["numerator", "denominator"]].to_numpy().tolist() == [[1, 2], [1, 2]]


def test_years_of_the_measures_are_those_that_the_source_covers(many):
    path = many / "case.yml"
    said = "coverage: {start: 2011-04-01, end: 2014-03-31}"
    for days, years in (
        ("{start: 2011-04-01, end: 2014-03-31}", [2011, 2013]),
        ("{start: 2011-03-31, end: 2014-04-01}", [2011, 2013]),
        ("{start: 2011-04-02, end: 2014-03-30}", [2012, 2012]),
    ):
        path.write_text(CASE.replace(said, f"coverage: {days}"), encoding="utf-8")
        measures = helpers.start(case="many").extract.measures
        assert measures[["first_year", "last_year"]].to_numpy().tolist() == [years] * 2


def test_a_value_that_nobody_named_stops_the_run(many):
    path = many / "deaths.csv"
    text = DEATHS.replace("71,F,Expected", "71,F,Unexpectd").replace("70,F", "70 years,F")
    path.write_text(text.replace(",T1,71", ",T9,71"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        helpers.start(case="many")
    assert [str(one) for one in caught.value.problems] == [
        "deaths.csv, column Trust, row 4: 'T9' is not mapped (1 rows). Add it to trusts.csv.",
        "deaths.csv, column Age, row 2, 3: '70 years' is not a number (2 rows). Name the word "
        "under missing in case.yml, or ask for the extract again.",
        "deaths.csv, column Category, row 4: 'Unexpectd' is not known (1 rows). Name it where a "
        "measure asks for it, or under known, in case.yml.",
    ]


def test_text_about_a_person_is_withheld_where_there_is_no_map(many):
    path = many / "case.yml"
    rule = "map: {F: Female, M: Male}, otherwise: quarantine"
    path.write_text(CASE.replace(f", {rule}", ""), encoding="utf-8")
    run = helpers.start(case="many")
    assert sorted(run.counts["sex"].unique()) == ["F", "M", "Not recorded"]
    assert "X14" in run.extract.flags["code"].tolist()


def rewritten(many, change):
    """Change what case.yml says of the source."""
    raw = yaml.safe_load(CASE)
    change(raw, raw["sources"][0])
    (many / "case.yml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c, s: s.pop("tally"), "'tally' says what is counted"),
        (lambda c, s: s.update(layout="records"), "'tally' says what is counted"),
        (lambda c, s: s["dimensions"].update(ward={"from": "Ward"}), "ward is not a column"),
        (lambda c, s: s["dimensions"]["sex"].update(fold_case=True), "does not read fold_case"),
        (lambda c, s: s["dimensions"]["area"].update(bands=[1]), "more than one of map"),
        (lambda c, s: s["dimensions"]["age_band"].update(bands=[5, 1]), "rising ages"),
        (lambda c, s: s["dimensions"]["age_band"].update(bands=[150]), "less than or equal"),
        (lambda c, s: s["dimensions"]["sex"].update(otherwise="Other"), "quarantine only"),
        (lambda c, s: s.update(year="Died"), "does not read year"),
        (lambda c, s: s["tally"]["date"].update(also=["%Y"]), "the date of a tally has also"),
        (lambda c, s: s["tally"]["date"].update({"from": ["a", "b"]}), "more than one column"),
        (lambda c, s: s["tally"]["known"].update(Other=["x"]), "which no measure asks for"),
        (lambda c, s: s["tally"].update(measures={}), "at least 1"),
        (lambda c, s: s["tally"].update(delimiter="x"), "delimiter"),
        (lambda c, s: c.update(data_status="real", profiles=["open"]), "internal"),
        (lambda c, s: s["dimensions"]["area"].update(map_file="none.csv"), "not there"),
        (lambda c, s: s["tally"]["date"].pop("format"), "no format is declared"),
        (lambda c, s: c["indicators"][0].update(numerator="none"), "not a measure"),
    ],
)
def test_a_tally_that_cannot_be_read_as_declared_is_refused(many, change, said):
    rewritten(many, change)
    with pytest.raises(InputError, match=said):
        helpers.start(case="many")


def test_bands_are_for_a_tally(project):
    project.edit(
        "case.yml", "region: {from: region, map:", "region: {from: region, bands: [1], map:"
    )
    with pytest.raises(InputError, match="bands are for the layout tally"):
        helpers.start(case="small")
