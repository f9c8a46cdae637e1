"""CSV extracts of any size: encodings, titles, quoted line ends, uneven rows, and no traceback."""

import csv
import io

import numpy as np
import pandas as pd
import pytest
from declared import Folder, extract
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.errors import InputError
from helpers.intake.opening_files import read_source
from helpers.intake.reading import sha256


def read(folder, content, **changed):
    path = folder / "deaths.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    before = sha256(path)
    try:
        (sheet,) = read_source(Folder(folder), extract("deaths.csv", **changed))
    finally:
        assert sha256(path) == before
    return sheet


def refused(folder, content, **changed):
    with pytest.raises(InputError) as error:
        read(folder, content, **changed)
    return "\n".join(str(problem) for problem in error.value.problems)


PLAIN = "Ref,Gender,Notes\n007,F,\nA2,NA,nan\n"


def test_nothing_is_converted(tmp_path):
    sheet = read(tmp_path, PLAIN)
    assert sheet.name == ""
    assert sheet.frame.to_dict("list") == {
        "source_row": [2, 3],
        "Ref": ["007", "A2"],
        "Gender": ["F", "NA"],
        "Notes": ["", "nan"],
    }
    assert sheet.frame.dtypes.astype(str).tolist() == ["int64", "str", "str", "str"]


@pytest.mark.parametrize(
    ("declared", "content"),
    [
        ("utf-8", "Ref,Gender\nSiân ŷ,F\n".encode()),
        ("utf-8", "Ref,Gender\nSiân ŷ,F\n".encode("utf-8-sig")),
        ("utf-8-sig", "Ref,Gender\nSiân ŷ,F\n".encode("utf-8-sig")),
        ("utf-8-sig", "Ref,Gender\nSiân ŷ,F\n".encode()),
        ("windows-1252", "Ref,Gender\r\nSiân “x”,F\r\n".encode("windows-1252")),
    ],
)
def test_the_declared_encodings_are_read_with_and_without_a_mark(tmp_path, declared, content):
    ref = read(tmp_path, content, encoding=declared).frame["Ref"][0]
    assert ref in {"Siân ŷ", "Siân “x”"}


@pytest.mark.parametrize(
    ("declared", "content", "words"),
    [
        ("utf-8", "Ref,Gender\nA,F\nSiân,F\n".encode("windows-1252"), "row 3"),
        ("windows-1252", "Ref,Gender\nSiân,F\n".encode(), "is in UTF-8"),
        ("windows-1252", "Ref,Gender\nSi\x81n,F\n".encode("latin-1"), "row 2"),
        ("windows-1252", "Ref,Gender\nA,F\n".encode("utf-8-sig"), "mark of UTF-8"),
        ("utf-8", "Ref,Gender\nA,F\n".encode("utf-16"), "zero bytes"),
        ("utf-16", b"Ref,Gender\nA,F\n", "cannot be in encoding"),
        ("utf-9", b"Ref,Gender\nA,F\n", "cannot be in encoding"),
    ],
)
def test_another_encoding_is_refused_in_a_line(tmp_path, declared, content, words):
    assert words in refused(tmp_path, content, encoding=declared)


def test_a_wrong_encoding_far_down_is_refused_with_its_row(tmp_path):
    content = b"Ref,Gender\n" + b"A,F\n" * 2_000_000 + b"Si\xe2n,F\n"
    assert "row 2000002" in refused(tmp_path, content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "empty"),
        ("\n\n \n", "empty"),
        ("Ref,Gender\n", "no records"),
        ("Ref,Gender", "no records"),
        ("Ref,Gender\nA,\0F\n", "zero bytes"),
        ("nothing,of,this\n1,2,3\n", "no row among the first 40"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_in_a_line(tmp_path, content, words):
    assert words in refused(tmp_path, content)


def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path):
    for file in ("none.csv", "folder.csv", "none.xlsx", "none.parquet", "none.xls", "a.docx"):
        (tmp_path / "folder.csv").mkdir(exist_ok=True)
        with pytest.raises(InputError):
            read_source(Folder(tmp_path), extract(file))


def test_the_row_is_the_record_counted_from_the_top_of_the_file(tmp_path):
    """Titles, blank lines and headers count; a record with line ends in a cell counts once."""
    content = (
        'Deaths of patients\n\n"A note\nof two lines",\n"Ref",Gender,Notes\n'
        'A1,F,"one\r\ntwo\n\nthree"\n\nA2,M,\n  ,\t,\nA3,M,"say ""x"""\n\n'
    )
    sheet = read(tmp_path, content)
    assert sheet.facts["header_row"] == 4
    assert dict(zip(sheet.frame["source_row"], sheet.frame["Ref"], strict=True)) == {
        5: "A1",
        7: "A2",
        9: "A3",
    }
    assert sheet.frame["Notes"].tolist() == ["one\r\ntwo\n\nthree", "", 'say "x"']
    assert (sheet.facts["blank_rows"], sheet.facts["last_row"]) == (2, 9)


@pytest.mark.parametrize("mark", [";", "\t", "|"])
def test_other_separators_are_known_by_the_headers(tmp_path, mark):
    sheet = read(tmp_path, f"Deaths, by person\nRef{mark}Gender\nA,1{mark}F\n")
    assert sheet.frame.drop(columns="source_row").to_dict("list") == {
        "Ref": ["A,1"],
        "Gender": ["F"],
    }


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_kind_of_line_end_is_read(tmp_path, end):
    sheet = read(tmp_path, end.join(["title", "Ref,Gender", "A,F", "", "B,M"]))
    assert sheet.frame["source_row"].tolist() == [3, 5]


