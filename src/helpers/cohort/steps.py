"""From a death to its investigation: who reached which step, out of whom.

``run`` is what :func:`helpers.start` returns.

- :func:`ladder`: each step as a share of every step before it; :func:`headline`: those stated as
  findings.
- :func:`nested`: how many deaths reached each step and every step before it.
- :func:`windows`: the same steps under each look-back window and denominator.
"""

from __future__ import annotations

import pandas as pd

from helpers.chain import PARENT, STEPS, chain
from helpers.run import Run

BASES = {
    "deaths": "deaths with a contact in the 12 months before",
    "reported": "deaths reported as incidents",
    "unexpected": "deaths categorised as unexpected",
    "investigated": "deaths investigated",
}
"""Steps that serve as denominators, in words."""

WINDOWS = {
    "in_window_ip": "In-patients of the trust at death",
    "in_window_30d": "Contact within 30 days before death",
    "in_window_3m": "Contact within 3 months before death",
    "in_window_6m": "Contact within 6 months before death",
    "in_window_12m": "Contact within 12 months before death",
}


def _held(run: Run) -> pd.DataFrame:
    """Deaths of the period, whatever the window; ``deaths`` is true for each."""
    people = chain(run.extract.tables)
    first, last = pd.Timestamp(run.period_start), pd.Timestamp(run.period_end)
    inside = people["date_of_death"].between(first, last)
    return people[inside].assign(deaths=True)


def ladder(run: Run) -> pd.DataFrame:
    """Return each step of the chain as a share of each step before it that serves as a base.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns step, label, base, out_of (the base in words), numerator (deaths that reached both
        the step and the base), denominator (deaths that reached the base); empty where the case
        holds no deaths.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> ladder(run).columns.tolist()
    ['step', 'label', 'base', 'out_of', 'numerator', 'denominator']
    """
    people = run.people.assign(deaths=True)
    order = list(STEPS)
    rows = [
        {
            "step": step,
            "label": STEPS[step],
            "base": base,
            "out_of": BASES[base],
            "numerator": int((people[step] & people[base]).sum()),
            "denominator": int(people[base].sum()),
        }
        for step in order[1:]
        for base in BASES
        if order.index(base) < order.index(step)
    ]
    frame = pd.DataFrame(
        rows, columns=["step", "label", "base", "out_of", "numerator", "denominator"]
    )
    return frame if len(people) else frame.iloc[0:0]


def headline(ladder: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a ladder that are stated as findings.

    Parameters
    ----------
    ladder : DataFrame
        As :func:`ladder` returns it, with whatever columns were appended.

    Returns
    -------
    DataFrame
        Each step out of the one it should be a part of, and the deaths investigated out of each
        denominator: the same number is a small share of one and a large share of another.

    Examples
    --------
    >>> rows = [("reviewed", "deaths"), ("reviewed", "unexpected"), ("investigated", "deaths")]
    >>> headline(pd.DataFrame(rows, columns=["step", "base"])).index.tolist()
    [1, 2]
    """
    parent = ladder["step"].map(PARENT).eq(ladder["base"])
    return ladder[parent | ladder["step"].eq("investigated")]


def nested(run: Run) -> pd.DataFrame:
    """Return how many deaths reached each step and every step before it.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns step, label, numerator (deaths that reached this step and all before), denominator
        (all deaths); the last step, without the family, is left out. Empty without deaths.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(nested(run))
    0
    """
    people = run.people
    columns = ["step", "label", "numerator", "denominator"]
    if people.empty:
        return pd.DataFrame(columns=columns)
    reached = pd.Series(data=True, index=people.index)
    rows = []
    for step in list(STEPS)[1:-1]:
        reached = reached & people[step]
        rows.append((step, STEPS[step], int(reached.sum()), len(people)))
    return pd.DataFrame(rows, columns=columns)


def windows(run: Run) -> pd.DataFrame:
    """Return how many deaths were reported and investigated under each look-back window.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns window, main_provider (whether only deaths of people whose main provider was the
        trust are counted), label (the step), numerator, denominator (deaths of the window).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(windows(run))
    0
    """
    held = _held(run)
    columns = ["window", "main_provider", "label", "numerator", "denominator"]
    rows = []
    for flag, label in WINDOWS.items():
        inside = held[held[flag].fillna(False).astype("bool")]
        main = inside["main_provider"].fillna(False).astype("bool")
        for who, part in (("all", inside), ("the trust only", inside[main])):
            if who != "all" and inside["main_provider"].isna().all():
                continue
            rows += [
                (label, who, STEPS[step], int(part[step].sum()), len(part))
                for step in ("reported", "unexpected", "investigated")
            ]
    return pd.DataFrame(rows if len(held) else [], columns=columns)
