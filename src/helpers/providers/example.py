"""A SYNTHETIC folder of providers, made from a seed: none of them exists, and nobody in it lived.

- :func:`make`: the text of each file.
- :func:`write`: the same as a folder.

Each provider has a mix of services, ages and sexes of its own, and a level of its own; both are
drawn. Some are there to be told apart: three count by another definition, window or denominator,
one went into another, one began within the period, one is tiny, and one has a numerator of zero.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd

from helpers.case import load
from helpers.providers.form import COLUMNS, IDS, MERGERS, REFERENCE
from helpers.providers.matching import COVERAGE, coverage_ids, ids_of

CASE, SEED, FIRST, LAST = "southern_health", 20151217, 2011, 2014
BANDS = {
    "adult_mh": ("18 to 24", "25 to 34", "35 to 44", "45 to 54", "55 to 64"),
    "older_mh": ("65 to 74", "75 to 84", "85 and over"),
    "ld": ("18 to 24", "35 to 44", "45 to 54", "55 to 64", "65 to 74"),
}
LEVELS = {"adult_mh": 0.34, "older_mh": 0.06, "ld": 0.12}
"""Share of deaths that are reported, by service, before a provider's own level."""

MIX = {"adult_mh": 8.0, "older_mh": 24.0, "ld": 2.0}
"""Parts of all deaths by service, about which the mix of each provider is drawn."""

TINY, ZERO, INTO, GONE, LATE = 20, 21, 22, 23, 24
OTHER = {
    17: ("definition_id", "reported_share:another"),
    18: ("window", "6 months"),
    19: ("denominator_id", "deaths_as_main_provider"),
}
"""Providers that count otherwise, and in what."""

MERGED = "2013-04-01"
ABOUT = """\
# SYNTHETIC: none of these providers exists, and nobody in these numbers lived.
# Written by helpers.providers.example, seed {seed}.
providers_version: 1
id: {name}
title: Twenty-four invented providers, April 2011 to March 2015 (SYNTHETIC)
data_status: synthetic
publisher: made by helpers.providers.example
licence: CC0 1.0 (invented; free to use)
profiles: [open, internal]
mergers: from_date
"""
SOURCE = """\
# Where the files of this folder come from

SYNTHETIC: none of these providers exists, nobody in these numbers lived, and nothing in them says
anything of any trust. All are written by `helpers.providers.example`, seed {seed}; a test makes
them again and compares every byte. The definitions are those of the case `{case}`.
"""


def _name(number: int) -> str:
    return f"SYNTHETIC Trust {number:02d}"


def _years(number: int) -> list[int]:
    """Return the years that a provider has numbers of; the one that merged sent one more late."""
    first = 2013 if number == LATE else FIRST
    last = 2013 if number == GONE else LAST
    return list(range(first, last + 1))


def _cells(rng: np.random.Generator, number: int) -> pd.DataFrame:
    """Return deaths and deaths reported in each cell and year of a provider."""
    mix = rng.dirichlet(list(MIX.values()))
    size = 14 if number == TINY else rng.integers(300, 3200)
    level = rng.normal(0, 0.3)
    years = _years(number)
    found = []
    for service, share in zip(BANDS, mix, strict=True):
        ages = rng.dirichlet(np.full(len(BANDS[service]), 12.0))
        odds = LEVELS[service] / (1 - LEVELS[service])
        for age, part in zip(BANDS[service], ages, strict=True):
            for sex, of_sex in (("F", 0.47), ("M", 0.53)):
                wanted = size * share * part * of_sex * np.exp(rng.normal(0, 0.1))
                rate = odds * np.exp(level + (0.25 if sex == "M" else 0.0))
                deaths = rng.poisson(wanted / (LAST - FIRST + 1), len(years))
                reported = rng.binomial(deaths, rate / (1 + rate))
                for year, of, over in zip(years, deaths, reported, strict=True):
                    over = 0 if number == ZERO else over
                    found.append((year, service, age, sex, int(over), int(of)))
    return pd.DataFrame(found, columns=["year", "service", "age_band", "sex", "n", "of"])


def _rows(number: int, cells: pd.DataFrame, indicator: str, ids: dict[str, str]) -> list[dict]:
    """Return the rows of a provider: everybody by year, and the cells of all its years."""
    fixed = {"provider": _name(number), "indicator": indicator, "data_status": "synthetic"}
    fixed |= ids | {"service": "", "age_band": "", "sex": "", "source_pack": f"{number:02d}.v1"}
    fixed |= {"source_sha256": hashlib.sha256(f"SYNTHETIC {number}".encode()).hexdigest()}
    if number in OTHER and indicator == "reported_share":
        fixed |= dict([OTHER[number]])
    made = [
        fixed
        | {"period_start": f"{year}-04-01", "period_end": f"{year + 1}-03-31"}
        | {"numerator": int(part["n"].sum()), "denominator": int(part["of"].sum())}
        for year, part in cells.groupby("year")
    ]
    if indicator != "reported_share":
        return made
    # The late year of the provider that merged has no cells: it came without them.
    held = cells[cells["year"].lt(2013)] if number == GONE else cells
    first, last = held["year"].min(), held["year"].max()
    span = {"period_start": f"{first}-04-01", "period_end": f"{last + 1}-03-31"}
    for keys, part in held.groupby(["service", "age_band", "sex"], sort=True):
        of = int(part["of"].sum())
        if of:
            own = dict(zip(("service", "age_band", "sex"), keys, strict=True))
            over = int(part["n"].sum())
            made.append(fixed | span | own | {"numerator": over, "denominator": of})
    return made


