"""The dirt of real extracts, planted where the truth is known, each piece written down.

Every code X01 to X20 of :data:`helpers.intake.flags.CODES` is planted, and damage to what links
records. A row has at most one piece of dirt (but for free text and the name of its service), so
that each can be looked for on its own. Values that a rule must drop are never those that the
counts of the case rest on.

- :func:`plant_patient`, :func:`plant_incident`, :func:`plant_steis`, :func:`plant_national`.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import numpy as np

from helpers.synthetic import names
from helpers.synthetic.cells import EPOCH, OLD, RENAMED
from helpers.synthetic.planter import PLACEHOLDERS, WORDS, Planter
from helpers.synthetic.records import scaled

CUT = 255

# Field, code, kind of dirt, how many in a case of 10,306 deaths.
PATIENT = (
    ("date_of_death", "X01", "ISO text", 6), ("date_trust_knew", "X01", "ISO text", 5),
    ("last_contact_date", "X01", "ISO text", 5), ("dob", "X01", "ISO text", 5),
    ("date_of_death", "X01", "month first", 5), ("last_contact_date", "X01", "month first", 4),
    ("last_discharge_date", "X01", "month first", 4),
    ("date_of_death", "X01", "two-digit year", 4), ("date_trust_knew", "X01", "two-digit year", 4),
    ("date_of_death", "X02", "serial number", 6), ("dob", "X02", "serial number", 4),
    ("last_contact_date", "X02", "serial number", 4),
    ("registration_date", "X02", "serial as text", 5),
    ("date_trust_knew", "X02", "serial as text", 5),
    ("registration_date", "X03", "placeholder", 6), ("dob", "X03", "placeholder", 3),
    ("registration_date", "X03", "placeholder as a date", 2),
    ("last_discharge_date", "X03", "placeholder", 6),
    ("registration_date", "X04", "word", 8), ("last_discharge_date", "X04", "word", 5),
    ("ethnic_category", "X04", "word", 10), ("place_of_death", "X04", "word", 6),
    ("date_trust_knew", "X06", "before the death", 8),
    ("registration_date", "X06", "before the death", 6),
)  # fmt: skip
INCIDENT = (
    ("reported_date", "X01", "ISO text", 6), ("ima_started", "X01", "ISO text", 5),
    ("panel_decision", "X01", "ISO text", 5), ("final_report_internal", "X01", "ISO text", 4),
    ("reported_date", "X01", "month first", 5), ("si_closed", "X01", "month first", 3),
    ("entered_date", "X01", "two-digit year", 5), ("ima_completed", "X01", "two-digit year", 4),
    ("reported_date", "X02", "serial number", 5), ("ima_completed", "X02", "serial number", 5),
    ("panel_decision", "X02", "serial number", 4),
    ("draft_report", "X02", "serial as text", 4), ("ima_started", "X02", "serial as text", 4),
    ("draft_report", "X03", "placeholder", 3), ("inquest_concluded", "X03", "placeholder", 4),
    ("entered_date", "X04", "word", 5), ("family_informed", "X04", "word", 5),
    ("investigator_appointed", "X04", "word", 3), ("coroner_referral", "X04", "word", 5),
    ("incident_date", "X05", "midnight", 25),
    ("reported_date", "X06", "before the death", 8), ("si_closed", "X06", "after the extract", 4),
)  # fmt: skip
STEIS = (
    ("reported_date", "X01", "ISO text", 3), ("incident_date", "X01", "month first", 3),
    ("incident_date", "X02", "serial as text", 3), ("reported_date", "X02", "serial as text", 3),
    ("closure_date", "X03", "placeholder", 3), ("closure_date", "X04", "word", 3),
)  # fmt: skip
NATIONAL = (
    ("date_of_death", "X01", "day first", 5), ("dob", "X01", "day first", 5),
    ("registration_date", "X03", "placeholder", 4), ("registration_date", "X04", "word", 5),
)  # fmt: skip
STEIS_NAME = {
    "reported_date": "steis_logged", "incident_date": "date_of_death", "closure_date": "si_closed"
}  # fmt: skip


def _wrong_number(planter: Planter, row: int, way: str) -> str:
    true = str(planter.rows["nhs_number"].to_numpy()[row]) or "9990000000"
    if way == "nine digits":
        return true[:9]
    if way == "repeated digit":
        return str(planter.rng.integers(0, 10)) * 10
    if way == "other range":
        nine = int(planter.rng.integers(401_000_000, 498_000_000))
        digit = int(names.check_digit(np.array([nine]))[0])
        return f"{nine}{(digit + 1 + int(planter.rng.integers(0, 8))) % 10 if digit < 10 else 7}"
    place = 3 + int(planter.rng.integers(0, 6))
    other = (int(true[place]) + 1 + int(planter.rng.integers(0, 9))) % 10
    return true[:place] + str(other) + true[place + 1 :]


def _numbers(planter: Planter, able: object, ways: dict[str, int]) -> None:
    held = planter.rows["nhs_number"].ne("").to_numpy()
    for way, count in ways.items():
        rows = planter.pick(np.asarray(able, dtype=bool) & held, count)
        true = planter.rows["nhs_number"].to_numpy()[rows]
        wrong = [_wrong_number(planter, row, way) for row in rows]
        planter.put(rows, "nhs_number", wrong, "X09", way, true)


def _private(planter: Planter, field: str, able: object, count: int) -> None:
    """Write free text that names people and places into a column that is for free text."""
    rows = np.flatnonzero(np.asarray(able, dtype=bool))
    many = min(scaled(count, planter.deaths), len(rows))
    rows = np.sort(planter.rng.choice(rows, many, replace=False))
    first = names.forenames(planter.rng.integers(0, 999, many), np.full(many, "F", dtype=object))
    last = names.surnames(planter.rng.integers(0, 99_999, many))
    place = names.postcodes(planter.rng.integers(0, 99_999, many))
    text = [
        f"Sister {a} {b} of {c} telephoned the team."
        for a, b, c in zip(first, last, place, strict=True)
    ]
    planter.put(rows, field, text, "X14", "names in free text")


def _services(planter: Planter, day: np.ndarray) -> None:
    """Write down names of services that were used after their end, or that meant two services."""
    said, service = planter.cells["service"], planter.rows["service"].to_numpy()
    old = said.isin(list(OLD.values())).to_numpy() & (day >= RENAMED)
    old &= planter.rows["status"].ne("no date of death").to_numpy()
    moved = said.eq("Specialist Services").to_numpy()
    for mask, code, kind in ((old, "X11", "old name"), (moved, "", "name of two services")):
        rows = np.flatnonzero(mask)
        planter.note(rows, "service", code, kind, service[rows])


def plant_patient(planter: Planter) -> None:
    """Plant the dirt of the patient system."""
    rows = planter.rows
    counted = rows["status"].eq("").to_numpy() & rows["oddity"].eq("").to_numpy()
    quiet = counted & ~rows["reported"].to_numpy()
    outside = rows["status"].eq("after the period") & rows["oddity"].eq("")
    planter.free &= rows["oddity"].eq("").to_numpy()
    for kind in ("same row", "new client id", "other surname", "shared number"):
        odd = np.flatnonzero(rows["oddity"].eq(kind))
        planter.note(
            odd, "nhs_number", "X10", f"duplicate: {kind}" if kind[-6:] != "number" else kind
        )
    undated = np.flatnonzero(rows["status"].eq("no date of death"))
    planter.free[undated] = False
    for n, row in enumerate(undated):
        where, way = np.array([row]), n % 4
        if way == 3:
            empty = None if planter.ink.native else ""
            planter.put(where, "date_of_death", [empty], "", "no date of death")
        elif way == 2:
            planter.put(where, "date_of_death", [PLACEHOLDERS[1]], "X03", "placeholder")
        else:
            planter.put(where, "date_of_death", [WORDS[n % 4]], "X04", "word")
    for one in PATIENT:
        lost = one[0] == "dob" and one[1] == "X03"  # nobody whose age or link counts
        planter.plan((one,), quiet & rows["service"].eq("older_mh") if lost else counted)
    _numbers(planter, quiet, {"nine digits": 8, "wrong digit": 10, "repeated digit": 5,
                              "other range": 5})  # fmt: skip
    for able, count in ((outside, 12), (counted & rows["inpatient"].to_numpy(), 6)):
        chosen = planter.pick(able, count)
        late = rows["date_of_death"].to_numpy()[chosen] + planter.rng.integers(9, 40, len(chosen))
        values = planter.ink.days(late).tolist()
        planter.put(chosen, "last_contact_date", values, "X12", "after the death", values)
    chosen = planter.pick(counted & ~rows["inpatient"].to_numpy(), 40)
    values = planter.ink.days(rows["date_of_death"].to_numpy()[chosen]).tolist()
    planter.put(chosen, "last_discharge_date", values, "X13", "discharged on the day", values)
    older = quiet & rows["service"].eq("older_mh").to_numpy()
    for kind, shift in (("age 0", -20), ("age below 0", 400)):
        chosen = planter.pick(older, 4)
        died = rows["date_of_death"].to_numpy()[chosen]
        values = planter.ink.days(died + shift).tolist()
        planter.put(
            chosen, "dob", values, "X19", kind, planter.ink.days(rows["dob"].to_numpy()[chosen])
        )
    chosen = planter.pick(older, 3)
    planter.put(
        chosen,
        "dob",
        [f"0{n % 9 + 1}/05/1891" for n in range(len(chosen))],
        "X03",
        "born before 1900",
    )
    chosen = planter.pick(quiet & rows["last_discharge_date"].notna().to_numpy(), 3)
    text = [f"Moved in with sister at {names.POSTCODES[row % 900]}" for row in chosen]
    planter.put(chosen, "discharge_reason", text, "X14", "free text in another column")
    _private(planter, "notes", np.ones(len(rows)), 30)
    _services(planter, rows["date_of_death"].to_numpy())
    planter.note(undated, "service", "X11", "no date to tell the name by",
                 rows["service"].to_numpy()[undated])  # fmt: skip


def _swapped(day: float) -> date | None:
    true = EPOCH + timedelta(int(day))
    return true.replace(month=true.day, day=true.month) if true.day <= 12 else None


def _damage(planter: Planter, able: np.ndarray) -> None:
    """Damage what links an incident to a death; the person can still be found."""
    rows = planter.rows
    number = rows["nhs_number"].to_numpy()
    known = able & rows["nhs_number"].ne("").to_numpy()
    chosen = planter.pick(known, 40)
    planter.put(chosen, "nhs_number", [""] * len(chosen), "", "number missing", number[chosen])
    chosen = planter.pick(known, 8)
    words = [WORDS[n % 2] for n in range(len(chosen))]
    planter.put(chosen, "nhs_number", words, "X04", "word", [""] * len(chosen))
    _numbers(planter, known, {"wrong digit": 20, "nine digits": 5, "repeated digit": 4})
    born = rows["dob"].fillna(0).to_numpy()
    day = born.astype("datetime64[D]")
    month = (day.astype("datetime64[M]").astype(np.int64) % 12) + 1
    of_month = (day - day.astype("datetime64[M]")).astype(np.int64) + 1
    for kind, count in (("birthday turned round", 25), ("birthday turned round, no number", 6)):
        chosen = planter.pick(known & (of_month <= 12) & (of_month != month), count)
        turned = [planter._day(_swapped(born[row])) for row in chosen]
        true = [EPOCH + timedelta(int(born[row])) for row in chosen]
        planter.put(chosen, "dob", turned, "", kind, true)
        if kind.endswith("no number"):
            planter.put(chosen, "nhs_number", [""] * len(chosen), "", kind, number[chosen])
    for kind, count in (("name misspelt", 30), ("name misspelt, no number", 15)):
        chosen = planter.pick(known, count)
        held = rows["surname"].to_numpy()[chosen]
        slips = [names.misspelt(name, n) for n, name in enumerate(held)]
        planter.put(chosen, "surname", slips, "", kind, held)
        if kind.endswith("no number"):
            planter.put(chosen, "nhs_number", [""] * len(chosen), "", kind, number[chosen])
    chosen = planter.pick(able, 12)
    ids = rows["local_id"].to_numpy()[chosen].tolist()
    planter.put(chosen, "local_id", ids, "", "client id only", ids)
    for field in ("nhs_number", "surname", "forename"):
        planter.put(
            chosen, field, [""] * len(chosen), "", "client id only", rows[field].to_numpy()[chosen]
        )
    empty = None if planter.ink.native else ""
    true = planter.ink.days(born[chosen])
    planter.put(chosen, "dob", [empty] * len(chosen), "", "client id only", true)
    refs = rows["steis_ref"].to_numpy()
    serious = able & rows["steis_ref"].ne("").to_numpy()
    chosen = planter.pick(serious, 10)
    planter.put(
        chosen, "steis_ref", [""] * len(chosen), "", "StEIS reference missing", refs[chosen]
    )
    chosen = planter.pick(serious, 3)
    wrong = [ref[:-1] + str((int(ref[-1]) + 5) % 10) for ref in refs[chosen]]
    planter.put(chosen, "steis_ref", wrong, "", "StEIS reference mistyped", refs[chosen])


def _zoned(planter: Planter, able: np.ndarray) -> None:
    """Write some moments as a computer does, in universal time."""
    chosen = planter.pick(able, 6)
    day = planter.rows["incident_date"].to_numpy()[chosen]
    local = [
        datetime.combine(
            EPOCH + timedelta(int(d)), time(m // 60, m % 60), ZoneInfo("Europe/London")
        )
        for d, m in zip(day, planter.rows["minutes"].to_numpy()[chosen].tolist(), strict=True)
    ]
    text = [f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S}Z" for moment in local]
    true = [f"{moment:%Y-%m-%d %H:%M:%S}" for moment in local]
    planter.put(chosen, "incident_date", text, "X05", "time zone", true)


def plant_incident(planter: Planter) -> None:
    """Plant the dirt of the incident system."""
    rows = planter.rows
    lead = rows["kind"].eq("lead").to_numpy()
    again = rows["kind"].eq("second").to_numpy()
    several = rows["person"].isin(rows.loc[again, "person"]).to_numpy()
    paired = rows["paired"].to_numpy(dtype=bool)
    planter.free &= lead & ~several & ~paired & ~rows["recoded"].to_numpy(dtype=bool)
    planter.note(np.flatnonzero(several), "local_ref", "X07", "several incidents about one death")
    planter.note(np.flatnonzero(paired), "local_ref", "X08", "one incident about two people")
    recoded = np.flatnonzero(rows["recoded"])
    planter.note(recoded, "harm_first", "X17", "harm re-coded", "Severe, then Death")
    other = np.flatnonzero(~rows["kind"].isin(["lead", "second", "orphan"]))
    planter.note(other, "person_type", "X18", "not a patient", rows["kind"].to_numpy()[other])
    _services(planter, rows["incident_date"].to_numpy())
    able = rows["status"].eq("").to_numpy() & lead
    planter.plan(INCIDENT, able)
    _zoned(planter, able)
    chosen = planter.pick(able & rows["reviewed"].to_numpy(), 5)
    late = rows["ima_completed"].to_numpy()[chosen] + planter.rng.integers(3, 12, len(chosen))
    values = planter.ink.days(late).tolist()
    planter.put(chosen, "ima_started", values, "X06", "started after its end", values)
    chosen = planter.pick(able & ~rows["unexpected"].to_numpy(), 20)
    words = ["Not known" if n % 2 else "N/K" for n in range(len(chosen))]
    planter.put(chosen, "expectedness", words, "X04", "word")
    _damage(planter, able)
    _private(planter, "description", lead, 30)
    told = planter.cells["description"].astype(str).str.startswith("Sister").to_numpy()
    rest = np.flatnonzero(lead & ~told)
    many = min(scaled(20, planter.deaths), len(rest))
    chosen = np.sort(planter.rng.choice(rest, many, replace=False))
    long = ("The team was informed of the death and reviewed the record of care. " * 6)[:CUT]
    planter.put(chosen, "description", [long] * len(chosen), "X20", "text cut at 255 characters")


def plant_steis(planter: Planter) -> None:
    """Plant the dirt of the listing of serious incidents."""
    rows, planter.true_name = planter.rows, STEIS_NAME
    gone = np.flatnonzero(rows["closure"].isin(["delogged", "downgraded"]))
    planter.note(
        gone, "status", "X15", "no longer a serious incident", rows["closure"].to_numpy()[gone]
    )
    planter.free[gone] = False
    able = rows["incident_row"].ge(0).to_numpy()
    closed = able & rows["closure"].eq("completed").to_numpy()
    for one in STEIS:
        planter.plan((one,), closed if one[0] == "closure_date" else able)


def plant_national(planter: Planter) -> None:
    """Plant the dirt of the national list."""
    able = planter.rows["status"].eq("").to_numpy() & planter.rows["patient_row"].ge(0).to_numpy()
    planter.plan(NATIONAL, able)
    _numbers(planter, able, {"nine digits": 4})
