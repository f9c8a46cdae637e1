"""The process that imports the libraries and forks itself, once for each notebook.

It reads no file of a case, runs no cell and has one thread. For each notebook it is handed two
sockets: one it leaves to the fork, which talks over it with whoever asked; over the other, the
line, it tells how the fork ended. Where a line is closed at the other end, its fork is killed;
where the process that asked is gone, all are.

- :func:`load`: import what notebooks use; :func:`threads`: how many threads this process has.
- :func:`main`: import, then fork when asked, until there is nobody to ask.
"""

from __future__ import annotations

import contextlib
import ctypes
import gc
import importlib
import os
import select
import signal
import socket
import sys
import threading
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from helpers.engine import wire

LIBRARIES = (
    *("numpy", "pandas", "scipy.stats", "scipy.optimize", "scipy.sparse", "scipy.linalg"),
    *("pyarrow", "pyarrow.compute", "pyarrow.csv", "yaml", "pydantic", "python_calamine"),
    *("matplotlib.figure", "matplotlib.backends.backend_agg", "matplotlib.backends.backend_svg"),
    *("statsmodels.genmod.generalized_linear_model", "statsmodels.stats.inter_rater"),
    *("statsmodels.genmod.generalized_estimating_equations", "statsmodels.tools.numdiff"),
    *("statsmodels.discrete.discrete_model", "statsmodels.discrete.conditional_models"),
    *("IPython.core.magics", "ipykernel.ipkernel", "ipykernel.inprocess.socket"),
    *("ipykernel.kernelapp", "ipykernel.debugger", "jupyter_client.session"),
)
"""What notebooks import, and what a kernel does; one that is not installed is left out.

Not pyplot, nor what brings it (seaborn): when it is imported it ties itself to the shell of its
process, and where there is none yet, figures are missing later and nothing says so.
"""

APART = {"cli", "commands", "pack", "engine", "synthetic", "disclosure"}
"""Rooms of the house that no notebook enters; what a notebook needs of them is imported with it."""

PR_SET_PDEATHSIG = 1


@dataclass
class Fork:
    """A fork that lives: its line to whoever asked for it."""

    line: socket.socket


def load() -> list[str]:
    """Import what notebooks use, and return what could not be imported.

    Returns
    -------
    list of str
        Names of modules.
    """
    import helpers

    # Nobody can attach a debugger to a fork, and to import one takes time.
    sys.modules.setdefault("debugpy", None)  # type: ignore[arg-type]
    house = Path(helpers.__file__).parent
    files = [path.relative_to(house.parent).with_suffix("") for path in house.rglob("*.py")]
    own = [path.parts for path in files if path.parts[1] not in APART]
    names = sorted(".".join(part for part in parts if part != "__init__") for parts in own)
    lacking = []
    for name in (*LIBRARIES, *names):
        try:
            importlib.import_module(name)
        except ImportError:
            lacking.append(name)
    if sys.modules.get("debugpy") is None:
        sys.modules.pop("debugpy", None)
    return lacking


def threads() -> int:
    """Return how many threads this process has; a fork has one only, whatever the others held."""
    with contextlib.suppress(OSError):
        return len(os.listdir("/proc/self/task"))
    return threading.active_count()


def _die_with_parent() -> Any:
    """Return a function by which a fork asks the system to be killed when its parent ends."""
    with contextlib.suppress(OSError, AttributeError):
        prctl = ctypes.CDLL(None, use_errno=True).prctl
        return lambda: prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return lambda: None


def _kill(pid: int) -> None:
    """Kill a fork and every process that it has started."""
    for kill in (os.killpg, os.kill):
        with contextlib.suppress(ProcessLookupError, PermissionError):
            kill(pid, signal.SIGKILL)


class Forks:
    """The forks that live, by their process id."""

    def __init__(self, apart: list[int]) -> None:
        self.apart = apart
        self.alive: dict[int, Fork] = {}
        self._bind = _die_with_parent()
        self._me = os.getpid()

    def fork(self, work: socket.socket, line: socket.socket) -> None:
        """Fork this process; the fork runs the cells that come over ``work``, then ends."""
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid:
            work.close()
            self.alive[pid] = Fork(line)
            return
        status = 1
        try:
            os.setsid()
            self._bind()
            if os.getppid() != self._me:  # the parent ended before it could be asked
                os._exit(1)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            line.close()
            for fork in self.alive.values():
                fork.line.close()
            for number in self.apart:
                os.close(number)
            from helpers.engine import child

            status = child.main(work)
        except BaseException as error:
            said = "".join(traceback.format_exception(error))
            with contextlib.suppress(OSError):
                wire.send(work, {"type": "failed", "content": {"text": said}})
        finally:
            os._exit(status)

    def reap(self) -> None:
        """Tell of each fork that has ended, and kill what it has left running."""
        while self.alive:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if not pid:
                return
            fork = self.alive.pop(pid, None)
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(pid, signal.SIGKILL)
            if fork is not None:
                with contextlib.suppress(OSError):
                    wire.send(fork.line, {"ended": os.waitstatus_to_exitcode(status)})
                fork.line.close()

    def hung_up(self, numbers: set[int]) -> None:
        """Kill the forks for which nobody waits any more."""
        for pid, fork in self.alive.items():
            if fork.line.fileno() in numbers:
                _kill(pid)

    def end(self) -> None:
        """Kill every fork and wait until it has ended."""
        for pid in self.alive:
            _kill(pid)
        for pid in self.alive:
            with contextlib.suppress(ChildProcessError):
                os.waitpid(pid, 0)


def main(number: int) -> None:
    """Import, then fork when asked, until there is nobody to ask.

    Parameters
    ----------
    number : int
        File descriptor of the socket over which forks are asked for.
    """
    asked = socket.socket(fileno=number)
    # Ctrl-C is for the process that asks; it tells this one what follows from it.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    sys.path[:] = [folder for folder in sys.path if folder]
    lacking = load()
    gc.collect()
    gc.freeze()
    wake, woken = os.pipe()
    for end in (wake, woken):
        os.set_blocking(end, False)
    wire.send(asked, {"ready": os.getpid(), "threads": threads(), "lacking": lacking})
    signal.set_wakeup_fd(woken, warn_on_full_buffer=False)
    signal.signal(signal.SIGCHLD, lambda *_: None)
    forks = Forks([asked.fileno(), wake, woken])
    try:
        _serve(asked, wake, forks)
    finally:
        forks.end()


def _serve(asked: socket.socket, wake: int, forks: Forks) -> None:
    while True:
        poll = select.poll()
        poll.register(asked, select.POLLIN)
        poll.register(wake, select.POLLIN)
        for fork in forks.alive.values():
            poll.register(fork.line, select.POLLIN)
        came = {number for number, _ in poll.poll()}
        if wake in came:
            with contextlib.suppress(BlockingIOError):
                os.read(wake, 4096)
        forks.hung_up(came)
        forks.reap()
        if asked.fileno() in came:
            try:
                said, numbers, _, _ = socket.recv_fds(asked, 1, 2)
            except ConnectionError:
                return
            if not said:
                return
            forks.fork(*(socket.socket(fileno=item) for item in numbers))
