"""Small projects for the mutation test, each spoilt in known places.

A project is a folder with ``data/``, ``src/`` and ``notebooks/small.ipynb``. Its notebook is made
from the helpers of the suite and executed once; then its data, a helper or its cells are changed
and its stored results are not, as happens to a real project. Every kernel reads the helpers of
the project it runs in: see :data:`FINDER`.
"""

from __future__ import annotations

import copy
import csv
import io
import os
import re
import shutil
import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree  # noqa: S405 - reads a report of our own

import nbformat
from nbformat import v4
from sheets import ROOT, facts_of

from helpers.pack import normalise
from helpers.pack.execute import execute

NAME = "small.ipynb"
DATA = Path("data/coroners")
HELPERS = Path("src/helpers")

CODE = {
    "parameters": 'case = "coroners"  # the case\n'
    'period_start = "2015-01-01"  # first day\n'
    'period_end = "2025-07-31"  # last day\n'
    "level = 0.95  # level of the intervals",
    "opening": "from helpers import figures, start\n"
    "from helpers.cohort import replies, strata as cohort\n"
    "from helpers.exhibits import Exhibits\n"
    "from helpers.methods import proportions\n\n"
    "run = start(case=case, period_start=period_start, period_end=period_end, level=level)\n"
    "show = Exhibits(run)\n"
    "show.opening()",
    "shares": 'shares = proportions.proportion(cohort.ratios(run, by="year"), level=level)\n'
    'show.table("small.shares", shares, title="Shares", shows="A share a year.")',
    "rates": 'reported = cohort.ratios(run, by="year", indicators="state_detention_share")\n'
    'rates = proportions.rate(reported, per=1000, level=level, method="byar")\n'
    'show.table("small.rates", rates, title="Rates", shows="A rate a year.", unit="number")',
    "standing": 'show.table("small.standing", replies.standing(run), title="Standing",\n'
    '           shows="Reports by what is due.", scope="replies")',
    "trend": 'show.figure("small.trend", figures.trend(shares, breaks=run.case.breaks),\n'
    '            title="Trend", shows="A line an indicator.")',
    "lines": 'counts = shares.assign(measure=shares["indicator"])\n'
    'show.figure("small.lines", figures.lines(counts), title="Counts", shows="A line a count.")',
    "latest": 'latest = shares[shares["year"].eq(shares["year"].max())]\n'
    'show.findings("small.latest", latest, title="Latest", shows="A sentence a share.",\n'
    '              stratum=["indicator"], sentence="{label}: {value}.")',
    "again": 'show.table("small.again", latest, title="Again", shows="The last year.")',
}
"""Code cells by name, in order; nbval numbers them from 0."""

FINDER = '''"""Let a kernel import the helpers of the project whose notebook it runs."""

import pathlib
import sys

for folder in pathlib.Path.cwd().parents:
    if (folder / "src" / "helpers").is_dir():
        sys.path.insert(0, str(folder / "src"))
        break
'''


def notebook() -> Any:
    """Return the small notebook, not executed."""
    cells = [v4.new_markdown_cell("# Small\n\n> A question?")]
    cells += [v4.new_code_cell(source) for source in CODE.values()]
    cells[1]["metadata"]["tags"] = ["parameters"]
    return v4.new_notebook(
        cells=[nbformat.from_dict({**cell, "id": f"cell-{n}"}) for n, cell in enumerate(cells)]
    )


def cell(node: Any, name: str) -> Any:
    """Return a code cell of the small notebook by its name."""
    code = [item for item in node["cells"] if item["cell_type"] == "code"]
    return code[list(CODE).index(name)]


def save(node: Any, project: Path) -> None:
    """Write a notebook into a project."""
    path = project / "notebooks" / NAME
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(normalise.text(node).encode("utf-8"))


def executed(folder: Path) -> Any:
    """Execute the small notebook once, on the data and the helpers of the suite."""
    source, scratch = folder / NAME, folder / "scratch"
    scratch.mkdir(parents=True)
    source.write_text(normalise.text(notebook()), encoding="utf-8")
    return execute(source, parameters={}, scratch=scratch)


