"""Every committed notebook is executed, whole and what it says it is; each check can fail."""

from __future__ import annotations

import copy
import socket
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import guard
import nbformat
import pytest
from nbformat import v4
from sheets import BASELINES, NOTEBOOKS, ROOT, Sheet, facts_of, label, read, sheet_of

COMMITTED = [*NOTEBOOKS, *BASELINES]
SOUND = read(ROOT / "notebooks" / "3_risk_factors.ipynb")
TABLE, FIGURE, FINDINGS = "risk.crude", "risk.forest_figure", "risk.overall"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
Break = Callable[[Any], None]


def name_of(value: Any) -> str:
    return getattr(value, "__name__", "")


@pytest.mark.parametrize("path", COMMITTED, ids=label)
@pytest.mark.parametrize("check", guard.CHECKS, ids=name_of)
def test_every_committed_notebook_is_sound(path: Path, check: guard.Check) -> None:
    assert check(read(path)) == []


def test_the_guard_knows_every_notebook_and_every_prefix() -> None:
    assert {path.stem for path in NOTEBOOKS} == set(guard.PREFIXES)
    assert {name.split(".")[0] for name in guard.catalogue()} == set(guard.PREFIXES.values())


# ---- Each check can fail ------------------------------------------------------------------------


def cells(node: Any) -> list[Any]:
    return [cell for cell in node["cells"] if cell["cell_type"] == "code"]


def output_of(node: Any, exhibit: str) -> Any:
    """Return the output of an exhibit; ``run`` is the opening block."""
    outputs = [output for cell in cells(node) for output in cell["outputs"]]
    found = [o for o in outputs if exhibit in {facts_of(o).get("id"), facts_of(o).get("kind")}]
    return found[0]


def stripped(node: Any) -> None:
    for cell in cells(node):
        cell["execution_count"], cell["outputs"] = None, []


def cleared(node: Any) -> None:
    cells(node)[-1]["outputs"] = []


def executed_out_of_order(node: Any) -> None:
    cells(node)[4]["execution_count"] = 9


def added(output: Any) -> Break:
    def change(node: Any) -> None:
        cells(node)[3]["outputs"].insert(0, output)

    return change


WARNING = v4.new_output("stream", name="stderr", text="FutureWarning: something\n")
PRINTED = v4.new_output("stream", name="stdout", text="0.95\n")
ERROR = v4.new_output("error", ename="KeyError", evalue="'area'", traceback=[])


def tagged(tag: str) -> Break:
    def change(node: Any) -> None:
        cells(node)[5]["metadata"]["tags"] = [tag]

    return change


def commented(node: Any) -> None:
    cells(node)[5]["source"] = "# NBVAL_IGNORE_OUTPUT\n" + cells(node)[5]["source"]


def with_times_of_the_run(node: Any) -> None:
    node["metadata"]["papermill"] = {"duration": 4.2}


def with_a_random_id(node: Any) -> None:
    node["cells"][3]["id"] = "1f0c9a5e"


def without_an_exhibit(node: Any) -> None:
    node["cells"].remove(next(cell for cell in cells(node) if TABLE in cell["source"]))


def with_an_exhibit_twice(node: Any) -> None:
    node["cells"].append(nbformat.from_dict({**cells(node)[-1], "id": "cell-99"}))


def with_an_exhibit_nobody_described(node: Any) -> None:
    facts_of(output_of(node, TABLE))["id"] = "risk.new"


def with_two_outputs_exchanged(node: Any) -> None:
    one, other = cells(node)[-2:]
    one["outputs"], other["outputs"] = other["outputs"], one["outputs"]


def with_png(png: str) -> Break:
    def change(node: Any) -> None:
        output_of(node, FIGURE)["data"]["image/png"] = png

    return change


def with_svg(svg: str) -> Break:
    def change(node: Any) -> None:
        facts_of(output_of(node, FIGURE))["svg"] = svg

    return change


def without_alternative_text(node: Any) -> None:
    output_of(node, FIGURE)["metadata"]["image/png"] = {}


