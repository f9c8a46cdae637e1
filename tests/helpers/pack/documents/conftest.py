"""Packs to make documents of: both shipped cases as committed, executed; and a few exhibits."""

from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import nbformat
import pytest

from helpers.pack.collect import Collected, collect
from helpers.pack.render import PackContext

ROOT = Path(__file__).parents[4]
FOLDERS = {
    "southern_health": ROOT / "notebooks",
    "coroners": ROOT / "tests" / "baselines" / "coroners" / "2015-01-01_2019-12-31",
}
FEW = (
    *("rates.chain", "rates.steps", "rates.grid", "rates.strata_figure", "rates.range"),
    *("rates.totals_that_differ", "rates.shares_by_stratum", "rates.spread", "rates.windows"),
)


@dataclass(frozen=True)
class Named(PackContext):
    """A context that knows how its pack is named and who may see it."""

    pack_id: str = "pack-0007"
    classification: str = "OFFICIAL-SENSITIVE"


def said(case, made, notebooks):
    """The context of a pack whose notebooks were executed long ago."""
    block = next(iter(made.runs.values()))
    pages = [
        {"name": name, "title": notebook.cells[0].source.splitlines()[0].lstrip("# "),
         "question": "What is asked?"}
        for name, notebook in notebooks.items()
    ]  # fmt: skip
    facts = made.exhibits[-1]
    return Named(
        case_title=f"The case {case}",
        case_id=case,
        summary="What the case is, in a sentence.",
        period=facts["period"],
        period_start=facts["period_start"],
        period_end=facts["period_end"],
        extract_date=block["extract_date"],
        data_status=block["data_status"],
        profile_name="open",
        profile_text="made from published or synthetic records",
        created="",
        version="0.1.0",
        code_revision="0" * 40,
        inputs=block["inputs"],
        rows=block["rows"],
        definitions=made.definitions,
        empty_exhibits=made.empty,
        pages=pages,
    )


def whole(case):
    notebooks = {
        path.stem: nbformat.read(path, as_version=4)
        for path in sorted(FOLDERS[case].glob("[0-9]*.ipynb"))
    }
    made = collect(notebooks)
    return SimpleNamespace(
        case=case,
        made=made,
        context=said(case, made, notebooks),
        notebooks=notebooks,
        folder=FOLDERS[case],
    )


@pytest.fixture(scope="session", params=list(FOLDERS))
def pack(request):
    """Each shipped case, whole."""
    return whole(request.param)


@pytest.fixture(scope="session")
def southern():
    """The synthetic case, whole."""
    return whole("southern_health")


@pytest.fixture(scope="session")
def few(southern):
    """Some exhibits of one page of the synthetic case: every kind, a large and an empty one too."""
    kept = [facts for facts in southern.made.exhibits if facts["id"] in FEW]
    assert len(kept) == len(FEW)
    return SimpleNamespace(**{**vars(southern), "made": Collected(kept, southern.made.runs)})


@pytest.fixture(scope="session")
def two(few):
    """A table and the findings that rest on it."""
    kept = [facts for facts in few.made.exhibits if facts["id"] in {"rates.chain", "rates.steps"}]
    return SimpleNamespace(**{**vars(few), "made": Collected(kept, few.made.runs)})
