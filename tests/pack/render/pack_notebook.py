"""A notebook as it is after a run, with whatever a cell can show, and a reader of its page."""

from html.parser import HTMLParser

import matplotlib as mpl
import nbformat
from nbformat import v4

mpl.use("agg")

from matplotlib import pyplot as plt  # noqa: E402 - after the choice of the backend

from helpers.exhibits import Exhibits  # noqa: E402

NAME = "1_rates"
OTHER = "2_times"
PIXEL = (
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk"
    "+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
TITLE = "How deaths reported to coroners were looked into"
PROSE = f"""# {TITLE}

> What share of the deaths reported to coroners led to an inquest?

The figures come from [the ministry](https://www.gov.uk/coroners) and <https://example.org/list>.
See [the other page](2_times.ipynb), [the shares](#What-share,-by-region?), [nowhere](#nowhere)
and [a file](../docs/rules.md).

| Year | Deaths |
|------|-------:|
| 2019 | 210912 |

![a plan of the court](https://example.org/plan.png)
"""
HOSTILE = """<style>@import url(https://example.org/a.css); body {display: none}</style>
<script src="https://example.org/a.js">fetch("https://example.org")</script>
<div id="main" onclick="alert(1)" style="background: url(//example.org/x.png)">Kept text
<a href="javascript:alert(1)">a script</a><svg><image href="https://example.org/y"/></svg>
<table border="1" class="dataframe"><thead><tr style="text-align: right;"><th></th><th>n</th></tr>
</thead><tbody><tr><th>a</th><td>1</td></tr></tbody></table><h5>Deep</h5>"""


def shares(run):
    """Return shares of one year by region, as tidy rows with intervals."""
    frame = run.counts[run.counts["year"].eq(2019)]
    grid = frame.pivot_table(index="region", columns="measure", values="events", aggfunc="sum")
    found = grid[["inquests_opened", "deaths_reported"]].reset_index()
    found.columns = ["label", "numerator", "denominator"]
    found["value"] = found["numerator"] / found["denominator"]
    spread = 1.96 * (found["value"] * (1 - found["value"]) / found["denominator"]) ** 0.5
    found["low"], found["high"] = found["value"] - spread, found["value"] + spread
    return found.assign(level=0.95, method="normal approximation, for this test only")


def drawing(frame):
    """Draw the shares: labelled artists carry data, the grid line is decoration."""
    figure, ax = plt.subplots(figsize=(7, 4), layout="constrained")
    ax.axhline(0, color="#999999")
    ax.hlines(range(len(frame)), 100 * frame["low"], 100 * frame["high"], label="95% interval")
    ax.scatter(100 * frame["value"], range(len(frame)), label="share")
    ax.set_yticks(range(len(frame)), frame["label"])
    ax.set_xlabel("Inquests opened per 100 deaths reported")
    plt.close(figure)
    return figure


def output(shown):
    """Return what a cell stores for an object that it shows."""
    data, metadata = shown._repr_mimebundle_()
    return v4.new_output("execute_result", data, metadata=metadata, execution_count=1)


def code(source, *outputs, tags=()):
    return v4.new_code_cell(source, outputs=list(outputs), metadata={"tags": list(tags)})


def executed(run):
    """Return a notebook as it is after a run, with exhibits and with whatever else cells show."""
    show, frame = Exhibits(run), shares(run)
    words = {"scope": "counts", "cannot_show": "It does not show how many there should have been."}
    table = {"title": "Inquests opened, by region", "shows": "A row is a region.", **words}
    sentence = "{label}: an inquest was opened on {numerator} of {denominator} deaths ({value})."
    finding = {
        "title": "What was found",
        "shows": "A sentence each.",
        "sentence": sentence,
        **words,
    }
    plain = {"text/plain": "   n\na  1\n<b>"}
    cells = [
        v4.new_markdown_cell(PROSE),
        code('case = "coroners"  # the case', tags=["parameters"]),
        code('case = "coroners"', tags=["injected-parameters"]),
        code("run = start(case=case)\nshow = Exhibits(run)", output(show.opening())),
        v4.new_markdown_cell("## What share, by region?"),
        code('show.table("mine.shares", frame)', output(show.table("mine.shares", frame, **table))),
        code("draw()", output(show.figure("mine.drawn", drawing(frame), **table))),
        v4.new_markdown_cell("#### What share, by region?\n\nA heading that skips levels."),
        code("none", output(show.table("mine.empty", frame.iloc[0:0], **table))),
        v4.new_markdown_cell("# A second title"),
        code("frame", v4.new_output("display_data", {"text/html": HOSTILE, **plain})),
        code("1 + 1", v4.new_output("display_data", plain)),
        code("draw()", v4.new_output("display_data", {"image/png": PIXEL, **plain})),
        code("drawn", v4.new_output("display_data", {"image/svg+xml": "<svg/>"})),
        code("words", v4.new_output("display_data", {"text/markdown": "*said*<script>x</script>"})),
        code("run()", v4.new_output("stream", name="stdout", text="printed & kept\n")),
        code(
            "fail()",
            v4.new_output("error", ename="E", evalue="no", traceback=["\x1b[31mE\x1b[0m: no"]),
        ),
        v4.new_markdown_cell("## Findings"),
        code(
            "show.findings()",
            output(show.findings("mine.said", frame, stratum=["label"], **finding)),
            output(show.findings("mine.one", frame.head(1), **finding)),
        ),
        v4.new_raw_cell("raw text <b>"),
    ]
    made = v4.new_notebook(cells=cells)
    return nbformat.reads(nbformat.writes(made), as_version=4)


class Tree(HTMLParser):
    """Elements of a document, each with its attributes and what it stands in."""

    VOID = frozenset({"br", "hr", "img", "link", "meta", "wbr", "col"})

    def __init__(self, html):
        super().__init__()
        self.found, self.inside, self.texts = [], [], []
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        element = (tag, dict(attrs), [name for name, _ in self.inside], [])
        self.found.append(element)
        if tag not in self.VOID:
            self.inside.append((tag, element[3]))

    def handle_endtag(self, tag):
        assert self.inside, f"</{tag}> closes nothing"
        assert self.inside[-1][0] == tag, f"</{tag}> in {self.inside[-1][0]}"
        self.inside.pop()

    def handle_data(self, data):
        for _, text in self.inside:
            text.append(data)

    def all(self, *tags):
        return [
            (attrs, around, "".join(text)) for tag, attrs, around, text in self.found if tag in tags
        ]
