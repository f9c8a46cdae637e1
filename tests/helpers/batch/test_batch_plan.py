"""A plan is checked whole before anything runs: a line a problem, with the number of its row."""

import pytest

from helpers.batch import checking, plan
from helpers.errors import InputError
from helpers.providers.files import inputs


@pytest.fixture
def check(batches, tmp_path):
    """Give a function that reads and checks the bytes of a plan."""

    def checked(content, **options):
        path = tmp_path / "plan.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return checking.checked(plan.read(path), name=path.name, **options)

    return checked


def refused(call, *arguments, **options):
    """The problems for which something is refused."""
    with pytest.raises(InputError) as caught:
        call(*arguments, **options)
    return [str(problem) for problem in caught.value.problems]


def days(rows):
    return [(row.case, row.start, row.end, row.profile) for row in rows]


def test_what_is_empty_is_that_of_the_case(check):
    rows = check("case,period,profile,notebooks\nsmall,,,\n")
    assert days(rows) == [("small", "2018-01-01", "2020-12-31", "internal")]
    assert list(rows[0].notebooks) == ["1_tiny"]
    assert rows[0].notebooks["1_tiny"]["period_end"] == "2020-12-31"


def test_a_period_is_given_as_days_in_one_column_or_in_two(check):
    one = check("case,period,profile\nsmall,2018-01-01/2019-12-31,open\n")
    two = check("case,start,end,profile\nsmall,2018-01-01,2019-12-31,open\n")
    assert days(one) == days(two) == [("small", "2018-01-01", "2019-12-31", "open")]
    assert one[0].key == two[0].key


def test_a_plan_as_a_spreadsheet_writes_it_is_read(check):
    """With a byte order mark, semicolons, capitals, spaces, empty lines and Windows line ends."""
    text = '\ufeffCase;Period; Notebooks\r\n small ;;"1_tiny;1_tiny"\r\n;;\r\nsecond;;\r\n'
    rows = check(text)
    assert [(row.number, row.case) for row in rows] == [(2, "small"), (4, "second")]


def test_every_problem_of_every_row_is_said_at_once_with_the_row(check):
    text = """\
case,period,profile,notebooks
small,,,
nowhere,,,
small,2018-01-01/2020-12-31,internal,1_tiny
small,2017-12-31/2019-12-31,,
small,2018-01-01/2021-01-01,,
small,2019-12-31/2018-01-01,,
small,quarter_one,,
small,2018-02-30/2019-12-31,,
small,,hes,
small,,,9_none
,2018-01-01/2019-12-31,,
batch,,,
"""
    found = refused(check, text)
    assert [line.split(":")[0] for line in found] == [
        f"plan.csv, row {number}" for number in range(3, 14)
    ]
    for line, said in zip(
        found,
        [
            "there is no case 'nowhere'",
            "is the same as row 2",
            "2017-12-31 to 2019-12-31 reaches outside the data",
            "2018-01-01 to 2021-01-01 reaches outside the data",
            "ends on 2018-01-01 before it starts on 2019-12-31",
            "'quarter_one' is neither a registered period nor days",
            "'2018-02-30': there is no such day",
            "profile 'hes' is not one this case permits",
            "there is no notebook '9_none'",
            "no case is named",
            "a case cannot be called 'batch' here",
        ],
        strict=True,
    ):
        assert said in line


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("", "is empty"),
        ("case,period\n", "holds no row"),
        ("case,period\n,\n", "holds no row"),
        ("period,profile\n2018,open\n", "the column 'case' is missing"),
        ("case,perod\nsmall,\n", "there is no column 'perod' in a plan"),
        ("case,case\nsmall,small\n", "column 'case' stands twice"),
        ("case,start\nsmall,2018-01-01\n", "column 'start' has no column 'end'"),
        ("case,period\nsmall,,open\n", "row 2: has more cells than the header"),
        (b"case,period\nsm\xe9ll,\n", "is not UTF-8"),
        (b"PK\x03\x04\x00", "is not a CSV file"),
        ("case\tperiod\nsmall\t\n", "there is no column 'case\\tperiod'"),
        ("case,period,start,end\nsmall,2018-01-01/2019-12-31,2018-01-01,\n", "both given"),
    ],
)
def test_a_file_that_is_no_plan_is_refused(check, content, said):
    assert any(said in line for line in refused(check, content))


def test_a_plan_that_is_not_there_is_refused(tmp_path):
    assert "plan.csv: cannot be read" in refused(plan.read, tmp_path / "plan.csv")[0]


def test_a_case_that_cannot_be_loaded_names_the_row_of_each_problem(check, batches):
    (batches.project.home / "data" / "second" / "counts.csv").unlink()
    found = refused(check, "case\nsmall\nsecond\n")
    assert found == [
        "plan.csv, row 3: data/second/counts.csv: the file is not there. "
        "Put it there, or correct case.yml."
    ]


def test_a_parameter_of_the_batch_is_checked_as_well(check):
    assert check("case\nsmall\n", overrides={"level": 0.9})[0].notebooks["1_tiny"]["level"] == 0.9
    assert "3.0 cannot be used" in refused(check, "case\nsmall\n", overrides={"level": 3.0})[0]
    assert "--set grain" in refused(check, "case\nsmall\n", overrides={"grain": "year"})[0]


def test_a_registered_period_is_asked_for_by_its_name(check, batches):
    """Only that it is looked up here: what it lays over the case is the matter of another room."""
    folder = batches.project.folder / "periods" / "later"
    folder.mkdir(parents=True)
    (folder / "period.yml").write_text("period_version: 1\n", encoding="utf-8")
    assert "Registered: later." in refused(check, "case,period\nsmall,other\n")[0]


def test_the_key_of_a_row_changes_with_what_it_rests_on_and_with_nothing_else(check, batches):
    text = "case,period\nsmall,\nsecond,\n"
    first = [row.key for row in check(text)]
    moved = [row.key for row in check("case,period\nsecond,\nsmall,\n")]
    assert moved == first[::-1]
    batches.project.add("counts.csv", "2020,Weston,South,1,1,1")
    changed = [row.key for row in check(text)]
    assert (changed[0] == first[0], changed[1] == first[1]) == (False, True)
    assert [row.key for row in check(text, overrides={"level": 0.9})][1] != first[1]
    assert [row.key for row in check(text, pdf=True)][1] != first[1]


def test_a_row_rests_on_the_files_of_the_providers_that_it_compares(tmp_path):
    path = tmp_path / "plan.csv"
    path.write_text(
        "case,notebooks\nsouthern_health,5_benchmarking\nsouthern_health,3_risk_factors\n"
    )
    comparing, other = checking.checked(plan.read(path))
    compared = {item["file"]: item["sha256"] for item in inputs("providers_example")}
    assert compared.items() <= comparing.inputs.items()
    assert not compared.keys() & other.inputs.keys()
    assert comparing.inputs.keys() - compared.keys() == other.inputs.keys()
