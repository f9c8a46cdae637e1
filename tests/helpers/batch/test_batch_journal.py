"""What a kill leaves of a journal can be read, and two batches never work in one folder."""

import os
import signal
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.batch import journal
from helpers.errors import InputError


@pytest.fixture
def book(tmp_path):
    return journal.Journal(tmp_path / "batch" / journal.NAME)


def test_the_last_end_of_a_row_counts(book):
    book.add(journal.STARTED, "a")
    book.add(journal.FAILED, "a", reason=["no"])
    book.add(journal.STARTED, "a")
    book.add(journal.DONE, "a", pack="p")
    book.add(journal.STARTED, "b")
    assert {key: line["event"] for key, line in book.last().items()} == {"a": journal.DONE}


def test_a_journal_that_does_not_exist_says_nothing(book):
    assert book.last() == {}


@given(cut=st.integers(min_value=0, max_value=400))
def test_wherever_a_kill_tears_it_what_stood_before_and_what_comes_after_are_kept(
    tmp_path_factory, cut
):
    book = journal.Journal(tmp_path_factory.mktemp("cut") / journal.NAME)
    for key in "abc":
        book.add(journal.DONE, key, pack=f"packs/é/{key}")
    whole = book.path.read_bytes()
    ends = [place for place, byte in enumerate(whole) if byte == 10]
    book.path.write_bytes(whole[:cut])
    book.add(journal.DONE, "d")
    kept = sum(cut >= end for end in ends)  # a line is whole without its line end
    assert sorted(book.last()) == [*"abc"[:kept], "d"]


def test_a_second_batch_in_the_same_folder_is_refused_by_name(tmp_path):
    with journal.alone(tmp_path / "batch"):
        with pytest.raises(InputError) as caught, journal.alone(tmp_path / "batch"):
            pass
        assert f"process {os.getpid()}" in str(caught.value)
        with journal.alone(tmp_path / "other"):
            pass
    with journal.alone(tmp_path / "batch"):
        pass


def test_a_batch_waits_for_rows_of_one_that_was_killed(tmp_path):
    code = (
        "import sys, time; from pathlib import Path; from helpers.batch import journal\n"
        "with journal.running(Path(sys.argv[1])): print('here', flush=True); time.sleep(60)"
    )
    row = subprocess.Popen(
        [sys.executable, "-c", code, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert row.stdout.readline() == "here\n"
    with pytest.raises(InputError, match="still running"):
        journal.idle(tmp_path, wait=0.2)
    row.send_signal(signal.SIGKILL)
    row.communicate()
    journal.idle(tmp_path, wait=5)
