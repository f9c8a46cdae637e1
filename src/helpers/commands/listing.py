"""``inquiry cases`` and ``inquiry parameters``: what there is to run, and what can be set.

- :func:`register`: their parsers.
- :func:`run`: their exit status.
"""

from __future__ import annotations

import argparse
from typing import Any

from helpers.commands.telling import say
from helpers.errors import InputError


def register(commands: Any) -> None:
    """Add the parsers.

    Parameters
    ----------
    commands
        The subparsers of ``inquiry``.
    """
    cases = commands.add_parser("cases", help="list the cases of this project")
    cases.add_argument("--names", action="store_true", help="names only")
    parameters = commands.add_parser("parameters", help="list what --set understands")
    parameters.add_argument("notebook", nargs="?", metavar="NOTEBOOK", help="only of this notebook")


def run(arguments: argparse.Namespace) -> int:
    """List the cases of this project, or the parameters of its notebooks.

    Parameters
    ----------
    arguments : Namespace
        command, and names or notebook.
    """
    return (_cases if arguments.command == "cases" else _parameters)(arguments)


def _cases(arguments: argparse.Namespace) -> int:
    from helpers.case import available, load
    from helpers.periods.overlay import registered

    for name in available():
        if arguments.names:
            say(name)
            continue
        try:
            case = load(name)
        except InputError as error:
            count = len(error.problems)
            say(f"{name}: cannot be run yet ({count} problems); inquiry run {name} lists them")
            continue
        say(f"{name}: {case.title}. Data: {case.data_status}.")
        say(f"  period {case.period.start} to {case.period.end}")
        for period in registered(case.folder):
            say(f"  registered period {period}")
        say(f"  profiles {', '.join(case.profiles)}")
        say(f"  indicators {', '.join(item.id for item in case.indicators)}")
    return 0


def _parameters(arguments: argparse.Namespace) -> int:
    import nbformat

    from helpers.pack.planning import chosen
    from helpers.parameters import FIELDS, declared

    for name, path in chosen([arguments.notebook] if arguments.notebook else []).items():
        say(name)
        for parameter, found in declared(nbformat.read(path, as_version=4)).items():
            say(f"  {parameter} = {found.default!r}")
            say(f"      {found.help or FIELDS[parameter][1]}")
    return 0
