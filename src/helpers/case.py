"""A case: one inquiry's files, found and loaded.

A case is a folder of ``data/`` with a ``case.yml``. Everything that a person decided about the
files (formats, maps, definitions, denominators, breaks) is in it, never in code; what it may say
is in :mod:`helpers.casefile`.

- :func:`project_root`: the folder that holds ``data/`` and ``notebooks/``.
- :func:`available`: the cases of the project.
- :func:`load`: one case, checked, with a registered period laid over it if one is named.
- :func:`files`: every file that a case consists of.
- :func:`read_yaml`: YAML, read safely and fast.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import yaml
from pydantic import ValidationError

from helpers.casefile import Case
from helpers.errors import InputError, Problem
from helpers.periods import overlay
from helpers.planfile import FIXED, PLAN, POST_HOC
from helpers.planfile import read as read_plan
from helpers.undecided import undecided


def read_yaml(text: str) -> Any:
    """Return what YAML text says, by the fast loader where it is installed.

    Parameters
    ----------
    text : str
        YAML; tags that would run code are refused.

    Returns
    -------
    object
        Plain dictionaries, lists, texts, numbers and dates.

    Raises
    ------
    yaml.YAMLError
        If the text is not YAML.

    Examples
    --------
    >>> read_yaml("period: {start: 2020-01-01}")
    {'period': {'start': datetime.date(2020, 1, 1)}}
    """
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    return yaml.load(text, Loader=loader)  # noqa: S506 - both are safe loaders


def project_root() -> Path:
    """Return the folder that holds ``data/`` and ``notebooks/``.

    It is found from the environment variable ``INQUIRY_HOME`` or from where this package is
    installed from, never from the working directory: papermill, nbval and JupyterLab each start
    notebooks in another one.

    Returns
    -------
    Path
        The folder.

    Raises
    ------
    InputError
        If there is no such folder.

    Examples
    --------
    >>> (project_root() / "data" / "coroners" / "case.yml").is_file()
    True
    """
    named = os.environ.get("INQUIRY_HOME")
    root = Path(named) if named else Path(__file__).resolve().parents[2]
    if not (root / "data").is_dir():
        raise InputError.one(
            f"there is no folder data/ in {root.name or root}",
            "project",
            "Install the project with 'pip install -e .', or set INQUIRY_HOME to its folder.",
        )
    return root


def available() -> list[str]:
    """Return the ids of the cases of the project, sorted.

    Returns
    -------
    list of str
        Names of the folders of ``data/`` that hold a ``case.yml``.

    Raises
    ------
    InputError
        If there is no folder ``data/``.

    Examples
    --------
    >>> "coroners" in available()
    True
    """
    return sorted(path.parent.name for path in (project_root() / "data").glob("*/case.yml"))


def load(name: str) -> Case:
    """Return a case by the name of its folder.

    Parameters
    ----------
    name : str
        Folder of ``data/``; or that and a registered period of it, such as ``our_trust/2015_16``
        (see :mod:`helpers.periods`).

    Returns
    -------
    Case
        The checked description; no data file is opened.

    Raises
    ------
    InputError
        If the case does not exist, a person has still to decide something in it, its ``case.yml``
        is not as it should be (every fault is named), or a file it names is missing.

    Examples
    --------
    >>> load("coroners").data_status
    'real'
    """
    name, period = overlay.parts(name)
    folder = project_root() / "data" / name
    path = folder / "case.yml"
    where = f"data/{name}/case.yml"
    if not path.is_file():
        raise InputError.one(
            f"there is no case {name!r}", where, f"Cases: {', '.join(available()) or 'none'}."
        )
    try:
        text = path.read_text(encoding="utf-8")
        raw = read_yaml(text)
        if open_ := undecided(folder, text):
            raise InputError(open_)
        mine = {"plan", "folder", "registered", "held"}
        if own := mine & (raw if isinstance(raw, dict) else {}).keys():
            raise InputError.one(
                f"{own.pop()} is not an entry of case.yml", where, f"A plan stands in {PLAN}."
            )
        if period:
            raw = _with_period(raw, folder, period)
            where = f"data/{name}/periods/{period}/period.yml, over case.yml"
        # Before any file of records is opened: the hash of the plan is taken here.
        case = Case.model_validate({**raw, "folder": folder, "plan": read_plan(folder)})
    except (yaml.YAMLError, UnicodeDecodeError, TypeError) as error:
        reason = " ".join(str(error).split())
        raise InputError.one(f"not readable as YAML ({reason})", where, "Correct it.") from None
    except ValidationError as error:
        raise InputError(
            Problem(
                issue["msg"].lower(),
                f"{where}, {'.'.join(str(part) for part in issue['loc']) or 'top'}",
                "Correct the entry.",
            )
            for issue in error.errors()
        ) from None
    if case.id != name:
        raise InputError.one(
            f"id {case.id!r} is not the name of its folder", where, f"Write id: {name}."
        )
    missing = [file for file in files(case) if not case.path(file).is_file()]
    if missing:
        raise InputError(
            Problem(
                "the file is not there", f"data/{name}/{file}", "Put it there, or correct case.yml."
            )
            for file in missing
        )
    return case


def _with_period(
    raw: dict[str, Any], folder: Path, name: str, above: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return the entries of a case with those of a registered period laid over them."""
    inside = f"{overlay.FOLDER}/{name}"
    where = f"data/{folder.name}/{inside}/{overlay.FILE}"
    path = folder / inside / overlay.FILE
    if not path.is_file():
        known = ", ".join(overlay.registered(folder)) or "none"
        raise InputError.one(
            f"case {folder.name} has no period {name!r}",
            where,
            f"Registered: {known}. 'inquiry new-period {folder.name}' registers one.",
        )
    text = path.read_text(encoding="utf-8")
    if open_ := undecided(path.parent, text, where=where):
        raise InputError(open_)
    said = overlay.read(read_yaml(text), where=where)
    if said.like is not None:
        if said.like in (name, *above):
            raise InputError.one(
                f"like leads round to {said.like}", where, "Name another, or none."
            )
        raw = overlay.beneath(raw, _with_period(raw, folder, said.like, (name, *above)))
    return overlay.overlaid(raw, said, name=name, prefix=inside, where=where)


def files(case: Case) -> list[str]:
    """Return every file that a case consists of, ``case.yml`` first, each once.

    Parameters
    ----------
    case : Case
        As :func:`load` returns it.

    Returns
    -------
    list of str
        Names relative to the folder of the case.

    Examples
    --------
    >>> files(load("coroners"))[:2]
    ['case.yml', 'moj_coroner_statistics_1995_2020.csv']
    """
    names = ["case.yml"]
    if case.registered:
        names.append(f"{overlay.FOLDER}/{case.registered}/{overlay.FILE}")
    for source in case.sources:
        names += [source.file, source.measures]
        maps = [*source.columns.values(), *source.dimensions.values(), *source.derived.values()]
        for column in maps:
            names += [column.map_file, column.patterns_file]
        names += [column.map_file for column in source.fields.values()]
    names += [case.crosswalk, case.published, case.decisions]
    names += [case.limits.file] if case.limits else []
    names += [case.truth.dirt, case.truth.links] if case.truth else []
    names += [name for name in (PLAN, FIXED, POST_HOC) if case.path(name).is_file()]
    return list(dict.fromkeys(name for name in names if name))
