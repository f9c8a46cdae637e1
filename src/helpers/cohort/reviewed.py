"""Which deaths were reviewed or investigated, and when; quarters and reporting years.

``run`` is the run, as :func:`helpers.start` returns it. A reporting year is a financial year, from
1 April. A review counts once it was completed, on the day that its kind is finished on
(:func:`helpers.rules.quality_account.kinds`).

- :class:`Span`, :func:`spans`: quarters and reporting years, those cut by the period marked.
- :func:`span_of`: a whole reporting year, whatever the period.
- :func:`finished`: one row a review or investigation that was completed.
- :func:`followed`: one row a death, with the days on which it was first reviewed and investigated.
- :func:`recorded`: of which kinds a case holds any record.
- :class:`Records`, :func:`records`: these three, made once.
- :func:`counted_as`: which records count as what.
- :func:`nothing`: an empty frame that says why.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import pandas as pd

from helpers.rules import quality_account as rules
from helpers.run import Run
from helpers.scope import long_date
from helpers.tables import among

Grain = Literal["quarter", "year"]

APRIL = 4
REASON = (
    "This case holds no records of single deaths and of the reviews that followed them, so "
    "nothing can be counted on either basis."
)
JUDGED = ("more likely than not", "not more likely than not")
KINDS = {"review": rules.REVIEW, "investigation": rules.INVESTIGATION}


@dataclass(frozen=True)
class Span:
    """A quarter or a reporting year, as far as it lies in the period of the run.

    Parameters
    ----------
    year : int
        Calendar year in which the reporting year starts.
    label : str
        The span in words.
    start, end : date
        First and last day that are counted.
    whole : bool
        Whether these are all its days.

    Examples
    --------
    >>> Span(2014, "April to June 2014", date(2014, 4, 1), date(2014, 6, 30), True).reporting_year
    '2014-15'
    """

    year: int
    label: str
    start: date
    end: date
    whole: bool

    @property
    def reporting_year(self) -> str:
        """Return the name of the reporting year."""
        return f"{self.year}-{(self.year + 1) % 100:02d}"

    def holds(self, days: pd.Series) -> pd.Series:
        """Return which days lie in the span.

        Parameters
        ----------
        days : Series
            Days; missing ones lie in no span.
        """
        return days.between(pd.Timestamp(self.start), pd.Timestamp(self.end))

    @property
    def covered(self) -> str:
        """Return whether the whole span is counted, or which part of it."""
        return "whole" if self.whole else f"part: {long_date(self.start)} to {long_date(self.end)}"


def spans(run: Run, grain: Grain = "quarter") -> list[Span]:
    """Return the quarters or reporting years that the period of the run touches.

    Parameters
    ----------
    run : Run
        The run.
    grain : {"quarter", "year"}
        Length of a span.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-06-30")
    >>> [(one.reporting_year, one.covered) for one in spans(run, "year")]
    [('2019-20', 'part: 1 January 2020 to 31 March 2020'), \
('2020-21', 'part: 1 April 2020 to 30 June 2020')]
    """
    first, last = run.period_start, run.period_end
    year = first.year - (first.month < APRIL)
    found = []
    for number in range(year, last.year + 1):
        starts = [date(number, month, 1) for month in (4, 7, 10)] + [date(number + 1, 1, 1)]
        edges = [*starts, date(number + 1, APRIL, 1)]
        if grain == "year":
            edges = [edges[0], edges[-1]]
        for begin, after in zip(edges, edges[1:], strict=False):
            end = after - timedelta(days=1)
            if begin > last or end < first:
                continue
            label = f"{begin:%B} to {end:%B %Y}"
            if grain == "year":
                label = f"{number}-{(number + 1) % 100:02d}"
            inside = begin >= first and end <= last
            found.append(Span(number, label, max(begin, first), min(end, last), inside))
    return found


def span_of(year: int) -> Span:
    """Return a whole reporting year.

    Parameters
    ----------
    year : int
        Calendar year in which it starts.

    Examples
    --------
    >>> span_of(2013).end
    datetime.date(2014, 3, 31)
    """
    first, last = date(year, APRIL, 1), date(year + 1, APRIL, 1) - timedelta(days=1)
    return Span(year, f"{year}-{(year + 1) % 100:02d}", first, last, whole=True)


def _days(run: Run, reviews: pd.DataFrame) -> pd.Series:
    """Return the day on which each review was finished, by the first milestone that is recorded.

    A day after the extract cannot have been seen by it: such a review is finished by its state, on
    a day that is not recorded; no earlier milestone stands in for it.
    """
    days = run.extract.tables["milestones"]
    wanted = rules.kinds().set_index("type")["finished_on"].str.split(";")
    found = pd.Series(pd.NaT, index=reviews.index, dtype="datetime64[s]")
    for kind, mine in reviews.groupby("type"):
        for milestone in filter(None, wanted[kind]):
            held = days[days["milestone"].eq(milestone)]
            day = _first(mine["incident_id"], held.groupby("review_id")["date"].min())
            alone = held[held["review_id"].isna()]  # a record that names the death alone
            day = day.fillna(_first(mine["death_id"], alone.groupby("death_id")["date"].min()))
            found = found.fillna(day.reindex(found.index))
    return found.where(found.le(pd.Timestamp(run.case.extract_date)))


def _first(ids: pd.Series, days: pd.Series) -> pd.Series:
    """Return the day of each id; missing where there is none."""
    found = pd.to_datetime(days).reindex(ids).to_numpy()
    return pd.Series(found, index=ids.index, dtype="datetime64[s]")


def finished(run: Run) -> pd.DataFrame:
    """Return the reviews and investigations that were completed, of deaths in scope, whenever.

    Parameters
    ----------
    run : Run
        The run; deaths outside its period are among them, as far as the case holds them.

    Returns
    -------
    DataFrame
        Columns review_id, death_id, type, kind (case record review, investigation), finished (the
        day; missing where none is recorded, or one after the extract), judged and problem (true,
        false, or missing where no judgement is on record), and where the record stands.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(finished(run))
    0
    """
    reviews = run.extract.tables["reviews"]
    kind = reviews["type"].map(rules.kinds().set_index("type")["kind"])
    reviews = reviews.assign(kind=kind)
    held = reviews["outcome"].eq("completed") & kind.ne(rules.NEITHER)
    reviews = reviews[held & among(reviews["death_id"], _scope(run)["death_id"])]
    judged = reviews["problem_in_care"].isin(JUDGED)
    made = reviews.assign(
        finished=_days(run, reviews),
        judged=judged.astype("bool"),
        problem=reviews["problem_in_care"].eq(JUDGED[0]).fillna(False).astype("bool"),
    )
    columns = ["review_id", "death_id", "type", "kind", "finished", "judged", "problem"]
    return made[[*columns, "source_id", "source_sheet", "source_row"]].reset_index(drop=True)


def _scope(run: Run) -> pd.DataFrame:
    """Return the deaths in scope, whenever: with a contact in the 12 months before."""
    deaths = run.extract.tables["deaths"]
    held = deaths["in_scope"].fillna(False).astype("bool")
    held &= deaths["in_window_12m"].fillna(False).astype("bool")
    return deaths[held]


def followed(run: Run) -> pd.DataFrame:
    """Return the deaths in scope, whenever they were, with what became of each.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns death_id, date_of_death, age, ld, and for review, investigation, either, judged and
        problem: whether there was any by the extract (``review``), and the first day of one
        (``review_on``; missing where no such day is recorded).

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> followed(run).columns.tolist()[:6]
    ['death_id', 'date_of_death', 'age', 'ld', 'review', 'review_on']
    """
    return _followed(run, finished(run))


def _followed(run: Run, done: pd.DataFrame) -> pd.DataFrame:
    people = _scope(run)[["death_id", "date_of_death", "age", "ld"]].reset_index(drop=True)
    people = people.assign(date_of_death=pd.to_datetime(people["date_of_death"]))
    parts = {name: done[done["kind"].eq(kind)] for name, kind in KINDS.items()}
    parts |= {"either": done, "judged": done[done["judged"]], "problem": done[done["problem"]]}
    for name, part in parts.items():
        first = part.groupby("death_id")["finished"].min()
        people[name] = among(people["death_id"], part["death_id"])
        people[f"{name}_on"] = _first(people["death_id"], first)
    return people


def recorded(run: Run) -> set[str]:
    """Return which kinds of review the records of a case hold at all, finished or not.

    A kind of which there is no record is not recorded, which is not the same as none.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> recorded(start(case="coroners", period_start="2020-01-01", period_end="2020-12-31"))
    set()
    """
    known = rules.kinds().set_index("type")["kind"]
    held = set(run.extract.tables["reviews"]["type"].map(known))
    return {name for name, kind in KINDS.items() if kind in held} | ({"either"} & _any(held))


def _any(held: set[str]) -> set[str]:
    return {"either"} if held & set(KINDS.values()) else set()


@dataclass(frozen=True)
class Records:
    """What the two bases are counted from, made once.

    Parameters
    ----------
    people : DataFrame
        As :func:`followed` returns it.
    done : DataFrame
        As :func:`finished` returns it.
    held : frozenset of str
        As :func:`recorded` returns it.

    Examples
    --------
    >>> Records(pd.DataFrame(), pd.DataFrame(), frozenset({"review"})).held
    frozenset({'review'})
    """

    people: pd.DataFrame
    done: pd.DataFrame
    held: frozenset[str]


def records(run: Run) -> Records:
    """Return what the two bases are counted from.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> records(run).people.empty
    True
    """
    done = finished(run)
    return Records(_followed(run, done), done, frozenset(recorded(run)))


def nothing(columns: list[str]) -> pd.DataFrame:
    """Return an empty frame that says why nothing can be counted.

    Parameters
    ----------
    columns : list of str
        Its columns.

    Examples
    --------
    >>> nothing(["item"]).attrs["reason"][:20]
    'This case holds no r'
    """
    empty = pd.DataFrame(columns=columns)
    empty.attrs["reason"] = REASON
    return empty


def counted_as(run: Run) -> pd.DataFrame:
    """Return the types of review on record for deaths of the period, with what each counts as.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns label, kind, on_record, completed, dated (completed on a day that is recorded),
        judged (with a judgement of problems in care), status and note.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(counted_as(run))
    0
    """
    columns = ["label", "kind", "on_record", "completed", "dated", "judged", "status", "note"]
    reviews = run.extract.tables["reviews"]
    mine = reviews[among(reviews["death_id"], run.people["death_id"])] if len(reviews) else reviews
    if mine.empty:
        return nothing(columns)
    known = rules.kinds().set_index("type")
    done = finished(run)
    done = done[among(done["review_id"], mine["review_id"])]
    rows = []
    for name, row in known[known.index.isin(mine["type"])].iterrows():
        of_type, ended = mine[mine["type"].eq(name)], done[done["type"].eq(name)]
        completed = int(of_type["outcome"].eq("completed").sum())
        dated, judged = int(ended["finished"].notna().sum()), int(ended["judged"].sum())
        numbers = (len(of_type), completed, dated, judged)
        rows.append((row["label"], row["kind"], *numbers, row["status"], row["note"]))
    return pd.DataFrame(rows, columns=columns)
