"""Units set side by side: teams or areas, each among those that are comparable with it.

``run`` is what :func:`helpers.start` returns.

- :func:`units`: numerator and denominator of an indicator for each unit of the last year.
"""

from __future__ import annotations

import pandas as pd

from helpers.cohort import strata
from helpers.run import Run

COLUMNS = ["indicator", "label", "peers", "area", "year", "numerator", "denominator"]


def units(run: Run, indicator: str) -> pd.DataFrame:
    """Return numerator and denominator of an indicator for each unit in the last year.

    Teams of different services look after different people, so they are not comparable: each
    stands among the teams of its own service.

    Parameters
    ----------
    run : Run
        The run.
    indicator : str
        Id of an indicator of the case.

    Returns
    -------
    DataFrame
        Columns indicator, label, peers (the service, or all units where the case has none), area
        (the unit), year, numerator, denominator; in alphabetical order within peers.

    Raises
    ------
    InputError
        If the case has no such indicator.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> units(run, "inquests_opened_share")["peers"].unique().tolist()
    ['Coroner areas']
    """
    by_service = "service" in run.case.dimensions and len(run.people) > 0
    by = ["service", "area", "year"] if by_service else ["area", "year"]
    made = strata.ratios(run, by=by, indicators=[indicator], latest=True)
    if by_service:
        return made.rename(columns={"service": "peers"})[COLUMNS]
    return made.assign(peers=f"{run.case.dimensions.get('area', 'Unit')}s")[COLUMNS]
