"""Files of deaths to counts: what is read and how, what is left behind, and what is refused."""

import subprocess
import sys
from datetime import date

import duckdb
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from counted_deaths import BANDS, COLUMNS, HEADERS, UK, counted, csv_bytes, fates

from helpers.errors import InputError
from helpers.intake import tally_engine, tally_files
from helpers.intake.tally import count
from helpers.intake.tally_rules import band_names, rising

ROW = ["1", "01/04/2012", "Trust", "40", "F", "free text", "U"]


def changed(**values):
    """Return the row with other values by position."""
    row = list(ROW)
    for place, value in values.items():
        row[int(place[1:])] = value
    return row


@pytest.fixture
def put(tmp_path):
    """Give a function that writes rows as a file."""

    def write(*rows, name="deaths.csv", **more):
        path = tmp_path / name
        path.write_bytes(csv_bytes(rows, **more))
        return path

    return write


def test_typed_columns_of_parquet_need_no_format(tmp_path):
    path = tmp_path / "deaths.parquet"
    days = [date(2012, 3, 31), date(2012, 4, 1), None, date(1850, 1, 1)]
    table = pa.table({"died": pa.array(days, pa.date32()), "age": [17, 18, 200, 5]})
    pq.write_table(table, path)
    for fmt in (None, UK):
        made = count(path, date="died", date_format=fmt, by=["age"], bands={"age": BANDS})
        assert made.to_dict("list") == {
            "year": [2011, 2012], "age": ["Under 18", "18 to 64"], "deaths": [1, 1],
        }  # fmt: skip
        assert fates(made) == {
            "no date of death recorded": 1, "date that no record can have": 1, "counted": 2,
        }  # fmt: skip
    stamped = path.with_name("stamped.parquet")
    times = pa.array([pd.Timestamp("2012-03-31 23:59")], pa.timestamp("us"))
    pq.write_table(pa.table({"died": times, "age": [1.0]}), stamped)
    made = count(stamped, date="died", by=["age"], bands={"age": BANDS})
    assert made["year"].tolist() == [2011]
    assert made["age"].tolist() == ["Under 18"]
    zoned = path.with_name("zoned.parquet")
    times = pa.array([pd.Timestamp("2012-03-31 23:59")], pa.timestamp("us", tz="UTC"))
    pq.write_table(pa.table({"died": times}), zoned)
    with pytest.raises(InputError, match="time zone"):
        count(zoned, date="died")


@pytest.mark.parametrize(
    ("fmt", "text", "year"),
    [
        ("%Y-%m-%d", "2012-03-31", 2011),
        ("%d-%b-%Y", "01-APR-2012", 2012),
        ("%d-%b-%y", "31-mar-12", 2011),
        ("%d %B %Y", "1 April 2012", 2012),
        ("%d/%m/%y", "01/04/68", 2068),
        ("%d/%m/%y", "01/04/69", 1969),
        ("%d/%m/%Y %H:%M", "31/03/2012 23:59", 2011),
        ("%m/%d/%Y", "04/01/2012", 2012),
        ("%Y%m%d", "20120401", 2012),
    ],
)
def test_a_date_is_read_in_the_declared_format_only(put, fmt, text, year):
    made = counted(put(changed(_1=text), changed(_1="04.05.06")), date_format=fmt)
    assert made["year"].tolist() == [year]
    assert fates(made)["date not in the declared format"] == 1


def test_years_begin_in_the_month_that_was_said(put):
    path = put(changed(_1="31/03/2012"), changed(_1="01/04/2012"))
    assert counted(path, year_start_month=1)["year"].tolist() == [2012]
    assert counted(path)["year"].tolist() == [2011, 2012]


def test_a_path_is_a_name_and_never_a_pattern_or_a_query(put, tmp_path):
    folder = tmp_path / "it's [d]*{a,b}? $1;"
    folder.mkdir()
    other = put(changed(_2="Other"))
    path = other.rename(folder / "deaths.csv")
    put(ROW)
    assert counted(path)["area"].tolist() == ["Other"]


