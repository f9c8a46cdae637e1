"""The record of judgement of a case: what was assumed, decided and received, and who signed.

Analysts judge, and a reader must be able to see where. The record stands in files of the case, one
a log, in the folder ``judgement/``; the roles and what a log says of each entry are those of the
AQuA Book. What ``case.yml`` and the plan assume stands there, once: a row of ``assumptions.csv``
with the same id adds what the log wants to know of it and leaves its words empty. Nothing in the
record changes a number, so its files are no inputs of a run.

- :func:`read`: the record of a case, checked.
- :func:`files`: its files that are there.
- :func:`written`: the record as the files that a pack carries.
- :class:`Judgement`: the logs as tidy frames; its gaps.

What each log must say, and who signs, is in :mod:`helpers.judgement_logs`.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from helpers.casefile import Case
from helpers.errors import InputError, Problem
from helpers.judgement_logs import LOGS, ROLES, Log
from helpers.planfile import PLAN


@dataclass(frozen=True)
class Judgement:
    """The record of judgement of a case.

    Parameters
    ----------
    case : str
        Id of the case; ``data_status`` its status.
    data_status : str
        real, published or synthetic.
    logs : dict of DataFrame
        Each log as text, one row an entry: the columns of its :class:`helpers.judgement_logs.Log`,
        and ``source``, the file that an entry stands in. An empty cell is an empty text.
    missing : tuple of str
        Logs that have no file.
    sources : tuple of str
        The files of records that the case reads.

    Examples
    --------
    >>> from helpers.case import load
    >>> read(load("southern_health")).frame("assumptions")["source"].iloc[0]
    'case.yml'
    """

    case: str
    data_status: str
    logs: dict[str, pd.DataFrame]
    missing: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()

    def frame(self, name: str) -> pd.DataFrame:
        """Return a log by name, one of those of LOGS."""
        return self.logs[name]

    def gaps(self) -> pd.DataFrame:
        """Return what the record does not say: columns ``log``, ``column``, ``ids`` and ``gap``.

        ``gap`` is a sentence; ``ids`` names the entries, separated by commas.
        """
        rows = [row for log in LOGS.values() for row in self._gaps_of(log)]
        rows += [("sign_offs", "role", role, text) for role, text in self._unsigned()]
        unlogged = [
            name for name in self.sources if name not in set(self.frame("data_log")["file"])
        ]
        if unlogged and "data_log" not in self.missing:
            text = f"The log of data received does not name {_listed(unlogged)}."
            rows.append(("data_log", "file", ", ".join(unlogged), text))
        return pd.DataFrame(rows, columns=["log", "column", "ids", "gap"])

    def _gaps_of(self, log: Log) -> Iterator[tuple[str, str, str, str]]:
        if log.name in self.missing:
            yield log.name, "", "", f"There is no file {log.file}: {_NOT_KEPT[log.name]}"
        frame = self.frame(log.name)
        if log.name == "sign_offs":
            return  # a role that has not signed is one gap, said by role
        key = next(iter(log.columns))
        for column, words in log.columns.items():
            if column in log.optional or column == key or frame.empty:
                continue
            empty = frame[column].eq("")
            if column in FOLLOWS:  # nobody has signed: that the day is missing too says no more
                empty &= frame[FOLLOWS[column]].ne("")
            bare = frame.loc[empty, key].tolist()
            if bare:
                yield log.name, column, ", ".join(bare), _unsaid(log, len(bare), len(frame), words)

    def _unsigned(self) -> Iterator[tuple[str, str]]:
        frame = self.frame("sign_offs")
        signed = frame[frame["name"].ne("") & frame["signed_on"].ne("")]
        for role in ROLES:
            if role not in set(signed["role"]):
                named = frame.loc[frame["role"].eq(role) & frame["name"].ne(""), "name"].tolist()
                who = f" ({_listed(named)} is named, without a date)" if named else ""
                article = "an" if role[0] in "aeiou" else "a"
                yield role, f"No {role} has signed{who}: {article} {role} {ROLES[role]}."
        for one, other in (
            ("analyst", "assurer"),
            ("analyst", "approver"),
            ("assurer", "approver"),
        ):
            both = set(signed.loc[signed["role"].eq(one), "name"])
            both &= set(signed.loc[signed["role"].eq(other), "name"])
            for name in sorted(both):
                yield other, f"{name} signed as {one} and as {other}: the two are to be kept apart."


FOLLOWS = {"signed_on": "signed_by", "checked_on": "checked_by"}
"""Days that are missed only where it is said whose they are."""

_NOT_KEPT = {
    "assumptions": "nothing says how much an assumption could move, or who made it.",
    "decisions": "nobody wrote down what was decided and why.",
    "data_log": "nobody wrote down what was received, when and from whom.",
    "known_faults": "nobody wrote down what is known to be wrong, or that nothing is.",
    "sign_offs": "nobody has signed.",
}


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"


def _unsaid(log: Log, bare: int, n: int, words: str) -> str:
    if n == 1:
        return f"The {log.one} on record does not say {words}."
    if bare == n:
        return f"None of the {n} {log.many} says {words}."
    verb = "does" if bare == 1 else "do"
    return f"{bare} of {n} {log.many} {verb} not say {words}."


def files(case: Case) -> list[str]:
    """Return the files of the record of judgement that are there.

    Parameters
    ----------
    case : Case
        The case.

    Returns
    -------
    list of str
        Names relative to the folder of the case.

    Examples
    --------
    >>> from helpers.case import load
    >>> files(load("coroners"))[0]
    'judgement/assumptions.csv'
    """
    names = [f"{case.judgement}/{log.file}" for log in LOGS.values()]
    return [name for name in names if case.path(name).is_file()]


def read(case: Case) -> Judgement:
    """Return the record of judgement of a case, checked.

    Parameters
    ----------
    case : Case
        The case; what it declares to be assumed is merged into the log of assumptions.

    Returns
    -------
    Judgement
        Five logs; one without a file has no rows but those of ``case.yml``.

    Raises
    ------
    InputError
        With each fault: a column that no log has, a date that is none, a value that a column may
        not have, an entry without an id or with one that is there twice, an assumption whose words
        stand in two files, a file that the case does not read.

    Examples
    --------
    >>> from helpers.case import load
    >>> record = read(load("southern_health"))
    >>> record.gaps().query("column == 'role'")["gap"].iloc[2]
    'No assurer has signed: an assurer checks it, having had no part in making it.'
    """
    found: list[Problem] = []
    logs, missing = {}, []
    for log in LOGS.values():
        path = case.path(f"{case.judgement}/{log.file}")
        where = f"data/{case.id}/{case.judgement}/{log.file}"
        rows = []
        if path.is_file():
            try:
                text = path.read_text(encoding="utf-8-sig")
            except UnicodeDecodeError:
                text = ""
                found.append(Problem("the file is not UTF-8", where, "Save it as CSV in UTF-8."))
            rows = _rows(text, log, where, found)
        else:
            missing.append(log.name)
        source = f"{case.judgement}/{log.file}"
        logs[log.name] = pd.DataFrame(
            [{**row, "source": source} for row in rows],
            columns=[*log.columns, "source"],
            dtype="str",
        )
    logs["assumptions"] = _with_those_of(case, logs["assumptions"], found)
    sources = list(dict.fromkeys(source.file for source in case.sources if source.file))
    strange = [name for name in logs["data_log"]["file"] if name and name not in sources]
    strange = [name for name in strange if not case.path(name).is_file()]
    found += [
        Problem(
            f"{name!r} is not a file of the case",
            f"data/{case.id}/{case.judgement}/{LOGS['data_log'].file}, column file",
            f"Name a file of the folder, such as {sources[0] if sources else 'case.yml'}.",
        )
        for name in strange
    ]
    if found:
        raise InputError(found)
    return Judgement(case.id, case.data_status, logs, tuple(missing), tuple(sources))


def _rows(text: str, log: Log, where: str, found: list[Problem]) -> list[dict[str, str]]:
    """Return the entries of a log; what is wrong with them is added to ``found``."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    heads = [(name or "").strip() for name in reader.fieldnames or []]
    known = ", ".join(log.columns)
    unknown = [name for name in heads if name not in log.columns]
    twice = sorted({name for name in heads if heads.count(name) > 1})
    found += [
        Problem(f"unknown column {name!r}", where, f"The log may have: {known}.")
        for name in unknown
    ]
    found += [Problem(f"column {name!r} is there twice", where, "Keep one.") for name in twice]
    key = next(iter(log.columns))
    if heads and key not in heads:
        found.append(Problem(f"there is no column {key!r}", where, f"The log has: {known}."))
        return []
    if unknown or twice or not heads:
        return []
    reader.fieldnames = heads
    rows, seen = [], set()
    for raw in reader:
        line = f"{where}, line {reader.line_num}"
        if None in raw or None in raw.values():
            found.append(
                Problem("the row has more or fewer cells than there are columns", line, "Mend it.")
            )
            continue
        row = {name: raw.get(name, "").strip() for name in log.columns}
        if not any(row.values()):
            continue
        if not row[key]:
            found.append(Problem(f"no {key} is given", line, f"Give each {log.one} its own."))
        elif key == "id" and row[key] in seen:
            found.append(Problem(f"id {row[key]!r} is there twice", line, "Give each its own."))
        seen.add(row[key])
        found += _faulty(row, log, line)
        rows.append(row)
    return rows


