"""Linking incidents to deaths, entries of StEIS to incidents, and a national list to deaths.

- :func:`link_incidents`: exact, then by rule, then by probability with two thresholds.
- :func:`link_steis`, :func:`link_registrations`: the same for the other two lists;
  :func:`steis_reference`: references of StEIS in one spelling.
- :func:`write_queue`, :func:`read_decisions`: the pairs that a person must look at, out and back.
- :func:`match_rates`, :func:`at_thresholds`: what was linked, by stratum and by threshold.
- :class:`Linked`, :class:`Thresholds`: what is made, and how sure a link must be.

Every link has its method, its weight and its reason. Identifiers are used here and go no further.

A plain model of Fellegi and Sunter, not splink on DuckDB: on 10,306 simulated deaths and 1,600
incidents (1,515 true pairs) this takes 0.3 seconds and finds 1,509 at the strict threshold, where
splink 5.0.0 alone takes 3.6 seconds and 85 MB of further packages and finds 1,504, neither of them
a wrong one. The whole model is a table of eighteen weights that a reader can check, its EM agrees
with splink's to ten decimals, and 1,000,000 deaths with 150,000 incidents take 20 seconds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from helpers.errors import InputError, Problem
from helpers.intake.identifiers import soundex
from helpers.intake.reading import read_csv
from helpers.methods import linkage as model
from helpers.tables import TABLES

LINKS = TABLES["incident_death"].names
DECISIONS = ("same", "different", "undecided")
SIDE = ["source_id", "source_sheet", "source_row"]
SEED = 20_110_401
FEWEST = 1_000
"""The prior is one match in so many pairs as there are deaths, and never more than one in these."""

PAIRS_OF_CHANCE, PAIRS_OF_LEARNING = 300_000, 500_000
STRENGTH = 20.0
"""Weight, in pairs, of the stated m: so few matches teach nothing yet."""

NO_NAME = "NHS number agrees; neither date of birth nor surname does"
ALONE = "NHS number agrees and nothing else does"
LOCAL = "local id agrees and too little else does"
DATES = "not enough agrees without the dates"
ALIKE = "another death agrees as well"
OTHER = "another death agrees better"
NONE = "no death in the list agrees enough"
BLANK = "nothing to compare: no NHS number, date of birth, surname or local id"
APART = "a person decided: different"
RANK = {"exact": 3, "rule": 2, "probabilistic": 1}
LABELS = {
    "nhs_number": "NHS number",
    "dob": "date of birth",
    "surname": "surname",
    "forename": "forename",
    "sex": "sex",
    "day": "date",
}
SHOWN = ["weight", "probability", "why", "fields", "linked_meanwhile"]
PLACE = r"^(.+?) \| sheet (.*) \| row (\d+) \| number ?(.*)$"
METHODS = ("rule", "probabilistic", "clerical")
FILLED = ["decision", "decided_by", "decided_on", "note"]
"""What a person fills in."""


@dataclass(frozen=True)
class Thresholds:
    """How sure a link must be.

    Parameters
    ----------
    strict, loose : float
        Match probabilities: from ``strict`` on a pair is linked; from ``loose`` on it is linked
        with ``strict`` false and queued for a person; below, it is not linked.
    margin : float
        Bits by which the best death must beat the next one; otherwise both are queued.
    after : int
        Days after the death from which the date of an incident needs a person to look.

    Examples
    --------
    >>> Thresholds().strict > Thresholds().loose
    True
    """

    strict: float = 0.99
    loose: float = 0.50
    margin: float = 3.0
    after: int = 7

    def __post_init__(self) -> None:
        """Refuse thresholds that are no probabilities, or the wrong way round."""
        if not 0.0 < self.loose <= self.strict < 1.0:
            raise InputError.one(
                f"loose is {self.loose} and strict is {self.strict}",
                "thresholds of the linkage",
                "Both lie between 0 and 1, and strict is no lower than loose.",
            )


@dataclass(frozen=True)
class Linked:
    """What linking makes.

    Parameters
    ----------
    links : DataFrame
        The links; for incidents and deaths the canonical table ``incident_death``.
    queue : DataFrame
        Pairs for a person to decide: references of both rows, no identifier.
    weights : DataFrame
        The model: field, level, m, u, weight. Empty where none was used.
    unlinked : DataFrame
        Records linked to nothing, each with the reason.

    Examples
    --------
    >>> empty = pd.DataFrame()
    >>> len(Linked(empty, empty, empty, empty).links)
    0
    """

    links: pd.DataFrame
    queue: pd.DataFrame
    weights: pd.DataFrame
    unlinked: pd.DataFrame


# ---- Records as the model takes them ------------------------------------------------------------


def _records(frame: pd.DataFrame, key: str, day: str) -> pd.DataFrame:
    """Return the columns that linking needs, in the order of the ids: rows may come in any."""
    made = frame.rename(columns={day: "day"}).sort_values(key, ignore_index=True)
    for name in ("surname", "forename"):
        if f"{name}_key" in made:
            made[name] = made[f"{name}_key"]
    texts = ("nhs_number", "surname", "forename", "sex", "local_id", "local_ref", "source_sheet")
    for name in texts:
        text = made[name] if name in made else pd.Series("", index=made.index)
        made[name] = text.astype("str").fillna("")
    if "provider" in made:  # a local id is a trust's own: two trusts use the same ones
        provider = made["provider"].astype("str").fillna("")
        made["local_id"] = made["local_id"].mask(
            made["local_id"].ne(""), provider + ":" + made["local_id"]
        )
    if "surname_soundex" not in made:
        made["surname_soundex"] = soundex(made["surname"])
    made["compared"] = made["nhs_number"]
    if "nhs_number_typed" in made:  # fails the check: never exact, but one slip from the truth
        typed = made["nhs_number_typed"].astype("str").fillna("")
        made["compared"] = made["nhs_number"].mask(made["nhs_number"].eq(""), typed)
    return made


def _coded(deaths: pd.DataFrame, incidents: pd.DataFrame) -> model.Coded:
    return model.coded(*(f.assign(nhs_number=f["compared"]) for f in (deaths, incidents)))


def _together(*parts: np.ndarray) -> np.ndarray:
    """Return several codes as one key; missing where any of them is."""
    key = np.zeros(len(parts[0]), np.int64)
    missing = np.zeros(len(key), bool)
    for part in parts:
        key, missing = key * 10_000_019 + part, missing | (part < 0)
    return np.where(missing, -1, key)


def _learnt(codes: model.Coded) -> model.Model:
    """Return the model: u from pairs at random, m by EM over pairs that agree on something.

    Pairs chosen because a field agrees can teach nothing about that field: m of the date of birth
    is learnt from pairs of one name, every other m from pairs of one birthday.
    """
    sides = codes.left, codes.right
    size = [len(side["sex"]) for side in sides]
    if not all(size):
        return model.Model(
            model.weights(model.MATCHES, model.OTHERS), 1 / FEWEST, 0, converged=True
        )
    drawn = model.random_pairs(size[0], size[1], PAIRS_OF_CHANCE, seed=SEED)
    levels = model.comparisons(codes, *drawn)
    agree = levels.eq("agree")
    u = model.shares(levels[~(agree["nhs_number"] | (agree["dob"] & agree["surname"]))])
    order = np.random.default_rng(SEED).permutation(size[1])
    m, taken, settled = dict(model.MATCHES), 0, True
    name = ("surname", "forename")
    for block, fields in (
        (("year", "month", "date"), [field for field in u if field != "dob"]),
        (name, [field for field in u if field not in name]),
    ):
        keys, wanted = (_together(*(side[part] for part in block)) for side in sides)
        wanted = wanted[order]
        pairs = next(model.within(keys, wanted, wanted, portion=PAIRS_OF_LEARNING), None)
        if pairs is None:
            continue
        table = model.patterns(model.comparisons(codes, pairs[0], order[pairs[1]]))
        known = {field: u[field] for field in fields}
        found = model.estimate(table, known, strength=STRENGTH, tolerance=1e-6)
        taken, settled = taken + found.iterations, settled and found.converged
        for field in ["dob"] if block == name else fields:
            m[field] = found.weights.loc[found.weights["field"].eq(field), "m"].to_numpy()
    return model.Model(model.weights(m, u), 1 / max(size[0], FEWEST), taken, settled)


# ---- Pairs --------------------------------------------------------------------------------------


def _compared(
    codes: model.Coded, learnt: model.Model, a: np.ndarray, b: np.ndarray
) -> pd.DataFrame:
    """Return pairs with their levels and weights, in all and without the date."""
    levels = model.comparisons(codes, a, b)
    identity = [name for name in model.LEVELS if name != "day"]
    return levels.assign(
        death=a,
        incident=b,
        weight=model.score(levels, learnt),
        identity=model.score(levels, learnt, fields=identity),
    )


def _blocks(
    codes: model.Coded, rest: np.ndarray, *, typed: bool
) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield pairs that may match: they share a birthday, a name and year, a week, or a number."""
    left, right = codes.left, {name: values[rest] for name, values in codes.right.items()}

    def same(of: Callable[[dict[str, np.ndarray]], np.ndarray]) -> Iterator[Any]:
        wanted = of(right)
        return model.within(of(left), wanted, wanted)

    def born(side: dict[str, np.ndarray]) -> np.ndarray:
        low, high = np.minimum(side["month"], side["date"]), np.maximum(side["month"], side["date"])
        return _together(side["year"], low, high)  # an exchange of day and month leaves it as it is

    yield from same(born)
    yield from same(lambda side: _together(side["sound"], side["year"]))
    if typed:  # two valid numbers are never one slip apart
        for ten in 10 ** np.arange(9):
            yield from same(
                lambda side, ten=ten: np.where(
                    side["nhs_number"] < 0,
                    -1,
                    side["nhs_number"] // (100 * ten) * ten + side["nhs_number"] % ten,
                )
            )
    day = [_together(side["sex"], side["day"] + 200_000) for side in (left, right)]
    low, high = (np.where(day[1] < 0, -1, day[1] + step) for step in (-model.NEAR, model.NEAR))
    for a, b in model.within(day[0], low, high):
        some = np.zeros(len(a), bool)
        for name in ("sound", "initial", "year"):
            some |= (left[name][a] == right[name][b]) & (left[name][a] >= 0)
        yield a[some], b[some]


