"""The pages of a pack: readable offline, by anyone, and true to what the notebooks show."""

import base64
import re
import zlib
from html.parser import HTMLParser

import matplotlib as mpl
import nbformat
import pytest
from nbformat import v4

mpl.use("agg")

from matplotlib import pyplot as plt  # noqa: E402 - after the choice of the backend

from helpers import start  # noqa: E402
from helpers.disclosure import PROFILES  # noqa: E402
from helpers.exhibits import Exhibits, images  # noqa: E402
from helpers.pack import render  # noqa: E402
from helpers.pack.collect import collect  # noqa: E402

NAME = "1_rates"
OTHER = "2_times"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TITLE = "How deaths reported to coroners were looked into"
PROSE = f"""# {TITLE}

> What share of the deaths reported to coroners led to an inquest?

The figures come from [the ministry](https://www.gov.uk/coroners) and <https://example.org/list>.
See [the other page](2_times.ipynb), [the shares](#What-share,-by-region?), [nowhere](#nowhere)
and [a file](../docs/rules.md).

| Year | Deaths |
|------|-------:|
| 2019 | 210912 |

![a plan of the court](https://example.org/plan.png)
"""
HOSTILE = """<style>@import url(https://example.org/a.css); body {display: none}</style>
<script src="https://example.org/a.js">fetch("https://example.org")</script>
<div id="main" onclick="alert(1)" style="background: url(//example.org/x.png)">Kept text
<a href="javascript:alert(1)">a script</a><svg><image href="https://example.org/y"/></svg>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>n</th></tr>
</thead><tbody><tr><th>a</th><td>1</td></tr></tbody></table><h5>Deep</h5>"""


def shares(run):
    """Return shares of one year by region, as tidy rows with intervals."""
    frame = run.counts[run.counts["year"].eq(2019)]
    grid = frame.pivot_table(index="region", columns="measure", values="events", aggfunc="sum")
    found = grid[["inquests_opened", "deaths_reported"]].reset_index()
    found.columns = ["label", "numerator", "denominator"]
    found["value"] = found["numerator"] / found["denominator"]
    spread = 1.96 * (found["value"] * (1 - found["value"]) / found["denominator"]) ** 0.5
    found["low"], found["high"] = found["value"] - spread, found["value"] + spread
    return found.assign(level=0.95, method="normal approximation, for this test only")


def drawing(frame):
    """Draw the shares: labelled artists carry data, the grid line is decoration."""
    figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    ax.axhline(0, color="#999999")
    ax.hlines(range(len(frame)), 100 * frame["low"], 100 * frame["high"], label="95% interval")
    ax.scatter(100 * frame["value"], range(len(frame)), label="share")
    ax.set_yticks(range(len(frame)), frame["label"])
    ax.set_xlabel("Inquests opened per 100 deaths reported")
    plt.close(figure)
    return figure


def output(shown):
    """Return what a cell stores for an object that it shows."""
    data, metadata = shown._repr_mimebundle_()
    return v4.new_output("execute_result", data, metadata=metadata, execution_count=1)


def code(source, *outputs, tags=()):
    return v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def executed(run):
    """Return a notebook as it is after a run, with exhibits and with whatever else cells show."""
    show, frame = Exhibits(run), shares(run)
    words = {"scope": "counts", "cannot_show": "It does not show how many there should have been."}
    table = {"title": "Inquests opened, by region", "shows": "A row is a region.", **words}
    sentence = "{label}: an inquest was opened on {numerator} of {denominator} deaths ({value})."
    finding = {
        "title": "What was found",
        "shows": "A sentence each.",
        "sentence": sentence,
        **words,
    }
    plain = {"text/plain": "   n\na  1\n<b>"}
    cells = [
        v4.new_markdown_cell(PROSE),
        code('case = "coroners"  # the case', tags=["parameters"]),
        code('case = "coroners"', tags=["injected-parameters"]),
        code("run = start(case=case)\nshow = Exhibits(run)", output(show.opening())),
        v4.new_markdown_cell("## What share, by region?"),
        code('show.table("mine.shares", frame)', output(show.table("mine.shares", frame, **table))),
        code("draw()", output(show.figure("mine.drawn", drawing(frame), **table))),
        v4.new_markdown_cell("#### What share, by region?\n\nA heading that skips levels."),
        code("none", output(show.table("mine.empty", frame.iloc[0:0], **table))),
        v4.new_markdown_cell("# A second title"),
        code("frame", v4.new_output("display_data", {"text/html": HOSTILE, **plain})),
        code("1 + 1", v4.new_output("display_data", plain)),
        code("draw()", v4.new_output("display_data", {"image/png": PIXEL, **plain})),
        code("drawn", v4.new_output("display_data", {"image/svg+xml": "<svg/>"})),
        code("words", v4.new_output("display_data", {"text/markdown": "*said*<script>x</script>"})),
        code("run()", v4.new_output("stream", name="stdout", text="printed & kept\n")),
        code(
            "fail()",
            v4.new_output("error", ename="E", evalue="no", traceback=["\x1b[31mE\x1b[0m: no"]),
        ),
        v4.new_markdown_cell("## Findings"),
        code(
            "show.findings()",
            output(show.findings("mine.said", frame, stratum=["label"], **finding)),
            output(show.findings("mine.one", frame.head(1), **finding)),
        ),
        v4.new_raw_cell("raw text <b>"),
    ]
    made = v4.new_notebook(cells=cells)
    return nbformat.reads(nbformat.writes(made), as_version=4)


