"""Rules and definitions as data, each with its source, to be changed without code.

- :mod:`helpers.rules.definitions`: denominators, definitions of unexpected, national changes,
  crosswalks.
- :mod:`helpers.rules.populations`: populations that rates are standardised to.
"""
