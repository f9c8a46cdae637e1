"""The pages of both shipped cases in a real browser: accessible, on any screen, by keyboard alone.

axe-core looks at each page last, with all that is folded opened. It takes long over tens of
thousands of cells, so rows that are like those before them are taken out first: of the drawn data
of figures all but eight, and for the rules that look at colours, which are asked in light and in
dark, all but four of any table or list. Every text is held against its background besides, cells
too.
"""

import importlib.util
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
COLOURS = ["color-contrast", "link-in-text-block"]
NAMES = [
    *("index", "pages/0_data_quality", "pages/1_unexpected_death_rates"),
    *("pages/1b_change_over_time", "pages/1c_rates_and_watching", "pages/2_time_to_investigation"),
    *("pages/2b_time_limits", "pages/2c_backlog", "pages/3_risk_factors", "pages/3b_how_sure"),
    *("pages/3c_reviewers", "pages/4_period_comparison", "pages/4b_learning_from_deaths"),
    "pages/5_benchmarking",
]
PAGES = [(case, f"{page}.html") for case in ("southern_health", "coroners") for page in NAMES]
MORE_OF_THE_SAME = ":is(tbody > tr, .definitions > div, .said > li):nth-child(n+5)"
OPEN = "document.querySelectorAll('details').forEach(folded => folded.open = true)"


@pytest.fixture(scope="module", params=PAGES, ids=["-".join(page) for page in PAGES])
def opened(request, browser, rendered):
    """The browser with a page open from disk and nothing folded; its pack."""
    case, page = request.param
    pack = rendered(case)
    assert set(pack.pages) == {f"{name}.html" for name in NAMES}
    browser.get((pack.folder / page).as_uri())
    browser.execute_script(OPEN)
    return browser


def show(browser, width, scheme="light", media=""):
    """Set the width of the window, the scheme of colours and the medium."""
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": media, "features": features})
    dark = browser.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches")
    assert dark == (scheme == "dark")


# Colours -----------------------------------------------------------------------------------------

