"""Two packs of a small case side by side: what may be compared, what may not, and what is said."""

import csv
import gc
import json
from html.parser import HTMLParser

import pandas as pd
import pytest

from helpers import cli
from helpers.compare import packs
from helpers.compare.account import COLUMNS, account
from helpers.compare.beside import same_method
from helpers.compare.numbers import keys
from helpers.errors import InputError
from helpers.exhibits.resource import from_frame
from helpers.intake.reading import sha256
from helpers.pack import history, manifest

WILSON = "Wilson score, no continuity correction"
MADE = "2026-01-01T00:00:00+00:00"
DEFINITION = {
    "id": "opened_share", "label": "Opened", "text": "Inquests opened out of deaths reported.",
    "numerator": "opened", "denominator": "reported", "cannot_show": "", "claim_type": "process",
}  # fmt: skip


def facts(name, frame, *, kind="table", period=("2018-01-01", "2018-12-31"), **more):
    """An exhibit as a notebook carries it."""
    return {
        "id": name, "kind": kind, "title": "Inquests opened", "shows": "", "cannot_show": [],
        "definitions": [DEFINITION], "method": [WILSON], "level": [0.95], "unit": "percent",
        "period_start": period[0], "period_end": period[1], "data_status": "real",
        "resource": from_frame(name, frame), **more,
    }  # fmt: skip


def share(numerator, denominator, **more):
    """A row of a share with its Wilson limits, from the suite's own method."""
    from helpers.methods.proportions import wilson

    low, high = (float(limit) for limit in wilson(numerator, denominator))
    return {
        "indicator": "opened_share", "numerator": numerator, "denominator": denominator,
        "value": numerator / denominator, "low": low, "high": high, "level": 0.95,
        "method": WILSON, **more,
    }  # fmt: skip


def finding(row, period, **more):
    return {
        "version": "1.0", "id": "tiny.found.opened_share", "title": "Inquests opened",
        "text": f"{row['numerator']} of {row['denominator']}.", "unit": "proportion",
        "definition": "opened_share", "denominator_id": "reported", "claim_type": "process",
        "period_start": period[0], "period_end": period[1], "stratum": {}, "data_status": "real",
        "source_table": "counts",
        **{key: row[key] for key in ("value", "low", "high", "level", "method", "numerator",
                                     "denominator")}, **more,
    }  # fmt: skip


class Packs:
    """A folder in which packs are written by hand, each with its manifest and on the ledger."""

    def __init__(self, home):
        self.home = home

    def add(self, row, *, case="small", period=("2018-01-01", "2018-12-31"), data="d",
            version=1, frame=None, code="c", change=None, said=None):  # fmt: skip
        folder = self.home / case / "_".join(period) / f"v{version}"
        frame = pd.DataFrame([share(*row)]) if frame is None else frame
        told = finding(share(*row), period, **(said or {}))
        exhibits = [
            facts("tiny.shares", frame, period=period),
            facts("tiny.found", frame.head(1), kind="findings", period=period, findings=[told]),
        ]
        for item in exhibits:
            item.update(change or {})
        outputs = [{"metadata": {"inquiry": item}, "data": {}} for item in exhibits]
        (folder / "notebooks").mkdir(parents=True)
        notebook = json.dumps({"cells": [{"outputs": outputs}]})
        (folder / "notebooks" / "1_tiny.ipynb").write_text(notebook, encoding="utf-8")
        entry, previous = history.last(self.home / case / history.NAME)
        made = {
            "manifest_version": manifest.VERSION,
            "pack": {"id": f"{case}.{'_'.join(period)}.v{version}", "version": version},
            "ledger": {"entry": entry + 1, "previous": previous, "made": MADE},
            "case": case, "period": dict(zip(("start", "end"), period, strict=True)),
            "data_status": "real", "extract_date": "2021-01-15", "release_profile": "open",
            "notebooks": {"1_tiny": {"parameters": {"case": case, "level": 0.95}}},
            "plan": None, "rules": {"files": []},
            "inputs": [{"file": "counts.csv", "sha256": data}],
            "rows": [{"file": "counts.csv", "rows_read": 1}],
            "outputs": manifest.outputs(folder), "code": {"sha256": code, "revision": code},
            "environment": {"python": "3.11", "packages": {}},
        }  # fmt: skip
        (folder / "manifest.json").write_text(json.dumps(made), encoding="utf-8")
        digest = sha256(folder / "manifest.json")
        history.append(
            self.home / case / history.NAME,
            history.Entry(entry + 1, made["pack"]["id"], digest, MADE, previous),
        )
        return folder


