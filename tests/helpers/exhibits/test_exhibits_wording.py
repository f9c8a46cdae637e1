"""No text of the house says more than its records: each rule with what it finds and lets pass."""

import json
import re
from pathlib import Path

import pytest
import yaml

from helpers.exhibits import wording
from helpers.exhibits.wording import ALLOWED, RULES, faults
from helpers.exhibits.words import catalogue

ROOT = Path(__file__).parents[3]

BAD = {
    "chance of chance": [
        "The probability that it happened by chance is 0.003.",
        "The likelihood that the difference was due to chance is small.",
        "The odds that the cluster is a coincidence are 1 in 400.",
        "There is a 3% chance this was down to pure luck.",
        "It is very likely that the rise is due to chance.",
        "It is unclear how likely it is that these deaths were the result of chance.",
        "The risk of this being due to random chance is low.",
        "There is only a 1% chance that this happened by chance.",
        "It is unlikely that the rise was due to chance.",
    ],
    "chance ruled out": [
        "The test rules out chance.",
        "Chance can be ruled out.",
        "Coincidence was safely excluded.",
    ],
    "chance of a hypothesis": [
        "The probability that the null hypothesis is true is 0.02.",
        "There is a 5% chance that the finding is spurious.",
        "It is likely that the difference between the wards is real.",
        "It is improbable that there is no difference.",
    ],
    "chance of guilt": [
        "The chance that the nurse is innocent is 1 in 342 million.",
        "The probability that the trust was responsible is high.",
        "It is likely that staff are guilty.",
        "The likelihood that somebody is guilty is high.",
    ],
    "chance that not": [
        "There is a 1 in 160 chance that nothing was wrong.",
        "A one in 10 million probability that this is not murder.",
    ],
    "per cent certain": [
        "We are 95% confident that the true share lies here.",
        "It is 99.8 per cent certain that the rate rose.",
    ],
    "proof": ["This proves that reporting failed.", "The figures are proof of neglect."],
    "cause in a comparison": [
        "The share was higher in 2014 because of the new policy.",
        "The change led to fewer reports than before.",
        "More deaths were reported than in 2011, caused by training.",
        "The difference is due to the merger.",
        "The fall resulted in fewer investigations than before.",
        "The policy was the main cause of the higher share.",
        "The lower share is attributable to staffing.",
    ],
    "effect of something": [
        "The effect of age on being investigated.",
        "The impact of the service.",
        "Being an in-patient affects the outcome.",
        "The share was influenced by the new policy.",
    ],
    "raises the chance": [
        "Being older reduces the chance of an investigation.",
        "A learning disability halved the odds.",
        "Detention increases the risk of dying.",
    ],
    "risk factor for death": [
        "Risk factors for death among in-patients.",
        "Age is a risk factor for sudden death.",
        "The risk of death rose with age.",
    ],
    "ranking": [
        "The worst trusts are shown in red.",
        "This area is the best of all.",
        "A league table of coroners.",
        "It was in the top ten.",
        "Areas are ranked by share.",
    ],
    "p value alone": [
        "The difference is clear (p < 0.05).",
        "A p value of 0.03 was found.",
        "P-value = 0.01.",
        "The p value is 0.004, the smallest of 12 tests.",
        "The 95% interval runs from 1.1 to 4.0 (p = 0.03).",
    ],
    "significant": [
        "The rise was statistically significant.",
        "There was a significant difference.",
        "The fall was not significant.",
        "Insignificant differences were found.",
    ],
    "product of p values": [
        "Multiplying the p values gives 1 in 342 million.",
        "The product of the probabilities is tiny.",
        "The two p values combined are below 0.001.",
        "1 in 8,543 times 1 in 8,543 is 1 in 73 million.",
    ],
    "words for people: cases": [
        "Of 1,454 cases, 272 were investigated.",
        "Fatal cases by year.",
        "Cases who died.",
        "Open cases at the extract.",
        "Three cases of suicide.",
    ],
    "words for people: committed suicide": ["Nine people committed suicide."],
    "words for people: successful suicide": ["A completed suicide.", "Suicide victims by age."],
    "words for people: failed to": [
        "She failed to attend.",
        "The patient fails to engage with the team.",
        "Failure to respond to letters.",
    ],
    "words for people: refused care": ["He refused treatment.", "People who disengaged from care."],
    "words for people: sufferer": ["People suffering from depression.", "Dementia sufferers."],
    "words for people: the elderly": ["Deaths of the elderly.", "Elderly patients by ward."],
    "words for people: person as a condition": ["Deaths of schizophrenics.", "Addicts by age."],
    "words for people: learning disabled": [
        "The mentally handicapped.",
        "Learning-disabled people.",
    ],
    "words for people: sectioned": ["People who were sectioned.", "Mental patients."],
    "words for people: absconded": ["He absconded from the ward."],
    "words for people: label of a person": ["An attention-seeking patient.", "Frequent flyers."],
    "words for people: bound to a wheelchair": ["She was wheelchair-bound."],
    "words for people: toll": ["The death toll by year."],
    "words for people: passed away": ["People who passed away in 2014."],
}

