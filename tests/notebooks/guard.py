"""The guard: what nbval does not see in a committed notebook.

nbval runs a cell without comparing anything where the stored count or output is gone, never looks
at an image, and cannot tell a number that was edited by hand until everything is run again. Each
check here is a function that returns its problems as sentences, and runs nothing but the reading
of the case.
"""

from __future__ import annotations

import ast
import base64
import getpass
import io
import json
import re
import socket
import sys
import tempfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # noqa: S405 - reads figures of our own

import pandas as pd
from PIL import Image
from sheets import ROOT, Cell, Sheet, facts_of

from helpers import start
from helpers.exhibits import Exhibits, drawn, images
from helpers.exhibits.opening import opening
from helpers.exhibits.resource import to_frame
from helpers.exhibits.words import catalogue, words_for
from helpers.intake.reading import sha256
from helpers.pack.normalise import normalise, text
from helpers.run import Run

Check = Callable[[Sheet], list[str]]

PREFIXES = {
    "0_data_quality": "quality",
    "1_unexpected_death_rates": "rates",
    "1b_change_over_time": "change",
    "1c_rates_and_watching": "watch",
    "2_time_to_investigation": "delay",
    "2b_time_limits": "limits",
    "2c_backlog": "backlog",
    "3_risk_factors": "risk",
    "3b_how_sure": "sure",
    "3c_reviewers": "review",
    "4b_learning_from_deaths": "learning",
    "5_benchmarking": "providers",
    "4_period_comparison": "periods",
    "explore": "explore",
}
"""What the ids of a notebook's exhibits begin with; a notebook that is not here is refused."""

TAGS = {"parameters", "injected-parameters"}
"""Tags a cell may have. nbval leaves a cell out, or compares nothing, for tags of its own."""

MARKERS = re.compile(r"#\s*(NBVAL_|PYTEST_VALIDATE_)\w+", flags=re.IGNORECASE)
"""Comments by which nbval leaves a cell out."""

LEAST_PNG = 2_000
"""Bytes below which an image is no chart."""

UNREADABLE = (OSError, ValueError, KeyError, EOFError, zlib.error)
"""What reading a drawing raises that is none."""

NAMELESS = {"root", "runner", "user", "admin", "localhost", "build", "builder"}
"""Names of users and hosts that say nothing of anybody's machine."""


# ---- Executed, and all of it --------------------------------------------------------------------


def every_cell_was_executed_in_order(sheet: Sheet) -> list[str]:
    counts = [cell.node.get("execution_count") for cell in sheet.code]
    wanted = list(range(1, len(counts) + 1))
    return [] if counts == wanted else [f"execution counts are {counts}, not 1 to {len(counts)}"]


def every_cell_kept_its_output(sheet: Sheet) -> list[str]:
    problems = []
    for cell in sheet.code:
        body = cell.tree.body
        shows = bool(body) and isinstance(body[-1], ast.Expr)
        kinds = [output["output_type"] for output in cell.outputs]
        if kinds != ["execute_result"] * shows:
            wanted = "one result" if shows else "nothing"
            problems.append(f"{cell.name} has the outputs {kinds}; {wanted} was expected")
    return problems


def nothing_failed_or_warned(sheet: Sheet) -> list[str]:
    return [
        f"{cell.name} has {output.get('name', output['output_type'])}: {_said(output)}"
        for cell in sheet.code
        for output in cell.outputs
        if output["output_type"] in {"error", "stream"}
    ]


def _said(output: Any) -> str:
    return str(output.get("evalue", output.get("text", ""))).strip()


def no_cell_is_left_out_of_the_comparison(sheet: Sheet) -> list[str]:
    problems = [
        f"{cell.name} has the tag {tag}"
        for cell in [*sheet.code, *sheet.prose]
        for tag in cell.tags
        if tag not in TAGS
    ]
    return problems + [
        f"{cell.name} has the comment {found.group()}"
        for cell in sheet.code
        if (found := MARKERS.search(cell.source))
    ]


def the_file_is_normalised(sheet: Sheet) -> list[str]:
    same = text(normalise(sheet.node)) == sheet.text
    return [] if same else ["the file is not as `inquiry refresh` writes it"]


# ---- Exhibits -----------------------------------------------------------------------------------


def every_exhibit_of_the_catalogue_is_shown_once(sheet: Sheet) -> list[str]:
    prefix = PREFIXES.get(sheet.name)
    if prefix is None:
        return [f"the guard does not know the prefix of {sheet.name}: add it to PREFIXES"]
    wanted = [name for name in catalogue() if name.split(".")[0] == prefix]
    shown = [facts_of(output)["id"] for _, output in sheet.exhibits]
    problems = [f"{name} is never shown" for name in wanted if name not in shown]
    problems += [f"{name} is shown twice" for name in dict.fromkeys(shown) if shown.count(name) > 1]
    return problems + [f"{name} is not in the catalogue" for name in shown if name not in wanted]


