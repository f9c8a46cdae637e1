"""What a pack carries of its traces: the file, the page, and what the command prints of them."""

import argparse
import json
import re
from collections import Counter
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from helpers.commands import trace as command
from helpers.errors import InputError
from helpers.pack import render
from helpers.pack.manifest import revision
from helpers.pack.markup import anchor_of
from helpers.trace import document, page
from helpers.trace.rows import numbers

PROFILES = ("open", "internal")


@pytest.fixture(scope="module")
def made(packs):
    """Traces as a pack holds them, by profile."""
    held = packs("southern_health")
    found = {}
    for profile in PROFILES:
        run = replace(held.run, parameters=held.run.parameters | {"release_profile": profile})
        text = document.text(document.document(held.traces, run, code=revision()))
        found[profile] = json.loads(text)
    return found


@pytest.fixture(scope="module", params=PROFILES)
def html(request, packs, made):
    """The page of each profile."""
    held = packs("southern_health")
    pages = [{"name": name, "title": name, "question": ""} for name in held.executed]
    block = next(iter(held.made.runs.values()))
    context = render.context_for(
        held.run, block=block, made=held.made, pages=pages, verdicts={}, code=revision()
    )
    return page.page(made[request.param], context)


@pytest.fixture(scope="module")
def pack(tmp_path_factory, made):
    """A folder that holds the traces of the internal profile, and one of the open one."""
    folder = tmp_path_factory.mktemp("packs")
    for profile, held in made.items():
        (folder / profile).mkdir()
        (folder / profile / document.FILE).write_text(document.text(held), encoding="utf-8")
    return folder


# ---- The file -----------------------------------------------------------------------------------


def test_every_finding_of_the_run_is_in_the_file_with_its_numbers(packs, made):
    held = packs("southern_health")
    for item in held.made.findings:
        exhibit = next(one for one in held.made.exhibits if item in one.get("findings", []))
        told = made["open"]["exhibits"][exhibit["id"]]["findings"][item["id"]]
        assert told["text"] == item["text"]
        roles = {part["role"]: part["number"] for part in told["parts"] if "number" in part}
        assert roles["numerator"] == pytest.approx(item["numerator"])
        if item["denominator"] is None:  # a number that is out of nothing
            assert "denominator" not in roles
        else:
            assert roles["denominator"] == pytest.approx(item["denominator"])


def test_everything_that_is_named_is_there(made):
    held = made["open"]
    for item in held["exhibits"].values():
        assert set(item["cells"]) <= set(held["cells"])
        every = [item, *item["findings"].values(), *item["rows"].values()]
        assert {part["set"] for one in every for part in one["parts"]} <= set(held["sets"])
    files = {place["file"] for one in held["sets"].values() for place in one["places"]}
    assert files <= set(held["files"])
    assert all(re.fullmatch(r"[0-9a-f]{64}", one["sha256"]) for one in held["files"].values())
    assert held["code"]["version"]


def test_only_the_internal_profile_names_rows(made):
    texts = {profile: document.text(held) for profile, held in made.items()}
    assert '"references":"' in texts["internal"]
    assert '"references":"' not in texts["open"]
    assert made["internal"]["references"]
    assert not made["open"]["references"]


def test_references_are_as_many_as_rows_and_hash_to_what_both_profiles_say(made):
    import hashlib

    for name, held in made["internal"]["sets"].items():
        lines = []
        for place in held["places"]:
            rows = numbers(place["references"])
            assert len(rows) == place["rows"]
            lines += [f"{place['file']}|{place['sheet']}|{row}" for row in rows]
        assert len(lines) == held["rows"] == made["open"]["sets"][name]["rows"]
        hashed = hashlib.sha256("\n".join(lines).encode()).hexdigest()
        assert hashed == held["sha256"] == made["open"]["sets"][name]["sha256"]


