"""A forked process and a fresh kernel make the same notebook, byte for byte.

Both ways are run, on a notebook that does what notebooks do to make them differ and on two of the
suite. What names the process itself (``/tmp/ipykernel_<pid>/``) is masked; two fresh kernels differ
in it, too.
"""

import gc
import re

import nbformat
import pytest

from helpers.case import project_root
from helpers.pack.execute import NotebookFailed, execute
from helpers.pack.normalise import KERNEL, normalise, text
from helpers.pack.planning import plan

pytestmark = [
    pytest.mark.xdist_group("engine"),
    # nbclient leaves the event loop and sockets of a kernel to the garbage collector.
    pytest.mark.filterwarnings("ignore:unclosed:ResourceWarning"),
]

# Cells of a notebook, each below a line of dashes.
CELLS = """
case = "mine"
---
import logging, os, sys, threading, time, warnings
print("one")
print("two", file=sys.stderr)
print("three")
---
warnings.warn("look at this")
logging.warning("and at that")
---
print("a")
time.sleep(0.5)
print("b", file=sys.stderr)
time.sleep(0.5)
print("c")
---
from IPython.display import HTML, Markdown, clear_output, display
print("before")
display(HTML("<b>1</b>"), metadata={"text/html": {"n": 1}})
print("after")
Markdown("*last*")
---
facts = {"inquiry": {"id": "mine.first", "data": "a,b\\n1,2\\n"}}
shown = {"text/plain": "raw", "application/x.mine+json": {"n": [1, 2.5, None]}}
display(shown, raw=True, metadata=facts)
---
held = display("to be replaced", display_id="mine")
display("beside it")
---
held.update(HTML("<i>replaced from a later cell</i>"))
---
print("gone")
clear_output(wait=True)
print("kept")
---
print("gone at once")
clear_output()
"kept"
---
os.write(1, b"from below\\n")
time.sleep(0.4)
os.write(2, b"and beside\\n")
time.sleep(0.4)
---
!echo from a shell
---
import numpy as np
import pandas as pd
np.random.seed(1)
np.random.default_rng(2).normal(size=3), np.random.rand(2)
---
pd.DataFrame({"died": [12, 9], "day": pd.to_datetime(["2014-01-01", None])})
---
import matplotlib.pyplot as plt
plt.plot([1, 3, 2])
plt.figure()
plt.plot([2, 1])
plt.gcf().number
---
from matplotlib.figure import Figure
figure = Figure(figsize=(2, 1))
figure.subplots().plot([1, 2])
figure
---
class Rich:
    def _repr_html_(self):
        return "<p>rich</p>"
    def _repr_mimebundle_(self, **_):
        return {"text/x": "x"}, {"text/x": {"n": 2}}
    def __repr__(self):
        return "plain"
Rich()
---
import asyncio
await asyncio.sleep(0.01)
"waited"
---
thread = threading.Thread(target=lambda: print("from a thread"))
thread.start()
thread.join()
---
type(get_ipython()).__module__, In[1], len(Out) > 3, _, __name__, sys.path[0]
---
3;
---
%precision 3
3.14159
---
%%capture caught
print("caught")
---
caught.stdout
---
os.getcwd(), sys.stdout.isatty(), sys.stdout.encoding, os.environ["MPLBACKEND"]
""".strip().split("\n---\n")
FAILING = {
    "an error in a function": "def f(x):\n    print('so far')\n    return 1 / x\nf(0)",
    "an error in a library": "import pandas as pd\npd.to_datetime('no day')",
    "a cell that is not Python": "1 +",
    "an answer that nobody can give": "input('your name')",
    "an end": "import sys\nsys.exit(3)",
    "an error while it is shown": (
        "class Bad:\n    def __repr__(self): raise ValueError('bad')\nBad()"
    ),
    "a missing module": "import no_such_module",
    "an error in a coroutine": "import asyncio\nawait asyncio.sleep(0)\nraise KeyError('gone')",
}


def notebook(folder, *cells):
    """A notebook with some cells, the first of which holds parameters."""
    path = folder / "made.ipynb"
    made = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    made.metadata["kernelspec"] = KERNEL
    made.cells[0].metadata["tags"] = ["parameters"]
    made.cells.insert(1, nbformat.v4.new_markdown_cell("# Words"))
    nbformat.write(made, path)
    return path


def plain(made):
    """A notebook as it is written, without what names the process."""
    return re.sub(r"ipykernel_\d+", "ipykernel_N", text(normalise(made)))


def both(path, tmp_path, **parameters):
    """What a fork and a fresh kernel make of a notebook, failed or not."""
    found = []
    for fresh in (False, True):
        try:
            made = execute(path, parameters=parameters, scratch=tmp_path, fresh=fresh)
            found.append((plain(made), None))
        except NotebookFailed as failed:
            error = str(failed), failed.name, failed.cell, failed.message
            found.append((plain(failed.executed), error))
    gc.collect()
    return found


def test_a_notebook_that_does_all_that_could_differ(tmp_path, monkeypatch):
    """Two streams, warnings, displays and their updates, the system's own output, figures."""
    monkeypatch.delenv("PYTEST_CURRENT_TEST")  # where it is set, kernels do not watch the system's
    (forked, _), (fresh, _) = both(notebook(tmp_path, *CELLS), tmp_path, case="yours")
    assert forked == fresh
    made = nbformat.reads(forked, as_version=4)
    outputs = [output for cell in made.cells for output in cell.get("outputs", [])]
    assert sum("image/png" in output.get("data", {}) for output in outputs) == 3
    texts = "".join(output.get("text", "") for output in outputs)
    assert "from below" in texts
    assert "from a thread" in texts
    assert "replaced from a later cell" in forked
    assert "gone" not in texts


@pytest.mark.parametrize("cell", FAILING.values(), ids=FAILING)
def test_a_cell_that_fails_fails_alike(cell, tmp_path):
    (forked, why), (fresh, why_fresh) = both(notebook(tmp_path, "1", cell, "2"), tmp_path)
    assert why is not None
    assert why == why_fresh
    assert forked == fresh


@pytest.mark.slow
@pytest.mark.parametrize("name", ["0_data_quality", "1_unexpected_death_rates"])
def test_notebooks_of_the_suite(name, tmp_path):
    path = project_root() / "notebooks" / f"{name}.ipynb"
    days = {"period_start": "2015-01-01", "period_end": "2019-12-31"}
    given = plan("coroners", overrides=days, names=[name]).notebooks[path]
    made = [
        text(execute(path, parameters=given, scratch=tmp_path, fresh=fresh))
        for fresh in (False, True)
    ]
    gc.collect()
    assert made[0] == made[1]
    assert made[0].count("image/png") >= 1
