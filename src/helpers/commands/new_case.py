"""``inquiry new-case``: draft a case from the files of a trust.

- :func:`register`: its parser.
- :func:`run`: its exit status.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from helpers.commands.days import day
from helpers.commands.telling import say


def register(commands: Any) -> None:
    """Add the parser.

    Parameters
    ----------
    commands
        The subparsers of ``inquiry``.
    """
    parser: argparse.ArgumentParser = commands.add_parser(
        "new-case",
        help="draft a case from the files of a trust",
        description="Looks at the files, copies them unchanged to data/NAME/ and drafts case.yml "
        "beside them, with a numbered list of what a person must decide. What the files do not "
        "prove is not guessed: the draft says DECIDE, and does not run until somebody has.",
    )
    parser.add_argument("case", metavar="NAME", help="name of the case: a new folder of data/")
    parser.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="xlsx, xls, csv, parquet; or a folder"
    )
    parser.add_argument("--start", type=day, metavar="YYYY-MM-DD", help="first day of the period")
    parser.add_argument("--end", type=day, metavar="YYYY-MM-DD", help="last day of the period")
    parser.add_argument(
        "--extract-date", type=day, metavar="YYYY-MM-DD", help="day the trust took the data"
    )


def run(arguments: argparse.Namespace) -> int:
    """Draft the case and say what a person must decide.

    Parameters
    ----------
    arguments : Namespace
        case, files, start, end, extract_date.
    """
    from helpers.intake.new_case import new_case

    made = new_case(
        arguments.case,
        arguments.files,
        start=arguments.start,
        end=arguments.end,
        extract_date=arguments.extract_date,
    )
    say(f"Draft of case {arguments.case} in {made.folder}: {', '.join(made.files)}")
    for line in made.draft.seen:
        say(f"  {line}")
    if made.left:
        say(f"Left alone, as no reader takes them: {', '.join(made.left)}")
    say(f"To decide ({len(made.draft.questions)}; also in DECISIONS.md):")
    for number, question in enumerate(made.draft.questions, start=1):
        say(f"{number:3}. {question}")
    say(f"Then: inquiry run {arguments.case}. It says what is still open.")
    return 0
