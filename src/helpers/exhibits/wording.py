"""Wording that says more than the records do, or hurts, found before a reader finds it.

- :data:`RULES`: each rule with its pattern, why it is one, and what to write instead.
- :data:`ALLOWED`: phrases that may stand although a rule would find them, each with the reason.
- :func:`faults`: the faults of a text.

An exhibit with a fault is not shown (:mod:`helpers.exhibits.guard`). A rule finds words, not
meanings: a text without faults can still mislead, and has to be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from helpers.exhibits import _wording_rules
from helpers.exhibits._wording_people import PEOPLE
from helpers.exhibits._wording_rules import ALLOWED, Allowed, Rule

__all__ = ["ALLOWED", "RULES", "Allowed", "Fault", "Rule", "faults"]

RULES = (*_wording_rules.RULES, *PEOPLE)
"""The rules, in the order in which faults are given."""


@dataclass(frozen=True)
class Fault:
    """A wording that was found, and the rule against it.

    Examples
    --------
    >>> str(Fault(Rule("proof", "proves", "Records show.", "Write shows."), "proves"))
    "proof: 'proves'. Records show. Write shows."
    """

    rule: Rule
    found: str

    def __str__(self) -> str:
        """Return the fault, why it is one and what to write instead, on one line."""
        return f"{self.rule.name}: {self.found!r}. {self.rule.why} {self.rule.instead}"


COMPARING = re.compile(
    r"\b(?:than|compared|comparison|differ\w*|higher|lower|greater|fewer|more|less|rose|fell|"
    r"increas\w*|decreas\w*|excess|above|below|between|ratio|times as)\b",
    re.IGNORECASE,
)
DENIAL = re.compile(
    r"\b(?:not|no|nor|never|cannot|can't|without|whether|none|nothing|neither|what|how|why|which|"
    r"does\s+not|did\s+not)\b",
    re.IGNORECASE,
)
PARAGRAPH = re.compile(r"\n\s*\n")
# A sentence ends at a mark before a space, so that 3.5 and "p = .04" stay whole.
SENTENCE = re.compile(r"(?<=[.!?;])\s+")
PHRASES = [(re.compile(rf"\b(?:{one.phrase})\b", re.IGNORECASE), one.rules) for one in ALLOWED]


def _without_allowed(sentence: str, rule: Rule) -> str:
    """Blank out the phrases that the rule lets stand; every place stays where it is."""
    for phrase, rules in PHRASES:
        if rule.name in rules:
            sentence = phrase.sub(lambda match: "\N{MIDDLE DOT}" * len(match[0]), sentence)
    return sentence


def faults(text: str, *, claim_type: str | None = None, denies: bool = False) -> list[Fault]:
    """Return the wordings of a text that say more than the records do, or hurt.

    Parameters
    ----------
    text : str
        One or several sentences.
    claim_type : str, optional
        Of the exhibit. In a "comparison" every sentence counts as one that compares; in others,
        and where none is given, those that hold a comparing word, such as "than".
    denies : bool
        The text says what cannot be shown, so that naming a cause in it claims none.

    Returns
    -------
    list of Fault
        By sentence, and within it in the order of :data:`RULES`; empty if there are none.

    Examples
    --------
    >>> [fault.rule.name for fault in faults("The probability that this is due to chance is 0.01.")]
    ['chance of chance']
    >>> faults("An interval says how far a share moves by chance alone.")
    []
    """
    return list(_faults(text, claim_type == "comparison", denies))


@lru_cache(maxsize=4096)
def _faults(text: str, comparison: bool, denies: bool) -> tuple[Fault, ...]:
    found = []
    for paragraph in PARAGRAPH.split(text):
        whole = " ".join(paragraph.split())
        for said in SENTENCE.split(whole):
            compares = comparison or COMPARING.search(said)
            for rule in RULES:
                if (rule.compares and not compares) or (rule.denied and denies):
                    continue
                for match in rule.words.finditer(_without_allowed(said, rule)):
                    denied = rule.denied and DENIAL.search(said[: match.end()])
                    if not denied and not rule.excused(whole):
                        found.append(Fault(rule, said[match.start() : match.end()]))
    return tuple(found)
