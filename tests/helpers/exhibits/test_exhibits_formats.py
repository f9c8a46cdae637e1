"""Numbers to text: rounded once, halves away from zero, and never a minus before a zero."""

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.exhibits import formats
from helpers.exhibits.formats import MISSING, control_total, kind_of, shown

MINUS = "\N{MINUS SIGN}"
NUMERIC = ["count", "plain", "percent", "percent0", "points", "points2", "days", "ratio", "number"]
SIGNED = ["count", "percent", "points", "points2", "days", "ratio", "number"]


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (205_438, "count", "205,438"),
        (0, "count", "0"),
        (2020, "plain", "2020"),
        (31_991 / 205_438, "percent", "15.6%"),
        (0.95, "percent0", "95%"),
        (0.998, "percent0", "99.8%"),
        (0.00123, "percent", "0.12%"),
        (0.000734, "points2", "0.07"),
        (-0.0732, "points", f"{MINUS}7.3"),
        (365.0, "days", "365"),
        (12.25, "days", "12.3"),
        (1.894, "ratio", "1.89"),
        (0.0499, "p", "0.050"),
        (0.00099, "p", "below 0.001"),
        (0.001, "p", "0.001"),
        (float("inf"), "ratio", "no limit"),
        (True, "yes_no", "yes"),
        (False, "yes_no", "no"),
        ("Care home", "text", "Care home"),
    ],
)
def test_a_value_is_shown_by_its_kind(value, kind, text):
    assert shown(value, kind) == text


@pytest.mark.parametrize(
    ("value", "kind", "text"),
    [
        (0.5, "count", "1"),
        (2.5, "count", "3"),
        (-2.5, "count", f"{MINUS}3"),
        (0.125, "ratio", "0.13"),
        (1.005, "ratio", "1.01"),  # just below 1.005 in binary
        (2.675, "ratio", "2.68"),  # just below 2.675 in binary
        (0.1235, "percent", "12.4%"),
        (-0.1235, "points", f"{MINUS}12.4"),
        (0.0005, "p", "below 0.001"),
    ],
)
def test_halves_are_rounded_away_from_zero_whatever_their_binary_form(value, kind, text):
    assert shown(value, kind) == text


@pytest.mark.slow
@given(st.integers(-10_000_000, 10_000_000))
def test_every_value_of_three_decimals_is_rounded_to_two_as_on_paper(thousandths):
    exact = Decimal(thousandths) / 1000
    on_paper = f"{abs(exact.quantize(Decimal('0.01'), ROUND_HALF_UP)):,}"
    sign = MINUS if thousandths < 0 and Decimal(on_paper.replace(",", "")) else ""
    assert shown(thousandths / 1000, "ratio") == f"{sign}{on_paper}"


@pytest.mark.parametrize("kind", SIGNED)
@pytest.mark.parametrize("value", [-0.0, -1e-15])
def test_no_minus_stands_before_a_zero(kind, value):
    text = shown(value, kind)
    if float(text.rstrip("%").replace(MINUS, "-")) == 0:
        assert text.lstrip(f"-{MINUS}") == text


@pytest.mark.parametrize("kind", SIGNED)
def test_a_negative_number_has_one_and_the_same_minus(kind):
    assert shown(-3.0, kind).startswith(MINUS)


@pytest.mark.parametrize("value", [1_234.5, 9_999.4, 9_999.7, 10_000.2, 1_234_567.8])
def test_a_plain_number_is_never_shown_with_an_exponent(value):
    assert "e" not in shown(value, "number")


@pytest.mark.parametrize("missing", [None, np.nan, pd.NA, pd.NaT])
@pytest.mark.parametrize("kind", [*NUMERIC, "p", "text", "yes_no"])
def test_a_missing_value_is_said_to_be_missing_and_is_never_zero(missing, kind):
    assert shown(missing, kind) == MISSING


def test_the_kind_is_declared_or_follows_from_the_name_or_the_type():
    words = {"unit": "days", "kinds": {"share": "percent"}}
    assert kind_of("share", pd.Series([1]), **words) == "percent"
    assert kind_of("value", pd.Series([1.0]), **words) == "days"
    assert kind_of("numerator", pd.Series([1.0]), **words) == "count"
    assert kind_of("year", pd.Series([2020]), **words) == "plain"
    assert kind_of("other", pd.Series([True]), **words) == "yes_no"
    assert kind_of("other", pd.Series([1]), **words) == "count"
    assert kind_of("other", pd.Series([1.5]), **words) == "number"
    assert kind_of("other", pd.Series(["x"]), **words) == "text"


@pytest.mark.parametrize("kind", sorted(set(formats.KINDS.values())))
def test_every_kind_that_a_column_has_by_its_name_can_be_shown(kind):
    assert shown(0.25, kind)


# ---- The control total --------------------------------------------------------------------------


def test_the_control_total_moves_when_a_number_moves_below_the_decimals_shown():
    frame = pd.DataFrame({"value": [0.155724, 0.234], "label": ["a", "b"]})
    moved = frame.assign(value=frame["value"] + [1e-6, 0])
    assert shown(moved["value"][0], "percent") == shown(frame["value"][0], "percent")
    assert control_total(moved) != control_total(frame)


@given(st.integers(1, 900), st.integers(0, 9))
def test_a_move_by_a_millionth_of_the_total_is_always_seen(total, place):
    values = [total / 10] * 10
    frame = pd.DataFrame({"value": values})
    values[place] += 2e-6 * total
    assert control_total(pd.DataFrame({"value": values})) != control_total(frame)


def test_two_moves_in_opposite_directions_of_opposite_signs_do_not_cancel():
    before = pd.DataFrame({"value": [-1.0, 1.0]})
    after = pd.DataFrame({"value": [-1.5, 1.5]})
    assert control_total(before) != control_total(after)


def test_text_missing_and_infinite_values_take_no_part_in_the_control_total():
    frame = pd.DataFrame({"a": [1.5, np.nan, np.inf], "b": ["7", "8", "9"]})
    assert control_total(frame) == control_total(pd.DataFrame({"a": [1.5]}))
    counts = pd.DataFrame({"a": pd.array([3, None], "Int64")})
    assert control_total(counts) == "a 3"


@given(st.permutations([0.1, 0.2, 0.3, 1e-9, 1e6, -5.0]))
def test_the_control_total_does_not_depend_on_the_order_of_rows(values):
    expected = control_total(pd.DataFrame({"a": sorted(values)}))
    assert control_total(pd.DataFrame({"a": values})) == expected
