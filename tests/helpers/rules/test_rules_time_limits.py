"""Time limits as data: the table of the suite or of a case, and the rule in force."""

import pandas as pd
import pytest
from limits_in_force import events, status

from helpers.chain import STEPS
from helpers.errors import InputError
from helpers.rules._limits_table import COLUMNS
from helpers.rules.time_limits import rules_in_force, status_of, time_limits
from helpers.tables import TABLES

# Every row of the table of rules that the suite was designed from.
DESIGNED = [
    "SI10-STEIS", "SI10-G0", "SI10-G1", "SI10-G2", "SI10-IND", "SI13", "SI15-STEIS", "SI15-72H",
    "SI15-60", "SI15-60-COVID", "SI15-IND", "SI15-CLOSE", "PSIRF", "LFPSE", "SH-IMA", "SH-PANEL",
    "DOC-CONTRACT", "DOC-REG20", "CQC-16/17", "COR-NOTIFY", "COR-INQUEST", "PFD", "LFD-NQB",
    "QA-27", "CRT", "LEDER", "ME", "REG",
]  # fmt: skip
RULES = time_limits().set_index("id")


def rule_of(day, family, *, column="rule_id", **options):
    """What is in force for one event on a day."""
    provider = {word: options.pop(word, None) for word in ("psirf_go_live", "lfpse_go_live")}
    return rules_in_force(events(day, **provider), family, **options)[column].iloc[0]


def changed(rule, **values):
    """The shipped table with one rule changed."""
    table = time_limits()
    for column, value in values.items():
        table.loc[table["id"].eq(rule), column] = value
    return table


# ---- The table ----------------------------------------------------------------------------------


def test_every_rule_that_was_designed_is_there_with_a_source():
    assert set(DESIGNED) <= set(RULES.index)
    assert RULES.index.is_unique
    assert RULES[["family", "label", "source"]].ne("").all(axis=None)


@pytest.mark.parametrize(
    ("rule", "limit", "unit", "says"),
    [
        ("SI10-STEIS", 2, "working days", "second-hand"),
        ("SI10-G0", 3, "working days", "second-hand"),
        ("SI10-G1", 45, "working days", "assumption"),
        ("SI10-G2", 60, "working days", "second-hand"),
        ("SI10-IND", 26, "weeks", "second-hand"),
        ("SI15-STEIS", 2, "working days", "assumption"),
        ("SI15-72H", 72, "hours", "assumption"),
        ("SI15-60", 60, "working days", "sourced"),
        ("SI15-IND", 6, "months", "assumption"),
        ("SI15-CLOSE", 20, "calendar days", "assumption"),
        ("SH-IMA", 48, "hours", "assumption"),
        ("DOC-CONTRACT", 10, "working days", "sourced"),
        ("COR-INQUEST", 6, "months", "assumption"),
        ("PFD", 56, "calendar days", "sourced"),
        ("LEDER", 6, "months", "sourced"),
        ("REG", 5, "calendar days", "sourced"),
    ],
)
def test_the_limits_are_those_of_the_documents(rule, limit, unit, says):
    row = RULES.loc[rule]
    assert (row["limit"], row["unit"], row["status"]) == (limit, unit, says)
    assert row["limit_status"] == "in force"


def test_the_words_are_those_of_the_canonical_tables_and_of_the_chain():
    allowed = next(c.allowed for c in TABLES["milestones"].columns if c.name == "milestone")
    named = {name for text in RULES["clock_start"] + ";" + RULES["clock_stop"]
             for name in text.split(";")} - {""}  # fmt: skip
    assert named <= set(allowed)
    assert set(RULES["applies_to"]) <= {"all", *STEPS}


def test_what_a_caller_does_to_the_table_is_not_there_the_next_time():
    mine = time_limits()
    mine["limit"] = 0
    assert time_limits()["limit"].min() > 0


# ---- The rule in force --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("day", "family", "rule"),
    [
        ("2009-12-31", "report", ""),
        ("2010-01-01", "report", "SI10-G2"),
        ("2015-03-31", "report", "SI10-G2"),
        ("2015-04-01", "report", "SI15-60"),
        ("2020-02-29", "report", "SI15-60"),
        ("2020-03-01", "report", "SI15-60-COVID"),
        ("2023-09-30", "report", "SI15-60-COVID"),
        ("2023-10-01", "report", "PSIRF"),
        ("2015-03-31", "steis", "SI10-STEIS"),
        ("2023-09-30", "steis", "SI15-STEIS"),
        ("2023-10-01", "steis", ""),
        ("2015-03-31", "initial_review", ""),
        ("2015-04-01", "initial_review", "SI15-72H"),
        ("2013-07-24", "pfd_response", ""),
        ("2013-07-25", "pfd_response", "PFD"),
        ("2024-09-09", "medical_examiner", "ME"),
    ],
)
def test_the_rule_is_chosen_by_the_day_of_the_event_and_the_providers_day(day, family, rule):
    assert rule_of(day, family, psirf_go_live="2023-10-01") == rule


