"""The traces of a run, and every number that has none.

- :func:`traces`: a trace of each exhibit, of each finding, and of each row whose rows are known.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from helpers.errors import Problem
from helpers.pack.collect import Collected
from helpers.run import Run
from helpers.trace import code as notebooks
from helpers.trace import counts, providers
from helpers.trace.families import Family, family
from helpers.trace.look import Look
from helpers.trace.parts import DENOMINATOR, NUMERATOR, Part, Trace

if TYPE_CHECKING:
    import pandas as pd

MEND = "Correct the family of the exhibit in helpers.trace.families."
NUMBERS = ("numerator", "denominator", "value", "low", "high", "level", "method")
SAID = (
    *("title", "shows", "cannot_show", "claim_type", "definitions", "method", "level", "unit"),
    *("period_start", "period_end", "source_table", "source", "data_status"),
)


def _plain(value: Any) -> Any:
    """Return a cell as a plain value; missing ones as None."""
    if value is None or value != value or str(value) == "<NA>":
        return None
    return value.item() if hasattr(value, "item") else value


def _key(row: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    """Return what tells a row apart: texts, years and the like, not what was computed."""
    fixed = {"year", "time", "first_year", "last_year", "probability"}
    return {
        name: own[name]
        for name, value in row.items()
        if name not in NUMBERS and (isinstance(value, str) or name in fixed)
        and own[name] is not None and len(str(own[name])) <= 80
    }  # fmt: skip


def _differs(part: Part | None, number: Any) -> bool:
    if part is None or part.number is None:
        return True
    return not math.isclose(part.number, float(number), rel_tol=1e-9, abs_tol=1e-9)


def _parts(
    look: Look, find: Family, exhibit: str, where: str, row: Mapping[str, Any], *, needed: bool
) -> tuple[list[Part], list[Problem]]:
    """Return the parts of a row, and what is wrong with them."""
    own = {name: _plain(value) for name, value in row.items()}
    try:
        parts = find(look, own)
    except (ArithmeticError, LookupError, StopIteration, TypeError, ValueError) as error:
        said = f"its rows cannot be found ({type(error).__name__}: {error})"
        return [], [Problem(said, where, MEND)]
    if parts is None:
        missing = [Problem("it is of no known kind", where, MEND)] if needed else []
        return [], missing
    held = {part.role: part for part in parts}
    problems = []
    for role in (NUMERATOR, DENOMINATOR):
        number = own.get(role)
        if number is None or (not needed and role not in held):
            continue
        if _differs(held.get(role), number):
            found = held[role].number if role in held else None
            said = f"its {role} is {number:,.10g}, its rows give " + (
                "none" if found is None else f"{found:,.10g}"
            )
            problems.append(Problem(said, where, MEND))
    return parts, problems


def traces(
    run: Run,
    executed: Mapping[str, Any],
    made: Collected,
    *,
    code: Mapping[str, Any],
    verdicts: pd.DataFrame | None = None,
) -> tuple[list[Trace], list[Problem]]:
    """Return the traces of a run, and a problem for each number that cannot be traced.

    The rows of each finding are found again from the canonical tables, without the notebook; where
    they do not give its numerator and denominator, that is a problem. A row of a table is traced
    to rows of its own where its exhibit has a family; every exhibit is traced to all rows that it
    can have been made from.

    Parameters
    ----------
    run : Run
        The run.
    executed : mapping
        Executed notebooks by name.
    made : Collected
        Their exhibits.
    code : mapping
        version and revision of the code, as `helpers.pack.manifest.revision` gives them.
    verdicts : DataFrame, optional
        As `helpers.reconciliation.reconcile` returns them, where they are known.

    Returns
    -------
    tuple of list
        Traces in the order of the exhibits, each followed by its findings or rows; problems.
    """
    look = Look(run, made)
    if verdicts is not None:
        look.once("verdicts", lambda: verdicts)
    found: list[Trace] = []
    problems: list[Problem] = []
    cells = {name: notebooks.read(name, notebook) for name, notebook in executed.items()}
    shown = {name: notebooks.showing(name, notebook) for name, notebook in executed.items()}
    if not code.get("version"):
        problems.append(Problem("its version is not known", "the suite", "Install it."))
    hashed = {item["file"] for item in providers.inputs(run, made)}
    wholes: dict[str, tuple[Part, ...]] = {}
    for facts in made.exhibits:
        name, page = facts["id"], facts["page"]
        way = notebooks.chain(cells[page], shown[page][name])
        lost = [call.called for cell in way for call in cell.calls if call.definition is None]
        if lost:
            problems.append(
                Problem(f"{lost[0]} is defined nowhere", f"exhibit {name}", "Correct its cell.")
            )
        source = facts["source_table"]
        if source not in wholes:
            wholes[source] = tuple(look.whole(source))
        used = notebooks.names_read(way)
        # A notebook that does not show what it rests on: as the run has it.
        given = (made.runs.get(page) or look.once("block", run.block))["parameters"]
        inside = {key: value for key, value in given.items() if key in used}
        one = Trace(
            name, name, facts["kind"], page, {key: facts[key] for key in SAID}, way, inside,
            wholes[source],
        )  # fmt: skip
        found.append(one)
        unknown = [file for file in one.files if file not in hashed]
        empty = not one.files and not facts.get("unanswered") and "findings" not in facts
        if unknown or empty:
            said = f"no hash of {unknown[0]}" if unknown else "no row of any file is behind it"
            problems.append(Problem(said, f"exhibit {name}", "Name its source in case.yml."))
        more, wrong = _of_rows(look, facts, one)
        found += more
        problems += wrong
    return found, problems


def _of_rows(look: Look, facts: Mapping[str, Any], one: Trace) -> tuple[list[Trace], list[Problem]]:
    """Return the traces of the findings or rows of an exhibit."""
    findings, frame = facts.get("findings"), look.made.frame(one.id)
    find = family(one.id)
    if find is None and findings is not None and "indicator" in frame:
        # Findings of a notebook of one's own that say which indicator they are about.
        find = counts.indicator
    if find is None:
        said = "no family finds its rows"
        return [], [Problem(said, f"finding {item['id']}", MEND) for item in findings or ()]
    rows = frame.to_dict("records")
    if findings is not None and len(findings) != len(rows):
        return [], [Problem("findings and rows differ in number", f"exhibit {one.id}", MEND)]
    found, problems = [], []
    for number, row in enumerate(rows, start=1):
        item = findings[number - 1] if findings is not None else None
        name = item["id"] if item else f"{one.id}#{number}"
        where = f"finding {name}" if item else f"exhibit {one.id}, row {number}"
        parts, wrong = _parts(look, find, one.id, where, row, needed=item is not None)
        problems += wrong
        if parts:
            own = {key: _plain(value) for key, value in row.items()}
            said = item or {key: own.get(key) for key in NUMBERS if key in own}
            found.append(
                Trace(
                    name,
                    one.id,
                    "finding" if item else "row",
                    one.page,
                    said,
                    one.cells,
                    one.parameters,
                    tuple(parts),
                    number,
                    _key(row, own),
                )  # fmt: skip
            )
    return found, problems
