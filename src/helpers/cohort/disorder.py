"""Intervals whose second date stands before the first: each one listed, none of them used.

``run`` is the run, as :func:`helpers.start` returns it.

- :func:`negative`: the records concerned, with both dates.
- :func:`listed`: the same for an exhibit, which says where it is not shown.

How many there are of each interval is counted by :func:`helpers.cohort.delays.usable`.
"""

from __future__ import annotations

import pandas as pd

from helpers.cohort import delays
from helpers.errors import InputError
from helpers.run import Run

COLUMNS = ["review_id", "source_row", "interval", "label", "first_date", "second_date", "days"]


def negative(run: Run) -> pd.DataFrame:
    """Return the intervals of which the later date stands before the earlier one.

    Which of the two dates is wrong the records do not say, so neither is changed: the rows are for
    asking whoever keeps them. :func:`helpers.cohort.delays.durations` leaves them out.

    Parameters
    ----------
    run : Run
        The run. Where its records are of deaths its profile must be ``internal``, for the dates
        are those of one person; a register of published reports may be shown in any.

    Returns
    -------
    DataFrame
        Columns review_id (the record; a death by its death_id), source_row, interval, label,
        first_date and second_date (as recorded, the second the earlier), days (below zero), in the
        order of the intervals of the case and then of the source. A record with several reversed
        intervals has as many rows. As many rows an interval as ``negative`` of
        :func:`helpers.cohort.delays.usable`.

    Raises
    ------
    InputError
        If the records are of deaths and the profile is not internal.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> negative(run)[["source_row", "interval", "days"]]
       source_row             interval  days
    0         516  opened_to_concluded  -365
    1         533  concluded_to_report   -45
    """
    if delays.of_deaths(run) and run.parameters["release_profile"] != "internal":
        raise InputError.one(
            "the days of one death are shown in the internal profile only",
            "parameter release_profile",
            "Set release_profile to internal.",
        )
    held = delays.records(run)
    parts = []
    for interval in run.case.intervals:
        if interval.from_ not in held or interval.to not in held:
            continue
        among = held[held[interval.among].astype("bool")] if delays.of_deaths(run) else held
        first, second = among[interval.from_], among[interval.to]
        part = among[["review_id", "source_row"]].assign(
            interval=interval.id,
            label=interval.label,
            first_date=first,
            second_date=second,
            days=(second - first).dt.days,
        )
        parts.append(part[part["days"].lt(0)].sort_values("source_row", kind="stable"))
    if not parts:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(parts, ignore_index=True).astype({"days": "int64"})[COLUMNS]


def listed(run: Run) -> pd.DataFrame:
    """Return what :func:`negative` does, or that it is not shown in this profile.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        The intervals in the wrong order. Of deaths, in any profile but ``internal``, no rows; the
        frame then says so.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(listed(run))
    2
    """
    if delays.of_deaths(run) and run.parameters["release_profile"] != "internal":
        nothing = pd.DataFrame(columns=COLUMNS)
        nothing.attrs["answer"] = (
            "Days in the wrong order are listed in the internal profile only; how many there are "
            "is counted with the records that the times rest on."
        )
        return nothing
    found = negative(run)
    found.attrs["answer"] = "No day is in the wrong order."
    return found
