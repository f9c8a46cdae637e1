"""Files of contacts and referrals: what is read and how, limits of memory, and what is refused."""

from datetime import date

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from counted_contacts import BANDS, UK, contacts, csv_bytes, fates, referrals

from helpers.errors import InputError
from helpers.intake import contacts_engine, contacts_files
from helpers.intake.contacts import denominators

# ---- Files --------------------------------------------------------------------------------------


ROW = ["1", "01/05/2012", "30/06/2012", "01/01/1950", "T1", "F", "free text"]


def changed(**values):
    """Return the row with other values by position."""
    row = list(ROW)
    for place, value in values.items():
        row[int(place[1:])] = value
    return row


@pytest.fixture
def put(tmp_path):
    """Give a function that writes rows as a file."""

    def write(*rows, **more):
        path = tmp_path / "contacts.csv"
        path.write_bytes(csv_bytes(rows, **more))
        return path

    return write


def test_days_of_parquet_need_no_format_and_numbers_are_people(tmp_path):
    path = tmp_path / "contacts.parquet"
    table = {
        "who": [7, 7, 8, None, 9],
        "on": pa.array([date(2012, 5, 1), date(2012, 5, 31), date(2012, 5, 2), date(2012, 5, 2),
                        date(1850, 1, 1)], pa.date32()),
        "born": pa.array([date(1994, 5, 2)] * 2 + [None] * 3, pa.date32()),
    }  # fmt: skip
    pq.write_table(pa.table(table), path)
    made = denominators(path, person="who", date="on", born="born", bands=BANDS)
    assert made.astype({"age_band": "str"}).to_dict("list") == {
        "month": [pd.Timestamp(2012, 5, 1)] * 2,
        "age_band": ["Under 18", "Not recorded"],
        "people": [1, 1],
        "contacts": [2, 1],
    }
    assert fates(made)["no person recorded"] == 1
    assert fates(made)["date that no record can have"] == 1


def test_a_time_of_day_is_cut_off_and_day_first_is_never_guessed(put):
    path = put(changed(_1="01/02/2013 23:59"), changed(_1="28/02/2013 00:00"), changed(_1="13/02"))
    made = contacts(path, date_format="%d/%m/%Y %H:%M", born_format=UK)
    assert made[["people", "contacts"]].to_numpy().tolist() == [[1, 2]]
    assert made["month"].tolist() == [pd.Timestamp(2013, 2, 1)]
    assert fates(made)["date not in the declared format"] == 1


def test_an_age_of_the_row_is_that_of_a_contact(put):
    rows = [changed(_3=age) for age in ("17", " 018 ", "64.9", "65", "", "-1", "120")]
    made = contacts(put(*rows), born=None, age="Born", by=())
    assert dict(zip(made["age_band"], made["contacts"], strict=True)) == {
        "Under 18": 1, "18 to 64": 2, "65 and over": 1, "Not recorded": 1,
    }  # fmt: skip
    assert fates(made)["age below 0, or of 120 and over"] == 2
    made = contacts(put(*rows), born=None, age="Born", by=(), bands=[18, 65])
    assert fates(made)["younger than every band"] == 1
    with pytest.raises(InputError, match="'about 40' is not a number"):
        contacts(put(changed(_3="about 40")), born=None, age="Born")


def test_months_in_which_a_person_is_younger_than_every_band_do_not_count(put):
    path = put(changed(_3="15/05/1994"))  # 18 on 15 May: counts from June on
    made = referrals(path, bands=[18, 65], by=())
    assert made["month"].tolist() == [pd.Timestamp(2012, 6, 1)]
    made = referrals(put(changed(_3="15/05/1999")), bands=[18, 65], by=())
    assert made.empty
    assert fates(made) == {"younger than every band": 1}


def test_a_month_that_is_covered_in_part_is_left_out(put):
    rows = [changed(_1=day) for day in ("10/04/2012", "01/05/2012", "30/06/2012", "01/07/2012")]
    made = contacts(put(*rows), coverage=(date(2012, 4, 2), date(2012, 7, 30)), by=())
    assert made["month"].tolist() == [pd.Timestamp(2012, 5, 1), pd.Timestamp(2012, 6, 1)]
    assert fates(made)["in a month that the source covers in part"] == 2
    made = referrals(put(ROW), coverage=(date(2012, 5, 15), date(2012, 6, 30)), by=())
    assert made[["person_days", "on_first_day", "began", "ended"]].to_numpy().tolist() == [
        [30, 1, 0, 1]
    ]


