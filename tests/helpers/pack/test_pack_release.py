"""A release from a finished pack: what is in it, what is not, and when it is refused."""

import argparse
import io
import json
import re
import shutil
from datetime import date
from pathlib import Path

import jsonschema
import nbformat
import pandas as pd
import pytest
from PIL import Image

from helpers.case import load, project_root
from helpers.commands import release as command
from helpers.disclosure.leaks import leaks_of
from helpers.disclosure.profiles import RELEASES, profile_of
from helpers.disclosure.protect import midpoint
from helpers.errors import InputError
from helpers.exhibits import KEY, finding
from helpers.intake.reading import sha256
from helpers.methods import proportions
from helpers.pack import history
from helpers.pack._release_parts import Contents, remake, select
from helpers.pack._release_rules import RULES, reason
from helpers.pack.collect import collect
from helpers.pack.manifest import VERSION, outputs
from helpers.pack.release import ReleaseRefused, _protected, release
from helpers.remake.intervals import changes
from helpers.run import Run

BASE = project_root() / "tests" / "baselines" / "coroners" / "1995-01-01_2025-07-31"
PERIOD = {"start": "1995-01-01", "end": "2025-07-31"}


ENDS = ("first", "last")
SHOWN = ("1b_change_over_time", "2c_backlog")


def pack_of(root, change=lambda notebook: None, shown=SHOWN, **said):
    """A pack of the real open records, of the committed notebooks as executed, on its ledger."""
    folder = root / "coroners" / "1995-01-01_2025-07-31" / "v1"
    ledger = root / "coroners" / history.NAME
    made = "2026-01-01T00:00:00+00:00"
    manifest = {
        "manifest_version": VERSION,
        "pack": {"id": "coroners.1995-01-01_2025-07-31.v1", "version": 1},
        "ledger": {"entry": 1, "previous": history.NOTHING, "made": made},
        "case": "coroners", "period": PERIOD, "data_status": "real", "release_profile": "internal",
        "extract_date": "2025-07-31", **said,
    }  # fmt: skip
    (folder / "notebooks").mkdir(parents=True)
    for name in shown:
        notebook = nbformat.read(BASE / f"{name}.ipynb", as_version=4)
        change(notebook)
        nbformat.write(notebook, folder / "notebooks" / f"{name}.ipynb")
    manifest["outputs"] = outputs(folder)
    (folder / "manifest.json").write_text(json.dumps(manifest))
    digest = sha256(folder / "manifest.json")
    entry = history.Entry(1, manifest["pack"]["id"], digest, made, history.NOTHING)
    history.append(ledger, entry)
    return folder


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    return pack_of(tmp_path_factory.mktemp("pack") / "p")


@pytest.fixture(scope="module")
def made(pack):
    paths = sorted((pack / "notebooks").glob("*.ipynb"))
    return collect({path.stem: nbformat.read(path, as_version=4) for path in paths})


@pytest.fixture(scope="module", params=["hes", "opensafely"])
def released(request, pack, tmp_path_factory):
    out = tmp_path_factory.mktemp(request.param)
    return request.param, release(pack, profile=request.param, out=out)


def table_of(folder, exhibit):
    return pd.read_csv(folder / "tables" / f"{exhibit}.csv")


def bytes_of(folder):
    return {p.relative_to(folder).as_posix(): p for p in folder.rglob("*") if p.is_file()}


# ---- What is in it ------------------------------------------------------------------------------


def test_every_file_is_listed_with_its_hash(released):
    _, folder = released
    said = json.loads((folder / "manifest.json").read_text())
    files = bytes_of(folder)
    listed = {item["file"]: item["sha256"] for item in said["outputs"]}
    assert listed == {name: sha256(p) for name, p in files.items() if name != "manifest.json"}
    assert (said["case"], said["release_profile"]) == ("coroners", released[0])


