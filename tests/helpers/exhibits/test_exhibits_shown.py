"""Tables and findings as a notebook shows them: accessible, escaped, true to their data."""

import dataclasses
from html.parser import HTMLParser

import pandas as pd
import pytest

from helpers import figures
from helpers.cohort import strata
from helpers.errors import InputError
from helpers.exhibits import Exhibits, layout
from helpers.exhibits.formats import control_total
from helpers.exhibits.resource import to_frame
from helpers.exhibits.words import catalogue, words_for
from helpers.methods import proportions

WORDS = {"title": "A table", "shows": "What it shows."}


class Reader(HTMLParser):
    """What a screen reader is given of a table."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.cells, self.stack = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags.append((tag, dict(attributes)))
        self.stack.append(tag)
        if tag in {"caption", "th", "td", "p", "li"}:
            self.cells.append([tag, dict(attributes).get("scope"), ""])

    def handle_endtag(self, tag):
        assert self.stack.pop() == tag

    def handle_data(self, data):
        if self.stack and self.stack[-1] in {"caption", "th", "td", "p", "li"}:
            self.cells[-1][2] += data

    def texts(self, tag, scope=None):
        return [text for name, found, text in self.cells if name == tag and found == scope]


@pytest.fixture
def show(run):
    """Exhibits of the shipped case."""
    return Exhibits(run)


@pytest.fixture
def synthetic(run):
    """Exhibits of the same run, its rows said to be synthetic."""
    case = run.case.model_copy(update={"data_status": "synthetic"})
    return Exhibits(dataclasses.replace(run, case=case))


@pytest.fixture
def years(run, over):
    """Shares by year with their intervals."""
    part = over(run, "2018-01-01", "2020-12-31")
    frame = strata.ratios(part, by="year", indicators=["inquests_opened_share"])
    return proportions.proportion(frame, level=0.95)


# ---- Tables -------------------------------------------------------------------------------------


def test_a_table_has_a_caption_and_every_header_has_a_scope(show):
    frame = pd.DataFrame(
        {
            "place": ["Home", "Prison"],
            "numerator": [1, 2],
            "denominator": [3, 4],
            "label": ["a", "b"],
        }
    )
    read = Reader(show.table("mine.places", frame, **WORDS).data["text/html"])
    assert read.texts("caption") == ["A table"]
    assert read.texts("th", "row") == ["Home", "Prison"]
    assert len(read.texts("th", "col")) == 3  # a header without a name is an empty cell instead
    assert read.texts("th") == []
    assert read.texts("td") == ["", "1", "3", "a", "2", "4", "b"]


def test_every_number_of_a_table_is_shown_rounded_once(show, years):
    shown = show.table("mine.years", years, **WORDS)
    for form in ("text/plain", "text/html"):
        assert "31,991" in shown.data[form]
        assert "205,438" in shown.data[form]
        assert "15.6%" in shown.data[form]


def test_data_in_full_precision_travel_with_the_table(show, years):
    shown = show.table("mine.years", years, **WORDS)
    carried = to_frame(shown.facts["resource"])
    assert carried["value"].tolist() == years["value"].tolist()
    assert carried["numerator"].tolist() == years["numerator"].tolist()
    assert shown._repr_mimebundle_() == (shown.data, shown.metadata)


def test_the_text_ends_with_rows_and_the_control_total(show, years):
    text = show.table("mine.years", years, **WORDS).data["text/plain"]
    assert text.splitlines()[-1] == f"Rows: 3. Control total: {control_total(years)}."


def test_a_change_of_a_share_too_small_to_be_shown_changes_the_text(show, years):
    """The counts beside it are a million times larger and must not drown it."""
    moved = years.assign(value=years["value"] + [0, 0, 1e-5])
    before, after = (
        show.table("mine.years", frame, **WORDS).data["text/plain"].splitlines()
        for frame in (years, moved)
    )
    assert before[:-1] == after[:-1]
    assert before[-1] != after[-1]


@pytest.mark.parametrize("text", ["a < b & c", '<script>alert("x")</script>', "&amp;", "O'Neill"])
def test_signs_in_data_title_and_headers_are_escaped(show, text):
    frame = pd.DataFrame({"place": [text], text: ["x"], "numerator": [1]})
    shown = show.table("mine.signs", frame, title=text, shows=text)
    read = Reader(shown.data["text/html"])
    assert text in read.texts("caption")
    assert read.texts("th", "row") == [text]
    assert "script" not in [tag for tag, _ in read.tags]
    assert text in shown.data["text/plain"]


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame(columns=["label", "value"])])
def test_an_empty_table_says_that_there_is_nothing(show, frame):
    shown = show.table("mine.empty", frame, **WORDS)
    assert layout.EMPTY in shown.data["text/plain"]
    assert layout.EMPTY in Reader(shown.data["text/html"]).texts("p")[0]
    assert "<table" not in shown.data["text/html"]


def test_an_empty_table_gives_the_reason_that_its_frame_carries(show):
    frame = pd.DataFrame(columns=["label"])
    frame.attrs["reason"] = "No year was compared."
    assert "No year was compared." in show.table("mine.empty", frame, **WORDS).data["text/plain"]


def test_a_missing_number_is_said_to_be_missing(show):
    frame = pd.DataFrame({"label": ["a"], "numerator": pd.array([None], "Int64")})
    assert Reader(show.table("mine.gap", frame, **WORDS).data["text/html"]).texts("td")[-1] == (
        "not recorded"
    )


def test_a_wide_table_keeps_every_value_and_says_what_was_not_collected(show):
    frame = pd.DataFrame(
        {"year": [2013, 2014, 2014], "label": ["Open", "Open", "Road"], "numerator": [5, 6, 7]}
    )
    wide = {"index": "year", "columns": "label", "values": "numerator"}
    read = Reader(show.table("mine.wide", frame, wide=wide, **WORDS).data["text/html"])
    assert read.texts("th", "row") == ["2013", "2014"]
    assert read.texts("th", "col") == ["Year", "Open", "Road"]
    assert read.texts("td") == ["5", "not collected", "6", "7"]


def test_synthetic_rows_say_so_in_the_title_of_every_form(synthetic, years):
    shown = synthetic.table("mine.years", years, **WORDS)
    assert shown.data["text/plain"].startswith("SYNTHETIC")
    assert Reader(shown.data["text/html"]).texts("caption")[0].startswith("SYNTHETIC")
    assert shown.facts["data_status"] == "synthetic"


def test_real_rows_do_not_say_synthetic(show, years):
    assert "SYNTHETIC" not in str(show.table("mine.years", years, **WORDS).data)


def test_the_facts_name_definition_period_source_and_what_cannot_be_shown(show, run, years):
    facts = show.table("mine.years", years, scope="counts", **WORDS).facts
    item = run.case.indicator("inquests_opened_share")
    assert [found["id"] for found in facts["definitions"]] == [item.id]
    assert item.cannot_show in facts["cannot_show"]
    assert (facts["period_start"], facts["period_end"]) == ("1995-01-01", "2020-12-31")
    assert facts["claim_type"] == "process"
    assert facts["method"] == years["method"].unique().tolist()
    assert facts["level"] == [0.95]
    assert facts["source_file"] == "moj_coroner_statistics_1995_2020.csv"
    assert facts["release_profile"] == "open"


@pytest.mark.parametrize("exhibit", ["rates", "Rates.share", "rates.share-by-year", "../x.y", ""])
def test_an_id_that_cannot_name_a_file_is_refused(show, exhibit):
    with pytest.raises(InputError):
        show.table(exhibit, pd.DataFrame(), **WORDS)


def test_an_exhibit_without_words_is_refused_by_name(show):
    with pytest.raises(InputError, match=r"mine\.unknown"):
        show.table("mine.unknown", pd.DataFrame())


def test_every_exhibit_of_the_catalogue_has_words_that_can_be_used(run):
    assert catalogue()
    for exhibit in catalogue():
        words = words_for(exhibit, run.case, {})
        assert words.title
        assert words.shows


# ---- What a case says of its own models ---------------------------------------------------------

MODEL = ["delay.model", "delay.model_test", "delay.model_chances", "delay.model_days"]


def test_what_the_model_of_times_cannot_show_stands_with_each_of_its_exhibits(run):
    limit = run.case.waiting.cannot_show.strip()
    for exhibit in MODEL:
        words = words_for(exhibit, run.case, {})
        assert limit in " ".join(words.cannot_show.split())
        assert "declaration" not in words.cannot_show


def test_what_was_declared_to_be_of_later_stands_with_them_too(run):
    plan = {"terms": {"Sex": "sex", "Cause": "cause_status"}, "declared": ["cause_status"]}
    waiting = run.case.waiting.model_copy(update=plan)
    case = run.case.model_copy(update={"waiting": waiting})
    for exhibit in MODEL:
        words = words_for(exhibit, case, {})
        assert "known only after the clock had started is in it: Cause." in words.cannot_show


def test_what_the_last_band_stands_for_and_why_stands_with_the_mean(run):
    words = words_for("backlog.band_means", run.case, {})
    assert "the last one, by assumption, for 18 months. Bands at their middles" in words.definition
    assert "publisher's own method was not found." in words.definition


def test_a_case_without_such_a_model_has_no_open_place_in_its_words(run):
    case = run.case.model_copy(update={"waiting": None, "bands": None})
    for exhibit in [*MODEL, "backlog.band_means"]:
        words = words_for(exhibit, case, {})
        assert "{" not in words.cannot_show + words.definition


def test_no_exhibit_has_an_open_place_in_its_words(run):
    for exhibit in catalogue():
        words = words_for(exhibit, run.case, {})
        assert "{" not in words.cannot_show + words.definition + words.shows + words.title


# ---- Findings -----------------------------------------------------------------------------------

SENTENCE = {
    "sentence": "In {year}, {sentence}: {value} ({low} to {high}).",
    "stratum": ["indicator", "year"],
}


@pytest.fixture
def shown(show, years):
    """Findings of three years."""
    return show.findings("mine.found", years, **WORDS, **SENTENCE)


def test_a_finding_states_the_numbers_in_a_sentence(shown):
    last = shown.facts["findings"][-1]
    assert last["text"].startswith("In 2020, ")
    assert "31,991 of 205,438" in last["text"]  # Ministry of Justice, coroner statistics 2020
    assert "15.6%" in last["text"]
    assert last["text"] in shown.data["text/plain"]
    assert last["text"] in Reader(shown.data["text/html"]).texts("li")


def test_a_finding_carries_the_unrounded_value_and_what_it_rests_on(shown, years, run):
    last = shown.facts["findings"][-1]
    row = years.iloc[-1]
    item = run.case.indicator("inquests_opened_share")
    assert (last["value"], last["low"], last["high"]) == (row["value"], row["low"], row["high"])
    assert last["value"] == 31_991 / 205_438
    assert (last["numerator"], last["denominator"]) == (31_991, 205_438)
    assert (last["definition"], last["denominator_id"]) == (item.id, item.denominator)
    assert (last["period_start"], last["period_end"]) == ("2020-01-01", "2020-12-31")
    assert last["stratum"] == {"indicator": "inquests_opened_share", "year": "2020"}
    assert last["unit"] == "proportion"
    assert last["level"] == 0.95
    assert last["data_status"] == "real"
    assert last["claim_type"] == item.claim_type


def test_ids_are_unique_and_the_same_from_run_to_run(shown, show, years):
    ids = [item["id"] for item in shown.facts["findings"]]
    assert ids == [f"mine.found.inquests_opened_share.{year}" for year in (2018, 2019, 2020)]
    again = show.findings("mine.found", years.iloc[::-1], **WORDS, **SENTENCE)
    assert sorted(item["id"] for item in again.facts["findings"]) == sorted(ids)


def test_two_findings_with_the_same_id_are_refused(show, years):
    with pytest.raises(InputError, match="same id"):
        show.findings("mine.found", years, **WORDS, **SENTENCE | {"stratum": ["indicator"]})


def test_no_findings_say_so(show):
    shown = show.findings("mine.found", pd.DataFrame(), **WORDS, sentence="{value}")
    assert shown.facts["findings"] == []
    assert layout.EMPTY in shown.data["text/plain"]
    assert layout.EMPTY in shown.data["text/html"]


def test_a_sentence_that_names_a_column_that_is_not_there_is_refused(show, years):
    with pytest.raises(InputError, match="shre"):
        show.findings("mine.found", years, **WORDS, **SENTENCE | {"sentence": "{shre}"})


def test_a_sentence_of_the_case_that_names_a_column_that_is_not_there_is_refused(run, years):
    """The sentences of case.yml are written by people who do not see the code."""
    items = [
        item.model_copy(update={"sentence": "{numerater} of {denominator}"})
        for item in run.case.indicators
    ]
    case = run.case.model_copy(update={"indicators": items})
    show = Exhibits(dataclasses.replace(run, case=case))
    with pytest.raises(InputError, match="numerater"):
        show.findings("mine.found", years, **WORDS, **SENTENCE)


def test_synthetic_findings_say_so(synthetic, years):
    shown = synthetic.findings("mine.found", years, **WORDS, **SENTENCE)
    assert shown.data["text/plain"].startswith("SYNTHETIC")
    assert "SYNTHETIC" in shown.data["text/html"]
    assert {item["data_status"] for item in shown.facts["findings"]} == {"synthetic"}


def test_a_sentence_in_html_is_escaped(show, years):
    sentence = SENTENCE | {"sentence": "{year}: fewer than <5> & more"}
    html = show.findings("mine.found", years, **WORDS, **sentence).data["text/html"]
    assert "2020: fewer than <5> & more" in Reader(html).texts("li")
    assert "<5>" not in html


# ---- What an exhibit says of its frame ----------------------------------------------------------


def test_counts_of_a_single_year_speak_of_that_year_and_not_of_the_whole_period(run):
    frame = proportions.proportion(
        strata.ratios(run, by=["region", "year"], latest=True), level=0.95
    )
    words = WORDS | {"scope": "counts"}
    facts = Exhibits(run).table("mine.last", frame, **words).facts
    assert (facts["period_start"], facts["period_end"]) == ("2020-01-01", "2020-12-31")
    searched = Exhibits(run).table("mine.last", frame, **words, whole_period=True).facts
    assert searched["period_start"] == "1995-01-01"


@pytest.mark.slow
def test_a_figure_names_definition_method_and_level_of_the_frame_it_was_drawn_from(run):
    frame = proportions.proportion(strata.ratios(run, by="year"), level=0.9)
    show = Exhibits(run)
    told = show.figure("mine.trend", figures.trend(frame), frame, **WORDS).facts
    assert told["level"] == [0.9]
    assert told["method"] == ["Wilson score, no continuity correction"]
    assert "inquests_opened_share" in [item["id"] for item in told["definitions"]]
    assert show.figure("mine.trend", figures.trend(frame), **WORDS).facts["method"] == []


def test_a_finding_of_synthetic_rows_says_so_in_its_own_sentence(small):
    frame = pd.DataFrame({"numerator": [1], "denominator": [2], "value": [0.5]})
    words = {"title": "Shares", "shows": "One share.", "sentence": "Half: {value}."}
    made = Exhibits(small).findings("mine.share", frame, **words).facts["findings"]
    assert made[0]["text"] == "SYNTHETIC: Half: 50.0%."


# ---- A sentence without an interval -------------------------------------------------------------


def test_a_finding_without_limits_says_so_and_one_with_a_single_limit_names_it(show):
    frame = pd.DataFrame(
        {"label": ["All", "Some"], "value": [1.0, 0.5], "low": [None, 0.25], "high": [None, None]}
    ).assign(level=0.95, method="m", numerator=4, denominator=4)
    words = {
        "title": "Shares",
        "shows": "Two shares.",
        "stratum": ["label"],
        "sentence": "{label}: {value} ({level} interval {low} to {high}).",
    }
    first, second = (
        item["text"] for item in show.findings("mine.shares", frame, **words).facts["findings"]
    )
    assert first.endswith("All: 100.0% (no interval can be given).")
    assert second.endswith("Some: 50.0% (95% interval 25.0% to no limit).")


def test_an_empty_figure_says_why_where_there_is_a_reason(show):
    nothing = pd.DataFrame()
    nothing.attrs["answer"] = "Nobody was named."
    figure = figures.lines(pd.DataFrame({"numerator": []}))
    shown = show.figure("mine.none", figure, of=nothing, title="None", shows="Nothing.")
    assert shown.facts["alt"] == "None. Nobody was named."
    assert not shown.facts["unanswered"]
