"""What a run says of the rules that it used."""

import hashlib
from pathlib import Path

from helpers import rules
from helpers.rules.versions import rules_files, versions
from helpers.rules.working_days import calendar

FOLDER = Path(rules.__file__).parent


def test_every_csv_file_of_the_rules_is_listed_with_its_hash():
    found = rules_files().set_index("name")
    files = {path.name: path.read_bytes() for path in FOLDER.glob("*.csv")}
    assert found.index.tolist() == sorted(files)
    for name, data in files.items():
        assert found.loc[name, "sha256"] == hashlib.sha256(data).hexdigest()
        assert found.loc[name, "bytes"] == len(data)


def test_the_calendar_and_its_end_are_said():
    assert calendar().items() <= versions().items()


def test_one_hash_stands_for_all_and_can_be_made_with_sha256sum():
    """The form of its lines: the hash, two spaces, the name, a new line."""
    said = hashlib.sha256()
    for path in sorted(FOLDER.glob("*.csv"), key=lambda path: path.name):
        said.update(f"{hashlib.sha256(path.read_bytes()).hexdigest()}  {path.name}\n".encode())
    assert versions()["rules_sha256"] == said.hexdigest()
