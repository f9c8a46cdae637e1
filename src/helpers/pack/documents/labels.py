"""What stands on every page and sheet of a document: status of the data, classification, pack id.

- :class:`Labels`: the words and the date that all documents of a pack share.
- :func:`labels`: those of a pack.
- :func:`named`: an exhibit by its number, and by its id where that says more.
- :func:`clean`: text without characters that no document can hold.
- :func:`fixed`: an Office file with one date on all its parts, so that two writes give one file.
- :func:`place`: bytes as a file that is there whole or not at all.
"""

from __future__ import annotations

import io
import os
import re
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, time
from pathlib import Path

from helpers.pack.render import PackContext
from helpers.scope import long_date

AUTHOR = "inquiry-notebooks"
"""Who the properties of a document name as its author: the programme, never a person's account."""

UNCLASSIFIED = "Classification: none given"
SYNTHETIC = "SYNTHETIC DATA"
NOT_TEXT = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


@dataclass(frozen=True)
class Labels:
    """The words and the date that all documents of a pack share.

    Parameters
    ----------
    case : str
        Title of the case.
    period : str
        The period in words.
    classification : str
        Who may see the pack, as the case says it.
    pack_id : str
        Id of the pack.
    status : str
        ``SYNTHETIC DATA``, or nothing where the data are of real records.
    date : datetime
        The date in the documents' properties: that of the extract, not of the run, so that the
        same pack gives the same bytes.
    data : str
        The status of the data as a sentence.
    more : tuple of tuple of str
        What else a first page says of the pack: the name of each fact, and the fact.

    Examples
    --------
    >>> made = Labels("A trust", "2020", "OFFICIAL", "p-1", "SYNTHETIC DATA", datetime(2021, 1, 1))
    >>> made.header
    'SYNTHETIC DATA | OFFICIAL | Pack p-1'
    >>> made.title("Findings")
    'SYNTHETIC DATA. Findings: A trust, 2020'
    """

    case: str
    period: str
    classification: str
    pack_id: str
    status: str
    date: datetime
    data: str = ""
    more: tuple[tuple[str, str], ...] = ()

    @property
    def facts(self) -> list[tuple[str, str]]:
        """Return what a first page says of the pack: the name of each fact, and the fact."""
        said = [
            ("Case", self.case),
            ("Period", self.period),
            ("Data", self.data),
            ("Classification", self.classification.removeprefix("Classification: ")),
            ("Pack", self.pack_id),
            *self.more,
        ]
        return [(what, text) for what, text in said if text]

    @property
    def header(self) -> str:
        """Return the line that runs over every page."""
        said = [self.status, self.classification, f"Pack {self.pack_id}"]
        return " | ".join(part for part in said if part)

    def title(self, what: str) -> str:
        """Return the title of a document, marked where its data are synthetic."""
        return self.marked(clean(f"{what}: {self.case}, {self.period}"))

    def marked(self, text: str) -> str:
        """Return a text with the mark of synthetic data before it, once."""
        return f"{self.status}. {text}" if self.status and self.status not in text else text


def labels(context: PackContext) -> Labels:
    """Return the labels of a pack.

    Parameters
    ----------
    context : PackContext
        The pack; ``classification`` and ``pack_id`` are used where it has them.
    """
    own = f"{context.case_id} {context.period_start} to {context.period_end}"
    day = datetime.fromisoformat(context.extract_date or context.period_end).date()
    return Labels(
        case=clean(context.case_title),
        period=context.period,
        classification=clean(getattr(context, "classification", "") or UNCLASSIFIED),
        pack_id=clean(getattr(context, "pack_id", "") or own),
        status=SYNTHETIC if context.data_status == "synthetic" else "",
        date=datetime.combine(day, time()),
        data=context.status_text,
        more=(
            ("Extract of", long_date(day)),
            ("Release profile", f"{context.profile_name}: {context.profile_text}"),
            ("Version of the programme", context.version),
            ("Revision of the code", context.code_revision),
        ),
    )


def named(exhibit: str, number: Callable[[str], str]) -> str:
    """Return an exhibit by its number, and by its id where that says more.

    Parameters
    ----------
    exhibit : str
        Id of the exhibit.
    number : callable
        Gives the stable number of an id.

    Examples
    --------
    >>> named("rates.funnel", lambda exhibit: "B7"), named("rates.funnel", str)
    ('Exhibit B7 (rates.funnel)', 'Exhibit rates.funnel')
    """
    found = number(exhibit)
    return f"Exhibit {exhibit}" if found == exhibit else f"Exhibit {found} ({exhibit})"


def clean(text: str) -> str:
    r"""Return text without control characters, which no Office file or PDF can hold.

    Examples
    --------
    >>> clean("a\x07b\tc")
    'ab\tc'
    """
    return NOT_TEXT.sub("", text)


def fixed(content: bytes, date: datetime) -> bytes:
    """Return an Office file with one date on all its parts, so that two writes give one file.

    Parameters
    ----------
    content : bytes
        A docx or xlsx file; the order of its parts is kept.
    date : datetime
        The date; years before 1980 cannot be written and become 1980.
    """
    stamp = max(date, datetime(1980, 1, 1)).timetuple()[:6]
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            info = zipfile.ZipInfo(part.filename, stamp)
            info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, 0o600 << 16
            info.create_system = 0  # the same on every machine
            new.writestr(info, old.read(part))
    return made.getvalue()


def place(path: Path, content: bytes) -> Path:
    """Write bytes aside and move them into place; return the path.

    Parameters
    ----------
    path : Path
        Where the file is wanted; missing folders are made.
    content : bytes
        The whole file.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    aside = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        aside.write_bytes(content)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return path
