"""``inquiry verify`` says whether a pack or a release is as it was made, and comes out the same.

- :func:`register`: its parser.
- :func:`run`: its exit status: 0 as it was made, 1 not.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from helpers.commands.telling import Teller, say


def register(commands: Any) -> None:
    """Add the parser.

    Parameters
    ----------
    commands
        The subparsers of ``inquiry``.
    """
    made = commands.add_parser(
        "verify",
        help="say whether a pack or a release is as it was made, file by file",
        description="Hashes every file of a pack or a release and compares it with the manifest, "
        "the manifest with the ledger of the case, and each line of the ledger with the one "
        "before. Names every file that was altered, exchanged, left out or added. Exit status 1 "
        "if there is any.",
    )
    made.add_argument(
        "pack", type=Path, metavar="PACK", help="evidence/CASE/PERIOD/vN, or a release"
    )
    made.add_argument(
        "--ledger",
        type=Path,
        metavar="FILE",
        help="default: ledger.jsonl, two folders above; of a release releases.jsonl, beside it",
    )
    made.add_argument(
        "--public-key", type=Path, metavar="FILE", help="of who signed it; then it must be signed"
    )
    made.add_argument(
        "--rerun",
        action="store_true",
        help="execute again from the raw files and compare every table",
    )


def run(arguments: argparse.Namespace) -> int:
    """Say what is not as it was made, and return the exit status.

    Parameters
    ----------
    arguments : Namespace
        pack, ledger, public_key, rerun.
    """
    from helpers.pack import verify

    manifest = verify.load(arguments.pack)
    found = verify.faults(arguments.pack, ledger=arguments.ledger, public_key=arguments.public_key)
    for fault in found:
        say(str(fault))
    count = len(manifest.get("outputs", []))
    if found:
        say(f"NOT as it was made: {len(found)} of its files or entries differ.")
    else:
        say(
            f"{manifest['pack']['id']}: all {count} files are as the manifest says; "
            f"entry {manifest['ledger']['entry']} of the ledger, whose chain is whole."
        )
        if arguments.public_key:
            say(f"Signed with the key of {arguments.public_key.name}.")
    differs = _rerun(arguments.pack) if arguments.rerun else False
    return 1 if found or differs else 0


def _rerun(pack: Path) -> bool:
    from helpers.pack import verify

    teller, began = Teller(quiet=False), time.perf_counter()
    moved, told = verify.rerun(pack, report=teller)
    teller.done(f"executed again in {time.perf_counter() - began:.1f} s")
    for row in moved.itertuples(index=False):
        place = f"{row.exhibit} row {row.row} {row.column}" if row.row != "" else row.exhibit
        say(f"{row.notebook}: {place}: {row.old} in the pack, {row.new} now")
    then, now = (told[key]["sha256"] for key in ("then", "now"))
    same = "the same code" if then == now else "another state of the code than the pack's"
    say(
        f"Executed again from the raw files by {same}: {told['tables']} exhibits compared, "
        f"{len(moved)} values differ."
    )
    return bool(len(moved))
