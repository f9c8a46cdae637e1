"""Definitions and denominators side by side: what a headline would be under every other choice.

``run`` is what :func:`helpers.start` returns.

- :func:`grid`: every combination of look-back window, denominator and definition.
- :func:`extremes`: the least and the greatest share of a grid, and its headline.
- :func:`mapped`: the trust's categories through the crosswalk to the Mazars classification.
- :func:`recorded_when`: when the category was recorded.
- :func:`checked`: deaths not called unexpected that somebody else looked at.
- :func:`denominators`: the denominators of the field, and which of them the case holds.
"""

from __future__ import annotations

import pandas as pd

from helpers.chain import chain
from helpers.cohort.steps import WINDOWS
from helpers.rules import definitions as rules
from helpers.run import Run
from helpers.tables import among

DAYS = 7
"""Days after the report within which a category counts as recorded without hindsight."""
EXTERNAL = ("V", "W", "X", "Y")
"""Chapters of ICD-10 with external causes of death (V01 to Y98): unnatural."""
UNKNOWN = ("R96", "R97", "R98", "R99")
"""Codes of ICD-10 that say that the cause of death is not known."""
GRID = ["window", "base", "definition", "definition_id", "numerator", "denominator", "headline"]
BOUNDS = ("mazars_or_unmappable",)
"""Definitions that are a bound and no reading of the record."""
DECLARED = {
    "trust_7_days": "expectedness_recorded_at",
    "referred": "coroner_referral",
    "inquest": "inquest_opened",
    "D2 on the caseload": "last_discharge_date",
}
"""What a source must record for a definition or a denominator; without it nobody would count."""


def _serves(run: Run, name: str) -> bool:
    """Say whether a source of the case records what a definition or denominator needs."""
    needed = DECLARED.get(name)
    return needed is None or any(
        needed in source.fields or needed in source.milestones for source in run.case.sources
    )


def _in_contact(held: pd.DataFrame) -> pd.DataFrame:
    """Leave only deaths with a contact in the 12 months before: those of the headline."""
    return held[held["in_window_12m"].fillna(False).astype("bool")]


def _held(run: Run) -> pd.DataFrame:
    """Deaths of the period, whatever the window, with what the definitions need."""
    people = chain(run.extract.tables)
    first, last = pd.Timestamp(run.period_start), pd.Timestamp(run.period_end)
    people = people[people["date_of_death"].between(first, last)].reset_index(drop=True)
    tables = run.extract.tables
    incidents = tables["incidents"]
    lead = incidents.drop_duplicates("incident_id").set_index("incident_id")
    own = people["lead_incident_id"]
    category = own.map(lead["expectedness"])
    any_unexpected = tables["incident_death"].merge(
        incidents.loc[
            incidents["expectedness"].eq("unexpected")
            & incidents["system"].ne("steis")
            & incidents["in_scope"].astype("bool"),
            ["incident_id"],
        ],
        on="incident_id",
    )["death_id"]
    days = tables["milestones"]
    referred, inquest = (
        days.loc[days["milestone"].eq(name), "death_id"]
        for name in ("coroner_referral", "inquest_opened")
    )
    ids = people["death_id"]
    settled = people["cause_status"].ne("awaiting inquest")
    code = people["underlying_icd10"].where(settled).astype("str").str.upper()
    code = code.mask(code.str[:3].isin(UNKNOWN))
    cause = code.str[:1].isin(EXTERNAL).map({True: "unnatural", False: "natural"})
    known = category.where(category.isin(["expected", "unexpected"]), "not known")
    return people.assign(
        category=known.where(people["reported"], "not reported"),
        cause=cause.where(code.notna(), "unknown"),
        ever_unexpected=among(ids, any_unexpected),
        recorded=pd.to_datetime(own.map(lead["expectedness_recorded_at"].to_dict())),
        reported_on=pd.to_datetime(own.map(lead["reported_date"].to_dict())),
        referred=among(ids, referred),
        inquest=among(ids, inquest),
    )


