"""XmR charts with the rules of the NHS programme Making Data Count.

Functions
---------
xmr
    One row a period: limits, the rules that each point breaks, and what kind of point it is.
verdicts
    One row a series and phase: limits, counts of points, verdict on variation and on a target.

`Rebase` sets limits anew from a period on; it needs a reason.

Where several rules hold for a point, the first of this order decides: outside the limits; a trend
of seven; two of three near a limit; seven on one side of the mean. Each rule keeps its own column,
and ``conflict`` marks a point for which one rule means improvement and another concern.
"""

from collections.abc import Iterable, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from ._checks import Floats, as_list, check_choice, numbers, refuse
from ._phases import Change, Rebase, layout, phases

__all__ = ["Rebase", "verdicts", "xmr"]

LIMIT, SCREEN = 2.66, 3.267
SHORT = 12
IMPROVEMENT = ("increase", "decrease", "neither")
COMMON = "common cause"


def _limits(y: Floats, baseline: int | None, *, screen: bool) -> tuple[float, float, str]:
    """Mean, distance to the limits, and a word of caution, from the points of one phase."""
    known = y[~np.isnan(y)]
    known = known if baseline is None else known[:baseline]
    if known.size < 2:
        return (float(known[0]) if known.size else np.nan), np.nan, "too few points for limits"
    ranges = np.abs(np.diff(known))
    mean = ranges.mean()
    constant = bool((known == known[0]).all())
    note = "constant: the limits equal the mean" if constant else ""
    if screen and not constant:
        kept = ranges[ranges < SCREEN * mean]
        # Rare events among equal values: without them nothing varies, and every point is outside.
        if kept.size and kept.any():
            mean = kept.mean()
        else:
            note = "mostly equal values: no moving range is left out; an XmR chart may not suit"
    # The mean of equal numbers can differ from them in the last place.
    return float(known[0] if constant else known.mean()), LIMIT * float(mean), note


def _windows(marks: np.ndarray, size: int) -> np.ndarray:
    """Mark every point of each stretch of ``size`` points that are all marked."""
    if len(marks) < size:
        return np.zeros(len(marks), dtype=bool)
    held = np.concatenate([[0], np.cumsum(marks)])
    full = held[size:] - held[:-size] == size
    spread = np.zeros(len(marks) + 1, dtype=np.int64)
    spread[: len(full)] += full
    spread[size:] -= full[: len(spread) - size]
    return np.cumsum(spread)[: len(marks)] > 0


