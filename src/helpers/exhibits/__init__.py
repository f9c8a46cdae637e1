"""What a notebook shows and a pack collects: tables, figures, findings, each with its facts.

- :class:`Exhibits`: made once from the run; ``table``, ``figure`` and ``findings`` show an exhibit.
- :func:`definitions`: the definitions that the numbers of a frame rest on.
- :mod:`helpers.exhibits.words`: titles and sentences of every exhibit, as reviewed text.
- :mod:`helpers.exhibits.formats`: numbers to text, rounded once; the control total.
- :mod:`helpers.exhibits.layout`: text and HTML of a table.
- :mod:`helpers.exhibits.drawn`: what was drawn, read back from a figure.
- :mod:`helpers.exhibits.images`: a figure as PNG and SVG.
- :mod:`helpers.exhibits.finding`: the form of a finding and its JSON Schema.
- :mod:`helpers.exhibits.wording`, :mod:`helpers.exhibits.guard`: wording that is refused.
- :mod:`helpers.exhibits.opening`: the block a notebook opens with.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any

import pandas as pd

from helpers.errors import InputError
from helpers.exhibits import drawn, finding, formats, guard, images, layout
from helpers.exhibits.opening import opening
from helpers.exhibits.resource import from_frame
from helpers.exhibits.words import Words, words_for
from helpers.milestones import words as words_of
from helpers.run import Run
from helpers.scope import Scope

if TYPE_CHECKING:
    from matplotlib.figure import Figure

KEY = "inquiry"
"""Key of an output's metadata under which an exhibit carries its facts and its data."""


@dataclass(frozen=True)
class Shown:
    """An exhibit ready to be shown: what is compared (``data``) and what travels (``facts``).

    Parameters
    ----------
    data : dict
        What the notebook displays, by form: text, HTML, PNG.
    metadata : dict
        Under :data:`KEY` the facts of the exhibit with its data in full precision.

    Examples
    --------
    >>> shown = Shown({"text/plain": "One row."}, {KEY: {"id": "mine.first"}})
    >>> shown.facts["id"]
    'mine.first'
    """

    data: dict[str, Any]
    metadata: dict[str, Any]

    def _repr_mimebundle_(self, **_: Any) -> tuple[dict[str, Any], dict[str, Any]]:
        return self.data, self.metadata

    @property
    def facts(self) -> dict[str, Any]:
        """Return the facts of the exhibit."""
        return self.metadata[KEY]


def definitions(run: Run, words: Words, frame: pd.DataFrame) -> list[dict[str, str]]:
    """Return the definitions that the numbers of a frame rest on.

    Parameters
    ----------
    run : Run
        As `helpers.start` returns it.
    words : Words
        As `words_for` returns them; used where the frame names no indicator and no interval.
    frame : DataFrame
        The results; its columns indicator, interval or composition name the definitions of the
        case.

    Returns
    -------
    list of dict
        id, label, text, numerator, denominator, cannot_show and claim_type of each.
    """
    if "indicator" in frame:
        found = [run.case.indicator(name) for name in dict.fromkeys(frame["indicator"])]
        return [
            {
                "id": item.id,
                "label": item.label,
                "text": item.text,
                "numerator": item.numerator,
                "denominator": item.denominator,
                "cannot_show": item.cannot_show,
                "claim_type": item.claim_type,
            }
            for item in found
        ]
    if "interval" in frame and run.case.delays:
        used = set(frame["interval"])
        return [
            {
                "id": item.id,
                "label": item.label,
                "text": f"Days from {words_of(item.from_)} to {words_of(item.to)}. "
                + f"{run.case.delays.population}.",
                "numerator": f"records that reached: {words_of(item.to)}",
                "denominator": "records with both days in order: "
                + f"{words_of(item.from_)}, {words_of(item.to)}",
                "cannot_show": run.case.delays.cannot_show,
                "claim_type": "process",
            }
            for item in run.case.intervals
            if item.id in used
        ]
    wholes = [name for name in dict.fromkeys(frame.get("composition", [])) if name]
    if wholes and set(wholes) <= set(run.case.compositions):
        return [
            {
                "id": name,
                "label": whole.title,
                "text": words.definition,
                "numerator": words.numerator,
                "denominator": words.denominator,
                "cannot_show": whole.cannot_show,
                "claim_type": whole.claim_type,
            }
            for name in wholes
            if (whole := run.case.compositions[name])
        ]
    return [
        {
            "id": words.definition_id,
            "label": words.title,
            "text": words.definition,
            "numerator": words.numerator,
            "denominator": words.denominator,
            "cannot_show": words.cannot_show,
            "claim_type": words.claim_type,
        }
    ]


def _of_one_year(run: Run, scope: Scope, frame: pd.DataFrame) -> Scope:
    """Narrow the days of annual counts to the year of a frame that holds a single whole one."""
    years = frame["year"].dropna().unique() if "year" in frame and scope.table == "counts" else []
    if len(years) != 1 or run.part_of_year:
        return scope
    start, end = run.days_of(int(years[0]))
    return replace(scope, start=start, end=end)


