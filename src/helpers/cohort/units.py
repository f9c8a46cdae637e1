"""Units set side by side: teams or areas, each among those that are comparable with it.

``run`` is what :func:`helpers.start` returns.

- :func:`units`: numerator and denominator of an indicator for each unit of the last year.
- :func:`naming`: the columns that name a unit; :func:`with_peers`: units with whom each is
  comparable with.
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
    made = strata.ratios(run, by=[*naming(run), "year"], indicators=[indicator], latest=True)
    return with_peers(run, made)[COLUMNS]


def naming(run: Run) -> list[str]:
    """Return the columns that name a unit; teams stand among those of their own service.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> naming(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    ['area']
    """
    has = "service" in run.case.dimensions and len(run.people) > 0
    return ["service", "area"] if has else ["area"]


def with_peers(run: Run, frame: pd.DataFrame) -> pd.DataFrame:
    """Return units with the group that each is comparable with: its service, or all units.

    Parameters
    ----------
    run : Run
        The run.
    frame : DataFrame
        Units, with their service where :func:`naming` has it.

    Returns
    -------
    DataFrame
        The same with ``peers``, in the place of service.
    """
    if "service" in frame:
        return frame.rename(columns={"service": "peers"})
    return frame.assign(peers=f"{run.case.dimensions.get('area', 'Unit')}s")
