"""A notebook of the shipped case of real records, and its pages as a pack has them."""

import pytest
from pack_notebook import NAME, OTHER, TITLE, Tree, executed

from helpers import start
from helpers.pack import render
from helpers.pack.collect import collect


@pytest.fixture(scope="module")
def run():
    return start(case="coroners")


@pytest.fixture(scope="module")
def notebook(run):
    return executed(run)


@pytest.fixture(scope="module")
def made(notebook):
    return collect({NAME: notebook})


@pytest.fixture(scope="module")
def context(run, made):
    return render.context_for(
        run,
        block=run.block(),
        made=made,
        pages=[
            {"name": NAME, "title": TITLE, "question": "What share led to an inquest?"},
            {"name": OTHER, "title": "How long it took", "question": "How many days passed?"},
        ],
        verdicts={"agrees": 18, "differs, explained": 2, "cannot be computed, explained": 1},
        code={"version": "0.1.0", "revision": "0" * 40, "changed_files": 1},
    )


@pytest.fixture(scope="module")
def page(notebook, context):
    return render.page(notebook, name=NAME, context=context)


@pytest.fixture(scope="module")
def index(made, context):
    return render.index(context.pages, made.exhibits, context)


@pytest.fixture(scope="module")
def leaf(page):
    return Tree(page)
