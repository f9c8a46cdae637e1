"""One comparison of a logistic model: two levels of a term, and its odds ratio.

Functions
---------
Comparison, comparison
    Two levels of a term; one from its parts, or none.
value_of
    Odds ratio of a comparison in a fit.
compared
    Odds ratio of a comparison, or why there is none.
refusal
    Why a model cannot be looked at, if it cannot.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import _model_fit, regression
from ._model_fit import NotFitted
from .regression import RegressionFit


@dataclass(frozen=True)
class Comparison:
    """Two levels of a term: the odds of ``level`` over those of ``against``.

    Parameters
    ----------
    term, level, against : str
        A term of the model, and two of its levels.

    Examples
    --------
    >>> Comparison("Service", "Learning disability", "Adult").words
    'Service: Learning disability against Adult'
    """

    term: str
    level: str
    against: str

    @property
    def words(self) -> str:
        """Say what is compared."""
        return f"{self.term}: {self.level} against {self.against}"


def comparison(term: str = "", level: str = "", against: str = "") -> Comparison | None:
    """Return a comparison, or None where no term is named.

    Parameters
    ----------
    term, level, against : str
        As for `Comparison`.

    Examples
    --------
    >>> comparison() is None
    True
    """
    return Comparison(term, level, against) if term else None


def value_of(fit: RegressionFit, comparison: Comparison) -> dict[str, object]:
    """Return the odds ratio with its limits; those of the profile where a fit has them."""
    table = fit.coefficients
    row = table[table["term"].eq(comparison.term) & table["level_name"].eq(comparison.level)]
    if len(row) and row["reference"].iloc[0] == comparison.against:
        one = row.iloc[0]
        found = {"value": one["odds_ratio"], **one[["low", "high", "df", "method"]].to_dict()}
    else:
        one = regression.contrast(
            fit, term=comparison.term, level_name=comparison.level, against=comparison.against
        ).iloc[0]
        found = one[["value", "low", "high", "df", "method"]].to_dict()
    return found | {"n": fit.n, "numerator": fit.events, "denominator": fit.n}


def compared(
    options: Mapping[str, Any],
    comparison: Comparison,
    *,
    level: float,
    cluster: bool = True,
    penalty: str = "if few",
) -> dict[str, object] | str:
    """Return the odds ratio of a comparison, or why there is none."""
    try:
        fit = regression.logistic(
            options["frame"], outcome=options["outcome"], terms=options["terms"],
            cluster=options["cluster"] if cluster else None, penalty=penalty, level=level,
            profile=[comparison.term],
        )  # fmt: skip
        return value_of(fit, comparison)
    except ValueError as error:
        return str(error)


def refusal(options: Mapping[str, Any], comparison: Comparison | None, level: float) -> str:
    """Return why the model cannot be looked at, or an empty text."""
    if comparison is None or not options:
        return "The plan names no comparison, or there are no records."
    fitted = _model_fit.fit(**options, level=level)
    if isinstance(fitted, NotFitted):
        return fitted.reason
    kinds = {term.name: term.levels for term in fitted.design.terms}
    levels = kinds.get(comparison.term, ())
    if not {comparison.level, comparison.against} <= set(levels):
        return f"{comparison.words} is not in the model."
    return ""
