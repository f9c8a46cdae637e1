"""Tables and queries: SQLite always, and a real PostgreSQL where there is one to start."""

import csv
import datetime as dt
import gc
import hashlib
import io
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

import pandas as pd
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from helpers.errors import InputError
from helpers.intake.database import fingerprint, query_problems
from helpers.intake.opening_files import read_source
from helpers.intake.reading import sha256
from helpers.sourcefile import Source

VARIABLE = "INQUIRY_TEST_DATABASE"
SECRET = "h4rd-to-gue55"  # noqa: S105 - of a database that lives as long as the tests


def extract(fields=None, **database):
    return Source.model_validate(
        {
            "id": "pas",
            "title": "Patients",
            "publisher": "A trust",
            "licence": "none",
            "database": {"connection": VARIABLE, **database},
            "layout": "extract",
            "table": "deaths",
            "coverage": {"start": "2011-04-01", "end": "2015-03-31"},
            "fields": fields or {"local_id": {"from": "ref"}, "sex": {"from": "gender"}},
        }
    )


def read(fields=None, **database):
    (sheet,) = read_source(None, extract(fields, **database))
    return sheet


def refused(**database):
    """What is said, after making sure that neither it nor a traceback of it holds the password."""
    with pytest.raises(InputError) as error:
        read(**database)
    assert SECRET not in "".join(traceback.format_exception(error.value))
    return "\n".join(str(problem) for problem in error.value.problems)


@pytest.fixture
def sqlite(tmp_path, monkeypatch):
    """A small SQLite database."""
    path = tmp_path / "trust.db"
    with sqlite3.connect(path) as link:
        link.execute("create table deaths (gender text, ref integer primary key, died date)")
        rows = [("F", 3, "05/03/2014"), (None, 1, "2014-03-05"), ("M", 2, None)]
        link.executemany("insert into deaths values (?, ?, ?)", rows)
        link.execute("create table heap (ref text, gender text)")
        link.execute("create table empty (ref integer primary key, gender text)")
    link.close()
    monkeypatch.setenv(VARIABLE, f"sqlite:///{path}")
    return path


DIED = {"local_id": {"from": "ref"}, "sex": {"from": "gender"}, "date_of_death": {"from": "died"}}


def test_a_table_is_read_in_the_order_of_its_key_and_not_changed(sqlite):
    before = sha256(sqlite)
    sheet = read(DIED, table="deaths")
    assert sheet.frame.to_dict("list") == {
        "source_row": [1, 2, 3],
        "gender": ["", "M", "F"],
        "ref": ["1", "2", "3"],
        "died": ["2014-03-05", "", "05/03/2014"],
    }
    assert sheet.frame.dtypes.astype(str).tolist() == ["int64", "str", "str", "str"]
    assert (sheet.name, sheet.facts["header_row"], sheet.facts["rows_read"]) == ("", 0, 3)
    assert sha256(sqlite) == before


def test_a_query_is_read_in_its_order_as_it_is_written(sqlite):
    query = "select ref, gender from deaths where died like '%:x/2014' or 1 order by ref desc;"
    assert read(query=query).frame["ref"].tolist() == ["3", "2", "1"]


def test_headers_are_checked_as_those_of_a_file(sqlite):
    assert "header 'died' is not declared" in refused(table="deaths")


@pytest.mark.parametrize(
    ("database", "words"),
    [
        ({"table": "nothing"}, "there is no table 'nothing'"),
        ({"table": "heap"}, "no primary key"),
        ({"table": "empty"}, "no records"),
        ({"query": "select ref from deaths"}, "in which order"),
        ({"query": "select wrong from deaths order by 1"}, "no such column: wrong"),
        ({"query": "delete from deaths"}, "not one SELECT"),
    ],
)
def test_what_cannot_be_read_is_refused_in_a_line(sqlite, database, words):
    assert words in refused(**database)


@pytest.mark.parametrize(
    "query",
    [
        "select 1; drop table deaths order by 1",
        "with gone as (delete from deaths returning *) select * from gone order by 1",
        "select * into other from deaths order by 1",
        "select 1 drop table deaths order by 1",
        "update deaths set ref = 1",
        "pragma writable_schema = 1",
        "select * from (select * from deaths order by 1) as a",
        "select 1 -- order by 1",
        "select ' order by 1'",
        "select 1 /*! ; drop table deaths */ order by 1",
        "select E'\\'' ; drop table deaths --' order by 1",
        "",
    ],
)
def test_a_query_that_may_change_something_or_has_no_order_is_refused(query):
    assert query_problems(query, "pas")


@pytest.mark.parametrize(
    "query",
    [
        "SELECT ref FROM deaths ORDER BY ref",
        "with a as (select 1 as x) select x from a order by x;\n",
        "select 'drop; table' as \"update\", deleted_at from [into] order by 1",
        "-- deaths\nselect updated /* ; */ from deaths\norder  by ref",
        "select a from b union all select a from c order by 1",
    ],
)
def test_one_select_in_an_order_is_taken(query):
    assert query_problems(query, "pas") == []


