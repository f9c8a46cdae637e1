"""Words for people: what families may read, and what to write instead.

The people in these records died. Where a trust's own list uses such a word, map it in ``case.yml``.
Sources: domain notes (never "cases" for people); Samaritans' media guidelines (words for suicide);
NHS digital service manual, inclusive content (words for disabilities and conditions).
"""

from __future__ import annotations

from helpers.exhibits._wording_rules import Rule

NOUN_ONLY = r"(?=\s*(?:[,.;:)]|$|(?:is|are|was|were|who|and|or|in|had|have|died)\b))"
"""After "the disabled" and the like: nothing follows that it could be an adjective of."""

TERMS = (
    (
        "cases",
        r"\b(?:\d[\d,]*|fatal|unexpected|suspicious|confirmed|index|these|those|excess|death|"
        r"investigated|reported|uninvestigated|suicide|homicide|overdose|open|closed|pending|"
        r"overdue|missed)\s+cases\b|\bcases?\s+(?:who|that\s+died|died|of\s+(?:death|suicide))\b",
        "They are people who died.",
        'Write "people who died" or "deaths".',
    ),
    (
        "committed suicide",
        r"\bcommit(?:s|ted|ting)?\s+suicide\b|\bself-murder\w*",
        "Suicide has been no crime since 1961.",
        'Write "died by suicide".',
    ),
    (
        "successful suicide",
        r"\b(?:successful|unsuccessful|completed|failed)\s+(?:suicides?|attempts?\s+at\s+suicide)\b|"
        r"\bsuicide\s+(?:victims?|epidemic)\b",
        "It speaks of a death as of a success, a failure or a spectacle.",
        'Write "died by suicide", "attempted suicide" or "people who died by suicide".',
    ),
    (
        "failed to",
        r"\bfail(?:s|ed|ing|ures?)?\s+to\b",
        "It lays blame, most often on a person who could not.",
        'Write "did not", and what was offered.',
    ),
    (
        "refused care",
        r"\brefus(?:es|ed|ing|al\s+of)\s+(?:\w+\s+)?(?:treatment|care|medication|medicines?|help|"
        r"contact|to\s+engage)\b|\bnon[\s-]?complian(?:t|ce)\s+(?:with\s+(?:treatment|medication)|"
        r"patients?|people)\b|\bdisengag(?:ed|ing)\s+from\s+(?:care|services?)\b",
        "It lays blame on the person.",
        'Write "declined", or "did not take", and what was offered.',
    ),
    (
        "sufferer",
        r"\bsuffer(?:s|ed|ing)?\s+(?:from|with)\b|\bsufferers?\b|\bafflicted\b|\bvictims?\s+of\b",
        "It makes an illness the whole of a person.",
        'Write "had" or "lived with".',
    ),
    (
        "the elderly",
        r"\belderly\s+(?:people|persons?|patients?|men|women|man|woman)\b|"
        rf"\bthe\s+(?:elderly|aged|disabled|handicapped|homeless|mentally\s+ill|vulnerable)\b{NOUN_ONLY}",
        "It makes one characteristic the whole of a person.",
        'Write "older people", "disabled people", "people with a mental health condition".',
    ),
    (
        "person as a condition",
        r"\b(?:schizophrenics|psychotics|depressives|epileptics|diabetics|addicts?|alcoholics?|"
        r"junkies|drug\s+abusers?|self-harmers?)\b(?!\s+(?:hepatitis|liver|related|ketoacidosis))",
        "It makes an illness the whole of a person.",
        'Write "people with ..." or "people who used drugs".',
    ),
    (
        "learning disabled",
        r"\bmental(?:ly)?\s+(?:handicap\w*|retard\w*|subnormal\w*|defective\w*)\b|"
        r"\blearning[\s-]disabled\b",
        "The words are out of date, and hurt.",
        'Write "people with a learning disability".',
    ),
    (
        "sectioned",
        r"\bsectioned\b|\bmental\s+patients?\b|\b(?:lunatics?|insane)\b",
        "It is slang.",
        'Write "detained under the Mental Health Act" or "in-patients".',
    ),
    (
        "absconded",
        r"\babscond(?:s|ed|ing|ers?)\b",
        "It speaks of a patient as of a fugitive.",
        'Write "was absent without leave".',
    ),
    (
        "label of a person",
        r"\b(?:attention[\s-]seek\w+|manipulative|frequent\s+flyers?|bed[\s-]blockers?|"
        r"heartsink|revolving[\s-]door)\b",
        "It judges the person instead of saying what happened.",
        "Say what happened, how often and when.",
    ),
    (
        "bound to a wheelchair",
        r"\b(?:wheelchair|bed|house)[\s-]?bound\b|\bconfined\s+to\s+(?:a\s+)?(?:wheelchair|bed)\b",
        "It describes a person by a limit.",
        'Write "used a wheelchair", "could not leave the house".',
    ),
    (
        "toll",
        r"\b(?:death\s+tolls?|body\s+counts?)\b",
        "It speaks of people as of a tally.",
        'Write "the number of people who died".',
    ),
    (
        "passed away",
        r"\bpass(?:ed|es|ing)\s+away\b|\blost\s+(?:his|her|their)\s+(?:battle|fight)\b|"
        r"\bexpired\s+(?:on|at|in)\s+(?:the\s+)?(?:ward|hospital|home)\b",
        "Plain words are kinder, and clear to everybody.",
        'Write "died".',
    ),
)
"""Name, pattern, why, and what to write instead."""

PEOPLE = tuple(
    Rule(f"words for people: {name}", pattern, why, instead)
    for name, pattern, why, instead in TERMS
)
"""The rules on words for people."""
