"""Waits of people who never lived, as hypothesis draws them."""

import pandas as pd
from hypothesis import strategies as st

people = st.lists(st.tuples(st.integers(0, 120), st.booleans()), min_size=1, max_size=90)
"""Days, and whether the end was seen."""


def records(rows):
    """Return them as a frame."""
    made = pd.DataFrame(rows, columns=["days", "observed"])
    return made.astype({"days": "int64", "observed": "bool"})
