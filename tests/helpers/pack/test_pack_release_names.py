"""Names of the people in the records of a case are known to the scan, and held nowhere."""

import json

import pandas as pd
import pytest

from helpers.case import load
from helpers.disclosure.leaks import leaks_in
from helpers.intake import extracts
from helpers.intake.flags import Log
from helpers.pack._release_names import names_of
from helpers.personal import NAME
from helpers.synthetic import synthesise

SALT = "of this test"


@pytest.fixture(scope="module")
def case(tmp_path_factory):
    """A small case of people who never lived, in a project of its own."""
    home = tmp_path_factory.mktemp("home")
    folder = home / "data" / "trial"
    folder.mkdir(parents=True)
    synthesise(folder, seed=3, deaths=200, trusts=1, shape="general")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INQUIRY_HOME", str(home))
        yield load("trial")


@pytest.fixture(scope="module")
def hashes(case):
    return names_of(case, salt=SALT)


@pytest.fixture(scope="module")
def people(case):
    frames = [
        extracts.read(case, source, Log()).frame
        for source in case.sources
        if source.layout == "extract"
    ]
    held = [frame[["forename", "surname"]] for frame in frames if "forename" in frame]
    frame = pd.concat(held).astype("str")
    return frame[frame["forename"].ne("") & frame["surname"].ne("")].drop_duplicates()


def found(text, hashes):
    return [leak.kind for leak in leaks_in("a.html", text.encode(), names=hashes, salt=SALT)]


def test_every_person_of_the_records_is_found_by_name_in_either_order(people, hashes):
    assert len(people) > 20
    for first, last in people.head(25).itertuples(index=False, name=None):
        if len(first.split()) == len(last.split()) == 1 and "-" not in first + last:
            assert found(f"<p>It was {first} {last}.</p>", hashes) == [NAME], "forename first"
            assert found(f"<td>{last.upper()}</td><td>{first}</td>", hashes) == [NAME]


def test_words_of_the_house_are_no_names(case, hashes):
    said = json.dumps([item.model_dump() for item in case.indicators])
    assert found(said, hashes) == []


def test_no_name_can_be_read_from_the_hashes(people, hashes):
    assert all(len(one) == 32 and int(one, 16) >= 0 for one in hashes)
    assert found(f"<p>{people.iloc[0, 0]} {people.iloc[0, 1]}</p>", frozenset()) == []
