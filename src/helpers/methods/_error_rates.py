"""How often a category is recorded rightly: known, or from a declared distribution.

- `Fixed`, `Beta`, `Trapezoidal`: a sensitivity or specificity.

Functions
---------
fixed_rates
    One known rate for each group.
drawn_rates
    Draws for each group, correlated between groups.
described
    The declared rates in words.
settled
    Corrected shares without what rounding adds at 0 and 1.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from ._checks import Floats

ROUNDING = 1e-12


@dataclass(frozen=True)
class Fixed:
    """A rate that is taken as known.

    Examples
    --------
    >>> Fixed(0.9).quantile([0.1, 0.5])
    array([0.9, 0.9])
    """

    value: float

    def __post_init__(self) -> None:
        """Refuse what is no rate."""
        if not 0.0 <= self.value <= 1.0:
            raise ValueError(f"A rate lies between 0 and 1; got {self.value!r}.")

    def quantile(self, share: ArrayLike) -> Floats:
        """Return the value for every share."""
        return np.full(np.shape(share), float(self.value))

    def __str__(self) -> str:
        """Return the rate in words."""
        return f"{self.value:g}"


@dataclass(frozen=True)
class Beta:
    """A rate with a beta distribution.

    Parameters
    ----------
    a, b : float
        Above zero; the mean is a / (a + b). After a check of records in which ``correct`` were
        right and ``wrong`` wrong, see `of_check`.

    Examples
    --------
    >>> Beta(25, 3).quantile([0.5]).round(3)
    array([0.902])
    """

    a: float
    b: float

    def __post_init__(self) -> None:
        """Refuse parameters that are no distribution."""
        if not (self.a > 0 and self.b > 0 and np.isfinite(self.a + self.b)):
            raise ValueError(f"A beta distribution needs two numbers above 0; got {self}.")

    @classmethod
    def of_check(cls, correct: int, wrong: int) -> "Beta":
        """Return the distribution after a check of records, starting from a flat one.

        Examples
        --------
        >>> Beta.of_check(24, 2)
        Beta(a=25.0, b=3.0)
        """
        if correct < 0 or wrong < 0:
            raise ValueError(f"Counts of a check cannot be negative; got {correct}, {wrong}.")
        return cls(correct + 1.0, wrong + 1.0)

    def quantile(self, share: ArrayLike) -> Floats:
        """Return the rate below which a share of the distribution lies."""
        from scipy.special import betaincinv

        return np.asarray(betaincinv(self.a, self.b, np.asarray(share, dtype=float)))

    def __str__(self) -> str:
        """Return the distribution in words."""
        return f"Beta({self.a:g}, {self.b:g})"


@dataclass(frozen=True)
class Trapezoidal:
    """A rate that is equally likely between two values, and less so towards two others.

    Parameters
    ----------
    least, from_, to, most : float
        In ascending order, 0 to 1. ``least`` and ``from_`` may be equal, and so may ``to`` and
        ``most`` (uniform), or ``from_`` and ``to`` (triangular).

    Examples
    --------
    >>> Trapezoidal(0.75, 0.85, 0.95, 1.0).quantile([0.0, 0.5, 1.0]).round(4)
    array([0.75  , 0.8875, 1.    ])
    """

    least: float
    from_: float
    to: float
    most: float

    def __post_init__(self) -> None:
        """Refuse values out of order."""
        ends = (self.least, self.from_, self.to, self.most)
        if not 0.0 <= ends[0] <= ends[1] <= ends[2] <= ends[3] <= 1.0 or ends[0] == ends[3]:
            raise ValueError(
                f"The four values of {self} must ascend between 0 and 1; for a known rate use "
                "Fixed."
            )

    def quantile(self, share: ArrayLike) -> Floats:
        """Return the rate below which a share of the distribution lies."""
        u = np.asarray(share, dtype=float)
        height = 2.0 / (self.most + self.to - self.from_ - self.least)
        rise = 0.5 * height * (self.from_ - self.least)
        fall = 0.5 * height * (self.most - self.to)
        left = self.least + np.sqrt(2.0 * u * (self.from_ - self.least) / height)
        flat = self.from_ + (u - rise) / height
        right = self.most - np.sqrt(2.0 * (1.0 - u) * (self.most - self.to) / height)
        return np.where(u < rise, left, np.where(u <= 1.0 - fall, flat, right))

    def __str__(self) -> str:
        """Return the distribution in words."""
        return f"Trapezoidal({self.least:g}, {self.from_:g}, {self.to:g}, {self.most:g})"


def settled(share: Floats) -> Floats:
    """Return corrected shares, those that rounding puts beside 0 or 1 set to these.

    Examples
    --------
    >>> settled(np.array([-1e-16, 0.3, 1.0000000000000002]))
    array([0. , 0.3, 1. ])
    """
    share = np.where(np.abs(share) < ROUNDING, 0.0, share)
    return np.where(np.abs(share - 1.0) < ROUNDING, 1.0, share)


Distribution = Fixed | Beta | Trapezoidal
Rate = float | Distribution
Rates = Rate | Mapping[str, Rate]


def _one(rate: Rate, what: str) -> Distribution:
    if isinstance(rate, Fixed | Beta | Trapezoidal):
        return rate
    try:
        return Fixed(float(rate))
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"The {what} must be a number between 0 and 1, Beta, Trapezoidal or Fixed, or a "
            f"mapping of groups to these; got {rate!r}."
        ) from error


def _each(rates: Rates, groups: Sequence[str], what: str) -> tuple[list[Distribution], bool]:
    """Distribution of each group, and whether it was declared group by group."""
    if not isinstance(rates, Mapping):
        return [_one(rates, what)] * len(groups), False
    lacking = [name for name in groups if name not in rates]
    if lacking:
        raise ValueError(
            f"The {what} is declared by group, but not for {', '.join(map(repr, lacking))}."
        )
    return [_one(rates[name], f"{what} of {name!r}") for name in groups], True


def fixed_rates(rates: Rates, groups: Sequence[str], what: str) -> Floats:
    """Return one known rate for each group.

    Parameters
    ----------
    rates : float, Fixed, or mapping of groups to these
        The same for all groups, or group by group.
    groups : sequence of str
        Groups.
    what : str
        Name in refusals: "sensitivity" or "specificity".

    Returns
    -------
    ndarray, shape (groups,)
        The rates.

    Raises
    ------
    ValueError
        For a distribution, a rate outside 0 to 1, or a group without one.

    Examples
    --------
    >>> fixed_rates({"a": 0.9, "b": 0.8}, ["b", "a"], "sensitivity")
    array([0.8, 0.9])
    """
    found, _ = _each(rates, groups, what)
    if not all(isinstance(one, Fixed) for one in found):
        raise ValueError(f"The {what} must be a known number here, not a distribution.")
    return np.array([one.value for one in found])


def drawn_rates(
    rates: Rates,
    groups: Sequence[str],
    what: str,
    *,
    draws: int,
    correlation: float,
    generator: np.random.Generator,
) -> Floats:
    """Return draws of a rate for each group.

    Parameters
    ----------
    rates : float, distribution, or mapping of groups to these
        One for all groups is drawn once and shared (errors do not differ between groups).
    groups : sequence of str
        Groups.
    what : str
        Name in refusals: "sensitivity" or "specificity".
    draws : int
        How many.
    correlation : float
        0 to 1: of the normal scores of any two groups, where rates are declared group by group.
    generator : numpy Generator
        Source of random numbers.

    Returns
    -------
    ndarray, shape (draws, groups)
        The rates.

    Raises
    ------
    ValueError
        For a correlation outside 0 to 1, or as `fixed_rates`.

    Notes
    -----
    Normal scores with one shared part, turned into ranks and these into rates (a Gaussian copula),
    as Fox, MacLehose and Lash (2023) Int J Epidemiol 52:1624.

    Examples
    --------
    >>> generator = np.random.default_rng(1)
    >>> drawn_rates(Beta(25, 3), ["a", "b"], "sensitivity", draws=2, correlation=0.8,
    ...     generator=generator).shape
    (2, 2)
    """
    from scipy.special import ndtr

    if not 0.0 <= correlation <= 1.0:
        raise ValueError(f"The correlation between groups lies between 0 and 1; got {correlation}.")
    found, differs = _each(rates, groups, what)
    shared = generator.standard_normal((draws, 1))
    own = generator.standard_normal((draws, len(groups)))
    score = np.sqrt(correlation) * shared + np.sqrt(1.0 - correlation) * own if differs else shared
    rank = np.broadcast_to(ndtr(score), (draws, len(groups)))
    return np.column_stack([one.quantile(rank[:, at]) for at, one in enumerate(found)])


def described(rates: Rates, groups: Sequence[str], what: str) -> str:
    """Return the declared rates in words.

    Examples
    --------
    >>> described({"a": 0.9, "b": Beta(25, 3)}, ["a", "b"], "sensitivity")
    'sensitivity a 0.9, b Beta(25, 3)'
    >>> described(Fixed(1), ["a", "b"], "specificity")
    'specificity 1'
    """
    found, differs = _each(rates, groups, what)
    if not differs:
        return f"{what} {found[0]}" if found else what
    return f"{what} " + ", ".join(
        f"{group} {one}" for group, one in zip(groups, found, strict=True)
    )
