"""Numerator and denominator of each kind of finding, from the raw rows that its trace names.

Nothing here reads, links or counts with the suite: a trace gives the rows, :mod:`trace_raw` the
cells.
"""

import re

import numpy as np
import pandas as pd
import trace_raw as raw

from helpers.trace.parts import DENOMINATOR, NUMERATOR

# ---- Deaths of the SYNTHETIC case ---------------------------------------------------------------

UNEXPECTED = re.compile(r"un-?expected", re.I)
PROCESS = {
    "deaths": lambda told: told["person"].notna(),
    "reported": lambda told: told["person_type"].eq("Patient"),
    "unexpected": lambda told: told["expectedness"].astype("str").str.match(UNEXPECTED),
    "reviewed": lambda told: told["ima_completed"].notna(),
    "investigated": lambda told: told["panel_outcome"].isin(["SIRI", "CIR"]),
    "siri": lambda told: told["panel_outcome"].eq("SIRI"),
    "no_family": lambda told: told["family_involvement"].eq("No involvement"),
    "state_open": lambda told: told["review_outcome"].eq("Open"),
}
"""What a raw row of the incident system says, by step."""


def died(case, part, first, last):
    """Persons of raw rows of the patient system who died between two days."""
    held = raw.rows(case, part)
    days = raw.days(held, "date_of_death")
    inside = days.between(pd.Timestamp(first), pd.Timestamp(last))
    return set(held.loc[inside, "person"])


def told(case, trace, step):
    """Persons of whom the raw rows of the incident system say that they reached a step."""
    held = raw.rows(case, trace.part("recorded in"))
    return set(held.loc[PROCESS[step](held), "person"])


def of_people(trace, step):
    """Numerator and denominator of a share of people, from the raw rows."""
    said = trace.said
    days = said["period_start"], said["period_end"]
    if trace.exhibit == "change.changes":
        days = f"{int(trace.key['last_year'])}-04-01", said["period_end"]
    under = died("southern_health", trace.part(DENOMINATOR), *days)
    over = died("southern_health", trace.part(NUMERATOR), *days)
    return len(over & under & told("southern_health", trace, step)), len(under)


def of_periods(held, trace):
    """The later of two periods; the years of the earlier one are held against the same cells."""
    first, last = (str(trace.key[f"later_{end}"])[:10] for end in ("start", "end"))
    item = held.run.case.indicator(trace.key["indicator"])
    if held.case == "coroners":
        years = set(raw.rows(held.case, trace.part(DENOMINATOR))["Year"].astype(int))
        assert years == set(range(int(first[:4]), int(last[:4]) + 1))
        return added(held, trace.part(NUMERATOR)), added(held, trace.part(DENOMINATOR))
    under = died(held.case, trace.part(DENOMINATOR), first, last)
    over = died(held.case, trace.part(NUMERATOR), first, last)
    return len(over & under & told(held.case, trace, item.numerator)), len(under)


def of_units(held, trace):
    """Units outside limits and units compared, by their names in the raw rows."""
    every = raw.rows(held.case, trace.part(DENOMINATOR))
    column = "team" if held.case == "southern_health" else "Coroner_area"
    named = {re.sub(r"\s+", " ", str(name)).strip().casefold() for name in every[column]}
    names = {name.casefold() for name in trace.part(DENOMINATOR).names}
    outside = {name.casefold() for name in trace.part(NUMERATOR).names}
    assert named == names
    assert outside <= named
    return len(outside), len(named)


# ---- Cells of annual counts ---------------------------------------------------------------------


def added(held, part):
    """The sum of the cells that a part names."""
    rows = raw.rows(held.case, part)
    return sum(raw.number(cell) for column in part.columns for cell in rows[column])


