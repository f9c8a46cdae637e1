"""Messages between processes over a socket: a length, then JSON.

- :func:`pack`: plain values as they go over the wire.
- :func:`send`: send a message.
- :class:`Reader`: the messages that come in, one after the other.
"""

from __future__ import annotations

import json
import select
import socket
import struct
import time
from collections.abc import Callable
from typing import Any

LENGTH = struct.Struct("!Q")
GLANCE = 0.1
"""Seconds after which whoever waits for a message looks whether it should go on waiting."""


def pack(message: Any) -> bytes:
    """Return plain values as they go over the wire.

    Parameters
    ----------
    message
        Mappings, lists, text, numbers.

    Returns
    -------
    bytes
        Eight bytes of length, then JSON.

    Examples
    --------
    >>> pack({"cells": 2})[8:]
    b'{"cells": 2}'
    """
    body = json.dumps(message, ensure_ascii=False).encode("utf-8", "surrogatepass")
    return LENGTH.pack(len(body)) + body


def send(line: socket.socket, message: Any) -> None:
    """Send a message.

    Parameters
    ----------
    line : socket
        To the other process.
    message
        Plain values.

    Raises
    ------
    OSError
        If the other process is gone.
    """
    line.sendall(pack(message))


class Reader:
    """The messages that come in over a socket.

    Parameters
    ----------
    line : socket
        From the other process.

    Examples
    --------
    >>> here, there = socket.socketpair()
    >>> send(there, {"cells": 2})
    >>> there.close()
    >>> reader = Reader(here)
    >>> reader.next(), reader.next()
    ({'cells': 2}, None)
    >>> here.close()
    """

    def __init__(self, line: socket.socket) -> None:
        self._line = line
        self._held = bytearray()

    def next(self, *, until: float | None = None, glance: Callable[[], None] = lambda: None) -> Any:
        """Return the next message; None where the other end is closed.

        Parameters
        ----------
        until : float, optional
            Time of the monotonic clock at which waiting ends.
        glance : callable
            Called ten times a second while nothing comes; what it raises ends the wait.

        Raises
        ------
        TimeoutError
            If ``until`` has passed.
        """
        wanted = LENGTH.size
        body = False
        if self._line.fileno() < 0:  # closed by whoever reads
            return None
        waiting = select.poll()
        waiting.register(self._line, select.POLLIN)
        while True:
            if len(self._held) >= wanted:
                part = bytes(self._held[:wanted])
                del self._held[:wanted]
                if body:
                    return json.loads(part.decode("utf-8", "surrogatepass"))
                (wanted,) = LENGTH.unpack(part)
                body = True
                continue
            # Not by a timeout of the socket: whoever sends over it meanwhile would have it as well,
            # and a long message to a busy reader would break off in its midst.
            if not waiting.poll(1000 * GLANCE):
                glance()
                if until is not None and time.monotonic() > until:
                    raise TimeoutError
                continue
            try:
                came = self._line.recv(1 << 20)
            except ConnectionError:
                came = b""
            if not came:
                return None
            self._held += came
