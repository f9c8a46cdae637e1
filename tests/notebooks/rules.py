"""The house rules for notebooks: each is a pure function that returns its problems.

A notebook holds no logic: it calls, shows and explains. Every number a reader sees was made by
code from the records, so no result is typed into prose, and nothing is shown that differs from
one run to the next. The limits are those of the house; the reasons stand with them.
"""

from __future__ import annotations

import ast
import base64
import io
import re
import tokenize
from collections.abc import Callable, Iterable, Iterator
from statistics import median

from sheets import EXPLORE, Cell, Problem, Sheet

from helpers.errors import InputError
from helpers.parameters import declared, unread

Rule = Callable[[Sheet], list[Problem]]

LINES = 12
"""Lines of a code cell, at most; one of imports alone has a line for each."""
MEDIAN = 3
"""Lines of the middle code cell, at most, without the cells that only set up the run."""
CELLS = 28
"""Code cells, at most: twenty-five exhibits, after parameters, imports and the start of the run."""
FILE = 1_200_000
"""Bytes of a notebook with its outputs, at most: what a browser and a review still show."""
IMAGE = 120_000
"""Bytes of one PNG, at most."""

ALLOWED_NUMBERS = (
    "1b_change_over_time",  # those that follow the first
    "1c_rates_and_watching",
    "2b_time_limits",  # those that follow the second
    "2c_backlog",
    "6 and 12 months",  # the limits that the question names
    "5_benchmarking",  # its own name
    "the next notebook, 3b",
    "Of 100 records at each step",  # how a share is put in words
    "Of 100 such records",  # how a share is put in words
)
"""Every phrase with a digit that may stand in prose. None is a result. Add one by review only."""

ALLOWED_CASES = ("which cases there are",)  # a case: an inquiry, a folder of data/
"""Every phrase with the word "cases" that does not speak of people."""

LOGIC = (
    *(ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda),
    *(ast.For, ast.AsyncFor, ast.While, ast.If, ast.IfExp, ast.Match),
    *(ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp),
    *(ast.Try, ast.TryStar, ast.With, ast.AsyncWith, ast.Raise, ast.Assert),
    *(ast.Delete, ast.Global, ast.Nonlocal, ast.Await, ast.Yield, ast.YieldFrom),
)
SHOWS = {"table", "figure", "findings"}
PATH = re.compile(r"""(?:^|[\s"'(=`])(?:/\w[\w.-]*/|[A-Za-z]:[\\/]|~/|\\\\)|file://""")
LINK_TARGET = re.compile(r"\]\([^)]*\)")


# ---- Looking into cells -------------------------------------------------------------------------


def _at(sheet: Sheet, cell: Cell, line: int, what: str) -> Problem:
    return Problem(sheet.name, cell.name, line, what)


def _nodes(sheet: Sheet) -> Iterator[tuple[Cell, ast.AST]]:
    for cell in sheet.code:
        yield from ((cell, node) for node in ast.walk(cell.tree))


def _words(sheet: Sheet, chosen: Callable[[ast.AST], str | None]) -> list[Problem]:
    """Return a problem for each piece of code for which ``chosen`` has words."""
    found = [(cell, node, chosen(node)) for cell, node in _nodes(sheet)]
    return [
        _at(sheet, cell, getattr(node, "lineno", 1), said) for cell, node, said in found if said
    ]


def _prose(sheet: Sheet, pattern: str, allowed: Iterable[str], what: str) -> list[Problem]:
    """Return each line of prose that matches a pattern outside the allowed phrases."""
    problems = []
    for cell in sheet.prose:
        for number, line in enumerate(cell.source.splitlines(), 1):
            left = LINK_TARGET.sub("]", line)
            for phrase in allowed:
                left = left.replace(phrase, "")
            if re.search(pattern, left, flags=re.IGNORECASE):
                problems.append(_at(sheet, cell, number, f"{what}: {line.strip()}"))
    return problems


