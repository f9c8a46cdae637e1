"""The files of a pack, written into a folder that is moved into place when all are there.

- :func:`file`, :func:`json_file`: one file, its folder made where there is none.
- :func:`notebooks`: the executed notebooks.
- :func:`exhibits`: tables, figures and findings.
- :func:`held`: the exhibits of a pack that is there.
- :func:`corrections`: what changed since the version before.
- :func:`traces`: where each number comes from; :class:`NotTraced` where that is not known.
- :func:`pages`: the pages for readers.
- :func:`documents`: the documents that people file; :func:`readable`: both, in less time.
- :func:`crate`: the pack described as an RO-Crate.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from helpers.exhibits.images import svg_text
from helpers.intake.reading import sha256
from helpers.pack import normalise
from helpers.pack.collect import Collected, collect
from helpers.pack.context import PackContext
from helpers.pack.corrections import CAUSES
from helpers.reconciliation import reconcile
from helpers.run import Run

if TYPE_CHECKING:
    import pandas as pd


def file(path: Path, content: str | bytes) -> None:
    """Write a file; its folder is made where there is none.

    Parameters
    ----------
    path : Path
        The file.
    content : str or bytes
        Text is written as UTF-8, ends of lines as they are.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content.encode("utf-8") if isinstance(content, str) else content)


def json_file(path: Path, content: Any) -> None:
    """Write plain values as JSON that a person can read, too.

    Parameters
    ----------
    path : Path
        The file.
    content
        Mappings, lists, text, numbers.
    """
    file(path, json.dumps(content, indent=1, ensure_ascii=False) + "\n")


def notebooks(folder: Path, executed: Mapping[str, Any]) -> None:
    """Write the notebooks as executed, without what differs from run to run.

    Parameters
    ----------
    folder : Path
        The pack.
    executed : mapping
        Notebooks by name.
    """
    for name, notebook in executed.items():
        file(folder / "notebooks" / f"{name}.ipynb", normalise.text(notebook))


def exhibits(folder: Path, made: Collected) -> None:
    """Write the data of every exhibit, every figure, and the findings.

    Parameters
    ----------
    folder : Path
        The pack.
    made : Collected
        The exhibits; data that are synthetic say so in a column of their own.
    """
    for facts in made.exhibits:
        content = facts["resource"]["data"]
        if facts["data_status"] == "synthetic":
            frame = made.frame(facts["id"])
            frame.insert(0, "data_status", "SYNTHETIC")
            content = frame.to_csv(index=False, lineterminator="\n")
        file(folder / "tables" / f"{facts['id']}.csv", content)
        if facts["kind"] == "figure":
            file(folder / "figures" / f"{facts['id']}.svg", svg_text(facts))
            file(folder / "figures" / f"{facts['id']}.png", facts["png"])
    json_file(folder / "findings.json", made.findings)


def held(pack: Path) -> Collected:
    """Return the exhibits of a pack that is there, from its notebooks.

    Parameters
    ----------
    pack : Path
        The pack.
    """
    import nbformat

    found = sorted((pack / "notebooks").glob("*.ipynb"))
    return collect({path.stem: nbformat.read(path, as_version=4) for path in found})


def corrections(
    folder: Path, made: Collected, now: Mapping[str, Any], standing: Path | None
) -> dict[str, Any] | None:
    """Write what changed since the version before, and return it; None of a first version.

    Parameters
    ----------
    folder : Path
        The pack.
    made : Collected
        Its exhibits.
    now : mapping
        What its manifest will say of its grounds.
    standing : Path, optional
        The version before.
    """
    from helpers.pack import corrections

    if standing is None:
        return None
    path = standing / "manifest.json"
    found = corrections.notice(
        old=json.loads(path.read_bytes()),
        new=now,
        before=held(standing),
        after=made,
        against=sha256(path),
    )
    json_file(folder / corrections.NAME, found)
    return found


def _question(notebook: Any) -> str:
    """Return the question of a notebook: the first quoted paragraph of its first cell."""
    lines = notebook["cells"][0]["source"].splitlines()
    return " ".join(line.lstrip("> ").strip() for line in lines if line.startswith(">"))


class NotTraced(Exception):
    """Numbers that cannot be traced to their rows, files and code; one line each.

    Parameters
    ----------
    lines : list of str
        Exhibit or finding, and what is lacking.
    """

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


def traces(
    folder: Path,
    executed: Mapping[str, Any],
    made: Collected,
    run: Run,
    *,
    verdicts: pd.DataFrame | None = None,
) -> dict[str, Any]:
    """Write where each number comes from, and return it.

    Parameters
    ----------
    folder : Path
        The pack.
    executed : mapping
        Notebooks by name.
    made : Collected
        Their exhibits.
    run : Run
        The run.
    verdicts : DataFrame, optional
        As :func:`helpers.reconciliation.reconcile` returns them, where they are known.

    Raises
    ------
    NotTraced
        If a number cannot be traced: each is named.
    """
    from helpers.pack.manifest import revision
    from helpers.trace import document, find

    code = revision()
    found, problems = find.traces(run, executed, made, code=code, verdicts=verdicts)
    if problems:
        raise NotTraced([str(problem) for problem in problems])
    told = document.document(found, run, code=code)
    file(folder / document.FILE, document.text(told))
    return told


