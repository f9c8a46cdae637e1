"""From canonical tables to the frames that methods take: who is counted, out of whom, by what.

- :mod:`helpers.cohort.strata`: counts, ratios and compositions by year, region or area.
- :mod:`helpers.cohort.delays`: days between milestones.
- :mod:`helpers.cohort.replies`: replies to reports.
- :mod:`helpers.cohort.quality`, :mod:`helpers.cohort.oddities`: what was received, what was odd.
- :mod:`helpers.cohort.flow`: from the rows read to the deaths in scope, each exclusion counted.
- :mod:`helpers.cohort.linked`, :mod:`helpers.cohort.planted`: linkage, and planted faults caught.
- :mod:`helpers.cohort.crosschecks`: whether the tables agree with one another.
"""
