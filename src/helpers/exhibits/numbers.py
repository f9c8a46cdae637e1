"""Exhibit numbers: given once, the same in every run, whatever was run and whatever came out empty.

The numbers stand in ``exhibit_numbers.csv``, not in the order of the catalogue or of a pack. An
exhibit that is added gets a new line with the next number of its page; a line is never changed or
taken out, so a number that was quoted once leads to the same exhibit ever after.

- :func:`number`: the number of an exhibit, such as 1.4.
- :func:`label`: an exhibit as it is named in a text: Exhibit 1.4.
- :func:`page`: the notebook that shows it.
- :func:`unnumbered`: exhibits of the catalogue that have no number yet.
"""

from __future__ import annotations

import csv
import re
from functools import cache
from importlib import resources

from helpers.exhibits.words import catalogue


@cache
def _given() -> dict[str, str]:
    """Return the number of each exhibit, in the order of the file."""
    text = resources.files(__package__).joinpath("exhibit_numbers.csv").read_text(encoding="utf-8")
    found: dict[str, str] = {}
    for row in csv.DictReader(text.splitlines()):
        if row["exhibit"] in found or row["number"] in found.values():
            raise ValueError(
                f"exhibit_numbers.csv: {row['number']}, {row['exhibit']} is there twice"
            )
        found[row["exhibit"]] = row["number"]
    return found


def number(exhibit_id: str) -> str:
    """Return the number of an exhibit; of one that has none, its id, which never changes either.

    Parameters
    ----------
    exhibit_id : str
        Id of the exhibit.

    Returns
    -------
    str
        Page and place on it, such as 1.4 or 2b.11.

    Examples
    --------
    >>> number("rates.chain"), number("limits.shares"), number("mine.first")
    ('1.2', '2b.15', 'mine.first')
    """
    return _given().get(exhibit_id, exhibit_id)


def label(exhibit_id: str) -> str:
    """Return an exhibit as it is named in a text.

    Parameters
    ----------
    exhibit_id : str
        Id of the exhibit.

    Returns
    -------
    str
        The word Exhibit and its number.

    Examples
    --------
    >>> label("rates.chain")
    'Exhibit 1.2'
    """
    return f"Exhibit {number(exhibit_id)}"


@cache
def _homes() -> dict[str, str]:
    """Return the notebook of each exhibit: the file of the catalogue that describes it."""
    folder = resources.files(__package__).joinpath("catalogue")
    return {
        exhibit: file.name.removesuffix(".yml")
        for file in folder.iterdir()
        for exhibit in re.findall(r"^([a-z0-9_.]+):", file.read_text(encoding="utf-8"), re.M)
    }


def page(exhibit_id: str) -> str:
    """Return the notebook that shows an exhibit of the catalogue.

    Parameters
    ----------
    exhibit_id : str
        Id of the exhibit.

    Returns
    -------
    str
        Name of the notebook; empty for an exhibit that is not in the catalogue.

    Examples
    --------
    >>> page("limits.shares"), page("mine.first")
    ('2b_time_limits', '')
    """
    return _homes().get(exhibit_id, "")


def unnumbered() -> list[str]:
    """Return the exhibits of the catalogue that have no number yet.

    Returns
    -------
    list of str
        Ids; each needs a line at the end of ``exhibit_numbers.csv``.

    Examples
    --------
    >>> unnumbered()
    []
    """
    return [exhibit for exhibit in catalogue() if exhibit not in _given()]
