"""Commands of ``inquiry`` that are about a pack, one module each.

A module has ``register(commands)``, which adds its parsers, and ``run(arguments)``, which returns
the exit status; :mod:`helpers.cli` calls both.

- :mod:`helpers.commands.verify`: is a pack as it was made, and does it come out the same again?
- :mod:`helpers.commands.sign`: a key pair; a signature over a pack.
- :mod:`helpers.commands.trace`: from a number to its source.
- :mod:`helpers.commands.compare`: two packs side by side.
- :mod:`helpers.commands.release`: a separate pack that may leave.
- :mod:`helpers.commands.telling`: lines on standard output, progress on standard error.
"""