def test_counts_are_rounded_by_the_profile_and_shares_are_made_from_them(released, made):
    name, folder = released
    shown, true = table_of(folder, "backlog.late_by_year"), made.frame("backlog.late_by_year")
    n, of = (shown[c] for c in shown if c.startswith(("numerator", "denominator")))
    if name == "opensafely":
        assert "numerator_midpoint6" in shown
        assert n.tolist() == [midpoint(int(count)) for count in true["numerator"]]
    else:
        assert (n % 5).eq(0).all()
        assert (n - true["numerator"]).abs().max() <= 2
    value = next(c for c in shown if c.startswith("value"))
    low = next(c for c in shown if c.startswith("low"))
    assert shown[value].to_numpy() == pytest.approx((n / of).to_numpy())
    assert shown[low].to_numpy() == pytest.approx(proportions.wilson(n, of)[0])


@pytest.mark.parametrize("name", ["hes", "opensafely"])
def test_changes_are_made_from_the_shares_that_are_shown_and_from_nothing_else(name):
    """The limits are those of statsmodels, which has Newcombe's method, too."""
    from statsmodels.stats.proportion import confint_proportions_2indep as independent

    path = project_root() / "notebooks" / "1b_change_over_time.ipynb"
    made, case = collect({path.stem: nbformat.read(path, as_version=4)}), load("southern_health")
    profile, contents = profile_of(name, unpublished=False), Contents()
    chosen, held = select(made, case, contents)
    shown, _ = _protected(held, case, profile, [])
    ends = {"period_start": date(2011, 4, 1), "period_end": date(2015, 3, 31)}
    remake(chosen, made, Run(case, None, ends), shown, profile, contents)
    parts = {part.facts["id"]: part for part in contents.parts}
    years = parts["change.shares"].frame.set_index(["indicator", "year"])
    told = parts["change.first_to_last"].frame
    assert len(told) == len(parts["change.changes"].frame) == 10
    compared = told[told["value"].notna()]
    assert len(compared) > 5
    for row in compared.to_dict("records"):
        first, last = (years.loc[(row["indicator"], row[f"{end}_year"])] for end in ENDS)
        counts = [float(one[c]) for one in (last, first) for c in ("numerator", "denominator")]
        assert [row["numerator"], row["denominator"]] == counts[:2]
        difference = counts[0] / counts[1] - counts[2] / counts[3]
        assert row["value"] == pytest.approx(difference, abs=1e-12)
        limits = independent(*counts, method="newcomb", compare="diff")
        assert [row["low"], row["high"]] == pytest.approx(limits, abs=1e-9)


@pytest.mark.parametrize("hidden", [2013, 2014])
def test_where_an_end_is_hidden_no_other_year_stands_in_for_it(hidden):
    frame = pd.DataFrame(
        {"indicator": ["late"], "label": ["Late"], "first_year": [2013], "last_year": [2015],
         "level": [0.95], "method": ["Newcombe"]}
    )  # fmt: skip
    years = pd.DataFrame(
        {"indicator": "late", "year": [2013, 2014, 2015], "numerator": [50, 55, 60],
         "denominator": [100, 90, 80]}
    ).astype({"numerator": "Int64"})  # fmt: skip
    years.loc[years["year"].eq(hidden), "numerator"] = pd.NA
    row = changes(frame, years).iloc[0]
    assert row["last_share"] == 0.75
    assert pd.isna(row["value"]) == (hidden == 2013)
    assert pd.isna(row["first_share"]) == pd.isna(row["ratio_high"]) == (hidden == 2013)


