"""The journal of a batch: one line for each thing that happened, on disk before the next begins.

- :class:`Journal`: the file; a line that a kill tore is passed over.
- :func:`alone`: let one batch at a time work in a folder.
- :func:`running`: held by each row while it runs.
- :func:`idle`: wait until no row of an earlier batch runs.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from helpers.errors import InputError

NAME = "journal.jsonl"
DONE, FAILED, STARTED = "done", "failed", "started"


class Journal:
    """Lines of JSON, each with ``event`` and the ``key`` of its row; only ever added to.

    Parameters
    ----------
    path : Path
        The file; made by the first line.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     journal = Journal(Path(folder) / "journal.jsonl")
    ...     journal.add("done", "ab", pack="small/2020/v1")
    ...     journal.last()["ab"]["pack"]
    'small/2020/v1'
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def add(self, event: str, key: str, **said: Any) -> None:
        """Write a line and wait until it is on the disk.

        Parameters
        ----------
        event : str
            started, done or failed.
        key : str
            As :attr:`helpers.batch.plan.Row.key`.
        **said
            Plain values.
        """
        self.path.parent.mkdir(parents=True, exist_ok=True)
        at = datetime.now(UTC).isoformat(timespec="seconds")
        line = json.dumps({"event": event, "key": key, "at": at, **said}, ensure_ascii=False)
        with self.path.open("a+b") as file:
            file.seek(0, os.SEEK_END)
            if file.tell():
                file.seek(-1, os.SEEK_END)
                if file.read(1) != b"\n":  # a kill tore the last line: it stays a line of its own
                    line = f"\n{line}"
            file.write(f"{line}\n".encode())
            file.flush()
            os.fsync(file.fileno())

    def lines(self) -> Iterator[dict[str, Any]]:
        """Yield every line that can be read, in order; torn ones are passed over."""
        if not self.path.is_file():
            return
        with self.path.open("rb") as file:
            for line in file:
                with contextlib.suppress(ValueError):
                    held = json.loads(line)
                    if isinstance(held, dict) and {"event", "key"} <= held.keys():
                        yield held

    def last(self) -> dict[str, dict[str, Any]]:
        """Return the last end of each row, done or failed, by its key."""
        return {held["key"]: held for held in self.lines() if held["event"] != STARTED}


@contextlib.contextmanager
def alone(folder: Path) -> Iterator[Any]:
    """Let one batch at a time work in a folder; the lock falls when its process ends.

    Parameters
    ----------
    folder : Path
        Folder of the journal; made where there is none.

    Yields
    ------
    file
        The open lock: a child that is forked closes it, so as not to hold it.

    Raises
    ------
    InputError
        If another batch works in the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+b") as file:
        if not _lock(file, shared=False):
            file.seek(0)
            said = file.read(200).decode("utf-8", "replace").strip()
            raise InputError.one(
                f"another batch is at work in this folder{f' ({said})' if said else ''}",
                f"--out {folder.parent}",
                "Wait until it has ended, or give another folder.",
            )
        file.truncate(0)
        file.write(f"process {os.getpid()}, since {datetime.now(UTC):%H:%M} UTC".encode())
        file.flush()
        yield file


@contextlib.contextmanager
def running(folder: Path) -> Iterator[None]:
    """Say that a row is being carried out in a folder, for as long as this process lives."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".rows").open("a+b") as file:
        _lock(file, shared=True)
        yield


def idle(folder: Path, *, wait: float = 30.0) -> None:
    """Wait until no row of an earlier batch runs in a folder.

    Parameters
    ----------
    folder : Path
        Folder of the journal.
    wait : float
        Seconds.

    Raises
    ------
    InputError
        If one runs still.
    """
    until = time.monotonic() + wait
    with (folder / ".rows").open("a+b") as file:
        while not _lock(file, shared=False):
            if time.monotonic() > until:
                raise InputError.one(
                    "rows of an earlier batch are still running", f"--out {folder.parent}",
                    "Wait until they have ended.",
                )  # fmt: skip
            time.sleep(0.1)


def _lock(file: Any, *, shared: bool) -> bool:
    try:
        if os.name == "nt":  # pragma: no cover - Windows has no fcntl
            import msvcrt

            if not shared:
                file.seek(4096)
                msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            kind = fcntl.LOCK_SH if shared else fcntl.LOCK_EX
            fcntl.flock(file, kind | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
