"""Terms of reference in case.yml: each item leads to exhibits, or says why there are none."""

import pytest
import yaml

from helpers import case
from helpers.errors import InputError
from helpers.exhibits.words import catalogue


def put(project, items, **more):
    """Write terms of reference into the small case, and load it."""
    path = project.folder / "case.yml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    raw |= {"terms_of_reference": items, **more}
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")
    return case.load(project.name)


def refused(project, items, **more):
    with pytest.raises(InputError) as error:
        put(project, items, **more)
    return "\n".join(str(problem) for problem in error.value.problems)


def test_an_item_names_exhibits_or_a_reason_or_both(project):
    both = {"id": "A3", "question": "In part?", "exhibits": ["rates.steps"], "reason": "Only so."}
    loaded = put(
        project,
        [
            {"id": "A1", "question": "How many?", "exhibits": ["rates.chain"]},
            {"id": "A2", "question": "Why?", "reason": "No column says."},
            both,
        ],
    )
    assert [item.id for item in loaded.terms_of_reference] == ["A1", "A2", "A3"]
    assert loaded.terms_of_reference[2].model_dump() == both


@pytest.mark.parametrize(
    ("item", "said"),
    [
        ({"id": "A1", "question": "How many?"}, "terms_of_reference a1: name the exhibits"),
        ({"id": "A1", "question": "How many?", "reason": " "}, "give the reason why none can"),
        ({"id": "A1", "question": ""}, "terms_of_reference.0.question"),
        ({"id": "", "question": "Why?", "reason": "So."}, "terms_of_reference.0.id"),
        ({"id": "A1", "question": "Why?", "exhibit": "a.b"}, "terms_of_reference.0.exhibit"),
        ({"id": "A1", "question": "Why?", "exhibits": ["a.b", "a.b"]}, "an exhibit is named twice"),
    ],
)
def test_an_item_that_leads_nowhere_is_refused_by_name(project, item, said):
    assert said in refused(project, [item])


def test_two_items_may_not_have_one_id(project):
    item = {"id": "A1", "question": "Why?", "reason": "No column says."}
    assert "two items of terms_of_reference have the same id" in refused(project, [item, item])


def test_the_record_of_judgement_stands_inside_the_case(project):
    assert put(project, [], judgement="our_record").judgement == "our_record"
    for name in ("../elsewhere", "a/b", "", ".hidden"):
        assert "judgement" in refused(project, [], judgement=name)


@pytest.mark.parametrize("name", ["southern_health", "coroners"])
def test_the_shipped_cases_say_what_was_asked_and_what_cannot_be_answered(name):
    items = case.load(name).terms_of_reference
    assert len(items) >= 15
    assert {exhibit for item in items for exhibit in item.exhibits} <= set(catalogue())
    alone = [item for item in items if not item.exhibits]
    assert len(alone) >= 2
    assert all(item.reason for item in alone)
