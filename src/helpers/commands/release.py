"""The subcommand ``inquiry release``: a separate pack that may leave, or why it may not.

- :func:`register`: its arguments.
- :func:`run`: make the release; the exit status.

Exit status: 0 done; 1 refused: a count could be worked out or a person recognised (each named on a
line, nothing put in place); 2 the input cannot be used.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def _solver_silent() -> Iterator[None]:
    """Keep what the solver itself writes to standard output (lines for its makers) from readers."""
    sys.stdout.flush()
    kept = os.dup(1)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    try:
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)
        os.close(nowhere)


def register(subparsers: Any) -> None:
    """Add the subcommand and its arguments to those of the command."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        "release",
        help="make a separate pack for release under a profile of disclosure control",
        description="Makes releases/CASE/PERIOD_PROFILE/ from a finished pack, which stays as it "
        "is. Small counts are hidden or rounded by the rule of the profile, others with them so "
        "that they cannot be worked out; what no rule covers is left out and listed. Earlier "
        "releases of the case are taken into account.",
    )
    parser.add_argument("pack", type=Path, metavar="PACK", help="folder of a finished pack")
    parser.add_argument(
        "--profile",
        required=True,
        metavar="NAME",
        help="open, hes, mhsds, opensafely or ons-deaths",
    )
    parser.add_argument("--out", type=Path, metavar="DIR", help="default: releases/")
    parser.add_argument(
        "--earlier",
        type=Path,
        action="append",
        default=[],
        metavar="DIR",
        help="an earlier release that lies elsewhere; repeatable",
    )
    parser.add_argument(
        "--ledger",
        type=Path,
        metavar="FILE",
        help="of the pack, which is verified first; default: ledger.jsonl, two folders above it",
    )


def run(arguments: argparse.Namespace) -> int:
    """Make the release and return the exit status.

    Parameters
    ----------
    arguments : Namespace
        pack, profile, out, earlier and ledger.

    Raises
    ------
    InputError
        If the pack, the profile or an earlier release cannot be used.
    """
    from helpers.pack.release import ReleaseRefused, release

    try:
        with _solver_silent():
            made = release(
                arguments.pack,
                profile=arguments.profile,
                out=arguments.out,
                earlier=arguments.earlier,
                ledger=arguments.ledger,
            )
    except ReleaseRefused as refused:
        sys.stderr.write("inquiry: the release is refused; nothing was put in place\n")
        for line in refused.lines:
            sys.stderr.write(f"inquiry: {line}\n")
        return 1
    sys.stdout.write(f"Release under the profile {arguments.profile}. Open in a browser:\n")
    sys.stdout.write(f"  {made / 'index.html'}\n")
    return 0
