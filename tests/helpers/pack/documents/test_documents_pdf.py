"""The PDF of the whole pack: complete, numbered, tagged so that a screen reader can follow it."""

import io
import re
import sys
from html import unescape

import pikepdf
import pypdf
import pytest
from pdfua import validate

from helpers.pack.documents import FOLDER, pdf, printed, write_all
from helpers.pack.documents.printed import Numbers

HEADER = "SYNTHETIC DATA | OFFICIAL-SENSITIVE | Pack pack-0007"
needs_pango = pytest.mark.skipif(bool(pdf.available()), reason=pdf.available() or "can be made")


def plain(html):
    """The text of a page as it is read."""
    body = re.sub(r"<style>.*?</style>", "", html, flags=re.DOTALL)
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]*>", "", body)))


# The page that is printed -----------------------------------------------------------------------


@pytest.fixture(scope="module")
def page(pack):
    return printed.printed(pack.context, pack.made, notebooks=pack.folder)


def test_every_finding_and_every_exhibit_stands_in_it(pack, page):
    said = plain(page)
    for item in pack.made.findings:
        assert item["text"] in said
    for facts in pack.made.exhibits:
        assert f"Exhibit {facts['id']}: {facts['title']}" in said


def test_the_prose_of_the_notebooks_is_in_it_and_their_code_is_not(pack, page):
    said = plain(page)
    cells = [cell for notebook in pack.notebooks.values() for cell in notebook.cells]
    headings = re.findall(r"^## (.*)$", "\n".join(c.source for c in cells), flags=re.MULTILINE)
    assert len(headings) > 40
    assert all(re.sub(r"[`*]", "", heading) in said for heading in headings)
    code = [c.source for c in cells if c.cell_type == "code" and "show." in c.source]
    assert not any(source.splitlines()[0] in said for source in code)


def test_paragraphs_are_numbered_without_a_gap(page):
    numbers = [int(number) for number in re.findall(r'<span class="no">(\d+)</span>', page)]
    assert numbers == list(range(1, len(numbers) + 1))
    assert len(numbers) > 100


def test_headings_follow_one_another_and_ids_are_there_once(page):
    levels = [int(level) for level in re.findall(r"<h(\d)", page)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))
    ids = re.findall(r' id="([^"]*)"', page)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r'href="#([^"]*)"', page)) <= set(ids)


def test_it_asks_nothing_of_the_network(page):
    assert not re.search(r"""(src|href)=["'](?!data:|#)""", page)
    assert not re.search(r"url\(|@import|<script", page)


def test_paragraphs_in_lists_and_quotations_have_no_number_of_their_own():
    html = "<p>a</p><ul><li><p>b</p></li></ul><blockquote><p>c</p></blockquote><p>d</p>"
    assert re.findall(r"</span> (\w)", printed.numbered(html, Numbers())) == ["a", "d"]


def test_without_notebooks_it_holds_the_exhibits_alone(few):
    page = printed.printed(few.context, few.made)
    assert '<div class="prose">' not in page
    assert all(item["text"] in plain(page) for item in few.made.findings)


# The PDF ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def content(few):
    html = printed.printed(few.context, few.made, number=lambda exhibit: f"N-{exhibit[-4:]}")
    return pdf.written(html)


@pytest.fixture(scope="module")
def document(content):
    with pikepdf.open(io.BytesIO(content)) as opened:
        yield opened


@pytest.fixture(scope="module")
def texts(content):
    """The text of each page, as a reader of PDF files gives it."""
    return [page.extract_text() for page in pypdf.PdfReader(io.BytesIO(content)).pages]


def elements(document):
    """Every element of the tree of tags."""
    waiting, found = [document.Root.StructTreeRoot.K], []
    while waiting:
        item = waiting.pop()
        if isinstance(item, pikepdf.Array):
            waiting += list(item)
        elif isinstance(item, pikepdf.Dictionary) and "/S" in item:
            found.append(item)
            waiting += [item.K] if "/K" in item else []
    return found


def of(document, *kinds):
    return [item for item in elements(document) if str(item.S) in kinds]


@needs_pango
def test_it_says_that_it_is_tagged_in_british_english_and_what_it_is(document):
    assert document.Root.MarkInfo.Marked
    assert str(document.Root.Lang) == "en-GB"
    assert document.Root.ViewerPreferences.DisplayDocTitle
    with document.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert metadata["dc:title"].startswith("SYNTHETIC DATA. Evidence pack")
    assert str(document.docinfo.Author) == "inquiry-notebooks"
    assert str(document.docinfo.CreationDate).startswith("D:20150930")


