"""How sure one can be of the main comparison: what the checks of the plan are made with.

``run`` is what :func:`helpers.start` returns.

- :func:`compared`: the comparison on which every check is run.
- :func:`by_label`, :func:`sets`, :func:`chosen`: models and sets of characteristics by label.
- :func:`subgroups`, :func:`leaves`, :func:`clusters`: within which levels the comparison is made,
  what is left out in turn, and the names of the clusters.
- :func:`incomplete`, :func:`imputing`, :func:`shifting`: records with values that are missing, and
  how they are handled.
- :func:`wrong`: what is assumed of records of the outcome that are wrong.
- :func:`control`: an outcome that cannot have to do with it.
- :func:`having`: the outcome in words.
"""

from __future__ import annotations

from typing import Any

from helpers.cohort import factors, plans
from helpers.run import Run

CONTROL = "control outcome"


def compared(run: Run) -> dict[str, str]:
    """Return the comparison on which every check is run; empty where the plan names none.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> compared(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    {'term': 'Recipients', 'level': '3 or more', 'against': '1'}
    """
    plan = run.case.plan
    return plan.comparison.model_dump() if plan and plan.comparison else {}


def by_label(run: Run, asked: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """Return what each model is fitted with, by its label.

    Parameters
    ----------
    run, asked : Run, dict
        The run, and what :func:`asked` returns.
    """
    labels = {model.id: model.label for model in plans.every(run)}
    return {labels[name]: options for name, options in asked.items()}


def sets(run: Run) -> dict[str, list[str]]:
    """Return the characteristics of each set of the plan, by its label.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> sets(run)["recipients and year"]
    ['Recipients', 'Year']
    """
    plan, study = run.case.plan, factors.study(run)
    named = plan.covariate_sets if plan else {}
    return {
        label: [name for term in terms for name in study.groups.get(term, [])]
        for label, terms in named.items()
    }


def chosen(run: Run) -> tuple[str, str]:
    """Return the labels of the headline model and of the set with every characteristic.

    Parameters
    ----------
    run : Run
        The run.
    """
    plan = run.case.plan
    if plan is None or not plan.covariate_sets:
        return "", ""
    return plan.head.label, max(plan.covariate_sets, key=lambda one: len(plan.covariate_sets[one]))


def leaves(run: Run) -> list[str]:
    """Return the columns whose values are left out in turn.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> leaves(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    ['Year']
    """
    return list(run.case.plan.leave_out) if run.case.plan else []


def subgroups(run: Run) -> list[str]:
    """Return the characteristics within whose levels the comparison is made.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> subgroups(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    []
    """
    return list(run.case.plan.subgroups) if run.case.plan else []


def clusters(run: Run) -> dict[int, str]:
    """Return the name of each cluster of the headline model by its number.

    Parameters
    ----------
    run : Run
        The run.
    """
    study = factors.study(run)
    if study.frame.empty:
        return {}
    return dict(enumerate(study.complete[study.cluster].drop_duplicates()))


def incomplete(run: Run) -> dict[str, Any]:
    """Return the records of the headline model with what is missing of them.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    dict
        As :func:`asked` for one model, with ``columns`` (characteristics that take part in an
        imputation); empty where the plan imputes nothing.

    Examples
    --------
    >>> from helpers import start
    >>> incomplete(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    {}
    """
    plan = run.case.plan
    if plan is None or plan.missing is None:
        return {}
    study = factors.study(run, adds=plan.missing.adds)
    if study.frame.empty:
        return {}
    terms = factors.terms(study)
    frame = study.frame.dropna(subset=[study.cluster]).reset_index(drop=True)
    return {**plans.options(run, study), "frame": frame, "columns": terms, "terms": terms}


def imputing(run: Run) -> dict[str, int]:
    """Return how many imputations and iterations the plan wants.

    Parameters
    ----------
    run : Run
        The run.
    """
    held = run.case.plan.missing if run.case.plan else None
    if held is None:
        return {"imputations": 2, "iterations": 1}
    return {"imputations": held.imputations, "iterations": held.iterations}


def shifting(run: Run) -> dict[str, Any]:
    """Return which characteristic is taken to be missing for a reason, and how far.

    Parameters
    ----------
    run : Run
        The run.
    """
    held = run.case.plan.missing if run.case.plan else None
    if held is None:
        return {"column": "", "shifts": [0.0]}
    return {"column": held.tilt, "shifts": held.shifts}


def wrong(run: Run) -> dict[str, tuple[float, float]]:
    """Return the ranges assumed for records of the outcome that are wrong.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> wrong(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    {'sensitivity': (0.9, 1.0), 'specificity': (0.8, 1.0)}
    """
    held = run.case.plan.misclassified if run.case.plan else None
    if held is None:
        return {"sensitivity": (1.0, 1.0), "specificity": (1.0, 1.0)}
    return {"sensitivity": held.sensitivity, "specificity": held.specificity}


def control(run: Run) -> dict[str, dict[str, Any]]:
    """Return the headline model with the control outcome in place of its own, by its label.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> control(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    {}
    """
    plan = run.case.plan
    if plan is None or plan.control is None or plan.records != "deaths":
        return {}
    study = factors.study(run)
    if study.frame.empty:
        return {}
    held = run.people.set_index("death_id")[plan.control.column]
    values = study.complete["death_id"].map(held).astype("Int64")
    kept = values.notna()
    frame = study.complete[kept].assign(**{CONTROL: values[kept].astype("int64")})
    return {plan.control.label: {**plans.options(run, study), "frame": frame, "outcome": CONTROL}}


def having(run: Run) -> str:
    """Return the outcome in words that follow "were".

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> having(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    'counted as having no complete reply'
    """
    plan = run.case.plan
    return f"counted as {plan.head.having}" if plan else "counted"
