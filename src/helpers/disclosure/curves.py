"""Curves of survival from protected counts: no step stands for fewer people than the profile lets.

- :func:`curve`: a Kaplan-Meier curve from events and people at risk that were put into bands.

The rule of the OpenSAFELY documentation for Kaplan-Meier estimates: counts are rounded to the
midpoint of bands of six, and the curve is made from these. Events are rounded as a running total:
the curve then has a step only where six more have happened, and never shows the day of one death.
People at risk are those at the start less the rounded events and the rounded losses before.
"""

from __future__ import annotations

import pandas as pd

from helpers.disclosure.profiles import Profile
from helpers.disclosure.protect import midpoint
from helpers.errors import InputError


def curve(frame: pd.DataFrame, *, profile: Profile) -> pd.DataFrame:
    """Return a Kaplan-Meier curve made from protected counts.

    Parameters
    ----------
    frame : DataFrame
        One row a time, in order, of one group: time, events (at that time), at_risk (just before).
    profile : Profile
        A profile whose rule covers curves.

    Returns
    -------
    DataFrame
        Only the times at which the curve has a step: time, and ``events``, ``at_risk`` and
        ``value`` (the share still without the event) with the suffix of the profile.

    Raises
    ------
    InputError
        If no rule of the profile covers curves, or times are not in order.

    Examples
    --------
    >>> from helpers.disclosure.profiles import RELEASES
    >>> frame = pd.DataFrame({"time": range(1, 13), "events": 1, "at_risk": range(30, 18, -1)})
    >>> made = curve(frame, profile=RELEASES["opensafely"])
    >>> made["time"].tolist(), made["value_midpoint6_derived"].round(3).tolist()
    ([1, 7], [0.889, 0.667])
    """
    if profile.curves != "midpoint" or not profile.midpoint:
        raise InputError.one(
            "no rule of this profile covers curves of survival",
            f"profile {profile.name}",
            "Leave the curve out, or use the profile opensafely.",
        )
    if not frame["time"].is_monotonic_increasing or frame["time"].duplicated().any():
        raise InputError.one("times are not in order", "column time", "Give a group at a time.")
    width = profile.midpoint
    suffix = f"_midpoint{width}"
    if frame.empty:
        columns = ["time", f"events{suffix}", f"at_risk{suffix}", f"value{suffix}_derived"]
        return pd.DataFrame(columns=columns)
    start = int(frame["at_risk"].iloc[0])
    happened = frame["events"].cumsum()
    lost = (start - frame["at_risk"] - happened.shift(fill_value=0)).clip(lower=0)
    events = happened.map(lambda count: midpoint(int(count), width))
    steps = events.diff().fillna(events.iloc[0])
    before = events - steps
    gone = lost.map(lambda count: midpoint(int(count), width))
    at_risk = (midpoint(start, width) - before - gone).clip(lower=0)
    left = (1 - (steps / at_risk.where(at_risk.gt(0))).clip(upper=1)).cumprod()
    made = pd.DataFrame(
        {
            "time": frame["time"],
            f"events{suffix}": steps.astype("int64"),
            f"at_risk{suffix}": at_risk.astype("int64"),
            f"value{suffix}_derived": left,
        }
    )
    return made[steps.gt(0)].reset_index(drop=True)
