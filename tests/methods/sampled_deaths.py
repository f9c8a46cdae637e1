"""Deaths to draw from, for the tests of samples."""

import pandas as pd
from hypothesis import strategies as st

from helpers.methods.sampling import allocate


def frame(*sizes, first=0):
    """Deaths D0, D1, ... in strata A, B, ... of given sizes."""
    strata = [name for name, size in zip("ABCDEFGH", sizes, strict=False) for _ in range(size)]
    return pd.DataFrame({"id": [f"D{first + n}" for n in range(len(strata))], "stratum": strata})


def counts(*sizes):
    """The same as one row a stratum."""
    return pd.DataFrame({"stratum": list("ABCDEFGH"[: len(sizes)]), "deaths": sizes})


def chosen(sample):
    return set(sample.selected["id"])


several = st.lists(st.integers(1, 40), min_size=1, max_size=5)


def planned(deaths, **sizes):
    """An allocation by hand."""
    plan = allocate(deaths, len(deaths))
    return plan.assign(sample=plan["stratum"].map(sizes))
