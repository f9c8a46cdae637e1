"""Messages between processes come whole, however busy the process that reads them."""

import socket
import threading
import time

import pytest

from helpers.engine import wire

LONG = {"figure": "x" * 5_000_000}
"""More than a socket holds: whoever sends it waits until the other end has read."""


@pytest.fixture
def line():
    here, there = socket.socketpair()
    yield here, there
    here.close()
    there.close()


def test_a_long_message_to_a_busy_reader_comes_whole_while_its_sender_waits_for_one(line):
    """As a fork does: a thread waits for the next cell while another sends what a cell shows."""
    here, there = line
    came = []
    waiting = threading.Thread(target=lambda: came.append(wire.Reader(here).next()))
    waiting.start()
    time.sleep(2 * wire.GLANCE)
    sending = threading.Thread(target=wire.send, args=(here, LONG))
    sending.start()
    time.sleep(4 * wire.GLANCE)  # the other process is busy for longer than a glance
    reader = wire.Reader(there)
    assert reader.next(until=time.monotonic() + 10) == LONG
    sending.join()
    wire.send(there, {"code": "1"})
    waiting.join()
    assert came == [{"code": "1"}]


def test_whoever_waits_glances_and_ends_in_time(line):
    here, _ = line
    glances = []
    with pytest.raises(TimeoutError):
        wire.Reader(here).next(
            until=time.monotonic() + 2.5 * wire.GLANCE, glance=lambda: glances.append(1)
        )
    assert len(glances) >= 2


def test_a_line_that_is_closed_at_either_end_has_no_next_message(line):
    here, there = line
    there.close()
    assert wire.Reader(here).next() is None
    here.close()
    assert wire.Reader(here).next() is None