def every_exhibit_stands_under_its_own_code(sheet: Sheet) -> list[str]:
    return [
        f"{cell.name} does not show {facts_of(output)['id']}, and its output does"
        for cell, output in sheet.exhibits
        if f'"{facts_of(output)["id"]}"' not in cell.source
    ]


def _figures(sheet: Sheet) -> Iterator[tuple[str, Any]]:
    for _, output in sheet.exhibits:
        if facts_of(output)["kind"] == "figure":
            yield facts_of(output)["id"], output


def every_figure_can_be_seen(sheet: Sheet) -> list[str]:
    problems = []
    for name, output in _figures(sheet):
        png = base64.b64decode(output["data"].get("image/png", ""))
        if len(png) <= LEAST_PNG:
            problems.append(f"{name} has an image of {len(png)} bytes")
        try:
            with Image.open(io.BytesIO(png)) as image:
                image.load()
        except (OSError, SyntaxError) as error:
            problems.append(f"{name} has an image that cannot be read: {type(error).__name__}")
        try:
            ElementTree.fromstring(images.svg_text(facts_of(output)))  # noqa: S314 - our own
        except (*UNREADABLE, ElementTree.ParseError) as error:
            problems.append(f"{name} has an SVG that cannot be read: {type(error).__name__}")
    return problems


def every_figure_can_be_heard(sheet: Sheet) -> list[str]:
    """A figure has an alternative text and rows that were read back from what was drawn.

    Only a figure of which the case holds no records has none, and one that says that there is
    nothing to draw.
    """
    problems = []
    for name, output in _figures(sheet):
        alt = output["metadata"].get("image/png", {}).get("alt", "")
        frame = to_frame(facts_of(output)["resource"])
        facts = facts_of(output)
        if frame.empty and not (facts.get("unanswered") or facts.get("answer")):
            problems.append(f"{name} has no rows read back from what was drawn")
        if not alt or alt != facts_of(output).get("alt"):
            problems.append(f"{name} has the alternative text {alt!r}, not that of its facts")
    return problems


# ---- What the run rests on ----------------------------------------------------------------------


def parameters_of(sheet: Sheet) -> dict[str, Any]:
    """Return the parameters in force: those written in the notebook, then those injected."""
    values: dict[str, Any] = {}
    for cell in sheet.code:
        if cell.holds_parameters:
            for node in cell.tree.body:
                values[node.targets[0].id] = ast.literal_eval(node.value)
    return values


def the_opening_block_names_the_parameters_in_force(sheet: Sheet) -> list[str]:
    shown = facts_of(sheet.opening or {}).get("parameters")
    wanted = parameters_of(sheet)
    return [] if shown == wanted else [f"the block names {shown}; in force are {wanted}"]


def the_opening_block_names_the_files_as_they_are(sheet: Sheet) -> list[str]:
    folder = ROOT / "data" / str(parameters_of(sheet).get("case"))
    inputs = facts_of(sheet.opening or {}).get("inputs", [])
    problems = [] if inputs else ["no input file is named"]
    for item in inputs:
        path = folder / item["file"]
        found = sha256(path) if path.is_file() else "no file"
        if found != item["sha256"]:
            problems.append(f"{item['file']} is {found}; the block names {item['sha256']}")
    return problems


@cache
def _started(values: str) -> Run:
    return start(**json.loads(values))


def _run(sheet: Sheet) -> Run:
    return _started(json.dumps(parameters_of(sheet)))


def _plain(value: Any) -> Any:
    """Return a value as JSON holds it, tuples and notebook nodes as lists and dicts."""
    return json.loads(json.dumps(value))


def _frame(output: Any) -> pd.DataFrame:
    """Return the data of an exhibit as they were before they were laid out.

    An empty cell of a column of text is an empty text. What an empty exhibit says in the place
    of rows is not among its data; it is the third line of its text.
    """
    facts = facts_of(output)
    frame = to_frame(facts["resource"])
    fields = facts["resource"]["schema"]["fields"]
    texts = [field["name"] for field in fields if field["type"] == "string"]
    frame = frame.assign(**{name: frame[name].fillna("") for name in texts})
    days = [field["name"] for field in fields if field["type"] == "date"]
    frame = frame.assign(**{name: pd.to_datetime(frame[name]) for name in days})
    if frame.empty and facts["kind"] == "figure":
        frame.attrs |= {"answer": facts["answer"]} if "answer" in facts else {}
    elif frame.empty:
        kind = "reason" if facts.get("unanswered", True) else "answer"
        frame.attrs[kind] = output["data"]["text/plain"].splitlines()[2]
    return frame


def _differing(old: dict[str, Any], new: dict[str, Any]) -> str:
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    return "".join(f" {name}" for name in names)


