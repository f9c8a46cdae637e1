"""The command ``inquiry trace``: everything behind a number of a pack, in plain lines.

- :func:`register`: add the command.
- :func:`run`: carry it out.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import Any


def register(subparsers: Any) -> None:
    """Add the command to those of ``inquiry``.

    Parameters
    ----------
    subparsers : object
        As `argparse.ArgumentParser.add_subparsers` returns it.
    """
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "trace",
        help="show what a number of a pack rests on: definition, code, files and rows",
        description="Prints definition, denominator, method, parameters, code, files and rows "
        "behind a finding, an exhibit, or a row of one. It needs the pack alone. The rows are "
        "named in the internal profile only; in others they are counted and hashed.",
    )
    parser.add_argument("pack", type=Path, metavar="PACK", help="folder of a pack")
    parser.add_argument("id", metavar="ID", help="id of a finding or of an exhibit")
    parser.add_argument(
        "--row",
        nargs="+",
        default=[],
        metavar="N|COLUMN=VALUE",
        help="a row of the exhibit: its number from 1, or values of its columns",
    )


def run(arguments: argparse.Namespace) -> int:
    """Print a trace of a pack.

    Parameters
    ----------
    arguments : Namespace
        pack, id and row.

    Returns
    -------
    int
        0.

    Raises
    ------
    InputError
        If the pack holds no traces, or none of this id; its message names the nearest ids.
    """
    from helpers.trace.document import found, read
    from helpers.trace.words import lines

    made = read(arguments.pack)
    name, item, one = found(made, arguments.id, arguments.row)
    sys.stdout.write("\n".join(lines(made, name, item, one)) + "\n")
    return 0