def test_rows_out_of_coverage_and_younger_than_the_bands_are_out_of_scope(put):
    path = put(
        *(changed(_1=day) for day in ("31/03/2012", "01/04/2012", "31/03/2014", "01/04/2014")),
        changed(_3="17"),
    )
    whole = date(2012, 4, 1), date(2014, 3, 31)
    made = counted(path, coverage=whole, bands={"age_band": [18, 65]})
    told = {
        (one["fate"], one["reason"], one["year"]): one["rows"] for one in made.attrs["accounts"]
    }
    assert told == {
        ("out of scope", "before the days that the source covers", None): 1,
        ("out of scope", "after the days that the source covers", None): 1,
        ("out of scope", "younger than 18", None): 1,
        ("used", "counted", 2012): 1,
        ("used", "counted", 2013): 1,
    }
    part = date(2012, 4, 2), date(2014, 3, 31)
    made = counted(path, coverage=part, bands={"age_band": [18, 65]})
    assert made["year"].tolist() == [2013]
    nothing = counted(path, coverage=(date(1999, 4, 1), date(2000, 3, 31)))
    assert nothing.empty
    assert nothing.columns.tolist() == ["year", *COLUMNS, "deaths", "unexpected"]


def test_lines_that_end_in_two_ways_are_read(tmp_path):
    path = tmp_path / "deaths.csv"
    path.write_bytes(csv_bytes([ROW]) + csv_bytes([ROW, ROW], end="\r\n").partition(b"\r\n")[2])
    assert counted(path)["deaths"].tolist() == [3]


def test_line_ends_in_quotes_across_buffers_lose_no_row(put, monkeypatch):
    monkeypatch.setattr(tally_files, "BUFFER", 2_200_000)
    note = 'she said, "\n\n' * 40 + "\n01/04/2012,x,1,F,,U\n"
    path = put(*(changed(_5=note, _3=str(n % 100)) for n in range(9_000)))
    assert path.stat().st_size > 2 * 2_200_000
    assert counted(path)["deaths"].sum() == 9_000


