"""The values of a new extract held against the maps of the case: what is not mapped, what no date.

- :func:`probe`: read a new extract as a run would, and note what would stop it.
- :func:`rows_before`: the cleaned rows of each extract of a case.
- :class:`Probed`: its cleaned rows, and every value that nobody mapped.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from helpers.casefile import Case
from helpers.errors import InputError, Problem
from helpers.intake import dates, extracts
from helpers.intake.columns import Columns
from helpers.intake.flags import Log
from helpers.intake.opening_files import read_source
from helpers.sourcefile import FieldMap, Source

OTHER_FORMAT = 0.01
"""Share of the days of a column in a format that nobody declared, from which a person is asked."""


@dataclass(frozen=True)
class Probed:
    """The rows of an extract, and what of its values would stop a run.

    Parameters
    ----------
    frame : DataFrame
        Canonical columns and those that identify people, as
        :class:`helpers.intake.extracts.Cleaned` holds them.
    unmapped : dict
        By field: each value that its map does not hold, with the number of rows, and the codes it
        may have.
    undated : dict
        By field or milestone: each text that is no day in a declared format, with its rows.
    problems : list of Problem
        What else would stop the run.
    """

    frame: pd.DataFrame
    unmapped: dict[str, tuple[dict[str, int], tuple[str, ...]]] = field(default_factory=dict)
    undated: dict[str, dict[str, int]] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)


class _Noting(Columns):
    """Columns of an extract that keep what they could not read by field and value."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.unmapped: dict[str, tuple[dict[str, int], tuple[str, ...]]] = {}
        self.undated: dict[str, dict[str, int]] = {}

    def _unmapped(self, found: dict[str, Any], name: str, allowed: tuple[str, ...]) -> None:
        if found:
            counts = {value: len(positions) for value, positions in found.items()}
            self.unmapped[name] = counts, tuple(allowed)

    def dates(self, name: str, rule: FieldMap) -> dates.Dates:
        """Read a column of days; keep what is none in a declared format.

        Parameters
        ----------
        name : str
            Canonical name of the column.
        rule : FieldMap
            How it is read.
        """
        before = len(self.problems)
        read = super().dates(name, rule)
        if len(self.problems) > before:
            del self.problems[before:]
            self.undated[name] = {value: len(found) for value, found in read.unread.items()}
        # A day in a format that nobody declared becomes no value, and does not stop a run.
        other = read.hits[read.hits["code"].eq("X01") & read.hits["action"].eq("no value")]
        filled = int(self.text[name].str.strip().ne("").sum())
        if len(other) and len(other) >= OTHER_FORMAT * filled:
            counts = other["value"].value_counts()
            kept = self.undated.setdefault(name, {})
            kept |= {str(value): int(number) for value, number in counts.items()}
        return read


def probe(case: Case, source: Source) -> Probed:
    """Read an extract as a run would, and note what would stop it.

    Parameters
    ----------
    case : Case
        The case with the new period laid over it, every open question left out.
    source : Source
        One of its sources, laid out as an extract.

    Returns
    -------
    Probed
        Every data row of the source.

    Raises
    ------
    InputError
        If the file cannot be read at all.
    """
    sheets = read_source(case, source)
    text, headers = extracts._stacked(source, sheets)
    modes = {sheet.facts["date_mode"] for sheet in sheets}
    mode = modes.pop() if len(modes) == 1 else ""
    reader = _Noting(case, source, text, headers=headers, mode=mode, log=Log())
    frame, _, _ = extracts._frame(reader)
    return Probed(frame, reader.unmapped, reader.undated, reader.problems)


def rows_before(case: Case) -> dict[str, pd.DataFrame]:
    """Return the cleaned rows of each extract of a case, by id of the source.

    Parameters
    ----------
    case : Case
        The case, or one of its periods.

    Raises
    ------
    InputError
        With every problem of its files.
    """
    found, problems = {}, []
    for source in case.sources:
        if source.layout == "extract":
            try:
                found[source.id] = extracts.read(case, source, Log()).frame
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return found
