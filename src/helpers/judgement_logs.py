"""What each log of the record of judgement must say of its entries, and who signs.

- :class:`Log`: what one log must say; :data:`LOGS`: all of them.
- :data:`ROLES`: who signs.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

ROLES = {
    "commissioner": "asks for the analysis",
    "analyst": "makes it",
    "assurer": "checks it, having had no part in making it",
    "approver": "answers for its use",
}
"""Who signs, and what they sign for; the AQuA Book keeps the four apart."""


@dataclass(frozen=True)
class Log:
    """What one log must say of each of its entries.

    Parameters
    ----------
    name : str
        Name of the log and of its file.
    title, one, many : str
        What it is called, and what an entry and several of them are.
    columns : dict of str
        Columns by name; the words complete "... do not say".
    dates : tuple of str
        Columns of ISO dates.
    optional : tuple of str
        Columns that an entry may leave empty without a gap.
    allowed : dict of tuple
        What a column may say, where that is fixed.

    Examples
    --------
    >>> LOGS["sign_offs"].allowed["role"]
    ('commissioner', 'analyst', 'assurer', 'approver')
    """

    name: str
    title: str
    one: str
    many: str
    columns: Mapping[str, str]
    dates: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    allowed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    @property
    def file(self) -> str:
        """Return the name of its file."""
        return f"{self.name}.csv"


SIGNED = {"signed_by": "who signed", "signed_on": "when it was signed"}
LOGS = {
    log.name: log
    for log in (
        Log(
            "assumptions",
            "Assumptions",
            "assumption",
            "assumptions",
            {
                "id": "which it is",
                "assumption": "what is assumed",
                "value": "the value taken",
                "effect": "how much a result could move",
                "reliability": "how reliable it is",
                "made_on": "when it was made",
                "why": "why it was made",
                "made_by": "who made it",
                **SIGNED,
            },
            ("made_on", "signed_on"),
            ("value",),
        ),
        Log(
            "decisions",
            "Decisions",
            "decision",
            "decisions",
            {
                "id": "which it is",
                "decision": "what was decided",
                "instead_of": "what it was chosen over",
                "effect": "how much a result could move",
                "decided_on": "when it was decided",
                "why": "why it was decided so",
                "made_by": "who decided",
                **SIGNED,
            },
            ("decided_on", "signed_on"),
        ),
        Log(
            "data_log",
            "Data received",
            "file",
            "files",
            {
                "id": "which it is",
                "file": "the file",
                "received_from": "who it came from",
                "received_on": "when it came",
                "how": "how it came",
                "quality": "what is known of its quality",
                "checked_by": "who checked it",
                "checked_on": "when it was checked",
            },
            ("received_on", "checked_on"),
        ),
        Log(
            "known_faults",
            "Known faults",
            "fault",
            "faults",
            {
                "id": "which it is",
                "fault": "what is wrong",
                "effect": "how much a result could move",
                "status": "whether it was mended",
                "found_on": "when it was found",
                "found_by": "who found it",
                "why": "why it is as it is",
                **SIGNED,
            },
            ("found_on", "signed_on"),
            (),
            {"status": ("open", "mended", "accepted")},
        ),
        Log(
            "sign_offs",
            "Who signed",
            "signature",
            "signatures",
            {
                "role": "which role",
                "name": "who it is",
                "organisation": "for whom",
                "statement": "what was signed",
                "limits": "what the signature does not cover",
                "pack": "which pack was signed",
                "signed_on": "when it was signed",
            },
            ("signed_on",),
            ("organisation", "limits"),
            {"role": tuple(ROLES)},
        ),
    )
}
"""The logs by name, in the order in which they are shown."""
