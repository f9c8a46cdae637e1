"""The mix of people of providers: cells, what they are held against, and both shares side by side.

``run`` is what :func:`helpers.start` returns.

- :func:`cells`: numerator and denominator by service, age band and sex of providers compared.
- :func:`reference`: what they are held against.
- :func:`beside`: the shares as counted beside the standardised ones.
"""

from __future__ import annotations

import pandas as pd

from helpers.cohort import providers
from helpers.providers.form import STRATA
from helpers.providers.matching import ids_of, matched
from helpers.run import Run


def cells(run: Run, found: providers.Held, indicator: str, *, order: str = "name") -> pd.DataFrame:
    """Return numerator and denominator by service, age band and sex of providers compared.

    Parameters
    ----------
    run : Run
        The run.
    found : Held
        As :func:`helpers.cohort.providers.held` returns it.
    indicator, order : str
        As for :func:`helpers.cohort.providers.standing`.

    Returns
    -------
    DataFrame
        Columns provider, marked, service, age_band, sex, numerator, denominator, in_cells and
        everybody (people of the provider counted out of in cells that the reference has, and in
        all); only providers of which every cell counts as the case does and none was withheld.
    """
    columns = ["provider", "marked", *STRATA, "numerator", "denominator", "in_cells", "everybody"]
    compared = providers.units(run, found, indicator, order=order)
    if compared.empty:
        return providers.nothing(compared.attrs["reason"], columns)
    rows = found.rows[found.rows["indicator"].eq(indicator) & found.rows["service"].ne("")]
    rows = rows[rows["provider"].isin(compared["provider"])]
    verdicts = matched(rows, ids_of(run.case, indicator))
    lost = rows.loc[rows[["numerator", "denominator"]].isna().any(axis=1), "provider"]
    kept = set(verdicts.loc[verdicts["compared"], "provider"]) - set(lost)
    rows = rows[rows["provider"].isin(kept)]
    if rows.empty:
        why = "No provider that is compared gives its numbers by service, age band and sex."
        return providers.nothing(why, columns)
    declared = _declared(run, found, indicator)
    if len(declared):  # nothing is expected of people for whom the reference has no share
        places = pd.MultiIndex.from_frame(declared.loc[declared["denominator"].gt(0), STRATA])
        rows = rows[pd.MultiIndex.from_frame(rows[STRATA]).isin(places)]
    made = rows.groupby(["provider", *STRATA], as_index=False, sort=True)[
        ["numerator", "denominator"]
    ].sum()
    made["in_cells"] = made.groupby("provider")["denominator"].transform("sum")
    place = {name: at for at, name in enumerate(compared["provider"])}
    named = compared.set_index("provider")
    made["everybody"] = made["provider"].map(named["denominator"])
    made["marked"] = made["provider"].map(named["marked"])
    made = made.assign(at=made["provider"].map(place)).sort_values(["at", *STRATA])
    return (
        made[columns]
        .astype(dict.fromkeys(("numerator", "denominator", "in_cells", "everybody"), "int64"))
        .reset_index(drop=True)
    )


def _declared(run: Run, found: providers.Held, indicator: str) -> pd.DataFrame:
    """Return the reference that the folder declares, where it counts as the case does."""
    columns, declared = [*STRATA, "numerator", "denominator", "source"], found.reference
    if declared.empty:
        return pd.DataFrame(columns=columns)
    mine = declared["indicator"].eq(indicator)
    for name, wanted in ids_of(run.case, indicator).items():
        mine &= declared[name].eq(wanted)
    return declared.loc[mine, columns].reset_index(drop=True)


def reference(run: Run, found: providers.Held, indicator: str) -> pd.DataFrame:
    """Return what the cells of an indicator are held against.

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
        Columns service, age_band, sex, numerator, denominator, source: the reference that the
        folder declares where it counts as the case does; else all providers compared together,
        each among them.
    """
    declared = _declared(run, found, indicator)
    if len(declared):
        return declared
    every = cells(run, found, indicator)
    if every.empty:
        return providers.nothing(
            every.attrs["reason"], [*STRATA, "numerator", "denominator", "source"]
        )
    made = every.groupby(STRATA, as_index=False)[["numerator", "denominator"]].sum()
    return made.assign(source="all providers compared, together")


def beside(seen: pd.DataFrame) -> pd.DataFrame:
    """Return the shares as counted beside the standardised ones, with how many lie in cells.

    Parameters
    ----------
    seen : DataFrame
        As `helpers.methods.standardise.indirect` returns it for :func:`cells`; where the ratio was
        withheld, so is the standardised share.

    Returns
    -------
    DataFrame
        The same with crude (the share as counted, of those in cells).

    Examples
    --------
    >>> seen = pd.DataFrame({"observed": [4.0], "exposure": [20.0], "value": [float("nan")]})
    >>> made = beside(seen.assign(rate=0.3, rate_low=0.1, rate_high=0.5))
    >>> made[["crude", "rate"]].to_numpy().tolist()
    [[0.2, nan]]
    """
    withheld = seen["value"].isna()
    rates = {name: seen[name].mask(withheld) for name in ("rate", "rate_low", "rate_high")}
    made = seen.assign(crude=seen["observed"] / seen["exposure"].where(seen["exposure"].gt(0)))
    return made.assign(**rates)
