"""The Word documents: each finding, real headings, tables that repeat their header, blanks."""

import io
import re
import zipfile

import docx
import pytest
from docx.enum.section import WD_ORIENT
from docx.oxml.ns import qn

from helpers.pack.documents import expert, paper, shown, word
from helpers.pack.documents.labels import labels

CODE = {"version": "0.1.0", "revision": "f" * 40, "changed_files": 0}
HEADER = "SYNTHETIC DATA | OFFICIAL-SENSITIVE | Pack pack-0007"


def opened(content):
    return docx.Document(io.BytesIO(content))


def texts(document):
    return [paragraph.text for paragraph in document.paragraphs]


@pytest.fixture(scope="module")
def few_findings(few):
    return word.findings(few.context, few.made)


@pytest.fixture(scope="module")
def few_skeleton(few):
    return expert.skeleton(few.context, few.made, code=CODE)


@pytest.fixture(scope="module", params=["few_findings", "few_skeleton"])
def either(request):
    return opened(request.getfixturevalue(request.param))


# Both -------------------------------------------------------------------------------------------


def test_headings_are_real_and_follow_one_another_without_a_gap(either):
    styles = [paragraph.style.name for paragraph in either.paragraphs]
    assert styles.count("Title") == 1
    levels = [int(name[-1]) for name in styles if re.fullmatch(r"Heading \d", name)]
    assert levels[0] == 1
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False))


def test_every_page_says_that_the_data_are_synthetic_who_may_see_it_and_its_number(either):
    for section in either.sections:
        assert section.header.paragraphs[0].text == HEADER
        fields = section.footer._element.iter(qn("w:fldSimple"))
        assert [field.get(qn("w:instr")) for field in fields] == ["PAGE", "NUMPAGES"]
    assert either.paragraphs[0].text.startswith("SYNTHETIC DATA.")


def test_tables_repeat_their_first_row_and_are_described(either):
    assert either.tables
    for table in either.tables:
        first, *rest = table._tbl.tr_lst
        assert first.find(qn("w:trPr")).find(qn("w:tblHeader")) is not None
        assert all(row.find(qn("w:trPr")).find(qn("w:tblHeader")) is None for row in rest)
        assert table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val"))
        assert all(cell.text.strip() for cell in table.rows[0].cells)


def test_it_is_in_british_english_and_its_properties_name_nobody(either):
    told = either.core_properties
    assert told.language == "en-GB"
    assert told.author == told.last_modified_by == "inquiry-notebooks"
    assert told.title.startswith("SYNTHETIC DATA.")
    assert told.created == told.modified
    assert told.created.isoformat()[:10] == "2015-09-30"
    assert {lang.get(qn("w:val")) for lang in either.styles.element.iter(qn("w:lang"))} == {"en-GB"}


def test_no_picture_and_nothing_of_a_template_travels_with_it(few_findings):
    with zipfile.ZipFile(io.BytesIO(few_findings)) as parts:
        assert not any(name.endswith((".jpeg", ".png")) for name in parts.namelist())
        assert {info.date_time for info in parts.infolist()} == {(2015, 9, 30, 0, 0, 0)}


def test_the_same_pack_gives_the_same_bytes(few, few_findings, few_skeleton):
    assert word.findings(few.context, few.made) == few_findings
    assert expert.skeleton(few.context, few.made, code=CODE) == few_skeleton


def test_characters_that_no_document_can_hold_are_left_out(few):
    said = labels(few.context)
    book = paper.paper(said, "A\x0bB")
    book.say("bell\x07 & <tag>")
    assert opened(book.content()).paragraphs[-1].text == "bell & <tag>"


# Findings ---------------------------------------------------------------------------------------


@pytest.mark.slow
def test_every_finding_stands_in_the_document_with_its_interval(pack):
    said = texts(opened(word.findings(pack.context, pack.made)))
    numbered = [text for text in said if re.match(r"\d+\. ", text)]
    assert numbered == [
        f"{place}. {item['text']}" for place, item in enumerate(pack.made.findings, 1)
    ]
    for item in pack.made.findings:
        (told,) = [text for text in said if text.endswith(f"Id: {item['id']}.")]
        assert ("No interval" in told) == (item["low"] is None and item["high"] is None)


def test_the_tables_behind_a_finding_are_those_of_its_definition_as_the_pages_show_them(few):
    document = opened(word.findings(few.context, few.made, number=lambda exhibit: f"#{exhibit}"))
    tables = {
        table._tbl.tblPr.find(qn("w:tblCaption")).get(qn("w:val")): table
        for table in document.tables
    }
    facts = next(facts for facts in few.made.exhibits if facts["id"] == "rates.chain")
    title = f"SYNTHETIC DATA. Exhibit #rates.chain (rates.chain): {facts['title']}"
    rows = [[cell.text for cell in row.cells] for row in tables[title].rows]
    assert rows[1:] == shown.laid(facts).rows
    assert not any("rates.windows" in title for title in tables)  # of no finding's definition


