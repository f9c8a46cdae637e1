"""What is told of providers that are compared: mergers, who is left out, and all together.

``run`` is what :func:`helpers.start` returns.

- :func:`merged`: mergers, and what each put from one provider to another.
- :func:`size`: the axis of sizes, with what must be said of some providers.
- :func:`left_out`: how many providers are not compared; :func:`all_together`: all in one row.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from helpers.cohort.providers import MERGED, PART, Held, everybody, nothing
from helpers.run import Run
from helpers.scope import long_date


def merged(run: Run, found: Held, indicator: str) -> pd.DataFrame:
    """Return mergers, and what each put from one provider to another.

    Parameters
    ----------
    run : Run
        The run.
    found : Held
        As :func:`helpers.cohort.providers.held` returns it.
    indicator : str
        Id of an indicator of the case.

    Returns
    -------
    DataFrame
        Columns predecessor, successor, merged_on, period (days of the numbers that were put
        over), put_to, numerator, denominator, rule; one row for each merger without such numbers.
    """
    columns = ["predecessor", "successor", "merged_on", "period", "put_to", "numerator"]
    columns += ["denominator", "rule"]
    if found.why:
        return nothing(found.why, columns)
    rows = everybody(found, indicator)
    moved = rows[rows["provider"].ne(rows["recorded_by"])]
    made = []
    for one in found.mergers.sort_values(["date", "predecessor"]).itertuples(index=False):
        head = [one.predecessor, one.successor, one.date]
        mine = moved[moved["recorded_by"].eq(one.predecessor)]
        for row in mine.sort_values("period_start").itertuples(index=False):
            days = f"{long_date(row.period_start.date())} to {long_date(row.period_end.date())}"
            made.append([*head, days, row.provider, row.numerator, row.denominator, found.rule])
        if mine.empty:
            made.append([*head, "no numbers were put over", "", np.nan, np.nan, found.rule])
    if not made:
        empty = pd.DataFrame(columns=columns)
        empty.attrs["answer"] = "No merger of these providers is known."
        return empty
    frame = pd.DataFrame(made, columns=columns)
    frame[["numerator", "denominator"]] = frame[["numerator", "denominator"]].astype("Int64")
    return frame


def size(each: pd.DataFrame) -> str:
    """Return the name of the axis of sizes, with the providers that are not like the others.

    Parameters
    ----------
    each : DataFrame
        As :func:`helpers.cohort.providers.units` returns it.

    Examples
    --------
    >>> each = pd.DataFrame({"provider": ["A", "B"], "holds": ["C", ""], "period_held": ""})
    >>> size(each)
    'number out of which the share is taken. Merged: A.'
    """
    notes = [
        f"{words.capitalize()}: {', '.join(each.loc[each[name].ne(''), 'provider'])}."
        for name, words in (("holds", MERGED), ("period_held", PART))
        if len(each) and each[name].ne("").any()
    ]
    return " ".join([f"number out of which the share is taken{'.' if notes else ''}", *notes])


def left_out(every: pd.DataFrame) -> pd.DataFrame:
    """Return how many providers are not compared, as one row for a sentence.

    Parameters
    ----------
    every : DataFrame
        As :func:`helpers.cohort.providers.standing` returns it.

    Returns
    -------
    DataFrame
        Columns indicator, label, numerator (not compared), denominator (providers), value;
        no row where nothing is compared at all.

    Examples
    --------
    >>> from helpers import start
    >>> from helpers.cohort.providers import held, standing
    >>> run = start(case="southern_health")
    >>> made = left_out(standing(run, held(run, "providers_example"), "reported_share"))
    >>> made[["numerator", "denominator"]].to_numpy().tolist()
    [[3, 24]]
    """
    columns = ["indicator", "label", "numerator", "denominator", "value", "method"]
    if every.empty:
        return nothing(every.attrs.get("reason", ""), columns)
    without, whole = int((~every["compared"]).sum()), len(every)
    row = {"indicator": every["indicator"].iloc[0], "label": every["label"].iloc[0]}
    row |= {"numerator": without, "denominator": whole, "value": without / whole}
    return pd.DataFrame([row | {"method": "providers counted"}])[columns]


def all_together(each: pd.DataFrame) -> pd.DataFrame:
    """Return the numerators and denominators of all providers in one row.

    Parameters
    ----------
    each : DataFrame
        As `helpers.cohort.providers.units` or `helpers.cohort.providers.coverage` returns it.

    Returns
    -------
    DataFrame
        Columns providers (how many), numerator, denominator; no row where there are none.

    Examples
    --------
    >>> each = pd.DataFrame({"provider": ["A", "B"], "numerator": [9, 18], "denominator": [10, 20]})
    >>> all_together(each).to_dict("records")
    [{'providers': 2, 'numerator': 27, 'denominator': 30}]
    """
    if each.empty:
        return nothing(each.attrs.get("reason", ""), ["providers", "numerator", "denominator"])
    sums = {name: int(each[name].sum()) for name in ("numerator", "denominator")}
    return pd.DataFrame([{"providers": len(each), **sums}])
