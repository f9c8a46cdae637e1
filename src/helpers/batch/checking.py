"""The rows of a plan as they will run: every case, period, profile and notebook looked up first.

- :func:`checked`: the rows, or every problem of every row.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from helpers.batch.plan import RESERVED, Row, Written
from helpers.errors import InputError, Problem

if TYPE_CHECKING:
    from helpers.casefile import Case

_DAYS = re.compile(r"(\d{4}-\d\d-\d\d)/(\d{4}-\d\d-\d\d)")


class _Checker:
    """What is read once for all rows: notebooks, cases, and the hashes of their files."""

    def __init__(self, overrides: Mapping[str, Any], default: Sequence[str], pdf: bool) -> None:
        import nbformat

        from helpers.pack import build
        from helpers.pack.manifest import code

        self.overrides, self.default, self.pdf = dict(overrides), list(default), pdf
        self.paths = build.notebooks()
        self.sources = {
            name: nbformat.read(path, as_version=4) for name, path in self.paths.items()
        }
        self.code = code()["sha256"]
        self.cases: dict[str, Case | InputError] = {}
        self.hashes: dict[str, dict[str, str]] = {}

    def case(self, name: str) -> Case:
        from helpers.case import load

        if name not in self.cases:
            try:
                self.cases[name] = load(name)
            except InputError as error:
                self.cases[name] = error
        held = self.cases[name]
        if isinstance(held, InputError):
            raise held
        return held

    def inputs(self, case: Case, named: str) -> dict[str, str]:
        from helpers.case import files
        from helpers.intake.reading import sha256

        if named not in self.hashes:
            self.hashes[named] = {name: sha256(case.path(name)) for name in files(case)}
        return self.hashes[named]

    def names(self, text: str) -> list[str]:
        asked = [part.strip() for part in text.split(";") if part.strip()] or self.default
        asked = [name.removesuffix(".ipynb") for name in asked]
        wrong = [name for name in asked if name not in self.paths]
        if wrong:
            known = f"Use: {', '.join(self.paths)}."
            raise InputError(
                Problem(f"there is no notebook {name!r}", "notebooks", known) for name in wrong
            )
        return [name for name in self.paths if not asked or name in asked]

    def parameters(self, case: Case, names: Sequence[str], fixed: dict) -> dict[str, dict]:
        from helpers import parameters

        offered = {name: parameters.declared(self.sources[name]) for name in names}
        wrong = [one for one in self.overrides if not any(one in held for held in offered.values())]
        if wrong:
            raise InputError(
                Problem("no notebook of this row has such a parameter", f"--set {one}",
                        "List them with: inquiry parameters.") for one in wrong
            )  # fmt: skip
        merged = {**case.parameters, **self.overrides, **fixed}
        return {
            name: parameters.merge(self.sources[name], overrides=merged, where=name)
            for name in names
        }

    def hashed(self, names: Sequence[str]) -> str:
        from helpers.intake.reading import sha256

        lines = [f"{name} {sha256(self.paths[name])}\n" for name in names]
        return hashlib.sha256("".join(lines).encode()).hexdigest()

    def row(self, written: Written) -> Row:
        from helpers import disclosure

        cells = written.cells
        if not cells["case"]:
            raise InputError.one("no case is named", "case", "Name a folder of the cases.")
        if cells["case"] == RESERVED:
            raise InputError.one(
                f"a case cannot be called {RESERVED!r} here", "case",
                "The folder of that name holds the journal of the batch.",
            )  # fmt: skip
        case, named, (start, end) = self.spanned(cells)
        profile = cells["profile"] or self.overrides.get("release_profile") or case.profiles[0]
        if cells["profile"] and "release_profile" in self.overrides:
            raise InputError.one(
                "the profile is given by the row and by --set", "profile", "Give it once."
            )
        disclosure.check_profile(profile, permitted=case.profiles)
        names = self.names(cells["notebooks"])
        given = {"period_start": start, "period_end": end, "release_profile": profile}
        settings = self.parameters(case, names, {"case": named, **given})
        return Row(
            number=written.number,
            case=case.id,
            title=case.title,
            start=start,
            end=end,
            profile=profile,
            data_status=case.data_status,
            notebooks=settings,
            overrides=self.overrides,
            inputs={**self.inputs(case, named), **_compared(settings)},
            code=self.code,
            sources=self.hashed(names),
            named=named,
            pdf=self.pdf,
        )

    def spanned(self, cells: Mapping[str, str]) -> tuple[Case, str, tuple[str, str]]:
        """Return the case of a row, how a run names it, and first and last day."""
        named, start, end = cells["period"], cells["start"], cells["end"]
        if named and (start or end):
            raise InputError.one("period and start or end are both given", "period", "Give one.")
        asked = cells["case"]
        case = self.case(asked)
        if days := _DAYS.fullmatch(named):
            start, end = days[1], days[2]
        elif named:
            known = sorted(path.parent.name for path in case.folder.glob("periods/*/period.yml"))
            if named not in known:
                listed = f"Registered: {', '.join(known)}." if known else "None is registered."
                raise InputError.one(
                    f"{named!r} is neither a registered period nor days", "period",
                    f"Write for example 2014-04-01/2015-03-31. {listed}",
                )  # fmt: skip
            asked = f"{asked}/{named}"
            case = self.case(asked)
        return case, asked, _period(case, start, end)


def _compared(settings: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Return the hashes of the files of the providers that some notebooks compare."""
    from helpers.pack.planning import beside

    return {item["file"]: item["sha256"] for item in beside(settings.values())}


