"""The command ``inquiry synthesise-period``: extracts of a following period, in another layout.

- :func:`register`: add the command.
- :func:`run`: carry it out.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from helpers.commands.days import day
from helpers.commands.telling import say


def register(subparsers: Any) -> None:
    """Add the command to those of ``inquiry``.

    Parameters
    ----------
    subparsers : object
        As `argparse.ArgumentParser.add_subparsers` returns it.
    """
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "synthesise-period",
        help="write extracts of a following period for a synthetic case, in another layout",
        description="Writes SYNTHETIC extracts of the period after a synthetic case to a folder: "
        "other sheets, header rows, order and names of columns, a new service and category. A "
        "cumulative extract holds the rows of the case again, some late, coded anew or gone. "
        "truth/truth_following.csv says what was changed. Nothing is registered.",
    )
    parser.add_argument("case", metavar="CASE", help="a case that inquiry synthesise wrote")
    parser.add_argument("--start", type=day, required=True, metavar="YYYY-MM-DD", help="first day")
    parser.add_argument("--end", type=day, required=True, metavar="YYYY-MM-DD", help="last day")
    parser.add_argument("--seed", type=int, default=2, metavar="N", help="default: 2")
    parser.add_argument(
        "--history",
        choices=["cumulative", "incremental"],
        default="cumulative",
        help="whether the rows of the case are there again; default: cumulative",
    )
    parser.add_argument("--deaths", type=int, metavar="N", help="about; default: as the last year")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DIR", help="a folder that is not there yet"
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the extracts.

    Parameters
    ----------
    arguments : Namespace
        case, start, end, seed, history, deaths, out.

    Returns
    -------
    int
        0.

    Raises
    ------
    InputError
        As :func:`helpers.synthetic.following.follow`.
    """
    from helpers.case import load
    from helpers.synthetic.following import follow

    made = follow(
        load(arguments.case).folder,
        arguments.out,
        start=arguments.start,
        end=arguments.end,
        seed=arguments.seed,
        history=arguments.history,
        deaths=arguments.deaths,
    )
    say(f"SYNTHETIC extracts in {made.folder}: nobody in them lived.")
    for name, rows in made.rows.items():
        say(f"  {name}: {rows:,} rows")
    changed = ", ".join(f"{kind} {count:,}" for kind, count in made.changed.items())
    say(f"  new or changed (truth/truth_following.csv): {changed}")
    say(f"  extract taken on {made.extract_date}")
    return 0
