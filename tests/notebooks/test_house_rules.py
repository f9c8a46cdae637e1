"""Every notebook keeps the house rules, and each rule can fail."""

from __future__ import annotations

import base64
from pathlib import Path
from typing import Any

import nbformat
import pytest
import rules
from nbformat import v4
from sheets import BASELINES, NOTEBOOKS, Sheet, label, read, sheet_of

from helpers.exhibits.words import catalogue

TITLE = "# Rates\n\n> How many people died?\n\nAsked by families."
PARAMETERS = 'case = "coroners"  # the case\nlevel = 0.95  # level of the intervals'
IMPORTS = "from helpers import start\nfrom helpers.exhibits import Exhibits"
START = "run = start(case=case, level=level)\nshow = Exhibits(run)\nrun"
TABLE = 'shares = share(run, level=level)\nshow.table("rates.shares", shares)'
FINDINGS = 'show.findings("rates.latest", shares.tail(1))'
LIMITS = "## What this cannot show\n\n- Deaths that nobody reported."


def notebook(
    *more: Any, title: str = TITLE, parameters: str = PARAMETERS, start: str = START
) -> Any:
    """Make a small notebook that keeps every rule, with more cells before its findings."""
    first = v4.new_code_cell(parameters, metadata={"tags": ["parameters"]})
    cells = [v4.new_markdown_cell(title), first, v4.new_code_cell(IMPORTS)]
    cells += [v4.new_code_cell(start), v4.new_markdown_cell("## What share?")]
    cells += [v4.new_code_cell(TABLE), *more]
    cells += [v4.new_markdown_cell("## Findings"), v4.new_code_cell(FINDINGS)]
    cells += [v4.new_markdown_cell(LIMITS)]
    return v4.new_notebook(
        cells=[nbformat.from_dict({**cell, "id": f"cell-{n}"}) for n, cell in enumerate(cells)]
    )


def with_code(source: str) -> Any:
    return notebook(v4.new_code_cell(f'{source}\nshow.table("rates.more", shares)'))


def with_prose(source: str) -> Any:
    return notebook(v4.new_markdown_cell(source))


def with_image(size: int) -> Any:
    png = base64.b64encode(b"0" * size).decode()
    output = v4.new_output("execute_result", {"image/png": png}, execution_count=1)
    return notebook(v4.new_code_cell('show.figure("rates.more", plot)', outputs=[output]))


