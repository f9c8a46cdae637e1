"""The parts that the Word documents of a pack are made of.

- :class:`Paper`: a Word document with the pack's labels on every page, filled from top to bottom.
- :func:`paper`: an empty one.

Headings are real headings, tables have a title, a described content and a first row that repeats on
every page, the language is British English, and two writes of the same words give the same bytes.
"""

from __future__ import annotations

import io
from collections.abc import Sequence
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape, quoteattr

from helpers.pack.documents.labels import AUTHOR, Labels, clean, fixed

if TYPE_CHECKING:
    from docx.document import Document

FONT = "Arial"
LANGUAGE = "en-GB"
SPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
UPRIGHT, ACROSS = 9_350, 14_280
"""Width of the text on an upright page and on one laid across, in twentieths of a point."""

NAME_MOST = 60
"""Letters up to which the name of a row is bold; a longer one is a sentence."""

LETTER = 95
"""Width of a letter of a table, in twentieths of a point."""


class Paper:
    """A Word document with the pack's labels on every page, filled from top to bottom.

    Parameters
    ----------
    document : Document
        As :func:`paper` makes it.
    labels : Labels
        Of the pack.
    """

    def __init__(self, document: Document, labels: Labels) -> None:
        self._document, self._labels = document, labels
        self._width = UPRIGHT

    def heading(self, text: str, level: int) -> None:
        """Write a heading; level 0 is the title of the document."""
        self._write(_paragraph([(text, False)], f"Heading {level}" if level else "Title"))

    def say(self, text: str, style: str = "Normal") -> None:
        """Write a paragraph.

        Parameters
        ----------
        text : str
            What it says.
        style : str
            A style of the document: Normal, List Bullet, Quote, Note, Finding, Blank.
        """
        self._write(_paragraph([(text, False)], style))

    def note(self, what: str, text: str, style: str = "Note") -> None:
        """Write a paragraph that says first, in bold, what it is.

        Parameters
        ----------
        what : str
            What the paragraph is, without a colon.
        text : str
            What it says.
        style : str
            As for :meth:`say`.
        """
        self._write(_paragraph([(f"{what}: ", True), (text, False)], style))

    def _write(self, xml: str) -> None:
        from docx.oxml import parse_xml

        body = self._document.element.body
        body.insert(len(body) - 1, parse_xml(xml))

    def table(
        self,
        headers: Sequence[str],
        rows: Sequence[Sequence[str]],
        *,
        title: str,
        numeric: Sequence[bool] = (),
        described: str = "",
        level: int = 0,
    ) -> None:
        """Write a table whose first row repeats on every page and whose first column names a row.

        Parameters
        ----------
        headers : sequence of str
            Names of the columns.
        rows : sequence of sequence of str
            Cells as they are shown.
        title : str
            Stands over the table and is its title for a screen reader.
        numeric : sequence of bool
            Which columns hold numbers, which stand to the right; default none.
        described : str
            What the table shows, for a screen reader.
        level : int
            Level of the heading that the title is; 0: it is a caption.
        """
        if level:
            self.heading(title, level)
        else:
            self.say(title, "Caption")
        right = list(numeric) or [False] * len(headers)
        widths = _widths([list(headers), *map(list, rows)], self._width)
        looks = (
            f'<w:tblPr><w:tblStyle w:val="TableGrid"/><w:tblW w:w="{sum(widths)}" w:type="dxa"/>'
            '<w:tblLayout w:type="fixed"/>'
            '<w:tblLook w:val="00A0" w:firstRow="1" w:lastRow="0" w:firstColumn="1" '
            'w:lastColumn="0" w:noHBand="1" w:noVBand="1"/>'
            f"<w:tblCaption w:val={quoteattr(clean(title))}/>"
            f"<w:tblDescription w:val={quoteattr(clean(described))}/></w:tblPr>"
        )
        grid = "".join(f'<w:gridCol w:w="{width}"/>' for width in widths)
        lines = [_row(headers, widths, right, head=True)]
        lines += [_row(row, widths, right, head=False) for row in rows]
        self._write(f"<w:tbl {SPACE}>{looks}<w:tblGrid>{grid}</w:tblGrid>{''.join(lines)}</w:tbl>")
        self.say("", "Note")  # two tables without a line between them would become one

    def across(self) -> None:
        """Lay the pages from here on across, for wide tables."""
        from docx.enum.section import WD_ORIENT, WD_SECTION

        section = self._document.add_section(WD_SECTION.NEW_PAGE)
        if section.orientation != WD_ORIENT.LANDSCAPE:
            section.orientation = WD_ORIENT.LANDSCAPE
            section.page_width, section.page_height = section.page_height, section.page_width
        self._width = ACROSS

    def content(self) -> bytes:
        """Return the bytes of the document, the same for the same words."""
        held = io.BytesIO()
        self._document.save(held)
        return fixed(held.getvalue(), self._labels.date)


def paper(labels: Labels, title: str) -> Paper:
    """Return an empty document with its title, properties, header and footer.

    Parameters
    ----------
    labels : Labels
        Of the pack: they stand in the header of every page.
    title : str
        What the document is, such as ``Findings``.

    Examples
    --------
    >>> from datetime import datetime
    >>> made = paper(Labels("A trust", "2020", "OFFICIAL", "p-1", "", datetime(2021, 1, 1)), "List")
    >>> made.content()[:2]
    b'PK'
    """
    import docx

    document = docx.Document()
    _styles(document)
    _properties(document, labels, title)
    _page(document, labels)
    made = Paper(document, labels)
    made.heading(labels.title(title), 0)
    return made


