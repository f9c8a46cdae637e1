"""A whole synthetic case in a folder: extracts, maps, case.yml, SOURCE.md and the truth.

The case is made in parts of :data:`PART` deaths, each from a stream of its own, so that a case of
six million deaths needs no more memory than one of a hundred thousand.

- :func:`synthesise`: writes a case.
- :func:`people`: only the people, with the truth.
- :func:`answer`: fills in the file of clerical decisions of a case from its truth.
- :class:`Synthetic`: what was written.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

import numpy as np
import pandas as pd
import yaml

from helpers.errors import InputError, Problem
from helpers.synthetic import casefiles, caseyml, delays, names, truth
from helpers.synthetic import people as persons
from helpers.synthetic.records import BASIS, Records, build
from helpers.synthetic.writer import Writer, dirty

Shape = Literal["southern_health", "general"]
LIMIT_OF_BOOKS = 200_000
PART = 100_000
LEAST, MOST, MOST_TRUSTS = 200, 6_000_000, 300
WHAT = {
    "case.yml": "description of the case: what the files are, what they mean, what is assumed",
    "patient_system": "deaths of people known to the trust, as a patient system gives them out",
    "incident_system": "incidents about deaths, as an incident system gives them out",
    "steis_listing.csv": "listing of serious incidents (Windows-1252)",
    "national_list.csv": "national list of deaths (UTF-8 with a byte order mark)",
    "caseload.csv": "person-years by service, age band, sex and year, assumed",
    "plan.yml": "plan of the models: what is asked, among whom, by what",
    "service_map.csv": "dated map of names of services to services",
    "org_map.csv": "dated map of names of trusts",
    "mazars_crosswalk.csv": "crosswalk of the trust's categories to the Mazars classification",
    "published_figures.csv": "published figures, each with its source and status",
    "clerical_decisions.csv": "decisions about pairs of records that linkage cannot decide",
    "truth/truth.yml": "coefficients and laws behind the rows",
    "truth/truth_dirt.csv": "the faults that were planted, one a row",
    "truth/truth_links.csv": "who each row is about",
    "truth/truth_links.csv.gz": "who each row is about",
    "truth/truth_people.csv.gz": "how far each death went",
}


@dataclass(frozen=True)
class Synthetic:
    """What was written.

    Parameters
    ----------
    folder : Path
        Folder of the case.
    seed, deaths, trusts : int
        As asked for.
    shape : str
        As asked for.
    files : dict of str
        SHA-256 of each file by name relative to the folder.
    rows : dict of int
        Rows of each extract, without totals.
    planted : dict of int
        Pieces of dirt by code; an empty code is damage to what links records only.
    """

    folder: Path
    seed: int
    deaths: int
    trusts: int
    shape: str
    files: dict[str, str] = field(default_factory=dict)
    rows: dict[str, int] = field(default_factory=dict)
    planted: dict[str, int] = field(default_factory=dict)


def _checked(seed: int, deaths: int, trusts: int, shape: str) -> None:
    found = []
    if seed < 0:
        found.append(Problem(f"{seed} is not a seed", "seed", "Give a whole number of 0 or more."))
    if shape not in {"southern_health", "general"}:
        found.append(
            Problem(f"{shape!r} is not a shape", "shape", "Use southern_health or general.")
        )
    if not LEAST <= deaths <= MOST:
        found.append(
            Problem(f"{deaths} deaths cannot be made", "deaths", f"Ask for {LEAST} to {MOST:,}.")
        )
    if not 1 <= trusts <= MOST_TRUSTS:
        found.append(
            Problem(f"{trusts} trusts cannot be made", "trusts", f"Ask for 1 to {MOST_TRUSTS}.")
        )
    if shape == "southern_health" and (deaths, trusts) != (BASIS, 1):
        found.append(
            Problem(
                "the published chain is of 10,306 deaths in one trust", "shape",
                "Use shape general for another size.",
            )
        )  # fmt: skip
    if found:
        raise InputError(found)


def _effects(seed: int, trusts: int) -> np.ndarray | None:
    if trusts == 1:
        return None
    return np.random.default_rng([seed, 2]).normal(0, persons.TRUST_SPREAD, trusts)


def people(
    seed: int, n: int, *, trusts: int = 1, shape: Shape = "general", milestones: bool = False
) -> pd.DataFrame:
    """Return only the people of a synthetic case, with the truth about each.

    With the shape ``general`` every step is drawn independently, by the logistic models of
    :data:`helpers.synthetic.people.MODELS` with the intercepts
    :data:`helpers.synthetic.people.INTERCEPTS`: a method can be tried on many seeds.

    Parameters
    ----------
    seed : int
        Seed of the draws.
    n : int
        Number of people.
    trusts : int
        Number of trusts; each has an effect of its own on reporting if there are several.
    shape : {"general", "southern_health"}
        The latter has the published number at each step, and 10,306 people.
    milestones : bool
        With the day of each milestone that the record holds at the extract.

    Returns
    -------
    DataFrame
        One row a person: characteristics, age10, female and year_centred as the models use them,
        reported, unexpected, reviewed, investigated, siri, involvement; days as dates.

    Examples
    --------
    >>> held = people(1, 3000)
    >>> bool((held["investigated"] <= held["unexpected"]).all())
    True
    """
    exact = shape == "southern_health"
    if exact:
        _checked(seed, n, trusts, shape)
    who, when = np.random.default_rng([seed, 5]).spawn(2)
    frame, _ = persons.chain(
        who,
        persons.population(who, n, exact=exact, trusts=trusts),
        exact=exact,
        trust_effects=_effects(seed, trusts),
    )
    if milestones:
        frame = delays.recorded(when, frame)
    columns = persons.design(frame)
    frame = frame.assign(
        age10=columns["age10"], female=columns["female"], year_centred=columns["year"]
    )
    days = ["date_of_death", "dob", "last_contact_date", "last_discharge_date"]
    if milestones:
        days += [*delays.LAWS, "registration_date", "delog_date", "downgrade_date"]
    epoch = pd.Timestamp("1970-01-01")
    return frame.assign(**{day: epoch + pd.to_timedelta(frame[day], unit="D") for day in days})


def _parts(
    seed: int, deaths: int, trusts: int, shape: str, *, books: bool
) -> Iterator[tuple[Records, np.random.Generator, int]]:
    """Give the parts of a case one by one, each from a stream of its own."""
    pool = names.numbers(np.random.default_rng([seed, 1]))
    size = deaths if books else PART
    start = 0
    for number, first in enumerate(range(0, deaths, size)):
        many = min(size, deaths - first)
        rng, words = np.random.default_rng([seed, 3, number]).spawn(2)
        records = build(
            rng,
            many,
            exact=shape == "southern_health",
            trusts=trusts,
            pool=pool,
            start=start,
            trust_effects=_effects(seed, trusts),
        )
        last = (
            frame["person"].max()
            for frame in (records.patients, records.incidents, records.national)
        )
        start = int(max(last)) + 1
        yield records, words, many


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def synthesise(
    folder: Path,
    *,
    seed: int,
    deaths: int = BASIS,
    trusts: int = 1,
    shape: Shape = "southern_health",
    books: bool | None = None,
) -> Synthetic:
    """Write a complete synthetic case: case.yml, extracts, maps, SOURCE.md and the truth.

    Parameters
    ----------
    folder : Path
        Folder of the case, made if it is not there; its name is the id of the case. Files of
        the same names are replaced.
    seed : int
        The same seed writes the same bytes.
    deaths : int
        Deaths that the case counts, up to 6,000,000; other rows that intake must leave out are
        added in proportion. NHS numbers of the never-issued range last for some 900,000 people;
        those after them have none.
    trusts : int
        Number of trusts, 1 to 300.
    shape : {"southern_health", "general"}
        southern_health: the published chain of 10,306 deaths, exactly.
    books : bool, optional
        Write the two large extracts as workbooks; else as CSV files, in parts. Workbooks up to
        200,000 deaths if it is not said.

    Returns
    -------
    Synthetic
        The files with their hashes, and how much dirt was planted.

    Raises
    ------
    InputError
        For a size, number of trusts or shape that cannot be made.

    Examples
    --------
    >>> import tempfile
    >>> with tempfile.TemporaryDirectory() as place:
    ...     made = synthesise(Path(place) / "trial", seed=1, deaths=300, shape="general")
    >>> sorted(made.files)[:3]
    ['SOURCE.md', 'case.yml', 'caseload.csv']
    """
    _checked(seed, deaths, trusts, shape)
    books = deaths <= LIMIT_OF_BOOKS if books is None else books
    (folder / "truth").mkdir(parents=True, exist_ok=True)
    small = {
        "case.yml": caseyml.case_yml(
            folder.name, shape=shape, seed=seed, deaths=deaths, trusts=trusts, books=books
        ),
        "plan.yml": casefiles.resource("plan.yml"),
        "service_map.csv": casefiles.service_map(),
        "mazars_crosswalk.csv": casefiles.resource("mazars_crosswalk.csv"),
        "caseload.csv": casefiles.caseload(np.random.default_rng([seed, 4]), deaths, trusts),
    }
    if shape == "southern_health":
        small["published_figures.csv"] = casefiles.published()
    if trusts > 1:
        small["org_map.csv"] = casefiles.org_map(trusts)
    for name, text in small.items():
        (folder / name).write_text(text, encoding="utf-8", newline="")
    with ExitStack() as stack:
        writer = Writer(folder, trusts=trusts, books=books, stack=stack)
        laws: dict[str, Any] | None = None
        for records, words, many in _parts(seed, deaths, trusts, shape, books=books):
            writer.part(dirty(words, records, many, trusts, books=books))
            laws = laws or truth.parameters(
                np.random.default_rng([seed, 6]), records, seed=seed, shape=shape,
                trust_effects=_effects(seed, trusts),
            )  # fmt: skip
    text = yaml.safe_dump(laws, sort_keys=False, width=100)
    (folder / "truth" / "truth.yml").write_text(
        f"# SYNTHETIC\n{text}", encoding="utf-8", newline=""
    )
    written = _written(books=books, trusts=trusts, shape=shape)
    page = casefiles.source_md(folder, written, seed=seed, shape=shape)
    (folder / "SOURCE.md").write_text(page, encoding="utf-8", newline="")
    return Synthetic(
        folder=folder,
        seed=seed,
        deaths=deaths,
        trusts=trusts,
        shape=shape,
        files={name: _hash(folder / name) for name in [*written, "SOURCE.md"]},
        rows=writer.rows,
        planted=dict(sorted(writer.planted.items())),
    )


def _written(*, books: bool, trusts: int, shape: str) -> dict[str, str]:
    """Say what each file of the case is."""
    end = "xlsx" if books else "csv"
    wrong = {"org_map.csv"} if trusts == 1 else set()
    wrong |= {"published_figures.csv"} if shape == "general" else set()
    wrong |= {"truth/truth_links.csv.gz" if books else "truth/truth_links.csv"}
    made = {}
    for name, what in WHAT.items():
        full = f"{name}.{end}" if name in {"patient_system", "incident_system"} else name
        if full not in wrong:
            made[full] = what
    return made


def answer(queue: pd.DataFrame, folder: Path) -> Path:
    """Write the file of clerical decisions of a synthetic case, decided from its truth.

    Parameters
    ----------
    queue : DataFrame
        Pairs that linkage could not decide; see :func:`helpers.synthetic.decisions`.
    folder : Path
        Folder of the case; the hash in its SOURCE.md is renewed.

    Returns
    -------
    Path
        The file.
    """
    from helpers.intake.linkage import write_queue

    path = folder / "clerical_decisions.csv"
    write_queue(truth.decisions(queue, folder), path)
    laws = yaml.safe_load((folder / "truth" / "truth.yml").read_text(encoding="utf-8"))
    books = (folder / "patient_system.xlsx").is_file()
    trusts = 2 if (folder / "org_map.csv").is_file() else 1
    written = _written(books=books, trusts=trusts, shape=laws["shape"])
    page = casefiles.source_md(folder, written, seed=laws["seed"], shape=laws["shape"])
    (folder / "SOURCE.md").write_text(page, encoding="utf-8", newline="")
    return path