def test_the_file_holds_nothing_of_a_person(packs, made):
    held = packs("southern_health")
    text = document.text(made["internal"])
    ids = held.run.people["death_id"].head(200)
    assert not [name for name in ids if f'"{name}"' in text]
    assert not re.search(r"\b999\d{7}\b", text)


def test_two_times_the_same_traces_are_the_same_bytes(packs, made):
    held = packs("southern_health")
    again = document.text(document.document(held.traces, held.run, code=revision()))
    assert json.loads(again) == made["open"]


def test_what_is_withheld_holds_no_number_of_any_record(made):
    held = document.withheld(made["internal"])
    assert list(held["exhibits"]) == list(made["internal"]["exhibits"])
    text = document.text({**held, "cells": {}, "files": {}})
    for telling in ('"references":"', '"number":', '"rows":{"', "1,454", '"numerator":1454'):
        assert telling in document.text(made["internal"])
        assert telling not in text
    assert held["exhibits"]["rates.steps"]["definitions"]


def test_the_file_is_of_a_size_that_a_browser_reads(made):
    assert all(len(document.text(held).encode()) < 3_000_000 for held in made.values())


# ---- The page -----------------------------------------------------------------------------------


class Tags(HTMLParser):
    """Every element with its attributes, and the text of captions."""

    def __init__(self, text):
        super().__init__()
        self.found = []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))

    def all(self, tag):
        return [held for name, held in self.found if name == tag]


def test_the_page_has_a_section_for_each_exhibit_and_finding(html, made):
    ids = {held.get("id") for held in Tags(html).all("section")}
    for name, item in made["open"]["exhibits"].items():
        assert anchor_of(name) in ids
        assert {anchor_of(one) for one in item["findings"]} <= ids


def test_ids_are_there_once_and_every_link_within_the_page_leads_somewhere(html):
    tags = Tags(html)
    ids = Counter(held["id"] for _, held in tags.found if "id" in held)
    assert [name for name, times in ids.items() if times > 1] == []
    links = {held["href"] for held in tags.all("a") if held.get("href", "").startswith("#")}
    assert {link.removeprefix("#") for link in links} <= set(ids)


def test_tables_have_captions_and_scopes_and_what_scrolls_can_be_reached(html):
    tags = Tags(html)
    assert len(tags.all("table")) == len(tags.all("caption")) > 10
    assert all(held.get("scope") in {"row", "col"} for held in tags.all("th"))
    scrolls = [held for _, held in tags.found if "scroll" in held.get("class", "").split()]
    assert all(held["tabindex"] == "0" and held["aria-label"] for held in scrolls)
    levels = [int(name[1]) for name, _ in tags.found if re.fullmatch(r"h[1-6]", name)]
    assert levels[0] == 1
    assert all(later - earlier <= 1 for earlier, later in zip(levels, levels[1:], strict=False))


def test_links_are_told_apart_by_their_words(html):
    found = re.findall(r'<a href="([^"]*)">(.*?)</a>', html, re.S)
    words = {}
    for address, text in found:
        words.setdefault(re.sub(r"<[^>]*>", "", text), set()).add(address)
    assert [text for text, addresses in words.items() if len(addresses) > 1] == []


def test_the_page_weighs_under_two_megabytes_and_asks_nothing_of_the_network(html):
    assert len(html.encode()) < 2_000_000
    assert not Tags(html).all("script")
    addresses = [held.get("href", "") for held in Tags(html).all("a")]
    assert not [one for one in addresses if re.match(r"(https?:)?//", one)]


def test_the_page_says_that_the_data_are_synthetic(html):
    assert "SYNTHETIC DATA." in html


def test_the_address_of_each_exhibit_and_finding_is_known(made, html):
    held = page.links(made["open"])
    assert held["rates.steps.siri.investigated"] == "traces.html#rates.steps.siri.investigated"
    ids = {one.get("id") for _, one in Tags(html).found}
    assert {address.partition("#")[2] for address in held.values()} <= ids


# ---- The command --------------------------------------------------------------------------------


