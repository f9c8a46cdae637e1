"""Helpers for inquiries into deaths: from a trust's or a register's files to evidence.

One direction only::

    data/<case>/  ->  intake  ->  canonical tables  ->  cohort  ->  methods  ->  exhibits  ->  pack

What a notebook uses:

- :func:`helpers.start`: one case and one period; the first thing a notebook does.
- :func:`helpers.cases`: the cases there are.
- :mod:`helpers.cohort`: who is counted, out of whom, by what (``strata``, ``delays``,
  ``replies``).
- :mod:`helpers.methods`: the statistics: proportions, change, funnel, survival, regression.
- :mod:`helpers.figures`: one function a figure, tidy frame in, figure out.
- :mod:`helpers.exhibits`: tables, figures and findings as a pack collects them.
- :mod:`helpers.reconciliation`, :mod:`helpers.ledger`: published figures beside computed ones.

Behind them: :mod:`helpers.case`, :mod:`helpers.casefile`, :mod:`helpers.sourcefile`,
:mod:`helpers.parameters`, :mod:`helpers.tables`, :mod:`helpers.intake`,
:mod:`helpers.disclosure`, :mod:`helpers.pack`, :mod:`helpers.cli`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from helpers.case import available as cases
    from helpers.run import Run, start

__version__ = "0.1.0"
__all__ = ["Run", "__version__", "cases", "start"]

_WHERE = {
    "start": ("helpers.run", "start"),
    "Run": ("helpers.run", "Run"),
    "cases": ("helpers.case", "available"),
}


def __getattr__(name: str) -> Any:
    """Import the few top-level names when they are first used: ``--help`` must not wait."""
    if name in _WHERE:
        module, attribute = _WHERE[name]
        return getattr(importlib.import_module(module), attribute)
    raise AttributeError(f"module 'helpers' has no attribute {name!r}")
