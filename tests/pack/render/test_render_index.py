"""The index of a pack: the case, every finding, what is marked, and what could not be answered."""

import pytest
from pack_notebook import NAME, TITLE, Tree

from helpers import start
from helpers.disclosure import PROFILES
from helpers.pack import render


@pytest.fixture(scope="module")
def front(index):
    return Tree(index)


def test_index_opens_with_the_case_and_then_the_findings(front, index, context):
    assert front.all("h1")[0][2] == context.case_title
    headings = [text for _, _, text in front.all("h2")]
    assert headings == [
        "On this page",
        "What the records show",
        "Every finding, page by page",
        "What was asked, and where it is answered",
        "Questions the records of this case could not answer",
        "What kind of data this is",
        "Definitions and denominators in force",
        "Words used here",
        "The record of judgement: what was assumed and decided, and who signed",
        "The pages",
        "Published figures, worked out again",
        "The files this rests on",
        "What is in this pack, and how to check it",
    ]
    top = index[: index.index('<h2 id="findings">')]
    for said in ("1 January 1995 to 31 July 2025", "31 July 2025", "Real.", PROFILES["open"]):
        assert said in top


def test_every_finding_is_on_the_index_and_leads_to_where_it_is_stated(front, leaf, made):
    places = {attrs["id"] for _, attrs, *_ in leaf.found if "id" in attrs}
    linked = {
        text: attrs["href"] for attrs, _, text in front.all("a") if "#mine" in attrs.get("href", "")
    }
    assert len(made.findings) == 11
    for finding in made.findings:
        page, _, place = linked[finding["text"]].partition("#")
        assert page == f"pages/{NAME}.html"
        assert place in places


def test_index_says_what_a_group_cannot_show(front):
    limits = [text for attrs, _, text in front.all("div") if attrs.get("class") == "limits"]
    assert len(limits) == 2
    assert "It does not show how many there should have been." in limits[0]


def test_index_lists_what_could_not_be_answered_and_what_was_compared(index):
    link = f'<a href="pages/{NAME}.html#mine.empty">Exhibit mine.empty</a>'
    assert f"<li>{link}, Inquests opened, by region</li>" in index
    assert "<li>18 agree.</li>" in index
    assert "<li>3 differ or cannot be worked out, with the reason given.</li>" in index
    assert "<li>0 do not agree, and no reason is known.</li>" in index


def test_index_gives_inputs_with_their_hashes_and_says_how_to_check(index, context):
    assert all(item["sha256"] in index for item in context.inputs)
    assert "sha256sum FILE" in index
    assert "code revision" in index
    assert "with 1 changed file" in index


def test_findings_of_an_unknown_page_are_refused(made, context):
    with pytest.raises(ValueError, match="findings of no page: mine.said, mine.one"):
        render.index(context.pages[1:], made.exhibits, context)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"data_status": "synthetic"}, "SYNTHETIC DATA."),
        ({"profile_name": "internal", "profile_text": PROFILES["internal"]}, "OFFICIAL-SENSITIVE"),
    ],
)
def test_synthetic_data_and_marked_profiles_are_said_first(made, notebook, context, change, said):
    from dataclasses import replace

    changed = replace(context, **change)
    for html in (
        render.index(context.pages, made.exhibits, changed),
        render.page(notebook, name=NAME, context=changed),
    ):
        header = html[html.index("<header>") : html.index("</header>")]
        assert said in header


def test_the_internal_profile_marks_every_page_with_its_pack(notebook, made, context):
    inside = start(case="coroners", release_profile="internal")
    code = {"version": "0.1.0"}
    marked = render.context_for(
        inside,
        block=inside.block(),
        made=made,
        pages=context.pages,
        verdicts={},
        code=code,
        pack_id='coroners-1 "x"</style>',
    )
    assert marked.classification == "OFFICIAL-SENSITIVE"
    for html in (
        render.index(marked.pages, made.exhibits, marked),
        render.page(notebook, name=NAME, context=marked),
    ):
        said = "OFFICIAL-SENSITIVE. Release profile: internal. Pack coroners-1 &#34;x&#34;"
        for tag in ("header", "footer"):
            assert said in html[html.index(f"<{tag}>") : html.index(f"</{tag}>")]
        assert html.count("</style>") == 1  # on paper it stands in the margin, by the stylesheet
        assert '"OFFICIAL-SENSITIVE. Release profile: internal. Pack coroners-1 \\22 x' in html


def test_ways_to_the_source_and_files_of_judgement_are_linked_where_they_are(run, notebook, made):
    given = {"block": run.block(), "made": made, "verdicts": {}, "code": {"version": "0.1.0"}}
    pages = [{"name": NAME, "title": TITLE, "question": "What?"}]
    context = render.context_for(
        run,
        pages=pages,
        trace=lambda name: f"pages/trace/{name}.html" if name == "mine.shares" else "",
        carries=["judgement/decisions.csv"],
        **given,
    )
    html = render.page(notebook, name=NAME, context=context)
    assert (
        html.count('<a href="../pages/trace/mine.shares.html">Where these numbers come from') == 1
    )
    assert "pages/trace/mine.drawn" not in html
    index = render.index(pages, made.exhibits, context)
    assert '<a href="judgement/decisions.csv">' in index
    assert '<a href="judgement/assumptions.csv">' not in index


def test_terms_of_reference_say_what_was_not_run(index, run):
    """The pages of this pack are its own, so that none of those of the suite were run."""
    for item in run.case.terms_of_reference:
        assert f'<th scope="row">{item.id}</th><td>{item.question}</td>' in index
    assert "Cannot be answered from these records." in index
    assert "On pages that were not run for this pack: Exhibit" in index


def test_a_bare_context_still_makes_an_index():
    words = dict.fromkeys(("case_title", "case_id", "summary", "period", "version"), "x")
    days = dict.fromkeys(("period_start", "period_end", "extract_date"), "2020-01-31")
    rest = dict.fromkeys(("profile_name", "profile_text", "created", "code_revision"), "")
    bare = render.PackContext(**words, **days, **rest, data_status="real")
    html = render.index([], [], bare)
    assert "No finding could be made from these records." in html
    assert "Every question that the pages ask could be answered" in html
    assert "This case lists no published figures" in html
