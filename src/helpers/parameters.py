"""Parameters of a run: every name, type and limit in one place; anything else is refused.

papermill only warns of a misspelt parameter and passes it on; a notebook may bind a parameter and
never use it. Both have produced wrong results elsewhere, so both are refused here before a cell
runs.

- :data:`FIELDS`: the parameters a notebook may declare.
- :func:`check`: typed values from raw ones, or every problem found.
- :func:`declared`: the parameters of a notebook, with defaults and help, read from its source.
- :func:`parameters_cell`: the source of the cell that declares them.
- :func:`unread`: declared parameters that no cell uses.
- :func:`from_text`: a value typed on the command line (``name=value``).
- :func:`merge`: defaults of a notebook, the period and the ``--set`` values, checked together.
"""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Literal

import yaml
from pydantic import BeforeValidator, Field, TypeAdapter, ValidationError

from helpers.errors import InputError, Problem


def _iso(value: Any) -> Any:
    """Let no number or other text pass for a day: pydantic would read it as a Unix time."""
    if isinstance(value, date) or (
        isinstance(value, str) and re.fullmatch(r"\d{4}-\d\d-\d\d", value)
    ):
        return value
    raise ValueError("a day is written YYYY-MM-DD")


Level = Annotated[float, Field(strict=True, ge=0.5, lt=1)]
Name = Annotated[str, Field(strict=True, min_length=1, pattern=r"^[a-z0-9_]+$")]
CaseName = Annotated[str, Field(strict=True, min_length=1, pattern=r"^[a-z0-9_]+(/[a-z0-9_]+)?$")]

Text = Annotated[str, Field(strict=True, min_length=1, max_length=80)]
Grain = Literal["month", "quarter", "year"]

Day = Annotated[date, BeforeValidator(_iso)]
OptionalDay = Literal["none"] | Day
Strata = Annotated[list[Name], Field(min_length=1)]

FIELDS: dict[str, tuple[Any, str]] = {
    "case": (CaseName, "the case: a folder of data/ with a case.yml, or CASE/PERIOD"),
    "period_start": (Day, "first day of the period, YYYY-MM-DD"),
    "period_end": (Day, "last day of the period, YYYY-MM-DD"),
    "release_profile": (Name, "disclosure profile in force: open or internal"),
    "level": (Level, "level of the intervals, 0.5 to below 1 (0.95 is 95%)"),
    "strata": (Strata, "dimensions to break results down by, a list such as [region]"),
    "funnel_indicator": (Name, "the indicator whose areas or teams are set on the funnel plot"),
    "chart_indicator": (Name, "the indicator that is followed on control charts"),
    "watch_indicator": (Name, "the indicator whose rise is watched for, period by period"),
    "grain": (Grain, "length of the periods of control charts: month, quarter or year"),
    "rare_measure": (Name, "the step or register whose rare events are charted one by one"),
    "rare_stratum": (Text, "whose rare events: a service, or a category of reports"),
    "baseline_periods": (
        Annotated[int, Field(strict=True, ge=2, le=120)],
        "first periods that later ones are compared with, 2 to 120",
    ),
    "backlog_indicator": (Name, "the indicator of unfinished work that areas are compared by"),
    "estimate_unknown": (
        Annotated[bool, Field(strict=True)],
        "whether deaths not yet known are estimated, True or False",
    ),
    "timeline_of": (
        Text,
        "whose days are shown, by an id of the work list; internal profile only (none: nobody)",
    ),
    "group": (Name, "the column that groups people when times are compared"),
    "seed": (Annotated[int, Field(strict=True, ge=0)], "seed of everything that draws at random"),
    "earlier_start": (OptionalDay, "first day of the earlier period of two, or none"),
    "earlier_end": (OptionalDay, "last day of the earlier period of two, or none"),
    "later_start": (OptionalDay, "first day of the later period of two, or none"),
    "later_end": (OptionalDay, "last day of the later period of two, or none"),
    "across_breaks": (
        Annotated[bool, Field(strict=True)],
        "whether changes are shown across declared changes of definition, True or False",
    ),
    "sample_size": (
        Annotated[int, Field(strict=True, ge=2, le=100_000)],
        "records to read in a review by sample",
    ),
    "replicates": (
        Annotated[int, Field(strict=True, ge=50, le=10_000)],
        "bootstrap replicates, 50 to 10,000",
    ),
    "providers": (Name, "the providers compared: a folder of data/, or own, the case's trusts"),
    "provider_order": (
        Literal["name", "exposure"],
        "order in which providers stand: name, or exposure (the largest denominator first)",
    ),
}

