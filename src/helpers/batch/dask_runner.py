"""The same rows on the workers of a Dask scheduler, which somebody else runs.

- :func:`connected`: a scheduler that answers, or a plain problem.
- :func:`threads`: how many rows its workers take at a time.
- :func:`remote`: carry out rows; each event as it comes.
- :func:`carry_out_there`: what a worker does with a row.

A worker starts a Python of its own for each row, so that a row leaves nothing in the worker, and
what the row uses is its own. When a worker dies, the scheduler gives its rows to another; a row
whose pack was in place by then is recognised and not made twice. Packs and cases are on a path that
client and workers share.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
import signal
import subprocess  # noqa: S404 - waits for what the runner has started
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from helpers.batch import child, journal, runner
from helpers.batch.plan import Row
from helpers.errors import InputError

TIMEOUT = 5.0
"""Seconds in which a scheduler has to answer."""


@contextlib.contextmanager
def connected(address: str, *, timeout: float = TIMEOUT) -> Iterator[Any]:
    """Give a client of a scheduler that answers.

    Parameters
    ----------
    address : str
        Such as ``tcp://host:8786``.
    timeout : float
        Seconds in which it has to answer.

    Yields
    ------
    distributed.Client
        Closed in the end; the scheduler goes on.

    Raises
    ------
    InputError
        If Dask is not installed, the address is none, or nobody answers there.
    """
    where = f"--scheduler {address}"
    try:
        from distributed import Client
    except ImportError:
        raise InputError.one(
            "Dask distributed is not installed", where, "Install it: pip install -e '.[batch]'"
        ) from None
    host, _, port = address.partition("://")[2].rpartition(":")
    if not host or not port.isdecimal():
        raise InputError.one("is not an address", where, "Write tcp://HOST:PORT.")
    try:
        kind = asyncio.run(asyncio.wait_for(_identity(address, timeout), timeout))
        if kind != "Scheduler":
            raise ValueError
        client = Client(address, timeout=timeout, set_as_default=False, name="inquiry-batch")
    except (OSError, TimeoutError, ValueError, RuntimeError) as error:
        raise InputError.one(
            f"no scheduler answers there within {timeout:g} seconds ({type(error).__name__})",
            where,
            "Start it, or correct the address. Without --scheduler this machine does the work.",
        ) from None
    try:
        yield client
    finally:
        client.close(timeout=timeout)


async def _identity(address: str, timeout: float) -> str:
    """Return what answers at an address: a client alone would wait for one that stays silent."""
    from distributed.comm import connect
    from distributed.security import Security

    known = Security().get_connection_args("client")
    there = await connect(address, timeout=timeout, **known)
    try:
        await there.write({"op": "identity", "reply": True})
        said = await there.read()
    finally:
        there.abort()
    return str(said.get("type", "")) if isinstance(said, dict) else ""


def threads(client: Any) -> int:
    """Return how many rows the workers of a scheduler take at a time; 1 where there are none."""
    return max(1, sum(client.nthreads().values()))


def carry_out_there(asked: str, home: str, minutes: float = 0) -> dict[str, Any]:
    """Carry out a row on a worker, in a Python of its own.

    Parameters
    ----------
    asked : str
        As :func:`helpers.batch.child.packed` returns it.
    home : str
        Folder of ``data/`` and ``notebooks/`` on the shared path.
    minutes : float
        That the row may take; 0: as long as it likes.

    Returns
    -------
    dict
        As :func:`helpers.batch.child.carry_out`.
    """
    from helpers.pack.manifest import code

    row, said = child.unpacked(asked)
    out = Path(said.pop("out"))
    if code()["sha256"] != row.code:
        return _failed("the worker has another state of the suite than the machine that asks")
    work = out / "batch" / "rows" / f"{platform.node()}-{os.getpid()}"
    work.mkdir(parents=True, exist_ok=True)
    process = runner.spawn(row, out, work, said, home=home)
    late = False
    try:
        status, late = _waited(process, minutes)
    except BaseException:
        process.send_signal(signal.SIGTERM)
        process.wait()
        raise
    answer = work / f"{row.key[:16]}.json"
    answer_said = runner.answered(
        row, status, answer, out=out, pid=process.pid, stopped_after=minutes if late else 0
    )
    with contextlib.suppress(OSError):
        work.rmdir()
    return answer_said


def _waited(process: subprocess.Popen[bytes], minutes: float) -> tuple[int, bool]:
    """Return the status of a row's process at its end, and whether it had to be stopped."""
    try:
        return process.wait(timeout=minutes * 60 or None), False
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGTERM)
    try:
        return process.wait(timeout=runner.PATIENCE), True
    except subprocess.TimeoutExpired:
        process.kill()
        return process.wait(), True


def remote(
    rows: Sequence[Row],
    *,
    client: Any,
    out: Path,
    home: Path,
    minutes: float = runner.MINUTES,
    options: Mapping[str, Any] | None = None,
) -> Iterator[runner.Event]:
    """Carry out rows on the workers of a scheduler and yield each event as it comes.

    When the iteration is left early, the rows that have not begun are taken back.

    Parameters
    ----------
    rows : sequence of Row
        In the order in which they are begun.
    client : distributed.Client
        As :func:`connected` gives it.
    out, home : Path
        Folder of all packs, and of ``data/`` and ``notebooks/``: on a path that workers share.
    minutes : float
        That a row may take before it is stopped and counts as failed; 0: as long as it likes.
    options : mapping, optional
        See :func:`helpers.batch.child.carry_out`.

    Yields
    ------
    Event
        Two a row.
    """
    from distributed import as_completed

    by_key: dict[str, Row] = {}
    futures = []
    for place, row in enumerate(rows):
        asked = child.packed(row, out=str(out), workers=1, options=dict(options or {}))
        key = f"inquiry-{row.key[:16]}-{time.time_ns()}"
        futures.append(
            client.submit(
                carry_out_there, asked, str(home), minutes, key=key, pure=False, priority=-place
            )
        )
        by_key[key] = row
        yield runner.Event(row, {})
    try:
        for future in as_completed(futures, loop=client.loop):
            yield runner.Event(by_key[future.key], _said(future))
            future.release()
    finally:
        with contextlib.suppress(Exception):
            client.cancel([future for future in futures if not future.done()])


def _said(future: Any) -> dict[str, Any]:
    if future.status == "finished":
        return dict(future.result())
    error = future.exception() if future.status == "error" else None
    reason = f"{type(error).__name__}: {error}" if error else f"the row was {future.status}"
    return _failed(" ".join(reason.split())[: child.LONGEST])


def _failed(reason: str) -> dict[str, Any]:
    said = {"event": journal.FAILED, "pack": "", "made": False, "seconds": None}
    return {**said, "reason": [reason]}
