"""One estimate under every choice that could be defended, and without each part of the records.

Functions
---------
specifications
    An estimate under every combination of declared alternatives.
summary
    Median, range and agreement of these estimates.
by_choice
    How far each single choice moves them.
leave_one_out
    An estimate without each service, year or team in turn.

The estimates of a specification curve share their records, so they are no independent evidence:
how many agree says how much rests on the choices, and is no test.
"""

from collections.abc import Callable, Mapping, Sequence
from itertools import product
from math import prod

import numpy as np
import pandas as pd

from ._checks import require_columns

Estimate = Mapping[str, object] | str
"""A mapping with ``value`` and perhaps low, high, n, numerator, denominator and more; or, as text,
the reason why there is none."""

NUMBERS = ("value", "low", "high", "n", "numerator", "denominator")
MOST = 1_000
NOT_RECORDED = "(not recorded)"


def _alternatives(choices: Mapping[str, object]) -> dict[str, dict[str, object]]:
    """Alternatives of each choice by name."""
    if not choices:
        raise ValueError("Name at least one choice with its alternatives.")
    taken = sorted(set(choices) & {*NUMBERS, "headline", "reason", "specification"})
    if taken:
        raise ValueError(f"A choice cannot be called {', '.join(map(repr, taken))}.")
    found = {}
    for name, offered in choices.items():
        if isinstance(offered, str) or not isinstance(offered, Mapping | Sequence):
            raise ValueError(f"The alternatives of {name!r} must be a mapping or a list.")
        pairs = offered if isinstance(offered, Mapping) else {str(one): one for one in offered}
        if not pairs or len(pairs) < len(offered):
            raise ValueError(f"The choice {name!r} needs alternatives with different names.")
        found[name] = {str(label): value for label, value in pairs.items()}
    return found


def _headline(
    alternatives: Mapping[str, Mapping[str, object]], headline: Mapping[str, str] | None
) -> tuple[str, ...]:
    """Labels of the headline: the first alternatives, unless named."""
    given = {name: next(iter(offered)) for name, offered in alternatives.items()}
    for name, label in (headline or {}).items():
        if name not in given:
            raise ValueError(f"The headline names {name!r}, which is no choice.")
        if str(label) not in alternatives[name]:
            raise ValueError(f"The headline's {name} {label!r} is not among its alternatives.")
        given[name] = str(label)
    return tuple(given.values())


def _drawn(
    labels: list[list[str]], head: tuple[str, ...], most: int, seed: int | None
) -> list[tuple[str, ...]]:
    """All combinations, or the headline and a draw of the rest."""
    size = prod(len(offered) for offered in labels)
    if size <= most:
        return list(product(*labels))
    if seed is None:
        raise ValueError(
            f"There are {size:,} combinations, more than {most:,}: give a seed to draw {most:,} of "
            "them, or raise the limit."
        )
    shape = [len(offered) for offered in labels]
    place = [offered.index(one) for offered, one in zip(labels, head, strict=True)]
    first = int(np.ravel_multi_index(place, shape))
    generator = np.random.default_rng(seed)
    others = generator.choice(size - 1, most - 1, replace=False)
    chosen = np.sort(np.r_[first, others + (others >= first)])
    at = np.column_stack(np.unravel_index(chosen, shape))
    return [tuple(offered[int(i)] for offered, i in zip(labels, row, strict=True)) for row in at]


def _row(estimate: Callable[[], Estimate]) -> dict[str, object]:
    """Numbers of one estimate, or why there are none."""
    blank = dict.fromkeys(NUMBERS, np.nan)
    try:
        found = estimate()
    except ValueError as error:
        return blank | {"reason": str(error)}
    if isinstance(found, str):
        return blank | {"reason": found or "no reason given"}
    if "value" not in found:
        raise TypeError(f"An estimate needs a 'value', or a reason as text; got {dict(found)!r}.")
    row = blank | dict(found)
    given = str(row.pop("reason", "") or "")
    if not np.isfinite(float(row["value"])):
        row["reason"] = given or "no finite estimate"
        row |= dict.fromkeys(("value", "low", "high"), np.nan)
        return row
    return row | {"reason": given}


