"""A batch, from its plan to its summary.

- :func:`conduct`: carry out a plan; what is done already is not done again.
- :func:`waiting`: a time that is left, in words.
- :class:`Batch`: what is asked.
- :class:`Standing`: how far it is.
- :class:`Ended`: what came of it.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from helpers.batch import checking, dask_runner, journal, plan, runner, settle, storage, summary
from helpers.errors import InputError
from helpers.pack import settling

FOLDER = plan.RESERVED


@dataclass(frozen=True)
class Batch:
    """What is asked.

    Parameters
    ----------
    plan : Path
        The plan, as :mod:`helpers.batch.plan` reads it.
    out : Path
        Folder of all packs; the journal and the summary are in its folder ``batch``.
    cases : str
        Folder or address of the cases; empty: ``data/`` of the project.
    notebooks : tuple of str
        Notebooks of rows that name none; empty: all.
    overrides : dict
        Parameters for every row.
    pdf : bool
        Make the PDF of each pack, which takes longer than all the rest.
    workers : int
        Rows at a time on this machine.
    scheduler : str
        Address of a Dask scheduler; empty: this machine.
    minutes : float
        That a row may take before it is stopped and counts as failed; 0: as long as it likes.
    options : dict
        Further options of :func:`helpers.pack.build.build`.
    """

    plan: Path
    out: Path
    cases: str = ""
    notebooks: tuple[str, ...] = ()
    overrides: dict[str, Any] = field(default_factory=dict)
    pdf: bool = False
    workers: int = 2
    scheduler: str = ""
    minutes: float = runner.MINUTES
    options: dict[str, Any] = field(default_factory=dict)


@dataclass
class Standing:
    """How far a batch is.

    Parameters
    ----------
    rows : int
        Of the plan.
    earlier : int
        Rows that were done before this batch began.
    done, failed, running : int
        Rows since then.
    workers : int
        Rows at a time.
    timed : int
        Rows whose seconds are known.
    seconds : float
        Of these rows together.
    last : str
        What happened last, as a line; empty at the start.
    """

    rows: int
    earlier: int = 0
    done: int = 0
    failed: int = 0
    running: int = 0
    workers: int = 2
    timed: int = 0
    seconds: float = 0.0
    last: str = ""

    @property
    def left(self) -> int:
        """Return the rows that have not ended."""
        return self.rows - self.earlier - self.done - self.failed

    @property
    def seconds_left(self) -> float | None:
        """Return the seconds that the rows left are likely to take; None before one has ended.

        Examples
        --------
        >>> Standing(rows=10, done=2, timed=2, seconds=8.0, workers=2).seconds_left
        16.0
        """
        if not self.timed:
            return None
        return self.seconds / self.timed * self.left / max(1, min(self.workers, self.left or 1))


@dataclass(frozen=True)
class Ended:
    """What came of a batch.

    Parameters
    ----------
    standing : Standing
        Its rows.
    failed : list of (int, str, list of str)
        Number, case and reasons of each row that failed.
    page : Path
        The summary.
    """

    standing: Standing
    failed: list[tuple[int, str, list[str]]]
    page: Path


def conduct(asked: Batch, *, report: Callable[[Standing], None] = lambda standing: None) -> Ended:
    """Carry out a plan, whole or what is left of it, and write the summary.

    Parameters
    ----------
    asked : Batch
        The plan and how it is carried out.
    report : callable
        Told how far it is whenever a row starts or ends.

    Returns
    -------
    Ended
        Rows done and failed.

    Raises
    ------
    InputError
        Before anything runs: with every problem of the plan, if another batch is at work in the
        folder, if the scheduler does not answer.
    KeyboardInterrupt
        If it is cancelled; the summary says how far it came, and the same command goes on.
    """
    written = plan.read(asked.plan)
    folder = asked.out / FOLDER
    new = not folder.exists()
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context(journal.alone(folder))
        try:
            names, there = plan.cases(written), bool(asked.scheduler)
            home = stack.enter_context(
                storage.home(folder, cases=asked.cases, names=names, stay=there)
            )
            rows = checking.checked(
                written,
                name=asked.plan.name,
                notebooks=asked.notebooks,
                overrides=asked.overrides,
                pdf=asked.pdf,
            )
            client = None
            if there:
                client = stack.enter_context(dask_runner.connected(asked.scheduler))
            journal.idle(folder)
            shutil.rmtree(folder / "rows", ignore_errors=True)  # of rows that were killed
        except InputError:
            if new:  # nothing ran, so nothing is left
                shutil.rmtree(folder, ignore_errors=True)
                with contextlib.suppress(OSError):
                    asked.out.rmdir()
            raise
        return _carry_out(asked, rows, folder, report, lock, client, home)


def _carry_out(
    asked: Batch,
    rows: list[plan.Row],
    folder: Path,
    report: Callable[[Standing], None],
    lock: Any,
    client: Any,
    home: Path,
) -> Ended:
    book = journal.Journal(folder / journal.NAME)
    for case in sorted({row.case for row in rows}):
        settle.sweep(asked.out / case)
    ended = dict(_done_before(asked.out, rows, book))
    left = [row for row in rows if row.key not in ended]
    standing = Standing(rows=len(rows), earlier=len(rows) - len(left), workers=asked.workers)
    common: dict[str, Any] = {"out": asked.out, "minutes": asked.minutes, "options": asked.options}
    events: Iterator[runner.Event]
    if client is not None:
        events = dask_runner.remote(left, client=client, home=home, **common)
        standing.workers = dask_runner.threads(client)
    else:
        events = runner.local(left, workers=asked.workers, close=[lock], **common)
    report(standing)
    failed: list[tuple[int, str, list[str]]] = []
    try:
        with contextlib.closing(events):  # type: ignore[type-var]
            for event in events:
                _write_down(event, book, standing, ended, failed)
                report(standing)
    finally:
        page = summary.write(folder, rows, ended, out=asked.out)
    failed.sort()
    return Ended(standing, failed, page)


def _done_before(
    out: Path, rows: list[plan.Row], book: journal.Journal
) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield the rows whose pack stands: by the journal, or else by the ledger."""
    last = book.last()
    for row in rows:
        held = last.get(row.key, {})
        if held.get("event") == journal.DONE:
            digest = settling.listed(out / held["pack"])
            if digest and digest == held["manifest_sha256"]:
                yield row.key, held
                continue
        settling.complete(out / row.folder)
        pack = settle.standing(out, row)
        if pack is not None:
            said = {
                "pack": pack.relative_to(out).as_posix(),
                "manifest_sha256": settling.listed(pack),
                "made": False,
                "seconds": held.get("seconds"),
                "reason": [],
            }
            book.add(journal.DONE, row.key, row=row.number, case=row.case, **said)
            yield row.key, {"event": journal.DONE, **said}