def of_cells(held, trace):
    years = set(raw.rows(held.case, trace.part(DENOMINATOR))["Year"].astype(int))
    last = int(trace.said["period_end"][:4])
    assert max(years) <= last
    if trace.exhibit in {"change.latest", "change.changes", "backlog.late_latest"}:
        assert years == {last}
    return added(held, trace.part(NUMERATOR)), added(held, trace.part(DENOMINATOR))


# ---- What was expected --------------------------------------------------------------------------


def sizes(held, part):
    """How many there are in each stratum of the raw rows of a part."""
    rows = raw.rows(held.case, part)
    if held.case == "southern_health":
        return raw.services(rows).value_counts()
    regions = raw.case(held.case)["sources"][0]["dimensions"]["region"]
    region = rows[regions["from"]].str.strip()
    region = region.map(lambda name: regions.get("map", {}).get(name, name))
    cells = sum(rows[column].map(raw.number) for column in part.columns)
    return cells.groupby(region).sum()


def of_watched(held, trace):
    later, first_over, first_under = trace.parts[2:5]
    seen = trace.part(NUMERATOR)
    indicator = held.run.case.indicator(
        held.made.runs["1b_change_over_time"]["parameters"]["watch_indicator"]
    )
    measures = held.run.extract.measures.set_index("measure")["columns"]
    if held.case == "southern_health":
        people = told(held.case, trace, "unexpected")
        count = len(set(raw.rows(held.case, seen)["person"]) & people)
    else:
        count = added(held, seen)
        over, under = (
            tuple(measures[name].split("+"))
            for name in (indicator.numerator, indicator.denominator)
        )
        first_over, first_under, later = (
            type(part)(part.role, part.what, part.how, part.rows, part.number, columns)
            for part, columns in ((first_over, over), (first_under, under), (later, under))
        )
    share = (sizes(held, first_over) / sizes(held, first_under)).fillna(0.0)
    return count, float((sizes(held, later) * share).sum())


# ---- Times --------------------------------------------------------------------------------------

COLUMNS = {
    "death": "date_of_death",
    "incident_reported": "reported_date",
    "steis_logged": "reported_date",
}
"""Where a raw row has the day of a milestone, where its column is not named as the milestone."""
CODED = {"opened": "invest_open", "concluded": "inquest_conclusion", "report": "date_of_report"}


def dated(held, part, name):
    """The day of a milestone by person or, of a register, by row."""
    if part is None:
        return pd.Series(dtype="datetime64[s]")
    rows = raw.rows(held.case, part)
    column = COLUMNS.get(name, name)
    column = CODED.get(name, column) if held.case == "coroners" else column
    key = "person" if held.case == "southern_health" else "row"
    found = raw.days(rows, column).set_axis(rows[key])
    assert found.index.is_unique
    return found.dropna()


def of_interval(held, trace):
    stretch = next(one for one in held.run.case.intervals if one.id == trace.key["interval"])
    begin = dated(held, trace.part("began"), stretch.from_)
    end = dated(held, trace.part("reached"), stretch.to)
    if trace.exhibit == "delay.within_year":
        end = end[(end - begin.reindex(end.index)).dt.days.le(365)]
    days = (end - begin.reindex(end.index)).dt.days
    assert days.ge(0).all()
    records = raw.rows(held.case, trace.part(DENOMINATOR))
    assert len(records) == len(begin)
    if trace.exhibit == "delay.medians" and trace.key.get("way", "") == "":
        waited = (raw.EXTRACT[held.case] - begin).dt.days
        waited.loc[days.index] = days
        reached = waited.index.isin(days.index)
        assert raw.median(waited.to_numpy(), reached) == trace.said["value"]
    return len(days), len(begin)


def of_stage(held, trace):
    rows = raw.rows(held.case, trace.part(DENOMINATOR))
    if held.case == "coroners":  # without a day of its own, a stage is passed with the next
        passed = (
            raw.days(rows, "inquest_conclusion").notna() | raw.days(rows, "date_of_report").notna()
        )
        return int(passed.sum()), int(raw.days(rows, "date_of_death").notna().sum())
    closed = dated(held, trace.part("recorded in"), trace.key["stage"])
    inside = set(rows["person"]) & set(closed[closed.le(raw.EXTRACT[held.case])].index)
    return len(inside), rows["person"].nunique()


