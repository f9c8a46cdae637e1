"""Tests of intake read their files every time."""

import pytest

from helpers import intake, run


@pytest.fixture(autouse=True)
def files_are_read_every_time(monkeypatch):
    """Undo what spares all other tests the reading of files that were read before."""
    monkeypatch.setattr(run, "ingest", intake.ingest)
