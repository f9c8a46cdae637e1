"""The ledger: published figures beside the boxes they belong to, and figures that cannot all hold.

- :func:`beside`: the boxes of the flow with the figures that were published for them.
- :func:`named`: differences between published and computed, explained by named exclusions.
- :func:`contradictions`: published figures that cannot hold together, whatever the records say.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from helpers.chain import STEPS, chain
from helpers.cohort.flow import CHAIN
from helpers.exhibits.formats import shown
from helpers.reconciliation import AGREES, named_figures
from helpers.run import Run

ORDER = ("deaths", *(step for step, _ in CHAIN))
NONE = "no step of the chain fits; the reason stands beside the figure in the ledger"
AGAINST = ["figure_id", "statement", "published", "against", "other", "difference", "explanation"]


def beside(run: Run, boxes: pd.DataFrame) -> pd.DataFrame:
    """Return the boxes of the flow with the figures that were published for the same period.

    Parameters
    ----------
    run : Run
        The run.
    boxes : DataFrame
        As :func:`helpers.cohort.flow.flow` returns it.

    Returns
    -------
    DataFrame
        The boxes with ``published``: each different figure once, in words; missing where nobody
        published one.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> row = {"measure": "deaths_reported", "numerator": 205438}
    >>> beside(run, pd.DataFrame([row]))["published"].tolist()
    ['205,400']
    """
    figures = run.extract.tables["published"]
    mine = figures["statistic"].eq("total") & figures["stratum"].fillna("").eq("")
    mine &= figures["period_start"].eq(pd.Timestamp(run.period_start))
    mine &= figures["period_end"].eq(pd.Timestamp(run.period_end))
    by_measure = figures[mine].groupby("measure", sort=False)["value"].unique()
    said = {
        str(measure): "; ".join(shown(value, "count") for value in values)
        for measure, values in by_measure.items()
    }
    return boxes.assign(published=boxes["measure"].map(said).astype("str"))


def _people(run: Run, row: dict[str, Any]) -> pd.DataFrame:
    """Return the deaths that a published figure speaks of, with the steps they reached."""
    people = chain(run.extract.tables)
    people = people[people["in_window_12m"].fillna(False).astype("bool")]
    inside = people["date_of_death"].between(row["period_start"], row["period_end"])
    people = people[inside].assign(deaths=True)
    stratum = row["stratum"] if isinstance(row["stratum"], str) else ""
    for pair in filter(None, stratum.split(";")):
        name, _, value = (part.strip() for part in pair.partition("="))
        if name not in people:
            return people.iloc[0:0]
        people = people[people[name].astype("str").eq(value)]
    return people


def _between(people: pd.DataFrame, one: str, other: str) -> str:
    """Return the named exclusions between two steps of the chain, with their counts."""
    first, last = sorted((ORDER.index(one), ORDER.index(other)))
    said, so_far = [], people["deaths"].astype("bool")
    for place, (step, without) in enumerate(CHAIN, 1):
        left = so_far & ~people[step]
        if first < place <= last:
            said.append(f"{without}: {int(left.sum()):,}")
        so_far &= people[step]
    return "; ".join(said)


def _exclusions(run: Run, row: dict[str, Any], tolerance: float) -> str:
    """Return what lies between a published figure and the computed one, where a step fits it."""
    people = _people(run, row)
    over, _, under = str(row["measure"]).partition("/")
    if people.empty or over not in ORDER or (under and under not in ORDER):
        return NONE
    if row["statistic"] not in {"total", "percent"}:
        return NONE
    base = int(people[under].sum()) if under else 0
    for step in ORDER:
        count = int(people[step].sum())
        value = 100 * count / base if base else float(count)
        if step == over or abs(value - row["value"]) > tolerance + 1e-9:
            continue
        of = f" of {base:,}" if base else ""
        between = _between(people, over, step)
        return f"It fits: {STEPS[step]} ({count:,}{of}). Between the two: {between}."
    return NONE


def named(run: Run, reconciled: pd.DataFrame) -> pd.DataFrame:
    """Return the figures that do not agree, with the exclusions that lie between.

    Parameters
    ----------
    run : Run
        The run.
    reconciled : DataFrame
        As :func:`helpers.reconciliation.reconcile` returns it.

    Returns
    -------
    DataFrame
        Columns figure_id, statement, published, computed, difference, exclusions (the step of the
        chain that the published figure fits, and who lies between; :data:`NONE` where none does),
        explanation; only figures that can be computed from the records and do not agree.

    Examples
    --------
    >>> from helpers import start
    >>> from helpers.reconciliation import reconcile
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> named(run, reconcile(run)).columns[-2:].tolist()
    ['exclusions', 'explanation']
    """
    columns = ["figure_id", "statement", "published", "computed", "difference"]
    raw = run.extract.tables["published"].set_index("figure_id", drop=False)
    among = reconciled["figure_id"].map(raw["statistic"]).astype("str").str.endswith("_of_figures")
    frame = reconciled[reconciled["verdict"].ne(AGREES) & reconciled["computed"].notna() & ~among]
    found = [
        _exclusions(run, raw.loc[row.figure_id].to_dict(), float(row.tolerance))
        for row in frame.itertuples()
    ]
    frame = frame.assign(exclusions=pd.Series(found, frame.index, dtype="str"))
    frame = frame[[*columns, "exclusions", "explanation"]].reset_index(drop=True)
    frame.attrs["answer"] = "Every published figure that can be computed agrees."
    return frame


def _tolerance(row: dict[str, Any]) -> float:
    exact = row["rounded_to"] == 1 and row["statistic"] not in {"percent", "percent_change"}
    return 0.0 if exact else row["rounded_to"] / 2


def _sums(rows: list[dict], values: pd.Series) -> list[tuple]:
    """Totals that are not the sum of their parts, and figures that should be the same."""
    found = []
    for row in rows:
        sign = {"sum_of_figures": "+", "difference_of_figures": "-"}.get(row["statistic"])
        if sign is None:
            continue
        parts = [values[name] for name in named_figures(str(row["measure"]), values.index)[0]]
        other = sum(parts) if sign == "+" else parts[0] - sum(parts[1:])
        words = {"+": " + ", "-": " less "}[sign].join(shown(part, "count") for part in parts)
        found.append((row, f"{words} = {shown(other, 'count')}", float(other)))
    return found


def _ratios(rows: list[dict]) -> list[tuple]:
    """Shares that are not the ratio of two published counts."""
    keys = ("stratum", "period_start", "period_end")
    counts = {
        (row["measure"], *(str(row[key]) for key in keys)): row["value"]
        for row in reversed(rows)
        if row["statistic"] == "total"
    }
    found = []
    for row in rows:
        if row["statistic"] != "percent":
            continue
        over, _, under = str(row["measure"]).partition("/")
        place = tuple(str(row[key]) for key in keys)
        parts = [counts.get((name, *place)) for name in (over, under)]
        if None not in parts and parts[1]:
            other = 100 * parts[0] / parts[1]
            words = " of ".join(shown(part, "count") for part in parts)
            found.append((row, f"{words} = {shown(other / 100, 'percent')}", other))
    return found


def _rivals(rows: list[dict]) -> list[tuple]:
    """Different counts of the same thing over the same days."""
    keys = ("measure", "stratum", "statistic", "period_start", "period_end")
    first: dict[tuple, dict] = {}
    found = []
    for row in rows:
        if row["statistic"] != "total":
            continue
        held = first.setdefault(tuple(str(row[key]) for key in keys), row)
        words = f"{held['statement']}: {shown(held['value'], 'count')}"
        found.append((row, words, float(held["value"])))
    return found


def contradictions(run: Run) -> pd.DataFrame:
    """Return published figures that cannot hold together, from the published figures alone.

    A total that is not the sum of its published parts, two figures that should be one, a share
    that is not the ratio of the published counts, two counts of the same thing. A difference
    within half the unit of rounding is none.

    Parameters
    ----------
    run : Run
        The run; its period does not matter.

    Returns
    -------
    DataFrame
        Columns figure_id, statement, published, against (the other figures, in words), other
        (what they come to), difference (other less published), explanation.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> contradictions(run).columns.tolist()[:3]
    ['figure_id', 'statement', 'published']
    """
    figures = run.extract.tables["published"]
    rows = figures.to_dict("records")
    values = figures.set_index("figure_id")["value"]
    made = []
    for row, words, other in [*_sums(rows, values), *_ratios(rows), *_rivals(rows)]:
        difference = other - float(row["value"])
        if abs(difference) > _tolerance(row) + 1e-9:
            why = row["explanation"] if isinstance(row["explanation"], str) else ""
            given = float(row["value"])
            made.append((row["figure_id"], row["statement"], given, words, other, difference, why))
    frame = pd.DataFrame(made, columns=AGAINST)
    frame.attrs["answer"] = "The published figures contradict one another nowhere."
    return frame
