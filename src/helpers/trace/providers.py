"""Which rows of a folder of providers the numbers of a comparison are made of.

- :func:`inputs`, :func:`joined`: the files that a run and its notebooks rest on, with hashes.
- :func:`beside`: the same of the folders of providers among some names of files.
- :func:`whole`: every row of the folder that is compared.
- :func:`one`: the rows of one provider; :func:`covered`: those of the coverage index.
- :func:`left_out`: providers that are not compared; :func:`outside`: those outside limits;
  :func:`known`: deaths known to all of them, out of those listed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import pandas as pd

from helpers.cohort import providers as cohort
from helpers.pack.collect import Collected
from helpers.providers import files
from helpers.providers.form import STRATA
from helpers.providers.matching import COVERAGE, coverage_ids
from helpers.run import Run
from helpers.trace.look import AT, Look
from helpers.trace.parts import ADDED, DENOMINATOR, NUMERATOR, UNITS, Part

Row = Mapping[str, Any]
PAGE = "5_benchmarking"


def inputs(run: Run, made: Collected) -> list[dict[str, Any]]:
    """Return the files that a run and its notebooks rest on, with their hashes.

    Parameters
    ----------
    run : Run
        The run.
    made : Collected
        The exhibits of its notebooks; one that compares providers rests on more files.

    Returns
    -------
    list of dict
        file, sha256, bytes; each file once.
    """
    return joined(run.extract.inputs.to_dict("records"), made)


def joined(given: list[dict[str, Any]], made: Collected) -> list[dict[str, Any]]:
    """Return inputs with those that lie beside the case, as notebooks that compare show them.

    Parameters
    ----------
    given : list of dict
        Inputs of the case: file, sha256, bytes.
    made : Collected
        The exhibits of its notebooks.

    Returns
    -------
    list of dict
        Each file once.
    """
    found = {item["file"]: item for item in given}
    for block in made.runs.values():
        for item in block["inputs"]:
            if item["file"].startswith("../"):  # beside the case: what it is compared with
                found.setdefault(item["file"], item)
    return list(found.values())


def beside(names: Iterable[str]) -> list[dict[str, Any]]:
    """Return the files of folders of providers among some names of files.

    Parameters
    ----------
    names : iterable of str
        Names as seen from the folder of a case.

    Examples
    --------
    >>> beside(["case.yml"])
    []
    """
    folders = dict.fromkeys(name.split("/")[1] for name in names if name.startswith("../"))
    return [item for name in folders for item in files.inputs(name)]


def _named(look: Look) -> str:
    given = (block["parameters"].get("providers") for block in look.made.runs.values())
    return next((name for name in given if name), files.OWN)


def _rows(look: Look) -> pd.DataFrame:
    """Return every row of the folder with its place; none where trusts of the case are compared."""

    def read() -> pd.DataFrame:
        name = _named(look)
        if name == files.OWN:
            return pd.DataFrame(columns=["provider", "indicator", *STRATA, AT])
        held = files.read(name).rows
        codes = look._places.of_file(f"../{name}/{files.ROWS}", held["source_row"].to_numpy())
        return held.assign(at=codes)

    return look.once("providers", read)


def whole(look: Look) -> tuple[str, Any]:
    """Return every row of the folder that is compared, in words and as rows.

    Parameters
    ----------
    look : Look
        The run.
    """
    if _named(look) == files.OWN or _held(look).why:
        return look._whole("case")
    return "Numbers of the providers", look.rows(_rows(look))


def _held(look: Look) -> cohort.Held:
    return look.once("providers held", lambda: cohort.held(look.run, _named(look)))


def _indicator(look: Look) -> str:
    return str(look.parameter(PAGE, "funnel_indicator"))


def _counted(look: Look, indicator: str, names: Iterable[str]) -> pd.DataFrame:
    """Return the rows about everybody for which some providers answer, with their place."""
    found = _held(look).rows
    mine = found["indicator"].eq(indicator) & found[STRATA].eq("").all(axis=1)
    mine &= found["provider"].isin(set(names))
    if "source_row" not in found:  # trusts of the case itself
        return found[mine]
    at = _rows(look).set_index("source_row")[AT]
    return found[mine].assign(at=lambda frame: frame["source_row"].map(at).astype("int64"))


def _pair(look: Look, indicator: str, names: Iterable[str], what: tuple[str, str]) -> list[Part]:
    rows = _counted(look, indicator, names)
    own = "source_row" not in rows
    place = look._whole("counts")[1] if own else look.rows(rows)
    return [
        Part(role, words, ADDED, place, float(rows[role].sum()), () if own else (role,))
        for role, words in zip((NUMERATOR, DENOMINATOR), what, strict=True)
    ]


def one(look: Look, row: Row) -> list[Part] | None:
    """Return the rows for which one provider answers.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With provider, numerator and denominator.
    """
    if row.get("numerator") is None or row.get("denominator") is None:
        return None
    item = look.run.case.indicator(_indicator(look))
    what = (f"{item.label}, counted", f"{item.label}, counted out of")
    return _pair(look, item.id, [row["provider"]], what)


def covered(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of the coverage index of one provider.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With provider.
    """
    what = ("Deaths known to the provider", "Deaths in the national list")
    return _pair(look, COVERAGE, [row["provider"]], what)


def known(look: Look, row: Row) -> list[Part] | None:
    """Return the rows of deaths known to all providers compared, out of those listed.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With numerator and denominator.
    """
    every = cohort.standing(look.run, _held(look), COVERAGE, wanted=coverage_ids())
    names = every.loc[every["compared"], "provider"]
    what = ("Deaths known to the providers", "Deaths in the national list")
    return _pair(look, COVERAGE, names, what)


def left_out(look: Look, row: Row) -> list[Part] | None:
    """Return the providers that are not compared, by name, out of all.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With numerator and denominator.
    """
    every = cohort.standing(look.run, _held(look), _indicator(look))
    without = every.loc[~every["compared"], "provider"].tolist()
    return _units(look, without, every["provider"].tolist(), "Providers not compared")


def outside(look: Look, row: Row) -> list[Part] | None:
    """Return the providers outside the wider limits, by name, out of those drawn.

    Parameters
    ----------
    look : Look
        The run.
    row : mapping
        With numerator and denominator.
    """
    placed = look.made.frame("providers.placed")
    drawn = placed[placed["z"].notna()]
    beyond = drawn["od_position"].astype("str").str.extract(r" ([\d.]+)% limit", expand=False)
    names = drawn.loc[beyond.astype("float64").ge(99.8), "provider"].tolist()
    what = "Providers outside the over-dispersed 99.8% limits"
    return _units(look, names, drawn["provider"].tolist(), what)


def _units(look: Look, some: list[str], every: list[str], what: str) -> list[Part]:
    rows = _rows(look)
    place = look._whole("counts")[1] if rows.empty else look.rows(rows)
    return [
        Part(NUMERATOR, what, UNITS, place, float(len(some)), names=tuple(some)),
        Part(DENOMINATOR, "Providers", UNITS, place, float(len(every)), names=tuple(every)),
    ]
