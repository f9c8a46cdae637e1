"""Deaths against the person-years of the people cared for, stratum by stratum.

``run`` is what :func:`helpers.start` returns.

- :func:`exposed`: deaths and person-years in each stratum.
- :func:`unexposed`: deaths of strata without person-years, which no rate can count.
- :func:`whole`: the groups that have every stratum of a standard, and those that have not.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.run import Run

STRATA = ["service", "age_band", "sex", "year"]
"""What deaths and denominators share."""


def _joined(run: Run, measure: str) -> pd.DataFrame:
    """Deaths and person-years of each stratum, in codes; one of the two may be missing.

    Person-years are held by year: deaths of a part of one have none to stand against.
    """
    exposure = run.extract.tables["exposure"]
    years = set() if run.part_of_year else set(run.counts["year"])
    chosen = exposure[exposure["measure"].eq("person_years") & exposure["year"].isin(years)]
    deaths = run.counts[run.counts["measure"].eq(measure)]
    if chosen.empty or deaths.empty:
        empty = pd.DataFrame(columns=[*STRATA, "numerator", "denominator"])
        return empty.astype({"numerator": "int64", "denominator": "float64"})
    over = deaths.groupby(STRATA, dropna=False)["events"].sum().rename("numerator")
    under = chosen.groupby(STRATA, dropna=False)["value"].sum().rename("denominator")
    made = pd.concat([over, under], axis=1).reset_index()
    made["numerator"] = made["numerator"].fillna(0).astype("int64")
    return made.astype({"denominator": "float64"})


def _named(run: Run, frame: pd.DataFrame) -> pd.DataFrame:
    labels = run.case.labels
    renamed = {
        name: frame[name].map(lambda code: labels.get(code, code))
        for name in ("service", "sex")
        if name in frame
    }
    return frame.assign(**renamed)


def exposed(
    run: Run, *, by: str | Sequence[str] = tuple(STRATA), measure: str = "deaths"
) -> pd.DataFrame:
    """Return deaths and person-years in each group that has person-years.

    A group of a few of the columns holds all its deaths, also those whose age was not recorded;
    in the finest strata they have no person-years to stand against: see :func:`unexposed`.

    Parameters
    ----------
    run : Run
        The run.
    by : str or sequence of str
        Some of service, age_band, sex and year.
    measure : str
        Step of the chain that is counted; ``deaths`` are those with a contact in the 12 months
        before.

    Returns
    -------
    DataFrame
        Columns ``by``, numerator (deaths), denominator (person-years); empty where the case has no
        denominators.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> exposed(run, by="sex").columns.tolist()
    ['sex', 'numerator', 'denominator']
    """
    names = [by] if isinstance(by, str) else list(by)
    made = _joined(run, measure).groupby(names, as_index=False, sort=True)
    made = made[["numerator", "denominator"]].sum()
    made = made[made["denominator"].gt(0)].reset_index(drop=True)
    return _named(run, made)[[*names, "numerator", "denominator"]]


def unexposed(run: Run, *, measure: str = "deaths") -> pd.DataFrame:
    """Return the deaths of strata for which no person-years are held.

    Parameters
    ----------
    run : Run
        The run.
    measure : str
        As for :func:`exposed`.

    Returns
    -------
    DataFrame
        Columns service, age_band, numerator (deaths left out of every rate), denominator (deaths
        of the service); empty where none is left out or the case has no denominators.
    """
    held = _joined(run, measure)
    columns = ["service", "age_band", "numerator", "denominator"]
    if held.empty:
        return pd.DataFrame(columns=columns)
    total = held.groupby("service")["numerator"].sum()
    lost = held[~held["denominator"].gt(0) & held["numerator"].gt(0)]
    made = lost.groupby(["service", "age_band"], as_index=False, dropna=False)["numerator"].sum()
    made["denominator"] = made["service"].map(total).astype("int64")
    made = _named(run, made)[columns]
    made.attrs["answer"] = "No death is left out of the rates."
    return made


def whole(
    frame: pd.DataFrame, *, by: str | Sequence[str], strata: Sequence[str], standard: pd.DataFrame
) -> pd.DataFrame:
    """Return the groups that have every stratum of a standard; the others cannot be standardised.

    A service for older people has nobody of 30: no standard that counts the young fits it, and a
    standardised rate of it would be an invention.

    Parameters
    ----------
    frame : DataFrame
        As :func:`exposed` returns it.
    by : str or sequence of str
        Columns that define groups.
    strata : sequence of str
        Columns of the standard.
    standard : DataFrame
        One row a stratum.

    Returns
    -------
    DataFrame
        The rows of the groups that are whole and lie in strata of the standard. ``attrs["reason"]``
        names the groups left out and what they lack.

    Examples
    --------
    >>> frame = pd.DataFrame({"service": ["ld", "ld", "older"], "age_band": ["a", "b", "b"]})
    >>> kept = whole(frame, by="service", strata=["age_band"], standard=frame[["age_band"]][:2])
    >>> kept["service"].unique().tolist(), kept.attrs["reason"]
    (['ld'], 'Not standardised, for want of person-years: older (a).')
    """
    groups = [by] if isinstance(by, str) else list(by)
    wanted = set(standard[list(strata)].itertuples(index=False, name=None))
    kept, lacking = [], []
    for key, part in frame.groupby(groups, sort=False):
        have = set(part[list(strata)].itertuples(index=False, name=None))
        missing = sorted(" ".join(map(str, one)) for one in wanted - have)
        if missing:
            lacking.append(f"{' '.join(map(str, key))} ({', '.join(missing)})")
        else:
            inside = [
                one in wanted for one in part[list(strata)].itertuples(index=False, name=None)
            ]
            kept.append(part[inside])
    made = pd.concat(kept, ignore_index=True) if kept else frame.iloc[0:0]
    if lacking:
        made.attrs["reason"] = f"Not standardised, for want of person-years: {'; '.join(lacking)}."
    return made
