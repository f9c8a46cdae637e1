"""One fit of one library on one number of rows, in this process: seconds, memory, numbers.

    python tests/bench/bench_steps.py TASK LIBRARY ROWS LIMIT

prints one line of JSON. What is timed begins with the frame (or the file) and ends with the
estimates and their errors; making the data and importing libraries are not part of it, coding the
terms as numbers is. A process that passes LIMIT seconds ends itself.
"""

import json
import os
import re
import signal
import statistics
import sys
import tempfile
import time
import warnings
from pathlib import Path

import bench_data as made
import numpy as np
import pandas as pd

ONCE = 6.0
"""Seconds beyond which a call is not repeated."""


def _coefficients(fit):
    table = fit.coefficients
    names = [
        made.label(term, level)
        for term, level in zip(table["term"], table["level_name"], strict=True)
    ]
    return _numbers(names, table["estimate"], table["std_error"])


def _fitting(call):
    """A call whose fit is told by its coefficients, which takes no part of its time."""

    def run():
        fit = call()
        return lambda: _coefficients(fit)

    return run


def _numbers(names, estimate, error=None):
    told = {"estimate": dict(zip(names, map(float, estimate), strict=True))}
    if error is not None:
        told["std_error"] = dict(zip(names, map(float, error), strict=True))
    return told


# ---- Curves -------------------------------------------------------------------------------------


def km_suite(frame):
    """The product-limit curve of all deaths."""
    from helpers.methods.survival import kaplan_meier

    def run():
        curve = kaplan_meier(frame)
        return lambda: _numbers(_days(curve["time"]), curve["survival"], curve["std_error"])

    return run


def km_statsmodels(frame):
    """The same by statsmodels."""
    from statsmodels.duration.survfunc import SurvfuncRight

    def run():
        curve = SurvfuncRight(frame["days"], frame["observed"].astype(int))
        return lambda: _numbers(_days(curve.surv_times), curve.surv_prob, curve.surv_prob_se)

    return run


def km_lifelines(frame):
    """The same by lifelines."""
    from lifelines import KaplanMeierFitter

    def run():
        curve = KaplanMeierFitter().fit(frame["days"], frame["observed"]).survival_function_
        return lambda: _numbers(_days(curve.index), curve.iloc[:, 0])

    return run


def _days(times):
    return [str(int(round(time))) for time in times]


def aj_suite(frame):
    """The cumulative incidence of two ends."""
    from helpers.methods.competing import aalen_johansen

    def run():
        curve = aalen_johansen(frame, variance="greenwood")
        one = curve[curve["cause"].eq("investigated")]
        return lambda: _numbers(_days(one["time"]), one["value"], one["std_error"])

    return run


def aj_statsmodels(frame):
    """The same by statsmodels."""
    from statsmodels.duration.survfunc import CumIncidenceRight

    def run():
        number = frame["cause"].cat.codes.to_numpy().astype(int) + 1
        with np.errstate(all="ignore"):  # its variance divides by zero once nobody is left
            curve = CumIncidenceRight(frame["days"], number)
        return lambda: _numbers(_days(curve.times), curve.cinc[0], curve.cinc_se[0])

    return run


def aj_lifelines(frame):
    """The same by lifelines, which moves tied times apart at random."""
    from lifelines import AalenJohansenFitter

    def run():
        number = frame["cause"].cat.codes.to_numpy().astype(int) + 1
        curve = AalenJohansenFitter(seed=1).fit(frame["days"], number, event_of_interest=1)
        held = curve.cumulative_density_

        def told():
            days = np.arange(1, int(frame["days"].max()))
            at = np.searchsorted(held.index.to_numpy(), days + 0.5) - 1
            return _numbers(_days(days), held.iloc[:, 0].to_numpy()[at])

        return told

    return run


# ---- Cox ----------------------------------------------------------------------------------------


def _cox_suite(frame, ties):
    from helpers.methods.cox import cox

    return _fitting(lambda: cox(frame, terms=made.TERMS, ties=ties))


def _cox_statsmodels(frame, ties):
    from statsmodels.duration.hazard_regression import PHReg

    def run():
        wide = made.dummies(frame)
        fit = PHReg(frame["days"], wide, status=frame["observed"], ties=ties).fit()
        return lambda: _numbers(wide.columns, fit.params, fit.bse)

    return run


def cox_efron_lifelines(frame):
    """Cox by lifelines, Efron."""
    from lifelines import CoxPHFitter

    def run():
        wide = made.dummies(frame).assign(days=frame["days"], observed=frame["observed"])
        fit = CoxPHFitter().fit(wide, "days", "observed", fit_options={"precision": 1e-10})
        return lambda: _numbers(fit.params_.index, fit.params_, fit.standard_errors_)

    return run


