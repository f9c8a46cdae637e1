"""Frozen figures of an earlier period beside the same figures from a later extract, and why.

- :func:`restate`: recompute a pack's figures from a later extract and say what became of each.
- :class:`Restated`: what is found.

The notebooks of the frozen pack run again, with its parameters, on the later extract. Where code,
rules, plan or libraries are not those of the pack, they run on its own extract as well: a figure
that differs already there is marked, since the extract alone does not explain it.
"""

from __future__ import annotations

import datetime as dt
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from helpers.case import load, project_root
from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake import Extract, handed
from helpers.periods import between, frozen, spans
from helpers.periods.apportioning import CAUSES, moved
from helpers.periods.extracts_compared import Compared, about, compared
from helpers.periods.registering import days_of
from helpers.periods.restated_figures import COLUMNS, figures, open_row

if TYPE_CHECKING:
    from helpers.pack.collect import Collected
    from helpers.pack.execute import Progress


@dataclass(frozen=True)
class Restated:
    """Frozen figures beside recomputed ones.

    Parameters
    ----------
    case, period : str
        The case, and the registered period whose extract is the later one.
    pack : str
        Id of the frozen pack.
    manifest_sha256 : str
        Hash of its manifest.
    days : tuple of date
        First and last day of its period.
    figures : DataFrame
        :data:`COLUMNS`, one row a figure, in the order of the pack.
    tables : list of dict
        Each value of a table or figure that differs: exhibit, row, column, before, after.
    compared : Compared, optional
        What became of the rows; None where the later extract does not hold the period.
    deaths : dict of int
        Deaths of the period whose count changed anywhere, by cause.
    other : list of dict
        What else differs from the pack: cause and detail.
    open_ : str
        Why the figures could not be recomputed; empty where they were.
    profile : str
        Profile in force.
    """

    case: str
    period: str
    pack: str
    manifest_sha256: str
    days: spans.Days
    figures: pd.DataFrame
    tables: list[dict[str, Any]] = field(default_factory=list)
    compared: Compared | None = None
    deaths: dict[str, int] = field(default_factory=dict)
    other: list[dict[str, str]] = field(default_factory=list)
    open_: str = ""
    profile: str = "open"

    def count(self, status: str) -> int:
        """Return how many figures have a status.

        Parameters
        ----------
        status : str
            Such as ``equal``.
        """
        return int(self.figures["status"].eq(status).sum())


def _frozen_pack(after: Case, against: Path | None, out: Path | None) -> tuple[Path, pd.DataFrame]:
    """Return the frozen pack and its figures; freeze them now if nobody has."""
    from helpers.intake.reading import sha256
    from helpers.pack.verify import load as manifest_of

    path = after.folder / "periods" / after.registered / frozen.NAME
    held = frozen.read(path) if path.is_file() else None
    if against is None:
        case = load(after.id)
        if held is not None and len(held):
            span, _, version = held["pack"].iloc[0].removeprefix(f"{after.id}.").rpartition(".")
            against = (out or project_root() / "evidence") / after.id / span / version
        else:
            days = days_of(case)
            name = spans.before(after.period.start, days)
            against = frozen.pack_of(after.id, days[name], out=out) if name is not None else None
        if against is None or not against.is_dir():
            raise InputError.one(
                f"the pack of the period before is not there ({against or 'none was made'})",
                "--against",
                "Run the period before, or name a pack; then freeze it with this command.",
            )
    manifest = manifest_of(against)
    if manifest["case"] != after.id:
        raise InputError.one(
            f"the pack is of case {manifest['case']}", "--against", f"Name one of {after.id}."
        )
    figures = frozen.freeze(against)
    if held is not None and len(held) and held["pack"].iloc[0] == manifest["pack"]["id"]:
        same = held["manifest_sha256"].iloc[0] == sha256(against / "manifest.json")
        if not same or not held.equals(figures):
            raise InputError.one(
                f"the frozen figures are not those of the pack {manifest['pack']['id']}",
                f"periods/{after.registered}/{frozen.NAME}",
                "Restore both from where they are kept: neither may be altered.",
            )
    elif held is None:
        path.write_text(frozen.written(figures), encoding="utf-8", newline="\n")
    return against, figures


def _executed(
    manifest: Mapping[str, Any],
    case: str,
    report: Callable[[Progress], None],
    given: str = "",
) -> Collected:
    """Run the notebooks of a pack with its parameters on a case, and return their exhibits."""
    from helpers.pack import build, execute
    from helpers.pack.collect import collect

    known = build.notebooks()
    if missing := [name for name in manifest["notebooks"] if name not in known]:
        raise InputError.one(
            "this suite has no such notebook", f"notebook {', '.join(missing)}",
            f"Check out revision {manifest['code']['revision']}.",
        )  # fmt: skip
    jobs = {
        known[name]: {**said["parameters"], "case": case}
        for name, said in manifest["notebooks"].items()
    }
    with tempfile.TemporaryDirectory() as scratch:
        executed, _ = execute.execute_all(jobs, report=report, scratch=Path(scratch), handed=given)
    return collect(executed)


def _executed_on(
    manifest: Mapping[str, Any], case: Case, read: Extract, report: Callable[[Progress], None]
) -> Collected | None:
    """Run the same notebooks on other records of a case than its files hold, where that can be."""
    with tempfile.TemporaryDirectory() as folder:
        given = handed.write(case, read, Path(folder))
        return _executed(manifest, case.name, report, given) if given else None


