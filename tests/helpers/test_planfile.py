"""The plan of the models: fixed by its hash, refused when changed, later models said to be so."""

import hashlib
from datetime import date

import pytest
import yaml
from trusts import Trust

from helpers import planfile
from helpers.case import files, load
from helpers.cli import main
from helpers.errors import InputError

LATER = """\
models:
- id: reported
  outcome: reported
  among: deaths
  label: Reported, of all deaths
  units: deaths
  having: having been reported
  definition: Reported, among all deaths.
  cannot_show: Why.
  post_hoc: Asked for by the families after the first results.
"""


@pytest.fixture
def trust(tmp_path, monkeypatch):
    monkeypatch.setenv("INQUIRY_HOME", str(tmp_path / "project"))
    return Trust(tmp_path / "project")


def fix(trust, **options):
    given = {"by": "analyst", "on": date(2016, 2, 1)} | options
    return planfile.fix(trust.folder, **given)


def test_a_plan_is_part_of_its_case_and_has_the_hash_of_its_file(trust):
    case = load(trust.name)
    held = (trust.folder / "plan.yml").read_bytes()
    assert case.plan.sha256 == hashlib.sha256(held).hexdigest()
    assert "plan.yml" in files(case)
    assert case.plan.standing.startswith("not fixed")


def test_a_case_without_a_plan_has_none(trust):
    (trust.folder / "plan.yml").unlink()
    assert load(trust.name).plan is None


def test_a_fixed_plan_says_when_and_by_whom(trust):
    fix(trust, note="no result was known", files=["steis.csv", "case.yml", "nowhere.csv"])
    case = load(trust.name)
    assert case.plan.standing == "fixed on 1 February 2016 by analyst; no result was known"
    assert set(case.plan.fixed.files) == {"steis.csv", "case.yml"}
    assert "plan.fixed.yml" in files(case)


def test_a_plan_that_was_changed_after_it_was_fixed_is_refused(trust):
    fix(trust)
    trust.edit_plan("least: 1", "least: 2")
    trust.write()
    with pytest.raises(InputError, match="not the plan that was fixed on 2016-02-01") as error:
        load(trust.name)
    assert "post_hoc.yml" in str(error.value)


def test_a_second_plan_needs_a_reason_and_the_record_keeps_both(trust):
    first = fix(trust)
    with pytest.raises(InputError, match="this plan was fixed on 2016-02-01 already"):
        fix(trust)
    trust.edit_plan("least: 1", "least: 2")
    trust.write()
    with pytest.raises(InputError, match="--again why this one takes its place"):
        fix(trust)
    made = fix(trust, on=date(2016, 3, 1), again="Too few records were left out.")
    assert made.before[0].sha256 == first.sha256
    assert "an earlier plan was replaced: Too few" in load(trust.name).plan.standing


def test_models_that_were_added_later_say_why(trust):
    (trust.folder / "post_hoc.yml").write_text(LATER, encoding="utf-8")
    case = load(trust.name)
    assert [model.id for model in case.plan.post_hoc] == ["reported"]
    assert "post_hoc.yml" in files(case)
    bare = yaml.safe_load(LATER)
    del bare["models"][0]["post_hoc"]
    (trust.folder / "post_hoc.yml").write_text(yaml.safe_dump(bare), encoding="utf-8")
    with pytest.raises(InputError, match="model 'reported' does not say why it was added"):
        load(trust.name)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        ("plan_version: 1", "plan_version: 7", "plan_version"),
        ("least: 1", "least: 1\nsha256: abc", "sha256 is not an entry of a plan"),
        ("least: 1", "subgroups: [Ward]", "subgroups: 'ward' is not one of the terms"),
        ("least: 1", "leave_out: [Ward]", "leave_out: 'ward' is not one of the terms"),
        ("least: 1", "mood: good", "mood"),
        ("records: deaths", "records: deaths: x", "not readable as YAML"),
    ],
)
def test_a_faulty_plan_is_refused_by_name(trust, old, new, sentence):
    trust.edit_plan(old, new)
    trust.write()
    with pytest.raises(InputError, match=sentence):
        load(trust.name)


def test_an_entry_of_case_yml_cannot_stand_for_a_plan(trust):
    trust.edit("case_version: 1", "case_version: 1\nplan: plan.yml")
    trust.write()
    with pytest.raises(InputError, match="plan is not an entry of case.yml"):
        load(trust.name)


def test_a_characteristic_settled_late_may_be_declared(trust):
    trust.edit_plan("Sex: {column: sex}", "Cause: {column: underlying_icd10, declared: Asked for.}")
    trust.write()
    assert load(trust.name).plan.terms["Cause"].declared == "Asked for."


def test_the_command_fixes_a_plan(trust, capsys):
    assert main(["fix-plan", trust.name, "--by", "lead analyst"]) == 0
    assert "SHA-256" in capsys.readouterr().out
    assert load(trust.name).plan.fixed.by == "lead analyst"
    assert main(["fix-plan", trust.name, "--by", "lead analyst"]) == 2
    assert "fixed on" in capsys.readouterr().err
    assert main(["fix-plan", "nowhere", "--by", "x"]) == 2
