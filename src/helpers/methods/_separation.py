"""Separation: terms for which the data hold no finite odds ratio.

Functions
---------
separating
    Labels of the columns that separate the outcomes, if any do.
levels_without, refuse_levels
    Levels of which all records, or none, have the outcome; refuse them.
separation
    What separates the outcome, as an error that names it.
"""

import numpy as np

from ._checks import SHOWN
from ._design import Design


class Separated(ValueError):
    """The outcome is separated: no finite estimate. ``terms`` names what separates it.

    Parameters
    ----------
    sentence : str
        What is separated by what.
    terms : tuple of str
        Labels of columns.
    """

    def __init__(self, sentence: str, terms: tuple[str, ...]) -> None:
        super().__init__(sentence)
        self.terms = terms


def levels_without(design: Design) -> list[tuple[str, str, str, int]]:
    """Return name, level, "all" or "none", and records, of levels without both outcomes."""
    found = []
    for at, variable in enumerate(design.variables):
        if not variable.levels:
            continue
        size = len(variable.levels)
        code = design.codes[:, at]
        events = np.bincount(code, design.events, minlength=size)
        trials = np.bincount(code, design.trials, minlength=size)
        for level, some, many in zip(variable.levels, events, trials, strict=True):
            if some in (0, many):
                found.append((variable.name, level, "none" if some == 0 else "all", int(many)))
    return found


def separating(design: Design) -> list[str]:
    """Return labels of the columns that separate the outcomes, if any do.

    Notes
    -----
    Konis (2007) Linear programming algorithms for detecting separated data, DPhil thesis,
    Oxford: some combination of columns is on the right side of zero for every record. A pattern
    with both outcomes must have it at zero; of the others only the side counts.

    Examples
    --------
    >>> import pandas as pd
    >>> from helpers.methods._design import build
    >>> rows = pd.DataFrame({"seen": [0, 0, 1, 1, 0, 1], "x": [1.0, 2, 4, 5, 3, 3]})
    >>> separating(build(rows, "seen", ["x"], None))
    ['x']
    """
    from scipy.optimize import linprog

    whole = design.events == design.trials
    none = design.events == 0
    side = np.where(whole, 1.0, -1.0)[whole | none, None]
    signed = np.unique(side * design.scaled[whole | none], axis=0)
    mixed = np.unique(design.scaled[~(whole | none)], axis=0)
    if not len(signed):
        return []
    found = linprog(
        -signed.sum(axis=0),
        A_ub=-signed,
        b_ub=np.zeros(len(signed)),
        A_eq=mixed if len(mixed) else None,
        b_eq=np.zeros(len(mixed)) if len(mixed) else None,
        bounds=(-1, 1),
    )
    if found.status != 0 or -found.fun < 1e-6:
        return []
    part = np.abs(found.x) > 1e-6
    part[0] = False
    return [label for label, used in zip(design.labels(), part, strict=True) if used][:SHOWN]


def refuse_levels(design: Design) -> None:
    """Raise `Separated` for the first level of which all records, or none, have the outcome."""
    single = levels_without(design)
    if single:
        name, level, share, rows = single[0]
        raise Separated(
            f"Term {name!r}, level {level!r}: {share} of its {rows} rows have the outcome, so "
            "that its odds ratio has no finite estimate (separation); merge the level with "
            "another, leave the term out, or ask for Firth's penalty.",
            (name,),
        )


def separation(design: Design) -> Separated | None:
    """Return what separates the outcome, named, if anything does."""
    labels = separating(design)
    if not labels:
        return None
    try:
        refuse_levels(design)
    except Separated as found:
        return Separated(str(found), tuple(labels))
    return Separated(
        f"The outcome is separated by {', '.join(map(repr, labels))}: for some combination of "
        "values all or none have it, and there is no finite estimate; leave a term out, or ask "
        "for Firth's penalty.",
        tuple(labels),
    )