def with_nothing_read_back(node: Any) -> None:
    resource = facts_of(output_of(node, FIGURE))["resource"]
    resource["data"] = resource["data"].splitlines()[0] + "\n"


def with_another_default(node: Any) -> None:
    cells(node)[0]["source"] = cells(node)[0]["source"].replace("level = 0.95", "level = 0.9")


def with_another_hash(node: Any) -> None:
    facts_of(output_of(node, "run"))["inputs"][0]["sha256"] = "0" * 64


def edited(exhibit: str, place: str, old: str, new: str) -> Break:
    """Change a text of an output by hand, as an editor would."""

    def change(node: Any) -> None:
        output = output_of(node, exhibit)
        holder = facts_of(output)["resource"] if place == "data" else output["data"]
        assert old in holder[place], "the example no longer fits the notebook"
        holder[place] = holder[place].replace(old, new, 1)

    return change


def reworded(node: Any) -> None:
    facts_of(output_of(node, TABLE))["shows"] = "Organisations that did not answer."


def with_the_machine(said: str) -> Break:
    def change(node: Any) -> None:
        output_of(node, TABLE)["data"]["text/plain"] += f"\n{said}"

    return change


def share_of(exhibit: str) -> str:
    """Return the first percentage that an exhibit shows, to be edited in the examples."""
    plain = output_of(SOUND.node, exhibit)["data"]["text/plain"]
    return next(word.strip("(),.") for word in plain.split() if "%" in word)


def value_of(exhibit: str) -> str:
    """Return the first number with decimals that an exhibit carries."""
    rows = facts_of(output_of(SOUND.node, exhibit))["resource"]["data"].splitlines()
    return next(part for part in rows[1].split(",") if "." in part and part[-1].isdigit())


EXAMPLES: list[tuple[guard.Check, Break]] = [
    (guard.every_cell_was_executed_in_order, stripped),
    (guard.every_cell_was_executed_in_order, executed_out_of_order),
    (guard.every_cell_kept_its_output, stripped),
    (guard.every_cell_kept_its_output, cleared),
    (guard.every_cell_kept_its_output, added(PRINTED)),
    (guard.nothing_failed_or_warned, added(WARNING)),
    (guard.nothing_failed_or_warned, added(PRINTED)),
    (guard.nothing_failed_or_warned, added(ERROR)),
    (guard.no_cell_is_left_out_of_the_comparison, tagged("nbval-skip")),
    (guard.no_cell_is_left_out_of_the_comparison, tagged("nbval-ignore-output")),
    (guard.no_cell_is_left_out_of_the_comparison, tagged("raises-exception")),
    (guard.no_cell_is_left_out_of_the_comparison, commented),
    (guard.the_file_is_normalised, with_times_of_the_run),
    (guard.the_file_is_normalised, with_a_random_id),
    (guard.every_exhibit_of_the_catalogue_is_shown_once, without_an_exhibit),
    (guard.every_exhibit_of_the_catalogue_is_shown_once, with_an_exhibit_twice),
    (guard.every_exhibit_of_the_catalogue_is_shown_once, with_an_exhibit_nobody_described),
    (guard.every_exhibit_stands_under_its_own_code, with_two_outputs_exchanged),
    (guard.every_figure_can_be_seen, with_png("bm90IGFuIGltYWdl" * 400)),
    (guard.every_figure_can_be_seen, with_png(PIXEL)),
    (guard.every_figure_can_be_seen, with_png("")),
    (guard.every_figure_can_be_seen, with_svg("bm90IGFuIGltYWdl")),
    (guard.every_figure_can_be_heard, without_alternative_text),
    (guard.every_figure_can_be_heard, with_nothing_read_back),
    (guard.the_opening_block_names_the_parameters_in_force, with_another_default),
    (guard.the_opening_block_names_the_parameters_in_force, stripped),
    (guard.the_opening_block_names_the_files_as_they_are, with_another_hash),
    (guard.the_opening_block_names_the_files_as_they_are, stripped),
    (guard.the_opening_block_is_what_the_case_gives_today, edited("run", "text/plain", "0", "1")),
    (guard.the_opening_block_is_what_the_case_gives_today, edited("run", "text/html", ",", ".")),
    (guard.the_opening_block_is_what_the_case_gives_today, stripped),
    (
        guard.what_is_shown_is_what_is_carried,
        edited(TABLE, "text/html", share_of(TABLE), "11.1%"),
    ),
    (
        guard.what_is_shown_is_what_is_carried,
        edited(TABLE, "text/plain", share_of(TABLE), "11.1%"),
    ),
    (
        guard.what_is_shown_is_what_is_carried,
        edited(FINDINGS, "text/html", share_of(FINDINGS), "11.1%"),
    ),
    (
        guard.what_is_shown_is_what_is_carried,
        edited(TABLE, "data", value_of(TABLE), "0.1"),
    ),
    (
        guard.what_is_shown_is_what_is_carried,
        edited(FIGURE, "data", value_of(FIGURE), "0.1"),
    ),
    (
        guard.what_is_shown_is_what_is_carried,
        edited(FIGURE, "text/plain", " points, sums ", " points, sums 1"),
    ),
    (guard.what_is_shown_is_what_is_carried, reworded),
    (guard.nothing_names_a_machine_or_a_person_at_it, with_the_machine(str(ROOT))),
    (
        guard.nothing_names_a_machine_or_a_person_at_it,
        with_the_machine("/" + "home/someone/deaths"),
    ),
    (guard.nothing_names_a_machine_or_a_person_at_it, with_the_machine(r"C:\Users\someone")),
]


