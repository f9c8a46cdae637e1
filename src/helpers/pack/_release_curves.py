"""A curve of survival in a release: counted again from the records, protected, and drawn again.

- :func:`add`: put the curve that a profile covers among what a release shows.

A pack shows a curve without the people at risk behind each step. They are counted again from the
records, as long as these are those that the pack was made from and what was counted gives the very
curve that the pack shows. What is shown then is told by :mod:`helpers.disclosure.telling`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from helpers.casefile import Case
from helpers.casetimes import Interval
from helpers.disclosure.cells import Key, Scheme, where_of
from helpers.disclosure.needs import Published
from helpers.disclosure.profiles import Profile
from helpers.disclosure.protect import Shown
from helpers.disclosure.running import Told, weekly
from helpers.disclosure.telling import first_of, known_of
from helpers.errors import InputError
from helpers.exhibits import drawn
from helpers.exhibits.words import words_for
from helpers.pack._release_parts import Contents, Part, image_of
from helpers.pack._release_rules import CURVES, years
from helpers.pack.collect import Collected
from helpers.remake import curves as remade
from helpers.run import Run, start

Held = dict[str, tuple[Told, Shown | None]]
"""By id of the stretch: what is told of it, and of all people from whom it comes."""

SHOWS = (
    "One stretch of time: the line rises as people reach its second date; the shaded "
    "band is its interval. Line, interval and table are made from counts in bands of {width}, by "
    "whole weeks: the first step stands for the first band of people, each later one for at least "
    "{width} more as they are shown, and none says on which day one person got there. "
    "Investigations that ended otherwise count as never reaching the second date. Below the axis "
    "stands how many were still waiting and followed. The line ends at its last step. Where few "
    "are left, rounding moves it most."
)
HEADERS = {
    "label": "Stretch",
    "time": "By day",
    "events": "Reached it since the row before",
    "at_risk": "Waiting before",
    "value": "Share that had reached it",
}
OTHER_RECORDS = (
    "the records here are not those that the pack was made from, so the people at risk behind its "
    "steps cannot be counted"
)
OTHER_CURVE = "counted again from the records it is another curve than the pack shows"
SMALL = "too few people: fewer steps than a curve needs could be shown"
ANOTHER = (
    "its people are people of the stretch whose curve is shown: two such curves can say more "
    "together than each alone"
)
SECOND = "beside the first line it would count those whose investigation ended otherwise"


def _counted(made: Collected, facts: Mapping[str, Any]) -> tuple[Run, pd.DataFrame] | str:
    """Return the run and the records behind the curves of a pack, or why they cannot be had."""
    from helpers.cohort import delays, ends

    told = made.runs.get(facts["page"], {})
    try:
        run = start(**told.get("parameters", {}))
    except (InputError, TypeError):
        return OTHER_RECORDS
    if run.block()["inputs"] != told.get("inputs"):
        return OTHER_RECORDS
    both = ends.both_ways(run, delays.durations(run))
    if both.empty:
        return OTHER_CURVE
    again = drawn.read_back(remade.unprotected(both, level=run.parameters["level"]))
    shown = made.frame(facts["id"])
    numbers = ["x", "y", "y2"]
    same = len(again) == len(shown) and np.allclose(
        again[numbers].astype("float64"), shown[numbers].astype("float64"), equal_nan=True
    )
    same = same and again["panel"].tolist() == shown["panel"].tolist()
    return (run, both) if same else OTHER_CURVE


def _in_order(case: Case) -> list[Interval]:
    """Return the stretches of a case, that of its planned model of waiting first."""
    planned = case.waiting.interval if case.waiting else ""
    return sorted(case.intervals, key=lambda one: one.id != planned)


def _tell(
    run: Run,
    both: pd.DataFrame,
    shown: Mapping[Key, Shown],
    profile: Profile,
    scheme: Scheme,
    earlier: Sequence[Published],
) -> tuple[Held, list[str]]:
    """Return what is told of the one stretch that is shown, and the names of all others."""
    from helpers.cohort import ends

    first = both[both["ended_otherwise"].ne(ends.UNTIL)]
    named = list(years(run.case, run.period_start, run.period_end).values())
    frames, whole, labels = {}, {}, {}
    for interval in _in_order(run.case):
        part = first[first["interval"].eq(interval.id)]
        if len(part):
            frames[interval.id] = weekly(part["days"], part["observed"])
            whole[interval.id] = interval.among, where_of({"year": named})
            labels[interval.id] = interval.label
    known = known_of(list(whole.values()), shown, scheme=scheme, earlier=earlier)
    among = {name: known[key] for name, key in whole.items()}
    before = [{name: told for name, (told, _) in one.curves.items()} for one in earlier]
    found = first_of(frames, profile=profile, among=among, earlier=before)
    if found is None:
        return {}, list(labels.values())
    name, told = found
    return {name: (told, among[name][-1])}, [labels[one] for one in labels if one != name]


def _part(facts: Mapping[str, Any], run: Run, told: Held, profile: Profile) -> Part:
    """Return the exhibit of the curves as the release shows it."""
    level = run.parameters["level"]
    labels = {interval.id: interval.label for interval in run.case.intervals}
    tables = []
    for name, (one, _) in told.items():
        table = remade.estimated(one.frame(), level=level)
        table.insert(0, "label", labels[name])
        tables.append(table)
    frame = pd.concat(tables, ignore_index=True)
    said = {
        name: value
        for name, value in facts.items()
        if name not in {"resource", "svg", "png", "findings", "alt"}
    }
    method = list(dict.fromkeys(frame["method"]))
    said |= {"release_profile": profile.name, "method": method, "level": [level]}
    said["shows"] = SHOWS.format(width=profile.midpoint)
    words = words_for(facts["id"], run.case, {})
    kinds = {"value": "percent", "low": "percent", "high": "percent"}
    words = words.model_copy(update={"headers": HEADERS, "shows": said["shows"], "kinds": kinds})
    face = f"{said.get('year_note', '')}Release profile: {profile.name}. "
    image = image_of(remade.figure(frame), said | {"year_note": face})
    counts = {"events": "Int64", "at_risk": "Int64"}
    return Part(said, words, frame.astype(counts), figure=image)


def add(
    made: Collected,
    contents: Contents,
    *,
    shown: Mapping[Key, Shown],
    profile: Profile,
    scheme: Scheme,
    earlier: Sequence[Published] = (),
) -> Held:
    """Put the curve that a profile covers among what a release shows.

    Parameters
    ----------
    made : Collected
        The exhibits of the pack.
    contents : Contents
        Takes them, in the order of the pack; what is left out keeps its reason, or gets another
        if the profile covers curves.
    shown : mapping
        What the release shows of each count.
    profile : Profile
        The profile in force.
    scheme : Scheme
        Which measures lie within which.
    earlier : sequence of Published
        Releases of the case that are about already, the earliest first.

    Returns
    -------
    dict
        What is told, for the audit of the next release; empty where the profile has no rule.
    """
    from helpers.cohort import ends

    found = [one for one in made.exhibits if one["id"] in CURVES and not one.get("unanswered")]
    if not profile.curves or not found:
        return {}
    (facts,) = found
    left = next(one for one in contents.left_out if one["id"] == facts["id"])
    counted = _counted(made, facts)
    if isinstance(counted, str):
        left["reason"] = counted
        return {}
    run, both = counted
    told, others = _tell(run, both, shown, profile, scheme, earlier)
    if not told:
        several = any(len(one.curves) > 1 for one in earlier)
        left["reason"] = ANOTHER if several else SMALL
        return {}
    contents.left_out.remove(left)
    for label in others:
        contents.leave({**facts, "title": f"{facts['title']}: {label}"}, ANOTHER)
    if both["ended_otherwise"].eq(ends.UNTIL).any():
        title = f"{facts['title']}: the dashed lines, followed to other ends"
        contents.leave({**facts, "title": title}, SECOND)
    contents.parts.append(_part(facts, run, told, profile))
    order = {one["id"]: place for place, one in enumerate(made.exhibits)}
    contents.parts.sort(key=lambda part: order[part.facts["id"]])
    return told