def _faulty(row: Mapping[str, str], log: Log, line: str) -> Iterator[Problem]:
    for name in log.dates:
        if row[name] and not _is_day(row[name]):
            yield Problem(
                f"{row[name]!r} is not a date", f"{line}, column {name}", "Write it as 2026-01-31."
            )
    for name, allowed in log.allowed.items():
        if row[name] and row[name] not in allowed:
            yield Problem(
                f"{row[name]!r} is not known",
                f"{line}, column {name}",
                f"Use {', '.join(allowed)}.",
            )


def _is_day(text: str) -> bool:
    try:
        return date.fromisoformat(text).isoformat() == text
    except ValueError:
        return False


def _declared(case: Case) -> Iterator[dict[str, str]]:
    """Give what the case declares elsewhere to be assumed: case.yml, and the ranges of its plan."""
    for item in case.assumptions:
        value = "" if item.value is None else str(item.value)
        yield {"id": item.id, "assumption": item.text, "value": value, "source": "case.yml"}
    if case.bands is not None:
        yield {
            "id": "bands.last_months",
            "assumption": "What the band of times without an upper end is taken to stand for.",
            "value": f"{case.bands.last_months:g} months",
            "why": case.bands.why.strip(),
            "source": "case.yml",
        }
    if case.plan is not None and (wrong := case.plan.misclassified) is not None:
        yield {
            "id": "plan.misclassified",
            "assumption": "How many records of the outcome may be wrong.",
            "value": f"sensitivity {wrong.sensitivity[0]:g} to {wrong.sensitivity[1]:g}, "
            f"specificity {wrong.specificity[0]:g} to {wrong.specificity[1]:g}",
            "why": wrong.why.strip(),
            "source": PLAN,
        }


