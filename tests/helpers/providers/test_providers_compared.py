"""Like with like: what is compared, what is not and why, and that no order follows a value."""

import dataclasses

import numpy as np
import pandas as pd
import pytest
from by_hand import INDICATOR, ROOT, cell
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers import start
from helpers.cohort import providers as cohort
from helpers.cohort import providers_mix, providers_told
from helpers.errors import InputError
from helpers.methods import funnel, proportions, shrinkage, standardise
from helpers.providers.form import IDS, STRATA

REFERENCE = ROOT / "tests" / "reference"
FIVE = [(name, 2018, 10 + 3 * at, 100 + 10 * at) for at, name in enumerate("ABCDE")]


def placed(run, found, **given):
    each = cohort.units(run, found, INDICATOR, **given)
    return funnel.funnel(each, method="conservative", definition="definition_id")


@pytest.mark.parametrize("name", IDS)
def test_a_mismatch_in_any_one_id_leaves_out_that_provider_and_no_other(run, rows, together, name):
    whole = cohort.units(run, together(rows(*FIVE)), INDICATOR)
    other = [(*one, {name: "other"}) if one[0] == "C" else one for one in FIVE]
    found = together(rows(*other))
    left = cohort.units(run, found, INDICATOR)
    assert left["provider"].tolist() == list("ABDE")
    pd.testing.assert_frame_equal(
        left, whole[whole["provider"].ne("C")].reset_index(drop=True), check_exact=True
    )
    every = cohort.standing(run, found, INDICATOR).set_index("provider")
    assert every.loc["C", "reason"].endswith(
        f"other, not {cohort.ids_of(run.case, INDICATOR)[name]}"
    )
    assert every.drop(index="C")["reason"].eq("").all()


def test_one_year_that_counts_otherwise_is_enough(run, rows, together):
    found = together(rows(*FIVE, ("C", 2019, 9, 90, {"method": "other"})))
    assert cohort.units(run, found, INDICATOR)["provider"].tolist() == list("ABDE")


def test_a_number_withheld_leaves_a_provider_out_and_is_said(run, rows, together):
    found = together(rows(*FIVE, ("C", 2019, np.nan, 90)))
    every = cohort.standing(run, found, INDICATOR).set_index("provider")
    assert every.loc["C", ["compared", "reason"]].tolist() == [
        False,
        "a number was withheld or not recorded (periods from 2019-01-01)",
    ]
    assert pd.isna(every.loc["C", "numerator"])


def test_a_provider_without_a_number_of_the_period_is_named(run, rows, together):
    found = together(rows(*FIVE))
    found = dataclasses.replace(found, every=[*found.every, "F"])
    every = cohort.standing(run, found, INDICATOR)
    assert every["provider"].tolist() == list("ABCDEF")
    assert every["reason"].iloc[-1] == "no number of this indicator lies within the period"
    made = providers_told.left_out(every)
    assert made[["numerator", "denominator"]].to_numpy().tolist() == [[1, 6]]


def test_a_new_word_in_a_definition_is_another_definition(run):
    item = run.case.indicator(INDICATOR)
    changed = item.model_copy(update={"definition": item.definition + " Nearly."})
    case = run.case.model_copy(update={"indicators": [changed]})
    ours, theirs = cohort.ids_of(run.case, INDICATOR), cohort.ids_of(case, INDICATOR)
    assert {name for name in IDS if ours[name] != theirs[name]} == {"definition_id"}
    spaced = item.model_copy(update={"definition": item.definition.replace(" ", "  ")})
    case = run.case.model_copy(update={"indicators": [spaced]})
    assert cohort.ids_of(case, INDICATOR) == ours


# ---- No order follows a value -------------------------------------------------------------------

COUNTS = st.lists(st.tuples(st.integers(0, 30), st.integers(30, 400)), min_size=3, max_size=8)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(counts=COUNTS, seed=st.integers(0, 2**16))
def test_other_names_and_another_order_of_rows_change_no_number(run, rows, together, counts, seed):
    held = rows(*[(f"P{at}", 2018, over, under) for at, (over, under) in enumerate(counts)])
    rng = np.random.default_rng(seed)
    names = dict(
        zip(held["provider"], rng.permutation([f"Q{at}" for at in range(len(held))]), strict=True)
    )
    other = held.assign(provider=held["provider"].map(names)).sample(frac=1, random_state=rng)
    one = placed(run, together(held)).set_index("provider")
    two = placed(run, together(other.reset_index(drop=True))).set_index("provider")
    two.index = two.index.map({new: old for old, new in names.items()})
    numbers = one.select_dtypes("number").columns
    two = two.loc[one.index]
    assert_allclose(one[numbers].astype(float), two[numbers].astype(float), rtol=1e-9, atol=1e-12)
    assert (one["od_position"] == two["od_position"]).all()
    one = shrinkage.beta_binomial(one.reset_index()[["provider", "numerator", "denominator"]])
    two = shrinkage.beta_binomial(two.reset_index()[["provider", "numerator", "denominator"]])
    assert_allclose(one["value"], two["value"], rtol=1e-6)