def _codes(run: Run, held: pd.DataFrame) -> pd.Series:
    """Return the Mazars codes of each death, joined by | where they cannot be told apart."""
    table = rules.crosswalk(run.case.path(run.case.crosswalk))
    known = table.set_index(["trust_category", "cause"])["mazars"]
    pairs = pd.MultiIndex.from_frame(held[["category", "cause"]])
    return pd.Series(known.reindex(pairs).to_numpy(), index=held.index, dtype="str")


def _flags(run: Run, held: pd.DataFrame) -> dict[str, pd.Series]:
    """Return who counts as unexpected under each definition that the case can serve."""
    early = (held["recorded"] - held["reported_on"]).dt.days.le(DAYS)
    made = {
        "trust": held["unexpected"],
        "trust_ever": held["ever_unexpected"],
        "trust_7_days": held["unexpected"] & early,
        "referred": held["referred"],
        "inquest": held["inquest"],
        "reported": held["reported"],
    }
    if run.case.crosswalk is not None:
        codes = _codes(run, held)
        surely = codes.map(lambda text: set(text.split("|")) <= rules.UNEXPECTED).astype("bool")
        made["mazars"] = surely
        made["mazars_or_unmappable"] = surely | codes.eq(rules.NOT_MAPPABLE)
    return {name: flag.astype("bool") for name, flag in made.items() if _serves(run, name)}


def _bases(run: Run, held: pd.DataFrame) -> dict[str, pd.Series]:
    """Return who is in each denominator that the case can serve."""
    left = held["last_discharge_date"]
    made = {
        "D1 all deaths": pd.Series(data=True, index=held.index),
        "D2 on the caseload": left.isna() | left.ge(held["date_of_death"]),
        "D3 main provider": held["main_provider"].fillna(False).astype("bool"),
        "D4 reported": held["reported"],
    }
    return {name: flag for name, flag in made.items() if flag.any() and _serves(run, name)}


def _of_people(run: Run) -> pd.DataFrame:
    held = _held(run)
    flags, bases = _flags(run, held), _bases(run, held)
    labels = rules.unexpected().set_index("id")["label"]
    rows = []
    for window, words in WINDOWS.items():
        inside = held[window].fillna(False).astype("bool")
        for base, chosen in bases.items():
            among = inside & chosen
            rows += [
                (
                    words,
                    base,
                    labels[name],
                    name,
                    int((flags[name] & among).sum()),
                    int(among.sum()),
                    (window, base, name) == ("in_window_12m", "D1 all deaths", "trust"),
                )
                for name in labels.index
                if name in flags and not (name == "reported" and base == "D4 reported")
            ]
    return pd.DataFrame(rows, columns=GRID)


def _of_counts(run: Run) -> pd.DataFrame:
    """Return the alternatives of a case of annual counts, over the years that hold both."""
    chosen = run.case.alternatives
    labels = run.extract.measures.drop_duplicates("measure").set_index("measure")["label"]
    keys = ["source_id", "source_row", "year"]
    counts = run.counts[[*keys, "measure", "events"]].dropna(subset="events")
    held = dict(iter(counts.groupby("measure")))
    rows = []
    for base in chosen.out_of:
        for name in chosen.counted:
            if base == name or base not in held or name not in held:
                continue
            both = held[name].merge(held[base], on=keys, suffixes=("", "_of"))
            if both.empty or int(both["events"].sum()) > int(both["events_of"].sum()):
                continue
            years = run.year_name(int(both["year"].min())), run.year_name(int(both["year"].max()))
            span = f"Years {years[0]} to {years[1]}"
            first = (chosen.counted[0], chosen.out_of[0])
            counted = int(both["events"].sum()), int(both["events_of"].sum())
            rows.append((span, labels[base], labels[name], name, *counted, (name, base) == first))
    return pd.DataFrame(rows, columns=GRID)


