"""What was measured as a table: a CSV file, and the same in Markdown with the machine on top."""

import csv
import importlib.metadata
import math
import os
import platform
from datetime import date
from pathlib import Path

COLUMNS = [
    "part", "task", "library", "rows", "seconds", "cpu", "times", "peak_mib", "before_mib",
    "result", "estimates_differ", "errors_differ", "compared", "growth",
]  # fmt: skip
LIBRARIES = [
    "numpy", "scipy", "pandas", "pyarrow", "duckdb", "statsmodels", "papermill", "nbclient",
    "lifelines", "scikit-learn", "firthmodels",
]  # fmt: skip


def machine():
    """Return what the machine is, without its name: lines of words."""
    model = platform.processor() or platform.machine()
    cpu = Path("/proc/cpuinfo")
    if cpu.exists():
        named = [line for line in cpu.read_text().splitlines() if line.startswith("model name")]
        model = named[0].partition(":")[2].strip() if named else model
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    versions = []
    for name in LIBRARIES:
        try:
            versions.append(f"{name} {importlib.metadata.version(name)}")
        except importlib.metadata.PackageNotFoundError:
            versions.append(f"{name} not installed")
    return [
        f"{model}, {os.cpu_count()} cores, {memory:.0f} GiB; {platform.system()}.",
        f"Python {platform.python_version()}; {', '.join(versions)}.",
    ]


def growth(rows):
    """Return the slope of log processor seconds on log rows, by least squares.

    >>> round(growth([(10, 1.0), (100, 10.0), (1000, 100.0)]), 9)
    1.0
    """
    points = [(math.log(n), math.log(s)) for n, s in rows if s > 0]
    if len(points) < 2:
        return None
    mean_x = sum(x for x, _ in points) / len(points)
    mean_y = sum(y for _, y in points) / len(points)
    over = sum((x - mean_x) ** 2 for x, _ in points)
    return sum((x - mean_x) * (y - mean_y) for x, y in points) / over


def differences(numbers, reference):
    """Return the greatest differences of estimates and of errors, and how many were compared."""
    found = []
    shared = sorted(set(numbers["estimate"]) & set(reference["estimate"]))
    for kind in ("estimate", "std_error"):
        mine, other = numbers.get(kind), reference.get(kind)
        pairs = [(mine[one], other[one]) for one in shared] if mine and other else []
        gaps = [abs(a - b) for a, b in pairs if not (math.isnan(a) or math.isnan(b))]
        found.append(max(gaps) if gaps else None)
    return (*found, len(shared))


def grown(rows):
    """Give each row the growth of its task by its library over all sizes."""
    for row in rows:
        mine = [
            (one["rows"], one["cpu"])
            for one in rows
            if (one["task"], one["library"]) == (row["task"], row["library"])
            and one["result"] == "ok"
            and one["part"] != "notebooks"
        ]
        row["growth"] = growth(mine)
    return rows


def _shown(value, form):
    return "" if value is None or value == "" else format(value, form)


def _cell(row):
    if row["result"] != "ok":
        return row["result"]
    memory = _shown(row.get("peak_mib"), ",.0f")
    return f"{row['seconds']:.3g} ({row['cpu']:.3g}) / {memory}"


def _methods(rows):
    sizes = sorted({row["rows"] for row in rows})
    head = ["task", "library", *(f"{size:,} rows" for size in sizes), "growth", "differs"]
    lines = [f"| {' | '.join(head)} |", "|---" * len(head) + "|"]
    for task, library in dict.fromkeys((row["task"], row["library"]) for row in rows):
        mine = {row["rows"]: row for row in rows
                if (row["task"], row["library"]) == (task, library)}  # fmt: skip
        done = [row for row in mine.values() if row["result"] == "ok"]
        last = max(done, key=lambda row: row["rows"]) if done else {}
        gap = ""
        if last.get("compared"):
            gap = _shown(last.get("estimates_differ"), ".0e")
            error = last.get("errors_differ")
            gap += f", {error:.0e}" if error is not None else ", -"
        cells = [_cell(mine[size]) if size in mine else "" for size in sizes]
        slope = _shown(last.get("growth"), ".2f")
        lines.append(f"| {' | '.join([task, library, *cells, slope, gap])} |")
    return lines


def markdown(rows, *, told, on):
    """Return the whole page."""
    methods = [row for row in rows if row["part"] == "methods"]
    notebooks = [row for row in rows if row["part"] == "notebooks"]
    lines = [
        "# Benchmarks", "",
        f"Written by `make bench` on {on:%d %B %Y}: {told}. SYNTHETIC data.", "",
        *machine(), "",
    ]  # fmt: skip
    if methods:
        lines += [
            "Each size in a process of its own: seconds (processor seconds) / greatest memory of "
            "the process in MiB, the data in it; medians of three calls, or one of more than 6 s. "
            "Timed from the frame or file to estimates and errors; coding terms as numbers is part "
            "of it, importing is not. `> N s`: ended after N seconds; larger sizes were then not "
            "tried. Growth: slope of log processor seconds on log rows (1: twice the rows, twice "
            "the time). Differs: greatest absolute difference from the suite at the largest size, "
            "of estimates and of standard errors.", "",
            *_methods(methods), "",
            "The errors of firthmodels know no clusters, so that only estimates are compared. "
            "lifelines moves tied times apart at random before it takes the Aalen-Johansen curve. "
            "scikit-survival is licensed under the GPL, which this project does not import.", "",
        ]  # fmt: skip
    if notebooks:
        base = {
            row["task"]: row["seconds"]
            for row in notebooks
            if row["library"] == "papermill command"
        }
        lines += [
            "Notebooks of the suite as they are, whole processes from start to end, kernels and "
            "all.", "",
            "| what | engine | seconds | processor seconds | papermill command takes |",
            "|---|---|---|---|---|",
        ]  # fmt: skip
        for row in notebooks:
            times = f"{base[row['task']] / row['seconds']:.1f} times as long"
            if row["result"] != "ok":
                times = row["result"]
            lines.append(
                f"| {row['task']} | {row['library']} | {row['seconds']:.1f} | {row['cpu']:.1f} "
                f"| {times} |"
            )
    return "\n".join(lines).rstrip() + "\n"


def write(rows, folder, *, told, on=None):
    """Write table.csv and table.md; each is complete or as it was."""
    folder.mkdir(parents=True, exist_ok=True)
    rows = grown(rows)
    aside = folder / "table.csv.part"
    with aside.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS, lineterminator="\n", extrasaction="ignore")
        writer.writeheader()
        for row in rows:
            kept = {name: row.get(name) for name in COLUMNS}
            writer.writerow({n: f"{v:.4g}" if isinstance(v, float) else v for n, v in kept.items()})
    aside.replace(folder / "table.csv")
    page = folder / "table.md.part"
    page.write_text(markdown(rows, told=told, on=on or date.today()), encoding="utf-8")
    page.replace(folder / "table.md")
