"""``inquiry gather`` makes a folder of providers from finished packs, to be compared.

- :func:`register`: its parser.
- :func:`run`: its exit status: 0 made.
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
    made = commands.add_parser(
        "gather",
        help="gather the numbers of many providers from their packs, to set them side by side",
        description="Makes data/NAME/ from the newest pack of each case and period: every pack is "
        "verified, no record is read, and each row names its pack. Then: inquiry run CASE "
        "--notebook 5_benchmarking --set providers=NAME.",
    )
    made.add_argument("name", metavar="NAME", help="folder of data/ that is made")
    made.add_argument(
        "--packs", type=Path, metavar="DIR", help="where packs are; default: evidence/"
    )
    made.add_argument(
        "--period", action="append", default=[], metavar="START_END",
        help="only packs of this period, such as 2011-04-01_2015-03-31; repeatable",
    )  # fmt: skip
    made.add_argument(
        "--mergers", type=Path, metavar="CSV", help="predecessor, successor, date, source"
    )
    made.add_argument(
        "--rule", choices=["from_date", "whole_series"], default="from_date",
        help="which numbers of a predecessor are put to its successor; default: from_date",
    )  # fmt: skip


def run(arguments: argparse.Namespace) -> int:
    """Gather, and say what was made.

    Parameters
    ----------
    arguments : Namespace
        As the parser of :func:`register` gives them.

    Returns
    -------
    int
        Exit status.

    Raises
    ------
    InputError
        As `helpers.pack.gather.gather`.
    """
    from helpers.pack.gather import gather

    made = gather(
        arguments.name,
        root=arguments.packs,
        periods=arguments.period,
        mergers=arguments.mergers,
        rule=arguments.rule,
    )
    say(
        f"Gathered {made['rows']:,} rows of {made['providers']:,} providers from "
        f"{made['packs']:,} packs into data/{made['folder'].name}/."
    )
    return 0
