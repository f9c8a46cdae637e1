"""A stratified sample for a review, planned and drawn, as tidy tables.

Functions
---------
allocated
    How many records of each stratum are read.
drawn
    Which records, in the order in which they are taken.
planned
    How many records of the frame are read, as one finding.
facts
    Seed, hash of the frame and rule, so that the draw can be made again.
precision
    How narrow the limits of a share will be.
second_readings
    How many records two reviewers must read for kappa to be known so well.
reviewers
    How many reviewers a reliable mean score needs.

``frame`` has the columns id and stratum, one row a record.
"""

from collections.abc import Sequence

import pandas as pd

from . import agreement, sampling
from ._model_fit import nothing

NONE = "There are no records to draw from."


def allocated(frame: pd.DataFrame, *, size: int) -> pd.DataFrame:
    """Return how many records of each stratum are read, in proportion to their number.

    Parameters
    ----------
    frame : DataFrame
        The records.
    size : int
        Records to read in all; all of them, if there are fewer.

    Returns
    -------
    DataFrame
        ``stratum``, ``population``, ``sample``, ``inclusion_probability``, ``weight``, ``method``;
        at least two of each stratum.

    Examples
    --------
    >>> rows = pd.DataFrame({"id": list("abcdef"), "stratum": list("XXXXYY")})
    >>> allocated(rows, size=4)[["stratum", "population", "sample"]].to_numpy().tolist()
    [['X', 4, 2], ['Y', 2, 2]]
    """
    columns = ["stratum", "population", "sample", "inclusion_probability", "weight", "method"]
    if frame.empty:
        return nothing(NONE, columns)
    least = 2 * frame["stratum"].nunique()
    return sampling.allocate(frame, min(max(size, least), len(frame)), strata="stratum")


def drawn(frame: pd.DataFrame, *, size: int, seed: int) -> pd.DataFrame:
    """Return the records to read, in the order in which they are taken.

    Parameters
    ----------
    frame, size : DataFrame, int
        As for `allocated`.
    seed : int
        Of the random numbers; to be fixed before the frame is seen.

    Returns
    -------
    DataFrame
        ``stratum``, ``place`` (within the stratum, from 1), ``id``.

    Examples
    --------
    >>> rows = pd.DataFrame({"id": list("abcdef"), "stratum": list("XXXXYY")})
    >>> len(drawn(rows, size=4, seed=1))
    4
    """
    columns = ["stratum", "place", "id"]
    if frame.empty:
        return nothing(NONE, columns)
    made = sampling.draw(
        frame, allocated(frame, size=size), seed=seed, id="id", strata="stratum"
    ).selected
    return made.sort_values(["stratum", "place"], ignore_index=True)[columns]


def planned(frame: pd.DataFrame, *, size: int) -> pd.DataFrame:
    """Return how many records of the frame are read, as one finding.

    Parameters
    ----------
    frame, size : DataFrame, int
        As for `allocated`.

    Returns
    -------
    DataFrame
        One row: ``value`` (share), ``numerator``, ``denominator``, ``groups``.

    Examples
    --------
    >>> rows = pd.DataFrame({"id": list("abcdef"), "stratum": list("XXXXYY")})
    >>> planned(rows, size=3)[["numerator", "denominator", "groups"]].to_numpy().tolist()
    [[4, 6, 2]]
    """
    if frame.empty:
        return nothing(NONE, ["value", "numerator", "denominator", "groups"])
    made = allocated(frame, size=size)
    taken, whole = int(made["sample"].sum()), len(frame)
    return pd.DataFrame(
        {"value": [taken / whole], "numerator": taken, "denominator": whole, "groups": len(made)}
    )


