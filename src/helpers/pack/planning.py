"""What a run would do, or every problem with it, before anything runs.

- :func:`notebooks`: the notebooks of the suite; :func:`chosen`: those asked for.
- :func:`plan`: what a run would do.
- :func:`standing`: the pack that a run would come to again.
- :func:`beside`: files of the providers that notebooks compare.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

from helpers import judgement, parameters
from helpers.case import load, project_root
from helpers.casefile import Case
from helpers.errors import InputError, Problem
from helpers.intake.reading import sha256
from helpers.pack import matrix, reuse
from helpers.providers.files import OWN
from helpers.providers.files import inputs as provider_files
from helpers.providers.files import read as read_providers
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
    settled : tuple of str
        What was set right first of packs whose runs were killed, a sentence each.
    """

    folder: Path
    new: bool
    settled: tuple[str, ...] = ()

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


def chosen(names: Sequence[str]) -> dict[str, Path]:
    """Return the notebooks that are asked for by name, or all.

    Parameters
    ----------
    names : sequence of str
        With or without ``.ipynb``; none for all.

    Returns
    -------
    dict of Path
        In the order of their numbers.

    Raises
    ------
    InputError
        If the suite has no notebook, or none of a name.
    """
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
    read = {path: _read(path) for path in chosen(names).values()}
    _check_overrides(read, overrides)
    period = {name: overrides[name] for name in ("period_start", "period_end") if name in overrides}
    profile = {key: overrides[key] for key in ("release_profile",) if key in overrides}
    run = start(case=case, **period, **profile)
    days = run.period_start.isoformat(), run.period_end.isoformat()
    merged = _merged(read, run.case, overrides, days)
    _check_names(run, merged)
    matrix.check(run.case, (_source(notebook) for notebook in read.values()))
    judgement.read(run.case)
    wrong = unexplained(reconcile(run))
    if wrong:
        raise NotReconciled(wrong)
    return Plan(case, *days, merged, _target(run.case.id, days, out), run, with_pdf)


def _target(case: str, days: tuple[str, str], out: Path | None) -> Path:
    return (out or project_root() / "evidence") / case / "_".join(days)


def _check_overrides(read: Mapping[Path, Any], overrides: Mapping[str, Any]) -> None:
    """Refuse a parameter that no notebook declares."""
    offered = {name for notebook in read.values() for name in parameters.declared(notebook)}
    unknown = [name for name in overrides if name not in offered]
    if unknown:
        raise InputError(
            Problem(
                "no notebook of this run has such a parameter",
                f"--set {name}",
                f"{parameters._suggest(name, dict.fromkeys(sorted(offered)))}",
            )
            for name in unknown
        )


def _merged(
    read: Mapping[Path, Any], case: Case, overrides: Mapping[str, Any], days: tuple[str, str]
) -> dict[Path, dict[str, Any]]:
    """Return the parameters to inject, by path of notebook."""
    start_, end = days
    fixed = {**case.parameters, **overrides, "case": case.name}
    fixed |= {"period_start": start_, "period_end": end}
    return {
        path: parameters.merge(notebook, overrides=fixed, where=path.stem)
        for path, notebook in read.items()
    }


def standing(
    case: str,
    *,
    overrides: Mapping[str, Any] | None = None,
    names: Sequence[str] = (),
    out: Path | None = None,
    with_pdf: bool = True,
) -> Built | None:
    """Return the pack that a run would come to again, found without reading a record.

    Whatever a run rests on is compared by the hashes of its bytes, and the pack is verified.

    Parameters
    ----------
    case, overrides, names, out, with_pdf
        As for :func:`plan`.

    Returns
    -------
    Built
        None where anything has changed, is wrong, or is only known when it has been read.
    """
    overrides = dict(overrides or {})
    try:
        read = {path: _read(path) for path in chosen(names).values()}
        _check_overrides(read, overrides)
        loaded = load(case)
        span = loaded.period
        given = {"period_start": span.start, "period_end": span.end} | overrides
        given = parameters.check({key: given[key] for key in ("period_start", "period_end")})
        days = given["period_start"].isoformat(), given["period_end"].isoformat()
        merged = _merged(read, loaded, overrides, days)
        inputs = reuse.inputs(loaded)
        if inputs is not None:
            inputs += beside(merged.values())
    except (InputError, OSError):  # plan names every problem
        return None
    target = _target(loaded.id, days, out)
    if target.with_name(f"{target.name}.failed").exists():  # a run that succeeds takes it away
        return None
    held = reuse.standing(target) if inputs is not None else None
    if held is None or not held.whole(with_pdf=with_pdf):
        return None
    asked = {path.stem: (reuse.source(read[path]), merged[path]) for path in merged}
    if set(asked) != set(held.manifest["notebooks"]):
        return None
    if reuse.same(held, loaded, inputs or [], asked) != list(asked):
        return None
    return Built(held.folder, new=False)


def beside(settings: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return the files of the folders of providers that some notebooks compare.

    Parameters
    ----------
    settings : iterable of mapping
        Parameters of the notebooks.

    Returns
    -------
    list of dict
        As :func:`helpers.providers.files.inputs` lists them; none where none compares any.
    """
    names = dict.fromkeys(values.get("providers", OWN) for values in settings)
    return [item for name in names if name != OWN for item in provider_files(name)]


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
        if values.get("providers", OWN) != OWN:
            read_providers(values["providers"])
