"""Wording that says more than the records do, found before a reader finds it.

- :data:`RULES`: each rule with its pattern, why it is one, and what to write instead.
- :func:`faults`: the faults of a text.

A rule finds words, not meanings: a text without faults can still mislead, and has to be read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """A wording that is not to be used.

    ``compares`` limits it to sentences of comparison; ``denied`` lets it pass where the sentence
    denies it before, as in "does not show what caused"; ``unless`` lets it pass where the text
    holds these words.

    Examples
    --------
    >>> Rule("ranking", r"worst", "It ranks.", "Name the range.").compares
    False
    """

    name: str
    pattern: str
    why: str
    instead: str
    compares: bool = False
    denied: bool = False
    unless: str = ""


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


LIKELY = r"(?:probabilit(?:y|ies)|likelihood|odds|chances?|risk|likely|certain|sure|confident)"
RANDOM = r"(?:(?:pure|mere|random|plain|simple)\s+)*(?:chance|coincidence|luck|accident|fluke)\b"
BY = r"(?:by|due\s+to|down\s+to|because\s+of|the\s+result\s+of|a\s+matter\s+of|explained\s+by|just)"
COMPARING = (
    r"\b(?:than|compared|comparison|differ\w*|higher|lower|greater|fewer|more|less|rose|fell|"
    r"increas\w*|decreas\w*|excess|above|below|between|ratio|times as)\b"
)
TRANSPOSED = "It turns the chance of such records, if nothing but chance were at work, around."
IF_CHANCE = (
    'Write "if nothing but chance were at work, a result at least this large would be seen about '
    '1 in N times".'
)

RULES = (
    Rule(
        "chance of chance",
        rf"\b{LIKELY}\b[^.;:]{{0,90}}\b(?:was|were|is|are|be|been|being|happen\w*|occur\w*|arose|"
        rf"arise\w*|came\s+about|due)\b[^.;:]{{0,20}}?\b(?:{BY}\s+)?{RANDOM}(?!\s+were\b)",
        TRANSPOSED,
        IF_CHANCE,
    ),
    Rule(
        "chance of guilt",
        rf"\b{LIKELY}\b[^.;]{{0,90}}\b(?:innocen\w+|guilt\w*|to\s+blame|at\s+fault|responsible|"
        r"murder\w*)\b",
        "No calculation from these records says how likely it is that anybody did wrong.",
        "Say what the records hold, and leave the question to the inquiry.",
    ),
    Rule(
        "chance that not",
        rf"\b(?:1|one)\s+in\s+[\d,.]+(?:\s+(?:thousand|million|billion))?\s+{LIKELY}\s+"
        r"(?:that|of)\b[^.;]{0,80}\b(?:not|no|nothing|nobody|none|innocent)\b",
        TRANSPOSED,
        IF_CHANCE,
    ),
    Rule(
        "per cent certain",
        r"\b\d+(?:\.\d+)?\s*(?:%|per\s+cent)\s+(?:certain|sure|confident|likely|probable|"
        r"certainty|probability|likelihood|chance)\s+(?:that|the|of)\b",
        "An interval says how often the method is right, not how sure one may be of this result.",
        'Write "the 95% interval runs from ... to ...".',
    ),
    Rule(
        "proof",
        r"\b(?:proves?|proved|proven|(?<!standard\sof\s)proof)\b",
        "Records of deaths show or suggest; they do not prove.",
        'Write "shows", "agrees with" or "does not fit".',
        denied=True,
    ),
    Rule(
        "cause in a comparison",
        r"\b(?:(?<!have\s)(?<!other\s)(?<!the\s)(?<!common\s)(?<!special\s)causes?(?!\s+of\b)|caused|causing|because\s+of|(?:led|leads?|leading)\s+to|due\s+to|owing\s+to|"
        r"result(?:s|ed|ing)?\s+in|as\s+a\s+result\s+of|thanks\s+to|responsible\s+for)\b",
        "Groups that are compared differ in more than what is compared.",
        'Write "went with", "was higher where" or "after".',
        compares=True,
        denied=True,
    ),
    Rule(
        "ranking",
        r"\b(?:worst|best(?!\s+(?:estimate|practice|available|interests?|known|read|of\s+our))|"
        r"league|(?<!log-)rank(?:s|ed|ing|ings)?|(?:top|bottom)\s+(?:ten|five|three|[1-9]\d*)\b(?!\.\d)|"
        r"(?:first|last|second|third)\s+place|outperform\w*|underperform\w*|poorest)\b",
        "A place in a list moves by chance, and says nothing of how far apart the places are.",
        "Give each value with its interval and the limits for its size.",
        denied=True,
    ),
    Rule(
        "people as cases",
        r"\b(?:\d[\d,]*|fatal|unexpected|suspicious|confirmed|index|these|those|excess|death|"
        r"investigated|reported|uninvestigated)\s+cases\b|"
        r"\bcases\s+(?:who|that\s+died|died|of\s+death)\b",
        "They are people who died.",
        'Write "people who died" or "deaths".',
    ),
    Rule(
        "p value alone",
        r"\bp\s*[-\u2010]?\s*(?:values?\s*(?:of|is|was|=|<|>)?|=|<|>|\u2264|\u2265)\s*0?\.\d+|"
        r"\bstatistical(?:ly)?\s+significan(?:t|ce)\b",
        "How small a p value is depends on how many comparisons were made.",
        "Give the estimate with its interval, and with a p value the number of tests.",
        unless=r"\b(?:\d+|one|two|three|number\s+of)\s+(?:tests?|comparisons?)\b|"
        r"\badjusted\s+for\s+the\s+(?:number\s+of|\d+)\b",
    ),
)
"""The rules, in the order in which faults are given."""

DENIAL = re.compile(
    r"\b(?:not|no|nor|never|cannot|can't|without|whether|none|nothing|neither|what|how|why|which|"
    r"does\s+not|did\s+not)\b",
    re.IGNORECASE,
)
# A sentence ends at a mark before a space, so that 3.5 and "p = .04" stay whole.
SENTENCE = re.compile(r"(?<=[.!?;])\s+|\n\s*\n")


def faults(text: str, *, claim_type: str | None = None) -> list[Fault]:
    """Return the wordings of a text that say more than the records do.

    Parameters
    ----------
    text : str
        One or several sentences.
    claim_type : str, optional
        Of the exhibit. In a "comparison" every sentence counts as one that compares; in others,
        and where none is given, those that hold a comparing word, such as "than".

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
    found = []
    for sentence in SENTENCE.split(text):
        said = " ".join(sentence.split())
        compares = claim_type == "comparison" or re.search(COMPARING, said, re.IGNORECASE)
        for rule in RULES:
            if rule.compares and not compares:
                continue
            if rule.unless and re.search(rule.unless, text, re.IGNORECASE):
                continue
            for match in re.finditer(rule.pattern, said, re.IGNORECASE):
                if not (rule.denied and DENIAL.search(said[: match.start()])):
                    found.append(Fault(rule, match[0]))
    return found