def test_providers_that_went_over_on_other_days_have_other_rules_on_one_day():
    days = events(*["2022-06-01"] * 2, psirf_go_live=["2020-03-01", "2023-10-01"])
    assert rules_in_force(days, "report")["rule_id"].tolist() == ["PSIRF", "SI15-60-COVID"]
    days = events(*["2022-06-01"] * 2, lfpse_go_live=["2021-09-01", "2023-09-01"])
    assert rules_in_force(days, "reporting_system")["rule_id"].tolist() == ["LFPSE", ""]


def test_a_day_of_the_provider_is_needed_only_once_one_can_have_gone_over():
    """The earliest adopters of PSIRF went over in March 2020."""
    for family in ("report", "steis", "independent"):
        found = rules_in_force(events("2016-01-01", "2020-02-29", "2020-03-01"), family)
        assert found["missing"].tolist() == ["", "", "psirf_go_live"]
        assert found["rule_id"].ne("").tolist() == [True, True, False]
    assert status("2021-01-01", "report", "2021-01-01", None, "2021-09-01") == "date missing"
    # What does not depend on it does not need it.
    assert rule_of("2024-10-01", "registration") == "REG"


def test_local_rules_apply_only_where_they_are_asked_for():
    assert rule_of("2013-05-01", "ima", local_to="southern_health") == "SH-IMA"
    with pytest.raises(InputError, match="there is no family of rules 'ima'"):
        rule_of("2013-05-01", "ima")
    table = pd.concat([time_limits(), time_limits().query("id == 'SI15-60'").assign(
        id="LOCAL", local_to="a_trust", limit=45, in_force_from="2018-01-01")])  # fmt: skip
    assert rule_of("2018-01-01", "report", table=table) == "SI15-60"
    assert rule_of("2018-01-01", "report", table=table, local_to="a_trust") == "LOCAL"
    assert rule_of("2017-12-31", "report", table=table, local_to="a_trust") == "SI15-60"


def test_a_missing_day_of_the_event_is_said_and_the_index_is_kept():
    days = events("2014-05-01", None).set_axis(["a", "b"])
    found = rules_in_force(days, "report")
    assert found.index.tolist() == ["a", "b"]
    assert found["missing"].tolist() == ["", "event_date"]
    stated = status_of(found, start=["2014-05-01"] * 2, stop=[None] * 2, extract="2015-09-30")
    assert stated["status"].tolist() == ["open overdue", "date missing"]
    assert rules_in_force(events(), "report").empty


def test_what_cannot_be_chosen_is_refused():
    with pytest.raises(InputError, match="Use one of: steis, grade_0, .*registration"):
        rule_of("2014-05-01", "reports")
    with pytest.raises(InputError, match="row 0: psirf_go_live is before 2020-03-01"):
        rule_of("2014-05-01", "report", psirf_go_live="2019-01-01")
    with pytest.raises(ValueError, match="no column 'date_of_death'"):
        rules_in_force(events("2014-05-01"), "report", event_date="date_of_death")
    # Only a provider's day can make two rules meet that do not meet in the table.
    table = changed("SI15-60-COVID", in_force_to="2024-03-31")
    with pytest.raises(InputError, match="row 0: two rules of report are in force"):
        rule_of("2024-01-01", "report", psirf_go_live="2023-10-01", table=table)


# ---- A table of the case ------------------------------------------------------------------------


@pytest.mark.slow
def test_changing_a_row_changes_results_without_code():
    asked = ("2014-12-23", "report", "2014-12-23", "2015-03-20", "2015-09-30")
    assert status(*asked) == "met"
    assert status(*asked, table=changed("SI10-G2", limit=59)) == "breached"
    assert status(*asked, table=changed("SI10-G2", counting="inclusive")) == "breached"
    assert status(*asked, table=changed("SI10-G2", limit=60, unit="calendar days")) == "breached"
    assert status(*asked, table=changed("SI10-G2", limit_status="suspended")) == "suspended"
    assert status(*asked, table=changed("SI10-G2", in_force_to="2014-12-22")) == "no limit in force"
    lifted = ("2020-06-01", "report", "2020-06-01", "2022-06-01", "2022-09-01")
    reinstated = changed("SI15-60-COVID", limit_status="in force")
    assert status(*lifted, psirf_go_live="2023-10-01") == "suspended"
    assert status(*lifted, psirf_go_live="2023-10-01", table=reinstated) == "breached"


