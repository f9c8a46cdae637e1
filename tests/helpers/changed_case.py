"""A case changed as data, and the problems for which it is refused."""

import pytest
import yaml

import helpers
from helpers import case
from helpers.errors import InputError


def refused(name="small"):
    with pytest.raises(InputError) as error:
        case.load(name)
    problems = error.value.problems
    assert all(len(str(problem).splitlines()) == 1 for problem in problems)
    return problems


def rewrite(project, change):
    """Change case.yml as data."""
    path = project.folder / "case.yml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8"))
    change(raw)
    path.write_text(yaml.safe_dump(raw), encoding="utf-8")


def not_started():
    """Problems for which the small case does not start, each in one line with its mend."""
    with pytest.raises(InputError) as error:
        helpers.start(case="small")
    assert all(len(str(one).splitlines()) == 1 and one.mend for one in error.value.problems)
    return [(one.what, one.where) for one in error.value.problems]
