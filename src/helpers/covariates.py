"""What may not explain an outcome: what became known after time zero, and who was on duty.

A column that is filled in later lets those who waited longer, or whose death was looked into,
differ because they were: it explains nothing. A column that names a nurse, an investigator or a
shift turns a model of services into one of single people, which records of this kind cannot bear
(Royal Statistical Society, Healthcare serial killer or coincidence?, 2022).

- :func:`late`: the columns that are not settled at time zero, nor declared.
- :func:`of_staff`: the names that say who of the staff it was.
- :func:`headers`: the headers that each column of a case is read from.
- :func:`check`: refuses both, each by name.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from helpers.sourcefile import Source

__all__ = ["STAFF", "check", "headers", "late", "of_staff"]

STAFF = (
    *("investigator", "clinician", "clinical lead", "keyworker", "key worker", "named worker"),
    *("support worker", "social worker", "care coordinator", "care co ordinator", "coordinator"),
    *("nurse", "matron", "midwife", "doctor", "consultant", "psychiatrist", "psychologist"),
    *("therapist", "physician", "surgeon", "practitioner", "pharmacist", "gp name", "gmc", "nmc"),
    *("rmn", "hca", "staff", "employee", "payroll", "smartcard", "line manager", "case manager"),
    *("ward manager", "team leader", "supervisor", "reviewer", "assessor", "author", "handler"),
    *("panel chair", "signatory", "reporter", "coroner name", "user id", "userid", "user name"),
    *("username", "login", "initials", "roster", "rostered", "rota", "shift", "on duty"),
    *("assigned to", "allocated to", "duty officer", "duty manager"),
)
"""Words of a name that say who of the staff it was, or who was on duty; a name that ends in "by",
such as "Entered By", says it as well."""


def _staff_word(name: str) -> str:
    """Return the words of a name that say who of the staff it was; empty if none do."""
    found = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])|\d+", name)
    words = [word.lower() for word in found]
    single = [word[:-1] if word.endswith("s") else word for word in words]
    said = [f" {' '.join(one)} " for one in (words, single)]
    for one in STAFF:
        if any(f" {one} " in text for text in said):
            return one
    return " ".join(words[-2:]) if len(words) > 1 and words[-1] == "by" else ""


def late(
    columns: Iterable[str], *, known: Collection[str], declared: Collection[str] = ()
) -> list[str]:
    """Return the columns that are not settled at time zero.

    Parameters
    ----------
    columns : iterable of str
        Columns that are to explain an outcome.
    known : collection of str
        Columns that are settled at time zero (`helpers.casetimes.KNOWN_AT_DEATH` for deaths).
    declared : collection of str
        Columns that the case says it uses all the same.

    Returns
    -------
    list of str
        In the order given, each once.

    Examples
    --------
    >>> late(["sex", "expectedness", "mazars_code"], known={"sex"}, declared={"mazars_code"})
    ['expectedness']
    """
    return [name for name in dict.fromkeys(columns) if name not in {*known, *declared}]


def of_staff(
    terms: Mapping[str, str], *, headers: Mapping[str, Collection[str]] | None = None
) -> dict[str, str]:
    """Return the characteristics that say who of the staff it was.

    Parameters
    ----------
    terms : mapping of str to str
        Columns by the name that readers see; both are looked at.
    headers : mapping of str to collection of str, optional
        The headers that each column is read from in the files: a column of another name may
        hold what stood under "Entered By".

    Returns
    -------
    dict of str to str
        The name that says it, by the name that readers see.

    Examples
    --------
    >>> of_staff({"Sex": "sex", "Who": "EnteredBy", "Nurse on the ward": "team"})
    {'Who': 'EnteredBy', 'Nurse on the ward': 'Nurse on the ward'}
    >>> of_staff({"Team": "team"}, headers={"team": ["Key-worker"]})
    {'Team': 'Key-worker'}
    """
    found = {}
    for shown, column in terms.items():
        names = [shown, column, *(headers or {}).get(column, ())]
        said = next((name for name in names if _staff_word(name)), None)
        if said is not None:
            found[shown] = said
    return found


def headers(sources: Iterable[Source]) -> dict[str, list[str]]:
    """Return the headers that each canonical column is read from, over all sources of a case.

    Parameters
    ----------
    sources : iterable of Source
        As case.yml describes them.

    Returns
    -------
    dict of list of str
        Headers by canonical column.

    Examples
    --------
    >>> from helpers.case import load
    >>> headers(load("coroners").sources)["area"]
    ['coroner_area', 'coroner_area']
    """
    found: dict[str, list[str]] = {}
    for source in sources:
        for name, rule in {**source.fields, **source.columns}.items():
            held = [rule.from_] if isinstance(rule.from_, str) else rule.from_
            found.setdefault(name, []).extend(held)
    return found


def check(
    where: str,
    terms: Mapping[str, str],
    *,
    known: Collection[str],
    declared: Mapping[str, str] | Collection[str] = (),
    headers: Mapping[str, Collection[str]] | None = None,
    cluster: str = "",
    settled: str = "on the day of death",
    so: str = "so that it may follow from the outcome instead of explaining it",
) -> None:
    """Refuse characteristics that may not explain an outcome.

    Parameters
    ----------
    where : str
        What is checked, as the message names it, such as "factors".
    terms : mapping of str to str
        Columns by the name that readers see.
    known, declared : collection of str
        As for :func:`late`; a mapping of declared columns gives the reason for each.
    headers : mapping of str to collection of str, optional
        As for :func:`of_staff`.
    cluster : str
        Column of the groups within which records are alike; it may name no single person either.
    settled, so : str
        When a column must be settled, and what follows where it is not, in words.

    Raises
    ------
    ValueError
        If a column says who of the staff it was (no declaration helps), is not settled at time
        zero and not declared, or is declared without a reason. Every one is named.

    Examples
    --------
    >>> check("factors", {"Sex": "sex"}, known={"sex"})
    >>> check("factors", {"Keyworker": "team"}, known={"team"})
    Traceback (most recent call last):
    ValueError: factors: 'Keyworker' says who of the staff it was, and no model here may be of
    single people; leave it out, or, if it names nobody, name it so that this can be seen
    """
    grouped = {**terms, **({f"cluster {cluster}": cluster} if cluster else {})}
    faults = [
        f"{name!r} says who of the staff it was, and no model here may be of single people; "
        "leave it out, or, if it names nobody, name it so that this can be seen"
        for name in dict.fromkeys(of_staff(grouped, headers=headers).values())
    ]
    with_reason = isinstance(declared, Mapping)
    found = late(terms.values(), known=known, declared=declared)
    if found:
        named = ", ".join(map(repr, found))
        verb = "is" if len(found) == 1 else "are"
        faults.append(
            f"{named} {verb} not settled {settled}, {so}; leave it out, or name it under "
            f"declared{' with the reason' if with_reason else ''}"
        )
    if isinstance(declared, Mapping):
        lost = [name for name in declared if name not in set(terms.values())]
        faults += [f"declared {name!r} is not the column of a term" for name in lost]
        bare = [name for name, reason in declared.items() if not reason.strip()]
        faults += [f"declared {name!r} has no reason" for name in bare]
    if faults:
        raise ValueError(f"{where}: {'; '.join(faults)}")
