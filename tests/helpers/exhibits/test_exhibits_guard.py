"""What says more than its records do is not shown: what, where, and what to write instead."""

import ast
import dataclasses
import json
from pathlib import Path

import matplotlib.pyplot as plt
import pandas as pd
import pytest

import helpers
from helpers import case as cases
from helpers.cohort import factors
from helpers.errors import InputError
from helpers.exhibits import Exhibits, guard
from helpers.exhibits.resource import to_frame
from helpers.exhibits.words import Words, catalogue, words_for

ROOT = Path(__file__).parents[3]
WORDS = {"title": "A table", "shows": "What it shows."}
FRAME = pd.DataFrame(
    {"area": ["North", "South"], "numerator": [6, 4], "denominator": [10, 10], "value": [0.6, 0.4]}
)


@pytest.fixture(scope="module")
def show(run):
    return Exhibits(run)


def refused(call, *args, **words):
    with pytest.raises(InputError) as error:
        call("mine.words", *args, **words)
    return error.value.problems


# ---- When an exhibit is shown -------------------------------------------------------------------

FAULTY = {
    "title": ("The effect of age", "'effect of'"),
    "shows": ("More died because of the merger than before.", "'because of'"),
    "cannot_show": ("How many people committed suicide.", "'committed suicide'"),
    "headers": ({"value": "Death toll"}, "'Death toll'"),
    "missing": ({"value": "failed to answer"}, "'failed to'"),
    "definition": ("The probability that it was chance.", "'probability that it was chance'"),
    "numerator": ("suicide victims", "'suicide victims'"),
}


@pytest.mark.parametrize("name", FAULTY)
def test_a_table_with_a_faulty_word_is_not_shown(show, name):
    text, found = FAULTY[name]
    (problem,) = refused(show.table, FRAME, **WORDS | {name: text})
    assert problem.what.startswith(f"{found} is not to be written (")
    assert problem.where.startswith("exhibit mine.words, ")
    assert name.rstrip("s") in problem.where
    assert problem.mend.startswith(("Write", "Give", "Say"))


def test_every_fault_is_named_at_once(show):
    words = {"title": "The worst areas", "shows": "Areas failed to report.", "headers": {"a": "T"}}
    found = refused(show.table, FRAME, **words)
    assert [one.where for one in found] == [
        "exhibit mine.words, title", "exhibit mine.words, shows",
    ]  # fmt: skip


def test_in_a_comparison_every_sentence_is_held_to_the_rules_on_comparisons(show):
    words = WORDS | {"shows": "Shares owing to the merger."}
    assert show.table("mine.words", FRAME, **words)
    (problem,) = refused(show.table, FRAME, **words | {"claim_type": "comparison"})
    assert "'owing to'" in problem.what


def test_what_cannot_be_shown_may_name_a_cause(show):
    words = WORDS | {"cannot_show": "The effect of the policy.", "claim_type": "comparison"}
    assert show.table("mine.words", FRAME, **words)


def test_sentences_in_cells_are_looked_at_and_names_in_the_data_are_not(show):
    """A trust's own list may hold any name; it is mapped in case.yml."""
    said = FRAME.assign(reason=["They failed to report.", ""])
    (problem,) = refused(show.table, said, **WORDS)
    assert problem.where == "exhibit mine.words, column reason"
    assert show.table("mine.words", FRAME.assign(area=["Failed to attend", "South"]), **WORDS)


@pytest.mark.parametrize("name", ["answer", "reason"])
def test_what_an_empty_table_says_is_looked_at(show, name):
    empty = pd.DataFrame(columns=["value"])
    empty.attrs[name] = "Nobody failed to answer."
    (problem,) = refused(show.table, empty, **WORDS)
    assert "'failed to'" in problem.what


def test_a_finding_is_looked_at_with_its_values_in_it(show):
    words = WORDS | {"sentence": "{area}: {numerator} cases.", "stratum": ["area"]}
    found = refused(show.findings, FRAME, **words)
    assert [one.where for one in found] == [
        "exhibit mine.words, finding mine.words.north",
        "exhibit mine.words, finding mine.words.south",
    ]
    assert "'6 cases'" in found[0].what


def figure(label, name):
    made, ax = plt.subplots(figsize=(2, 2), dpi=40)
    ax.bar([0, 1], [6, 4], label="deaths")
    ax.set_xticks([0, 1], ["North", name])
    ax.set_xlabel(label)
    return made