@pytest.fixture(scope="module")
def run():
    return start(case="coroners")


@pytest.fixture(scope="module")
def notebook(run):
    return executed(run)


@pytest.fixture(scope="module")
def made(notebook):
    return collect({NAME: notebook})


@pytest.fixture(scope="module")
def context(run, made):
    return render.context_for(
        run,
        block=run.block(),
        made=made,
        pages=[
            {"name": NAME, "title": TITLE, "question": "What share led to an inquest?"},
            {"name": OTHER, "title": "How long it took", "question": "How many days passed?"},
        ],
        verdicts={"agrees": 18, "differs, explained": 2, "cannot be computed, explained": 1},
        code={"version": "0.1.0", "revision": "0" * 40, "changed_files": 1},
    )


@pytest.fixture(scope="module")
def page(notebook, context):
    return render.page(notebook, name=NAME, context=context)


@pytest.fixture(scope="module")
def index(made, context):
    return render.index(context.pages, made.exhibits, context)


@pytest.fixture(scope="module", params=["page", "index"])
def html(request):
    return request.getfixturevalue(request.param)


class Tree(HTMLParser):
    """Elements of a document, each with its attributes and what it stands in."""

    VOID = frozenset({"br", "hr", "img", "link", "meta", "wbr", "col"})

    def __init__(self, html):
        super().__init__()
        self.found, self.inside, self.texts = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [name for name, _ in self.inside], [])
        self.found.append(element)
        if tag not in self.VOID:
            self.inside.append((tag, element[3]))

    def handle_endtag(self, tag):
        assert self.inside, f"</{tag}> closes nothing"
        assert self.inside[-1][0] == tag, f"</{tag}> in {self.inside[-1][0]}"
        self.inside.pop()

    def handle_data(self, data):
        for _, text in self.inside:
            text.append(data)

    def all(self, *tags):
        return [
            (attrs, around, "".join(text)) for tag, attrs, around, text in self.found if tag in tags
        ]


@pytest.fixture(scope="module")
def tree(html):
    return Tree(html)


# Either page ------------------------------------------------------------------------------------


def test_every_element_is_closed_where_it_should_be(tree):
    assert tree.inside == []


def test_says_its_language_and_has_one_title_and_one_main(tree):
    assert tree.all("html")[0][0]["lang"] == "en-GB"
    assert [len(tree.all(tag)) for tag in ("h1", "main", "title")] == [1, 1, 1]
    skip = tree.all("a")[0][0]
    assert skip == {"class": "skip", "href": "#main"}