@needs_pango
def test_every_figure_has_its_words_and_its_place_on_the_page(document, few):
    figures = of(document, "/Figure")
    drawn = {facts["alt"] for facts in few.made.exhibits if facts["kind"] == "figure"}
    assert {str(item.Alt) for item in figures} == drawn
    for item in figures:
        left, bottom, right, top = map(float, item.A.BBox)
        box = [float(n) for n in item.Pg.MediaBox]
        assert 0 <= left < right <= box[2]
        assert 0 <= bottom < top <= box[3]


@needs_pango
def test_every_header_cell_says_what_it_heads(document):
    heads = of(document, "/TH")
    assert {str(item.A.Scope) for item in heads} == {"/Column", "/Row"}
    for item in heads:
        assert (str(item.A.Scope) == "/Column") == (str(item.P.P.S) == "/THead")
    for item in of(document, "/TD"):
        assert len(item.A.Headers) >= 2  # those of its column and its row


def headings(item):
    """The levels of headings, in the order in which the tree of tags is read."""
    if isinstance(item, pikepdf.Array):
        return [level for kid in item for level in headings(kid)]
    if not isinstance(item, pikepdf.Dictionary) or "/S" not in item:
        return []
    level = re.fullmatch(r"/H(\d)", str(item.S))
    return [int(level[1])] if level else headings(item.get("/K", pikepdf.Array()))


@needs_pango
def test_headings_are_tagged_and_follow_one_another_without_a_gap(document):
    levels = headings(document.Root.StructTreeRoot.K)
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


@needs_pango
def test_nothing_on_a_page_is_neither_content_nor_a_running_line(document):
    for page in document.pages:
        depth, marks = 0, set()
        for operands, operator in pikepdf.parse_content_stream(page):
            if str(operator) in {"BDC", "BMC"}:
                depth += 1
                if len(operands) == 2 and "/MCID" in operands[1]:
                    marks.add(int(operands[1].MCID))
            elif str(operator) == "EMC":
                depth -= 1
            elif str(operator) in {"Tj", "TJ", "Do", "f", "S"}:
                assert depth > 0, f"{operator} outside marked content"
        nums = document.Root.StructTreeRoot.ParentTree.Nums
        owners = nums[2 * int(page.obj.StructParents) + 1]
        assert all(isinstance(owners[mark], pikepdf.Dictionary) for mark in marks)


@needs_pango
def test_bookmarks_lead_to_parts_and_exhibits(document, few):
    with document.open_outline() as outline:
        parts = [item.title for item in outline.root]
        below = [leaf.title for item in outline.root for leaf in item.children]
        deep = [leaf.title for item in outline.root for c in item.children for leaf in c.children]
    assert "What the records show" in parts
    assert "Definitions in force" in parts
    assert any("N-hain (rates.chain)" in title for title in [*below, *deep])


@needs_pango
def test_every_page_says_that_the_data_are_synthetic_and_its_number(texts):
    for place, text in enumerate(texts, 1):
        said = re.sub(r"\s+", " ", text)
        assert HEADER in said
        assert f"Page {place} of {len(texts)}" in said


@needs_pango
def test_every_finding_can_be_read_in_it(texts, few):
    said = re.sub(r"\s+", "", "".join(texts))
    for item in few.made.findings:
        assert re.sub(r"\s+", "", item["text"])[:60] in said


@needs_pango
def test_a_free_checker_of_pdf_ua_finds_nothing(content, tmp_path):
    (tmp_path / "pack.pdf").write_bytes(content)
    report = validate(str(tmp_path / "pack.pdf"))
    assert [(found.rule_id, found.message) for found in report.findings] == []


@needs_pango
def test_the_same_page_gives_the_same_bytes(two):
    html = printed.printed(two.context, two.made)
    assert pdf.written(html) == pdf.written(html)


# All of them ------------------------------------------------------------------------------------

CODE = {"version": "0.1.0", "revision": None, "changed_files": None}


@needs_pango
def test_all_documents_are_written_whole_into_the_pack(two, tmp_path):
    made = write_all(tmp_path, context=two.context, made=two.made, code=CODE)
    assert {path.relative_to(tmp_path / FOLDER).as_posix() for path in made} == {
        *("tables.xlsx", "findings.docx", "expert_report_skeleton.docx", "pack.pdf")
    }
    assert sorted((tmp_path / FOLDER).iterdir()) == sorted(made)


def test_a_machine_without_the_library_makes_the_rest_and_says_so(two, tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "weasyprint", None)  # as if it had not been installed
    made = write_all(tmp_path, context=two.context, made=two.made, code=CODE)
    names = [path.name for path in made]
    assert names == [*("tables.xlsx", "findings.docx", "expert_report_skeleton.docx", pdf.REASON)]
    said = made[-1].read_text(encoding="utf-8")
    assert "was not made on this machine" in said
    assert "WeasyPrint is not installed." in said
    assert "apt-get install libpango-1.0-0" in said
