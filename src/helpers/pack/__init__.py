"""The evidence pack: notebooks executed, their exhibits collected, pages written, all hashed.

- :mod:`helpers.pack.execute`: one notebook by papermill, with progress and a plain failure.
- :mod:`helpers.pack.normalise`: executed notebooks without what differs from run to run.
- :mod:`helpers.pack.collect`: the exhibits that executed notebooks carry.
- :mod:`helpers.pack.render`: pages for readers; made of :mod:`helpers.pack.context` (what they say
  beyond the notebooks), :mod:`helpers.pack.outputs` (what a cell shows), :mod:`helpers.pack.front`
  (findings first), :mod:`helpers.pack.matrix` (terms of reference), :mod:`helpers.pack.glossary`.
- :mod:`helpers.pack.write`: the files of a pack.
- :mod:`helpers.pack.manifest`: hashes, parameters, revision and environment.
- :mod:`helpers.pack.crate`: the same as an RO-Crate, for other programs.
- :mod:`helpers.pack.versions`, :mod:`helpers.pack.history`: versions of a pack, and the ledger.
- :mod:`helpers.pack.settling`: a pack that was in place when its run was killed.
- :mod:`helpers.pack.corrections`: what changed since the version before.
- :mod:`helpers.pack.planning`: the plan of a run; :mod:`helpers.pack.reuse`: what was done before.
- :mod:`helpers.pack.build`: a whole pack, put in place only when everything has succeeded.
- :mod:`helpers.pack.verify`, :mod:`helpers.pack.signing`: is a pack as it was made, and by whom?
- :mod:`helpers.pack.refresh`: the committed notebooks executed again, with a numeric difference.
"""

from helpers.sparing import spare_grammar

spare_grammar()  # before any module of this package imports nbformat
