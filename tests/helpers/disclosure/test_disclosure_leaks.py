"""What identifies a person is planted in every format, and found there; what does not is let be."""

import base64
import io
import json
import shutil
import struct
import subprocess
import zipfile
import zlib
from pathlib import Path

import nbformat
import openpyxl
import pandas as pd
import pytest
from matplotlib.figure import Figure
from nbformat import v4
from openpyxl.comments import Comment
from PIL import Image
from PIL.PngImagePlugin import PngInfo

from helpers.disclosure.leaks import CLOSED, FREE, PATH, leaks_in, leaks_of
from helpers.personal import BIRTH, NAME, NUMBER, POST, name_hashes

SALT = "of this test"
WHO = "Wilhelmina Ashgrove"  # nobody: made up for this test
NAMES = name_hashes([WHO, "Ashgrove Wilhelmina", "Ashgrove"], salt=SALT)
PLANTED = {
    NAME: WHO,
    NUMBER: "943 476 5919",  # of the range for tests
    POST: "SO30 1AA",
    BIRTH: "DOB 01/02/1950",
    PATH: "/".join(("", "home", "analyst", "records.csv")),  # of no machine
}
HARMLESS = "Reported 1,454 of 10,306 deaths in 2011 to 2015; see 2013-0181 and figures/rates.svg."
CHROMIUM = Path("/usr/bin/chromium")

ALL = " ; ".join(PLANTED.values())
EVERY = set(PLANTED)


def kinds(name, data):
    data = data if isinstance(data, bytes) else data.encode()
    return {leak.kind for leak in leaks_in(name, data, names=NAMES, salt=SALT)}


# ---- Text and tables ----------------------------------------------------------------------------

WRITTEN = {
    "a note": ("a.txt", "Seen: {}."),
    "a cell": ("a.csv", 'label,n\n"{}",3\n'),
    "a heading": ("a.csv", '"{}",n\nA,3\n'),
    "a value": ("a.json", '{{"who": [{{"deep": "{}"}}]}}'),
    "a key": ("a.json", '{{"{}": 1}}'),
    "a sentence": ("a.html", "<p>{}</p>"),
    "an alternative text": ("a.html", '<img src="x.png" alt="{}">'),
    "a comment": ("a.html", "<p>Nothing.</p><!-- {} -->"),
    "a drawing's text": ("a.svg", "<svg><text>{}</text></svg>"),
    "a drawing's description": ("a.svg", "<svg><metadata><desc>{}</desc></metadata></svg>"),
    "a list": ("a.jsonl", '{{"note": "{}"}}\n'),
}


@pytest.mark.parametrize(("name", "form"), WRITTEN.values(), ids=list(WRITTEN))
def test_what_is_planted_in_text_is_found(name, form):
    assert kinds(name, form.format(HARMLESS.replace('"', ""))) == set()
    assert kinds(name, form.format(ALL)) == EVERY


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("a.html", "<b>943</b> 476 <b>5919</b>", NUMBER),
        ("a.html", "&#57;43&nbsp;476&nbsp;5919", NUMBER),
        ("a.html", "<td>Wilhelmina</td><td>Ashgrove</td>", NAME),
        ("a.html", "<td>WILHELMINA&nbsp;ASHGROVE</td>", NAME),
        ("a.html", '<a href="x?q=SO30%201AA">map</a>', POST),
        ("a.json", json.dumps({"a": "Wilhelmina Ashgröve"}), NAME),
        ("a.csv", "nhs_number,n\n9434765919,1\n", NUMBER),
        ("a.csv", "date_of_birth,n\n1950-02-01,1\n", BIRTH),
        ("a.csv", "deaths\nC:\\Users\\analyst\\deaths.xlsx\n", PATH),
        ("a.txt", "\\\\server\\share$\\deaths.xlsx", PATH),
        ("a.txt", "file:///C:/deaths.xlsx", PATH),
    ],
)
def test_what_is_cut_up_or_coded_is_found(name, text, kind):
    assert kind in kinds(name, text)


def test_a_cell_as_long_as_free_text_is_found_unless_it_is_of_the_house():
    text = "The person was seen on the ward in the morning and " + "then again " * 20
    data = f'label,note\nA,"{text}"\n'.encode()
    (leak,) = leaks_in("tables/a.csv", data)
    assert (leak.kind, leak.part) == (FREE, "column note")
    assert leaks_in("tables/a.csv", data, allowed={text}) == []


@pytest.mark.parametrize("kind", [NAME, NUMBER, POST])
def test_the_name_of_a_file_is_looked_at(kind, tmp_path):
    path = tmp_path / "figures" / f"{PLANTED[kind].replace(' ', '_')}.txt"
    path.parent.mkdir()
    path.write_text("nothing")
    (leak,) = leaks_of(tmp_path, names=NAMES, salt=SALT)
    assert (leak.kind, leak.part) == (kind, "its name")


# ---- Pictures -----------------------------------------------------------------------------------


