"""A fork of the parent: the cells of one notebook, run by the parts of an ordinary kernel.

Shell, display, streams and the handling of a request are those of ipykernel; only its sockets are
replaced, and what it would publish over them goes to whoever asked.

- :func:`main`: run the cells that come over a socket, then end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import socket
import sys
import threading
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from helpers.engine import wire

LAUNCHER = "ipykernel_launcher.py"


def _session(line: socket.socket) -> Any:
    """Return a session that sends what a kernel says over a socket."""
    from jupyter_client.session import Session, json_packer

    lock = threading.Lock()

    class Sender(Session):
        def send(self, stream: Any, msg_or_type: Any, content: Any = None, *args: Any, **more: Any):  # type: ignore[override]  # noqa: ANN201
            """Send a message; of its header only what a notebook can come to hold is kept."""
            if isinstance(msg_or_type, dict):
                message = msg_or_type
            else:
                parent = more.get("parent", args[0] if args else None)
                message = self.msg(msg_or_type, content=content, parent=parent)
            body = json_packer({"type": message["msg_type"], "content": message["content"]})
            with lock, contextlib.suppress(OSError):
                line.sendall(wire.LENGTH.pack(len(body)) + body)
            return message

    return Sender(key=b"")


def _silent() -> logging.Logger:
    """Return a log that nobody reads; a failed cell is told of otherwise."""
    log = logging.getLogger("helpers.engine.kernel")
    log.setLevel(logging.CRITICAL)
    return log


def _kernel(line: socket.socket) -> Any:
    """Return a kernel without sockets, set up as the application of ipykernel does it."""
    from ipykernel import displayhook, iostream, ipkernel
    from ipykernel.inprocess.socket import DummySocket
    from IPython.core.profiledir import ProfileDir
    from traitlets.config import Config

    session = _session(line)
    thread = iostream.IOPubThread(DummySocket(), session=session)
    thread.start()
    sys.stdout = iostream.OutStream(session, thread, "stdout")
    sys.stderr = iostream.OutStream(session, thread, "stderr")
    hook = displayhook.ZMQDisplayHook(session, thread.background_socket)
    sys.displayhook = hook
    config = Config()
    config.HistoryManager.hist_file = ":memory:"
    kernel = ipkernel.IPythonKernel.instance(
        config=config,
        log=_silent(),
        session=session,
        iopub_thread=thread,
        iopub_socket=thread.background_socket,
        profile_dir=ProfileDir(),
        user_ns={},
        # Looked at by a cell that waits for a coroutine.
        shell_channel_thread=SimpleNamespace(parent_thread=threading.main_thread()),
    )
    hook.get_execution_count = lambda: kernel.execution_count
    kernel._abort_queues = lambda *_: None  # there is one request at a time
    kernel.shell.exit_now = False
    return kernel


def _start(asked: dict[str, Any]) -> None:
    """Take on the environment and the folder that a kernel would have been started with."""
    os.environ.clear()
    os.environ.update(asked["environment"])
    os.chdir(asked["folder"])
    places = [Path(folder).name in {"site-packages", "dist-packages"} for folder in sys.path]
    sys.path.insert(places.index(True) if True in places else len(places), "")
    sys.argv = [LAUNCHER]
    random = sys.modules.get("numpy.random")
    if random is not None:  # or every notebook that sets no seed would draw the same numbers
        random.seed()


async def _serve(reader: wire.Reader, line: socket.socket, kernel: Any) -> None:
    kernel.io_loop = SimpleNamespace(
        add_callback=asyncio.get_running_loop().call_soon_threadsafe, call_later=lambda *_: None
    )
    number = 0
    while (asked := await asyncio.to_thread(reader.next)) and "code" in asked:
        number += 1
        request = {
            "header": {"msg_id": str(number), "msg_type": "execute_request", "session": "fork"},
            "parent_header": {},
            "metadata": {},
            "content": {
                "code": asked["code"],
                "silent": False,
                "store_history": True,
                "user_expressions": {},
                "allow_stdin": False,
                "stop_on_error": asked["stop_on_error"],
            },
        }
        kernel.set_parent([], request)
        await kernel.execute_request(None, [], request)
        if kernel.shell.exit_now:
            return


def main(line: socket.socket) -> int:
    """Run the cells that come over a socket, then end.

    Parameters
    ----------
    line : socket
        Over which the first message says in which environment and folder, each other one is a
        cell, and what a kernel would publish goes back.

    Returns
    -------
    int
        Exit status.
    """
    reader = wire.Reader(line)
    asked = reader.next()
    if asked is None:
        return 1
    _start(asked)
    kernel = _kernel(line)
    wire.send(line, {"type": "ready", "content": {"language_info": kernel.language_info}})
    asyncio.run(_serve(reader, line, kernel))
    sys.stdout.flush()
    sys.stderr.flush()
    # Files that a notebook left open are written when nobody holds them any more.
    with contextlib.suppress(Exception):
        kernel.shell.reset(new_session=False)
    return 0