@pytest.mark.slow
def test_a_large_table_is_named_with_its_place_and_not_printed(southern):
    document = opened(word.findings(southern.context, southern.made))
    said = texts(document)
    place = next(
        i for i, text in enumerate(said) if "SYNTHETIC DATA. Exhibit change.shares" in text
    )
    assert said[place + 1] == "40 rows and 7 columns: see tables.xlsx."
    assert all(len(table.rows) <= word.ROWS_MOST + 1 for table in document.tables)
    assert word.RULE in said


def test_pages_with_wide_tables_lie_across(few_findings):
    sections = opened(few_findings).sections
    kinds = [section.orientation for section in sections]
    assert kinds == [WD_ORIENT.PORTRAIT, WD_ORIENT.LANDSCAPE]
    assert all(section.page_width > 7_000_000 for section in sections)


def test_what_a_finding_cannot_show_and_its_definition_stand_with_it(few):
    said = "\n".join(texts(opened(word.findings(few.context, few.made))))
    for facts in few.made.exhibits:
        if facts.get("findings"):
            assert all(limit in said for limit in facts["cannot_show"])
            assert all(f"[{item['id']}]" in said for item in facts["definitions"] if item["text"])


# Expert -----------------------------------------------------------------------------------------


def test_the_skeleton_has_every_heading_of_the_practice_direction(few_skeleton):
    headings = [
        paragraph.text
        for paragraph in opened(few_skeleton).paragraphs
        if paragraph.style.name == "Heading 1"
    ]
    asked = [re.search(r"\(3\.[23](\(\d\))?\)", text) for text in headings]
    found = [match[0] for match in asked if match]
    assert sorted(found) == sorted([*(f"(3.2({n}))" for n in range(1, 10)), "(3.3)"])


def test_no_word_is_put_into_the_mouth_of_an_expert(few_skeleton):
    """What speaks as "I" is the prescribed statement, which is signed by nobody."""
    said = texts(opened(few_skeleton))
    assert [text for text in said if re.search(r"\bI\b|\b[Mm]y\b|\bopine", text)] == list(
        expert.TRUTH
    )
    after = said[said.index(expert.TRUTH[-1]) + 1 :]
    assert after[:3] == [f"{name}: {expert.BLANK}" for name in ("Signed", "Name", "Date")]


def test_what_only_the_expert_can_say_is_a_marked_blank(few_skeleton):
    document = opened(few_skeleton)
    blanks = [text for text in texts(document) if expert.BLANK in text]
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    assert len(blanks) >= 12
    assert cells.count(expert.BLANK) == 5
    section = ""
    filled = {}
    for paragraph in document.paragraphs:
        section = paragraph.text if paragraph.style.name == "Heading 1" else section
        filled.setdefault(section, []).append(expert.BLANK in paragraph.text)
    for heading, marks in filled.items():
        if re.match(r"\d+\. (?!Facts and|Literature)", heading):
            assert any(marks), heading


def test_the_skeleton_says_what_the_run_knows(few, few_skeleton):
    document = opened(few_skeleton)
    said = "\n".join(texts(document))
    cells = {cell.text for table in document.tables for row in table.rows for cell in row.cells}
    assert "f" * 40 in cells
    assert {item["sha256"] for item in few.context.inputs} <= cells
    assert set(expert.methods(few.made)) <= cells
    assert "Wilson EB. Probable inference" in said
    assert "Newcombe" not in said  # its method is not in these exhibits
    for facts in few.made.exhibits:
        assert all(limit in said for limit in facts["cannot_show"])


def test_other_definitions_are_laid_out_as_material_and_not_as_opinion(few, few_skeleton):
    said = texts(opened(few_skeleton))
    start = next(i for i, text in enumerate(said) if text.startswith("Material: results under"))
    end = next(i for i, text in enumerate(said) if text == "The range of opinion")
    part = "\n".join(said[start:end])
    assert "no opinion of anybody" in part
    for item in few.made.findings:
        if item["id"].startswith("rates.range"):
            assert item["text"] in part
    assert "Exhibit rates.windows: " in part


def test_every_exhibit_of_the_range_is_one_that_exists(pack):
    known = {facts["id"] for facts in pack.made.exhibits}
    assert set(expert.RANGE) <= known