def test_the_connection_itself_cannot_write(sqlite, monkeypatch):
    """Even where a statement that writes is not recognised."""
    monkeypatch.setattr("helpers.intake.database.query_problems", lambda query, where: [])
    before = sha256(sqlite)
    assert "readonly" in refused(query="insert into deaths values ('F', 9, null) returning ref")
    assert sha256(sqlite) == before


def test_a_database_that_is_not_there_is_refused_and_not_made(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    assert f"variable {VARIABLE} is not set" in refused(table="deaths")
    monkeypatch.setenv(VARIABLE, f"sqlite:///{tmp_path / SECRET}.db")
    assert "is not there" in refused(table="deaths")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (f"{SECRET}", "no connection string"),
        (f"postgresql+pg8000://trust:{SECRET}@localhost:1/trust", "cannot be reached"),
        (f"postgresql+pg8000://trust:{SECRET}@localhost:x/trust", "no connection string"),
        (f"nonesuch://trust:{SECRET}@localhost/trust", "cannot be reached"),
        (f"mssql+pyodbc://trust:{SECRET}@server/trust?driver=x", "not installed"),
        (f"sqlite:///file:{SECRET}?mode=ro&uri=true&key={SECRET}", "cannot be reached"),
    ],
)
def test_no_message_shows_a_part_of_the_connection_string(monkeypatch, caplog, text, words):
    monkeypatch.setenv(VARIABLE, text)
    said = refused(table="deaths")
    assert words in said
    assert SECRET not in said + caplog.text
    assert "trust:" not in said


def test_without_sqlalchemy_the_message_says_what_to_install(monkeypatch, sqlite):
    monkeypatch.setitem(sys.modules, "sqlalchemy", None)
    assert "extra 'database'" in refused(table="deaths")


frames = st.lists(st.tuples(st.text(), st.text()), max_size=5)


@given(frames)
def test_the_fingerprint_is_the_hash_of_the_rows_as_csv(rows):
    """Python's csv module writes the same bytes."""
    rows = [tuple(cell.encode("utf-8", "replace").decode() for cell in row) for row in rows]
    frame = pd.DataFrame(rows, columns=["a", 'b"'], dtype="str")
    frame.insert(0, "source_row", range(1, len(frame) + 1))
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n")
    writer.writerow(list(frame))
    writer.writerows(frame.itertuples(index=False))
    assert fingerprint(frame) == hashlib.sha256(text.getvalue().encode()).hexdigest()


def test_the_fingerprint_depends_on_the_order_and_on_each_cell():
    frame = pd.DataFrame({"ref": ["a", "b"], "x": ["", "1"]}, dtype="str")
    other = frame.assign(x=["1", ""])
    assert len({fingerprint(f) for f in (frame, frame.iloc[::-1], other)}) == 3


# ---- PostgreSQL ---------------------------------------------------------------------------------


def _programs():
    """The folder of PostgreSQL's programs, or nothing."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    path = shutil.which("initdb") or (found[-1] if found else None)
    return Path(path).resolve().parent if path else None


@pytest.fixture(scope="module")
def postgres():
    """The connection string of a PostgreSQL started for these tests, on a socket of its own."""
    programs = _programs()
    if programs is None:
        pytest.skip("no PostgreSQL is installed")
    user = {}
    if hasattr(os, "geteuid") and os.geteuid() == 0:  # PostgreSQL refuses to run as root
        import pwd

        try:
            person = pwd.getpwnam("postgres")
        except KeyError:
            person = pwd.getpwnam("nobody")
        user = {"user": person.pw_uid, "group": person.pw_gid, "extra_groups": []}
    with tempfile.TemporaryDirectory(prefix="pg-") as text:
        folder = Path(text)
        (folder / "password").write_text(SECRET)
        (folder / "sql").mkdir()
        if user:
            for path in (folder, folder / "password", folder / "sql"):
                os.chown(path, user["user"], user["group"])
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "cwd": folder}
        quiet |= user | {"env": {"LC_ALL": "C", "PATH": os.environ["PATH"], "HOME": text}}
        data = folder / "data"
        made = subprocess.run(
            [programs / "initdb", "-D", data, "-U", "trust", "-A", "scram-sha-256", "-E", "UTF8",
             "--pwfile", folder / "password", "--no-sync"],
            **quiet,
        )  # fmt: skip
        options = f"-c listen_addresses='' -c unix_socket_directories={folder}/sql -c fsync=off"
        control = [programs / "pg_ctl", "-D", data, "-w"]
        started = subprocess.run([*control, "-o", options, "start"], **quiet)
        if made.returncode or started.returncode:
            pytest.skip("PostgreSQL could not be started here")
        try:
            sock = f"{folder}/sql/.s.PGSQL.5432"
            yield f"postgresql+pg8000://trust:{SECRET}@/postgres?unix_sock={sock}"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], **quiet)


TYPES = """
create schema pas;
create table pas.deaths (
  ref integer, part integer, gender char(1), died date, known timestamp, seen timestamptz,
  clock time, age numeric(5, 1), share double precision, inpatient boolean, primary key (part, ref)
);
insert into pas.deaths values
  (2, 1, 'F', '2012-04-05', '2012-04-06 13:45', '2012-07-06 12:00+00', '09:30', 81, 0.5, true),
  (1, 1, 'M', null, null, '2012-01-06 12:00+00', null, 47.5, 2, false),
  (1, 2, null, '1901-01-01', '2014-03-05', null, '00:00', null, null, null);
