"""Real batches of a tiny notebook: one that ends, one that is killed, one that is cancelled.

Each row starts a kernel, which takes seconds, so tests that only read share one batch.
"""

import csv
import html
import json
import os
import re
import shutil
import signal
import sys
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from helpers.batch import checking, journal, plan, settle
from helpers.pack import history, settling, verify

pytestmark = [pytest.mark.xdist_group("batch"), pytest.mark.slow]

ROWS = ["small,,", "broken,,", "small,2018-01-01/2019-12-31,open", "second,,"]
GOOD = [row for row in ROWS if "broken" not in row]


def packs(out):
    """The hash of what each pack found, by its folder."""
    return {
        path.parent.relative_to(out).as_posix(): json.loads(path.read_bytes())["results_sha256"]
        for path in sorted(out.glob("*/*/v[0-9]*/manifest.json"))
    }


def tables(out):
    """The bytes of every table of every pack."""
    return {
        path.relative_to(out).as_posix(): path.read_bytes()
        for path in sorted(out.glob("*/*/v[0-9]*/tables/*.csv"))
    }


def stray(out):
    """What is there of packs that are not whole."""
    return [path.name for path in out.glob("*/.*") if path.name not in {".lock", ".rows"}]


def once_each(out, count):
    """Every pack is there once, as it was made, and each ledger holds it once."""
    found = sorted(out.glob("*/*/v[0-9]*"))
    assert [path.name for path in found] == ["v1"] * count
    assert [fault for path in found for fault in verify.faults(path)] == []
    listed = [line.pack for path in out.glob("*/ledger.jsonl") for line in history.read(path)]
    assert len(listed) == len(set(listed)) == count


@pytest.fixture(scope="module")
def done(batches_of_module):
    """A batch of four rows, of which one cannot be read."""
    made = batches_of_module
    status, said, progress = made.ran(made.plan(*ROWS))
    return SimpleNamespace(batches=made, out=made.out, status=status, said=said, progress=progress)


# ---- A batch that ends --------------------------------------------------------------------------


def test_a_row_that_fails_is_reported_with_its_reason_while_the_others_finish(done):
    assert done.status == 1
    assert "4 rows: 3 done, 1 failed" in done.said
    assert re.search(r"inquiry: row 3, broken: .*reports.csv", done.progress)
    once_each(done.out, 3)
    assert stray(done.out) == []


def test_progress_says_rows_done_failed_and_left_and_the_time_left(done):
    lines = [line for line in done.progress.splitlines() if "time left" in line]
    assert len(lines) == 4
    assert re.search(r"3 of 4 rows done, 1 failed, 0 left; time left: under a minute", lines[-1])


def test_the_table_has_a_line_a_row_in_the_order_of_the_plan(done):
    with (done.out / "batch" / "summary.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert [(row["row"], row["case"], row["status"]) for row in rows] == [
        ("2", "small", "done"),
        ("3", "broken", "failed"),
        ("4", "small", "done"),
        ("5", "second", "done"),
    ]
    assert "reports.csv" in rows[1]["reason"]
    assert {row["data_status"] for row in rows} == {"SYNTHETIC"}
    for row in rows:
        if row["pack"]:
            manifest = done.out / row["pack"] / "manifest.json"
            assert settling.listed(manifest.parent) == row["manifest_sha256"] != ""


def test_the_page_leads_to_each_pack_and_says_why_a_row_failed(done):
    page = (done.out / "batch" / "index.html").read_text(encoding="utf-8")
    links = [html.unescape(link) for link in re.findall(r'href="([^"#]+)"', page)]
    opened = [link for link in links if link.endswith("index.html")]
    assert len(opened) == 3
    assert all((done.out / "batch" / link).is_file() for link in opened)
    assert "SYNTHETIC DATA" in page
    assert 'id="why-3"' in page
    assert "reports.csv" in page
    inside = set(re.findall(r'href="#([^"]+)"', page))
    assert inside <= set(re.findall(r'id="([^"]+)"', page))


