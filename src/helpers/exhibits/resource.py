"""Frames as Frictionless tabular data resources and back, in full precision.

The rows travel as CSV text inside the resource: compact in a notebook, and the same bytes as the
file of the pack.

- :func:`from_frame`: a frame as a JSON-ready resource.
- :func:`to_frame`: the frame of a resource.
- :func:`is_empty`: whether a resource has no rows.
"""

from __future__ import annotations

import io
from functools import lru_cache
from typing import Any

import pandas as pd


def _type(values: pd.Series) -> str:
    if pd.api.types.is_bool_dtype(values):
        return "boolean"
    if pd.api.types.is_integer_dtype(values):
        return "integer"
    if pd.api.types.is_float_dtype(values):
        return "number"
    if pd.api.types.is_datetime64_any_dtype(values):
        return "date"
    return "string"


def from_frame(name: str, frame: pd.DataFrame) -> dict[str, Any]:
    r"""Return a frame as a tabular data resource; missing values are empty cells.

    Floats are written with the fewest digits that give the same number back.

    Parameters
    ----------
    name : str
        Name of the resource, such as the id of an exhibit.
    frame : DataFrame
        Its index is left out.

    Returns
    -------
    dict
        A Frictionless tabular data resource; ``data`` is the CSV text.

    Examples
    --------
    >>> from_frame("a", pd.DataFrame({"n": [1, 2]}))["data"]
    'n\n1\n2\n'
    """
    fields = [{"name": str(column), "type": _type(frame[column])} for column in frame]
    return {
        "profile": "tabular-data-resource",
        "name": name.replace("_", "-"),
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": {"fields": fields, "missingValues": [""]},
        "data": frame.to_csv(index=False, lineterminator="\n", date_format="%Y-%m-%d"),
    }


def to_frame(resource: dict[str, Any]) -> pd.DataFrame:
    """Return the frame of a resource that :func:`from_frame` made.

    Parameters
    ----------
    resource : dict
        As :func:`from_frame` returns it.

    Returns
    -------
    DataFrame
        Types as the schema says; an empty cell is missing.

    Examples
    --------
    >>> to_frame(from_frame("a", pd.DataFrame({"n": [1, 2]})))["n"].tolist()
    [1, 2]
    """
    fields = resource["schema"]["fields"]
    if not fields:
        return pd.DataFrame()
    return _read(resource["data"], tuple((one["name"], one["type"]) for one in fields)).copy()


@lru_cache(maxsize=256)
def _read(text: str, fields: tuple[tuple[str, str], ...]) -> pd.DataFrame:
    """Return a frame that is read once, for a pack asks for each several times; never changed."""
    kinds = {"integer": "Int64", "number": "float64", "boolean": "boolean"}
    return pd.read_csv(
        io.StringIO(text),
        dtype={name: kinds.get(kind, "str") for name, kind in fields},
        keep_default_na=False,
        na_values=[""],
        lineterminator="\n",
    )


def is_empty(resource: dict[str, Any]) -> bool:
    """Return whether a resource has no rows.

    Parameters
    ----------
    resource : dict
        As :func:`from_frame` returns it.

    Returns
    -------
    bool
        True where there is a header at most.

    Examples
    --------
    >>> is_empty(from_frame("a", pd.DataFrame({"n": []})))
    True
    """
    return resource["data"].count("\n") < 2
