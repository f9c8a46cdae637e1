"""Traces of both shipped cases, found from their executed notebooks.

The notebooks are those that are committed: nothing is executed here.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from helpers import start
from helpers.pack.collect import Collected, collect
from helpers.pack.manifest import revision
from helpers.run import Run
from helpers.trace.find import traces
from helpers.trace.parts import Trace

ROOT = Path(__file__).resolve().parents[3]
PACKS = {
    "southern_health": ("southern_health", "notebooks", {}),
    "coroners_whole": ("coroners", "tests/baselines/coroners/1995-01-01_2025-07-31", {}),
    "coroners_part": (
        "coroners",
        "tests/baselines/coroners/2015-01-01_2019-12-31",
        {"period_start": "2015-01-01", "period_end": "2019-12-31"},
    ),
}


@dataclass(frozen=True)
class Traced:
    """A run with what was traced of it."""

    case: str
    run: Run
    executed: dict[str, Any]
    made: Collected
    traces: list[Trace]
    problems: list[Any]

    @property
    def findings(self) -> dict[str, Trace]:
        """The traces of findings by id."""
        return {one.id: one for one in self.traces if one.kind == "finding"}


def notebooks(folder: str) -> dict[str, Any]:
    """The executed notebooks of a folder by name, in the order of the pages."""
    paths = sorted((ROOT / folder).glob("[0-9]*.ipynb"))
    return {path.stem: nbformat.read(path, as_version=4) for path in paths}


def traced(name: str) -> Traced:
    """A run of one set of notebooks with its traces."""
    case, folder, days = PACKS[name]
    run = start(case=case, **days)
    executed = notebooks(folder)
    made = collect(executed)
    found, problems = traces(run, executed, made, code=revision())
    return Traced(case, run, executed, made, found, problems)