def grid(run: Run) -> pd.DataFrame:
    """Return every combination of window, denominator and definition, the headline marked.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns window, base (the denominator), definition and definition_id (what is counted),
        numerator, denominator, headline (true for one row), line (window and base in one); of a
        case of annual counts the measures that it names as alternatives, where what is counted
        is no more than what it is set against. A definition or denominator that rests on days
        which no source of the case records is left out. Empty where a case has neither.

    Examples
    --------
    >>> from helpers import start
    >>> run = start(case="coroners", period_start="2019-01-01", period_end="2020-12-31")
    >>> grid(run)[["definition_id", "numerator", "denominator"]].to_numpy().tolist()[0]
    ['state_detention_without_dols', 1040, 416350]
    """
    made = pd.DataFrame(columns=GRID)
    if len(run.people):
        made = _of_people(run)
    elif run.case.alternatives is not None and not run.counts.empty:
        made = _of_counts(run)
    return made.assign(line=made["window"] + ": " + made["base"])


def extremes(grid: pd.DataFrame) -> pd.DataFrame:
    """Return the least and the greatest share of a grid beside its headline.

    Parameters
    ----------
    grid : DataFrame
        As :func:`grid` returns it, with value (the share) and whatever was appended. Shares of
        nobody are left out, and so is the bound that counts what cannot be mapped.

    Returns
    -------
    DataFrame
        One row: the headline with its columns, headline_words, combinations (how many were set side
        by side), least, least_words, greatest and greatest_words. Empty for an empty grid.

    Examples
    --------
    >>> rows = [("12 months", "all", "Trust", "trust", 7, 100, True, 0.07)]
    >>> rows += [("30 days", "all", "Inquest", "inquest", 2, 40, False, 0.05)]
    >>> found = extremes(pd.DataFrame(rows, columns=[*GRID, "value"]))
    >>> found[["combinations", "least", "greatest"]].to_dict("list")
    {'combinations': [2], 'least': [0.05], 'greatest': [0.07]}
    """
    grid = grid if "value" in grid else grid.assign(value=float("nan"))
    usable = grid[~grid["definition_id"].isin(BOUNDS)]
    usable = usable[usable["denominator"].gt(0) & usable["value"].notna()]
    if usable.empty or not usable["headline"].any():
        return usable.iloc[0:0].assign(
            headline_words="",
            combinations=0,
            least=0.0,
            least_words="",
            greatest=0.0,
            greatest_words="",
        )

    def choices(row: pd.Series) -> str:
        return f"{row['definition']}; {row['base']}; {row['window'].lower()}"

    def words(row: pd.Series) -> str:
        return f"{row['numerator']:,} of {row['denominator']:,}; {choices(row)}"

    value = usable["value"].astype("float64")
    low, high = usable.loc[value.idxmin()], usable.loc[value.idxmax()]
    head = usable[usable["headline"]].head(1)
    return head.assign(
        headline_words=choices(head.iloc[0]),
        combinations=len(usable),
        least=float(low["value"]),
        least_words=words(low),
        greatest=float(high["value"]),
        greatest_words=words(high),
    ).reset_index(drop=True)


def mapped(run: Run) -> pd.DataFrame:
    """Return how many deaths the crosswalk maps to which codes of the Mazars classification.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns trust_category, cause, mazars (codes joined by ``|``, or "not mappable"), note,
        numerator, denominator (deaths of the period with a contact in the 12 months before),
        version; every death is in exactly one row. Empty where the case names no crosswalk.
    """
    columns = ["trust_category", "cause", "mazars", "note", "numerator", "denominator", "version"]
    if run.case.crosswalk is None or run.people.empty:
        return pd.DataFrame(columns=columns)
    held = _in_contact(_held(run))
    table = rules.crosswalk(run.case.path(run.case.crosswalk))
    size = held.groupby(["category", "cause"]).size()
    pairs = pd.MultiIndex.from_frame(table[["trust_category", "cause"]])
    made = table.assign(
        numerator=size.reindex(pairs, fill_value=0).to_numpy(),
        mazars=table["mazars"].str.replace("|", " or ", regex=False),
    )
    return made.assign(denominator=len(held))[columns]


