"""The command ``inquiry restate``: frozen figures beside the same ones from a later extract.

- :func:`register`: add the command.
- :func:`run`: carry it out.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from helpers.commands.telling import Teller, say


def register(subparsers: Any) -> None:
    """Add the command to those of ``inquiry``.

    Parameters
    ----------
    subparsers : object
        As `argparse.ArgumentParser.add_subparsers` returns it.
    """
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "restate",
        help="recompute an earlier period's figures from a later extract, and say why they differ",
        description="Runs the notebooks of the earlier pack again on the extract of a registered "
        "period, holds each figure against the frozen one, and writes a log of what was restated "
        "and why: records that came late, were coded anew, or are gone. Frozen figures and packs "
        "are never altered. Single rows are listed in the profile internal only.",
    )
    parser.add_argument("case", metavar="CASE", help="a folder of data/")
    parser.add_argument(
        "--period", required=True, metavar="NAME", help="the period whose extract is the later one"
    )
    parser.add_argument(
        "--against", type=Path, metavar="PACK", help="default: the pack whose figures are frozen"
    )
    parser.add_argument("--profile", metavar="NAME", help="default: that of the pack")
    parser.add_argument(
        "--packs", type=Path, metavar="DIR", help="where packs are; default: evidence/"
    )
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="default: restatement/ in the folder of the period"
    )
    parser.add_argument("--quiet", action="store_true", help="no progress")


def run(arguments: argparse.Namespace) -> int:
    """Recompute, compare and write the log.

    Parameters
    ----------
    arguments : Namespace
        case, period, against, profile, packs, out, quiet.

    Returns
    -------
    int
        0.

    Raises
    ------
    InputError
        As :func:`helpers.periods.restating.restate`.
    """
    from helpers.periods.restatement import write
    from helpers.periods.restating import restate

    teller = Teller(quiet=arguments.quiet)
    made = restate(
        arguments.case,
        arguments.period,
        against=arguments.against,
        out=arguments.packs,
        profile=arguments.profile,
        report=teller,
    )
    teller.done("")
    folder = write(made, folder=arguments.out)
    say(f"Figures of {made.days[0]} to {made.days[1]}, frozen from {made.pack}:")
    for status, number in made.figures["status"].value_counts().items():
        say(f"  {status}: {number}")
    if made.open_:
        say(f"  {made.open_}")
    for row in made.figures.itertuples(index=False):
        if row.status == "restated":
            say(f"  {row.figure}: {row.why}")
    say(f"The log, to be opened in a browser: {folder / 'restatement.html'}")
    return 0
