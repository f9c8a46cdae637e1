"""Linking each incident to the death of the person it concerns.

- :func:`link_incidents`: exact, then by rule, then by probability with two thresholds.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.intake.linkage.candidates import blocks, coded_people, compared, learn
from helpers.intake.linkage.clerical import decided_pairs, queued
from helpers.intake.linkage.records import (
    APART,
    SIDE,
    Linked,
    Thresholds,
    person_records,
    same_text,
)
from helpers.methods import linkage as model
from helpers.methods import pairs as pairing
from helpers.tables import TABLES, among

LINKS = TABLES["incident_death"].names
NO_NAME = "NHS number agrees; neither date of birth nor surname does"
ALONE = "NHS number agrees and nothing else does"
LOCAL = "local id agrees and too little else does"
LOCAL_ONLY = (
    "local id agrees with one death only, nothing recorded of both disagrees, "
    f"incident within {pairing.NEAR} days of the death"
)
DATES = "not enough agrees without the dates"
ALIKE = "another death agrees as well"
OTHER = "another death agrees better"
NONE = "no death in the list agrees enough"
BLANK = "nothing to compare: no NHS number, date of birth, surname or local id"
RANK = {"exact": 3, "rule": 2, "probabilistic": 1}
WHO = [name for name in pairing.LEVELS if name != "day"]
"""Fields that say who a person is."""

LABELS = {
    "nhs_number": "NHS number",
    "dob": "date of birth",
    "surname": "surname",
    "forename": "forename",
    "sex": "sex",
    "day": "date",
}


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
    quiet = ~contradicts & pairs["day"].isin(pairing.LEVELS["day"][:2])
    for name in WHO:
        quiet &= pairs[name].ne("disagree")
    only = ~deaths["local_id"].duplicated(keep=False).to_numpy()[a]
    too_little = local & ((chance < limits.loose) | near.lt(2))
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
        LOCAL_ONLY: too_little & only & quiet,
        ALONE: agrees & near.le(1),
        LOCAL: too_little,
        DATES: near.ge(2) & (chance >= limits.loose) & (identity < limits.loose),
        "": near.ge(2) & (chance >= limits.loose),
    }
    methods = ["exact", *["rule"] * 3, "none", "rule", *["none"] * 3, "probabilistic"]
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
    fields = list(pairing.LEVELS)
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
       agrees with the date of birth or the surname, unless two valid NHS numbers differ. A local
       id is the patient system's own key: where an incident holds little else, it is a link if
       one death only has it, nothing recorded of both disagrees (sex included), the incident is
       dated within 7 days of the death and no other death comes near; otherwise it is queued.
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
        in the queue; rows about other kinds of record are passed over.

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
    left = person_records(deaths, "death_id", "date_of_death")
    right = person_records(incidents, "incident_id", "incident_date")
    sides = {"incident": right, "death": left}
    decided = decided_pairs(decisions, sides, once="incident")
    codes = coded_people(left, right)
    learnt = learn(codes)
    size = len(left)
    decided_key = _key(decided, size)
    forbidden = decided_key[decided["decision"].eq("different")]
    same = decided[decided["decision"].eq("same")]

    numbers = left["nhs_number"], right["nhs_number"]
    known = [same_text(*numbers), same_text(left["local_id"], right["local_id"])]
    parts = [compared(codes, learnt, *pairs) for pairs in known]
    found = pd.concat(parts, ignore_index=True).drop_duplicates(["incident", "death"])
    found = _judged(found, left, right, learnt.prior, limits)
    found = found[~_key(found, size).isin(forbidden) & ~found["incident"].isin(same["incident"])]
    sure = found["method"].isin(["exact", "rule"]) & found["rule"].ne(LOCAL_ONLY)
    settled = {*found.loc[sure, "incident"], *same["incident"]}
    free = np.setdiff1d(np.arange(len(right)), np.fromiter(settled, np.int64, len(settled)))

    typed = any(frame["compared"].ne(frame["nhs_number"]).any() for frame in (left, right))
    least = np.log2(limits.loose / (1 - limits.loose) * (1 / learnt.prior - 1)) - limits.margin
    parts = [found]
    for a, b in blocks(codes, free, typed=typed):
        some = compared(codes, learnt, a, free[b])
        parts.append(some[some["weight"] >= least])
    found = pd.concat(parts, ignore_index=True).drop_duplicates(["incident", "death"])
    found = found[~_key(found, size).isin(forbidden)].reset_index(drop=True)
    found = _judged(found, left, right, learnt.prior, limits)
    weak = found["rule"].eq(LOCAL_ONLY)
    other = found.loc[~weak & found["method"].ne("below"), "incident"]
    found.loc[weak & found["incident"].isin(other), ["method", "rule"]] = ["none", LOCAL]
    clash = found.loc[found["rule"].eq(NO_NAME), "incident"]
    held = found["hold"].mask(found["incident"].isin(clash) & found["hold"].eq(""), NO_NAME)
    found["hold"] = held.mask(found["method"].isin(["exact", "rule"]), "")

    best, alike = _chosen(found, limits.margin)
    by_person = _judged(
        compared(codes, learnt, same["death"].to_numpy(), same["incident"].to_numpy()),
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
        queue=queued(rest, sides, decided),
        weights=learnt.weights,
        unlinked=_without(right[~among(right["incident_id"], links["incident_id"])], rest, decided),
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
