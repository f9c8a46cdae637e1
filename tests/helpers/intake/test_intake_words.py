"""Words and maps: what is mapped is taken, what is missing is coded, the rest stops the run."""

import datetime as dt

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.errors import InputError
from helpers.intake.dated_maps import map_problems, mapped_by_date
from helpers.intake.flags import CODES
from helpers.intake.hits import HITS, distinct, hits, squeezed, together
from helpers.intake.words import COMMON, coded, without_missing

SEX = {"Male": "M", "Female": "F", "Not known": "NK"}


def series(*texts):
    return pd.Series(texts, dtype="str")


def listed(unmapped):
    return {value: list(at) for value, at in unmapped.items()}


# ---- Words --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("NK", ["unknown", "U/K", "n/k", "NK", "Not Known", "n / k", "  unknown  "]),
        ("NR", ["tbc", "TBA", "-", "?", ".", "not recorded", "Not  stated", "none recorded"]),
        ("NR", ["nr", "#N/A", "NULL", "#REF!"]),
        ("NA", ["n/a", "N/A", "not applicable"]),
        ("WH", ["withheld", "Refused", "declined to give"]),
    ],
)
def test_common_words_for_a_missing_value_have_their_code(code, words):
    values, met, unmapped = coded(series(*words), mapping={})
    assert values.unique().tolist() == [code]
    assert met["new_value"].unique().tolist() == [code]
    assert met["action"].unique().tolist() == ["no value"]
    assert unmapped == {}


def test_every_common_word_has_one_of_four_codes():
    assert set(COMMON.values()) == {"NR", "NK", "NA", "WH"}
    assert not {"none", "nil", "no", "0", "x", "other"} & set(COMMON)  # these may mean something


def test_odd_spaces_are_squeezed_and_the_rest_is_kept():
    text = series(" a\u00a0 b ", "c", "d\te\u200b", "", "Zoë")
    assert squeezed(text).tolist() == ["a b", "c", "d e", "", "Zoë"]


@given(st.lists(st.text("ab \t\u00a0é", max_size=4), max_size=12))
def test_distinct_values_put_back_are_the_column(texts):
    which, found = distinct(series(*texts))
    assert found.iloc[which].tolist() == [" ".join(text.split()) for text in texts]


def test_text_without_missing_words_is_missing_there():
    values, met = without_missing(series("Team  A", "", "N/A", "left"), missing={"Left": "NA"})
    assert values.isna().tolist() == [False, True, True, True]
    assert values.iloc[0] == "Team A"
    assert met["position"].tolist() == [2, 3]


# ---- Hits ---------------------------------------------------------------------------------------


def test_hits_have_the_columns_of_the_log_and_positions_of_the_column():
    found = hits("X04", pd.Series([True, False]).to_numpy(), index=pd.Index([8, 9]), values=["?"],
                 action="no value")  # fmt: skip
    assert list(found.columns) == HITS
    assert found["position"].tolist() == [8]
    assert set(found["code"]) <= set(CODES)
    empty = together()
    assert list(empty.columns) == HITS
    assert together(empty, found).equals(found)


# ---- Maps ---------------------------------------------------------------------------------------


def test_a_map_is_asked_without_capitals_and_spaces():
    values, met, unmapped = coded(series("male", " FEMALE ", "Fe male", ""), mapping=SEX)
    assert values.tolist() == ["M", "F", "F", "NR"]
    assert met.empty
    assert unmapped == {}


def test_the_map_goes_before_the_common_words():
    """not known is declared here, so it is no oddity; unknown is not."""
    values, met, _ = coded(series("not known", "unknown"), mapping=SEX)
    assert values.tolist() == ["NK", "NK"]
    assert met[["position", "value", "new_value", "reason"]].to_numpy().tolist() == [
        [1, "unknown", "NK", "not known"]
    ]


def test_everything_unmapped_is_listed_with_its_rows_and_nothing_is_guessed():
    values, met, unmapped = coded(series("Mail", "male", "X", " Mail"), mapping=SEX)
    assert values.tolist() == ["", "M", "", ""]
    assert listed(unmapped) == {"Mail": [0, 3], "X": [2]}
    assert met.empty


def test_a_column_without_a_map_keeps_its_text():
    values, met, unmapped = coded(series("A", "", "tbc"), blank="")
    assert values.tolist() == ["A", "", "NR"]
    assert met["position"].tolist() == [2]
    assert unmapped == {}


def test_a_map_with_two_meanings_for_one_word_is_refused():
    with pytest.raises(InputError, match="two meanings"):
        coded(series("m"), mapping={"M": "male", "m ": "mixed"})
    values, _, _ = coded(series("m"), mapping={"M": "male", "m": "male"})
    assert values.tolist() == ["male"]


