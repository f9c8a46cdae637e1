"""Statements 27.1 to 27.9 of a Quality Account: their numbers, their text, and what stays open.

Items 27.1 to 27.3 are about the deaths of a reporting year, as known at its end; 27.7 to 27.9 state
the year before again, with what was finished since. Both are worked out from one extract, by the
days on which reviews were finished. ``run`` is the run, as :func:`helpers.start` returns it.

- :func:`numbers`: the numbers of one reporting year.
- :func:`statements`: the nine statements of the last reporting year, filled or open and why.
- :func:`filled`: those that are filled, with numerator and denominator, as findings take them.
- :func:`by_year`: the numbers of every reporting year of the period.

A judgement that is not on record leaves a statement open: it is not the same as none.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import pandas as pd

from helpers.cohort.reviewed import Records, Span, nothing, records, span_of, spans
from helpers.rules import quality_account as rules
from helpers.run import Run
from helpers.scope import long_date
from helpers.tables import among

FILLED, OPEN = "filled", "open"
NUMBERED = {
    "27.1": ("deaths", None),
    "27.2": ("reached", "deaths"),
    "27.3": ("problems", "deaths"),
    "27.7": ("late", "not_counted"),
    "27.8": ("late_problems", "late"),
    "27.9": ("revised", "before"),
}
"""By item: its number, and what it is out of."""

NO_REVIEWS = (
    "This case holds no records of case record reviews and investigations. Not recorded is not "
    "the same as none."
)


@dataclass(frozen=True)
class Numbers:
    """The numbers of one reporting year; all are deaths, each once, but for the late reviews.

    Parameters
    ----------
    deaths, reached, reviewed, investigated, both : int
        Deaths of the year, and of these with a review or investigation, a review, an
        investigation, and both, finished by ``known_by``.
    reached_now : int
        Deaths of the year with a review or investigation completed by the extract.
    judged, problems : int
        Of ``reached``, with a judgement on record, and judged due to problems in care.
    unplaced : int
        Deaths of the year with one completed on a day that is not recorded, and with no other.
    before, not_counted : int
        Deaths of the year before, and of these without one finished by its end.
    late, again : int
        Of the deaths of the year before with one finished in this year: not counted then, and
        counted then.
    late_reviews, late_investigations : int
        What was finished in this year about deaths of the year before.
    late_judged, late_problems : int
        Of ``late``, with a judgement, and judged due to problems in care.
    stood, revised, revised_judged, revised_reached : int
        Deaths of the year before judged due to problems in care by its end, and by ``known_by``;
        with a judgement, and reviewed or investigated, by ``known_by``.
    """

    deaths: int
    reached: int
    reviewed: int
    investigated: int
    both: int
    reached_now: int
    judged: int
    problems: int
    unplaced: int
    before: int
    not_counted: int
    late: int
    again: int
    late_reviews: int
    late_investigations: int
    late_judged: int
    late_problems: int
    stood: int
    revised: int
    revised_judged: int
    revised_reached: int


def _known_by(run: Run, span: Span) -> date:
    return min(span.end, run.case.extract_date)


def numbers(run: Run, span: Span, *, read: Records | None = None) -> Numbers:
    """Return the numbers of a reporting year.

    Parameters
    ----------
    run : Run
        The run.
    span : Span
        The reporting year, as far as it lies in the period (:func:`helpers.cohort.reviewed.spans`).
    read : Records, optional
        As :func:`helpers.cohort.reviewed.records` returns it; made if not given.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-04-01", period_end="2020-12-31")
    >>> numbers(run, spans(run, "year")[0]).deaths  # a register of reports holds no deaths
    0
    """
    read = read or records(run)
    people, done = read.people, read.done
    known = pd.Timestamp(_known_by(run, span))
    earlier = span_of(span.year - 1)
    closed = pd.Timestamp(earlier.end)
    died = people[span.holds(people["date_of_death"])]
    reached = died["either_on"].le(known)
    review, investigation = died["review_on"].le(known), died["investigation_on"].le(known)
    old = people[earlier.holds(people["date_of_death"])]
    now = done[span.holds(done["finished"]) & among(done["death_id"], old["death_id"])]
    concerned = among(old["death_id"], now["death_id"])
    then = old["either_on"].le(closed)
    new, again = concerned & ~then, concerned & then

    def count(flag: pd.Series) -> int:
        return int(flag.sum())

    return Numbers(
        deaths=len(died),
        reached=count(reached),
        reviewed=count(review),
        investigated=count(investigation),
        both=count(review & investigation),
        reached_now=count(died["either"]),
        judged=count(died["judged_on"].le(known)),
        problems=count(died["problem_on"].le(known)),
        unplaced=count(died["either"] & died["either_on"].isna()),
        before=len(old),
        not_counted=count(~then),
        late=count(new),
        again=count(again),
        late_reviews=count(now["kind"].eq(rules.REVIEW)),
        late_investigations=count(now["kind"].eq(rules.INVESTIGATION)),
        late_judged=count(new & old["judged_on"].le(known)),
        late_problems=count(new & old["problem_on"].le(known)),
        stood=count(old["problem_on"].le(closed)),
        revised=count(old["problem_on"].le(known)),
        revised_judged=count(old["judged_on"].le(known)),
        revised_reached=count(old["either_on"].le(known)),
    )


def _share(run: Run, over: int, under: int) -> str:
    """Return a share in brackets, by the rule on small numbers of the profile in force."""
    rule = run.small_numbers
    if over < rule.no_rate_below or not under:
        return ""
    said = f"{100 * over / under:.1f}%"
    if over < rule.unreliable_below:
        return f" ({said}; unreliable, for they are fewer than {rule.unreliable_below})"
    return f" ({said})"


def _quarters(run: Run, people: pd.DataFrame, span: Span, column: str) -> str:
    """Return a count by quarter of death in words; quarters that are cut are marked."""
    known = pd.Timestamp(_known_by(run, span))
    said = []
    for one in spans(run):
        if one.year == span.year:
            died = people[one.holds(people["date_of_death"])]
            count = len(died) if column == "deaths" else int(died[column].le(known).sum())
            mark = "" if one.whole else f" (part of it: {one.covered.removeprefix('part: ')})"
            said.append(f"{one.label}{mark}, {count:,}")
    return "; ".join(said)


def _covered(run: Run, year: int) -> str:
    """Return why the deaths of the year before are not all there; empty where they are."""
    first = [one.coverage.start for one in run.case.sources if one.table == "deaths"]
    begins, earlier = max(first), span_of(year - 1)
    if begins <= earlier.start:
        return ""
    return (
        f"The records of deaths begin on {long_date(begins)}, so the reporting period before, "
        f"{earlier.reporting_year}, is not wholly there."
    )


def _why_open(run: Run, read: Records, item: Any, found: Numbers, span: Span) -> str:
    """Return why a statement stays open; empty where it can be filled."""
    if not item.filled:
        return str(item.open)
    if item.item != "27.1" and not read.held:
        return NO_REVIEWS
    if item.item in {"27.7", "27.8", "27.9"} and (lacking := _covered(run, span.year)):
        return lacking
    judged = {
        "27.3": (found.reached, found.judged),
        "27.8": (found.late, found.late_judged),
        "27.9": (found.revised_reached, found.revised_judged),
    }
    if item.item in judged:
        reached, judgements = judged[item.item]
        if not reached:
            return "No such death had been reviewed or investigated, so there is none to judge."
        if not judgements:
            return str(item.open)
    return ""


def _remarks(run: Run, read: Records, item: str, found: Numbers, span: Span) -> str:
    """Return what has to be known about a statement that is filled."""
    said = []
    if not span.whole:
        said.append(f"Part of the reporting year only: {span.covered.removeprefix('part: ')}.")
    if item == "27.2":
        extract = long_date(run.case.extract_date)
        said.append(f"By the extract, {extract}, the number was {found.reached_now:,}.")
    if item == "27.2" and found.unplaced:
        said.append(
            f"Completed on a day that is not recorded, or after the extract, and not counted: "
            f"{found.unplaced:,}."
        )
    lacking = {
        "27.3": found.reached - found.judged,
        "27.8": found.late - found.late_judged,
        "27.9": found.revised_reached - found.revised_judged,
    }.get(item, 0)
    if lacking:
        said.append(
            f"No judgement is on record for {lacking:,} of those reviewed or investigated, so the "
            "number is the least that it can be."
        )
    kinds = {"review": rules.REVIEW, "investigation": rules.INVESTIGATION}
    missing = [kinds[name] for name in kinds if name not in read.held]
    if item in {"27.2", "27.7"} and missing:
        said.append(f"The case holds no record of any {missing[0]}: not recorded, and not none.")
    return " ".join(said) or "Every number is on record."


def statements(run: Run) -> pd.DataFrame:
    """Return statements 27.1 to 27.9 of the last reporting year that the period touches.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns reporting_year, item, label, state (filled, or open), statement (its text with the
        numbers; of one that is open, what it asks for), why, form (whether the regulations were in
        force) and status (how far the wording was seen); no row where a case holds no deaths.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> statements(run).attrs["reason"][:44]
    'This case holds no records of single deaths '
    """
    columns = ["reporting_year", "item", "label", "state", "statement", "why", "form", "status"]
    if run.people.empty:
        return nothing(columns)
    span, read = spans(run, "year")[-1], records(run)
    found = numbers(run, span, read=read)
    words = _words(run, read, span, found)
    rows = []
    for item in rules.items().itertuples(index=False):
        why = _why_open(run, read, item, found, span)
        said = f"Left open. It asks for {item.asks}." if why else item.filled.format(**words)
        state = OPEN if why else FILLED
        why = why or _remarks(run, read, item.item, found, span)
        form = rules.form(item.item, span_of(span.year).end)
        rows.append(
            (span.reporting_year, item.item, item.label, state, said, why, form, item.status)
        )
    return pd.DataFrame(rows, columns=columns)


def _words(run: Run, read: Records, span: Span, found: Numbers) -> dict[str, str]:
    plain = {name: f"{value:,}" for name, value in asdict(found).items()}
    return plain | {
        "reporting_year": span.reporting_year,
        "previous_year": span_of(span.year - 1).reporting_year,
        "days": f"{long_date(span.start)} to {long_date(span.end)}",
        "known_by": long_date(_known_by(run, span)),
        "added": f"{found.revised - found.stood:,}",
        "share": _share(run, found.reached, found.deaths),
        "problem_share": _share(run, found.problems, found.deaths),
        "late_problem_share": _share(run, found.late_problems, found.late),
        "revised_share": _share(run, found.revised, found.before),
        "deaths_by_quarter": _quarters(run, read.people, span, "deaths"),
        "reached_by_quarter": _quarters(run, read.people, span, "either_on"),
        "problems_by_quarter": _quarters(run, read.people, span, "problem_on"),
    }


def _counts(run: Run, read: Records, span: Span) -> list[dict[str, Any]]:
    found, rows = numbers(run, span, read=read), []
    for item in rules.items().itertuples(index=False):
        if item.item in NUMBERED:
            over, under = NUMBERED[item.item]
            why = _why_open(run, read, item, found, span)
            rows.append(
                {
                    "reporting_year": span.reporting_year,
                    "item": item.item,
                    "label": item.label,
                    "numerator": pd.NA if why else getattr(found, over),
                    "denominator": pd.NA if why or under is None else getattr(found, under),
                    "state": OPEN if why else FILLED,
                }
            )
    return rows


def by_year(run: Run) -> pd.DataFrame:
    """Return the numbers of the items that hold one, for every reporting year of the period.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns reporting_year, covered, item, label, numerator, denominator (both missing where
        the item stays open), state.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(by_year(run))
    0
    """
    columns = ["reporting_year", "item", "label", "numerator", "denominator", "state"]
    if run.people.empty:
        return nothing(columns)
    read = records(run)
    made = pd.DataFrame([row for span in spans(run, "year") for row in _counts(run, read, span)])
    return made.astype({"numerator": "Int64", "denominator": "Int64"})


def filled(run: Run) -> pd.DataFrame:
    """Return the filled statements of the last reporting year with their numbers.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns item, statement, numerator, denominator (missing where a number is out of
        nothing), and year where the calendar of the case is that of reporting years.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> len(filled(run))
    0
    """
    said = statements(run)
    if said.empty:
        return said
    span = spans(run, "year")[-1]
    counts = pd.DataFrame(_counts(run, records(run), span))[["item", "numerator", "denominator"]]
    made = said[said["state"].eq(FILLED)].merge(counts, on="item")
    if run.case.year_start_month == 4 and span.whole:
        made["year"] = span.year
    made = made.astype({"numerator": "Int64", "denominator": "Int64"})
    return made.drop(columns=["state", "form", "status", "label", "why"])