def _said(given: dict[str, Any]) -> list[str]:
    """Return the texts among the words that were given with an exhibit."""
    return [text for text in given.values() if isinstance(text, str)]


class Exhibits:
    """Shows tables, figures and findings of one run.

    Parameters
    ----------
    run : Run
        The run.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
    >>> show = Exhibits(run)
    >>> frame = pd.DataFrame({"label": ["suicide"], "numerator": [4475], "denominator": [30936]})
    >>> show.table("mine.first", frame, title="A first table", shows="One row.").facts["id"]
    'mine.first'
    """

    def __init__(self, run: Run) -> None:
        self._run = run

    def _facts(self, kind: str, exhibit: str, words: Words, frame: pd.DataFrame) -> dict[str, Any]:
        scope = self._run.scope(words.scope)
        scope = scope if words.whole_period else _of_one_year(self._run, scope, frame)
        found = definitions(self._run, words, frame)
        limits = [words.cannot_show] if words.cannot_show else []
        limits += [item["cannot_show"] for item in found]
        methods = list(dict.fromkeys(frame["method"].dropna())) if "method" in frame else []
        levels = list(dict.fromkeys(frame["level"].dropna())) if "level" in frame else []
        types = list(dict.fromkeys(item["claim_type"] for item in found))
        return {
            "kind": kind,
            "id": exhibit,
            "title": words.title,
            "shows": words.shows,
            "cannot_show": list(dict.fromkeys(limit for limit in limits if limit)),
            "claim_type": types[0] if len(types) == 1 else ", ".join(types),
            "definitions": found,
            "period_start": scope.start.isoformat(),
            "period_end": scope.end.isoformat(),
            "period": scope.period,
            "method": methods,
            "level": levels,
            "unit": words.unit,
            "source_table": words.table or words.scope,
            "source": f"{scope.publisher}, {scope.source}",
            "source_file": scope.file,
            "data_status": self._run.case.data_status,
            "year_note": self._years(),
            "release_profile": self._profile,
        }

    @property
    def _profile(self) -> str:
        return self._run.parameters["release_profile"]

    def _years(self) -> str:
        """Say how years are named where they are not calendar years."""
        case = self._run.case
        if self._run.part_of_year:
            held = {self._run.year(day) for day in (self._run.period_start, self._run.period_end)}
            named = " and ".join(map(str, sorted(held)))
            many = "are the parts of the years" if len(held) > 1 else "is the part of the year"
            lie = "lie" if len(held) > 1 else "lies"
            month = date(2000, case.year_start_month, 1).strftime("%B")
            return f"{named} {many} from 1 {month} that {lie} in the period. "
        if case.year_start_month == 1:
            return ""
        start, _ = self._run.days_of(2014)
        return f"2014 is the year from {start.day} {start:%B} 2014. "

    def _words(self, exhibit: str, given: dict[str, Any]) -> Words:
        """Return the words of an exhibit; a column of years that are parts of years says so."""
        words = words_for(exhibit, self._run.case, given)
        if not self._run.part_of_year:
            return words
        month = date(2000, self._run.case.year_start_month, 1).strftime("%B")
        told = {**words.headers, "year": f"Part of year from 1 {month}"}
        return words.model_copy(update={"headers": told})

    def opening(self) -> Shown:
        """Show what the run rests on: parameters, hashes and rows of the inputs, flags.

        Compared before any result, so that a changed input fails first and by name. Words of the
        case that say more than records can are refused here, all at once.
        """
        if found := guard.of_case(self._run.case):
            raise InputError(found)
        data, metadata = opening(self._run)
        return Shown(data, metadata)

    def table(self, exhibit: str, frame: pd.DataFrame, **given: Any) -> Shown:
        """Show a tidy frame as a table.

        Parameters
        ----------
        exhibit : str
            Id of the exhibit, the same from run to run, such as ``rates.shares_by_year``.
        frame : DataFrame
            One row a result; shown rounded once, carried in full precision.
        **given
            Words of an exhibit that is not in the catalogue: ``title`` and ``shows`` at least
            (see :class:`helpers.exhibits.words.Words`).

        Returns
        -------
        Shown
            Displayed by the notebook as text and HTML. An empty frame is shown as the statement
            that the case holds no records to answer the question.

        Raises
        ------
        InputError
            If the id is not well formed, the exhibit is not in the catalogue and ``title`` or
            ``shows`` is not given, the frame would identify a person (in the internal profile
            that is a warning), or the wording has a fault (:mod:`helpers.exhibits.guard`).

        Examples
        --------
        >>> from helpers import start
        >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
        >>> frame = pd.DataFrame({"year": [2020], "numerator": [31991], "value": [0.155721]})
        >>> shown = Exhibits(run).table("mine.first", frame, title="Inquests", shows="One year.")
        >>> shown.data["text/plain"].splitlines()[2:4]
        ['Year  Number  Share', '2020  31,991  15.6%']
        """
        guard.identifying(exhibit, self._profile, frame, *_said(given))
        words = self._words(exhibit, given)
        facts = self._facts("table", exhibit, words, frame)
        guard.check(exhibit, facts, words, frame, columns=True)
        facts |= {
            "resource": from_frame(exhibit, frame),
            "unanswered": frame.empty and "answer" not in frame.attrs,
        }
        laid = layout.lay_out(frame, words)
        return Shown(
            {
                "text/plain": layout.plain(laid, facts, formats.control_total(frame)),
                "text/html": layout.html(laid, facts),
            },
            {KEY: facts},
        )

    def figure(
        self, exhibit: str, figure: Figure, of: pd.DataFrame | None = None, **given: Any
    ) -> Shown:
        """Show a figure with its alternative text and the data read back from what was drawn.

        Parameters
        ----------
        exhibit : str
            Id of the exhibit.
        figure : matplotlib Figure
            As a function of :mod:`helpers.figures` returns it; closed afterwards.
        of : DataFrame, optional
            The frame that was drawn: its definitions, method, level and year stand under the
            figure. What was drawn is read back from the figure itself.
        **given
            As for :meth:`table`.

        Returns
        -------
        Shown
            Displayed by the notebook as PNG with an alternative text; the SVG travels in its facts.

        Raises
        ------
        InputError
            As for :meth:`table`.

        Examples
        --------
        >>> from helpers import figures, start
        >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
        >>> frame = pd.DataFrame({"label": "Inquests", "year": [2019, 2020], "numerator": [30, 32]})
        >>> words = {"title": "Inquests by year", "shows": "One line."}
        >>> Exhibits(run).figure("mine.lines", figures.lines(frame), **words).facts["alt"][:56]
        'Inquests by year. Inquests - count: 2 points on a line, '
        """
        frame = drawn.read_back(figure)
        told = {} if of is None else of.attrs
        frame.attrs |= {name: told[name] for name in ("answer",) if name in told}
        said = drawn.texts(figure)
        guard.identifying(exhibit, self._profile, frame, *said, *_said(given))
        words = self._words(exhibit, given)
        facts = self._facts("figure", exhibit, words, pd.DataFrame() if of is None else of)
        alt = drawn.alternative(words.title, frame)
        told_of = guard.beside_data([alt, *said], frame)
        guard.check(exhibit, facts, words, frame, more=told_of)
        drawn.footer(figure, facts)
        png, svg = images.images(figure, exhibit, alt=alt)
        facts |= {
            "alt": alt,
            "svg": svg,
            # Nothing drawn of records that are there is a fault, and no answer.
            "unanswered": frame.empty and (of is None or of.empty) and "answer" not in told,
            "resource": from_frame(exhibit, frame),
        }
        if frame.empty and "answer" in told:
            facts["answer"] = told["answer"]
        data = {"text/plain": drawn.plain(frame, facts)}
        if png:
            data["image/png"] = png
        return Shown(data, {KEY: facts, "image/png": {"alt": alt}})

    def findings(self, exhibit: str, frame: pd.DataFrame, **given: Any) -> Shown:
        """State each row of a frame as a sentence with its interval, numerator and denominator.

        Parameters
        ----------
        exhibit : str
            Id of the exhibit; each finding's id is made from it and the row's stratum.
        frame : DataFrame
            Columns value, low, high, level, method, numerator, denominator, and those the
            sentence of the words names.
        **given
            As for :meth:`table`; ``sentence`` names columns in braces, ``stratum`` those that tell
            rows apart.

        Returns
        -------
        Shown
            Displayed by the notebook as a list of sentences; its facts hold them as data.

        Raises
        ------
        InputError
            As for :meth:`table`, if the sentence names a column that is not there, or if two rows
            come out with the same id.

        Examples
        --------
        >>> from helpers import start
        >>> run = start(case="coroners", period_start="2020-01-01", period_end="2020-12-31")
        >>> frame = pd.DataFrame({"numerator": [31991], "denominator": [205438], "value": [0.1557]})
        >>> words = {"title": "Inquests", "shows": "One share.", "sentence": "Inquests: {value}."}
        >>> Exhibits(run).findings("mine.share", frame, **words).facts["findings"][0]["text"]
        'Inquests: 15.6%.'
        """
        guard.identifying(exhibit, self._profile, frame, *_said(given))
        words = self._words(exhibit, given)
        facts = self._facts("findings", exhibit, words, frame)
        made = finding.make(exhibit, frame, words, facts, self._run)
        told = [(f"finding {item.id}", item.text) for item in made]
        guard.check(exhibit, facts, words, frame, more=told)
        facts |= {"findings": [item.model_dump(mode="json") for item in made]}
        facts |= {"resource": from_frame(exhibit, frame)}
        total = formats.control_total(frame)
        return Shown(
            {
                "text/plain": finding.plain(made, facts, total),
                "text/html": finding.html(made, facts),
            },
            {KEY: facts},
        )
