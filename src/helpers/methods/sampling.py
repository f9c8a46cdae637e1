"""Random samples of deaths for review: drawn by rule, replaced by rule, read back to all.

Functions
---------
random_numbers
    A permanent random number for each id.
frame_hash
    SHA-256 of all ids with their strata.
allocate
    A sample of given size, shared out over the strata.
sample_size
    Deaths to read for a share with limits as narrow as wanted.
draw
    A stratified random sample: a :class:`Sample`.
replace
    The same sample with one death replaced by the next in its stratum.
replay
    A sample with the replacements of a log made again.
tally
    Answers counted by stratum.
stratified_share
    Share of all deaths with an outcome, with limits.
stratified_mean
    Mean score of all deaths, with limits.

Classes
-------
Sample
    What was drawn, in which order, and what was replaced.

Deaths are taken in the order of random numbers that belong to the seed and the id alone (keyed
hash, see `random_numbers`). The first n of a stratum are a simple random sample of it; those after
them are its reserves, in order. So the sample does not depend on the order of rows or on any
library; a larger sample keeps the smaller one; and of a later frame a sample of the same size is
the earlier one but for deaths that were added and came before, or that left. Fix the seed before
anybody has seen the frame: whoever may choose among seeds may choose the sample.
"""

import dataclasses
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd

from ._allocation import allocate, named
from ._checks import SHOWN, check_choice, numbers, refuse, require_columns
from ._estimates import stratified_mean, stratified_share
from ._random_keys import frame_hash, labels, random_numbers, texts
from ._sample import Sample, draw
from ._sample_size import sample_size

__all__ = [
    "Sample",
    "allocate",
    "draw",
    "frame_hash",
    "random_numbers",
    "replace",
    "replay",
    "sample_size",
    "stratified_mean",
    "stratified_share",
    "tally",
]


def replace(sample: Sample, *, out: object, reason: str, on: date | str | None = None) -> Sample:
    """Replace one death of a sample by the next in the order of its stratum.

    Parameters
    ----------
    sample : Sample
        As `draw` or this function returns it. It is not changed.
    out : str or int
        Id of the death that cannot be read.
    reason : str
        Why, in words: a replacement without a reason is refused.
    on : date or str, optional
        Day of the decision.

    Returns
    -------
    Sample
        The same order and seed, with one more row in ``log``. Nothing is drawn again, and the
        death replaced stays in ``order``.

    Raises
    ------
    ValueError
        For an id that is not in the frame, was never drawn or was replaced before, a missing
        reason, or a stratum without reserves.

    Notes
    -----
    The replacement has the inclusion probability of its stratum. That holds where a death is
    replaced for a cause that has nothing to do with what is being asked, such as records held
    elsewhere. Where records are missing because of what happened, replacing hides it: leave the
    death in and count it as not answered (see `tally`), and report how many were replaced and why.

    Examples
    --------
    >>> deaths = pd.DataFrame({"id": ["A1", "A2", "A3"], "stratum": "All"})
    >>> sample = draw(deaths, allocate(deaths, 2), seed=7)
    >>> later = replace(sample, out="A1", reason="records held by another trust", on="2016-02-01")
    >>> later.log[["replaced", "replacement", "place", "reason"]].iloc[0].tolist()
    ['A1', 'A2', 3, 'records held by another trust']
    """
    text = str(out)
    if not isinstance(reason, str) or not reason.strip():
        raise ValueError(f"Say why {text} is replaced: the reason is missing.")
    rows = np.flatnonzero(sample.order[sample.id].astype(str) == text)
    if not rows.size:
        raise ValueError(f"{text} is not in the frame that the sample was drawn from.")
    selected, replaced = sample.flags()
    row = int(rows[0])
    label = labels(sample.order.iloc[[row]], sample.columns)[0]
    if replaced.iloc[row]:
        raise ValueError(f"{text} was replaced before; see the log.")
    if not selected.iloc[row]:
        raise ValueError(
            f"{text} is not in the sample: it is number {sample.order['place'].iloc[row]} in the "
            f"order of {named(label)}."
        )
    strata = sample.order[list(sample.columns)].astype(str)
    own = (strata == strata.iloc[row]).all(axis="columns")
    reserves = sample.order[own & ~selected & ~replaced]
    if reserves.empty:
        raise ValueError(
            f"{named(label)} has no death left to replace {text} by. Leave it in the sample and "
            "count it as not answered."
        )
    following = reserves.iloc[0]
    entry = {"number": len(sample.log) + 1}
    entry |= {name: following[name] for name in sample.columns}
    entry |= {"replaced": sample.order[sample.id].iloc[row], "replacement": following[sample.id]}
    entry |= {"place": int(following["place"]), "reason": reason.strip()}
    entry |= {"on": "" if on is None else str(on)}
    rows = [*sample.log.to_dict("records"), entry]
    log = pd.DataFrame(rows, columns=sample.log.columns, dtype=object)
    return dataclasses.replace(sample, log=log)


