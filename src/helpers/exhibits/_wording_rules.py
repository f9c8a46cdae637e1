"""The rules of wording as data: what says more than the records do, why, and what to write.

Words for people are in :mod:`helpers.exhibits._wording_people`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True)
class Rule:
    """A wording that is not to be used.

    ``compares`` limits it to sentences of comparison; ``denied`` lets it pass where the sentence
    denies it before, as in "does not show what caused"; ``unless`` lets it pass where the
    paragraph holds words of every one of these patterns.

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
    unless: tuple[str, ...] = ()

    @cached_property
    def words(self) -> re.Pattern[str]:
        """Return the pattern, compiled."""
        return re.compile(self.pattern, re.IGNORECASE)

    def excused(self, paragraph: str) -> bool:
        """Return whether the paragraph holds everything that lets the wording pass."""
        return bool(self.unless) and all(
            re.search(one, paragraph, re.IGNORECASE) for one in self.unless
        )


@dataclass(frozen=True)
class Allowed:
    """A phrase that a rule would find and that may stand, with the reason.

    Examples
    --------
    >>> Allowed(r"cause of death", ("effect of something",), "A term of the field.").why
    'A term of the field.'
    """

    phrase: str
    rules: tuple[str, ...]
    why: str


CAUSE, EFFECT = "cause in a comparison", "effect of something"
RAISED, FACTOR = "raises the chance", "risk factor for death"
SIGNIFICANT, FAILED = "significant", "words for people: failed to"

ALLOWED = (
    Allowed(
        r"(?:underlying\s+|registered\s+)?causes?\s+of\s+(?:the\s+|each\s+|a\s+)?deaths?",
        (CAUSE,),
        "What a doctor or a coroner certifies: a field of the record.",
    ),
    Allowed(r"natural\s+causes", (CAUSE,), "A conclusion of an inquest."),
    Allowed(r"common\s+causes?|special\s+causes?", (CAUSE,), "Terms of control charts."),
    Allowed(
        r"(?:average\s+)?marginal\s+effects?(?:\s+(?:of|on))?",
        (EFFECT,),
        "The name of a method; the exhibit says beside it that it is arithmetic on a model.",
    ),
    Allowed(r"(?:random|fixed)[\s-]effects?(?:\s+of)?", (EFFECT,), "Parts of a model."),
    Allowed(
        r"(?:comes?|came|coming|put|taken?|in|into|with)\s+(?:in)?to?\s*effect\s+(?:on|of)|"
        r"in\s+effect\s+on|design\s+effects?\s+of",
        (EFFECT,),
        "It says from which day a rule was in force, or what sampling does to a variance.",
    ),
    Allowed(
        r"impact\s+of\s+registration\s+delays",
        (EFFECT,),
        "Title of a release of the Office for National Statistics that is cited.",
    ),
    Allowed(
        r"southern\s+health\s+failed\s+to\s+investigate\s+deaths",
        (FAILED,),
        "Headline of a source that is cited.",
    ),
    Allowed(r"significant\s+figures?", (SIGNIFICANT,), "How a number is rounded."),
    Allowed(
        r"significant\s+(?:events?|others?)",
        (SIGNIFICANT,),
        "A kind of review in general practice; a partner.",
    ),
)
"""Phrases that may stand, each with the rules that it is excused from and the reason."""

LIKELY = (
    r"(?:probabilit(?:y|ies)|likelihood|odds|chances?|risk|(?:un)?likely|improbable|certain|sure|"
    r"confident)"
)
RANDOM = r"(?:(?:pure|mere|random|plain|simple)\s+)*(?:chance|coincidence|luck|accident|fluke)\b"
BY = r"(?:by|due\s+to|down\s+to|because\s+of|the\s+result\s+of|a\s+matter\s+of|explained\s+by|just)"
TRANSPOSED = "It turns the chance of such records, if nothing but chance were at work, around."
IF_CHANCE = (
    'Write "if nothing but chance were at work, a result at least this large would be seen about '
    '1 in N times".'
)
TESTS = (
    r"\b(?:\d+|one|two|three|number\s+of)\s+(?:tests?|comparisons?)\b|"
    r"\badjusted\s+for\s+the\s+(?:number\s+of|\d+)\b"
)
"""That a text says of how many tests a p value is one."""

INTERVAL = r"\binterval\b[^;]{0,60}\d|\bchi-squared\b|\bdegrees\s+of\s+freedom\b"
"""That a text gives the interval, or for a joint test its statistic."""

P_VALUE = r"p[\s\u2010-]*values?"