# ---- Limits -------------------------------------------------------------------------------------


def test_more_than_memory_holds_goes_to_disk_and_is_gone_afterwards(tmp_path, monkeypatch):
    """The database may hold 36 MB; 390,000 people with their names do not fit."""
    rows = 400_000
    table = {
        "who": [f"SYNTHETIC {number % 390_000:030d}" for number in range(rows)],
        "on": pa.array([date(2012, 5, 1 + number % 31) for number in range(rows)], pa.date32()),
    }
    path, spill = tmp_path / "contacts.parquet", tmp_path / "spill"
    pq.write_table(pa.table(table), path)
    spill.mkdir()
    seen = []
    monkeypatch.setattr(contacts_files, "SHARE", 0.06)
    original = contacts_engine._examples

    def looked(*arguments):
        seen.extend(spill.rglob("*"))
        return original(*arguments)

    monkeypatch.setattr(contacts_engine, "_examples", looked)
    table["who"][0] = ""
    pq.write_table(pa.table(table), path)
    made = denominators(
        path, person="who", date="on", memory_limit="600MB", threads=1, folder=spill
    )
    assert made[["people", "contacts"]].to_numpy().tolist() == [[390_000, rows - 1]]
    assert seen
    assert list(spill.iterdir()) == []
    monkeypatch.setattr(contacts_files, "SHARE", 0.001)
    with pytest.raises(InputError, match="cannot be counted within 600MB"):
        denominators(path, person="who", date="on", memory_limit="600MB", folder=spill)
    assert list(spill.iterdir()) == []


@pytest.mark.parametrize("limit", ["2", "", "100MB", "2TB", "-2GB"])
def test_a_limit_of_memory_is_an_amount_that_can_do(put, limit):
    with pytest.raises(InputError, match="memory_limit"):
        contacts(put(ROW), memory_limit=limit)


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"start": "From"}, "date or start"),
        ({"date": None}, "date or start"),
        ({"date": None, "start": "From"}, "start without end"),
        ({"end": "To"}, "date with end"),
        ({"age": "Sex"}, "born and age"),
        ({"date": None, "start": "From", "end": "To", "coverage": None}, "coverage"),
        ({"coverage": (date(2012, 4, 2), date(2012, 5, 30))}, "hold no whole month"),
        ({"bands": [18, 0]}, "bands"),
        ({"bands": []}, "bands"),
        ({"maps": {"age": {}}}, "maps of age"),
        ({"by": {"people": "Sex"}}, "by people"),
        ({"by": ["Nobody"]}, "column Nobody is not in the file"),
        ({"date_format": None, "born_format": UK}, "no format is declared"),
        ({"date_format": "%d/%m"}, "does not say day, month and year"),
        ({"born_format": "%d/%m/%y"}, "two digits"),
        ({"year_start_month": 0}, "year_start_month"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_words(put, asked, said):
    with pytest.raises(InputError, match=said):
        contacts(put(ROW), **asked)


def test_a_file_that_cannot_be_read_is_refused_with_its_line(put, tmp_path):
    with pytest.raises(InputError, match="line 3: a row has 8 cells and the header has 7"):
        contacts(put(ROW, [*ROW, "x"]))
    with pytest.raises(InputError, match="a header and no rows"):
        contacts(put())
    with pytest.raises(InputError, match="the file is not there"):
        contacts(tmp_path / "none.parquet")


def test_values_that_are_not_mapped_stop_with_their_rows(put):
    path = put(ROW, changed(_5="Femail"), *[changed(_5="?")] * 4)
    with pytest.raises(InputError) as caught:
        contacts(path, maps={"sex": {"F": "Female"}})
    assert [str(one) for one in caught.value.problems] == [
        "contacts.csv, column Sex, row 4, 5, 6 and 1 more: '?' is not mapped (4 rows). "
        "Add it to maps.",
        "contacts.csv, column Sex, row 3: 'Femail' is not mapped (1 rows). Add it to maps.",
    ]
