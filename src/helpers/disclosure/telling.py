"""What a release tells of its curves: of which stretch, and how far.

- :func:`tell`: what is told of one group, cut where more would say too much.
- :func:`first_of`: the one stretch of a release of which a curve is told.
- :func:`known_of`: what all tables of all releases leave open of a count, run by run.

People of one stretch are people of others, and who reached a later milestone reached an earlier one
sooner. Curves of two such stretches can say more together than each alone (found by
``tests/simulation/curves.py``), so a release tells one, and later releases of the case the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pandas as pd

from helpers.disclosure.cells import Key, Scheme
from helpers.disclosure.needs import Published, evidence_of
from helpers.disclosure.profiles import Profile
from helpers.disclosure.protect import Shown
from helpers.disclosure.running import Told, told_of
from helpers.disclosure.sums import unsafe

LEAST = 2
"""Steps that a curve has to have."""


def tell(
    frame: pd.DataFrame,
    *,
    profile: Profile,
    among: Shown | None = None,
    earlier: Sequence[tuple[Told, Shown | None]] = (),
) -> Told | None:
    """Return what a release says of one group, cut where more would say too much.

    Parameters
    ----------
    frame : DataFrame
        As :func:`helpers.disclosure.running.weekly` returns it.
    profile : Profile
        A profile whose rule covers curves.
    among : Shown, optional
        What the release says of all people from whom the group comes.
    earlier : sequence of tuple
        What earlier releases of the case say of the group, and of those from whom it comes.

    Returns
    -------
    Told or None
        None where fewer steps than :data:`LEAST` could be shown: the group is too small.

    Raises
    ------
    InputError
        If no rule of the profile covers curves.

    Examples
    --------
    >>> from helpers.disclosure.profiles import RELEASES
    >>> from helpers.disclosure.running import weekly
    >>> days = pd.Series(range(1, 41))
    >>> made = tell(weekly(days, days.gt(0)), profile=RELEASES["opensafely"])
    >>> made.steps[:3], made.frame()["at_risk"].tolist()[:3]
    (((7, 9, 0), (14, 15, 0), (21, 21, 0)), [39, 30, 24])
    """
    if frame.empty:
        return None
    told = told_of(frame, profile)
    before = [one for one, _ in earlier]
    of = [*(one for _, one in earlier), among]
    while len(told.steps) >= LEAST:
        if not unsafe([*before, told], profile=profile, among=of):
            return told
        told = replace(told, steps=told.steps[:-1], whole=False)
    return None


def known_of(
    measures: Sequence[Key],
    shown: Mapping[Key, Shown],
    *,
    scheme: Scheme,
    earlier: Sequence[Published] = (),
) -> dict[Key, list[Shown | None]]:
    """Return what all tables of all releases leave open of a count, run by run.

    Parameters
    ----------
    measures : sequence of tuple
        The counts.
    shown : mapping
        What the release that is being made shows of each count.
    scheme : Scheme
        Which measures lie within which.
    earlier : sequence of Published
        Releases of the case that are about already, the earliest first.

    Returns
    -------
    dict
        By count, for each earlier release and then for this one: between which numbers it lies;
        None where a release has no such count.

    Examples
    --------
    >>> known_of([("n", ())], {("n", ()): Shown(9, 7, 12)}, scheme=Scheme())
    {('n', ()): [Shown(value=9, low=7.0, high=12.0)]}
    """
    runs = [*(one.shown for one in earlier), shown]
    found: dict[Key, list[Shown | None]] = {key: [] for key in measures}
    if not any(key in held for key in found for held in runs):
        return {key: [None] * len(runs) for key in found}
    evidence = evidence_of(dict.fromkeys(shown, 0), shown, scheme, earlier)
    for key in found:
        for run, held in enumerate(runs):
            if key in held:
                low, high = evidence.attack.range(evidence.space.form(run, key))
                found[key].append(Shown(held[key].value, low, high))
            else:
                found[key].append(None)
    return found


def first_of(
    frames: Mapping[str, pd.DataFrame],
    *,
    profile: Profile,
    among: Mapping[str, Sequence[Shown | None]],
    earlier: Sequence[Mapping[str, Told]] = (),
) -> tuple[str, Told] | None:
    """Return the one stretch of a release of which a curve is told, and what is told of it.

    Parameters
    ----------
    frames : mapping of DataFrame
        By stretch, as :func:`helpers.disclosure.running.weekly` returns it; the first of which
        enough can be told is taken.
    profile : Profile
        A profile whose rule covers curves.
    among : mapping of sequence
        By stretch: what is known of all people from whom it comes, for each earlier release and
        then for this one (:func:`known_of`).
    earlier : sequence of mapping
        What each earlier release tells, by stretch: where one tells a curve, only that stretch
        may be told again; where they tell several, none is.

    Returns
    -------
    tuple or None
        Name and what is told; None where nothing can be.

    Examples
    --------
    >>> from helpers.disclosure.profiles import RELEASES
    >>> from helpers.disclosure.running import weekly
    >>> days = pd.Series(range(1, 41))
    >>> frames = {"a": weekly(days[:5], days[:5].gt(0)), "b": weekly(days, days.gt(0))}
    >>> first_of(frames, profile=RELEASES["opensafely"], among={"a": [None], "b": [None]})[0]
    'b'
    """
    before = {name for one in earlier for name in one}
    if len(before) > 1:
        return None
    for name, frame in frames.items():
        if before and name not in before:
            continue
        *of, now = among[name]
        held = [(one[name], cell) for one, cell in zip(earlier, of, strict=True) if name in one]
        made = tell(frame, profile=profile, among=now, earlier=held)
        if made is not None:
            return name, made
    return None
