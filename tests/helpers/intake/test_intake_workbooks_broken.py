"""Workbooks that are broken or meant to harm give text or a plain problem, and nothing else."""

import datetime as dt
import io
import struct
import zipfile

import pytest
import xlsxwriter
from hypothesis import given, settings
from hypothesis import strategies as st
from made_workbooks import FILES, make, read_written

from helpers.errors import InputError
from helpers.intake.workbook import read_workbook


def changed(path, part, old, new):
    """Change a part of an .xlsx file."""
    parts = {}
    with zipfile.ZipFile(path) as file:
        for name in file.namelist():
            parts[name] = file.read(name)
    assert old in parts[part]
    parts[part] = parts[part].replace(old, new)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, data in parts.items():
            file.writestr(name, data)


SHEET = "xl/worksheets/sheet1.xml"


def said_of(path):
    with pytest.raises(InputError) as error:
        read_workbook(path)
    return str(error.value)


def test_a_cell_far_below_and_beside_the_table_is_refused_before_memory_is_spent(tmp_path):
    path = make(tmp_path, {"a": [["Ref"], ["A1"]]})
    changed(path, SHEET, b'r="A2"', b'r="XFD2"')
    changed(path, SHEET, b'<row r="2"', b'<row r="1048576"')
    assert "reach to row 1,048,576 and column 16,384" in said_of(path)


def test_a_workbook_that_unpacks_beyond_the_limit_is_refused(tmp_path, monkeypatch):
    path = make(tmp_path, {"a": [["x" * 1000] * 100] * 100})
    monkeypatch.setattr("helpers.intake.workbook.UNPACKED", 100_000)
    assert "unpacks to" in said_of(path)


def test_no_entity_is_expanded(tmp_path):
    path = make(tmp_path, {"a": [["Ref"], ["A1"]]})
    bomb = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]><worksheet '
    changed(path, SHEET, b"<worksheet ", bomb)
    changed(path, SHEET, b"<v>0</v>", b"<v>&b;</v>")
    try:
        (raw,) = read_workbook(path)
    except InputError:
        return
    assert "aaaa" not in str(raw.grid.to_pydict())


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"Ref,Gender\nA1,F\n", "no workbook"),
        (b"PK\x03\x04nothing", "cannot be unpacked"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "damaged"),
    ],
)
def test_a_file_that_is_no_workbook_is_refused(tmp_path, data, words):
    path = tmp_path / "deaths.xlsx"
    path.write_bytes(data)
    assert words in said_of(path)


def test_a_text_document_in_the_same_wrapping_is_refused(tmp_path):
    path = tmp_path / "deaths.xlsx"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("word/document.xml", "<document/>")
    assert "no .xlsx workbook" in said_of(path)


def test_a_chain_of_sectors_that_runs_in_a_circle_is_refused(tmp_path):
    data = bytearray((FILES / "deaths_1900.xls").read_bytes())
    (table,) = struct.unpack_from("<I", data, 76)
    struct.pack_into("<I", data, (table + 1) * 512 + 4, 0)
    struct.pack_into("<I", data, (table + 1) * 512, 1)
    path = tmp_path / "deaths.xls"
    path.write_bytes(data)
    assert "damaged" in said_of(path)


def test_a_sheet_that_says_it_ends_before_it_begins_is_refused(tmp_path):
    """Found by changing bytes at random: calamine asked for 86 GB, and the whole process ended."""
    data = (FILES / "deaths_1900.xls").read_bytes()
    extent = struct.pack("<HHIIHH", 0x0200, 14, 0, 8, 0, 7)
    assert data.count(extent) == 1
    path = tmp_path / "deaths.xls"
    path.write_bytes(data.replace(extent, struct.pack("<HHIIHH", 0x0200, 14, 9, 8, 0, 7)))
    assert "damaged" in said_of(path)


def test_a_blank_cell_marked_as_an_error_takes_nothing_from_the_next(tmp_path):
    path = make(tmp_path, {"a": [[1, 2]]})
    changed(path, SHEET, b'<c r="A1"><v>1</v></c>', b'<c r="A1" t="e"/>')
    (raw,) = read_workbook(path)
    assert raw.grid.to_pydict() == {"0": [""], "1": ["2"]}


def test_cells_that_do_not_say_where_they_stand_are_read_in_order(tmp_path):
    """As some reporting programs write them; the prefix is that of one of them."""
    path = make(tmp_path, {"a": [["Ref", "Gender"], ["A1", "F"]]})
    for mark in (b"A1", b"B1", b"A2", b"B2"):
        changed(path, SHEET, b'<c r="' + mark + b'" t', b"<c t")
    (raw,) = read_workbook(path)
    assert raw.grid.to_pydict() == {"0": ["Ref", "A1"], "1": ["Gender", "F"]}


def outcome(data):
    """The kinds of the columns of a workbook, or the problems with it: never anything else."""
    try:
        raws = read_written(data)
    except InputError as error:
        return set(), error.problems
    return {str(kind) for raw in raws for kind in raw.grid.schema.types}, []


def whole(sheets=("2012-13",)):
    """The bytes of a workbook that has a bit of everything."""
    path = io.BytesIO()
    with xlsxwriter.Workbook(path, {"in_memory": True}) as book:
        for name in sheets:
            page = book.add_worksheet(name)
            page.write_row(0, 0, ["Ref", "Gender", 41000, True])
            page.write_datetime(
                1, 1, dt.datetime(2014, 3, 5), book.add_format({"num_format": "dd/mm/yyyy"})
            )
            page.merge_range(2, 0, 2, 2, "merged")
            page.set_row(1, None, None, {"hidden": True})
    return path.getvalue()


SOUND = {
    "deaths.xlsx": whole(),
    "deaths.xls": (FILES / "deaths_1900.xls").read_bytes(),
}


@settings(max_examples=200)
@given(st.sampled_from(sorted(SOUND)), st.data())
def test_a_workbook_with_bytes_changed_gives_text_or_a_plain_problem(name, data):
    """Wherever the damage is: no other error, no panic, and no grid of more than the limit."""
    made = bytearray(SOUND[name])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(made) - 1))
        made[at] = data.draw(st.integers(0, 255))
    if data.draw(st.booleans()):
        made = made[: data.draw(st.integers(0, len(made)))]
    kinds, problems = outcome(bytes(made))
    assert kinds <= {"large_string"}
    assert all(len(str(problem).splitlines()) == 1 for problem in problems)


@settings(max_examples=100)
@given(
    st.sampled_from([SHEET, "xl/workbook.xml", "xl/styles.xml", "xl/sharedStrings.xml"]), st.data()
)
def test_a_workbook_with_a_part_changed_gives_text_or_a_plain_problem(part, data):
    """The damage is inside a part, so the wrapping does not notice it."""
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(SOUND["deaths.xlsx"])) as old,
        zipfile.ZipFile(packed, "w") as new,
    ):
        for name in old.namelist():
            text = bytearray(old.read(name))
            if name == part:
                at = data.draw(st.integers(0, len(text) - 1))
                text[at : at + data.draw(st.integers(0, 5))] = data.draw(
                    st.binary(max_size=5)
                    | st.sampled_from([b"9", b'"', b"<", b"&x;", b"-1", b"1e9"])
                )
            new.writestr(name, bytes(text))
    kinds, _ = outcome(packed.getvalue())
    assert kinds <= {"large_string"}
