"""Intervals and figures made again from other counts than the run made them from.

A release shows protected counts; what rests on counts is made again from these, by the functions
that made it first. A pack itself is made from executed notebooks and computes nothing.

- :mod:`helpers.remake.intervals`: limits of shares.
- :mod:`helpers.remake.drawings`: figures of tables of counts and shares.
"""
