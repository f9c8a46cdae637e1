"""From canonical tables to the frames that methods take: who is counted, out of whom, by what.

- :mod:`helpers.cohort.strata`: counts, ratios and compositions by year, region or area.
- :mod:`helpers.cohort.delays`: days between milestones.
- :mod:`helpers.cohort.replies`: replies to reports.
"""
