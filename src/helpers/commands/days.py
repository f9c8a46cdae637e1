"""A day typed on the command line.

- :func:`day`: the day, or the reason why it is none.
"""

from __future__ import annotations

import argparse
import re
from datetime import date


def day(text: str) -> date:
    """Return the day of a text written YYYY-MM-DD.

    Parameters
    ----------
    text : str
        As it was typed.

    Raises
    ------
    ArgumentTypeError
        If it is written otherwise, or there is no such day.

    Examples
    --------
    >>> day("2016-02-29").isoformat()
    '2016-02-29'
    """
    if not re.fullmatch(r"\d{4}-\d\d-\d\d", text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a day written YYYY-MM-DD")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r}: there is no such day") from None
