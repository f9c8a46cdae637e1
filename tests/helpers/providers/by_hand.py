"""What tests of providers share: the indicator compared by, what a folder says, and a cell."""

from pathlib import Path

from helpers.providers.form import STRATA

ROOT = Path(__file__).parents[3]
INDICATOR = "inquests_opened_share"
ABOUT = """\
providers_version: 1
id: region
title: A region
data_status: real
publisher: a board
licence: none
profiles: [internal]
"""


def cell(service: str, age: str, sex: str) -> dict[str, str]:
    """What makes a row one of a cell."""
    return dict(zip(STRATA, (service, age, sex), strict=True))
