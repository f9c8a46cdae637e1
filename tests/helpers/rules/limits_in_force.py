"""What the table of time limits says of one event, for the tests of it."""

import pandas as pd

from helpers.rules.time_limits import rules_in_force, status_of


def events(*days, **provider):
    return pd.DataFrame({"event_date": list(days)} | provider)


def status(day, family, start, stop, extract, *, column="status", **options):
    """What became of the limit of one event."""
    kept = {k: [options.pop(k)] for k in ("start_time", "stop_time", "ended") if k in options}
    provider = {word: options.pop(word, None) for word in ("psirf_go_live", "lfpse_go_live")}
    rules = rules_in_force(events(day, **provider), family, **options)
    return status_of(rules, start=[start], stop=[stop], extract=extract, **kept)[column].iloc[0]
