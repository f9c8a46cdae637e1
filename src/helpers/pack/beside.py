"""Work in a process of its own while this one goes on: a second core for what is independent.

- :func:`begin`: start work; what it returns waits for it.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import warnings
from collections.abc import Callable
from typing import Any


def begin(work: Callable[[], Any], *, apart: bool = True) -> Callable[[], Any]:
    """Start work in a process of its own, and return what waits for it and gives its result.

    Parameters
    ----------
    work : callable
        Needs nothing that this process goes on to change; its result, or the error that it
        raises, can be pickled. It may write files.
    apart : bool
        False: it is done here, when it is waited for. So it is where processes cannot be forked,
        or there is one core.

    Returns
    -------
    callable
        Waits, and returns the result; raises what the work raised.

    Raises
    ------
    RuntimeError
        On waiting, if the process ended without a word.

    Examples
    --------
    >>> waiting = begin(lambda: 540 + 182)
    >>> waiting()
    722
    """
    if not apart or not sys.platform.startswith("linux") or (os.cpu_count() or 1) < 2:
        return work
    context = multiprocessing.get_context("fork")
    receive, send = context.Pipe(duplex=False)
    child = context.Process(target=_do, args=(work, send))
    with warnings.catch_warnings():
        # Python warns of threads that a fork leaves behind; the work waits for none of them.
        warnings.simplefilter("ignore", DeprecationWarning)
        child.start()
    send.close()

    def wait() -> Any:
        try:
            good, result = receive.recv()
        except EOFError:
            child.join()
            raise RuntimeError(f"a process ended without a word ({child.exitcode})") from None
        finally:
            receive.close()
        child.join()
        if not good:
            raise result
        return result

    return wait


def _do(work: Callable[[], Any], send: Any) -> None:
    try:
        told = (True, work())
    except BaseException as error:  # noqa: BLE001 - raised where it is waited for
        told = (False, error)
    try:
        send.send(told)
    except Exception as error:  # noqa: BLE001 - what cannot be pickled is told in words
        send.send((False, RuntimeError(f"{type(told[1]).__name__}: {told[1]} ({error})")))
    send.close()