CONTRAST = """
const light = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 };
const read = s => s.match(/[\\d.]+/g).map(Number);
const lum = c => 0.2126 * light(c[0]) + 0.7152 * light(c[1]) + 0.0722 * light(c[2]);
const seen = new Map();
const back = e => {
  if (!e) return [255, 255, 255];
  if (seen.has(e)) return seen.get(e);
  const c = read(getComputedStyle(e).backgroundColor);
  const found = c.length === 3 || c[3] > 0 ? c : back(e.parentElement);
  seen.set(e, found);
  return found };
const bad = [];
for (const e of document.body.querySelectorAll("*")) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
  const [a, b] = [lum(read(getComputedStyle(e).color)), lum(back(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) bad.push(e.tagName + "." + e.className + " " + ratio.toFixed(2));
}
return bad;
"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_word_stands_out_from_its_paper(opened, scheme):
    show(opened, 1280, scheme)
    assert opened.execute_script(CONTRAST) == []


# Keyboard ----------------------------------------------------------------------------------------

REACHABLE = "a[href], summary, [tabindex='0']"


def test_the_keyboard_alone_reaches_every_link_every_fold_and_every_region(opened):
    """Tab from the top to the end; each stop shows where one is."""
    from selenium.webdriver.common.keys import Keys

    show(opened, 1280)
    wanted = opened.execute_script(
        """
        document.activeElement.blur();
        window.getSelection().removeAllRanges();
        window.scrollTo(0, 0);
        window.met = new Set(); window.unseen = [];
        document.addEventListener("focusin", event => {
          window.met.add(event.target);
          const style = getComputedStyle(event.target);
          if (style.outlineStyle === "none") window.unseen.push(event.target.outerHTML);
        });
        const reachable = [...document.querySelectorAll(arguments[0])];
        return reachable.filter(one => one.getClientRects().length).length""",
        REACHABLE,
    )
    assert wanted > 10
    for start in range(0, wanted + 1, 200):
        keys = Keys.TAB * min(200, wanted + 1 - start)
        opened.switch_to.active_element.send_keys(keys)
    missed = opened.execute_script(
        """
        return [...document.querySelectorAll(arguments[0])]
          .filter(one => one.getClientRects().length && !window.met.has(one))
          .map(one => one.outerHTML.slice(0, 200))""",
        REACHABLE,
    )
    assert missed == []
    assert opened.execute_script("return window.unseen") == []


def test_whatever_scrolls_can_be_scrolled_by_keyboard(opened):
    show(opened, 390)
    wide = opened.execute_script(
        """
        return [...document.body.querySelectorAll("*")].filter(one =>
          one.scrollWidth > one.clientWidth + 1
          && /auto|scroll/.test(getComputedStyle(one).overflowX)
          && one.tabIndex !== 0).map(one => one.outerHTML.slice(0, 200))"""
    )
    assert wide == []


# Screens and paper -------------------------------------------------------------------------------


@pytest.mark.parametrize("width", [320, 390, 1280])
def test_a_page_is_never_wider_than_the_window(opened, width):
    """320 pixels are those of a window of 1280 at 400% zoom; tables scroll within their region."""
    show(opened, width)
    script = "return [window.innerWidth, document.documentElement.scrollWidth]"
    inner, content = opened.execute_script(script)
    assert inner == width
    assert content <= width


def test_in_the_dark_figures_stay_on_white(opened):
    show(opened, 1280, "dark")
    paper = (
        "return [...document.querySelectorAll('.card')].map(e => getComputedStyle(e).background)"
    )
    assert {colour.split(")")[0] for colour in opened.execute_script(paper)} <= {
        "rgb(255, 255, 255"
    }


def test_on_paper_code_is_gone_and_no_figure_or_finding_is_cut_in_two(opened):
    show(opened, 794, media="print")
    shown = "return [...document.querySelectorAll(arguments[0])].filter(e => e.offsetHeight).length"
    assert opened.execute_script(shown, "details.code, main > nav, .skip, footer nav") == 0
    cut = """
    return [...document.querySelectorAll(arguments[0])]
      .filter(one => getComputedStyle(one).breakInside !== "avoid").length"""
    whole = "figure.exhibit, .card, .headlines > li, .said > li, .findings > ul > li, tbody tr"
    assert opened.execute_script(cut, whole) == 0
    after = "return [...document.links].map(e => getComputedStyle(e, '::after').content)"
    assert set(opened.execute_script(after)) <= {"none", "normal"}
    show(opened, 1280)


def test_nothing_is_asked_of_the_network_and_nothing_runs(opened):
    outside = opened.execute_script(
        "return performance.getEntriesByType('resource').map(one => one.name)"
        ".filter(name => !name.startsWith('data:'))"
    )
    assert outside == []
    assert opened.execute_script("return document.scripts.length") == 0


# axe-core ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def axe(opened):
    """Give a function that returns what axe-core finds on the page."""
    found = importlib.util.find_spec("axe_playwright_python")
    if found is None:
        pytest.skip("axe-core is not installed (it is in the extra test)")
    source = Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8")
    opened.execute_cdp_cmd("Runtime.evaluate", {"expression": source})
    version = opened.execute_script("return axe.version")
    assert tuple(map(int, version.split("."))) >= (4, 10)

    def violations(*, rules, without):
        script = """
        const [rules, tags, without, done] = arguments;
        document.querySelectorAll(without).forEach(row => row.remove());
        const of = {resultTypes: ["violations"]};
        if (rules.length) of.runOnly = {type: "rule", values: rules};
        else {
          of.runOnly = {type: "tag", values: tags};
          of.rules = Object.fromEntries(%s.map(name => [name, {enabled: false}]));
        }
        axe.run(document, of).then(
          said => done(said.violations.map(one => [one.id, one.nodes.map(node => node.html)])),
          error => done([["axe failed", [String(error)]]]));
        """
        return opened.execute_async_script(script % COLOURS, rules, TAGS, without)

    return violations


@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing(opened, axe, width):
    show(opened, width)
    assert axe(rules=[], without="details.data tbody tr:nth-child(n+9)") == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_colours_either(opened, axe, width, scheme):
    show(opened, width, scheme)
    assert axe(rules=COLOURS, without=MORE_OF_THE_SAME) == []
