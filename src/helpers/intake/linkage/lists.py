"""Linking two further lists: entries of StEIS to incidents, a national list to deaths.

- :func:`link_steis`: entries of StEIS to a trust's own incidents.
- :func:`steis_reference`: references of StEIS in one spelling.
- :func:`link_registrations`: the deaths of a national list to those of the trust's own.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.intake.identifiers import soundex
from helpers.intake.linkage.clerical import decided_pairs, queued
from helpers.intake.linkage.records import (
    APART,
    SIDE,
    Linked,
    days_apart,
    listed,
    same_text,
    together,
)
from helpers.methods import linkage as model
from helpers.methods import pairs as pairing


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
        queue=queued(rest, sides, decided),
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


def _age(frame: pd.DataFrame) -> np.ndarray:
    """Return the age in years as recorded, else worked out from the date of birth."""
    age = pd.to_numeric(frame["age"]).to_numpy("float64", na_value=np.nan)
    if "dob" not in frame:
        return age
    born, day = pd.to_datetime(frame["dob"]).dt, frame["incident_date"].dt
    before = (day.month * 100 + day.day) < (born.month * 100 + born.day)
    years = (day.year - born.year - before).to_numpy("float64", na_value=np.nan)
    return np.where(np.isnan(age) & (years >= 0), years, age)


def _entries(
    left: pd.DataFrame, right: pd.DataFrame, a: np.ndarray, b: np.ndarray, logged: tuple[int, int]
) -> pd.DataFrame:
    """Return pairs of incident and entry of one service and day that nothing else contradicts."""
    x, y = left.take(a), right.take(b)
    lag = pd.Series(y["reported_date"].array - x["reported_date"].array).dt.days
    sex = [side["sex"].mask(side["sex"].isin(["", "NK", "NR"])).to_numpy(object) for side in (x, y)]
    age = [_age(side) for side in (x, y)]
    told = ~(pd.isna(sex[0]) | pd.isna(sex[1])), ~np.isnan(age[0] - age[1])
    differ = (told[0] & (sex[0] != sex[1])) | (told[1] & ~(np.abs(age[0] - age[1]) <= 1))
    some = told[0] | told[1]
    words = [
        pd.Series(np.where(known, f"{name}: agree", f"{name}: not recorded"), dtype="str")
        for name, known in zip(("sex", "age"), told, strict=True)
    ]
    reason = "StEIS reference: not the same; date of incident: near; service: agree; "
    reason = reason + words[0] + "; " + words[1] + "; days from the trust's report to StEIS: "
    made = pd.DataFrame({"incident": a, "steis": b}).assign(
        method=np.where(some, "rule", "none"),
        reason=reason + lag.astype("Int64").astype("str"),
        why=np.where(some, "", "date and service agree; no sex or age to compare"),
    )
    return made[lag.between(*logged) & ~differ]


def link_steis(
    incidents: pd.DataFrame,
    steis: pd.DataFrame,
    *,
    days: int = 2,
    far: int = 31,
    late: int = 120,
    decisions: pd.DataFrame | None = None,
) -> Linked:
    """Link entries of StEIS to incidents of a trust.

    Exact: the reference agrees, however it is punctuated. By rule, where an entry has no
    incident of its reference: the days of the incident lie within ``days``, the service agrees,
    sex or age (within a year) agrees and neither differs, the entry was logged from ``days``
    before to ``late`` after the trust's own report, since StEIS follows it, often weeks later,
    and no other incident or entry does so. Incidents whose reference belongs to an entry are no
    candidates. A reference that agrees while the days of the incident lie more than ``far`` apart
    is queued and counts for neither.

    Parameters
    ----------
    incidents, steis : DataFrame
        incident_id (steis_id of the entries), steis_ref, incident_date, reported_date, service,
        sex, age, source_id, source_sheet, source_row, and local_ref and dob where there are any:
        an age that is not recorded is worked out for the day of the incident.
    days, far : int
        Days between two dates that are the same but for a slip, and that cannot be.
    late : int
        Days after the trust's own report within which its entry may be logged.
    decisions : DataFrame, optional
        As from :func:`read_decisions`; rows about other kinds of record are passed over.

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
    left, right = listed(incidents, "incident_id", dates), listed(steis, "steis_id", dates)
    sides = {"incident": left, "steis": right}
    decided = decided_pairs(decisions, sides, once="steis")
    refs = steis_reference(left["steis_ref"]), steis_reference(right["steis_ref"])
    a, b = same_text(*refs)
    wide = days_apart(left["incident_date"].take(a), right["incident_date"].take(b)) > far
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
    key = together(service, np.where(np.isnat(day), -1, day.astype(np.int64) + 200_000))
    keys, wanted = key[: len(left)][free[0]], key[len(left) :][free[1]]
    low, high = (np.where(wanted < 0, -1, wanted + step) for step in (-days, days))
    for a, b in pairing.within(keys, low, high):
        parts.append(_entries(left, right, free[0][a], free[1][b], (-days, late)))
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
        listed(deaths, "death_id", dates),
        listed(registrations, "registration_id", dates),
    )
    sides = {"death": left, "registration": right}
    decided = decided_pairs(decisions, sides, once="registration")
    for side in sides.values():
        if "surname_soundex" not in side:
            side["surname_soundex"] = soundex(side.get("surname_key", side["surname"]))
    a, b = same_text(left["nhs_number"], right["nhs_number"])
    x, y = left.take(a), right.take(b)
    born, died = (days_apart(x[name], y[name]) for name in dates)
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
    a, b = same_text(*keys)
    numbers = left["nhs_number"].to_numpy(object)[a], right["nhs_number"].to_numpy(object)[b]
    differ = (numbers[0] != "") & (numbers[1] != "") & (numbers[0] != numbers[1])
    by_rule = pd.DataFrame({"death": a, "registration": b}).assign(
        method=np.where(differ, "none", "rule"),
        reason="date of birth, date of death: agree; surname: sound alike",
        why=np.where(differ, "all agree but two valid NHS numbers", ""),
    )
    pairs = pd.concat([by_number, by_rule], ignore_index=True)
    return _resolved(pairs, sides, decided, "no death of the trust's list agrees")
