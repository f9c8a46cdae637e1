"""Tables of ratings for the tests of agreement, and one coefficient of them."""

import numpy as np
import pandas as pd
from hypothesis import settings
from hypothesis import strategies as st

from helpers.methods.agreement import coefficients

COLUMNS = [
    *("coefficient", "weights", "subjects", "rated_once", "raters", "ratings", "categories"),
    *("observed", "expected", "value", "std_error", "low", "high", "level", "method", "note"),
]
MISSING = None
FEW = settings(max_examples=8)  # each example is several tables


def of_table(counts):
    """Two reviewers, A in rows and B in columns; categories 0, 1, 2, ..."""
    rows = [(a, b) for (a, b), n in np.ndenumerate(np.array(counts)) for _ in range(n)]
    return pd.DataFrame(rows, columns=["A", "B"])


def of_counts(rows):
    """As many reviewers as each row has ratings; a row says how many gave each category."""
    wide = [[k for k, n in enumerate(row) for _ in range(n)] for row in rows]
    return pd.DataFrame(wide, columns=[f"R{number + 1}" for number in range(len(wide[0]))])


def found(frame, which, raters=None, **options):
    """One coefficient of a wide frame as a row."""
    names = list(frame.columns) if raters is None else raters
    return coefficients(frame, raters=names, which=[which], **options).iloc[0]


ratings = st.integers(2, 12).flatmap(
    lambda n: st.lists(
        st.lists(st.integers(0, 2), min_size=3, max_size=3), min_size=n, max_size=n
    ).map(lambda rows: pd.DataFrame(rows, columns=["A", "B", "C"]))
)
tables = st.lists(st.integers(0, 12), min_size=9, max_size=9).map(lambda n: np.reshape(n, (3, 3)))

# Cohen (1960, 1968), 200 patients; the table is also in the R package psych (?cohen.kappa), which
# gives 0.49 and 0.35 for it.
COHEN = [[88, 14, 18], [10, 40, 10], [2, 6, 12]]

# Fleiss (1971), 30 patients by 6 psychiatrists: depression, personality disorder, schizophrenia,
# neurosis, other. He gives 0.430; irr::kappam.fleiss of R 0.4302445.
FLEISS = [
    *([0, 0, 0, 6, 0], [0, 3, 0, 0, 3], [0, 1, 4, 0, 1], [0, 0, 0, 0, 6], [0, 3, 0, 3, 0]),
    *([2, 0, 4, 0, 0], [0, 0, 4, 0, 2], [2, 0, 3, 1, 0], [2, 0, 0, 4, 0], [0, 0, 0, 0, 6]),
    *([1, 0, 0, 5, 0], [1, 1, 0, 4, 0], [0, 3, 3, 0, 0], [1, 0, 0, 5, 0], [0, 2, 0, 3, 1]),
    *([0, 0, 5, 0, 1], [3, 0, 0, 1, 2], [5, 1, 0, 0, 0], [0, 2, 0, 4, 0], [1, 0, 2, 0, 3]),
    *([0, 0, 0, 0, 6], [0, 1, 0, 5, 0], [0, 2, 0, 1, 3], [2, 0, 0, 4, 0], [1, 0, 0, 4, 1]),
    *([0, 5, 0, 1, 0], [4, 0, 0, 0, 2], [0, 2, 0, 4, 0], [1, 0, 5, 0, 0], [0, 0, 0, 0, 6]),
]
