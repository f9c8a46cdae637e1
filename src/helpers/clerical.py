"""The pairs of records that linkage cannot decide, as a file for a person to fill in.

- :func:`write_clerical`: write the queue of a case.
"""

from __future__ import annotations

from pathlib import Path

from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake import ingest
from helpers.periods.overlay import FILE, FOLDER

QUEUE = "clerical_queue.csv"


def write_clerical(case: Case, out: Path | None = None) -> list[str]:
    """Write the queue of a case and say what to do with it.

    Parameters
    ----------
    case : Case
        A case with extracts of a trust.
    out : Path, optional
        The file; default ``clerical_queue.csv`` in the folder of the case, or of the registered
        period. It must not exist: a person may have filled it in.

    Returns
    -------
    list of str
        What was written, and how it is fed back, line by line.

    Raises
    ------
    InputError
        If the case cannot be read or links nothing, or the file exists or cannot be written.
    """
    own = f"{FOLDER}/{case.registered}/" if case.registered else ""
    path = case.path(f"{own}{QUEUE}") if out is None else out
    if path.exists():
        raise InputError.one(
            "the file exists, and nothing is overwritten: decisions may be in it",
            str(path),
            "Name another one with --out.",
        )
    if not path.parent.is_dir():
        raise InputError.one("the folder is not there", str(path.parent), "Name another one.")
    built = ingest(case).built
    if built is None or "queue" not in built.linkage:
        raise InputError.one(
            "the case holds no deaths and incidents of a trust, so nothing is linked",
            f"data/{case.id}/case.yml",
            "There is nothing to decide.",
        )
    queue = built.linkage["queue"]
    if queue.empty:
        return ["No pair waits for a decision; nothing was written."]
    from helpers.intake.linkage import FILLED, write_queue

    try:
        write_queue(queue, path)
    except OSError as error:
        raise InputError.one(
            f"the file cannot be written ({error.strerror})", str(path), "Name another one."
        ) from None
    count = f"{len(queue):,} {'pair' if len(queue) == 1 else 'pairs'}"
    lines = [
        f"{count} in {path}. INTERNAL: references of rows, no identifiers.",
        f"Look both records up in the files; fill in {', '.join(FILLED)}.",
        "A decision is: same, different or undecided; a day is written 2016-03-31.",
    ]
    if case.decisions:
        return [
            *lines,
            f"Then add the decided rows to {case.decisions}, which is named already, and run the "
            "case again.",
        ]
    whose, file = ("period", FILE) if own else ("case", "case.yml")
    return [
        *lines,
        f"Then put the file into the folder of the {whose}, name it in {file}, and run it again:",
        f"  decisions: {path.name}",
    ]
