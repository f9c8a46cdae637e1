"""A restatement as files: CSV for programs, a page for readers, rows for the internal profile.

- :func:`write`: the folder of a restatement, whole or not at all.
- :func:`page`: the page as HTML; it asks nothing of the network and runs no script.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
from pathlib import Path
from typing import Any

import helpers
from helpers.case import load
from helpers.periods.restated_figures import EQUAL, RESTATED
from helpers.periods.restating import Restated

FOLDER = "restatement"
CSV, PAGE, ROWS = "restatement.csv", "restatement.html", "changed_rows.csv"
COUNTS, VALUES = "rows.csv", "values.csv"
INTERNAL = "internal"
MOST = 200
"""Values of tables that the page shows; the CSV holds all."""


def _shown(value: Any, unit: str) -> str:
    """Return a number as the page shows it: a share as per cent, a count whole."""
    if value == "":
        return "not stated"
    number = float(value)
    if unit == "proportion":
        return f"{100 * number:.1f}%"
    return f"{number:,.0f}" if number.is_integer() else f"{number:,.3g}"


def _of(row: dict[str, Any], which: str) -> str:
    """Return a figure with its numerator and denominator."""
    value = _shown(row[which], row["unit"])
    parts = row[f"{which}_numerator"], row[f"{which}_denominator"]
    if "" in parts or value == "not stated":
        return value
    return f"{float(parts[0]):,.0f} of {float(parts[1]):,.0f}, {value}"


def page(made: Restated) -> str:
    """Return the page as HTML; it asks nothing of the network and runs no script.

    Parameters
    ----------
    made : Restated
        As :func:`helpers.periods.restating.restate` returns it.
    """
    from helpers.disclosure import PROFILES
    from helpers.pack.templating import fill, style
    from helpers.scope import long_date

    case = load(made.case)
    figures = [
        {**row, "before": _of(row, "frozen"), "now": _of(row, "recomputed")}
        for row in made.figures.to_dict("records")
    ]
    return fill(
        "restatement",
        style=style(),
        case=case,
        made=made,
        after=load(f"{made.case}/{made.period}"),
        profile_text=PROFILES[made.profile],
        span=" to ".join(long_date(day) for day in made.days),
        figures=figures,
        changed=[row for row in figures if row["status"] not in {EQUAL, "open"}],
        equal=made.count(EQUAL),
        restated=made.count(RESTATED),
        counts=[] if made.compared is None else made.compared.counts.to_dict("records"),
        listed=made.profile == INTERNAL and made.compared is not None,
        most=MOST,
        version=helpers.__version__,
    )


def _csv(rows: list[dict[str, Any]], columns: list[str]) -> str:
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def write(made: Restated, *, folder: Path | None = None) -> Path:
    """Write the folder of a restatement; one of the same pack that is there is replaced.

    Parameters
    ----------
    made : Restated
        As :func:`helpers.periods.restating.restate` returns it.
    folder : Path, optional
        Where it is put; default: ``restatement/PACK`` in the folder of the registered period.

    Returns
    -------
    Path
        The folder: ``restatement.csv``, ``restatement.html``, ``restatement.json`` (what it rests
        on), ``rows.csv``, ``values.csv``, and in the internal profile ``changed_rows.csv``.
    """
    beside = load(made.case).folder / "periods" / made.period / FOLDER
    target = folder or beside / made.pack
    target.parent.mkdir(parents=True, exist_ok=True)
    work = target.with_name(f".{target.name}.{os.getpid()}.partial")
    shutil.rmtree(work, ignore_errors=True)
    work.mkdir()
    texts = {
        CSV: made.figures.to_csv(index=False, lineterminator="\n"),
        PAGE: page(made),
        "restatement.json": json.dumps(_grounds(made), indent=1, ensure_ascii=False) + "\n",
        VALUES: _csv(made.tables, ["exhibit", "row", "column", "before", "after"]),
    }
    if made.compared is not None:
        texts[COUNTS] = made.compared.counts.to_csv(index=False, lineterminator="\n")
        if made.profile == INTERNAL:
            texts[ROWS] = made.compared.rows.to_csv(index=False, lineterminator="\n")
    try:
        for name, text in texts.items():
            (work / name).write_text(text, encoding="utf-8", newline="")
        aside = target.with_name(f".{target.name}.{os.getpid()}.old")
        if target.exists():
            target.rename(aside)
        work.rename(target)
        shutil.rmtree(aside, ignore_errors=True)
    finally:
        shutil.rmtree(work, ignore_errors=True)
    return target


def _grounds(made: Restated) -> dict[str, Any]:
    return {
        "case": made.case,
        "extract_of_period": made.period,
        "frozen_pack": made.pack,
        "frozen_manifest_sha256": made.manifest_sha256,
        "period": {"start": str(made.days[0]), "end": str(made.days[1])},
        "profile": made.profile,
        "open": made.open_,
        "deaths_changed": made.deaths,
        "other_causes": made.other,
        "figures": {
            status: int(number) for status, number in made.figures["status"].value_counts().items()
        },
    }
