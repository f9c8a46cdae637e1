"""Risk factors: the records, the outcome and the characteristics that a model is given.

``run`` is what :func:`helpers.start` returns; ``study`` what :func:`study` makes of it.

- :func:`study`: the records with outcome and characteristics, as the plan has them.
- :class:`Study`: what that is.
- :func:`terms`, :func:`first`, :func:`left_out`: which characteristics enter the model, and why
  others do not.
- :func:`crude`: shares by characteristic before any adjustment.
- :func:`standing`: which records the model rests on, and which not.
- :func:`focus`: the results that the plan names.
- :func:`planned_terms`: the characteristics of a plan in words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from helpers.chain import STEPS
from helpers.cohort import replies
from helpers.planfile import Plan, Term
from helpers.run import Run


@dataclass(frozen=True)
class Study:
    """The records of a model with their outcome and characteristics.

    Parameters
    ----------
    frame : DataFrame
        One row a record: the outcome (0 or 1), the cluster, and a column for each characteristic
        under the name that readers see; categories for levels, 0 or 1 for what a record has or
        lacks; missing where it was not recorded.
    outcome, cluster : str
        Names of those columns.
    units : str
        What the records are, in words.
    groups : dict of list
        Characteristics by the group in which they are tested together.
    least : int
        A characteristic that fewer records have, or lack, is left out.
    focus : dict
        Names of results that are stated as findings, with their wording.

    Examples
    --------
    >>> frame = pd.DataFrame({"seen": [1, 0], "ward": ["A", "B"], "Sex": ["F", None]})
    >>> made = Study(frame, "seen", "ward", "deaths", {"Sex": ["Sex"]}, least=1)
    >>> made.covariates, len(made.complete)
    (['Sex'], 1)
    """

    frame: pd.DataFrame
    outcome: str
    cluster: str
    units: str
    groups: dict[str, list[str]]
    least: int
    focus: dict[str, str] = field(default_factory=dict)

    @property
    def covariates(self) -> list[str]:
        """Return the characteristics in the order of the frame."""
        known = {name for names in self.groups.values() for name in names}
        return [name for name in self.frame if name in known]

    @property
    def complete(self) -> pd.DataFrame:
        """Return the records whose every characteristic was recorded; no value is made up."""
        used = [*self.covariates, *(name for name in (self.cluster,) if name in self.frame)]
        return self.frame.dropna(subset=used).reset_index(drop=True)


def study(run: Run, *, model: str | None = None, adds: Mapping[str, Term] | None = None) -> Study:
    """Return the records of a model with outcome and characteristics.

    Parameters
    ----------
    run : Run
        The run.
    model : str, optional
        Id of a model of the plan; the headline if not given.
    adds : mapping, optional
        Characteristics, by name, beside those of the plan.

    Returns
    -------
    Study
        As the plan has it; where the case has no plan, nothing, with an empty frame.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> made = study(run)
    >>> made.outcome, len(made.frame)
    ('no_complete_reply', 312)
    """
    plan = run.case.plan
    if plan is None:
        return Study(pd.DataFrame(), "", "", "records", {}, 0)
    every = (*plan.models, *plan.post_hoc)
    chosen = plan.head if model is None else next(one for one in every if one.id == model)
    if plan.records == "replies":
        records, name = replies.due(run), "review_id"
    else:
        people = run.people.assign(deaths=True)
        records, name = people[people[chosen.among]].reset_index(drop=True), "death_id"
        records = records.assign(year=run.years(records["date_of_death"]).astype("str"))
    if records.empty:
        return Study(pd.DataFrame(), chosen.outcome, plan.cluster, chosen.units, {}, plan.least)
    columns = {
        name: records[name],
        chosen.outcome: records[chosen.outcome].astype("int64"),
        plan.cluster: records[plan.cluster],
    }
    groups: dict[str, list[str]] = {}
    for label, term in {**plan.terms, **(adds or {})}.items():
        made = _coded(records[term.column], label, term, run.case.labels)
        columns |= made
        groups[label] = list(made)
    return Study(
        pd.DataFrame(columns), chosen.outcome, plan.cluster, chosen.units, groups, plan.least,
        focus=plan.focus if model in (None, plan.headline) else {},
    )  # fmt: skip


def _coded(
    values: pd.Series, label: str, term: Term, labels: dict[str, str]
) -> dict[str, pd.Series]:
    """Return the columns that a characteristic of the plan becomes, by name."""
    if term.absent:
        values = values.mask(values.isin(term.absent))
    if term.several:
        held = values.fillna("").str.replace(" | ", "|", regex=False).str.get_dummies("|")
        held = held[held.sum().sort_values(ascending=False, kind="stable").index]
        return {f"{term.prefix}{name}": held[name] for name in held}
    if term.bands:
        number = values.astype("float64")
        ends = [*term.bands, np.inf]
        names = [_band(low, high) for low, high in zip([0, *term.bands], ends, strict=True)]
        return {label: pd.cut(number, [-np.inf, *ends], labels=names)}
    if isinstance(values.dtype, pd.BooleanDtype) or values.dtype == "bool":
        return {label: values.astype("Int64").astype("float64")}
    if pd.api.types.is_numeric_dtype(values):
        return {label: values.astype("float64") / (term.per or 1.0)}
    words = term.levels or labels
    named = values.map(lambda value: words.get(str(value), str(value)), na_action="ignore")
    levels = sorted(set(named.dropna()))
    if term.reference in levels:
        levels = [term.reference, *(level for level in levels if level != term.reference)]
    return {label: pd.Series(pd.Categorical(named, categories=levels), index=values.index)}


def _band(low: float, high: float) -> str:
    """Return how a band of whole numbers is written."""
    if high == np.inf:
        return f"{low + 1:g} or more"
    return f"{high:g}" if high == low + 1 else f"{low + 1:g} to {high:g}"


def standing(run: Run) -> pd.DataFrame:
    """Return which records the model rests on, and which not.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns standing, status, numerator and denominator (all records).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> standing(run)["standing"].unique().tolist()
    ['due']
    """
    plan = run.case.plan
    if plan is None or plan.records == "replies":
        return replies.standing(run)
    people = run.people.assign(deaths=True)
    among = plan.head.among
    inside = people[among]
    full = len(study(run).complete) if len(people) else 0
    rows = [
        (f"not {STEPS[among].lower()}", "not in the model", int((~inside).sum())),
        (STEPS[among].lower(), "a characteristic not recorded", int(inside.sum()) - full),
        (STEPS[among].lower(), "in the model", full),
    ]
    frame = pd.DataFrame(rows, columns=["standing", "status", "numerator"])
    return frame.assign(denominator=len(people)) if len(people) else frame.iloc[0:0]


def left_out(study: Study) -> pd.DataFrame:
    """Return the characteristics that do not enter the model, and why.

    Parameters
    ----------
    study : Study
        The records.

    Returns
    -------
    DataFrame
        Columns term, numerator (records that have it), denominator (all records), reason.

    Examples
    --------
    >>> frame = pd.DataFrame({"seen": [1, 0], "ward": ["A", "B"], "Sex": ["F", "F"]})
    >>> left_out(Study(frame, "seen", "ward", "deaths", {"Sex": ["Sex"]}, least=1))
      term  numerator  denominator           reason
    0  Sex          2            2  it does not vary
    """
    rows: list[dict[str, object]] = []
    frame = pd.DataFrame(rows, columns=["term", "numerator", "denominator", "reason"])
    if study.frame.empty:
        return frame
    model = study.complete
    for name in study.covariates:
        held = model[name]
        numeric = pd.api.types.is_numeric_dtype(held)
        binary = numeric and held.isin([0, 1]).all()
        size = int(held.sum()) if binary else int(held.notna().sum())
        rarer = min(size, len(model) - size) if binary else size
        if held.nunique() < 2:
            reason = "it does not vary"
        elif rarer < study.least:
            reason = f"fewer than {study.least} {study.units} have it, or lack it"
        else:
            continue
        rows.append({"term": name, "numerator": size, "denominator": len(model), "reason": reason})
    frame = pd.DataFrame(rows, columns=["term", "numerator", "denominator", "reason"])
    frame.attrs["answer"] = "No characteristic was left out."
    return frame


def terms(study: Study, *, among: Sequence[str] | None = None) -> list[str]:
    """Return the characteristics that enter the model.

    Parameters
    ----------
    study : Study
        The records.
    among : sequence of str, optional
        Only characteristics of these terms of the plan.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> made = globals()["study"](run)
    >>> terms(made)[:2]
    ['Recipients', 'Sent to: NHS trust or health board']
    """
    out = set(left_out(study)["term"])
    groups = study.groups if among is None else {name: study.groups[name] for name in among}
    wanted = {name for names in groups.values() for name in names}
    return [name for name in study.covariates if name in wanted - out]


def first(study: Study) -> str:
    """Return the first characteristic that enters the model; empty if none does.

    Parameters
    ----------
    study : Study
        The records.

    Examples
    --------
    >>> first(Study(pd.DataFrame(), "seen", "ward", "deaths", {}, least=1))
    ''
    """
    return next(iter(terms(study)), "")


def crude(study: Study) -> pd.DataFrame:
    """Return how many records have the outcome, by characteristic, unadjusted.

    Parameters
    ----------
    study : Study
        The records.

    Returns
    -------
    DataFrame
        Columns term, level_name, numerator, denominator; the first row is all records. A
        characteristic that is a number has no row. Where it was not recorded, a level says so.

    Examples
    --------
    >>> frame = pd.DataFrame({"seen": [1, 0], "ward": ["A", "B"], "In-patient": [1, 0]})
    >>> crude(Study(frame, "seen", "ward", "deaths", {"In-patient": ["In-patient"]}, least=1))
             term level_name  numerator  denominator
    0  All deaths                     1            2
    1  In-patient                     1            1
    """
    model = study.frame
    columns = ["term", "level_name", "numerator", "denominator"]
    if model.empty:
        return pd.DataFrame(columns=columns)
    rows = [(f"All {study.units}", "", int(model[study.outcome].sum()), len(model))]
    for name in study.covariates:
        numeric = pd.api.types.is_numeric_dtype(model[name])
        absent = model[model[name].isna()]
        if not (numeric and not model[name].dropna().isin([0, 1]).all()):
            chosen = model[model[name].eq(1)] if numeric else model
            for level, part in chosen.groupby(name, observed=True)[study.outcome]:
                label = "" if numeric else str(level)
                rows.append((name, label, int(part.sum()), len(part)))
        if len(absent):
            rows.append((name, "not recorded", int(absent[study.outcome].sum()), len(absent)))
    return pd.DataFrame(rows, columns=columns)


def focus(study: Study, effects: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table of effects that the plan names, in its order.

    ``phrase`` is how the plan words the characteristic; ``absolute`` and ``direction`` are the size
    and the sign of ``value``, for a sentence.

    Parameters
    ----------
    study, effects : Study, DataFrame
        The records, and what `helpers.methods.models.effects` returns.

    Examples
    --------
    >>> plan = {"Sex M": "of men rather than women"}
    >>> made = Study(pd.DataFrame(), "seen", "ward", "deaths", {}, least=1, focus=plan)
    >>> effects = pd.DataFrame({"name": ["Age", "Sex M"], "value": [0.1, -0.2]})
    >>> focus(made, effects)[["phrase", "direction"]].to_dict("list")
    {'phrase': ['of men rather than women'], 'direction': ['less']}
    """
    place = {name: position for position, name in enumerate(study.focus)}
    chosen = effects[effects["name"].isin(list(place))]
    order = chosen["name"].map(place).sort_values(kind="stable").index
    chosen = chosen.loc[order].reset_index(drop=True)
    value = chosen["value"].astype("float64")
    return chosen.assign(
        phrase=chosen["name"].map(study.focus),
        absolute=value.abs(),
        direction=value.ge(0).map({True: "more", False: "less"}),
    )


def planned_terms(plan: Plan) -> list[str]:
    """Return the terms of a plan in words: name, coding and reference.

    Parameters
    ----------
    plan : Plan
        The plan.

    Examples
    --------
    >>> from helpers.case import load
    >>> planned_terms(load("southern_health").plan)[:2]
    ['Service, against Adult mental health', 'Age (per 10 years), linear']
    """
    words = []
    for name, term in plan.terms.items():
        if term.several:
            text = f"{name}, a flag for each"
        elif term.bands:
            text = f"{name}, in bands"
        elif term.per:
            text = f"{name}, linear"
        elif term.reference:
            text = f"{name}, against {term.reference}"
        else:
            text = name
        if term.declared:
            text += f" (settled after time zero; declared: {term.declared})"
        words.append(text)
    return words
