"""A folder of providers, read and checked; the hashes of its files.

- :class:`Folder`: what a folder holds.
- :func:`read`: a folder of ``data/`` by its name, or every problem with it.
- :func:`files`, :func:`inputs`: its files, and the same with their hashes, as a run lists them.
- :func:`accounts`: rows read, used and outside a period; :func:`described`: a folder in words.
- :data:`OWN`: what stands for the trusts of the case itself.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import yaml
from pydantic import ValidationError

from helpers.case import project_root, read_yaml
from helpers.errors import InputError, Problem
from helpers.intake.reading import read_csv, sha256
from helpers.providers.form import (
    COLUMNS,
    MERGERS,
    REFERENCE,
    STRATA,
    About,
    _numbers,
    checked,
    merger_problems,
)

ABOUT, ROWS, INTO, AGAINST = "providers.yml", "indicators.csv", "mergers.csv", "reference.csv"
OWN = "own"
"""In the place of a folder: the trusts of the case itself are compared, where it has several."""


@dataclass(frozen=True)
class Folder:
    """What a folder of providers holds.

    Parameters
    ----------
    about : About
        What its ``providers.yml`` says.
    rows : DataFrame
        Rows of ``indicators.csv`` with their types.
    mergers : DataFrame
        Predecessor, successor and date; empty where there is no such file.
    reference : DataFrame
        What cells are held against; empty where there is no such file.

    Examples
    --------
    >>> held = read("providers_example")
    >>> held.about.data_status, held.rows["provider"].nunique()
    ('synthetic', 24)
    """

    about: About
    rows: pd.DataFrame
    mergers: pd.DataFrame
    reference: pd.DataFrame


def _folder(name: str) -> Path:
    folder = project_root() / "data" / name
    if not (folder / ABOUT).is_file():
        held = sorted(path.parent.name for path in (project_root() / "data").glob(f"*/{ABOUT}"))
        raise InputError.one(
            f"there is no folder {name!r} of providers",
            f"data/{name}/{ABOUT}",
            f"Use one of: {', '.join([*held, OWN])}.",
        )
    return folder


def _about(folder: Path) -> About:
    where = f"data/{folder.name}/{ABOUT}"
    try:
        said = About.model_validate(read_yaml((folder / ABOUT).read_text(encoding="utf-8")))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError.one(f"not readable as YAML ({reason})", where, "Correct it.") from None
    except ValidationError as error:
        raise InputError(
            Problem(
                issue["msg"].lower(),
                f"{where}, {'.'.join(map(str, issue['loc'])) or 'top'}",
                "Correct the entry.",
            )
            for issue in error.errors()
        ) from None
    if said.id != folder.name:
        raise InputError.one(
            f"id {said.id!r} is not the name of its folder", where, f"Write id: {folder.name}."
        )
    if said.data_status == "real" and "open" in said.profiles:
        raise InputError.one(
            "real numbers of providers are in the profile open",
            f"{where}, profiles",
            "Write profiles: [internal]; what leaves is made by a release. Numbers that somebody "
            "has published have the data_status published.",
        )
    return said


def read(name: str) -> Folder:
    """Return a folder of providers, checked.

    Parameters
    ----------
    name : str
        A folder of ``data/`` that holds ``providers.yml``.

    Returns
    -------
    Folder
        Numbers that were withheld are NaN.

    Raises
    ------
    InputError
        With every problem found: no such folder, entries that are not known, columns or values that
        cannot be used, people counted twice, a predecessor with two successors.
    """
    folder = _folder(name)
    about = _about(folder)
    where = f"data/{name}/"
    raw = read_csv(folder / ROWS, encoding="utf-8", needed=COLUMNS)
    rows, problems = checked(raw, file=where + ROWS, data_status=about.data_status)
    mergers = pd.DataFrame(columns=[*MERGERS, "source_row"])
    if (folder / INTO).is_file():
        mergers = read_csv(folder / INTO, encoding="utf-8", needed=MERGERS)
        wrong = merger_problems(mergers, file=where + INTO)
        problems += wrong
        if not wrong:
            plain = mergers[MERGERS].apply(lambda text: text.str.strip())
            mergers = plain.assign(source_row=mergers["source_row"])
            mergers["date"] = pd.to_datetime(mergers["date"]).astype("datetime64[s]")
    reference = pd.DataFrame(columns=[*REFERENCE, "source_row"])
    if (folder / AGAINST).is_file():
        text = read_csv(folder / AGAINST, encoding="utf-8", needed=REFERENCE)
        reference = _numbers(text, where + AGAINST, problems)
        lost = reference[["numerator", "denominator"]].isna().any(axis=1)
        twice = reference.duplicated(["indicator", *STRATA])
        for wrong, what in ((lost, "a number is missing"), (twice, "a cell is there twice")):
            if wrong.any():
                row = int(reference.loc[wrong, "source_row"].iloc[0])
                problems.append(Problem(what, f"{where}{AGAINST}, row {row}", "Correct the row."))
    if problems:
        raise InputError(problems)
    return Folder(about, rows, mergers, reference)


def files(name: str) -> list[str]:
    """Return the files of a folder of providers that a run reads.

    Parameters
    ----------
    name : str
        A folder of ``data/``, or :data:`OWN`, which has none.

    Examples
    --------
    >>> files("own"), files("providers_example")[0]
    ([], 'providers.yml')
    """
    if name == OWN:
        return []
    folder = _folder(name)
    return [file for file in (ABOUT, ROWS, INTO, AGAINST) if (folder / file).is_file()]


def inputs(name: str) -> list[dict[str, Any]]:
    """Return the files of a folder with their hashes, as a run lists its inputs.

    Parameters
    ----------
    name : str
        As for :func:`files`.

    Returns
    -------
    list of dict
        file (as seen from the folder of a case), sha256, bytes.

    Examples
    --------
    >>> inputs("providers_example")[1]["file"]
    '../providers_example/indicators.csv'
    """
    folder = project_root() / "data" / name
    return [
        {
            "file": f"../{name}/{file}",
            "sha256": sha256(folder / file),
            "bytes": (folder / file).stat().st_size,
        }
        for file in files(name)
    ]


def accounts(name: str, *, first: date, last: date) -> list[dict[str, Any]]:
    """Return how many rows of a folder were read, lie within a period, and do not.

    Parameters
    ----------
    name : str
        As for :func:`files`.
    first, last : date
        First and last day of the period; a row that reaches outside it is out of scope.

    Returns
    -------
    list of dict
        One row, as `Run.accounts` has one a source; none for :data:`OWN`.

    Examples
    --------
    >>> made = accounts("providers_example", first=date(2011, 4, 1), last=date(2015, 3, 31))
    >>> made[0]["rows_read"] == made[0]["rows_used"]
    True
    """
    if name == OWN:
        return []
    rows = read(name).rows
    inside = rows["period_start"].ge(pd.Timestamp(first)) & rows["period_end"].le(
        pd.Timestamp(last)
    )
    return [
        {
            "source_id": name,
            "file": f"../{name}/{ROWS}",
            "rows_read": len(rows),
            "rows_used": int(inside.sum()),
            "rows_quarantined": 0,
            "rows_out_of_scope": int((~inside).sum()),
        }
    ]


def described(name: str) -> dict[str, Any]:
    """Return what is said of the source of a comparison; nothing for :data:`OWN`.

    Parameters
    ----------
    name : str
        As for :func:`files`.

    Returns
    -------
    dict
        source (title), publisher, file (of the numbers) and data_status.

    Examples
    --------
    >>> described("providers_example")["file"]
    '../providers_example/indicators.csv'
    """
    if name == OWN:
        return {}
    about = _about(_folder(name))
    said = {"source": about.title, "publisher": about.publisher, "file": f"../{name}/{ROWS}"}
    return said | {"data_status": about.data_status}
