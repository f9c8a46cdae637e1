"""What nbval does not compare: the facts that travel with each exhibit, and the data behind it.

nbval executes a notebook again and compares what is shown, which is rounded. What its cells gave
on the way is looked at here, while it is at hand: the data behind every table, finding and figure
(counts and text exactly, other numbers to a relative 1e-8, as :mod:`golden` does) and every other
fact but the drawing. A cell whose facts moved is red like one whose text did.

A plugin of pytest; the ``conftest.py`` of the project loads it.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest


def facts_by_id(outputs: list[Any]) -> dict[str, dict[str, Any]]:
    """Return what the outputs of a cell carry, by id of the exhibit; ``run`` is the opening."""
    from sheets import facts_of

    every = [facts_of(output) for output in outputs]
    return {facts.get("id", facts["kind"]): facts for facts in every if facts}


def _others(facts: dict[str, Any]) -> dict[str, Any]:
    """Return every fact but the data, which have a tolerance, and the drawing."""
    held = {name: value for name, value in facts.items() if name not in {"resource", "svg"}}
    resource = facts.get("resource", {})
    return held | {f"resource.{name}": resource[name] for name in resource if name != "data"}


def differing(stored: list[Any], again: list[Any]) -> list[str]:
    """Return what the outputs of a cell carry otherwise than those that are stored, in words."""
    import golden

    old, new = facts_by_id(stored), facts_by_id(again)
    data = [
        {name: one["resource"]["data"] for name, one in side.items() if "resource" in one}
        for side in (old, new)
    ]
    found = [str(item) for item in golden.moved(*data)]
    for name in old.keys() & new.keys():
        before, after = _others(old[name]), _others(new[name])
        found += [
            f"{name} {fact}: {before.get(fact)} -> {after.get(fact)}"
            for fact in {**before, **after}
            if before.get(fact) != after.get(fact)
        ]
    return found + [f"{name}: carried by one only" for name in (old.keys() ^ new.keys()) & {"run"}]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, Any, Any]:
    """Let nbval run and compare a cell, then compare what the cell carries."""
    done = yield
    again = getattr(item, "test_outputs", None)  # of the cells of nbval only
    if again is not None:
        found = differing(item.cell.outputs, again)
        if found:
            item.raise_cell_error("The data behind the outputs differ", "\n".join(found[:40]))
    return done
