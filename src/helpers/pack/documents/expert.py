"""A skeleton of an expert's report, with the headings that Practice Direction 35 asks for.

- :func:`skeleton`: the bytes of ``expert_report_skeleton.docx``.
- :func:`works`: the literature behind the methods of a pack.
- :func:`methods`: each method of a pack with the exhibits that use it.

It is filled where the run knows the answer: data, methods, versions, results under other
definitions. Everything else is a marked blank. It holds no opinion, and nothing in it speaks for an
expert.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from importlib import resources
from typing import Any

from helpers.case import read_yaml
from helpers.pack.collect import Collected
from helpers.pack.documents import shown
from helpers.pack.documents.labels import labels, named
from helpers.pack.documents.paper import Paper, paper
from helpers.pack.documents.word import fits, uncertainty
from helpers.pack.render import PackContext

BLANK = "[To be completed by the expert]"

RANGE = (
    *("rates.range", "rates.denominators", "rates.windows", "rates.grid", "rates.recorded"),
    *("quality.thresholds", "delay.clocks", "delay.finished_only", "limits.choices"),
    *("sure.range", "sure.estimators", "sure.specification", "sure.subgroups"),
    *("sure.unmeasured", "sure.misclassified", "sure.imputed", "sure.shifted"),
)
"""Exhibits that show the same question under other definitions, denominators, clocks or models."""

TAKEN_TO_BE_SO = "quality.assumptions"

TRUTH = (
    "I confirm that I have made clear which facts and matters referred to in this report are "
    "within my own knowledge and which are not. Those that are within my own knowledge I confirm "
    "to be true. The opinions I have expressed represent my true and complete professional "
    "opinions on the matters to which they refer.",
    "I understand that proceedings for contempt of court may be brought against anyone who makes, "
    "or causes to be made, a false statement in a document verified by a statement of truth "
    "without an honest belief in its truth.",
)
"""The statement that paragraph 3.3 prescribes, as amended on 1 October 2020."""

NAMED_MOST = 6
"""Exhibits that are named for a method; of more, their number is given."""


def skeleton(
    context: PackContext,
    made: Collected,
    *,
    code: Mapping[str, Any],
    number: Callable[[str], str] = lambda exhibit: exhibit,
) -> bytes:
    """Return the bytes of ``expert_report_skeleton.docx``.

    Parameters
    ----------
    context : PackContext
        The pack.
    made : Collected
        Its exhibits.
    code : mapping
        ``version``, ``revision`` and ``changed_files`` of the code.
    number : callable, optional
        Gives the stable number of an exhibit's id.

    Returns
    -------
    bytes
        The same for the same pack.
    """
    said = labels(context)
    book = paper(said, "Expert's report: a skeleton")
    _warning(book, said.status)
    _front(book)
    _qualifications(book)
    _instructions(book, context, made)
    _literature(book, context, made, number)
    _knowledge(book)
    _tests(book, context, made, code=code, number=number)
    _range(book, made, number)
    _conclusions(book)
    _limits(book, made, number)
    _duty(book)
    _truth(book)
    _annex(book, made, number)
    return book.content()


def _blank(book: Paper, what: str = "") -> None:
    book.say(f"{BLANK}{f' {what}' if what else ''}", "Blank")


def _warning(book: Paper, status: str) -> None:
    book.note(
        "What this is",
        "a skeleton, and no report. No expert has written, read or adopted any of it. A programme "
        "filled in what it knows: files, methods, versions, results. Blanks stand where only the "
        f"expert can speak, each marked {BLANK}. Delete this paragraph when none is left.",
        "Normal",
    )
    if status:
        book.note(status, "These records were made up. No report can rest on them.", "Normal")
    book.say(
        "The headings follow Practice Direction 35 to Part 35 of the Civil Procedure Rules, whose "
        "paragraphs are given in brackets; read its text as it is now in force. Criminal courts "
        "have rules of their own (Criminal Procedure Rules, Part 19), and an inquiry or a coroner "
        "says what is asked."
    )


def _front(book: Paper) -> None:
    book.heading("The proceedings", 1)
    book.say("The report is addressed to the court and not to those who instruct (3.1).")
    rows = [[name, BLANK] for name in ("Court", "Claim number", "Parties", "Expert", "Date")]
    book.table(["What", "Value"], rows, title="The proceedings", described="Blanks to fill in.")


def _qualifications(book: Paper) -> None:
    book.heading("1. Qualifications of the expert (3.2(1))", 1)
    _blank(book)
    book.say("Questions that fall outside the expert's field (2.4):")
    _blank(book)


def _instructions(book: Paper, context: PackContext, made: Collected) -> None:
    book.heading("2. Facts and instructions (3.2(3))", 1)
    book.heading("Instructions", 2)
    _blank(book, "The substance of all material instructions, written or spoken.")
    book.heading("What the pack was asked", 2)
    for page in context.pages:
        if page.get("question"):
            book.say(page["question"], "List Bullet")
    book.heading("The records", 2)
    book.say(f"{context.summary} {context.status_text}")
    told = dict(labels(context).facts)
    book.say(f"Period: {told['Period']}. Extract of {told['Extract of']}.")
    if context.rows:
        names = ("rows_read", "rows_used", "rows_quarantined", "rows_out_of_scope")
        book.table(
            ["File", "Rows read", "Used", "Set aside", "Out of scope"],
            [[row["file"], *(f"{row[name]:,}" for name in names)] for row in context.rows],
            title="Rows of each file: read is used, set aside and out of scope together",
            numeric=[False, True, True, True, True],
            described="A row each file.",
        )
    book.table(
        ["File", "SHA-256"],
        [[item["file"], item["sha256"]] for item in context.inputs],
        title="Fingerprint of each file",
        described="A row each file, with the hash by which it can be recognised.",
    )
    book.heading("What is taken to be so", 2)
    facts = next((item for item in made.exhibits if item["id"] == TAKEN_TO_BE_SO), None)
    found = shown.laid(facts) if facts else None
    if found and found.rows:
        book.say("What no source gives and the case takes to be so, as its description says:")
        for row in found.rows:
            book.say(". ".join(cell.rstrip(".") for cell in row if cell) + ".", "List Bullet")
    else:
        book.say("The description of the case lists nothing that no source gives.")
    _blank(book, "Facts that are in dispute, and which of them the report takes to be so.")


def methods(made: Collected) -> dict[str, list[str]]:
    """Return each method of a pack with the exhibits that use it.

    Parameters
    ----------
    made : Collected
        The exhibits.

    Examples
    --------
    >>> methods(Collected([{"id": "a.b", "method": ["Wilson score"]}]))
    {'Wilson score': ['a.b']}
    """
    found: dict[str, list[str]] = {}
    for facts in made.exhibits:
        for method in facts["method"]:
            if method:
                found.setdefault(method, []).append(facts["id"])
    return found


def works(named_methods: Iterable[str]) -> list[str]:
    """Return the literature behind methods, in the order of the list that ships.

    Parameters
    ----------
    named_methods : iterable of str
        Methods as exhibits name them.

    Examples
    --------
    >>> [work[:9] for work in works(["Wilson score, no continuity correction"])]
    ['Wilson EB']
    """
    file = resources.files(__package__).joinpath("literature.yml")
    listed = read_yaml(file.read_text(encoding="utf-8"))
    names = list(named_methods)
    return [item["work"] for item in listed if any(item["found"] in name for name in names)]


def _literature(
    book: Paper, context: PackContext, made: Collected, number: Callable[[str], str]
) -> None:
    book.heading("3. Literature and other material (3.2(2))", 1)
    book.heading("Material the pack rests on", 2)
    for source in sorted({facts["source"] for facts in made.exhibits}):
        book.say(source, "List Bullet")
    counted = context.reconciliation
    if any(counted.values()):
        book.say(
            "Figures that others published from the same sources were worked out again: "
            f"{counted.get('reconciled', 0)} agree, {counted.get('explained', 0)} differ or cannot "
            f"be worked out for a stated reason, {counted.get('failed', 0)} do not agree."
        )
    book.heading("Where the methods of the pack are described", 2)
    book.say("To be read by whoever relies on them; the list says where to look, and no more.")
    for work in works(methods(made)):
        book.say(work, "List Bullet")
    book.heading("Literature the expert relies on", 2)
    _blank(book)


def _knowledge(book: Paper) -> None:
    book.heading("4. Facts within the expert's own knowledge (3.2(4))", 1)
    book.say(
        "No programme can know this. What comes from the pack was worked out from the files of "
        "section 2; whether the expert has checked any of it is for the expert to say."
    )
    _blank(book, "Which facts are within the expert's own knowledge, and which are not.")


def _tests(
    book: Paper,
    context: PackContext,
    made: Collected,
    *,
    code: Mapping[str, Any],
    number: Callable[[str], str],
) -> None:
    book.heading("5. Who carried out the work (3.2(5))", 1)
    changed = code.get("changed_files")
    rows = {
        "Programme": f"inquiry-notebooks {code.get('version') or context.version}",
        "Revision of the code": code.get("revision") or "not known",
        "Files changed since that revision": "not known" if changed is None else str(changed),
        "Settings and libraries": "manifest.json of the pack",
        "Code of each step": "notebooks/ of the pack, as executed",
        "Pack": labels(context).pack_id,
    }
    book.table(
        ["What", "Value"],
        [[what, value] for what, value in rows.items()],
        title="What worked the numbers out",
        described="The programme, its version, and where its settings and code are.",
    )
    _blank(book, "Who ran it, and who made the extracts; their qualifications.")
    _blank(book, "Whether that was done under the expert's supervision.")
    book.heading("The methods", 2)
    found = methods(made)
    book.table(
        ["Method", "Exhibits"],
        [[method, _list(exhibits, number)] for method, exhibits in sorted(found.items())],
        title="Each method and where it is used",
        described="A row each method, as the exhibits name it.",
    )


def _list(exhibits: list[str], number: Callable[[str], str]) -> str:
    rest = len(exhibits) - NAMED_MOST
    return ", ".join(map(number, exhibits[:NAMED_MOST])) + (f" and {rest} more" * (rest > 0))


def _range(book: Paper, made: Collected, number: Callable[[str], str]) -> None:
    book.heading("6. Range of opinion (3.2(6))", 1)
    book.heading("Material: results under other definitions and models", 2)
    book.say(
        "What follows is no opinion of anybody. It is what the same records give under other "
        "denominators, definitions, clocks, links and models, so that a range of opinion can be "
        "laid beside it."
    )
    listed = [facts for facts in made.exhibits if facts["id"] in RANGE]
    for facts in listed:
        title = f"{named(facts['id'], number)}: {facts['title']}"
        book.heading(title, 3)
        book.say(facts["shows"])
        for item in facts.get("findings", []):
            book.say(item["text"], "List Bullet")
            book.say(uncertainty(item, facts), "Note")
        found = shown.laid(facts) if facts["kind"] == "table" else None
        if found and not found.rows:
            book.say(found.reason)
        elif found and fits(found):
            heads = [name or "What" for name in found.headers]
            book.table(
                heads, found.rows, title=title, numeric=found.numeric, described=facts["shows"]
            )
        elif found:
            book.say(f"{len(found.rows)} rows: see tables.xlsx.")
        for limit in facts["cannot_show"]:
            book.note("What it cannot show", limit)
    if not listed:
        book.say("The pack shows no question under more than one definition.")
    book.heading("The range of opinion", 2)
    _blank(book, "A summary of the range of opinion on each matter.")
    book.heading("Reasons for the expert's own opinion", 2)
    _blank(book)


def _conclusions(book: Paper) -> None:
    book.heading("7. Summary of conclusions (3.2(7))", 1)
    book.say("The findings of the pack are in the annex. They are not the expert's conclusions.")
    _blank(book)


def _limits(book: Paper, made: Collected, number: Callable[[str], str]) -> None:
    book.heading("8. Qualifications to the opinion (3.2(8))", 1)
    _blank(book)
    book.heading("Material: what the exhibits cannot show", 2)
    for limit in dict.fromkeys(text for facts in made.exhibits for text in facts["cannot_show"]):
        book.say(limit, "List Bullet")
    book.heading("Material: what the records could not answer", 2)
    silent = [facts for facts in made.exhibits if facts.get("unanswered")]
    for facts in silent:
        book.say(
            f"{named(facts['id'], number)}: {facts['title']}. {shown.silence(facts)}", "List Bullet"
        )
    if not silent:
        book.say("Every question that the pack asks could be answered in part at least.")


def _duty(book: Paper) -> None:
    book.heading("9. Statement on the duty to the court (3.2(9))", 1)
    book.say(
        "The Practice Direction asks for a statement that the expert understands the duty to the "
        "court and has complied with it, and is aware of the requirements of Part 35, of the "
        "Practice Direction and of the Guidance for the Instruction of Experts in Civil Claims "
        "2014. Only the expert can make it, in the expert's own words."
    )
    _blank(book)
    book.say("If the expert's view changes after the report, all parties are told (2.5).")


def _truth(book: Paper) -> None:
    book.heading("10. Statement of truth (3.3)", 1)
    book.say(
        "Paragraph 3.3 prescribes the wording below, as amended on 1 October 2020. Compare it with "
        "the Practice Direction in force. It has not been made by anybody until it is signed."
    )
    for part in TRUTH:
        book.say(part, "Quote")
    for name in ("Signed", "Name", "Date"):
        book.note(name, BLANK, "Blank")


def _annex(book: Paper, made: Collected, number: Callable[[str], str]) -> None:
    book.heading("Annex A: findings of the pack", 1)
    for facts in made.exhibits:
        for item in facts.get("findings", []):
            book.note(named(facts["id"], number), item["text"], "Normal")
            book.say(uncertainty(item, facts), "Note")
    book.heading("Annex B: definitions in force", 1)
    for item in made.definitions:
        book.note(f"{item['label']} [{item['id']}]", item["text"])
