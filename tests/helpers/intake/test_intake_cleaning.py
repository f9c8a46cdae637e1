"""Text to values: nothing is guessed, nothing is swapped, and what is refused is named by row."""

from datetime import date, timedelta

import pandas as pd
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from helpers.errors import InputError
from helpers.intake import cleaning
from helpers.intake.flags import CODES, Log

FIRST, LAST = date(1990, 1, 1), date(2030, 12, 31)
EVERY_DAY = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]
BRITISH, AMERICAN, ISO = "%d/%m/%Y", "%m/%d/%Y", "%Y-%m-%d"


def rows_of(values):
    return pd.Series(range(2, len(values) + 2))


def read_dates(values, *, fmt=BRITISH, also=(), missing=(), log=None):
    return cleaning.dates(
        pd.Series(values, dtype="str"),
        rows=rows_of(values),
        fmt=fmt,
        also=also,
        missing=missing,
        source_id="s",
        file="deaths.csv",
        column="died",
        log=log or Log(),
    )


def read_counts(values):
    text = pd.Series(values, dtype="str")
    return cleaning.counts(text, rows=rows_of(values), file="deaths.csv", column="n")


def read_mapped(values, mapping, *, otherwise=None, log=None):
    return cleaning.mapped(
        pd.Series(values, dtype="str"),
        rows=rows_of(values),
        mapping=mapping,
        otherwise=otherwise,
        source_id="s",
        file="deaths.csv",
        column="place",
        log=log or Log(),
    )


def problem(refused):
    (only,) = refused.value.problems
    return only


# ---- Dates --------------------------------------------------------------------------------------


@pytest.mark.parametrize("fmt", [BRITISH, AMERICAN, ISO, "%d %B %Y", "%d-%b-%Y"])
def test_every_day_from_1990_to_2030_comes_back_from_its_declared_format(fmt):
    log = Log()
    read = read_dates([day.strftime(fmt) for day in EVERY_DAY], fmt=fmt, log=log)
    assert read.dt.date.tolist() == EVERY_DAY
    assert log.frame().empty


def test_no_day_from_1990_to_2030_is_ever_swapped_by_another_format():
    """What is written in American order under a British format is the British day, or refused,
    or, where the day is above 12, the American day with a flag: never a third reading."""
    clear = [day for day in EVERY_DAY if day.day > 12]
    log = Log()
    read = read_dates([day.strftime(AMERICAN) for day in clear], also=[AMERICAN], log=log)
    assert read.dt.date.tolist() == clear
    assert log.frame()["code"].eq("X01").all()
    assert len(log.frame()) == len(clear)


@settings(max_examples=40)
@given(st.sampled_from([day for day in EVERY_DAY if day.day <= 12]))
def test_an_ambiguous_date_in_another_format_is_refused_with_its_row(day):
    with pytest.raises(InputError) as refused:
        read_dates(["01/02/2003", day.strftime(ISO)], also=[ISO])
    assert problem(refused).where == "deaths.csv, column died, row 3"
    assert day.isoformat() in problem(refused).what


@settings(max_examples=40)
@given(st.sampled_from(EVERY_DAY))
def test_a_day_that_fits_the_declared_format_is_never_read_in_another_one(day):
    log = Log()
    read = read_dates([day.strftime(BRITISH)], also=[AMERICAN, ISO], log=log)
    assert read.iloc[0].date() == day
    assert log.frame().empty


def test_another_format_that_is_not_declared_is_refused():
    with pytest.raises(InputError):
        read_dates(["2013-05-25"])


@pytest.mark.parametrize(
    "text", ["31/02/2015", "29/02/2015", "00/01/2015", "32/01/2015", "1/13/2015", "NR", "2015", "?"]
)
def test_an_impossible_date_is_refused_with_file_column_and_row(text):
    with pytest.raises(InputError) as refused:
        read_dates(["01/01/2015", "", text])
    assert problem(refused).where == "deaths.csv, column died, row 4"
    assert repr(text) in problem(refused).what


def test_the_29th_of_february_is_read_in_leap_years_only():
    leap = [f"29/02/{year}" for year in (2000, 2012, 2024)]
    assert read_dates(leap).notna().all()
    with pytest.raises(InputError):
        read_dates(["29/02/1900"])


def test_missing_words_and_blanks_are_no_date_and_words_are_flagged():
    log = Log()
    read = read_dates(
        ["NR", "", " ", "not listed", "05/03/2019"], missing=["NR", "not listed"], log=log
    )
    assert read.isna().tolist() == [True, True, True, True, False]
    flags = log.frame()
    assert flags["code"].tolist() == ["X04", "X04"]
    assert flags["source_row"].tolist() == [2, 5]
    assert flags["value"].tolist() == ["NR", "not listed"]


