"""SYNTHETIC deaths and contacts of any number, made in memory or as files; nobody lived."""

import numpy as np
import pandas as pd

SEED = 20_260_401
TERMS = ["service", "age_band", "sex", "in_patient", "year"]
SIZES = {"service": 5, "age_band": 8, "sex": 2, "in_patient": 2, "year": 8, "trust": 50}
BANDS = [0, 18, 25, 35, 45, 55, 65, 75, 85]


def deaths(rows):
    """Deaths with six characteristics, an outcome, and whole days until one of two ends.

    The five terms make 20 parameters beside the intercept; of the times, 1 to 800 days, two in
    three are seen to their end, hence thousands of ties a day where there are millions.
    """
    random = np.random.default_rng(SEED)
    codes = {name: random.integers(0, size, rows, dtype=np.int8) for name, size in SIZES.items()}
    frame = pd.DataFrame(
        {
            name: pd.Categorical.from_codes(code, [f"{name} {n:02d}" for n in range(SIZES[name])])
            for name, code in codes.items()
        }
    )
    pull = sum(0.05 * codes[name] * (-1) ** at for at, name in enumerate(TERMS))
    odds = pull + 0.4 * np.sin(codes["trust"]) - 1.0
    frame["seen"] = (random.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.int8)
    frame["one"] = np.float32(1)
    waits = random.exponential(300.0, rows) * np.exp(-pull)
    others = random.exponential(900.0, rows)
    ends = random.exponential(900.0, rows)
    shown = np.minimum(np.minimum(np.minimum(waits, others), ends), 800.0)
    frame["days"] = np.ceil(shown).astype(np.int16)
    frame["observed"] = waits <= shown
    cause = np.where(waits <= shown, 0, np.where(others <= shown, 1, -1))
    frame["cause"] = pd.Categorical.from_codes(cause, ["investigated", "closed"])
    return frame


def dummies(frame):
    """The terms as a user of another library writes them: columns of 0 and 1."""
    return pd.get_dummies(frame[TERMS], drop_first=True, dtype=float)


def label(term, level):
    """The name of a coefficient, the same for every library."""
    return f"{term}_{level}" if level else str(term)


def death_file(path, rows):
    """Write deaths as the row of a register: text, days first."""
    random = np.random.default_rng(SEED)
    days = pd.date_range("2011-04-01", "2022-03-31").strftime("%d/%m/%Y").to_numpy(dtype=object)
    frame = pd.DataFrame(
        {
            "reference": np.arange(rows),
            "date_of_death": days[random.integers(0, len(days), rows)],
            "trust": np.array([f"SYNTHETIC trust {n:02d}" for n in range(50)], dtype=object)[
                random.integers(0, 50, rows)
            ],
            "age": random.integers(0, 105, rows),
            "sex": np.array(["F", "M"], dtype=object)[random.integers(0, 2, rows)],
        }
    )
    _write(frame, path)


def contact_file(path, rows):
    """Write contacts with trusts: twelve a person in five years, in any month."""
    random = np.random.default_rng(SEED)
    people = max(rows // 12, 1)
    who = random.integers(0, people, rows)
    days = pd.date_range("2016-04-01", "2021-03-31").strftime("%d/%m/%Y").to_numpy(dtype=object)
    births = pd.date_range("1925-01-01", "2014-12-31").strftime("%d/%m/%Y").to_numpy(dtype=object)
    of_person = np.random.default_rng(SEED + 1)
    born = births[of_person.integers(0, len(births), people)]
    trust = of_person.integers(0, 50, people)
    sex = of_person.integers(0, 2, people)
    frame = pd.DataFrame(
        {
            "person": who + 4_000_000_000,
            "contact": days[random.integers(0, len(days), rows)],
            "born": born[who],
            "trust": np.array([f"SYNTHETIC trust {n:02d}" for n in range(50)], dtype=object)[
                trust[who]
            ],
            "sex": np.array(["F", "M"], dtype=object)[sex[who]],
        }
    )
    _write(frame, path)


def _write(frame, path):
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    else:
        frame.to_csv(path, index=False)
