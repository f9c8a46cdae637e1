"""The form of findings.json, which other programs rely on."""

import jsonschema
import pytest

from helpers.cohort import factors, replies, strata
from helpers.exhibits import Exhibits, finding
from helpers.methods import proportions

PROMISED = {  # design of the suite, section 8
    "id", "title", "text", "value", "unit", "low", "high", "level", "method", "numerator",
    "denominator", "definition", "denominator_id", "claim_type", "period_start", "period_end",
    "stratum", "data_status", "source_table",
}  # fmt: skip


@pytest.fixture(scope="module")
def schema():
    """A validator of the JSON Schema of findings.json that also checks dates."""
    made = finding.schema()
    jsonschema.Draft202012Validator.check_schema(made)
    checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
    return jsonschema.Draft202012Validator(made, format_checker=checker)


@pytest.fixture(scope="module")
def all_findings(run):
    """Findings of every kind of the real case, as its notebooks state them."""
    show = Exhibits(run)
    shares = proportions.proportion(strata.ratios(run, latest=True).assign(year=2020), level=0.95)
    answered = proportions.proportion(replies.shares(run), level=0.95)
    crude = proportions.proportion(factors.crude(factors.study(run)).head(1), level=0.95)
    shown = [
        show.findings("change.latest", shares),
        show.findings("backlog.replies_overall", answered),
        show.findings("risk.overall", crude),
    ]
    return [item for found in shown for item in found.facts["findings"]]


def test_every_finding_of_the_real_case_is_as_the_schema_says(schema, all_findings):
    assert len(all_findings) == 5 + 3 + 1
    schema.validate(all_findings)


def test_every_promised_field_is_there_with_a_version(all_findings):
    assert all(set(item) == PROMISED | {"version"} for item in all_findings)


@pytest.mark.parametrize(
    "change",
    [
        {"value": "15.6%"},
        {"claim_type": "cause"},
        {"data_status": "invented"},
        {"period_start": "1 January 2020"},
        {"stratum": ["region"]},
        {"text": None},
        {"colour": "red"},
    ],
)
def test_a_wrong_finding_is_refused_by_the_schema(schema, all_findings, change):
    with pytest.raises(jsonschema.ValidationError):
        schema.validate([{**all_findings[0], **change}])


@pytest.mark.parametrize("name", sorted(PROMISED))
def test_a_finding_without_a_promised_field_is_refused_by_the_schema(schema, all_findings, name):
    part = {key: value for key, value in all_findings[0].items() if key != name}
    with pytest.raises(jsonschema.ValidationError):
        schema.validate([part])
