"""``inquiry new-key`` and ``inquiry sign``: a key pair, and a signature over a pack.

- :func:`register`: their parsers.
- :func:`run`: their exit status.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from helpers.commands.telling import say


def register(commands: Any) -> None:
    """Add the parsers.

    Parameters
    ----------
    commands
        The subparsers of ``inquiry``.
    """
    key = commands.add_parser(
        "new-key",
        help="write a key pair to sign packs with",
        description="Writes an Ed25519 private key, which only its owner can read, and FILE.pub, "
        "the public key for whoever checks. Keep the private key where the packs are not.",
    )
    key.add_argument("file", type=Path, metavar="FILE", help="the private key")
    made = commands.add_parser(
        "sign",
        help="sign a pack with a key that you hold",
        description="Writes manifest.json.sig beside the manifest, which holds the hash of every "
        "other file of the pack. Check it with: inquiry verify PACK --public-key FILE.",
    )
    made.add_argument("pack", type=Path, metavar="PACK", help="evidence/CASE/PERIOD/vN")
    made.add_argument("--key", type=Path, required=True, metavar="FILE", help="the private key")


def run(arguments: argparse.Namespace) -> int:
    """Write a key pair or a signature; a pack that is not as it was made is not signed.

    Parameters
    ----------
    arguments : Namespace
        command, and file or pack and key.
    """
    from helpers.pack import signing, verify

    if arguments.command == "new-key":
        public = signing.new_key(arguments.file)
        say(f"Private key: {arguments.file}. Public key: {public}")
        return 0
    found = verify.faults(arguments.pack)
    for fault in found:
        say(str(fault))
    if found:
        say("NOT signed: the pack is not as it was made.")
        return 1
    say(f"Signed: {signing.sign(arguments.pack, arguments.key)}")
    return 0
