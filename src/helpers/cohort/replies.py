"""Replies to reports: which are owed, which came, and the frame of the reply model.

``run`` is the run, as :func:`helpers.start` returns it; ``model`` the frame of
:func:`model_frame`.

- :func:`owed`: reports to which a reply is owed, with their state.
- :func:`standing`: how many replies are due, not yet due, or in doubt.
- :func:`shares`: shares of the due reports by state of the replies.
- :func:`model_frame`: one row a due report with outcome and covariates.
- :func:`groups`: the characteristics by the group they are tested in.
"""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from helpers.run import Run

OUTCOME = "no_complete_reply"
GROUPS = {
    "Number of organisations written to": "Recipients",
    "Year of the report": "Year",
    "Kinds of organisation": "Sent to: ",
    "Kinds of death": "Death: ",
}


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


def model_frame(run: Run) -> pd.DataFrame:
    """Return one row a due report with the outcome and the covariates of the reply model.

    Returns
    -------
    DataFrame
        no_complete_reply (1: fewer replies published than organisations written to), "Recipients"
        (1, 2, 3 or more), "Year", a 0/1 column for each kind of recipient ("Sent to: ...") and of
        death ("Death: ..."; a report may have several), and area (the cluster).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> model_frame(run)["Recipients"].value_counts(sort=False).to_dict()
    {'1': 184, '2': 84, '3 or more': 44}
    """
    frame = owed(run)
    due = frame[frame["standing"].eq("due")].reset_index(drop=True)
    if due.empty or run.case.replies is None:
        return pd.DataFrame(columns=["review_id", "source_row", "no_complete_reply", "area"])
    complete = run.case.replies.states["complete"]
    bands = pd.cut(
        due["recipient_count"].astype("float"),
        [0, 1, 2, float("inf")],
        labels=["1", "2", "3 or more"],
    )
    made = pd.DataFrame(
        {
            "review_id": due["review_id"],
            "source_row": due["source_row"],
            "no_complete_reply": due["status"].ne(complete).astype(int),
            "area": due["area"],
            "Recipients": bands,
            "Year": due["year"].astype(str),
        }
    )
    for column, prefix in (("recipient_kind", "Sent to: "), ("category", "Death: ")):
        held = due[column].fillna("").str.replace(" | ", "|", regex=False).str.get_dummies("|")
        held = held[held.sum().sort_values(ascending=False, kind="stable").index]
        made = made.join(held.add_prefix(prefix))
    return made


def groups(model: pd.DataFrame) -> dict[str, list[str]]:
    """Return the characteristics by the group they are tested in.

    Parameters
    ----------
    model : DataFrame
        As :func:`model_frame` returns it.

    Examples
    --------
    >>> groups(pd.DataFrame(columns=["Recipients", "Death: Road"]))["Kinds of death"]
    ['Death: Road']
    """
    return {
        label: [name for name in model if name.startswith(start)] for label, start in GROUPS.items()
    }
