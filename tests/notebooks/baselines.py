"""Makes the executed notebooks of another period, which prove that parameters matter.

    python tests/notebooks/baselines.py coroners 2015-01-01 2019-12-31

They are what ``inquiry run coroners --start 2015-01-01 --end 2019-12-31`` would execute.
``inquiry refresh`` executes them again with the parameters written in them.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from sheets import ROOT

from helpers.pack import execute, normalise
from helpers.pack.build import plan

NUMBERS = ("0_", "1_", "2_", "3_", "4b_")
"""The notebooks whose every exhibit follows the period."""


def make(case: str, first: str, last: str) -> list[Path]:
    """Execute the notebooks for a period and write them to ``tests/baselines/``."""
    jobs = plan(case, overrides={"period_start": first, "period_end": last}).notebooks
    chosen = {path: values for path, values in jobs.items() if path.name.startswith(NUMBERS)}
    with tempfile.TemporaryDirectory() as scratch:
        executed, _ = execute.execute_all(chosen, scratch=Path(scratch))
    folder = ROOT / "tests" / "baselines" / case / f"{first}_{last}"
    folder.mkdir(parents=True, exist_ok=True)
    written = []
    for name, notebook in executed.items():
        path = folder / f"{name}.ipynb"
        path.write_bytes(normalise.text(notebook).encode("utf-8"))
        written.append(path)
    return written


if __name__ == "__main__":
    for made in make(*sys.argv[1:]):
        sys.stdout.write(f"{made.relative_to(ROOT)}\n")