def _same(left: pd.Series, right: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs that share a text; blanks share nothing."""
    sides = [
        pd.DataFrame({"text": text, side: np.arange(len(text))})[text.ne("").to_numpy()]
        for side, text in (("death", left), ("incident", right))
    ]
    both = sides[0].merge(sides[1], on="text")
    return both["death"].to_numpy(np.int64), both["incident"].to_numpy(np.int64)


def _judged(
    pairs: pd.DataFrame,
    deaths: pd.DataFrame,
    incidents: pd.DataFrame,
    prior: float,
    limits: Thresholds,
) -> pd.DataFrame:
    """Return pairs with a method, the rule in words, and what keeps them from being strict."""
    a, b = pairs["death"].to_numpy(), pairs["incident"].to_numpy()
    born, surname, number = pairs["dob"], pairs["surname"], pairs["nhs_number"]
    valid = (
        (deaths["nhs_number"].ne("").to_numpy()[a]) & incidents["nhs_number"].ne("").to_numpy()[b]
    )
    agrees = number.eq("agree") & valid
    contradicts = number.notna() & number.ne("agree") & valid
    ids = [frame["local_id"].to_numpy(object) for frame in (deaths, incidents)]
    local = pd.Series((ids[0][a] == ids[1][b]) & (ids[0][a] != ""), index=pairs.index)
    birthday = born.isin(["agree", "day and month swapped"])
    near = number.isin(["agree", "one slip"]).astype(int) + (born.notna() & born.ne("disagree"))
    for name in (surname, pairs["forename"]):
        near = near + (name.notna() & name.ne("disagree"))
    chance = model.probability(pairs["weight"], prior)
    identity = model.probability(pairs["identity"], prior)
    late = pd.Series(
        incidents["day"].to_numpy("datetime64[s]")[b] - deaths["day"].to_numpy("datetime64[s]")[a],
        index=pairs.index,
    ).gt(pd.Timedelta(days=limits.after))
    rules = {
        "number and birthday": agrees & born.eq("agree"),
        "number, and birthday with day and month swapped": agrees & birthday,
        "number and surname, no date of birth": agrees & born.isna() & surname.eq("agree"),
        "local id with birthday or surname": local
        & (birthday | surname.eq("agree"))
        & ~contradicts,
        NO_NAME: agrees & born.eq("disagree") & surname.eq("disagree"),
        ALONE: agrees & near.le(1),
        LOCAL: local & ((chance < limits.loose) | near.lt(2)),
        DATES: near.ge(2) & (chance >= limits.loose) & (identity < limits.loose),
        "": near.ge(2) & (chance >= limits.loose),
    }
    methods = ["exact", *["rule"] * 3, *["none"] * 4, "probabilistic"]
    hold = {
        "NHS number agrees and date of birth does not": agrees
        & (born.eq("disagree") | (born.eq("one part differs") & surname.eq("disagree"))),
        "both NHS numbers are valid and they differ": contradicts,
        f"incident more than {limits.after} days after the death": late,
        "between the two thresholds": pd.Series(chance < limits.strict, index=pairs.index),
    }
    return pairs.assign(
        probability=chance,
        method=np.select(list(rules.values()), methods, "below"),
        rule=np.select(list(rules.values()), list(rules), ""),
        hold=np.select(list(hold.values()), list(hold), ""),
    )


def _reasons(pairs: pd.DataFrame) -> pd.Series:
    """Return which fields agreed and which did not, in words, each pattern worked out once."""
    fields = list(model.LEVELS)
    key = np.zeros(len(pairs), np.int64)
    for name in fields:
        key = key * 5 + pairs[name].cat.codes.to_numpy(np.int64) + 1
    _, first, which = np.unique(key, return_index=True, return_inverse=True)
    words = [
        "; ".join(
            f"{LABELS[name]}: {'not recorded' if pd.isna(level) else level}"
            for name, level in zip(fields, row, strict=True)
        )
        for row in pairs[fields].iloc[first].astype("object").itertuples(index=False)
    ]
    made = pd.Series(np.asarray(words, dtype=object)[which], index=pairs.index, dtype="str")
    return made.mask(pairs["rule"].ne(""), pairs["rule"] + ". " + made)


def _chosen(pairs: pd.DataFrame, margin: float) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the best pair of each incident, and those that another death equals."""
    usable = pairs[pairs["method"].isin(RANK)]
    usable = usable.assign(rank=usable["method"].map(RANK))
    top = usable.groupby("incident")["rank"].transform("max")
    usable = usable[usable["rank"].eq(top)]
    best = usable.groupby("incident")["weight"].transform("max")
    usable = usable[usable["weight"] > best - margin]
    alone = usable.groupby("incident")["death"].transform("size").eq(1)
    return usable[alone], usable[~alone]


def _queued(
    pairs: pd.DataFrame, sides: dict[str, pd.DataFrame], decided: pd.DataFrame
) -> pd.DataFrame:
    """Return pairs as a person sees them: where both rows stand and which fields agree."""
    made = {}
    for side, frame in sides.items():
        for name in [f"{side}_id", *SIDE, "local_ref"]:
            column = name if name == f"{side}_id" else f"{side}_{name}"
            made[column] = frame[name].array.take(pairs[side])
    frame = pd.DataFrame(made, index=pairs.index).assign(
        weight=pairs["weight"].round(1),
        probability=pairs["probability"].round(4),
        why=pairs["why"],
        fields=pairs["fields"],
        linked_meanwhile=pairs["linked"].map({True: "yes", False: "no"}).astype("str"),
    )
    filled = decided.loc[decided["decision"].eq("undecided"), [*sides, *FILLED]]
    frame = frame.join(pairs[list(sides)]).merge(filled, how="left", on=list(sides))
    frame[FILLED] = frame[FILLED].astype("str").fillna("")
    order = ["weight", *(f"{side}_id" for side in sides)]
    frame = frame.sort_values(order, ascending=[False, True, True], ignore_index=True)
    return frame.drop(columns=list(sides))


# ---- Decisions ----------------------------------------------------------------------------------


def _decided(decisions: pd.DataFrame | None, sides: dict[str, pd.DataFrame]) -> pd.DataFrame:
    """Return decisions with the positions of their records, or a problem for each that has none."""
    first, second = sides
    columns = [*sides, *FILLED]
    if decisions is None or decisions.empty:
        return pd.DataFrame({n: pd.Series(dtype="int64" if n in sides else "str") for n in columns})
    made = decisions.reset_index(drop=True)
    faults = {}
    for side, frame in sides.items():
        if f"{side}_source_row" not in made:
            raise InputError.one(
                f"the decisions are not about a {side}",
                "decisions",
                "Use the file of this linkage.",
            )
        place = frame[SIDE].astype({"source_row": "int64"})
        place = place.rename(columns={name: f"{side}_{name}" for name in SIDE})
        place = place.assign(**{side: np.arange(len(place)), "held": frame["local_ref"]})
        made = made.merge(place, how="left", on=[f"{side}_{name}" for name in SIDE])
        faults[f"the {side} is not in the extract"] = made[side].isna()
        # A spreadsheet program may have taken the zeros before a number.
        moved = made[f"{side}_local_ref"].str.lstrip("0").ne(made["held"].str.lstrip("0"))
        faults[f"that row now holds another {side}"] = made[side].notna() & moved
        made = made.drop(columns="held")
    pair = made.groupby([first, second])["decision"].transform("nunique").gt(1)
    same = made["decision"].eq("same")
    several = made.loc[same].groupby(first)[second].transform("nunique").gt(1)
    clash = pair | several.reindex(made.index, fill_value=False)
    faults[f"it contradicts another decision about that {first}"] = clash
    problems = [
        Problem(what, f"decisions, row {row}", "Look the pair up in a new queue and correct it.")
        for what, bad in faults.items()
        for row in made.loc[bad, "row"]
    ]
    if problems:
        raise InputError(problems)
    made = made.drop_duplicates([first, second])
    return made[columns].astype(dict.fromkeys(sides, "int64"))


# ---- Incidents and deaths -----------------------------------------------------------------------


def _key(pairs: pd.DataFrame, size: int) -> pd.Series:
    return pairs["incident"] * size + pairs["death"]


def link_incidents(
    deaths: pd.DataFrame,
    incidents: pd.DataFrame,
    *,
    thresholds: Thresholds | None = None,
    decisions: pd.DataFrame | None = None,
) -> Linked:
    """Link each incident to the death of the person it concerns, or to none.

    1. Exact: the valid NHS number and the date of birth agree. With day and month swapped it is
       a link by rule.
    2. By rule: NHS number and surname agree and a date of birth is missing; or the local id
       agrees with the date of birth or the surname, unless two valid NHS numbers differ.
    3. By probability among pairs that share a birthday (day and month in either order), the sound
       of the surname and the year of birth, a week and the sex, or a number but for one slip. At
       least two of NHS number, birth, surname and forename must agree or nearly agree, and the
       dates never carry a link that would not be there without them.

    An incident has one death at most; where two agree alike it has none and both are queued.
    Where the NHS number agrees and neither date of birth nor surname does, the pair is queued and
    never linked.

    Parameters
    ----------
    deaths, incidents : DataFrame
        death_id or incident_id; nhs_number (valid or empty), dob, surname and forename (or
        surname_key, forename_key), sex, local_id; date_of_death or incident_date; source_id,
        source_sheet, source_row; incidents may have local_ref. Optional: surname_soundex, and
        nhs_number_typed, ten digits that fail the check: compared, never exact.
    thresholds : Thresholds, optional
        How sure a link must be.
    decisions : DataFrame, optional
        As from :func:`read_decisions`: ``same`` links, ``different`` forbids, ``undecided`` stays
        in the queue.

    Returns
    -------
    Linked
        Links, queue, weights of the model, and incidents linked to no death.

    Raises
    ------
    InputError
        With every decision about a pair that is not there, and every contradiction.

    Examples
    --------
    >>> who = {"nhs_number": "9434765919", "dob": "1950-03-04", "surname": "OWEN"}
    >>> who |= {"forename": "ANN", "sex": "F", "source_sheet": ""}
    >>> who |= {"source_id": "a", "source_row": 2}
    >>> died = pd.DataFrame([who | {"death_id": "pas:2", "date_of_death": "2014-01-09"}])
    >>> told = pd.DataFrame([who | {"incident_id": "u:7", "incident_date": "2014-01-10"}])
    >>> link_incidents(died, told).links[["incident_id", "death_id", "link_method"]]
      incident_id death_id link_method
    0         u:7    pas:2       exact
    """
    limits = thresholds or Thresholds()
    left = _records(deaths, "death_id", "date_of_death")
    right = _records(incidents, "incident_id", "incident_date")
    sides = {"incident": right, "death": left}
    decided = _decided(decisions, sides)
    codes = _coded(left, right)
    learnt = _learnt(codes)
    size = len(left)
    decided_key = _key(decided, size)
    forbidden = decided_key[decided["decision"].eq("different")]
    same = decided[decided["decision"].eq("same")]

    numbers = left["nhs_number"], right["nhs_number"]
    known = [_same(*numbers), _same(left["local_id"], right["local_id"])]
    parts = [_compared(codes, learnt, *pairs) for pairs in known]
    found = pd.concat(parts, ignore_index=True).drop_duplicates(["incident", "death"])
    found = _judged(found, left, right, learnt.prior, limits)
    found = found[~_key(found, size).isin(forbidden) & ~found["incident"].isin(same["incident"])]
    settled = {*found.loc[found["method"].isin(["exact", "rule"]), "incident"], *same["incident"]}
    free = np.setdiff1d(np.arange(len(right)), np.fromiter(settled, np.int64, len(settled)))

    typed = any(frame["compared"].ne(frame["nhs_number"]).any() for frame in (left, right))
    least = np.log2(limits.loose / (1 - limits.loose) * (1 / learnt.prior - 1)) - limits.margin
    parts = [found]
    for a, b in _blocks(codes, free, typed=typed):
        some = _compared(codes, learnt, a, free[b])
        parts.append(some[some["weight"] >= least])
    found = pd.concat(parts, ignore_index=True).drop_duplicates(["incident", "death"])
    found = found[~_key(found, size).isin(forbidden)].reset_index(drop=True)
    found = _judged(found, left, right, learnt.prior, limits)
    clash = found.loc[found["rule"].eq(NO_NAME), "incident"]
    held = found["hold"].mask(found["incident"].isin(clash) & found["hold"].eq(""), NO_NAME)
    found["hold"] = held.mask(found["method"].isin(["exact", "rule"]), "")

    best, alike = _chosen(found, limits.margin)
    by_person = _judged(
        _compared(codes, learnt, same["death"].to_numpy(), same["incident"].to_numpy()),
        left,
        right,
        learnt.prior,
        limits,
    ).assign(method="clerical", rule="a person decided: same", hold="")
    chosen = pd.concat([best, by_person], ignore_index=True)
    strict = chosen["hold"].eq("")
    links = pd.DataFrame(
        {
            "incident_id": right["incident_id"].array.take(chosen["incident"]),
            "death_id": left["death_id"].array.take(chosen["death"]),
            "link_method": chosen["method"],
            "link_weight": chosen["weight"].mask(chosen["method"].eq("exact")).round(2),
            "link_reason": _reasons(chosen),
            "strict": strict,
        }
    )[LINKS].sort_values("incident_id", ignore_index=True)

    rest = found[found["method"].isin([*RANK, "none"])]
    rest = rest[~rest["incident"].isin(chosen.loc[strict, "incident"])]
    why = rest["hold"].mask(rest["method"].eq("none"), rest["rule"])
    tied, linked = (_key(rest, size).isin(_key(some, size)) for some in (alike, chosen))
    why = why.mask(tied, ALIKE).mask(why.eq("") & ~tied & ~linked, OTHER)
    rest = rest.assign(why=why, linked=linked, fields=_reasons(rest.assign(rule="")))
    return Linked(
        links=links,
        queue=_queued(rest, sides, decided),
        weights=learnt.weights,
        unlinked=_without(right[~right["incident_id"].isin(links["incident_id"])], rest, decided),
    )


def _without(right: pd.DataFrame, queued: pd.DataFrame, decided: pd.DataFrame) -> pd.DataFrame:
    """Return incidents linked to no death, each with the reason."""
    blank = right[["compared", "surname", "local_id"]].eq("").all(axis=1) & right["dob"].isna()
    apart = decided.loc[decided["decision"].eq("different"), "incident"]
    reason = pd.Series(NONE, index=right.index, dtype="str").mask(blank, BLANK)
    reason = reason.mask(right.index.isin(apart), APART)
    best = queued.sort_values(["incident", "weight"], ascending=[True, False])
    why = best.drop_duplicates("incident").set_index("incident")["why"]
    reason = ("queued: " + why.reindex(right.index)).fillna(reason)
    return right[["incident_id", *SIDE]].assign(reason=reason).reset_index(drop=True)


# ---- StEIS and a national list ------------------------------------------------------------------


def _listed(frame: pd.DataFrame, key: str, days: Sequence[str]) -> pd.DataFrame:
    """Return records in the order of their ids, dates as dates and texts without blanks."""
    made = frame.sort_values(key, ignore_index=True)
    for name in ("nhs_number", "surname", "sex", "service", "steis_ref", "local_ref"):
        text = made[name] if name in made else pd.Series("", index=made.index)
        made[name] = text.astype("str").fillna("")
    made["source_sheet"] = made["source_sheet"].astype("str").fillna("")
    for name in days:
        made[name] = pd.to_datetime(made[name])
    return made


def _resolved(
    pairs: pd.DataFrame, sides: dict[str, pd.DataFrame], decided: pd.DataFrame, none: str
) -> Linked:
    """Return links from pairs with a method and a reason; what is no link is queued.

    A record of the second list is linked once; by rule only where neither record has another
    candidate.
    """
    first, second = sides
    both = [first, second]
    pairs = pairs.drop_duplicates(both)
    apart = decided.loc[decided["decision"].eq("different"), both].assign(apart=True)
    pairs = pairs.merge(apart, how="left", on=both)
    pairs = pairs[pairs["apart"].isna()].drop(columns="apart")
    same = decided.loc[decided["decision"].eq("same"), both]
    same = same.assign(method="clerical", reason="a person decided: same", why="")
    pairs = pd.concat([pairs, same], ignore_index=True).drop_duplicates(both, keep="last")
    rank = pairs["method"].map({"none": 0, "rule": 1, "exact": 2, "clerical": 3})
    pairs = pairs[rank.eq(rank.groupby(pairs[second]).transform("max"))]
    ruled = pairs["method"].eq("rule")
    pairs = pairs[~ruled | ~pairs[first].isin(pairs.loc[~ruled, first])]
    ruled = pairs["method"].eq("rule")
    alike = pairs.duplicated(second, keep=False) & pairs["method"].ne("none")
    alike |= ruled & pairs.duplicated(first, keep=False)
    linked = pairs["method"].ne("none") & ~alike
    chosen = pairs[linked]
    ids = {f"{side}_id": sides[side][f"{side}_id"].array.take(chosen[side]) for side in both}
    links = pd.DataFrame(ids, index=chosen.index).assign(
        link_method=chosen["method"].astype("str"), link_reason=chosen["reason"].astype("str")
    )
    rest = pairs[~linked & ~pairs[second].isin(chosen[second])]
    rest = rest.assign(
        why=rest["why"].mask(rest["why"].eq(""), "another record agrees as well"),
        weight=np.nan,
        probability=np.nan,
        fields=rest["reason"],
        linked=False,
    )
    without = sides[second].drop(index=chosen[second])
    why = rest.drop_duplicates(second).set_index(second)["why"]
    reason = ("queued: " + why.reindex(without.index)).fillna(none)
    reason = reason.mask(without.index.isin(apart[second]) & reason.eq(none), APART)
    return Linked(
        links=links.sort_values(f"{second}_id", ignore_index=True),
        queue=_queued(rest, sides, decided),
        weights=model.weights(model.MATCHES, model.OTHERS).iloc[:0],
        unlinked=without[[f"{second}_id", *SIDE]].assign(reason=reason).reset_index(drop=True),
    )


def steis_reference(text: pd.Series) -> pd.Series:
    """Return references of StEIS as year/number; "" where the text holds none.

    Examples
    --------
    >>> steis_reference(pd.Series(["2014-01234", "StEIS 2014 / 1234", "1234", None])).tolist()
    ['2014/1234', '2014/1234', '', '']
    """
    parts = text.astype("str").str.extract(r"(?<!\d)(20\d{2})\s*[/\\\-. ]\s*0*([1-9]\d{0,6})(?!\d)")
    return (parts[0] + "/" + parts[1]).fillna("")


def _apart(first: pd.Series, second: pd.Series) -> pd.Series:
    """Return the days between two days of each pair; missing where either is."""
    return pd.Series(first.array - second.array).dt.days.abs()


def link_steis(
    incidents: pd.DataFrame,
    steis: pd.DataFrame,
    *,
    days: int = 2,
    far: int = 31,
    decisions: pd.DataFrame | None = None,
) -> Linked:
    """Link entries of StEIS to incidents of a trust.

    Exact: the reference agrees, however it is punctuated. By rule, where an entry has no
    incident of its reference: the days of the incident and of the report each lie within ``days``,
    the service agrees, sex or age (within a year) agrees and neither differs, and no other
    incident or entry does so. A reference that agrees while the days of the incident lie more
    than ``far`` apart is queued.

    Parameters
    ----------
    incidents, steis : DataFrame
        incident_id (steis_id of the entries), steis_ref, incident_date, reported_date, service,
        sex, age, source_id, source_sheet, source_row, and local_ref where there is one.
    days, far : int
        Days between two dates that are the same but for a slip, and that cannot be.
    decisions : DataFrame, optional
        As from :func:`read_decisions`.

    Returns
    -------
    Linked
        Links with steis_id, incident_id, link_method, link_reason; an entry has one incident,
        an incident may have several entries.

    Examples
    --------
    >>> row = {"incident_date": "2014-01-09", "reported_date": "2014-01-10", "service": "ld"}
    >>> row |= {"sex": "F", "age": 60, "source_id": "u", "source_sheet": "", "source_row": 2}
    >>> told = pd.DataFrame([row | {"incident_id": "u:2", "steis_ref": "2014/321"}])
    >>> entry = pd.DataFrame([row | {"steis_id": "s:2", "steis_ref": "2014-00321"}])
    >>> link_steis(told, entry).links.to_dict("records")[0]["link_method"]
    'exact'
    """
    dates = ["incident_date", "reported_date"]
    left, right = _listed(incidents, "incident_id", dates), _listed(steis, "steis_id", dates)
    sides = {"incident": left, "steis": right}
    decided = _decided(decisions, sides)
    refs = steis_reference(left["steis_ref"]), steis_reference(right["steis_ref"])
    a, b = _same(*refs)
    wide = _apart(left["incident_date"].take(a), right["incident_date"].take(b)) > far
    parts = [
        pd.DataFrame({"incident": a, "steis": b}).assign(
            method=np.where(wide, "none", "exact"),
            reason="StEIS reference: agree; date of incident: "
            + np.where(wide, "disagree", "near"),
            why=np.where(wide, f"the reference agrees and the dates lie over {far} days apart", ""),
        )
    ]
    free = [
        np.setdiff1d(np.arange(len(side)), used[~wide]) for side, used in ((left, a), (right, b))
    ]
    service = pd.factorize(pd.concat([left["service"], right["service"]]).replace("", None))[0]
    day = pd.concat([left["incident_date"], right["incident_date"]]).to_numpy("datetime64[D]")
    key = _together(service, np.where(np.isnat(day), -1, day.astype(np.int64) + 200_000))
    keys, wanted = key[: len(left)][free[0]], key[len(left) :][free[1]]
    low, high = (np.where(wanted < 0, -1, wanted + step) for step in (-days, days))
    for a, b in model.within(keys, low, high):
        x, y = left.take(free[0][a]), right.take(free[1][b])
        reported = _apart(x["reported_date"], y["reported_date"]) <= days
        sex = [
            side["sex"].mask(side["sex"].isin(["", "NK", "NR"])).to_numpy(object) for side in (x, y)
        ]
        age = [pd.to_numeric(side["age"]).to_numpy("float64", na_value=np.nan) for side in (x, y)]
        told = ~(pd.isna(sex[0]) | pd.isna(sex[1])), ~np.isnan(age[0] - age[1])
        differ = (told[0] & (sex[0] != sex[1])) | (told[1] & ~(np.abs(age[0] - age[1]) <= 1))
        some = told[0] | told[1]
        words = [
            np.where(t, f"{n}: agree", f"{n}: not recorded")
            for n, t in zip(("sex", "age"), told, strict=True)
        ]
        made = pd.DataFrame({"incident": free[0][a], "steis": free[1][b]}).assign(
            method=np.where(some, "rule", "none"),
            reason="StEIS reference: not the same; dates, service: agree; "
            + pd.Series(words[0])
            + "; "
            + pd.Series(words[1]),
            why=np.where(some, "", "dates and service agree; no sex or age to compare"),
        )
        parts.append(made[reported & ~differ])
    pairs = pd.concat(parts, ignore_index=True)
    return _resolved(
        pairs, sides, decided, "no incident has its reference, or its dates and service"
    )


def link_registrations(
    deaths: pd.DataFrame, registrations: pd.DataFrame, *, decisions: pd.DataFrame | None = None
) -> Linked:
    """Link the deaths of a national list to those of the trust's own.

    Exact: the NHS number agrees, and the date of birth does or the dates of death lie a day apart
    at most. By rule: date of birth, date of death and the sound of the surname agree, the NHS
    numbers do not contradict it, and no other death or registration agrees as well.

    Parameters
    ----------
    deaths, registrations : DataFrame
        death_id or registration_id, nhs_number (valid or empty), dob, surname or surname_key,
        date_of_death, source_id, source_sheet, source_row.
    decisions : DataFrame, optional
        As from :func:`read_decisions`.

    Returns
    -------
    Linked
        Links with registration_id, death_id, link_method, link_reason; unlinked registrations.

    Examples
    --------
    >>> who = {"nhs_number": "9434765919", "dob": "1950-03-04", "surname": "OWEN"}
    >>> who |= {"date_of_death": "2014-01-09", "source_id": "a", "source_row": 2}
    >>> died = pd.DataFrame([who | {"death_id": "a:2", "source_sheet": ""}])
    >>> listed = died.assign(registration_id="b:2", date_of_death="2014-01-10")
    >>> link_registrations(died, listed).links["link_method"].tolist()
    ['exact']
    """
    dates = ["dob", "date_of_death"]
    left, right = (
        _listed(deaths, "death_id", dates),
        _listed(registrations, "registration_id", dates),
    )
    sides = {"death": left, "registration": right}
    decided = _decided(decisions, sides)
    for side in sides.values():
        if "surname_soundex" not in side:
            side["surname_soundex"] = soundex(side.get("surname_key", side["surname"]))
    a, b = _same(left["nhs_number"], right["nhs_number"])
    x, y = left.take(a), right.take(b)
    born, died = (_apart(x[name], y[name]) for name in dates)
    sure = (born == 0) | (died <= 1)
    words = [
        np.where(born == 0, "agree", "not the same"),
        np.where(died <= 1, "agree", "not the same"),
    ]
    by_number = pd.DataFrame({"death": a, "registration": b}).assign(
        method=np.where(sure, "exact", "none"),
        reason="NHS number: agree; date of birth: "
        + pd.Series(words[0])
        + "; date of death: "
        + pd.Series(words[1]),
        why=np.where(sure, "", "NHS number agrees; neither date of birth nor date of death does"),
    )
    keys = [
        (
            side["dob"].dt.strftime("%Y%m%d")
            + side["date_of_death"].dt.strftime("%Y%m%d")
            + side["surname_soundex"]
        )
        .mask(side["surname_soundex"].eq(""))
        .fillna("")
        for side in (left, right)
    ]
    a, b = _same(*keys)
    numbers = left["nhs_number"].to_numpy(object)[a], right["nhs_number"].to_numpy(object)[b]
    differ = (numbers[0] != "") & (numbers[1] != "") & (numbers[0] != numbers[1])
    by_rule = pd.DataFrame({"death": a, "registration": b}).assign(
        method=np.where(differ, "none", "rule"),
        reason="date of birth, date of death: agree; surname: sound alike",
        why=np.where(differ, "all agree but two valid NHS numbers", ""),
    )
    pairs = pd.concat([by_number, by_rule], ignore_index=True)
    return _resolved(pairs, sides, decided, "no death of the trust's list agrees")


# ---- The queue as a file ------------------------------------------------------------------------


def _cell(queue: pd.DataFrame, side: str) -> pd.Series:
    """Return the place of each record in one cell, which no spreadsheet takes for a date."""
    sheet, ref = (
        queue[f"{side}_{name}"].astype("str").fillna("") for name in ("source_sheet", "local_ref")
    )
    return (
        queue[f"{side}_source_id"]
        + " | sheet "
        + sheet
        + " | row "
        + queue[f"{side}_source_row"].astype("str")
        + " | number "
        + ref
    )


def _sides(columns: Iterable[str]) -> list[str]:
    return [name for name in ("incident", "death", "steis", "registration") if name in columns]


def write_queue(queue: pd.DataFrame, path: Path) -> None:
    """Write the queue as a CSV file for a person to fill in the columns of :data:`FILLED`.

    Parameters
    ----------
    queue : DataFrame
        From :class:`Linked`.
    path : Path
        File to write; it holds references of rows and no identifiers, for internal use.

    Examples
    --------
    >>> from tempfile import TemporaryDirectory
    >>> sides = {f"{s}_{n}": ["x"] for s in ("incident", "death") for n in (*SIDE, "local_ref")}
    >>> queue = pd.DataFrame(sides | dict.fromkeys([*SHOWN, *FILLED], ""))
    >>> with TemporaryDirectory() as folder:
    ...     write_queue(queue, Path(folder) / "queue.csv")
    ...     print((Path(folder) / "queue.csv").read_text(encoding="utf-8-sig").splitlines()[0])
    incident,death,weight,probability,why,fields,linked_meanwhile,decision,decided_by,decided_on,note
    """
    sides = _sides({name.removesuffix("_source_row") for name in queue.columns})
    made = pd.DataFrame({side: _cell(queue, side) for side in sides})
    made = made.join(queue[[*SHOWN, *FILLED]])
    # With a mark of UTF-8, so that spreadsheet programs read it as such.
    made.to_csv(path, index=False, encoding="utf-8-sig", lineterminator="\n")


def read_decisions(path: Path) -> pd.DataFrame:
    """Return what a person decided, from the queue as filled in.

    Rows without a decision are passed over. A decision is ``same``, ``different`` or
    ``undecided``; the first two need the person and the day (YYYY-MM-DD or DD/MM/YYYY).

    Parameters
    ----------
    path : Path
        The file, as :func:`write_queue` wrote it and a person filled it in.

    Returns
    -------
    DataFrame
        Places of both records, decision, decided_by, decided_on (YYYY-MM-DD), note, and the row of
        the file.

    Raises
    ------
    InputError
        With every row that cannot be taken, and why.
    """
    if path.is_file() and len(path.read_bytes().splitlines()) == 1:
        return pd.DataFrame(columns=FILLED)  # nothing was queued
    raw = read_csv(path, encoding="utf-8-sig", needed=FILLED)
    sides = _sides(raw.columns)
    if len(sides) != 2:
        raise InputError.one(
            f"the file names {len(sides)} kinds of record and needs two",
            f"{path.name}, header",
            "Keep the columns of the queue as they were written.",
        )
    text = raw[[*sides, *FILLED]].apply(lambda column: column.str.strip())
    text["decision"] = text["decision"].str.casefold()
    text = text.assign(row=raw["source_row"])[text[FILLED].ne("").any(axis=1)]
    iso = pd.to_datetime(text["decided_on"], format="%Y-%m-%d", errors="coerce")
    day = iso.fillna(pd.to_datetime(text["decided_on"], format="%d/%m/%Y", errors="coerce"))
    final = text["decision"].isin(DECISIONS[:2])
    faults = {
        ("there is no decision beside what was filled in", f"Write {_either(DECISIONS)}."): text[
            "decision"
        ].eq(""),
        ("the decision is none that can be taken", f"Write {_either(DECISIONS)}."): text[
            "decision"
        ].ne("")
        & ~text["decision"].isin(DECISIONS),
        ("decided_by is empty", "Write who decided."): final & text["decided_by"].eq(""),
        ("decided_on is no day", "Write it as 2016-03-31."): day.isna()
        & (final | text["decided_on"].ne("")),
    }
    made = text.assign(decided_on=day.dt.strftime("%Y-%m-%d").fillna(""))
    for side in sides:
        place = text[side].str.extract(PLACE)
        mend = "Copy it from the queue as it was written."
        faults[f"{side} does not say which record is meant", mend] = place[0].isna()
        for number, name in enumerate([*SIDE, "local_ref"]):
            made[f"{side}_{name}"] = place[number]
        made[f"{side}_source_row"] = pd.to_numeric(place[2]).astype("Int64")
    problems = [
        Problem(what, f"{path.name}, row {row}", mend)
        for (what, mend), bad in faults.items()
        for row in text.loc[bad, "row"]
    ]
    if problems:
        raise InputError(problems)
    places = [f"{side}_{name}" for side in sides for name in (*SIDE, "local_ref")]
    made = made.astype({f"{side}_source_row": "int64" for side in sides})
    return made[[*places, *FILLED, "row"]].reset_index(drop=True)


def _either(words: Sequence[str]) -> str:
    return f"{', '.join(words[:-1])} or {words[-1]}"


# ---- What was linked ----------------------------------------------------------------------------


def match_rates(
    incidents: pd.DataFrame,
    links: pd.DataFrame,
    deaths: pd.DataFrame,
    *,
    by: Sequence[str] = ("year", "service", "age_band"),
) -> pd.DataFrame:
    """Return how many incidents are linked to a death, by stratum and threshold.

    Parameters
    ----------
    incidents, links, deaths : DataFrame
        Incidents that concern the death of a patient, links, and the deaths.
    by : sequence of str
        Columns, one breakdown each. ``year`` is the calendar year of incident_date unless the
        incidents have a column of that name. A column that the incidents lack is taken from the
        linked death; the unlinked are "Not recorded" there, so that its rates say only how many
        were linked of those known.

    Returns
    -------
    DataFrame
        by, stratum, threshold (strict, loose), numerator (linked), denominator (incidents).

    Examples
    --------
    >>> told = pd.DataFrame({"incident_id": ["a", "b"], "service": ["ld", "ld"]})
    >>> links = pd.DataFrame({"incident_id": ["a"], "death_id": ["1"], "strict": [True]})
    >>> match_rates(told, links, pd.DataFrame({"death_id": ["1"]}), by=["service"])
            by stratum threshold  numerator  denominator
    0  service      ld    strict          1            2
    1  service      ld     loose          1            2
    """
    frame = incidents.reset_index(drop=True)
    if "year" not in frame and "incident_date" in frame:
        frame["year"] = pd.to_datetime(frame["incident_date"]).dt.year.astype("Int64")
    death = links.drop_duplicates("incident_id").set_index("incident_id")["death_id"]
    death = frame["incident_id"].map(death)
    linked = {
        "strict": frame["incident_id"].isin(links.loc[links["strict"], "incident_id"]),
        "loose": frame["incident_id"].isin(links["incident_id"]),
    }
    parts = []
    for name in by:
        own = frame[name] if name in frame else death.map(deaths.set_index("death_id")[name])
        stratum = own.astype("str").fillna("Not recorded")
        for threshold, yes in linked.items():
            counted = yes.groupby(stratum).agg(["sum", "size"]).rename_axis("stratum").reset_index()
            counted.columns = ["stratum", "numerator", "denominator"]
            parts.append(counted.assign(by=name, threshold=threshold, order=len(parts)))
    whole = pd.concat(parts, ignore_index=True)
    whole["place"] = whole["by"].map({name: place for place, name in enumerate(by)})
    whole = whole.sort_values(["place", "stratum", "order"], ignore_index=True)
    return whole[["by", "stratum", "threshold", "numerator", "denominator"]]


def at_thresholds(linked: Linked, incidents: pd.DataFrame) -> pd.DataFrame:
    """Return what is linked at the strict and at the loose threshold, side by side.

    Parameters
    ----------
    linked : Linked
        What :func:`link_incidents` made.
    incidents : DataFrame
        The incidents it was given.

    Returns
    -------
    DataFrame
        One row a measure: links by method, incidents linked and not, deaths with an incident,
        pairs in the queue; columns measure, strict, loose.

    Examples
    --------
    >>> links = pd.DataFrame({"incident_id": ["a", "b"], "death_id": ["1", "1"]})
    >>> links = links.assign(link_method=["exact", "probabilistic"], strict=[True, False])
    >>> made = Linked(links, pd.DataFrame(), pd.DataFrame(), pd.DataFrame())
    >>> at_thresholds(made, pd.DataFrame({"incident_id": ["a", "b", "c"]})).tail(4)
                         measure  strict  loose
    4           incidents linked       1      2
    5       incidents not linked       2      1
    6  deaths with an incident         1      1
    7         pairs in the queue       0      0
    """
    rows = {}
    for name, links in (("strict", linked.links[linked.links["strict"]]), ("loose", linked.links)):
        methods = links["link_method"].value_counts()
        found = links["incident_id"].nunique()
        rows[name] = {
            **{f"linked: {way}": int(methods.get(way, 0)) for way in ("exact", *METHODS)},
            "incidents linked": found,
            "incidents not linked": len(incidents) - found,
            "deaths with an incident": links["death_id"].nunique(),
            "pairs in the queue": len(linked.queue),
        }
    return pd.DataFrame(rows).rename_axis("measure").reset_index()
