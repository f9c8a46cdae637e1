"""Two finished packs side by side: what changed under the numbers, then the numbers.

- :mod:`helpers.compare.packs`: read a pack, and say whether it is as it was made.
- :mod:`helpers.compare.grounds`: what differs in inputs, definitions, rules, plan, parameters,
  code and libraries.
- :mod:`helpers.compare.numbers`: every number of a pack, with what it must share with another.
- :mod:`helpers.compare.beside`: which numbers may be compared, and which rest on the same people.
- :mod:`helpers.compare.differences`: differences and ratios with their intervals.
- :mod:`helpers.compare.account`: the whole comparison as plain values.
- :mod:`helpers.compare.words`, :mod:`helpers.compare.page`: the same in sentences, and as a page.
- :mod:`helpers.compare.write`: its page, CSV and JSON, put in place when all are there.
"""
