"""Synthetic cases of other sizes: many trusts, in parts that do not collide."""

import pytest
from synthetic_files import csv_rows

from helpers import synthetic
from helpers.synthetic import make


@pytest.fixture(scope="module")
def parts(tmp_path_factory):
    """A case of three parts and seven trusts, in CSV files; and the size of each part."""
    sizes = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(make, "PART", 400)
        write = make.Writer.part

        def part(self, files):
            sizes.append(len(files["patient_system"].cells))
            return write(self, files)

        patch.setattr(make.Writer, "part", part)
        folder = tmp_path_factory.mktemp("parts") / "case"
        rule = {"deaths": 1000, "trusts": 7, "shape": "general", "books": False}
        return synthetic.synthesise(folder, seed=3, **rule), sizes


def test_a_large_case_is_written_in_parts_that_do_not_collide(parts):
    made, sizes = parts
    assert len(sizes) == 3
    assert max(sizes) < 450
    rows = csv_rows(made.folder / "patient_system.csv")
    assert len(rows) == sum(sizes) == made.rows["patient_system"]
    truth = csv_rows(made.folder / "truth" / "truth_people.csv.gz")
    assert sum(row["status"] == "" for row in truth) == 1000
    people = {row["person"] for row in truth if row["status"] != "duplicate"}
    assert len(people) == sum(row["status"] != "duplicate" for row in truth)
    links = csv_rows(made.folder / "truth" / "truth_links.csv.gz")
    lead = [r["incident_no"] for r in links if r["source_id"] == "incident_system"]
    assert len(lead) - len(set(lead)) <= 6  # incidents about two people
    refs = [row["STEIS Ref"] for row in csv_rows(made.folder / "steis_listing.csv", "cp1252")]
    assert len(refs) == len(set(refs))


def test_rows_of_a_large_case_are_where_the_truth_says(parts):
    made, _ = parts
    rows = csv_rows(made.folder / "incident_system.csv")
    for one in csv_rows(made.folder / "truth" / "truth_dirt.csv"):
        if one["source_id"] == "incident_system" and one["planted"] != "(free text)":
            assert rows[int(one["row"]) - 2][one["header"]] == one["planted"]


def test_every_name_of_a_trust_and_service_is_in_its_dated_map(parts):
    made, _ = parts
    rows = csv_rows(made.folder / "patient_system.csv")
    for file, header in (("org_map.csv", "Provider"), ("service_map.csv", "Directorate")):
        names = {row["raw_value"] for row in csv_rows(made.folder / file)}
        assert {row[header] for row in rows} <= names
    ids = {row["canonical_id"] for row in csv_rows(made.folder / "org_map.csv")}
    assert len(ids) == 7
    dated = [
        row for row in csv_rows(made.folder / "org_map.csv") if row["raw_value"][10:14] == "Part"
    ]
    assert {row["valid_to"] for row in dated} == {"2013-03-31"}


def test_a_size_or_shape_that_cannot_be_made_is_refused_with_every_reason(tmp_path):
    with pytest.raises(synthetic.make.InputError) as caught:
        synthetic.synthesise(tmp_path / "x", seed=-1, deaths=7, trusts=301, shape="round")
    assert len(caught.value.problems) == 4
    with pytest.raises(synthetic.make.InputError, match="10,306"):
        synthetic.synthesise(tmp_path / "x", seed=1, deaths=500)
    assert list(tmp_path.iterdir()) == []