def run(capsys, *words):
    """What ``inquiry trace`` prints."""
    parser = argparse.ArgumentParser()
    command.register(parser.add_subparsers(dest="command"))
    assert command.run(parser.parse_args(["trace", *map(str, words)])) == 0
    return capsys.readouterr().out


def test_a_finding_is_printed_with_all_that_stands_behind_it(capsys, pack):
    out = run(capsys, pack / "internal", "rates.steps.no_family.investigated")
    for line in (
        "SYNTHETIC: The chain from death to investigation [rates.steps]",
        "Definition: The chain from death to investigation [chain]",
        "  Out of: deaths that reached the step before",
        "Numerator: 174",
        "Denominator: 272",
        "Method: Wilson score, no continuity correction",
        "Level: 95%",
        "Rows, numerator = 174: Investigated without involvement of the family",
        "Rows, recorded in: Records that show no involvement of the family",
        "  data/southern_health/incident_system.xlsx, sheet Learning Disability: 2 rows: 28,146",
    ):
        assert line in out.splitlines()
    assert "level=0.95" in out
    assert re.search(r"steps\.ladder: helpers\.cohort\.steps\.ladder \(helpers/.*, line \d+\)", out)
    assert re.search(r"File: data/southern_health/patient_system.xlsx, SHA-256 [0-9a-f]{64}", out)


def test_in_the_open_profile_rows_are_counted_and_hashed(capsys, pack):
    out = run(capsys, pack / "open", "rates.steps.no_family.investigated")
    line = "  data/southern_health/incident_system.xlsx, sheet Learning Disability: 2 rows"
    assert line in out.splitlines()
    assert "SHA-256 of the references: " in out
    assert "Release profile open: rows are counted and hashed, not named" in out


def test_an_exhibit_is_traced_to_all_rows_that_it_can_have_been_made_from(capsys, pack):
    out = run(capsys, pack / "internal", "rates.icons")
    assert "computed from all of these rows" in out
    assert "figures.icon_array: helpers.figures.icons.icon_array" in out


def test_a_row_is_named_by_its_number_or_by_its_values(capsys, pack):
    first = run(capsys, pack / "internal", "rates.chain", "--row", "1")
    second = run(capsys, pack / "internal", "rates.chain", "--row", "step=reported", "base=deaths")
    assert first == second
    assert "Rows, numerator = 1,454: Reported as an incident" in first


@pytest.mark.parametrize(
    ("words", "what", "mend"),
    [
        (["rate.steps"], "no finding and no exhibit has this id", "Nearest: rates.steps,"),
        (["zzzz"], "no finding and no exhibit has this id", "findings.json lists"),
        (["rates.chain", "--row", "99"], "no row has these values", "Use a number, or: step,"),
        (["rates.chain", "--row", "step=reviewed"], "3 rows have these values", "Use a number"),
        (["rates.chain", "--row", "reviewed"], "'reviewed' names no row", "Write a number"),
        (["rates.icons", "--row", "1"], "its rows are not traced one by one", "Leave --row out"),
    ],
)
def test_what_is_not_there_is_refused_in_one_plain_line(capsys, pack, words, what, mend):
    with pytest.raises(InputError) as caught:
        run(capsys, pack / "internal", *words)
    (problem,) = caught.value.problems
    assert problem.what == what
    assert problem.mend.startswith(mend)


def test_a_folder_without_traces_is_refused(capsys, tmp_path):
    for folder, what in ((tmp_path, "the folder holds no traces"), (tmp_path / "a", "there is no")):
        with pytest.raises(InputError, match=what):
            run(capsys, folder, "rates.steps")
    (tmp_path / document.FILE).write_text("[]", encoding="utf-8")
    with pytest.raises(InputError, match="not one of traces"):
        run(capsys, tmp_path, "rates.steps")
    (tmp_path / document.FILE).write_text('{"traces_version": "2.0"}', encoding="utf-8")
    with pytest.raises(InputError, match=r"its version is 2\.0"):
        run(capsys, tmp_path, "rates.steps")
