"""The plan of the models: what is asked of each, beside what was run.

``run`` is what :func:`helpers.start` returns; ``told`` what `helpers.methods.models.told` says of
the fitted models.

- :func:`every`: the models of the plan.
- :func:`asked`, :func:`options`: what each of them is fitted with, and what one is.
- :func:`headline`: the id of the model that the findings are made from.
- :func:`kept`: each item of the plan, what was run, and where the two differ.
- :func:`chain`: the models of the plan one after another, with who was among each.
- :func:`firsts`, :func:`steps`: of 100 records at each step, how many, by the first term.
- :func:`bent`: what the model with a number as a curve is fitted with.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from helpers.cohort import factors
from helpers.planfile import Model
from helpers.run import Run

AS_PLANNED = "as planned"
ELSEWHERE = "3b_how_sure"


def every(run: Run) -> tuple[Model, ...]:
    """Return the models of the plan and those that were added later.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> [model.id for model in every(run)]
    ['no_complete_reply']
    """
    plan = run.case.plan
    return (*plan.models, *plan.post_hoc) if plan else ()


def options(run: Run, study: factors.Study) -> dict[str, Any]:
    """Return what a model of a study is fitted with.

    Parameters
    ----------
    run : Run
        The run, for its plan.
    study : Study
        The records.
    """
    return {
        "frame": study.complete,
        "outcome": study.outcome,
        "terms": factors.terms(study),
        "cluster": study.cluster,
        "events_per_parameter": run.case.plan.events_per_parameter,
    }


def asked(run: Run) -> dict[str, dict[str, Any]]:
    """Return what each model of the plan, and each that was added later, is fitted with.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    dict of dict
        By id of the model: frame, outcome, terms, cluster and events_per_parameter, as
        `helpers.methods.models.fit` takes them. Models without records are not there.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2019-01-01", period_end="2020-12-31")
    >>> len(asked(run)["no_complete_reply"]["frame"])
    839
    """
    studies = {model.id: factors.study(run, model=model.id) for model in every(run)}
    return {name: options(run, study) for name, study in studies.items() if not study.frame.empty}


def headline(run: Run) -> str:
    """Return the id of the model that the findings are made from; empty without a plan.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> headline(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    'no_complete_reply'
    """
    return run.case.plan.headline if run.case.plan else ""


def kept(run: Run, told: pd.DataFrame) -> pd.DataFrame:
    """Return each item of the plan, what was run, and where the two differ.

    Parameters
    ----------
    run, told : Run, DataFrame
        The run, and what was fitted.

    Returns
    -------
    DataFrame
        Columns item, planned, ran and deviation, text; an item that was run as planned says so.
        Empty where the case has no plan.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> none = pd.DataFrame(columns=["id", "estimator", "n", "events", "separated", "reason"])
    >>> kept(run, none)["item"].tolist()[0]
    'Question'
    """
    plan = run.case.plan
    columns = ["item", "planned", "ran", "deviation"]
    if plan is None:
        return pd.DataFrame(columns=columns)
    changed = "" if plan.fixed else "nothing shows that the plan came before the results"
    rows = [("Question", plan.question, "this notebook and the next", "")]
    rows += [("When it was fixed", plan.standing, f"SHA-256 {plan.sha256[:16]}...", changed)]
    found = told.set_index("id")
    for model in every(run):
        if model.id in found.index:
            words = _ran(run, model, found.loc[model.id])
            rows.append((f"Model: {model.label}", *words))
    study = factors.study(run)
    out = set(factors.left_out(study)["term"])
    for words, name in zip(factors.planned_terms(plan), plan.terms, strict=True):
        absent = [one for one in study.groups.get(name, []) if one in out]
        ran = f"without {', '.join(absent)}" if absent else "in the model"
        rows.append((f"Term: {name}", words, ran, f"left out: {', '.join(absent)}" * bool(absent)))
    rows += [(item, planned, f"in {ELSEWHERE}", "see there") for item, planned in _checks(run)]
    frame = pd.DataFrame(rows, columns=columns)
    return frame.assign(deviation=frame["deviation"].where(frame["deviation"].ne(""), AS_PLANNED))


def _checks(run: Run) -> list[tuple[str, str]]:
    """Return what the plan says of missing values and of checks, which another notebook runs."""
    plan, rows = run.case.plan, []
    if plan.missing:
        words = f"complete records; {plan.missing.imputations} imputations beside"
        rows.append(("Missing values", words))
    for label, names in plan.covariate_sets.items():
        rows.append(("Set of characteristics", f"{label}: {', '.join(names)}"))
    rows += [("Within the levels of", name) for name in plan.subgroups]
    rows += [("Left out in turn", name) for name in plan.leave_out]
    return rows


def _ran(run: Run, model: Model, told: pd.Series) -> tuple[str, str, str]:
    """Return what was planned of a model, what was run, and how the two differ."""
    planned = (
        "maximum likelihood, or Firth's penalty with few in a level; clusters by "
        f"{run.case.plan.cluster}"
    )
    later = f"post hoc: {model.post_hoc}" if model.post_hoc else ""
    if told["reason"]:
        return planned, "table only", "; ".join(part for part in (told["reason"], later) if part)
    ran = f"{told['estimator']}, {told['n']:,} records, {told['events']:,} with the outcome"
    lost = len(factors.study(run, model=model.id).frame) - told["n"]
    parts = [
        f"separated by {told['separated']}" if told["separated"] else "",
        f"{lost:,} records lack a characteristic" if lost else "",
        later,
    ]
    return planned, ran, "; ".join(part for part in parts if part)


def chain(run: Run, told: pd.DataFrame) -> pd.DataFrame:
    """Return the models of the plan one after another, with who was among each.

    Parameters
    ----------
    run, told : Run, DataFrame
        As for :func:`kept`.

    Returns
    -------
    DataFrame
        Columns model (label), chosen (how a record came to be among them), numerator (records
        with the outcome), denominator (records among which it was looked for), estimator.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> none = pd.DataFrame(columns=["id", "estimator", "n", "events", "separated", "reason"])
    >>> chain(run, none)[["numerator", "denominator"]].to_dict("list")
    {'numerator': [105], 'denominator': [312]}
    """
    rows = []
    columns = ["model", "chosen", "numerator", "denominator", "estimator"]
    found = told.set_index("id")
    for model in every(run):
        study = factors.study(run, model=model.id)
        if study.frame.empty:
            continue
        words = "not fitted"
        if model.id in found.index:
            words = found.loc[model.id, "reason"] or found.loc[model.id, "estimator"]
        label = f"{model.label} (post hoc)" if model.post_hoc else model.label
        events = int(study.frame[study.outcome].sum())
        rows.append((label, model.chosen, events, len(study.frame), words))
    return pd.DataFrame(rows, columns=columns)


def firsts(run: Run) -> dict[str, str]:
    """Return the first characteristic of each model, by id of the model.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> firsts(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    {'no_complete_reply': 'Recipients'}
    """
    studies = {model.id: factors.study(run, model=model.id) for model in every(run)}
    return {name: factors.first(study) for name, study in studies.items()}


def steps(run: Run, shares: pd.DataFrame) -> pd.DataFrame:
    """Return of 100 records at each step how many went on, by the levels of the first term.

    Parameters
    ----------
    run : Run
        The run.
    shares : DataFrame
        As `helpers.methods.models.standardised_each` returns them.

    Returns
    -------
    DataFrame
        With model (label of the step) and observed (the share before any adjustment).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> shares = pd.DataFrame({"id": ["no_complete_reply"], "numerator": 1, "denominator": 4})
    >>> steps(run, shares)[["model", "observed"]].to_numpy().tolist()
    [['Without a complete reply, of reports due', 0.25]]
    """
    labels = {model.id: model.label for model in every(run)}
    made = shares.assign(
        model=shares["id"].map(labels),
        observed=shares["numerator"].astype("float64") / shares["denominator"].astype("float64"),
    )
    made.attrs = dict(shares.attrs)
    order = ["model", *(name for name in made if name not in {"model", "id", "term"})]
    return made[order]


def bent(run: Run) -> dict[str, Any]:
    """Return what the headline model with a number as a curve is fitted with.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    dict
        As `helpers.methods.models.curve` takes it; the term is empty where the plan wants no
        curve, or the number is not in the model.

    Examples
    --------
    >>> from helpers import start
    >>> bent(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))["term"]
    ''
    """
    plan = run.case.plan
    term, knots = next(iter(plan.curves.items()), ("", 4)) if plan else ("", 4)
    study = factors.study(run)
    held = options(run, study) if plan and not study.frame.empty else {}
    if term not in held.get("terms", []):
        return {"frame": pd.DataFrame(), "outcome": "", "terms": [], "term": "", "knots": knots}
    return {**held, "term": term, "knots": knots, "per": plan.terms[term].per or 1.0}
