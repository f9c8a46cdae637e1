"""What an exhibit says that it cannot show: the limits that the case gives, none of them lost."""

import pandas as pd
import pytest

from helpers.cohort import strata
from helpers.exhibits import Exhibits

DOLS = "Deprivation of Liberty Safeguards"
NOTEBOOK = "1_unexpected_death_rates"


def limits(facts):
    """Each limit with its white space as one."""
    return [" ".join(text.split()) for text in facts["cannot_show"]]


@pytest.fixture(scope="module")
def parts(run):
    """The parts of both wholes of the first notebook, by year."""
    return strata.compositions(run, NOTEBOOK)


def test_the_limits_of_every_whole_reach_a_table_of_their_parts(run, parts):
    facts = Exhibits(run).table("mine.parts", parts, title="Parts", shows="Parts.").facts
    said = limits(facts)
    wholes = ["state_detention", "conclusions"]
    assert said == [" ".join(run.case.compositions[name].cannot_show.split()) for name in wholes]
    assert [DOLS in text for text in said] == [True, True]
    assert "2015 to April 2017 only" in said[0]
    assert "Natural causes include deaths" in said[1]
    assert [item["id"] for item in facts["definitions"]] == wholes
    assert facts["claim_type"] == "process, outcome"


def test_they_reach_the_figure_drawn_of_the_parts_beside_those_of_the_catalogue(run, parts):
    from helpers import figures

    shown = parts.assign(value=parts["numerator"] / parts["denominator"])
    drawn = figures.stacked(shown, panel="whole")
    said = limits(Exhibits(run).figure("rates.parts_figure", drawn, of=shown).facts)
    assert sum(DOLS in text for text in said) >= 2
    for name in ("state_detention", "conclusions"):
        assert " ".join(run.case.compositions[name].cannot_show.split()) in said


def test_only_the_wholes_that_are_shown_bring_their_limits(run, parts):
    one = parts[parts["composition"].eq("conclusions")]
    facts = Exhibits(run).table("mine.parts", one, title="Parts", shows="Parts.").facts
    assert [item["id"] for item in facts["definitions"]] == ["conclusions"]


@pytest.mark.parametrize("frame", [pd.DataFrame({"composition": ["unheard of"]}), pd.DataFrame()])
def test_a_whole_that_the_case_does_not_name_leaves_the_words_of_the_exhibit(run, frame):
    facts = (
        Exhibits(run)
        .table("mine.parts", frame, title="Parts", shows="Parts.", cannot_show="Mine.")
        .facts
    )
    assert facts["cannot_show"] == ["Mine."]
    assert [item["id"] for item in facts["definitions"]] == ["mine.parts"]
