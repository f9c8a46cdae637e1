"""E-values in words.

Functions
---------
reading
    Each row of a frame of E-values as sentences.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from ._checks import require_columns


def reading(
    frame: pd.DataFrame,
    *,
    label: str = "name",
    outcome: str = "the outcome",
    value: str = "value",
    low: str = "low",
    high: str = "high",
) -> list[str]:
    """Return each row of a frame of E-values as sentences.

    Parameters
    ----------
    frame : DataFrame
        As `e_values` returns it, with the column ``label``.
    label : str
        Column that names what is compared, such as "Setting prison".
    outcome : str
        The outcome in words, such as "being investigated".
    value, low, high : str
        Columns of the ratio and its limits.

    Returns
    -------
    list of str
        One text a row: what it would take, for the estimate and for the limit; never whether
        there is such a characteristic.

    Raises
    ------
    ValueError
        For missing columns.

    Examples
    --------
    >>> from helpers.methods.unmeasured import e_values
    >>> row = pd.DataFrame({"name": ["Prison"], "value": [1.2], "low": [0.9], "high": [1.6]})
    >>> text = reading(e_values(row, measure="risk_ratio"), outcome="being investigated")[0]
    >>> "by a ratio of at least 1.7 each" in text, "(0.9 to 1.6) holds 1 already" in text
    (True, True)
    """
    require_columns(frame, [label, value, low, high, "measure", "towards", "nearer", "e_value"])
    return [_sentences(row, label, outcome, (value, low, high)) for row in frame.to_dict("records")]


def _number(value: float) -> str:
    """Two significant figures below 10, else none after the point."""
    if np.isinf(value):
        return "no limit"
    return f"{value:.2g}" if value < 10 else f"{value:,.0f}"


def _sentences(row: dict, label: str, outcome: str, names: Sequence[str]) -> str:
    value, low, high = (float(row[name]) for name in names)
    what = str(row["measure"]).replace("_", " ")
    target = f"{row['towards']:g}"
    if np.isnan(value):
        return f"{row[label]}: no {what} was estimated, so there is no E-value."
    interval = f"({_number(low)} to {_number(high)})"
    if np.isclose(row["e_value"], 1.0):
        said = f"the {what} is {target} already, so nothing unmeasured is needed for it."
    else:
        said = (
            f"to shift the {what} of {_number(value)} to {target}, an unmeasured characteristic "
            f"would have to go with both this and {outcome} by a ratio of at least "
            f"{_number(row['e_value'])} each, beyond all that was taken account of; with weaker "
            "links on both sides it could not."
        )
    if not row["nearer"]:
        return f"{row[label]}: {said} There are no limits to say the same of."
    if row["e_value_limit"] == 1.0:
        more = f"The interval {interval} holds {target} already, so nothing more is needed for it."
    else:
        more = (
            f"To bring {target} into the interval {interval}, a ratio of "
            f"{_number(row['e_value_limit'])} with each could be enough."
        )
    return f"{row[label]}: {said} {more}"
