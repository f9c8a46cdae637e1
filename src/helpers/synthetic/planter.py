"""Planting dirt in cells, each piece written down with what was true.

- :class:`Planter`: plants and writes down.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import numpy as np
import pandas as pd

from helpers.synthetic.cells import EPOCH, Ink
from helpers.synthetic.records import scaled

WORDS = ("unknown", "N/K", "tbc", "-", "?", "Not known", "n/a")
PLACEHOLDERS = ("01/01/1900", "31/12/9999", "11/11/1111")
SERIAL_ZERO = {"1900": date(1899, 12, 30), "1904": date(1904, 1, 1)}
LEAST_SERIAL = 20_000
TRUE_NAME = {"date_trust_knew": "trust_knew", "reported_date": "incident_reported"}


def _serial(day: date, mode: str) -> int:
    return (day - SERIAL_ZERO[mode]).days


class Planter:
    """Plants dirt in the cells of one file and writes each piece down.

    Parameters
    ----------
    rng : Generator
        Chooses rows and words.
    cells, rows : DataFrame
        The cells, which are changed, and the true rows.
    ink : Ink
        How the file writes days.
    deaths : int
        Size of the case: the plan grows with it.
    """

    def __init__(
        self,
        rng: np.random.Generator,
        cells: pd.DataFrame,
        rows: pd.DataFrame,
        ink: Ink,
        deaths: int,
    ) -> None:
        self.rng, self.cells, self.rows, self.ink, self.deaths = rng, cells, rows, ink, deaths
        self.free = np.ones(len(cells), dtype=bool)
        self.true_name = TRUE_NAME
        self._held: list[dict[str, object]] = []

    def pick(self, able: object, count: int) -> np.ndarray:
        """Return positions of free rows for which ``able`` holds, and take them."""
        left = np.flatnonzero(self.free & np.asarray(able, dtype=bool))
        many = min(scaled(count, self.deaths), len(left) if count < 5 else len(left) // 2)
        chosen = np.sort(self.rng.choice(left, many, replace=False)) if many else left[:0]
        self.free[chosen] = False
        return chosen

    def note(self, rows: np.ndarray, field: str, code: str, kind: str, true: object = None) -> None:
        """Write down pieces of dirt that stand in the cells already.

        Parameters
        ----------
        rows : ndarray
            Positions.
        field, code, kind : str
            Field of the cells, the code, and what was done.
        true : object, optional
            The true value of each row (a list) or of all; empty where the value is lost.
        """
        values = true if isinstance(true, (list, np.ndarray)) else [true or ""] * len(rows)
        there = self.cells[field].to_numpy(dtype=object)[rows].tolist()
        for row, value, planted in zip(rows.tolist(), values, there, strict=True):
            self._held.append(
                {"position": row, "field": field, "code": code, "kind": kind,
                 "planted": "" if planted is None else str(planted), "true_value": str(value)}
            )  # fmt: skip

    def put(
        self, rows: np.ndarray, field: str, values: list, code: str, kind: str, true: object = None
    ) -> None:
        """Write values into cells and write them down.

        Parameters
        ----------
        rows : ndarray
            Positions.
        field : str
            Field of the cells.
        values : list
            What is written.
        code, kind : str
            The code, and what was done; no code: damage to what links records only.
        true : object, optional
            As for :meth:`note`.
        """
        column = self.cells[field].to_numpy(dtype=object).copy()
        for row, value in zip(rows.tolist(), values, strict=True):
            column[row] = value
        self.cells[field] = pd.Series(column, index=self.cells.index, dtype=object)
        self.note(rows, field, code, kind, true)

    def days(self, field: str) -> pd.Series:
        """Return the true days of a field."""
        return self.rows[self.true_name.get(field, field)]

    def plan(self, plan: tuple[tuple[str, str, str, int], ...], able: object) -> None:
        """Plant a plan: field, code, kind, count; only in rows for which ``able`` holds."""
        for field, code, kind, count in plan:
            self._one(field, code, kind, count, np.asarray(able, dtype=bool))

    def _one(self, field: str, code: str, kind: str, count: int, able: np.ndarray) -> None:
        if kind == "word" and field in {"ethnic_category", "place_of_death"}:
            rows = self.pick(able, count)
            words = [WORDS[n % len(WORDS)] for n in range(len(rows))]
            return self.put(rows, field, words, code, kind)
        day = self.days(field)
        able = able & day.notna().to_numpy()
        whole = day.fillna(0).to_numpy()
        dates = whole.astype("datetime64[D]")
        month_day = (dates - dates.astype("datetime64[M]")).astype(np.int64) + 1
        if code == "X01":
            able &= month_day > 12
        if code == "X02":
            zero = (SERIAL_ZERO[self.ink.mode] - EPOCH).days
            able &= whole - zero >= LEAST_SERIAL
        rows = self.pick(able, count)
        true = [EPOCH + timedelta(int(whole[row])) for row in rows]
        lost = code in {"X03", "X04"}
        write: dict[str, Callable[[int, date], object]] = {
            "ISO text": lambda n, d: d.isoformat(),
            "month first": lambda n, d: d.strftime("%m/%d/%Y"),
            "day first": lambda n, d: d.strftime("%d/%m/%Y"),
            "two-digit year": lambda n, d: d.strftime("%d/%m/%y"),
            "serial number": lambda n, d: self._number(_serial(d, self.ink.mode)),
            "serial as text": lambda n, d: str(_serial(d, self.ink.mode)),
            "placeholder": lambda n, d: self._placeholder(n),
            "placeholder as a date": lambda n, d: self._last_day(),
            "word": lambda n, d: WORDS[n % len(WORDS)],
            "midnight": lambda n, d: self._midnight(d),
            "before the death": lambda n, d: self._day(self._early(rows[n])),
            "after the extract": lambda n, d: self._day(date(2015, 10, 5) + timedelta(n * 20)),
        }
        values = [write[kind](n, d) for n, d in enumerate(true)]
        kept = [str(value) for value in values] if code == "X06" else true
        self.put(rows, field, values, code, kind, [""] * len(rows) if lost else kept)
        return None

    def _number(self, serial: int) -> object:
        return serial if self.ink.native else str(serial)

    def _placeholder(self, n: int) -> str:
        text = PLACEHOLDERS[n % len(PLACEHOLDERS)]
        return "-".join(reversed(text.split("/"))) if self.ink.iso else text

    def _last_day(self) -> object:
        return date(9999, 12, 31) if self.ink.native else "31/12/9999"

    def _midnight(self, day: date) -> object:
        moment = datetime(day.year, day.month, day.day)  # noqa: DTZ001 - a wall clock
        return moment if self.ink.native else f"{moment:%d/%m/%Y %H:%M}"

    def _early(self, row: int) -> date:
        died = int(self.rows["date_of_death"].to_numpy()[row])
        return EPOCH + timedelta(died - int(self.rng.integers(5, 40)))

    def _day(self, day: date) -> object:
        return self.ink.days(np.array([float((day - EPOCH).days)]))[0]

    def frame(self) -> pd.DataFrame:
        """Return all pieces: position, field, code, kind, planted, true_value."""
        columns = ["position", "field", "code", "kind", "planted", "true_value"]
        return pd.DataFrame(self._held, columns=columns)
