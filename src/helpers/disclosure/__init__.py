"""Statistical disclosure control: what may be shown to whom, and what is hidden in a release.

Of a run, in which nothing is hidden:

- :data:`PROFILES`: the profiles of a run, and what each permits.
- :func:`check_profile`: refuses a profile that does not exist or that the case does not permit.
- :data:`SMALL_NUMBERS`: below how many events a profile shows no rate, or marks it.

Of a release, which is made from a finished pack:

- :mod:`~helpers.disclosure.profiles`: the profiles of a release as data, with their sources.
- :mod:`~helpers.disclosure.protect`: one count, and one table, under a profile.
- :mod:`~helpers.disclosure.cells`: counts of all tables, so that those that overlap are seen.
- :mod:`~helpers.disclosure.secondary`: what else to hide, so that nothing can be worked out.
- :mod:`~helpers.disclosure.audit`: what can be worked out, this release and earlier ones together.
- :mod:`~helpers.disclosure.curves`: curves of survival from protected counts.
- :mod:`~helpers.disclosure.running`: the same as running totals, and all that they say.
- :mod:`~helpers.disclosure.sums`: what can be worked out of them.
- :mod:`~helpers.disclosure.telling`: which of them a release tells, and how far.
- :mod:`~helpers.disclosure.leaks`: what identifies a person in any byte that was written.

A profile of a release is no profile of a run: a run hides nothing, so a case of unpublished records
permits ``internal`` only, and what leaves is made by ``inquiry release``.
"""

from __future__ import annotations

from collections.abc import Sequence

from helpers.errors import InputError

PROFILES = {
    "open": "made from published or synthetic records; nothing is suppressed for disclosure",
    "internal": "OFFICIAL-SENSITIVE: not suppressed, not for release",
}

ONS_PRACTICE = {"no_rate_below": 3, "no_standardised_below": 10, "unreliable_below": 20}
SMALL_NUMBERS = dict.fromkeys(PROFILES, ONS_PRACTICE)
"""Events below which a rate is not shown or is marked (u), by profile.

The practice of the Office for National Statistics in statistics of deaths. It is about reliability,
so every profile has it; what must be hidden so that nobody is recognised is another question.
"""


def check_profile(name: str, *, permitted: Sequence[str]) -> None:
    """Refuse a profile that does not exist or that the case does not permit.

    Parameters
    ----------
    name : str
        The profile asked for, one of :data:`PROFILES`.
    permitted : sequence of str
        The profiles that the case permits.

    Raises
    ------
    InputError
        Naming the profiles that may be used.

    Examples
    --------
    >>> check_profile("open", permitted=["open", "internal"])
    >>> try:
    ...     check_profile("open", permitted=["internal"])
    ... except InputError as error:
    ...     print(error.problems[0].mend)
    Use one of: internal.
    """
    if name not in PROFILES or name not in permitted:
        raise InputError.one(
            f"profile {name!r} is not one this case permits",
            "parameter release_profile",
            f"Use one of: {', '.join(profile for profile in PROFILES if profile in permitted)}.",
        )
