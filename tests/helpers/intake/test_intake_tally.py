"""Deaths to counts: equal to pandas on whatever a file holds, every row accounted for."""

import csv
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from counted_deaths import BANDS, COLUMNS, HEADERS, UK, counted, csv_bytes, fates
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.intake.tally_rules import band_names


def by_pandas(path, encoding="utf-8-sig", year_start_month=4):
    """Count the same in pandas, with the fates of the rows."""
    raw = pd.read_csv(path, dtype=str, keep_default_na=False, encoding=encoding)
    for column in raw:
        raw[column] = raw[column].str.replace(r"\s+", " ", regex=True).str.strip()
    day = pd.to_datetime(raw["Date of death"], format=UK, errors="coerce")
    fates = Counter()
    blank = raw["Date of death"].eq("")
    odd = day.notna() & ~day.dt.year.between(1900, 2100)
    fates["no date of death recorded"] = int(blank.sum())
    fates["date not in the declared format"] = int((day.isna() & ~blank).sum())
    fates["date that no record can have"] = int(odd.sum())
    kept = raw[day.notna() & ~odd]
    day = day[kept.index]
    age = pd.to_numeric(kept["Age"].where(kept["Age"].ne("")))
    fates["age below 0"] = int(age.lt(0).sum())
    fates["age of 120 and over"] = int(age.ge(120).sum())
    band = pd.cut(age, [*BANDS, 120], right=False, labels=band_names(BANDS)).astype(object)
    table = pd.DataFrame(
        {
            "year": day.dt.year - day.dt.month.lt(year_start_month),
            "area": kept['Trust "A"; é'].replace("", "Not recorded"),
            "age_band": band.where(age.notna(), "Not recorded"),
            "sex": kept["Sex"].replace("", "Not recorded"),
            "deaths": 1,
            "unexpected": kept["Category"].isin(["U", "unexpected"]).astype(int),
        }
    )[~(age.lt(0) | age.ge(120))]
    fates["counted"] = len(table)
    keys = ["year", *COLUMNS]
    made = table.groupby(keys)[["deaths", "unexpected"]].sum().reset_index()
    return made, {name: rows for name, rows in fates.items() if rows}, len(raw)


def compare(path, encoding="utf-8", pandas_encoding=None, **more):
    """Hold counts and accounts against those of pandas."""
    made = counted(path, encoding=encoding, **more)
    wanted, reasons, read = by_pandas(path, pandas_encoding or "utf-8-sig")
    accounts, made.attrs = fates(made), {}
    assert accounts == reasons
    assert sum(accounts.values()) == read
    pd.testing.assert_frame_equal(
        made.astype(object), wanted.astype(object), check_column_type=False
    )


DATES = st.one_of(
    st.dates(date(2010, 1, 1), date(2015, 12, 31)).map(lambda day: day.strftime(UK)),
    st.dates(date(2010, 1, 1), date(2015, 12, 31)).map(lambda d: f"{d.day}/{d.month}/{d.year}"),
    st.sampled_from(
        ["", " ", "31/02/2012", "2012-02-01", "unknown", "01/04/12", "12/25/2012", "01/01/1850"]
        + [" 01/04/2012 ", "\t31/03/2012", "1/04/2012", "01/04/2012 10:00", "01/04/02012", "NaT"]
    ),
)
AGES = st.one_of(
    st.integers(-2, 130).map(str),
    st.sampled_from(["", " 17 ", "018", "64.9", "65.0", "+5", "119.9", "120.0", "-0.5"]),
)
WORDS = st.one_of(
    st.sampled_from(
        ["", "a", "A", ' q"uote', "semi;colon", "comma, here", "two  spaces", "é", "'"]
    ),
    st.text(st.characters(codec="cp1252", exclude_categories=["C"]), max_size=8),
    st.sampled_from(["line\nbreak", "NULL", "NaN", "--", "$path", "c0", "x' OR 1=1 --", "{}"]),
)
ROWS = st.lists(
    st.tuples(
        st.just("9990000018"), DATES, WORDS, AGES, st.sampled_from(["F", "M", "", " F"]),
        WORDS, st.sampled_from(["U", "unexpected", "E", "", "u"]),
    ),
    min_size=1,
    max_size=30,
)  # fmt: skip


@settings(max_examples=25)
@given(
    rows=ROWS,
    mark=st.booleans(),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    blanks=st.booleans(),
)
def test_counts_are_those_of_pandas(rows, mark, end, quoting, blanks):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deaths.csv"
        data = csv_bytes(rows, end=end, quoting=quoting, encoding="utf-8-sig" if mark else "utf-8")
        path.write_bytes(data + end.encode() * 3 * blanks)
        compare(path)


@settings(max_examples=8)
@given(rows=ROWS, end=st.sampled_from(["\n", "\r\n"]))
def test_counts_of_windows_1252_are_those_of_pandas(rows, end):
    rows = [*rows, ("1", "01/05/2012", "£ – “quoted”", "70", "F", "œ", "U")]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "deaths.csv"
        path.write_bytes(csv_bytes(rows, end=end, encoding="cp1252"))
        compare(path, encoding="cp1252", pandas_encoding="cp1252")


@settings(max_examples=8)
@given(rows=ROWS)
def test_counts_of_parquet_are_those_of_the_same_rows_as_csv(rows):
    with tempfile.TemporaryDirectory() as folder:
        plain, packed = Path(folder) / "deaths.csv", Path(folder) / "deaths.parquet"
        plain.write_bytes(csv_bytes(rows, quoting=csv.QUOTE_ALL))
        columns = [[one or None for one in column] for column in zip(*rows, strict=True)]
        pq.write_table(pa.table([pa.array(c, pa.string()) for c in columns], HEADERS), packed)
        one, other = counted(plain), counted(packed)
        assert fates(one) == fates(other)
        pd.testing.assert_frame_equal(one, other)
