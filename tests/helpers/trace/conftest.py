"""The traces of both shipped cases, found once."""

import pytest
from trace_packs import Traced, traced


@pytest.fixture(scope="session")
def packs(cases_are_read_once):
    """The traced run of each set of notebooks by its name, each made when first asked for."""
    held: dict[str, Traced] = {}

    def get(name: str) -> Traced:
        if name not in held:
            held[name] = traced(name)
        return held[name]

    return get
