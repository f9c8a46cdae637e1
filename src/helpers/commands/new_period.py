"""The command ``inquiry new-period``: register the files of a new period of a case.

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
        "new-period",
        help="register the files of a new period of a case",
        description="Copies the files unchanged to data/CASE/periods/NAME/, finds by their headers "
        "which source each is, and says what is new beside the last period: headers, categories, "
        "services, dates, volumes. Where a person must decide, period.yml says DECIDE; otherwise "
        "it can be run at once: inquiry run CASE --period NAME.",
    )
    parser.add_argument("case", metavar="CASE", help="a folder of data/")
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="the new extracts; or a folder of them"
    )
    parser.add_argument(
        "--start", type=day, required=True, metavar="YYYY-MM-DD", help="first day of the period"
    )
    parser.add_argument(
        "--end", type=day, required=True, metavar="YYYY-MM-DD", help="last day of the period"
    )
    parser.add_argument(
        "--extract-date", type=day, metavar="YYYY-MM-DD", help="day the trust took the data"
    )
    parser.add_argument("--name", help="default: by its days, such as 2015_16 or 2015_q1")
    parser.add_argument(
        "--packs", type=Path, metavar="DIR", help="where packs are; default: evidence/"
    )


def run(arguments: argparse.Namespace) -> int:
    """Register the period and say what is new and what a person must decide.

    Parameters
    ----------
    arguments : Namespace
        case, files, start, end, extract_date, name, packs.

    Returns
    -------
    int
        0.

    Raises
    ------
    InputError
        As :func:`helpers.periods.registering.new_period`.
    """
    from helpers.periods.registering import new_period

    made = new_period(
        arguments.case,
        arguments.files,
        start=arguments.start,
        end=arguments.end,
        name=arguments.name,
        extract_date=arguments.extract_date,
        out=arguments.packs,
    )
    say(f"Period {made.name} of {arguments.case} in {made.folder}: {', '.join(made.files)}")
    for source, file in made.sources.items():
        say(f"  {file} is {source}")
    for line in made.told:
        say(f"  {line}")
    if made.left:
        say(f"Left alone, as no reader takes them: {', '.join(made.left)}")
    if made.frozen:
        say(f"Figures of the last period frozen from {made.frozen}: frozen.csv")
    else:
        say("No pack of the last period was found: none of its figures is frozen yet.")
    command = f"inquiry run {arguments.case} --period {made.name}"
    if not made.questions:
        say(f"Nothing is left to decide. Now: {command}")
        return 0
    say(f"To decide ({len(made.questions)}; also in DECISIONS.md):")
    for number, question in enumerate(made.questions, start=1):
        say(f"{number:3}. {question}")
    say(f"Then: {command}. It says what is still open.")
    return 0