@pytest.mark.slow
@settings(max_examples=8, deadline=None)
@given(counts=COUNTS, seed=st.integers(0, 2**16))
def test_the_order_stays_when_the_numerators_change_hands(run, rows, together, counts, seed):
    overs = np.random.default_rng(seed).permutation([over for over, _ in counts])
    orders = []
    for chosen in ([over for over, _ in counts], overs):
        held = rows(*[(f"P{at}", 2018, n, counts[at][1]) for at, n in enumerate(chosen)])
        for order in ("name", "exposure"):
            made = cohort.units(run, together(held), INDICATOR, order=order)
            orders.append((order, made["provider"].tolist()))
    assert orders[:2] == orders[2:]


# ---- Against numbers of others ------------------------------------------------------------------


def test_a_funnel_of_providers_is_that_of_the_reference(run, rows, together):
    """FunnelPlotR 0.6 on deaths by hospital, arcsine scale, winsorised at 10% (reference 09)."""
    given = pd.read_csv(REFERENCE / "09_funnel_proportion" / "input.csv", dtype={"provnum": str})
    wanted = pd.read_csv(
        REFERENCE / "09_funnel_proportion" / "expected_arcsine_winsorised10.csv",
        dtype={"group": str},
    ).set_index("group")
    found = together(
        rows(*[(one.provnum, 2018, one.died, one.patients) for one in given.itertuples()])
    )
    made = placed(run, found).set_index("provider")
    wanted = wanted.loc[made.index]
    assert_allclose(made["value"].astype(float), wanted["rr"], rtol=1e-9)
    assert_allclose(made["z"], wanted["Uzscore"], rtol=1e-6)
    assert_allclose(made["od_low_95"], wanted["OD95LCL"], rtol=1e-6, atol=1e-9)
    # With one record the peer's limit passes the end of the scale and folds back below 1.
    folded = made["denominator"] == 1
    assert (made.loc[folded, "od_high_95"] == 1).all()
    assert_allclose(made.loc[~folded, "od_high_95"], wanted.loc[~folded, "OD95UCL"], rtol=1e-6)


def test_the_standardised_ratio_of_providers_is_that_of_the_reference(run, rows, together, wanted):
    """PHEindicatormethods' ratio and its limits by sex and age band (reference 05)."""
    given = pd.read_csv(REFERENCE / "05_smr_isr" / "input.csv")
    expected = pd.read_csv(REFERENCE / "05_smr_isr" / "expected_smr.csv").set_index("trust")
    made = []
    for one in given.itertuples():
        where = cell("ld", one.ageband, one.sex)
        made.append((one.trust, 2018, one.deaths, one.service_users, where))
    for trust, part in given.groupby("trust"):
        made.append((trust, 2018, part["deaths"].sum(), part["service_users"].sum()))
    ref = given.drop_duplicates(["sex", "ageband"])
    against = pd.DataFrame({"indicator": INDICATOR, "service": "ld", "age_band": ref["ageband"]})
    against = against.assign(sex=ref["sex"], numerator=ref["x_ref"], denominator=ref["n_ref"])
    found = together(rows(*made), reference=against.assign(source="reference 05", **wanted))
    people = providers_mix.cells(run, found, INDICATOR)
    seen = standardise.indirect(
        people,
        by="provider",
        strata=STRATA,
        reference=providers_mix.reference(run, found, INDICATOR),
    ).set_index("provider")
    assert_allclose(seen["value"], expected.loc[seen.index, "value"], rtol=1e-9)
    assert_allclose(seen["low"], expected.loc[seen.index, "lower95_0cl"], rtol=1e-6)
    assert_allclose(seen["high"], expected.loc[seen.index, "upper95_0cl"], rtol=1e-6)


# ---- The mix of people --------------------------------------------------------------------------

