"""Curves of survival in a release: made from protected counts, and saying nothing more."""

import io
import json
from itertools import pairwise

import nbformat
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from helpers.case import load, project_root
from helpers.disclosure.cells import Scheme
from helpers.disclosure.leaks import leaks_of
from helpers.disclosure.profiles import RELEASES
from helpers.disclosure.running import Told
from helpers.disclosure.sums import unsafe
from helpers.exhibits import KEY, drawn
from helpers.intake.reading import sha256
from helpers.methods import survival
from helpers.pack import _release_curves, history, write
from helpers.pack._release_parts import Contents, select
from helpers.pack._release_rules import reason
from helpers.pack.manifest import VERSION, outputs
from helpers.pack.release import release
from helpers.remake import curves as remade

CURVES = "delay.curves_figure"
SHOWN = ("1b_change_over_time", "2_time_to_investigation", "2c_backlog")
PERIOD = {"start": "2011-04-01", "end": "2015-03-31"}
SUFFIX = "_midpoint6"


def pack_of(root, change=lambda notebook: None):
    """A pack of the synthetic case from the committed notebooks as executed, on its ledger."""
    case = "southern_health"
    folder = root / case / "_".join(PERIOD.values()) / "v1"
    made = "2026-01-01T00:00:00+00:00"
    manifest = {
        "manifest_version": VERSION,
        "pack": {"id": f"{case}.v1", "version": 1},
        "ledger": {"entry": 1, "previous": history.NOTHING, "made": made},
        "case": case, "period": PERIOD, "data_status": "synthetic", "release_profile": "open",
        "extract_date": "2015-09-30",
    }  # fmt: skip
    (folder / "notebooks").mkdir(parents=True)
    for name in SHOWN:
        notebook = nbformat.read(project_root() / "notebooks" / f"{name}.ipynb", as_version=4)
        change(notebook)
        nbformat.write(notebook, folder / "notebooks" / f"{name}.ipynb")
    manifest["outputs"] = outputs(folder)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    entry = history.Entry(
        1, manifest["pack"]["id"], sha256(folder / "manifest.json"), made, history.NOTHING
    )
    history.append(root / case / history.NAME, entry)
    return folder


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return pack_of(tmp_path_factory.mktemp("pack"))


@pytest.fixture(scope="module")
def released(pack, tmp_path_factory):
    return release(pack, profile="opensafely", out=tmp_path_factory.mktemp("out"))


@pytest.fixture(scope="module")
def table(released):
    return pd.read_csv(released / "tables" / f"{CURVES}.csv")


def left_out(folder):
    held = json.loads((folder / "not_in_this_release.json").read_text())
    return {item["title"]: item["reason"] for item in held if item["id"] == CURVES}


def test_the_release_holds_the_planned_stretch_with_the_numbers_at_risk(table):
    case = load("southern_health")
    (planned,) = [one.label for one in case.intervals if one.id == case.waiting.interval]
    assert table["label"].unique().tolist() == [planned]
    assert table["release_profile"].unique().tolist() == ["opensafely"]
    assert table["data_status"].unique().tolist() == ["SYNTHETIC"]
    for _, part in table.groupby("label"):
        assert part["time"].is_monotonic_increasing
        assert part[f"at_risk{SUFFIX}"].is_monotonic_decreasing
        assert part[f"value{SUFFIX}_derived"].is_monotonic_increasing


def test_no_step_stands_for_fewer_people_than_the_profile_allows(table):
    assert table["time"].mod(7).eq(0).all()
    for _, part in table.groupby("label"):
        assert part[f"events{SUFFIX}"].iloc[0] % 6 == 3
        assert part[f"events{SUFFIX}"].iloc[1:].mod(6).eq(0).all()
        assert part[f"events{SUFFIX}"].gt(0).all()


def test_the_share_is_the_product_of_the_shares_that_the_table_gives(table):
    for _, part in table.groupby("label"):
        left = (1 - part[f"events{SUFFIX}"] / part[f"at_risk{SUFFIX}"]).cumprod()
        np.testing.assert_allclose(part[f"value{SUFFIX}_derived"], 1 - left, atol=1e-12)