def test_what_is_done_is_not_done_twice_and_what_failed_is_tried_again(done):
    before, lines = packs(done.out), len(done.batches.lines())
    status, said, _ = done.batches.ran(done.batches.plan(*ROWS))
    new = done.batches.lines()[lines:]
    assert (status, packs(done.out)) == (1, before)
    assert "4 rows: 3 done, 3 of them before, 1 failed" in said
    assert [(line["event"], line["case"]) for line in new] == [
        ("started", "broken"),
        ("failed", "broken"),
    ]


def test_a_pack_whose_entry_in_the_journal_was_lost_is_recognised_by_the_ledger(done, tmp_path):
    out = tmp_path / "packs"
    shutil.copytree(done.out, out)
    (out / "batch" / "journal.jsonl").unlink()
    status, said, _ = done.batches.ran(done.batches.plan(*GOOD), out=out)
    assert (status, packs(out)) == (0, packs(done.out))
    assert "3 rows: 3 done, 3 of them before, 0 failed" in said
    assert [line["made"] for line in done.batches.lines(out)] == [False] * 3


def test_a_pack_in_place_that_a_kill_kept_off_the_ledger_is_put_on_it(done, tmp_path):
    """The kill came after the pack was moved into place and before its line was written."""
    out = tmp_path / "packs"
    shutil.copytree(done.out, out)
    ledger = out / "small" / "ledger.jsonl"
    whole = ledger.read_bytes()
    ledger.write_bytes(whole[: whole[:-1].rindex(b"\n") + 1])
    (out / "batch" / "journal.jsonl").unlink()
    status, said, _ = done.batches.ran(done.batches.plan(*GOOD), out=out)
    assert status == 0
    assert "3 of them before" in said
    assert ledger.read_bytes() == whole
    once_each(out, 3)


def test_a_pack_off_the_ledger_that_can_no_longer_be_put_on_it_is_moved_aside(done, tmp_path):
    """Another pack took its place, or one of its files is not as its manifest says."""
    out = tmp_path / "packs"
    shutil.copytree(done.out / "second", out / "second")
    period = out / "second" / "2018-01-01_2020-12-31"
    (out / "second" / "ledger.jsonl").unlink()
    (period / "v1" / "findings.json").write_text("[]", encoding="utf-8")
    assert "moved aside" in settling.complete(period)[0]
    assert [path.name for path in period.iterdir()] == []
    assert [path.name for path in out.glob("second/.*unlisted")] == [f".{period.name}.v1.unlisted"]
    assert settling.complete(period) == []


def test_a_pack_is_recognised_only_where_everything_it_rests_on_is_the_same(done, monkeypatch):
    monkeypatch.setenv("INQUIRY_HOME", str(done.batches.project.home))
    written = plan.read(done.batches.plan("second,,"))
    (row,) = checking.checked(written)
    pack = settle.standing(done.out, row)
    assert pack is not None
    assert pack.name == "v1"
    for change in (
        {"code": "0"},
        {"profile": "open"},
        {"pdf": True},
        {"inputs": {**row.inputs, "counts.csv": "0"}},
        {"notebooks": {"1_tiny": {**row.notebooks["1_tiny"], "level": 0.9}}},
    ):
        other = plan.Row(**{**vars(row), **change})
        assert settle.standing(done.out, other) is None, change


def test_unfinished_folders_of_dead_processes_are_taken_away_and_others_kept(tmp_path):
    dead = tmp_path / ".2018_2020.99999999.partial"
    alive = tmp_path / f".2018_2020.{os.getpid()}.partial"
    other = tmp_path / ".2018_2020.partial"
    for folder in (dead, alive, other):
        (folder / "tables").mkdir(parents=True)
    assert settle.sweep(tmp_path) == [dead.name]
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([alive.name, other.name])


def test_a_pack_that_somebody_altered_counts_as_not_done(done, tmp_path):
    """Its manifest is no longer the one on the ledger, so the row is run again."""
    pack = done.out / "second" / "2018-01-01_2020-12-31" / "v1"
    copy = tmp_path / "second" / pack.parent.name / "v1"
    shutil.copytree(pack, copy)
    shutil.copy(done.out / "second" / "ledger.jsonl", tmp_path / "second")
    assert settling.listed(copy)
    with (copy / "manifest.json").open("a", encoding="utf-8") as file:
        file.write(" ")
    assert settling.listed(copy) == ""