def _with_those_of(case: Case, log: pd.DataFrame, found: list[Problem]) -> pd.DataFrame:
    """Return the log with what the case declares first, each with what the log adds to it."""
    where = f"data/{case.id}/{case.judgement}/assumptions.csv"
    added = {row["id"]: row for row in log.to_dict("records")}
    rows = []
    for item in _declared(case):
        more = added.pop(item["id"], dict.fromkeys(LOGS["assumptions"].columns, ""))
        found += [
            Problem(
                f"assumption {item['id']!r} has its {name} here and in {item['source']}",
                where,
                f"Leave that cell empty: it is shown from {item['source']}.",
            )
            for name, said in item.items()
            if name not in {"id", "source"} and said and more[name]
        ]
        rows.append({**more, **{name: said for name, said in item.items() if said}})
    found += [
        Problem(
            f"assumption {row['id']!r} does not say what is assumed, and the case declares none",
            where,
            "Say it, or correct the id.",
        )
        for row in added.values()
        if not row["assumption"]
    ]
    return pd.DataFrame([*rows, *added.values()], columns=log.columns, dtype="str")


def written(record: Judgement) -> dict[str, str]:
    """Return the record as the files that a pack carries, by name.

    Parameters
    ----------
    record : Judgement
        As :func:`read` returns it.

    Returns
    -------
    dict of str
        CSV by path inside the pack: every log, those without a file too, and ``gaps.csv``. Where
        the case is synthetic each row says so.

    Examples
    --------
    >>> from helpers.case import load
    >>> sorted(written(read(load("coroners"))))[0]
    'judgement/assumptions.csv'
    """
    frames = {LOGS[name].file: frame for name, frame in record.logs.items()}
    frames["gaps.csv"] = record.gaps()
    made = {}
    for name, frame in frames.items():
        if record.data_status == "synthetic":
            frame = frame.assign(data_status="SYNTHETIC")
            frame = frame[["data_status", *frame.columns[:-1]]]
        made[f"judgement/{name}"] = frame.to_csv(index=False, lineterminator="\n")
    return made
