"""The front of a pack: which findings come first, how sure each is, and what it cannot show."""

import pytest

from helpers.exhibits.wording import faults
from helpers.exhibits.words import catalogue
from helpers.pack import front

PAGES = [{"name": name, "title": name, "question": "What?"} for name in ("1_rates", "2_mine")]


def finding(name, **given):
    values = {"low": 0.1, "high": 0.2, "level": 0.95, "unit": "proportion", "definition": "share"}
    return {"id": name, "text": f"Text of {name}.", **values, **given}


def exhibit(name, *endings, page="1_rates", definitions=(), **given):
    return {
        "id": name,
        "title": f"Title of {name}",
        "page": page,
        "cannot_show": ["A limit of the exhibit."],
        "definitions": list(definitions),
        "findings": [finding(f"{name}.{ending}", **given) for ending in endings],
    }


def chosen(stating, **given):
    return [
        [found["id"] for found in group["findings"]]
        for group in front.headlines(PAGES, stating, **given)
    ]


# How sure ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "between 10.0% and 20.0% (95% interval)"),
        ({"level": 0.99}, "(99% interval)"),
        ({"unit": "days", "low": 6.0, "high": 7.5}, "between 6 and 7.5 days"),
        ({"unit": "ratio", "low": 1.222, "high": 1.4}, "between 1.22 and 1.40"),
        (
            {"unit": "difference of proportions", "low": -0.0622, "high": 0.0854},
            "between \N{MINUS SIGN}6.22 and 8.54 percentage points",
        ),
        ({"unit": "days", "high": None, "low": 30.0}, "at least 30 days"),
        ({"low": None}, "at most 20.0%"),
        ({"low": None, "high": None}, "No interval can be given"),
        ({"level": None, "low": None, "high": None}, "It is a count, and has no interval."),
    ],
)
def test_how_sure_a_finding_is_stands_in_words(given, said):
    words = front.uncertainty(finding("a.b", **given))
    assert said in words
    assert words.endswith(".")
    assert faults(words) == []


# Which come first --------------------------------------------------------------------------------


def test_the_findings_that_come_first_are_named_and_keep_their_order():
    stating = [exhibit("rates.range", "all"), exhibit("rates.steps", "x", "reported.deaths")]
    assert chosen(stating) == [["rates.steps.reported.deaths", "rates.range.all"]]


def test_every_name_of_the_list_is_of_an_exhibit_that_exists():
    for name, most in front._named():
        assert most >= 1
        assert any(name == known or name.startswith(f"{known}.") for known in catalogue()), name


def test_of_an_exhibit_the_indicator_on_the_charts_is_taken_before_the_first():
    stating = [exhibit("change.latest", "first", "mine", "last")]
    assert chosen(stating) == [["change.latest.first"]]
    assert chosen(stating, lead="mine") == [["change.latest.mine"]]
    assert chosen(stating, lead="other") == [["change.latest.first"]]


def test_a_page_of_ones_own_puts_its_first_findings_there():
    stating = [
        exhibit("mine.first", "a", "b", "c", "d", page="2_mine"),
        exhibit("mine.second", "a", page="2_mine"),
        exhibit("rates.range", "all"),
    ]
    assert chosen(stating) == [
        ["rates.range.all"],
        ["mine.first.a", "mine.first.b", "mine.first.c"],
    ]


def test_what_comes_first_does_not_hang_on_what_was_found():
    """The same exhibits with other numbers put the same findings first."""
    stating = [exhibit("rates.steps", "reported.deaths", "x"), exhibit("risk.focus", "a", "b")]
    others = [
        exhibit("rates.steps", "reported.deaths", "x", low=0.8, high=0.9),
        exhibit("risk.focus", "a", "b", low=None, high=None),
    ]
    assert chosen(stating) == chosen(others)


# What it cannot show -----------------------------------------------------------------------------


def test_the_limit_is_that_of_the_definition_else_of_the_exhibit_else_a_gap():
    own = {"id": "share", "cannot_show": "A limit of the share."}
    other = {"id": "other", "cannot_show": "A limit of another."}
    facts = exhibit("rates.range", "all", definitions=[other, own])

    def limits(facts):
        return front.headlines(PAGES, [facts])[0]["findings"][0]["limits"]

    assert limits(facts) == ["A limit of the share."]
    assert limits(facts | {"definitions": [other]}) == ["A limit of the exhibit."]
    assert limits(facts | {"definitions": [], "cannot_show": []}) == [front.UNSAID]


def test_every_finding_is_in_the_groups_under_its_exhibit():
    stating = [exhibit("rates.steps", "a", "b"), exhibit("mine.first", "a", page="2_mine")]
    made = front.groups(PAGES, stating)
    assert [group["name"] for group in made] == ["1_rates", "2_mine"]
    assert [one["label"] for group in made for one in group["exhibits"]] == [
        "Exhibit 1.23",
        "Exhibit mine.first",
    ]
    ids = [f["id"] for group in made for one in group["exhibits"] for f in one["findings"]]
    assert ids == ["rates.steps.a", "rates.steps.b", "mine.first.a"]
    assert front.groups(PAGES, []) == []