# ---- A batch that does not end ------------------------------------------------------------------


def test_after_a_kill_at_any_moment_no_finished_row_is_lost_or_made_twice(done, batches):
    """Killed once before a row has ended and once after; the packs are those of an unharmed one."""
    asked = batches.plan(*GOOD)
    for event, nth in (("started", 2), ("done", 1)):
        process = batches.started(asked)
        batches.wait_for(event, process, count=nth)
        process.send_signal(signal.SIGKILL)
        process.communicate()
    status, said, progress = batches.ran(asked)
    assert status == 0, progress
    assert "of them before, 0 failed" in said
    once_each(batches.out, 3)
    assert stray(batches.out) == []
    assert packs(batches.out) == packs(done.out)
    assert tables(batches.out) == tables(done.out)
    made = [line["key"] for line in batches.lines() if line["event"] == "done"]
    assert len(set(made)) == len(made) == 3


def test_ctrl_c_stops_the_rows_and_leaves_nothing_half_written(batches):
    process = batches.started(batches.plan(*GOOD))
    batches.wait_for("started", process, count=2)
    time.sleep(0.2)
    process.send_signal(signal.SIGINT)
    _, said = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "The same command goes on" in said
    journal.idle(batches.out / "batch", wait=0)  # raises if a row still runs
    assert stray(batches.out) == []
    assert (batches.out / "batch" / "index.html").is_file()
    assert list((batches.out / "batch" / "rows").iterdir()) == []


def test_a_row_that_takes_too_long_is_stopped_and_the_others_finish(batches):
    """A notebook that gets stuck for one case: its own process is gone as well."""
    stuck = 'import time\n\ntime.sleep(3_000 if run.case.id == "second" else 0)'
    cells = batches.project.cells
    batches.project.put(batches.project.notebook(cells[0], stuck, cells[1], cells[3]))
    began = time.monotonic()
    status, said, progress = batches.ran(batches.plan("second,,", "small,,"), "--minutes", "0.4")
    assert (status, time.monotonic() - began < 120) == (1, True)
    assert "2 rows: 1 done, 1 failed" in said
    assert "row 2, second: stopped: not done within 0.4 minutes (--minutes)" in progress
    once_each(batches.out, 1)
    assert stray(batches.out) == []
    journal.idle(batches.out / "batch", wait=0)  # raises if a row still runs


def test_a_limit_of_time_is_a_number_of_minutes(batches):
    status, _, said = batches.ran(batches.plan("small,,"), "--minutes", "-1")
    assert status == 2
    assert said.startswith("inquiry: --minutes -1: is no number of minutes. Use 60, or 0")


def test_a_second_batch_on_the_same_folder_is_refused(batches):
    with journal.alone(batches.out / "batch"):
        status, _, said = batches.ran(batches.plan("small,,"))
    assert status == 2
    assert "another batch is at work in this folder" in said


def test_nothing_is_left_of_a_batch_that_is_refused(batches):
    status, said, wrong = batches.ran(batches.plan("small,,", "nowhere,,"))
    assert (status, said) == (2, "")
    assert wrong.startswith("inquiry: plan.csv, row 3: ")
    assert not batches.out.exists()


@pytest.mark.skipif(sys.platform != "linux", reason="reads the memory of a process from /proc")
def test_the_memory_of_a_batch_does_not_grow_with_its_length(batches):
    """Rows that fail at once: the parent forks and forgets each."""
    days = [
        f"broken,{year}-{month:02d}-{day:02d}/2020-12-31,"
        for year in (2018, 2019)
        for month in range(1, 13)
        for day in range(1, 7)
    ]
    process = batches.started(batches.plan(*days))

    def resident():
        text = (Path(f"/proc/{process.pid}/status")).read_text(encoding="utf-8")
        return int(re.search(r"VmRSS:\s+(\d+) kB", text)[1]) / 1024

    seen = {}
    for count in (30, 140):
        batches.wait_for("failed", process, count=count)
        seen[count] = resident()
    process.communicate(timeout=120)
    assert process.returncode == 1
    assert seen[140] - seen[30] < 3, seen
