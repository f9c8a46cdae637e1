"""The ledger of a case's packs: one line a pack, and each line holds the hash of the line before.

- :class:`Entry`: one line.
- :func:`read`: the entries of a ledger.
- :func:`faults`: where the chain of a ledger is broken.
- :func:`last`: number and hash of the last entry.
- :func:`append`: put a pack on the ledger.
- :func:`locked`: let one run at a time finish, so that two never take the same version.

The ledger is ``evidence/<case>/ledger.jsonl``. A line is never changed. Whoever alters one breaks
the chain at the next; whoever cuts the end off is found out by the pack, whose manifest says which
entry it is and what the entry before it was. Whoever rewrites all of it, packs included, is found
out only by a hash that was noted elsewhere, or by a signature (:mod:`helpers.pack.signing`).
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

NAME = "ledger.jsonl"
RELEASES = "releases.jsonl"
"""The same of the releases of a case."""

RELEASE_VERSION = "1.1"
"""Version of the manifest of a release."""

NOTHING = "0" * 64
"""What the first entry holds in the place of the hash of an earlier line."""

_FIELDS = {"entry": int, "pack": str, "manifest_sha256": str, "made": str, "previous": str}


@dataclass(frozen=True)
class Entry:
    """One line of the ledger.

    Parameters
    ----------
    entry : int
        Number of the line, from 1.
    pack : str
        Id of the pack, such as ``coroners.1995-01-01_2025-07-31.v1``.
    manifest_sha256 : str
        Hash of its ``manifest.json``, which holds the hash of every other file.
    made : str
        When it was made, UTC, as ISO 8601.
    previous : str
        Hash of the line before, :data:`NOTHING` in the first.

    Examples
    --------
    >>> line = Entry(1, "small.2020.v1", "ab", "2026-01-01T00:00:00+00:00", NOTHING)
    >>> Entry.of(line.line()) == line
    True
    """

    entry: int
    pack: str
    manifest_sha256: str
    made: str
    previous: str

    def line(self) -> str:
        """Return the entry as it stands in the ledger, without the end of the line."""
        return json.dumps(asdict(self), ensure_ascii=False)

    def sha256(self) -> str:
        """Return the hash that the next entry holds."""
        return hashlib.sha256(self.line().encode()).hexdigest()

    @classmethod
    def of(cls, line: str) -> Entry:
        """Return the entry of a line.

        Raises
        ------
        ValueError
            If the line is not one that :meth:`line` writes, to the letter.
        """
        held: Any = json.loads(line)
        if not isinstance(held, dict) or {key: type(held[key]) for key in held} != _FIELDS:
            raise ValueError("not an entry")
        made = cls(**held)
        if made.line() != line:
            raise ValueError("not written as entries are written")
        return made


def _lines(path: Path) -> list[str]:
    if not path.exists():
        return []
    # Only "\n" ends a line here; other characters that may end one elsewhere are part of it.
    lines = path.read_bytes().decode("utf-8", errors="replace").split("\n")
    return lines if lines[-1] else lines[:-1]


def read(path: Path) -> list[Entry]:
    """Return the entries of a ledger that can be read, in their order.

    Parameters
    ----------
    path : Path
        The ledger; one that does not exist has none.
    """
    found = []
    for line in _lines(path):
        with contextlib.suppress(ValueError):
            found.append(Entry.of(line))
    return found


def faults(path: Path) -> list[str]:
    """Return where the chain of a ledger is broken, as sentences that name the lines.

    Parameters
    ----------
    path : Path
        The ledger.

    Returns
    -------
    list of str
        Empty where every line follows from the one before.
    """
    found, before = [], NOTHING
    if path.exists() and path.read_bytes()[-1:] not in {b"", b"\n"}:
        found.append("the last line does not end: something was cut off")
    for number, line in enumerate(_lines(path), 1):
        try:
            entry = Entry.of(line)
        except ValueError:
            found.append(f"line {number} is not an entry as the ledger writes them")
            before = hashlib.sha256(line.encode()).hexdigest()
            continue
        if entry.entry != number:
            found.append(f"line {number} says that it is entry {entry.entry}")
        if entry.previous != before:
            where = f"line {number - 1}" if number > 1 else "the beginning"
            found.append(f"line {number} does not follow from {where}: one of them was altered")
        before = entry.sha256()
    return found


def last(path: Path) -> tuple[int, str]:
    """Return the number of the last entry and the hash of its line: (0, NOTHING) if none.

    Parameters
    ----------
    path : Path
        The ledger.
    """
    lines = _lines(path)
    if not lines:
        return 0, NOTHING
    return len(lines), hashlib.sha256(lines[-1].encode()).hexdigest()


def append(path: Path, entry: Entry) -> None:
    """Put an entry on a ledger; what was there stays as it is, byte for byte.

    Parameters
    ----------
    path : Path
        The ledger; made where there is none.
    entry : Entry
        The next entry.

    Raises
    ------
    ValueError
        If it does not follow from the last line.
    """
    if (entry.entry - 1, entry.previous) != last(path):
        raise ValueError(f"entry {entry.entry} does not follow from the last line of {path.name}")
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("ab") as file:
        file.write(f"{entry.line()}\n".encode())
        file.flush()
        os.fsync(file.fileno())


@contextlib.contextmanager
def locked(folder: Path, *, wait: float = 600.0) -> Iterator[None]:
    """Let one run at a time finish a pack of a case; the lock falls when its process ends.

    Parameters
    ----------
    folder : Path
        ``evidence/<case>``; made where there is none.
    wait : float
        Seconds to wait for another run.

    Raises
    ------
    TimeoutError
        If another run holds the lock for longer.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("a+b") as file:
        until = time.monotonic() + wait
        while not _lock(file):
            if time.monotonic() > until:
                raise TimeoutError(f"another run has been finishing a pack in {folder.name}")
            time.sleep(0.05)
        yield


def _lock(file: Any) -> bool:
    try:
        if os.name == "nt":  # pragma: no cover - Windows has no fcntl
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
