"""The terms of reference of a pack: each item leads to an answer, or says why there is none."""

import pytest
import yaml

from helpers import case
from helpers.errors import InputError
from helpers.pack import matrix


@pytest.fixture
def asked(project):
    """Give a function that writes items into the small case and loads it."""

    def write(*items):
        path = project.folder / "case.yml"
        raw = yaml.safe_load(path.read_text(encoding="utf-8"))
        raw["terms_of_reference"] = [
            {"id": f"A{number}", "question": "Was it so?", **item}
            for number, item in enumerate(items, start=1)
        ]
        path.write_text(yaml.safe_dump(raw), encoding="utf-8")
        return case.load(project.name)

    return write


def shown(name, page, *, empty=False):
    """The facts of an exhibit, as far as the matrix reads them."""
    return {"id": name, "title": f"Title of {name}", "page": page, "unanswered": empty}


PAGE, OTHER = "1_unexpected_death_rates", "2_time_to_investigation"
PACK = [
    shown("rates.chain", PAGE),
    shown("rates.windows", PAGE, empty=True),
    shown("mine.first", PAGE),
]


def standing(loaded, pages=(PAGE,)):
    return [row["standing"] for row in matrix.rows(loaded, PACK, list(pages))]


def test_an_item_stands_as_its_exhibits_do(asked):
    loaded = asked(
        {"exhibits": ["rates.chain", "mine.first"]},
        {"exhibits": ["rates.chain"], "reason": "Only so far."},
        {"exhibits": ["rates.windows"]},
        {"exhibits": ["rates.chain", "rates.windows"]},
        {"reason": "No column says."},
        {"exhibits": ["delay.medians"]},
        {"exhibits": ["rates.chain", "delay.medians"]},
    )
    assert standing(loaded) == [
        *("answered", "in part", "nothing", "answered", "cannot", "not run", "in part"),
    ]


def test_findings_of_which_there_are_none_answer_nothing(asked):
    loaded = asked({"exhibits": ["mine.said"]})
    for found, stands in (([], "nothing"), ([{"id": "mine.said.all"}], "answered")):
        said = {"kind": "findings", "findings": found, **shown("mine.said", PAGE)}
        assert matrix.rows(loaded, [said], [PAGE])[0]["standing"] == stands


def test_a_row_says_where_each_exhibit_is_and_which_were_not_run(asked):
    (row,) = matrix.rows(asked({"exhibits": ["rates.windows", "delay.medians"]}), PACK, [PAGE])
    title = "Title of rates.windows"
    assert row["exhibits"] == [{"id": "rates.windows", "title": title, "page": PAGE, "empty": True}]
    assert row["elsewhere"] == ["Exhibit 2.23"]


def refused(loaded, pages):
    with pytest.raises(InputError) as error:
        matrix.rows(loaded, PACK, pages)
    return [str(problem) for problem in error.value.problems]


def test_an_exhibit_that_nothing_has_is_refused_by_name(asked):
    loaded = asked({"exhibits": ["rates.chian"]}, {"exhibits": ["mine.second", "rates.chain"]})
    found = refused(loaded, [PAGE])
    assert len(found) == 2
    assert found[0].startswith(
        "data/small/case.yml, terms_of_reference A1: exhibit 'rates.chian' is not in this pack."
    )
    assert "terms_of_reference A2: exhibit 'mine.second'" in found[1]


def test_an_exhibit_that_its_own_page_does_not_show_is_refused(asked):
    loaded = asked({"exhibits": ["rates.steps"]})
    assert matrix.rows(loaded, PACK, [OTHER])[0]["standing"] == "not run"
    (said,) = refused(loaded, [PAGE])
    assert f"'rates.steps' is not shown by notebook {PAGE}" in said


def test_a_misspelt_exhibit_is_found_before_anything_runs(asked):
    loaded = asked({"exhibits": ["rates.chian", "mine.first", "rates.chain"]})
    with pytest.raises(InputError) as error:
        matrix.check(loaded, ['show.table("mine.first", frame)'])
    assert [str(problem) for problem in error.value.problems] == [
        "data/small/case.yml, terms_of_reference A1: exhibit 'rates.chian' is in no notebook. "
        "Correct its id, or take it out."
    ]


def test_a_case_without_terms_of_reference_has_no_rows(asked):
    assert matrix.rows(asked(), PACK, [PAGE]) == []
