"""Nothing that identifies a person is shown in the open profile; elsewhere it is warned of."""

import dataclasses

import matplotlib.pyplot as plt
import pandas as pd
import pytest
from trusts import number, untouched

from helpers.errors import InputError
from helpers.exhibits import Exhibits
from helpers.exhibits.images import svg_text

WORDS = {"title": "A table", "shows": "What it shows."}
STATED = WORDS | {"sentence": "In {area} there were {numerator}.", "stratum": ["area"]}
COUNTS = pd.DataFrame(
    {"area": ["North", "South"], "numerator": [6, 4], "denominator": [10, 10], "value": [0.6, 0.4]}
)
PERSONAL = {
    "NHS number": {"reference": [number(1), number(2)]},
    "a number with spaces": {"reference": ["943 476 5919", "none"]},
    "a number among words": {"note": ["see 943 476 5919", ""]},
    "postcode": {"place": ["SO30 1AA", "SO30"]},
    "date of birth": {"dob": pd.to_datetime(["1950-06-01", "1972-08-20"])},
    "date of birth in words": {"Date of Birth": ["1 June 1950", "20 August 1972"]},
    "name": {"surname": ["Abbott", "Brook"]},
}
SECRETS = (number(1), "5919", "SO30 1AA", "1950", "Abbott")


@pytest.fixture(scope="module")
def show(tmp_path_factory):
    """A function that gives the exhibits of a profile; ``status`` is that of the data."""
    small = untouched(tmp_path_factory)

    def made(profile, status="synthetic"):
        case = small.case.model_copy(update={"data_status": status})
        values = small.parameters | {"release_profile": profile}
        return Exhibits(dataclasses.replace(small, case=case, parameters=values))

    return made


def drawn(labels):
    """A figure of two bars with a name under each."""
    figure, ax = plt.subplots(figsize=(2, 2), dpi=40)
    ax.bar([0, 1], [6, 4], label="deaths")
    ax.set_xticks([0, 1], list(labels))
    return figure


def refused(call, *args, **words):
    with pytest.raises(InputError) as error:
        call("mine.people", *args, **words)
    return error.value.problems[0]


# ---- The open profile ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(PERSONAL))
@pytest.mark.parametrize("form", ["table", "findings"])
def test_a_column_that_identifies_people_is_refused(show, form, kind):
    exhibits = show("open")
    frame = COUNTS.assign(**PERSONAL[kind])
    words = WORDS if form == "table" else STATED
    problem = refused(getattr(exhibits, form), frame, **words)
    assert problem.where == "exhibit mine.people"
    assert problem.what.startswith("this would identify people: ")
    (column,) = PERSONAL[kind]
    assert f"in column {column}" in problem.what
    assert not any(secret in str(problem) for secret in SECRETS)


@pytest.mark.parametrize("labels", [("SO30 1AA", "North"), (number(1), number(2)),
                                    ("DOB 01/06/1950", "North")])  # fmt: skip
def test_a_figure_whose_labels_identify_people_is_refused(show, labels):
    problem = refused(show("open").figure, drawn(labels), **WORDS)
    assert problem.what.startswith("this would identify people: ")
    assert not any(secret in str(problem) for secret in SECRETS)


@pytest.mark.parametrize("place", ["title", "label", "annotation"])
def test_a_figure_that_identifies_people_in_any_of_its_words_is_refused(show, place):
    """A reader sees all of a figure, not only what is drawn from data."""
    figure = drawn(("North", "South"))
    ax = figure.axes[0]
    say = {
        "title": ax.set_title,
        "label": ax.set_xlabel,
        "annotation": lambda said: ax.text(0, 1, said),
    }
    say[place]("lived at SO30 1AA")
    assert "postcode" in refused(show("open").figure, figure, **WORDS).what


def test_an_index_that_identifies_people_is_refused(show):
    frame = COUNTS.set_index(pd.Index(["SO30 1AA", "SO30 1AB"], name="place"))
    assert "postcode" in refused(show("open").table, frame, **WORDS).what


def test_a_heading_that_identifies_somebody_is_refused(show):
    frame = COUNTS.rename(columns={"value": number(1)})
    assert "(headings)" in refused(show("open").table, frame, **WORDS).what


def test_everything_that_was_found_is_named_at_once(show):
    frame = COUNTS.assign(**PERSONAL["postcode"], **PERSONAL["date of birth"])
    problem = refused(show("open").table, frame, **WORDS)
    assert "postcode in column place (1)" in problem.what
    assert "date of birth in column dob (2)" in problem.what


def test_rows_that_are_said_to_be_synthetic_are_refused_all_the_same(show):
    """Nobody can tell from a page that a number is nobody's."""
    frame = COUNTS.assign(**PERSONAL["NHS number"])
    for status in ("synthetic", "real", "published"):
        assert "NHS number" in refused(show("open", status).table, frame, **WORDS).what


# ---- The internal profile -----------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(PERSONAL))
def test_in_the_internal_profile_it_is_shown_with_a_warning(show, kind):
    frame = COUNTS.assign(**PERSONAL[kind])
    with pytest.warns(UserWarning, match="exhibit mine.people would identify people: ") as caught:
        shown = show("internal").table("mine.people", frame, **WORDS)
    assert len(caught) == 1
    assert not any(secret in str(caught[0].message) for secret in SECRETS)
    assert shown.facts["release_profile"] == "internal"


def test_a_figure_and_findings_are_warned_of_too(show):
    exhibits = show("internal")
    with pytest.warns(UserWarning, match="postcode"):
        exhibits.figure("mine.bars", drawn(("SO30 1AA", "North")), **WORDS)
    with pytest.warns(UserWarning, match="postcode"):
        exhibits.findings("mine.said", COUNTS.assign(area=["SO30 1AA", "North"]), **STATED)


# ---- What identifies nobody ---------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["open", "internal"])
def test_counts_are_shown_without_a_word(show, profile):
    """Warnings are errors here: none was given."""
    exhibits = show(profile)
    assert exhibits.table("mine.counts", COUNTS, **WORDS)
    assert exhibits.findings("mine.said", COUNTS, **STATED)
    assert exhibits.figure("mine.bars", drawn(("North", "South")), **WORDS)


def test_a_synthetic_exhibit_says_so_in_every_form(show):
    """No table, figure or finding made from invented rows can lose the word."""
    exhibits = show("open")
    for shown in (
        exhibits.table("mine.counts", COUNTS, **WORDS),
        exhibits.findings("mine.said", COUNTS, **STATED),
        exhibits.figure("mine.bars", drawn(("North", "South")), **WORDS),
    ):
        texts = [text for form, text in shown.data.items() if form != "image/png"]
        assert texts
        assert all("SYNTHETIC" in text for text in texts)
        assert shown.facts["data_status"] == "synthetic"
    assert "SYNTHETIC" in svg_text(shown.facts)


def test_real_rows_are_not_called_synthetic(show):
    shown = show("open", "real").table("mine.counts", COUNTS, **WORDS)
    assert "SYNTHETIC" not in shown.data["text/plain"] + shown.data["text/html"]
