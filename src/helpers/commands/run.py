"""``inquiry run``: the notebooks on a case, and the next version of its evidence pack.

- :func:`register`: its parser.
- :func:`run`: its exit status.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from helpers.commands.telling import Teller, say
from helpers.engine import server
from helpers.errors import InputError


def register(commands: Any) -> None:
    """Add the parser.

    Parameters
    ----------
    commands
        The subparsers of ``inquiry``.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "run",
        help="run the notebooks on a case and write its evidence pack",
        description="Runs the notebooks on a case over a period and writes the next version of its "
        "pack, evidence/CASE/PERIOD/vN/. Earlier versions stay; a run that comes to the same makes "
        "none.",
    )
    which = parser.add_mutually_exclusive_group(required=True)
    which.add_argument("case", nargs="?", metavar="CASE", help="a folder of data/")
    which.add_argument("--all", action="store_true", help="every case, its whole period")
    parser.add_argument("--period", metavar="NAME", help="a period that new-period registered")
    parser.add_argument(
        "--start", metavar="YYYY-MM-DD", help="first day; default: that of the case"
    )
    parser.add_argument("--end", metavar="YYYY-MM-DD", help="last day; default: that of the case")
    parser.add_argument(
        "--notebook", action="append", default=[], metavar="NAME", help="only this one; repeatable"
    )
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="a parameter; repeatable"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="where packs go; default: evidence/"
    )
    parser.add_argument(
        "--no-pdf", action="store_true", help="leave out the PDF, which takes longer than the rest"
    )
    parser.add_argument(
        "--fresh",
        action="store_true",
        help="a fresh kernel for each notebook, which reads the files; nothing is reused",
    )
    parser.add_argument(
        "--no-reuse", action="store_true", help="execute notebooks again of which nothing changed"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")


def _overrides(
    assigned: Sequence[tuple[str, Any]], arguments: argparse.Namespace
) -> dict[str, Any]:
    """Return the parameters given on the command line; the same one twice is refused."""
    options = (("period_start", arguments.start), ("period_end", arguments.end))
    given = [*assigned, *((name, value) for name, value in options if value is not None)]
    names = [name for name, _ in given]
    twice = sorted({name for name in names if names.count(name) > 1})
    if "case" in names:
        raise InputError.one("the case is not a --set", "--set case", "Name it after run.")
    if twice:
        raise InputError.one(
            "the parameter is given twice", f"parameter {', '.join(twice)}", "Give it once."
        )
    return dict(given)


def run(arguments: argparse.Namespace) -> int:
    """Run the notebooks on each case that is asked for, and say where its pack is.

    Parameters
    ----------
    arguments : Namespace
        case or all, period, start, end, notebook, set, out, no_pdf, fresh, no_reuse, quiet.
    """
    if arguments.all and arguments.period:
        raise InputError.one("a period is of one case", "--period", "Name the case, not --all.")
    forks = not arguments.fresh
    if forks and server.possible():
        server.shared()  # it imports what notebooks need, while this process does its own
    from helpers.case import available
    from helpers.pack.build import Plan, build, plan, standing
    from helpers.parameters import from_text

    overrides = _overrides([from_text(text) for text in arguments.set], arguments)
    named = f"{arguments.case}/{arguments.period}" if arguments.period else arguments.case
    names = available() if arguments.all else [named]
    asked = {
        "overrides": overrides,
        "names": arguments.notebook,
        "out": arguments.out,
        "with_pdf": not arguments.no_pdf,
    }
    reuse = forks and not arguments.no_reuse
    found = {name: standing(name, **asked) if reuse else None for name in names}
    plans = {name: found[name] or plan(name, **asked) for name in names}
    for name, item in plans.items():
        teller = Teller(quiet=arguments.quiet)
        if isinstance(item, Plan):
            began = time.perf_counter()
            made = build(item, report=teller, fresh=arguments.fresh, reuse=reuse)
            count = len(item.notebooks)
            teller.done(f"{name}: {count} notebooks, {time.perf_counter() - began:.1f} s")
        else:
            made = item
        for line in made.settled:
            say(f"Of a run that was killed: {line}.")
        start, end = made.folder.parent.name.split("_")
        say(f"Evidence pack of {name}, {start} to {end}. Open in a browser:")
        say(f"  {made.folder / 'index.html'}")
        if made.new:
            say(f"  SHA-256 of its manifest, to be noted elsewhere: {made.sha256}")
        else:
            say("  Nothing changed: this version was there, and the run came to the same.")
    return 0
