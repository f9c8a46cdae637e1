"""Parameters: anything that is not understood, not possible or not used is refused by name."""

import contextlib
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nbformat import v4

from helpers import parameters
from helpers.errors import InputError
from helpers.parameters import Declared, check, declared, from_text, merge, unread


def refused(call, *arguments, **options):
    with pytest.raises(InputError) as error:
        call(*arguments, **options)
    for problem in error.value.problems:
        assert len(str(problem).splitlines()) == 1
        assert problem.mend
    return [problem.where for problem in error.value.problems], str(error.value)


def small_notebook(cell, *code, tags=("parameters",)):
    first = v4.new_code_cell(cell, metadata={"tags": list(tags)})
    return v4.new_notebook(cells=[first, *(v4.new_code_cell(source) for source in code)])


# ---- Values -------------------------------------------------------------------------------------


def test_values_come_back_with_their_types():
    raw = {
        "case": "coroners",
        "period_start": "2015-04-01",
        "period_end": date(2016, 3, 31),
        "level": 0.99,
        "strata": ["region", "area"],
        "seed": 7,
        "replicates": 200,
        "chart_indicator": "opened_share",
        "grain": "quarter",
        "rare_measure": "reports",
        "rare_stratum": "Service personnel",
        "baseline_periods": 12,
    }
    typed = check(raw)
    assert typed == raw | {"period_start": date(2015, 4, 1)}
    assert list(typed) == list(raw)


@pytest.mark.parametrize(
    ("misspelt", "meant"),
    [("perid_start", "period_start"), ("levle", "level"), ("Case", "case"), ("stratum", "strata")],
)
def test_a_misspelt_name_is_refused_and_the_right_one_suggested(misspelt, meant):
    where, text = refused(check, {misspelt: "x"})
    assert where == [f"parameter {misspelt}"]
    assert f"Did you mean {meant}?" in text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("level", "0.95"),
        ("level", 95),
        ("level", 1),
        ("level", 0.4),
        ("level", True),
        ("period_start", "2015-02-30"),
        ("period_start", "01/02/2015"),
        ("period_start", None),
        ("case", ""),
        ("case", "../coroners"),
        ("case", 7),
        ("strata", "region"),
        ("strata", ["Region; drop"]),
        ("seed", -1),
        ("seed", 1.5),
        ("seed", True),
        ("replicates", 49),
        ("replicates", 10_001),
        ("chart_indicator", "Opened share"),
        ("grain", "week"),
        ("grain", "Month"),
        ("grain", None),
        ("rare_measure", ""),
        ("rare_stratum", ""),
        ("rare_stratum", "x" * 81),
        ("rare_stratum", 7),
        ("baseline_periods", 1),
        ("baseline_periods", 121),
        ("baseline_periods", 12.0),
        ("baseline_periods", True),
    ],
)
def test_an_ill_typed_or_impossible_value_is_refused_with_what_to_give(name, value):
    where, text = refused(check, {name: value})
    assert where == [f"parameter {name}"]
    assert repr(value) in text


def test_every_problem_is_reported_and_not_only_the_first():
    where, _ = refused(check, {"levle": 0.9, "level": 2, "seed": "x", "case": "coroners"})
    assert where == ["parameter levle", "parameter level", "parameter seed"]


days = st.dates(date(1990, 1, 1), date(2030, 12, 31))


@given(days, days)
def test_a_period_is_taken_exactly_when_it_does_not_end_before_it_starts(first, last):
    values = {"period_start": first.isoformat(), "period_end": last.isoformat()}
    if first <= last:
        assert check(values) == {"period_start": first, "period_end": last}
    else:
        assert refused(check, values)[0] == ["parameter period_end"]


# ---- What is typed on the command line ----------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "pair"),
    [
        ("level=0.99", ("level", 0.99)),
        ("case=coroners", ("case", "coroners")),
        (" seed = 7", ("seed", 7)),
        ("strata=region,area", ("strata", ["region", "area"])),
        ("strata=[region, area]", ("strata", ["region", "area"])),
        ("strata=region", ("strata", ["region"])),
        ("strata=[]", ("strata", [])),
        ("period_start=2015-04-01", ("period_start", date(2015, 4, 1))),
        ("case=a=b", ("case", "a=b")),
        ("rare_stratum=Service personnel", ("rare_stratum", "Service personnel")),
    ],
)
def test_an_assignment_becomes_a_name_and_a_value(text, pair):
    assert from_text(text) == pair


