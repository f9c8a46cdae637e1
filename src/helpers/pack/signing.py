"""A detached Ed25519 signature over the manifest of a pack, with a key that the user holds.

- :func:`new_key`: write a key pair.
- :func:`sign`: sign a pack.
- :func:`check`: whether a signature is that of a public key.

The manifest holds the hash of every other file, so a signature over it is one over the pack. The
private key never leaves its file. Keys are PEM files, as other programs read them. Signing needs
the package ``cryptography`` (``pip install -e '.[sign]'``).
"""

from __future__ import annotations

import base64
import os
from pathlib import Path
from typing import Any

from helpers.errors import InputError

NAME = "manifest.json.sig"
"""The signature, base64, beside the manifest; the only file of a pack that its manifest omits."""


def _library() -> Any:
    try:
        from cryptography.hazmat.primitives import serialization
        from cryptography.hazmat.primitives.asymmetric import ed25519
    except ModuleNotFoundError:
        raise InputError.one(
            "signing needs the package cryptography",
            "this environment",
            "Install it: pip install -e '.[sign]'.",
        ) from None
    return serialization, ed25519


def _refuse(path: Path, kind: str) -> InputError:
    return InputError.one(
        f"the file is not an Ed25519 {kind} key in PEM form", path.name, "Name the right file."
    )


def new_key(path: Path) -> Path:
    """Write a private key, and the public key beside it with the ending ``.pub``.

    Parameters
    ----------
    path : Path
        Of the private key; readable by its owner only.

    Returns
    -------
    Path
        Of the public key, to be given to whoever checks.

    Raises
    ------
    InputError
        If one of the files is there already: a key is never overwritten.
    """
    serialization, ed25519 = _library()
    public = path.with_name(f"{path.name}.pub")
    for file in (path, public):
        if file.exists():
            raise InputError.one("the file is there already", file.name, "Name another one.")
    key = ed25519.Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    )
    path.parent.mkdir(parents=True, exist_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    public.write_bytes(
        key.public_key().public_bytes(
            serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
        )
    )
    return public


def sign(pack: Path, key: Path) -> Path:
    """Sign the manifest of a pack.

    Parameters
    ----------
    pack : Path
        Folder of the pack.
    key : Path
        The private key.

    Returns
    -------
    Path
        The signature.

    Raises
    ------
    InputError
        If the key cannot be read, or the pack is signed already: a signature is not replaced.
    """
    serialization, ed25519 = _library()
    try:
        held = serialization.load_pem_private_key(key.read_bytes(), password=None)
    except FileNotFoundError:
        raise InputError.one("there is no such file", key.name, "Name the private key.") from None
    except (ValueError, TypeError):
        raise _refuse(key, "private") from None
    if not isinstance(held, ed25519.Ed25519PrivateKey):
        raise _refuse(key, "private")
    target = pack / NAME
    if target.exists():
        raise InputError.one("the pack is signed already", NAME, "Check it: inquiry verify PACK.")
    signature = held.sign((pack / "manifest.json").read_bytes())
    target.write_bytes(base64.b64encode(signature) + b"\n")
    return target


def check(pack: Path, public: Path) -> str:
    """Return what is wrong with the signature of a pack, or "" where nothing is.

    Parameters
    ----------
    pack : Path
        Folder of the pack.
    public : Path
        The public key.

    Raises
    ------
    InputError
        If the public key cannot be read.
    """
    serialization, ed25519 = _library()
    from cryptography.exceptions import InvalidSignature

    try:
        held = serialization.load_pem_public_key(public.read_bytes())
    except FileNotFoundError:
        raise InputError.one("there is no such file", public.name, "Name the public key.") from None
    except ValueError:
        raise _refuse(public, "public") from None
    if not isinstance(held, ed25519.Ed25519PublicKey):
        raise _refuse(public, "public")
    if not (pack / NAME).is_file():
        return "the pack is not signed"
    try:
        written = (pack / NAME).read_bytes()
        signature = base64.b64decode(written.strip(), validate=True)
        # Base64 can be written in more than one way; only one is what `sign` writes.
        if written != base64.b64encode(signature) + b"\n":
            raise ValueError
        held.verify(signature, (pack / "manifest.json").read_bytes())
    except (InvalidSignature, ValueError):
        return f"the signature is not that of {public.name} over this manifest"
    return ""
