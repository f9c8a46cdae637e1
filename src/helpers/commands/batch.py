"""The command ``inquiry batch``: every pack of a plan, two rows at a time.

- :func:`register`: add the command.
- :func:`run`: carry it out.

Exit status: 0 every row is done; 1 a row failed; 2 the plan, the cases or the scheduler cannot be
used, and nothing was run; 130 cancelled: the same command goes on where it stopped.
"""

from __future__ import annotations

import argparse
import math
import os
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.commands.telling import say
from helpers.errors import InputError

if TYPE_CHECKING:
    from helpers.batch.conduct import Standing


def register(commands: Any) -> None:
    """Add the parser.

    Parameters
    ----------
    commands
        The subparsers of ``inquiry``.
    """
    made: argparse.ArgumentParser = commands.add_parser(
        "batch",
        help="make the packs of a whole plan: a case, period and profile a row",
        description="Reads a CSV file with a row for each pack (columns case; period, or start and "
        "end; profile; notebooks separated by semicolons), checks all of it, and makes the packs, "
        "each in a process of its own. A row that fails is reported while the others finish. After "
        "a kill the same command goes on; what is done is not done twice. OUT/batch/index.html "
        "says what became of each row.",
    )
    made.add_argument("plan", type=Path, metavar="PLAN.csv", help="the plan")
    made.add_argument("--out", type=Path, metavar="DIR", help="where packs go; default: evidence/")
    made.add_argument(
        "--cases",
        default="",
        metavar="FOLDER|URL",
        help="where the folders of the cases are: a path, or an object store such as "
        "s3://bucket/trusts (copied once); default: data/",
    )
    made.add_argument(
        "--workers", type=int, default=2, metavar="N", help="rows at a time; default: 2"
    )
    made.add_argument(
        "--notebook", action="append", default=[], metavar="NAME",
        help="of rows that name none, only this one; repeatable",
    )  # fmt: skip
    made.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE",
        help="a parameter of every row; repeatable",
    )  # fmt: skip
    made.add_argument("--pdf", action="store_true", help="make the PDF of each pack as well")
    made.add_argument(
        "--scheduler",
        default="",
        metavar="tcp://HOST:PORT",
        help="give the rows to the workers of this Dask scheduler; --out and --cases are then on a "
        "path that they share",
    )
    made.add_argument(
        "--minutes",
        type=float,
        default=60.0,
        metavar="N",
        help="stop a row that is not done after so many and go on with the others; 0: never; "
        "default: 60",
    )
    made.add_argument("--quiet", action="store_true", help="no progress")


class _Teller:
    """Writes progress of rows: on a terminal one line that is rewritten, else a line a row."""

    def __init__(self, *, quiet: bool) -> None:
        self._quiet = quiet
        self._live = sys.stderr.isatty()
        self._said = ""

    def __call__(self, standing: Standing) -> None:
        from helpers.batch.conduct import waiting

        if self._quiet:
            return
        done = standing.earlier + standing.done
        text = (
            f"{done} of {standing.rows} rows done, {standing.failed} failed, {standing.left} left; "
            f"time left: {waiting(standing.seconds_left)}"
        )
        news = standing.last if standing.last != self._said else ""
        self._said = standing.last
        if self._live:
            sys.stderr.write(f"\r\033[K{f'{news}{chr(10)}' if news else ''}{text}")
        elif news:
            sys.stderr.write(f"{news}; {text}\n")
        sys.stderr.flush()

    def done(self) -> None:
        if self._live and not self._quiet:
            sys.stderr.write("\r\033[K")


def _cancel(signum: int, frame: Any) -> None:
    del signum, frame
    raise KeyboardInterrupt


def run(arguments: argparse.Namespace) -> int:
    """Carry out a plan and return the exit status.

    Parameters
    ----------
    arguments : Namespace
        plan, out, cases, workers, minutes, notebook, set, pdf, scheduler and quiet.

    Raises
    ------
    InputError
        With every problem of the plan, before anything runs.
    """
    if arguments.workers < 1:
        raise InputError.one("is not a number of rows", f"--workers {arguments.workers}", "Use 2.")
    if not 0 <= arguments.minutes < math.inf:
        where = f"--minutes {arguments.minutes:g}"
        raise InputError.one("is no number of minutes", where, "Use 60, or 0 for no limit.")
    # Each row keeps one core busy; threads inside it would only get in the way of the others.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    from helpers.batch.conduct import FOLDER, Batch, conduct
    from helpers.case import project_root
    from helpers.parameters import from_text

    pairs = [from_text(text) for text in arguments.set]
    names = [name for name, _ in pairs]
    fixed = sorted({"case", "period_start", "period_end"} & set(names))
    if fixed:
        raise InputError.one("is what a row says", f"--set {fixed[0]}", "Write it in the plan.")
    if len(set(names)) != len(names):
        raise InputError.one("a parameter is given twice", "--set", "Give it once.")
    out = (arguments.out or project_root() / "evidence").resolve()
    asked = Batch(
        plan=arguments.plan,
        out=out,
        cases=arguments.cases,
        notebooks=tuple(arguments.notebook),
        overrides=dict(pairs),
        pdf=arguments.pdf,
        workers=arguments.workers,
        scheduler=arguments.scheduler,
        minutes=arguments.minutes,
    )
    teller = _Teller(quiet=arguments.quiet)
    before = signal.signal(signal.SIGTERM, _cancel)
    try:
        ended = conduct(asked, report=teller)
    except KeyboardInterrupt:
        teller.done()
        sys.stderr.write(
            "\ninquiry: cancelled; nothing half-written was left. The same command goes on. "
            f"So far: {out / FOLDER / 'index.html'}\n"
        )
        return 130
    finally:
        signal.signal(signal.SIGTERM, before)
    teller.done()
    standing = ended.standing
    already = f", {standing.earlier} of them before" if standing.earlier else ""
    say(
        f"{standing.rows} rows: {standing.earlier + standing.done} done{already}, "
        f"{standing.failed} failed. Open in a browser:"
    )
    say(f"  {ended.page}")
    for number, case, reasons in ended.failed:
        for line in reasons or ["no reason was given"]:
            for part in line.splitlines():
                sys.stderr.write(f"inquiry: row {number}, {case}: {part}\n")
    return 1 if ended.failed else 0