@pytest.fixture
def written(tmp_path):
    """Give a function that writes a table and returns where it stands."""

    def write(frame, encoding="utf-8"):
        path = tmp_path / "limits.csv"
        frame.to_csv(path, index=False, encoding=encoding)
        return path

    return write


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
def test_a_table_from_a_file_is_the_table(written, encoding):
    path = written(time_limits().assign(mine="x"), encoding)
    pd.testing.assert_frame_equal(time_limits(path), time_limits())
    pd.testing.assert_frame_equal(time_limits(time_limits()), time_limits())


@pytest.mark.parametrize("column", COLUMNS)
def test_a_missing_column_is_named(written, column):
    with pytest.raises(InputError, match=f"limits.csv, row 1: column {column} is missing"):
        time_limits(written(time_limits().drop(columns=column)))


@pytest.mark.parametrize(
    ("rule", "values", "said"),
    [
        ("SI10-STEIS", {"unit": "days"}, "row 2: unit is 'days'. Use one of: hours, calendar"),
        ("SI10-STEIS", {"counting": "both"}, "row 2: counting is 'both'"),
        ("SI10-STEIS", {"applies_to": "deaths"}, "row 2: applies_to is 'deaths'"),
        ("SI10-STEIS", {"limit_status": "lifted"}, "row 2: limit_status is 'lifted'"),
        ("SI10-STEIS", {"status": "sure"}, "row 2: status is 'sure'"),
        ("SI10-STEIS", {"clock_status": "sure"}, "row 2: clock_status is 'sure'"),
        ("SI10-STEIS", {"clock_start": "identified, x"}, "row 2: clock_start has 'identified, x'"),
        ("SI10-STEIS", {"clock_stop": "steis"}, "row 2: clock_stop has 'steis'. Use milestones"),
        ("SI10-STEIS", {"clock_stop": ""}, "row 2: a limit lacks clock_start, clock_stop"),
        ("SI10-STEIS", {"counting": ""}, "row 2: a limit lacks clock_start, clock_stop"),
        ("SI10-STEIS", {"family": " "}, "row 2: family is empty"),
        ("SI10-STEIS", {"limit": None}, "row 2: a limit in force has no number"),
        ("SI10-STEIS", {"limit": -2}, "row 2: limit is '-2'"),
        ("SI10-STEIS", {"limit": 2.5}, "row 2: limit is '2.5'"),
        ("SI10-STEIS", {"unit": "none"}, "row 2: the limit is '2' and its unit 'none'"),
        ("SI13", {"unit": "weeks"}, "row 7: the limit is '' and its unit 'weeks'"),
        ("SI10-STEIS", {"in_force_from": "1/4/2010"}, "row 2: in_force_from is '1/4/2010'"),
        ("SI10-STEIS", {"in_force_from": ""}, "row 2: in_force_from is empty"),
        ("SI10-STEIS", {"in_force_to": "2010-02-30"}, "row 2: in_force_to is '2010-02-30'"),
        ("SI10-STEIS", {"in_force_to": "2009-01-01"}, "row 2: in_force_to is before"),
        ("SI10-STEIS", {"in_force_to": "psirf"}, "row 2: in_force_to is 'psirf'. Write days as"),
        ("PSIRF", {"not_before": ""}, "row 14: not_before is ''"),
        ("SI15-72H", {"counting": "inclusive"}, "row 9: hours are counted inclusive"),
        ("SI10-G0", {"id": "SI10-STEIS"}, "rows 2, 3: id SI10-STEIS is there more than once"),
        (
            "SI15-STEIS",
            {"in_force_from": "2015-03-31"},
            "row 8: SI15-STEIS begins while another rule of steis is in force",
        ),
        (
            "SI10-STEIS",
            {"in_force_to": "psirf_go_live"},
            "row 8: SI15-STEIS begins while another rule of steis is in force",
        ),
    ],
)
def test_a_fault_is_named_with_its_row_and_how_to_mend_it(written, rule, values, said):
    with pytest.raises(InputError, match=f"limits.csv, {said}") as error:
        time_limits(written(changed(rule, **values).astype({"limit": "object"})))
    assert all(problem.mend for problem in error.value.problems)


def test_every_fault_is_named_at_once(written):
    table = changed("SI10-STEIS", unit="days").assign(status="sure")
    with pytest.raises(InputError) as error:
        time_limits(written(table))
    assert len(error.value.problems) == len(table) + 1


def test_a_file_that_is_no_table_is_refused(written, tmp_path):
    path = tmp_path / "limits.csv"
    with pytest.raises(InputError, match=r"limits.csv: cannot be opened \(No such file"):
        time_limits(path)
    path.write_bytes(b"")
    with pytest.raises(InputError, match="limits.csv: not readable as CSV"):
        time_limits(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(InputError, match="limits.csv: not readable as CSV"):
        time_limits(path)
    with pytest.raises(InputError, match="limits.csv: there is no rule"):
        time_limits(written(time_limits().iloc[:0]))
