"""What cannot be traced is a problem: a number, a family, a function or a file."""

import copy
from dataclasses import replace

import pytest

from helpers.exhibits import KEY
from helpers.pack.collect import collect
from helpers.pack.manifest import revision
from helpers.trace import providers
from helpers.trace.families import FAMILIES
from helpers.trace.find import traces
from helpers.trace.parts import DENOMINATOR, NUMERATOR

PAGE = "3_risk_factors"


@pytest.fixture
def one(packs):
    """A run and one of its executed notebooks, which a test may change."""
    held = packs("coroners_part")
    return held.run, {PAGE: copy.deepcopy(held.executed[PAGE])}


def facts_of(executed, exhibit):
    """The facts that an executed notebook carries of an exhibit."""
    for cell in executed[PAGE]["cells"]:
        for output in cell.get("outputs", []):
            facts = output.get("metadata", {}).get(KEY, {})
            if facts.get("id") == exhibit:
                return facts
    raise KeyError(exhibit)


def problems(run, executed, **code):
    found = traces(run, executed, collect(executed), code=revision() | code)[1]
    return [str(problem) for problem in found]


def test_a_notebook_as_it_was_executed_has_no_problem(one):
    assert problems(*one) == []


def test_a_number_that_its_rows_do_not_give_is_named_with_what_they_give(one):
    run, executed = one
    facts = facts_of(executed, "risk.overall")
    facts["resource"]["data"] = facts["resource"]["data"].replace(",1113,", ",1114,")
    assert problems(run, executed) == [
        "finding risk.overall.all: its numerator is 1,114, its rows give 1,113. "
        "Correct the family of the exhibit in helpers.trace.families."
    ]


def test_a_number_of_a_table_is_held_against_its_rows_too(one):
    run, executed = one
    facts = facts_of(executed, "risk.crude")
    facts["resource"]["data"] = facts["resource"]["data"].replace(",2343,", ",2344,", 1)
    assert problems(run, executed)[0].startswith(
        "exhibit risk.crude, row 1: its denominator is 2,344, its rows give 2,343."
    )


def test_a_record_that_is_no_longer_there_is_missed(one):
    run, executed = one
    reports = run.extract.tables["reports"]
    register = reports["register"].eq("pfd_tracker") & reports["review_id"].isin(
        run.reports["review_id"]
    )
    gone = reports.index[register][:1]
    tables = {**run.extract.tables, "reports": reports.drop(gone)}
    less = replace(run, extract=replace(run.extract, tables=tables))
    assert any(
        "finding risk.overall.all: its denominator" in said for said in problems(less, executed)
    )


def test_a_finding_that_no_family_traces_is_a_problem(one):
    run, executed = one
    facts = facts_of(executed, "risk.overall")
    facts["id"] = "risk.other"
    facts["findings"][0]["id"] = "risk.other.all"
    found = problems(run, executed)
    assert found[0].startswith("finding risk.other.all: no family finds its rows.")


def test_rows_that_cannot_be_looked_for_are_a_problem_and_no_traceback(one):
    run, executed = one
    facts = facts_of(executed, "risk.crude")
    facts["resource"]["data"] = facts["resource"]["data"].replace("Recipients,2", "Recipients,9")
    assert problems(run, executed)[0].startswith("exhibit risk.crude, row 3: its numerator is")


def test_a_function_that_is_nowhere_is_a_problem(one):
    run, executed = one
    for cell in executed[PAGE]["cells"]:
        cell["source"] = cell["source"].replace("factors.crude", "factors.crudely")
    found = problems(run, executed)
    assert "exhibit risk.crude: factors.crudely is defined nowhere. Correct its cell." in found


def test_a_suite_without_a_version_is_a_problem(one):
    assert problems(*one, version="")[0].startswith("the suite: its version is not known.")


def test_a_file_without_a_hash_is_a_problem(one):
    run, executed = one
    inputs = run.extract.inputs
    inputs = inputs[~inputs["file"].eq("pfd_tracker_2025-07-31.csv")]
    less = replace(run, extract=replace(run.extract, inputs=inputs))
    assert "no hash of pfd_tracker_2025-07-31.csv" in problems(less, executed)[0]


@pytest.mark.parametrize("pack", ["southern_health", "coroners_whole", "coroners_part"])
def test_every_exhibit_has_files_code_and_parameters(packs, pack):
    held = packs(pack)
    whole = {one.id: one for one in held.traces if one.kind not in {"finding", "row"}}
    assert list(whole) == [facts["id"] for facts in held.made.exhibits]
    hashed = {item["file"] for item in providers.inputs(held.run, held.made)}
    for facts in held.made.exhibits:
        trace = whole[facts["id"]]
        assert trace.cells[-1].source.count("show.")
        assert {"case", "period_start", "period_end"} <= set(trace.parameters)
        assert set(trace.files) <= hashed
        assert trace.files or facts.get("unanswered") or "findings" in facts


@pytest.mark.parametrize("pack", ["southern_health", "coroners_whole", "coroners_part"])
def test_rows_of_numerators_and_denominators_lie_within_those_of_the_exhibit(packs, pack):
    """But for deaths that an exhibit counts under another window than that of the period."""
    held = packs(pack)
    whole = {one.id: one.parts[0].rows for one in held.traces if one.kind in {"table", "findings"}}
    wider = {"rates.windows", "rates.grid"}
    for trace in held.traces:
        if trace.kind in {"finding", "row"} and trace.exhibit not in wider:
            for role in (NUMERATOR, DENOMINATOR):
                part = trace.part(role)
                every = whole[trace.exhibit]
                assert part is None or len(part.rows | every) == len(every), trace.id


def test_every_exhibit_that_can_be_shown_and_has_a_family_was_traced(packs):
    traced = {
        one.exhibit
        for pack in ("southern_health", "coroners_whole", "coroners_part")
        for one in packs(pack).traces
        if one.kind in {"finding", "row"}
    }
    assert set(FAMILIES) - traced == set()
