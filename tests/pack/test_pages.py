"""The pages of both shipped cases: light, numbered, traced; no link leads to nothing."""

import re
from html.parser import HTMLParser

import pytest

from helpers.exhibits import numbers
from helpers.pack import glossary

CASES = ["southern_health", "coroners"]


class Places(HTMLParser):
    """Ids of a page, and where its links lead."""

    def __init__(self, html):
        super().__init__()
        self.ids, self.links = set(), []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if "id" in given:
            self.ids.add(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])


@pytest.fixture(scope="module", params=CASES)
def pack(request, rendered):
    return rendered(request.param)


@pytest.fixture(scope="module")
def places(pack):
    return {name: Places(html) for name, html in pack.pages.items()}


def test_every_page_weighs_less_than_two_megabytes(pack):
    assert {
        name: len(html) for name, html in pack.pages.items() if len(html.encode()) >= 2_000_000
    } == {}


def test_all_pages_are_made_in_seconds(pack):
    """A pack has 15 seconds after its notebooks have run; a busy machine is allowed for."""
    assert pack.seconds < 15


def test_every_exhibit_has_its_number_in_its_title_and_in_the_contents(pack):
    for facts in pack.made.exhibits:
        html = pack.pages[f"pages/{facts['page']}.html"]
        label = numbers.label(facts["id"])
        anchor = f'<a class="number" href="#{facts["id"]}">{label}</a>. '
        assert html.count(anchor) == 1, facts["id"]
        assert f'id="{facts["id"]}"' in html
        assert f'<li><a href="#{facts["id"]}">{label}. ' in html


def test_every_exhibit_leads_to_where_its_numbers_come_from(pack):
    for facts in pack.made.exhibits:
        html = pack.pages[f"pages/{facts['page']}.html"]
        assert f'<a href="../traces.html#{facts["id"]}">Where ' in html
    for finding in pack.made.findings:
        assert f'<a href="traces.html#{finding["id"]}">' in pack.pages["index.html"]


def test_every_link_between_pages_leads_to_a_place_that_is_there(places):
    for name, page in places.items():
        for link in page.links:
            target, _, fragment = link.partition("#")
            if target and not target.endswith(".html"):
                continue
            if target.endswith("traces.html"):
                continue  # written by whoever gives the way to it
            target = target.removeprefix("../")
            if target:
                target = target if "/" in target or target == "index.html" else f"pages/{target}"
            assert (target or name) in places, (name, link)
            if fragment:
                assert fragment in places[target or name].ids, (name, link)


def test_every_finding_and_every_item_that_was_asked_is_on_the_index(pack):
    from html import escape

    index = pack.pages["index.html"]
    for finding in pack.made.findings:
        assert escape(finding["text"], quote=False).replace("'", "&#39;") in index.replace(
            "&#x27;", "&#39;"
        )
    for item in pack.run.case.terms_of_reference:
        assert f'<th scope="row">{item.id}</th>' in index


def test_the_findings_come_before_everything_else_each_with_how_sure_and_its_limit(pack):
    index = pack.pages["index.html"]
    body = index[index.index('<div class="body">') :]
    assert body.index('<h2 id="findings">') < body.index('<h2 id="all-findings">')
    first = body[: body.index('<h2 id="all-findings">')]
    stated = first.split("<li>")[1:]
    assert 5 <= len(stated) <= 30
    for item in stated:
        assert "<strong>How sure:</strong>" in item
        assert "<strong>What it cannot show:</strong>" in item
        assert re.search(r'<a href="pages/\w+\.html#[\w.]+">Exhibit \d[a-z]?\.\d+</a>', item)


def test_marking_profile_and_pack_stand_at_the_head_and_the_foot_of_every_page(pack):
    for name, html in pack.pages.items():
        head = html[html.index("<header>") : html.index("</header>")]
        foot = html[html.index("<footer>") : html.index("</footer>")]
        for part in (head, foot):
            assert "Release profile: open" in part, name
            assert f"Pack {pack.name}-1" in part, name
            assert ("SYNTHETIC" in part) == (pack.name == "southern_health"), name


def test_a_term_leads_to_its_meaning_where_it_is_first_used_and_only_there(pack, places):
    known = {glossary.anchor(term) for term in pack.context.glossary}
    assert len(known) > 25
    assert known <= places["index.html"].ids
    for name, page in places.items():
        linked = [link.partition("#")[2] for link in page.links if "#term-" in link]
        assert len(linked) == len(set(linked)), name
        assert set(linked) <= known
        if name != "index.html":
            assert linked, name


def test_every_item_that_was_asked_stands_as_it_should(pack):
    """All ten pages are there, so nothing is said to be elsewhere."""
    standing = {row["id"]: row["standing"] for row in pack.context.terms}
    assert not any(row["elsewhere"] for row in pack.context.terms)
    wanted = {
        "southern_health": {"A1": "answered", "A5": "in part", "A9": "cannot", "B5": "cannot"},
        "coroners": {"A1": "answered", "A5": "cannot", "B1": "in part", "B4": "nothing"},
    }[pack.name]
    assert {name: standing[name] for name in wanted} == wanted


def test_gaps_in_the_record_of_judgement_are_shown(pack):
    index = pack.pages["index.html"]
    for role in ("commissioner", "analyst", "assurer", "approver"):
        assert f"No {role} has signed" in index
    assert "judgement/assumptions.csv</a>" not in index  # a pack that carries none links to none
