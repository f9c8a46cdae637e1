"""A stratified random sample in its order.

Functions
---------
draw
    A stratified random sample without replacement.

Classes
-------
Sample
    What was drawn, in which order, and what was replaced.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ._allocation import listed, refuse_names, strata_table
from ._checks import as_list, numbers, refuse, require_columns
from ._random_keys import as_share, digests, frame_hash, labels, strata_codes, texts


@dataclass(frozen=True, eq=False)
class Sample:
    """What was drawn, in which order, and what was replaced.

    Parameters
    ----------
    id : str
        Column of ids.
    columns : tuple of str
        Columns of strata.
    seed : int or str
        Seed of the random numbers.
    frame_hash : str
        See `frame_hash`.
    strata : DataFrame
        As `allocate` returns it.
    order : DataFrame
        Every death of the frame: id, strata, place (in the order of its stratum, from 1),
        random_number, drawn (whether it was among the first).
    log : DataFrame
        One row a replacement: number, strata, replaced, replacement, place (of the replacement),
        reason, on.

    Examples
    --------
    >>> from helpers.methods.sampling import allocate
    >>> deaths = pd.DataFrame({"id": ["A1", "A2", "A3"], "stratum": "All"})
    >>> sample = draw(deaths, allocate(deaths, 2), seed=7)
    >>> sample.selected["id"].tolist(), sample.reserves["id"].tolist()
    (['A3', 'A1'], ['A2'])
    """

    id: str
    columns: tuple[str, ...]
    seed: int | str
    frame_hash: str
    strata: pd.DataFrame
    order: pd.DataFrame
    log: pd.DataFrame

    def flags(self) -> tuple[pd.Series, pd.Series]:
        """Return for each death in order whether it is selected, and whether it was replaced."""
        known = self.order[self.id].astype(str)
        replaced = known.isin(self.log["replaced"].map(str))
        taken = known.isin(self.log["replacement"].map(str))
        return (self.order["drawn"] | taken) & ~replaced, replaced

    @property
    def selected(self) -> pd.DataFrame:
        """Deaths to read now: id, strata, place, random_number, its probability and weight.

        ``replaces`` is the id of the death in whose stead one is read, or empty.
        """
        found = self.order[self.flags()[0]].drop(columns="drawn")
        keys = ["inclusion_probability", "weight"]
        by_label = dict(
            zip(labels(self.strata, self.columns), self.strata[keys].to_numpy(), strict=True)
        )
        rows = np.array([by_label[label] for label in labels(found, self.columns)]).reshape(-1, 2)
        stead = dict(zip(self.log["replacement"].map(str), self.log["replaced"], strict=True))
        return found.assign(
            inclusion_probability=rows[:, 0],
            weight=rows[:, 1],
            replaces=[stead.get(text, "") for text in texts(found[self.id])],
        ).reset_index(drop=True)

    @property
    def reserves(self) -> pd.DataFrame:
        """Deaths that would replace others, in the order in which they would."""
        selected, replaced = self.flags()
        return self.order[~selected & ~replaced].drop(columns="drawn").reset_index(drop=True)


LOGGED = ("replaced", "replacement", "place", "reason", "on")


def _planned(allocation: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return an allocation with its probabilities and weights made again from its numbers."""
    require_columns(allocation, [*columns, "population", "sample"])
    deaths, sample = numbers(allocation, "population"), numbers(allocation, "sample")
    wrong = ~((sample >= 0) & (sample <= deaths) & (sample % 1 == 0))
    refuse(wrong, allocation.index, "the sample is no whole number from 0 to the deaths there are")
    weight = np.divide(deaths, sample, out=np.full(len(sample), np.nan), where=sample > 0)
    return allocation.assign(
        sample=sample.astype(np.int64), inclusion_probability=sample / deaths, weight=weight
    )


def draw(
    frame: pd.DataFrame,
    allocation: pd.DataFrame,
    *,
    seed: int | str,
    id: str = "id",
    strata: str | Sequence[str] = "stratum",
) -> Sample:
    """Draw a stratified random sample without replacement.

    Parameters
    ----------
    frame : DataFrame
        One row a death; further columns are left aside. It is not changed.
    allocation : DataFrame
        As `allocate` returns it for this frame.
    seed : int or str
        A number or text; 7 and "7" are one seed.
    id : str
        Column of ids: text or whole numbers, each once.
    strata : str or sequence of str
        Column or columns of strata: text or whole numbers.

    Returns
    -------
    Sample
        With ``selected``, ``reserves``, ``strata``, ``order``, ``log``, ``seed`` and
        ``frame_hash``.

    Raises
    ------
    ValueError
        For missing columns, ids or strata that are missing or neither text nor whole numbers, ids
        that are repeated, a seed that is none, or an allocation of other strata or other numbers of
        deaths.

    Notes
    -----
    Sequential simple random sampling with permanent random numbers: Ohlsson (1995) in Cox and
    others, Business Survey Methods, ch. 9. See `random_numbers` and `frame_hash`.

    Examples
    --------
    >>> from helpers.methods.sampling import allocate
    >>> deaths = pd.DataFrame({"id": range(1, 11), "stratum": ["Adult"] * 6 + ["Older"] * 4})
    >>> sample = draw(deaths, allocate(deaths, 5), seed="inquiry 2016")
    >>> sample.selected[["id", "stratum", "place", "weight"]]
       id stratum  place  weight
    0   1   Adult      1     2.0
    1   5   Adult      2     2.0
    2   2   Adult      3     2.0
    3   9   Older      1     2.0
    4   8   Older      2     2.0
    """
    columns = as_list(strata)
    refuse_names([id, *columns])
    planned = _planned(allocation, columns)
    fingerprint = frame_hash(frame, id=id, strata=columns)
    order, populations, _ = strata_table(frame, columns, None)
    deaths = dict(zip(labels(planned, columns), planned["population"], strict=True))
    found = dict(zip(order, populations, strict=True))
    other = [key for key in found.keys() | deaths.keys() if found.get(key) != deaths.get(key)]
    if other:
        raise ValueError(
            f"The allocation was made for another frame: the deaths of {listed(sorted(other))} "
            "differ. Allocate on this frame."
        )
    group, _ = strata_codes(frame, columns)
    keys = digests(texts(frame[id]), seed)
    rows = np.lexsort((keys[:, 3], keys[:, 2], keys[:, 1], keys[:, 0], group))
    starts = np.concatenate(([0], np.cumsum(populations)[:-1]))
    place = np.arange(len(rows)) - starts[group[rows]] + 1
    wanted = dict(zip(labels(planned, columns), planned["sample"], strict=True))
    counts = np.array([wanted[label] for label in order])
    ordered = frame[[id, *columns]].iloc[rows].reset_index(drop=True)
    drawn = place <= counts[group[rows]]
    ordered = ordered.assign(place=place, random_number=as_share(keys[rows]), drawn=drawn)
    empty = pd.DataFrame(columns=["number", *columns, *LOGGED], dtype=object)
    return Sample(id, tuple(columns), seed, fingerprint, planned, ordered, empty)
