"""The plan of the models: what will be asked of the records, written down before they are opened.

``plan.yml`` stands in the folder of a case. :func:`fix` puts its hash on record, in
``plan.fixed.yml``; from then on a plan that was changed is refused, and what was thought of later
goes to ``post_hoc.yml``, whose models are shown as such.

- :class:`Plan`: the whole file.
- :class:`Model`, :class:`Term`, :class:`Compared`, :class:`Missing`, :class:`Misclassified`,
  :class:`Control`: its parts.
- :class:`Fixed`: the record of when a plan was fixed, and by whom.
- :func:`read`: the plan of a case, checked.
- :func:`fix`: put the hash of a plan on record.
"""

from __future__ import annotations

import hashlib
from datetime import date
from pathlib import Path
from typing import Any, Literal

import yaml
from pydantic import Field, ValidationError, model_validator

from helpers.errors import InputError, Problem
from helpers.sourcefile import _Model

PLAN, FIXED, POST_HOC = "plan.yml", "plan.fixed.yml", "post_hoc.yml"


class Model(_Model):
    """One model: which outcome, among which records, in whose words.

    For deaths ``outcome`` and ``among`` are steps of the chain. ``chosen`` says how a record came
    to be among them, so that nobody reads those as a sample of all. ``post_hoc`` is why it was
    added after the plan was fixed.
    """

    id: str
    outcome: str
    among: str
    label: str
    units: str
    having: str
    definition: str
    cannot_show: str
    chosen: str = ""
    post_hoc: str = ""


class Term(_Model):
    """A characteristic: from which column, coded how, compared with what.

    ``per`` divides a number, so that its coefficient is for so many units; ``bands`` cuts it at
    upper ends; ``several`` makes a flag of each of the values that a column may hold together,
    named with ``prefix``; ``levels`` merges values into the levels of the model, and ``absent``
    are values that stand for nothing recorded. ``declared`` is
    the reason why a characteristic that is settled after the death may be used.
    """

    column: str
    reference: str = ""
    per: float | None = Field(default=None, gt=0)
    bands: list[float] = []
    several: bool = False
    prefix: str = ""
    levels: dict[str, str] = {}
    absent: list[str] = []
    declared: str = ""


class Missing(_Model):
    """How values that were not recorded are handled beside the records that have them all.

    ``adds`` are characteristics that enter only here, because many records lack them; ``tilt`` is
    the one whose values are taken to be missing for a reason, by the ``shifts`` (log odds that
    the value is not the reference).
    """

    adds: dict[str, Term] = {}
    imputations: int = Field(default=20, ge=2)
    iterations: int = Field(default=10, ge=1)
    tilt: str = ""
    shifts: list[float] = [-1.0, -0.5, 0.0, 0.5, 1.0]


class Compared(_Model):
    """The comparison on which every check is run: two levels of a term."""

    term: str
    level: str
    against: str


class Misclassified(_Model):
    """What is assumed of records of the outcome that are wrong: ranges, and why these.

    ``sensitivity`` and ``specificity`` are the least and the greatest value thought possible.
    """

    sensitivity: tuple[float, float]
    specificity: tuple[float, float]
    why: str


class Control(_Model):
    """An outcome that cannot have to do with what the model is about, and why not.

    ``column`` is one of yes or no. An association with it points to something else at work.
    """

    column: str
    label: str
    why: str


class Plan(_Model):
    """What ``plan.yml`` says, checked.

    Examples
    --------
    >>> from helpers.case import load
    >>> plan = load("southern_health").plan
    >>> plan.headline, [one.id for one in plan.models][:2]
    ('investigated', ['reported', 'unexpected'])
    """

    plan_version: Literal[1]
    records: Literal["deaths", "replies"]
    question: str
    headline: str
    models: list[Model] = Field(min_length=1)
    terms: dict[str, Term] = Field(min_length=1)
    subgroups: list[str] = []
    curves: dict[str, int] = {}
    cluster: str
    least: int = Field(default=20, ge=1)
    events_per_parameter: float = Field(default=10, gt=0)
    focus: dict[str, str] = {}
    comparison: Compared | None = None
    missing: Missing | None = None
    covariate_sets: dict[str, list[str]] = {}
    leave_out: list[str] = []
    misclassified: Misclassified | None = None
    control: Control | None = None
    post_hoc: list[Model] = []
    sha256: str = ""
    fixed: Fixed | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Plan:
        ids = [one.id for one in (*self.models, *self.post_hoc)]
        if len(set(ids)) < len(ids):
            raise ValueError("two models have the same id")
        if self.headline not in {one.id for one in self.models}:
            raise ValueError(f"headline {self.headline!r} is not the id of a model")
        named = [
            *(("subgroups", name) for name in self.subgroups),
            *(("curves", name) for name in self.curves),
            *(("leave_out", name) for name in self.leave_out),
            *([("missing: tilt", self.missing.tilt)] if self.missing and self.missing.tilt else []),
            *((f"covariate_sets: {key}", name)
              for key, names in self.covariate_sets.items() for name in names),
            *([("comparison", self.comparison.term)] if self.comparison else []),
        ]  # fmt: skip
        known = {*self.terms, *(self.missing.adds if self.missing else ())}
        for what, name in named:
            if name not in known:
                raise ValueError(
                    f"{what}: {name!r} is not one of the terms, {', '.join(self.terms)}"
                )
        return self

    @property
    def head(self) -> Model:
        """Return the model that the findings are made from."""
        return next(one for one in self.models if one.id == self.headline)

    @property
    def standing(self) -> str:
        """Return in words whether and when the plan was fixed."""
        if self.fixed is None:
            return "not fixed: nothing shows that it was written before the records were opened"
        words = f"fixed on {self.fixed.on.day} {self.fixed.on:%B %Y} by {self.fixed.by}"
        words += f"; {self.fixed.note}" if self.fixed.note else ""
        if self.fixed.before:
            words += f"; an earlier plan was replaced: {self.fixed.before[-1].why}"
        return words


