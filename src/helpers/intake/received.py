"""What was received: every sheet of a source, and what is in it beside records.

- :func:`report`: one row a sheet, those that were not read among them.
- :func:`flag`: total rows, hidden parts and cut-off sheets as flags.
- :func:`marked_synthetic`: refuses synthetic rows in a case that says its data are real.
"""

from __future__ import annotations

import pandas as pd

from helpers.casefile import Case
from helpers.errors import Problem
from helpers.intake.flags import Log
from helpers.intake.reading import ROW
from helpers.intake.sheets import Sheet
from helpers.sourcefile import Source


def report(case: Case, source: Source, sheets: list[Sheet]) -> pd.DataFrame:
    """Return one row a sheet: its state, how many rows it has and what became of them.

    Parameters
    ----------
    case, source : Case, Source
        The case and one of its sources.
    sheets : list of Sheet
        The sheets that were read.

    Returns
    -------
    DataFrame
        Columns source_id, sheet, state, use (read, or why it was not), header_row, last_row,
        rows_read, blank_rows, total_rows, hidden_columns, hidden_rows, merged, filtered,
        date_mode; numbers are 0 for a sheet that was not read.
    """
    rows = []
    for sheet in sheets:
        facts = sheet.facts
        rows.append(
            {
                "source_id": source.id,
                "sheet": sheet.name,
                "state": facts["state"],
                "use": "read",
                "header_row": facts["header_row"],
                "last_row": facts["last_row"],
                "rows_read": facts["rows_read"],
                "blank_rows": facts["blank_rows"],
                "total_rows": len(facts["total_rows"]),
                "hidden_columns": len(facts["hidden_columns"]),
                "hidden_rows": facts["hidden_rows"],
                "merged": facts["merged"],
                "filtered": facts["filtered"],
                "date_mode": facts["date_mode"],
            }
        )
    numbers = {name: 0 for name, value in rows[0].items() if isinstance(value, int | bool)}
    numbers["filtered"] = False
    for name, state in _others(case, source, {sheet.name for sheet in sheets}):
        row = {"source_id": source.id, "sheet": name, "state": state, "date_mode": ""}
        use = source.sheets.ignore.get(name, "not read")
        rows.append({**row, "use": use, **numbers})
    return pd.DataFrame(rows)


def _others(case: Case, source: Source, read: set[str]) -> list[tuple[str, str]]:
    """Return name and state of the sheets of a workbook that were not read."""
    if source.file is None or not source.file.lower().endswith((".xlsx", ".xlsm", ".xls")):
        return []
    from helpers.intake.workbook import contents

    held = contents(case.path(source.file))
    return [(name, state) for name, state, _ in held if name not in read]


def flag(source: Source, sheets: list[Sheet], received: pd.DataFrame, log: Log) -> None:
    """Flag what is in a workbook beside its records: totals, hidden parts, cut-off sheets.

    Parameters
    ----------
    source : Source
        The source.
    sheets : list of Sheet
        The sheets that were read.
    received : DataFrame
        As :func:`report` returns it.
    log : Log
        Takes the flags; those of a whole sheet stand at its header row, or at row 1.
    """
    for sheet in sheets:
        facts = sheet.facts
        log.add(
            "X16",
            source_id=source.id,
            sheet=sheet.name,
            rows=facts["total_rows"],
            column="",
            values=["total row"] * len(facts["total_rows"]),
            action="left out",
            reason="a total row, no record",
        )
        row = [max(facts["header_row"], 1)]
        whole = {"source_id": source.id, "sheet": sheet.name, "rows": row, "action": "kept"}
        for header in facts["hidden_columns"]:
            reason = "a hidden column; it was read"
            log.add("X16", column=header, values=["hidden column"], reason=reason, **whole)
        if facts["hidden_rows"]:
            reason = f"{facts['hidden_rows']} hidden rows were read"
            log.add("X16", column="", values=["hidden rows"], reason=reason, **whole)
        if facts["truncated"]:
            log.add("X20", column="", values=[""], reason=facts["truncated"], **whole)
    for row in received[received["state"].ne("visible")].itertuples():
        read = row.use == "read"
        log.add(
            "X16",
            source_id=source.id,
            sheet=row.sheet,
            rows=[max(row.header_row, 1)],
            column="",
            values=["hidden sheet"],
            action="kept" if read else "left out",
            reason="a hidden sheet; it was read" if read else f"a hidden sheet: {row.use}",
        )


def marked_synthetic(case: Case, source: Source, sheets: list[Sheet]) -> list[Problem]:
    """Refuse rows that say SYNTHETIC in a case that says its data are real.

    Parameters
    ----------
    case, source : Case, Source
        The case and one of its sources.
    sheets : list of Sheet
        Its sheets.

    Returns
    -------
    list of Problem
        Empty where nothing is wrong.
    """
    if case.data_status == "synthetic":
        return []
    return [
        Problem(
            "rows are marked SYNTHETIC, and the case says that its data are real",
            f"{source.file or source.id}, sheet {sheet.name or '-'}, column {header}",
            "Write data_status: synthetic in case.yml, or take the file out.",
        )
        for sheet in sheets
        for header in sheet.frame
        if header != ROW and sheet.frame[header].str.upper().eq("SYNTHETIC").any()
    ]
