"""Missing data: how much, multiple imputation, and what if values are missing for a reason.

Rows with a missing value are left out of a model unless something is done. That costs precision
and, where values are missing more often for some people, answers another question. Multiple
imputation asks instead what the missing values may have been, given the outcome and everything
else that was recorded, and lets the limits say how little is known of them. It supposes that, given
what was recorded, a missing value is like the others ("missing at random"); `tilt` asks what
follows if it is not.

Functions
---------
missingness
    How many values of each column are missing, by outcome.
missing_patterns
    Which columns are missing together.
impute
    Several completed copies of a frame, by chained equations.
diagnostics
    Convergence of the chains, and imputed beside observed values.
fit_each
    A model fitted to each completed frame.
pool
    Rubin's rules: estimates with limits that allow for what is not known.
joint_test
    One test of several coefficients at once.
beside_complete
    The pooled estimates beside those of the rows without missing values.
tilt
    Pooled estimates for a range of departures from "missing at random".
tipping_point
    How far one would have to depart for an estimate or limit to reach none.
outcome_bounds
    The share with an outcome if all whose outcome is missing had it, or none.

The model is given as a function ``fit(frame)`` that returns the names of the coefficients, their
estimates and their covariance, so that any model can be pooled.

Examples
--------
>>> import numpy as np
>>> import pandas as pd
>>> from helpers.methods.regression import logistic
>>> random = np.random.default_rng(1)
>>> seen = pd.DataFrame({"male": random.integers(0, 2, 300), "ward": random.integers(0, 2, 300)})
>>> seen["late"] = (random.random(300) < 0.3 + 0.3 * seen["male"]).astype(int)
>>> seen["male"] = seen["male"].where(random.random(300) < 0.7)
>>> def model(frame):
...     fitted = logistic(frame, outcome="late", terms=["male", "ward"])
...     return fitted.covariance.index, fitted.estimate, fitted.covariance
>>> imputed = impute(seen, columns=["male", "ward"], outcome="late", imputations=5, seed=1)
>>> beside_complete(imputed, fit=model, df_complete=297)[["term", "denominator"]]
          term  denominator
0  (intercept)          193
1         male          193
2         ward          193
3  (intercept)          300
4         male          300
5         ward          300
"""

from ._impute import Imputed, impute
from ._impute_checks import Diagnostics, diagnostics
from ._missingness import missing_patterns, missingness
from ._pool import beside_complete, fit_each
from ._rubin import Fits, joint_test, pool
from ._tilt import outcome_bounds, tilt, tipping_point

__all__ = [
    "Diagnostics",
    "Fits",
    "Imputed",
    "beside_complete",
    "diagnostics",
    "fit_each",
    "impute",
    "joint_test",
    "missing_patterns",
    "missingness",
    "outcome_bounds",
    "pool",
    "tilt",
    "tipping_point",
]
