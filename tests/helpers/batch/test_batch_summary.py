"""The page over all rows: in the order of the plan, counts of the chain only, and marked."""

import csv
import json
import re

import pytest

from helpers.batch import journal, summary
from helpers.batch.plan import Row

DAYS = ("2014-04-01", "2015-03-31")


def finding(name, numerator, denominator):
    return {"id": name, "numerator": numerator, "denominator": denominator}


@pytest.fixture
def written(tmp_path):
    """A page of three rows: a pack with the chain, one that failed, one that has not been run."""
    rows = [
        Row(2, "zeta", "Zeta & Sons", *DAYS, "internal", "real", code="1"),
        Row(3, "alpha", "Alpha", *DAYS, "open", "synthetic", code="2"),
        Row(4, "mid", "Mid", *DAYS, "open", "synthetic", code="3"),
    ]
    pack = tmp_path / rows[0].folder / "v1"
    pack.mkdir(parents=True)
    found = [
        finding("rates.steps.reported.deaths", 303.0, 1000.0),
        finding("rates.steps.unexpected.reported", 188.0, 303.0),
        finding("rates.steps.investigated.deaths", 93.0, 1000.0),
        finding("rates.by_team.north", 3.0, 4.0),
    ]
    (pack / "findings.json").write_text(json.dumps(found), encoding="utf-8")
    place = pack.relative_to(tmp_path).as_posix()
    ended = {
        rows[0].key: {"event": journal.DONE, "pack": place, "seconds": 61.04},
        rows[1].key: {"event": journal.FAILED, "reason": ["<script>alert(1)</script>"]},
    }
    (tmp_path / "batch").mkdir()
    page = summary.write(tmp_path / "batch", rows, ended, out=tmp_path)
    with (page.parent / "summary.csv").open(encoding="utf-8", newline="") as file:
        return page.read_text(encoding="utf-8"), list(csv.DictReader(file))


def test_rows_stand_in_the_order_of_the_plan(written):
    page, table = written
    assert re.findall(r'<tr id="row-(\d)">', page) == ["2", "3", "4"]
    assert [row["case"] for row in table] == ["zeta", "alpha", "mid"]
    assert [row["status"] for row in table] == ["done", "failed", "not yet run"]


def test_of_what_a_pack_found_only_the_counts_of_the_chain_are_repeated(written):
    page, table = written
    counts = {name: table[0][name] for name in summary.CHAIN}
    assert list(counts.values()) == ["1000", "303", "188", "93"]
    assert re.findall(r'<td class="num">([\d,]+)</td>', page)[:5] == [
        "2",
        "1,000",
        "303",
        "188",
        "93",
    ]
    assert "by_team" not in page
    assert {table[1][name] for name in summary.CHAIN} == {""}


def test_what_is_synthetic_and_what_is_sensitive_is_marked(written):
    page, table = written
    assert [row["data_status"] for row in table] == ["real", "SYNTHETIC", "SYNTHETIC"]
    assert "Some of these data are SYNTHETIC" in page
    assert page.count("OFFICIAL-SENSITIVE") == 2


def test_the_page_is_one_that_everybody_can_use(written):
    """As those of a pack: a language, a way past the header, headers of cells, nothing fetched."""
    page, _ = written
    assert '<html lang="en-GB">' in page
    assert '<a class="skip" href="#main">' in page
    assert "default-src 'none'" in page
    assert "<caption>" in page
    head = page[page.index("<thead>") : page.index("</thead>")]
    assert head.count('scope="col"') == head.count("<th") - 1 == 12
    assert page.count('<th scope="row">') == 3
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)" in page
    assert "Zeta &amp; Sons</a>" in page