def _name(node: ast.AST) -> str:
    """Return the last name of a name, an attribute or what a call calls."""
    if isinstance(node, ast.Call):
        return _name(node.func)
    return getattr(node, "attr", getattr(node, "id", ""))


def _starts(cell: Cell) -> bool:
    calls = (node for node in ast.walk(cell.tree) if isinstance(node, ast.Call))
    return any(isinstance(call.func, ast.Name) and call.func.id == "start" for call in calls)


def _only_imports(cell: Cell) -> bool:
    body = cell.tree.body
    return bool(body) and all(isinstance(node, ast.Import | ast.ImportFrom) for node in body)


def _sets_up(cell: Cell) -> bool:
    return cell.holds_parameters or _starts(cell) or _only_imports(cell)


def _shows(tree: ast.Module) -> list[ast.Call]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [
        call
        for call in calls
        if isinstance(call.func, ast.Attribute)
        and call.func.attr in SHOWS
        and isinstance(call.func.value, ast.Name)
        and call.func.value.id == "show"
    ]


# ---- Size ---------------------------------------------------------------------------------------


def code_cells_are_short(sheet: Sheet) -> list[Problem]:
    return [
        _at(sheet, cell, LINES + 1, f"the cell has {lines} lines; {LINES} are allowed")
        for cell in sheet.code
        if not _only_imports(cell) and (lines := len(cell.source.splitlines())) > LINES
    ]


def most_code_cells_are_one_call(sheet: Sheet) -> list[Problem]:
    """The middle cell is short; ``explore`` makes each frame anew in its cell and is let off."""
    lines = [len(cell.source.splitlines()) for cell in sheet.code if not _sets_up(cell)]
    if sheet.name == EXPLORE or not lines or median(lines) <= MEDIAN:
        return []
    what = f"the middle code cell has {median(lines):g} lines; {MEDIAN} are allowed"
    return [Problem(sheet.name, "all code cells", 1, what)]


def there_are_few_code_cells(sheet: Sheet) -> list[Problem]:
    found = len(sheet.code)
    what = f"there are {found} code cells; {CELLS} are allowed"
    return [Problem(sheet.name, f"code cell {found}", 1, what)] if found > CELLS else []


def the_file_is_small(sheet: Sheet) -> list[Problem]:
    found = len(sheet.text.encode("utf-8"))
    what = f"the file has {found:,} bytes; {FILE:,} are allowed"
    return [Problem(sheet.name, "the file", 1, what)] if found > FILE else []


def images_are_small(sheet: Sheet) -> list[Problem]:
    problems = []
    for cell in sheet.code:
        for output in cell.outputs:
            png = output.get("data", {}).get("image/png", "")
            found = len(base64.b64decode(png))
            if found > IMAGE:
                what = f"the image has {found:,} bytes; {IMAGE:,} are allowed"
                problems.append(_at(sheet, cell, 1, what))
    return problems


# ---- Code ---------------------------------------------------------------------------------------


def code_is_plain_python(sheet: Sheet) -> list[Problem]:
    problems = []
    for cell in sheet.code:
        try:
            ast.parse(cell.source)
        except SyntaxError as error:
            what = f"magic, shell or broken code: {(error.text or '').strip()}"
            problems.append(_at(sheet, cell, error.lineno or 1, what))
    return problems + _words(
        sheet, lambda node: "magic or shell" if _name(node) == "get_ipython" else None
    )


def notebooks_hold_no_logic(sheet: Sheet) -> list[Problem]:
    def words(node: ast.AST) -> str | None:
        return f"{type(node).__name__} is logic: put it into a helper" * isinstance(node, LOGIC)

    return _words(sheet, words)


def nothing_is_printed(sheet: Sheet) -> list[Problem]:
    def words(node: ast.AST) -> str | None:
        called = isinstance(node, ast.Call) and _name(node) in {"print", "pprint", "display"}
        return "printed, not shown as an exhibit" if called else None

    return _words(sheet, words)


