"""``inquiry refresh``: the committed notebooks executed again, and each number that changed.

- :func:`register`: its parser.
- :func:`run`: its exit status.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from helpers.commands.telling import Teller, say
from helpers.errors import InputError


def register(commands: Any) -> None:
    """Add the parser.

    Parameters
    ----------
    commands
        The subparsers of ``inquiry``.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "refresh",
        help="execute the committed notebooks again and show each number that changed",
        description="Executes notebooks/ and tests/baselines/ again, writes them without what "
        "differs from run to run, and prints each number that changed: id, old, new.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 on a change")
    parser.add_argument("notebook", nargs="*", type=Path, metavar="FILE", help="only these")


def run(arguments: argparse.Namespace) -> int:
    """Execute the notebooks again and say each number that changed.

    Parameters
    ----------
    arguments : Namespace
        check, notebook.
    """
    from helpers.pack.refresh import refresh

    teller = Teller(quiet=False)
    paths = [path.resolve() for path in arguments.notebook]
    missing = [path for path in paths if not path.is_file()]
    if missing:
        raise InputError.one("there is no such file", str(missing[0]), "Name a notebook.")
    found, changed = refresh(paths, check=arguments.check, report=teller)
    teller.done("")
    for row in found.itertuples(index=False):
        place = f"{row.exhibit} row {row.row} {row.column}" if row.row != "" else row.exhibit
        say(f"{row.notebook}: {place}: {row.old} -> {row.new}")
    verb = "would change" if arguments.check else "written"
    say(f"{len(found)} values changed; {len(changed)} notebooks {verb}")
    return 1 if arguments.check and changed else 0
