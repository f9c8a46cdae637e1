"""Processes that are forked: each for one notebook, and none that stays when it should be gone."""

import os
import signal
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path

import nbformat
import pytest

from helpers.engine import engines, server
from helpers.engine.server import Parent
from helpers.pack import execute
from helpers.pack.execute import NotebookFailed

pytestmark = pytest.mark.xdist_group("engine")


@pytest.fixture(scope="module")
def parent():
    with Parent() as made:
        made.wait()
        yield made


def said(parent, *cells, **more):
    """The plain text of the last result of some cells, all run in one fork."""
    texts = [None]
    with parent.child(Path("."), **more) as child:
        for cell in cells:
            for message in child.run(cell):
                if message["type"] == "execute_result":
                    texts.append(message["content"]["data"]["text/plain"])
                assert message["content"].get("status") != "error", message
    return texts[-1]


def lives(pid):
    """Whether a process lives; one that has ended and waits to be asked for does not."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def gone(pid, *, within=10.0):
    """Whether a process is gone before long."""
    until = time.monotonic() + within
    while lives(pid) and time.monotonic() < until:
        time.sleep(0.02)
    return not lives(pid)


def made(folder, *cells, name="made"):
    path = folder / f"{name}.ipynb"
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    nbformat.write(made, path)
    return path


# ---- One process, one notebook ------------------------------------------------------------------


def test_the_parent_has_imported_the_libraries_and_has_one_thread(parent):
    facts = parent.wait()
    assert facts["threads"] == 1
    assert facts["lacking"] == []
    wanted = "['pandas', 'scipy.stats', 'matplotlib.figure', 'helpers.run', 'helpers.figures']"
    assert (
        said(parent, f"import sys; [name for name in {wanted} if name not in sys.modules]") == "[]"
    )


def test_nothing_that_a_notebook_leaves_in_memory_is_there_for_the_next(parent):
    spoil = "import pandas as pd, helpers, builtins\npd.mine = helpers.mine = builtins.mine = x = 1"
    assert said(parent, spoil, "x") == "1"
    look = "import pandas as pd, helpers, builtins\n[hasattr(o, 'mine') for o in (pd, helpers)]"
    assert said(parent, look) == "[False, False]"
    assert said(parent, "import builtins; 'x' in globals(), hasattr(builtins, 'mine')") == (
        "(False, False)"
    )


def test_numbers_drawn_without_a_seed_are_others_in_each_notebook(parent):
    draw = "import random, numpy as np\nfloat(np.random.rand()), random.random()"
    draws = {said(parent, draw) for _ in range(3)}
    assert len(draws) == 3


def test_environment_and_folder_are_those_of_whoever_asks(parent, monkeypatch, tmp_path):
    monkeypatch.setenv("MINE", "yes")
    with parent.child(tmp_path, given={"HANDED": "on"}) as child:
        asked = "import os; ' '.join([os.getcwd(), os.environ['MINE'], os.environ['HANDED']])"
        (result,) = (m for m in child.run(asked) if m["type"] == "execute_result")
    assert result["content"]["data"]["text/plain"] == f"'{tmp_path} yes on'"


def test_files_that_a_notebook_left_open_are_written(parent, tmp_path):
    said(parent, f"held = open({str(tmp_path / 'left.txt')!r}, 'w'); held.write('all of it')")
    assert (tmp_path / "left.txt").read_text() == "all of it"


def test_a_fork_leaves_no_process_behind(parent):
    pid = int(said(parent, "import subprocess; subprocess.Popen(['sleep', '600']).pid"))
    assert gone(pid)


def settled(folder):
    """Return how many files a process holds open, once that no longer changes."""
    for _ in range(40):
        held = len(os.listdir(folder))
        time.sleep(0.25)
        if len(os.listdir(folder)) == held:
            return held
    raise AssertionError(f"{folder} does not settle")


def test_forks_leave_no_file_open(parent):
    before = len(os.listdir("/proc/self/fd"))
    theirs = f"/proc/{parent.wait()['ready']}/fd"
    held = settled(theirs)
    for _ in range(20):
        assert said(parent, "1") == "1"
    assert len(os.listdir("/proc/self/fd")) == before
    assert settled(theirs) == held


# ---- Ends ---------------------------------------------------------------------------------------

ENDS = {
    "import os, signal; os.kill(os.getpid(), signal.SIGKILL)": "SIGKILL; the machine may have run",
    "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)": "SIGSEGV",
    "import os; os._exit(3)": "status 3",
}


@pytest.mark.parametrize("cell", ENDS)
def test_a_notebook_whose_process_ends_has_failed_in_that_cell_and_says_how(cell, tmp_path):
    path = made(tmp_path, "print('one')", cell, "3")
    with pytest.raises(NotebookFailed, match=ENDS[cell]) as caught:
        execute.execute(path, parameters={}, scratch=tmp_path)
    assert caught.value.cell == 2
    assert caught.value.executed.cells[0].outputs[0].text == "one\n"


def test_memory_that_is_not_there_is_an_error_of_its_cell(tmp_path):
    limit = "import resource; resource.setrlimit(resource.RLIMIT_AS, (2**31, 2**31))"
    with pytest.raises(NotebookFailed, match="MemoryError"):
        execute.execute(made(tmp_path, limit, "b'0' * 2**33"), parameters={}, scratch=tmp_path)


def test_a_cell_that_takes_too_long_is_ended(parent, tmp_path):
    place = tmp_path / "pid"
    began = time.monotonic()
    with parent.child(tmp_path) as child:
        list(child.run("import os; open('pid', 'w').write(str(os.getpid()))"))
        messages = child.run("while True: pass", timeout=0.5)
        with pytest.raises(TimeoutError):
            list(messages)
        child.close()
    assert time.monotonic() - began < 10
    assert gone(int(place.read_text()))


def test_a_notebook_that_is_stopped_stops_within_its_cell(tmp_path):
    stop = threading.Event()
    place = tmp_path / "pid"
    write = f"import os, time; open({str(place)!r}, 'w').write(str(os.getpid()))"
    path = made(tmp_path, f"{write}\ntime.sleep(600)")
    threading.Timer(1.0, stop.set).start()
    began = time.monotonic()
    with pytest.raises(engines.Cancelled):
        execute.execute(path, parameters={}, scratch=tmp_path, stop=stop)
    assert time.monotonic() - began < 10
    assert gone(int(place.read_text()))


def test_where_the_parent_dies_the_notebook_has_failed_and_the_next_gets_another(tmp_path):
    first = server.shared()
    pid = first.wait()["ready"]
    cell = f"import os, signal; os.kill({pid}, signal.SIGKILL); import time; time.sleep(600)"
    with pytest.raises(NotebookFailed, match="process"):
        execute.execute(made(tmp_path, cell), parameters={}, scratch=tmp_path)
    assert gone(pid)
    again = execute.execute(made(tmp_path, "6 * 7"), parameters={}, scratch=tmp_path)
    assert again.cells[0].outputs[0].data["text/plain"] == "42"
    assert server.shared() is not first


CALLER = """
import sys, threading
from pathlib import Path
from helpers.pack.execute import execute_all
execute_all({Path(name): {} for name in sys.argv[2:]}, scratch=Path(sys.argv[1]))
"""
SLEEPS = """
import os, pathlib, time, subprocess
own = subprocess.Popen(["sleep", "600"])
pathlib.Path("{name}").write_text(f"{{os.getpid()}} {{os.getppid()}} {{own.pid}}")
time.sleep(600)
"""


@pytest.mark.parametrize("way", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_whoever_asked_is_gone_and_so_is_everything_it_asked_for(way, tmp_path):
    paths = [made(tmp_path, SLEEPS.format(name=name), name=name) for name in ("a", "b")]
    caller = subprocess.Popen(
        [sys.executable, "-c", CALLER, str(tmp_path), *map(str, paths)],
        stderr=subprocess.DEVNULL,
        start_new_session=True,
        # A shell that runs the tests in the background has told them to ignore Ctrl-C.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )
    until = time.monotonic() + 60
    places = [tmp_path / "a", tmp_path / "b"]
    while not all(p.exists() and len(p.read_text().split()) == 3 for p in places):
        assert time.monotonic() < until
        assert caller.poll() is None
        time.sleep(0.05)
    caller.send_signal(way)
    caller.wait(30)
    pids = {int(pid) for place in places for pid in place.read_text().split()}
    assert len(pids) == 5  # two forks, their own processes, and the one parent
    assert [pid for pid in pids if not gone(pid)] == []


# ---- Several at a time --------------------------------------------------------------------------


MEETS = """
import pathlib, time
pathlib.Path("{me}").touch()
until = time.monotonic() + 30
while not pathlib.Path("{other}").exists() and time.monotonic() < until:
    time.sleep(0.01)
