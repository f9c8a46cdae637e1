"""How long millions of deaths take to become counts, and how much memory: run it by hand.

    .venv/bin/python tests/bench/speed_tally.py [--rows 6000000] [--folder FOLDER]

It makes a file of SYNTHETIC deaths (CSV in UTF-8 and Windows-1252; Parquet) in a temporary
folder, counts each by year, trust, service, age band and sex in a fresh process, three times, and
holds every count against a group-by in Arrow. "count" is the call in a
process that has imported the suite; "process" is everything from the
start of Python to its end; "SHA-256" is the hash that a run records, which is not part of the call.
pytest does not collect it.
"""

import argparse
import hashlib
import json
import os
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median

REPEATS = 3
SEED = 20_260_401
BANDS = [0, 18, 25, 35, 45, 55, 65, 75, 85]
STEPS = {
    "CSV, UTF-8": ("synthetic.csv", "utf-8"),
    "CSV, Windows-1252": ("synthetic_1252.csv", "windows-1252"),
    "Parquet, days as days": ("synthetic_days.parquet", "utf-8"),
    "Parquet, days as text": ("synthetic.parquet", "utf-8"),
}
GOALS = {"CSV, UTF-8": 4.0, "Parquet, days as days": 1.0}
MEMORY = 500


def make(folder, rows):
    """Write the synthetic deaths as all three files."""
    import numpy as np
    import pandas as pd
    import pyarrow as pa
    from pyarrow import compute as pc
    from pyarrow import csv, parquet

    random = np.random.default_rng(SEED)

    def drawn(values):
        at = pa.array(random.integers(0, len(values), rows, dtype=np.int32))
        return pa.DictionaryArray.from_arrays(at, pa.array(values)).cast(pa.string())

    days = pd.date_range("2011-04-01", "2022-03-31").strftime("%d/%m/%Y").tolist()
    table = pa.table(
        {
            "reference": pa.array(np.arange(rows)),
            "date_of_death": drawn(days),
            "date_reported": drawn(days),
            "trust": drawn([f"SYNTHETIC trust {n:02d}" for n in range(50)]),
            "service": drawn(["Adult", "Older", "Learning disability", "Child", "Forensic"]),
            "age": pa.array(random.integers(0, 105, rows)),
            "sex": drawn(["Female", "Male"]),
            "category": drawn(["Expected", "Unexpected"]),
        }
    )
    csv.write_csv(table, folder / "synthetic.csv")
    os.link(folder / "synthetic.csv", folder / "synthetic_1252.csv")  # all its text is ASCII
    parquet.write_table(table, folder / "synthetic.parquet", compression="zstd")
    read = pc.strptime(table["date_of_death"], "%d/%m/%Y", "s").cast(pa.date32())
    table = table.set_column(table.column_names.index("date_of_death"), "date_of_death", read)
    parquet.write_table(table, folder / "synthetic_days.parquet", compression="zstd")


def ask(path, encoding):
    """Count one file: the call that is measured."""
    from helpers.intake.tally import count

    return count(
        path,
        date="date_of_death",
        date_format="%d/%m/%Y",
        by={"trust": "trust", "service": "service", "age_band": "age", "sex": "sex"},
        bands={"age_band": BANDS},
        measures={"deaths": {}, "unexpected": {"category": ["Unexpected"]}},
        encoding=encoding,
    )


def step(path, encoding):
    """Count one file in this process; say seconds, peak memory and a hash of the counts."""
    import helpers.intake.tally  # noqa: F401 - its imports are in the time of the process

    started = time.perf_counter()
    made = ask(path, encoding)
    seconds = time.perf_counter() - started
    # Not ru_maxrss: a child starts with that of its parent, which made the files.
    status = Path("/proc/self/status").read_text()
    peak = int(re.search(r"VmHWM:\s+(\d+) kB", status)[1]) / 1024
    text = made.to_csv(index=False, lineterminator="\n").encode()
    told = {"count": seconds, "peak": peak, "hash": hashlib.sha256(text).hexdigest()}
    sys.stdout.write(json.dumps(told))


def wanted(folder):
    """Count the same by pandas and Arrow, from the Parquet file; give a hash of the counts."""
    import pandas as pd
    from pyarrow import parquet

    from helpers.intake.tally_rules import band_names

    columns = ["date_of_death", "trust", "service", "age", "sex", "category"]
    frame = parquet.read_table(folder / "synthetic.parquet", columns=columns).to_pandas(
        strings_to_categorical=True
    )
    days = frame["date_of_death"].cat.categories
    parsed = pd.to_datetime(days, format="%d/%m/%Y")
    years = parsed.year - (parsed.month < 4)
    edges = [*BANDS, 120]
    table = pd.DataFrame(
        {
            "year": years.to_numpy()[frame["date_of_death"].cat.codes],
            "trust": frame["trust"],
            "service": frame["service"],
            "age_band": pd.cut(frame["age"], edges, right=False, labels=band_names(BANDS)),
            "sex": frame["sex"],
            "deaths": 1,
            "unexpected": frame["category"].eq("Unexpected").astype("int64"),
        }
    )
    keys = ["year", "trust", "service", "age_band", "sex"]
    made = table.groupby(keys, observed=True).sum().reset_index()
    made = made.astype(dict.fromkeys(keys[1:], "str")).sort_values(keys, kind="stable")
    return hashlib.sha256(made.to_csv(index=False, lineterminator="\n").encode()).hexdigest()


def measured(path, encoding):
    """Count one file in a fresh process and time all of it."""
    started = time.perf_counter()
    done = subprocess.run(
        [sys.executable, __file__, "--step", str(path), encoding],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout) | {"process": time.perf_counter() - started}


def main(folder, rows):
    """Make the files, measure every step and print the table."""
    make(folder, rows)
    right = wanted(folder)
    good = True
    print(f"{rows:,} SYNTHETIC deaths, {os.cpu_count()} cores, {REPEATS} repeats each\n")
    print("| from | MB | count, s | process, s | peak, MiB | SHA-256, s | equal to pandas |")
    print("|---|---|---|---|---|---|---|")
    for name, (file, encoding) in STEPS.items():
        path = folder / file
        runs = [measured(path, encoding) for _ in range(REPEATS)]
        started = time.perf_counter()
        with path.open("rb") as raw:
            hashlib.file_digest(raw, "sha256")
        hashed = time.perf_counter() - started
        equal = all(run["hash"] == right for run in runs)
        seconds = [" / ".join(f"{run[what]:.2f}" for run in runs) for what in ("count", "process")]
        peak = max(run["peak"] for run in runs)
        size = path.stat().st_size / 1e6
        said = "yes" if equal else "NO"
        print(
            f"| {name} | {size:.0f} | {seconds[0]} | {seconds[1]} | {peak:.0f} | {hashed:.2f} "
            f"| {said} |"
        )
        slow = median(run["count"] for run in runs) > GOALS.get(name, float("inf"))
        good &= equal and not slow and peak < MEMORY
    print(f"\n{'All goals met' if good else 'A GOAL WAS MISSED'}: {GOALS}, {MEMORY} MiB, equality.")
    return 0 if good else 1


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rows", type=int, default=6_000_000)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--step", nargs=2)
    given = parser.parse_args()
    if given.step:
        step(Path(given.step[0]), given.step[1])
    else:
        with tempfile.TemporaryDirectory(dir=given.folder) as made_in:
            sys.exit(main(Path(made_in), given.rows))
