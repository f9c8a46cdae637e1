"""Any file at all gives a draft or a plain problem; never a traceback."""

import csv
import datetime as dt
import io
import tempfile
from pathlib import Path

import openpyxl
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.casefile import Case
from helpers.errors import InputError
from helpers.intake import guessing
from helpers.intake.drafting import draft
from helpers.intake.looking import look
from helpers.intake.opening_files import read_source
from helpers.sourcefile import Source
from helpers.undecided import DECIDE, undecided

TOLD = guessing.vocabulary()
KNOWN = sorted(
    {str(h) for t in TOLD["tables"].values() for names in t["fields"].values() for h in names}
    | {str(h) for names in TOLD["identity"].values() for h in names}
)
CELLS = st.one_of(
    st.none(),
    st.text(max_size=12),
    st.sampled_from(KNOWN),
    st.sampled_from(["25/03/2014", "05/03/2014", "2014-03-05", "41000", "Total", "N/K", DECIDE]),
    st.integers(-5, 70_000),
    st.dates(dt.date(1900, 3, 1), dt.date(2100, 1, 1)),
)
GRIDS = st.lists(st.lists(CELLS, max_size=6), max_size=8)
BASES = [
    ["NHS No", "DOD", "Service"],
    ["Ref", "Incident date", "Severity"],
    ["NHS_NUMBER", "REG_DATE_OF_DEATH", "REG_DATE"],
    ["Service", "Year", "Measure", "Value"],
]
EXTRA = st.one_of(st.sampled_from(KNOWN), st.text(min_size=1, max_size=12))


def table(title, headers, rows):
    """Put rows under headers, each as long as they are."""
    width = len(headers)
    return [*title, headers, *([*row, *[None] * width][:width] for row in rows)]


TABLE = st.builds(
    lambda title, base, extra, rows: table(title, [*base, *extra], rows),
    st.sampled_from([[], [["Deaths 2013"]], [["Deaths 2013"], []]]),
    st.sampled_from(BASES),
    st.lists(EXTRA, max_size=3),
    st.lists(st.lists(CELLS, min_size=3, max_size=7), min_size=1, max_size=6),
)


def check(path):
    """Draft a case, or refuse the file; what is drafted can be read as soon as it is decided."""
    try:
        looked = look(path, guessing.known_keys())
    except InputError:
        return
    made = draft("ours", [looked])
    raw = yaml.safe_load(made.text)
    lines = made.text.splitlines()
    open_ = {int(p.where.split("line ")[1].split(",")[0]) for p in undecided(Path("x"), made.text)}
    assert all(DECIDE in lines[line - 1] for line in open_)
    for item in raw["sources"]:
        if DECIDE in (item["table"], item["fields"], item.get("sheets", {}).get("read")):
            continue
        rules = [*item["fields"].values(), *item.get("milestones", {}).values()]
        if any(rule["from"] == DECIDE for rule in rules):
            continue
        for rule in rules:  # what a person decides has no part in which columns are found
            for name in ("also", "serials", "map"):
                rule.pop(name, None)
        days = {"start": dt.date(2011, 4, 1), "end": dt.date(2015, 3, 31)}
        plain = Source.model_validate(item | {"coverage": days})
        sheets = read_source(Case.model_construct(folder=path.parent), plain)
        seen = [one.sheet for one in looked.seen if one.sheet is not None]
        assert {len(sheet.frame) for sheet in sheets} <= {len(sheet.frame) for sheet in seen}


@pytest.mark.slow
@settings(max_examples=60)
@given(grid=st.one_of(GRIDS, TABLE), encoding=st.sampled_from(["utf-8", "cp1252", "utf-16"]))
def test_any_csv_gives_a_draft_or_a_plain_problem(grid, encoding):
    text = io.StringIO()
    csv.writer(text).writerows(grid)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.csv"
        path.write_bytes(text.getvalue().encode(encoding, "replace"))
        check(path)


@settings(max_examples=60)
@given(data=st.binary(max_size=300), ending=st.sampled_from(["csv", "xlsx", "xls", "parquet"]))
def test_any_bytes_give_a_draft_or_a_plain_problem(data, ending):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"any.{ending}"
        path.write_bytes(data)
        check(path)


def legal(grid):
    """Leave out what no cell of a workbook can hold."""
    return [
        ["".join(c for c in cell if c.isprintable()) if isinstance(cell, str) else cell
         for cell in row]
        for row in grid
    ]  # fmt: skip


@pytest.mark.slow
@settings(max_examples=40)
@given(
    grids=st.lists(st.one_of(GRIDS, TABLE), min_size=1, max_size=3),
    names=st.lists(st.text("abc()[]. #:-&'0", min_size=1, max_size=9), min_size=3, max_size=3),
    hidden=st.booleans(),
)
def test_any_workbook_gives_a_draft_or_a_plain_problem(grids, names, hidden):
    book = openpyxl.Workbook()
    for number, grid in enumerate(grids):
        title = f"{number}{''.join(c for c in names[number] if c not in '[]:')}".strip("'")
        sheet = book.active if not number else book.create_sheet()
        sheet.title = title
        for row in legal(grid):
            sheet.append(row)
        if hidden and number:
            sheet.sheet_state = "hidden"
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "any.xlsx"
        book.save(path)
        check(path)
