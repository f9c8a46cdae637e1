"""Where the cases of a batch are: in ``data/``, in another folder, or in an object store.

- :func:`home`: a folder with the cases as ``data/`` and with the notebooks, for as long as needed.
- :func:`remote`: whether an address is one of a store.
- :func:`fetched`: cases of an object store, copied to a folder of this machine.

A folder is used where it is. What is elsewhere (``s3://...``, ``file://...``, any address that
fsspec understands) is copied first, each file once: a copy is kept under its SHA-256, and is not
fetched again while the store says that the file is the same.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

from helpers.case import project_root
from helpers.errors import InputError, Problem


def remote(cases: str) -> bool:
    """Return whether an address is one of a store and not a folder.

    Parameters
    ----------
    cases : str
        A folder or an address.

    Examples
    --------
    >>> remote("s3://bucket/trusts"), remote("/shared/trusts")
    (True, False)
    """
    return "://" in cases or "::" in cases


@contextlib.contextmanager
def home(batch: Path, *, cases: str, names: Sequence[str], stay: bool = False) -> Iterator[Path]:
    """Let the cases of a folder or a store be those of this process and of those it starts.

    Parameters
    ----------
    batch : Path
        Folder of the journal; copies and links are put in it.
    cases : str
        A folder or an address; empty: the project as it is.
    names : sequence of str
        Cases that are needed.
    stay : bool
        Put the notebooks there as well, as copies: for workers on other machines.

    Yields
    ------
    Path
        A folder with ``data/`` and ``notebooks/``; ``INQUIRY_HOME`` names it meanwhile.

    Raises
    ------
    InputError
        If there is no such folder, or the store does not answer.
    """
    project = project_root()
    if not cases and not stay:
        yield project
        return
    made = batch / "home"
    made.mkdir(parents=True, exist_ok=True)
    data = made / "data"
    if cases and remote(cases):
        folders = fetched(cases, names, batch / "inputs")
        if data.is_symlink():
            data.unlink()
        data.mkdir(exist_ok=True)
        for name, folder in folders.items():
            _link(data / name, folder)
    else:
        folder = Path(cases).expanduser().resolve() if cases else (project / "data").resolve()
        if not folder.is_dir():
            mend = "Name the folder that holds the folders of the cases."
            raise InputError.one("there is no such folder", f"--cases {cases}", mend)
        if data.is_dir() and not data.is_symlink():
            shutil.rmtree(data)
        _link(data, folder)
    _others(project, made)
    before = os.environ.get("INQUIRY_HOME")
    os.environ["INQUIRY_HOME"] = str(made)
    try:
        yield made
    finally:
        if before is None:
            del os.environ["INQUIRY_HOME"]
        else:
            os.environ["INQUIRY_HOME"] = before


def _link(place: Path, target: Path) -> None:
    """Let a name lead to a folder; one that leads elsewhere is exchanged in one step."""
    aside = place.with_name(f".{place.name}.{os.getpid()}")
    aside.unlink(missing_ok=True)
    aside.symlink_to(target, target_is_directory=True)
    aside.replace(place)


def _others(project: Path, made: Path) -> None:
    """Copy the notebooks and the lock file of the project, where they are not the same."""
    (made / "notebooks").mkdir(exist_ok=True)
    wanted = {path.name: path for path in sorted((project / "notebooks").glob("*.ipynb"))}
    for path in (made / "notebooks").iterdir():
        if path.name not in wanted:
            path.unlink()
    pairs = [(path, made / "notebooks" / name) for name, path in wanted.items()]
    lock = project / "requirements.lock"
    pairs += [(lock, made / lock.name)] if lock.is_file() else []
    for source, target in pairs:
        if not target.is_file() or target.read_bytes() != source.read_bytes():
            aside = target.with_name(f".{target.name}")
            shutil.copyfile(source, aside)
            aside.replace(target)


def fetched(address: str, names: Sequence[str], kept: Path) -> dict[str, Path]:
    """Return the folders of cases of a store, copied to a folder of this machine.

    Parameters
    ----------
    address : str
        Of the folder of the cases, as fsspec takes it. Credentials come from where the library
        of the store looks for them, never from the address.
    names : sequence of str
        Cases; one that the store does not hold is left out.
    kept : Path
        Folder of the copies; only the user may read it.

    Returns
    -------
    dict of Path
        By case. A case whose files have changed gets another folder.

    Raises
    ------
    InputError
        If fsspec or the library of the store is not installed, or the store cannot be read.
    """
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise InputError.one(
            "fsspec, which reads object stores, is not installed", f"--cases {address}",
            "Install it: pip install -e '.[batch]'",
        ) from None  # fmt: skip
    kept.mkdir(parents=True, exist_ok=True)
    kept.chmod(0o700)
    index = _Index(kept / "index.json")
    try:
        store, top = url_to_fs(address)
        return {
            name: folder
            for name in names
            if (folder := _case(store, f"{top.rstrip('/')}/{name}", name, kept, index))
        }
    except (ImportError, ValueError) as error:
        mend = "Install the library of the store, or correct the address."
        reason = " ".join(str(error).split())
        raise InputError.one(f"cannot be read ({reason})", f"--cases {address}", mend) from None
    except Exception as error:  # each library of a store has errors of its own
        reason = f"{type(error).__name__}: {' '.join(str(error).split())[:300]}"
        mend = "Correct the address, or the credentials that its library looks for."
        raise InputError.one(f"cannot be read ({reason})", f"--cases {address}", mend) from None
    finally:
        index.write()


class _Index:
    """Which copy is of which file of a store, in the state that the store told of it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self.held: dict[str, str] = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            self.held = {}

    def write(self) -> None:
        aside = self.path.with_suffix(".part")
        aside.write_text(json.dumps(self.held, indent=1), encoding="utf-8")
        aside.replace(self.path)


