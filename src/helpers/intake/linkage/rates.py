"""What was linked, by stratum and by threshold.

- :func:`match_rates`: incidents linked to a death, by year, service and age.
- :func:`at_thresholds`: links at the strict and at the loose threshold, side by side.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.intake.linkage.records import METHODS, Linked
from helpers.tables import among


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
        "strict": among(frame["incident_id"], links.loc[links["strict"], "incident_id"]),
        "loose": among(frame["incident_id"], links["incident_id"]),
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
            **{f"linked: {way}": int(methods.get(way, 0)) for way in METHODS},
            "incidents linked": found,
            "incidents not linked": len(incidents) - found,
            "deaths with an incident": links["death_id"].nunique(),
            "pairs in the queue": len(linked.queue),
        }
    return pd.DataFrame(rows).rename_axis("measure").reset_index()