def test_nothing_is_left_in_the_folder_and_the_file_is_as_it_was(put, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    path = put(ROW)
    path.chmod(0o444)
    before = path.read_bytes()
    counted(path)
    assert [one.name for one in tmp_path.iterdir()] == ["deaths.csv"]
    assert path.read_bytes() == before


def test_no_extension_is_loaded_and_the_memory_is_limited():
    with tally_files.database(ordered=False) as connection:
        for name, wanted in (
            ("autoinstall_known_extensions", "false"),
            ("autoload_known_extensions", "false"),
            ("temp_directory", ""),
        ):
            said = connection.execute(f"SELECT current_setting('{name}')").fetchone()[0]
            assert str("" if said is None else said).lower() == wanted
        limit = connection.execute("SELECT current_setting('memory_limit')").fetchone()[0]
        assert limit.startswith("366")


def test_the_engine_is_loaded_only_where_it_is_used():
    code = (
        "import sys, helpers; from helpers.intake import tally; assert 'duckdb' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


# ---- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (b"\n\nDate of death\n", "the first row is blank"),
        (csv_bytes([]), "a header and no rows"),
        (csv_bytes([], headers=HEADERS[:-1]), "column Category is not in the file"),
        (csv_bytes([[*ROW, "F"]], headers=[*HEADERS, "Sex"]), "column Sex is there twice"),
        (csv_bytes([ROW, [*ROW, "x"]]), "line 3: a row has 8 cells and the header has 7"),
        (csv_bytes([ROW, ROW[:3]]), "line 3: a row has 3 cells and the header has 7"),
        (csv_bytes([ROW]) + b'1,"01/04/2012,a,1,F,,U\n', "a quote is opened and never closed"),
        (csv_bytes([changed(_2="\xe9")], encoding="cp1252"), "not in the declared encoding utf-8"),
        (csv_bytes([ROW], encoding="utf-16"), "zero bytes"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_words(tmp_path, data, said):
    path = tmp_path / "deaths.csv"
    path.write_bytes(data)
    with pytest.raises(InputError, match=said) as caught:
        counted(path)
    assert "free text" not in str(caught.value)


def test_other_files_and_encodings_are_refused_in_words(put, tmp_path):
    with pytest.raises(InputError, match="the file is not there"):
        counted(tmp_path / "none.csv")
    with pytest.raises(InputError, match="the file is not there"):
        counted(tmp_path / "none.parquet")
    with pytest.raises(InputError, match="cannot be read as Parquet"):
        counted(put(ROW, name="deaths.parquet"))
    path = put(changed(_2="é"))
    with pytest.raises(InputError, match="is in UTF-8"):
        counted(path, encoding="cp1252")
    with pytest.raises(InputError, match="cannot be in encoding 'shift-jis'"):
        counted(path, encoding="shift-jis")
    path.write_bytes(csv_bytes([ROW], encoding="cp1252") + b"1,01/04/2012,\x81,40,F,,U\n")
    with pytest.raises(InputError, match="not in the declared encoding windows-1252"):
        counted(path, encoding="cp1252")
    nested = tmp_path / "nested.parquet"
    pq.write_table(pa.table({"died": ["01/04/2012"], "team": [["a", "b"]]}), nested)
    with pytest.raises(InputError, match="column team holds list"):
        count(nested, date="died", date_format=UK, by=["team"])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ({"date_format": None}, "holds text and no format is declared"),
        ({"date_format": "%d/%m"}, "does not say day, month and year"),
        ({"date_format": "%d/%m/%Y %d"}, "does not say day, month and year"),
        ({"date_format": "%x"}, "does not say day, month and year"),
        ({"bands": {"age": [1]}}, "age has bands or a map and is not counted by"),
        ({"maps": {"age_band": {}}}, "has bands and a map"),
        ({"bands": {"age_band": [18, 0]}}, "rising ages"),
        ({"bands": {"age_band": []}}, "rising ages"),
        ({"measures": {"sex": {}}}, "sex is the name of two columns"),
        ({"by": {"year": "Sex"}, "bands": {}}, "year is the name of two columns"),
        ({"measures": {}}, "names nothing to count"),
        ({"year_start_month": 13}, "is no month"),
        ({"by": {"a": "Age", "b": "Age"}, "bands": {"a": [0], "b": [1]}}, "in two ways"),
    ],
)
def test_what_cannot_be_counted_is_refused_in_words(put, asked, said):
    with pytest.raises(InputError, match=said):
        counted(put(ROW), **asked)


def test_values_that_are_not_mapped_stop_with_the_full_list_and_rows(put):
    rows = [ROW, changed(_4="Femail"), [], *[changed(_4="?")] * 7, changed(_3="old"), ROW]
    path = put(*rows)
    with pytest.raises(InputError) as caught:
        counted(path, maps={"sex": {"F": "Female", "M": "Male"}})
    assert [str(one) for one in caught.value.problems] == [
        "deaths.csv, column Age, row 12: 'old' is not a number (1 rows). Name the word under "
        "missing in case.yml, or ask for the extract again.",
        "deaths.csv, column Sex, row 5, 6, 7 and 4 more: '?' is not mapped (7 rows). "
        "Add it to maps.",
        "deaths.csv, column Sex, row 3: 'Femail' is not mapped (1 rows). Add it to maps.",
    ]
    made = counted(path, maps={"sex": {"F": "Female", "Femail": "Female"}}, missing=["?", "old"])
    assert made["sex"].tolist() == ["Female", "Not recorded", "Female"]


def test_a_column_that_identifies_people_is_never_counted_by(put, monkeypatch):
    path = put(*(changed(_0=str(number)) for number in range(2_001)))
    with pytest.raises(InputError, match="more than 2,000 different values"):
        counted(path, by={"person": "Hospital no"}, bands={})
    for module in (tally_files, tally_engine):
        monkeypatch.setattr(module, "GROUPS", 1_000)
    with pytest.raises(InputError, match="more than 1,000 different combinations"):
        counted(path, by={"person": "Hospital no"}, bands={})


def test_too_little_memory_is_refused_in_words(put, monkeypatch):
    path = put(*(changed(_0=f"{number:040d}") for number in range(60_000)))
    monkeypatch.setattr(tally_files, "MEMORY", "20MB")
    with pytest.raises(InputError, match="different combinations"):
        counted(path, by={"person": "Hospital no"}, bands={})


def test_where_threads_need_too_much_memory_one_reads_the_file(put, monkeypatch):
    """Seen at 60,000,000 rows of CSV: two threads ran so far apart that 384 MB did not suffice."""
    path = put(changed(), changed(_4="M"), changed())
    whole = counted(path)
    asked, opened = [], tally_engine.database

    def sparing(*, ordered, threads):
        asked.append(threads)
        if threads > 1:
            raise duckdb.OutOfMemoryException("no more")
        return opened(ordered=ordered, threads=threads)

    monkeypatch.setattr(tally_engine, "database", sparing)
    pd.testing.assert_frame_equal(counted(path), whole)
    assert asked == [tally_files.THREADS, 1]


def test_bands_have_names_and_an_order():
    assert band_names([0, 1, 18]) == ["Under 1", "1 to 17", "18 and over"]
    assert band_names([18, 19, 25]) == ["18", "19 to 24", "25 and over"]
    assert rising([0, 18])
    assert not rising([0, 0])
    assert not rising([-1])
    assert not rising([0.5])
