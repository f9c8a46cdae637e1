"""Many packs from one plan: each row in a process of its own, and nothing done twice.

- :mod:`helpers.batch.plan`: the plan as it is written.
- :mod:`helpers.batch.checking`: the plan, checked whole before anything runs.
- :mod:`helpers.batch.storage`: cases in another folder or in an object store.
- :mod:`helpers.batch.journal`: what became of each row; it outlives a kill.
- :mod:`helpers.batch.settle`: what a killed run left behind, and packs that stand already.
- :mod:`helpers.batch.child`: one row, carried out.
- :mod:`helpers.batch.runner`: rows on this machine, several at a time.
- :mod:`helpers.batch.dask_runner`: the same rows on the workers of a Dask scheduler.
- :mod:`helpers.batch.conduct`: a batch from its plan to its summary.
- :mod:`helpers.batch.summary`: the page and the table over all rows.
"""
