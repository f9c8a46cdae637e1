"""A browser, and the pages of both shipped cases as their committed notebooks give them."""

import os
from pathlib import Path

import nbformat
import pytest

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
ROOT = Path(__file__).resolve().parents[2]
EXECUTED = {
    "southern_health": ["notebooks"],
    "coroners": [
        "tests/baselines/coroners/1995-01-01_2025-07-31",
        "tests/baselines/coroners/2015-01-01_2019-12-31",
    ],
}
"""Where the executed notebooks of the cases stand; those of the second are of two periods."""


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    if not (CHROMIUM.exists() and DRIVER.exists()):
        if os.environ.get("INQUIRY_REQUIRE_BROWSER") == "1":
            pytest.fail("a browser is required and there is none")
        pytest.skip("Chromium is not installed")
    from selenium import webdriver
    from selenium.webdriver.chrome.options import Options
    from selenium.webdriver.chrome.service import Service

    options = Options()
    options.binary_location = str(CHROMIUM)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    for flag in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        f"--user-data-dir={tmp_path_factory.mktemp('profile')}",
    ):
        options.add_argument(flag)
    driver = webdriver.Chrome(options=options, service=Service(str(DRIVER)))
    driver.set_script_timeout(120)
    yield driver
    driver.quit()


class Rendered:
    """The pages of a case in a folder, with what they were made from."""

    def __init__(self, name, folder):
        from time import perf_counter

        from helpers import start
        from helpers.pack import render
        from helpers.pack.collect import collect

        self.name, self.folder = name, folder
        paths = [path for place in EXECUTED[name] for path in (ROOT / place).glob("[0-9]*.ipynb")]
        paths.sort(key=lambda path: path.stem)
        self.notebooks = {path.stem: nbformat.read(path, as_version=4) for path in paths}
        assert len(self.notebooks) == len(paths) >= 11
        self.run = start(case=name)
        began = perf_counter()
        self.made = collect(self.notebooks)
        pages = [
            {"name": stem, "title": notebook.cells[0].source.splitlines()[0].lstrip("# ")}
            for stem, notebook in self.notebooks.items()
        ]
        pages = [{**item, "question": "What was asked?"} for item in pages]
        self.context = render.context_for(
            self.run,
            block=next(iter(self.made.runs.values())),
            made=self.made,
            pages=pages,
            verdicts={},
            code={"version": "0.1.0", "revision": "0" * 40, "changed_files": 0},
            pack_id=f"{name}-1",
            trace=lambda identifier: f"traces.html#{identifier}",
        )
        self.pages = {
            f"pages/{stem}.html": render.page(notebook, name=stem, context=self.context)
            for stem, notebook in self.notebooks.items()
        }
        self.pages["index.html"] = render.index(pages, self.made.exhibits, self.context)
        self.seconds = perf_counter() - began
        for place, html in self.pages.items():
            (folder / place).parent.mkdir(exist_ok=True)
            (folder / place).write_text(html, encoding="utf-8")


@pytest.fixture(scope="session")
def rendered(tmp_path_factory):
    """Give a function that renders the pages of a shipped case, once."""
    held = {}

    def of(name):
        if name not in held:
            held[name] = Rendered(name, tmp_path_factory.mktemp(name))
        return held[name]

    return of