def test_a_text_of_a_figure_is_looked_at_and_a_name_in_its_data_is_not(show):
    assert show.figure("mine.words", figure("Area", "Failed to attend"), **WORDS)
    (problem,) = refused(show.figure, figure("Impact of the area", "South"), **WORDS)
    assert problem.where == "exhibit mine.words, text of the figure"


# ---- P values -----------------------------------------------------------------------------------

SAID = {"title": "A", "shows": "B", "cannot_show": [], "definitions": [], "method": []}
LIMITS, TESTED = {"low": [1.1], "high": [4.0]}, {"statistic": [8.2]}
TOLD = {"headers": {"p_value": "P value (one test)"}}


@pytest.mark.parametrize(
    ("more", "words", "lacks"),
    [
        (LIMITS, TOLD, []),
        (TESTED, TOLD, []),
        (LIMITS | {"looked_at": [5]}, {}, []),
        (LIMITS, {"headers": {"p_value": "Adjusted for the number of units"}}, []),
        ({"position": ["within"]}, TOLD, []),
        (LIMITS, {}, ["number of tests"]),
        ({}, TOLD, ["estimate with its interval"]),
        ({}, {}, ["estimate with its interval", "number of tests"]),
        (LIMITS, TOLD | {"hide": ["low", "high"]}, ["estimate with its interval"]),
        ({}, {"hide": ["p_value"]}, []),
    ],
)
def test_a_p_value_is_shown_with_the_interval_and_the_number_of_tests(more, words, lacks):
    frame = pd.DataFrame({"value": [2.1], "p_value": [0.03], **more})
    found = guard.bare(SAID, Words(title="A", shows="B", **words), frame)
    assert len(found) == len(lacks)
    assert all(what in said for what, said in zip(lacks, found, strict=True))


def test_a_sentence_may_say_how_many_tests_were_made():
    frame = pd.DataFrame({"value": [2.1], "p_value": [0.03], **LIMITS})
    words = Words(title="A", shows="B")
    said = SAID | {"shows": "P values are adjusted for the number of groups."}
    assert guard.bare(said, words, frame) == []
    assert guard.bare(SAID | {"shows": "P values of groups."}, words, frame) != []


def test_a_column_of_another_name_that_is_shown_as_a_p_value_is_one():
    frame = pd.DataFrame({"chance": [0.03]})
    assert len(guard.bare(SAID, Words(title="A", shows="B", kinds={"chance": "p"}), frame)) == 2
    assert guard.bare(SAID, Words(title="A", shows="B"), frame) == []


def test_a_table_with_a_bare_p_value_is_not_shown(show):
    frame = pd.DataFrame({"numerator": [3], "p_value": [0.03]})
    found = refused(show.table, frame, **WORDS)
    assert [one.where for one in found] == ["exhibit mine.words, columns"] * 2


# ---- A case, and what was shown -----------------------------------------------------------------


def test_words_of_a_case_are_refused_before_anything_is_shown(run):
    plan = run.case.replies.model_copy(update={"definition": "Cases who died."})
    indicator = run.case.indicators[0].model_copy(
        update={"claim_type": "comparison", "label": "Inquests owing to the merger"}
    )
    changed = run.case.model_copy(update={"replies": plan, "indicators": [indicator]})
    with pytest.raises(InputError) as error:
        Exhibits(dataclasses.replace(run, case=changed)).opening()
    assert [one.where for one in error.value.problems] == [
        "data/coroners/case.yml, replies.definition",
        "data/coroners/case.yml, indicators[0].label",
    ]


def test_a_case_may_say_what_it_cannot_show(run):
    plan = run.case.replies.model_copy(update={"cannot_show": "The effect of a reply."})
    assert guard.of_case(run.case.model_copy(update={"replies": plan})) == []


@pytest.mark.parametrize("name", cases.available())
def test_no_word_of_a_shipped_case_has_a_fault(name):
    assert [str(one) for one in guard.of_case(cases.load(name))] == []


@pytest.mark.parametrize("name", cases.available())
def test_no_word_of_the_catalogue_has_a_fault_once_those_of_the_case_are_in_it(name):
    """Titles, sentences and headers as the exhibit of this case would have them."""
    case = cases.load(name)
    for exhibit in catalogue():
        words = words_for(exhibit, case, {})
        facts = {"title": words.title, "shows": words.shows, "method": [], "definitions": []}
        facts |= {"cannot_show": [words.cannot_show]}
        found = guard.problems(exhibit, facts, words, pd.DataFrame())
        assert [str(one) for one in found] == []


