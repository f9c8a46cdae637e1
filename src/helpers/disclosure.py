"""Named profiles of statistical disclosure control; each output names the one in force.

- :data:`PROFILES`: the profiles this version offers, and what each permits.
- :func:`check_profile`: refuses a profile that does not exist or that the case does not permit.
- :data:`SMALL_NUMBERS`: below how many events a profile shows no rate, or marks it.

Suppression and rounding for a release made from unpublished records are not part of this version:
a case of that kind permits ``internal`` only, so that nothing can be released by oversight.
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