def _styles(document: Document) -> None:
    from docx.enum.style import WD_STYLE_TYPE
    from docx.oxml import parse_xml
    from docx.shared import Pt, RGBColor

    sizes = {"Normal": 11, "Title": 22, "Heading 1": 17, "Heading 2": 14, "Heading 3": 12}
    for name in ("Note", "Finding", "Blank", "Table Text"):
        made = document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        made.base_style = document.styles["Normal"]
        sizes[name] = {"Note": 9.5, "Table Text": 8.5}.get(name, 11)
    for name in ("Caption", "Quote", "Header", "Footer", "List Bullet", *sizes):
        font = document.styles[name].font
        font.size = Pt(sizes.get(name, 9 if name in {"Header", "Footer"} else 10.5))
        font.name, font.color.rgb = FONT, RGBColor(0x1A, 0x1A, 0x1A)
        fonts = document.styles[name].element.rPr.rFonts
        for key in list(fonts.attrib):
            del fonts.attrib[key]
        for part in ("ascii", "hAnsi", "cs", "eastAsia"):
            fonts.set(f"{{{SPACE.split(chr(34))[1]}}}{part}", FONT)
    gaps = {"Table Text": (1, 1), "Note": (0, 3), "Caption": (6, 3), "Finding": (6, 2)}
    for name, (before, after) in gaps.items():
        form = document.styles[name].paragraph_format
        form.space_before, form.space_after = Pt(before), Pt(after)
    document.styles["Finding"].paragraph_format.keep_with_next = True
    document.styles["Caption"].paragraph_format.keep_with_next = True
    document.styles["Quote"].font.italic = True
    document.styles["Blank"].font.bold = True
    shade = f'<w:shd {SPACE} w:val="clear" w:color="auto" w:fill="FFF4D6"/>'
    document.styles["Blank"].element.get_or_add_pPr().append(parse_xml(shade))
    defaults = document.styles.element.find(f".//{{{SPACE.split(chr(34))[1]}}}lang")
    for key in list(defaults.attrib):
        defaults.set(key, LANGUAGE)


def _properties(document: Document, labels: Labels, title: str) -> None:
    told = document.core_properties
    told.title, told.subject = labels.title(title), labels.header
    told.author = told.last_modified_by = AUTHOR
    told.category, told.language, told.revision = labels.classification, LANGUAGE, 1
    told.comments = told.keywords = ""
    told.created = told.modified = labels.date
    package = document.part.package
    for key, link in list(package.rels.items()):
        if link.reltype.endswith("/thumbnail"):  # a picture of somebody's template
            del package.rels[key]


def _page(document: Document, labels: Labels) -> None:
    from docx.oxml import parse_xml
    from docx.shared import Mm

    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(22)
    section.header.paragraphs[0].text = labels.header
    foot = section.footer.paragraphs[0]
    foot.add_run(f"{labels.case}, {labels.period}. Page ")
    for word, after in (("PAGE", " of "), ("NUMPAGES", "")):
        field = f'<w:fldSimple {SPACE} w:instr="{word}"><w:r><w:t>1</w:t></w:r></w:fldSimple>'
        foot._p.append(parse_xml(field))
        foot.add_run(after)


def _widths(rows: Sequence[Sequence[str]], room: int) -> list[int]:
    """Return widths that share the room by what columns hold; words are cut only if they must."""
    least, wanted = [], []
    most = 26 if len(rows[0]) > 3 else 66
    for column in zip(*rows, strict=True):
        word = max((len(part) for cell in column for part in str(cell).split()), default=1)
        longest = max(map(len, map(str, column)))
        least.append((min(word, most) + 4) * LETTER)
        wanted.append((max(min(word, most), min(longest, 60)) + 4) * LETTER)
    if sum(wanted) <= room:
        return [int(width) for width in wanted]
    over = sum(wanted) - sum(least)
    share = min(max(room - sum(least), 0) / over, 1.0) if over else 0.0
    given = [low + share * (high - low) for low, high in zip(least, wanted, strict=True)]
    return [int(width * min(1.0, room / sum(given))) for width in given]


def _paragraph(runs: Sequence[tuple[str, bool]], style: str) -> str:
    """Return a paragraph of texts, each plain or bold, as XML."""
    said = "".join(
        f"<w:r>{'<w:rPr><w:b/></w:rPr>' if bold else ''}"
        f'<w:t xml:space="preserve">{escape(clean(text))}</w:t></w:r>'
        for text, bold in runs
    )
    named = f'<w:pStyle w:val="{style.replace(" ", "")}"/>'
    return f"<w:p {SPACE}><w:pPr>{named}</w:pPr>{said}</w:p>"


def _row(cells: Sequence[str], widths: Sequence[int], right: Sequence[bool], *, head: bool) -> str:
    marks = "<w:cantSplit/><w:tblHeader/>" if head else "<w:cantSplit/>"
    made = []
    for place, (cell, width, number) in enumerate(zip(cells, widths, right, strict=True)):
        shade = '<w:shd w:val="clear" w:color="auto" w:fill="ECEFF1"/>' if head else ""
        name = place == 0 and len(str(cell)) <= NAME_MOST
        bold = "<w:rPr><w:b/></w:rPr>" if head or name else ""
        side = '<w:jc w:val="right"/>' if number else ""
        made.append(
            f'<w:tc><w:tcPr><w:tcW w:w="{width}" w:type="dxa"/>{shade}</w:tcPr>'
            f'<w:p><w:pPr><w:pStyle w:val="TableText"/>{side}</w:pPr><w:r>{bold}'
            f'<w:t xml:space="preserve">{escape(clean(str(cell)))}</w:t></w:r></w:p></w:tc>'
        )
    return f"<w:tr><w:trPr>{marks}</w:trPr>{''.join(made)}</w:tr>"