@cache
def of_the_sound_notebook(check: guard.Check) -> list[str]:
    """Return what a check finds before anything is broken, the same for all of its examples."""
    return check(sheet_of(copy.deepcopy(SOUND.node), SOUND.name))


@pytest.mark.parametrize(("check", "broken"), EXAMPLES, ids=name_of)
def test_the_check_finds_what_was_broken(check: guard.Check, broken: Break) -> None:
    assert of_the_sound_notebook(check) == []
    node = copy.deepcopy(SOUND.node)
    broken(node)
    assert check(sheet_of(node, SOUND.name)) != []


def test_every_check_has_an_example_that_breaks_it() -> None:
    assert {check for check, _ in EXAMPLES} == set(guard.CHECKS)


def test_names_of_the_user_and_the_host_are_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guard.getpass, "getuser", lambda: "jsmith")
    monkeypatch.setattr(socket, "gethostname", lambda: "ward-12-pc")
    for said in ("made by jsmith", "on ward-12-pc."):
        node = copy.deepcopy(SOUND.node)
        with_the_machine(said)(node)
        assert guard.nothing_names_a_machine_or_a_person_at_it(sheet_of(node, SOUND.name)) != []


def test_a_notebook_of_an_unknown_name_is_refused() -> None:
    renamed = Sheet("9_new", SOUND.node, SOUND.text)
    assert guard.every_exhibit_of_the_catalogue_is_shown_once(renamed) != []


# ---- How nbval is called ------------------------------------------------------------------------


def test_nothing_tells_nbval_to_compare_less() -> None:
    files = [ROOT / "Makefile", ROOT / "pyproject.toml", *sorted((ROOT / ".ci").iterdir())]
    texts = {path.name: path.read_text(encoding="utf-8") for path in files if path.is_file()}
    assert guard.ways_round_the_comparison(texts) == []


@pytest.mark.parametrize(
    "said", ["pytest --nbval-lax notebooks", "--nbval --nbval-sanitize-with a.cfg", "nbval-skip"]
)
def test_ways_round_the_comparison_are_found(said: str) -> None:
    assert guard.ways_round_the_comparison({"Makefile": said}) != []


def test_make_compares_every_notebook() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert guard.comparison_commands(makefile) == []


@pytest.mark.parametrize(
    "said",
    [
        "TESTS := pytest tests\n",
        "TESTS := pytest --nbval notebooks\n\nclean:\n\trm tests/baselines\n",
    ],
)
def test_a_makefile_that_leaves_notebooks_out_is_found(said: str) -> None:
    assert guard.comparison_commands(said) != []
