"""Figures of several providers, one CSV file, so that like is compared with like and nothing else.

A folder of ``data/`` without a ``case.yml`` holds them: ``providers.yml`` says what they are,
``indicators.csv`` has a row for each provider, indicator and period, and for each cell of service,
age band and sex where cells are held; ``mergers.csv`` says which organisation went into which, and
``reference.csv`` what the cells are held against, if either is there.

- :mod:`helpers.providers.form`: the columns, what ``providers.yml`` may say, and the checks.
- :mod:`helpers.providers.files`: a folder read and checked; the hashes of its files.
- :mod:`helpers.providers.mergers`: numbers of predecessors put to their successors.
- :mod:`helpers.providers.matching`: which providers count by the same definitions.
- :mod:`helpers.providers.example`: a SYNTHETIC folder, made from a seed.

What a notebook calls is :mod:`helpers.cohort.providers`; finished packs become such a folder by
:mod:`helpers.pack.gather`.
"""
