"""Samples of records for a review that people make: the frame, and what may be shown of it.

``run`` is what :func:`helpers.start` returns.

- :func:`frame`: the records that a sample is drawn from, with their strata.
- :func:`listed`: the records that were drawn, for internal use.
"""

from __future__ import annotations

import pandas as pd

from helpers.cohort import factors, plans
from helpers.run import Run

UNKNOWN = "not recorded"


def frame(run: Run) -> pd.DataFrame:
    """Return the records that a sample is drawn from: those of the first model of the plan.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns id and stratum (the level of the first characteristic of the plan); empty where
        the case has no plan or no records. Records are chosen by rule, never by what was found of
        them.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> frame(run)["stratum"].value_counts().to_dict()
    {'1': 184, '2': 84, '3 or more': 44}
    """
    columns = ["id", "stratum"]
    models = plans.every(run)
    if not models:
        return pd.DataFrame(columns=columns)
    study = factors.study(run, model=models[0].id)
    if study.frame.empty:
        return pd.DataFrame(columns=columns)
    first = next(iter(run.case.plan.terms))
    name = "death_id" if "death_id" in study.frame else "review_id"
    held = study.frame[study.groups[first][0]]
    stratum = held.astype("str").where(held.notna(), UNKNOWN)
    return pd.DataFrame({"id": study.frame[name].astype("str"), "stratum": stratum})


def listed(run: Run, drawn: pd.DataFrame) -> pd.DataFrame:
    """Return the records that were drawn; in any profile but ``internal`` it is empty.

    Parameters
    ----------
    run : Run
        The run.
    drawn : DataFrame
        As `helpers.methods.sampled.drawn` returns it.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> listed(run, pd.DataFrame({"id": ["a"]})).attrs["answer"]
    'Single records are listed in the internal profile only.'
    """
    if run.parameters["release_profile"] == "internal":
        return drawn
    nothing = drawn.iloc[0:0].copy()
    nothing.attrs["answer"] = "Single records are listed in the internal profile only."
    return nothing
