"""Where notebooks are run again, what they carry is compared too: see tests/notebooks/rerun.py."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / "tests" / "notebooks"))

pytest_plugins = ["rerun"]
