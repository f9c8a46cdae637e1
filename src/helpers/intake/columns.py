"""Columns of an extract by the kind of their canonical column: days, codes, maps, text, numbers.

- :class:`Columns`: cleans the columns of one source; logs what was odd, collects what stops a run.
- :func:`prose_withheld`: text that may speak of a person, taken out of a column of short names.
"""

from __future__ import annotations

from typing import Any

import pandas as pd

from helpers.casefile import Case
from helpers.errors import Problem
from helpers.intake import dated_maps, dates, words
from helpers.intake.cleaning import row_list
from helpers.intake.flags import Log
from helpers.intake.hits import HITS, distinct, hits
from helpers.intake.reading import ROW, read_csv
from helpers.sourcefile import IDENTITY, FieldMap, Source
from helpers.tables import Column

WITHHELD = "(withheld)"
LONGEST = 60
"""Characters beyond which a value of a column of names, codes or reasons is taken for prose."""

YES_NO = {"yes": "yes", "y": "yes", "true": "yes", "1": "yes"} | dict.fromkeys(
    ("no", "n", "false", "0"), "no"
)


def prose_withheld(values: pd.Series) -> tuple[pd.Series, pd.DataFrame]:
    """Return text without values that may speak of a person: prose, or a postcode in it.

    Parameters
    ----------
    values : Series
        Text; missing where blank.

    Returns
    -------
    tuple
        The text, and hits (X14, withheld), which do not hold what was taken out.

    Examples
    --------
    >>> said = pd.Series(["Moved away", "Moved in with her sister at ZZ99 3ZZ"])
    >>> kept, met = prose_withheld(said)
    >>> kept.tolist(), met["code"].tolist()
    (['Moved away', nan], ['X14'])
    """
    which, found = distinct(values.fillna(""))
    odd = found.str.len().gt(LONGEST) | found.str.contains(POSTCODE_IN, regex=True)
    if not odd.any():
        return values, pd.DataFrame(columns=HITS)
    rows = odd.to_numpy(dtype=bool)[which]
    made = hits("X14", rows, index=values.index, values=WITHHELD, action="withheld")
    return values.mask(rows), made


POSTCODE_IN = r"\b[A-Z]{1,2}[0-9][0-9A-Z]? ?[0-9][A-Z]{2}\b"
"""A postcode anywhere in a text."""


