"""The record of judgement: read as it stands, refused where it is wrong, its gaps shown."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers import judgement
from helpers.case import load
from helpers.errors import InputError
from helpers.exhibits.wording import faults
from helpers.judgement_logs import LOGS, ROLES

SHIPPED = ["southern_health", "coroners"]
DECISIONS = "id,decision,decided_on,made_by\nwindow,Twelve months,2026-02-03,An analyst\n"
SIGNED = "role,name,statement,pack,signed_on\n"


@pytest.fixture
def record(project):
    """Give a function that writes logs into the small case and reads the record."""

    def write(**logs):
        folder = project.folder / "judgement"
        folder.mkdir(exist_ok=True)
        for name, text in logs.items():
            (folder / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
        return judgement.read(load(project.name))

    return write


def refused(record, **logs):
    with pytest.raises(InputError) as error:
        record(**logs)
    return [str(problem) for problem in error.value.problems]


def gaps(made, log):
    frame = made.gaps()
    return frame.loc[frame["log"].eq(log), "gap"].tolist()


# What is there ------------------------------------------------------------------------------------


def test_entries_are_read_as_they_stand(record):
    made = record(decisions=DECISIONS)
    (row,) = made.frame("decisions").to_dict("records")
    assert row["decision"] == "Twelve months"
    assert row["decided_on"] == "2026-02-03"
    assert row["why"] == ""
    assert row["source"] == "judgement/decisions.csv"
    assert judgement.files(load("small")) == ["judgement/decisions.csv"]


def test_a_byte_order_mark_spaces_and_blank_lines_are_forgiven(record):
    text = "\ufeffid , decision\nwindow , Twelve months \n,\n"
    (row,) = record(decisions=text).frame("decisions").to_dict("records")
    assert (row["id"], row["decision"]) == ("window", "Twelve months")


def test_what_the_case_assumes_stands_once_and_the_log_adds_to_it(record, project):
    project.add("case.yml", "assumptions: [{id: half, text: Half is assumed., value: 0.5}]")
    heads = "id,assumption,effect,made_by\n"
    added = 'half,,"Up to 2 deaths",An analyst\nother,Another thing,None,An analyst\n'
    frame = record(assumptions=heads + added).frame("assumptions")
    assert frame["id"].tolist() == ["half", "other"]
    assert frame["source"].tolist() == ["case.yml", "judgement/assumptions.csv"]
    assert frame["assumption"].tolist() == ["Half is assumed.", "Another thing"]
    assert frame["value"].tolist() == ["0.5", ""]
    assert frame["effect"].tolist() == ["Up to 2 deaths", "None"]


def test_what_is_assumed_of_bands_and_of_wrong_records_is_in_the_log():
    """The case says both elsewhere; a reader should find every assumption in one place."""
    sources = {
        row["id"]: row["source"]
        for name in SHIPPED
        for row in judgement.read(load(name)).frame("assumptions").to_dict("records")
    }
    assert sources["bands.last_months"] == "case.yml"
    assert sources["plan.misclassified"] == "plan.yml"


# What is wrong ------------------------------------------------------------------------------------


def test_an_unknown_column_is_refused_by_name(record):
    (said,) = refused(record, decisions="id,descision\nwindow,Twelve months\n")
    assert said.startswith("data/small/judgement/decisions.csv: unknown column 'descision'.")
    assert "decided_on" in said


@pytest.mark.parametrize("day", ["03/02/2026", "2026-02-30", "yesterday", "20260203", "2026-2-3"])
def test_a_date_that_is_none_is_refused_with_its_place(record, day):
    (said,) = refused(record, decisions=DECISIONS.replace("2026-02-03", day))
    assert f"decisions.csv, line 2, column decided_on: '{day}' is not a date" in said


@pytest.mark.parametrize(
    ("logs", "said"),
    [
        ({"sign_offs": SIGNED + "auditor,A,It is right,1,2026-01-31\n"}, "'auditor' is not known"),
        ({"sign_offs": SIGNED + ",A,It is right,1,2026-01-31\n"}, "line 2: no role is given"),
        ({"decisions": DECISIONS + DECISIONS.split("\n")[1] + "\n"}, "id 'window' is there twice"),
        ({"decisions": "id,id\na,b\n"}, "column 'id' is there twice"),
        ({"decisions": "decision\nTwelve months\n"}, "there is no column 'id'"),
        ({"decisions": "id,decision\nwindow\n"}, "more or fewer cells"),
        ({"decisions": "id,decision\nwindow,a,b\n"}, "more or fewer cells"),
        ({"known_faults": "id,fault,status\na,b,fixed\n"}, "Use open, mended, accepted."),
        ({"assumptions": "id,effect\nhalf,large\n"}, "'half' does not say what is assumed"),
        ({"data_log": "id,file\nD1,deaths.csv\n"}, "'deaths.csv' is not a file of the case"),
    ],
)
def test_other_faults_are_refused_in_words(record, logs, said):
    found = refused(record, **logs)
    assert len(found) == 1
    assert said in found[0]


def test_words_that_stand_in_two_files_are_refused(record, project):
    project.add("case.yml", "assumptions: [{id: half, text: Half is assumed.}]")
    (said,) = refused(record, assumptions="id,assumption\nhalf,Half is taken.\n")
    assert "'half' has its assumption here and in case.yml" in said


def test_every_fault_is_named_and_not_only_the_first(record):
    found = refused(
        record,
        decisions="id,decided_on\na,never\nb,later\n",
        sign_offs="role,nmae\nanalyst,A\n",
    )
    assert len(found) == 3


def test_a_file_that_is_not_utf8_is_refused(record, project):
    folder = project.folder / "judgement"
    folder.mkdir()
    (folder / "decisions.csv").write_bytes("id,decision\na,caf\xe9\n".encode("latin-1"))
    assert "not UTF-8" in refused(record)[0]


# What is not there --------------------------------------------------------------------------------


def test_a_case_without_a_record_is_all_gaps_and_no_error(record):
    made = record()
    assert made.missing == tuple(LOGS)
    said = made.gaps()["gap"].tolist()
    for log in LOGS.values():
        assert any(log.file in gap for gap in said)
    for role in ROLES:
        assert any(f"No {role} has signed" in gap for gap in said)
    assert all(gap[0].isupper() and gap.endswith(".") for gap in said)


def test_an_empty_cell_is_a_gap_that_names_its_entries(record):
    text = DECISIONS + "scheme,The trust's category,,An analyst\n"
    frame = record(decisions=text).gaps()
    mine = frame[frame["log"].eq("decisions")].set_index("column")
    assert mine.loc["decided_on", "gap"] == "1 of 2 decisions does not say when it was decided."
    assert mine.loc["decided_on", "ids"] == "scheme"
    assert mine.loc["why", "gap"] == "None of the 2 decisions says why it was decided so."
    assert "decision" not in mine.index


def test_a_log_without_entries_is_no_gap_but_one_without_a_file_is(record):
    """Nothing known to be wrong is an answer; nobody having looked is none."""
    made = record(known_faults="id,fault\n")
    assert gaps(made, "known_faults") == []
    assert len(gaps(made, "decisions")) == 1


def test_a_file_of_records_that_the_data_log_does_not_name_is_a_gap(record):
    made = record(data_log="id,file\nD1,counts.csv\n")
    assert "The log of data received does not name reports.csv." in gaps(made, "data_log")


def test_only_a_name_with_a_date_is_a_signature(record):
    text = SIGNED + "assurer,Dr A,It is right,1,\nanalyst,B,It is mine,1,2026-01-31\n"
    said = gaps(record(sign_offs=text), "sign_offs")
    assert any("No assurer has signed (Dr A is named, without a date)" in gap for gap in said)
    assert not any("No analyst" in gap for gap in said)


def test_who_made_it_cannot_be_who_checked_it(record):
    rows = [f"{role},Dr A,It is right,1,2026-01-31" for role in ("analyst", "assurer")]
    said = gaps(record(sign_offs=SIGNED + "\n".join(rows) + "\n"), "sign_offs")
    assert "Dr A signed as analyst and as assurer: the two are to be kept apart." in said


def test_a_record_that_says_everything_has_no_gaps(record, project):
    sources = ["counts.csv", "reports.csv"]
    logs = {}
    for name, log in LOGS.items():
        rows = [dict.fromkeys(log.columns, "said") for _ in range(2)]
        for number, row in enumerate(rows):
            row |= dict.fromkeys(log.dates, "2026-01-31")
            row |= {name: values[number] for name, values in log.allowed.items()}
            row |= {"id": str(number)} if "id" in row else {}
            row |= {"file": sources[number]} if "file" in row else {}
        if name == "sign_offs":
            rows = [{**rows[0], "role": role, "name": role} for role in ROLES]
        out = io.StringIO()
        writer = csv.DictWriter(out, list(log.columns), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
        logs[name] = out.getvalue()
    assert record(**logs).gaps().empty


# What a pack carries ------------------------------------------------------------------------------


def test_a_pack_carries_every_log_and_the_gaps_marked_synthetic(record):
    made = judgement.written(record(decisions=DECISIONS))
    assert set(made) == {f"judgement/{log.file}" for log in LOGS.values()} | {"judgement/gaps.csv"}
    for text in made.values():  # the small case is an invented one
        rows = list(csv.reader(io.StringIO(text)))
        assert rows[0][0] == "data_status"
        assert {row[0] for row in rows[1:]} <= {"SYNTHETIC"}


@pytest.mark.parametrize("name", SHIPPED)
def test_the_shipped_records_are_honest(name):
    """Nobody has signed, and nobody is named as if they had; the wording hurts and claims none."""
    made = judgement.read(load(name))
    assert made.missing == ()
    assert made.frame("sign_offs").empty
    for log in LOGS.values():
        frame = made.frame(log.name)
        for column in {"signed_by", "signed_on", "checked_by", "checked_on"} & set(frame):
            assert frame[column].eq("").all()
        for text in frame.to_numpy().ravel():
            assert faults(text) == [], text
    unsigned = made.gaps().query("column == 'role'")["ids"].tolist()
    assert unsigned == list(ROLES)
    assert len(made.gaps()) == len(made.gaps()["gap"].unique())


def test_the_data_logs_of_the_shipped_cases_name_every_file_of_records():
    for name in SHIPPED:
        made = judgement.read(load(name))
        assert set(made.sources) <= set(made.frame("data_log")["file"])


CELL = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=20).map(
    lambda text: text.strip() or "x"
)


@given(cells=st.lists(CELL, min_size=1, max_size=6))
def test_whatever_is_written_in_a_cell_is_read_back(cells, tmp_path_factory):
    """Quotes, commas, other alphabets: a log is CSV, and nothing in it is lost."""
    log = LOGS["decisions"]
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["id", "why"])
    writer.writerows([str(number), cell] for number, cell in enumerate(cells))
    found = []
    rows = judgement._rows(out.getvalue(), log, "a log", found)
    assert found == []
    assert [row["why"] for row in rows] == cells
