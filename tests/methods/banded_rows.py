"""Rows of bands for the tests of banded times."""

import pandas as pd

MONTHS = [(0, 1), (1, 3), (3, 6), (6, 12), (12, None)]


def bands(counts, edges=MONTHS, **more):
    """A frame of one group's bands."""
    lower, upper = zip(*edges, strict=True)
    frame = pd.DataFrame({"lower": lower, "upper": upper}).astype("float64")
    return frame.assign(count=counts, **more)