# ---- Regression ---------------------------------------------------------------------------------


def logistic_suite(frame):
    """Logistic regression from the frame."""
    from helpers.methods.regression import logistic

    return _fitting(lambda: logistic(frame, outcome="seen", terms=made.TERMS))


def fit_suite(frame):
    """The fit alone, of patterns that were counted before."""
    from helpers.methods._design import Counts, build
    from helpers.methods._fitting import fitted

    counts = Counts(frame["seen"].to_numpy(float), None)
    design = build(frame, "seen", made.TERMS, None, counts=counts)
    return _fitting(lambda: fitted(design, "binomial", "none", 0.95, "odds_ratio"))


def _constant(wide):
    import statsmodels.api as sm

    return sm.add_constant(wide)


def _named(columns):
    return ["(intercept)" if name == "const" else name for name in columns]


def logistic_statsmodels(frame):
    """Logistic regression by statsmodels, Logit."""
    import statsmodels.api as sm

    def run():
        wide = _constant(made.dummies(frame))
        fit = sm.Logit(frame["seen"].to_numpy(float), wide).fit(disp=0, tol=1e-12)
        return lambda: _numbers(_named(wide.columns), fit.params, fit.bse)

    return run


def logistic_sklearn(frame):
    """Logistic regression by scikit-learn, which gives no errors."""
    from sklearn.linear_model import LogisticRegression

    def run():
        wide = made.dummies(frame)
        model = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-8)
        fit = model.fit(wide.to_numpy(), frame["seen"])
        names = ["(intercept)", *wide.columns]
        return lambda: _numbers(names, [*fit.intercept_, *fit.coef_[0]])

    return run


def poisson_suite(frame):
    """Poisson regression from the frame."""
    from helpers.methods.regression import poisson

    return _fitting(lambda: poisson(frame, numerator="seen", denominator="one", terms=made.TERMS))


def poisson_statsmodels(frame):
    """Poisson regression by statsmodels, GLM."""
    import statsmodels.api as sm

    def run():
        wide = _constant(made.dummies(frame))
        model = sm.GLM(frame["seen"].to_numpy(float), wide, family=sm.families.Poisson())
        fit = model.fit(tol=1e-12)
        return lambda: _numbers(_named(wide.columns), fit.params, fit.bse)

    return run


def firth_suite(frame):
    """Firth's penalty with errors that allow for clusters."""
    from helpers.methods.regression import logistic

    return _fitting(
        lambda: logistic(frame, outcome="seen", terms=made.TERMS, penalty="firth", cluster="trust")
    )


def firth_firthmodels(frame):
    """Firth's penalty by firthmodels, which knows no clusters: its errors are others."""
    from firthmodels import FirthLogisticRegression

    def run():
        wide = made.dummies(frame)
        fit = FirthLogisticRegression(gtol=1e-10).fit(wide.to_numpy(), frame["seen"].to_numpy())
        names = ["(intercept)", *wide.columns]
        return lambda: _numbers(names, [fit.intercept_, *fit.coef_])

    return run


# ---- Files --------------------------------------------------------------------------------------


def _strata(frame, keys, values):
    """One number by stratum."""
    names = frame[keys[0]].astype(str)
    for key in keys[1:]:
        names = names + "|" + frame[key].astype(str)
    return _numbers(names, frame[values])


def tally_suite(path):
    """Deaths by year, trust, age and sex."""
    from helpers.intake.tally import count

    def run():
        found = count(
            path,
            date="date_of_death",
            date_format="%d/%m/%Y",
            by=["trust", "age", "sex"],
            bands={"age": made.BANDS},
        )
        return lambda: _strata(found, ["year", "trust", "age", "sex"], "deaths")

    return run


def _read(path):
    return pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)


def _banded(age):
    from helpers.intake.tally_rules import band_names

    return np.array(band_names(made.BANDS))[np.searchsorted(made.BANDS, age, side="right") - 1]


def tally_pandas(path):
    """The same by pandas, its format of dates declared."""

    def run():
        raw = _read(path)
        day = pd.to_datetime(raw["date_of_death"], format="%d/%m/%Y")
        raw["year"] = day.dt.year - (day.dt.month < 4)
        raw["age"] = _banded(raw["age"])
        keys = ["year", "trust", "age", "sex"]
        found = raw.groupby(keys, as_index=False).size()
        return lambda: _strata(found, keys, "size")

    return run


def contacts_suite(path):
    """People in contact by trust, age, sex and month."""
    from helpers.intake.contacts import denominators

    def run():
        found = denominators(
            path,
            person="person",
            date="contact",
            date_format="%d/%m/%Y",
            born="born",
            by=["trust", "sex"],
        )
        return lambda: _strata(found, ["month", "trust", "age_band", "sex"], "people")

    return run


