"""The log of everything that intake met and what it did: one row a flag.

- :data:`CODES`: what each code means.
- :class:`Log`: collects flags while sources are read.
"""

from __future__ import annotations

from collections.abc import Iterable

import pandas as pd

CODES = {
    "X01": "date in another format than the declared one",
    "X03": "date that no record can have: before 1900, or after 2100",
    "X04": "not recorded: blank, or a word such as 'not listed' or 'NR'",
    "X06": "dates out of order, or after the date of the extract",
    "X10": "reference repeated: possibly the same record twice",
    "X11": "unit that cannot be established: the same name and year more than once",
    "X14": "value that may be free text about a person: withheld",
    "X21": "reference not in the publisher's form",
}

COLUMNS = ["code", "source_id", "source_row", "column", "value", "action", "reason"]


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
    ) -> None:
        """Add a flag for each of the rows.

        Parameters
        ----------
        code : str
            One of :data:`CODES`.
        source_id, column : str
            The source and its column.
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
                column=column,
                action=action,
                reason=reason or CODES[code],
            )
        )

    def frame(self) -> pd.DataFrame:
        """Return the log, ordered by source, row and code.

        Returns
        -------
        DataFrame
            Columns code, source_id, source_row, column, value, action, reason.

        Examples
        --------
        >>> len(Log().frame())
        0
        """
        if not self._parts:
            return pd.DataFrame(columns=COLUMNS)
        whole = pd.concat(self._parts, ignore_index=True)[COLUMNS]
        order = ["source_id", "source_row", "code", "column"]
        return whole.sort_values(order, kind="stable", ignore_index=True)
