"""``inquiry compare`` sets two finished packs side by side.

- :func:`register`: its parser.
- :func:`run`: its exit status: 0 done, 1 one of the packs is not as it was made.
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
        "compare",
        help="set two finished packs side by side: what changed, then every number",
        description="Holds the second pack against the first: what changed in inputs, definitions, "
        "rules, plan, parameters, code and libraries; then every finding and every number of every "
        "table with the difference, its interval and what may have changed it. Numbers of "
        "another definition, denominator, method or unit are not set side by side but listed. "
        "Exit status 1 if a pack is not as it was made.",
    )
    made.add_argument("first", type=Path, metavar="PACK_A", help="evidence/CASE/PERIOD/vN")
    made.add_argument("second", type=Path, metavar="PACK_B", help="the one held against it")
    made.add_argument(
        "--out", type=Path, metavar="DIR", help="default: comparison/PACK_A_and_PACK_B/"
    )


def run(arguments: argparse.Namespace) -> int:
    """Compare, write, give a short account, and return the exit status.

    Parameters
    ----------
    arguments : Namespace
        first, second and out.

    Raises
    ------
    InputError
        If a folder is not a pack, or the place for the comparison cannot be used.
    """
    from helpers.compare import packs, words, write
    from helpers.compare.account import account

    old, new = packs.both(arguments.first, arguments.second)
    write.target(old.id, new.id, out=arguments.out)
    told = account(old, new)
    folder = write.write(told, out=arguments.out)
    for name, pack in (("First", old), ("Second", new)):
        state = (
            f"NOT as it was made ({len(pack.faults)} faults)" if pack.faults else "as it was made"
        )
        say(f"{name}: {pack.id}, {state}.")
        for fault in pack.faults[:5]:
            say(f"  {fault}")
    for text in words.summary(told):
        say(text)
    say("Open in a browser:")
    say(f"  {folder / 'index.html'}")
    return 1 if old.faults or new.faults else 0
