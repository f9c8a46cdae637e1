"""The pages that stand beside those of the notebooks, in a browser: sources, corrections, releases.

They are made as a run makes them, of the notebook that asks the most of each: everything folded is
open, on a phone and on a desk, in light and in dark. Rows like those before them are taken out
first, as in ``test_pages_browser``, which holds what is asked of a page.
"""

import copy
import sys
from pathlib import Path

import nbformat
import pytest
from test_pages_browser import COLOURS, CONTRAST, MORE_OF_THE_SAME, OPEN, axe, show  # noqa: F401

from helpers import start
from helpers.case import project_root
from helpers.pack import write
from helpers.pack.collect import Collected, collect
from helpers.pack.corrections import notice

pytestmark = [pytest.mark.browser, pytest.mark.slow]

GROUNDS = {
    "pack": {"id": "southern_health.2011-04-01_2015-03-31.v1"},
    "inputs": [{"file": "case.yml", "sha256": "a"}, {"file": "pas_deaths.xlsx", "sha256": "b"}],
    "notebooks": {"1_unexpected_death_rates": {"parameters": {"level": 0.95}}},
    "plan": {"sha256": "p"},
    "rules": {"files": [{"name": "time_limits.csv", "sha256": "r"}]},
    "code": {"sha256": "c", "revision": "0123456789abcdef"},
    "environment": {"python": "3.11.7", "packages": {"pandas": "3.1.0"}},
}
PAGES = ["traces", "corrections", "hes", "opensafely"]


def corrected(made):
    """A notice as of a version before, of which findings and a table said something else."""
    new = copy.deepcopy(GROUNDS)
    new["inputs"][1]["sha256"] = "x"
    new["code"] = {"sha256": "d", "revision": "fedcba9876543210"}
    before = Collected(copy.deepcopy(made.exhibits), made.runs)
    for facts in before.exhibits:
        for item in facts.get("findings", [])[:2]:
            item["value"], item["text"] = item["value"] + 9, f"Otherwise: {item['text']}"
    table = next(facts for facts in before.exhibits if facts["kind"] == "table")
    table["resource"]["data"] = table["resource"]["data"].replace("1", "2")
    return notice(old=GROUNDS, new=new, before=before, after=made, against="0" * 64)


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """The pages of a run of one notebook of the synthetic case, an earlier version before it."""
    folder = tmp_path_factory.mktemp("pack")
    shown = {
        name: nbformat.read(project_root() / "notebooks" / f"{name}.ipynb", as_version=4)
        for name in ("1_unexpected_death_rates",)
    }
    made = collect(shown)
    run = start(case="southern_health")
    write.pages(folder, shown, made, run, pack_id="small.v2", corrected=corrected(made))
    return folder


@pytest.fixture(scope="module")
def places(pack, tmp_path_factory):
    """Give a function that returns the file of a page."""
    sys.path.insert(0, str(Path(__file__).parents[1] / "helpers" / "pack"))
    from test_pack_release import pack_of

    from helpers.pack.release import release

    def of(page):
        if page in {"traces", "corrections"}:
            return pack / f"{page}.html"
        out = tmp_path_factory.mktemp(page)
        return release(pack_of(out / "p"), profile=page, out=out / "r") / "index.html"

    yield of
    sys.path.pop(0)


@pytest.fixture(scope="module", params=PAGES)
def opened(request, browser, places):
    browser.get(places(request.param).as_uri())
    browser.execute_script(OPEN)
    return browser


def test_the_page_is_there_and_nothing_of_it_runs_or_is_fetched(opened):
    assert opened.execute_script("return document.querySelectorAll('h1').length") == 1
    assert opened.execute_script("return document.scripts.length") == 0
    asked = "return performance.getEntriesByType('resource').map(one => one.name)"
    assert [name for name in opened.execute_script(asked) if not name.startswith("data:")] == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_its_paper(opened, scheme):
    show(opened, 1280, scheme)
    assert opened.execute_script(CONTRAST) == []


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_page_is_never_wider_than_the_window(opened, width):
    show(opened, width)
    assert opened.execute_script("return document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(opened, axe, width):  # noqa: F811
    show(opened, width)
    assert axe(rules=[], without=MORE_OF_THE_SAME) == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_colours_either(opened, axe, width, scheme):  # noqa: F811
    show(opened, width, scheme)
    assert axe(rules=COLOURS, without=MORE_OF_THE_SAME) == []
