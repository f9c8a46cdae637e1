"""Providers made by hand, in memory or as a folder of data."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from by_hand import ABOUT, INDICATOR, ROOT

from helpers import start
from helpers.cohort.providers import Held
from helpers.providers.form import COLUMNS, MERGERS
from helpers.providers.matching import ids_of
from helpers.providers.mergers import put_together


@pytest.fixture(scope="session")
def run():
    """The shipped case of real records over two years; its definitions are those compared by."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("INQUIRY_HOME", str(ROOT))
        return start(case="coroners", period_start="2018-01-01", period_end="2019-12-31")


@pytest.fixture(scope="session")
def wanted(run) -> dict[str, str]:
    """The ids that a provider must share."""
    return ids_of(run.case, INDICATOR)


@pytest.fixture(scope="session")
def rows(wanted) -> Callable[..., pd.DataFrame]:
    """Give a function that makes rows: provider, year, numerator, denominator and what differs."""

    def make(*given: tuple[Any, ...]) -> pd.DataFrame:
        made = []
        for provider, year, over, under, *other in given:
            row = dict.fromkeys(COLUMNS, "") | wanted
            row |= {"provider": provider, "indicator": INDICATOR, "data_status": "real"}
            row |= {"period_start": f"{year}-01-01", "period_end": f"{year}-12-31"}
            row |= {"numerator": over, "denominator": under}
            for more in other:
                row |= more
            made.append(row)
        frame = pd.DataFrame(made, columns=COLUMNS)
        for name in ("period_start", "period_end"):
            frame[name] = pd.to_datetime(frame[name])
        return frame.astype({"numerator": "float64", "denominator": "float64"})

    return make


@pytest.fixture(scope="session")
def into() -> Callable[..., pd.DataFrame]:
    """Give a function that makes a map of mergers: predecessor, successor, day."""

    def make(*given: tuple[str, str, str]) -> pd.DataFrame:
        frame = pd.DataFrame([(*one, "made by hand") for one in given], columns=MERGERS)
        return frame.assign(date=pd.to_datetime(frame["date"]))

    return make


@pytest.fixture(scope="session")
def together() -> Callable[..., Held]:
    """Give a function that puts rows, mergers and a reference together as a notebook has them."""

    def make(
        rows: pd.DataFrame,
        mergers: pd.DataFrame | None = None,
        *,
        rule: str = "from_date",
        reference: pd.DataFrame | None = None,
    ) -> Held:
        none = pd.DataFrame(columns=MERGERS)
        mergers = none if mergers is None else mergers
        held = put_together(rows, mergers, rule=rule)
        every = sorted(set(rows["provider"]))
        against = pd.DataFrame() if reference is None else reference
        return Held(held, every, mergers, against, rule)

    return make


@pytest.fixture
def folder(tmp_path, monkeypatch, rows) -> Callable[..., Path]:
    """Give a function that writes a folder of providers into a copy of the project."""
    data = tmp_path / "data"
    (tmp_path / "notebooks").mkdir()
    shutil.copytree(ROOT / "data" / "coroners", data / "coroners")
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path))

    def write(frame: pd.DataFrame, *, about: str = ABOUT, **more: pd.DataFrame) -> Path:
        made = data / "region"
        made.mkdir(exist_ok=True)
        (made / "providers.yml").write_text(about, encoding="utf-8")
        frame = frame.assign(
            numerator=[f"{n:g}" if n == n else "" for n in frame["numerator"]],
            denominator=[f"{n:g}" if n == n else "" for n in frame["denominator"]],
        )
        frame.to_csv(made / "indicators.csv", index=False)
        for name, table in more.items():
            table.to_csv(made / f"{name}.csv", index=False)
        return made

    return write
