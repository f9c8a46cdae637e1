"""A case that was read is taken where each byte is as it was, and read again where one is not."""

import dataclasses
import hashlib
import os
import pickle
from pathlib import Path

import pandas as pd
import pytest

from helpers import intake
from helpers.case import load
from helpers.intake import handed
from helpers.pack.execute import execute


@pytest.fixture
def small(project, tmp_path):
    """A small case, what was read of it, and by what that is found."""
    case = load("small")
    extract = intake.ingest(case)
    return case, extract, handed.write(case, extract, tmp_path)


def held(extract):
    """Everything of an extract by name."""
    return {field.name: getattr(extract, field.name) for field in dataclasses.fields(extract)}


def assert_same(one, other):
    """Equal in every value, type, name and order."""
    assert type(one) is type(other)
    if isinstance(one, pd.DataFrame):
        pd.testing.assert_frame_equal(one, other, check_exact=True, check_freq=True)
    elif isinstance(one, dict):
        assert list(one) == list(other)
        for name in one:
            assert_same(one[name], other[name])
    elif dataclasses.is_dataclass(one):
        assert_same(held(one), held(other))
    else:
        assert one == other


def test_what_is_taken_is_what_was_read_in_every_value_and_type(small):
    case, extract, said = small
    taken = handed.taken(case, said)
    assert taken is not extract
    assert_same(taken, extract)


def test_a_trust_with_its_linkage_is_taken_as_it_was_read(tmp_path):
    case = load("southern_health")
    extract = intake.ingest(case)
    assert_same(handed.taken(case, handed.write(case, extract, tmp_path)), extract)


def test_only_its_owner_can_read_it(small):
    path = small[2].partition(":")[2]
    assert os.stat(path).st_mode & 0o077 == 0


def test_one_byte_of_it_that_is_another_and_it_is_not_taken(small):
    case, _, said = small
    path = Path(said.partition(":")[2])
    whole = path.read_bytes()
    for place in (0, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        assert handed.taken(case, said) is None
    path.write_bytes(whole[:-1])
    assert handed.taken(case, said) is None
    path.unlink()
    assert handed.taken(case, said) is None


@pytest.mark.parametrize("name", ["case.yml", "counts.csv", "places.csv"])
def test_one_byte_of_the_case_that_is_another_and_it_is_not_taken(name, small, project):
    case, _, said = small
    path = project.folder / name
    path.write_bytes(path.read_bytes() + b"\n")
    assert handed.taken(case, said) is None


class Calls:
    """Whoever unpickles this calls something."""

    def __reduce__(self):
        return os.getenv, ("HOME",)


def test_what_would_call_something_is_not_taken(small, tmp_path):
    """Even where its hash is the one that was told."""
    content = pickle.dumps({"key": Calls(), "extract": None})
    path = tmp_path / "made.read"
    path.write_bytes(content)
    assert handed.taken(small[0], f"{hashlib.sha256(content).hexdigest()}:{path}") is None


def test_a_notebook_takes_what_it_is_handed_and_finds_the_same(small, project, tmp_path):
    cells = [
        "from helpers import run\nread = []\nfrom helpers.intake import handed\n"
        "real = handed.read\nhanded.read = lambda case: read.append(1) or real(case)",
        "made = run.start(case='small')\nlen(read)",
        "made.counts.to_csv()",
    ]
    project.put(project.notebook(*cells, parameters="level = 0.95\nlevel"))
    path = project.home / "notebooks" / "1_tiny.ipynb"
    made = [execute(path, parameters={}, scratch=tmp_path, handed=said) for said in (small[2], "")]
    shown = [
        [o["data"]["text/plain"] for c in nb.cells for o in c.get("outputs", [])] for nb in made
    ]
    assert [texts[1] for texts in shown] == ["0", "1"]
    assert shown[0][2] == shown[1][2]
