"""``inquiry clerical``: the pairs of records that a person must decide on.

- :func:`register`: its parser.
- :func:`run`: its exit status.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from helpers.commands.telling import say


def register(commands: Any) -> None:
    """Add the parser.

    Parameters
    ----------
    commands
        The subparsers of ``inquiry``.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "clerical",
        help="write the pairs of records that a person must decide on",
        description="Links the records of a case and writes the pairs that linkage cannot decide "
        "as a CSV file to be filled in. It holds references of rows and no identifiers; internal.",
    )
    parser.add_argument("case", metavar="CASE", help="a folder of data/")
    parser.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="default: clerical_queue.csv beside case.yml, or period.yml",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the pairs.

    Parameters
    ----------
    arguments : Namespace
        case, out.
    """
    from helpers.case import load
    from helpers.clerical import write_clerical

    for line in write_clerical(load(arguments.case), arguments.out):
        say(line)
    return 0