GOOD = [
    "An interval says how far a share moves by chance alone.",
    "Whether chance alone could explain it.",
    "Among many some lie outside by chance.",
    "Phi is 1 where they differ by chance alone.",
    "If nothing but chance were at work, a result as large would be seen about 1 in 160 times.",
    "The chance of a count this high, if only chance were at work, is about 1 in 160.",
    "A figure may fit a step by chance.",
    "The chance of being investigated was higher for those under 65.",
    "It does not prove that reporting failed.",
    "The figures improve on those of the draft.",
    "It does not show whether the share was higher because of the policy.",
    "Deaths due to falls are counted here.",
    "It cannot say what caused the difference.",
    "Areas stand in alphabetical order and are not ranked.",
    "The best estimate is the one with all sources.",
    "In most cases the date is known.",
    "The cases that ship with the suite.",
    "The first case of the register is an inquiry.",
    "The ratio is 2.1 (95% interval 1.1 to 4.0, p = 0.03, one of 12 tests).",
    "The joint test gives p = 0.03: chi-squared 8.2, the only one of 5 tests below 0.05.",
    "P value, adjusted for the number of tests.",
    "A difference of 3 points, interval 1 to 5, is called significant in the report.",
    "Four significant figures are kept.",
    "Average marginal effects, in percentage points.",
    "Average marginal effects of each characteristic.",
    "The cause of death was higher up the list than before.",
    "The underlying cause of each death is compared.",
    "Conclusions of natural causes were more frequent.",
    "A step at a declared change is not its effect.",
    "It cannot show the effect of the policy.",
    "The rule came into effect on 1 April 2015.",
    "No risk of death can be read from it.",
    "These are not risk factors for death.",
    "P values are never multiplied.",
    "Deaths counted by month.",
    "Serious case reviews are held by the safeguarding board.",
    "Alcoholic liver disease.",
    "People who died by suicide.",
    "In the disabled facilities of the ward.",
    "Whoever passed on a stage is counted there.",
    "Step 0.05 of 1.",
    "None is ranked.",
    "The log-rank test asks whether the curves differ.",
    "The standard of proof for suicide was lowered.",
    "Most differences between them have causes that these records do not hold.",
    "The cause of death differed more often.",
    "The top of the range is 0.14, the bottom 0.1.",
]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_finds_its_wordings(rule):
    for text in BAD[rule.name]:
        assert rule.name in [fault.rule.name for fault in faults(text)], text


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_each_rule_says_why_and_what_to_write_instead(rule):
    assert rule.why.endswith(".")
    assert rule.instead.endswith(".")
    # What is to be written instead has no fault itself.
    assert faults(rule.instead) == []


def test_every_rule_has_examples_and_no_name_twice():
    assert [rule.name for rule in RULES] == list(BAD)


@pytest.mark.parametrize("text", GOOD)
def test_what_is_rightly_said_passes(text):
    assert [str(fault) for fault in faults(text)] == []