def exhibits(path):
    """The facts of every exhibit that a notebook shows."""
    for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]:
        for output in cell.get("outputs", []):
            facts = output.get("metadata", {}).get("inquiry", {})
            if facts.get("id") in catalogue():
                yield facts


EXECUTED = [
    *((path, "southern_health") for path in sorted((ROOT / "notebooks").glob("[0-9]*.ipynb"))),
    *((path, "coroners") for path in sorted((ROOT / "tests" / "baselines").rglob("*.ipynb"))),
]


@pytest.mark.slow
@pytest.mark.parametrize(("path", "name"), EXECUTED, ids=lambda value: getattr(value, "stem", ""))
def test_no_exhibit_of_an_executed_notebook_would_be_refused(path, name):
    """With the words that are in force now: findings, alternative texts and cells as shown."""
    case, seen = cases.load(name), 0
    for facts in exhibits(path):
        frame = to_frame(facts["resource"])
        more = [(f"finding {one['id']}", one["text"]) for one in facts.get("findings", [])]
        more += guard.beside_data([facts.get("alt", "")], frame)
        words, seen = words_for(facts["id"], case, {}), seen + 1
        tabled = facts["kind"] == "table"
        found = guard.problems(facts["id"], facts, words, frame, more=more, columns=tabled)
        assert [str(one) for one in found] == []
    assert seen > 5


def test_the_findings_of_the_model_are_looked_at(show, run):
    """The words of the plan in case.yml become part of each sentence."""
    effects = pd.DataFrame(
        {
            "name": ["Recipients 2"], "term": ["Recipients"], "level_name": ["2"],
            "value": [0.1], "low": [0.0], "high": [0.2], "numerator": [3], "denominator": [9],
        }
    )  # fmt: skip
    study = factors.study(run)
    said = dataclasses.replace(study, focus={"Recipients 2": "late because it failed to arrive"})
    with pytest.raises(InputError, match="failed to"):
        show.findings("risk.focus", factors.focus(said, effects.assign(level=0.95)))


# ---- Products of p values -----------------------------------------------------------------------


def products_of_p_values(code):
    """Lines of code that multiply p values or combine them into one.

    No method of the house combines p values: a product of p values is no p value, and every
    further test makes it smaller. This looks for who would add one: a call that multiplies over a
    p value, a product of two, and the ready-made combination of SciPy (Fisher's method among
    them).
    """
    lines = []
    if not any(name in code for name in ("p_value", "pvalue", "adjusted_p")):
        return lines
    for node in ast.walk(ast.parse(code)):
        if not isinstance(node, ast.Call | ast.BinOp):
            continue
        held = ast.unparse(node).lower()
        of_p = "p_value" in held or "pvalue" in held or "adjusted_p" in held
        called = isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1]
        times = isinstance(node, ast.BinOp) and isinstance(node.op, ast.Mult)
        sides = [ast.unparse(one).lower() for one in (node.left, node.right)] if times else []
        if (
            (called in {"prod", "cumprod", "product"} and of_p)
            or called == "combine_pvalues"
            or (times and all("p_value" in one or "pvalue" in one for one in sides))
            or (called == "sum" and of_p and "log(" in held)
        ):
            lines.append(node.lineno)
    return sorted(set(lines))


@pytest.mark.parametrize(
    "code",
    [
        "import numpy as np\nnp.prod(frame['p_value'])",
        "x = 1\nframe['p_value'].prod()",
        "x = 1\nfirst.p_value * second.p_value",
        "x = 1\nscipy.stats.combine_pvalues(values, method='fisher')",
        "x = 1\n-2 * np.log(frame['p_value']).sum()",
    ],
)
def test_a_product_of_p_values_in_code_is_found(code):
    assert products_of_p_values(code) == [2]


@pytest.mark.slow
def test_no_code_of_the_house_multiplies_p_values():
    paths = sorted(Path(helpers.__file__).parent.rglob("*.py"))
    assert len(paths) > 100
    found = {
        path.name: lines
        for path in paths
        if (lines := products_of_p_values(path.read_text(encoding="utf-8")))
    }
    assert found == {}
    # A weight, a factor or the number of tests may be multiplied with one: Bonferroni's bound.
    assert products_of_p_values("5 * frame['p_value']") == []