@pytest.mark.parametrize("text", ["level", "", "=0.9", "level 0.9"])
def test_what_is_no_assignment_is_refused(text):
    assert refused(from_text, text)[0] == ["--set"]


@given(st.text(max_size=20))
def test_whatever_is_typed_is_a_level_between_a_half_and_one_or_is_refused(text):
    with contextlib.suppress(InputError):
        level = check(dict([from_text(f"level={text}")]))["level"]
        assert 0.5 <= level < 1


# ---- What a notebook declares -------------------------------------------------------------------


def test_a_notebook_declares_names_defaults_and_help_in_order():
    cell = 'case = "coroners"  # the case\nlevel = 0.9\nstrata = ["region"]  # break down by'
    assert declared(small_notebook(cell)) == {
        "case": Declared("coroners", "the case"),
        "level": Declared(0.9, ""),
        "strata": Declared(["region"], "break down by"),
    }


@pytest.mark.parametrize(
    "cell",
    [
        "level = 1 - 0.05",
        "level = chosen",
        "import os",
        "print(1)",
        "case, level = 'a', 0.9",
        "level: float = 0.9",
        "for level in [0.9]: pass",
    ],
)
def test_a_parameters_cell_holds_plain_literals_only(cell):
    _, text = refused(declared, small_notebook(cell))
    assert "plain literal" in text


def test_a_declared_name_or_default_that_cannot_be_is_refused():
    assert refused(declared, small_notebook("levle = 0.9"))[0] == ["parameter levle"]
    assert refused(declared, small_notebook("level = 95"))[0] == ["parameter level"]


@pytest.mark.parametrize("count", [0, 2])
def test_exactly_one_cell_is_tagged_parameters(count):
    tagged = {"tags": ["parameters"]}
    cells = [v4.new_code_cell("level = 0.9", metadata=tagged) for _ in range(count)]
    assert f"{count} cells" in refused(declared, v4.new_notebook(cells=cells))[1]


def test_a_parameter_that_a_later_cell_never_uses_is_named():
    cell = 'case = "coroners"\nlevel = 0.95\nseed = 1'
    used = "run = start(case=case, level=level, seed=seed)"
    assert unread(small_notebook(cell, used, "show(level, seed)")) == []
    assert unread(small_notebook(cell, used, "show(level)")) == ["seed"]
    assert unread(small_notebook(cell, used, "seed = 2\nshow(level)")) == ["seed"]
    assert unread(
        small_notebook(cell, "run = start(case=case, level=level)", "show(level, seed)")
    ) == ["seed"]
    assert unread(
        small_notebook(cell, "run = start(seed=seed, level=level)", "f(level, seed)")
    ) == ["case"]


def test_a_name_in_a_comment_or_a_string_is_not_a_use():
    cell = 'case = "coroners"\nlevel = 0.95'
    code = ("run = start(case=case, level=level)", "show('level')  # level")
    assert unread(small_notebook(cell, *code)) == ["level"]


# ---- Defaults and overrides ---------------------------------------------------------------------

CELL = 'case = "coroners"\nperiod_start = "2015-01-01"\nperiod_end = "2016-12-31"\nlevel = 0.95'
USED = (
    "run = start(case=case, period_start=period_start, period_end=period_end, level=level)",
    "show(level)",
)


def test_overrides_replace_defaults_and_dates_are_given_as_text():
    made = merge(
        small_notebook(CELL, *USED), overrides={"period_end": date(2015, 12, 31)}, where="here"
    )
    assert made == {
        "case": "coroners",
        "period_start": "2015-01-01",
        "period_end": "2015-12-31",
        "level": 0.95,
    }


def test_an_override_that_this_notebook_does_not_declare_is_left_to_the_others():
    assert "seed" not in merge(small_notebook(CELL, *USED), overrides={"seed": 1}, where="here")


def test_overrides_are_checked_together_with_the_defaults():
    where, _ = refused(
        merge, small_notebook(CELL, *USED), overrides={"period_end": "2014-01-01"}, where="here"
    )
    assert where == ["parameter period_end"]


def test_a_notebook_with_an_unread_parameter_is_refused_by_name():
    where, text = refused(merge, small_notebook(CELL, USED[0]), overrides={}, where="1_tiny")
    assert where == ["1_tiny"]
    assert "level" in text


def test_every_parameter_has_a_meaning_and_those_that_start_reads_exist():
    assert all(meaning for _, meaning in parameters.FIELDS.values())
    assert set(parameters.FIELDS) > parameters.START_READS
