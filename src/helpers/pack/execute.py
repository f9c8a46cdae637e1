"""Notebooks executed by papermill, each in a process of its own, with progress and plain failures.

- :func:`execute`: one executed notebook.
- :func:`execute_all`: several, two at a time.
- :class:`NotebookFailed`: which notebook, which cell, and why.
- :class:`Progress`: what is told while cells run.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from helpers.engine import engines, server
from helpers.intake.handed import VARIABLE
from helpers.pack.normalise import normalise

WORKERS = 2
"""Notebooks at a time: a kernel keeps one core busy, and readers' machines have two at least."""


@dataclass(frozen=True)
class Progress:
    """What is told when a cell starts: the notebook, the cell, and the seconds so far.

    Parameters
    ----------
    notebook : str
        Name of the notebook.
    cell, cells : int
        Number of the code cell that starts, and how many there are.
    seconds : float
        Since the notebook was begun.
    """

    notebook: str
    cell: int
    cells: int
    seconds: float


class NotebookFailed(Exception):
    """A cell failed.

    Parameters
    ----------
    notebook, cell, name, message : str, int, str, str
        The notebook, the number of the code cell, the error's type and its message.
    executed : NotebookNode
        The notebook as far as it ran.

    Examples
    --------
    >>> print(NotebookFailed("1_rates", 3, "ValueError", "no rows", None))
    1_rates, code cell 3: ValueError: no rows
    """

    def __init__(self, notebook: str, cell: int, name: str, message: str, executed: Any) -> None:
        self.notebook, self.cell, self.name, self.message = notebook, cell, name, message
        self.executed = executed
        super().__init__(f"{notebook}, code cell {cell}: {name}: {message}")


def _quiet_kernels() -> None:
    """Keep the kernel's notice about local TCP off the console; papermill reads no such setting."""
    from jupyter_client.manager import KernelManager

    if "transport_encryption" in KernelManager.class_trait_names():
        KernelManager.transport_encryption.default_value = "auto"


def execute(
    path: Path,
    *,
    parameters: Mapping[str, Any],
    report: Callable[[Progress], None] = lambda progress: None,
    scratch: Path,
    stop: threading.Event | None = None,
    fresh: bool = False,
    handed: str = "",
) -> Any:
    """Execute a notebook in a process of its own and return it, normalised.

    Parameters
    ----------
    path : Path
        The notebook.
    parameters : mapping
        Plain literals to inject; empty: the notebook runs with its own defaults.
    report : callable
        Told of each code cell as it starts.
    scratch : Path
        Folder in which a fresh kernel finds no settings of whoever runs it; a fork reads none.
    stop : Event, optional
        When set, the notebook stops before its next cell.
    fresh : bool
        A fresh kernel, which imports every library again and reads every file of the case.
    handed : str
        A case that was read, as :func:`helpers.intake.handed.write` gives it.

    Returns
    -------
    NotebookNode
        The executed notebook, normalised.

    Raises
    ------
    NotebookFailed
        If a cell fails; the message is the last line of its error.
    """
    import papermill
    from nbclient.exceptions import CellTimeoutError, DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    source = nbformat.read(path, as_version=4)
    cells = sum(cell.cell_type == "code" for cell in source.cells) + bool(parameters)
    began = time.perf_counter()

    def tell(cell: int) -> None:
        report(Progress(path.stem, cell, cells, time.perf_counter() - began))

    watch = engines.Watch(tell, stop or threading.Event())
    fork, kernel = engines.register()
    forks = server.possible() and not fresh
    if not forks:
        _quiet_kernels()
    try:
        made = papermill.execute_notebook(
            str(path),
            parameters=dict(parameters),
            output_path=None,  # it is kept in memory: to save it after each cell takes long
            engine_name=fork if forks else kernel,
            kernel_name="python3",
            progress_bar=False,
            watch=watch,
            folder=path.parent.resolve(),
            scratch=scratch,
            given={VARIABLE: handed} if handed else {},
            parent=server.shared() if forks else None,
        )
    except PapermillExecutionError as error:
        raise NotebookFailed(
            path.stem, error.exec_count or 0, error.ename, error.evalue, watch.notebook
        ) from None
    except (server.Died, DeadKernelError, CellTimeoutError) as error:
        name = "KernelDied" if not isinstance(error, CellTimeoutError) else "CellTimeout"
        raise NotebookFailed(path.stem, watch.cell, name, str(error), watch.notebook) from None
    return normalise(made)


def _most_figures_first(paths: Iterable[Path]) -> list[Path]:
    """Return notebooks by how many figures they draw, which is what most of them take longest for.

    A long one that begins last keeps one core waiting for the other.
    """
    return sorted(paths, key=lambda path: -path.read_text(encoding="utf-8").count("show.figure("))


def execute_all(
    jobs: Mapping[Path, Mapping[str, Any]],
    *,
    report: Callable[[Progress], None] = lambda progress: None,
    scratch: Path,
    fresh: bool = False,
    workers: int = WORKERS,
    handed: str = "",
) -> tuple[dict[str, Any], dict[str, float]]:
    """Execute several notebooks, two at a time, each in a process of its own.

    Those of most figures begin first.

    Parameters
    ----------
    jobs : mapping
        Parameters to inject, by path of notebook.
    report, scratch, fresh, handed
        See :func:`execute`.
    workers : int
        Notebooks at a time.

    Returns
    -------
    dict of NotebookNode, dict of float
        Executed notebooks and their seconds, by name, in the order of the jobs.

    Raises
    ------
    NotebookFailed
        The first failure in the order of the jobs; the others are stopped at their next cell.
    """
    import papermill  # noqa: F401 - imported once here, before two threads would do it at once

    stop = threading.Event()

    def one(path: Path, values: Mapping[str, Any]) -> tuple[Any, float]:
        began = time.perf_counter()
        try:
            made = execute(
                path,
                parameters=values,
                report=report,
                scratch=scratch,
                stop=stop,
                fresh=fresh,
                handed=handed,
            )
        except NotebookFailed:
            stop.set()
            raise
        return made, time.perf_counter() - began

    executed: dict[str, Any] = {}
    seconds: dict[str, float] = {}
    failures: list[Exception] = []
    with ThreadPoolExecutor(workers) as pool:
        waiting = {path: pool.submit(one, path, jobs[path]) for path in _most_figures_first(jobs)}
        try:
            for path in jobs:
                try:
                    executed[path.stem], seconds[path.stem] = waiting[path].result()
                except (NotebookFailed, engines.Cancelled) as error:
                    failures.append(error)
        except BaseException:
            stop.set()
            pool.shutdown(wait=True, cancel_futures=True)
            raise
    if failures:
        raise next((f for f in failures if isinstance(f, NotebookFailed)), failures[0])
    return executed, seconds
