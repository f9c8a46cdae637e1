"""The parent and its forks, as the process that asks for them sees it.

- :class:`Parent`: a process that has imported the libraries.
- :class:`Child`: a fork of it, which runs the cells of one notebook.
- :class:`Died`: a fork that ended before its notebook did.
- :func:`shared`: one parent for the whole of this process; :func:`adopt`: that of another.
- :func:`environment`: the environment in which notebooks run.
- :func:`possible`: whether this system forks processes safely.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import signal
import socket
import subprocess  # noqa: S404 - starts this same Python with fixed arguments
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from helpers.engine import wire

START = "from helpers.engine.parent import main; main({number})"
QUIET = "background_thread:false"
"""To the allocator of pyarrow: a process that is going to be forked has one thread."""
INLINE = "module://matplotlib_inline.backend_inline"
PATIENCE = 10.0
"""Seconds that a fork has to end after its last cell."""


class Died(Exception):
    """A fork, or the parent of all, ended before the notebook did; the message says why."""


def possible() -> bool:
    """Return whether this system forks processes safely: Linux does; others get fresh kernels."""
    return sys.platform == "linux"


def environment() -> dict[str, str]:
    """Return the environment for a notebook: that of this process, and what its results rest on.

    One thread for linear algebra, so that the last digits do not depend on how many cores a
    machine has; and figures as a notebook shows them.
    """
    made = {**os.environ, "OPENBLAS_NUM_THREADS": "1"}
    made["MPLBACKEND"] = made.get("MPLBACKEND") or INLINE
    return made


def _reason(status: int | None) -> str:
    if status is None:
        return "the process from which it was forked ended"
    if status >= 0:
        return f"its process ended with status {status}"
    name = signal.Signals(-status).name if -status in set(signal.Signals) else str(-status)
    memory = "; the machine may have run out of memory" if status == -signal.SIGKILL else ""
    return f"its process was ended by {name}{memory}"


class Child:
    """A fork, which runs the cells of one notebook.

    Parameters
    ----------
    work, line : socket
        To the fork; to its parent, which tells how it ended.
    glance : callable
        Called ten times a second while a cell runs; what it raises ends the wait.
    """

    def __init__(
        self, work: socket.socket, line: socket.socket, glance: Callable[[], None]
    ) -> None:
        self._work, self._line, self._glance = work, line, glance
        self._reader = wire.Reader(work)
        self._status: int | None = None
        self._ended = False
        self.language_info: dict[str, Any] = {}

    def begin(self, folder: Path, *, environment: dict[str, str]) -> None:
        """Let the fork set itself up in a folder."""
        self._send({"folder": str(folder), "environment": environment})
        # What is written while it does belongs to no cell, as in a kernel.
        while (said := self._next(None))["type"] != "ready":
            pass
        self.language_info = said["content"]["language_info"]

    def _send(self, message: Any) -> None:
        try:
            wire.send(self._work, message)
        except ConnectionError:
            raise Died(self.ended()) from None

    def _next(self, until: float | None) -> dict[str, Any]:
        said = self._reader.next(until=until, glance=self._glance)
        if said is None:
            raise Died(self.ended())
        if said["type"] == "failed":  # a fault of the suite, not of the notebook
            raise Died(said["content"]["text"])
        return dict(said)

    def run(
        self, code: str, *, stop_on_error: bool = True, timeout: float | None = None
    ) -> Iterator[dict[str, Any]]:
        """Run a cell and give each message of it as it comes, the last one an ``execute_reply``.

        Parameters
        ----------
        code : str
            The cell.
        stop_on_error : bool
            As a client of a kernel says it.
        timeout : float, optional
            Seconds.

        Raises
        ------
        Died
            If the fork ended.
        TimeoutError
            If the cell took longer.
        """
        until = time.monotonic() + timeout if timeout else None
        self._send({"code": code, "stop_on_error": stop_on_error})
        while True:
            said = self._next(until)
            yield said
            if said["type"] == "execute_reply":
                return

    def ended(self) -> str:
        """Wait until the fork has ended, and return why."""
        if not self._ended:
            self._ended = True
            with contextlib.suppress(TimeoutError):
                said = wire.Reader(self._line).next(until=time.monotonic() + PATIENCE)
                self._status = said["ended"] if said else None
        return _reason(self._status)

    def finish(self) -> None:
        """Tell the fork that there are no more cells, and wait until it has ended."""
        with contextlib.suppress(OSError):
            self._work.shutdown(socket.SHUT_WR)
        with contextlib.suppress(OSError):  # too late, or closed already
            while self._reader.next(until=time.monotonic() + PATIENCE) is not None:
                pass
        self.close()

    def close(self) -> None:
        """End the fork, whatever it does, and wait until it has."""
        with contextlib.suppress(OSError):
            self._line.shutdown(socket.SHUT_WR)
        self.ended()
        self._work.close()
        self._line.close()


class Parent:
    """A process that has imported the libraries; each notebook gets a fork of it.

    It starts at once and imports while this process goes on. Several threads may ask it.

    Examples
    --------
    >>> with Parent() as parent, parent.child(Path("."), glance=lambda: None) as child:
    ...     messages = list(child.run("6 * 7"))
    >>> [said["content"]["data"] for said in messages if said["type"] == "execute_result"]
    [{'text/plain': '42'}]
    """

    def __init__(self) -> None:
        self._asked, there = socket.socketpair()
        with there:
            self._process = subprocess.Popen(  # noqa: S603 - this Python, fixed arguments
                [sys.executable, "-c", START.format(number=there.fileno())],
                pass_fds=[there.fileno()],
                env={**environment(), "JE_ARROW_MALLOC_CONF": QUIET},
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )
        self._lock = threading.Lock()
        self.facts: dict[str, Any] = {}

    @property
    def alive(self) -> bool:
        """Return whether the process lives."""
        return self._process.poll() is None

    def wait(self, glance: Callable[[], None] = lambda: None) -> dict[str, Any]:
        """Wait until everything is imported; return the process id, its threads, what it lacks.

        Raises
        ------
        Died
            If the process ended.
        """
        with self._lock:
            if not self.facts:
                said = wire.Reader(self._asked).next(glance=glance)
                if said is None:
                    self._process.wait()
                    raise Died(f"the parent: {_reason(self._process.returncode)}")
                self.facts = dict(said)
        return self.facts

    @contextlib.contextmanager
    def child(
        self,
        folder: Path,
        *,
        given: Mapping[str, str] | None = None,
        glance: Callable[[], None] = lambda: None,
    ) -> Iterator[Child]:
        """Give a fork that works in a folder; it has ended when the block is left.

        Parameters
        ----------
        folder : Path
            Working directory.
        given : mapping, optional
            Variables of its environment beside those of this process.
        glance : callable
            As for :class:`Child`.

        Raises
        ------
        Died
            If the parent ended.
        """
        self.wait(glance)
        work, theirs = socket.socketpair()
        line, told = socket.socketpair()
        with theirs, told:
            try:
                with self._lock:
                    socket.send_fds(self._asked, [b"f"], [theirs.fileno(), told.fileno()])
            except OSError:
                work.close()
                line.close()
                raise Died("the process from which it was to be forked ended") from None
        made = Child(work, line, glance)
        try:
            made.begin(folder, environment={**environment(), **(given or {})})
            yield made
            made.finish()
        finally:
            made.close()

    def close(self) -> None:
        """End the process with every fork of it."""
        self._asked.close()
        if not self.facts:  # it imports still, for nobody
            self._process.kill()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def __enter__(self) -> Parent:
        """Return itself."""
        return self

    def __exit__(self, *_: object) -> None:
        """End the process."""
        self.close()


@cache
def _of(process: int, number: int) -> Parent:
    """Return the parent of a process; another number is another one."""
    made = Parent()
    atexit.register(made.close)
    return made


_lock = threading.Lock()
_adopted: dict[int, Parent] = {}


def adopt(parent: Parent) -> None:
    """Let this process, itself a fork, ask the parent that the process before it has started.

    Parameters
    ----------
    parent : Parent
        Its libraries are imported (:meth:`Parent.wait` has returned).
    """
    _adopted[os.getpid()] = parent


def shared() -> Parent:
    """Return one parent for the whole of this process; one that has died is replaced."""
    if os.getpid() in _adopted:
        return _adopted[os.getpid()]
    number = 0
    with _lock:
        while not (made := _of(os.getpid(), number)).alive:
            number += 1
        return made
