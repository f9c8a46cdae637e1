"""The benchmarks run, at 200 rows, and libraries agree: what is slow must not be wrong as well."""

import csv
import sys
from datetime import date
from functools import cache
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import bench
import bench_report as report
import bench_steps as steps

ROWS = 200
STEPS = [(task, library) for task, libraries in steps.TASKS.items() for library in libraries]
CLOSE = {"Aalen-Johansen": 1e-2, "Cox, Efron": 1e-6, "Cox, Breslow": 1e-6}
"""lifelines moves tied times apart at random; the others stop where a step is small."""


@cache
def ours(task):
    """What the suite makes of a task."""
    return steps.main(task, "suite", ROWS, 100)["numbers"]


def done(task, library):
    """Do one step; skip what is not installed."""
    told = steps.main(task, library, ROWS, 100)
    if "lacks" in told:
        pytest.skip(f"{told['lacks']} is not installed")
    return told


@pytest.mark.parametrize(("task", "library"), STEPS)
def test_a_step_is_timed_and_agrees_with_the_suite(task, library):
    told = done(task, library)
    assert told["seconds"] > 0
    assert told["numbers"]["estimate"]
    if library != "suite":
        estimates, errors, many = report.differences(told["numbers"], ours(task))
        assert many >= 10
        assert estimates < CLOSE.get(task, 1e-6)
        if errors is not None and library not in bench.UNCLUSTERED:
            assert errors < 1e-6


def test_the_table_is_written_with_the_machine_and_without_its_name(tmp_path):
    said = []
    asked = ["--sizes", "200,400", "--only", "tally, parquet", "--no-notebooks"]
    assert bench.main([*asked, "--out", str(tmp_path)], say=said.append) == 0
    assert said[-1].startswith("Wrote ")
    with (tmp_path / "table.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["library"], row["rows"], row["result"]) for row in rows] == [
        ("suite", "200", "ok"), ("pandas", "200", "ok"),
        ("suite", "400", "ok"), ("pandas", "400", "ok"),
    ]  # fmt: skip
    assert [row["estimates_differ"] for row in rows] == ["", "0", "", "0"]
    page = (tmp_path / "table.md").read_text(encoding="utf-8")
    assert "| tally, Parquet | suite |" in page
    assert "Python 3." in page
    assert sorted(path.name for path in tmp_path.iterdir()) == ["table.csv", "table.md"]


def test_a_call_that_takes_too_long_is_ended_and_said(tmp_path, monkeypatch):
    slow = "import signal, sys, time; signal.alarm(int(sys.argv[4])); time.sleep(60)"
    (tmp_path / "bench_steps.py").write_text(slow, encoding="utf-8")
    monkeypatch.setattr(bench, "HERE", tmp_path)
    row, numbers = bench.step("Cox, Efron", "lifelines", ROWS, 1)
    assert (row["result"], numbers) == ("> 1 s", None)


def test_after_a_time_out_larger_sizes_are_not_tried(monkeypatch):
    def step(task, library, rows, limit):
        row = {"part": "methods", "task": task, "library": library, "rows": rows}
        if library == "suite":
            return row | {"result": "ok", "seconds": 1.0}, {"estimate": {"a": 1.0}}
        return row | {"result": "> 1 s" if library == "statsmodels" else "not installed: x"}, None

    monkeypatch.setattr(bench, "step", step)
    rows = bench.methods([1, 2], 1, ["efron"], lambda said: None)
    assert [(row["library"], row["rows"], row["result"]) for row in rows] == [
        ("suite", 1, "ok"), ("statsmodels", 1, "> 1 s"), ("lifelines", 1, "not installed: x"),
        ("suite", 2, "ok"), ("statsmodels", 2, "not tried"), ("lifelines", 2, "not installed: x"),
    ]  # fmt: skip


def test_growth_is_the_slope_of_the_logarithms():
    assert report.growth([(10, 2.0), (100, 20.0), (1000, 200.0)]) == pytest.approx(1)
    assert report.growth([(10, 1.0), (100, 100.0)]) == pytest.approx(2)
    assert report.growth([(10, 1.0)]) is None


def test_what_was_not_measured_is_a_word_in_the_table():
    base = {"part": "methods", "task": "Cox", "rows": 10}
    rows = [
        base | {"library": "suite", "seconds": 1.0, "cpu": 0.5, "peak_mib": 99.6, "result": "ok"},
        base | {"library": "other", "result": "> 60 s"},
        {"part": "notebooks", "task": "2 notebooks", "library": "papermill command",
         "seconds": 10.0, "cpu": 8.0, "result": "ok"},
        {"part": "notebooks", "task": "2 notebooks", "library": "suite",
         "seconds": 2.0, "cpu": 2.0, "result": "ok"},
    ]  # fmt: skip
    page = report.markdown(report.grown(rows), told="a trial", on=date(2026, 1, 2))
    assert "on 02 January 2026: a trial." in page
    assert "| Cox | suite | 1 (0.5) / 100 |  |  |" in page
    assert "| Cox | other | > 60 s |  |  |" in page
    assert "| 2 notebooks | suite | 2.0 | 2.0 | 5.0 times as long |" in page
