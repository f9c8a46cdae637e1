"""How property tests draw their examples, everywhere the same; cases that are read once.

Every machine draws the same examples, and a slow machine fails nothing. More can be asked for:
``INQUIRY_EXAMPLES=500 make test``.
"""

import os

import pytest
from hypothesis import settings

settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    max_examples=int(os.environ.get("INQUIRY_EXAMPLES", "30")),
)
settings.load_profile("suite")


@pytest.fixture(scope="session", autouse=True)
def cases_are_read_once():
    """Let a run take what was made of the same files before; see :mod:`once`."""
    import once

    from helpers import run

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(run, "ingest", once.ingest)
        yield
