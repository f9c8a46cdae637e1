"""What the pages of a pack say beyond what its notebooks carry.

- :class:`PackContext`: all of it, as plain values.
- :func:`context_for`: that of a run whose notebooks have been executed.
- :func:`no_trace`: the way to the source of a number where a pack has no pages of that.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from helpers import judgement
from helpers.disclosure import PROFILES
from helpers.judgement_logs import LOGS
from helpers.pack import glossary, matrix
from helpers.pack.collect import Collected
from helpers.reconciliation import AGREES, DIFFERS, EXPLAINED, OUTSIDE, UNKNOWN
from helpers.run import Run
from helpers.scope import long_date

STATUS = {
    "real": "Real. Made from real records.",
    "published": "Published. Made from figures that anyone can look up.",
    "synthetic": "SYNTHETIC. Made up to try the method out. No real person is in it.",
}
CLASSIFICATIONS = {"internal": "OFFICIAL-SENSITIVE"}
"""The marking of a profile; one that is not here has none."""

DENOMINATORS = "rates.denominators"
"""The exhibit of what a number can be divided by, and how many of each there are."""


def no_trace(identifier: str) -> str:
    """Return that an exhibit or a finding has no page of its own that says where it comes from."""
    del identifier
    return ""


@dataclass(frozen=True)
class PackContext:
    """What the pages of a pack say beyond what its notebooks carry.

    Parameters
    ----------
    case_title, case_id, summary : str
        The case in its own words.
    period : str
        The period in words; ``period_start``, ``period_end`` and ``extract_date`` as ISO dates.
    data_status : str
        real, published or synthetic.
    profile_name, profile_text : str
        Release profile in force and what it means.
    created, version, code_revision : str
        When and with what the pack was made; ``created`` may be empty, so that two runs agree.
    inputs : list of dict
        ``file``, ``sha256``, ``bytes``.
    rows : list of dict
        ``file``, ``rows_read``, ``rows_used``, ``rows_quarantined``, ``rows_out_of_scope``.
    definitions : list of dict
        ``id``, ``label``, ``text``, ``numerator``, ``denominator``.
    denominators : list of dict
        ``id``, ``label``, ``counts``, ``legitimate_for``, ``not_for`` and ``held`` (how many, in
        words) of those that the records of deaths can be set against.
    empty_exhibits : list of dict
        ``id``, ``title`` and ``page`` (name of the notebook) of exhibits that came out empty.
    reconciliation : dict
        Counts of published figures: ``reconciled``, ``explained``, ``failed``.
    pages : list of dict
        ``name``, ``title``, ``question`` of each notebook, in order.
    terms : list of dict
        The terms of reference, as :func:`helpers.pack.matrix.rows` returns them.
    glossary : list of Term
        The terms that the exhibits use.
    logs : list of dict
        The record of judgement: ``title``, ``file`` (empty if the pack does not carry it),
        ``headers``, ``rows``, ``gaps`` of each log.
    lead : str
        Indicator that the case puts on its charts: its finding stands for the others on the front.
    pack_id, classification : str
        Identity and marking of the pack; said on every page where they are given.
    trace : callable
        Address of the page that says where an exhibit or a finding comes from, relative to the
        folder of the pack, by its id; empty if there is none.
    corrected : bool
        Whether an earlier version was issued, so that there is a page of what changed since.
    """

    case_title: str
    case_id: str
    summary: str
    period: str
    period_start: str
    period_end: str
    extract_date: str
    data_status: str
    profile_name: str
    profile_text: str
    created: str
    version: str
    code_revision: str
    inputs: list[dict[str, Any]] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)
    definitions: list[dict[str, Any]] = field(default_factory=list)
    denominators: list[dict[str, Any]] = field(default_factory=list)
    empty_exhibits: list[dict[str, str]] = field(default_factory=list)
    reconciliation: dict[str, int] = field(default_factory=dict)
    pages: list[dict[str, str]] = field(default_factory=list)
    terms: list[dict[str, Any]] = field(default_factory=list)
    glossary: list[glossary.Term] = field(default_factory=list)
    logs: list[dict[str, Any]] = field(default_factory=list)
    lead: str = ""
    pack_id: str = ""
    classification: str = ""
    trace: Callable[[str], str] = no_trace
    corrected: bool = False

    @property
    def status_text(self) -> str:
        """Return the data status in plain words."""
        return STATUS.get(self.data_status, self.data_status)

    @property
    def marking(self) -> str:
        """Return what stands at the head and the foot of every page: marking, profile, pack."""
        parts = [self.classification, f"Release profile: {self.profile_name}"]
        parts += [f"Pack {self.pack_id}"] if self.pack_id else []
        parts += ["SYNTHETIC DATA"] if self.data_status == "synthetic" else []
        return ". ".join(part for part in parts if part)

    def trace_href(self, identifier: str, *, root: str = "") -> str:
        """Return the address of the page that says where a number comes from.

        Parameters
        ----------
        identifier : str
            Id of an exhibit or of a finding.
        root : str
            The way from the page that links to the folder of the pack, such as ``../``.

        Returns
        -------
        str
            Empty where there is no such page.
        """
        address = self.trace(identifier)
        return f"{root}{address}" if address else ""


def context_for(
    run: Run,
    *,
    block: Mapping[str, Any],
    made: Collected,
    pages: Sequence[Mapping[str, str]],
    verdicts: Mapping[str, int],
    code: Mapping[str, Any],
    pack_id: str = "",
    trace: Callable[[str], str] = no_trace,
    carries: Iterable[str] = (),
    corrected: bool = False,
) -> PackContext:
    """Return the context of a run whose notebooks have been executed.

    Parameters
    ----------
    run : Run
        The run.
    block : mapping
        What the run rests on, as :meth:`helpers.run.Run.block` gives it.
    made : Collected
        The exhibits of the executed notebooks.
    pages : sequence of mapping
        ``name``, ``title``, ``question`` of each notebook, in order.
    verdicts : mapping
        How many published figures came to each verdict of :mod:`helpers.reconciliation`.
    code : mapping
        ``version``, ``revision`` and ``changed_files``, as
        :func:`helpers.pack.manifest.revision` gives them.
    pack_id : str
        Identity of the pack.
    trace : callable
        As for :class:`PackContext`.
    carries : iterable of str
        Paths of the files of the record of judgement that the pack carries.
    corrected : bool
        As for :class:`PackContext`.

    Returns
    -------
    PackContext
        What the pages say.

    Raises
    ------
    InputError
        If the terms of reference name an exhibit that is not there, or the record of judgement has
        a fault.
    """
    profile = run.parameters["release_profile"]
    changed = code.get("changed_files")
    noted = f" with {changed} changed {'file' if changed == 1 else 'files'}" if changed else ""
    return PackContext(
        case_title=run.case.title,
        case_id=run.case.id,
        summary=run.case.summary,
        period=f"{long_date(run.period_start)} to {long_date(run.period_end)}",
        period_start=run.period_start.isoformat(),
        period_end=run.period_end.isoformat(),
        extract_date=block["extract_date"],
        data_status=block["data_status"],
        profile_name=profile,
        profile_text=PROFILES[profile],
        created="",
        version=code["version"],
        code_revision=f"{code['revision']}{noted}" if code.get("revision") else "",
        inputs=[dict(item) for item in block["inputs"]],
        rows=[dict(item) for item in block["rows"]],
        definitions=made.definitions,
        denominators=_denominators(made),
        empty_exhibits=made.empty,
        reconciliation={
            "reconciled": verdicts.get(AGREES, 0),
            "explained": verdicts.get(EXPLAINED, 0) + verdicts.get(OUTSIDE, 0),
            "failed": verdicts.get(DIFFERS, 0) + verdicts.get(UNKNOWN, 0),
        },
        pages=[dict(item) for item in pages],
        terms=matrix.rows(run.case, made.exhibits, [item["name"] for item in pages]),
        glossary=glossary.used(_texts(made)),
        logs=_logs(judgement.read(run.case), set(carries)),
        lead=str(run.case.parameters.get("chart_indicator", "")),
        pack_id=pack_id,
        classification=CLASSIFICATIONS.get(profile, ""),
        trace=trace,
        corrected=corrected,
    )


def _denominators(made: Collected) -> list[dict[str, Any]]:
    """Return the denominators that are held, as the exhibit of them says."""
    if DENOMINATORS not in {facts["id"] for facts in made.exhibits}:
        return []
    frame = made.frame(DENOMINATORS)
    return frame[frame["held"].ne("not held")].to_dict("records") if len(frame) else []


def _texts(made: Collected) -> Iterable[str]:
    """Give the sentences of the exhibits, in which a reader may meet a term."""
    for facts in made.exhibits:
        yield from (facts["title"], facts["shows"], *facts["cannot_show"], *facts["method"])
        yield from (f"{item['label']} {item['text']}" for item in facts["definitions"])
        yield from (item["text"] for item in facts.get("findings", []))


def _logs(record: judgement.Judgement, carries: set[str]) -> list[dict[str, Any]]:
    """Return the logs of the record of judgement as they are shown: columns that say something."""
    gaps = record.gaps()
    made = []
    for log in LOGS.values():
        frame = record.frame(log.name)
        shown = [name for name in log.columns if frame[name].ne("").any()]
        path = f"judgement/{log.file}"
        made.append(
            {
                "title": log.title,
                "many": log.many,
                "file": path if path in carries else "",
                "headers": [name.replace("_", " ").capitalize() for name in (*shown, "source")],
                "rows": frame[[*shown, "source"]].to_numpy().tolist(),
                "gaps": gaps.loc[gaps["log"].eq(log.name), "gap"].tolist(),
            }
        )
    return made
