"""Numbers as readers take them in: natural frequencies, and words for what an interval includes.

- :func:`natural`: a share as people out of 100, 1,000 or 10,000.
- :func:`chance`: a small share as "about 1 in 160".
- :func:`certainty`: whether the interval of a difference or a ratio includes "no difference".
"""

from __future__ import annotations

from math import floor, isinf, isnan, log10

BASES = (100, 1_000, 10_000)
ROUGH = 0.1
"""A rounded number may be off by this part of itself before a larger base is taken."""


def _checked(value: float) -> float:
    number = float(value)
    if not (isnan(number) or 0.0 <= number <= 1.0):
        raise ValueError(f"A share lies between 0 and 1; got {value!r}.")
    return number


def _whole(number: float) -> int:
    """Round half up, as readers do."""
    return floor(number + 0.5)


def natural(value: float) -> str:
    """Return a share as a natural frequency.

    The base is the smallest of 100, 1,000 and 10,000 for which rounding to whole people moves the
    share, and the rest of it, by no more than a tenth.

    Parameters
    ----------
    value : float
        The share, 0 to 1; missing gives "not known".

    Returns
    -------
    str
        Such as "about 14 in 100"; "none", "all", "fewer than 1 in 10,000" and "more than 9,999 in
        10,000" at the ends.

    Raises
    ------
    ValueError
        If the share does not lie between 0 and 1.

    Examples
    --------
    >>> natural(1454 / 10306), natural(0.0031), natural(0.034), natural(0.996)
    ('about 14 in 100', 'about 3 in 1,000', 'about 34 in 1,000', 'about 996 in 1,000')
    >>> natural(0), natural(1), natural(0.00002)
    ('none', 'all', 'fewer than 1 in 10,000')
    """
    share = _checked(value)
    if isnan(share):
        return "not known"
    if share in (0.0, 1.0):
        return "none" if share == 0.0 else "all"
    last = BASES[-1]
    if share < 1 / last:
        return f"fewer than 1 in {last:,}"
    if share > 1 - 1 / last:
        return f"more than {last - 1:,} in {last:,}"
    rest = min(share, 1 - share)
    for base in BASES:
        count = _whole(share * base)
        if abs(count - share * base) <= ROUGH * rest * base:
            break
    # Between the last base and its half, rounding may not turn some into none or into all.
    return f"about {min(max(count, 1), base - 1):,} in {base:,}"


def chance(p: float) -> str:
    """Return a share as one in so many, where that is how it reads best.

    Parameters
    ----------
    p : float
        The share, or how often something would be seen if the named model alone were at work,
        0 to 1. It is never how likely it is that the model was at work.

    Returns
    -------
    str
        Such as "about 1 in 160": two figures of the number are kept. As :func:`natural` where no
        whole number is within a tenth; "fewer than 1 in 1,000,000" for what is rarer.

    Raises
    ------
    ValueError
        If the share does not lie between 0 and 1.

    Examples
    --------
    >>> chance(0.00624), chance(0.25), chance(0.3), chance(1e-9)
    ('about 1 in 160', 'about 1 in 4', 'about 30 in 100', 'fewer than 1 in 1,000,000')
    """
    share = _checked(p)
    if isnan(share) or share == 0.0 or share > 0.5:
        return natural(share)
    if share < 1e-6:
        return "fewer than 1 in 1,000,000"
    number = 1 / share
    step = 10 ** max(floor(log10(number)) - 1, 0)
    whole = _whole(number / step) * step
    if abs(whole - number) > ROUGH * number:
        return natural(share)
    return f"about 1 in {whole:,}"


def certainty(low: float, high: float, null: float) -> str:
    """Return in words whether an interval includes "no difference".

    Parameters
    ----------
    low, high : float
        Limits of a difference or a ratio; infinite ones are open ends.
    null : float
        The value that means no difference: 0 for a difference, 1 for a ratio.

    Returns
    -------
    str
        One sentence. It says what the interval includes, not how likely anything is.

    Raises
    ------
    ValueError
        If the lower limit lies above the upper one, or ``null`` is no number.

    Examples
    --------
    >>> certainty(0.02, 0.07, 0)
    'The whole interval lies above no difference.'
    >>> certainty(0.8, 1.3, 1).split(":")[0]
    'The interval includes no difference'
    """
    low, high, null = float(low), float(high), float(null)
    if isnan(null) or isinf(null):
        raise ValueError("null must be the number that means no difference, such as 0 or 1.")
    if isnan(low) or isnan(high):
        return "No interval can be given, so the records do not say whether there is a difference."
    if low > high:
        raise ValueError(f"The lower limit {low:g} lies above the upper limit {high:g}.")
    if low > null:
        return "The whole interval lies above no difference."
    if high < null:
        return "The whole interval lies below no difference."
    if low == high:
        return "The interval has no width and lies at no difference."
    if low == null:
        return "The interval begins at no difference: the records fit with none and a higher value."
    if high == null:
        return "The interval ends at no difference: the records fit with none and a lower value."
    return (
        "The interval includes no difference: "
        "the records fit with a lower, an equal and a higher value."
    )
