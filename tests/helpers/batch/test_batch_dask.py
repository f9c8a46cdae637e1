"""The same plan on a Dask scheduler: one of two workers is killed, and nothing is lost."""

import os
import signal
import socket
import subprocess
import sys
import time

import distributed
import pytest

from helpers.batch import dask_runner, journal, settle
from helpers.errors import InputError
from helpers.pack import history, verify

pytestmark = [
    pytest.mark.xdist_group("batch"),
    # Dask's own: sockets and processes of workers that were killed.
    pytest.mark.filterwarnings("ignore"),
]


@pytest.fixture
def cluster(batches, monkeypatch):
    """A scheduler with two workers, each a process of its own, which know the shared project."""
    for name, value in batches.environment.items():
        monkeypatch.setenv(name, value)
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=None, silence_logs=50
    ) as made:
        yield made


def worker_of(cluster):
    """The process of a worker that carries out a row."""
    with distributed.Client(cluster.scheduler_address, set_as_default=False) as client:
        busy = {address for address, held in client.processing().items() if held}
        pids = client.run(os.getpid)
        return next(pids[address] for address in pids if address in busy)


@pytest.mark.slow
def test_with_one_of_two_workers_killed_every_pack_is_there_once(batches, cluster):
    spans = ["", "2018-01-01/2019-12-31", "2019-01-01/2020-12-31"]
    plan = batches.plan(*[f"small,{span},open" for span in spans], "second,,", "broken,,")
    process = batches.started(plan, "--scheduler", cluster.scheduler_address)
    until = time.monotonic() + 240
    while not list(batches.out.glob("*/.*.partial")):  # a row is being carried out
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < until
        time.sleep(0.05)
    os.kill(worker_of(cluster), signal.SIGKILL)
    _, said = process.communicate(timeout=540)
    assert process.returncode == 1, said
    assert "reports.csv" in said  # the row that cannot be read, with its reason
    ended = [line for line in batches.lines() if line["event"] != journal.STARTED]
    assert sorted(line["event"] for line in ended) == ["done"] * 4 + ["failed"]
    packs = sorted(batches.out.glob("*/*/v[0-9]*"))
    assert [path.name for path in packs] == ["v1"] * 4
    assert [fault for path in packs for fault in verify.faults(path)] == []
    listed = [
        line.pack for path in batches.out.glob("*/ledger.jsonl") for line in history.read(path)
    ]
    assert len(listed) == len(set(listed)) == 4
    for case in ("small", "second", "broken"):
        settle.sweep(batches.out / case)
    assert [path.name for path in batches.out.glob("*/.*partial")] == []


def test_a_scheduler_that_does_not_answer_is_named_before_anything_runs(batches):
    """One that refuses, and one that takes the connection and stays silent."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        began = time.monotonic()
        status, said, wrong = batches.ran(
            batches.plan("small,,"), "--scheduler", f"tcp://127.0.0.1:{port}"
        )
        assert time.monotonic() - began < 60
    assert (status, said) == (2, "")
    assert wrong.startswith(f"inquiry: --scheduler tcp://127.0.0.1:{port}: no scheduler answers")
    assert len(wrong.splitlines()) == 1
    assert not batches.out.exists()


@pytest.mark.parametrize("address", ["host:8786", "tcp://host", "tcp://:8786", "tcp://host:port"])
def test_what_is_no_address_is_refused(address):
    with pytest.raises(InputError, match="is not an address"), dask_runner.connected(address):
        pass


def test_without_dask_the_extra_is_named(monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "distributed", None)
    with (
        pytest.raises(InputError, match=r"pip install -e '\.\[batch\]'"),
        dask_runner.connected("tcp://127.0.0.1:8786"),
    ):
        pass


def test_a_worker_with_another_state_of_the_suite_makes_no_pack(batches):
    from helpers.batch import checking, child, plan

    (row,) = checking.checked(plan.read(batches.plan("small,,")))
    other = plan.Row(**{**vars(row), "code": "0" * 64})
    asked = child.packed(other, out=str(batches.out), workers=1, options={})
    said = dask_runner.carry_out_there(asked, str(batches.project.home))
    assert said["event"] == journal.FAILED
    assert "another state of the suite" in said["reason"][0]
    assert not batches.out.exists()


@pytest.mark.parametrize(("minutes", "stopped"), [(0.005, True), (0, False), (1, False)])
def test_a_row_on_a_worker_is_stopped_when_it_takes_too_long(minutes, stopped):
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(1.5)"])
    status, late = dask_runner._waited(process, minutes)
    assert (late, status) == (stopped, -signal.SIGTERM if stopped else 0)
