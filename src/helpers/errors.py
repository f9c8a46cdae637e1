"""What goes wrong with the input, said so that a person can mend it.

- :class:`Problem`: one thing that is wrong: what, where, how to mend it.
- :class:`InputError`: one or more problems; the command line prints a line each and exits with 2.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One thing wrong with the input.

    Parameters
    ----------
    what : str
        What is wrong, as a plain sentence without a full stop.
    where : str
        File, sheet, row and column, or the name of the parameter.
    mend : str
        What a person can do about it.

    Examples
    --------
    >>> str(Problem("the file is empty", "deaths.csv", "Ask for the extract again."))
    'deaths.csv: the file is empty. Ask for the extract again.'
    """

    what: str
    where: str
    mend: str

    def __str__(self) -> str:
        """Return the problem as one line."""
        return " ".join(f"{self.where}: {self.what}. {self.mend}".split())


class InputError(Exception):
    """The input cannot be used as it is.

    Parameters
    ----------
    problems : iterable of Problem
        Every problem found, not only the first.

    Examples
    --------
    >>> files = ("a.csv", "b.csv")
    >>> found = [Problem("the file is empty", name, "Ask for it again.") for name in files]
    >>> print(InputError(found))
    a.csv: the file is empty. Ask for it again.
    b.csv: the file is empty. Ask for it again.
    """

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = list(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))

    @classmethod
    def one(cls, what: str, where: str, mend: str) -> InputError:
        """Return an error with a single problem.

        Parameters
        ----------
        what, where, mend : str
            As for :class:`Problem`.

        Returns
        -------
        InputError
            The error, to be raised.

        Examples
        --------
        >>> error = InputError.one("the file is empty", "deaths.csv", "Ask for it again.")
        >>> error.problems[0].mend
        'Ask for it again.'
        """
        return cls([Problem(what, where, mend)])
