"""A number as a curve in a logistic model, and whether a straight line is enough.

Functions
---------
curve, no_curve
    The share expected over its values; an empty one with the reason.
straight
    The test that a curve is straight.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from . import regression
from ._fitting import term_test
from ._model_fit import EVENTS_PER_PARAMETER, NotFitted, fit, nothing
from ._terms import Spline

CURVE = ["line", "x", "value", "low", "high", "statistic", "p_value", "test"]


def no_curve(reason: str) -> pd.DataFrame:
    """Return an empty curve with the reason.

    Parameters
    ----------
    reason : str
        Why there is none.

    Examples
    --------
    >>> no_curve("No number.").attrs["reason"]
    'No number.'
    """
    return nothing(reason, CURVE)


def curve(
    frame: pd.DataFrame,
    *,
    outcome: str,
    terms: Sequence[str],
    term: str,
    knots: int,
    per: float = 1.0,
    cluster: str | None = None,
    level: float = 0.95,
    events_per_parameter: float = EVENTS_PER_PARAMETER,
) -> pd.DataFrame:
    """Return the share expected over the values of a number, as a curve and as a straight line.

    Parameters
    ----------
    frame, outcome, terms, cluster, level
        As for `fit`.
    term : str
        A number among the terms; empty: none is wanted.
    knots : int
        Knots of its restricted cubic spline.
    per : float
        What the number was divided by before it was fitted; ``x`` is in units of the number itself.

    Returns
    -------
    DataFrame
        ``line`` ("curve", "straight line"), ``x``, ``value`` (probability), ``low``, ``high`` and
        more, between the outer knots, where most records lie; ``statistic`` and ``p_value`` (of the
        test that the curve is straight) and ``test`` in each row. Empty, with the reason, where no
        model was fitted.

    Examples
    --------
    >>> rows = pd.DataFrame({"age": list(range(20, 80)) * 4, "seen": [1, 1, 0, 1, 0, 0] * 40})
    >>> made = curve(rows, outcome="seen", terms=["age"], term="age", knots=3)
    >>> made["line"].unique().tolist()
    ['curve', 'straight line']
    """
    columns = CURVE
    if not term:
        return no_curve("The plan asks for no curve, or the number is not in the model.")
    bent = [Spline(name, knots) if name == term else name for name in terms]
    fits = [
        fit(
            frame,
            outcome=outcome,
            terms=asked,
            cluster=cluster,
            level=level,
            events_per_parameter=events_per_parameter,
        )
        for asked in (bent, list(terms))
    ]
    for one in fits:
        if isinstance(one, NotFitted):
            return no_curve(one.reason)
    at = fits[0].design.find(term)
    ends = fits[0].design.variables[at].knots
    places = np.linspace(ends[0], ends[-1], 41)
    (held,) = [part for part in fits[0].design.terms if part.name == term]
    statistic, df, under, p_value, method = term_test(fits[0], held.columns[1:])
    words = f"{method}; {df} df" + (f" and {under:.1f}" if under == under else "")
    parts = [
        regression.curve(one, term=term, values=places).assign(line=name)
        for one, name in zip(fits, ("curve", "straight line"), strict=True)
    ]
    made = pd.concat(parts, ignore_index=True)
    made = made.assign(x=made["x"] * per, statistic=statistic, p_value=p_value, test=words)
    return made[["term", *columns, "std_error", "numerator", "denominator", "level", "method"]]


def straight(curve: pd.DataFrame) -> pd.DataFrame:
    """Return the test that a curve is straight, as one row.

    Parameters
    ----------
    curve : DataFrame
        As `curve` returns it.

    Returns
    -------
    DataFrame
        Columns term, test, statistic, p_value.

    Examples
    --------
    >>> straight(no_curve("No number.")).attrs["reason"]
    'No number.'
    """
    columns = ["term", "test", "statistic", "p_value"]
    return nothing(curve.attrs["reason"], columns) if curve.empty else curve[columns].head(1)
