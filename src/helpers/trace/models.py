"""Which rows the numbers of models and of samples are made of.

Each function takes the run and a row of an exhibit; None: the row is of another kind.

- :func:`overall`: the outcome among all records; :func:`crude`: among those with a level.
- :func:`level`: records of the headline model with a level; :func:`comparison`: all of them.
- :func:`standing`: which records a model rests on.
- :func:`planned`: the records that a sample would take, out of its frame.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd

from helpers.cohort import factors, plans, samples
from helpers.trace.evidence import evidence
from helpers.trace.look import AT, Look, counted
from helpers.trace.parts import COUNTED, DENOMINATOR, NUMERATOR, SET, Part

Row = Mapping[str, Any]


def _key(frame: pd.DataFrame) -> str:
    return "death_id" if "death_id" in frame else "review_id"


def _places(look: Look) -> pd.Series:
    """Return the place of each record that a model can be made of, by its id."""
    if len(look.people):
        return look.people.set_index("death_id")[AT]
    return look.table("reports").set_index("review_id")[AT]


def _placed(look: Look, frame: pd.DataFrame) -> pd.DataFrame:
    places = look.once("places of records", lambda: _places(look))
    return frame.assign(at=frame[_key(frame)].map(places).astype("int64"))


def _study(look: Look) -> tuple[factors.Study, pd.DataFrame, pd.DataFrame]:
    """Return the study of the headline, its records, and those with every characteristic."""
    study = factors.study(look.run)
    return study, _placed(look, study.frame), _placed(look, study.complete)


def _level(frame: pd.DataFrame, term: str, level: str) -> pd.DataFrame:
    """Return the records with a level of a characteristic; all of them where it is a number."""
    held = frame[term]
    if level == "not recorded" and level not in set(held.astype("str")):
        return frame[held.isna()]
    if not pd.api.types.is_numeric_dtype(held):
        return frame[held.astype("str").eq(level)]
    return frame[held.eq(1)] if held.dropna().isin([0, 1]).all() else frame


def _parts(look: Look, study: factors.Study, frame: pd.DataFrame, among: str) -> list[Part]:
    over = frame[frame[study.outcome].eq(1)]
    words = study.outcome.replace("_", " ")
    parts = counted(look, over, frame, what=(f"{among}: {words}", among))
    return parts + (evidence(look, study.outcome, over) if "death_id" in over else [])


def _text(value: Any) -> str:
    return "" if value is None or value != value or value is pd.NA else str(value)


def overall(look: Look, row: Row) -> list[Part] | None:
    """Return the rows with the outcome, out of all records of the plan.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        Its term says that it is of all.
    """
    study, frame, _ = look.once("study", lambda: _study(look))
    return _parts(look, study, frame, f"All {study.units}")


def crude(look: Look, row: Row) -> list[Part] | None:
    """Return the rows with the outcome, out of the records with a level of a characteristic.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With term and level_name.
    """
    study, frame, _ = look.once("study", lambda: _study(look))
    term, name = row["term"], _text(row["level_name"])
    if term not in frame:
        return overall(look, row)
    return _parts(look, study, _level(frame, term, name), f"{term} {name}".strip())


def level(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of the headline model with a level of a characteristic.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With term and level_name.
    """
    study, _, complete = look.once("study", lambda: _study(look))
    term, name = row["term"], _text(row["level_name"])
    if term not in complete or "denominator" not in row:
        return None
    return _parts(look, study, _level(complete, term, name), f"{term} {name}".strip())


def comparison(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of the headline model: all records on which a comparison rests.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With numerator and denominator.
    """
    study, _, complete = look.once("study", lambda: _study(look))
    return _parts(look, study, complete, f"All {study.units} of the model")


def standing(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of records in a model, and of those that are not.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With standing and status; of a case of replies, none.
    """
    if not len(look.people):
        return None
    study, frame, complete = look.once("study", lambda: _study(look))
    ids = look.people["death_id"]
    inside, full = ids.isin(frame["death_id"]), ids.isin(complete["death_id"])
    kept = {
        "not in the model": ~inside,
        "a characteristic not recorded": inside & ~full,
        "in the model": full,
    }[row["status"]]
    what = (f"Deaths, {row['status']}", "Deaths of the period")
    return counted(look, look.people[kept], look.people, what=what)


def planned(look: Look, row: Row, *, page: str) -> list[Part] | None:
    """Return the records that a sample would take, and those of its frame.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With numerator and denominator.
    page : str
        Notebook whose parameters hold the size of the sample and the seed.
    """
    from helpers.methods import sampled

    frame = samples.frame(look.run)
    models = plans.every(look.run)
    study = factors.study(look.run, model=models[0].id)
    held = _placed(look, study.frame)
    size, seed = look.parameter(page, "sample_size"), look.parameter(page, "seed")
    taken = sampled.drawn(frame, size=size, seed=seed)
    over = held[held[_key(held)].astype("str").isin(taken["id"])]
    return [
        Part(NUMERATOR, "Records that would be read, drawn with the seed of the run",
             f"{SET}; the rows are those that the seed draws", look.rows(over), float(len(over))),
        Part(DENOMINATOR, "Records in the frame", COUNTED, look.rows(held), float(len(held))),
    ]  # fmt: skip
