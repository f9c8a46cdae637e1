"""What the documents promise is so: hashes, the data dictionary, the schema of findings, links."""

import json
import re
from pathlib import Path

import pandas as pd
import pytest

from helpers import judgement
from helpers.case import available, files, load
from helpers.exhibits.finding import schema
from helpers.intake.reading import sha256
from helpers.tables import TABLES, dictionary

ROOT = Path(__file__).parents[1]


def test_the_data_dictionary_is_the_one_of_the_schemas() -> None:
    text = (ROOT / "data" / "README.md").read_text(encoding="utf-8")
    assert dictionary() in text
    assert all(f"`{name}`" in text for name in TABLES)


def test_the_shipped_schema_of_findings_is_the_one_of_the_code() -> None:
    shipped = ROOT / "src" / "helpers" / "exhibits" / "findings.schema.json"
    assert json.loads(shipped.read_text(encoding="utf-8")) == json.loads(json.dumps(schema()))


@pytest.mark.parametrize("name", available())
def test_every_raw_file_is_described_with_its_hash(name: str) -> None:
    case = load(name)
    text = (case.folder / "SOURCE.md").read_text(encoding="utf-8")
    sections = dict(re.findall(r"^## (\S+)\n(.*?)(?=^## |\Z)", text, flags=re.S | re.M))
    for source in case.sources:
        assert f"SHA-256: {sha256(case.path(source.file))}" in sections[source.file]
        assert "Licence:" in sections[source.file]


@pytest.mark.parametrize("name", available())
def test_nothing_lies_in_a_case_that_nobody_names(name: str) -> None:
    case = load(name)
    named = {*files(case), *judgement.files(case), "SOURCE.md"}
    if case.truth is not None:  # beside what a run reads: the people, and the laws behind them
        named |= {"truth/truth.yml", "truth/truth_people.csv.gz"}
    held = [path for path in case.folder.rglob("*") if path.is_file()]
    there = {path.relative_to(case.folder).as_posix() for path in held}
    assert {name for name in there - named if not name.startswith("LICENSE")} == set()


def _shown(path: Path) -> str:
    """Everything a committed notebook shows or carries, but for images and hashes."""
    outputs = [
        output
        for cell in json.loads(path.read_text(encoding="utf-8"))["cells"]
        for output in cell.get("outputs", [])
    ]
    for output in outputs:
        output.get("data", {}).pop("image/png", None)
        output.get("metadata", {}).get("inquiry", {}).pop("svg", None)
    return re.sub(r"\b[0-9a-f]{64}\b", "", json.dumps(outputs, ensure_ascii=False))


POSTCODE = re.compile(r"\b[A-Z]{1,2}[0-9][0-9A-Z]? [0-9][A-Z]{2}\b")
NHS_NUMBER = re.compile(r"(?<![\d.])[0-9]{3} [0-9]{3} [0-9]{4}(?![\d.])")


@pytest.mark.parametrize(
    "path", sorted((ROOT / "notebooks").glob("*.ipynb")), ids=lambda path: path.stem
)
def test_no_notebook_shows_what_was_withheld_or_what_points_to_a_person(path: Path) -> None:
    raw = pd.read_csv(ROOT / "data/coroners/pfd_medicines_2013_2022.csv", dtype=str)
    allowed = set(pd.read_csv(ROOT / "data/coroners/places.csv")["value"]) | {"not listed", "-"}
    withheld = set(raw["death_location"].dropna().str.strip()) - allowed
    assert len(withheld) == 7
    text = _shown(path)
    assert [value for value in withheld if value.lower() in text.lower()] == []
    assert POSTCODE.findall(text) == []
    assert NHS_NUMBER.findall(text) == []


def test_links_of_the_readme_lead_somewhere() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    targets = re.findall(r"\]\(([^)#]+)\)", text)
    assert targets
    assert [target for target in targets if not (ROOT / target).exists()] == []


def test_the_readme_names_the_commands_that_the_makefile_has() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    for target in re.findall(r"\bmake ([a-z]+)\b", text):
        assert f"\n{target}:" in makefile