EXAMPLES: list[tuple[rules.Rule, Any]] = [
    (rules.code_cells_are_short, with_code("a = 1\n" * rules.LINES)),
    (rules.most_code_cells_are_one_call, notebook(*[v4.new_code_cell("a = 1\n" * 4)] * 3)),
    (rules.there_are_few_code_cells, notebook(*[v4.new_code_cell(FINDINGS)] * rules.CELLS)),
    (rules.the_file_is_small, with_prose("long " * (rules.FILE // 5))),
    (rules.images_are_small, with_image(rules.IMAGE + 1)),
    (rules.code_is_plain_python, with_code("%matplotlib inline")),
    (rules.code_is_plain_python, with_code("!ls")),
    (rules.code_is_plain_python, with_code("get_ipython().run_line_magic('time', '')")),
    (rules.notebooks_hold_no_logic, with_code("def f(x):\n    return x")),
    (rules.notebooks_hold_no_logic, with_code("class A:\n    a = 1")),
    (rules.notebooks_hold_no_logic, with_code("f = lambda x: x")),
    (rules.notebooks_hold_no_logic, with_code("for x in [1]:\n    x")),
    (rules.notebooks_hold_no_logic, with_code("while x:\n    x = 0")),
    (rules.notebooks_hold_no_logic, with_code("if x:\n    x = 0")),
    (rules.notebooks_hold_no_logic, with_code("squares = [x * x for x in shares]")),
    (rules.notebooks_hold_no_logic, with_code("try:\n    x\nexcept KeyError:\n    x = 0")),
    (rules.notebooks_hold_no_logic, with_code("with open('a') as file:\n    file")),
    (rules.nothing_is_printed, with_code("print(shares)")),
    (rules.nothing_is_printed, with_code("display(shares)")),
    (rules.no_line_ends_in_a_semicolon, with_code("plot.set_title('a');")),
    (rules.no_line_ends_in_a_semicolon, with_code("a = 1; b = 2")),
    (rules.nothing_shown_has_a_date_or_random_id, with_code("model.summary()")),
    (rules.nothing_shown_has_a_date_or_random_id, with_code("shares.style.format('{}')")),
    (rules.no_warning_is_silenced, with_code("warnings.filterwarnings('ignore')")),
    (rules.no_warning_is_silenced, with_code("warnings.simplefilter('ignore')")),
    (rules.every_draw_is_seeded, with_code("some = shares.sample(5)")),
    (rules.every_draw_is_seeded, with_code("draw = np.random.normal(size=3)")),
    (rules.every_draw_is_seeded, with_code("draw = np.random.default_rng()")),
    (rules.every_draw_is_seeded, with_code("import random")),
    (rules.no_path_is_absolute, with_code('frame = read("/deaths/of/2015.csv")')),
    (rules.no_path_is_absolute, with_code(r'frame = read("C:\deaths.csv")')),
    (rules.no_path_is_absolute, with_prose("The file is in ~/deaths.")),
    (rules.imports_come_before_the_run_starts, with_code("import pandas as pd")),
    (rules.the_run_starts_once, notebook(start="show = Exhibits(old)\nshow")),
    (rules.the_run_starts_once, notebook(v4.new_code_cell(START))),
    (rules.the_run_starts_once, notebook(start="run = start(case=case, level=level)")),
    (rules.parameters_are_literals_with_help, notebook(parameters="level = 0.95")),
    (rules.parameters_are_literals_with_help, notebook(parameters="level = 1 - x  # level")),
    (rules.parameters_are_literals_with_help, notebook(parameters="colour = 1  # no such")),
    (rules.parameters_are_literals_with_help, notebook(notebook().cells[1])),
    (rules.every_parameter_is_used, notebook(parameters=f"{PARAMETERS}\nseed = 1  # the seed")),
    (rules.each_cell_shows_one_exhibit, notebook(v4.new_code_cell("shares"))),
    (rules.each_cell_shows_one_exhibit, notebook(v4.new_code_cell(f"{FINDINGS}\n{FINDINGS}"))),
    (rules.each_cell_shows_one_exhibit, notebook(v4.new_code_cell(f"{FINDINGS}\nshares"))),
    (rules.each_cell_shows_one_exhibit, notebook(v4.new_code_cell("show.table(name, shares)"))),
    (rules.no_result_is_typed_into_prose, with_prose("Of all deaths 15.6% led to an inquest.")),
    (rules.no_result_is_typed_into_prose, with_prose("## Why did 722 people die?")),
    (rules.people_are_not_called_cases, with_prose("Most cases were closed.")),
    (rules.the_parts_of_a_notebook_are_there, notebook(title="# Rates")),
    (rules.the_parts_of_a_notebook_are_there, with_prose("## The rates")),
    (rules.the_parts_of_a_notebook_are_there, notebook(v4.new_markdown_cell(LIMITS))),
]


def name_of(value: Any) -> str:
    return getattr(value, "__name__", "")


@pytest.mark.parametrize("rule", rules.RULES, ids=name_of)
@pytest.mark.parametrize("path", NOTEBOOKS, ids=label)
def test_every_notebook_keeps_the_rule(path: Path, rule: rules.Rule) -> None:
    assert [str(problem) for problem in rule(read(path))] == []


def test_there_are_notebooks_to_look_at() -> None:
    numbered = [path.stem for path in NOTEBOOKS if path.stem[0].isdigit()]
    assert {"1_unexpected_death_rates", "2_time_to_investigation", "3_risk_factors"} <= set(
        numbered
    )
    assert {path.stem for path in BASELINES} >= {name for name in numbered if name[0] in "123"}


@pytest.mark.parametrize("rule", rules.RULES, ids=name_of)
def test_a_good_notebook_has_no_problem(rule: rules.Rule) -> None:
    assert rule(sheet_of(notebook())) == []


@pytest.mark.parametrize(("rule", "bad"), EXAMPLES, ids=name_of)
def test_the_rule_finds_what_it_forbids(rule: rules.Rule, bad: Any) -> None:
    assert rule(sheet_of(bad)) != []


def test_every_rule_has_an_example_that_breaks_it() -> None:
    assert {rule for rule, _ in EXAMPLES} == set(rules.RULES)


def test_a_problem_names_notebook_cell_and_line() -> None:
    (problem,) = rules.nothing_is_printed(sheet_of(with_code("a = 1\nprint(a)"), name="1_rates"))
    expected = "1_rates, code cell 5, line 2: printed, not shown as an exhibit"
    assert str(problem) == expected


def test_explore_may_import_where_it_needs_to() -> None:
    sheet = sheet_of(with_code("import seaborn as sns"), name="explore")
    assert rules.imports_come_before_the_run_starts(sheet) == []


@pytest.mark.parametrize("phrase", rules.ALLOWED_NUMBERS + rules.ALLOWED_CASES)
def test_every_allowed_phrase_is_still_needed(phrase: str) -> None:
    sheets: list[Sheet] = [read(path) for path in NOTEBOOKS]
    assert any(phrase in cell.source for sheet in sheets for cell in sheet.prose)


@pytest.mark.parametrize("exhibit", catalogue())
def test_words_of_exhibits_do_not_call_people_cases(exhibit: str) -> None:
    words = catalogue()[exhibit]
    said = " ".join(str(words.get(name, "")) for name in ("title", "shows", "cannot_show"))
    assert " cases" not in f"{said} {words.get('sentence', '')}".lower()
