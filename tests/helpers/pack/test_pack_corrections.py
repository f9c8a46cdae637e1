"""What changed since the version before: causes, and what another number does to a conclusion."""

import copy

import pandas as pd
import pytest

from helpers.exhibits.resource import from_frame
from helpers.pack.collect import Collected
from helpers.pack.corrections import causes, changes, effect

GROUNDS = {
    "inputs": [{"file": "case.yml", "sha256": "a"}, {"file": "deaths.csv", "sha256": "b"}],
    "notebooks": {"1_rates": {"parameters": {"level": 0.95}}},
    "plan": {"sha256": "p"},
    "rules": {"files": [{"name": "time_limits.csv", "sha256": "r"}]},
    "code": {"sha256": "c", "revision": "0123456789abcdef"},
    "environment": {"python": "3.11.7", "packages": {"pandas": "3.1.0"}},
}


def exhibits(text):
    return Collected([{"id": "a.b", "definitions": [{"id": "reported", "text": text}]}])


def found(change, *, now="A death that was reported."):
    new = copy.deepcopy(GROUNDS)
    change(new)
    before, after = exhibits("A death that was reported."), exhibits(now)
    told = causes(GROUNDS, new, before=before, after=after)
    return [(item["cause"], item["detail"]) for item in told]


def test_where_nothing_differs_there_is_no_cause():
    assert found(lambda new: None) == []


@pytest.mark.parametrize(
    ("change", "cause", "detail"),
    [
        (lambda n: n["inputs"][1].update(sha256="x"), "input", "deaths.csv changed"),
        (lambda n: n["inputs"].pop(), "input", "deaths.csv is gone"),
        (lambda n: n["inputs"].append({"file": "new.csv", "sha256": "n"}), "input",
         "new.csv is new"),
        (lambda n: n["notebooks"]["1_rates"]["parameters"].update(level=0.99), "parameter",
         "1_rates: level changed"),
        (lambda n: n["notebooks"].update({"2_time": {"parameters": {}}}), "parameter",
         "notebook 2_time is new"),
        (lambda n: n["plan"].update(sha256="q"), "plan", "plan.yml changed"),
        (lambda n: n["rules"]["files"][0].update(sha256="s"), "rule", "time_limits.csv changed"),
        (lambda n: n["code"].update(sha256="d", revision="fedcba9876543210"), "code",
         "0123456789ab became fedcba987654"),
        (lambda n: n["environment"]["packages"].update(pandas="3.2.0"), "library",
         "pandas: 3.1.0 before, 3.2.0 now"),
        (lambda n: n["environment"]["packages"].update(scipy="1.17"), "library",
         "scipy: not there before, 1.17 now"),
        (lambda n: n["environment"].update(python="3.13.0"), "library",
         "python: 3.11.7 before, 3.13.0 now"),
    ],
)  # fmt: skip
def test_whatever_differs_is_named_with_what_was_done_to_it(change, cause, detail):
    assert found(change) == [(cause, detail)]


def test_a_definition_that_was_put_otherwise_is_a_cause_of_its_own():
    told = found(lambda new: None, now="A death that was reported within a year.")
    assert told == [("definition", "reported changed")]


GIVEN = {"value": 0.14, "low": 0.13, "high": 0.15}


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (GIVEN, {"value": 0.14}, "the words around it changed"),
        (GIVEN, {"value": 0.13}, "lies within the interval"),
        (GIVEN, {"value": 0.1299}, "lies outside the interval"),
        (GIVEN, {"value": None}, "No interval was given"),
        ({"value": 0.14, "low": None, "high": None}, {"value": 0.2}, "No interval was given"),
    ],
)
def test_what_a_correction_does_to_a_conclusion_is_said(old, new, said):
    assert said in effect(old, new)


def stating(**findings):
    told = [
        {"id": key, "text": f"{value}.", "value": value, "low": None, "high": None}
        for key, value in findings.items()
    ]
    held = from_frame("a.b", pd.DataFrame({"deaths": [12]}))
    return Collected([{"id": "a.b", "findings": told, "resource": held}])


def test_a_finding_that_is_new_or_gone_is_said_as_such():
    told = changes(stating(old=1, same=2), stating(same=2, new=3))["findings"]
    assert [(item["id"], item["effect"]) for item in told] == [
        ("old", "It is no longer stated."),
        ("new", "It was not stated before."),
    ]
    assert told[0]["after"] is None
    assert told[1]["before"] is None
