"""Linking ten thousand people with a known truth, and whatever order or gap a list has."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from linked_people import DEATHS, DECIDED, NOBODY, incidents, people

from helpers.intake import linkage
from helpers.intake.identifiers import soundex
from helpers.intake.linkage import link_incidents
from helpers.methods.linkage import error_rates
from helpers.tables import validate


def numbers(size, rng):
    """Numbers with a right check digit, all in the range that is nobody's."""
    first = 999_000_000 + rng.choice(1_000_000, size * 2, replace=False)
    total = sum(first // 10 ** (weight - 2) % 10 * weight for weight in range(2, 11))
    check = (11 - total % 11) % 11
    return (first * 10 + check)[check < 10][:size].astype("U10").astype(object)


def names(size, rng):
    """Names of two or three made-up syllables, some far more common than others."""
    starts = ["b", "ch", "d", "f", "g", "h", "j", "k", "l", "m", "n", "p", "r", "s", "t", "w"]
    ends = ["", "n", "rs", "ll", "rd", "ck", "ns", "ton", "son", "ley", "man", "er"]
    made = {
        a + v + b + w + end
        for a in starts
        for v in "aeiou"
        for b in ["", *starts]
        for w in ("a", "e", "o")
        for end in ends
    }
    return rng.permutation(sorted(made))[:size].astype(object)


def drawn(pool, size, rng):
    chance = 1 / np.arange(1, len(pool) + 1) ** 0.8
    return pool[rng.choice(len(pool), size, p=chance / chance.sum())]


def misspelt(name, rng):
    place = int(rng.integers(1, len(name) - 1)) if len(name) > 2 else 1
    kind = rng.integers(3)
    if kind == 0:
        return name[:place] + name[place - 1] + name[place:]
    if kind == 1:
        return (
            name[:place] + name[place + 1 : place + 2] + name[place : place + 1] + name[place + 2 :]
        )
    return name[:place] + name[place + 1 :]


def simulated(size, told, seed):
    """Deaths, incidents with damaged identifiers, and which incident concerns which death."""
    rng = np.random.default_rng(seed)
    surnames, forenames = names(3_000, rng), names(500, rng)
    died = pd.Series(np.datetime64("2011-04-01", "s") + rng.integers(0, 1461, size) * 86_400)
    days = (np.clip(rng.normal(72, 16, size), 18, 104) * 365.25).astype(int)
    sex = rng.choice(["M", "F"], size).astype(object)
    deaths = pd.DataFrame(
        {
            "nhs_number": numbers(size, rng),
            "dob": died - pd.to_timedelta(days, "D"),
            "surname": drawn(surnames, size, rng),
            "forename": np.where(
                sex == "F", drawn(forenames[:250], size, rng), drawn(forenames[250:], size, rng)
            ),
            "sex": sex,
            "local_id": rng.permutation(np.arange(10**6, 10**6 + size)).astype(str).astype(object),
            "day": died,
        }
    )
    for one in range(0, 60, 2):  # fifteen pairs of twins, fifteen of parent and child of one name
        shared = ["dob", "surname", "sex"] if one < 30 else ["surname", "forename", "sex"]
        deaths.loc[one + 1, shared] = deaths.loc[one, shared].to_list()
    inside = told * 91 // 100
    who = np.concatenate([np.arange(60), rng.permutation(np.arange(60, size))[: inside - 60]])
    who = np.concatenate([who, who[rng.integers(0, inside, told * 5 // 100)]])  # a second incident
    frame = deaths.iloc[who].reset_index(drop=True)
    frame["truth"] = "pas:" + pd.Series(who + 2).astype(str)
    strangers = deaths.iloc[rng.integers(0, size, told - len(frame))].reset_index(drop=True)
    strangers = strangers.assign(  # people who are not in the list of deaths
        nhs_number=[f"9{number}"[:10] for number in range(10**9, 10**9 + len(strangers))],
        local_id="",
        dob=rng.permutation(deaths["dob"])[: len(strangers)],
        surname=drawn(surnames, len(strangers), rng),
        truth="",
    )
    frame = pd.concat([frame, strangers], ignore_index=True).astype({"truth": object})
    before = np.where(rng.random(told) < 0.6, 0, rng.integers(0, 60, told))
    frame["day"] = frame["day"] - pd.to_timedelta(before, "D")
    frame["nhs_number_typed"] = ""
    hit = lambda share: np.flatnonzero(rng.random(told) < share)  # noqa: E731
    frame.loc[hit(0.10), "nhs_number"] = ""
    for row in hit(0.04):
        number = frame.loc[row, "nhs_number"]
        if number:
            place = int(rng.integers(10))
            digit = str((int(number[place]) + int(rng.integers(1, 10))) % 10)
            wrong = number[:place] + digit + number[place + 1 :]
            frame.loc[row, ["nhs_number", "nhs_number_typed"]] = ["", wrong]
    for row in hit(0.003):  # the number of another person in the list
        frame.loc[row, "nhs_number"] = deaths.loc[int(rng.integers(size)), "nhs_number"]
    for row in hit(0.03):
        born = frame.loc[row, "dob"]
        if born.day <= 12:
            frame.loc[row, "dob"] = born.replace(month=born.day, day=born.month)
    for row in hit(0.01):
        frame.loc[row, "dob"] += pd.DateOffset(years=int(rng.choice([-10, -1, 1, 10])))
    frame.loc[hit(0.02), "dob"] = pd.NaT
    for row in hit(0.05):
        frame.loc[row, "surname"] = misspelt(frame.loc[row, "surname"], rng)
    for row in hit(0.04):
        frame.loc[row, "forename"] = frame.loc[row, "forename"][:1]
    for row in hit(0.03):
        frame.loc[row, "forename"] = forenames[int(rng.integers(500))]
    for row in hit(0.01):
        frame.loc[row, "sex"] = {"M": "F", "F": "M"}[frame.loc[row, "sex"]]
    frame.loc[hit(0.02), "sex"] = "NK"
    frame.loc[hit(0.5), "local_id"] = ""
    order = rng.permutation(told)
    frame = frame.iloc[order].reset_index(drop=True)
    made = incidents(*frame.drop(columns="truth").to_dict("records"))
    # Two people and one incident: two rows of one number.
    made.loc[1:29:2, "local_ref"] = made.loc[0:28:2, "local_ref"].to_numpy()
    deaths.loc[rng.random(size) < 0.02, "nhs_number"] = ""
    truth = made[["incident_id"]].assign(death_id=frame["truth"].to_numpy())
    return people(*deaths.to_dict("records")), made, truth[truth["death_id"].ne("")]


@pytest.fixture(scope="module")
def world():
    deaths, told, truth = simulated(10_000, 1_500, seed=20)
    return deaths, told, truth, link_incidents(deaths, told)


def rate(links, truth):
    return error_rates(links, truth).set_index("measure")["value"]


def test_before_any_decision_99_in_100_links_are_right_and_98_in_100_are_found(world):
    _, _, truth, made = world
    for links in (made.links, made.links[made.links["strict"]]):
        found = rate(links, truth)
        assert found["precision"] >= 0.99
        assert found["recall"] >= 0.98
    assert made.links["incident_id"].is_unique
    assert set(made.links["link_method"]) == {"exact", "rule", "probabilistic"}
    assert validate(made.links, "incident_death") == []


def test_nobody_outside_the_list_is_linked_and_all_unlinked_have_a_reason(world):
    _, told, truth, made = world
    assert set(made.links["incident_id"]) <= set(truth["incident_id"])
    assert len(made.links) + len(made.unlinked) == len(told)
    assert made.unlinked["reason"].ne("").all()


def test_with_the_queue_decided_the_links_are_exactly_the_truth(world, tmp_path):
    """A person who knows the truth fills in the file; nothing is left for a second round.

    In half of twelve other draws up to 3 in 1,440 pairs agree on so little that they are not even
    queued, and no strict link was wrong in any: see the next test for those.
    """
    deaths, told, truth, made = world
    true = set(zip(truth["incident_id"], truth["death_id"], strict=True))
    pairs = zip(made.queue["incident_id"], made.queue["death_id"], strict=True)
    queue = made.queue.assign(
        decision=["same" if pair in true else "different" for pair in pairs],
        decided_by="A reader",
        decided_on="2016-03-31",
    )
    linkage.write_queue(queue, tmp_path / "queue.csv")
    decided = linkage.read_decisions(tmp_path / "queue.csv")
    after = link_incidents(deaths, told, decisions=decided)
    assert after.queue.empty
    assert after.links["strict"].all()
    assert set(zip(after.links["incident_id"], after.links["death_id"], strict=True)) == true


def test_a_person_may_link_a_pair_that_was_not_queued():
    told = incidents(NOBODY | {"forename": "ann", "day": "2014-01-09"})
    made = link_incidents(DEATHS, told)
    assert made.links.empty
    assert made.queue.empty
    row = {"incident_source_id": "ulysses", "incident_source_sheet": "2014", "row": 2}
    row |= {"death_source_id": "pas", "death_source_sheet": "2014", "death_source_row": 2}
    row |= {"incident_source_row": 2, "incident_local_ref": "W2", "death_local_ref": "", "note": ""}
    decided = pd.DataFrame([row | DECIDED | {"decision": "same"}])
    after = link_incidents(DEATHS, told, decisions=decided)
    assert after.links["link_method"].tolist() == ["clerical"]


def test_rows_of_one_incident_number_lead_to_the_people_they_concern(world):
    _, told, _, made = world
    shared = told[told.duplicated("local_ref", keep=False)]
    assert len(shared) == 30
    per_number = made.links.merge(told, on="incident_id").groupby("local_ref")["death_id"].nunique()
    assert per_number.max() == 2
    assert set(per_number[per_number.gt(1)].index) <= set(shared["local_ref"])


SMALL = simulated(300, 120, seed=5)


@settings(max_examples=5)
@given(st.randoms(use_true_random=False))
def test_the_order_of_rows_makes_no_difference(random):
    deaths, told, _ = SMALL
    once = link_incidents(deaths, told)
    orders = [random.sample(range(len(frame)), len(frame)) for frame in (deaths, told)]
    again = link_incidents(deaths.iloc[orders[0]], told.iloc[orders[1]])
    for name in ("links", "queue", "weights", "unlinked"):
        pd.testing.assert_frame_equal(getattr(once, name), getattr(again, name))


FIELDS = ["nhs_number", "dob", "surname", "forename", "sex", "local_id"]


@settings(max_examples=8)
@given(st.lists(st.tuples(st.sampled_from(FIELDS), st.integers(0, 119)), max_size=200))
def test_whatever_is_missing_an_incident_has_one_death_at_most(gone):
    deaths, told, truth = SMALL
    told = told.assign(nhs_number_typed="")
    for field in FIELDS:
        rows = [row for name, row in gone if name == field]
        told.loc[rows, field] = pd.NaT if field == "dob" else ""
    made = link_incidents(deaths, told)
    assert made.links["incident_id"].is_unique
    assert len(made.links) + len(made.unlinked) == len(told)
    blank = told[FIELDS].isna() | told[FIELDS].eq("")
    assert not set(told.loc[blank.all(axis=1), "incident_id"]) & set(made.links["incident_id"])
    assert rate(made.links[made.links["strict"]], truth)["precision"] == 1


def test_the_sound_of_a_surname_may_be_given_or_is_worked_out():
    deaths, told, _ = SMALL
    given_ = [frame.assign(surname_soundex=soundex(frame["surname"])) for frame in (deaths, told)]
    pd.testing.assert_frame_equal(link_incidents(*given_).links, link_incidents(deaths, told).links)