def specifications(
    estimate: Callable[..., Estimate],
    choices: Mapping[str, Mapping[str, object] | Sequence[object]],
    *,
    headline: Mapping[str, str] | None = None,
    most: int = MOST,
    seed: int | None = None,
) -> pd.DataFrame:
    """Return an estimate under every combination of declared alternatives.

    Parameters
    ----------
    estimate : callable
        Called with one keyword a choice; returns a mapping with ``value`` and perhaps ``low``,
        ``high``, ``n``, ``numerator``, ``denominator`` and more, or the reason why there is none,
        as text. A ``ValueError`` that it raises is such a reason.
    choices : mapping
        Alternatives of each choice: a mapping of their names to what ``estimate`` is given, or a
        list of what it is given. The first alternative is that of the headline.
    headline : mapping, optional
        Names of the alternatives of the headline, where they are not the first.
    most : int
        Combinations above which they are drawn, the headline always among them.
    seed : int, optional
        Of that draw; needed for it.

    Returns
    -------
    DataFrame
        One row a combination: ``specification`` (from 1), one column a choice (names of the
        alternatives), ``value``, ``low``, ``high``, ``n``, ``numerator``, ``denominator``, what
        else ``estimate`` gave, ``headline``, ``reason`` (why there is no estimate, else empty),
        ``combinations`` (how many there are), ``drawn`` (how many were run), ``seed`` (of the
        draw; missing if all were run).

    Raises
    ------
    ValueError
        For no choices or alternatives, a headline that is not among them, or more combinations
        than ``most`` without a seed.
    TypeError
        If ``estimate`` returns a mapping without a value.

    Notes
    -----
    Simonsohn, Simmons and Nelson (2020) Nat Hum Behav 4:1208; Steegen and others (2016) Perspect
    Psychol Sci 11:702.

    Examples
    --------
    >>> def share(window, base):
    ...     return {"value": 4 / base, "n": base} if window else "no window"
    >>> found = specifications(share, {"window": {"year": 1, "none": 0}, "base": [93, 100]})
    >>> found[["window", "base", "value", "headline", "reason"]].round(3)
      window base  value  headline     reason
    0   year   93  0.043      True
    1   year  100  0.040     False
    2   none   93    NaN     False  no window
    3   none  100    NaN     False  no window
    """
    offered = _alternatives(choices)
    head = _headline(offered, headline)
    if most < 1:
        raise ValueError(f"At least one combination must be allowed; got {most}.")
    labels = [list(one) for one in offered.values()]
    size = prod(map(len, labels))
    chosen = _drawn(labels, head, most, seed)
    rows = []
    for number, combination in enumerate(chosen, start=1):
        named = dict(zip(offered, combination, strict=True))
        given = {name: offered[name][label] for name, label in named.items()}
        made = _row(lambda given=given: estimate(**given))
        rows.append({"specification": number} | named | made | {"headline": combination == head})
    frame = pd.DataFrame(rows)
    last = ["headline", "reason"]
    frame = frame[[*(name for name in frame.columns if name not in last), *last]]
    return frame.assign(
        combinations=size,
        drawn=len(chosen),
        seed=pd.array([seed if size > most else None] * len(frame), dtype="Int64"),
    )


def summary(frame: pd.DataFrame, *, null: float = 1.0) -> pd.DataFrame:
    """Median, range and agreement of the estimates of a specification curve.

    Parameters
    ----------
    frame : DataFrame
        As `specifications` returns it.
    null : float
        Value of no association: 1 for ratios, 0 for differences.

    Returns
    -------
    DataFrame
        One row: ``value``, ``low``, ``high`` (of the headline), ``median``, ``least``,
        ``greatest``, ``same_side`` (share on the headline's side of ``null``; that of the median
        without one), ``excludes`` (share whose limits do not hold ``null``),
        ``excludes_same_side`` (the same, on that side), ``estimated``, ``without`` (combinations
        without an estimate), ``without_limits``, ``run`` (all of them), ``null``, ``method``.
        Shares are of those estimated; of ``excludes`` of those with limits.

    Raises
    ------
    ValueError
        For missing columns.

    Notes
    -----
    See `specifications`. The combinations share their records: shares of them are no p values.

    Examples
    --------
    >>> rows = pd.DataFrame({"value": [0.5, 0.8, 1.1], "low": [0.3, 0.6, 0.9]})
    >>> rows = rows.assign(high=[0.8, 1.1, 1.4], headline=[True, False, False])
    >>> summary(rows)[["median", "least", "greatest", "same_side", "excludes"]].round(2)
       median  least  greatest  same_side  excludes
    0     0.8    0.5       1.1       0.67      0.33
    """
    require_columns(frame, ["value", "low", "high", "headline"])
    value, low, high = (frame[name].to_numpy(dtype=float) for name in ("value", "low", "high"))
    known = ~np.isnan(value)
    limits = known & ~np.isnan(low) & ~np.isnan(high)
    head = frame["headline"].to_numpy(dtype=bool) & known
    first = np.flatnonzero(head)[:1]
    ends = [float(one[first][0]) if first.size else np.nan for one in (value, low, high)]
    median = float(np.median(value[known])) if known.any() else np.nan
    side = np.sign((ends[0] if first.size else median) - null)
    same = np.sign(value - null) == side
    apart = limits & ((low > null) | (high < null))

    def share(part: np.ndarray, whole: np.ndarray) -> float:
        return float(part.sum() / whole.sum()) if whole.any() else float("nan")

    return pd.DataFrame(
        {
            "value": [ends[0]],
            "low": [ends[1]],
            "high": [ends[2]],
            "median": [median],
            "least": [float(value[known].min()) if known.any() else np.nan],
            "greatest": [float(value[known].max()) if known.any() else np.nan],
            "same_side": [share(same & known, known)],
            "excludes": [share(apart, limits)],
            "excludes_same_side": [share(apart & same, limits)],
            "estimated": [int(known.sum())],
            "without": [int((~known).sum())],
            "without_limits": [int((known & ~limits).sum())],
            "run": [len(frame)],
            "null": [float(null)],
            "method": ["every declared combination counts once; no test"],
        }
    )


