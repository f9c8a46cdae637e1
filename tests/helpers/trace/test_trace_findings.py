"""Every finding of both cases, worked out again from the raw rows that its trace names."""

import pytest
from trace_again import again
from trace_packs import PACKS, notebooks

from helpers.pack.collect import collect

FINDINGS = [
    (pack, item["id"])
    for pack, (_, folder, _) in PACKS.items()
    for item in collect(notebooks(folder)).findings
]


def test_there_are_findings_of_every_family():
    assert len(FINDINGS) == 147
    shown = {name.split(".")[0] for _, name in FINDINGS}
    assert shown == {
        *("quality", "rates", "change", "watch", "delay", "limits", "backlog", "risk", "sure"),
        *("review", "learning", "providers", "periods"),
    }


def test_every_finding_traces_and_nothing_is_left_over(packs):
    for pack in PACKS:
        held = packs(pack)
        assert held.problems == []
        assert list(held.findings) == [item["id"] for item in held.made.findings]


SHARES = {"rates.steps", "rates.range", "change.latest", "backlog.late_latest", "risk.overall"}
SHARES |= {"backlog.replies_overall", "quality.linked", "limits.families_found", "review.planned"}


@pytest.mark.parametrize(("pack", "name"), FINDINGS, ids=[f"{a}-{b}" for a, b in FINDINGS])
def test_a_finding_is_found_again_in_the_raw_rows_that_its_trace_names(packs, pack, name):
    held = packs(pack)
    trace = held.findings[name]
    numerator, denominator = again(held, trace)
    assert numerator == trace.said["numerator"]
    if trace.said["denominator"] is None:  # a number that is out of nothing
        assert denominator is None
    else:
        assert denominator == pytest.approx(trace.said["denominator"], rel=1e-9)
    if trace.exhibit in SHARES:
        assert numerator / denominator == pytest.approx(trace.said["value"], rel=1e-12)
    if trace.exhibit == "change.watched":
        assert numerator / denominator == pytest.approx(trace.said["value"], rel=1e-9)
