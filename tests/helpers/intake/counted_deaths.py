"""Files of deaths as the tests of a tally write and count them."""

import csv
import io
from collections import Counter

from helpers.intake.tally import count

UK = "%d/%m/%Y"
BANDS = [0, 18, 65]
HEADERS = ["Hospital no", "Date of death", 'Trust "A"; é', "Age", "Sex", "Notes", "Category"]
COLUMNS = {"area": 'Trust "A"; é', "age_band": "Age", "sex": "Sex"}


def csv_bytes(rows, *, headers=HEADERS, encoding="utf-8", end="\n", quoting=csv.QUOTE_MINIMAL):
    """Write rows as a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end, quoting=quoting)
    writer.writerows([headers, *rows])
    return text.getvalue().encode(encoding)


def counted(path, **more):
    """Count the columns of these tests."""
    asked = {
        "date": "Date of death",
        "date_format": UK,
        "by": COLUMNS,
        "bands": {"age_band": BANDS},
        "measures": {"deaths": {}, "unexpected": {"Category": ["U", "unexpected"]}},
    }
    return count(path, **(asked | more))


def fates(frame):
    """Add up the accounts by reason."""
    told = Counter()
    for one in frame.attrs["accounts"]:
        told[one["reason"]] += one["rows"]
    return dict(told)