def facts(frame: pd.DataFrame, *, size: int, seed: int) -> pd.DataFrame:
    """Return what makes the draw repeatable, one fact a row.

    Parameters
    ----------
    frame, size, seed : DataFrame, int, int
        As for `drawn`.

    Returns
    -------
    DataFrame
        Columns fact and answer.

    Examples
    --------
    >>> facts(pd.DataFrame(columns=["id", "stratum"]), size=4, seed=1).empty
    True
    """
    if frame.empty:
        return nothing(NONE, ["fact", "answer"])
    taken = int(allocated(frame, size=size)["sample"].sum())
    rows = [
        ("Records in the frame", f"{len(frame):,}"),
        ("Records to read", f"{taken:,}"),
        ("Seed", str(seed)),
        ("SHA-256 of the frame", sampling.frame_hash(frame, id="id", strata="stratum")),
        ("Rule", "the smallest hashes of seed and record, stratum by stratum; a record that must "
                 "be replaced is followed by the next of its stratum"),
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["fact", "answer"])


def precision(frame: pd.DataFrame, *, half_widths: Sequence[float], level: float) -> pd.DataFrame:
    """Return how many records must be read for limits of a share so narrow.

    Parameters
    ----------
    frame : DataFrame
        The records.
    half_widths : sequence of float
        Wanted distances from a share of one half, which asks for most, to either limit.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        As `helpers.methods.sampling.sample_size`, one row a distance.

    Examples
    --------
    >>> rows = pd.DataFrame({"id": range(900), "stratum": ["X"] * 900})
    >>> precision(rows, half_widths=[0.1], level=0.95)["value"].tolist()
    [87]
    """
    columns = ["half_width", "expected", "population", "value", "level", "method"]
    if frame.empty:
        return nothing(NONE, columns)
    parts = [
        sampling.sample_size(frame, half, expected=0.5, strata="stratum", level=level)
        for half in half_widths
        if half < 0.5
    ]
    return pd.concat(parts, ignore_index=True)


def second_readings(
    *, kappas: Sequence[float], half_widths: Sequence[float], share: float, level: float
) -> pd.DataFrame:
    """Return how many records two reviewers must both read for kappa to be known so well.

    Parameters
    ----------
    kappas, half_widths : sequence of float
        Agreement beyond chance that is expected, and wanted distances to its limits.
    share : float
        Share of records to which a reviewer gives the answer in question.
    level : float
        Two-sided confidence level.

    Returns
    -------
    DataFrame
        As `helpers.methods.agreement.subjects_needed`, one row a combination.

    Examples
    --------
    >>> made = second_readings(kappas=[0.6], half_widths=[0.1], share=0.3, level=0.95)
    >>> made["subjects"].tolist()
    [296]
    """
    parts = [
        agreement.subjects_needed(kappa=kappa, share=share, half_width=half, level=level)
        for kappa in kappas
        for half in half_widths
    ]
    return pd.concat(parts, ignore_index=True)


def reviewers(*, single: Sequence[float], wanted: float, most: int = 50) -> pd.DataFrame:
    """Return how many reviewers the mean of a score needs to be as reliable as wanted.

    Parameters
    ----------
    single : sequence of float
        Reliability (intraclass correlation) of one reviewer.
    wanted : float
        Reliability wanted of the mean.
    most : int
        Numbers tried.

    Returns
    -------
    DataFrame
        ``single``, ``wanted``, ``reviewers`` (fewest; missing if more than ``most``),
        ``reliability`` (of so many), ``method``.

    Notes
    -----
    Spearman (1910) and Brown (1910) Br J Psychol 3:271 and 296.

    Examples
    --------
    >>> reviewers(single=[0.5], wanted=0.8)[["reviewers", "reliability"]].round(2).values.tolist()
    [[4, 0.8]]
    """
    rows = []
    for one in single:
        tried = range(1, most + 1)
        found = next(
            (n for n in tried if float(agreement.spearman_brown(one, n)) >= wanted - 1e-9), None
        )
        reached = float(agreement.spearman_brown(one, found)) if found else float("nan")
        rows.append((one, wanted, found, reached, "Spearman-Brown"))
    made = pd.DataFrame(rows, columns=["single", "wanted", "reviewers", "reliability", "method"])
    return made.astype({"reviewers": "Int64"})
