"""How property tests draw their examples, everywhere the same.

Every machine draws the same examples, and a slow machine fails nothing. More can be asked for:
``INQUIRY_EXAMPLES=500 make test``.
"""

import os

from hypothesis import settings

settings.register_profile(
    "suite",
    derandomize=True,
    deadline=None,
    max_examples=int(os.environ.get("INQUIRY_EXAMPLES", "30")),
)
settings.load_profile("suite")
