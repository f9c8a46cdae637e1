"""A whole pack, put in place only when everything has succeeded.

- :func:`notebooks`: the notebooks of the suite.
- :func:`plan`: what a run would do, or every problem with it, before anything runs.
- :func:`build`: run a plan and put the pack in place as the next version of its period.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from helpers import judgement, parameters
from helpers.case import project_root
from helpers.errors import InputError, Problem
from helpers.intake.reading import sha256
from helpers.pack import execute, history, matrix, normalise, versions, write
from helpers.pack.collect import collect
from helpers.pack.manifest import manifest, results
from helpers.reconciliation import reconcile, unexplained
from helpers.run import Run, start


class NotReconciled(Exception):
    """Published figures differ from the records without a recorded reason; one line each.

    Parameters
    ----------
    lines : list of str
        As `helpers.reconciliation.unexplained` returns them.
    """

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Plan:
    """What a run will do.

    Parameters
    ----------
    case : str
        Id of the case.
    start, end : str
        First and last day of the period.
    notebooks : dict
        Parameters to inject, by path of notebook.
    target : Path
        Folder of the period, in which each version of the pack has its own.
    run : Run
        The run as the notebooks will see it; its inputs have all been read.
    with_pdf : bool
        Make the PDF of the whole pack as well.
    """

    case: str
    start: str
    end: str
    notebooks: dict[Path, dict[str, Any]]
    target: Path
    run: Run
    with_pdf: bool = True


@dataclass(frozen=True)
class Built:
    """Where a pack is.

    Parameters
    ----------
    folder : Path
        Of the version.
    new : bool
        Whether the run made it; otherwise it was there, and the run came to the same.
    """

    folder: Path
    new: bool

    @property
    def sha256(self) -> str:
        """Return the hash of the manifest, which stands for the whole pack."""
        return sha256(self.folder / "manifest.json")


def notebooks() -> dict[str, Path]:
    """Return the numbered notebooks of the suite by name; ``explore`` is not part of a pack.

    Returns
    -------
    dict of Path
        In the order of their numbers.

    Examples
    --------
    >>> list(notebooks())[0]
    '0_data_quality'
    """
    found = sorted((project_root() / "notebooks").glob("[0-9]*_*.ipynb"))
    return {path.stem: path for path in found}


def _chosen(names: Sequence[str]) -> dict[str, Path]:
    known = notebooks()
    if not known:
        raise InputError.one(
            "there is no numbered notebook", "notebooks/", "Put the notebooks of the suite there."
        )
    if not names:
        return known
    wrong = [name for name in names if name.removesuffix(".ipynb") not in known]
    if wrong:
        raise InputError(
            Problem("there is no such notebook", f"--notebook {name}", f"Use: {', '.join(known)}.")
            for name in wrong
        )
    wanted = {name.removesuffix(".ipynb") for name in names}
    return {name: path for name, path in known.items() if name in wanted}


def _read(path: Path) -> Any:
    try:
        return nbformat.read(path, as_version=4)
    except (nbformat.reader.NotJSONError, UnicodeDecodeError):
        raise InputError.one(
            "the file is not a notebook", f"notebooks/{path.name}", "Restore it from git."
        ) from None


def plan(
    case: str,
    *,
    overrides: Mapping[str, Any] | None = None,
    names: Sequence[str] = (),
    out: Path | None = None,
    with_pdf: bool = True,
) -> Plan:
    """Return what a run will do, having checked everything that can be checked before it.

    Parameters
    ----------
    case : str
        Id of the case.
    overrides : mapping, optional
        Parameters that replace the notebooks' defaults, by name.
    names : sequence of str
        Notebooks to run; empty: all numbered ones.
    out : Path, optional
        Folder in which packs are put; default ``evidence/`` of the project.
    with_pdf : bool
        Make the PDF of the whole pack as well.

    Returns
    -------
    Plan
        As :func:`build` takes it; nothing has been written.

    Raises
    ------
    InputError
        With each problem of the parameters, the case and its files.
    NotReconciled
        If a published figure differs from the records without a recorded reason.

    Examples
    --------
    >>> days = {"period_start": "2020-01-01", "period_end": "2020-12-31"}
    >>> made = plan("coroners", overrides=days, names=["1_unexpected_death_rates"])
    >>> made.target.parts[-2:], len(made.notebooks)
    (('coroners', '2020-01-01_2020-12-31'), 1)
    """
    overrides = dict(overrides or {})
    chosen = _chosen(names)
    read = {path: _read(path) for path in chosen.values()}
    declared = {path: parameters.declared(notebook) for path, notebook in read.items()}
    unknown = [name for name in overrides if not any(name in known for known in declared.values())]
    if unknown:
        offered = sorted({name for known in declared.values() for name in known})
        raise InputError(
            Problem(
                "no notebook of this run has such a parameter",
                f"--set {name}",
                f"{parameters._suggest(name, dict.fromkeys(offered))}",
            )
            for name in unknown
        )
    period = {name: overrides[name] for name in ("period_start", "period_end") if name in overrides}
    profile = {key: overrides[key] for key in ("release_profile",) if key in overrides}
    run = start(case=case, **period, **profile)
    fixed = {
        **run.case.parameters,
        **overrides,
        "case": case,
        "period_start": run.period_start.isoformat(),
        "period_end": run.period_end.isoformat(),
    }
    merged = {
        path: parameters.merge(notebook, overrides=fixed, where=path.stem)
        for path, notebook in read.items()
    }
    _check_names(run, merged)
    matrix.check(run.case, (_source(notebook) for notebook in read.values()))
    judgement.read(run.case)
    wrong = unexplained(reconcile(run))
    if wrong:
        raise NotReconciled(wrong)
    folder = (out or project_root() / "evidence") / case
    span = f"{run.period_start}_{run.period_end}"
    return Plan(
        case,
        run.period_start.isoformat(),
        run.period_end.isoformat(),
        merged,
        folder / span,
        run,
        with_pdf,
    )


def _source(notebook: Any) -> str:
    return "\n".join("".join(cell["source"]) for cell in notebook["cells"])


def _check_names(run: Run, merged: Mapping[Path, Mapping[str, Any]]) -> None:
    """Refuse strata and indicators that the case does not have before a kernel starts."""
    from helpers.cohort.strata import check_strata

    for values in merged.values():
        if "strata" in values:
            check_strata(run, values["strata"])
        for name in (
            *("funnel_indicator", "chart_indicator", "watch_indicator", "backlog_indicator"),
        ):
            if name in values:
                run.case.indicator(values[name])


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
) -> Built:
    """Run a plan and put the pack in place as the next version of its period.

    Parameters
    ----------
    plan_ : Plan
        As :func:`plan` returns it.
    report : callable
        Told of each cell as it starts.
    fresh : bool
        Execute each notebook in a fresh kernel, which imports every library again.
    reuse : bool
        Take a notebook of which nothing changed from the version that stands.

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
    work = target.with_name(f".{target.name}.{os.getpid()}.partial")
    shutil.rmtree(work, ignore_errors=True)
    scratch = work / "scratch"
    scratch.mkdir(parents=True)
    began = datetime.now(UTC)
    try:
        executed, seconds = execute.execute_all(
            plan_.notebooks, report=report, scratch=scratch, fresh=fresh
        )
        shutil.rmtree(scratch)
        with history.locked(target.parent):
            made = _place(plan_, work, executed, seconds, began)
        shutil.rmtree(target.with_name(f"{target.name}.failed"), ignore_errors=True)
    except execute.NotebookFailed as failed:
        kept = _keep_failed(failed, target)
        failed.add_note(str(kept))
        raise
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return made


