"""Which rows the numbers about times, stages, time limits and replies are made of.

Each function takes the run and a row of an exhibit; None: the row is of another kind.

- :func:`interval`: records that reached the second day of a stretch, or reached it by a day.
- :func:`stage`: people who passed a stage; :func:`wait`, :func:`clock`, :func:`family`: who
  waited for one, by another clock, or with the family.
- :func:`limit`: records done within a time limit.
- :func:`reply`, :func:`standing`: replies to reports by their state.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from helpers.casetimes import Interval
from helpers.cohort import delays, families, limits, replies, stages
from helpers.cohort._limits import rules_of
from helpers.milestones import words
from helpers.tables import among
from helpers.trace.look import AT, Look, beside, coded, counted
from helpers.trace.parts import Part

Row = Mapping[str, Any]
KEPT = {
    *("review_id", "year", "service", "age_band", "sex", "place", "start_from", "rule_id", "days"),
    *("limit_days", "begun", "stopped", "label", "clock", "wait", "stage", "observed"),
}
"""What is kept of wide tables of records."""

GROUPS = ("year", "service", "age_band", "sex", "place", "start_from")


def _with_places(look: Look, frame: pd.DataFrame) -> pd.DataFrame:
    """Return rows of records, by review_id, with the place of each record."""
    places = look.once("places", lambda: look.records.set_index("review_id")[AT])
    kept = [name for name in frame if name in KEPT]
    return coded(frame[kept].assign(at=frame["review_id"].map(places).astype("int64")))


def _among(frame: pd.DataFrame, row: Row, names: tuple[str, ...] = GROUPS) -> pd.DataFrame:
    """Return the rows of the groups that a row of an exhibit names."""
    for name in names:
        if name in row and name in frame:
            frame = frame[frame[name].eq(row[name]).fillna(False)]
    return frame


def _interval(look: Look, row: Row) -> Interval | None:
    return next((one for one in look.run.case.intervals if one.id == row.get("interval")), None)


def _started(look: Look, stretch: Interval) -> pd.DataFrame:
    """Return the records of a stretch with their days, and whether its end was reached."""
    held = look.records
    if delays.of_deaths(look.run):
        held = held[held[stretch.among].astype("bool")]
    begin, end = held[stretch.from_], held[stretch.to]
    if delays.of_deaths(look.run):
        end = end.fillna(pd.Timestamp(look.run.case.extract_date))
    held = held.assign(days=(end - begin).dt.days, reached=held[stretch.to].notna())
    kept = [name for name in ("review_id", *GROUPS, "days", "reached", AT) if name in held]
    return held.loc[held["days"].ge(0), kept]


def interval(look: Look, row: Row, *, within: int | None = None) -> list[Part] | None:
    """Return the rows of records that reached the second day of a stretch, out of all that began.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With interval, and time where only those count that had reached it by then.
    within : int, optional
        The same for a table that does not name the time.
    """
    stretch = _interval(look, row)
    if stretch is None or "denominator" not in row:
        return None
    started = look.once(f"stretch {stretch.id}", lambda: _started(look, stretch))
    under = _among(started, row)
    over = under[under["reached"]]
    most = row.get("time", within)
    if most is not None:
        over = over[over["days"].le(int(most))]
    what = f"Records that reached: {words(stretch.to)}"
    if most is not None:
        what += f", in {int(most)} days or fewer"
    began = f"Records with a day of: {words(stretch.from_)}"
    return [
        *counted(look, over, under, what=(what, began)),
        *beside(
            look,
            f"First days of: {words(stretch.from_)}",
            look.rows_of_days(under["review_id"], [stretch.from_]),
            role="began",
        ),
        *beside(
            look,
            f"First days of: {words(stretch.to)}",
            look.rows_of_days(over["review_id"], [stretch.to]),
            role="reached",
        ),
    ]


def _elapsed(look: Look) -> pd.DataFrame:
    made = stages.elapsed(look.run)
    return made.assign(at=_with_places(look, made)[AT])


def stage(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of people who were seen to pass a stage, out of all who are followed.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With stage, the milestone.
    """
    if "stage" not in row or "denominator" not in row:
        return None
    made = look.once("elapsed", lambda: _elapsed(look))
    over = made[made[row["stage"]].notna()]
    what = (f"Passed the stage: {words(row['stage'])}", "People whose way is followed")
    days = look.rows_of_days(over["review_id"], [row["stage"]])
    return counted(look, over, made, what=what) + beside(look, "Days of that stage", days)