HOLIDAYS = pd.read_csv(raw.ROOT / "src" / "helpers" / "rules" / "bank_holidays.csv")
LIMITS = {
    "REG": pd.DateOffset(days=5),
    "COR-INQUEST": pd.DateOffset(months=6),
    "COR-INQUEST-12": pd.DateOffset(months=12),
    "SH-IMA": pd.DateOffset(days=2),
    "DOC-CONTRACT": 10,
    "SI10-STEIS": 2,
    "SI10-G1": 45,
    "SI10-G2": 60,
}
"""Each limit: calendar time, or a number of working days."""
STOPS = {
    "REG": ["registration_date"],
    "COR-INQUEST": ["inquest_concluded", "inquest_conclusion"],
    "SH-IMA": ["ima_completed"],
    "DOC-CONTRACT": ["family_informed"],
    "SI10-STEIS": ["reported_date"],
    "SI10-G1": ["report_to_commissioner", "final_report_internal"],
    "SI10-G2": ["final_report_internal", "report_to_commissioner"],
}
FIRST = {
    "REG": ["date_of_death"],
    "COR-INQUEST": ["coroner_referral", "invest_open", "inquest_opened"],
    "SH-IMA": ["incident_date", "reported_date"],
    "DOC-CONTRACT": ["reported_date"],
    "SI10-STEIS": ["reported_date"],
    "SI10-G1": ["reported_date", "incident_date"],
    "SI10-G2": ["incident_date", "reported_date"],
}
"""Columns that start and stop each clock, the first that has a day counts."""


def first_of(held, part, columns):
    """The first column with a day, by person or row."""
    rows = raw.rows(held.case, part)
    key = "person" if held.case == "southern_health" else "row"
    day = pd.Series(pd.NaT, index=rows.index, dtype="datetime64[ns]")
    for column in columns:
        if column in rows:
            day = day.fillna(raw.days(rows, column))
    return day.groupby(rows[key].to_numpy()).min().dropna()


def of_limit(held, trace):
    rule = trace.key["rule_id"]
    family = rule.removesuffix("-12")
    begun = first_of(held, trace.part("began"), FIRST[family])
    records = raw.rows(held.case, trace.part(DENOMINATOR))
    key = "person" if held.case == "southern_health" else "row"
    assert set(begun.index) == set(records[key])
    if trace.part("reached") is None:
        return 0, len(begun)
    done = first_of(held, trace.part("reached"), STOPS[family])
    begun_of, limit = begun.reindex(done.index), LIMITS[rule]
    if isinstance(limit, int):
        free = pd.to_datetime(HOLIDAYS["date"]).to_numpy().astype("datetime64[D]")
        start = begun_of.to_numpy().astype("datetime64[D]")
        due = np.busday_offset(start, limit, roll="backward", holidays=free)
        inside = done.to_numpy().astype("datetime64[D]") <= due
    else:
        inside = done.to_numpy() <= (begun_of + limit).to_numpy()
    return int(inside.sum()), len(begun)


# ---- Families, replies, models, records ---------------------------------------------------------

INVOLVED = {"none": "No involvement", "saw draft": "Saw draft report"}


def of_family(held, trace):
    said = trace.key["involvement"]
    rows = raw.rows(held.case, trace.part("recorded in"))
    fits = rows["family_involvement"].eq(INVOLVED.get(said, said.capitalize()))
    over = set(raw.rows(held.case, trace.part(NUMERATOR))["person"])
    under = raw.rows(held.case, trace.part(DENOMINATOR))["person"]
    return len(over & set(rows.loc[fits, "person"])), under.nunique()


STATES = {"answered in full": "completed", "answered in part": "partial", "not answered": "overdue"}