"""


@pytest.fixture
def trust(postgres, monkeypatch):
    """The PostgreSQL with one table of every kind of column, new for each test."""
    engine = sa.create_engine(postgres)
    with engine.begin() as link:
        for statement in (
            "drop schema if exists pas cascade",
            *TYPES.strip().rstrip(";").split(";"),
        ):
            link.exec_driver_sql(statement)
    yield monkeypatch.setenv(VARIABLE, postgres)
    with engine.connect() as link:
        assert link.exec_driver_sql("select count(*) from pas.deaths").scalar() == 3
    engine.dispose()


SQL_FIELDS = {
    "local_id": {"from": "ref"},
    "sex": {"from": "gender"},
    "date_of_death": {"from": "died"},
    "date_trust_knew": {"from": "known"},
    "last_contact_date": {"from": "seen"},
    "age": {"from": "age"},
    "team": {"from": "part"},
    "ld": {"from": "clock"},
    "autism": {"from": "share"},
    "inpatient_at_death": {"from": "inpatient"},
}


@pytest.mark.usefixtures("trust")
def test_every_kind_of_column_of_postgresql_becomes_text():
    sheet = read(SQL_FIELDS, table="pas.deaths")
    assert sheet.frame.to_dict("list") == {
        "source_row": [1, 2, 3],
        "ref": ["1", "2", "1"],
        "part": ["1", "1", "2"],
        "gender": ["M", "F", ""],
        "died": ["", "2012-04-05T00:00:00", "1901-01-01T00:00:00"],
        "known": ["", "2012-04-06T13:45:00", "2014-03-05T00:00:00"],
        "seen": ["2012-01-06T12:00:00", "2012-07-06T13:00:00", ""],  # British Summer Time
        "clock": ["", "09:30:00", "00:00:00"],
        "age": ["47.5", "81", ""],
        "share": ["2", "0.5", ""],
        "inpatient": ["FALSE", "TRUE", ""],
    }


@pytest.mark.usefixtures("trust")
def test_a_query_of_postgresql_may_hold_casts_and_signs():
    query = (
        "select ref::text || ':a' as ref, gender from pas.deaths "
        "where 'x%' like 'x%' order by part, ref"
    )
    assert read(query=query).frame["ref"].tolist() == ["1:a", "2:a", "1:a"]


@pytest.mark.usefixtures("trust")
def test_postgresql_itself_refuses_to_write(monkeypatch):
    monkeypatch.setattr("helpers.intake.database.query_problems", lambda query, where: [])
    said = refused(query="select ref, gender from pas.deaths for update")
    assert "read-only transaction" in said


# pg8000 leaves the socket of a connection that was refused to the garbage collector.
@pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_a_wrong_password_is_refused_and_not_shown(postgres, monkeypatch):
    monkeypatch.setenv(VARIABLE, postgres.replace(SECRET, SECRET + "x"))
    assert "cannot be reached" in refused(table="pas.deaths")
    gc.collect()


@pytest.mark.usefixtures("trust")
def test_what_postgresql_says_is_shown_without_the_password():
    said = refused(query=f"select '{SECRET}'::integer as ref order by 1")
    assert "did not give the rows" in said
    said = refused(query="select gender::integer as ref from pas.deaths order by 1")
    assert "rows. Correct" in said, "what PostgreSQL says of a cell quotes the cell"
    assert "does not exist" in refused(query="select wrong from pas.deaths order by 1")


@pytest.mark.usefixtures("trust")
def test_a_hundred_thousand_rows_keep_their_order():
    query = "select n as ref, 'F' as gender from generate_series(1, 120000) as n order by n desc"
    frame = read(query=query).frame
    assert frame["ref"].iloc[[0, 59_999, -1]].tolist() == ["120000", "60001", "1"]
    assert frame["source_row"].iloc[-1] == 120_000


def test_the_clock_of_the_united_kingdom_is_what_a_moment_with_a_zone_shows():
    from helpers.intake.cells import cell_text

    moment = dt.datetime(2014, 7, 1, 23, 30, tzinfo=dt.UTC)
    assert cell_text(moment) == "2014-07-02T00:30:00"
