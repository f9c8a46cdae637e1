"""Days as they were written, or none: never another day than somebody wrote."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl.utils.datetime import CALENDAR_MAC_1904, CALENDAR_WINDOWS_1900, to_excel

from helpers.errors import InputError
from helpers.intake.dates import read_dates
from helpers.intake.hits import HITS

BRITISH, AMERICAN, NAMED, ISO = "%d/%m/%Y", "%m/%d/%Y", "%d-%b-%Y", "%Y-%m-%d"
EXTRACT = dt.date(2015, 6, 30)


def read(*texts, fmt=BRITISH, **rule):
    return read_dates(pd.Series(texts, dtype="str"), fmt=fmt, **({"latest": EXTRACT} | rule))


def told(*texts, **rule):
    """Day, time, code and action of a single text; "unread" where the run must stop."""
    found = read(*texts, **rule)
    day = found.date.iloc[0]
    value = "" if pd.isna(day) else f"{day:%Y-%m-%d} {found.time.iloc[0]}".strip()
    hit = found.hits[found.hits["position"].eq(0)]
    return ("unread" if found.unread else value, *hit[["code", "action"]].to_numpy().ravel())


TAKEN = [  # declared formats, dates of the file itself: no question
    ("05/03/2014", {}, "2014-03-05"),
    ("5/3/2014", {}, "2014-03-05"),
    ("  05/03/2014 ", {}, "2014-03-05"),
    ("2014-03-05T00:00:00", {}, "2014-03-05"),
    ("2014-03-05T09:30:00", {}, "2014-03-05 09:30:00"),
    ("2014-03-05T09:30:00.500", {}, "2014-03-05 09:30:00"),
    ("05/03/2014 09:30", {}, "2014-03-05 09:30:00"),
    ("05/03/2014 00:00:00", {}, "2014-03-05"),
    ("05/03/2014 9:30 PM", {"fmt": "%d/%m/%Y %I:%M %p"}, "2014-03-05 21:30:00"),
    ("05/03/2014 12:05 AM", {"fmt": "%d/%m/%Y %I:%M %p"}, "2014-03-05 00:05:00"),
    ("03/05/2014", {"fmt": AMERICAN}, "2014-03-05"),
    ("2014-03-05", {"fmt": "%Y-%m-%d"}, "2014-03-05"),
    ("2014-03-05 09:30:00.000", {"fmt": "%Y-%m-%d %H:%M:%S"}, "2014-03-05 09:30:00"),
    ("05-MAR-2014", {"fmt": NAMED}, "2014-03-05"),
    ("5 September 2014", {"fmt": "%d %B %Y"}, "2014-09-05"),
    ("20140305", {"fmt": "%Y%m%d"}, "2014-03-05"),
    ("29/02/2012", {}, "2012-02-29"),
    ("05/03/14", {"fmt": "%d/%m/%y"}, "2014-03-05"),
    ("", {}, ""),
]


@pytest.mark.parametrize(("text", "rule", "expected"), TAKEN)
def test_what_was_declared_is_taken_without_a_flag(text, rule, expected):
    assert told(text, **rule) == (expected,)


READ_AS = [
    ("2014-03-05", {}, "2014-03-05", "X01"),  # ISO cannot be mistaken
    ("2014-03-05 10:00:00", {}, "2014-03-05 10:00:00", "X01"),
    ("05-Mar-2014", {"also": [NAMED]}, "2014-03-05", "X01"),
    ("04/13/2014", {"also": [AMERICAN]}, "2014-04-13", "X01"),
    ("41000", {"date_mode": "1900"}, "2012-04-01", "X02"),
    ("39538", {"date_mode": "1904"}, "2012-04-01", "X02"),
    ("41000", {"serials": "1900"}, "2012-04-01", "X02"),
    ("41000", {"serials": "1904", "date_mode": "1900"}, "2012-04-01", "X02"),  # the file knows
    ("41000.5", {"date_mode": "1900"}, "2012-04-01 12:00:00", "X02"),
    ("3000", {"date_mode": "1900", "birth": True}, "1908-03-18", "X02"),
    ("2014-06-01T10:00:00Z", {}, "2014-06-01 11:00:00", "X05"),  # summer time in London
    ("2014-06-01T10:00:00+01:00", {}, "2014-06-01 10:00:00", "X05"),
    ("2014-05-31T23:00:00Z", {}, "2014-06-01", "X05"),
    ("2014-01-01T10:00:00-0500", {}, "2014-01-01 15:00:00", "X05"),
    ("05/03/2014", {"fmt": "%d/%m/%Y %H:%M"}, "2014-03-05", "X05"),
    ("05/03/2014 10:00", {"fmt": "%d/%m/%Y %I:%M %p"}, "2014-03-05", "X05"),
]


@pytest.mark.parametrize(("text", "rule", "expected", "code"), READ_AS)
def test_what_cannot_be_mistaken_is_read_with_a_flag(text, rule, expected, code):
    assert told(text, **rule) == (expected, code, "read as")


NO_VALUE = [
    ("04/13/2014", {}, "X01"),  # month/day, not declared
    ("31/02/2014", {}, "X01"),
    ("05/03/14", {}, "X01"),
    ("05-Mar-2014", {}, "X01"),
    ("05.03.2014", {}, "X01"),
    ("3rd April 2013", {}, "X01"),
    ("Monday, 3 April 2013", {}, "X01"),
    ("April 3, 2013", {}, "X01"),
    ("Apr-13", {}, "X01"),
    ("04/2013", {}, "X01"),
    ("2013", {}, "X01"),
    ("20130403", {}, "X01"),
    ("03042013", {}, "X01"),
    ("2014-02-30T00:00:00", {}, "X01"),
    ("05/03/54", {"fmt": "%d/%m/%y", "birth": True}, "X01"),  # 1954 or 2054
    ("05/03/16", {"fmt": "%d/%m/%y"}, "X01"),  # after the extract: not 2016
    ("05/03/14", {"fmt": "%d/%m/%y", "latest": None}, "X01"),
    ("03/04/2013", {"fmt": NAMED, "also": [BRITISH, AMERICAN]}, "X01"),  # two readings
    ("41000", {}, "X02"),  # counted from 1900 or from 1904?
    ("01/01/1900", {}, "X03"),
    ("1900-01-01T00:00:00", {}, "X03"),
    ("1 January 1900", {}, "X03"),
    ("31/12/9999", {}, "X03"),
    ("9999-12-31T00:00:00", {}, "X03"),
    ("11/11/1111", {}, "X03"),
    ("11-11-1111", {}, "X03"),
    ("31/12/1899", {}, "X03"),
    ("01/01/2101", {}, "X03"),
    ("00/00/0000", {}, "X03"),
    ("0", {"date_mode": "1900"}, "X03"),
    ("1", {"date_mode": "1900"}, "X03"),
    ("2958465", {"date_mode": "1900"}, "X03"),  # 31 December 9999
    ("00:00:00", {}, "X03"),  # an empty day shown as a time
    ("1904-01-01T00:00:00", {"date_mode": "1904"}, "X03"),
    ("unknown", {}, "X04"),
    ("N/K", {}, "X04"),
    ("tbc", {}, "X04"),
    ("-", {}, "X04"),
    ("?", {}, "X04"),
    ("not given", {"missing": {"Not  given": "NR"}}, "X04"),
]


@pytest.mark.parametrize(("text", "rule", "code"), NO_VALUE)
def test_what_may_be_another_day_or_is_none_becomes_no_value_with_a_flag(text, rule, code):
    assert told(text, **rule) == ("", code, "no value")


UNREAD = [
    "last Tuesday",
    "see notes",
    "19999",
    "60001",
    "2014-03-05T25:61:00",
    "10:30:00",
    "130413",
]


@pytest.mark.parametrize("text", UNREAD)
def test_what_is_no_date_stops_the_run(text):
    assert told(text) == ("unread",)


def test_everything_that_is_no_date_is_listed_with_its_rows():
    found = read("last Tuesday", "05/03/2014", "see notes", "last Tuesday", "tbc")
    assert {text: list(at) for text, at in found.unread.items()} == {
        "last Tuesday": [0, 3],
        "see notes": [2],
    }


def test_the_declared_format_goes_before_others():
    """03/04 is 3 April where day/month is declared, whatever else may be met."""
    assert told("03/04/2014", also=[AMERICAN]) == ("2014-04-03",)
    assert told("03/04/2014", fmt=AMERICAN, also=[BRITISH]) == ("2014-03-04",)


# ---- Columns ------------------------------------------------------------------------------------


def test_midnight_is_no_time_where_other_rows_have_times():
    found = read("2014-03-05T09:30:00", "2014-03-06T00:00:00", "07/03/2014")
    assert found.time.tolist() == ["09:30:00", "", ""]
    hits = found.hits[["code", "position", "value", "new_value", "action"]].to_numpy().tolist()
    assert hits == [["X05", 1, "2014-03-06T00:00:00", "2014-03-06", "read as"]]


def test_midnight_is_no_question_where_no_row_has_a_time():
    assert read("2014-03-05T00:00:00", "06/03/2014 00:00").hits.empty


def test_a_date_in_the_other_order_puts_those_in_doubt_that_could_be_exchanged():
    column = ["03/04/2014", "04/13/2014", "25/12/2014", "05/05/2014", "2014-03-04", "03/04/2014"]
    found = read(*column)
    assert {text: list(at) for text, at in found.ambiguous.items()} == {"03/04/2014": [0, 5]}
    assert found.date.dt.strftime("%d %b").tolist()[0] == "03 Apr"  # kept as declared
    assert found.hits["position"].tolist() == [1, 4]  # no flag for a row that may well be clean


def test_iso_is_in_doubt_too_where_somebody_wrote_the_year_the_day_and_the_month():
    assert list(read("2014-04-03", "2014-13-04").ambiguous) == ["2014-04-03"]


def test_nothing_is_in_doubt_where_every_text_fits_the_declared_order():
    assert read("03/04/2014", "25/12/2014", "31/02/2014").ambiguous == {}


def test_a_date_of_birth_is_in_no_flag_and_in_no_message():
    texts = ["04/13/1954", "1954-04-13", "21000", "born in May", "unknown", "01/01/1900"]
    found = read(*texts, birth=True, date_mode="1900")
    shown = found.hits[["value", "new_value"]].to_numpy().ravel().tolist()
    assert shown[:6] == ["99/99/9999", "", "9999-99-99", "(withheld)", "99999", "(withheld)"]
    assert shown[6:] == ["unknown", "NK", "01/01/1900", ""]  # nobody's date of birth
    assert list(found.unread) == ["aaaa aa aaa"]


def test_the_index_is_kept_and_gives_the_positions():
    text = pd.Series(["tbc", "05/03/2014"], index=[7, 9], dtype="str")
    found = read_dates(text, fmt=BRITISH)
    assert list(found.date.index) == list(found.time.index) == [7, 9]
    assert found.hits["position"].tolist() == [7]
    assert found.date.dtype == "datetime64[s]"
    assert list(found.hits.columns) == HITS


def test_an_empty_column_is_an_empty_column():
    found = read()
    assert len(found.date) == len(found.time) == len(found.hits) == 0
    assert read("", "").date.isna().all()


@pytest.mark.parametrize("fmt", ["%d/%m", "%j/%Y", "%H:%M", "%d/%m/%Y %H.%M", "%d/%m/%Y %Y"])
def test_a_format_that_does_not_give_a_day_is_refused(fmt):
    with pytest.raises(InputError, match="case.yml"):
        read("05/03/2014", fmt=fmt)


# ---- Laws ---------------------------------------------------------------------------------------

days = st.dates(dt.date(1900, 1, 2), dt.date(2100, 12, 31))
SHAPES = [
    BRITISH, AMERICAN, NAMED, ISO, "%d/%m/%y", "%m/%d/%y", "%y/%m/%d", "%Y/%m/%d", "%d.%m.%Y",
    "%d %B %Y", "%B %d, %Y", "%A, %d %B %Y", "%Y%m%d", "%d%m%Y", "%m-%d-%Y", "%d %b %y", "%b-%y",
    "%m/%Y", "%Y", "%Y-%d-%m", "%Y-%m-%dT%H:%M:%S", "%Y-%m-%d 00:00:00", "%d/%m/%Y %H:%M",
]  # fmt: skip
DECLARED = [BRITISH, AMERICAN, NAMED, "%d/%m/%y", "%Y-%m-%d", "%Y-%d-%m", "%d%m%Y", "%d %B %Y"]


def fits(text, fmt):
    """Whether Python itself reads a text in a format."""
    try:
        dt.datetime.strptime(text, fmt)  # noqa: DTZ007
    except ValueError:
        return False
    return True


@given(
    days,
    st.sampled_from(SHAPES),
    st.sampled_from(DECLARED),
    st.lists(st.sampled_from(DECLARED), max_size=2),
    st.sampled_from(["", "1900", "1904"]),
    st.booleans(),
)
def test_a_day_is_read_as_itself_or_not_at_all(day, shape, fmt, also, mode, birth):
    """Only a text that is a date by declaration, or in ISO, may be another day than was meant."""
    text = day.strftime(shape)
    found = read(
        text, fmt=fmt, also=also, date_mode=mode, birth=birth, latest=dt.date(2100, 12, 31)
    )
    value = found.date.iloc[0]
    if pd.isna(value):
        assert len(found.hits) == 1 or found.unread
        return
    # %y says of an event that it was in this century: 1 January 1915 cannot be written with it.
    others = [form for form in (fmt, *also, ISO) if form != shape or "%y" in form]
    day_text = text.split(" 00:00")[0]  # a time of day may follow any declared day
    by_declaration = [form for form in others if fits(day_text, form)]
    assert value.date() == day or by_declaration
    if shape not in (fmt, "%Y-%m-%dT%H:%M:%S", "%d/%m/%Y %H:%M") and not fits(day_text, fmt):
        assert len(found.hits) == 1


@given(st.dates(dt.date(1900, 1, 2), dt.date(2099, 12, 31)), st.sampled_from(DECLARED))
def test_a_day_written_as_declared_is_read_as_that_day(day, fmt):
    found = read(day.strftime(fmt), fmt=fmt, latest=day)
    if "%y" in fmt and day.year < 2000:
        assert found.date.isna().all()
    else:
        assert found.date.iloc[0].date() == day
        assert found.hits.empty


@given(st.dates(dt.date(1955, 1, 1), dt.date(2060, 1, 1)), st.booleans())
def test_day_numbers_are_those_of_the_spreadsheet(day, mac):
    calendar = CALENDAR_MAC_1904 if mac else CALENDAR_WINDOWS_1900
    number = int(to_excel(day, calendar))
    if 20_000 <= number <= 60_000:
        found = read(str(number), date_mode="1904" if mac else "1900")
        assert found.date.iloc[0].date() == day
        assert found.hits["code"].tolist() == ["X02"]


def test_the_two_ways_of_counting_are_1462_days_apart():
    later, earlier = read("41000", date_mode="1904"), read("41000", date_mode="1900")
    assert (later.date - earlier.date).dt.days.tolist() == [1462]
    assert earlier.date.iloc[0] == pd.Timestamp("2012-04-01")


@given(st.lists(st.text(max_size=12), max_size=6), st.booleans())
def test_no_text_breaks_it_and_every_row_is_accounted_for(texts, birth):
    """Each row has a day, or a flag, or stops the run, or is blank."""
    found = read(*texts, birth=birth, date_mode="1900")
    stopped = {at for positions in found.unread.values() for at in positions}
    flagged = set(found.hits["position"])
    for position, text in enumerate(texts):
        blank = not "".join(text.replace("\u200b", "").split())
        odd = blank or position in stopped | flagged or pd.notna(found.date[position])
        assert odd or not text.strip("\u200b\u200c\u200d\u2060\ufeff \t\n\r\x0b\x0c")


@pytest.mark.slow
@given(st.datetimes(dt.datetime(1996, 1, 1), dt.datetime(2030, 1, 1)), st.integers(-12, 14))
def test_a_time_zone_is_read_as_the_clock_in_london(moment, hours):
    """Against Python's own time zones."""
    from zoneinfo import ZoneInfo

    aware = moment.replace(microsecond=0, tzinfo=dt.timezone(dt.timedelta(hours=hours)))
    local = aware.astimezone(ZoneInfo("Europe/London"))
    found = read(aware.isoformat())
    assert found.date.iloc[0].date() == local.date()
    midnight = f"{local:%H:%M:%S}" == "00:00:00"
    assert found.time.iloc[0] == ("" if midnight else f"{local:%H:%M:%S}")
    assert found.hits["code"].tolist() == ["X05"]


def test_rows_of_one_text_are_read_alike():
    texts = np.array(
        ["05/03/2014", "41000", "tbc", "04/13/2014", "2014-03-05T08:00:00"], dtype=object
    )
    many = pd.Series(texts[np.arange(10_000) % 5], dtype="str")
    once, often = read(*texts, date_mode="1900"), read_dates(many, fmt=BRITISH, date_mode="1900")
    assert often.date.iloc[:5].equals(once.date)
    assert len(often.hits) == 2_000 * len(once.hits)
