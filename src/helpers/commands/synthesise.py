"""``inquiry synthesise``: a case of people who never lived, with the truth about it.

- :func:`register`: its parser.
- :func:`run`: its exit status.
"""

from __future__ import annotations

import argparse
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
        "synthesise",
        help="write a case of people who never lived, with the truth about it",
        description="Writes a synthetic case to data/NAME/: extracts with planted faults, "
        "case.yml, and the truth. The same seed writes the same bytes.",
    )
    parser.add_argument("case", metavar="NAME", help="name of the case: a new folder of data/")
    parser.add_argument("--seed", type=int, default=1, metavar="N", help="default: 1")
    parser.add_argument("--deaths", type=int, default=10_306, metavar="N", help="default: 10306")
    parser.add_argument("--trusts", type=int, default=1, metavar="N", help="default: 1")
    parser.add_argument(
        "--shape",
        choices=["general", "southern_health"],
        default="general",
        help="southern_health: the published chain exactly; default: general",
    )


def run(arguments: argparse.Namespace) -> int:
    """Write the case and say what was planted in it.

    Parameters
    ----------
    arguments : Namespace
        case, seed, deaths, trusts, shape.
    """
    from helpers.placing import check_name, new_case_folder
    from helpers.synthetic import synthesise

    target = check_name(arguments.case)
    with new_case_folder(arguments.case) as folder:
        made = synthesise(
            folder,
            seed=arguments.seed,
            deaths=arguments.deaths,
            trusts=arguments.trusts,
            shape=arguments.shape,
        )
    say(f"SYNTHETIC case {arguments.case} in {target}: nobody in it lived.")
    say(
        f"  shape {made.shape}, seed {made.seed}, {made.deaths:,} deaths counted, "
        f"{made.trusts} trust{'' if made.trusts == 1 else 's'}"
    )
    for name, rows in made.rows.items():
        say(f"  {name}: {rows:,} rows")
    planted = ", ".join(f"{code} {n:,}" for code, n in made.planted.items() if code)
    say(f"  faults planted: {planted}")
    say(f"  files: {', '.join(made.files)}")
    return 0