def due(held, trace):
    """Raw rows of reports of a denominator; each was due before the extract."""
    rows = raw.rows(held.case, trace.part(DENOMINATOR))
    day = raw.days(rows, "date_of_report")
    assert (day + pd.Timedelta(days=56)).lt(raw.EXTRACT["coroners"]).all()
    first, last = held.run.period_start, held.run.period_end
    assert day.between(pd.Timestamp(first), pd.Timestamp(last)).all()
    return rows


def of_reply(held, trace):
    rows = due(held, trace)
    return int(rows["status"].eq(STATES[trace.key["label"]]).sum()), len(rows)


def level_of(rows, term, level):
    """Which raw rows of reports have a level of a characteristic."""
    if term == "Recipients":
        sent = rows["sent_to_count"].astype(int)
        return sent.ge(3) if level == "3 or more" else sent.eq(int(level))
    folder = raw.ROOT / "data" / "coroners"
    kind, _, name = term.partition(": ")
    if kind == "Death":
        names = pd.read_csv(folder / "categories.csv", dtype=str)
        known = dict(zip(names.iloc[:, 0], names.iloc[:, 1], strict=True))
        return rows["category"].map(
            lambda text: name in {known.get(one, one) for one in re.split(r"\s*\|\s*", text)}
        )
    kinds = pd.read_csv(folder / "recipient_kinds.csv", dtype=str)

    def first(text):
        for pattern, found in kinds.itertuples(index=False, name=None):
            if re.search(pattern, text, re.I):
                return found
        return "Company or other body"

    return rows["sent_to"].map(
        lambda text: name in {first(one) for one in re.split(r"\s*\|\s*", text)}
    )


def of_model(held, trace):
    if held.case == "southern_health":
        rows = raw.rows(held.case, trace.part(DENOMINATOR))
        if trace.key.get("level_name"):
            labels = raw.case(held.case)["labels"]
            assert set(raw.services(rows).map(labels)) == {trace.key["level_name"]}
        over = set(raw.rows(held.case, trace.part(NUMERATOR))["person"])
        return len(over & told(held.case, trace, "investigated")), rows["person"].nunique()
    rows = due(held, trace)
    if trace.exhibit == "risk.focus":
        assert level_of(rows, trace.key["term"], trace.key.get("level_name")).all()
    return int(rows["status"].ne("completed").sum()), len(rows)


def of_sample(held, trace):
    every = raw.rows(held.case, trace.part(DENOMINATOR))
    taken = raw.rows(held.case, trace.part(NUMERATOR))
    places = ["file", "sheet", "row"]
    return len(taken.merge(every[places], on=places)), len(every)


def of_links(held, trace):
    rows = raw.rows(held.case, trace.part(DENOMINATOR))
    people = set(raw.rows(held.case, trace.part("linked to"))["person"])
    patients = rows["person_type"].eq("Patient")
    return int((patients & rows["person"].isin(people)).sum()), int(patients.sum())


def finished(held, trace):
    """The days on which raw rows say that a review was completed, by person; missing: no day."""
    rows = raw.rows(held.case, trace.part("recorded in"))
    assessed = raw.days(rows, "ima_completed")
    closed = raw.days(rows, "si_closed").where(rows["review_outcome"].eq("Closed"))
    long = pd.concat([assessed.set_axis(rows["person"]), closed.set_axis(rows["person"])])
    return long[long.le(raw.EXTRACT[held.case])]


def of_review(held, trace):
    """Deaths of a reporting year that were reviewed by the extract."""
    first = int(trace.key["reporting_year"][:4])
    under = died(held.case, trace.part(DENOMINATOR), f"{first}-04-01", f"{first + 1}-03-31")
    return len(under & set(finished(held, trace).index)), len(under)