def _place(
    plan_: Plan,
    work: Path,
    executed: dict[str, Any],
    seconds: dict[str, float],
    began: datetime,
) -> Built:
    """Write everything of a pack aside, move it into place, and put it on the ledger."""
    made = collect(executed)
    block = next(iter(made.runs.values()), plan_.run.block())
    notebooks = {
        path.stem: {"parameters": values, "seconds": round(seconds[path.stem], 2)}
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
        "times": {"started": began.isoformat(timespec="seconds"), "ended": ended},
    }
    standing = versions.latest(plan_.target)
    grounds = manifest(work, **told)
    whole = standing and (not plan_.with_pdf or any(standing.glob("documents/pack.pdf*")))
    if standing and whole and versions.unchanged(standing, grounds):
        return Built(standing, new=False)
    corrected = write.corrections(work, made, grounds, standing)
    context = write.pages(work, executed, made, plan_.run, pack_id=name, corrected=corrected)
    write.documents(work, made, context, with_pdf=plan_.with_pdf)
    write.crate(work, told)
    write.json_file(work / "manifest.json", manifest(work, **told))
    digest = sha256(work / "manifest.json")
    folder = plan_.target / f"v{number}"
    plan_.target.mkdir(parents=True, exist_ok=True)
    work.rename(folder)
    history.append(ledger, history.Entry(entry + 1, name, digest, ended, previous))
    return Built(folder, new=True)