YOUNG, OLD = cell("ld", "18 to 24", "F"), cell("ld", "65 to 74", "F")
MIXED = [
    ("A", 2018, 45, 100), ("A", 2018, 40, 80, YOUNG), ("A", 2018, 5, 20, OLD),
    ("B", 2018, 30, 100), ("B", 2018, 10, 20, YOUNG), ("B", 2018, 20, 80, OLD),
]  # fmt: skip


def test_two_providers_that_differ_by_their_mix_alone_do_not_differ(run, rows, together):
    """Half of the young and a quarter of the old are counted in both: 45 and 30 of 100."""
    found = together(rows(*MIXED))
    people, against = (
        one(run, found, INDICATOR) for one in (providers_mix.cells, providers_mix.reference)
    )
    assert against["source"].unique().tolist() == ["all providers compared, together"]
    seen = standardise.indirect(people, by="provider", strata=STRATA, reference=against)
    both = providers_mix.beside(seen)
    assert_allclose(both["crude"], [0.45, 0.30])
    assert_allclose(both["value"], 1)
    assert_allclose(both["rate"], 0.375)


def test_people_for_whom_the_reference_has_no_share_are_counted_as_left_out(
    run, rows, together, wanted
):
    against = pd.DataFrame([YOUNG | {"numerator": 50, "denominator": 100}])
    against = against.assign(indicator=INDICATOR, source="by hand", **wanted)
    found = together(rows(*MIXED), reference=against)
    made = providers_mix.cells(run, found, INDICATOR)
    assert made[["provider", "in_cells", "everybody"]].to_numpy().tolist() == [
        ["A", 80, 100],
        ["B", 20, 100],
    ]


def test_a_reference_of_another_definition_is_not_used(run, rows, together, wanted):
    against = pd.DataFrame([YOUNG | {"numerator": 50, "denominator": 100}])
    against = against.assign(indicator=INDICATOR, source="by hand", **wanted | {"window": "other"})
    found = together(rows(*MIXED), reference=against)
    made = providers_mix.reference(run, found, INDICATOR)
    assert made["source"].unique().tolist() == ["all providers compared, together"]


def test_providers_without_cells_are_left_out_of_the_mix_alone(run, rows, together):
    found = together(rows(*MIXED, ("C", 2018, 5, 50)))
    assert set(providers_mix.cells(run, found, INDICATOR)["provider"]) == {"A", "B"}
    assert set(cohort.units(run, found, INDICATOR)["provider"]) == {"A", "B", "C"}


# ---- Invented numbers, profiles, and a case alone ------------------------------------------------


def test_invented_numbers_are_never_set_beside_real_ones(run):
    found = cohort.held(run, "providers_example")
    assert found.rows.empty
    assert found.why == (
        "The numbers of providers_example are synthetic and the records of this case are real: "
        "the two are not set side by side."
    )
    for made in (
        cohort.standing(run, found, INDICATOR),
        cohort.units(run, found, INDICATOR),
        cohort.coverage(run, found),
        providers_told.merged(run, found, INDICATOR),
        providers_mix.cells(run, found, INDICATOR),
        providers_told.left_out(cohort.standing(run, found, INDICATOR)),
    ):
        assert made.empty
        assert made.attrs["reason"] == found.why


def test_a_profile_that_the_numbers_do_not_permit_is_refused(folder, rows):
    folder(rows(*FIVE))
    run = start(case="coroners", period_start="2018-01-01", period_end="2018-12-31")
    with pytest.raises(InputError) as error:
        cohort.held(run, "region")
    assert "profile 'open' is not one that these numbers permit" in str(error.value)


def test_rows_that_reach_outside_the_period_are_left_out(folder, rows):
    folder(rows(*FIVE, ("F", 2019, 1, 2)))
    run = start(case="coroners", period_start="2018-01-01", period_end="2019-11-30",
                release_profile="internal")  # fmt: skip
    every = cohort.standing(run, cohort.held(run, "region"), INDICATOR).set_index("provider")
    assert every["compared"].to_dict() == dict.fromkeys("ABCDE", True) | {"F": False}


def test_a_case_of_one_provider_has_nothing_to_set_beside_it(run):
    assert cohort.held(run, "own").why.startswith("This case holds one provider")


def test_all_together_are_one_row():
    each = pd.DataFrame({"numerator": [9, 18], "denominator": [10, 20]})
    assert proportions.proportion(providers_told.all_together(each))["value"].tolist() == [0.9]
