"""The pages of a pack in a browser: at every width, by keyboard, in the dark and on paper."""

import pytest
from pack_notebook import NAME


@pytest.fixture(scope="module")
def pack(tmp_path_factory, page, index):
    folder = tmp_path_factory.mktemp("pack")
    (folder / "pages").mkdir()
    (folder / "pages" / f"{NAME}.html").write_text(page, encoding="utf-8")
    (folder / "index.html").write_text(index, encoding="utf-8")
    return folder


@pytest.fixture(params=[f"pages/{NAME}.html", "index.html"])
def opened(request, browser, pack):
    """Return the browser with a page open from disk, and what it asked for to open it."""
    import json

    browser.get("about:blank")
    browser.get_log("performance")
    browser.get_log("browser")
    browser.get((pack / request.param).as_uri())
    messages = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    asked = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    return browser, asked


def widths(browser, width):
    """Return the widths of the window and of what lies in it at a width in CSS pixels."""
    browser.execute_cdp_cmd(
        "Emulation.setDeviceMetricsOverride",
        {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600},
    )
    script = "return [window.innerWidth, document.documentElement.scrollWidth]"
    return browser.execute_script(script)


@pytest.mark.browser
@pytest.mark.slow
def test_opens_from_disk_without_an_error_or_a_request(opened):
    browser, asked = opened
    outside = [url for url in asked if not url.startswith(("file:", "data:"))]
    assert outside == []
    assert sum(url.startswith("file:") for url in asked) == 1
    assert browser.get_log("browser") == []
    sizes = "return [...document.images].map(picture => picture.naturalWidth)"
    assert all(width > 0 for width in browser.execute_script(sizes)[:1])


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("width", [320, 390, 768, 1280, 1920])
def test_is_never_wider_than_the_window(opened, width):
    browser, _ = opened
    browser.execute_script("document.querySelectorAll('details').forEach(d => d.open = true)")
    inner, content = widths(browser, width)
    browser.execute_cdp_cmd("Emulation.clearDeviceMetricsOverride", {})
    assert inner == width
    assert content <= width


@pytest.mark.browser
@pytest.mark.slow
def test_the_keyboard_reaches_the_skip_link_first_and_what_is_folded(opened):
    from selenium.webdriver.common.keys import Keys

    browser, _ = opened
    focus = "return [document.activeElement.className, document.activeElement.tagName]"
    browser.switch_to.active_element.send_keys(Keys.TAB)
    assert browser.execute_script(focus)[0] == "skip"
    assert browser.execute_script("return document.activeElement.getBoundingClientRect().top") >= 0
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.current_url.endswith("#main")
    if "/pages/" not in browser.current_url:
        return
    for _ in range(40):
        browser.switch_to.active_element.send_keys(Keys.TAB)
        if browser.execute_script(focus)[1] == "SUMMARY":
            break
    browser.switch_to.active_element.send_keys(Keys.ENTER)
    assert browser.execute_script("return document.activeElement.parentElement.open")


CONTRAST = """
const light = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4 };
const read = s => s.match(/[\\d.]+/g).map(Number);
const lum = c => 0.2126 * light(c[0]) + 0.7152 * light(c[1]) + 0.0722 * light(c[2]);
const back = e => { for (; e; e = e.parentElement) {
  const c = read(getComputedStyle(e).backgroundColor);
  if (c.length === 3 || c[3] > 0) return c; } return [255, 255, 255] };
const bad = [];
for (const e of document.body.querySelectorAll("*")) {
  if (![...e.childNodes].some(n => n.nodeType === 3 && n.textContent.trim())) continue;
  const [a, b] = [lum(read(getComputedStyle(e).color)), lum(back(e))];
  const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  if (ratio < 4.5) bad.push(e.tagName + "." + e.className + " " + ratio.toFixed(2));
}
return bad;
"""


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_words_stand_out_from_the_paper_in_light_and_in_dark(opened, scheme):
    browser, _ = opened
    emulated = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", emulated)
    dark = browser.execute_script("return matchMedia('(prefers-color-scheme: dark)').matches")
    assert dark == (scheme == "dark")
    assert browser.execute_script(CONTRAST) == []


@pytest.mark.browser
@pytest.mark.slow
def test_on_paper_results_stay_and_code_goes(opened):
    browser, _ = opened
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print", "features": []})
    shown = "return [...document.querySelectorAll(arguments[0])].filter(e => e.offsetHeight).length"
    assert browser.execute_script(shown, "details, main > nav, .skip") == 0
    assert browser.execute_script(shown, "table") > 0
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "", "features": []})