class Columns:
    """Cleans the columns of one source, each by the kind of its canonical column.

    Parameters
    ----------
    case, source : Case, Source
        The case and one of its sources.
    text : DataFrame
        The rows of all sheets as text, one column a canonical name, with source_sheet and
        source_row.
    headers : dict of dict
        By canonical name: the header that it has in each sheet.
    mode : str
        Date mode of the workbook: 1900, 1904, or empty where there is none.
    log : Log
        Takes a flag for whatever is odd.

    Attributes
    ----------
    problems : list of Problem
        What stops the run: dates in no declared format, values that are not mapped.
    ambiguous : list of DataFrame
        Dates read as declared whose day and month could be exchanged.
    """

    def __init__(
        self,
        case: Case,
        source: Source,
        text: pd.DataFrame,
        *,
        headers: dict[str, dict[str, str]],
        mode: str,
        log: Log,
    ) -> None:
        self.case, self.source, self.text = case, source, text
        self.headers, self.mode, self.log = headers, mode, log
        self.problems: list[Problem] = []
        self.ambiguous: list[pd.DataFrame] = []
        self._read: dict[tuple[str, ...], dates.Dates] = {}

    def logged(self, hits: pd.DataFrame, name: str) -> None:
        """Put hits of a column into the log, under the header that each sheet has for it.

        Parameters
        ----------
        hits : DataFrame
            What a cleaning function met.
        name : str
            Canonical name of the column.
        """
        if hits.empty:
            return
        if name in IDENTITY and name not in {"sex", "age"}:
            # What was written there identifies a person; the row leads back to it.
            new = hits["new_value"]
            hits = hits.assign(value=WITHHELD, new_value=new.where(new.eq(""), WITHHELD))
        sheets = self.text.loc[hits["position"], "source_sheet"]
        hits = hits.assign(column=sheets.map(self.headers[name]).to_numpy(dtype=object))
        held = self.text[["source_sheet", ROW]]
        self.log.take(hits, source_id=self.source.id, places=held)

    def _where(self, positions: Any, name: str) -> str:
        chosen = self.text.loc[positions]
        sheet = chosen["source_sheet"].iloc[0]
        rows = row_list(chosen.loc[chosen["source_sheet"].eq(sheet), ROW])
        file = self.source.file or self.source.id
        place = f"{file}, sheet {sheet}" if sheet else file
        return f"{place}, row {rows}, column {self.headers[name].get(sheet, name)}"

    def dates(self, name: str, rule: FieldMap) -> dates.Dates:
        """Read a column of days; collect what cannot be read. A header is read once.

        Parameters
        ----------
        name : str
            Canonical name of the column.
        rule : FieldMap
            How it is read.
        """
        declared = rule.format or self.source.date_format or "%Y-%m-%d"
        held = ",".join(f"{sheet}:{header}" for sheet, header in self.headers[name].items())
        key = (held, declared, *(rule.also or self.source.date_also))
        if key in self._read:
            return self._read[key]
        read = dates.read_dates(
            self.text[name],
            fmt=declared,
            also=rule.also or self.source.date_also,
            missing=rule.missing,
            date_mode=self.mode,
            serials=rule.serials,
            birth=name == "dob",
            latest=pd.Timestamp(self.case.extract_date),
        )
        self.logged(read.hits, name)
        if read.ambiguous:
            texts = {at: value for value, found in read.ambiguous.items() for at in found}
            held = self.text.loc[list(texts), ["source_sheet", ROW]]
            self.ambiguous.append(
                held.assign(
                    column=held["source_sheet"].map(self.headers[name]),
                    value="" if name == "dob" else list(texts.values()),
                )
            )
        for value, positions in read.unread.items():
            shown = "a value" if name == "dob" else repr(value)
            self.problems.append(
                Problem(
                    f"{shown} is not a day in the declared format {declared}",
                    self._where(positions, name),
                    "Declare the format, or name the word under missing, in case.yml.",
                )
            )
        self._read[key] = read
        return read

    def _mapping(self, rule: FieldMap, column: Column) -> dict[str, str] | None:
        if rule.map is not None:
            return rule.map
        if rule.map_file is not None:
            pairs = read_csv(self.case.path(rule.map_file), encoding="utf-8", needed=["raw_value"])
            return dict(zip(pairs["raw_value"], pairs["canonical_id"], strict=True))
        return {value: value for value in column.allowed} or None

    def _unmapped(self, found: dict[str, Any], name: str, allowed: tuple[str, ...]) -> None:
        rule = self.source.fields[name]
        target = rule.map_file or "the map of the column in case.yml"
        rest = f" It may become: {', '.join(allowed)}." if allowed else ""
        for value, positions in found.items():
            self.problems.append(
                Problem(
                    f"{value!r} is not mapped ({len(positions)} rows)",
                    self._where(positions, name),
                    f"Add it to {target}.{rest}",
                )
            )

    def coded(self, name: str, rule: FieldMap, column: Column) -> pd.Series:
        """Read a column of codes through its map; collect what is not mapped.

        Parameters
        ----------
        name : str
            Canonical name of the column.
        rule : FieldMap
            How it is read.
        column : Column
            The canonical column.
        """
        mapping = (
            {**YES_NO, **(rule.map or {})} if column.kind == "flag" else self._mapping(rule, column)
        )
        values, met, unmapped = words.coded(
            self.text[name],
            mapping=mapping,
            missing=rule.missing,
            blank="" if column.kind == "flag" else "NR",
        )
        self.logged(met, name)
        self._unmapped(unmapped, name, column.allowed if column.kind == "code" else ("yes", "no"))
        if column.kind == "flag":
            known = {"yes": True, "no": False}
            return values.map(known).astype("boolean")
        return values

    def dated(self, name: str, rule: FieldMap, when: pd.Series, column: Column) -> pd.Series:
        """Read a column through a dated map of names to ids; collect what is not mapped.

        Parameters
        ----------
        name : str
            Canonical name of the column.
        rule : FieldMap
            How it is read.
        when : Series
            The day at which each row asks the map.
        column : Column
            The canonical column.
        """
        table = read_csv(
            self.case.path(rule.map_file or ""),
            encoding="utf-8",
            needed=["raw_value", "canonical_id", "valid_from", "valid_to"],
        )
        values, met, unmapped = dated_maps.mapped_by_date(
            self.text[name],
            dates=when,
            mapping=table,
            file=rule.map_file or "",
            missing=rule.missing,
        )
        self.logged(met, name)
        self._unmapped(unmapped, name, column.allowed)
        return values

    def plain(self, name: str, rule: FieldMap, column: Column) -> pd.Series:
        """Read text or a number; words that mean nothing was recorded become missing.

        Parameters
        ----------
        name : str
            Canonical name of the column.
        rule : FieldMap
            How it is read.
        column : Column
            The canonical column.
        """
        if rule.map is not None or rule.map_file is not None:
            return self.coded(name, rule, column)
        values, met = words.without_missing(self.text[name], missing=rule.missing)
        self.logged(met, name)
        values, met = prose_withheld(values)
        self.logged(met, name)
        if column.kind not in {"count", "number", "year"}:
            return values
        number = pd.to_numeric(values, errors="coerce")
        bad = values.notna() & number.isna()
        if bad.any():
            self.problems.append(
                Problem(
                    f"{values[bad].iloc[0]!r} is not a number ({int(bad.sum())} rows)",
                    self._where(values.index[bad], name),
                    "Name the word under missing in case.yml, or ask for the extract again.",
                )
            )
        return number