@pytest.fixture
def made(tmp_path):
    return Packs(tmp_path / "evidence")


def told(first, second):
    return account(*packs.both(first, second))


LATER = ("2019-01-01", "2019-12-31")


def test_two_periods_of_a_case_have_newcombes_interval_and_the_period_as_cause(made):
    """Newcombe 1998, contrast (a): 56 of 70 against 48 of 80."""
    found = told(made.add((48, 80)), made.add((56, 70), period=LATER))
    (line,) = found["findings"]
    assert line["status"] == "differs"
    assert line["difference"] == pytest.approx(0.2)
    assert line["difference_low"] == pytest.approx(0.0524, abs=5e-5)
    assert line["difference_high"] == pytest.approx(0.3339, abs=5e-5)
    assert line["method"].startswith("Newcombe")
    assert line["cause"] == "period"
    assert (line["old_numerator"], line["new_denominator"]) == (48, 70)


def test_the_same_period_again_is_not_independent_and_has_no_interval(made):
    found = told(made.add((48, 80)), made.add((50, 80), data="e", version=2))
    (line,) = found["findings"]
    assert line["difference"] == pytest.approx(2 / 80)
    assert line["difference_low"] is None
    assert line["no_interval"].startswith("not independent: the same period")
    assert line["cause"] == "input"


def test_periods_that_overlap_are_not_independent(made):
    found = told(made.add((48, 80)), made.add((56, 70), period=("2018-07-01", "2019-06-30")))
    assert "overlap" in found["findings"][0]["no_interval"]


def test_a_day_after_the_end_is_enough_for_other_people(made):
    found = told(made.add((48, 80)), made.add((56, 70), period=("2019-01-01", "2019-01-31")))
    assert found["findings"][0]["no_interval"] is None


@pytest.mark.parametrize(("data", "independent"), [("e", True), ("d", False)])
def test_another_case_is_other_people_unless_both_read_the_same_file(made, data, independent):
    found = told(made.add((48, 80)), made.add((56, 70), case="other", data=data))
    assert (found["findings"][0]["no_interval"] is None) is independent


@pytest.mark.parametrize(
    ("change", "said", "because"),
    [
        ({"definitions": [{**DEFINITION, "text": "Another text."}]}, {}, "reads otherwise"),
        ({}, {"definition": "another"}, "the definition is opened_share in one and another"),
        ({}, {"denominator_id": "all deaths"}, "the denominator is reported in one"),
        ({}, {"unit": "ratio"}, "the unit is proportion in one and ratio in the other"),
        ({}, {"method": "Clopper-Pearson"}, "the method differs: Wilson score"),
        ({}, {"data_status": "synthetic"}, "people who never lived"),
    ],
)
def test_what_is_not_the_same_thing_is_not_set_side_by_side(made, change, said, because):
    found = told(made.add((48, 80)), made.add((56, 70), period=LATER, change=change, said=said))
    (line,) = found["findings"]
    assert line["status"] == "not compared"
    assert because in line["because"]
    assert line["difference"] is None
    assert line["difference_low"] is None


