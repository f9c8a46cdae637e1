"""The engines by which papermill executes a notebook: a fork, or a fresh kernel.

- :func:`register`: make both known to papermill; by which names.
- :class:`Watch`: what is told while cells run, and how far they came.
- :class:`Cancelled`: the run was cancelled.
"""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from helpers.engine.server import Parent, environment

FORK, FRESH = "inquiry-fork", "inquiry-fresh"


class Cancelled(Exception):
    """The run was cancelled; the notebook stops."""


@dataclass
class Watch:
    """What is told while cells run, and how far they came.

    Parameters
    ----------
    report : callable
        Called with the number of each code cell as it starts.
    stop : Event
        When set, the notebook stops.
    """

    report: Callable[[int], None]
    stop: threading.Event = field(default_factory=threading.Event)
    notebook: Any = None
    cell: int = 0

    def look(self) -> None:
        """Raise :class:`Cancelled` if the run was cancelled."""
        if self.stop.is_set():
            raise Cancelled

    def follow(self, manager: Any) -> None:
        """Be told of each cell by papermill's manager of the notebook."""
        begin = manager.cell_start
        self.notebook = manager.nb

        def cell_start(cell: Any, *args: Any, **more: Any) -> Any:
            self.look()
            if cell.cell_type == "code":
                self.cell += 1
                self.report(self.cell)
            return begin(cell, *args, **more)

        manager.cell_start = cell_start


def _fork() -> type:
    """Return the engine that runs each notebook in a fork."""
    from nbclient.exceptions import CellTimeoutError
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine

    class Client(PapermillNotebookClient):
        """papermill's own client, with a fork in place of a kernel.

        Outputs are put together by the same code of nbclient from the same messages.
        """

        def run_in(
            self, parent: Parent, folder: Path, watch: Watch, given: Mapping[str, str]
        ) -> None:
            self.reset_execution_trackers()
            with parent.child(folder, given=given, glance=watch.look) as self.child:
                self.papermill_execute_cells()
                self.nb.metadata["language_info"] = self.child.language_info
                self.set_widgets_metadata()

        def execute_cell(self, cell: Any, cell_index: int, **_: Any) -> Any:
            tags = cell.metadata.get("tags", [])
            skipped = self.skip_cells_with_tag in tags
            if cell.cell_type != "code" or not cell.source.strip() or skipped:
                return cell
            cell.outputs = []
            self.clear_before_next_output = False
            self.code_cells_executed += 1
            allowed = self.allow_errors or "raises-exception" in tags
            timeout = self._get_timeout(cell)
            try:
                for said in self.child.run(cell.source, stop_on_error=not allowed, timeout=timeout):
                    if said["type"] == "execute_reply":
                        self._judge(cell, cell_index, said)
                    else:
                        kind = {"msg_type": said["type"]}
                        message = {**kind, "header": kind, "content": said["content"]}
                        message |= {"parent_header": {}, "buffers": []}
                        self.process_message(message, cell, cell_index)
            except TimeoutError:
                raise CellTimeoutError.error_from_timeout_and_cell(
                    "Cell execution timed out", timeout, cell
                ) from None
            return cell

        def _judge(self, cell: Any, cell_index: int, said: Any) -> None:
            """Raise what a client raises of a cell that failed; nothing in it has to wait."""
            with contextlib.suppress(StopIteration):
                self._check_raise_for_error(cell, cell_index, said).send(None)

    class ForkEngine(Engine):
        @classmethod
        def execute_managed_notebook(
            cls,
            nb_man: Any,
            kernel_name: str,
            *,
            watch: Watch,
            parent: Parent,
            folder: Path,
            given: Mapping[str, str],
            execution_timeout: float | None = None,
            log_output: bool = False,
            **_: Any,
        ) -> None:
            watch.follow(nb_man)
            client = Client(
                nb_man, timeout=execution_timeout, log_output=log_output, record_timing=False
            )
            client.run_in(parent, folder, watch, given)

    return ForkEngine


def _fresh() -> type:
    """Return the engine that runs each notebook in a fresh kernel."""
    from papermill.clientwrap import PapermillNotebookClient
    from papermill.engines import Engine

    class FreshEngine(Engine):
        @classmethod
        def execute_managed_notebook(
            cls,
            nb_man: Any,
            kernel_name: str,
            *,
            watch: Watch,
            folder: Path,
            scratch: Path,
            execution_timeout: float | None = None,
            start_timeout: int = 60,
            log_output: bool = False,
            **_: Any,
        ) -> None:
            watch.follow(nb_man)
            client = PapermillNotebookClient(
                nb_man,
                kernel_name=kernel_name,
                timeout=execution_timeout,
                startup_timeout=start_timeout,
                log_output=log_output,
                resources={"metadata": {"path": str(folder)}},
                # A kernel that is shut down while it still writes says so on the console; nobody
                # is helped by it, and a failed cell is reported by papermill.
                extra_arguments=[
                    "--IPKernelApp.log_level=50",
                    "--HistoryManager.hist_file=:memory:",
                ],
            )
            client.execute(env={**environment(), "IPYTHONDIR": str(scratch / "ipython")})

    return FreshEngine


@cache
def register() -> tuple[str, str]:
    """Make both engines known to papermill.

    Returns
    -------
    tuple of str
        Names of the engine that forks and of that with fresh kernels.
    """
    from papermill.engines import papermill_engines

    papermill_engines.register(FORK, _fork())
    papermill_engines.register(FRESH, _fresh())
    return FORK, FRESH
