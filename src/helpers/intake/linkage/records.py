"""What is linked and what linking makes: records in one form, thresholds, results.

- :class:`Thresholds`, :class:`Linked`: how sure a link must be, and what is made.
- :func:`person_records`, :func:`listed`: records as linking takes them, with and without a model.
- :func:`together`: several codes as one key; :func:`same_text`: pairs that share a text.
- :func:`days_apart`: days between two days.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from helpers.errors import InputError
from helpers.intake.identifiers import soundex

SIDE = ["source_id", "source_sheet", "source_row"]
"""Where a record stands."""

METHODS = ("exact", "rule", "probabilistic", "clerical")
APART = "a person decided: different"


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


def person_records(frame: pd.DataFrame, key: str, day: str) -> pd.DataFrame:
    """Return the columns that linking needs, in the order of the ids: rows may come in any.

    Parameters
    ----------
    frame : DataFrame
        Deaths or incidents.
    key, day : str
        Columns of the id, and of the date that is compared.

    Returns
    -------
    DataFrame
        The rows with day, text without missing values, the sound of the surname, and
        ``compared``: the NHS number, or what was typed for it.
    """
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


def listed(frame: pd.DataFrame, key: str, days: Sequence[str]) -> pd.DataFrame:
    """Return records in the order of their ids, dates as dates and texts without missing values.

    Parameters
    ----------
    frame : DataFrame
        Records of one list.
    key : str
        Column of the id.
    days : sequence of str
        Columns of dates.
    """
    made = frame.sort_values(key, ignore_index=True)
    for name in ("nhs_number", "surname", "sex", "service", "steis_ref", "local_ref"):
        text = made[name] if name in made else pd.Series("", index=made.index)
        made[name] = text.astype("str").fillna("")
    made["source_sheet"] = made["source_sheet"].astype("str").fillna("")
    for name in days:
        made[name] = pd.to_datetime(made[name])
    return made


def together(*parts: np.ndarray) -> np.ndarray:
    """Return several codes as one key; missing where any of them is."""
    key = np.zeros(len(parts[0]), np.int64)
    missing = np.zeros(len(key), bool)
    for part in parts:
        key, missing = key * 10_000_019 + part, missing | (part < 0)
    return np.where(missing, -1, key)


def same_text(left: pd.Series, right: pd.Series) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs that share a text; blanks share nothing."""
    sides = [
        pd.DataFrame({"text": text, side: np.arange(len(text))})[text.ne("").to_numpy()]
        for side, text in (("death", left), ("incident", right))
    ]
    both = sides[0].merge(sides[1], on="text")
    return both["death"].to_numpy(np.int64), both["incident"].to_numpy(np.int64)


def days_apart(first: pd.Series, second: pd.Series) -> pd.Series:
    """Return the days between two days of each pair; missing where either is."""
    return pd.Series(first.array - second.array).dt.days.abs()
