"""Deaths to counts: equal to pandas on whatever a file holds, every row accounted for."""

import csv
import io
import subprocess
import sys
import tempfile
from collections import Counter
from datetime import date
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

import helpers
from helpers.cohort import quality, strata
from helpers.errors import InputError
from helpers.intake import tally_engine, tally_files
from helpers.intake.tally import count
from helpers.intake.tally_rules import band_names, rising

UK = "%d/%m/%Y"
BANDS = [0, 18, 65]
HEADERS = ["Hospital no", "Date of death", 'Trust "A"; é', "Age", "Sex", "Notes", "Category"]
COLUMNS = {"area": 'Trust "A"; é', "age_band": "Age", "sex": "Sex"}


def csv_bytes(rows, *, headers=HEADERS, encoding="utf-8", end="\n", quoting=csv.QUOTE_MINIMAL):
    """Write rows as a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=quoting)
    writer.writerows([headers, *rows])
    return text.getvalue().encode(encoding)


def counted(path, **more):
    """Count the columns of these tests."""
    asked = {
        "date": "Date of death",
        "date_format": UK,
        "by": COLUMNS,
        "bands": {"age_band": BANDS},
        "measures": {"deaths": {}, "unexpected": {"Category": ["U", "unexpected"]}},
    }
    return count(path, **(asked | more))


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


def fates(frame):
    """Add up the accounts by reason."""
    told = Counter()
    for one in frame.attrs["accounts"]:
        told[one["reason"]] += one["rows"]
    return dict(told)


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


def test_bands_have_names_and_an_order():
    assert band_names([0, 1, 18]) == ["Under 1", "1 to 17", "18 and over"]
    assert band_names([18, 19, 25]) == ["18", "19 to 24", "25 and over"]
    assert rising([0, 18])
    assert not rising([0, 0])
    assert not rising([-1])
    assert not rising([0.5])


# ---- A case -------------------------------------------------------------------------------------

CASE = """\
case_version: 1
id: many
title: A made-up county
data_status: synthetic
summary: Rows made up for tests.
period: {start: 2012-04-01, end: 2014-03-31}
extract_date: 2014-09-30
year_start_month: 4
profiles: [internal]
dimensions: {area: Trust, sex: Sex, age_band: Age band}
sources:
  - id: deaths
    title: Deaths of two trusts
    publisher: Nobody
    file: deaths.csv
    licence: none
    encoding: utf-8
    layout: tally
    coverage: {start: 2011-04-01, end: 2014-03-31}
    dimensions:
      area: {from: Trust, map_file: trusts.csv}
      age_band: {from: Age, bands: [0, 18, 65], missing: [NK]}
      sex: {from: Sex, map: {F: Female, M: Male}, otherwise: quarantine}
    tally:
      date: {from: Died, format: '%d/%m/%Y', missing: [NR]}
      known: {Category: [Expected]}
      measures:
        deaths: {label: Deaths}
        unexpected: {label: Unexpected deaths, where: {Category: [Unexpected]}}
indicators:
  - id: unexpected_share
    label: Unexpected deaths
    numerator: unexpected
    denominator: deaths
    claim_type: process
    definition: Deaths categorised as unexpected.
    cannot_show: Whether a death could have been prevented.
    sentence: "{numerator} of {denominator} deaths were categorised as unexpected"
"""
SECRET = "lived with her sister at ZZ99 3ZZ"  # noqa: S105 - a text that must appear nowhere
DEATHS = f"""\
Number,Died,Trust,Age,Sex,Category,Notes
1,31/03/2012,T1,70,F,Unexpected,before the period
2,01/04/2012,T1,70,F,Unexpected,{SECRET}
3,02/04/2012,T1,71,F,Expected,
4,03/04/2012,T2,NK,M,,
5,01/04/2013,T2,17,{SECRET},Unexpected,
6,NR,T2,50,M,Expected,
7,2013-05-01,T2,50,M,Expected,