def contacts_pandas(path):
    """The same by pandas."""

    def run():
        raw = _read(path)
        day = pd.to_datetime(raw["contact"], format="%d/%m/%Y")
        born = pd.to_datetime(raw["born"], format="%d/%m/%Y")
        raw["month"] = day.dt.to_period("M").dt.start_time
        months = 12 * (day.dt.year - born.dt.year) + day.dt.month - born.dt.month
        raw["age_band"] = _banded(np.maximum(months - (born.dt.day > 1), 0) // 12)
        keys = ["month", "trust", "age_band", "sex"]
        once = raw[[*keys, "person"]].drop_duplicates()
        found = once.groupby(keys, as_index=False).size()
        return lambda: _strata(found, keys, "size")

    return run


TASKS = {
    "Kaplan-Meier": {
        "suite": km_suite, "statsmodels": km_statsmodels, "lifelines": km_lifelines,
    },
    "Aalen-Johansen": {
        "suite": aj_suite, "statsmodels": aj_statsmodels, "lifelines": aj_lifelines,
    },
    "Cox, Breslow": {
        "suite": lambda frame: _cox_suite(frame, "breslow"),
        "statsmodels": lambda frame: _cox_statsmodels(frame, "breslow"),
    },
    "Cox, Efron": {
        "suite": lambda frame: _cox_suite(frame, "efron"),
        "statsmodels": lambda frame: _cox_statsmodels(frame, "efron"),
        "lifelines": cox_efron_lifelines,
    },
    "logistic": {
        "suite": logistic_suite, "statsmodels": logistic_statsmodels,
        "scikit-learn": logistic_sklearn,
    },
    "logistic, the fit itself": {"suite": fit_suite},
    "Poisson": {"suite": poisson_suite, "statsmodels": poisson_statsmodels},
    "Firth, clustered errors": {"suite": firth_suite, "firthmodels": firth_firthmodels},
    "tally, CSV": {"suite": tally_suite, "pandas": tally_pandas},
    "tally, Parquet": {"suite": tally_suite, "pandas": tally_pandas},
    "contacts, CSV": {"suite": contacts_suite, "pandas": contacts_pandas},
    "contacts, Parquet": {"suite": contacts_suite, "pandas": contacts_pandas},
}  # fmt: skip
"""By task: what a library does; it is given the frame or the path of the file."""


def peak():
    """Greatest memory of this process in MiB since it was last told to forget; None elsewhere."""
    status = Path("/proc/self/status")
    if not status.exists():
        return None
    return int(re.search(r"VmHWM:\s+(\d+) kB", status.read_text())[1]) / 1024


def forget():
    """Let the peak begin anew, so that making the data is no part of it."""
    if os.access("/proc/self/clear_refs", os.W_OK):
        Path("/proc/self/clear_refs").write_text("5")


def timed(run, limit):
    """Run once, or three times where it is short; medians, and what was made."""
    walls, cores, told = [], [], None
    while len(walls) < (3 if not walls or walls[0] <= ONCE else 1):
        told = None  # what an earlier call keeps is not the memory of this one
        signal.alarm(limit)
        wall, core = time.perf_counter(), time.process_time()
        told = run()
        walls.append(time.perf_counter() - wall)
        cores.append(time.process_time() - core)
        signal.alarm(0)
    return statistics.median(walls), statistics.median(cores), len(walls), told


def main(task, library, rows, limit):
    """Do one step and say what came of it."""
    with warnings.catch_warnings(), tempfile.TemporaryDirectory() as folder:
        warnings.simplefilter("ignore")
        if task.partition(",")[0] in {"tally", "contacts"}:
            ending = ".csv" if task.endswith("CSV") else ".parquet"
            given = Path(folder) / f"synthetic{ending}"
            write = made.death_file if task.startswith("tally") else made.contact_file
            write(given, rows)
        else:
            given = made.deaths(rows)
        try:
            run = TASKS[task][library](given)
        except ModuleNotFoundError as error:
            return {"lacks": error.name}
        _warm(task, library)
        forget()
        before = peak()
        wall, core, times, told = timed(run, limit)
        most = peak()
        return {
            "seconds": wall, "cpu": core, "times": times, "peak": most, "before": before,
            "numbers": told(),
        }  # fmt: skip


def _warm(task, library):
    """Let the libraries load what they load at the first call."""
    if task.partition(",")[0] not in {"tally", "contacts"}:
        TASKS[task][library](made.deaths(2_000))()


if __name__ == "__main__":
    name, by, size, longest = sys.argv[1:]
    sys.stdout.write(json.dumps(main(name, by, int(size), int(longest))))
