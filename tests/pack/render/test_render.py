"""The pages of a pack: readable offline, by anyone, and true to what the notebooks show."""

import base64
import re
import zlib

import nbformat
import pytest
from nbformat import v4
from pack_notebook import NAME, PIXEL, TITLE, Tree

from helpers.exhibits import images
from helpers.pack import render


@pytest.fixture(scope="module", params=["page", "index"])
def html(request):
    return request.getfixturevalue(request.param)


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