def _unchanged_files(manifest: Mapping[str, Any], before: Case) -> None:
    """Refuse to compare rows with files that are not those of the pack."""
    from helpers.pack.verify import _changed_inputs

    files = {f"data/{before.id}/{source.file}" for source in before.sources if source.file}
    wrong = [one for one in _changed_inputs(dict(manifest)) if one.where in files]
    if wrong:
        raise InputError(wrong)


def _grounds(
    manifest: Mapping[str, Any], made: Collected, before: Collected
) -> list[dict[str, str]]:
    """Return what differs from the pack but for the files of the later extract."""
    from helpers.pack import corrections
    from helpers.pack.manifest import code, environment
    from helpers.rules.versions import rules_files

    rules = {"files": rules_files().to_dict("records")}
    now = {**manifest, "rules": rules, "code": code(), "environment": environment()}
    return corrections.causes(manifest, now, before=before, after=made)


def restate(
    case_name: str,
    period: str,
    *,
    against: Path | None = None,
    out: Path | None = None,
    profile: str | None = None,
    report: Callable[[Progress], None] = lambda progress: None,
) -> Restated:
    """Recompute the figures of an earlier pack from the extract of a later period.

    Parameters
    ----------
    case_name, period : str
        The case, and the registered period whose extract is used.
    against : Path, optional
        The earlier pack; default: the one whose figures are frozen, else the last of the period
        before.
    out : Path, optional
        Folder of packs; default: ``evidence/`` of the project.
    profile : str, optional
        Profile in force; default: that of the pack. Single rows are for ``internal`` only.
    report : callable
        Told of each cell as it starts.

    Returns
    -------
    Restated
        Each figure, and why it changed.

    Raises
    ------
    InputError
        If there is no such pack, it was altered, or its files are not there any more.
    NotebookFailed
        If a notebook fails on the later extract.
    """
    from helpers import disclosure
    from helpers.pack.verify import load as manifest_of

    after = load(f"{case_name}/{period}")
    if profile is not None:
        disclosure.check_profile(profile, permitted=after.profiles)
    pack, kept = _frozen_pack(after, against, out)
    manifest = manifest_of(pack)
    days = tuple(dt.date.fromisoformat(manifest["period"][end]) for end in ("start", "end"))
    told = {
        "case": case_name,
        "period": period,
        "pack": manifest["pack"]["id"],
        "manifest_sha256": kept["manifest_sha256"].iloc[0] if len(kept) else "",
        "days": days,
        "profile": profile or manifest["release_profile"],
    }
    held = after.held or after.period
    if days[0] < held.start or days[1] > held.end:
        why = (
            f"The extract of {period} is incremental: it holds {held.start} to {held.end} and not "
            f"{days[0]} to {days[1]}. Its figures could not be recomputed and stand as they were "
            "frozen."
        )
        rows = [open_row(row) for row in kept.to_dict("records")]
        return Restated(**told, figures=pd.DataFrame(rows, columns=COLUMNS), open_=why)
    before = load("/".join(filter(None, (case_name, manifest.get("registered_period")))))
    _unchanged_files(manifest, before)
    return _recomputed(told, before, after, pack, manifest, report)


def _recomputed(
    told: dict[str, Any],
    before: Case,
    after: Case,
    pack: Path,
    manifest: Mapping[str, Any],
    report: Callable[[Progress], None],
) -> Restated:
    from helpers.pack import corrections, write
    from helpers.run import start

    old = write.held(pack)
    new = _executed(manifest, after.name, report)
    other = _grounds(manifest, new, old)
    by_code: set[str] = set()
    again = old
    if other:
        again = _executed(manifest, before.name, report)
        by_code = {row["id"] for row in corrections.changes(old, again)["findings"]}
    span = {"period_start": told["days"][0], "period_end": told["days"][1]}
    runs = [start(case=one.name, **span) for one in (before, after)]
    found = compared(before, after, told["days"])
    people = [run.people for run in runs]
    moves = pd.DataFrame({"cause": [], "old": [], "new": []})
    if not (people[0].empty and people[1].empty):
        tables = [run.extract.tables for run in runs]
        touched = [
            about(one["incident_death"], ids, one["incidents"])
            for one, ids in zip(tables, (found.gone, found.late), strict=True)
        ]
        moves = moved(*people, same=found.same, late=touched[1], gone=touched[0])
    steps = between.Steps()
    if corrections.changes(old, new)["findings"]:
        steps = between.steps(
            before, after, found, earlier=again, later=new,
            execute=lambda case, read: _executed_on(manifest, case, read, report),
        )  # fmt: skip
    rows = figures(after, old, new, moves=moves, people=people, by_code=by_code, steps=steps)
    return Restated(
        **told,
        figures=rows,
        tables=corrections.changes(old, new)["tables"],
        compared=found,
        deaths=_deaths(moves, *people),
        other=other,
    )


def _deaths(moves: pd.DataFrame, old: pd.DataFrame, new: pd.DataFrame) -> dict[str, int]:
    """Count the deaths that came, went, or reached another step, by cause."""
    from helpers.chain import STEPS

    steps = [step for step in STEPS if step in old and step in new]
    made = dict.fromkeys(CAUSES, 0)
    for row in moves.itertuples(index=False):
        if pd.isna(row.old) or pd.isna(row.new):
            made[row.cause] += 1
        else:
            differ = old.iloc[row.old][steps].tolist() != new.iloc[row.new][steps].tolist()
            made[row.cause] += differ
    return made
