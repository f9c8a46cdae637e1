"""Access to the reference comparisons."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from cox_rows import CASE

from helpers.methods.regression import RegressionFit, logistic

CENTRED = ["age", "male", "setting", "yc"]
REFERENCE = Path(__file__).parents[1] / "reference"


@pytest.fixture
def reference() -> Callable[[str, str], pd.DataFrame]:
    """Read one table of a reference comparison; provider codes stay text."""

    def read(case: str, table: str) -> pd.DataFrame:
        return pd.read_csv(REFERENCE / case / f"{table}.csv", dtype={"provnum": str, "group": str})

    return read


@pytest.fixture
def deaths(reference) -> pd.DataFrame:
    """Read the simulated deaths of reference 28, of patients of 14 trusts."""
    return reference("28_clustered_logistic", "input")


@pytest.fixture
def plain(deaths) -> RegressionFit:
    """Fit reference 28 without clusters."""
    return logistic(deaths, outcome="investigated", terms=CENTRED)


@pytest.fixture
def clustered(deaths) -> RegressionFit:
    """Fit reference 28 with trusts as clusters."""
    return logistic(deaths, outcome="investigated", terms=CENTRED, cluster="trust")


@pytest.fixture
def lung(reference) -> pd.DataFrame:
    """Read the input of reference 20; tests of survival and of log-rank have one of their own."""
    rows = reference(CASE, "input")
    return rows.assign(days=rows["time"], observed=rows["status"] == 2)


@pytest.fixture
def as_records() -> Callable[[RegressionFit], tuple[np.ndarray, np.ndarray, np.ndarray | None]]:
    """Write the patterns of a fit out as records again: design, outcome and cluster of each."""

    def expand(fit: RegressionFit) -> tuple[np.ndarray, np.ndarray, np.ndarray | None]:
        design = fit.design
        events, trials = design.events.astype(int), design.trials.astype(int)
        at = np.repeat(np.arange(trials.size), trials)
        place = np.arange(at.size) - np.repeat(np.cumsum(trials) - trials, trials)
        outcome = (place < events[at]).astype(float)
        return design.matrix[at], outcome, None if design.cluster is None else design.cluster[at]

    return expand