def png(**info):
    held = PngInfo()
    for add, text in info.items():
        if add == "plain":
            held.add_text("Comment", text)
        elif add == "packed":
            held.add_text("Comment", text, zip=True)
        elif add == "international":
            held.add_itxt("Comment", text, zip=True)
    data = io.BytesIO()
    Image.new("RGB", (4, 4)).save(data, "png", pnginfo=held)
    return data.getvalue()


def with_exif(text, form):
    image, exif = Image.new("RGB", (4, 4)), Image.Exif()
    exif[0x010E] = text  # description of the image
    data = io.BytesIO()
    image.save(data, form, exif=exif)
    return data.getvalue()


PICTURES = {
    "text": lambda text: png(plain=text),
    "packed text": lambda text: png(packed=text),
    "international text": lambda text: png(international=text),
    "EXIF": lambda text: with_exif(text, "png"),
    "after the end": lambda text: png() + text.encode(),
    "an invented chunk": lambda text: (
        png()[:33]
        + struct.pack(">I", len(text))
        + b"teSt"
        + text.encode()
        + struct.pack(">I", zlib.crc32(b"teSt" + text.encode()))
        + png()[33:]
    ),
}


@pytest.mark.parametrize("make", PICTURES.values(), ids=list(PICTURES))
def test_what_is_planted_in_a_png_is_found(make):
    assert kinds("a.png", make("nothing")) == set()
    assert kinds("a.png", make(ALL)) == EVERY


def test_what_is_planted_in_a_jpeg_is_found():
    assert kinds("a.jpg", with_exif("nothing", "jpeg")) == set()
    assert kinds("a.jpg", with_exif(ALL, "jpeg")) == EVERY


def test_a_picture_inside_a_page_is_opened():
    coded = base64.b64encode(png(plain=ALL)).decode()
    assert kinds("a.html", f'<img alt="" src="data:image/png;base64,{coded}">') == EVERY
    assert kinds("a.svg", f'<svg><image href="data:image/png;base64,{coded}"/></svg>') == EVERY


def test_a_drawing_of_matplotlib_is_let_be():
    figure = Figure(figsize=(3, 2))
    figure.subplots().plot([1, 2, 3], label="deaths")
    for form in ("svg", "png", "pdf"):
        data = io.BytesIO()
        figure.savefig(data, format=form)
        assert kinds(f"a.{form}", data.getvalue()) == set(), form


# ---- Documents ----------------------------------------------------------------------------------


def workbook(change):
    book = openpyxl.Workbook()
    book.active.title = "deaths"
    book.active.append(["service", "deaths"])
    book.active.append(["A", 12])
    change(book)
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def _cell(book, text):
    book.active["C2"] = text


def _comment(book, text):
    book.active["A1"].comment = Comment(text, "author")


def _hidden(book, text):
    sheet = book.create_sheet("other")
    sheet["A1"] = text
    sheet.sheet_state = "veryHidden"


def _column(book, text):
    book.active["D1"] = text
    book.active.column_dimensions["D"].hidden = True


def _properties(book, text):
    book.properties.creator = text


def _description(book, text):
    book.properties.description = text


@pytest.mark.slow
@pytest.mark.parametrize("plant", [_cell, _comment, _hidden, _column, _properties, _description])
def test_what_is_planted_in_a_workbook_is_found(plant):
    assert kinds("a.xlsx", workbook(lambda book: None)) == set()
    assert kinds("a.xlsx", workbook(lambda book: plant(book, ALL))) == EVERY


@pytest.mark.parametrize("kind", [NAME, NUMBER, POST])
def test_the_name_of_a_sheet_is_looked_at(kind):
    data = workbook(lambda book: book.create_sheet(PLANTED[kind]))
    assert kinds("a.xlsx", data) == {kind}


def test_a_number_of_a_person_and_a_day_of_birth_in_cells_are_found():
    def plant(book):
        book.active["C1"], book.active["C2"] = "NHS number", 9434765919
        book.active["D1"], book.active["D2"] = "Date of birth", pd.Timestamp("1950-02-01")

    assert {NUMBER, BIRTH} <= kinds("a.xlsx", workbook(plant))


WORD = '<w:document xmlns:w="w"><w:body><w:p>{}</w:p></w:body></w:document>'


def document(**parts):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as held:
        held.comment = parts.pop("comment", "").encode()
        for name, text in {"body": "<w:r><w:t>Deaths.</w:t></w:r>", **parts}.items():
            place = {"body": "word/document.xml", "note": "word/comments.xml"}
            held.writestr(place.get(name, f"docProps/{name}.xml"), WORD.format(text))
    return data.getvalue()


@pytest.mark.parametrize("where", ["body", "note", "core", "app", "custom", "comment"])
def test_what_is_planted_in_a_document_is_found(where):
    assert kinds("a.docx", document()) == set()
    first, second = ALL[:6], ALL[6:]  # a name is cut in two, as a word processor does
    cut = f"<w:r><w:t>{first}</w:t></w:r><w:r><w:t>{second}</w:t></w:r>"
    assert kinds("a.docx", document(**{where: ALL if where == "comment" else cut})) == EVERY


