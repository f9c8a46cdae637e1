"""Running totals of protected curves: the weeks they count, and what they say."""

from hypothesis import given
from waits import people, records

from helpers.disclosure.running import weekly


@given(people)
def test_weeks_hold_everybody_once(rows):
    held = records(rows)
    made = weekly(held["days"], held["observed"])
    assert made["events"].sum() == held["observed"].sum()
    assert made["time"].mod(7).eq(0).all()
    for row in made.itertuples():
        still = held["days"].gt(row.time - 7) | held["days"].eq(0) & (row.time == 7)
        assert row.at_risk == still.sum()
