"""Cases in another folder are used where they are; those of a store are copied, each file once."""

import os

import fsspec
import pytest

from helpers.batch import storage
from helpers.case import available, load, project_root
from helpers.errors import InputError


@pytest.fixture
def memory(batches):
    """The cases of the project in a store that lives in memory, and its file system."""
    store = fsspec.filesystem("memory")
    store.put(str(batches.project.home / "data"), "/trusts", recursive=True)
    yield store
    store.rm("/trusts", recursive=True)


def test_cases_in_another_folder_are_used_where_they_are(batches, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    (batches.project.home / "data").rename(elsewhere)
    (batches.project.home / "data").mkdir()
    before = os.environ["INQUIRY_HOME"]
    with storage.home(tmp_path / "batch", cases=str(elsewhere), names=["small"]):
        assert available() == ["broken", "second", "small"]
        assert load("small").folder.resolve() == elsewhere / "small"
        assert (project_root() / "notebooks" / "1_tiny.ipynb").is_file()
    assert os.environ["INQUIRY_HOME"] == before


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_cases_of_a_store_are_copied_and_read_as_the_same(batches, memory, tmp_path, kind):
    there = {"memory": "memory://trusts", "file": f"file://{batches.project.home}/data"}[kind]
    with storage.home(tmp_path / "batch", cases=there, names=["small", "nowhere"]):
        assert available() == ["small"]
        copy = load("small").folder.resolve()
    names = sorted(path.name for path in batches.project.folder.iterdir())
    assert sorted(path.name for path in copy.iterdir()) == names
    for name in names:
        assert (copy / name).read_bytes() == (batches.project.folder / name).read_bytes()
    assert (tmp_path / "batch" / "inputs").stat().st_mode & 0o777 == 0o700


def test_a_file_is_fetched_once_while_the_store_says_that_it_is_the_same(memory, tmp_path):
    kept = tmp_path / "inputs"
    storage.fetched("memory://trusts", ["small"], kept)
    before = {path: path.stat().st_ino for path in (kept / "files").iterdir()}
    storage.fetched("memory://trusts", ["small"], kept)
    assert {path: path.stat().st_ino for path in (kept / "files").iterdir()} == before
    with memory.open("/trusts/small/counts.csv", "ab") as file:
        file.write(b"2020,Weston,South,1,1,1\n")
    folder = storage.fetched("memory://trusts", ["small"], kept)["small"]
    assert len(list((kept / "files").iterdir())) == len(before) + 1
    assert folder.joinpath("counts.csv").read_bytes().endswith(b"2020,Weston,South,1,1,1\n")


@pytest.mark.parametrize(
    ("cases", "said"),
    [
        ("/nowhere/at/all", "there is no such folder"),
        ("nonsense://bucket/trusts", "cannot be read"),
        ("zip://x::file:///nowhere.zip", "cannot be read"),
    ],
)
def test_cases_that_cannot_be_had_are_refused(batches, tmp_path, cases, said):
    with (
        pytest.raises(InputError, match=said),
        storage.home(tmp_path / "batch", cases=cases, names=["small"]),
    ):
        pass