def test_findings_are_written_again_and_keep_their_form(released, made):
    name, folder = released
    found = json.loads((folder / "findings.json").read_text())
    jsonschema.validate(found, finding.schema())
    before = {item["id"]: item for item in made.findings}
    shares = [item for item in found if item["id"].startswith("change.latest.")]
    assert shares
    for item in shares:
        assert f"{item['numerator']:,.0f} of {item['denominator']:,.0f}" in item["text"]
        assert item["value"] == item["numerator"] / item["denominator"]
        true = before[item["id"]]["numerator"]
        rounded = midpoint(int(true)) if name == "opensafely" else 5 * int((true + 2) // 5)
        assert item["numerator"] == rounded


def test_figures_are_drawn_again_from_what_is_shown(released):
    name, folder = released
    shown = table_of(folder, "change.counts")
    counts = next(c for c in shown if c.startswith("numerator"))
    text = (folder / "figures" / "change.counts_figure.svg").read_text()
    alt = re.search(r"<desc[^>]*>(.*?)</desc>|<title[^>]*>(.*?)</title>", text, re.DOTALL)
    assert alt is not None
    first = shown.groupby("label", sort=False)[counts].first().astype(float).iloc[0]
    assert f"{first:,.0f}" in (folder / "index.html").read_text()
    Image.open(io.BytesIO((folder / "figures" / "change.counts_figure.png").read_bytes())).verify()


def test_the_profile_stands_on_the_page_and_in_every_table(released):
    name, folder = released
    page = (folder / "index.html").read_text()
    assert f"Release profile: {name}." in page
    assert RELEASES[name].rule in page
    for path in (folder / "tables").iterdir():
        assert pd.read_csv(path)["release_profile"].unique().tolist() == [name]


def test_nothing_is_fetched_and_nothing_is_run(released):
    page = (released[1] / "index.html").read_text()
    assert "<script" not in page
    assert not re.search(r'(?:src|href)="(?:https?:)?//', page)


# ---- What is not in it --------------------------------------------------------------------------


def test_what_no_rule_covers_is_not_in_it_and_is_listed(released, made):
    _, folder = released
    left = {
        item["id"]: item for item in json.loads((folder / "not_in_this_release.json").read_text())
    }
    kept = {path.stem for path in (folder / "tables").iterdir()}
    kept |= {path.stem for path in (folder / "figures").iterdir()}
    kept |= {
        item["id"].rsplit(".", 1)[0] for item in json.loads((folder / "findings.json").read_text())
    }
    every = {facts["id"] for facts in made.exhibits}
    assert kept <= every
    assert every - kept <= set(left)
    page = (folder / "index.html").read_text()
    assert all(item["reason"] and item["id"] in page for item in left.values())


def test_no_notebook_and_no_hidden_payload_is_in_it(released):
    _, folder = released
    assert not [name for name in bytes_of(folder) if name.endswith(".ipynb")]
    assert all(
        KEY + '":' not in path.read_text(errors="replace") for path in bytes_of(folder).values()
    )


def test_what_shows_single_people_or_extremes_has_no_rule():
    """Default deny: points of single people, timelines, work lists, curves, models."""
    for exhibit in ("limits.timeline", "limits.work_list", "review.drawn", "delay.curves_figure",
                    "rates.funnel_figure", "risk.coefficients", "change.rare_figure"):  # fmt: skip
        assert exhibit not in RULES
        assert reason(exhibit, "figure")
    assert reason("some.new_exhibit", "table") == "no rule covers it"


def test_columns_that_a_rule_does_not_name_do_not_leave(released):
    shown = table_of(released[1], "change.counts")
    assert "not_recorded" not in shown
    for path in (released[1] / "tables").iterdir():
        assert not {"source_row", "source_file", "p_value", "z"} & set(pd.read_csv(path))


def test_a_scan_of_the_release_finds_nothing(released):
    assert [leak for leak in leaks_of(released[1]) if leak.kind != "free text"] == []


# ---- Releases after one another ------------------------------------------------------------------


def test_a_second_release_takes_the_first_into_account_and_leaves_it_as_it_was(pack, tmp_path):
    first = release(pack, profile="hes", out=tmp_path)
    before = {name: path.read_bytes() for name, path in bytes_of(first).items()}
    second = release(pack, profile="hes", out=tmp_path)
    assert second.name == f"{first.name}_2"
    assert {name: path.read_bytes() for name, path in bytes_of(first).items()} == before
    said = json.loads((second / "manifest.json").read_text())
    assert said["earlier_releases"] == [first.name]
    log = (tmp_path / "coroners" / "releases.jsonl").read_text().splitlines()
    rows = [json.loads(line) for line in log]
    assert [row["pack"] for row in rows] == [f"coroners.{one.name}" for one in (first, second)]
    assert history.faults(tmp_path / "coroners" / "releases.jsonl") == []
    assert rows[0]["manifest_sha256"] == sha256(first / "manifest.json")

    (first / "published.json").write_text("{}")
    with pytest.raises(InputError, match="published.json of an earlier release was altered"):
        release(pack, profile="hes", out=tmp_path)
    shutil.rmtree(first)
    with pytest.raises(InputError, match="gone or was altered"):
        release(pack, profile="hes", out=tmp_path)


# ---- When it is refused -------------------------------------------------------------------------


def planted(text):
    """A change of a notebook: a label of a table that a rule covers says something of a person."""

    def change(notebook):
        for cell in notebook["cells"]:
            for output in cell.get("outputs", []):
                facts = output.get("metadata", {}).get(KEY, {})
                if facts.get("id") == "change.counts" and facts["kind"] == "table":
                    data = facts["resource"]["data"]
                    label = data.splitlines()[1].split(",")[2]
                    facts["resource"]["data"] = data.replace(label, text)

    return change


@pytest.mark.parametrize("text", ["Ref 943 476 5919", "Seen at SO30 1AA", "DOB 01/02/1950"])
def test_what_identifies_a_person_stops_the_release_and_nothing_is_put_in_place(text, tmp_path):
    pack = pack_of(tmp_path / "p", planted(text))
    with pytest.raises(ReleaseRefused) as refused:
        release(pack, profile="opensafely", out=tmp_path / "out")
    assert any("tables/change.counts.csv" in line for line in refused.value.lines)
    assert not any(text in line for line in refused.value.lines)
    assert [p.name for p in (tmp_path / "out").rglob("*") if p.is_file()] == []


def test_a_folder_that_is_no_pack_is_refused(tmp_path):
    with pytest.raises(InputError, match="no evidence pack here"):
        release(tmp_path, profile="hes", out=tmp_path)
    (tmp_path / "manifest.json").write_text("{}")
    with pytest.raises(InputError, match="manifest cannot be read"):
        release(tmp_path, profile="hes", out=tmp_path)
    with pytest.raises(InputError, match="no executed notebook"):
        release(pack_of(tmp_path / "p", shown=()), profile="hes", out=tmp_path)


def test_real_records_that_are_not_open_cannot_be_released_as_open(pack, tmp_path):
    with pytest.raises(InputError, match="hides nothing"):
        release(pack, profile="open", out=tmp_path)


def test_every_rule_is_of_an_exhibit_that_exists():
    from helpers.exhibits.words import catalogue

    assert set(RULES) <= set(catalogue())
    assert {rule.draws[0] for rule in RULES.values() if rule.draws} <= set(catalogue())


# ---- The command --------------------------------------------------------------------------------


def run(*given):
    parser = argparse.ArgumentParser()
    command.register(parser.add_subparsers())
    return command.run(parser.parse_args(["release", *map(str, given)]))


def test_the_command_says_where_the_release_is_and_nothing_else(pack, tmp_path, capfd):
    assert run(pack, "--profile", "hes", "--out", tmp_path) == 0
    said, place = capfd.readouterr().out.splitlines()
    assert said == "Release under the profile hes. Open in a browser:"
    assert Path(place.strip()).is_file()


def test_the_command_says_why_a_release_is_refused(tmp_path, capsys):
    pack = pack_of(tmp_path / "p", planted("Ref 943 476 5919"))
    assert run(pack, "--profile", "hes", "--out", tmp_path / "out") == 1
    said = capsys.readouterr().err
    assert "nothing was put in place" in said
    assert "NHS number" in said
    assert load("coroners").id not in {path.name for path in tmp_path.iterdir()}
