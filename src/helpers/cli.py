"""The command ``inquiry``: run a case, make one, list cases and parameters, refresh the notebooks.

Exit status: 0 done; 1 a notebook failed or a published figure does not agree; 2 the input cannot
be used (one plain line for each problem, nothing written); 130 cancelled.
"""

from __future__ import annotations

import argparse
import gc
import sys
from collections.abc import Sequence

import helpers
from helpers.commands import (
    batch,
    clerical,
    compare,
    fix_plan,
    gather,
    listing,
    new_case,
    new_period,
    refresh,
    release,
    restate,
    run,
    sign,
    synthesise,
    synthesise_period,
    trace,
    verify,
)
from helpers.errors import InputError
from helpers.sparing import spare_grammar

MODULES = {
    "run": run,
    "new-case": new_case,
    "clerical": clerical,
    "synthesise": synthesise,
    "fix-plan": fix_plan,
    "cases": listing,
    "parameters": listing,
    "new-period": new_period,
    "restate": restate,
    "synthesise-period": synthesise_period,
    "verify": verify,
    "trace": trace,
    "compare": compare,
    "release": release,
    "batch": batch,
    "gather": gather,
    "sign": sign,
    "new-key": sign,
    "refresh": refresh,
}
"""The module of each command, in the order in which ``--help`` lists them."""

USAGE = """\
examples:
  inquiry run coroners                                     the whole period of the case
  inquiry run coroners --start 2015-01-01 --end 2019-12-31
  inquiry run coroners --notebook 1_unexpected_death_rates --set level=0.99
  inquiry parameters                                       what --set understands
  inquiry new-case our_trust extracts/                     draft a case from a trust's files
  inquiry clerical our_trust                               the pairs that a person must look at
  inquiry synthesise trial --seed 1 --deaths 1000          a case of people who never lived
"""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="inquiry",
        description="Runs the notebooks of an inquiry into deaths and writes an evidence pack.",
        epilog=USAGE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"inquiry {helpers.__version__}")
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")
    for command in dict.fromkeys(MODULES.values()):
        command.register(commands)
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments; None: those of the command line.

    Returns
    -------
    int
        0: done; 1: a notebook failed, or a figure does not agree; 2: the input cannot be used;
        130: cancelled.

    Examples
    --------
    >>> main(["run", "nowhere", "--quiet"])
    2
    """
    arguments = _parser().parse_args(argv)
    spare_grammar()
    try:
        return MODULES[arguments.command].run(arguments)
    except InputError as error:
        for problem in error.problems:
            sys.stderr.write(f"inquiry: {problem}\n")
        return 2
    except KeyboardInterrupt:
        sys.stderr.write("\ninquiry: cancelled; nothing was put in place\n")
        return 130
    except Exception as error:
        return _failed(error)


def _failed(error: Exception) -> int:
    """Say which notebook and cell failed, or which figure does not agree; re-raise the rest."""
    from helpers.pack.build import NotReconciled
    from helpers.pack.execute import NotebookFailed
    from helpers.pack.write import NotTraced

    if isinstance(error, NotReconciled | NotTraced):
        for line in error.lines:
            sys.stderr.write(f"inquiry: {line}\n")
        return 1
    if isinstance(error, NotebookFailed):
        for line in str(error.message).splitlines() or [""]:
            sys.stderr.write(
                f"\ninquiry: {error.notebook}, code cell {error.cell}: {error.name}: {line}\n"
            )
        for note in getattr(error, "__notes__", []):
            sys.stderr.write(f"inquiry: the failed notebook is kept at {note}\n")
        return 2 if error.name == "InputError" else 1
    raise error


def console() -> None:
    """Run the command of the console, and end the process with its exit status."""
    status = main()
    gc.freeze()  # or Python looks through everything it holds once more as it ends
    sys.exit(status)


if __name__ == "__main__":
    console()