def _case(store: Any, top: str, name: str, kept: Path, index: _Index) -> Path | None:
    """Copy a case, and return its folder; None where the store does not hold it."""
    found = store.find(top, detail=True) if store.exists(top) else {}
    if not found:
        return None
    base = str(store._strip_protocol(top)).rstrip("/") + "/"
    held: dict[str, str] = {}
    for path, told in sorted(found.items()):
        inside = PurePosixPath(str(path).removeprefix(base))
        if inside.is_absolute() or ".." in inside.parts:
            raise InputError(
                [Problem("leads out of its folder", f"{name}: {path}", "Rename the file.")]
            )
        state = hashlib.sha256(f"{path} {sorted(map(str, told.items()))}".encode()).hexdigest()
        digest = index.held.get(state, "")
        if not digest or not (kept / "files" / digest).is_file():
            digest = _copy(store, path, kept / "files")
            index.held[state] = digest
        held[inside.as_posix()] = digest
    lines = "".join(f"{digest}  {inside}\n" for inside, digest in held.items())
    folder = kept / "cases" / hashlib.sha256(lines.encode()).hexdigest()[:24] / name
    if not folder.is_dir():
        aside = folder.parent.with_name(f".{folder.parent.name}.{os.getpid()}")
        shutil.rmtree(aside, ignore_errors=True)
        for inside, digest in held.items():
            target = aside / name / inside
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                target.hardlink_to(kept / "files" / digest)
            except OSError:
                shutil.copyfile(kept / "files" / digest, target)
        aside.rename(folder.parent)
    return folder


def _copy(store: Any, path: str, files: Path) -> str:
    from helpers.intake.reading import sha256

    files.mkdir(parents=True, exist_ok=True)
    aside = files / f".{os.getpid()}.part"
    store.get_file(path, str(aside))
    digest = sha256(aside)
    aside.replace(files / digest)
    return digest
