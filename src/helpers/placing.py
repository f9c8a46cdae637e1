"""A new folder of ``data/``: made aside and put in place when it is whole, or not at all.

- :func:`new_case_folder`: a folder to write a new case in.
- :func:`check_name`: refuse a name that no case can have, or that is taken.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from helpers.case import project_root
from helpers.errors import InputError


def check_name(name: str) -> Path:
    """Return the folder of a new case, or refuse its name.

    Parameters
    ----------
    name : str
        Small letters, digits and underscores.

    Returns
    -------
    Path
        The folder, which does not exist.

    Raises
    ------
    InputError
        If the name cannot be that of a case, or there is such a folder.

    Examples
    --------
    >>> check_name("our_trust").name
    'our_trust'
    """
    if not re.fullmatch(r"[a-z0-9_]+", name):
        raise InputError.one(
            f"{name!r} cannot be the name of a case",
            "NAME",
            "Use small letters, digits and underscores, such as our_trust.",
        )
    folder = project_root() / "data" / name
    if folder.exists() or folder.is_symlink():
        raise InputError.one(
            f"data/{name} exists, and nothing is overwritten",
            "NAME",
            "Use another name, or move that folder away.",
        )
    return folder


@contextmanager
def new_case_folder(name: str) -> Iterator[Path]:
    """Give an empty folder of this name; it becomes ``data/NAME`` if nothing fails.

    Parameters
    ----------
    name : str
        Name of the case.

    Yields
    ------
    Path
        A folder beside ``data/`` whose last part is the name.

    Raises
    ------
    InputError
        As :func:`check_name`.
    """
    target = check_name(name)
    aside = Path(tempfile.mkdtemp(prefix=f".{name}.", dir=project_root()))
    try:
        work = aside / name
        work.mkdir()
        yield work
        check_name(name)  # somebody may have made it meanwhile
        work.rename(target)
    finally:
        shutil.rmtree(aside, ignore_errors=True)
