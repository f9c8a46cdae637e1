"""Which providers count by the same definitions as the case that compares them.

- :func:`ids_of`: the definition, denominator, window and method of an indicator of a case.
- :func:`coverage_ids`: the same of the coverage index.
- :func:`matched`: what of each provider's rows differs from them.
"""

from __future__ import annotations

import hashlib

import pandas as pd

from helpers.casefile import Case
from helpers.providers.form import IDS

COVERAGE = "coverage"
"""Id of the coverage index: deaths known to the provider, out of those of a national list."""

WORDS = {
    "definition_id": "definition",
    "denominator_id": "denominator",
    "window": "window",
    "method": "method",
}


def _of_people(case: Case) -> bool:
    return any(source.table == "deaths" for source in case.sources)


def ids_of(case: Case, indicator: str) -> dict[str, str]:
    """Return what must be the same before numbers of an indicator are compared.

    The id of a definition holds a hash of its words and of the two measures that it is made of, so
    that two cases that mean different things by one name are told apart.

    Parameters
    ----------
    case : Case
        The case.
    indicator : str
        Id of an indicator of the case.

    Returns
    -------
    dict of str
        definition_id, denominator_id, window (months between the last contact and the death) and
        method (which day or year something is counted by).

    Raises
    ------
    InputError
        If the case has no such indicator.

    Examples
    --------
    >>> from helpers.case import load
    >>> ids_of(load("southern_health"), "reported_share")["window"]
    '12 months'
    """
    item = case.indicator(indicator)
    said = " ".join(f"{item.numerator}|{item.denominator}|{item.definition}".split())
    digest = hashlib.sha256(said.encode()).hexdigest()[:8]
    people = _of_people(case)
    return {
        "definition_id": f"{item.id}:{digest}",
        "denominator_id": item.denominator,
        "window": "12 months" if people else "none",
        "method": "people, by day of death" if people else "annual counts, as published",
    }


def coverage_ids() -> dict[str, str]:
    """Return the definition, denominator, window and method of the coverage index.

    Examples
    --------
    >>> coverage_ids()["denominator_id"]
    'national_list'
    """
    return {
        "definition_id": "coverage:linked_to_a_death_of_the_provider",
        "denominator_id": "national_list",
        "window": "none",
        "method": "people, by day of death in the national list",
    }


def matched(rows: pd.DataFrame, wanted: dict[str, str]) -> pd.DataFrame:
    """Return for each provider what of its rows differs from what is wanted.

    Parameters
    ----------
    rows : DataFrame
        With provider and the columns of :data:`helpers.providers.form.IDS`; where numbers were put
        together, ``recorded_by``.
    wanted : dict of str
        As :func:`ids_of` returns it.

    Returns
    -------
    DataFrame
        Columns provider, compared (whether nothing differs), reason (what does, and in whose rows
        where they were recorded by another organisation); by name.

    Examples
    --------
    >>> one = coverage_ids()
    >>> other = {"provider": "B", "window": "6 months"}
    >>> held = pd.DataFrame([one | {"provider": "A"}, one | other])
    >>> matched(held, one)["reason"].tolist()
    ['', 'window 6 months, not none']
    """
    held = rows if "recorded_by" in rows else rows.assign(recorded_by=rows["provider"])
    reasons: dict[str, list[str]] = {name: [] for name in sorted(set(held["provider"]))}
    for name in IDS:
        wrong = held.loc[held[name].ne(wanted[name]), ["provider", name, "recorded_by"]]
        for provider, value, recorded in wrong.drop_duplicates().itertuples(index=False, name=None):
            whose = "" if recorded == provider else f" (recorded by {recorded})"
            reasons[provider].append(f"{WORDS[name]} {value}, not {wanted[name]}{whose}")
    found = [(name, not said, "; ".join(said)) for name, said in reasons.items()]
    return pd.DataFrame(found, columns=["provider", "compared", "reason"])