def test_only_the_declared_words_mean_missing():
    with pytest.raises(InputError):
        read_dates(["nr"], missing=["NR"])


# ---- Counts -------------------------------------------------------------------------------------


@given(st.lists(st.one_of(st.none(), st.integers(0, 10**12)), min_size=1, max_size=20))
def test_whole_numbers_come_back_and_blanks_stay_missing(numbers):
    read = read_counts(["" if number is None else f" {number} " for number in numbers])
    assert [None if pd.isna(n) else int(n) for n in read] == numbers


@pytest.mark.parametrize(
    "text", ["-1", "1.5", "x", "1O", "1,234", "nan", "inf", "..", "0x10", "<5"]
)
def test_a_count_that_is_not_a_whole_number_is_refused_with_its_row(text):
    with pytest.raises(InputError) as refused:
        read_counts(["3", "", text, "4"])
    assert problem(refused).where == "deaths.csv, column n, row 4"
    assert repr(text) in problem(refused).what


def test_many_bad_counts_are_named_by_row_without_flooding_the_message():
    with pytest.raises(InputError) as refused:
        read_counts(["1", *["x"] * 40])
    assert problem(refused).where == "deaths.csv, column n, row 3, 4, 5, 6, 7 and 35 more"


# ---- Maps ---------------------------------------------------------------------------------------


def test_every_unmapped_value_is_refused_at_once_with_its_rows():
    with pytest.raises(InputError) as refused:
        read_mapped(["home", "moon", "sea", "moon", ""], {"home": "Home"})
    first, second = refused.value.problems
    assert first.what == "'moon' is not mapped (2 rows)"
    assert first.where == "deaths.csv, column place, row 3, 5"
    assert second.what == "'sea' is not mapped (1 rows)"
    assert second.where == "deaths.csv, column place, row 4"


def test_a_mapped_value_is_found_whatever_its_spaces_and_a_blank_stays_missing():
    read = read_mapped(["  care   home ", ""], {"care home": "Care home"})
    assert read.iloc[0] == "Care home"
    assert pd.isna(read.iloc[1])


@settings(max_examples=30)
@given(st.text(min_size=8).map(str.strip).filter(lambda text: len(text.split()) > 0))
def test_a_withheld_value_is_counted_and_never_repeated(text):
    assume("(withheld)" not in text)
    assume(text not in "X14 s place withheld (withheld)" + CODES["X14"])
    log = Log()
    read = read_mapped(["home", text], {"home": "Home"}, otherwise="quarantine", log=log)
    assert read.isna().tolist() == [False, True]
    (flag,) = log.frame().to_dict("records")
    assert flag["code"] == "X14"
    assert flag["source_row"] == 3
    assert all(text not in str(value) for value in flag.values())


# ---- Lists and kinds ----------------------------------------------------------------------------


def test_a_cell_of_several_values_keeps_each_once_in_order():
    cells = pd.Series(["b | a | b", "", " | ", "c"])
    read = cleaning.listed(cells, separator=r"\|")
    assert read.fillna("-").tolist() == ["b | a", "-", "-", "c"]


def test_values_of_a_list_are_converted_one_by_one_and_repeats_after_it_fall_together():
    kinds = {"x": "one", "y": "one", "z": "two"}
    read = cleaning.listed(
        pd.Series(["x | y | z"]), separator=r"\|", convert=lambda v: v.map(kinds)
    )
    assert read.tolist() == ["one | two"]


def test_the_first_pattern_found_decides_the_kind_whatever_the_capitals():
    patterns = [("ambulance", "Trust"), ("trust", "Trust"), ("^council", "Council")]
    values = pd.Series(["NORTH AMBULANCE", "A trust", "County Council", "Council of X", None])
    read = cleaning.matched(values, patterns=patterns, otherwise="Other")
    assert read.fillna("-").tolist() == ["Trust", "Trust", "Other", "Council", "-"]


# ---- The log ------------------------------------------------------------------------------------


def test_the_log_is_in_order_of_source_row_and_code_and_says_why():
    log = Log()
    common = {"column": "c", "action": "kept"}
    log.add("X10", source_id="b", rows=[3], values=["v"], **common)
    log.add("X04", source_id="a", rows=[9, 2], values=["", ""], **common)
    log.add("X06", source_id="a", rows=[2], values=["d"], reason="later before earlier", **common)
    log.add("X06", source_id="a", rows=[], values=[], **common)
    frame = log.frame()
    assert list(zip(frame["source_id"], frame["source_row"], frame["code"], strict=True)) == [
        ("a", 2, "X04"),
        ("a", 2, "X06"),
        ("a", 9, "X04"),
        ("b", 3, "X10"),
    ]
    assert frame["reason"].tolist() == [
        CODES["X04"],
        "later before earlier",
        CODES["X04"],
        CODES["X10"],
    ]