def test_a_cause_is_a_fault_where_the_exhibit_compares():
    text = "Deaths due to falls are counted here."
    assert faults(text, claim_type="process") == []
    assert [fault.found for fault in faults(text, claim_type="comparison")] == ["due to"]


@pytest.mark.parametrize("one", ALLOWED, ids=lambda one: one.phrase)
def test_every_allowed_phrase_has_a_reason_and_is_excused_from_rules_that_exist(one):
    assert one.why.endswith(".")
    assert set(one.rules) <= {rule.name for rule in RULES}
    assert not re.search(one.phrase, "the effect of age, a significant rise, caused by", re.I)


def test_an_allowed_phrase_excuses_nothing_beside_it():
    text = "More had a cause of death because of the audit than before."
    assert [fault.found for fault in faults(text)] == ["because of"]
    text = "Average marginal effects show the effect of age."
    assert [fault.found for fault in faults(text)] == ["effect of"]


def test_what_cannot_be_shown_may_name_causes_and_nothing_else():
    assert faults("The effect of the policy, and what led to more deaths.", denies=True) == []
    assert len(faults("Which people committed suicide.", denies=True)) == 1
    assert len(faults("The probability that it was chance.", denies=True)) == 1


def test_a_denial_in_another_sentence_excuses_nothing():
    assert len(faults("It is not so. This proves neglect.")) == 1


def test_line_breaks_hide_nothing():
    assert len(faults("The probability that\n  it was due\n to chance.")) == 1


def test_a_fault_speaks_for_itself():
    said = str(faults("This proves neglect.")[0])
    assert said.startswith("proof: 'proves'. Records of deaths")


# ---- The texts of the house ---------------------------------------------------------------------


def strings(value, place):
    """Every text within a file, with where it stands."""
    if isinstance(value, str):
        yield place, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from strings(item, f"{place}.{key}")
    elif isinstance(value, list):
        for number, item in enumerate(value):
            yield from strings(item, f"{place}[{number}]")


def found_in(texts, claim_type=None, *, denies=False):
    return [
        f"{place}: {fault}"
        for place, text in texts
        for fault in faults(text, claim_type=claim_type, denies=denies)
    ]


def test_no_text_of_the_catalogue_has_a_fault():
    made = []
    for name, words in catalogue().items():
        # What an exhibit cannot show may name causes.
        told = {key: item for key, item in words.items() if key != "cannot_show"}
        made += found_in(strings(told, name), words.get("claim_type"))
        cannot = strings(words.get("cannot_show", ""), f"{name}.cannot_show")
        made += found_in(cannot, denies=True)
    assert made == []


@pytest.mark.parametrize(
    "path", sorted(ROOT.glob("data/*/case.yml")), ids=lambda path: path.parent.name
)
def test_no_text_of_a_case_has_a_fault(path):
    assert (
        found_in(strings(yaml.safe_load(path.read_text(encoding="utf-8")), path.parent.name)) == []
    )


def shown(path):
    """Markdown and shown text of a notebook."""
    for number, cell in enumerate(json.loads(path.read_text(encoding="utf-8"))["cells"]):
        place = f"{path.stem} cell {number}"
        if cell["cell_type"] == "markdown":
            yield place, "".join(cell["source"])
        for output in cell.get("outputs", []):
            text = output.get("text") or output.get("data", {}).get("text/plain", "")
            yield place, "".join(text)


NOTEBOOKS = sorted((ROOT / "notebooks").glob("*.ipynb"))
BASELINES = sorted((ROOT / "tests" / "baselines").rglob("*.ipynb"))


@pytest.mark.slow
@pytest.mark.parametrize("path", [*NOTEBOOKS, *BASELINES], ids=lambda path: path.stem)
def test_no_shown_text_of_a_notebook_has_a_fault(path):
    texts = list(shown(path))
    assert texts
    assert found_in(texts) == []


def test_there_are_texts_to_check():
    assert len(catalogue()) > 20
    assert len(NOTEBOOKS) >= 5
    assert wording.RULES
