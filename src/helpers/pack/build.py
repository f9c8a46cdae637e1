"""A whole pack, put in place only when everything has succeeded.

- :func:`build`: run a plan and put the pack in place as the next version of its period.

What a run would do is planned in :mod:`helpers.pack.planning`; those of its names that go with
:func:`build` stand here as well.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from helpers.case import project_root
from helpers.intake import handed
from helpers.intake.reading import sha256
from helpers.pack import execute, history, normalise, settling, versions, write
from helpers.pack import reuse as reuse_
from helpers.pack.collect import collect
from helpers.pack.manifest import manifest, results
from helpers.pack.planning import (
    Built,
    NotReconciled,
    Plan,
    _read,
    beside,
    notebooks,
    plan,
    standing,
)
from helpers.trace.providers import joined

__all__ = [
    "Built",
    "NotReconciled",
    "Plan",
    "build",
    "notebooks",
    "plan",
    "project_root",
    "standing",
]


def _keep_failed(failed: execute.NotebookFailed, target: Path) -> Path:
    aside = target.with_name(f"{target.name}.failed")
    path = aside / f"{failed.notebook}.ipynb"
    write.file(path, normalise.text(normalise.normalise(failed.executed)))
    return path


def build(
    plan_: Plan,
    *,
    report: Callable[[execute.Progress], None] = lambda progress: None,
    fresh: bool = False,
    reuse: bool = True,
    workers: int = execute.WORKERS,
) -> Built:
    """Run a plan and put the pack in place as the next version of its period.

    Parameters
    ----------
    plan_ : Plan
        As :func:`plan` returns it.
    report : callable
        Told of each cell as it starts.
    fresh : bool
        Execute each notebook in a fresh kernel, which imports every library and reads every file
        again; then nothing is reused.
    reuse : bool
        Take a notebook of which nothing changed from the version that stands.
    workers : int
        Processes at a time; 1 where other packs are being made beside this one.

    Returns
    -------
    Built
        The pack; that of the version which stands where the run found and rests on the same.

    Raises
    ------
    NotebookFailed
        If a notebook fails: earlier versions stay as they were, and the failed notebook is kept
        beside them in a folder that ends in ``.failed``.
    """
    target = plan_.target
    # Without a ledger nothing is put on it: it is there before a pack is, so it was taken away.
    lost = not (target.parent / history.NAME).is_file()
    settled = () if lost else tuple(settling.complete(target))
    work = target.with_name(f".{target.name}.{os.getpid()}.partial")
    shutil.rmtree(work, ignore_errors=True)
    scratch = work / "scratch"
    scratch.mkdir(parents=True)
    began = datetime.now(UTC)
    try:
        taken = _taken(plan_) if reuse and not fresh else _Taken({}, "")
        left = {path: plan_.notebooks[path] for path in plan_.notebooks if path.stem not in taken}
        how = {"report": report, "scratch": scratch, "fresh": fresh, "workers": workers}
        executed, seconds = _execute(left, plan_, **how)
        shutil.rmtree(scratch)
        executed = {
            path.stem: taken.notebooks.get(path.stem) or _as_written(executed[path.stem])
            for path in plan_.notebooks
        }
        with history.locked(target.parent):
            done = _Done(executed, seconds, taken, began)
            made = _place(plan_, work, done, apart=workers > 1)
        shutil.rmtree(target.with_name(f"{target.name}.failed"), ignore_errors=True)
    except execute.NotebookFailed as failed:
        kept = _keep_failed(failed, target)
        failed.add_note(str(kept))
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return replace(made, settled=settled)


def _as_written(notebook: Any) -> Any:
    """Return a notebook as it is read from a pack, so that all of a pack is made of the same."""
    return nbformat.reads(normalise.text(notebook), as_version=4)


@dataclass(frozen=True)
class _Taken:
    """Notebooks that were taken from a pack, by name, and the id of the pack."""

    notebooks: dict[str, Any]
    pack: str

    def __contains__(self, name: str) -> bool:
        return name in self.notebooks


def _taken(plan_: Plan) -> _Taken:
    """Return the notebooks of a plan of which nothing has changed since the pack that stands."""
    held = reuse_.standing(plan_.target)
    if held is None:
        return _Taken({}, "")
    asked = {
        path.stem: (reuse_.source(_read(path)), values) for path, values in plan_.notebooks.items()
    }
    inputs = plan_.run.extract.inputs.to_dict("records") + beside(plan_.notebooks.values())
    names = reuse_.same(held, plan_.run.case, inputs, asked)
    return _Taken({name: reuse_.notebook(held, name) for name in names}, held.id)


def _execute(
    jobs: Mapping[Path, dict[str, Any]],
    plan_: Plan,
    *,
    report: Callable[[execute.Progress], None],
    scratch: Path,
    fresh: bool,
    workers: int,
) -> tuple[dict[str, Any], dict[str, float]]:
    """Execute what has to be; forks are handed the case as the plan has read it."""
    if not jobs:
        return {}, {}
    run = plan_.run
    given = "" if fresh else handed.write(run.case, run.extract, scratch)
    return execute.execute_all(
        jobs, report=report, scratch=scratch, fresh=fresh, workers=workers, handed=given
    )


@dataclass(frozen=True)
class _Done:
    """Executed notebooks and their seconds, by name; those that were taken; when it began."""

    executed: dict[str, Any]
    seconds: dict[str, float]
    taken: _Taken
    began: datetime


def _place(plan_: Plan, work: Path, done: _Done, *, apart: bool) -> Built:
    """Write everything of a pack aside, move it into place, and put it on the ledger."""
    executed, taken = done.executed, done.taken
    made = collect(executed)
    block = next(iter(made.runs.values()), plan_.run.block())
    block = {**block, "inputs": joined(block["inputs"], made)}
    notebooks = {
        path.stem: {
            "parameters": values,
            "seconds": round(done.seconds.get(path.stem, 0.0), 2),
            "source_sha256": reuse_.source(executed[path.stem]),
            **({"reused_from": taken.pack} if path.stem in taken else {}),
        }
        for path, values in plan_.notebooks.items()
    }
    write.notebooks(work, executed)
    write.exhibits(work, made)
    number, name = versions.following(plan_.target)
    ledger = plan_.target.parent / history.NAME
    entry, previous = history.last(ledger)
    ended = datetime.now(UTC).isoformat(timespec="seconds")
    identity = {
        "pack": {"id": name, "version": number},
        "ledger": {"entry": entry + 1, "previous": previous, "made": ended},
        "results_sha256": results(work),
    }
    told = {
        "run": plan_.run,
        "identity": identity,
        "notebooks": notebooks,
        "block": block,
        "times": {"started": done.began.isoformat(timespec="seconds"), "ended": ended},
    }
    standing = versions.latest(plan_.target)
    grounds = manifest(work, **told)
    whole = standing and (not plan_.with_pdf or any(standing.glob("documents/pack.pdf*")))
    if standing and whole and versions.unchanged(standing, grounds):
        return Built(standing, new=False)
    corrected = write.corrections(work, made, grounds, standing)
    write.readable(
        work,
        executed,
        made,
        plan_.run,
        pack_id=name,
        corrected=corrected,
        with_pdf=plan_.with_pdf,
        apart=apart,
    )
    write.crate(work, told)
    write.json_file(work / "manifest.json", manifest(work, **told))
    digest = sha256(work / "manifest.json")
    folder = plan_.target / f"v{number}"
    plan_.target.mkdir(parents=True, exist_ok=True)
    ledger.touch()
    work.rename(folder)
    history.append(ledger, history.Entry(entry + 1, name, digest, ended, previous))
    return Built(folder, new=True)
