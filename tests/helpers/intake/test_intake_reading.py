"""Files: read as they are, refused in one plain line, never written to."""

import hashlib

import pytest

from helpers import case as cases
from helpers.errors import InputError
from helpers.intake import ingest
from helpers.intake.reading import read_csv, sha256


def put(folder, content):
    path = folder / "deaths.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))
    return path


def refused(path, *, encoding="utf-8", needed=("a",)):
    with pytest.raises(InputError) as error:
        read_csv(path, encoding=encoding, needed=needed)
    (only,) = error.value.problems
    assert "deaths.csv" in only.where
    assert len(str(only).splitlines()) == 1
    return only


def test_nothing_is_converted_and_rows_are_numbered_as_a_spreadsheet_shows_them(tmp_path):
    frame = read_csv(
        put(tmp_path, "a,b\n007,NA\n,nan\n1e3,\n"), encoding="utf-8", needed=["a", "b"]
    )
    assert frame.to_dict("list") == {
        "source_row": [2, 3, 4],
        "a": ["007", "", "1e3"],
        "b": ["NA", "nan", ""],
    }


def test_a_byte_order_mark_is_no_part_of_the_first_header(tmp_path):
    path = put(tmp_path, "\N{ZERO WIDTH NO-BREAK SPACE}a\n1\n")
    assert list(read_csv(path, encoding="utf-8-sig", needed=["a"])) == ["source_row", "a"]


def test_a_missing_file_is_refused(tmp_path):
    assert "not there" in refused(tmp_path / "deaths.csv").what


def test_an_empty_file_is_refused(tmp_path):
    assert "empty" in refused(put(tmp_path, "")).what


def test_a_file_with_a_header_and_no_rows_is_refused(tmp_path):
    assert "no rows" in refused(put(tmp_path, "a,b\n")).what


def test_another_encoding_is_refused_and_the_declared_one_is_read(tmp_path):
    path = put(tmp_path, "a\nSiân\n".encode("windows-1252"))
    assert "not in the declared encoding utf-8" in refused(path).what
    assert read_csv(path, encoding="windows-1252", needed=["a"])["a"].tolist() == ["Siân"]


def test_a_place_named_for_a_wrong_encoding_is_a_place_in_the_file(tmp_path):
    """The letter is byte 4 of the file (from 0) and byte 2 of its cell: a reader opens the file."""
    path = put(tmp_path, "a\nSiân\n".encode("windows-1252"))
    assert "byte 2" not in refused(path).where


def test_an_encoding_that_does_not_exist_is_refused(tmp_path):
    assert "utf-9" in refused(put(tmp_path, "a\n1\n"), encoding="utf-9").what


def test_a_row_with_more_cells_than_the_header_is_refused(tmp_path):
    assert "more cells" in refused(put(tmp_path, "a,b\n1,2\n1,2,3\n")).what


def test_missing_columns_are_all_named_with_those_that_are_there(tmp_path):
    only = refused(put(tmp_path, "a,b\n1,2\n"), needed=["a", "died", "opened"])
    assert "died, opened" in only.what
    assert "a, b" in only.mend


def test_the_hash_is_that_of_the_bytes(tmp_path):
    path = put(tmp_path, b"a\r\n1\r\n")
    assert sha256(path) == hashlib.sha256(b"a\r\n1\r\n").hexdigest()


def test_reading_a_case_changes_none_of_its_files(project):
    before = project.tree()
    ingest(cases.load("small"))
    assert project.tree() == before


def test_the_hashes_of_the_shipped_case_are_those_of_its_files(run, coroners):
    for row in run.extract.inputs.itertuples():
        data = (coroners / row.file).read_bytes()
        assert (row.sha256, row.bytes) == (hashlib.sha256(data).hexdigest(), len(data))
    listed = set(run.extract.inputs["file"])
    assert listed == {path.name for path in coroners.iterdir() if path.suffix in {".csv", ".yml"}}
