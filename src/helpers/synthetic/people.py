"""The people of a synthetic case and how far each death went: reported, unexpected, investigated.

Nobody here lived. Who was reported, called unexpected and investigated is drawn from logistic
models whose coefficients are :data:`MODELS`, so that a method can be held against the truth. For
the shape ``southern_health`` the number at each step of each service is that of
:data:`MARGINS`, exactly: the draw is then conditional on the totals, which leaves the
coefficients as they are and makes the intercepts of the services follow from the totals.

- :func:`population`: people with their characteristics and the dates around their death.
- :func:`chain`: the steps that each death reached.
- :func:`design`: the columns that the models are made of.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

SERVICES = ("adult_mh", "older_mh", "ld")
YEARS = (2011, 2012, 2013, 2014)
YEAR_SHARE = (0.235, 0.245, 0.255, 0.265)
EXTRACT = np.datetime64("2015-09-30")

MARGINS = {
    "deaths": (803, 9166, 337),
    "reported": (560, 754, 140),
    "unexpected": (402, 227, 93),
    "reviewed": (330, 152, 58),
    "investigated": (241, 27, 4),
    "siri": (166, 27, 2),
}
"""Deaths at each step by service: 10,306, 1,454, 722, 540, 272 and 195 in all."""

NO_FAMILY = 174
SHARE_OF_SERVICE = (0.25, 0.65, 0.10)

MODELS = {
    "reported": {"age10": -0.25, "female": -0.20, "inpatient": 1.60, "year": 0.15},
    "unexpected": {"age10": -0.20, "female": -0.10, "inpatient": -0.30, "year": 0.05},
    "investigated": {"age10": -0.30, "female": -0.15, "inpatient": 1.00, "year": 0.20},
}
"""Log odds ratios: age for ten years, sex, in-patient at death, financial year."""

INTERCEPTS = {
    "reported": (0.5, -1.8, -0.3),
    "unexpected": (0.7, -0.35, 0.7),
    "investigated": (0.05, -1.3, -1.6),
}
"""Log odds by service at 60 years, of a man in the community, at the middle of the period: for
the shape ``general``, where nothing is fixed."""

WITHIN = {"reported": None, "unexpected": "reported", "investigated": "unexpected"}
SHARES = {"reviewed": 0.6, "siri": 0.7, "no_family": 0.64}
INVOLVEMENT = {
    "informed": 38, "asked questions": 17, "contributed": 15, "saw draft": 12, "declined": 10,
    "no family traced": 6,
}  # fmt: skip
TRUST_SPREAD = 0.3

MALE = {"adult_mh": 0.60, "older_mh": 0.42, "ld": 0.55}
INPATIENT = {"adult_mh": 0.06, "older_mh": 0.04, "ld": 0.03}
TEAMS = {
    "adult_mh": {
        False: "Ashmere CMHT,Brindle CMHT,Coldwater CMHT,Dunmore CMHT,Eastfold CMHT,Fernhurst CMHT,"
        "Crisis and Home Treatment North,Crisis and Home Treatment South,Early Intervention Team",
        True: "Rowan Ward,Hazel Ward,Juniper Unit",
    },
    "older_mh": {
        False: "Ashmere OPMH,Brindle OPMH,Coldwater OPMH,Dunmore OPMH,Eastfold OPMH,Memory Service",
        True: "Larch Ward,Willow Ward",
    },
    "ld": {False: "Northern LD Team,Southern LD Team,Western LD Team", True: "Beech House"},
}
CAUSES = {
    "natural": "I21.9,I25.9,J18.9,G30.9,F03,C34.9,I64,J44.9,I26.9,G40.9",
    "unnatural": "X70,X64,X61,X71,Y20,X84,X80,W78",
}
ETHNIC = ("A", "B", "C", "D", "H", "J", "M", "N", "S", "Z")
ETHNIC_SHARE = (0.80, 0.02, 0.05, 0.01, 0.02, 0.01, 0.01, 0.02, 0.01, 0.05)


def _ages(rng: np.random.Generator, service: str, count: int) -> np.ndarray:
    if service == "adult_mh":
        return np.clip(np.rint(rng.normal(47, 14, count)), 18, 79).astype(np.int64)
    if service == "older_mh":
        return np.clip(np.rint(rng.normal(84, 7.5, count)), 60, 104).astype(np.int64)
    young = rng.random(count) < 0.3
    ages = np.where(young, rng.normal(38, 11, count), rng.normal(64, 10, count))
    return np.clip(np.rint(ages), 18, 93).astype(np.int64)


def _ages_ld(rng: np.random.Generator, count: int) -> np.ndarray:
    """Return ages whose median is exactly 59 and whose mean rounds to 56."""
    half = count // 2
    low = np.clip(np.rint(59 - rng.gamma(1.6, 9.5, half)), 18, 58).astype(np.int64)
    high = np.clip(np.rint(59 + rng.gamma(1.7, 5.2, half)), 60, 94).astype(np.int64)
    ages = np.concatenate([low, high, np.full(count - 2 * half, 59, dtype=np.int64)])
    order = np.argsort(low, kind="stable")
    for step in range(20 * count):
        if abs(ages.mean() - 56) < 0.2:
            break
        place = order[step % half]
        ages[place] = np.clip(ages[place] + (1 if ages.mean() < 56 else -1), 18, 58)
    rng.shuffle(ages)
    return ages


def _born(rng: np.random.Generator, died: np.ndarray, age: np.ndarray) -> np.ndarray:
    """Return a day of birth for each that makes the age at death that many completed years."""
    months = died.astype("datetime64[M]")
    day = (died - months.astype("datetime64[D]")).astype(np.int64)
    birthday = (months - 12 * age).astype("datetime64[D]") + np.minimum(day, 27)
    return birthday - rng.integers(0, 360, len(died)).astype("timedelta64[D]")


def _place(rng: np.random.Generator, inpatient: np.ndarray, service: np.ndarray) -> np.ndarray:
    codes = np.array(["10", "20", "30", "40", "50"], dtype=object)
    older = rng.choice(codes, len(service), p=[0.45, 0.15, 0.05, 0.34, 0.01])
    other = rng.choice(codes, len(service), p=[0.35, 0.48, 0.03, 0.06, 0.08])
    return np.where(inpatient, "10", np.where(service == "older_mh", older, other))


def _taken(rng: np.random.Generator, text: str, count: int) -> np.ndarray:
    return rng.choice(np.array(text.split(","), dtype=object), count)


def population(
    rng: np.random.Generator,
    deaths: int,
    *,
    exact: bool = False,
    trusts: int = 1,
    between: tuple[str, str] = ("2011-04-01", "2015-03-31"),
) -> pd.DataFrame:
    """Return people who died, one a row, all with a contact in the twelve months before.

    Parameters
    ----------
    rng : Generator
        Source of the draws.
    deaths : int
        How many.
    exact : bool
        With the number of each service, and the ages of people with a learning disability, that
        were published.
    trusts : int
        Number of trusts that they are spread over.
    between : tuple of str
        First and last day of the deaths.

    Returns
    -------
    DataFrame
        Day columns are days since 1970 as numbers (missing: not a number).

    Examples
    --------
    >>> held = population(np.random.default_rng(1), 10306, exact=True)
    >>> held["service"].value_counts().to_dict()
    {'older_mh': 9166, 'adult_mh': 803, 'ld': 337}
    >>> float(held.loc[held["service"].eq("ld"), "age"].median())
    59.0
    """
    counts = np.array(MARGINS["deaths"]) if exact else rng.multinomial(deaths, SHARE_OF_SERVICE)
    service = np.repeat(np.array(SERVICES, dtype=object), counts)
    rng.shuffle(service)
    first, last = (np.datetime64(day) for day in between)
    if first == np.datetime64("2011-04-01"):
        year = rng.choice(np.array(YEARS), deaths, p=YEAR_SHARE)
        start = np.array([f"{y}-04-01" for y in YEARS], dtype="datetime64[D]")[year - 2011]
        died = start + (rng.random(deaths) * 365).astype(np.int64).astype("timedelta64[D]")
    else:
        span = int((last - first).astype(np.int64)) + 1
        died = first + rng.integers(0, span, deaths).astype("timedelta64[D]")
    age = np.zeros(deaths, dtype=np.int64)
    male, inside = np.zeros(deaths), np.zeros(deaths)
    for name in SERVICES:
        here = service == name
        count = int(here.sum())
        age[here] = _ages_ld(rng, count) if exact and name == "ld" else _ages(rng, name, count)
        male[here], inside[here] = MALE[name], INPATIENT[name]
    sex = np.where(rng.random(deaths) < male, "M", "F").astype(object)
    inpatient = rng.random(deaths) < inside
    day = died.astype(np.int64).astype(float)
    since = np.where(
        inpatient, rng.integers(0, 2, deaths), np.minimum(rng.gamma(0.9, 70, deaths), 358)
    )
    since = np.floor(since)
    left = rng.random(deaths) < np.where(inpatient, 0.1, 0.35)
    gap = np.floor(1 + rng.random(deaths) * 345)
    team = np.empty(deaths, dtype=object)
    for name in SERVICES:
        for ward in (False, True):
            here = (service == name) & (inpatient == ward)
            team[here] = _taken(rng, TEAMS[name][ward], int(here.sum()))
    mha = rng.choice(np.array(["informal", "s2", "s3"], dtype=object), deaths, p=[0.6, 0.15, 0.25])
    leave = rng.choice(np.array(["none", "s17", "AWOL"], dtype=object), deaths, p=[0.8, 0.15, 0.05])
    financial = died.astype("datetime64[M]").astype(np.int64) - 3
    return pd.DataFrame(
        {
            "provider": rng.integers(0, trusts, deaths),
            "service": service,
            "year": 1970 + financial // 12,
            "date_of_death": day,
            "dob": _born(rng, died, age).astype(np.int64).astype(float),
            "age": age,
            "sex": sex,
            "ethnic_category": rng.choice(np.array(ETHNIC, dtype=object), deaths, p=ETHNIC_SHARE),
            "inpatient": inpatient,
            "mha_status": np.where(inpatient, mha, "informal"),
            "leave_status": np.where(inpatient, leave, "none"),
            "team": team,
            "place_of_death": _place(rng, inpatient, service),
            "last_contact_date": day - since,
            "last_discharge_date": np.where(left, day - gap, np.nan),
            "main_provider": rng.random(deaths) < np.where(service == "older_mh", 0.35, 0.75),
            "ld": service == "ld",
            "autism": rng.random(deaths) < np.where(service == "ld", 0.15, 0.01),
            "smi": rng.random(deaths) < np.where(service == "adult_mh", 0.45, 0.06),
        }
    )


def design(people: pd.DataFrame) -> pd.DataFrame:
    """Return the columns that the models are made of.

    Parameters
    ----------
    people : DataFrame
        With age, sex, inpatient and year.

    Returns
    -------
    DataFrame
        age10 (tens of years from 60), female, inpatient, year (from the middle of the period).

    Examples
    --------
    >>> one = pd.DataFrame({"age": [70], "sex": ["F"], "inpatient": [True], "year": [2014]})
    >>> design(one).to_dict("records")
    [{'age10': 1.0, 'female': 1.0, 'inpatient': 1.0, 'year': 1.5}]
    """
    return pd.DataFrame(
        {
            "age10": (people["age"] - 60) / 10,
            "female": people["sex"].eq("F").astype(float),
            "inpatient": people["inpatient"].astype(float),
            "year": people["year"] - 2012.5,
        }
    )


def _logistic(value: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-value))


def _intercept(score: np.ndarray, total: int) -> float:
    """Return the intercept at which the expected total is the wanted one."""
    low, high = -30.0, 30.0
    for _ in range(100):
        middle = (low + high) / 2
        low, high = (middle, high) if _logistic(score + middle).sum() < total else (low, middle)
    return (low + high) / 2


def _with_total(rng: np.random.Generator, chance: np.ndarray, total: int) -> np.ndarray:
    """Draw independently, again and again, until the total is the wanted one."""
    while True:
        drawn = rng.random((64, len(chance))) < chance
        hits = np.flatnonzero(drawn.sum(axis=1) == total)
        if len(hits):
            return drawn[hits[0]]


def _any(rng: np.random.Generator, among: np.ndarray, total: int) -> np.ndarray:
    chosen = np.zeros(len(among), dtype=bool)
    chosen[rng.choice(np.flatnonzero(among), total, replace=False)] = True
    return chosen


def _step(
    rng: np.random.Generator,
    columns: dict[str, np.ndarray],
    services: dict[str, np.ndarray],
    step: str,
    among: np.ndarray,
    *,
    exact: bool,
) -> tuple[np.ndarray, dict[str, float]]:
    score = sum(columns[name] * b for name, b in MODELS[step].items())
    score = score + (columns["trust_effect"] if step == "reported" else 0.0)
    chosen, used = np.zeros(len(among), dtype=bool), {}
    for place, service in enumerate(SERVICES):
        here = np.flatnonzero(among & services[service])
        if exact:
            total = MARGINS[step][place]
            used[service] = round(_intercept(score[here], total), 6)
            chosen[here] = _with_total(rng, _logistic(score[here] + used[service]), total)
        else:
            used[service] = INTERCEPTS[step][place]
            chosen[here] = rng.random(len(here)) < _logistic(score[here] + used[service])
    return chosen, used


def _part(
    rng: np.random.Generator, people: pd.DataFrame, step: str, among: np.ndarray, *, exact: bool
) -> np.ndarray:
    if not exact:
        return among & (rng.random(len(people)) < SHARES[step])
    chosen = np.zeros(len(people), dtype=bool)
    taken = MARGINS["investigated"] if step == "reviewed" else (0, 0, 0)
    for place, service in enumerate(SERVICES):
        here = among & people["service"].eq(service).to_numpy()
        chosen |= _any(rng, here, MARGINS[step][place] - taken[place])
    return chosen


def chain(
    rng: np.random.Generator,
    people: pd.DataFrame,
    *,
    exact: bool = False,
    trust_effects: np.ndarray | None = None,
) -> tuple[pd.DataFrame, dict[str, dict[str, float]]]:
    """Return the people with the steps that each death reached, and the intercepts that held.

    Parameters
    ----------
    rng : Generator
        Source of the draws.
    people : DataFrame
        As :func:`population` returns it.
    exact : bool
        With the published number at each step.
    trust_effects : ndarray, optional
        What each trust adds to the log odds of being reported.

    Returns
    -------
    tuple of DataFrame and dict
        The people with reported, unexpected, reviewed, investigated, siri (true or false), the
        part of the family (empty where nothing was investigated) and the underlying cause; and
        the intercept of each service by step.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> people, intercepts = chain(rng, population(rng, 10306, exact=True), exact=True)
    >>> people[["reported", "unexpected", "reviewed", "investigated", "siri"]].sum().tolist()
    [1454, 722, 540, 272, 195]
    """
    effects = np.zeros(1) if trust_effects is None else trust_effects
    people = people.assign(trust_effect=effects[people["provider"].to_numpy() % len(effects)])
    columns = {name: column.to_numpy() for name, column in design(people).items()}
    columns["trust_effect"] = people["trust_effect"].to_numpy()
    services = {name: people["service"].eq(name).to_numpy() for name in SERVICES}
    reach, intercepts = {}, {}
    for step, parent in WITHIN.items():
        among = np.ones(len(people), dtype=bool) if parent is None else reach[parent]
        reach[step], intercepts[step] = _step(rng, columns, services, step, among, exact=exact)
    rest = reach["unexpected"] & ~reach["investigated"]
    reach["reviewed"] = reach["investigated"] | _part(rng, people, "reviewed", rest, exact=exact)
    reach["siri"] = _part(rng, people, "siri", reach["investigated"], exact=exact)
    held = reach["investigated"]
    if exact:
        none = _any(rng, held, NO_FAMILY)
    else:
        none = held & (rng.random(len(people)) < SHARES["no_family"])
    words = np.repeat(np.array(list(INVOLVEMENT), dtype=object), list(INVOLVEMENT.values()))
    rest = held & ~none
    family = np.full(len(people), "", dtype=object)
    family[none] = "none"
    family[rest] = rng.permutation(np.resize(words, int(rest.sum())))
    odd = reach["unexpected"] & (people["age"].lt(70).to_numpy()) & (rng.random(len(people)) < 0.45)
    cause = np.where(
        odd,
        _taken(rng, CAUSES["unnatural"], len(people)),
        _taken(rng, CAUSES["natural"], len(people)),
    )
    steps = ["reported", "unexpected", "reviewed", "investigated", "siri"]
    return (
        people.assign(
            **{step: reach[step] for step in steps},
            involvement=family,
            underlying_icd10=cause,
            unnatural=odd,
        ),
        intercepts,
    )