def _rules(
    y: Floats, mean: float, low: float, high: float, run: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return which way (-1, 0, 1) each rule points for each point of a phase, none missing."""
    side = np.sign(y - mean).astype(np.int64)
    out = np.where(y > high, 1, np.where(y < low, -1, 0))
    step = np.sign(np.diff(y))
    trend = np.zeros(len(y), dtype=np.int64)
    shift = np.zeros(len(y), dtype=np.int64)
    near = np.zeros(len(y), dtype=np.int64)
    third = (high - mean) * 2.0 / 3.0
    close = np.where(out != 0, 0, np.where(y > mean + third, 1, np.where(y < mean - third, -1, 0)))
    for way in (1, -1):
        rising = _windows(step == way, run - 1)
        whole = np.zeros(len(y), dtype=bool)
        whole[1:] |= rising
        whole[: len(rising)] |= rising
        trend[whole] = way
        shift[_windows(side == way, run)] = way
        if len(y) >= 3:
            beyond, own = (close == way).astype(np.int64), side == way
            two = beyond[:-2] + beyond[1:-1] + beyond[2:] >= 2
            two &= own[:-2] & own[1:-1] & own[2:]
            reach = np.zeros(len(y), dtype=bool)
            for offset in range(3):
                reach[offset : offset + len(two)] |= two
            near[reach & (close == way)] = way
    return out, trend, near, shift


def _words(ways: np.ndarray, run: int) -> np.ndarray:
    """Return the words of the rule that decides for each point."""
    names = (
        ("above the upper limit", "below the lower limit"),
        (f"trend of {run}, rising", f"trend of {run}, falling"),
        ("2 of 3 near the upper limit", "2 of 3 near the lower limit"),
        (f"{run} above the mean", f"{run} below the mean"),
    )
    words = np.full(ways.shape[1], "", dtype=object)
    for (up, down), way in reversed(list(zip(names, ways, strict=True))):
        words = np.where(way > 0, up, np.where(way < 0, down, words))
    return words


def xmr(
    frame: pd.DataFrame,
    *,
    value: str = "value",
    order: str = "period",
    improvement: Literal["increase", "decrease", "neither"] = "neither",
    rebase: Iterable[Change] = (),
    baseline: int | None = None,
    target: float | None = None,
    screen: bool = True,
    run: int = 7,
    floor: float | None = None,
    within: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Set a series against the limits of its own ordinary variation.

    Parameters
    ----------
    frame : DataFrame
        One row a period and series, in order of period within each. It is not changed.
    value, order : str
        Column of measurements and column of periods. A missing measurement keeps its row and takes
        no part: its neighbours are neighbours.
    improvement : {"neither", "increase", "decrease"}
        Which way is better; a share of deaths has none.
    rebase : sequence of Rebase
        Periods from which limits are set anew. Rules do not reach across them.
    baseline : int, optional
        Limits from the first so many points of each phase; all of them if not given.
    target : float, optional
        A target to judge the last phase by.
    screen : bool
        Leave moving ranges of 3.267 times their mean or more out of their mean, once.
    run : int
        Points of a trend and of a run on one side.
    floor : float, optional
        The least that the measure can be, where the lower limit is held: 0 for counts and shares.
    within : str or sequence of str, optional
        Columns that define series.

    Returns
    -------
    DataFrame
        The rows of ``frame`` with ``period``, ``value``, ``moving_range``, ``phase``,
        ``phase_reason``, ``centre``, ``lower``, ``upper``, ``outside``, ``trend``,
        ``two_of_three``, ``shift`` (which rules hold), ``rule`` (the one that decides),
        ``conflict``, ``type`` ("common cause", "improvement", "concern", or "special cause, high"
        and "special cause, low" where no way is better), ``target``, ``note`` and ``method``.

    Raises
    ------
    ValueError
        For missing columns, periods missing, out of order or there twice, a rebase without a
        reason or with fewer than two periods, values below the floor, and options that cannot be.

    Notes
    -----
    Limits: mean and 2.66 times the mean moving range (Shewhart; Wheeler 1993, Understanding
    Variation). Rules, screening and their order: NHS England, Making Data Count. Of two in three,
    only the points beyond two thirds of the way to the limit and inside it are marked, and all
    three must lie on one side. A constant series has limits equal to its mean.

    Examples
    --------
    >>> months = pd.DataFrame({"period": range(8), "value": [5, 6, 5, 6, 5, 6, 5, 12]})
    >>> chart = xmr(months, screen=False)
    >>> round(float(chart.loc[7, "upper"]), 2), chart.loc[7, "rule"], chart.loc[7, "type"]
    (11.19, 'above the upper limit', 'special cause, high')
    """
    check_choice("improvement", improvement, IMPROVEMENT)
    if run < 3 or (baseline is not None and baseline < 2):
        raise ValueError("run must be at least 3, and a baseline have at least 2 points.")
    held = layout(frame, order, within)
    y, rows = numbers(frame, value), len(frame)
    refused = np.isinf(y)
    if refused.any():
        raise ValueError(f"Row {frame.index[refused][0]}: the value is infinite.")
    if floor is not None:
        # A limit held above a value would leave that point unmarked beyond the limit shown.
        refuse(y < floor, frame[order], f"the value is below {floor:g}, which is then no floor")
    phase, ways = np.zeros(rows, dtype=np.int64), np.zeros((4, rows), dtype=np.int64)
    centre, reach, moving = np.full(rows, np.nan), np.full(rows, np.nan), np.full(rows, np.nan)
    reason, note = np.full(rows, "", dtype=object), np.full(rows, "", dtype=object)
    for span in held.spans:
        phase[span], reasons = phases(frame[order].iloc[span], rebase)
        for number, words in enumerate(reasons):
            own = span[phase[span] == number]
            reason[own] = words
            mean, distance, said = _limits(y[own], baseline, screen=screen)
            centre[own], reach[own], note[own] = mean, distance, said
            seen = own[~np.isnan(y[own])]
            moving[seen[1:]] = np.abs(np.diff(y[seen]))
            if seen.size and not np.isnan(distance):
                # The floor moves no point across a limit: none lies below it.
                found = _rules(y[seen], mean, mean - distance, mean + distance, run)
                ways[:, seen] = np.array(found)
    low, method = centre - reach, f"mean and {LIMIT} times the mean moving range"
    if floor is not None:
        low = np.maximum(low, floor)
        method += f"; lower limit held at {floor:g}"
    method += f"; moving ranges of {SCREEN} times their mean left out once" if screen else ""
    method += f"; limits from the first {baseline} points" if baseline else ""
    better = {"increase": 1, "decrease": -1, "neither": 0}[improvement]
    first = np.argmax(ways != 0, axis=0)
    decides = ways[first, np.arange(rows)]
    if better:
        kinds = np.where(decides == better, "improvement", "concern")
    else:
        kinds = np.where(decides > 0, "special cause, high", "special cause, low")
    kinds = np.where(decides == 0, COMMON, kinds).astype(object)
    kinds[np.isnan(y)] = ""
    conflict = ((ways > 0).any(axis=0) & (ways < 0).any(axis=0)) & (better != 0)
    return frame.reset_index(drop=True).assign(
        period=frame[order].to_numpy(), value=y, moving_range=moving, phase=phase,
        phase_reason=reason, centre=centre, lower=low, upper=centre + reach,
        outside=ways[0] != 0, trend=ways[1] != 0, two_of_three=ways[2] != 0, shift=ways[3] != 0,
        rule=_words(ways, run), conflict=conflict, type=kinds,
        target=np.nan if target is None else float(target), note=note, method=method,
    )  # fmt: skip


def _assurance(low: float, high: float, target: float, improvement: str) -> str:
    """Say what the limits mean for a target."""
    if np.isnan(target):
        return "no target"
    if np.isnan(low) or improvement == "neither":
        return "cannot be said"
    if low <= target <= high:
        return "hit and miss"
    above = low > target
    return "consistently hits" if above == (improvement == "increase") else "consistently fails"


def _autocorrelation(y: Floats) -> float:
    left = y - y.mean() if y.size else y
    total = float((left**2).sum())
    if y.size < 4 or not total > 1e-24 * max(float((y**2).sum()), 1e-300):
        return np.nan
    return float((left[1:] * left[:-1]).sum() / total)


def verdicts(
    chart: pd.DataFrame,
    *,
    improvement: Literal["increase", "decrease", "neither"] = "neither",
    within: str | Sequence[str] | None = None,
) -> pd.DataFrame:
    """Say in words what each series and phase of a chart shows.

    Parameters
    ----------
    chart : DataFrame
        As `xmr` returns it.
    improvement : {"neither", "increase", "decrease"}
        As given to `xmr`; needed for the verdict on a target.
    within : str or sequence of str, optional
        Columns that define series, as given to `xmr`.

    Returns
    -------
    DataFrame
        One row a series and phase: its columns, ``phase``, ``n``, ``centre``, ``lower``,
        ``upper``, ``common_cause``, ``improvement``, ``concern``, ``neither`` (points of each
        kind), ``variation`` (the kind of the last point, in words), ``target``, ``assurance`` (of
        the last phase: "consistently hits", "hit and miss", "consistently fails", "cannot be
        said", "no target"), ``autocorrelation`` (lag 1) and ``warning``.

    Examples
    --------
    >>> months = pd.DataFrame({"period": range(8), "value": [5, 6, 5, 6, 5, 6, 5, 12]})
    >>> verdicts(xmr(months, screen=False)).loc[0, ["variation", "warning"]].tolist()
    ['special cause, high', 'fewer than 12 points: limits are provisional']
    """
    check_choice("improvement", improvement, IMPROVEMENT)
    groups = as_list(within)
    held, rows = layout(chart, "period", groups), []
    y, phase = chart["value"].to_numpy(dtype=float), chart["phase"].to_numpy()
    kind, note = chart["type"].to_numpy(dtype=object), chart["note"].to_numpy(dtype=object)
    limits = {name: chart[name].to_numpy(dtype=float) for name in ("centre", "lower", "upper")}
    target = chart["target"].to_numpy(dtype=float)
    for span in held.spans:
        last = phase[span].max() if span.size else 0
        for number in range(last + 1):
            own = span[phase[span] == number]
            seen = own[~np.isnan(y[own])]
            lag = _autocorrelation(y[seen])
            said = [note[own[0]]] if own.size and note[own[0]] else []
            if seen.size < SHORT:
                said.append(f"fewer than {SHORT} points: limits are provisional")
            if not np.isnan(lag) and abs(lag) > 2.0 / np.sqrt(seen.size):
                said.append("neighbouring periods are alike or opposed: limits are too "
                            + ("narrow" if lag > 0 else "wide"))  # fmt: skip
            kinds = kind[seen]
            at = own[0] if own.size else 0
            ends = {name: values[at] for name, values in limits.items()}
            rows.append(
                (
                    number, seen.size, *ends.values(), int((kinds == COMMON).sum()),
                    int((kinds == "improvement").sum()), int((kinds == "concern").sum()),
                    int(sum(str(one).startswith("special") for one in kinds)),
                    kinds[-1] if kinds.size else "no points",
                    target[at],
                    _assurance(ends["lower"], ends["upper"], target[at], improvement)
                    if number == last else "",
                    lag, "; ".join(said),
                )
            )  # fmt: skip
    columns = [
        "phase", "n", "centre", "lower", "upper", "common_cause", "improvement", "concern",
        "neither", "variation", "target", "assurance", "autocorrelation", "warning",
    ]  # fmt: skip
    made = pd.DataFrame(rows, columns=columns)
    sizes = [int(phase[span].max()) + 1 if span.size else 1 for span in held.spans]
    keys = held.keys.loc[np.repeat(np.arange(len(held.keys)), sizes)].reset_index(drop=True)
    return pd.concat([keys, made], axis=1)