def replay(sample: Sample, log: pd.DataFrame) -> Sample:
    """Make the replacements of a log again, and refuse a log that the order does not bear out.

    Parameters
    ----------
    sample : Sample
        As `draw` returns it.
    log : DataFrame
        The ``log`` of a sample, as kept in a file: replaced, replacement, reason and, if there,
        on, in order.

    Returns
    -------
    Sample
        The sample after all replacements.

    Raises
    ------
    ValueError
        As `replace`, for missing columns, and where a replacement is not the next in its stratum.

    Examples
    --------
    >>> deaths = pd.DataFrame({"id": ["A1", "A2", "A3"], "stratum": "All"})
    >>> sample = draw(deaths, allocate(deaths, 2), seed=7)
    >>> kept = replace(sample, out="A1", reason="records held by another trust").log
    >>> replay(sample, kept).selected["id"].tolist()
    ['A3', 'A2']
    """
    require_columns(log, ["replaced", "replacement", "reason"])
    days = log["on"] if "on" in log else pd.Series("", index=log.index)
    rows = zip(log["replaced"], log["replacement"], log["reason"], days, strict=True)
    for number, (out, replacement, reason, on) in enumerate(rows, start=1):
        sample = replace(sample, out=out, reason=reason, on=None if pd.isna(on) else on)
        found = sample.log["replacement"].iloc[-1]
        if str(found) != str(replacement):
            raise ValueError(
                f"Replacement {number} of the log puts {replacement} in the place of {out}, but "
                f"the next in order is {found}: the log belongs to another seed, frame or order."
            )
    return sample


def tally(
    sample: Sample,
    answers: pd.DataFrame,
    *,
    outcome: str = "outcome",
    missing: Literal["refuse", "leave_out"] = "refuse",
) -> pd.DataFrame:
    """Count answers by stratum.

    Parameters
    ----------
    sample : Sample
        As `draw`, `replace` or `replay` returns it.
    answers : DataFrame
        One row a death read, with the column of ids of the sample.
    outcome : str
        Column of flags (0 or 1) or scores.
    missing : {"refuse", "leave_out"}
        What to do where a death of the sample has no answer: refuse, or let those with answers
        stand for it within its stratum.

    Returns
    -------
    DataFrame
        One row a stratum: strata, population, sample, denominator (answers), numerator (sum of the
        outcome), mean, variance (n - 1), missing, replaced.

    Raises
    ------
    ValueError
        For missing columns, answers twice for one death, for deaths that were replaced or are not
        in the sample, outcomes that are no numbers, or deaths without an answer.

    Examples
    --------
    >>> deaths = pd.DataFrame({"id": ["A1", "A2", "A3"], "stratum": "All"})
    >>> sample = draw(deaths, allocate(deaths, 2), seed=7)
    >>> answers = sample.selected[["id"]].assign(outcome=[1, 0])
    >>> tally(sample, answers)[["population", "denominator", "numerator"]].to_dict("list")
    {'population': [3], 'denominator': [2], 'numerator': [1]}
    """
    check_choice("missing", missing, ("refuse", "leave_out"))
    require_columns(answers, [sample.id, outcome])
    given = texts(answers[sample.id])
    refuse(pd.Series(given, dtype=object).duplicated(), given, "the death has two answers")
    selected, replaced = sample.flags()
    known = texts(sample.order[sample.id])
    gone = {text for text, flag in zip(known, replaced, strict=True) if flag}
    wanted = {text for text, flag in zip(known, selected, strict=True) if flag}
    refuse([text in gone for text in given], given, "the death was replaced, see the log")
    refuse([text not in wanted for text in given], given, "the death is not in the sample")
    scores = numbers(answers, outcome)
    refuse(np.isinf(scores), given, "the outcome is infinite")
    values = dict(zip(given, scores, strict=True))
    rows = sample.order[selected]
    found = np.array([values.get(text, np.nan) for text in texts(rows[sample.id])])
    if missing == "refuse" and np.isnan(found).any():
        without = rows.loc[np.isnan(found), sample.id].map(str).tolist()
        more = f" and {len(without) - SHOWN} more" if len(without) > SHOWN else ""
        raise ValueError(
            f"No answer for {', '.join(without[:SHOWN])}{more}. Read or replace them, or leave "
            "them out by name: missing='leave_out'."
        )
    place = {label: row for row, label in enumerate(labels(sample.strata, sample.columns))}
    size = len(place)
    group = np.array([place[label] for label in labels(rows, sample.columns)], dtype=np.intp)
    read = ~np.isnan(found)
    count = np.bincount(group[read], minlength=size)
    total = np.bincount(group[read], found[read], minlength=size)
    mean = np.divide(total, count, out=np.full(size, np.nan), where=count > 0)
    apart = np.bincount(group[read], (found[read] - mean[group[read]]) ** 2, minlength=size)
    lost = [place[label] for label in labels(sample.order[replaced], sample.columns)]
    return sample.strata[[*sample.columns, "population", "sample"]].assign(
        denominator=count,
        numerator=total.astype(np.int64) if (total % 1 == 0).all() else total,
        mean=mean,
        variance=np.divide(apart, count - 1, out=np.full(size, np.nan), where=count > 1),
        missing=np.bincount(group[~read], minlength=size),
        replaced=np.bincount(np.array(lost, dtype=np.intp), minlength=size),
    )
