"""How well a model fits, in plain English.

Functions
---------
reading
    Sentences on how many, who, how far apart and where.
"""

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from ._calibration import calibration, calibration_table
from ._checks import Floats
from ._discrimination import discrimination, fit_statistics
from ._pattern_checks import checked_counts, checked_probability

Counts = tuple[Floats, Floats, Floats]


def _share(value: float) -> str:
    return f"{100 * value:.3g}%"


def _expected(row: pd.Series) -> str:
    return f"{row['numerator'] / row['value']:,.0f}" if row["value"] else "some"


def _how_many(row: pd.Series, many: str, outcome: str) -> str:
    seen, size = int(row["numerator"]), int(row["denominator"])
    said = (
        f"Of {size:,} {many} {seen:,} ({_share(seen / size)}) were {outcome}, and the model "
        f"expects {_expected(row)}."
    )
    if abs(row["value"] - 1.0) < 1e-6:
        said += (
            " In the records that such a model was fitted to, these agree whatever it holds, so "
            "that says nothing of how good it is."
        )
    return said


def _who(row: pd.Series, one: str, many: str, outcome: str) -> str:
    if pd.isna(row["value"]):
        return f"How well it tells {many} apart cannot be said: {str(row['method'])[6:]}."
    said = (
        f"Take a {one} that was {outcome} and one that was not: it gives the first the higher "
        f"probability {100 * row['value']:.0f} times in 100"
    )
    if pd.notna(row["low"]):
        said += f" (interval {100 * row['low']:.0f} to {100 * row['high']:.0f})"
    return f"{said}. Tossing a coin would do so 50 times, a model that was always right 100."


def _apart(row: pd.Series, many: str) -> str:
    if pd.isna(row["value"]):
        return "Whether differences are as large as it said cannot be told."
    value, low, high = row["value"], row["low"], row["high"]
    told = "as large as it said, as far as these records can tell"
    if high < 1:
        told = "smaller than it said"
    elif low > 1:
        told = "larger than it said"
    return (
        f"Differences between {many} were {told}: on the scale of log odds {value:.2f} times "
        f"what it said (interval {low:.2f} to {high:.2f}; 1 is agreement)."
    )


def _unseen(
    counts: Counts, cluster: ArrayLike | None, many: str, outcome: str, level: float
) -> str:
    """Say how a model did in records that it had not seen."""
    y, n, p = counts
    known = ~np.isnan(p)
    lost = float(n[~known].sum())
    left = f" For {lost:,.0f} {many} no such model could be fitted." if lost else ""
    if not n[known].sum():
        return f"Nothing can be said of records that it had not seen.{left}"
    label = None if cluster is None else np.asarray(cluster, dtype=object)[known]
    single = label is not None and len(set(label)) < 2
    rows = calibration(
        y[known], n[known], p[known], cluster=None if single else label, level=level
    ).set_index("measure")
    whole = rows.loc["observed to expected"]
    area = discrimination(y[known], n[known], p[known], level=level).iloc[0]
    said = (
        f"Fitted again without each group in turn and tried on that group, the model expected "
        f"{_expected(whole)} to be {outcome}, where {int(whole['numerator']):,} were. "
    )
    if pd.notna(area["value"]):
        said += f"It put the right one of two first {100 * area['value']:.0f} times in 100. "
    return f"{said}{_apart(rows.loc['slope'], many)}{left}"


def _gain(rows: pd.DataFrame, many: str) -> list[str]:
    said, gain, slope = [], rows.loc["brier_gain", "value"], rows.loc["expected_slope", "value"]
    if pd.notna(gain):
        said.append(
            f"The mean squared gap between what happened and the probability given is "
            f"{_share(abs(gain))} {'smaller' if gain >= 0 else 'larger'} than if all {many} were "
            "given the same probability; what is left of that gap, the model does not tell."
        )
    if pd.notna(slope) and slope > 0:
        said.append(
            "For its number of parameters, the differences that it finds can be expected to be "
            f"{slope:.2f} times as large in new records."
        )
    elif pd.notna(slope):
        said.append("It finds no more than as many parameters find where there is nothing to find.")
    return said


def _where(table: pd.DataFrame, outcome: str) -> str:
    out = table[~table["inside"]]
    if len(table) < 2:
        return "All have nearly the same fitted probability, so there are no groups to compare."
    start = f"In {len(table)} groups by fitted probability, "
    if out.empty:
        return f"{start}each interval holds the share expected to be {outcome}."
    gap = (out["value"] - out["expected"]).abs()
    row = out.loc[gap.idxmax()]
    return (
        f"{start}{len(out)} {'has' if len(out) == 1 else 'have'} an interval that does not hold "
        f"what is expected. The widest gap: {_share(row['expected'])} expected to be {outcome}, "
        f"{_share(row['value'])} were ({_share(row['low'])} to {_share(row['high'])}, "
        f"{int(row['numerator']):,} of {int(row['denominator']):,})."
    )


def reading(
    events: ArrayLike,
    trials: ArrayLike,
    probability: ArrayLike,
    *,
    unseen: ArrayLike | None = None,
    cluster: ArrayLike | None = None,
    parameters: int | None = None,
    one: str = "death",
    many: str = "deaths",
    outcome: str = "investigated",
    groups: int = 10,
    level: float = 0.95,
) -> list[str]:
    """Return what can be said of the fit of a model, a few sentences an entry.

    Parameters
    ----------
    events, trials, probability : array_like, shape (patterns,)
        Records with the outcome, records, and the probability fitted to them, strictly between 0
        and 1.
    unseen : array_like, optional
        Probability of each pattern by a model that had not seen it, as `held_out` gives it;
        patterns without one (NaN) are left out of what is said of it, and counted.
    cluster : array_like, optional
        Cluster of each pattern, for the interval of how large differences were.
    parameters : int, optional
        Parameters of the model, the intercept among them.
    one, many : str
        What the records are.
    outcome : str
        What some of them were, such as "investigated".
    groups : int
        Groups of the calibration table.
    level : float
        Two-sided confidence level of all intervals.

    Returns
    -------
    list of str
        How many there were and were expected; how well the model tells them apart; how it did in
        records that it had not seen (only with ``unseen``); what it leaves open; where it is off.

    Raises
    ------
    ValueError
        As `calibration`.

    Notes
    -----
    The numbers are those of `calibration`, `discrimination`, `fit_statistics` and
    `calibration_table`, which name their sources.

    Examples
    --------
    >>> said = reading([2, 6], [10, 10], [0.2, 0.6], parameters=2)
    >>> said[-1].split(", ")[1]
    'each interval holds the share expected to be investigated.'
    """
    y, n = checked_counts(events, trials)
    p = checked_probability(probability, len(y), inside=True)
    own = calibration(y, n, p, level=level).set_index("measure")
    said = [_how_many(own.loc["observed to expected"], many, outcome)]
    said.append(_who(discrimination(y, n, p, level=level).iloc[0], one, many, outcome))
    if unseen is not None:
        other = np.asarray(unseen, dtype=float)
        if other.shape != y.shape:
            raise ValueError(f"unseen needs one value for each of {len(y)} patterns.")
        said.append(_unseen((y, n, other), cluster, many, outcome, level))
    said += _gain(fit_statistics(y, n, p, parameters=parameters).set_index("measure"), many)
    said.append(_where(calibration_table(y, n, p, groups=groups, level=level), outcome))
    return said