@pytest.fixture(scope="module")
def printed(tmp_path_factory):
    """Print a page as PDF with a real browser."""
    if not CHROMIUM.exists():
        pytest.skip("no browser to print with")

    def make(body, title="Deaths"):
        folder = tmp_path_factory.mktemp("print")
        page, made = folder / "a.html", folder / "a.pdf"
        head = f"<!doctype html><html lang=en><head><title>{title}</title></head>"
        page.write_text(f"{head}<body>{body}</body></html>")
        options = ["--headless", "--no-sandbox", "--disable-gpu", "--no-pdf-header-footer"]
        folders = [f"--user-data-dir={folder / 'profile'}", f"--print-to-pdf={made}"]
        subprocess.run(
            [str(CHROMIUM), *options, *folders, page.as_uri()], check=True, capture_output=True
        )
        shutil.rmtree(folder / "profile", ignore_errors=True)
        return made.read_bytes()

    return make


@pytest.mark.slow
def test_what_is_planted_in_a_printed_pdf_is_found(printed):
    """Browsers write glyphs by number, each font with a table of its own, and compress it all."""
    assert kinds("a.pdf", printed(f"<p>{HARMLESS}</p>")) == set()
    data = printed("".join(f"<p>{text}</p>" for text in PLANTED.values()))
    # Whole texts: four digits alone can stand in an offset or a date of the file by chance.
    assert not [text for text in PLANTED.values() if text.encode() in data]
    assert kinds("a.pdf", data) == EVERY
    assert NAME in kinds("a.pdf", printed("<p>Nothing.</p>", title=WHO))


@pytest.mark.parametrize(
    "page",
    [
        "BT 8 31 Td (SO30 1A) Tj 69.7 0 Td (A) Tj ET BT 8 66 Td (Seen) Tj ET",  # set closer
        "BT 8 31 Td [(SO30 1A) 120 (A)] TJ 0 -14 Td (Seen) Tj ET",
        "BT 1 0 0 1 8 31 Tm (SO3) Tj (0 1AA) Tj T* (Seen) Tj ET",
        "BT 8 31 Td (SO30) Tj 40 0 Td (1AA) Tj ET BT 8 66 Td (Seen) Tj ET",  # without a space
    ],
)
def test_a_word_of_a_pdf_that_is_cut_within_its_line_is_read_whole(page):
    """Whatever stands on the next line is no part of it."""
    data = f"%PDF-1.7\n1 0 obj <</Length {len(page)}>> stream\n{page}\nendstream endobj"
    assert kinds("a.pdf", data) == {POST}


def test_what_is_planted_in_the_information_of_a_pdf_is_found():
    figure = Figure(figsize=(2, 1))
    data = io.BytesIO()
    figure.savefig(data, format="pdf", metadata={"Author": ALL})
    assert kinds("a.pdf", data.getvalue()) == EVERY


# ---- Notebooks ----------------------------------------------------------------------------------


def _source(notebook, text):
    notebook["cells"].append(v4.new_markdown_cell(text))


def _output(notebook, text):
    data = {"text/plain": "hidden", "text/html": f"<p>{text}</p>"}
    cell = v4.new_code_cell("1", outputs=[v4.new_output("display_data", data)])
    notebook["cells"].append(cell)


def _payload(notebook, text):
    meta = {"inquiry": {"resource": {"data": f"label,n\n{text},3\n"}}}
    cell = v4.new_code_cell("1", outputs=[v4.new_output("display_data", {}, metadata=meta)])
    notebook["cells"].append(cell)


def _metadata(notebook, text):
    notebook["metadata"]["author"] = {"name": text}


def _picture(notebook, text):
    data = {"image/png": base64.b64encode(png(plain=text)).decode()}
    cell = v4.new_code_cell("1", outputs=[v4.new_output("display_data", data)])
    notebook["cells"].append(cell)


@pytest.mark.parametrize("plant", [_source, _output, _payload, _metadata, _picture])
def test_what_is_planted_in_a_notebook_is_found(plant):
    notebook = v4.new_notebook()
    plant(notebook, "nothing")
    assert kinds("a.ipynb", nbformat.writes(notebook)) == set()
    notebook = v4.new_notebook()
    plant(notebook, ALL)
    assert kinds("a.ipynb", nbformat.writes(notebook)) == EVERY


# ---- What cannot be looked through ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.parquet", b"PAR1"),
        ("a", b"text"),
        ("a.png", b"no picture"),
        ("a.xlsx", b"no workbook"),
        ("a.pdf", b"no document"),
        ("a.json", b"{"),
        ("a.html", b'<img src="data:application/x-sqlite3;base64,AAAA">'),
        ("a.json", json.dumps({"x": "QUJD" * 400}).encode()),
        ("a.pdf", b"%PDF-1.7 /Encrypt"),
    ],
)
def test_what_cannot_be_looked_through_is_no_part_of_a_release(name, data):
    assert CLOSED in kinds(name, data)


def test_a_link_to_elsewhere_is_no_part_of_a_release(tmp_path):
    (tmp_path / "a.txt").symlink_to("/etc/hostname")
    (leak,) = leaks_of(tmp_path)
    assert leak.kind == CLOSED
