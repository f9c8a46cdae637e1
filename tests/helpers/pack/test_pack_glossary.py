"""The glossary: plain words, each term once, found in whichever form it is used."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.exhibits.wording import faults
from helpers.pack import glossary
from helpers.pack.glossary import Linker, Term

TERMS = glossary.terms()


def test_no_form_stands_for_two_terms():
    forms = [form.lower() for term in TERMS for form in set(term.forms)]
    assert len(forms) == len(set(forms))
    anchors = [glossary.anchor(term) for term in TERMS]
    assert len(anchors) == len(set(anchors))


def test_terms_stand_in_the_order_of_the_alphabet():
    names = [term.name.lower() for term in TERMS]
    assert names == sorted(names)


@pytest.mark.parametrize("term", TERMS, ids=lambda term: term.name)
def test_a_meaning_is_short_whole_sentences_that_claim_and_hurt_nothing(term):
    assert term.meaning[0].isupper()
    assert term.meaning.endswith(".")
    assert len(term.meaning) <= 260
    assert max(len(sentence.split()) for sentence in re.split(r"[.:;]", term.meaning)) <= 32
    assert faults(term.meaning) == []


def test_a_term_is_found_in_any_form_and_case_but_only_as_a_whole_word():
    assert [one.name for one in glossary.used(["The INTERVALS overlap."])] == ["interval"]
    assert glossary.used(["an interval-censored intervallic thing"]) == []
    assert glossary.used([]) == []
    assert glossary.used(["interval"], known=[]) == []


def test_the_longest_form_wins():
    assert [one.name for one in glossary.used(["serious incidents"])] == ["serious incident"]


MEDIAN = Term("median", ("medians",), "The middle value.")
ODDS = Term("odds", (), "Those with for each without.")
RATIO = Term("odds ratio", ("odds ratios",), "Odds over odds.")
KNOWN = (MEDIAN, ODDS, RATIO)


def test_only_the_first_use_on_a_page_is_linked():
    linker = Linker(KNOWN)
    assert [term for _, term in linker.parts("A median, medians, odds ratios, odds.")] == [
        *(None, MEDIAN, None, RATIO, None, ODDS, None),
    ]
    assert linker.parts("The median odds.") == [("The median odds.", None)]
    assert Linker(()).parts("A median.") == [("A median.", None)]


WORDS = st.sampled_from(["median", "medians", "odds", "odds ratio", "a", "of", ", ", " ", "xodds"])


@given(texts=st.lists(st.lists(WORDS, max_size=8).map("".join), max_size=5))
def test_linking_changes_no_letter_and_links_each_term_once(texts):
    linker = Linker(KNOWN)
    parts = [linker.parts(text) for text in texts]
    assert ["".join(text for text, _ in one) for one in parts] == texts
    linked = [term.name for one in parts for _, term in one if term]
    assert len(linked) == len(set(linked))
    assert all(text for one in parts for text, _ in one)
