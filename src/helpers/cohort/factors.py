"""Risk factors: the records, the outcome and the characteristics that a model is given.

``run`` is what :func:`helpers.start` returns; ``study`` what :func:`study` makes of it.

- :func:`study`: the records with outcome and characteristics, as the case plans them.
- :class:`Study`: what that is.
- :func:`terms`, :func:`left_out`: which characteristics enter the model, and why others do not.
- :func:`crude`: shares by characteristic before any adjustment.
- :func:`standing`: which records the model rests on, and which not.
- :func:`focus`: the results that the case's plan names.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from helpers.chain import STEPS
from helpers.cohort import replies
from helpers.run import Run


@dataclass(frozen=True)
class Study:
    """The records of a model with their outcome and characteristics.

    Parameters
    ----------
    frame : DataFrame
        One row a record: the outcome (0 or 1), the cluster, and a column for each characteristic
        under the name that readers see; text for levels, 0 or 1 for what a record has or lacks.
    outcome, cluster : str
        Names of those columns.
    units : str
        What the records are, in words.
    groups : dict of list
        Characteristics by the group in which they are tested together.
    least : int
        A characteristic that fewer records have, or lack, is left out.
    references : dict
        The level that others are compared with, where it is not the most frequent one.
    focus : dict
        Names of results that are stated as findings, with their wording.

    Examples
    --------
    >>> frame = pd.DataFrame({"seen": [1, 0], "ward": ["A", "B"], "Sex": ["F", "M"]})
    >>> Study(frame, "seen", "ward", "deaths", {"Sex": ["Sex"]}, least=1).covariates
    ['Sex']
    """

    frame: pd.DataFrame
    outcome: str
    cluster: str
    units: str
    groups: dict[str, list[str]]
    least: int
    references: dict[str, str] = field(default_factory=dict)
    focus: dict[str, str] = field(default_factory=dict)

    @property
    def covariates(self) -> list[str]:
        """Return the characteristics in the order of the frame."""
        known = {name for names in self.groups.values() for name in names}
        return [name for name in self.frame if name in known]


def study(run: Run) -> Study:
    """Return the records of the case's model with outcome and characteristics.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    Study
        Deaths where the case plans a model of deaths; else reports that owe a reply; else
        nothing, with an empty frame.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> made = study(run)
    >>> made.outcome, len(made.frame)
    ('no_complete_reply', 312)
    """
    if run.case.factors is not None:
        return _of_deaths(run)
    rule = run.case.replies
    frame = replies.model_frame(run)
    return Study(
        frame,
        replies.OUTCOME,
        "area",
        rule.units if rule else "records",
        replies.groups(frame),
        rule.least if rule else 0,
        focus=rule.focus if rule else {},
    )


def _of_deaths(run: Run) -> Study:
    plan = run.case.factors
    people = run.people.assign(deaths=True)
    people = people[people[plan.among]]
    year = run.years(people["date_of_death"])
    held = people.assign(
        year=year.astype("str"),
        age_decade=people["age"].astype("Float64") / 10,
    )
    frame = pd.DataFrame(
        {
            "death_id": held["death_id"],
            plan.outcome: held[plan.outcome].astype("int64"),
            plan.cluster: held[plan.cluster],
        }
    )
    labels = run.case.labels
    for name, column in plan.terms.items():
        values = held[column]
        if isinstance(values.dtype, pd.BooleanDtype) or values.dtype == "bool":
            frame[name] = values.astype("Int64").astype("float64")
        elif pd.api.types.is_numeric_dtype(values):
            frame[name] = values.astype("float64")
        else:
            frame[name] = values.map(
                lambda value: labels.get(str(value), str(value)), na_action="ignore"
            )
    # A record that lacks a characteristic is left out and counted; no value is made up.
    frame = frame.dropna().reset_index(drop=True)
    for name, reference in plan.reference.items():
        levels = [reference, *sorted(set(frame[name]) - {reference})]
        frame[name] = pd.Categorical(frame[name], categories=levels)
    return Study(
        frame,
        plan.outcome,
        plan.cluster,
        plan.units,
        {name: [name] for name in plan.terms},
        plan.least,
        references=plan.reference,
        focus=plan.focus,
    )


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
    plan = run.case.factors
    if plan is None:
        return replies.standing(run)
    people = run.people.assign(deaths=True)
    inside = people[plan.among]
    full = len(study(run).frame)
    rows = [
        (f"not {STEPS[plan.among].lower()}", "not in the model", int((~inside).sum())),
        (STEPS[plan.among].lower(), "a characteristic not recorded", int(inside.sum()) - full),
        (STEPS[plan.among].lower(), "in the model", full),
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
    model, rows = study.frame, []
    for name in study.covariates:
        held = model[name]
        numeric = pd.api.types.is_numeric_dtype(held)
        binary = numeric and held.isin([0, 1]).all()
        size = int(held.sum()) if binary else int(held.notna().sum())
        rarer = min(size, len(model) - size) if binary else size
        events = model.groupby(name, observed=True)[study.outcome].agg(["sum", "size"])
        if held.nunique() < 2:
            reason = "it does not vary"
        elif rarer < study.least:
            reason = f"fewer than {study.least} {study.units} have it, or lack it"
        elif (not numeric or binary) and (
            events["sum"].eq(0) | events["sum"].eq(events["size"])
        ).any():
            reason = f"all or none of the {study.units} of a level have the outcome"
        else:
            continue
        rows.append({"term": name, "numerator": size, "denominator": len(model), "reason": reason})
    frame = pd.DataFrame(rows, columns=["term", "numerator", "denominator", "reason"])
    if not model.empty:
        frame.attrs["answer"] = "No characteristic was left out."
    return frame


def terms(study: Study) -> list[str]:
    """Return the characteristics that enter the model.

    Parameters
    ----------
    study : Study
        The records.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> made = globals()["study"](run)
    >>> terms(made)[:2]
    ['Recipients', 'Sent to: NHS trust or health board']
    """
    out = set(left_out(study)["term"])
    return [name for name in study.covariates if name not in out]


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
        characteristic that is a number has no row.

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
        if numeric and not model[name].isin([0, 1]).all():
            continue
        chosen = model[model[name].eq(1)] if numeric else model
        for level, part in chosen.groupby(name, observed=True)[study.outcome]:
            label = "" if numeric else str(level)
            rows.append((name, label, int(part.sum()), len(part)))
    return pd.DataFrame(rows, columns=columns)


def focus(study: Study, effects: pd.DataFrame) -> pd.DataFrame:
    """Return the rows of a table of effects that the case's plan names, in its order.

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
