"""Periods that are registered after the first: configuration only, no notebook and no code edited.

A registered period is the folder ``data/CASE/periods/NAME/``: the raw new files, copied unchanged,
and ``period.yml``, which says what of the case's ``case.yml`` is different for them. ``CASE/NAME``
is then a case like any other: notebooks are given it as their parameter ``case``.

- :mod:`helpers.periods.overlay`: the case with a period laid over it.
- :mod:`helpers.periods.spans`: names and days of periods.
- :mod:`helpers.periods.matching`: which source of the case a new file is, by its headers.
- :mod:`helpers.periods.drafting`, :mod:`helpers.periods.probing`: what is new in it.
- :mod:`helpers.periods.volumes`: months out of line with the last period.
- :mod:`helpers.periods.registering`: all of this together: ``inquiry new-period``.
- :mod:`helpers.periods.rows`: which rows came, went or changed between two extracts.
- :mod:`helpers.periods.frozen`, :mod:`helpers.periods.restating`: the figures of the previous
  period, frozen, and why they come out otherwise from a later extract: ``inquiry restate``.

**Records that a period cuts through.** A death belongs to the period in which its day of death
lies, first and last day included, whenever it was registered, reported or investigated; so do the
incidents that are linked to it, whatever their own day. An incident that is linked to no death
belongs by its own day. A row of the national list belongs by the day of death. Counts of a year
are used where the whole year lies in the period, and person-years with them. A period that holds no
whole year, such as a quarter, counts the people of its own days where the case has a row a death;
its year is then named as part of one, and there are no person-years for it. What had not
ended by the day of the extract (not by the end of the period) is counted as open, and its time as
censored on that day. So deaths late in a period had less time to be reported and investigated:
two periods are comparable where both extracts were taken as long after the end of the period.

**Cumulative and incremental extracts.** A cumulative extract holds all history again: earlier
periods can be recomputed from it (``restate``), and incidents are linked to deaths of any day. An
incremental extract holds the new period only: earlier periods cannot be recomputed from it, and an
incident of the new period about an earlier death is linked to nobody and counted by its own day.
"""