def what_is_shown_is_what_is_carried(sheet: Sheet) -> list[str]:
    """Every table and finding is laid out again from its data; every figure is described again.

    So a number edited by hand in an output is found, and so is one edited in the data: there the
    control total and the lines that are shown no longer fit.
    """
    run = _run(sheet)
    show = Exhibits(run)
    problems = []
    for _, output in sheet.exhibits:
        facts, name = facts_of(output), facts_of(output)["id"]
        frame = _frame(output)
        if facts["kind"] == "figure":
            words = words_for(name, run.case, {})
            alt = drawn.alternative(words.title, frame)
            made = {"alt": alt, "title": words.title, "shows": words.shows}
            again = {"text/plain": drawn.plain(frame, {**facts, **made})}
            wrong = _differing({key: facts[key] for key in made}, made)
            wrong += _differing({"text/plain": output["data"]["text/plain"]}, again)
        else:
            made = getattr(show, facts["kind"])(name, frame)
            wrong = _differing(_plain(output["data"]), _plain(made.data))
            wrong += _differing(_plain(facts), _plain(made.facts))
        if wrong:
            problems.append(f"{name}: its data, laid out again, differ in{wrong}")
    return problems


def the_opening_block_is_what_the_case_gives_today(sheet: Sheet) -> list[str]:
    data, metadata = opening(_run(sheet))
    block = sheet.opening or {"data": {}, "metadata": {}}
    wrong = _differing(_plain(block["data"]), _plain(data))
    wrong += _differing(_plain(facts_of(block)), _plain(facts_of({"metadata": metadata})))
    return [f"the opening block, made again, differs in{wrong}"] if wrong else []


# ---- Nobody's machine ---------------------------------------------------------------------------


def _texts(sheet: Sheet) -> Iterator[tuple[str, str]]:
    """Return every text of a notebook: its cells, its outputs and the text of its drawings."""

    def strings(value: Any) -> Iterator[str]:
        if isinstance(value, str):
            yield value
        elif isinstance(value, dict):
            for key, part in value.items():
                if key not in {"image/png", "svg"} or isinstance(part, dict):
                    yield from strings(part)
        elif isinstance(value, list):
            for part in value:
                yield from strings(part)

    cells: list[Cell] = [*sheet.code, *sheet.prose]
    for cell in cells:
        yield from ((cell.name, found) for found in strings(dict(cell.node)))
    yield from (("the notebook's metadata", found) for found in strings(dict(sheet.node.metadata)))
    for name, output in _figures(sheet):
        try:
            yield name, images.svg_text(facts_of(output))
        except UNREADABLE:
            continue  # said by the check on figures


def _machine() -> re.Pattern[str]:
    folders = {str(ROOT), str(Path.home()), sys.prefix, sys.base_prefix, tempfile.gettempdir()}
    known = [re.escape(folder) for folder in folders if len(folder) > 4]
    names = {getpass.getuser(), socket.gethostname()} - NAMELESS
    known += [rf"\b{re.escape(name)}\b" for name in names if len(name) > 3]
    return re.compile("|".join([*known, r"/(home|Users|tmp|private)/\w+", r"[A-Z]:\\Users"]))


def nothing_names_a_machine_or_a_person_at_it(sheet: Sheet) -> list[str]:
    pattern = _machine()
    return [
        f"{place} holds {found.group()!r}"
        for place, said in _texts(sheet)
        if (found := pattern.search(said))
    ]


CHECKS: tuple[Check, ...] = (
    every_cell_was_executed_in_order,
    every_cell_kept_its_output,
    nothing_failed_or_warned,
    no_cell_is_left_out_of_the_comparison,
    the_file_is_normalised,
    every_exhibit_of_the_catalogue_is_shown_once,
    every_exhibit_stands_under_its_own_code,
    every_figure_can_be_seen,
    every_figure_can_be_heard,
    the_opening_block_names_the_parameters_in_force,
    the_opening_block_names_the_files_as_they_are,
    what_is_shown_is_what_is_carried,
    the_opening_block_is_what_the_case_gives_today,
    nothing_names_a_machine_or_a_person_at_it,
)


# ---- How nbval is called ------------------------------------------------------------------------


def ways_round_the_comparison(texts: dict[str, str]) -> list[str]:
    """Return where nbval is told to compare less: by name of file, the text of each."""
    banned = ("nbval-lax", "nbval_lax", "nbval-sanitize", "nbval-skip", "nbval-ignore")
    return [
        f"{name} uses {word}" for name, said in texts.items() for word in banned if word in said
    ]


def comparison_commands(makefile: str) -> list[str]:
    """Return the problems of the Makefile's call of nbval: it must take every notebook."""
    calls = re.findall(r"--nbval .*?(?:\n(?!\t)|\Z)", makefile, flags=re.DOTALL)
    if len(calls) != 1:
        return [f"nbval is called {len(calls)} times"]
    words = calls[0].split()
    return [
        f"nbval is not given {folder}"
        for folder in ("notebooks", "tests/baselines")
        if folder not in words
    ]