def test_rows_are_paired_by_what_names_them_and_others_are_only_in_one(made):
    rows = [pd.DataFrame([share(x, 80, year=year) for x, year in held])
            for held in (((48, 2017), (50, 2018)), ((50, 2018), (60, 2019)))]  # fmt: skip
    found = told(
        made.add((48, 80), frame=rows[0], period=("2017-01-01", "2018-12-31")),
        made.add((48, 80), frame=rows[1], period=("2018-01-01", "2019-12-31")),
    )
    shares = {line["row"]: line for line in found["tables"] if line["column"] == "value"}
    status = {row: line["status"] for row, line in shares.items()}
    assert status == {
        "indicator opened_share, year 2017": "only in the first",
        "indicator opened_share, year 2018": "same",
        "indicator opened_share, year 2019": "only in the second",
    }
    same = shares["indicator opened_share, year 2018"]
    assert same["no_interval"] == "not independent: both are of the same year"


def test_counts_are_compared_exactly_and_stand_without_an_interval(made):
    found = told(made.add((48, 80)), made.add((49, 80), period=LATER))
    counts = {line["column"]: line for line in found["tables"]}
    assert counts["numerator"]["difference"] == 1
    assert counts["numerator"]["method"] is None
    assert counts["denominator"]["status"] == "same"


def test_rows_that_cannot_be_told_apart_are_not_paired_unless_each_name_stands_as_often():
    once, twice = (
        {"resource": from_frame("a.b", pd.DataFrame({"what": ["a"] * n, "numerator": range(n)}))}
        for n in (2, 3)
    )
    assert keys(once, once) == ["what"]
    assert keys(once, twice) is None


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("CR2 of 24 clusters", "CR2 of 80 clusters", True),
        ("limits from t with 45 df", "limits from t with 3 df", True),
        ("Firth (fewer than 10 in Service: A)", "Firth (fewer than 10 in Service: B)", True),
        ("maximum likelihood", "Firth's penalised likelihood", False),
        ("the open-ended band at 78.2", "the open-ended band at 80.1", False),
    ],
)
def test_what_the_data_put_into_the_name_of_a_method_does_not_make_it_another(first, second, same):
    assert same_method(first, second) is same


# The command -------------------------------------------------------------------------------------


def inquiry(*arguments):
    return cli.main([str(argument) for argument in arguments])


