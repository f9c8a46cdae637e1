"""The small files of a synthetic case: maps, denominators, published figures, SOURCE.md.

- :func:`service_map`, :func:`org_map`, :func:`caseload`, :func:`published`: the small files.
- :func:`trust_names`: the raw name of each trust on a day.
- :func:`source_md`: where each file comes from, with its hash.
- :func:`resource`: a text that the package ships with.
"""

from __future__ import annotations

import csv
import hashlib
import io
from importlib import resources
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.synthetic import cells
from helpers.synthetic.cells import RENAMED

LICENCE = "CC0 1.0 (invented; free to use)"
BANDS = {
    "18 to 24": (0.08, 0.0, 0.10), "25 to 34": (0.20, 0.0, 0.17), "35 to 44": (0.24, 0.0, 0.18),
    "45 to 54": (0.24, 0.0, 0.22), "55 to 64": (0.16, 0.04, 0.17), "65 to 74": (0.06, 0.26, 0.11),
    "75 to 84": (0.02, 0.42, 0.04), "85 and over": (0.0, 0.28, 0.01),
}  # fmt: skip
PERSON_YEARS = {"adult_mh": 14_000, "older_mh": 16_000, "ld": 2_600}


def resource(name: str) -> str:
    """Return a text that the package ships with."""
    return resources.files(__package__).joinpath(name).read_text(encoding="utf-8")


def trust_names(rows: pd.DataFrame) -> np.ndarray:
    """Return the name that the trust of each row had on the day of the death."""
    number, day = rows["provider"].to_numpy(), rows["date_of_death"].to_numpy()
    old = (number % 3 == 0) & (day < RENAMED)
    return np.array(
        [
            f"SYNTHETIC {'Partnership' if o else 'Trust'} {n + 1:03d}"
            for n, o in zip(number, old, strict=True)
        ],
        dtype=object,
    )


def _table(rows: list[list[object]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()


HEAD = ["raw_value", "canonical_id", "valid_from", "valid_to", "mapped_by", "mapped_on"]
CLERK = ["SYNTHETIC clerk", "2015-10-01"]


def service_map() -> str:
    """Return the dated map of names of services."""
    return _table([HEAD, *([*row, *CLERK] for row in cells.SERVICE_NAMES)])


def org_map(trusts: int) -> str:
    """Return the dated map of names of trusts: every third was renamed on 1 April 2013."""
    rows: list[list[object]] = [HEAD]
    for n in range(trusts):
        whole = ["2009-01-01", "2016-12-31"]
        if n % 3 == 0:
            rows.append(
                [
                    f"SYNTHETIC Partnership {n + 1:03d}",
                    f"trust_{n + 1:03d}",
                    whole[0],
                    "2013-03-31",
                    *CLERK,
                ]
            )
            whole[0] = "2013-04-01"
        rows.append([f"SYNTHETIC Trust {n + 1:03d}", f"trust_{n + 1:03d}", *whole, *CLERK])
    return _table(rows)


def caseload(rng: np.random.Generator, deaths: int, trusts: int) -> str:
    """Return assumed person-years by service, age band, sex and year.

    Parameters
    ----------
    rng : Generator
        A little noise from year to year.
    deaths : int
        Size of the case: person-years are in line with it.
    trusts : int
        Number of trusts, each with the same share.

    Returns
    -------
    str
        The file.
    """
    head = ["Provider"] if trusts > 1 else []
    head += [
        "Service",
        "Age band",
        "Sex",
        "Financial year",
        "Year starting",
        "Measure",
        "Person-years",
    ]
    rows: list[list[object]] = [[*head, "Method", "Record status"]]
    for trust in range(trusts):
        for place, (service, total) in enumerate(PERSON_YEARS.items()):
            for band, shares in BANDS.items():
                for sex in ("Female", "Male"):
                    for year in range(2011, 2015):
                        if not shares[place]:
                            continue
                        value = total * shares[place] / 2 * deaths / 10_306 / trusts
                        value *= 0.97 + 0.02 * (year - 2011) + 0.02 * rng.random()
                        name = [f"SYNTHETIC Trust {trust + 1:03d}"] if trusts > 1 else []
                        rows.append(
                            [*name, cells.OLD[service], band, sex, f"{year}-{year % 100 + 1}", year,
                             "person_years", round(value, 1), "ASSUMED, invented", "SYNTHETIC"]
                        )  # fmt: skip
    return _table(rows)


def published() -> str:
    """Return the published figures of the review of 2015, and others that contradict them."""
    return resource("published_figures.csv")


def source_md(folder: Path, what: dict[str, str], *, seed: int, shape: str) -> str:
    """Return SOURCE.md: what each file is, its licence and its hash.

    Parameters
    ----------
    folder : Path
        Folder of the case.
    what : dict of str
        What each file is, by name.
    seed : int
        Seed of the case.
    shape : str
        Its shape.

    Returns
    -------
    str
        Markdown.
    """
    parts = [
        "# Where the files of this case come from\n",
        "SYNTHETIC. Every row of every extract is invented, and nobody in them lived: names are",
        "put together from syllables, NHS numbers are of the range 999 that is never issued,",
        "postcodes of the pseudo area ZZ99. They were written by `helpers.synthetic`, shape",
        f"{shape}, seed {seed}; the same seed writes the same bytes. What is true of them is in",
        "`truth/`.\n",
    ]
    for name, text in what.items():
        real = name == "published_figures.csv"
        with (folder / name).open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        licence = (
            "facts, each with its source; the compiled table is free to use" if real else LICENCE
        )
        status = "REAL published figures" if real else "SYNTHETIC"
        parts += [f"## {name}\n", f"- What: {text}", f"- Status: {status}.",
                  f"- Licence: {licence}.", f"- SHA-256: {digest}\n"]  # fmt: skip
    return "\n".join(parts)