def _followed(
    look: Look, row: Row, name: str, make: Callable[[], pd.DataFrame], key: str
) -> list[Part] | None:
    if "denominator" not in row or key not in row:
        return None
    made = look.once(name, lambda: _with_places(look, make()))
    under = _among(made[made[key].astype("str").eq(str(row[key]))], row)
    over = under[under["observed"].astype("bool")]
    what = (f"{row['label']}: seen to be reached", f"{row['label']}: followed")
    return counted(look, over, under, what=what)


def wait(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of those who waited for a stage, and who passed it.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With stage (its place on the way) and label.
    """
    return _followed(look, row, "waits", lambda: stages.waits(look.run), "label")


def clock(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of those whose report is timed by a clock, and who had it.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With clock and label.
    """
    return _followed(look, row, "clocks", lambda: stages.clocks(look.run), "clock")


def family(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of deaths investigated whose family was told, out of those followed.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With wait and label.
    """
    return _followed(look, row, "family", lambda: families.waits(look.run), "wait")


def limit(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of records done within a time limit, out of those whose clock started.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With rule_id, and a group where it is of one.
    """
    if "rule_id" not in row or "denominator" not in row:
        return None
    made = look.once("limits", lambda: _limits(look))
    return _within(look, _among(made[made["rule_id"].eq(row["rule_id"])], row))


def _within(look: Look, under: pd.DataFrame) -> list[Part]:
    over = under[under["stopped"].notna() & under["days"].le(under["limit_days"])]
    what = ("Done within the limit", "A limit in force and a clock that started")
    began, done = look.once("days of limits", lambda: _days_of_limits(look))
    return [
        *counted(look, over, under, what=what),
        *beside(look, "Days on which the clocks started", _of(began, under), role="began"),
        *beside(look, "Days on which it was done", _of(done, over), role="reached"),
    ]


def _limits(look: Look) -> pd.DataFrame:
    """Return the clocks of the families of rules that the exhibits show, with their places."""
    shown = {
        rule
        for name in ("limits.shares", "limits.compliance", "limits.by_year", "limits.by_group")
        if name in look.exhibits
        for rule in look.made.frame(name).get("rule_id", ())
    }
    rules = rules_of(look.run)
    asked = rules.loc[rules["id"].isin(shown), "family"].unique()
    return _with_places(look, limits.timed(limits.held(look.run, families=asked)))


def _of(days: pd.DataFrame, held: pd.DataFrame) -> pd.DataFrame:
    """Return the days of the rules and records of rows."""
    days = days[days["rule_id"].isin(held["rule_id"].unique())]
    return days[among(days["review_id"], held["review_id"])]


def _days_of_limits(look: Look) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return the rows of the days on which clocks started, and of those on which they stopped."""
    made = look.once("limits", lambda: _limits(look))
    ends = made[["review_id", "rule_id", "start_from", "begun", "stopped"]]
    held = look.days.merge(ends, left_on="record", right_on="review_id")
    began = held["milestone"].eq(held["start_from"]) & held["date"].eq(held["begun"])
    done = held[held["date"].eq(held["stopped"])].merge(_stops(look))
    kept = ["review_id", "rule_id", AT]
    return held.loc[began, kept], done[kept]


def _stops(look: Look) -> pd.DataFrame:
    """Return the milestones at which the clock of each rule stops, one a row."""
    rules = rules_of(look.run)
    stops = rules["clock_stop"].str.split(";")
    made = pd.DataFrame({"rule_id": rules["id"], "milestone": stops})
    return made.explode("milestone", ignore_index=True).astype({"milestone": "str"})


def _owed(look: Look) -> pd.DataFrame:
    reports = look.table("reports").set_index("review_id")[AT]
    made = replies.owed(look.run)
    return made.assign(at=made["review_id"].map(reports).astype("int64"))


def reply(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of reports due for a reply that had one state of it.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With label, the state, and year where it is of one.
    """
    if "denominator" not in row:
        return None
    made = look.once("owed", lambda: _owed(look))
    under = _among(made[made["standing"].eq("due")], row)
    over = under[under["status"].eq(row["label"])]
    return counted(look, over, under, what=(f"Reports {row['label']}", "Reports due for a reply"))


def standing(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of reports that owe a reply, by whether it is due and what came.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With standing and status.
    """
    made = look.once("owed", lambda: _owed(look))
    over = made[made["standing"].eq(row["standing"]) & made["status"].eq(row["status"])]
    return counted(look, over, made, what=(f"{row['standing']}, {row['status']}", "All of them"))
