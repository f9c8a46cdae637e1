"""Replies to reports: which are owed, which came, and which are due.

``run`` is the run, as :func:`helpers.start` returns it.

- :func:`owed`: reports to which a reply is owed, with their state.
- :func:`standing`: how many replies are due, not yet due, or in doubt.
- :func:`shares`: shares of the due reports by state of the replies.
- :func:`due`: the due reports with the outcome of the reply model.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.run import Run


def owed(run: Run) -> pd.DataFrame:
    """Return the reports that owe a reply, with their state at the extract date.

    Returns
    -------
    DataFrame
        Columns review_id, source_row, year, area, category, recipient_kind, recipient_count,
        reply_count, status, and standing: ``due`` (the days for a reply had passed), ``not yet
        due``, or ``date in doubt`` (dated after the extract). The clock is the date of the
        report; the day of sending is not in the register.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> owed(run)["standing"].value_counts().to_dict()
    {'due': 312}
    """
    rule = run.case.replies
    kept = ["area", "category", "recipient_kind", "recipient_count", "reply_count", "status"]
    columns = ["review_id", "source_row", "year", *kept, "standing"]
    if rule is None:
        return pd.DataFrame(columns=columns)
    chosen = run.extract.tables["reports"]
    chosen = chosen[chosen["register"].eq(rule.register_)]
    dates = run.extract.tables["milestones"]
    dates = dates[dates["milestone"].eq("report")].set_index("review_id")["date"]
    day = chosen["review_id"].map(dates)
    extract = pd.Timestamp(run.case.extract_date)
    inside = day.between(pd.Timestamp(run.period_start), pd.Timestamp(run.period_end))
    late = day.gt(extract) & (pd.Timestamp(run.period_end) >= extract)
    standing = pd.Series("due", index=chosen.index)
    standing = standing.mask(day + pd.Timedelta(days=rule.due_days) >= extract, "not yet due")
    standing = standing.mask(day.gt(extract), "date in doubt")
    made = chosen.assign(year=day.dt.year, standing=standing)
    return made.loc[inside | late, columns].reset_index(drop=True)


def standing(run: Run) -> pd.DataFrame:
    """Return how many reports are due for a reply, not yet due, or dated after the extract.

    Returns
    -------
    DataFrame
        Columns standing, status, numerator (reports), denominator (all reports that owe a reply).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> standing(run).head(1)
      standing            status  numerator  denominator
    0      due  answered in full        207          312
    """
    frame = owed(run)
    counted = frame.groupby(["standing", "status"], as_index=False).size()
    return counted.rename(columns={"size": "numerator"}).assign(denominator=len(frame))


def shares(run: Run, *, by: str | Sequence[str] = ()) -> pd.DataFrame:
    """Return, of the reports due for a reply, how many had each state of the replies.

    Parameters
    ----------
    run : Run
        The run.
    by : str or sequence of str
        Columns of :func:`owed`, such as ``year``; empty: all together.

    Returns
    -------
    DataFrame
        Columns ``by``, label (the state), numerator, denominator (due reports of the stratum);
        every state in every stratum, zeros among them.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> shares(run).head(1)
                  label  numerator  denominator
    0  answered in full        207          312
    """
    names = [by] if isinstance(by, str) else list(by)
    frame = owed(run)
    due = frame[frame["standing"].eq("due")]
    columns = [*names, "label", "numerator", "denominator"]
    if due.empty or run.case.replies is None:
        return pd.DataFrame(columns=columns)
    states = run.case.replies.states
    order = [states[name] for name in ("complete", "partial", "none") if name in states]
    keys = [due[name] for name in names]
    table = pd.crosstab(keys or pd.Series("all", index=due.index), due["status"])
    table = table.reindex(columns=order, fill_value=0)
    long = table.assign(denominator=table.sum(axis=1)).reset_index()
    long = long.melt(
        id_vars=[*names, "denominator"], value_vars=order, var_name="label", value_name="numerator"
    )
    return long[columns].sort_values(names, kind="stable", ignore_index=True)


def due(run: Run) -> pd.DataFrame:
    """Return the reports due for a reply with the outcome of the reply model.

    Returns
    -------
    DataFrame
        As :func:`owed`, with no_complete_reply (1: fewer replies published than organisations
        written to) and year as text.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> due(run)["no_complete_reply"].agg(["sum", "size"]).tolist()
    [105, 312]
    """
    frame = owed(run)
    if frame.empty or run.case.replies is None:
        return frame.assign(no_complete_reply=pd.Series(dtype="int64"))
    complete = run.case.replies.states["complete"]
    frame = frame[frame["standing"].eq("due")].reset_index(drop=True)
    return frame.assign(
        no_complete_reply=frame["status"].ne(complete).astype("int64"),
        year=frame["year"].astype("str"),
    )
