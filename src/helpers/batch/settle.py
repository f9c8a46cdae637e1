"""What a killed run left behind, set right; and packs that stand already, recognised.

- :func:`sweep`: take away unfinished folders of processes that are dead.
- :func:`standing`: the pack that a row asks for, if it stands on the ledger.
"""

from __future__ import annotations

import json
import os
import re
import shutil
from pathlib import Path

from helpers.batch.plan import Row
from helpers.pack import settling

_PARTIAL = re.compile(r"\..+\.(\d+)\.partial")


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:  # it is another user's
        return True
    return True


def sweep(case: Path, *, dead: int | None = None) -> list[str]:
    """Take away unfinished packs of processes that are dead, and return their names.

    Parameters
    ----------
    case : Path
        Folder of the packs of a case.
    dead : int, optional
        A process known to be dead: only what it left is taken away.

    Examples
    --------
    >>> sweep(Path("nowhere"))
    []
    """
    gone = []
    for path in sorted(case.glob(".*.partial")) if case.is_dir() else []:
        match = _PARTIAL.fullmatch(path.name)
        if match is None or (dead is not None and int(match[1]) != dead):
            continue
        if dead is not None or (os.name != "nt" and not _alive(int(match[1]))):
            shutil.rmtree(path, ignore_errors=True)
            gone.append(path.name)
    return gone


def standing(out: Path, row: Row) -> Path | None:
    """Return the pack that a row asks for, if it stands on the ledger; the newest one that fits.

    It fits if it was made from the same files, with the same parameters of the same notebooks, by
    the same code in the same environment.

    Parameters
    ----------
    out : Path
        Folder of all packs.
    row : Row
        The row.
    """
    from helpers.pack.manifest import environment

    for pack in reversed(settling.versions(out / row.folder)):
        held = settling.manifest(pack)
        if not held or not settling.listed(pack):
            continue
        try:
            given = {name: said["parameters"] for name, said in held["notebooks"].items()}
            fits = (
                {item["file"]: item["sha256"] for item in held["inputs"]} == row.inputs
                and given == json.loads(json.dumps(row.notebooks))
                and held["code"]["sha256"] == row.code
                and held["release_profile"] == row.profile
                and held["environment"] == json.loads(json.dumps(environment()))
                and (not row.pdf or any(pack.glob("documents/pack.pdf*")))
            )
        except (KeyError, TypeError, AttributeError):
            continue
        if fits:
            return pack
    return None
