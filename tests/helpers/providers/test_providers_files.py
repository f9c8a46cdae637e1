"""A folder of providers that cannot be used is refused with every reason; one that can is read."""

import numpy as np
import pandas as pd
import pytest
from by_hand import ABOUT

from helpers import start
from helpers.errors import InputError
from helpers.intake.reading import sha256
from helpers.providers import example, files

ONE, TWO = ("North", 2018, 3, 10), ("South", 2018, 4, 20)
OPEN = ABOUT.replace("[internal]", "[open, internal]")


def problems(name="region"):
    with pytest.raises(InputError) as error:
        files.read(name)
    return [str(problem) for problem in error.value.problems]


def test_numbers_and_days_have_their_types_and_those_withheld_are_missing(folder, rows):
    folder(rows(ONE, ("South", 2018, np.nan, 20)))
    held = files.read("region").rows
    assert held["numerator"].tolist()[0] == 3
    assert held["numerator"].isna().tolist() == [False, True]
    assert held["period_end"].tolist() == [pd.Timestamp("2018-12-31")] * 2
    assert held["source_row"].tolist() == [2, 3]


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"provider": ""}, "provider is blank"),
        ({"definition_id": ""}, "definition_id is blank"),
        ({"window": ""}, "window is blank"),
        ({"period_end": "2017-01-01"}, "the period ends before it starts"),
        ({"data_status": "synthetic"}, "the row is synthetic, the folder real"),
        ({"age_band": "18 to 24"}, "a cell has some of service, age_band, sex and not all"),
        ({"numerator": 11}, "the numerator is larger than the denominator"),
        ({"numerator": 2.5}, "numerator '2.5' is not a whole number, 0 or more"),
        ({"numerator": -1}, "numerator '-1' is not a whole number, 0 or more"),
    ],
)
def test_each_fault_is_named_with_its_row(folder, rows, change, said):
    folder(rows(TWO, (*ONE, change)))
    (found,) = problems()
    assert said in found
    assert "data/region/indicators.csv, row 3" in found


def test_several_faults_are_named_at_once(folder, rows):
    folder(rows((*ONE, {"provider": ""}), (*TWO, {"numerator": 21})))
    assert len(problems()) == 2


def test_a_person_is_not_counted_twice(folder, rows):
    first = {"period_start": "2018-01-01", "period_end": "2018-06-30"}
    folder(rows(ONE, (*ONE, first)))
    (found,) = problems()
    assert "share a day" in found


def test_two_halves_of_a_year_share_no_day(folder, rows):
    first = {"period_start": "2018-01-01", "period_end": "2018-06-30"}
    second = {"period_start": "2018-07-01", "period_end": "2018-12-31"}
    folder(rows((*ONE, first), (*ONE, second)))
    assert len(files.read("region").rows) == 2


@pytest.mark.parametrize(
    ("about", "said"),
    [
        (OPEN, "real numbers of providers are in the profile open"),
        (ABOUT + "colour: red\n", "extra inputs are not permitted"),
        (ABOUT.replace("id: region", "id: other"), "id 'other' is not the name of its folder"),
        (ABOUT + "mergers: sometimes\n", "input should be 'from_date' or 'whole_series'"),
        ("a: [", "not readable as YAML"),
    ],
)
def test_what_a_folder_says_of_itself_is_checked(folder, rows, about, said):
    folder(rows(ONE), about=about)
    assert said in problems()[0]


def test_a_folder_that_is_not_there_is_named_with_those_that_are(folder, rows):
    folder(rows(ONE))
    (found,) = problems("nowhere")
    assert "there is no folder 'nowhere' of providers" in found
    assert "region, own" in found


def test_a_run_lists_the_files_that_its_comparison_rests_on(folder, rows):
    made = folder(rows(ONE))
    run = start(case="coroners", period_start="2018-01-01", period_end="2018-12-31",
                providers="region", release_profile="internal")  # fmt: skip
    block = run.block()
    held = {item["file"]: item["sha256"] for item in block["inputs"]}
    assert held["../region/indicators.csv"] == sha256(made / "indicators.csv")
    assert run.case.path("../region/indicators.csv").read_bytes()
    (row,) = [row for row in block["rows"] if row["source_id"] == "region"]
    assert (row["rows_read"], row["rows_used"], row["rows_out_of_scope"]) == (1, 1, 0)
    assert run.scope("providers").publisher == "a board"


# ---- The folder that ships ----------------------------------------------------------------------


@pytest.mark.slow
def test_the_example_is_what_its_seed_gives():
    folder = files._folder("providers_example")
    made = example.make()
    assert {path.name for path in folder.iterdir()} == set(made)
    for file, text in made.items():
        assert (folder / file).read_bytes() == text.encode(), file


@pytest.mark.slow
def test_another_seed_gives_other_numbers():
    assert example.make(seed=2)["indicators.csv"] != example.make()["indicators.csv"]


@pytest.mark.slow
def test_every_row_of_the_example_says_that_it_is_synthetic():
    held = files.read("providers_example").rows
    assert held["provider"].str.startswith("SYNTHETIC").all()
    assert held["data_status"].eq("synthetic").all()
    for text in example.make().values():
        assert "SYNTHETIC" in text


def test_the_cells_of_the_example_add_up_to_everybody_but_for_the_year_without_cells():
    held = files.read("providers_example").rows
    held = held[held["indicator"].eq("reported_share")]
    cells = held["service"].ne("")
    over = ["numerator", "denominator"]
    whole = held[~cells].groupby("provider")[over].sum()
    parts = held[cells].groupby("provider")[over].sum()
    differ = (whole - parts).loc[lambda gap: gap["denominator"].ne(0)]
    assert differ.index.tolist() == ["SYNTHETIC Trust 23"]