RULES = (
    Rule(
        "chance of chance",
        rf"\b{LIKELY}\b[^.;:]{{0,90}}\b(?:was|were|is|are|be|been|being|happen\w*|occur\w*|arose|"
        rf"arise\w*|came\s+about|due)\b[^.;:]{{0,20}}?\b(?:{BY}\s+)?{RANDOM}(?!\s+were\b)",
        TRANSPOSED,
        IF_CHANCE,
    ),
    Rule(
        "chance ruled out",
        r"\brul(?:e|es|ed|ing)\s+out\s+(?:chance|coincidence|luck)\b|"
        r"\b(?:chance|coincidence|luck)\s+(?:alone\s+)?(?:can|could|is|was|has|may|must)\s+"
        r"(?:now\s+|safely\s+)?(?:be\s+|been\s+)?(?:ruled\s+out|excluded|discounted|dismissed)\b",
        "Chance is never ruled out; a rare result is seen now and then.",
        IF_CHANCE,
        denied=True,
    ),
    Rule(
        "chance of a hypothesis",
        rf"\b{LIKELY}\s+(?:that|of)\b[^.;]{{0,60}}\b(?:null|hypothes[ei]s|finding|result|"
        r"difference|rise|fall|association)\b[^.;]{0,40}\b(?:true|false|real|genuine|spurious)\b|"
        rf"\b{LIKELY}\s+that\s+there\s+(?:is|was|are|were)\s+(?:no|a|any)\b[^.;]{{0,20}}\b"
        r"(?:difference|effect|association|change|rise|fall)\b",
        TRANSPOSED,
        'Write "if there were no difference, a result at least this large would be seen about 1 '
        'in N times".',
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
        CAUSE,
        r"\b(?:(?<!have\s)(?<!other\s)(?<!the\s)causes?(?!\s+of\b)|caused|causing|"
        r"(?:is|are|was|were|be|been)\s+(?:the|a|one|its|their)\s+(?:\w+\s+)?causes?\s+of|"
        r"because\s+of|(?:led|leads?|leading)\s+to|due\s+to|owing\s+to|thanks\s+to|"
        r"result(?:s|ed|ing)?\s+in|as\s+a\s+result\s+of|brought\s+about|gave\s+rise\s+to|"
        r"driven\s+by|attributable\s+to|contribut(?:es|ed|ing)\s+to|stem(?:s|med)\s+from|"
        r"responsible\s+for)\b",
        "Groups that are compared differ in more than what is compared.",
        'Write "went with", "was higher where" or "after".',
        compares=True,
        denied=True,
    ),
    Rule(
        EFFECT,
        r"\b(?:effects?|impacts?|influences?|consequences?)\s+(?:of|on|upon)\b|"
        r"\b(?:affects|affected\s+by|influences|influenced\s+by|impacts|impacted)\b",
        "The records show what went together, not what one thing did to another.",
        'Write "the difference between ... and ...", or "what went with ...".',
        denied=True,
    ),
    Rule(
        RAISED,
        r"\b(?:increas(?:e|es|ed|ing)|rais(?:e|es|ed|ing)|reduc(?:e|es|ed|ing)|"
        r"lower(?:s|ed|ing)|cut(?:s|ting)?|doubl(?:es|ed|ing)|tripl(?:es|ed|ing)|"
        r"halv(?:es|ed|ing))\s+(?:the|their|his|her|a\s+person's|somebody's|people's)\s+"
        r"(?:\w+\s+)?(?:risks?|chances?|odds|likelihood|probability)\b",
        "It says that something was done to the chance; the records show two groups that differ.",
        'Write "the share was higher among ..." or "... went with a higher share".',
        denied=True,
    ),
    Rule(
        FACTOR,
        r"\brisk\s+factors?\s+(?:for|of)\s+(?:\w+\s+)?(?:deaths?|dying|mortality|suicides?)\b|"
        r"\brisks?\s+of\s+(?:death|dying)\s+(?:was|is|were|rose|fell)\b",
        "Everybody in these records died, so nothing in them tells who was more likely to.",
        'Write "what went with a death being investigated".',
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
        "p value alone",
        rf"\b{P_VALUE[:-2]}(?:s?\s*(?:of|is|was|=|<|>)\s*|\s*)0?\.\d+|"
        r"\bp\s*(?:=|<|>|\u2264|\u2265)\s*0?\.\d+",
        "A p value says neither how large a difference is nor of how many tests it is one.",
        "Give the estimate with its interval, and with a p value the number of tests.",
        unless=(TESTS, INTERVAL),
    ),
    Rule(
        SIGNIFICANT,
        r"\b(?:in)?significan(?:t|tly|ce)\b",
        "It sounds like important, and means only that a p value fell below a line.",
        "Give the estimate with its interval, and say what it includes.",
        unless=(INTERVAL,),
    ),
    Rule(
        "product of p values",
        rf"\b(?:multipl\w+|combin(?:e|es|ed|ing))\s+(?:\w+\s+){{0,3}}?(?:{P_VALUE}|probabilities)\b|"
        rf"\bproducts?\s+of\s+(?:\w+\s+){{0,3}}?(?:{P_VALUE}|probabilities|chances)\b|"
        rf"\b(?:{P_VALUE}|probabilities|chances)\s+(?:\w+\s+){{0,2}}?(?:multiplied|combined)\b|"
        r"\b(?:1|one)\s+in\s+[\d,]+\s*(?:times|[x\u00d7*])\s*(?:1|one)\s+in\s+[\d,]+",
        "A product of p values is no p value, and grows small with the number of tests alone.",
        "Give each estimate with its interval, and the number of tests.",
        denied=True,
    ),
)
"""The rules on what records can tell, in the order in which faults are given."""
