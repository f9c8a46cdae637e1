"""Rules and definitions as data, each with its source, to be changed without code.

- :mod:`helpers.rules.definitions`: denominators, definitions of unexpected, national changes,
  crosswalks.
- :mod:`helpers.rules.populations`: populations that rates are standardised to.
- :mod:`helpers.rules.working_days`: the working days of England and Wales.
- :mod:`helpers.rules.time_limits`: time limits by the date on which they were in force.
- :mod:`helpers.rules.quality_account`: what a Quality Account and a dashboard of deaths ask.
- :mod:`helpers.rules.versions`: the hashes of all of these, and the span of the calendar.
"""
