"""Speed, memory and agreement of every method, beside what a user would take instead.

    make bench                                 10,000 and 100,000 rows, two notebooks: minutes
    make bench SIZES=1000000                   other sizes, with commas between
    make bench FULL=1                          up to 6,000,000 rows, four notebooks: an hour

It writes table.csv and table.md beside itself, or to --out. Libraries that are not installed are
left out, with a line: `pip install -e '.[bench]'`. lifelines asks for an older pandas than ours
and works with it: `pip install --no-deps lifelines autograd autograd-gamma`. pytest does not
collect this; it tries it at 200 rows.
"""

import argparse
import json
import os
import subprocess
import sys
from pathlib import Path

import bench_report as report

HERE = Path(__file__).parent
SMALL, FULL = (10_000, 100_000), (10_000, 100_000, 1_000_000, 6_000_000)
UNCLUSTERED = {"firthmodels"}


def step(task, library, rows, limit):
    """Measure one step in a process of its own."""
    row = {"part": "methods", "task": task, "library": library, "rows": rows}
    asked = [sys.executable, str(HERE / "bench_steps.py"), task, library, str(rows), str(limit)]
    threads = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(
        asked, capture_output=True, text=True, check=False, env=os.environ | threads
    )
    if done.returncode == -14:  # its own alarm
        return row | {"result": f"> {limit} s"}, None
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["ended"])[-1]
        return row | {"result": f"failed: {said[:80]}"}, None
    told = json.loads(done.stdout.splitlines()[-1])
    if "lacks" in told:
        return row | {"result": f"not installed: {told['lacks']}"}, None
    row |= {
        "seconds": told["seconds"], "cpu": told["cpu"], "times": told["times"],
        "peak_mib": told["peak"], "before_mib": told["before"], "result": "ok",
    }  # fmt: skip
    return row, told["numbers"]


def methods(sizes, limit, only, say):
    """Measure every task by every library, small sizes first."""
    from bench_steps import TASKS

    rows = []
    for task, libraries in TASKS.items():
        if only and not any(one.lower() in task.lower() for one in only):
            continue
        stopped = {}
        for size in sizes:
            reference = None
            for library in libraries:
                if library in stopped:
                    row = {"part": "methods", "task": task, "library": library, "rows": size}
                    rows.append(row | {"result": stopped[library]})
                    continue
                row, numbers = step(task, library, size, limit)
                if row["result"] != "ok":
                    missing = row["result"].startswith("not installed")
                    stopped[library] = row["result"] if missing else "not tried"
                elif reference is None:
                    reference = numbers
                elif numbers is not None:
                    estimates, errors, many = report.differences(numbers, reference)
                    errors = None if library in UNCLUSTERED else errors
                    row |= {"estimates_differ": estimates, "errors_differ": errors}
                    row["compared"] = many
                rows.append(row)
                shown = f"{row['seconds']:.3g} s" if row["result"] == "ok" else row["result"]
                say(f"{task}, {library}, {size:,} rows: {shown}")
    return rows


def main(arguments=None, say=print):
    """Measure what was asked for and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--sizes", help="numbers of rows, with commas between")
    parser.add_argument("--full", action="store_true", help="up to 6,000,000 rows")
    parser.add_argument("--limit", type=int, help="seconds of one call; default 60, full 150")
    parser.add_argument("--only", action="append", default=[], help="part of a task; repeatable")
    parser.add_argument("--no-notebooks", action="store_true", help="methods and files only")
    parser.add_argument("--out", type=Path, default=HERE, help="folder of the table")
    asked = parser.parse_args(arguments)
    sizes = FULL if asked.full else SMALL
    if asked.sizes:
        sizes = sorted({int(size.replace("_", "")) for size in asked.sizes.split(",")})
    limit = asked.limit or (150 if asked.full else 60)
    busy = os.getloadavg()[0] if hasattr(os, "getloadavg") else float("nan")
    rows = methods(sizes, limit, asked.only, say)
    if not asked.no_notebooks and (not asked.only or "notebooks" in asked.only):
        import bench_notebooks as notebooks

        for row in notebooks.compared(notebooks.FOUR if asked.full else notebooks.SOME):
            rows.append(row)
            say(f"{row['task']}, {row['library']}: {row['seconds']:.1f} s, {row['result']}")
    told = f"sizes {', '.join(f'{size:,}' for size in sizes)}, at most {limit} s a call"
    told += f"; {busy:.1f} other processes wanted a core when it began (0: the machine was idle)"
    report.write(rows, asked.out, told=told)
    say(f"Wrote {asked.out / 'table.md'} and table.csv.")
    return 1 if any(row["result"].startswith("failed") for row in rows) else 0


if __name__ == "__main__":
    sys.exit(main())
