"""A release that was altered is found out as a pack is, and an altered pack is not released."""

import argparse
import contextlib
import json
import shutil

import pytest
from test_pack_release import pack_of

from helpers.commands import verify as command
from helpers.errors import InputError
from helpers.intake.reading import sha256
from helpers.pack import _release_log, history, manifest, release, verify

MADE = "2026-01-01T00:00:00+00:00"


def flip(path, at=0):
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def told(folder, **options):
    return [(fault.file, fault.what) for fault in verify.faults(folder, **options)]


# ---- A real release, file by file ---------------------------------------------------------------


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return pack_of(tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="module")
def real(pack, tmp_path_factory):
    return release.release(pack, profile="opensafely", out=tmp_path_factory.mktemp("out"))


def test_each_file_of_a_release_that_is_altered_or_gone_is_named(real):
    files = [path for path in sorted(real.rglob("*")) if path.is_file()]
    assert len(files) > 10
    assert told(real) == []
    for path in files:
        name, whole = path.relative_to(real).as_posix(), path.read_bytes()
        flip(path, len(whole) // 2)
        with contextlib.suppress(InputError):  # a manifest that cannot be read is an error of input
            assert (name, "altered") in told(real), name
        path.unlink()
        if name != "manifest.json":
            assert told(real) == [(name, "missing")]
        path.write_bytes(whole)
    assert told(real) == []


@pytest.mark.parametrize("name", ["note.txt", "tables/more.csv", ".hidden"])
def test_a_file_that_was_added_to_a_release_is_named(real, name):
    (real / name).write_text("more")
    assert told(real) == [(name, "added")]
    (real / name).unlink()


def test_the_command_says_that_a_release_is_as_it_was_made_or_what_is_not(real, capsys):
    parser = argparse.ArgumentParser()
    command.register(parser.add_subparsers())
    given = parser.parse_args(["verify", str(real)])
    assert command.run(given) == 0
    assert f"coroners.{real.name}: all" in capsys.readouterr().out
    whole = (real / "index.html").read_bytes()
    flip(real / "index.html")
    assert command.run(given) == 1
    assert "index.html: altered" in capsys.readouterr().out
    (real / "index.html").write_bytes(whole)


def test_a_release_cannot_be_executed_again(real):
    with pytest.raises(InputError, match="holds no notebook"):
        verify.rerun(real)


# ---- Its manifest and the log, bit by bit -------------------------------------------------------


@pytest.fixture
def releases(tmp_path):
    """Two releases by hand, on the log of their case."""
    beside, made = tmp_path / "small", []
    for name in ("2020_hes", "2020_hes_2"):
        folder = beside / name
        folder.mkdir(parents=True)
        (folder / "index.html").write_text(f"<h1>{name}</h1>")
        place = _release_log.place(beside, name, "small", made=MADE)
        said = {"manifest_version": _release_log.VERSION, "kind": "release", **place}
        said["outputs"] = manifest.outputs(folder)
        (folder / "manifest.json").write_text(json.dumps(said))
        _release_log.note(beside, folder, place)
        made.append(folder)
    return made


@pytest.mark.parametrize("name", ["manifest.json", f"../{_release_log.LOG}"])
def test_every_bit_of_the_manifest_and_of_the_log_counts(releases, name):
    path = releases[-1] / name
    whole, unseen = path.read_bytes(), []
    for at in range(len(whole)):
        flip(path, at)
        with contextlib.suppress(InputError):
            unseen += [] if told(releases[-1]) else [at]
        path.write_bytes(whole)
    assert unseen == []


def test_a_release_without_its_log_says_that_its_place_cannot_be_checked(releases, tmp_path):
    log = releases[0].parent / _release_log.LOG
    log.rename(tmp_path / "kept.jsonl")
    assert told(releases[0]) == [(_release_log.LOG, "ledger")]
    assert told(releases[0], ledger=tmp_path / "kept.jsonl") == []


def test_a_release_that_another_came_before_is_not_noted_and_not_put_in_place(releases, tmp_path):
    beside = releases[0].parent
    place = _release_log.place(beside, "late", "small", made=MADE)
    log = beside / _release_log.LOG
    entry = history.Entry(3, "small.between", "ab", MADE, history.last(log)[1])
    history.append(log, entry)
    work = shutil.copytree(releases[0], tmp_path / "work")
    with pytest.raises(release.ReleaseRefused, match="make this one again"):
        release._put(work, beside / "late", place)
    assert not (beside / "late").exists()


# ---- A pack that is not as it was made ----------------------------------------------------------


def test_an_altered_pack_is_not_released_and_what_was_altered_is_named(pack, tmp_path):
    root = shutil.copytree(pack.parents[1], tmp_path / "coroners")
    copy = root / pack.parent.name / pack.name
    before = sha256(copy / "manifest.json")
    flip(copy / "notebooks" / "2c_backlog.ipynb", 9)
    with pytest.raises(release.ReleaseRefused) as refused:
        release.release(copy, profile="hes", out=tmp_path / "out")
    assert refused.value.lines == [
        "the pack is not as it was made: notebooks/2c_backlog.ipynb: altered: its SHA-256 is not "
        "the one in the manifest"
    ]
    assert sha256(copy / "manifest.json") == before
    assert not (tmp_path / "out").exists()
