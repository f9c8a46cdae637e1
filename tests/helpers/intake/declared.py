"""An extract of deaths as a case declares it, and a case of which only the folder is asked."""

from pathlib import Path

from helpers.sourcefile import Source


class Folder:
    """A case of which only the folder is asked."""

    def __init__(self, folder):
        self.folder = Path(folder)

    def path(self, name):
        return self.folder / name


def extract(file, **changed):
    """Return the declaration, with what is said of it instead."""
    entries = {
        "id": "pas",
        "title": "Patients",
        "publisher": "A trust",
        "licence": "none",
        "file": file,
        "layout": "extract",
        "table": "deaths",
        "coverage": {"start": "2011-04-01", "end": "2015-03-31"},
        "fields": {"local_id": {"from": "Ref"}, "sex": {"from": "Gender"}},
        "quarantined": ["Notes"],
    }
    return Source.model_validate(entries | changed)
