"""The sheets that are written in less time are those of gptables, byte for byte."""

import io
import warnings
import zipfile
from datetime import UTC, datetime

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from helpers.pack.documents.written import number_columns, produce  # before gptables: it warns

from gptables import Cover, GPTable, gptheme, produce_workbook  # isort: skip

NOTES = pd.DataFrame({"Reference": ["precision"], "Note": ["Numbers are held in full."]})
COVER = Cover(title="Tables", intro=["Who made it"], about=["Each death is that of a person."])
OPTIONS = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
CONTENTS = {"title": "Contents", "instructions": "One table.", "column_names": ["Sheet", "Holds"]}


def table(frame, *, index, shapes=()):
    return GPTable(
        table=frame,
        table_name="t_rates",
        title="Deaths",
        instructions="One table.$$precision$$",
        legend=["What it shows: deaths."],
        source="Source: records",
        index_columns={2: 0} if index else {},
        additional_formatting=[
            {"column": {"columns": [name], "format": {"num_format": form}}} for name, form in shapes
        ],
    )


def members(book, held):
    book.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC)})
    book.close()
    archive = zipfile.ZipFile(held)
    return {name: archive.read(name) for name in archive.namelist()}


def both(frame, **said):
    """The files of a workbook as gptables makes it, and as it is made here."""
    given_, made = io.BytesIO(), io.BytesIO()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)
        warnings.simplefilter("ignore", DeprecationWarning)
        theirs = produce_workbook(
            given_, {"rates": table(frame, **said)}, theme=gptheme, cover=COVER,
            contentsheet_options=CONTENTS, notes_table=NOTES, notesheet_options={"title": "Notes"},
            auto_width=False, workbook_options=OPTIONS,
        )  # fmt: skip
        ours = produce(
            made, {"rates": table(frame, **said)}, theme=gptheme, cover=COVER, contents=CONTENTS,
            notes=NOTES, notesheet={"title": "Notes"}, options=OPTIONS,
        )  # fmt: skip
        return members(theirs, given_), members(ours, made)


WORDS = st.sampled_from(["Adult", "=SUM(A1)", "12", "over 65 [note 3]", "two\nlines", "true"])
NUMBERS = st.one_of(
    st.integers(-10_000, 10_000), st.floats(-1e6, 1e6, allow_nan=False), st.just("[x]")
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_a_workbook_is_that_of_gptables(data):
    rows = data.draw(st.integers(1, 4))
    columns = {
        f"Column {place} {data.draw(st.sampled_from(['', '[a b]']))}".strip(): [
            data.draw(kind) for _ in range(rows)
        ]
        for place, kind in enumerate(
            data.draw(st.lists(st.sampled_from([WORDS, NUMBERS]), min_size=1, max_size=4))
        )
    }
    last = list(columns)[-1]
    shapes = data.draw(st.sampled_from([(), ((last, "0.0%"),), ((last, "#,##0"),)]))
    frame = pd.DataFrame(columns, dtype="object")
    theirs, ours = both(frame, index=data.draw(st.booleans()), shapes=shapes)
    assert list(ours) == list(theirs)
    assert [name for name in ours if ours[name] != theirs[name]] == []


def test_a_link_in_a_cell_is_left_to_gptables():
    frame = pd.DataFrame({"Service": ["[Adult](https://example.org)"], "Deaths": [12]})
    theirs, ours = both(frame, index=True)
    assert ours == theirs
    assert any(b"example.org" in held for held in ours.values())


@pytest.mark.parametrize("cell", [" ", "-", "***"])
def test_the_rules_of_gptables_hold(cell):
    """A row of nothing, and a cell of marks alone, break its rules."""
    frame = pd.DataFrame({"Deaths": [cell]}, dtype="object")
    said = {"theme": gptheme, "cover": COVER, "contents": CONTENTS, "notes": NOTES}
    broken = {"rates": table(frame, index=False)}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with pytest.raises(ValueError, match=r"(?i)only (null|special)"):
            produce(io.BytesIO(), broken, notesheet={}, options=OPTIONS, **said)


def test_a_column_of_marks_for_no_value_holds_no_numbers():
    columns = {"Service": ["a", "b"], "Deaths": ["[x]", "[x]"], "Reported": [3, "[x]"]}
    assert number_columns(columns, index=[0]) == [False, False, True]
