"""A project of three small cases, one of which cannot be read, and the command in a process."""

import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from helpers.batch import journal

SECOND, BROKEN = "second", "broken"


class Batches:
    """A project with its plans and the packs that come of them."""

    def __init__(self, project, out):
        self.project, self.out = project, out
        for name in (SECOND, BROKEN):
            self.copy_case(name)
        (project.home / "data" / BROKEN / "reports.csv").write_text("ref\n", encoding="utf-8")
        project.put(project.notebook(project.cells[0], project.cells[1], project.cells[3]))

    def copy_case(self, name):
        """Copy the small case under another name."""
        folder = self.project.home / "data" / name
        folder.mkdir()
        for path in self.project.folder.iterdir():
            text = path.read_text(encoding="utf-8")
            if path.name == "case.yml":
                text = text.replace("id: small", f"id: {name}")
            (folder / path.name).write_text(text, encoding="utf-8", newline="\n")

    def plan(self, *lines, header="case,period,profile"):
        """Write a plan and return its path."""
        path = self.project.home / "plan.csv"
        path.write_text("\n".join([header, *lines, ""]), encoding="utf-8")
        return path

    def command(self, plan, *options, out=None):
        """The command as a process takes it."""
        where = ["--out", str(out or self.out)]
        return [sys.executable, "-m", "helpers.cli", "batch", str(plan), *where, *options]

    def started(self, plan, *options, out=None):
        """Start the command and return its process."""
        return subprocess.Popen(
            self.command(plan, *options, out=out),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env=self.environment,
            # A shell that runs the tests in the background has told them to ignore Ctrl-C.
            preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
        )

    def ran(self, plan, *options, out=None):
        """Run the command to its end: status, output, progress and errors."""
        process = self.started(plan, *options, out=out)
        said, progress = process.communicate(timeout=600)
        return process.returncode, said, progress

    @property
    def environment(self):
        return {**os.environ, "INQUIRY_HOME": str(self.project.home), "OPENBLAS_NUM_THREADS": "1"}

    def lines(self, out=None):
        """The lines of the journal."""
        return list(journal.Journal((out or self.out) / "batch" / journal.NAME).lines())

    def wait_for(self, event, process, out=None, *, count=1):
        """Wait until the journal tells of an event so many times."""
        until = time.monotonic() + 300
        while sum(line["event"] == event for line in self.lines(out)) < count:
            assert process.poll() is None, process.communicate()
            assert time.monotonic() < until
            time.sleep(0.1)


@pytest.fixture(scope="module")
def batches_of_module(project_of_module, tmp_path_factory):
    """The same for tests of one module that share what one batch wrote."""
    return Batches(project_of_module, tmp_path_factory.mktemp("batch") / "packs")


@pytest.fixture
def batches(project, tmp_path):
    """The project of three cases, in force for the test."""
    return Batches(project, tmp_path / "packs")
