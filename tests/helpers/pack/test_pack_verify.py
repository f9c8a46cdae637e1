"""A pack that was altered is found out: whatever was done to whichever file."""

import contextlib
import json
import shutil

import pytest

from helpers.errors import InputError
from helpers.intake.reading import sha256
from helpers.pack import history, manifest, signing, verify

FILES = {
    "index.html": "<h1>Findings</h1>",
    "findings.json": "[]",
    "tables/a.csv": "n\n1\n",
    "tables/b.csv": "n\n2\n",
    "figures/a.png": "\x89PNG",
    "notebooks/1.ipynb": "{}",
}
MADE = "2026-01-01T00:00:00+00:00"
PERIOD = "2018-01-01_2020-12-31"


def add_pack(case, number):
    """Write a version of a pack by hand, with its manifest, and put it on the ledger."""
    pack = case / PERIOD / f"v{number}"
    for name, text in FILES.items():
        (pack / name).parent.mkdir(parents=True, exist_ok=True)
        (pack / name).write_text(f"{text}{number}", encoding="utf-8")
    entry, previous = history.last(case / history.NAME)
    said = {
        "manifest_version": manifest.VERSION,
        "pack": {"id": f"small.{PERIOD}.v{number}", "version": number},
        "ledger": {"entry": entry + 1, "previous": previous, "made": MADE},
        "outputs": manifest.outputs(pack),
    }
    (pack / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    digest = sha256(pack / "manifest.json")
    made = history.Entry(entry + 1, said["pack"]["id"], digest, MADE, previous)
    history.append(case / history.NAME, made)
    return pack


@pytest.fixture
def case(tmp_path):
    folder = tmp_path / "evidence" / "small"
    for number in (1, 2, 3):
        add_pack(folder, number)
    return folder


@pytest.fixture
def pack(case):
    return case / PERIOD / "v2"


def told(pack, **options):
    return [(fault.file, fault.what) for fault in verify.faults(pack, **options)]


def flip(path, at=0):
    """Change one bit of a file."""
    data = bytearray(path.read_bytes())
    data[at] ^= 1
    path.write_bytes(bytes(data))


def test_packs_that_were_left_alone_have_no_fault(case):
    assert [told(case / PERIOD / f"v{number}") for number in (1, 2, 3)] == [[], [], []]


@pytest.mark.parametrize("name", FILES)
def test_one_bit_of_any_file_is_noticed(pack, name):
    flip(pack / name)
    assert told(pack) == [(name, "altered")]


@pytest.mark.parametrize("name", FILES)
def test_any_file_that_is_gone_is_noticed(pack, name):
    (pack / name).unlink()
    assert told(pack) == [(name, "missing")]


@pytest.mark.parametrize("name", ["note.txt", "tables/c.csv", ".hidden", "new/one.txt"])
def test_any_file_that_was_added_is_noticed(pack, name):
    (pack / name).parent.mkdir(exist_ok=True)
    (pack / name).write_text("", encoding="utf-8")
    assert told(pack) == [(name, "added")]


def test_two_files_that_were_exchanged_are_both_named(pack):
    first, second = pack / "tables/a.csv", pack / "tables/b.csv"
    kept = first.read_bytes()
    first.write_bytes(second.read_bytes())
    second.write_bytes(kept)
    found = verify.faults(pack)
    assert [(fault.file, fault.what) for fault in found] == [
        ("tables/a.csv", "swapped"), ("tables/b.csv", "swapped"),
    ]  # fmt: skip
    assert found[0].detail == "it holds what tables/b.csv held"


def test_a_link_in_the_place_of_a_file_is_noticed_though_it_leads_to_the_same(pack, tmp_path):
    kept = tmp_path / "kept.csv"
    shutil.move(pack / "tables/a.csv", kept)
    (pack / "tables/a.csv").symlink_to(kept)
    assert told(pack) == [("tables/a.csv", "altered")]


def test_a_manifest_that_was_made_to_fit_is_given_away_by_the_ledger(pack):
    (pack / "tables/a.csv").write_text("n\n7\n", encoding="utf-8")
    said = json.loads((pack / "manifest.json").read_text(encoding="utf-8"))
    said["outputs"] = manifest.outputs(pack)
    (pack / "manifest.json").write_text(json.dumps(said), encoding="utf-8")
    assert told(pack) == [("manifest.json", "altered")]


@pytest.mark.slow
def test_every_bit_of_the_manifest_counts(pack):
    path = pack / "manifest.json"
    whole = path.read_bytes()
    unseen = []
    for at in range(len(whole)):
        flip(path, at)
        # Where it cannot be read any longer, that is said as an error of the input.
        with contextlib.suppress(InputError):
            unseen += [] if told(pack) else [at]
        path.write_bytes(whole)
    assert unseen == []


@pytest.mark.slow
def test_every_bit_of_the_ledger_counts_for_the_last_pack_or_for_an_earlier_one(case):
    """A line before the entry of a pack breaks the chain; so does one after it."""
    path = case / history.NAME
    whole = path.read_bytes()
    for at in range(len(whole)):
        flip(path, at)
        found = {fault.file for fault in verify.faults(case / PERIOD / "v3")}
        assert found & {history.NAME, "manifest.json"}, at
        path.write_bytes(whole)


def test_an_entry_made_again_to_fit_an_altered_pack_breaks_the_chain_at_the_next(case):
    pack, path = case / PERIOD / "v2", case / history.NAME
    flip(pack / "manifest.json", -2)
    lines = path.read_text(encoding="utf-8").splitlines()
    entry = history.Entry.of(lines[1])
    forged = history.Entry(2, entry.pack, sha256(pack / "manifest.json"), entry.made,
                           entry.previous)  # fmt: skip
    path.write_text("\n".join([lines[0], forged.line(), lines[2]]) + "\n", encoding="utf-8")
    assert history.faults(path) == ["line 3 does not follow from line 2: one of them was altered"]


@pytest.mark.parametrize("kept", [[0], [0, 2], [1, 2], [1, 0, 2]])
def test_entries_cut_off_left_out_or_reordered_are_noticed(case, kept):
    path = case / history.NAME
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[at] for at in kept), encoding="utf-8")
    assert (history.NAME, "ledger") in told(case / PERIOD / "v3")


