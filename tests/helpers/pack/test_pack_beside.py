"""Work in a second process: its result, its errors and its end are told as if it were done here."""

import os

import pytest

from helpers.pack.beside import begin
from helpers.pack.write import NotTraced


def refuse():
    raise NotTraced(["finding a.b: its numerator is 3, its rows give 4"])


@pytest.mark.parametrize("apart", [True, False])
def test_the_result_is_given_when_it_is_waited_for(apart):
    assert begin(lambda: {"deaths": 272}, apart=apart)() == {"deaths": 272}


@pytest.mark.parametrize("apart", [True, False])
def test_an_error_is_raised_where_it_is_waited_for(apart):
    waiting = begin(refuse, apart=apart)
    with pytest.raises(NotTraced) as refused:
        waiting()
    assert refused.value.lines == ["finding a.b: its numerator is 3, its rows give 4"]


def test_it_is_another_process_and_what_it_writes_is_there(tmp_path):
    def write():
        (tmp_path / "made").write_text("by the other")
        return os.getpid()

    assert begin(write)() != os.getpid() or os.cpu_count() == 1
    assert (tmp_path / "made").read_text() == "by the other"
    assert begin(os.getpid, apart=False)() == os.getpid()


def test_a_result_that_cannot_be_sent_is_told_in_words():
    if os.cpu_count() == 1:
        pytest.skip("there is no second core")
    with pytest.raises(RuntimeError, match="function"):
        begin(lambda: lambda: 0)()


def test_a_process_that_ends_without_a_word_is_an_error():
    if os.cpu_count() == 1:
        pytest.skip("there is no second core")
    with pytest.raises(RuntimeError, match=r"without a word \(7\)"):
        begin(lambda: os._exit(7))()
