"""Populations that rates are standardised to, each with its citation.

- :func:`population`: a published standard, by the age bands of the suite.
- :func:`internal`: a standard made of the people of the case themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from importlib import resources

import numpy as np
import pandas as pd

from helpers.methods._checks import as_list, numbers, refuse, require_columns

BANDS = {
    "Under 18": (0, 17),
    "18 to 24": (18, 24),
    "25 to 34": (25, 34),
    "35 to 44": (35, 44),
    "45 to 54": (45, 54),
    "55 to 64": (55, 64),
    "65 to 74": (65, 74),
    "75 to 84": (75, 84),
    "85 and over": (85, 120),
}
"""The age bands of the canonical tables: first and last year of age."""


@cache
def _all() -> pd.DataFrame:
    with resources.files(__package__).joinpath("reference_populations.csv").open() as file:
        return pd.read_csv(file)


def population(
    standard: str = "ESP2013",
    *,
    bands: Mapping[str, tuple[int, int]] | None = None,
    least: int = 0,
) -> pd.DataFrame:
    """Return a published standard population by age band.

    Parameters
    ----------
    standard : str
        Name of the standard: ESP2013, the European Standard Population 2013.
    bands : mapping, optional
        First and last year of age by name of the band; :data:`BANDS` if not given.
    least : int
        Bands that begin below this age are left out, for services that see adults only.

    Returns
    -------
    DataFrame
        Columns standard, age_band, weight, citation, split: which published band a boundary cuts,
        and that its weight was divided evenly among its single years; empty text where none is.

    Raises
    ------
    ValueError
        For a standard that is not there, or bands that are empty or overlap.

    Examples
    --------
    >>> population("ESP2013")[["age_band", "weight"]].head(2).to_dict("list")
    {'age_band': ['Under 18', '18 to 24'], 'weight': [19300.0, 8200.0]}
    """
    table = _all()
    held = table[table["standard"].eq(standard)]
    if held.empty:
        known = ", ".join(dict.fromkeys(table["standard"]))
        raise ValueError(f"There is no standard {standard!r}; there is {known}.")
    chosen = dict(BANDS if bands is None else bands)
    ends = sorted(chosen.values())
    if any(low > high for low, high in ends) or any(
        low <= high for (_, high), (low, _) in zip(ends, ends[1:], strict=False)
    ):
        raise ValueError("Age bands must not be empty and must not overlap.")
    rows = []
    for name, (low, high) in chosen.items():
        if low < least:
            continue
        weight, cut = 0.0, []
        for row in held.itertuples(index=False):
            shared = min(high, row.age_to) - max(low, row.age_from) + 1
            whole = row.age_to - row.age_from + 1
            if shared > 0:
                weight += row.weight * shared / whole
                if shared < whole:
                    cut.append(f"{row.age_from} to {row.age_to} divided evenly by year of age")
        rows.append((standard, name, weight, held["citation"].iloc[0], "; ".join(cut)))
    return pd.DataFrame(rows, columns=["standard", "age_band", "weight", "citation", "split"])


def internal(frame: pd.DataFrame, strata: str | Sequence[str]) -> pd.DataFrame:
    """Return a standard made of the people of the case themselves.

    Parameters
    ----------
    frame : DataFrame
        Exposure in the column denominator, by stratum and whatever else.
    strata : str or sequence of str
        Columns that define strata.

    Returns
    -------
    DataFrame
        The strata with weight (their exposure, summed) and citation.

    Raises
    ------
    ValueError
        For missing columns, and rows (named) without a stratum or whose exposure is missing,
        negative or infinite: a standard that left them out in silence would be of fewer people.

    Examples
    --------
    >>> people = pd.DataFrame({"sex": ["F", "M", "F"], "denominator": [3.0, 2.0, 4.0]})
    >>> internal(people, ["sex"])["weight"].tolist()
    [7.0, 2.0]
    """
    columns = as_list(strata)
    require_columns(frame, [*columns, "denominator"])
    refuse(frame[columns].isna().any(axis=1), frame.index, "the stratum is missing")
    exposure = numbers(frame, "denominator")
    wrong = ~np.isfinite(exposure) | (exposure < 0)
    refuse(wrong, frame.index, "the denominator is missing, negative or infinite")
    made = frame.groupby(columns, as_index=False, sort=True, observed=True)["denominator"].sum()
    made = made.rename(columns={"denominator": "weight"})
    return made.assign(citation="the people of the case over the whole period")
