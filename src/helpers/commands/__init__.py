"""Commands of ``inquiry``, one module each.

A module has ``register(commands)``, which adds its parsers, and ``run(arguments)``, which returns
the exit status; :mod:`helpers.cli` calls both.

- :mod:`helpers.commands.run`: the notebooks on a case, and its pack.
- :mod:`helpers.commands.new_case`, :mod:`helpers.commands.synthesise`: a case, drafted or made up.
- :mod:`helpers.commands.clerical`: the pairs of records that a person must decide on.
- :mod:`helpers.commands.fix_plan`: the hash of a plan of models, on record.
- :mod:`helpers.commands.listing`: what there is to run, and what can be set.
- :mod:`helpers.commands.new_period`, :mod:`helpers.commands.synthesise_period`: a further period.
- :mod:`helpers.commands.restate`: the figures of the last period from the extracts of this one.
- :mod:`helpers.commands.verify`: is a pack as it was made, and does it come out the same again?
- :mod:`helpers.commands.sign`: a key pair; a signature over a pack.
- :mod:`helpers.commands.trace`: from a number to its source.
- :mod:`helpers.commands.compare`: two packs side by side.
- :mod:`helpers.commands.release`: a separate pack that may leave.
- :mod:`helpers.commands.batch`, :mod:`helpers.commands.gather`: many packs; what they say together.
- :mod:`helpers.commands.refresh`: the committed notebooks, executed again.
- :mod:`helpers.commands.telling`: lines on standard output, progress on standard error.
- :mod:`helpers.commands.days`: a day typed on the command line.
"""