def test_headings_follow_one_another_without_a_gap(tree):
    levels = [int(tag[1]) for tag, *_ in tree.found if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_asks_nothing_of_the_network_and_runs_nothing(html, tree):
    for tag, attrs, *_ in tree.found:
        assert tag not in {"script", "iframe", "object", "embed", "base", "link", "form"}
        for name, value in attrs.items():
            assert not name.startswith("on"), f"{tag} {name}"
            assert not re.search(r"(https?:)?//|javascript:", value or "") or name == "alt"
    for css in (text for _, _, text in tree.all("style")):
        assert not re.search(r"url\(|@import|http", css)
    policy = next(a["content"] for a, *_ in tree.all("meta") if a.get("http-equiv"))
    assert policy.startswith("default-src 'none'")


def test_ids_are_there_once_and_links_on_the_page_lead_to_one(tree):
    ids = [attrs["id"] for _, attrs, *_ in tree.found if "id" in attrs]
    assert sorted(ids) == sorted(set(ids))
    assert all(re.fullmatch(r"[\w.-]+", name, re.ASCII) for name in ids)
    for attrs, _, _ in tree.all("a"):
        if attrs.get("href", "").startswith("#"):
            assert attrs["href"][1:] in ids


def test_every_link_keeps_to_the_form_of_a_pack(tree, request):
    form = (
        r"#[\w.-]+|(\.\./)?index\.html|\.\./index\.html#term-[a-z0-9-]+"
        r"|((pages/)?\d_\w+)\.html(#[\w.-]+)?|(\.\./)?notebooks/\d_\w+\.ipynb"
        r"|\.\./tables/[\w.]+\.csv|\.\./figures/[\w.]+\.(svg|png)|(findings|manifest)\.json"
    )
    targets = [attrs["href"] for attrs, *_ in tree.all("a") if "href" in attrs]
    assert targets
    assert [target for target in targets if not re.fullmatch(form, target)] == []


def test_pictures_have_words_and_tables_have_scopes_inside_a_container_that_scrolls(tree):
    assert all(attrs["alt"].strip() for attrs, *_ in tree.all("img"))
    assert all(attrs["scope"] in {"col", "row"} for attrs, *_ in tree.all("th"))
    scrolls = {
        id(element[3]) for element in tree.found if "scroll" in element[1].get("class", "").split()
    }
    assert scrolls
    for attrs, around, _ in tree.all("table"):
        assert around[-1] == "div", attrs


def test_is_small_enough_to_send(html):
    assert len(html.encode("utf-8")) < 2_000_000


def test_no_part_of_this_computer_is_named(html):
    assert not re.search(r"/home/|/tmp/|[A-Z]:\\\\", html)


def test_is_the_same_when_made_again(run, notebook, context, page):
    assert render.page(notebook, name=NAME, context=context) == page


# The page of a notebook -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def leaf(page):
    return Tree(page)


def test_title_comes_from_the_notebook_and_the_contents_from_its_headings(leaf):
    assert leaf.all("h1")[0][2] == TITLE
    listed = [text for attrs, around, text in leaf.all("a") if around[2:4] == ["main", "nav"]]
    assert listed == [
        *("What share, by region?", "A second title", "Findings"),
        "Exhibit mine.shares. Inquests opened, by region",
        "Exhibit mine.drawn. Inquests opened, by region",
        "Exhibit mine.empty. Inquests opened, by region",
        "Exhibit mine.said. What was found",
        "Exhibit mine.one. What was found",
    ]


def test_code_is_folded_and_one_click_away(leaf):
    folded = [text for _, around, text in leaf.all("code") if "details" in around]
    assert 'show.table("mine.shares", frame)' in folded
    assert not [text for _, around, text in leaf.all("code") if "details" not in around][1:]
    labels = [text for _, _, text in leaf.all("summary")]
    assert "Show the code: parameters (step 1)" in labels
    assert "Show the code: parameters of this run (step 2)" in labels
    assert not any("open" in attrs for attrs, *_ in leaf.all("details"))


def test_exhibits_keep_their_captions_and_come_with_their_files(leaf):
    captions = [text for _, _, text in leaf.all("caption")]
    assert "Exhibit mine.shares. Inquests opened, by region" in captions
    exhibits = [
        attrs["id"]
        for attrs, *_ in leaf.all("section", "figure")
        if attrs.get("class", "").startswith("exhibit") and "id" in attrs
    ]
    assert exhibits == ["mine.shares", "mine.drawn", "mine.empty", "mine.said", "mine.one"]
    files = [
        attrs["href"] for attrs, *_ in leaf.all("a") if attrs.get("href", "").startswith("../")
    ]
    assert "../tables/mine.shares.csv" in files
    assert {"../figures/mine.drawn.svg", "../figures/mine.drawn.png"} <= set(files)
    assert "../tables/mine.drawn.csv" in files
    assert f"../notebooks/{NAME}.ipynb" in files
    assert "../tables/mine.empty.csv" not in files


def test_a_figure_shows_its_svg_its_words_its_notes_and_what_was_drawn(leaf, made):
    facts = next(item for item in made.exhibits if item["id"] == "mine.drawn")
    picture = next(attrs for attrs, around, _ in leaf.all("img") if "figure" in around)
    assert picture["alt"] == facts["alt"]
    head, content = picture["src"].split(",")
    assert head == "data:image/svg+xml;base64"
    assert base64.b64decode(content).decode() == images.svg_text(facts)
    figure = next(text for attrs, _, text in leaf.all("figure") if attrs.get("id") == "mine.drawn")
    assert "What it cannot show" in figure
    assert figure.strip().startswith("Exhibit mine.drawn. Inquests opened, by region")
    assert "Data of the figure: Inquests opened, by region" in figure
    assert "95% interval" in figure


def test_a_figure_keeps_the_width_at_which_its_words_can_be_read(leaf, made):
    """7 inches are 672 pixels, three quarters of them 504; a page on a phone has 358."""
    picture = next(attrs for attrs, around, _ in leaf.all("img") if "figure" in around)
    assert picture["style"] == "min-width: 504px"


def test_a_figure_without_svg_or_with_a_very_large_one_shows_its_png(notebook, context):
    large = zlib.compress(b"<svg>" + b" " * render.SVG_MOST + b"</svg>")
    for svg in ("", base64.b64encode(large).decode()):
        changed = nbformat.from_dict(notebook)
        cell = next(c for c in changed.cells if c.source == "draw()" and c.outputs[0].metadata)
        cell.outputs[0].metadata["inquiry"]["svg"] = svg
        html = render.page(changed, name=NAME, context=context)
        assert f"data:image/png;base64,{cell.outputs[0].data['image/png'][:40]}" in html


def test_a_page_of_many_figures_embeds_the_largest_as_png_and_stays_small(notebook, context):
    """Six figures of half a megabyte each; the small one beside them stays an SVG."""
    changed = nbformat.from_dict(notebook)
    cell = next(c for c in changed.cells if c.source == "draw()" and c.outputs[0].metadata)
    small = nbformat.from_dict(cell)
    large = zlib.compress(b"<svg>" + b" " * (render.SVG_MOST - 20) + b"</svg>")
    cell.outputs[0].metadata["inquiry"]["svg"] = base64.b64encode(large).decode()
    changed.cells = [small, *[cell] * 6]
    html = render.page(changed, name=NAME, context=context)
    assert len(html.encode()) < render.PAGE_MOST
    assert html.count('src="data:image/png') == 6
    assert html.count('src="data:image/svg+xml') == 1


def test_drawn_data_of_many_rows_are_cut_and_the_cut_is_said(notebook, context):
    changed = nbformat.from_dict(notebook)
    cell = next(c for c in changed.cells if c.source == "draw()" and c.outputs[0].metadata)
    resource = cell.outputs[0].metadata["inquiry"]["resource"]
    header, rows = resource["data"].split("\n", 1)
    resource["data"] = f"{header}\n{rows * 50}"
    html = render.page(changed, name=NAME, context=context)
    assert f"The first {render.ROWS_MOST} of 1000 rows" in html


def test_whatever_else_a_cell_shows_is_shown(page, leaf):
    assert "Kept text" in page
    assert "   n\na  1\n&lt;b&gt;</pre>" in page
    assert "<em>said</em>" in page
    assert "printed &amp; kept" in page
    assert ">E: no</pre>" in page
    assert "raw text &lt;b&gt;" in page
    assert any(attrs["src"].endswith(PIXEL) for attrs, *_ in leaf.all("img"))
    assert any(
        attrs["src"] == f"data:image/svg+xml;base64,{base64.b64encode(b'<svg/>').decode()}"
        for attrs, *_ in leaf.all("img")
    )


def test_scripts_and_styles_of_an_output_do_not_reach_the_page(page):
    assert "fetch(" not in page
    assert "alert(1)" not in page
    assert "display: none}" not in page
    assert "onclick" not in page


def test_an_address_outside_the_pack_is_spelt_out_and_not_linked(page):
    assert "the ministry (https://www.gov.uk/coroners)</span>" in page
    assert page.count("https://example.org/list") == 1
    assert "[a plan of the court]" in page
    assert "<a>nowhere</a>" in page
    assert '<a href="2_times.html">the other page</a>' in page
    assert '<a href="#What-share-by-region">the shares</a>' in page


def test_a_page_whose_notebook_has_no_title_takes_it_from_the_context(context):
    bare = v4.new_notebook(cells=[v4.new_markdown_cell("Some text.")])
    assert f"<h1>{TITLE}</h1>" in render.page(bare, name=NAME, context=context)
    assert "<h1>9_new</h1>" in render.page(bare, name="9_new", context=context)


def test_a_missing_attachment_is_named_instead(context):
    cell = v4.new_markdown_cell("![a map](attachment:map.png)")
    assert "<p>[a map]</p>" in render.page(
        v4.new_notebook(cells=[cell]), name=NAME, context=context
    )


def test_elements_left_open_do_not_swallow_what_follows(context):
    cells = [v4.new_markdown_cell("<b><i>x</b> <ul><li>y"), v4.new_markdown_cell("## After")]
    html = render.page(v4.new_notebook(cells=cells), name=NAME, context=context)
    assert Tree(html).inside == []
    assert '<h2 id="After">After</h2>' in html


# The index ---------------------------------------------------------------------------------------


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


# In a browser ------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def pack(tmp_path_factory, page, index):
    folder = tmp_path_factory.mktemp("pack")
    (folder / "pages").mkdir()
    (folder / "pages" / f"{NAME}.html").write_text(page, encoding="utf-8")
    (folder / "index.html").write_text(index, encoding="utf-8")
    return folder


@pytest.fixture(params=[f"pages/{NAME}.html", "index.html"])
def opened(request, browser, pack):
    """Return the browser with a page open from disk, and what it asked for to open it."""
    import json

    browser.get("about:blank")
    browser.get_log("performance")
    browser.get_log("browser")
    browser.get((pack / request.param).as_uri())
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    return browser, asked


def widths(browser, width):
    """Return the widths of the window and of what lies in it at a width in CSS pixels."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    script = "return [window.innerWidth, document.documentElement.scrollWidth]"
    return browser.execute_script(script)


@pytest.mark.browser
@pytest.mark.slow
def test_opens_from_disk_without_an_error_or_a_request(opened):
    browser, asked = opened
    outside = [url for url in asked if not url.startswith(("file:", "data:"))]
    assert outside == []
    assert sum(url.startswith("file:") for url in asked) == 1
    assert browser.get_log("browser") == []
    sizes = "return [...document.images].map(picture => picture.naturalWidth)"
    assert all(width > 0 for width in browser.execute_script(sizes)[:1])


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_is_never_wider_than_the_window(opened, width):
    browser, _ = opened
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    inner, content = widths(browser, width)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert inner == width
    assert content <= width


@pytest.mark.browser
@pytest.mark.slow
def test_the_keyboard_reaches_the_skip_link_first_and_what_is_folded(opened):
    from selenium.webdriver.common.keys import Keys

    browser, _ = opened
    focus = "return [document.activeElement.className, document.activeElement.tagName]"
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.execute_script(focus)[0] == "skip"
    assert browser.execute_script("return document.activeElement.getBoundingClientRect().top") >= 0
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.current_url.endswith("#main")
    if "/pages/" not in browser.current_url:
        return
    for _ in range(40):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        if browser.execute_script(focus)[1] == "SUMMARY":
            break
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.execute_script("return document.activeElement.parentElement.open")


CONTRAST = """
const light = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 };
const read = s => s.match(/[\\d.]+/g).map(Number);
const lum = c => 0.2126 * light(c[0]) + 0.7152 * light(c[1]) + 0.0722 * light(c[2]);
const back = e => { for (; e; e = e.parentElement) {
  const c = read(getComputedStyle(e).backgroundColor);
  if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255] };
const bad = [];
for (const e of document.body.querySelectorAll("*")) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
  const [a, b] = [lum(read(getComputedStyle(e).color)), lum(back(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) bad.push(e.tagName + "." + e.className + " " + ratio.toFixed(2));
}
return bad;
"""


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_the_paper_in_light_and_in_dark(opened, scheme):
    browser, _ = opened
    emulated = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", emulated)
    dark = browser.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches")
    assert dark == (scheme == "dark")
    assert browser.execute_script(CONTRAST) == []


@pytest.mark.browser
@pytest.mark.slow
def test_on_paper_results_stay_and_code_goes(opened):
    browser, _ = opened
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    shown = "return [...document.querySelectorAll(arguments[0])].filter(e => e.offsetHeight).length"
    assert browser.execute_script(shown, "details, main > nav, .skip") == 0
    assert browser.execute_script(shown, "table") > 0
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
