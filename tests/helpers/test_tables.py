"""The canonical tables refuse what they do not allow, and say what each column is."""

import pandas as pd
import pytest

from helpers.tables import KINDS, TABLES, dictionary, validate


@pytest.fixture
def milestones(small):
    """Dated events of the small case."""
    return small.extract.tables["milestones"].copy()


def test_the_tables_of_a_case_are_as_they_should_be(small):
    for name, frame in small.extract.tables.items():
        assert validate(frame, name) == []


def test_a_missing_column_is_named(milestones):
    (problem,) = validate(milestones.drop(columns="date"), "milestones", where="reports.csv")
    assert "date" in problem.what
    assert problem.where == "reports.csv"


def test_a_column_besides_those_of_the_table_is_named(milestones):
    (problem,) = validate(milestones.assign(name="x"), "milestones")
    assert "name" in problem.what


def test_a_value_that_is_not_allowed_is_named_with_its_rows(milestones):
    milestones.loc[milestones["source_row"].eq(4), "milestone"] = "admitted"
    (problem,) = validate(milestones, "milestones", where="reports.csv")
    assert problem.where == "reports.csv, rows 4, 4, 4"
    assert "concluded" in problem.what


def test_a_required_value_that_is_missing_is_named(milestones):
    milestones.loc[0, "date"] = pd.NaT
    (problem,) = validate(milestones, "milestones")
    assert "1 values of date" in problem.what


def test_a_negative_count_is_named(small):
    counts = small.extract.tables["counts"].copy()
    counts.loc[0, "events"] = -1
    (problem,) = validate(counts, "counts")
    assert "events" in problem.what


def test_every_column_has_a_kind_and_a_meaning_and_stands_in_the_dictionary():
    text = dictionary()
    for table in TABLES.values():
        assert f"`{table.name}`" in text
        assert len(set(table.names)) == len(table.names)
        for column in table.columns:
            assert column.kind in KINDS
            assert column.meaning
            assert f"| `{column.name}` | {column.kind} |" in text


def test_every_table_made_from_a_source_names_source_and_row():
    for name in ("counts", "reports", "milestones"):
        assert {"source_id", "source_row"} <= set(TABLES[name].names)
