"""Rows on this machine, several at a time, each in a process of its own.

Where the system forks safely (Linux), the libraries are imported once and each row gets a fork of
this process, which has done nothing else; elsewhere a Python is started for each. Either way a row
leaves nothing behind in this process, whose memory does not grow with the length of the plan.

- :func:`local`: carry out rows; each event as it comes.
- :func:`warm`: import what rows use.
- :func:`spawn`: a Python that carries out a row, where processes are not forked.
- :func:`answered`: what became of a row whose process has ended; :func:`seconds_of`: its limit.
- :class:`Event`: a row that starts or has ended.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import math
import os
import signal
import subprocess  # noqa: S404 - starts this same Python with fixed arguments
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from helpers.batch import child, journal, settle
from helpers.batch.plan import Row

LIBRARIES = (
    *("numpy", "pandas", "scipy.stats", "matplotlib.pyplot", "seaborn", "statsmodels.api"),
    *("papermill", "nbconvert", "jinja2", "docx", "xlsxwriter", "gptables", "python_calamine"),
    *("helpers.pack.build", "helpers.pack.documents", "helpers.pack.render", "helpers.trace"),
    *("helpers.intake.trust", "helpers.intake.extracts", "helpers.exhibits", "rocrate.rocrate"),
)
GLANCE = 0.03
"""Seconds between two looks at the processes of the rows."""

PATIENCE = 15.0
"""Seconds that a row has to stop when it is told to."""

MINUTES = 60.0
"""Minutes that a row may take unless it is said otherwise; 0: as long as it likes."""


@dataclass(frozen=True)
class Event:
    """A row that starts (``said`` is empty) or has ended.

    Parameters
    ----------
    row : Row
        The row.
    said : dict
        As :func:`helpers.batch.child.carry_out` returns it.
    """

    row: Row
    said: dict[str, Any]


def warm() -> Callable[[], None]:
    """Import what rows use, so that a fork has it; what is not installed is left out.

    Returns
    -------
    callable
        What a fork calls first: then its notebooks are forked from the one process that this one
        has started for that, and not from another that would have to import everything again.
    """
    from helpers.pack.manifest import environment

    for name in LIBRARIES:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    environment()  # which packages are installed is read once for all rows
    shared = _engine()
    gc.collect()
    gc.freeze()
    return shared


def _engine() -> Callable[[], None]:
    from helpers.engine import server

    if not server.possible():
        return lambda: None
    parent = server.shared()
    try:
        parent.wait()
    except server.Died:  # then each row starts one of its own, and says what is wrong
        return lambda: None
    return partial(server.adopt, parent)


@dataclass
class _Running:
    row: Row
    pid: int
    answer: Path
    process: subprocess.Popen[bytes] | None = None
    began: float = field(default_factory=time.monotonic)
    stopped: int = 0

    def poll(self) -> int | None:
        """Return the exit status of the process, None while it runs."""
        if self.process is not None:
            return self.process.poll()
        try:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
        except ChildProcessError:
            return 1
        return os.waitstatus_to_exitcode(status) if pid else None

    def signal(self, number: int) -> None:
        """Send a signal to the process, and where it leads a group, to the group."""
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if hasattr(os, "killpg") and number == getattr(signal, "SIGKILL", None):
                os.killpg(self.pid, number)
            else:
                os.kill(self.pid, number)

    def hold_to(self, seconds: float) -> None:
        """Stop the row if it has taken longer: told first, then ended."""
        late = time.monotonic() - self.began - seconds
        if late > 0 and self.stopped == 0:
            self.signal(signal.SIGTERM)
            self.stopped = 1
        elif late > PATIENCE and self.stopped == 1:
            self.signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            self.stopped = 2


def seconds_of(minutes: float) -> float:
    """Return the seconds that a row may take; without end for 0 minutes."""
    return minutes * 60 or math.inf


def _fork(
    row: Row,
    out: Path,
    work: Path,
    said: Mapping[str, Any],
    *,
    close: Sequence[Any],
    adopt: Callable[[], None],
) -> _Running:
    answer = work / f"{row.key[:16]}.json"
    answer.unlink(missing_ok=True)
    sys.stdout.flush()
    sys.stderr.flush()
    parent = os.getpid()
    pid = os.fork()
    if pid:
        return _Running(row, pid, answer)
    status = 1
    try:
        os.setsid()
        child.with_parent(parent)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, child.stop)
        for file in close:
            os.close(file.fileno())
        adopt()
        _apart(work / f"{row.key[:16]}.txt")
        child.write(answer, child.carry_out(row, out=out, **said))
        status = 0
    except KeyboardInterrupt:
        status = 130
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        with contextlib.suppress(Exception):
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)


def _apart(log: Path) -> None:
    """Let what a row writes to the console go to a file of its own."""
    number = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    empty = os.open(os.devnull, os.O_RDONLY)
    for target in (1, 2):
        os.dup2(number, target)
    os.dup2(empty, 0)
    os.close(number)
    os.close(empty)


def spawn(
    row: Row, out: Path, work: Path, said: Mapping[str, Any], *, home: str = ""
) -> subprocess.Popen[bytes]:
    """Start a Python that carries out a row; its answer goes to ``<key>.json`` in ``work``.

    Parameters
    ----------
    row : Row
        The row.
    out, work : Path
        Folder of all packs, and of the answers.
    said : mapping
        Further arguments of :func:`helpers.batch.child.carry_out`.
    home : str
        Folder of ``data/`` and ``notebooks/``; empty: that of this process.
    """
    stem = work / row.key[:16]
    stem.with_suffix(".json").unlink(missing_ok=True)
    asked = stem.with_suffix(".ask")
    told = child.packed(row, out=str(out), parent=os.getpid(), **said)
    asked.write_text(told, encoding="utf-8")
    with stem.with_suffix(".txt").open("wb") as log:
        return subprocess.Popen(  # noqa: S603 - this Python, fixed arguments
            [sys.executable, "-m", "helpers.batch.child", str(asked), f"{stem}.json"],
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            env={**os.environ, **({"INQUIRY_HOME": home} if home else {})},
        )


def answered(
    row: Row, status: int, answer: Path, *, out: Path, pid: int, stopped_after: float = 0
) -> dict[str, Any]:
    """Return what became of a row whose process has ended; one that died is said to have.

    Parameters
    ----------
    row : Row
        The row.
    status : int
        Of its process; below 0 the signal that ended it.
    answer : Path
        The file it writes at its end.
    out : Path
        Folder of all packs.
    pid : int
        Of its process, so that what it left half-written is taken away.
    stopped_after : float
        Minutes after which it was stopped; 0: it was not.
    """
    settle.sweep((out / row.folder).parent, dead=pid)
    try:
        said = dict(json.loads(answer.read_text(encoding="utf-8")))
    except (OSError, ValueError):
        name = signal.Signals(-status).name if status < 0 else f"status {status}"
        memory = "; the machine may have run out of memory" if name == "SIGKILL" else ""
        said = {"event": journal.FAILED, "pack": "", "made": False, "seconds": None}
        said["reason"] = [f"its process ended with {name} before it had answered{memory}"]
        if stopped_after:
            said["reason"] = [f"stopped: not done within {stopped_after:g} minutes (--minutes)"]
    answer.unlink(missing_ok=True)
    answer.with_suffix(".ask").unlink(missing_ok=True)
    trace = said.pop("trace", "")
    log = answer.with_suffix(".txt")
    if said["event"] == journal.DONE:
        log.unlink(missing_ok=True)
    elif trace:
        with log.open("a", encoding="utf-8") as file:
            file.write(trace)
    return said


def local(
    rows: Sequence[Row],
    *,
    out: Path,
    workers: int = 2,
    minutes: float = MINUTES,
    options: Mapping[str, Any] | None = None,
    close: Sequence[Any] = (),
    fork: bool | None = None,
) -> Iterator[Event]:
    """Carry out rows on this machine and yield each event as it comes.

    When the iteration is left early, by Ctrl-C say, the rows that run are stopped first.

    Parameters
    ----------
    rows : sequence of Row
        In the order in which they are begun.
    out : Path
        Folder of all packs.
    workers : int
        Rows at a time.
    minutes : float
        That a row may take before it is stopped and counts as failed; 0: as long as it likes.
    options : mapping, optional
        See :func:`helpers.batch.child.carry_out`.
    close : sequence of files
        Open files that a fork closes: the lock of the batch.
    fork : bool, optional
        Whether rows are forked; default: on Linux.

    Yields
    ------
    Event
        Two a row.
    """
    fork = sys.platform == "linux" if fork is None else fork
    work = out / "batch" / "rows"
    work.mkdir(parents=True, exist_ok=True)
    said = {"workers": 1 if workers > 1 else 2, "options": dict(options or {})}
    adopt = warm() if fork and rows else lambda: None
    waiting, alive = list(reversed(rows)), []
    try:
        while waiting or alive:
            while waiting and len(alive) < workers:
                row = waiting.pop()
                if fork:
                    made = _fork(row, out, work, said, close=close, adopt=adopt)
                else:
                    process = spawn(row, out, work, said)
                    made = _Running(row, process.pid, work / f"{row.key[:16]}.json", process)
                alive.append(made)
                yield Event(row, {})
            for one in list(alive):
                status = one.poll()
                if status is None:
                    one.hold_to(seconds_of(minutes))
                    continue
                alive.remove(one)
                late = minutes if one.stopped else 0
                said_last = answered(
                    one.row, status, one.answer, out=out, pid=one.pid, stopped_after=late
                )
                yield Event(one.row, said_last)
            time.sleep(GLANCE)
    finally:
        _stop(alive, out)


def _stop(alive: Sequence[_Running], out: Path) -> None:
    """Stop rows: told first, then ended; what they leave half-written is taken away."""
    for one in alive:
        one.signal(signal.SIGTERM)
    left, until = list(alive), time.monotonic() + PATIENCE
    while left:
        left = [one for one in left if one.poll() is None]
        if left and time.monotonic() > until:
            for one in left:
                one.signal(getattr(signal, "SIGKILL", signal.SIGTERM))
            until += PATIENCE
        time.sleep(GLANCE)
    for one in alive:
        settle.sweep((out / one.row.folder).parent, dead=one.pid)
        for ending in (".json", ".part", ".ask", ".txt"):
            one.answer.with_suffix(ending).unlink(missing_ok=True)
