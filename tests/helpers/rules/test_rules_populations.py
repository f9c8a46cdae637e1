"""Standard populations: the published totals, and bands that cut a published band."""

import pandas as pd
import pytest

from helpers.rules.populations import BANDS, internal, population


def test_the_european_standard_population_adds_up_as_published():
    """Eurostat (2013): 100,000 in all; 7,000 at each five years from 35 to 54; 1,000 from 90 on."""
    assert population("ESP2013")["weight"].sum() == pytest.approx(100_000)
    bands = {"35 to 54": (35, 54), "90 and over": (90, 120), "Under 1": (0, 0)}
    assert population(bands=bands)["weight"].tolist() == [28_000, 1_000, 1_000]


def test_a_published_band_that_a_boundary_cuts_is_divided_by_year_of_age_and_said():
    made = population().set_index("age_band")
    assert made.loc["Under 18", "weight"] == 1000 + 4000 + 5500 + 5500 + 5500 * 3 / 5
    assert made.loc["18 to 24", "weight"] == 5500 * 2 / 5 + 6000
    assert "15 to 19 divided evenly" in made.loc["18 to 24", "split"]
    assert made.loc["25 to 34", "split"] == ""


def test_a_standard_of_adults_leaves_out_the_young():
    made = population(least=18)
    assert made["age_band"].tolist() == list(BANDS)[1:]
    assert made["citation"].str.contains("Eurostat").all()


@pytest.mark.parametrize("bands", [{"a": (5, 3)}, {"a": (0, 9), "b": (9, 20)}])
def test_bands_that_are_empty_or_overlap_are_refused(bands):
    with pytest.raises(ValueError, match="overlap"):
        population(bands=bands)


def test_a_standard_that_is_not_there_is_refused_with_those_that_are():
    with pytest.raises(ValueError, match="there is ESP2013"):
        population("ESP1812")


def test_people_of_the_case_are_a_standard_of_their_own():
    frame = pd.DataFrame({"sex": list("FMF"), "year": [1, 1, 2], "denominator": [1.0, 2.0, 3.0]})
    assert internal(frame, ["sex"]).set_index("sex")["weight"].to_dict() == {"F": 4.0, "M": 2.0}


def test_one_column_may_be_named_alone():
    frame = pd.DataFrame({"sex": list("FMF"), "denominator": [1.0, 2.0, 3.0]})
    assert internal(frame, "sex").equals(internal(frame, ["sex"]))


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (pd.DataFrame({"sex": ["F", None], "denominator": [1.0, 2.0]}), "Row 1: the stratum is"),
        (pd.DataFrame({"sex": ["F", "M"], "denominator": [1.0, None]}), "Row 1: the denominator"),
        (pd.DataFrame({"sex": ["F", "M"], "denominator": [-1.0, 2.0]}), "Row 0: the denominator"),
        (pd.DataFrame({"sex": ["F"]}), "Missing column 'denominator'"),
    ],
)
def test_nobody_is_left_out_of_a_standard_in_silence(frame, words):
    with pytest.raises(ValueError, match=words):
        internal(frame, ["sex"])