@given(
    st.lists(st.sampled_from(["Male", "female", "", "tbc", "N/K", "what", "Ma le"]), max_size=20)
)
def test_each_row_is_mapped_coded_or_listed(texts):
    values, met, unmapped = coded(series(*texts), mapping=SEX)
    stopped = {at for positions in unmapped.values() for at in positions}
    assert {at for at, value in values.items() if value == ""} == stopped
    assert set(met["position"]) == {n for n, text in enumerate(texts) if text in ("tbc", "N/K")}


# ---- Dated maps ---------------------------------------------------------------------------------

NAMES = ["raw_value", "canonical_id", "valid_from", "valid_to"]
SERVICES = pd.DataFrame(
    [
        ["Ward 3", "ld", "", "2013-03-31"],
        ["ward 3", "adult_mh", "2013-04-01", "2014-12-31"],
        ["Team B", "older_mh", "2012-01-01", "2012-12-31"],
        ["Team B", "older_mh", "2014-01-01", ""],
        ["Team C", "camhs", "", ""],
    ],
    columns=NAMES,
)


def by_date(text, day, **rule):
    values, met, unmapped = mapped_by_date(
        series(text),
        dates=pd.Series(pd.to_datetime([day])),
        mapping=SERVICES,
        file="map.csv",
        **rule,
    )
    return values.iloc[0], *met[["code", "action"]].to_numpy().ravel(), *unmapped


@pytest.mark.parametrize(
    ("text", "day", "expected"),
    [
        ("Ward 3", "2013-03-31", ("ld",)),  # both days included
        ("WARD  3", "2013-04-01", ("adult_mh",)),
        (
            "Ward 3",
            "2015-01-01",
            ("", "Ward 3"),
        ),  # two meanings, none at this date: a person decides
        ("Team B", "2012-06-01", ("older_mh",)),
        ("Team B", "2013-06-01", ("older_mh", "X11", "read as")),  # never had another
        ("Team B", None, ("older_mh", "X11", "read as")),
        ("Team C", None, ("camhs",)),  # always valid: no date is needed
        ("Ward 3", None, ("NR", "X11", "no value")),
        ("", "2013-06-01", ("NR",)),
        ("tbc", "2013-06-01", ("NR", "X04", "no value")),
        ("Team D", "2013-06-01", ("", "Team D")),
        ("Team D", None, ("", "Team D")),
    ],
)
def test_a_dated_map_is_asked_at_the_date(text, day, expected):
    assert by_date(text, day) == expected


def test_every_fault_of_a_dated_map_is_named_by_row():
    rows = [
        ["Ward 3", "ld", "", "2013-03-31"],
        ["Ward 3", "adult_mh", "2013-03-31", ""],  # overlaps
        ["", "ld", "", ""],
        ["Ward 4", "ld", "2014-01-01", "2013-01-01"],
        ["Ward 5", "ld", "01/04/2013", ""],
    ]
    table = pd.DataFrame(rows, columns=NAMES)
    found = map_problems(table, file="map.csv")
    assert sorted(problem.where for problem in found) == [
        "map.csv, row 3", "map.csv, row 4", "map.csv, row 5", "map.csv, row 6"
    ]  # fmt: skip
    with pytest.raises(InputError, match="already has a meaning"):
        mapped_by_date(series("x"), dates=pd.Series([pd.NaT]), mapping=table, file="map.csv")
    assert map_problems(SERVICES, file="map.csv") == []


def one_by_one(text, day):
    """The same by going through the rows of the map."""
    rows = SERVICES[SERVICES["raw_value"].str.lower().eq(text.lower())]
    for row in rows.itertuples():
        start = dt.date.fromisoformat(row.valid_from or "0001-01-01")
        if start <= day <= dt.date.fromisoformat(row.valid_to or "9999-12-31"):
            return row.canonical_id
    ids = set(rows["canonical_id"])
    return ids.pop() if len(ids) == 1 else ""


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["Ward 3", "Team B", "Team C"]),
            st.dates(dt.date(2011, 1, 1), dt.date(2016, 1, 1)),
        ),
        min_size=1,
        max_size=20,
    )
)
def test_a_dated_map_gives_what_going_through_its_rows_gives(cells):
    text, days = series(*(name for name, _ in cells)), pd.to_datetime([day for _, day in cells])
    values, _, _ = mapped_by_date(text, dates=pd.Series(days), mapping=SERVICES, file="map.csv")
    assert values.tolist() == [one_by_one(*cell) for cell in cells]


def test_a_map_of_no_rows_maps_nothing():
    table = pd.DataFrame(columns=NAMES, dtype="str")
    days = pd.Series(pd.to_datetime(["2013-01-01"] * 2))
    rule = {"dates": days, "mapping": table, "file": "map.csv"}
    values, _, unmapped = mapped_by_date(series("x", ""), **rule)
    assert (values.tolist(), listed(unmapped)) == (["", "NR"], {"x": [0]})
