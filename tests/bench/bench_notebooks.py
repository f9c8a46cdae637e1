"""The suite's own notebooks executed by papermill and by the suite, in one process and in two.

    python tests/bench/bench_notebooks.py WAY PROCESSES NOTEBOOK...

executes them in one of the ways; :func:`compared` does so for each way and takes the time of whole
processes, from their start to their end, with the processor time of all that they started.
"""

import os
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

CASE = "southern_health"
"""The case of the notebooks as they are."""

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
SOME = ["explore", "1c_rates_and_watching"]
FOUR = ["0_data_quality", "1_unexpected_death_rates", "2_time_to_investigation", "3_risk_factors"]


WAYS = {
    "papermill command": "one command a notebook",
    "papermill API": "a loop in each process",
    "suite": "the engine of a run, which reads the case once for all",
    "suite, fresh kernels": "the same with --fresh: each reads the case",
}


def _command(names, processes, scratch):
    def one(name):
        path = NOTEBOOKS / f"{name}.ipynb"
        asked = [sys.executable, "-m", "papermill", str(path), str(scratch / path.name)]
        asked += ["--kernel", "python3", "--no-progress-bar", "--cwd", str(NOTEBOOKS)]
        subprocess.run(asked, check=True, capture_output=True)

    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(one, names))


def _loop(names, scratch):
    import papermill

    for name in names:
        path = NOTEBOOKS / f"{name}.ipynb"
        papermill.execute_notebook(
            str(path), str(scratch / path.name), kernel_name="python3", cwd=str(NOTEBOOKS),
            progress_bar=False,
        )  # fmt: skip


def _api(names, processes, scratch):
    if processes == 1:
        _loop(names, scratch)
        return
    asked = [
        [sys.executable, __file__, "papermill API", "1", *names[first::processes]]
        for first in range(processes)
    ]
    with ThreadPoolExecutor(processes) as pool:
        list(pool.map(lambda one: subprocess.run(one, check=True, capture_output=True), asked))


def _suite(names, processes, scratch, *, fresh):
    from helpers.intake import handed
    from helpers.pack.execute import execute_all
    from helpers.run import start

    given = ""
    if not fresh:
        run = start(case=CASE)
        given = handed.write(run.case, run.extract, scratch)
    jobs = {NOTEBOOKS / f"{name}.ipynb": {} for name in names}
    execute_all(jobs, scratch=scratch, fresh=fresh, workers=processes, handed=given)


def main(way, processes, names):
    """Execute the notebooks; nothing that is made is kept."""
    with tempfile.TemporaryDirectory() as folder:
        scratch = Path(folder)
        if way == "papermill command":
            _command(names, processes, scratch)
        elif way == "papermill API":
            _api(names, processes, scratch)
        else:
            _suite(names, processes, scratch, fresh="fresh" in way)


def compared(names, processes=(1, 2)):
    """Return seconds and processor time of each way."""
    rows = []
    for many in processes:
        for way in WAYS:
            spent, began = sum(os.times()[2:4]), time.perf_counter()
            asked = [sys.executable, __file__, way, str(many), *names]
            done = subprocess.run(asked, check=False, capture_output=True, text=True)
            wall = time.perf_counter() - began
            rows.append(
                {
                    "part": "notebooks", "task": f"{len(names)} notebooks, {many} at a time",
                    "library": way, "rows": len(names), "seconds": wall,
                    "cpu": sum(os.times()[2:4]) - spent, "times": 1,
                    "result": "ok" if done.returncode == 0 else "failed",
                }
            )  # fmt: skip
            yield rows[-1]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3:])