def _write_down(
    event: runner.Event,
    book: journal.Journal,
    standing: Standing,
    ended: dict[str, Mapping[str, Any]],
    failed: list[tuple[int, str, list[str]]],
) -> None:
    row, said = event.row, dict(event.said)
    if not said:
        book.add(journal.STARTED, row.key, row=row.number, case=row.case)
        standing.running += 1
        return
    what = said.pop("event")
    book.add(what, row.key, row=row.number, case=row.case, **said)
    ended[row.key] = {"event": what, **said}
    standing.running -= 1
    seconds = said.get("seconds")
    if seconds is not None:
        standing.timed += 1
        standing.seconds += seconds
    span = f"row {row.number}, {row.case}, {row.start} to {row.end}"
    if what == journal.DONE:
        standing.done += 1
        standing.last = f"{span}: done in {seconds:.1f} s"
    else:
        standing.failed += 1
        failed.append((row.number, row.case, said["reason"]))
        standing.last = f"{span}: failed: {(said['reason'] or ['no reason was given'])[0]}"


def waiting(seconds: float | None) -> str:
    """Return a time that is left, in words.

    Parameters
    ----------
    seconds : float, optional
        None: not known yet.

    Examples
    --------
    >>> waiting(None), waiting(50), waiting(400), waiting(9000)
    ('not known yet', 'under a minute', '7 minutes', '2 h 30 min')
    """
    if seconds is None:
        return "not known yet"
    if seconds < 60:
        return "under a minute"
    minutes = max(1, round(seconds / 60))
    if minutes < 60:
        return f"{minutes} minute{'' if minutes == 1 else 's'}"
    return f"{minutes // 60} h {minutes % 60:02d} min"
