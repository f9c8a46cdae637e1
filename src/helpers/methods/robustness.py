"""How far one comparison of a logistic model hangs on how it was made.

Functions
---------
Comparison, comparison
    Two levels of a term; one from its parts, or none.
estimators
    The comparison by other estimators and limits.
agreement
    Median, range and agreement of all combinations.
specification
    The comparison under every combination of outcomes, characteristics and estimators.
subgroups
    The comparison within the levels of other characteristics.
left_out
    The comparison without each part of the records in turn.
moved
    How far each cluster moves the comparison.
unmeasured
    What a characteristic that was not measured would have to be.
misclassified
    The comparison if some records of the outcome were wrong.
ranged
    The comparison with its range over all choices, as one finding.

``options`` is what `helpers.methods.models.fit` takes, but for the level. Nothing here chooses:
each table shows all that was tried.
"""

from ._choices import SPECIFIED, agreement, ranged, specification
from ._comparison import Comparison, comparison
from ._doubts import misclassified, unmeasured
from ._estimators import estimators
from ._parts import left_out, moved, subgroups

__all__ = [
    "SPECIFIED",
    "Comparison",
    "agreement",
    "comparison",
    "estimators",
    "left_out",
    "misclassified",
    "moved",
    "ranged",
    "specification",
    "subgroups",
    "unmeasured",
]
