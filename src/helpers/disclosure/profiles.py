"""Profiles of a release as data: what is hidden, what is rounded, what is barred, on whose word.

- :data:`RELEASES`: the profiles by name.
- :func:`profile_of`: one of them, or the problem with the name.
- :class:`Profile`: what a profile says.

A profile is chosen for a whole release and printed on every page of it. One count is never rounded
in two ways within a release: two roundings of one number together say more than either.
"""

from __future__ import annotations

from dataclasses import dataclass

from helpers.errors import InputError


@dataclass(frozen=True)
class Profile:
    """What a release of this name shows of a count of people.

    Parameters
    ----------
    name : str
        As the command takes it.
    rule : str
        The rule in plain English, as readers see it.
    source : str
        Whose rule it is, and where this suite had to decide something itself.
    threshold : int
        Counts from 1 to this are protected; 0: none are.
    base : int
        Counts that are shown are rounded to the nearest multiple of this; 1: shown as they are.
    midpoint : int
        Width of the bands whose middle is shown instead of a count (6: 1 to 6 are shown as 3);
        0: no such bands. Zero stays zero.
    zeros : bool
        Whether a count of zero is shown.
    curves : str
        What is done with curves of survival: "midpoint" (deaths and people at risk at each time
        are put into bands, the curve is made from these), or "" (not released).
    exported : bool
        Whether a release may be made at all.
    unpublished : bool
        Whether it may be made from records that are neither published nor synthetic.
    mark : str
        What stands in a cell that is hidden.
    barred : tuple of str
        What is never released under this profile, in words.

    Examples
    --------
    >>> RELEASES["mhsds"].protected
    range(1, 5)
    """

    name: str
    rule: str
    source: str
    threshold: int = 0
    base: int = 1
    midpoint: int = 0
    zeros: bool = True
    curves: str = ""
    exported: bool = True
    unpublished: bool = True
    mark: str = "*"
    barred: tuple[str, ...] = ()

    @property
    def protected(self) -> range:
        """Return the protection interval: every whole number that must stay possible.

        Whoever puts together all that was published must not be able to rule out one of these for
        a count that lies among them.
        """
        return range(1, self.threshold + 1)


ALWAYS = (
    "points that stand for single people, minima and maxima",
    "timelines and accounts of single deaths, and lists of records still to be worked on",
    "free text of records, and the notebooks as executed",
)
"""What no release made from unpublished records holds."""

_PEOPLE = (*ALWAYS, "estimates of models and standardised rates: no rule covers them yet")

RELEASES = {
    item.name: item
    for item in (
        Profile(
            "open",
            "Nothing is hidden: the records are published already, or synthetic.",
            "A rule of this suite.",
            unpublished=False,
            barred=ALWAYS,
        ),
        Profile(
            "internal",
            "OFFICIAL-SENSITIVE. Nothing is hidden, and nothing leaves.",
            "A rule of this suite.",
            exported=False,
        ),
        Profile(
            "hes",
            "Counts from 1 to 7 are replaced by *. Zero is shown. All others are rounded to the "
            "nearest 5. Percentages are made from rounded counts.",
            "NHS England, change to disclosure control methodology for HES and ECDS from September "
            "2018, for levels below national; its exception for national totals is not used.",
            threshold=7,
            base=5,
            barred=_PEOPLE,
        ),
        Profile(
            "mhsds",
            "Counts below 5, zero included, are replaced by *. All others are rounded to the "
            "nearest 5. No percentage is shown where either of its counts is below 5.",
            "NHS England, code of the Mental Health Services Data Set monthly statistics. Its "
            "exception for times in tables of restraint is not used.",
            threshold=4,
            base=5,
            zeros=False,
            barred=_PEOPLE,
        ),
        Profile(
            "opensafely",
            "Counts are put into bands of six and the middle is shown: 1 to 6 as 3, 7 to 12 as 9, "
            "and so on. Zero stays zero. Percentages are made from these middles.",
            "OpenSAFELY documentation, statistical disclosure control: rounding to midpoint 6, its "
            "rule for rates and curves. It asks that one rounding is used throughout, so its other "
            "rule (hide 1 to 7, round to 5) is not used beside it: the two share no threshold.",
            threshold=6,
            midpoint=6,
            curves="midpoint",
            barred=_PEOPLE,
        ),
        Profile(
            "ons-deaths",
            "Counts from 1 to 4 are replaced by *, and as many other counts as it takes so that "
            "none of them can be worked out. All counts that are shown are the true ones, totals "
            "included. Zero is shown.",
            "Office for National Statistics, policy on protecting confidentiality in tables of "
            "birth and death statistics. It sets a test of context and no number; 1 to 4 is this "
            "suite's reading. Rates of fewer than 3 deaths are not shown, by its practice.",
            threshold=4,
            barred=_PEOPLE,
        ),
    )
}
"""The profiles that :func:`profile_of` knows, by name."""


def profile_of(name: str, *, unpublished: bool = False) -> Profile:
    """Return a profile from which a release may be made.

    Parameters
    ----------
    name : str
        One of :data:`RELEASES`.
    unpublished : bool
        The records are neither published nor synthetic.

    Raises
    ------
    InputError
        If there is no such profile, if nothing made under it may leave, or if it may not be used
        for records of this kind.

    Examples
    --------
    >>> profile_of("opensafely").midpoint
    6
    """
    offered = [item.name for item in RELEASES.values() if item.exported]
    mend = f"Use one of: {', '.join(offered)}."
    where = f"--profile {name}"
    if name not in RELEASES:
        raise InputError.one("there is no such profile of a release", where, mend)
    found = RELEASES[name]
    if not found.exported:
        raise InputError.one("nothing made under this profile may be released", where, mend)
    if unpublished and not found.unpublished:
        raise InputError.one(
            "this profile hides nothing, and the records are neither published nor synthetic",
            where,
            f"Use one of: {', '.join(name for name in offered if name != found.name)}.",
        )
    return found