def _period(case: Case, start: str, end: str) -> tuple[str, str]:
    """Return first and last day of a row, which lie in the data of the case."""
    first = _day(start, case.period.start, "start")
    last = _day(end, case.period.end, "end")
    if last < first:
        raise InputError.one(
            f"the period ends on {last} before it starts on {first}", "end",
            "Give an end on or after the start.",
        )  # fmt: skip
    held = getattr(case, "held", None) or case.period  # a registered period may hold earlier days
    if first < held.start or last > held.end:
        raise InputError.one(
            f"the period {first} to {last} reaches outside the data", "period",
            f"The case holds {held.start} to {held.end}.",
        )  # fmt: skip
    return first.isoformat(), last.isoformat()


def _day(text: str, default: date, column: str) -> date:
    if not text:
        return default
    mend = "Write days as YYYY-MM-DD."
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise InputError.one(f"{text!r} is not a day", column, mend)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise InputError.one(f"{text!r}: there is no such day", column, mend) from None


def checked(
    rows: Sequence[Written],
    *,
    name: str = "plan",
    notebooks: Sequence[str] = (),
    overrides: Mapping[str, Any] | None = None,
    pdf: bool = False,
) -> list[Row]:
    """Return the rows as they will run, or refuse the plan with every problem of every row.

    No file of records is read, but each is hashed.

    Parameters
    ----------
    rows : sequence of Written
        As :func:`helpers.batch.plan.read` returns them.
    name : str
        Name of the file, for messages.
    notebooks : sequence of str
        Notebooks of rows that name none; empty: all.
    overrides : mapping, optional
        Parameters for every row.
    pdf : bool
        Whether packs get a PDF; part of what makes two rows the same.

    Returns
    -------
    list of Row
        In the order of the plan.

    Raises
    ------
    InputError
        With the number of the row in each line.
    """
    checker = _Checker(overrides or {}, notebooks, pdf)
    made: list[Row] = []
    problems: list[Problem] = []
    first: dict[tuple, int] = {}
    for written in rows:
        where = f"{name}, row {written.number}"
        try:
            row = checker.row(written)
        except InputError as error:
            problems += [
                Problem(item.what, f"{where}: {item.where}", item.mend) for item in error.problems
            ]
            continue
        same = (row.named, row.start, row.end, row.profile, tuple(row.notebooks))
        if same in first:
            what = f"is the same as row {first[same]}: {row.case}, {row.start} to {row.end}"
            problems.append(Problem(what, where, "Take one of them out."))
        first.setdefault(same, written.number)
        made.append(row)
    if problems:
        raise InputError(problems)
    return made
