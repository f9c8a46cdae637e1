"""What a command says: lines on standard output, progress on standard error.

- :func:`say`: a line of the answer.
- :class:`Teller`: progress of notebooks.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from helpers.pack.execute import Progress


def say(text: str = "") -> None:
    """Write a line of the answer to standard output.

    Parameters
    ----------
    text : str
        The line, without its end.
    """
    sys.stdout.write(f"{text}\n")


class Teller:
    """Writes progress: on a terminal one line that is rewritten, else a line a notebook.

    Parameters
    ----------
    quiet : bool
        Say nothing.
    """

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty()

    def __call__(self, progress: Progress) -> None:
        """Tell of a cell that starts."""
        if self._quiet:
            return
        text = (
            f"{progress.notebook}: cell {progress.cell} of {progress.cells}, "
            f"{progress.seconds:.1f} s"
        )
        if self._live:
            sys.stderr.write(f"\r\033[K{text}")
        elif progress.cell in {1, progress.cells}:
            sys.stderr.write(f"{text}\n")
        sys.stderr.flush()

    def done(self, text: str) -> None:
        """Tell of the end, in place of the last line of progress."""
        if not self._quiet:
            sys.stderr.write(f"{chr(13) + chr(27) + '[K' if self._live else ''}{text}\n")