class Replaced(_Model):
    """An earlier plan: its hash, when it was fixed, and why it was replaced."""

    sha256: str
    on: date
    why: str


class Fixed(_Model):
    """The record of a plan that was fixed.

    ``files`` are the hashes of the files of the case on that day: what was in the folder then.
    """

    sha256: str
    on: date
    by: str
    note: str = ""
    files: dict[str, str] = {}
    before: list[Replaced] = []


Plan.model_rebuild()


def _parsed(path: Path, where: str) -> Any:
    try:
        return yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        reason = " ".join(str(error).split())
        raise InputError.one(f"not readable as YAML ({reason})", where, "Correct it.") from None


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def read(folder: Path) -> Plan | None:
    """Return the plan of a case, or None if there is none.

    Its hash is taken here, before any file of records is opened.

    Parameters
    ----------
    folder : Path
        Folder of the case.

    Returns
    -------
    Plan or None
        With what was fixed, and models that were added after that.

    Raises
    ------
    InputError
        If the plan, or what is beside it, is not as it should be, or is not the plan that was
        fixed.

    Examples
    --------
    >>> from helpers.case import project_root
    >>> len(read(project_root() / "data" / "coroners").sha256)
    64
    """
    path, name = folder / PLAN, f"data/{folder.name}"
    if not path.is_file():
        return None
    raw = dict(_parsed(path, f"{name}/{PLAN}") or {})
    sha256 = _digest(path)
    fixed = None
    if (folder / FIXED).is_file():
        fixed = _parsed(folder / FIXED, f"{name}/{FIXED}")
    later = []
    if (folder / POST_HOC).is_file():
        later = (_parsed(folder / POST_HOC, f"{name}/{POST_HOC}") or {}).get("models", [])
        if bare := [one.get("id", "?") for one in later if not one.get("post_hoc")]:
            raise InputError.one(
                f"model {bare[0]!r} does not say why it was added",
                f"{name}/{POST_HOC}",
                "Give it an entry post_hoc with the reason.",
            )
    own = {"sha256", "fixed", "post_hoc"} & raw.keys()
    if own:
        raise InputError.one(
            f"{sorted(own)[0]} is not an entry of a plan", f"{name}/{PLAN}", "Take it out."
        )
    try:
        plan = Plan.model_validate({**raw, "sha256": sha256, "fixed": fixed, "post_hoc": later})
    except ValidationError as error:
        raise InputError(
            Problem(
                issue["msg"].lower(),
                f"{name}/{PLAN}, {'.'.join(str(part) for part in issue['loc']) or 'top'}",
                "Correct the entry.",
            )
            for issue in error.errors()
        ) from None
    if plan.fixed is not None and plan.fixed.sha256 != sha256:
        raise InputError.one(
            f"this is not the plan that was fixed on {plan.fixed.on}: its SHA-256 is {sha256}, "
            f"that of the fixed one {plan.fixed.sha256}",
            f"{name}/{PLAN}",
            f"Put the fixed plan back and add later models to {POST_HOC}; or fix this one in its "
            f"place with 'inquiry fix-plan {folder.name} --by NAME --again REASON', which keeps "
            "both hashes.",
        )
    return plan


def fix(
    folder: Path,
    *,
    by: str,
    on: date,
    note: str = "",
    again: str = "",
    files: list[str] | None = None,
) -> Fixed:
    """Put the hash of a plan on record.

    Parameters
    ----------
    folder : Path
        Folder of the case.
    by : str
        Who fixes it: a role, or a name that may be published.
    on : date
        The day.
    note : str
        What a reader must know, such as that results were seen before.
    again : str
        Why another plan takes the place of the one that was fixed before.
    files : list of str, optional
        Files of the case whose hashes are kept: what was there on that day.

    Returns
    -------
    Fixed
        What was written to ``plan.fixed.yml``.

    Raises
    ------
    InputError
        If there is no plan, or another one was fixed and ``again`` gives no reason.
    """
    path, where = folder / PLAN, f"data/{folder.name}/{PLAN}"
    if not path.is_file():
        raise InputError.one("there is no plan", where, "Write it first; README shows how.")
    before: list[Replaced] = []
    if (folder / FIXED).is_file():
        held = Fixed.model_validate(_parsed(folder / FIXED, f"data/{folder.name}/{FIXED}"))
        before = list(held.before)
        if held.sha256 == _digest(path):
            raise InputError.one(
                f"this plan was fixed on {held.on} already", where, "Nothing needs to be done."
            )
        if not again:
            raise InputError.one(
                f"another plan was fixed on {held.on}",
                where,
                "Put it back, or say with --again why this one takes its place.",
            )
        before.append(Replaced(sha256=held.sha256, on=held.on, why=again))
    there = {
        name: _digest(folder / name)
        for name in files or []
        if name not in {PLAN, FIXED} and (folder / name).is_file()
    }
    made = Fixed(sha256=_digest(path), on=on, by=by, note=note, files=there, before=before)
    text = yaml.safe_dump(
        made.model_dump(mode="json"), sort_keys=False, allow_unicode=True, width=100
    )
    (folder / FIXED).write_text(text, encoding="utf-8")
    return made
