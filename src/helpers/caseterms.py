"""What ``case.yml`` may say of what is asked, what is assumed, and where judgement is recorded.

- :class:`Indicator`, :class:`Composition`: what may be asked; :class:`Target`: what was aimed at.
- :class:`Alternatives`: measures that are set side by side as definitions and denominators.
- :class:`Assumption`: what no source gives and the case takes to be so.
- :class:`TermOfReference`: an item of the terms of reference, with the exhibits that answer it.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from helpers.sourcefile import _Model

RECORD = "judgement"
"""The folder of a case that holds its record of judgement, unless ``case.yml`` names another."""

Folder = Annotated[str, Field(pattern=r"^\w[\w-]*$")]
ClaimType = Literal["process", "outcome", "comparison"]


class Composition(_Model):
    """A total and the parts it is made of; the parts are named in the measures file."""

    title: str
    claim_type: ClaimType
    cannot_show: str
    notebook: str = "1_unexpected_death_rates"


class Target(_Model):
    """A level that somebody set for an indicator, and which way from it is better.

    ``source`` names who set it and where that can be read; where nobody did, it says that the
    target is an assumption, and why it is taken.

    Examples
    --------
    >>> Target(value=0.9, better="increase", source="Policy of 2014, section 3").words
    'at least 90%'
    """

    value: float = Field(ge=0, le=1)
    better: Literal["increase", "decrease"]
    source: str = Field(min_length=1)

    @property
    def words(self) -> str:
        """Return the target in words."""
        return f"{'at least' if self.better == 'increase' else 'at most'} {100 * self.value:.3g}%"


class Indicator(_Model):
    """A ratio with its definition: what is counted, out of what, and what it cannot show.

    ``target`` is the level that was aimed at, where somebody set one: charts over time then show
    it, and say whether the series would be expected to meet it.

    Examples
    --------
    >>> from helpers.case import load
    >>> share = load("coroners").indicator("post_mortem_share")
    >>> share.numerator, share.denominator
    ('post_mortems', 'deaths_reported')
    """

    id: str
    label: str
    numerator: str
    denominator: str
    claim_type: ClaimType
    definition: str
    cannot_show: str
    sentence: str
    notebook: str = "1_unexpected_death_rates"
    target: Target | None = None

    @property
    def text(self) -> str:
        """Return the definition in words, with the target where somebody set one."""
        if self.target is None:
            return self.definition
        return f"{self.definition} Target: {self.target.words} ({self.target.source})."


class Alternatives(_Model):
    """Measures set side by side: each that is counted, out of each that it may be set against.

    For a case of annual counts. The headline is the pair of the first of both.
    """

    counted: list[str] = Field(min_length=1)
    out_of: list[str] = Field(min_length=1)


class Assumption(_Model):
    """Something that no source gives and the case takes to be so; listed on the pages."""

    id: str
    text: str
    value: str | float | None = None


class TermOfReference(_Model):
    """An item of the terms of reference: the question, and the exhibits that answer it.

    ``exhibits`` are the ids of exhibits; ``reason`` says why the item cannot be answered, or, where
    exhibits are named too, which part of it they leave open. One of the two must be there.

    Examples
    --------
    >>> item = TermOfReference(id="A1", question="How many people died?", exhibits=["rates.chain"])
    >>> item.reason
    ''
    """

    id: str = Field(min_length=1)
    question: str = Field(min_length=1)
    exhibits: list[str] = []
    reason: str = ""

    @model_validator(mode="after")
    def _answers_or_says_why_not(self) -> TermOfReference:
        if not self.exhibits and not self.reason.strip():
            raise ValueError(
                f"terms_of_reference {self.id}: name the exhibits that answer it, or give the "
                "reason why none can"
            )
        if len(set(self.exhibits)) < len(self.exhibits):
            raise ValueError(f"terms_of_reference {self.id}: an exhibit is named twice")
        return self