def by_choice(frame: pd.DataFrame, *, choices: Sequence[str]) -> pd.DataFrame:
    """How far each single choice moves the estimates.

    Parameters
    ----------
    frame : DataFrame
        As `specifications` returns it.
    choices : sequence of str
        Columns of choices.

    Returns
    -------
    DataFrame
        One row an alternative, in the order of the frame: ``choice``, ``alternative``, ``median``,
        ``least``, ``greatest``, ``estimated``, ``without``, ``spread`` (of the choice: how far
        the medians of its alternatives lie apart), ``method``.

    Raises
    ------
    ValueError
        For missing columns, or no choices.

    Notes
    -----
    Medians over all other choices; see `specifications`.

    Examples
    --------
    >>> rows = pd.DataFrame({"base": ["a", "b"] * 2, "value": [1.0, 2.0, 1.2, 2.4]})
    >>> by_choice(rows, choices=["base"])[["alternative", "median", "spread"]]
      alternative  median  spread
    0           a     1.1     1.1
    1           b     2.2     1.1
    """
    if not list(choices):
        raise ValueError("Name the choices.")
    require_columns(frame, ["value", *choices])
    parts = []
    for choice in choices:
        groups = frame.assign(value=frame["value"].astype(float)).groupby(choice, sort=False)
        part = groups["value"].agg(["median", "min", "max", "count", "size"]).reset_index()
        part.columns = ["alternative", "median", "least", "greatest", "estimated", "size"]
        part.insert(0, "choice", choice)
        part["without"] = part.pop("size") - part["estimated"]
        part["spread"] = part["median"].max() - part["median"].min()
        parts.append(part)
    return pd.concat(parts, ignore_index=True).assign(method="median over all other choices")


def leave_one_out(
    frame: pd.DataFrame, *, by: str, estimate: Callable[[pd.DataFrame], Estimate]
) -> pd.DataFrame:
    """Return an estimate without each service, year or team in turn.

    Parameters
    ----------
    frame : DataFrame
        Records, or counts by pattern. It is not changed.
    by : str
        Column whose values are left out in turn; missing values are one of them.
    estimate : callable
        Called with the frame that is left; returns as in `specifications`.

    Returns
    -------
    DataFrame
        One row with nothing left out, then one a value, in sorted order: ``by``, ``left_out``
        (empty for nothing), ``value``, ``low``, ``high``, ``n``, ``numerator``, ``denominator``,
        what else ``estimate`` gave, ``rows_left_out``, ``ratio`` and ``difference`` (to the
        estimate with nothing left out), ``headline`` (true for that), ``reason``.

    Raises
    ------
    ValueError
        For a missing column, or fewer than two values of it.
    TypeError
        If ``estimate`` returns a mapping without a value.

    Notes
    -----
    The jackknife by groups, read row by row: Tukey (1958) Ann Math Stat 29:614.

    Examples
    --------
    >>> rows = pd.DataFrame({"team": ["A", "A", "B"], "seen": [1, 0, 1]})
    >>> found = leave_one_out(rows, by="team", estimate=lambda part: {"value": part["seen"].mean()})
    >>> found[["left_out", "value", "rows_left_out"]].round(2)
      left_out  value  rows_left_out
    0            0.67              0
    1        A   1.00              2
    2        B   0.50              1
    """
    require_columns(frame, [by])
    label = frame[by].astype(object).where(frame[by].notna(), NOT_RECORDED)
    values = sorted(label.unique(), key=lambda one: (one == NOT_RECORDED, _sortable(one)))
    if len(values) < 2:
        raise ValueError(
            f"Column {by!r} has {len(values)} value{'' if len(values) == 1 else 's'}: leaving it "
            "out leaves nothing to compare."
        )
    rows = []
    for value in [None, *values]:
        kept = frame if value is None else frame[label.ne(value)]
        made = _row(lambda kept=kept: estimate(kept))
        named = {"by": by, "left_out": "" if value is None else str(value)}
        rows.append(named | made | {"rows_left_out": len(frame) - len(kept)})
    found = pd.DataFrame(rows)
    whole = float(found.loc[0, "value"])
    reason = found.pop("reason")
    value = found["value"].astype(float)
    return found.assign(
        ratio=value / whole if whole else np.nan,
        difference=value - whole,
        headline=found.index == 0,
        reason=reason,
    )


def _sortable(value: object) -> tuple[bool, float, str]:
    """Numbers by size, then text by letters."""
    number = isinstance(value, int | float | np.number)
    return (not number, float(value) if number else 0.0, str(value))
