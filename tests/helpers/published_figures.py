"""Rows of published figures for tests: one that agrees, and what is not as in it.

- :data:`FIELDS`: the columns; :func:`line`: one row as text.
- :func:`extra`: the reconciliation of a row that is added to the small case.
"""

from helpers import start
from helpers.reconciliation import reconcile
from helpers.tables import TABLES

FIELDS = TABLES["published"].names


def line(**values):
    """A row of published figures; what is not given is that of a figure that agrees."""
    row = {
        "figure_id": "extra",
        "statement": "deaths reported in 2019",
        "measure": "reported",
        "statistic": "total",
        "period_start": "2019-01-01",
        "period_end": "2019-12-31",
        "value": "380",
        "rounded_to": "1",
        "source": "Nobody",
        "status": "primary seen",
    }
    row |= values
    return ",".join(str(row.get(field, "")) for field in FIELDS)


def extra(project, **values):
    """Add a figure to the small case and return its row of the reconciliation."""
    project.add("published.csv", line(**values))
    return reconcile(start(case="small")).set_index("figure_id").loc["extra"]
