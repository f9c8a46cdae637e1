"""From canonical tables to the frames that methods take: who is counted, out of whom, by what.

- :mod:`helpers.cohort.strata`: counts, ratios and compositions by year, region or area.
- :mod:`helpers.cohort.steps`: from a death to its investigation.
- :mod:`helpers.cohort.definitions`: the headline under every other definition and denominator.
- :mod:`helpers.cohort.units`: teams or areas among those comparable with them.
- :mod:`helpers.cohort.exposed`: deaths against the person-years of the people cared for.
- :mod:`helpers.cohort.series`: counts and shares over time, rare events one by one.
- :mod:`helpers.cohort.watching`: what further charts, funnels and lists are made of.
- :mod:`helpers.cohort.completeness`: who knew of the deaths, on which list, how late.
- :mod:`helpers.cohort.holdings`: what a case holds and what may be asked of it.
- :mod:`helpers.cohort.delays`, :mod:`helpers.cohort.disorder`: days between milestones, and those
  that are in the wrong order.
- :mod:`helpers.cohort.stages`, :mod:`helpers.cohort.ends`: the way stage by stage, and its end.
- :mod:`helpers.cohort.waiting`: the plan and the records of the model of a stretch of time.
- :mod:`helpers.cohort.limits`: time limits in force, held against the records; the work list.
- :mod:`helpers.cohort.families`: how families were informed and involved.
- :mod:`helpers.cohort.backlog`, :mod:`helpers.cohort.bands`: what is open; times known in bands.
- :mod:`helpers.cohort.replies`: replies to reports.
- :mod:`helpers.cohort.reviewed`, :mod:`helpers.cohort.learning`: deaths and their reviews, by the
  quarter of the death and by that of the review; :mod:`helpers.cohort.quality_account`: what a
  Quality Account states of them.
- :mod:`helpers.cohort.factors`, :mod:`helpers.cohort.plans`, :mod:`helpers.cohort.sureness`: the
  records of the models, the plan beside what was run, and what the checks are made with.
- :mod:`helpers.cohort.samples`: samples of records for a review.
- :mod:`helpers.cohort.quality`, :mod:`helpers.cohort.oddities`: what was received, what was odd.
- :mod:`helpers.cohort.flow`: from the rows read to the deaths in scope, each exclusion counted.
- :mod:`helpers.cohort.linked`, :mod:`helpers.cohort.planted`: linkage, and planted faults caught.
- :mod:`helpers.cohort.crosschecks`: whether the tables agree with one another.
"""