def test_a_pack_without_its_ledger_says_that_its_place_cannot_be_checked(case, pack, tmp_path):
    (case / history.NAME).rename(tmp_path / "kept.jsonl")
    assert told(pack) == [(history.NAME, "ledger")]
    assert told(pack, ledger=tmp_path / "kept.jsonl") == []


def test_what_is_no_pack_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(InputError, match="not a pack"):
        verify.faults(tmp_path)


def test_an_entry_that_does_not_follow_is_not_put_on_the_ledger(case):
    path = case / history.NAME
    before = path.read_bytes()
    with pytest.raises(ValueError, match="does not follow"):
        history.append(path, history.Entry(9, "small.v9", "ab", "", history.NOTHING))
    assert path.read_bytes() == before


# ---- Signatures ---------------------------------------------------------------------------------


@pytest.fixture
def keys(tmp_path):
    private = tmp_path / "keys" / "inquiry.pem"
    return private, signing.new_key(private)


def test_a_signed_pack_is_confirmed_by_its_key_and_by_no_other(pack, keys, tmp_path):
    private, public = keys
    assert told(pack, public_key=public) == [(signing.NAME, "signature")]
    signing.sign(pack, private)
    assert told(pack) == told(pack, public_key=public) == []
    stranger = signing.new_key(tmp_path / "other.pem")
    assert told(pack, public_key=stranger) == [(signing.NAME, "signature")]


def test_every_bit_of_a_signature_counts(pack, keys):
    private, public = keys
    path = signing.sign(pack, private)
    whole = path.read_bytes()
    for at in range(len(whole)):
        flip(path, at)
        assert told(pack, public_key=public) == [(signing.NAME, "signature")], at
        path.write_bytes(whole)


def test_a_key_is_readable_by_its_owner_only_and_never_overwritten(keys):
    private, public = keys
    assert private.stat().st_mode & 0o077 == 0
    before = private.read_bytes(), public.read_bytes()
    with pytest.raises(InputError, match="there already"):
        signing.new_key(private)
    assert (private.read_bytes(), public.read_bytes()) == before


def test_a_file_that_is_no_key_is_refused_by_name(pack, keys, tmp_path):
    private, public = keys
    other = tmp_path / "other.txt"
    other.write_text("not a key", encoding="utf-8")
    for call in (
        lambda: signing.sign(pack, other),
        lambda: signing.sign(pack, public),
        lambda: signing.check(pack, other),
        lambda: signing.sign(pack, tmp_path / "nowhere.pem"),
    ):
        with pytest.raises(InputError, match=r"other.txt|inquiry.pem.pub|nowhere.pem"):
            call()
