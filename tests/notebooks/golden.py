"""Golden data: every table and finding in full precision, as CSV.

Kept for the committed notebooks (the synthetic default case) and for the baseline of the case of
real open records.

    python tests/notebooks/golden.py            says what differs from the committed notebooks
    python tests/notebooks/golden.py --write    stores what the committed notebooks hold

What a notebook shows is rounded, and nbval compares that. The data behind it travel in the
metadata of its outputs, which nbval does not see. Here they are compared: counts and text
exactly, other numbers to a relative 1e-8, and a difference names exhibit, row and column. The
data of figures are read back from the same tables, so they are not stored twice.
"""

from __future__ import annotations

import csv
import io
import math
import re
import sys
from dataclasses import dataclass
from pathlib import Path

from sheets import BASELINES, EXPLORE, NOTEBOOKS, ROOT, Sheet, facts_of, label, read

EXPECTED = ROOT / "tests" / "expected"
REAL = "coroners"
KEPT = [path for path in NOTEBOOKS if path.stem != EXPLORE]
KEPT += [path for path in BASELINES if path.parents[1].name == REAL]
"""Notebooks whose data are stored; ``explore`` is no part of a pack."""

TOLERANCE = 1e-8
WHOLE = re.compile(r"-?\d+")

Data = dict[str, str]
"""CSV text by exhibit, in the order in which a notebook shows them."""


@dataclass(frozen=True)
class Moved:
    """A value that differs: of which exhibit, in which row and column, and how."""

    exhibit: str
    row: str
    column: str
    old: str
    new: str

    def __str__(self) -> str:
        place = " ".join(part for part in (self.exhibit, self.row, self.column) if part)
        return f"{place}: {self.old} -> {self.new}"


def carried(sheet: Sheet) -> Data:
    """Return the data that a notebook's tables and findings carry."""
    every = [facts_of(output) for _, output in sheet.exhibits]
    return {facts["id"]: facts["resource"]["data"] for facts in every if facts["kind"] != "figure"}


def folder_of(path: Path) -> Path:
    """Return where the golden data of a notebook are."""
    case = [path.parents[1].name] if path in BASELINES else []
    return EXPECTED.joinpath(*case, path.stem)


def stored(path: Path) -> Data:
    """Return the golden data of a notebook."""
    files = sorted(folder_of(path).glob("*.csv"))
    return {path.stem: path.read_bytes().decode("utf-8") for path in files}


def _same(old: str, new: str) -> bool:
    if old == new:
        return True
    if WHOLE.fullmatch(old) or WHOLE.fullmatch(new):
        return False  # a count: exactly, or not at all
    try:
        return math.isclose(float(old), float(new), rel_tol=TOLERANCE, abs_tol=0)
    except ValueError:
        return False


def _rows(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text)))


def _table(exhibit: str, old: str, new: str) -> list[Moved]:
    (old_names, *old_rows), (new_names, *new_rows) = _rows(old), _rows(new)
    if old_names != new_names:
        return [Moved(exhibit, "", "columns", ", ".join(old_names), ", ".join(new_names))]
    if len(old_rows) != len(new_rows):
        return [Moved(exhibit, "", "rows", str(len(old_rows)), str(len(new_rows)))]
    return [
        Moved(exhibit, f"row {number} ({', '.join(before[:3])})", column, left, right)
        for number, (before, after) in enumerate(zip(old_rows, new_rows, strict=True), 1)
        for column, left, right in zip(old_names, before, after, strict=True)
        if not _same(left, right)
    ]


def moved(old: Data, new: Data) -> list[Moved]:
    """Return every value that differs between two sets of data."""
    found = []
    for exhibit in {**old, **new}:
        if exhibit in old and exhibit in new:
            found += _table(exhibit, old[exhibit], new[exhibit])
        else:
            words = ("shown", "not shown") if exhibit in old else ("not shown", "shown")
            found.append(Moved(exhibit, "", "", *words))
    return found


def report(found: list[Moved], *, most: int = 40) -> str:
    """Say which exhibits moved, then each value, up to ``most`` of them."""
    if not found:
        return ""
    names = ", ".join(dict.fromkeys(item.exhibit for item in found))
    lines = [f"{len(found)} values moved, in {names}:", *map(str, found[:most])]
    if len(found) > most:
        lines.append(f"... and {len(found) - most} more")
    lines.append("If the change is meant: python tests/notebooks/golden.py --write")
    return "\n".join(lines)


def write(path: Path) -> list[Moved]:
    """Store the data of a committed notebook and return what differs from what was stored."""
    data = carried(read(path))
    found = moved(stored(path), data)
    folder = folder_of(path)
    folder.mkdir(parents=True, exist_ok=True)
    for file in folder.glob("*.csv"):
        file.unlink()
    for exhibit, text in data.items():
        (folder / f"{exhibit}.csv").write_bytes(text.encode("utf-8"))
    return found


if __name__ == "__main__":
    for notebook in KEPT:
        if "--write" in sys.argv[1:]:
            differing = write(notebook)
        else:
            differing = moved(stored(notebook), carried(read(notebook)))
        sys.stdout.write(f"{label(notebook)}: {report(differing) or 'nothing moved'}\n")