def _thinned(rng: np.random.Generator, cells: pd.DataFrame, share: float) -> pd.DataFrame:
    """Return the cells with a later step in the place of the first."""
    return cells.assign(n=rng.binomial(cells["n"], share))


def _listed(rng: np.random.Generator, cells: pd.DataFrame) -> pd.DataFrame:
    """Return deaths in a national list, and those of them that the provider knew of."""
    listed = cells["of"]
    return cells.assign(n=rng.binomial(listed, rng.beta(60, 4)), of=listed)


def _reference(ids: dict[str, str]) -> pd.DataFrame:
    """Return what the cells are held against: the shares before any provider's own level."""
    found = []
    for service, ages in BANDS.items():
        for age in ages:
            for sex in ("F", "M"):
                odds = LEVELS[service] / (1 - LEVELS[service]) * (1.284 if sex == "M" else 1.0)
                of = round(100_000 * MIX[service] / sum(MIX.values()) / len(ages) / 2)
                own = {"service": service, "age_band": age, "sex": sex, "denominator": of}
                own |= {"numerator": round(of * odds / (1 + odds)), "source": "SYNTHETIC"}
                found.append({"indicator": "reported_share", **own, **ids})
    return pd.DataFrame(found)[REFERENCE]


def make(
    *, seed: int = SEED, providers: int = 24, name: str = "providers_example"
) -> dict[str, str]:
    """Return the text of each file of a SYNTHETIC folder of providers.

    Parameters
    ----------
    seed : int
        Seed; the same gives the same bytes.
    providers : int
        How many; those that are told apart are numbers 17 to 24.
    name : str
        Name of the folder.

    Returns
    -------
    dict of str
        Text by name of file.

    Examples
    --------
    >>> made = make(seed=1, providers=2)
    >>> list(made)
    ['providers.yml', 'indicators.csv', 'reference.csv', 'SOURCE.md']
    """
    case = load(CASE)
    rows: list[dict] = []
    steps = {"unexpected_of_deaths": 0.5, "investigated_of_deaths": 0.19}
    for number in range(1, providers + 1):
        rng = np.random.default_rng([seed, number])
        cells = _cells(rng, number)
        rows += _rows(number, cells, "reported_share", ids_of(case, "reported_share"))
        for indicator, share in steps.items():
            later = _thinned(rng, cells, share)
            rows += _rows(number, later, indicator, ids_of(case, indicator))
        rows += _rows(number, _listed(rng, cells), COVERAGE, coverage_ids())
    said = "SYNTHETIC"
    into = [[_name(GONE), _name(INTO), MERGED, said]] if providers >= GONE else []
    texts = {
        "providers.yml": ABOUT.format(seed=seed, name=name),
        "indicators.csv": pd.DataFrame(rows)[COLUMNS].to_csv(index=False, lineterminator="\n"),
        "mergers.csv": pd.DataFrame(into, columns=MERGERS).to_csv(index=False, lineterminator="\n"),
        "reference.csv": _reference(
            {key: ids_of(case, "reported_share")[key] for key in IDS}
        ).to_csv(index=False, lineterminator="\n"),
    }
    if not into:
        del texts["mergers.csv"]
    page = SOURCE.format(seed=seed, case=CASE)
    what = {
        "providers.yml": "what the folder is, and the rule for mergers",
        "indicators.csv": "numerators and denominators by provider, year and cell",
        "mergers.csv": "which provider went into which, and when",
        "reference.csv": "shares by service, age band and sex that cells are held against",
    }
    for file, words in what.items():
        if file not in texts:
            continue
        digest = hashlib.sha256(texts[file].encode()).hexdigest()
        page += f"\n## {file}\n\n- What: {words} (SYNTHETIC).\n- Licence: CC0 1.0.\n"
        page += f"- SHA-256: {digest}\n"
    return texts | {"SOURCE.md": page}


def write(folder: Path, *, seed: int = SEED, providers: int = 24) -> Path:
    """Write a SYNTHETIC folder of providers.

    Parameters
    ----------
    folder : Path
        It is made if it is not there; its name becomes the id.
    seed, providers : int
        As for :func:`make`.

    Returns
    -------
    Path
        The folder.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> with TemporaryDirectory() as place:
    ...     made = write(Path(place) / "some", providers=2)
    ...     sorted(path.name for path in made.iterdir())
    ['SOURCE.md', 'indicators.csv', 'providers.yml', 'reference.csv']
    """
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in make(seed=seed, providers=providers, name=folder.name).items():
        (folder / file).write_bytes(text.encode("utf-8"))
    return folder
