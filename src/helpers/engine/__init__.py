"""Notebooks executed fast: a process that has only imported the libraries is forked for each.

Three quarters of the time of a fresh kernel go by while it imports. Here one process imports once
and does nothing else; each notebook gets a fork of it, in which the parts of an ordinary kernel run
its cells, so what comes out is the same, byte for byte. No process ever runs two notebooks: what a
notebook left behind in memory would be evidence of nothing.

- :mod:`helpers.engine.parent`: the process that imports, forks, and tells how each fork ended.
- :mod:`helpers.engine.child`: the fork, in which the cells of one notebook run.
- :mod:`helpers.engine.server`: the parent and its forks, as the process that asks for them sees it.
- :mod:`helpers.engine.engines`: the engines by which papermill executes a notebook.
- :mod:`helpers.engine.wire`: messages between these processes.
"""
