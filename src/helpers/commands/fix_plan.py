"""``inquiry fix-plan``: the hash of a case's plan of models, put on record.

- :func:`register`: its parser.
- :func:`run`: its exit status.
"""

from __future__ import annotations

import argparse
from datetime import date
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
        "fix-plan",
        help="put the hash of a case's plan of models on record",
        description="Writes plan.fixed.yml beside plan.yml: its hash, the day, who fixed it and "
        "which files were there. From then on another plan is refused; models that are thought of "
        "later go to post_hoc.yml and are shown as such.",
    )
    parser.add_argument("case", metavar="CASE", help="a folder of data/")
    parser.add_argument("--by", required=True, metavar="WHO", help="who fixes it: a role or a name")
    parser.add_argument("--note", default="", metavar="TEXT", help="what a reader must know of it")
    parser.add_argument("--again", default="", metavar="WHY", help="why it replaces a fixed plan")


def run(arguments: argparse.Namespace) -> int:
    """Put the hash on record.

    Parameters
    ----------
    arguments : Namespace
        case, by, note, again.
    """
    from helpers.case import project_root
    from helpers.planfile import fix

    folder = project_root() / "data" / arguments.case
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*"))]
    made = fix(
        folder, by=arguments.by, on=date.today(), note=arguments.note, again=arguments.again,
        files=names,
    )  # fmt: skip
    say(f"Fixed: data/{arguments.case}/plan.yml, SHA-256 {made.sha256}")
    return 0
