"""The code behind an exhibit: cells followed back through their variables, functions to a line."""

import importlib
import inspect
from pathlib import Path

import pytest
from trace_packs import ROOT, notebooks

from helpers.exhibits import KEY
from helpers.trace import code
from helpers.trace.functions import define, methods_of


def notebook(*sources, shows=None):
    """A notebook of code cells; the last shows an exhibit."""
    cells = [{"cell_type": "markdown", "source": "# A title"}]
    cells += [{"cell_type": "code", "source": source, "outputs": []} for source in sources]
    if shows:
        cells[-1]["outputs"] = [{"metadata": {KEY: {"kind": "table", "id": shows}}}]
    return {"cells": cells}


def steps(*sources):
    """Steps of the chain of the last cell."""
    made = code.read("mine", notebook(*sources))
    return [cell.step for cell in code.chain(made, made[-1].number)]


def test_a_cell_that_gave_nothing_to_an_exhibit_is_not_in_its_chain():
    assert steps("a = 1", "b = 2", "c = a + 1", "c") == [1, 3, 4]


def test_the_last_cell_that_gave_a_name_its_value_is_the_one_that_counts():
    assert steps("a = 1", "a = 2", "a") == [2, 3]


def test_a_cell_that_changes_a_name_needs_the_one_before():
    assert steps("a = 1", "a = a + 1", "a") == [1, 2, 3]
    assert steps("a = 1", "a += 1", "a") == [1, 2, 3]


def test_names_of_a_comprehension_are_its_own():
    assert steps("x = 1", "held = [1]", "[x for x in held]") == [2, 3]


def test_names_given_together_are_each_followed():
    assert steps("a, b = 1, 2", "c = 3", "b") == [1, 3]


def test_injected_parameters_stand_for_those_that_they_replace():
    assert steps("level = 0.95", "level = 0.9", "level") == [2, 3]


def test_an_import_is_a_cell_of_the_chain():
    assert steps("from helpers.cohort import steps", "1", "steps.ladder(run)") == [1, 3]


def test_the_cell_that_shows_an_exhibit_is_found_by_what_it_carries():
    assert code.showing("mine", notebook("a = 1", "a", shows="mine.first")) == {"mine.first": 3}


def calls(*sources):
    made = code.read("mine", notebook(*sources))
    return {call.called: call.definition.full for call in made[-1].calls if call.definition}


def test_a_call_leads_to_its_definition_whatever_it_was_imported_as():
    assert calls("from helpers.cohort import strata as cohort", "cohort.latest(frame)") == {
        "cohort.latest": "helpers.cohort.strata.latest"
    }


def test_a_name_that_a_package_passes_on_leads_to_where_it_is_defined():
    assert calls("from helpers import figures", "figures.parts(change)") == {
        "figures.parts": "helpers.figures.parts.parts"
    }
    assert calls("from helpers import start", "run = start(case='coroners')") == {
        "start": "helpers.run.start"
    }


def test_a_method_leads_to_the_class_that_the_variable_is_of():
    source = "from helpers.exhibits import Exhibits\nshow = Exhibits(run)"
    assert calls(source, "show.findings('a.b', frame)") == {
        "show.findings": "helpers.exhibits.Exhibits.findings"
    }


def test_a_function_that_is_nowhere_is_a_call_without_a_definition():
    made = code.read("mine", notebook("from helpers.cohort import steps", "steps.nothing(run)"))
    assert [(call.called, call.definition) for call in made[-1].calls] == [("steps.nothing", None)]


def test_a_library_is_no_function_of_the_suite():
    assert calls("import seaborn as sns", "sns.relplot(frame)") == {}


def test_what_does_not_exist_is_defined_nowhere():
    assert define("helpers.methods.nothing") is None
    assert define("pandas.DataFrame") is None
    assert methods_of("helpers.start", "nothing") is None


CALLED = {
    call.definition
    for name, held in notebooks("notebooks").items()
    for cell in code.read(name, held)
    for call in cell.calls
    if call.definition and call.definition.kind == "function" and "." not in call.definition.name
}


def test_the_notebooks_call_many_functions():
    assert len(CALLED) > 150


@pytest.mark.parametrize("found", sorted(CALLED, key=lambda one: one.full), ids=lambda it: it.full)
def test_module_and_line_are_those_that_python_itself_gives(found):
    item = inspect.unwrap(getattr(importlib.import_module(found.module), found.name))
    assert item.__module__ == found.module
    assert Path(inspect.getsourcefile(item)) == ROOT / "src" / found.file
    lines = (ROOT / "src" / found.file).read_text(encoding="utf-8").splitlines()
    assert lines[found.line - 1].startswith(f"def {found.name}(")
