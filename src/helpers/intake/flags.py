"""The log of everything that intake met and what it did: one row a flag.

- :data:`CODES`: what each code means.
- :class:`Log`: collects flags while sources are read.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

CODES = {
    "X01": "date in another format than the declared one, or not to be told from another day",
    "X02": "date held as a number: days since 1900 or 1904, as spreadsheets count them",
    "X03": "date that no record can have: a placeholder, or before 1900, or after 2100",
    "X04": "not recorded: blank, or a word such as 'not listed' or 'NR'",
    "X05": "time that was not recorded: midnight stands for a missing time",
    "X06": "dates out of order, or after the date of the extract",
    "X07": "several incidents about one death",
    "X08": "one incident about several deaths",
    "X09": "NHS number that cannot be one: length, check digit, repeated digit or test range",
    "X10": "reference or person repeated: possibly the same record twice",
    "X11": "unit that cannot be established: the same name and year more than once",
    "X12": "contact recorded after the death",
    "X13": "discharged on the day of death: the record was closed, nobody was discharged",
    "X14": "value that may be free text about a person: withheld",
    "X15": "serious incident removed from the list or downgraded",
    "X16": "part of a workbook that is no record, or was hidden",
    "X17": "degree of harm re-coded",
    "X18": "not the death of a patient: staff, visitor, stillbirth or foetal death",
    "X19": "age that needs a question: 0 or below, or 120 and over",
    "X20": "extract that may be cut off: the number of rows or characters is a limit of a program",
    "X21": "reference not in the publisher's form",
}

COLUMNS = [
    "code",
    "source_id",
    "source_sheet",
    "source_row",
    "column",
    "value",
    "new_value",
    "action",
    "reason",
]
"""What the log says of each flag: the code, where, what was met, what it was read as and why."""


class Log:
    """Collects flags; each is a row that says what was met, where, and what was done.

    Examples
    --------
    >>> log = Log()
    >>> place = {"source_id": "mine", "column": "died"}
    >>> log.add("X04", rows=[2, 9], values=["NR", ""], action="no date", **place)
    >>> log.frame()[["code", "source_row", "action"]]
      code  source_row   action
    0  X04           2  no date
    1  X04           9  no date
    """

    def __init__(self) -> None:
        self._parts: list[pd.DataFrame] = []

    def add(
        self,
        code: str,
        *,
        source_id: str,
        rows: Iterable[int],
        column: str,
        values: Iterable[object],
        action: str,
        reason: str = "",
        sheet: str = "",
    ) -> None:
        """Add a flag for each of the rows.

        Parameters
        ----------
        code : str
            One of :data:`CODES`.
        source_id, column, sheet : str
            The source, its column and its sheet, if it has any.
        rows, values : iterable
            Rows of the source file (the header is row 1) and the values met there.
        action : str
            What was done: kept, read as ..., no value, withheld.
        reason : str
            Why, where it is more than what the code means.

        Raises
        ------
        KeyError
            For a code that does not exist, where no reason is given.

        Examples
        --------
        >>> log = Log()
        >>> log.add("X14", source_id="a", rows=[4], column="place", values=["?"], action="withheld")
        >>> log.frame()["reason"].tolist()
        ['value that may be free text about a person: withheld']
        """
        part = pd.DataFrame({"source_row": list(rows), "value": [str(v) for v in values]})
        if part.empty:
            return
        self._parts.append(
            part.assign(
                code=code,
                source_id=source_id,
                source_sheet=sheet,
                column=column,
                new_value="",
                action=action,
                reason=reason or CODES[code],
            )
        )

    def take(
        self, hits: pd.DataFrame, *, source_id: str, places: pd.DataFrame, column: str = ""
    ) -> None:
        """Add what a cleaning function met in one source.

        Parameters
        ----------
        hits : DataFrame
            Columns code, position, value, new_value, action, reason, and column where the hits
            are of several; an empty reason is that of the code.
        source_id, column : str
            Where the values stand.
        places : DataFrame
            Columns source_sheet and source_row by position.

        Examples
        --------
        >>> log, places = Log(), pd.DataFrame({"source_sheet": ["2012-13"], "source_row": [7]})
        >>> hit = {"code": "X02", "position": 0, "value": "41000", "new_value": "2012-04-01"}
        >>> hits = pd.DataFrame([hit | {"action": "read as", "reason": ""}])
        >>> log.take(hits, source_id="mine", places=places, column="died")
        >>> log.frame()[["source_sheet", "source_row", "new_value"]].to_dict("records")
        [{'source_sheet': '2012-13', 'source_row': 7, 'new_value': '2012-04-01'}]
        """
        if hits.empty:
            return
        held = places.loc[hits["position"], ["source_sheet", "source_row"]]
        part = hits.drop(columns="position").assign(
            source_id=source_id,
            source_sheet=held["source_sheet"].to_numpy(),
            source_row=held["source_row"].to_numpy(),
        )
        if column:
            part["column"] = column
        unsaid = part["reason"].eq("")
        if unsaid.any():
            part["reason"] = part["reason"].mask(unsaid, part["code"].map(CODES))
        self._parts.append(part)

    def frame(self) -> pd.DataFrame:
        """Return the log, ordered by source, row and code.

        Returns
        -------
        DataFrame
            Columns as :data:`COLUMNS`.

        Examples
        --------
        >>> len(Log().frame())
        0
        """
        if not self._parts:
            return pd.DataFrame(columns=COLUMNS)
        whole = pd.concat(self._parts, ignore_index=True)[COLUMNS]
        order = ["source_id", "source_sheet", "source_row", "code", "column"]
        return whole.sort_values(order, kind="stable", ignore_index=True)
