"""The page and the table over all rows of a batch: what became of each, in the order of the plan.

- :func:`write`: ``index.html`` and ``summary.csv`` of a batch.
- :func:`lines`: what they say of each row, as plain values.

Of what a pack found, only the counts of the chain are repeated, as its own findings state them.
Rows stand in the order of the plan, never in that of a number: the page compares nobody.
"""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from helpers.batch import journal
from helpers.batch.plan import Row

PAGE, TABLE = "index.html", "summary.csv"
CHAIN = {
    "deaths": ("rates.steps.reported.deaths", "denominator"),
    "reported": ("rates.steps.reported.deaths", "numerator"),
    "unexpected": ("rates.steps.unexpected.reported", "numerator"),
    "investigated": ("rates.steps.investigated.deaths", "numerator"),
}
"""The counts that are repeated, each from the finding of a pack that states it."""

STATUS = {"done": "done", "failed": "failed", "": "not yet run"}
COLUMNS = (
    *("row", "case", "title", "period_start", "period_end", "profile", "data_status", "status"),
    *CHAIN,
    *("seconds", "cpu_seconds", "pack", "manifest_sha256", "reason"),
)


def _counts(pack: Path) -> dict[str, int | None]:
    """Return the counts of the chain as the findings of a pack state them."""
    try:
        found = json.loads((pack / "findings.json").read_bytes())
        by_id = {item["id"]: item for item in found}
    except (OSError, ValueError, KeyError, TypeError):
        return dict.fromkeys(CHAIN)
    held = {name: by_id.get(finding, {}).get(part) for name, (finding, part) in CHAIN.items()}
    return {name: None if value is None else int(value) for name, value in held.items()}


def lines(
    rows: Sequence[Row], ended: Mapping[str, Mapping[str, Any]], *, out: Path
) -> Iterator[dict[str, Any]]:
    """Yield what is said of each row, in the order of the plan.

    Parameters
    ----------
    rows : sequence of Row
        All of the plan.
    ended : mapping
        The last line of the journal of each row that has ended, by its key.
    out : Path
        Folder of all packs.

    Yields
    ------
    dict
        A value for each of :data:`COLUMNS`; ``reason`` is a list.

    Examples
    --------
    >>> row = Row(2, "small", "Small", "2020-01-01", "2020-12-31", "open")
    >>> next(lines([row], {}, out=Path("packs")))["status"]
    'not yet run'
    """
    for row in rows:
        said = ended.get(row.key, {})
        done = said.get("event") == journal.DONE
        pack = said.get("pack", "") if done else ""
        yield {
            "row": row.number,
            "case": row.case,
            "title": row.title,
            "period_start": row.start,
            "period_end": row.end,
            "profile": row.profile,
            "data_status": "SYNTHETIC" if row.data_status == "synthetic" else row.data_status,
            "status": STATUS[said.get("event", "")],
            **(_counts(out / pack) if pack else dict.fromkeys(CHAIN)),
            "seconds": said.get("seconds"),
            "cpu_seconds": said.get("cpu_seconds"),
            "pack": pack,
            "manifest_sha256": said.get("manifest_sha256", "") if done else "",
            "reason": [] if done else list(said.get("reason", [])),
        }


def write(
    folder: Path, rows: Sequence[Row], ended: Mapping[str, Mapping[str, Any]], *, out: Path
) -> Path:
    """Write the page and the table, each aside first, and return the page.

    Parameters
    ----------
    folder : Path
        Where they are put.
    rows, ended, out
        See :func:`lines`.
    """
    from helpers.pack.templating import fill, style

    told = list(lines(rows, ended, out=out))
    up = Path(os.path.relpath(out, folder)).as_posix()
    shown = [
        {
            **line,
            "open": f"{up}/{quote(line['pack'])}/index.html" if line["pack"] else "",
            "period": (line["period_start"], line["period_end"]),
        }
        for line in told
    ]
    counted = {name: sum(line["status"] == name for line in told) for name in STATUS.values()}
    synthetic = {row.data_status == "synthetic" for row in rows}
    page = fill(
        "batch",
        rows=shown,
        counted=counted,
        chain=list(CHAIN),
        synthetic="all" if synthetic == {True} else "some" if True in synthetic else "",
        internal=any(row.profile == "internal" for row in rows),
        style=style(),
        version=_version(),
    )
    _put(folder / PAGE, page)
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for line in told:
        writer.writerow({**line, "reason": " | ".join(line["reason"])})
    _put(folder / TABLE, text.getvalue())
    return folder / PAGE


def _version() -> str:
    import helpers

    return helpers.__version__


def _put(path: Path, text: str) -> None:
    aside = path.with_name(f".{path.name}.part")
    aside.write_text(text, encoding="utf-8", newline="\n")
    aside.replace(path)
