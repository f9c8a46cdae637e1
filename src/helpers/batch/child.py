"""One row of a batch, carried out in a process of its own.

- :func:`carry_out`: make the pack of a row; what became of it, as plain values.
- :func:`main`: the same for a row that is given as a file, in a Python started for it.
- :func:`packed`, :func:`unpacked`: a row as text, for another process, and back.
- :func:`write`: what became of a row, in a file that is whole or not there.
- :func:`with_parent`, :func:`stop`: end when told to, and when whoever started this process ends.

``python -m helpers.batch.child ROW.json RESULT.json`` is how a row runs where processes are not
forked: on workers of a Dask scheduler, and where the system cannot fork safely.
"""

from __future__ import annotations

import ctypes
import json
import os
import signal
import sys
import time
import traceback
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from helpers.batch import journal, settle
from helpers.batch.plan import Row
from helpers.errors import InputError
from helpers.pack import settling

PR_SET_PDEATHSIG = 1
LONGEST = 2_000
"""Characters of a reason that the journal keeps."""


def _cpu() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _reason(error: BaseException) -> list[str]:
    """Return why a row failed, as the command ``inquiry run`` would say it."""
    from helpers.pack.build import NotReconciled
    from helpers.pack.execute import NotebookFailed
    from helpers.pack.write import NotTraced

    if isinstance(error, InputError):
        return [str(problem) for problem in error.problems]
    if isinstance(error, NotReconciled | NotTraced):
        return list(error.lines)
    if isinstance(error, NotebookFailed):
        kept = [f"the failed notebook is kept at {note}" for note in _notes(error)]
        return [f"{error.notebook}, code cell {error.cell}: {error.name}: {error.message}", *kept]
    return [f"{type(error).__name__}: {error}"]


def _notes(error: BaseException) -> list[str]:
    return list(getattr(error, "__notes__", []))


def carry_out(
    row: Row, *, out: Path, workers: int = 1, options: Mapping[str, Any] | None = None
) -> dict[str, Any]:
    """Make the pack of a row, or find it made, and return what became of it.

    Parameters
    ----------
    row : Row
        The row.
    out : Path
        Folder of all packs.
    workers : int
        Notebooks at a time.
    options : mapping, optional
        Further options of :func:`helpers.pack.build.build`; such as ``fresh``.

    Returns
    -------
    dict
        ``event`` (done or failed), ``pack`` (folder relative to ``out``), ``manifest_sha256``,
        ``made`` (whether this run made it), ``reason`` (lines), ``seconds``, ``cpu_seconds``.
    """
    began, used = time.perf_counter(), _cpu()
    said: dict[str, Any] = {"event": journal.FAILED, "pack": "", "made": False, "reason": []}
    with journal.running(out / "batch"):
        try:
            said["reason"] = settling.complete(out / row.folder)
            pack, made = settle.standing(out, row), False
            if pack is None:
                pack, made = _build(row, out, workers, options or {})
            digest = settling.listed(pack)
            if not digest:
                raise RuntimeError(f"{pack.name} is not on the ledger of {row.case}")
            place = pack.relative_to(out).as_posix()
            said |= {"event": journal.DONE, "pack": place, "made": made}
            said["manifest_sha256"] = digest
        except Exception as error:
            said["reason"] = [line[:LONGEST] for line in _reason(error)][:20]
            said["trace"] = traceback.format_exc()
    said["seconds"] = round(time.perf_counter() - began, 2)
    said["cpu_seconds"] = round(_cpu() - used, 2)
    return said


def _build(row: Row, out: Path, workers: int, options: Mapping[str, Any]) -> tuple[Path, bool]:
    from helpers.pack import build as packs

    planned = packs.plan(
        row.named or row.case,
        overrides=row.settings,
        names=list(row.notebooks),
        out=out,
        with_pdf=row.pdf,
    )
    made = packs.build(planned, workers=workers, **options)
    return made.folder, made.new


def with_parent(parent: int) -> None:
    """Let this process be told to stop when the one that started it, by its id, ends (on Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it ended before that could be asked
            os._exit(1)


def stop(signum: int, frame: Any) -> None:
    """Stop as Ctrl-C does: what is half-written is taken away on the way out."""
    del signum, frame
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise KeyboardInterrupt


def write(path: Path, said: Mapping[str, Any]) -> None:
    """Write what became of a row, aside first, so that nobody reads half of it.

    Parameters
    ----------
    path : Path
        The file.
    said : mapping
        As :func:`carry_out` returns it.
    """
    aside = path.with_suffix(".part")
    aside.write_text(json.dumps(said, ensure_ascii=False), encoding="utf-8")
    aside.replace(path)


def packed(row: Row, **said: Any) -> str:
    """Return a row, and what it needs beside, as text for another process.

    Parameters
    ----------
    row : Row
        The row.
    **said
        Arguments of :func:`carry_out` as plain values.

    Examples
    --------
    >>> row = Row(2, "small", "Small", "2020-01-01", "2020-12-31", "open")
    >>> unpacked(packed(row, out="packs"))[0] == row
    True
    """
    return json.dumps({"row": asdict(row), **said}, ensure_ascii=False)


def unpacked(text: str) -> tuple[Row, dict[str, Any]]:
    """Return a row, and what it needs beside, from the text of :func:`packed`."""
    said = json.loads(text)
    return Row(**said.pop("row")), said


def main(arguments: list[str]) -> int:
    """Carry out a row that is given as a file, and write what became of it to another.

    Parameters
    ----------
    arguments : list of str
        The two files.
    """
    asked, answer = (Path(name) for name in arguments)
    row, said = unpacked(asked.read_text(encoding="utf-8"))
    with_parent(said.pop("parent"))
    signal.signal(signal.SIGTERM, stop)
    out = Path(said.pop("out"))
    write(answer, carry_out(row, out=out, **said))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
