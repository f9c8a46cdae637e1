"""Why a count of deaths comes out otherwise from a later extract: late, coded anew, or gone.

- :func:`moved`: people who are counted in one extract and not in the other, with the cause.
- :func:`measures`: which steps the numerator and the denominator of a finding count.
- :func:`apportioned`: the change of a finding's numerator and denominator, by cause.

Of each death of the period the cause of a change is one of three. **late**: its row is new in the
later extract; or it is the same death, and an incident about it is new. **re-coded**: the same
record reads otherwise, so that the death moved into the period, out of it, or to another step.
**deleted**: its row, or an incident about it, is gone. A death of whose incidents some are new and
others gone counts as late. A figure is apportioned only if the counts made here of both extracts
are the figure's own, so that the causes add up to the change exactly; otherwise it is said that it
is not.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from helpers.casefile import Case
from helpers.chain import STEPS

CAUSES = ("late", "re-coded", "deleted")
KEYS = frozenset(("step", "base"))


def moved(
    old: pd.DataFrame,
    new: pd.DataFrame,
    *,
    same: Mapping[str, str],
    late: frozenset[str],
    gone: frozenset[str],
) -> pd.DataFrame:
    """Return every death of a period in either extract, with the cause of any change of it.

    Parameters
    ----------
    old, new : DataFrame
        People of the period by the earlier and the later extract, as
        :attr:`helpers.run.Run.people` gives them.
    same : mapping
        Id of a death in the earlier extract to its id in the later one.
    late, gone : frozenset of str
        Deaths (by their id in the later, and in the earlier extract) about which an incident is new
        in the later extract, or gone from it.

    Returns
    -------
    DataFrame
        Columns cause, old and new: positions in the frames, missing where the death is not there.

    Examples
    --------
    >>> old = pd.DataFrame({"death_id": ["a", "b", "c"]})
    >>> new = pd.DataFrame({"death_id": ["A", "D", "E"]})
    >>> nobody = frozenset()
    >>> same = {"a": "A", "b": "B", "d": "D"}
    >>> moved(old, new, same=same, late=nobody, gone=nobody)["cause"].tolist()
    ['re-coded', 're-coded', 'deleted', 're-coded', 'late']
    """
    at = {name: place for place, name in enumerate(new["death_id"])}
    back = {after: before for before, after in same.items()}
    rows: list[tuple[str, int | None, int | None]] = []
    for place, name in enumerate(old["death_id"]):
        after = same.get(name)
        if after is None:
            rows.append(("deleted", place, None))
            continue
        cause = "deleted" if name in gone else "re-coded"
        cause = "late" if after in late else cause
        rows.append((cause if after in at else "re-coded", place, at.get(after)))
    known = set(old["death_id"])
    for place, name in enumerate(new["death_id"]):
        before = back.get(name)
        if before is None:
            rows.append(("late", None, place))
        elif before not in known:
            rows.append(("re-coded", None, place))
    made = pd.DataFrame(rows, columns=["cause", "old", "new"])
    return made.astype({"old": "Int64", "new": "Int64"})


def measures(case: Case, finding: Mapping[str, Any]) -> tuple[str, str, dict[str, str]] | None:
    """Return which steps a finding counts, and in which stratum; None where it counts none.

    Parameters
    ----------
    case : Case
        The case.
    finding : mapping
        As ``findings.json`` holds it.

    Returns
    -------
    tuple or None
        Numerator and denominator as keys of :data:`helpers.chain.STEPS`, and the stratum by column
        of people.

    Examples
    --------
    >>> from helpers.case import load
    >>> case = load("southern_health")
    >>> measures(case, {"definition": "chain", "stratum": {"step": "siri", "base": "investigated"}})
    ('siri', 'investigated', {})
    >>> measures(case, {"definition": "reported_share", "stratum": {"sex": "F"}})
    ('reported', 'deaths', {'sex': 'F'})
    """
    stratum = {key: str(value) for key, value in (finding.get("stratum") or {}).items()}
    if stratum.keys() >= KEYS:
        numerator, denominator = stratum.pop("step"), stratum.pop("base")
    else:
        known = {one.id: (one.numerator, one.denominator) for one in case.indicators}
        if finding["definition"] not in known:
            return None
        numerator, denominator = known[finding["definition"]]
    if not {numerator, denominator} <= set(STEPS):
        return None
    return numerator, denominator, stratum


def _flags(people: pd.DataFrame, step: str, stratum: Mapping[str, str]) -> pd.Series | None:
    held = pd.Series(True, index=people.index)
    if step != "deaths":
        if step not in people:
            return None
        held = people[step].fillna(False).astype("bool")
    for column, value in stratum.items():
        if column not in people:
            return None
        held &= people[column].astype("str").eq(value)
    return held.reset_index(drop=True)


def apportioned(
    moves: pd.DataFrame,
    old: pd.DataFrame,
    new: pd.DataFrame,
    *,
    of: tuple[str, str, Mapping[str, str]],
    counts: tuple[tuple[float, float], tuple[float, float]],
) -> dict[str, int] | None:
    """Return the change of a numerator and a denominator by cause.

    Parameters
    ----------
    moves : DataFrame
        As :func:`moved` returns it.
    old, new : DataFrame
        People of the period by each extract.
    of : tuple
        As :func:`measures` returns it.
    counts : tuple
        Numerator and denominator of the finding before, and the same now.

    Returns
    -------
    dict or None
        ``numerator_late`` to ``denominator_deleted``: deaths that came, less those that went. None
        where the counts made here are not those of the finding.
    """
    made: dict[str, int] = {}
    for place, (what, step) in enumerate(zip(("numerator", "denominator"), of[:2], strict=True)):
        parent = of[1] if what == "numerator" else step
        sides = []
        for frame, wanted in ((old, counts[0][place]), (new, counts[1][place])):
            flags, base = (_flags(frame, one, of[2]) for one in (step, parent))
            if flags is None or base is None:
                return None
            flags &= base
            if float(flags.sum()) != float(wanted):
                return None
            sides.append(flags.astype("int64"))
        before = moves["old"].map(sides[0]).fillna(0).astype(int)
        after = moves["new"].map(sides[1]).fillna(0).astype(int)
        change = (after - before).groupby(moves["cause"]).sum()
        for cause in CAUSES:
            made[f"{what}_{cause.replace('-', '')}"] = int(change.get(cause, 0))
    return made
