"""Multiple imputation by chained equations.

Functions
---------
impute
    Several completed copies of a frame, and what happened on the way.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from ._checks import as_list, require_columns
from ._impute_columns import Column, Ints, State, coded, label, patterns
from ._impute_draws import Mode, draw_levels, draw_matched
from ._impute_notes import models

TRACE = ["chain", "iteration", "column", "level_name", "statistic", "value"]
DONORS = 5

Shift = float | tuple[object, float]
"""What is added, or a level and what is added to its log odds."""


@dataclass(frozen=True, eq=False)
class Imputed:
    """Several completed copies of one frame.

    Attributes
    ----------
    frame : DataFrame
        The data as given, with its missing values.
    columns, outcome : tuple of str
        Columns that took part, and the outcomes, which took part as well.
    put_in : tuple of dict
        For each imputation the values put into each incomplete column, in the order of the rows.
    trace : DataFrame
        ``chain``, ``iteration`` (both from 1), ``column``, ``level_name``, ``statistic``
        ("share" of a level among the values put in, "mean", "sd"), ``value``. Ordered levels
        count 1, 2, 3. Empty where nothing was missing.
    models : DataFrame
        ``column``, ``kind``, ``method``, ``observed``, ``missing``, ``denominator`` (rows) and
        ``note``: what a reader should know of the column.
    imputations, iterations, seed : int
        As asked for.
    method : str
        What was done, in words.
    held : dict of str to Column
        The columns as the chains see them.

    Examples
    --------
    >>> seen = pd.DataFrame({"late": [0, 1, 1, 0, 1, 0], "male": [1, None, 0, 1, 0, 0]})
    >>> imputed = impute(seen, columns=["male"], outcome="late", imputations=3, seed=1)
    >>> len(imputed.frames), int(imputed.frames[0]["male"].isna().sum())
    (3, 0)
    """

    frame: pd.DataFrame
    columns: tuple[str, ...]
    outcome: tuple[str, ...]
    put_in: tuple[dict[str, pd.Series], ...] = field(repr=False)
    trace: pd.DataFrame = field(repr=False)
    models: pd.DataFrame = field(repr=False)
    imputations: int
    iterations: int
    seed: int
    method: str
    held: dict[str, Column] = field(repr=False)

    def completed(self, number: int) -> pd.DataFrame:
        """Return one completed frame, counted from 1; every column keeps its type."""
        if not 1 <= number <= self.imputations:
            raise ValueError(f"There are imputations 1 to {self.imputations}; got {number!r}.")
        frame = self.frame.copy()
        for name, values in self.put_in[number - 1].items():
            series = frame[name].copy()
            series.iloc[np.flatnonzero(series.isna())] = values.array
            frame[name] = series
        return frame

    @property
    def frames(self) -> tuple[pd.DataFrame, ...]:
        """All completed frames, made anew each time."""
        return tuple(self.completed(number) for number in range(1, self.imputations + 1))


@dataclass(frozen=True)
class _Plan:
    """What every chain goes by; ``order`` names the incomplete columns, the fullest first."""

    columns: dict[str, Column]
    order: tuple[str, ...]
    missing: dict[str, Ints]
    products: tuple[tuple[str, str], ...]
    iterations: int
    shifts: dict[str, tuple[int, float]]


def _start(plan: _Plan, random: np.random.Generator) -> tuple[State, dict[str, Ints]]:
    """Fill each gap with the value of a row drawn at random."""
    state = {name: column.state.copy() for name, column in plan.columns.items()}
    donors = {}
    for name in plan.order:
        known = np.flatnonzero(~plan.columns[name].missing)
        donors[name] = random.choice(known, size=plan.missing[name].size)
        state[name][plan.missing[name]] = state[name][donors[name]]
    return state, donors


def _statistics(column: Column, drawn: NDArray) -> list[tuple[str, str, float]]:
    """Level, statistic and value of what was put in."""
    if column.kind in ("binary", "categorical"):
        share = np.bincount(drawn, minlength=len(column.levels)) / drawn.size
        pairs = list(zip(column.labels(), share, strict=True))
        pairs = pairs[1:] if column.kind == "binary" else pairs
        return [(label, "share", float(value)) for label, value in pairs]
    scale = drawn + 1.0 if column.levels else drawn * column.spread + column.centre
    return [("", "mean", float(scale.mean())), ("", "sd", float(scale.std()))]


def _chain(
    plan: _Plan, number: int, seed: int, near: dict[str, Mode]
) -> tuple[State, dict[str, Ints], list[tuple]]:
    """One chain: its last state, the donors of matched columns, and its trace."""
    random = np.random.default_rng([seed, number])
    state, donors = _start(plan, random)
    trace: list[tuple] = []
    for iteration in range(1, plan.iterations + 1):
        for name in plan.order:
            column, missing = plan.columns[name], plan.missing[name]
            matrix, index = patterns(plan.columns, state, name, plan.products)
            level, delta = plan.shifts.get(name, (0, 0.0))
            if column.kind in ("binary", "categorical"):
                drawn, near[name] = draw_levels(
                    matrix,
                    index,
                    state[name],
                    missing,
                    len(column.levels),
                    random,
                    near=near.get(name),
                    shift=(level, delta) if delta else None,
                )
            else:
                known = state[name][~column.missing]
                centre, spread = float(known.mean()), float(known.std()) or 1.0
                values = (state[name] - centre) / spread
                donors[name] = draw_matched(
                    matrix,
                    index,
                    values,
                    missing,
                    random,
                    donors=DONORS,
                    shift=delta / spread if column.levels else 0.0,
                )
                drawn = state[name][donors[name]]
                drawn = drawn if column.levels else drawn + delta / column.spread
            state[name][missing] = drawn
            trace += [(number, iteration, name, *row) for row in _statistics(column, drawn)]
    return state, donors, trace


def _decoded(
    plan: _Plan, frame: pd.DataFrame, state: State, donors: dict[str, Ints]
) -> dict[str, pd.Series]:
    """Values put in, with the type of their column."""
    values = {}
    for name in plan.order:
        column, series = plan.columns[name], frame[name]
        if column.kind in ("binary", "categorical"):
            levels = pd.Series(list(column.levels), dtype=series.dtype)
            values[name] = levels.iloc[state[name][plan.missing[name]]].reset_index(drop=True)
        else:
            values[name] = series.iloc[donors[name]].reset_index(drop=True)
            if not column.levels and name in plan.shifts:
                values[name] = (values[name] + plan.shifts[name][1]).astype(series.dtype)
    return values


def _shifts(
    shift: Mapping[str, Shift], columns: Mapping[str, Column], frame: pd.DataFrame
) -> dict[str, tuple[int, float]]:
    """Place of the level and size by column, refused where they cannot be meant."""
    found = {}
    for name, given in shift.items():
        if name not in columns:
            raise ValueError(f"shift names {name!r}, which is not among the columns imputed.")
        column = columns[name]
        if not column.incomplete:
            raise ValueError(f"Column {name!r} has no missing value, so that nothing can be moved.")
        level, delta = given if isinstance(given, tuple) else (None, given)
        size, place = float(delta), 0
        if not np.isfinite(size):
            raise ValueError(f"The shift of {name!r} must be a finite number; got {delta!r}.")
        if column.kind in ("binary", "categorical"):
            if level is None and column.kind == "binary":
                level = column.levels[-1]
            labels = column.labels()
            if label(level) not in labels:
                raise ValueError(
                    f"The shift of {name!r} needs one of its levels, "
                    f"{', '.join(map(repr, labels))}; got {level!r}."
                )
            place = labels.index(label(level))
        elif level is not None:
            raise ValueError(f"{name!r} is {column.kind}: its shift has no level, only a size.")
        elif pd.api.types.is_integer_dtype(frame[name].dtype) and not size.is_integer():
            raise ValueError(f"{name!r} holds whole numbers; its shift must be one; got {delta!r}.")
        found[name] = (place, size)
    return found


def _checked(
    frame: pd.DataFrame, columns: list[str], outcome: list[str], counts: dict[str, int]
) -> list[str]:
    """Names that take part, after refusing what cannot be imputed."""
    names = [*outcome, *columns]
    if not columns or not outcome or len(set(names)) < len(names):
        raise ValueError(
            "columns and outcome must name different columns, at least one of each; "
            f"got columns {columns!r} and outcome {outcome!r}."
        )
    require_columns(frame, names)
    for name, count in counts.items():
        if count != int(count) or count < 1:
            raise ValueError(f"{name} must be a whole number of at least 1; got {count!r}.")
    if len(frame) < 2:
        raise ValueError(
            f"The frame has {len(frame)} row{'' if len(frame) == 1 else 's'}: other rows must say "
            "what a missing value could be."
        )
    return names


def impute(
    frame: pd.DataFrame,
    *,
    columns: Sequence[str],
    outcome: str | Sequence[str],
    imputations: int = 20,
    iterations: int = 10,
    seed: int,
    interactions: Sequence[tuple[str, str]] = (),
    shift: Mapping[str, Shift] | None = None,
) -> Imputed:
    """Complete a frame several times by chained equations.

    Each incomplete column is drawn in turn from a model of it given all the others, ``iterations``
    times over, in each of ``imputations`` chains that start from values drawn at random. The
    outcome takes part like any other column: without it, links of covariates with the outcome
    would be drawn towards none (Moons and others 2006, J Clin Epidemiol 59:1092).

    Parameters
    ----------
    frame : DataFrame
        One row for each person. Columns not named below pass through as they are.
    columns : sequence of str
        Covariates, complete ones too: all that the model to be fitted will use, and others that
        say something of the missing values or of why they are missing. Their types say what
        they are: numbers of more than two values are numeric, ordered categories ordered,
        anything of two values binary, all else unordered.
    outcome : str or sequence of str
        The outcome, or several (such as an event and the log of its time). A missing outcome is
        imputed as well.
    imputations : int
        Completed frames; about as many as per cent of rows are incomplete (White, Royston and
        Wood 2011).
    iterations : int
        Rounds in each chain; `diagnostics` says whether they were enough.
    seed : int
        The same seed gives the same values, and more imputations leave the first ones as they
        were.
    interactions : sequence of pairs of str
        Columns whose products enter the models of the others: those of the model to be fitted.
    shift : mapping, optional
        For values that are not missing at random: what is added to the log odds of a level
        (``{"place": ("ward", 0.5)}``; of the second of two levels if none is named), to the
        number imputed, or to the score by which an ordered column is matched. See `tilt`.

    Returns
    -------
    Imputed
        The completed frames (`Imputed.frames`), the trace and the models. A frame without
        missing values comes back as it is.

    Raises
    ------
    ValueError
        For columns that are missing or named twice, fewer than 2 rows, an incomplete column
        without recorded values or with one value only, more than 25 levels, dates, infinite
        numbers, or a shift of a column or level that is not there.

    Notes
    -----
    White, Royston and Wood (2011) Stat Med 30:377; van Buuren (2018) Flexible Imputation of
    Missing Data, 2nd ed, 4.5. Two levels: logistic regression; unordered levels: multinomial
    logistic regression; numbers and ordered levels: predictive mean matching with 5 donors, so
    that only values that occur are put in. The parameters of a model are drawn anew each time
    ("proper"), of linear models from their posterior, of logistic ones by the Bayesian bootstrap;
    made-up records that weigh as much as one for each parameter keep levels from being predicted
    perfectly (White, Daniel and Royston 2010). See `helpers.methods._impute_draws`. Where all
    predictors have levels, models are fitted to counts of distinct rows.

    Own code, since statsmodels' ``MICEData`` (0.15) matches every column on a linear model: it
    refuses text and categories, and would treat codes as amounts.

    Examples
    --------
    >>> seen = pd.DataFrame({"late": [0, 1, 1, 0, 1, 0] * 10,
    ...     "place": ["ward", None, "home", "ward", "home", "ward"] * 10,
    ...     "age": [70, 81, None, 64, 90, 77] * 10})
    >>> imputed = impute(seen, columns=["place", "age"], outcome="late", imputations=2, seed=1)
    >>> imputed.models[["column", "kind", "observed", "missing"]]
      column     kind  observed  missing
    0   late   binary        60        0
    1  place   binary        50       10
    2    age  numeric        50       10
    >>> imputed.trace.tail(2)[["chain", "iteration", "column", "statistic"]]
        chain  iteration column statistic
    58      2         10    age      mean
    59      2         10    age        sd
    """
    covariates, outcomes = as_list(columns), as_list(outcome)
    counts = {"imputations": imputations, "iterations": iterations}
    names = _checked(frame, covariates, outcomes, counts)
    held = coded(frame, names)
    moving = {name: column for name, column in held.items() if column.varies}
    for pair in interactions:
        if len(set(pair)) != 2 or not set(pair) <= set(names):
            raise ValueError(f"An interaction is a pair of different columns; got {pair!r}.")
    order = sorted(
        (name for name, column in moving.items() if column.incomplete),
        key=lambda name: int(held[name].missing.sum()),
    )
    plan = _Plan(
        columns=moving,
        order=tuple(order),
        missing={name: np.flatnonzero(held[name].missing) for name in order},
        products=tuple((str(first), str(second)) for first, second in interactions),
        iterations=int(iterations) if order else 0,
        shifts=_shifts(shift or {}, held, frame),
    )
    near: dict[str, Mode] = {}
    put_in, trace = [], []
    for number in range(1, int(imputations) + 1):
        state, donors, rows = _chain(plan, number, seed, near)
        put_in.append(_decoded(plan, frame, state, donors))
        trace += rows
    return Imputed(
        frame=frame.copy(),
        columns=tuple(covariates),
        outcome=tuple(outcomes),
        put_in=tuple(put_in),
        trace=pd.DataFrame(trace, columns=TRACE),
        models=models(held),
        imputations=int(imputations),
        iterations=int(iterations),
        seed=seed,
        method=(
            f"Multiple imputation by chained equations, {imputations} imputations of "
            f"{iterations} iterations, seed {seed}"
        ),
        held=held,
    )