class Page(HTMLParser):
    """Headings, ids and links of a page."""

    def __init__(self, text):
        super().__init__()
        self.ids, self.links, self.heads = [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        held = dict(attrs)
        self.ids += [held["id"]] if "id" in held else []
        self.links += [held["href"]] if tag == "a" and "href" in held else []
        self.heads += [tag] if tag in {"h1", "h2", "h3"} else []


def test_the_command_writes_a_page_a_csv_and_json_that_say_the_same(made, tmp_path, capsys):
    first, second = made.add((48, 80)), made.add((56, 70), period=LATER)
    out = tmp_path / "out"
    assert inquiry("compare", first, second, "--out", out) == 0
    said = capsys.readouterr().out
    assert "as it was made" in said
    assert "Findings: 1 differ" in said
    held = json.loads((out / "comparison.json").read_text("utf-8"))
    with (out / "comparison.csv").open(encoding="utf-8", newline="") as file:
        lines = list(csv.DictReader(file))
    assert list(lines[0]) == list(COLUMNS)
    assert len(lines) == len(held["findings"]) + len(held["tables"])
    assert float(lines[0]["difference_low"]) == held["findings"][0]["difference_low"]
    text = (out / "index.html").read_text("utf-8")
    page = Page(text)
    assert len(page.ids) == len(set(page.ids))
    assert {link[1:] for link in page.links if link.startswith("#")} <= set(page.ids)
    assert page.heads.count("h1") == 1
    assert "20.0 percentage points (95% interval 5.2 to 33.4; Newcombe" in text
    assert sorted(path.name for path in tmp_path.iterdir()) == ["evidence", "out"]


def test_a_pack_that_is_not_as_it_was_made_is_named_everywhere(made, tmp_path, capsys):
    first, second = made.add((48, 80)), made.add((56, 70), period=LATER)
    (second / "note.txt").write_text("added", encoding="utf-8")
    out = tmp_path / "out"
    assert inquiry("compare", first, second, "--out", out) == 1
    assert "NOT as it was made (1 faults)" in capsys.readouterr().out
    assert "note.txt: added" in (out / "index.html").read_text("utf-8")
    held = json.loads((out / "comparison.json").read_text("utf-8"))
    assert (held["first"]["as_it_was_made"], held["second"]["as_it_was_made"]) == (True, False)


def test_a_comparison_again_replaces_the_one_before(made, tmp_path):
    first, second = made.add((48, 80)), made.add((56, 70), period=LATER)
    out = tmp_path / "out"
    for _ in range(2):
        assert inquiry("compare", first, second, "--out", out) == 0
    assert sorted(path.name for path in out.iterdir()) == [
        "comparison.csv", "comparison.json", "index.html",
    ]  # fmt: skip


def test_both_folders_that_are_no_packs_are_named_at_once(tmp_path, capsys):
    (tmp_path / "a").mkdir()
    assert inquiry("compare", tmp_path / "a", tmp_path / "b") == 2
    said = capsys.readouterr().err.splitlines()
    assert [line.split(":")[1].strip() for line in said] == ["a", "b"]


def test_a_pack_is_not_compared_with_itself(made):
    pack = made.add((48, 80))
    with pytest.raises(InputError, match="the same pack"):
        packs.both(pack, pack)


def test_a_notebook_that_cannot_be_read_is_named(made):
    first, second = made.add((48, 80)), made.add((56, 70), period=LATER)
    (second / "notebooks" / "1_tiny.ipynb").write_text("{", encoding="utf-8")
    with pytest.raises(InputError, match=r"1_tiny\.ipynb: the file cannot be read"):
        packs.both(first, second)


@pytest.mark.parametrize("place", ["in a pack", "in a folder of something else"])
def test_nothing_is_written_where_it_would_alter_or_replace_something_else(made, tmp_path, place):
    first, second = made.add((48, 80)), made.add((56, 70), period=LATER)
    other = tmp_path / "other"
    other.mkdir()
    (other / "mine.txt").write_text("mine", encoding="utf-8")
    out = second / "comparison" if place == "in a pack" else other
    before = sorted(path for path in tmp_path.rglob("*"))
    assert inquiry("compare", first, second, "--out", out) == 2
    assert sorted(path for path in tmp_path.rglob("*")) == before


@pytest.fixture
def kernels_collected():
    """Let what a kernel left be collected within the test that started it."""
    yield
    gc.collect()


@pytest.mark.slow
@pytest.mark.xdist_group("pack")
@pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning")
@pytest.mark.usefixtures("kernels_collected")
def test_packs_of_the_suite_itself_are_compared(project, tmp_path):
    """Two periods of the small case, run as a user runs them: opened 55 of 350, 161 of 820."""
    for period in (("2018-01-01", "2018-12-31"), ("2019-01-01", "2020-12-31")):
        assert inquiry("run", "small", "--start", period[0], "--end", period[1],
                       "--no-pdf", "--quiet") == 0  # fmt: skip
    folders = sorted(project.packs.glob("*/v1"))
    out = tmp_path / "out"
    assert inquiry("compare", *folders, "--out", out) == 0
    held = json.loads((out / "comparison.json").read_text("utf-8"))
    assert {item["cause"] for item in held["grounds"]} == {"period"}
    lines = held["findings"]
    assert {line["status"] for line in lines} == {"only in the first", "only in the second"}
    north = [line for line in held["tables"] if line["row"].endswith("The North")
             and line["column"] == "value"]  # fmt: skip
    assert [(line["old_numerator"], line["old_denominator"]) for line in north] == [(20, 100)]
    assert [(line["new_numerator"], line["new_denominator"]) for line in north] == [(58, 230)]