def recorded_when(run: Run) -> pd.DataFrame:
    """Return when the category of expected or unexpected was recorded, against what was known.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns category (expected, unexpected), when, numerator, denominator (deaths with the
        category). Each death is in one line, so that they add up: what was recorded by the day
        of death comes first, then what came after the assessment, then the days from the report.
    """
    held = _held(run) if len(run.people) else pd.DataFrame()
    columns = ["category", "when", "numerator", "denominator"]
    if held.empty:
        return pd.DataFrame(columns=columns)
    held = _in_contact(held)
    ended = run.extract.tables["milestones"]
    ended = ended[ended["milestone"].eq("ima_completed")].groupby("death_id")["date"].min()
    assessed = pd.to_datetime(held["death_id"].map(ended.to_dict()))
    days = (held["recorded"] - held["reported_on"]).dt.days
    by_death, early, late, after, unknown = order = [
        "On the day of death or before",
        f"After the death, within {DAYS} days of the report",
        f"More than {DAYS} days after the report",
        "After the initial assessment was completed",
        "Day not recorded",
    ]
    when = pd.Series(unknown, index=held.index)  # each line below has precedence over those above
    when = when.mask(days.le(DAYS), early).mask(days.gt(DAYS), late)
    when = when.mask(held["recorded"].gt(assessed), after)
    when = when.mask(held["recorded"].le(held["date_of_death"]), by_death)
    rows = []
    for category in ("unexpected", "expected"):
        mine = held["category"].eq(category)
        rows += [
            (category, name, int((mine & when.eq(name)).sum()), int(mine.sum())) for name in order
        ]
    frame = pd.DataFrame(rows, columns=columns)
    return frame[frame["denominator"].gt(0)].reset_index(drop=True)


def checked(run: Run) -> pd.DataFrame:
    """Return how many deaths that were not called unexpected had any check beyond the category.

    "Natural" and "expected", given early, close off scrutiny; so the share that anybody else
    looked at stands beside them.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns group (what the trust recorded), check, numerator, denominator. Referrals to the
        coroner are among the checks where a source records them.
    """
    columns = ["group", "check", "numerator", "denominator"]
    if run.people.empty:
        return pd.DataFrame(columns=columns)
    held = _in_contact(_held(run))
    groups = {
        "Reported, categorised as expected": held["category"].eq("expected"),
        "Reported, without a category": held["category"].eq("not known"),
        "Never reported": held["category"].eq("not reported"),
    }
    looked = {
        **({"Referred to the coroner": held["referred"]} if _serves(run, "referred") else {}),
        "Initial management assessment completed": held["reviewed"],
        "Investigated": held["investigated"],
        "Any of these": held["referred"] | held["reviewed"] | held["investigated"],
    }
    rows = [
        (group, check, int((mine & flag).sum()), int(mine.sum()))
        for group, mine in groups.items()
        if mine.any()
        for check, flag in looked.items()
    ]
    return pd.DataFrame(rows, columns=columns)


def denominators(run: Run) -> pd.DataFrame:
    """Return the denominators of the field, what each is for, and what the case holds of it.

    Parameters
    ----------
    run : Run
        The run.

    Returns
    -------
    DataFrame
        Columns id, label, counts, legitimate_for, not_for, held (its size in the period, in
        words, or "not held").
    """
    table = rules.denominators()
    people, exposure = run.people, run.extract.tables["exposure"]
    years = set() if run.part_of_year else set(run.counts["year"])
    exposed = exposure[exposure["year"].isin(years)].groupby("measure")["value"].sum()
    bases = _bases(run, _in_contact(_held(run))) if len(people) else {}
    sizes: dict[str, str] = {
        name.split()[0]: f"{int(flag.sum()):,} deaths" for name, flag in bases.items()
    }
    if len(people):
        sizes["D5"] = f"{int(people['unexpected'].sum()):,} deaths"
    for row in table.itertuples(index=False):
        found = [
            f"{exposed[name]:,.0f} {name.replace('_', '-')}"
            for name in row.step.split(";")
            if name in exposed.index
        ]
        if found:
            sizes[row.id] = ", ".join(found)
    held = [sizes.get(name, "not held") for name in table["id"]]
    return table.assign(held=held).drop(columns="step")