def no_line_ends_in_a_semicolon(sheet: Sheet) -> list[Problem]:
    """nbval does not hide what a semicolon hides in Jupyter; two statements need two lines."""
    problems = []
    for cell in sheet.code:
        try:
            tokens = list(tokenize.generate_tokens(io.StringIO(cell.source).readline))
        except (tokenize.TokenError, SyntaxError):
            continue
        problems += [
            _at(sheet, cell, token.start[0], "a semicolon")
            for token in tokens
            if token.type == tokenize.OP and token.string == ";"
        ]
    return problems


def nothing_shown_has_a_date_or_random_id(sheet: Sheet) -> list[Problem]:
    """statsmodels' summaries carry the time of the run, Stylers a random id."""

    def words(node: ast.AST) -> str | None:
        if isinstance(node, ast.Call) and _name(node) in {"summary", "summary2", "Styler"}:
            return f"{_name(node)}() differs from run to run"
        return "a Styler has a random id" if _name(node) == "style" else None

    return _words(sheet, words)


def no_warning_is_silenced(sheet: Sheet) -> list[Problem]:
    silencers = {"filterwarnings", "simplefilter", "catch_warnings", "errstate", "seterr"}
    return _words(sheet, lambda node: "a silenced warning" if _name(node) in silencers else None)


def every_draw_is_seeded(sheet: Sheet) -> list[Problem]:
    def words(node: ast.AST) -> str | None:
        if isinstance(node, ast.Import) and any(item.name == "random" for item in node.names):
            return "the module random draws without a seed"
        if isinstance(node, ast.Attribute) and _name(node.value) == "random":
            return None if node.attr == "default_rng" else f"random.{node.attr} has no seed"
        if not isinstance(node, ast.Call):
            return None
        if _name(node) in {"default_rng", "RandomState"} and not (node.args or node.keywords):
            return f"{_name(node)}() without a seed"
        seeded = any(keyword.arg == "random_state" for keyword in node.keywords)
        return "sample() without random_state" if _name(node) == "sample" and not seeded else None

    return _words(sheet, words)


def no_path_is_absolute(sheet: Sheet) -> list[Problem]:
    return [
        _at(sheet, cell, number, f"an absolute path: {line.strip()}")
        for cell in [*sheet.code, *sheet.prose]
        for number, line in enumerate(cell.source.splitlines(), 1)
        if PATH.search(line)
    ]


def imports_come_before_the_run_starts(sheet: Sheet) -> list[Problem]:
    """``explore`` imports where it shows what an import is for."""
    if sheet.name == EXPLORE:
        return []
    starts = [position for position, cell in enumerate(sheet.code) if _starts(cell)]
    late = sheet.code[starts[0] + 1 :] if starts else []
    return [
        _at(sheet, cell, node.lineno, "an import after the run has started")
        for cell in late
        for node in ast.walk(cell.tree)
        if isinstance(node, ast.Import | ast.ImportFrom)
    ]


def the_run_starts_once(sheet: Sheet) -> list[Problem]:
    starting = [cell for cell in sheet.code if _starts(cell)]
    shown = bool(starting) and isinstance(starting[0].tree.body[-1], ast.Expr)
    what = f"{len(starting)} cells start the run and show what it rests on; one must"
    return [] if len(starting) == 1 and shown else [Problem(sheet.name, "all code cells", 1, what)]


# ---- Parameters ---------------------------------------------------------------------------------


def parameters_are_literals_with_help(sheet: Sheet) -> list[Problem]:
    try:
        found = declared(sheet.node)
    except InputError as error:
        said = "; ".join(str(problem) for problem in error.problems)
        return [Problem(sheet.name, "parameters cell", 1, said)]
    tagged = [cell for cell in sheet.code if "parameters" in cell.tags]
    if len(tagged) != 1 or tagged[0].node is not sheet.code[0].node:
        what = "the parameters cell is not the first code cell"
        return [Problem(sheet.name, "parameters cell", 1, what)]
    return [
        Problem(sheet.name, "parameters cell", number, f"{name} has no help comment")
        for number, (name, parameter) in enumerate(found.items(), 1)
        if not parameter.help
    ]