pathlib.Path("{other}").exists()
"""


def test_two_run_at_a_time_and_progress_is_told(tmp_path):
    jobs = {
        made(tmp_path, "1", MEETS.format(me=me, other=other), name=me): {}
        for me, other in (("a", "b"), ("b", "a"))
    }
    told = []
    executed, seconds = execute.execute_all(jobs, report=told.append, scratch=tmp_path)
    assert [n.cells[1].outputs[0].data["text/plain"] for n in executed.values()] == ["True", "True"]
    assert list(executed) == list(seconds) == ["a", "b"]
    cells = {(progress.notebook, progress.cell, progress.cells) for progress in told}
    assert cells == {(name, cell, 2) for name in "ab" for cell in (1, 2)}


def test_the_notebook_of_most_figures_begins_first_and_the_order_asked_for_stays(tmp_path):
    figures = {"a": 0, "b": 2, "c": 1}
    jobs = {made(tmp_path, "1  # show.figure(" * n or "1", name=a): {} for a, n in figures.items()}
    told = []
    executed, _ = execute.execute_all(jobs, report=told.append, scratch=tmp_path, workers=1)
    assert [progress.notebook for progress in told] == ["b", "c", "a"]
    assert list(executed) == ["a", "b", "c"]


def test_the_first_failure_ends_the_others(tmp_path):
    cells = {"a": "1 / 0", "b": "import time; time.sleep(600)"}
    jobs = {made(tmp_path, cell, name=name): {} for name, cell in cells.items()}
    began = time.monotonic()
    with pytest.raises(NotebookFailed, match="a, code cell 1: ZeroDivisionError"):
        execute.execute_all(jobs, scratch=tmp_path)
    assert time.monotonic() - began < 30


def test_a_folder_is_not_changed_for_the_process_that_asks(tmp_path):
    before = Path.cwd()
    execute.execute(made(tmp_path, "1"), parameters={}, scratch=tmp_path)
    assert Path.cwd() == before
