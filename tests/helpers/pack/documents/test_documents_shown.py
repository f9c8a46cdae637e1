"""What documents show of an exhibit is what the pages show."""

from html import escape

from helpers.exhibits import KEY, layout
from helpers.pack.documents import shown


def outputs(pack):
    """The exhibits that are tables, each as a notebook shows it and as it travels."""
    for notebook in pack.notebooks.values():
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                facts = output.get("metadata", {}).get(KEY)
                if facts and facts["kind"] == "table":
                    yield "".join(output["data"]["text/html"]), facts


def test_every_table_is_laid_out_as_its_notebook_shows_it(pack):
    """The words of its columns do not travel with a table; they are found again."""
    compared = 0
    for html, facts in outputs(pack):
        found = shown.laid(facts)
        if found.rows:
            assert layout.html(found, facts) == html
            compared += 1
    assert compared > 60


def test_a_table_without_rows_says_what_its_notebook_says(pack):
    held = {facts["id"]: facts for facts in pack.made.exhibits}
    silent = [
        (html, held[facts["id"]]) for html, facts in outputs(pack) if not shown.laid(facts).rows
    ]
    assert len(silent) > 5
    for html, facts in silent:
        assert f"{escape(layout.mark(facts))}. {escape(shown.silence(facts))}</p>" in html


def test_every_exhibit_is_in_one_chapter_in_the_order_of_the_pages(pack):
    parts = shown.chapters(pack.context, pack.made)
    assert [facts["id"] for part in parts for facts in part.exhibits] == [
        facts["id"] for facts in pack.made.exhibits
    ]
    assert [part.name for part in parts] == list(pack.notebooks)


def test_notes_say_what_is_counted_and_out_of_what(few):
    facts = next(facts for facts in few.made.exhibits if facts["id"] == "rates.shares_by_stratum")
    named = [item for item in facts["definitions"] if item["numerator"] and item["denominator"]]
    assert named
    texts = " ".join(text for _, text in shown.notes(facts))
    for item in named:
        assert f"Counted: {item['numerator']}, out of: {item['denominator']}." in texts
    kinds = [what for what, _ in shown.notes(facts)]
    assert {"What it shows", "What it cannot show", "Definition", "Period", "Source"} <= set(kinds)


def test_a_short_form_holds_every_limit_and_leads_to_every_definition(pack):
    listed = [name for name, _ in shown.definitions(pack.made.exhibits)]
    for facts in pack.made.exhibits:
        brief = dict(shown.brief(facts))
        assert all(limit in brief["What it cannot show"] for limit in facts["cannot_show"])
        for name in brief.get("Definition", "").strip("[]").split("], ["):
            assert not name or name in listed