def every_parameter_is_used(sheet: Sheet) -> list[Problem]:
    try:
        names = unread(sheet.node)
    except (InputError, SyntaxError):
        return []  # said by the two rules on parameters and on plain code
    return [
        Problem(sheet.name, "parameters cell", 1, f"{name} is declared and never used")
        for name in names
    ]


# ---- What a reader reads ------------------------------------------------------------------------


def each_cell_shows_one_exhibit(sheet: Sheet) -> list[Problem]:
    """After the start each code cell ends by showing one exhibit under an id written in full."""
    problems = []
    starts = [position for position, cell in enumerate(sheet.code) if _starts(cell)]
    for cell in sheet.code[starts[0] + 1 :] if starts else []:
        tree = cell.tree
        shown, last = _shows(tree), tree.body[-1] if tree.body else None
        if len(shown) != 1 or not isinstance(last, ast.Expr) or last.value is not shown[0]:
            problems.append(_at(sheet, cell, 1, f"shows {len(shown)} exhibits at its end, not one"))
        elif not (shown[0].args and isinstance(shown[0].args[0], ast.Constant)):
            problems.append(_at(sheet, cell, shown[0].lineno, "the id is not written in full"))
    return problems


def no_result_is_typed_into_prose(sheet: Sheet) -> list[Problem]:
    return _prose(sheet, r"\d", ALLOWED_NUMBERS, "a number in prose")


def people_are_not_called_cases(sheet: Sheet) -> list[Problem]:
    return _prose(sheet, r"\bcases\b", ALLOWED_CASES, "people are not cases")


def the_parts_of_a_notebook_are_there(sheet: Sheet) -> list[Problem]:
    """Title, the question, headings that ask, findings, limits; ``explore`` asks no question."""
    if sheet.name == EXPLORE:
        return []
    cells, prose = sheet.node["cells"], sheet.prose
    first = cells[0]["source"].splitlines() if cells and prose else [""]
    problems = []
    if not first[0].startswith("# ") or not any(line.startswith("> ") for line in first):
        what = "the first cell is not a title and the question asked"
        problems.append(Problem(sheet.name, "markdown cell 1", 1, what))
    headings = [
        (cell, number, line.removeprefix("## "))
        for cell in prose
        for number, line in enumerate(cell.source.splitlines(), 1)
        if line.startswith("## ")
    ]
    ends = ["Findings", "What this cannot show"]
    problems += [
        _at(sheet, cell, number, f"the heading is no question: {text}")
        for cell, number, text in headings
        if not text.endswith("?") and text not in ends
    ]
    texts = [text for _, _, text in headings]
    if texts[-2:] != ends or any(texts.count(text) > 1 for text in texts):
        what = f"it does not end with {' and '.join(ends)}, or two headings are the same"
        problems.append(Problem(sheet.name, "the last cells", 1, what))
    return problems


RULES: tuple[Rule, ...] = (
    code_cells_are_short,
    most_code_cells_are_one_call,
    there_are_few_code_cells,
    the_file_is_small,
    images_are_small,
    code_is_plain_python,
    notebooks_hold_no_logic,
    nothing_is_printed,
    no_line_ends_in_a_semicolon,
    nothing_shown_has_a_date_or_random_id,
    no_warning_is_silenced,
    every_draw_is_seeded,
    no_path_is_absolute,
    imports_come_before_the_run_starts,
    the_run_starts_once,
    parameters_are_literals_with_help,
    every_parameter_is_used,
    each_cell_shows_one_exhibit,
    no_result_is_typed_into_prose,
    people_are_not_called_cases,
    the_parts_of_a_notebook_are_there,
)