def test_uneven_rows_are_named(tmp_path):
    said = refused(tmp_path, "Ref,Gender,Notes\nA,F,\nB,F\nC,F,x,y\n\nD,F,\n")
    assert "2 rows have not the 3 cells of the others: row 3 (2 cells), 4 (4 cells)" in said


def test_a_short_total_at_the_foot_is_a_total(tmp_path):
    sheet = read(tmp_path, "Ref,Gender,Notes\nA,F,\nB,F,\nTotal,2\n")
    assert sheet.facts["total_rows"] == [4]
    assert (sheet.facts["rows_read"], sheet.facts["last_row"]) == (3, 4)


@pytest.mark.parametrize("content", ["Ref,Gender\nA,F,\nB,M,\n", "Ref,Gender,,\nA,F\nB,M\n"])
def test_separators_too_many_at_the_ends_of_lines_are_no_columns(tmp_path, content):
    assert read(tmp_path, content).frame.shape == (2, 3)


@pytest.mark.parametrize(
    "content",
    [
        'Ref,Gender\nA,F\nB,"M\n' + "C,F\n" * 40,
        'Ref,Gender\nA,F\nB,"M\n' + "C,F\n" * 20_000,
        'Ref,Gender\nA,F\nB,"M\n' + "C,F\n" * 3_000_000,
    ],
    ids=["few", "many", "very many"],
)
def test_a_quote_that_is_never_closed_swallows_no_rows_in_silence(tmp_path, content):
    assert "never closed" in refused(tmp_path, content)


@pytest.mark.parametrize("rows", [65_536, 1_048_576])
def test_a_number_of_rows_that_is_a_limit_of_a_program_is_a_fact(tmp_path, rows):
    whole = read(tmp_path, "Ref,Gender\n" + "A,F\n" * (rows - 1))
    assert f"{rows:,}" in whole.facts["truncated"]
    assert read(tmp_path, "Ref,Gender\n" + "A,F\n" * (rows - 2)).facts["truncated"] == ""


def test_a_total_far_down_costs_no_row(tmp_path):
    content = "Ref,Gender\n" + "".join(f"{n},F\n" for n in range(50_000)) + "Total,50000\n"
    sheet = read(tmp_path, content)
    assert sheet.frame["Ref"].tolist() == [str(n) for n in range(50_000)]
    assert (sheet.frame["source_row"].diff().iloc[1:] == 1).all()


def test_parquet_is_read_as_the_same_text(tmp_path):
    frame = pd.DataFrame(
        {
            "Ref": ["007", None, "C"],
            "Gender": pd.Categorical(["F", "M", None]),
            "Notes": [1.0, np.nan, 0.5],
            "Died": pd.to_datetime(["2012-04-05 00:00", None, "2012-04-06 13:45"]),
            "Age": pd.array([81, None, 0], dtype="Int64"),
            "Inpatient": [True, False, None],
        }
    )
    frame.to_parquet(tmp_path / "deaths.parquet")
    fields = {"date_of_death": {"from": "Died"}, "local_id": {"from": "Ref"}}
    fields |= {"sex": {"from": "Gender"}, "age": {"from": "Age"}}
    rule = extract("deaths.parquet", fields=fields, ignored={"Inpatient": "not needed"})
    (sheet,) = read_source(Folder(tmp_path), rule)
    assert sheet.frame.to_dict("list") == {
        "source_row": [1, 2, 3],
        "Ref": ["007", "", "C"],
        "Gender": ["F", "M", ""],
        "Notes": ["1", "", "0.5"],
        "Died": ["2012-04-05T00:00:00", "", "2012-04-06T13:45:00"],
        "Age": ["81", "", "0"],
        "Inpatient": ["TRUE", "FALSE", ""],
    }


# ---- Whatever the file holds --------------------------------------------------------------------

cells = st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=8)


@settings(max_examples=60)
@given(st.lists(st.tuples(cells, cells, cells), min_size=1, max_size=8))
def test_what_the_csv_module_of_python_writes_is_read_back(tmp_path_factory, rows):
    """Python's csv module is the independent witness: the same cells, in the same rows."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerows([("Ref", "Gender", "Notes"), *rows])
    if not any("".join(row).strip() for row in rows):
        assert "no records" in refused(tmp_path_factory.mktemp("csv"), text.getvalue())
        return
    sheet = read(tmp_path_factory.mktemp("csv"), text.getvalue())
    assert sheet.facts["header_row"] == 1
    for number, *got in sheet.frame.itertuples(index=False):
        assert tuple(got) == rows[number - 2]
    left_out = {*range(2, len(rows) + 2)} - {*sheet.frame["source_row"]}
    for number in left_out - {*sheet.facts["total_rows"]}:
        assert not "".join(rows[number - 2]).strip()


@settings(max_examples=150)
@given(
    st.binary(max_size=200),
    st.sampled_from(
        [b"", b"Ref,Gender,Notes\n", b"Ref;Gender\n", b"\xef\xbb\xbfRef,Gender\nA,F\n"]
    ),
    st.sampled_from([".csv", ".parquet", ".xlsx", ".xls"]),
    st.sampled_from(["utf-8", "utf-8-sig", "windows-1252"]),
)
def test_whatever_bytes_give_a_sheet_or_a_plain_problem(
    tmp_path_factory, data, start, ending, encoding
):
    path = tmp_path_factory.mktemp("bytes") / f"deaths{ending}"
    path.write_bytes(start + data)
    rows, problems = outcome(path, encoding)
    assert rows or problems
    assert all(len(str(problem).splitlines()) == 1 for problem in problems)


def outcome(path, encoding):
    """How many rows there are, or the problems: never anything else."""
    try:
        (sheet,) = read_source(Folder(path.parent), extract(path.name, encoding=encoding))
    except InputError as error:
        return 0, error.problems
    return len(sheet.frame), []
