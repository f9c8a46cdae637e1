"""The definitions of the field as reviewed text, and every way in which a crosswalk is refused."""

from datetime import date

import pytest

from helpers.case import load
from helpers.chain import STEPS
from helpers.errors import InputError
from helpers.rules import definitions as rules
from helpers.tables import TABLES

HEAD = "version,trust_category,cause,mazars,note"
UNKNOWN = {"expected": "EN1|EN2|EU", "unexpected": "UN1|UN2|UU"}
CODES = {
    ("expected", "natural"): "EN1|EN2",
    ("expected", "unnatural"): "EU",
    ("unexpected", "natural"): "UN1|UN2",
    ("unexpected", "unnatural"): "UU",
}
ROWS = [
    f"1,{category},{cause},{CODES.get((category, cause), UNKNOWN.get(category, 'not mappable'))},"
    for category in rules.CATEGORIES
    for cause in rules.CAUSES
]


@pytest.fixture
def written(tmp_path):
    """Give a function that writes a crosswalk and returns where it stands."""

    def write(*lines, encoding="utf-8"):
        path = tmp_path / "walk.csv"
        path.write_text("\n".join([*lines, ""]), encoding=encoding, newline="\n")
        return path

    return write


def refused(path):
    """Problems for which a crosswalk is refused, each with a place in the file and a mend."""
    with pytest.raises(InputError) as error:
        rules.crosswalk(path)
    problems = error.value.problems
    assert all(problem.where.startswith("walk.csv") and problem.mend for problem in problems)
    assert all(len(str(problem).splitlines()) == 1 for problem in problems)
    return [(problem.what, problem.where) for problem in problems]


# ---- Denominators, definitions, changes ---------------------------------------------------------


def test_each_denominator_says_what_it_is_for_and_what_not():
    frame = rules.denominators()
    assert frame["id"].tolist() == [f"D{nth}" for nth in range(1, 10)]
    said = frame[["label", "counts", "legitimate_for", "not_for"]]
    assert said.ne("").all(axis=None)
    allowed = next(c.allowed for c in TABLES["exposure"].columns if c.name == "measure")
    named = {name for text in frame["step"] for name in text.split(";")} - {""}
    assert named <= {*allowed, *STEPS, "population"}


def test_each_definition_says_what_it_cannot_show_and_the_trusts_own_is_the_headline():
    frame = rules.unexpected()
    assert frame["id"].tolist() == [
        "trust", "trust_ever", "trust_7_days", "mazars", "mazars_or_unmappable", "referred",
        "inquest", "reported",
    ]  # fmt: skip
    assert frame.ne("").all(axis=None)
    assert frame["label"].is_unique


def test_national_changes_are_days_in_order_with_steps_of_the_chain_and_a_source():
    frame = rules.national_changes()
    assert frame["date"].tolist() == [
        date(2013, 3, 1), date(2015, 4, 1), date(2017, 4, 1), date(2020, 3, 1), date(2024, 9, 9),
    ]  # fmt: skip
    assert {step for steps in frame["steps"] for step in steps} <= set(STEPS)
    assert frame[["id", "note", "source"]].ne("").all(axis=None)
    assert frame["id"].is_unique


@pytest.mark.parametrize("table", [rules.denominators, rules.unexpected, rules.national_changes])
def test_what_a_caller_does_to_a_table_is_not_there_the_next_time(table):
    mine = table()
    mine["id"] = "spoilt"
    assert "spoilt" not in set(table()["id"])


# ---- A crosswalk that can be used ---------------------------------------------------------------


def test_a_crosswalk_has_a_row_for_every_pair_whatever_their_order(written):
    frame = rules.crosswalk(written(HEAD, *reversed(ROWS)))
    assert frame.columns.tolist() == rules.CROSSWALK_COLUMNS
    pairs = set(zip(frame["trust_category"], frame["cause"], strict=True))
    assert pairs == {(one, other) for one in rules.CATEGORIES for other in rules.CAUSES}
    assert len(frame) == 12