def of_statement(held, trace):
    """The number of a statement: deaths of the year, or of the year before it."""
    item, year = trace.key["item"], int(trace.key["reporting_year"][:4])
    first, last = f"{year}-04-01", f"{year + 1}-03-31"
    if item == "27.1":
        return len(died(held.case, trace.part(NUMERATOR), first, last)), None
    days = finished(held, trace)
    days = days[days.le(pd.Timestamp(last))]
    if item == "27.7":
        assert days.ge(pd.Timestamp(first)).all()
        first, last = f"{year - 1}-04-01", f"{year}-03-31"
    under = died(held.case, trace.part(DENOMINATOR), first, last)
    return len(under & set(days.index)), len(under)


def of_published(held, trace):
    figures = raw.rows(held.case, trace.part(DENOMINATOR)).set_index("figure_id")
    agree = raw.rows(held.case, trace.part(NUMERATOR))["figure_id"]
    computed = held.made.frame("quality.reconciliation").set_index("figure_id")["computed"]
    off = (figures["value"].astype(float) - computed.reindex(figures.index)).abs()
    least = figures["rounded_to"].astype(float)
    whole = least.eq(1) & figures["statistic"].isin(
        ["total", "records", "deaths", "sum_of_figures", "difference_of_figures"]
    )
    near = off.le((least / 2).mask(whole, 0.0) + 1e-9)
    assert set(agree) == set(near.index[near])
    return int(near.sum()), len(figures)


def of_providers(held, trace):
    """From the CSV file alone: the last predecessor's late year is its successor's."""
    rows = pd.read_csv(raw.ROOT / "data" / "providers_example" / "indicators.csv", dtype=str)
    rows = rows[rows["service"].isna()].astype({"numerator": int, "denominator": int})
    late = rows["period_end"].ge("2013-04-01") & rows["provider"].str.endswith("23")
    rows["provider"] = rows["provider"].mask(late, "SYNTHETIC Trust 22")
    if trace.exhibit == "providers.known":
        known = rows[rows["indicator"].eq("coverage")]
        return int(known["numerator"].sum()), int(known["denominator"].sum())
    mine = rows[rows["indicator"].eq("reported_share")]
    ids = ["definition_id", "denominator_id", "window", "method"]
    usual = mine[ids].mode().iloc[0]
    other = set(mine.loc[mine[ids].ne(usual).any(axis=1), "provider"])
    every = set(mine["provider"])
    if trace.exhibit == "providers.left_out":
        return len(other), len(every)
    placed = held.made.frame("providers.placed")
    assert set(placed["provider"]) == every - other
    outside = placed["value"].lt(placed["od_low_99_8"]) | placed["value"].gt(placed["od_high_99_8"])
    assert set(trace.part(NUMERATOR).names) == set(placed.loc[outside, "provider"])
    return int(outside.sum()), len(placed)


def again(held, trace):
    """Numerator and denominator of a finding, from the raw rows alone."""
    exhibit = trace.exhibit
    found = {
        "quality.linked": of_links,
        "quality.reconciled": of_published,
        "rates.spread": of_units,
        "watch.outside": of_units,
        "change.watched": of_watched,
        "delay.medians": of_interval,
        "delay.within_year": of_interval,
        "delay.longest_stage": of_stage,
        "limits.shares": of_limit,
        "limits.families_found": of_family,
        "backlog.replies_overall": of_reply,
        "risk.overall": of_model,
        "risk.focus": of_model,
        "sure.range": of_model,
        "review.planned": of_sample,
        "periods.found": of_periods,
        "learning.latest": of_review,
        "learning.stated": of_statement,
        "providers.left_out": of_providers,
        "providers.outside": of_providers,
        "providers.known": of_providers,
    }.get(exhibit)
    if found is not None:
        return found(held, trace)
    if held.case == "coroners":
        return of_cells(held, trace)
    step = trace.key.get("step") or "unexpected"
    if "indicator" in trace.key:
        step = held.run.case.indicator(trace.key["indicator"]).numerator
    return of_people(trace, step)
