"""The documents that people file: a workbook, two Word documents and one PDF of the whole pack.

- :func:`write_all`: make them all in the folder ``documents`` of a pack.
- :mod:`helpers.pack.documents.workbook`, :mod:`helpers.pack.documents.sheets`: ``tables.xlsx``.
- :mod:`helpers.pack.documents.word`, :mod:`helpers.pack.documents.paper`: ``findings.docx``.
- :mod:`helpers.pack.documents.expert`: ``expert_report_skeleton.docx``.
- :mod:`helpers.pack.documents.pdf`, :mod:`helpers.pack.documents.printed`: ``pack.pdf``.
- :mod:`helpers.pack.documents.shown`, :mod:`helpers.pack.documents.labels`: what they share.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from helpers.pack.collect import Collected
from helpers.pack.documents.labels import place
from helpers.pack.render import PackContext

FOLDER = "documents"


def write_all(
    folder: Path,
    *,
    context: PackContext,
    made: Collected,
    code: Mapping[str, Any],
    number: Callable[[str], str] = lambda exhibit: exhibit,
    with_pdf: bool = True,
) -> list[Path]:
    """Make the documents of a pack in its folder ``documents``.

    Parameters
    ----------
    folder : Path
        The pack that is being made; its folder ``notebooks`` holds the executed notebooks, whose
        prose the PDF takes up.
    context : PackContext
        What the pages say beyond what the notebooks carry.
    made : Collected
        The exhibits.
    code : mapping
        ``version``, ``revision`` and ``changed_files``, as
        :func:`helpers.pack.manifest.revision` gives them.
    number : callable, optional
        Gives the stable number of an exhibit's id; default the id itself.
    with_pdf : bool
        Make the PDF as well, which takes longer than all the rest.

    Returns
    -------
    list of Path
        The files, each whole. Where the machine cannot make a PDF, a text file in its place says
        why, and how to come by one.
    """
    from helpers.pack.documents import expert, pdf, word, workbook

    contents = {
        "tables.xlsx": workbook.workbook(context, made, number=number),
        "findings.docx": word.findings(context, made, number=number),
        "expert_report_skeleton.docx": expert.skeleton(context, made, code=code, number=number),
    }
    if with_pdf:
        contents |= pdf.files(context, made, notebooks=folder / "notebooks", number=number)
    return [place(folder / FOLDER / name, content) for name, content in contents.items()]