def project(folder: Path, node: Any) -> Path:
    """Make a project: its own copy of the data and the helpers, and the notebook given."""
    shutil.copytree(ROOT / DATA, folder / DATA)
    shutil.copytree(ROOT / HELPERS, folder / HELPERS)  # with what is compiled: times are kept too
    save(node, folder)
    return folder


def rewrite(path: Path, *changes: tuple[str, str]) -> None:
    """Replace pieces of a file; each must be there, once."""
    text = path.read_bytes().decode("utf-8")
    for old, new in changes:
        assert text.count(old) == 1, f"{old!r} is {text.count(old)} times in {path.name}"
        text = text.replace(old, new)
    path.write_bytes(text.encode("utf-8"))
    for compiled in path.parent.glob(f"__pycache__/{path.stem}.*.pyc"):
        compiled.unlink()


def one_more(path: Path, where: dict[str, str], column: str) -> None:
    """Add one to one cell of a CSV file: a count by one, a date by a day.

    The row is the first whose cells are those of ``where``.
    """
    text = path.read_bytes().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    row = next(row for row in rows if all(row[name] == value for name, value in where.items()))
    old = row[column]
    if "-" in old:
        row[column] = (date.fromisoformat(old) + timedelta(days=1)).isoformat()
    else:
        row[column] = str(int(old) + 1)
    with path.open(
        "w", encoding="utf-8-sig" if "moj" in path.name else "utf-8", newline=""
    ) as file:
        writer = csv.DictWriter(file, list(row), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)


def with_changes(node: Any, changes: dict[str, tuple[str, str]]) -> Any:
    """Return a notebook with pieces of its code replaced and its outputs as they were."""
    made = copy.deepcopy(node)
    for name, (old, new) in changes.items():
        found = cell(made, name)
        assert found["source"].count(old) == 1, f"{old!r} in {name}"
        found["source"] = found["source"].replace(old, new)
    return made


def a_digit_behind(node: Any, name: str) -> None:
    """Change the data that a cell's table carries where nothing that is shown can tell."""
    (output,) = cell(node, name)["outputs"]
    resource = facts_of(output)["resource"]
    number = next(part for part in resource["data"].split(",") if re.fullmatch(r"0\.\d{14,}", part))
    changed = repr(float(number) * (1 + 5e-8))
    resource["data"] = resource["data"].replace(number, changed, 1)


def nbval(folder: Path) -> dict[str, set[str]]:
    """Compare the notebooks of all projects of a folder; return the red cells by project."""
    hook = folder / "hook"
    hook.mkdir()
    (hook / "sitecustomize.py").write_text(FINDER, encoding="utf-8")
    outside = {name: value for name, value in os.environ.items() if "PYTEST" not in name}
    outside.pop("INQUIRY_HOME", None)
    report = folder / "report.xml"
    paths = sorted(folder.glob(f"*/notebooks/{NAME}"))
    command = [sys.executable, "-m", "pytest", "-q", "-c", os.devnull, f"--rootdir={folder}"]
    command += ["-p", "no:cacheprovider", "--nbval", "--nbval-current-env"]
    command += ["-p", "rerun", "--nbval-cell-timeout=120"]
    done = subprocess.run(
        [*command, f"--junitxml={report}", *map(str, paths)],
        cwd=folder,
        env={**outside, "PYTHONPATH": os.pathsep.join([str(hook), str(Path(__file__).parent)])},
        capture_output=True,
        text=True,
        check=False,
    )
    assert report.is_file(), done.stdout + done.stderr
    names = list(CODE)
    red: dict[str, set[str]] = {path.parents[1].name: set() for path in paths}
    seen = dict.fromkeys(red, 0)
    for test in ElementTree.parse(report).iter("testcase"):  # noqa: S314 - our own
        place = test.get("classname", "") + test.get("file", "")
        found = next(name for name in red if f"{name}.notebooks" in place or f"{name}/" in place)
        seen[found] += 1
        if test.find("failure") is not None or test.find("error") is not None:
            red[found].add(names[int(test.get("name", "").rpartition(" ")[2])])
    assert set(seen.values()) == {len(names)}, done.stdout + done.stderr
    return red
