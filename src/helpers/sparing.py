"""What is not worth the time that it takes to import.

- :func:`spare_grammar`: of the library that checks notebooks, a grammar of internet addresses.
"""

from __future__ import annotations

import sys


def spare_grammar() -> None:
    """Keep jsonschema from compiling a grammar; called before nbformat is imported.

    jsonschema, by which nbformat checks notebooks, compiles a grammar of internationalised
    addresses when it is imported: one to two seconds, for a format that no notebook uses. Without
    the package it leaves that one format unchecked.
    """
    sys.modules.setdefault("rfc3987_syntax", None)  # type: ignore[arg-type]
