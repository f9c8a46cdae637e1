"""Each figure on the records between two extracts, so that its change has parts that add up.

- :func:`steps`: the values of every figure at each step from the earlier extract to the later one.
- :class:`Steps`: those values, or why there are none.
- :func:`parts`: the change of one figure, step by step.

From the earlier extract to the later one there are three steps: the earlier extract without the
records that are gone; the records that both have, as the later one has them on its later day, so
that what was open has been followed for longer; and the later extract with those that came late.
Each is read and linked as any extract is, and the same notebooks run on it. What a figure changes
by at a step is what these records did to it, whatever the figure is: a count, a median, a rate or
an odds ratio. The parts add up to the change. They rest on the order of the steps, as the parts of
any change that is not a sum do.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake import Extract, ingest
from helpers.periods.extracts_compared import Compared

if TYPE_CHECKING:
    from helpers.pack.collect import Collected

PARTS = {
    "value_code": "code and rules of now",
    "value_deleted": "records that went",
    "value_recoded": "coded anew or followed for longer",
    "value_late": "records that came late",
}
"""Column of the log, and what stands for it in a sentence; in the order of the steps."""

Execute = Callable[[Case, Extract], "Collected | None"]
Values = Mapping[str, float | None]


@dataclass(frozen=True)
class Steps:
    """Values of every figure at each step, by the id of the figure.

    Parameters
    ----------
    held : tuple of mapping
        On the earlier extract with the code of now; without the records that are gone; as the later
        extract has those that both have; on the later extract. Empty where there are none.
    reason : str
        Why there are none.
    """

    held: tuple[Values, ...] = ()
    reason: str = ""


@dataclass(frozen=True)
class Change:
    """The change of a figure by step.

    Parameters
    ----------
    parts : dict
        By column (:data:`PARTS`), in the unit of the figure; empty where it has none.
    words : str
        The same as a sentence, or why there is none.
    """

    parts: dict[str, float] = field(default_factory=dict)
    words: str = ""


def _values(made: Collected) -> Values:
    return {item["id"]: item.get("value") for item in made.findings}


def _rows(blocks: Mapping[str, Any]) -> list[dict[str, int]]:
    """Return how many rows of each source each notebook was given."""
    return [
        {row["source_id"]: row["rows_read"] for row in block["rows"] if "source_id" in row}
        for block in blocks.values()
    ]


def _on(case: Case, without: Collection[str], execute: Execute) -> Values | str:
    """Return the figures on a case without some rows, or why there are none."""
    from helpers.pack.execute import NotebookFailed

    try:
        extract = ingest(case, without=without)
        made = execute(case, extract)
    except InputError as error:
        return f"the records between the two extracts cannot be read ({error.problems[0]})"
    except NotebookFailed as failed:
        return f"a notebook fails on the records between the two extracts ({failed})"
    wanted = dict(zip(extract.accounts["source_id"], extract.accounts["rows_read"], strict=True))
    # A kernel that was not given these records has read the files, and says so where it shows what
    # it rests on; of one that shows nothing it is not known.
    shown = [] if made is None else _rows(made.runs)
    if not shown or any(
        given.get(source) != read for given in shown for source, read in wanted.items()
    ):
        return "notebooks cannot be given other records than the files hold on this machine"
    return _values(made)


def steps(
    before: Case,
    after: Case,
    found: Compared,
    *,
    earlier: Collected,
    later: Collected,
    execute: Execute,
) -> Steps:
    """Return the values of every figure at each step from the earlier extract to the later one.

    Parameters
    ----------
    before, after : Case
        The case with its earlier, and with its later extracts.
    found : Compared
        Which rows are gone and which came late.
    earlier, later : Collected
        Exhibits on each extract, both with the code of now.
    execute : callable
        Runs the notebooks on a case as it was read; None where it cannot give them that.
    """
    if found.counts.empty:
        return Steps(reason="its files hold no row a record, so that no step lies between them")
    held: list[Values] = [_values(earlier)]
    for case, rows, whole in ((before, found.gone, earlier), (after, found.late, later)):
        without = frozenset().union(*rows.values())
        made = _on(case, without, execute) if without else _values(whole)
        if isinstance(made, str):
            return Steps(reason=made)
        held.append(made)
    return Steps((*held, _values(later)))


def _shown(number: float, unit: str) -> str:
    return f"{100 * number:+.2f}" if unit == "proportion" else f"{number:+.4g}"


def parts(was: Mapping[str, Any], made: Steps) -> Change:
    """Return the change of a figure, step by step.

    Parameters
    ----------
    was : mapping
        The figure as it was frozen.
    made : Steps
        As :func:`steps` returns them.

    Returns
    -------
    Change
        Without parts where a step has no value of the figure.

    Examples
    --------
    >>> made = Steps(({"days": 30.0}, {"days": 31.0}, {"days": 31.0}, {"days": 28.0}))
    >>> parts({"id": "days", "value": 30.0, "unit": "days"}, made).words
    'value: records that went +1, coded anew or followed for longer +0, records that came late -3'
    """
    if made.reason:
        return Change(words=made.reason)
    values = [was.get("value"), *(held.get(was["id"]) for held in made.held)]
    if not made.held or any(value is None for value in values):
        return Change(words="it is not stated at every step between the two extracts")
    numbers = [float(value) for value in values if value is not None]
    found = {
        name: now - then for name, then, now in zip(PARTS, numbers[:-1], numbers[1:], strict=True)
    }
    said = ", ".join(
        f"{PARTS[name]} {_shown(number, was['unit'])}"
        for name, number in found.items()
        if number or name != "value_code"
    )
    unit = " percentage points" if was["unit"] == "proportion" else ""
    return Change(found, f"value: {said}{unit}")
