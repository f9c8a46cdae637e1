"""Running totals of protected curves: the weeks they count, and what they say."""

import pandas as pd
from hypothesis import given
from hypothesis import strategies as st

from helpers.disclosure.running import weekly


def records(rows):
    made = pd.DataFrame(rows, columns=["days", "observed"])
    return made.astype({"days": "int64", "observed": "bool"})


people = st.lists(st.tuples(st.integers(0, 120), st.booleans()), min_size=1, max_size=90)


@given(people)
def test_weeks_hold_everybody_once(rows):
    held = records(rows)
    made = weekly(held["days"], held["observed"])
    assert made["events"].sum() == held["observed"].sum()
    assert made["time"].mod(7).eq(0).all()
    for row in made.itertuples():
        still = held["days"].gt(row.time - 7) | held["days"].eq(0) & (row.time == 7)
        assert row.at_risk == still.sum()
