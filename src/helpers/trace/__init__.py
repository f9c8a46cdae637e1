"""From any number of a pack to its source: definition, code, files and rows.

- :mod:`helpers.trace.find`: the traces of a run, and every number that has none.
- :mod:`helpers.trace.document`: traces as ``traces.json`` of a pack, and that file read again.
- :mod:`helpers.trace.words`: a trace in plain lines.
- :mod:`helpers.trace.page`: the page ``traces.html`` of a pack.
- :mod:`helpers.trace.code`, :mod:`helpers.trace.functions`: notebook, cells and functions.
- :mod:`helpers.trace.look`, :mod:`helpers.trace.rows`: the rows of the files.
- :mod:`helpers.trace.families`: which rows the numbers of each exhibit are made of.
"""