def _page(notebook: Any, name: str) -> dict[str, str]:
    title = notebook["cells"][0]["source"].splitlines()[0].lstrip("# ")
    return {"name": name, "title": title, "question": _question(notebook)}


def pages(
    folder: Path,
    executed: Mapping[str, Any],
    made: Collected,
    run: Run,
    *,
    pack_id: str = "",
    corrected: Mapping[str, Any] | None = None,
    apart: bool = True,
    meanwhile: Callable[[PackContext], Any] = lambda context: None,
) -> PackContext:
    """Write one page a notebook, the page that the pack opens with, and those they lead to.

    Where each number comes from is found in a second process, while this one writes the rest.

    Parameters
    ----------
    folder : Path
        The pack.
    executed : mapping
        Notebooks by name.
    made : Collected
        Their exhibits.
    run : Run
        The run.
    pack_id : str
        Id of the pack.
    corrected : mapping, optional
        As :func:`corrections` returns it.
    apart : bool
        Use a second process, where the machine has a second core.
    meanwhile : callable
        Called with what the pages say, while the second process may still be at work.

    Returns
    -------
    PackContext
        What the pages say beyond what the notebooks carry; documents say it as well.

    Raises
    ------
    NotTraced
        If a number cannot be traced.
    """
    from helpers import judgement
    from helpers.pack import beside, render
    from helpers.pack.context import context_for
    from helpers.pack.manifest import revision
    from helpers.pack.templating import fill, style
    from helpers.trace import page as traced

    judged = judgement.written(judgement.read(run.case))
    for name, text in judged.items():
        file(folder / name, text)
    verdicts = reconcile(run)
    links = traced.addresses(made.exhibits)
    told = [_page(notebook, name) for name, notebook in executed.items()]
    context = context_for(
        run,
        block=next(iter(made.runs.values()), None) or run.block(),
        made=made,
        pages=told,
        verdicts=verdicts["verdict"].value_counts().to_dict(),
        code=revision(),
        pack_id=pack_id,
        trace=lambda identifier: links.get(identifier, ""),
        carries=judged,
        corrected=bool(corrected),
    )

    def source() -> None:
        found = traces(folder, executed, made, run, verdicts=verdicts)
        file(folder / traced.NAME, traced.page(found, context))

    waiting = beside.begin(source, apart=apart)
    for name, notebook in executed.items():
        file(folder / "pages" / f"{name}.html", render.page(notebook, name=name, context=context))
    file(folder / "index.html", render.index(told, made.exhibits, context))
    if corrected:
        text = fill(
            "corrections", context=context, root="", notice=corrected, style=style(), causes=CAUSES
        )
        file(folder / "corrections.html", text)
    meanwhile(context)
    waiting()
    return context


def readable(
    folder: Path,
    executed: Mapping[str, Any],
    made: Collected,
    run: Run,
    *,
    pack_id: str = "",
    corrected: Mapping[str, Any] | None = None,
    with_pdf: bool = True,
    apart: bool = True,
) -> PackContext:
    """Write the pages and the documents, both while the source of each number is found.

    Parameters
    ----------
    folder, executed, made, run, pack_id, corrected, apart
        See :func:`pages`.
    with_pdf : bool
        See :func:`documents`.

    Raises
    ------
    NotTraced
        If a number cannot be traced.
    """

    def filed(context: PackContext) -> None:
        documents(folder, made, context, with_pdf=with_pdf)

    return pages(
        folder,
        executed,
        made,
        run,
        pack_id=pack_id,
        corrected=corrected,
        apart=apart,
        meanwhile=filed,
    )


def documents(
    folder: Path, made: Collected, context: PackContext, *, with_pdf: bool = True
) -> None:
    """Write the documents that people file: workbook, Word, PDF.

    Parameters
    ----------
    folder : Path
        The pack; its notebooks are there.
    made : Collected
        Its exhibits.
    context : PackContext
        As :func:`pages` returns it.
    with_pdf : bool
        Make the PDF as well, which takes longer than all the rest.
    """
    from helpers.exhibits.numbers import number
    from helpers.pack import documents
    from helpers.pack.manifest import revision

    documents.write_all(
        folder, context=context, made=made, code=revision(), number=number, with_pdf=with_pdf
    )


def crate(folder: Path, told: Mapping[str, Any]) -> None:
    """Write the pack described as an RO-Crate; every other file but the manifest is there.

    Parameters
    ----------
    folder : Path
        The pack.
    told : mapping
        As :func:`helpers.pack.manifest.manifest` takes it.
    """
    from helpers.pack import crate as described
    from helpers.pack.manifest import code, outputs

    made = described.crate(
        told["run"],
        identity=told["identity"],
        outputs=outputs(folder),
        inputs=told["block"]["inputs"],
        code=code(),
        times=told["times"],
    )
    json_file(folder / described.NAME, made)