def test_columns_of_a_persons_own_and_the_mark_of_a_spreadsheet_do_no_harm(written):
    lines = [f"{HEAD},mine", *(f"{row},x" for row in ROWS)]
    assert len(rules.crosswalk(written(*lines, encoding="utf-8-sig"))) == 12


def test_the_shipped_crosswalk_calls_unexpected_what_the_trust_did_and_nothing_else():
    frame = rules.crosswalk(load("southern_health").path("mazars_crosswalk.csv"))
    sure = frame["mazars"].map(lambda text: set(text.split("|")) <= rules.UNEXPECTED)
    assert frame["trust_category"][sure].unique().tolist() == ["unexpected"]
    given = frame["trust_category"].isin(["expected", "unexpected"])
    assert (frame["mazars"].eq(rules.NOT_MAPPABLE) == ~given).all()


# ---- Refusals -----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", rules.CROSSWALK_COLUMNS)
def test_a_missing_column_is_named(written, name):
    found = refused(written(HEAD.replace(name, "other"), *ROWS))
    assert found == [(f"column {name} is missing", "walk.csv, row 1")]


@pytest.mark.parametrize(
    ("row", "column", "value"),
    [
        ("1,Expected,natural,EN1|EN2,", "trust_category", "Expected"),
        ("1,expected,accident,EN1|EN2,", "cause", "accident"),
        ("1,expected,natural,EN3,", "mazars", "EN3"),
        ("1,expected,natural,,", "mazars", ""),
        ("1,expected,natural,EN1|,", "mazars", "EN1|"),
        ("1,expected,natural,EN1 | EN2,", "mazars", "EN1 | EN2"),
        ("1,expected,natural,EN1|not mappable,", "mazars", "EN1|not mappable"),
    ],
)
def test_an_unknown_word_is_named_with_its_row(written, row, column, value):
    found = refused(written(HEAD, *ROWS[1:], row))
    assert found[0] == (f"{column} is {value!r}", "walk.csv, row 13")
    missing = [("the pair expected and natural is missing", "walk.csv, no row")]
    assert found[1:] == (missing if column != "mazars" else [])


def test_a_row_that_breaks_off_is_named(written):
    assert refused(written(HEAD, *ROWS[1:], "1,expected,natural")) == [
        ("mazars is ''", "walk.csv, row 13")
    ]


def test_a_missing_pair_is_named(written):
    assert refused(written(HEAD, *ROWS[:4], *ROWS[5:])) == [
        ("the pair unexpected and unnatural is missing", "walk.csv, no row")
    ]


def test_a_doubled_pair_is_named_with_its_rows_even_where_both_say_the_same(written):
    assert refused(written(HEAD, *ROWS, ROWS[4])) == [
        ("the pair unexpected and unnatural is there more than once", "walk.csv, rows 6, 14")
    ]


@pytest.mark.parametrize("version", ["2", ""])
def test_two_versions_are_refused_with_the_first_row_of_the_other(written, version):
    rows = [*ROWS[:7], version + ROWS[7][1:], *ROWS[8:]]
    found = refused(written(HEAD, *rows))
    assert found == [(f"version is {version!r}, and '1' in row 2", "walk.csv, row 9")]


def test_no_version_at_all_is_refused(written):
    ((what, where),) = refused(written(HEAD, *(row[1:] for row in ROWS)))
    assert (what, where) == ("version is '', and '' in row 2", "walk.csv, row 2")


def test_every_fault_is_named_and_not_only_the_first(written):
    rows = ["1,expected,natural,EN9,", *ROWS[2:], ROWS[3], "2" + ROWS[1][1:]]
    assert [where for _, where in refused(written(HEAD, *rows))] == [
        "walk.csv, row 2",
        "walk.csv, rows 4, 13",
        "walk.csv, row 14",
    ]


def test_a_header_alone_is_refused_for_every_pair(written):
    assert len(refused(written(HEAD))) == 12


@pytest.mark.parametrize("text", [b"", b"a,b\n1,2,3,4\n1\n1,2,3,4,5\n", "é".encode("utf-16")])
def test_what_is_no_csv_is_refused_in_words(tmp_path, text):
    path = tmp_path / "walk.csv"
    path.write_bytes(text)
    assert len(refused(path)) == 1