START_READS = frozenset({"case", "period_start", "period_end", "release_profile"})
"""Parameters that take effect in ``helpers.start`` itself; every other is used in later cells."""


@dataclass(frozen=True)
class Declared:
    """A parameter as a notebook declares it: its default and its trailing comment.

    Parameters
    ----------
    default : object
        A plain literal.
    help : str
        The comment; empty where there is none.

    Examples
    --------
    >>> Declared(default=0.95, help="level of the intervals").default
    0.95
    """

    default: Any
    help: str


def _suggest(name: str, known: Mapping[str, Any]) -> str:
    close = difflib.get_close_matches(name, list(known), n=1)
    hint = f"Did you mean {close[0]}? " if close else ""
    return f"{hint}Known parameters: {', '.join(sorted(known))}."


def check(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return the values with their types, or refuse them.

    Parameters
    ----------
    values : mapping
        Raw values by parameter name; dates may be ISO text.

    Returns
    -------
    dict
        The same names with typed values.

    Raises
    ------
    InputError
        For each unknown name, each value of the wrong type or outside its limits, and a period
        that ends before it starts.

    Examples
    --------
    >>> check({"level": 0.95, "period_start": "2015-01-01"})["period_start"]
    datetime.date(2015, 1, 1)
    """
    problems: list[Problem] = []
    typed: dict[str, Any] = {}
    for name, value in values.items():
        if name not in FIELDS:
            problems.append(
                Problem("there is no such parameter", f"parameter {name}", _suggest(name, FIELDS))
            )
            continue
        kind, meaning = FIELDS[name]
        try:
            typed[name] = TypeAdapter(kind).validate_python(value)
        except ValidationError as error:
            reason = error.errors()[0]["msg"].lower()
            problems.append(
                Problem(
                    f"{value!r} cannot be used ({reason})",
                    f"parameter {name}",
                    f"Give {meaning}.",
                )
            )
    start, end = typed.get("period_start"), typed.get("period_end")
    if start and end and end < start:
        problems.append(
            Problem(
                f"the period ends on {end} before it starts on {start}",
                "parameter period_end",
                "Give an end on or after the start.",
            )
        )
    if problems:
        raise InputError(problems)
    return typed


def from_text(assignment: str) -> tuple[str, Any]:
    """Return name and value of a ``name=value`` typed on the command line.

    Lists may be written ``[a, b]`` or ``a,b``; numbers and dates as they are.

    Parameters
    ----------
    assignment : str
        Such as ``level=0.99``; the value is read as YAML.

    Returns
    -------
    str, object
        Name and value; :func:`check` gives the value its type.

    Raises
    ------
    InputError
        If there is no name or no equals sign.

    Examples
    --------
    >>> from_text("level=0.99")
    ('level', 0.99)
    >>> from_text("strata=region,area")
    ('strata', ['region', 'area'])
    """
    name, separator, text = assignment.partition("=")
    name = name.strip()
    if not separator or not name:
        raise InputError.one(
            f"{assignment!r} is not name=value", "--set", "Write for example --set level=0.99."
        )
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        value = text
    if FIELDS.get(name, (None,))[0] is Strata and isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    return name, value


def parameters_cell(notebook: Mapping[str, Any]) -> str:
    """Return the source of the one code cell tagged ``parameters``.

    Parameters
    ----------
    notebook : mapping
        A notebook as ``nbformat`` reads it.

    Returns
    -------
    str
        The source.

    Raises
    ------
    InputError
        If no cell, or more than one, has the tag.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> cell = new_code_cell("level = 0.95", metadata={"tags": ["parameters"]})
    >>> parameters_cell(new_notebook(cells=[cell]))
    'level = 0.95'
    """
    cells = [
        "".join(cell["source"])
        for cell in notebook["cells"]
        if "parameters" in cell.get("metadata", {}).get("tags", [])
    ]
    if len(cells) != 1:
        raise InputError.one(
            f"{len(cells)} cells are tagged parameters",
            "notebook",
            "Tag exactly one code cell 'parameters'.",
        )
    return cells[0]


def declared(notebook: Mapping[str, Any]) -> dict[str, Declared]:
    """Return the parameters a notebook declares, in their order.

    Parameters
    ----------
    notebook : mapping
        A notebook as ``nbformat`` reads it.

    Returns
    -------
    dict of Declared
        By name; the trailing comment of a line is its help.

    Raises
    ------
    InputError
        If a line is not ``name = plain literal`` or names a parameter that does not exist.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> cell = new_code_cell("level = 0.95  # of intervals", metadata={"tags": ["parameters"]})
    >>> declared(new_notebook(cells=[cell]))
    {'level': Declared(default=0.95, help='of intervals')}
    """
    source = parameters_cell(notebook)
    lines = source.splitlines()
    found: dict[str, Declared] = {}
    try:
        body = ast.parse(source).body
    except SyntaxError as error:
        raise InputError.one(
            f"line {error.lineno} of the parameters cell is not Python ({error.msg})",
            "notebook",
            "Write one plain literal a line.",
        ) from None
    for node in body:
        plain = isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name)
        try:
            value = ast.literal_eval(node.value) if plain else None
        except ValueError:
            plain = False
        if not plain:
            raise InputError.one(
                f"line {node.lineno} of the parameters cell is not 'name = plain literal'",
                "notebook",
                "Write one plain literal a line.",
            )
        comment = re.search(r"#\s*(.*)$", lines[node.end_lineno - 1])
        found[node.targets[0].id] = Declared(value, comment.group(1) if comment else "")
    check({name: parameter.default for name, parameter in found.items()})
    return found


def unread(notebook: Mapping[str, Any]) -> list[str]:
    """Return the declared parameters that no later cell uses.

    ``helpers.start`` must be given every parameter; those it does not consume itself
    (:data:`START_READS`) must also be used by another cell.

    Parameters
    ----------
    notebook : mapping
        A notebook as ``nbformat`` reads it.

    Returns
    -------
    list of str
        Their names, in the order in which they are declared.

    Raises
    ------
    InputError
        As for :func:`declared`.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> cell = new_code_cell("level = 0.95", metadata={"tags": ["parameters"]})
    >>> unread(new_notebook(cells=[cell, new_code_cell("run = start(level=level)")]))
    ['level']
    """
    code = [
        "".join(cell["source"])
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
        and "parameters" not in cell.get("metadata", {}).get("tags", [])
        and "injected-parameters" not in cell.get("metadata", {}).get("tags", [])
    ]
    in_start: set[str] = set()
    elsewhere: set[str] = set()
    for source in code:
        for node in ast.parse(source).body:
            names = {
                leaf.id
                for leaf in ast.walk(node)
                if isinstance(leaf, ast.Name) and isinstance(leaf.ctx, ast.Load)
            }
            starts = any(
                isinstance(leaf, ast.Call) and getattr(leaf.func, "id", "") == "start"
                for leaf in ast.walk(node)
            )
            (in_start if starts else elsewhere).update(names)
    return [
        name
        for name in declared(notebook)
        if name not in (in_start if name in START_READS else in_start & elsewhere)
    ]


def merge(
    notebook: Mapping[str, Any], *, overrides: Mapping[str, Any], where: str
) -> dict[str, Any]:
    """Return the parameters to pass to a notebook: its defaults, then the overrides it declares.

    Parameters
    ----------
    notebook : mapping
        The notebook as ``nbformat`` reads it.
    overrides : mapping
        Raw values; names that this notebook does not declare are left out (the caller refuses
        names that no notebook declares).
    where : str
        Name of the notebook, for messages.

    Returns
    -------
    dict
        Plain literals, dates as ISO text, ready for papermill.

    Raises
    ------
    InputError
        If a declared parameter is never used, or a value is refused by :func:`check`.

    Examples
    --------
    >>> from nbformat.v4 import new_code_cell, new_notebook
    >>> cell = new_code_cell('case = "coroners"', metadata={"tags": ["parameters"]})
    >>> notebook = new_notebook(cells=[cell, new_code_cell("run = start(case=case)")])
    >>> merge(notebook, overrides={"case": "our_trust"}, where="mine")
    {'case': 'our_trust'}
    """
    known = declared(notebook)
    ignored = unread(notebook)
    if ignored:
        raise InputError.one(
            f"{', '.join(ignored)} is declared and never used",
            where,
            "Use it in a cell, or take it out of the parameters cell.",
        )
    raw = {name: parameter.default for name, parameter in known.items()}
    raw.update({name: value for name, value in overrides.items() if name in known})
    typed = check(raw)
    return {
        name: value.isoformat() if isinstance(value, date) else value
        for name, value in typed.items()
    }
