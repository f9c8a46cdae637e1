"""A separate pack for release, made from a finished one: nothing is in it that no rule covers.

- :func:`release`: make a release of a pack under a profile.
- :class:`ReleaseRefused`: what an attacker could work out, or what identifies a person.

Counts of all tables are protected together (:mod:`helpers.disclosure.secondary`), shares and limits
are made again from what is shown, sentences are written again, figures are drawn again. Then an
attacker is let loose on it, together with every earlier release of the case
(:mod:`helpers.disclosure.audit`), and every byte is looked through
(:mod:`helpers.disclosure.leaks`). If either finds anything, nothing is put in place.

Notebooks are not in a release, neither as executed nor without outputs: their outputs carry data in
metadata that no reader sees, and their code without outputs is that of the suite, which is public.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import helpers
from helpers.case import load, project_root
from helpers.casefile import Case
from helpers.disclosure.audit import audit, failures
from helpers.disclosure.cells import Cell, Key, Scheme
from helpers.disclosure.leaks import leaks_of
from helpers.disclosure.needs import Published
from helpers.disclosure.profiles import Profile, profile_of
from helpers.disclosure.protect import Shown
from helpers.disclosure.protect import shown as under
from helpers.disclosure.secondary import CannotProtect, hide
from helpers.errors import InputError
from helpers.intake.reading import sha256
from helpers.pack import _release_curves, _release_log, _release_names, _release_page, verify, write
from helpers.pack._release_parts import Contents, as_csv, remake, select
from helpers.pack._release_rules import nested, rule_of
from helpers.pack.collect import Collected
from helpers.pack.manifest import outputs, revision
from helpers.run import Run


class ReleaseRefused(Exception):
    """A release that would say too much; nothing of it was put in place.

    Parameters
    ----------
    lines : list of str
        The counts that can be worked out, or what identifies a person and where, or what of the
        pack is not as it was made; one line each.
    """

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


def _pack(folder: Path, ledger: Path | None) -> tuple[dict[str, Any], Collected]:
    """Return the manifest of a pack and its exhibits; refuse one that is not as it was made."""
    try:
        said = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        raise InputError.one(
            "there is no evidence pack here (manifest.json is missing or no JSON)",
            str(folder),
            "Name the folder of a pack, such as evidence/coroners/2015-01-01_2019-12-31/v1.",
        ) from None
    found = verify.faults(folder, ledger=ledger)
    if found:  # what is released must be what was found
        raise ReleaseRefused([f"the pack is not as it was made: {fault}" for fault in found])
    made = write.held(folder)
    if not made.exhibits:
        raise InputError.one(
            "the pack holds no executed notebook, so there is nothing to release",
            str(folder / "notebooks"),
            "Run the case again.",
        )
    return said, made


def _manifest(
    folder: Path,
    *,
    said: dict[str, Any],
    place: dict[str, Any],
    profile: Profile,
    earlier: list[str],
    source: str,
) -> dict[str, Any]:
    """Return the manifest of a release whose other files are all written."""
    return {
        "manifest_version": _release_log.VERSION,
        "kind": "release",
        **place,
        "case": said["case"],
        "period": said["period"],
        "data_status": said["data_status"],
        "release_profile": profile.name,
        "rule": profile.rule,
        "made_from": {"manifest_sha256": source},
        "earlier_releases": earlier,
        "code": {"version": helpers.__version__, "revision": revision()["revision"]},
        "outputs": outputs(folder),
    }


def _target(beside: Path, said: dict[str, Any], profile: Profile) -> Path:
    name = f"{said['period']['start']}_{said['period']['end']}_{profile.name}"
    found, number = beside / name, 1
    while found.exists():  # what was released is never overwritten
        number += 1
        found = beside / f"{name}_{number}"
    return found


def _write_parts(work: Path, contents: Contents, profile: Profile) -> None:
    findings = [item.model_dump(mode="json") for part in contents.parts for item in part.findings]
    write.json_file(work / "findings.json", findings)
    for part in contents.parts:
        exhibit = part.facts["id"]
        if not part.findings:
            write.file(work / "tables" / f"{exhibit}.csv", as_csv(part, profile))
        if part.figure:
            write.file(work / "figures" / f"{part.figure['id']}.svg", part.figure["svg"])
            if part.figure["png"]:
                write.file(work / "figures" / f"{part.figure['id']}.png", part.figure["png"])


def _allowed(contents: Contents) -> set[str]:
    """Return the long texts that may stand in cells: those of exhibits without a count."""
    return {
        str(value)
        for part in contents.parts
        if not rule_of(part.facts["id"]).counts
        for column in part.frame
        for value in part.frame[column].dropna()
    }


def _protected(
    held: list[Cell], case: Case, profile: Profile, earlier: list[Published]
) -> tuple[dict[Key, Shown], int]:
    """Return what is shown of each count, and how many the audit looked at; or refuse.

    Empty where the profile hides nothing: then everything is shown as it is.
    """
    if not profile.threshold:
        return {}, 0
    scheme = Scheme(nested(held, case))
    try:
        shown = hide(held, profile=profile, scheme=scheme, earlier=earlier)
    except CannotProtect as error:
        raise ReleaseRefused([f"cannot be protected: {line}" for line in error.lines]) from None
    found = audit(held, shown, profile=profile, scheme=scheme, earlier=earlier, limits=False)
    if not found["passes"].all():
        raise ReleaseRefused(failures(found))
    return shown, len(found)


def _put(work: Path, target: Path, place: dict[str, Any]) -> None:
    """Move a release into place and note it; neither, where another one came between."""
    work.rename(target)
    try:
        _release_log.note(target.parent, target, place)
    except ValueError:
        shutil.rmtree(target)
        raise ReleaseRefused(
            ["another release of the case was made meanwhile: make this one again"]
        ) from None


def release(
    pack: Path,
    *,
    profile: str,
    out: Path | None = None,
    earlier: Sequence[Path] = (),
    ledger: Path | None = None,
) -> Path:
    """Make a release of a pack under a profile.

    Parameters
    ----------
    pack : Path
        Folder of a finished pack, internal or open, as it was made. It is not changed.
    profile : str
        Name of a profile of :data:`helpers.disclosure.profiles.RELEASES`.
    out : Path, optional
        Folder in which releases are put, each in ``<case>/<period>_<profile>/``; default
        ``releases/`` of the project.
    earlier : sequence of Path
        Earlier releases of the same case that lie elsewhere, the earliest first. Those that
        ``releases.jsonl`` of the case names are found by themselves.
    ledger : Path, optional
        Of the pack; default ``ledger.jsonl`` of its case, two folders above it.

    Returns
    -------
    Path
        The folder of the release. It is never put in place of an earlier one.

    Raises
    ------
    InputError
        If the pack, the case or an earlier release cannot be read, or the profile may not be used.
    ReleaseRefused
        If the pack is not as it was made, or the audit or the scan finds anything. Nothing is
        put in place.
    """
    said, made = _pack(pack, ledger)
    case = load("/".join(filter(None, (said["case"], said.get("registered_period")))))
    unpublished = said["release_profile"] != "open" and case.data_status == "real"
    rules = profile_of(profile, unpublished=unpublished)
    beside = (project_root() / "releases" if out is None else Path(out)) / case.id
    before = _release_log.earlier_of(beside, case.id, earlier)
    period = {
        f"period_{end}": datetime.fromisoformat(said["period"][end]).date()
        for end in ("start", "end")
    }
    run = Run(case, None, {**period, "release_profile": profile})  # type: ignore[arg-type]
    contents = Contents()
    chosen, held = select(made, case, contents, audited=bool(rules.threshold))
    shown, audited = _protected(held, case, rules, before)
    remake(chosen, made, run, shown, rules, contents)
    curves = _release_curves.add(
        made,
        contents,
        shown=shown,
        profile=rules,
        scheme=Scheme(nested(held, case)),
        earlier=before,
    )
    audited += sum(1 + 3 * len(told.steps) for told, _ in curves.values())
    target = _target(beside, said, rules)
    work = beside / f".{target.name}.{os.getpid()}.partial"
    shutil.rmtree(work, ignore_errors=True)
    try:
        _write_parts(work, contents, rules)
        counts = shown or {cell.key: under(cell.value, rules) for cell in held}
        told = _release_log.published(case.id, rules, counts, curves)
        write.json_file(work / "published.json", told)
        left = [dict(item) for item in contents.left_out]
        write.json_file(work / "not_in_this_release.json", left)
        names = [item.name for item in before]
        page = _release_page.page(
            contents, case=case, run=run, said=said, profile=rules, audited=audited,
            earlier=names,
        )  # fmt: skip
        write.file(work / "index.html", page)
        made_from = sha256(pack / "manifest.json")
        place = _release_log.place(
            beside, target.name, case.id, made=datetime.now(UTC).isoformat(timespec="seconds")
        )
        facts = _manifest(
            work, said=said, place=place, profile=rules, earlier=names, source=made_from
        )
        write.json_file(work / "manifest.json", facts)
        salt = secrets.token_hex(16)
        hashes = _release_names.names_of(case, salt=salt)
        leaks = leaks_of(work, names=hashes, salt=salt, allowed=_allowed(contents))
        if leaks:
            raise ReleaseRefused([str(leak) for leak in leaks])
        _put(work, target, place)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target
