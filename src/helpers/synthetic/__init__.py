"""Synthetic cases with known truth: what a trust would send about people who never lived.

A method, a rule of cleaning or a linkage can only be trusted where the right answer is known. Here
it is: each case comes with the faults that were planted, who each row is about, and the laws that
decided who was reported and investigated, and when.

- :func:`synthesise`: write a complete case, of any size, from a seed; :class:`Synthetic` says
  what was written.
- :func:`people`: only the people, with the truth, for trying a method on many seeds.
- :func:`decisions`: what a clerk who knew the truth would decide about pairs of records;
  :func:`answer` writes that into the file of decisions of the case.
- :func:`read`: a file of the truth.
- :mod:`helpers.synthetic.names`, :mod:`helpers.synthetic.people`,
  :mod:`helpers.synthetic.delays`: identifiers, the chain from death to investigation, milestones.
- :mod:`helpers.synthetic.records`, :mod:`helpers.synthetic.cells`, :mod:`helpers.synthetic.dirt`,
  :mod:`helpers.synthetic.extracts`: true rows, the words of each system, faults, files.
- :mod:`helpers.synthetic.casefiles`, :mod:`helpers.synthetic.caseyml`,
  :mod:`helpers.synthetic.truth`, :mod:`helpers.synthetic.planter`,
  :mod:`helpers.synthetic.writer`, :mod:`helpers.synthetic.make`: the case, its truth, and all of
  it together.
"""

from helpers.synthetic.make import Synthetic, answer, people, synthesise
from helpers.synthetic.truth import decisions, read

__all__ = ["Synthetic", "answer", "decisions", "people", "read", "synthesise"]
