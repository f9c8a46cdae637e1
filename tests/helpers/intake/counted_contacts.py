"""Files of contacts and referrals as the tests of denominators write and count them."""

import csv
import io
from collections import Counter
from datetime import date

from helpers.intake.contacts import denominators

UK = "%d/%m/%Y"
BANDS = [0, 18, 65]
COVERED = date(2012, 4, 1), date(2013, 3, 31)
HEADERS = ["NHS no", "From", "To", "Born", 'Trust "A"; é', "Sex", "Notes"]
BY = {"trust": 'Trust "A"; é', "sex": "Sex"}


def csv_bytes(rows, *, headers=HEADERS, encoding="utf-8", end="\n"):
    """Write rows as a CSV file."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator=end)
    writer.writerows([headers, *rows])
    return text.getvalue().encode(encoding)


def contacts(path, **more):
    """Count the contacts of these tests."""
    asked = {
        "person": "NHS no", "date": "From", "date_format": UK, "born": "Born", "bands": BANDS,
        "by": BY, "coverage": COVERED, "memory_limit": "600MB", "threads": 1,
    }  # fmt: skip
    return denominators(path, **(asked | more))


def referrals(path, **more):
    """Count the referrals of these tests."""
    return contacts(path, **({"date": None, "start": "From", "end": "To"} | more))


def fates(made):
    """Rows by reason."""
    found = Counter()
    for one in made.attrs["accounts"]:
        found[one["reason"]] += one["rows"]
    return found