def test_it_stays_near_the_curve_of_the_pack(table, pack):
    """Of 195 people or more, three are 1.5 in a hundred at most; near the end it may be twice."""
    run, both = _release_curves._counted(*_made(pack))
    for label, part in table.groupby("label"):
        mine = both[both["label"].eq(label) & both["ended_otherwise"].ne("followed to that end")]
        true = survival.share_by(mine, times=part["time"].tolist())["value"]
        away = np.abs(part[f"value{SUFFIX}_derived"].to_numpy() - true.to_numpy())
        assert np.nanmax(away) < 0.04, label
    assert run.case.id == "southern_health"


def _made(pack):
    made = write.held(pack)
    return made, next(facts for facts in made.exhibits if facts["id"] == CURVES)


def test_what_is_drawn_is_the_table(table, released):
    plain = table.rename(columns=lambda name: name.split(SUFFIX)[0])
    shown = drawn.read_back(remade.figure(plain))
    for label, part in table.groupby("label"):
        line = shown[shown["panel"].eq(label) & shown["form"].eq("line")].iloc[1:]
        line = line.drop_duplicates(["x"], keep="last")
        assert line["x"].tolist() == part["time"].tolist()
        np.testing.assert_allclose(line["y"], part[f"value{SUFFIX}_derived"], atol=1e-9)
    text = (released / "figures" / f"{CURVES}.svg").read_text()
    assert "opensafely" in text
    Image.open(io.BytesIO((released / "figures" / f"{CURVES}.png").read_bytes())).verify()


def test_the_page_shows_it_with_the_profile_and_a_scan_finds_nothing(released):
    page = (released / "index.html").read_text()
    section = page.split(f'id="{CURVES}"')[1].split("</section>")[0]
    assert "Profile: opensafely." in section
    assert "Waiting before" in section
    assert "bands of 6" in section
    assert [leak for leak in leaks_of(released) if leak.kind != "free text"] == []


def test_other_stretches_and_the_second_line_are_left_out_with_their_reasons(released):
    """Their people are the same: two curves can say more together than each alone."""
    case = load("southern_health")
    reasons = list(left_out(released).values())
    others = [_release_curves.ANOTHER] * (len(case.intervals) - 1)
    assert reasons == [*others, _release_curves.SECOND]


def test_the_next_release_is_audited_with_it(pack, released):
    again = release(pack, profile="opensafely", out=released.parent.parent)
    held = [json.loads((one / "published.json").read_text()) for one in (released, again)]
    assert held[0]["curves"] == held[1]["curves"]
    for row in held[0]["curves"]:
        told = Told(row["started"], tuple(map(tuple, row["steps"])), row["whole"])
        assert all(a[1] < b[1] for a, b in pairwise(told.steps))
        assert unsafe([told, told], profile=RELEASES["opensafely"]) == []


def added(folder, profile):
    """What is told of the curves of a pack, and what is said of those left out."""
    made, contents = write.held(folder), Contents()
    select(made, load("southern_health"), contents)
    told = _release_curves.add(made, contents, shown={}, profile=RELEASES[profile], scheme=Scheme())
    assert bool(told) == (CURVES in {part.facts["id"] for part in contents.parts})
    return told, [one["reason"] for one in contents.left_out if one["id"] == CURVES]


@pytest.mark.parametrize("name", ["hes", "mhsds", "ons-deaths", "open"])
def test_a_profile_without_a_rule_leaves_curves_out_for_the_reason_it_always_gave(name, pack):
    assert added(pack, name) == ({}, [reason(CURVES, "figure")])


def altered(what):
    def change(notebook):
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                facts = output.get("metadata", {}).get(KEY, {})
                if what == "records" and facts.get("kind") == "run":
                    facts["inputs"][0]["sha256"] = "0" * 64
                if what == "curve" and facts.get("id") == CURVES:
                    held = facts["resource"]["data"]
                    first = next(line for line in held.splitlines() if ",line,7.0," in line)
                    facts["resource"]["data"] = held.replace(first + "\n", "", 1)

    return change


@pytest.mark.parametrize(
    ("what", "why"),
    [("records", _release_curves.OTHER_RECORDS), ("curve", _release_curves.OTHER_CURVE)],
)
def test_a_curve_that_is_not_that_of_the_pack_is_left_out(what, why, tmp_path):
    assert added(pack_of(tmp_path, altered(what)), "opensafely") == ({}, [why])