8,01/05/2013,T2,-1,M,Expected,
9,01/04/2014,T2,50,M,Expected,after the coverage
10,01/01/1900,T2,50,M,Expected,before the coverage
11,01/01/1850,T2,50,M,Expected,never
"""
TRUSTS = "raw_value,canonical_id\nT1,Northtown\nT2,Southtown\n"


@pytest.fixture
def many(tmp_path, monkeypatch):
    """Give the folder of the case, in force for the test."""
    folder = tmp_path / "data" / "many"
    folder.mkdir(parents=True)
    for name, text in (("case.yml", CASE), ("deaths.csv", DEATHS), ("trusts.csv", TRUSTS)):
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path))
    return folder


def test_a_case_with_a_tally_runs_and_every_row_is_accounted_for(many):
    run = helpers.start(case="many")
    counts = run.counts
    keys = ["year", "area", "age_band", "sex", "measure", "events"]
    assert counts[keys].to_numpy().tolist() == [
        [2012, "Northtown", "65 and over", "Female", "deaths", 2],
        [2012, "Southtown", "Not recorded", "Male", "deaths", 1],
        [2013, "Southtown", "Under 18", "Not recorded", "deaths", 1],
        [2012, "Northtown", "65 and over", "Female", "unexpected", 1],
        [2012, "Southtown", "Not recorded", "Male", "unexpected", 0],
        [2013, "Southtown", "Under 18", "Not recorded", "unexpected", 1],
    ]
    assert counts["source_id"].unique().tolist() == ["deaths"]
    assert run.accounts.to_dict("records") == [
        {
            "source_id": "deaths",
            "file": "deaths.csv",
            "rows_read": 11,
            "rows_used": 4,
            "rows_quarantined": 4,
            "rows_out_of_scope": 3,
        }
    ]
    told = quality.fates(run)
    assert told["numerator"].sum() == 11
    assert dict(zip(told["reason"], told["numerator"], strict=True)) == {
        "in the period": 4,
        "no date of death recorded": 1,
        "date not in the declared format": 1,
        "date that no record can have": 1,
        "age below 0": 1,
        "before the days that the source covers": 1,
        "after the days that the source covers": 1,
        "outside the period": 1,
    }
    assert run.extract.inputs["file"].tolist() == ["case.yml", "deaths.csv", "trusts.csv"]
    assert run.scope("counts").period == "1 April 2012 to 31 March 2014"


def test_flags_of_a_tally_name_rows_and_never_what_was_withheld(many):
    run = helpers.start(case="many")
    flags = run.extract.flags
    keys = ["code", "source_row", "column", "value"]
    assert flags[keys].to_numpy().tolist() == [
        ["X04", 5, "Age", "NK"],
        ["X04", 5, "Category", ""],
        ["X14", 6, "Sex", "(withheld)"],
        ["X04", 7, "Died", "NR"],
        ["X01", 8, "Died", "2013-05-01"],
        ["X19", 10, "Age", "-1"],
        ["X03", 13, "Died", "01/01/1850"],
    ]
    assert "(1 row)" in flags["reason"].iloc[0]
    everything = [*run.extract.tables.values(), flags, run.extract.measures]
    assert all("sister" not in frame.to_csv() for frame in everything)


def test_the_first_steps_of_the_first_notebook_work_on_a_tally(many):
    run = helpers.start(case="many", strata=["area"], funnel_indicator="unexpected_share")
    made = strata.ratios(run, by="year")
    assert made[["numerator", "denominator"]].to_numpy().tolist() == [[1, 3], [1, 1]]
    made = strata.ratios(run, by=["area"], indicators=["unexpected_share"])
    assert made[["numerator", "denominator"]].to_numpy().tolist() == [[1, 2], [1, 2]]


def test_years_of_the_measures_are_those_that_the_source_covers(many):
    path = many / "case.yml"
    said = "coverage: {start: 2011-04-01, end: 2014-03-31}"
    for days, years in (
        ("{start: 2011-04-01, end: 2014-03-31}", [2011, 2013]),
        ("{start: 2011-03-31, end: 2014-04-01}", [2011, 2013]),
        ("{start: 2011-04-02, end: 2014-03-30}", [2012, 2012]),
    ):
        path.write_text(CASE.replace(said, f"coverage: {days}"), encoding="utf-8")
        measures = helpers.start(case="many").extract.measures
        assert measures[["first_year", "last_year"]].to_numpy().tolist() == [years] * 2


def test_a_value_that_nobody_named_stops_the_run(many):
    path = many / "deaths.csv"
    text = DEATHS.replace("71,F,Expected", "71,F,Unexpectd").replace("70,F", "70 years,F")
    path.write_text(text.replace(",T1,71", ",T9,71"), encoding="utf-8")
    with pytest.raises(InputError) as caught:
        helpers.start(case="many")
    assert [str(one) for one in caught.value.problems] == [
        "deaths.csv, column Trust, row 4: 'T9' is not mapped (1 rows). Add it to trusts.csv.",
        "deaths.csv, column Age, row 2, 3: '70 years' is not a number (2 rows). Name the word "
        "under missing in case.yml, or ask for the extract again.",
        "deaths.csv, column Category, row 4: 'Unexpectd' is not known (1 rows). Name it where a "
        "measure asks for it, or under known, in case.yml.",
    ]


def test_text_about_a_person_is_withheld_where_there_is_no_map(many):
    path = many / "case.yml"
    rule = "map: {F: Female, M: Male}, otherwise: quarantine"
    path.write_text(CASE.replace(f", {rule}", ""), encoding="utf-8")
    run = helpers.start(case="many")
    assert sorted(run.counts["sex"].unique()) == ["F", "M", "Not recorded"]
    assert "X14" in run.extract.flags["code"].tolist()


def rewritten(many, change):
    """Change what case.yml says of the source."""
    raw = yaml.safe_load(CASE)
    change(raw, raw["sources"][0])
    (many / "case.yml").write_text(yaml.safe_dump(raw, allow_unicode=True), encoding="utf-8")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c, s: s.pop("tally"), "'tally' says what is counted"),
        (lambda c, s: s.update(layout="records"), "'tally' says what is counted"),
        (lambda c, s: s["dimensions"].update(ward={"from": "Ward"}), "ward is not a column"),
        (lambda c, s: s["dimensions"]["sex"].update(fold_case=True), "does not read fold_case"),
        (lambda c, s: s["dimensions"]["area"].update(bands=[1]), "more than one of map"),
        (lambda c, s: s["dimensions"]["age_band"].update(bands=[5, 1]), "rising ages"),
        (lambda c, s: s["dimensions"]["age_band"].update(bands=[150]), "less than or equal"),
        (lambda c, s: s["dimensions"]["sex"].update(otherwise="Other"), "quarantine only"),
        (lambda c, s: s.update(year="Died"), "does not read year"),
        (lambda c, s: s["tally"]["date"].update(also=["%Y"]), "the date of a tally has also"),
        (lambda c, s: s["tally"]["date"].update({"from": ["a", "b"]}), "more than one column"),
        (lambda c, s: s["tally"]["known"].update(Other=["x"]), "which no measure asks for"),
        (lambda c, s: s["tally"].update(measures={}), "at least 1"),
        (lambda c, s: s["tally"].update(delimiter="x"), "delimiter"),
        (lambda c, s: c.update(data_status="real", profiles=["open"]), "internal"),
        (lambda c, s: s["dimensions"]["area"].update(map_file="none.csv"), "not there"),
        (lambda c, s: s["tally"]["date"].pop("format"), "no format is declared"),
        (lambda c, s: c["indicators"][0].update(numerator="none"), "not a measure"),
    ],
)
def test_a_tally_that_cannot_be_read_as_declared_is_refused(many, change, said):
    rewritten(many, change)
    with pytest.raises(InputError, match=said):
        helpers.start(case="many")


def test_bands_are_for_a_tally(project):
    project.edit(
        "case.yml", "region: {from: region, map:", "region: {from: region, bands: [1], map:"
    )
    with pytest.raises(InputError, match="bands are for the layout tally"):
        helpers.start(case="small")
