"""What is hidden so that nothing can be worked out, and the attacker who tries."""

from itertools import product

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from helpers.disclosure import secondary, space
from helpers.disclosure.audit import audit, failures
from helpers.disclosure.cells import Cell, Scheme, by_key, cells_of, where_of
from helpers.disclosure.needs import Published, evidence_of
from helpers.disclosure.profiles import RELEASES
from helpers.disclosure.protect import shown
from helpers.disclosure.secondary import hide
from helpers.errors import InputError

ONS, OPEN = RELEASES["ons-deaths"], RELEASES["opensafely"]
KEPT = True


def grid(values, *, measure="deaths", rows="ABCD", columns="wxyz", margins=True):
    """The cells of a table of two characteristics with its totals."""
    values = np.asarray(values)
    cells = [
        Cell(measure, where_of({"r": rows[i], "c": columns[j]}), int(n), "both")
        for (i, j), n in np.ndenumerate(values)
    ]
    if margins:
        down, across = values.sum(axis=1), values.sum(axis=0)
        cells += [
            Cell(measure, where_of({"r": rows[i]}), int(n), "r", kept=KEPT)
            for i, n in enumerate(down)
        ]
        cells += [
            Cell(measure, where_of({"c": columns[j]}), int(n), "c", kept=KEPT)
            for j, n in enumerate(across)
        ]
        cells.append(Cell(measure, (), int(values.sum()), "all", kept=KEPT))
    return cells


def hidden_of(made):
    return {key for key, cell in made.items() if cell.hidden}


def values_of(cells):
    return {cell.key: cell.value for cell in cells}


# ---- A reference case worked out by brute force --------------------------------------------------


@pytest.fixture(scope="module")
def case_40():
    """Four services and four outcomes; ``reference case 40``, by brute force over added cells."""
    return grid([[41, 3, 12, 20], [55, 9, 2, 31], [18, 4, 15, 0], [77, 22, 30, 48]])


def test_primary_suppression_alone_protects_nothing(case_40):
    first = {cell.key: shown(cell.value, ONS) for cell in case_40}
    found = audit(case_40, first, profile=ONS)
    assert found[["of_whom", "low", "high"]].to_numpy().tolist() == [
        ["c x, r A", 3, 3], ["c y, r B", 2, 2], ["c x, r C", 4, 4],
    ]  # fmt: skip
    assert not found["passes"].any()
    assert failures(found)[0].startswith("deaths, c x, r A (this release; tables both)")


def test_the_cheapest_further_cells_are_found(case_40):
    made = hide(case_40, profile=ONS)
    more = [cell for cell in case_40 if made[cell.key].hidden and cell.value > ONS.threshold]
    assert sum(cell.value for cell in more) == 36
    found = audit(case_40, made, profile=ONS).set_index("of_whom")
    assert found[["low", "high"]].to_dict("index") == {
        "c x, r A": {"low": 0, "high": 15}, "c y, r A": {"low": 0, "high": 15},
        "c x, r B": {"low": 0, "high": 11}, "c y, r B": {"low": 0, "high": 11},
        "c x, r C": {"low": 0, "high": 16}, "c y, r C": {"low": 3, "high": 19},
    }  # fmt: skip
    assert found["passes"].all()


# ---- Laws ---------------------------------------------------------------------------------------

tables = st.lists(st.lists(st.integers(0, 12), min_size=3, max_size=3), min_size=2, max_size=3).map(
    np.array
)
names = st.sampled_from(["hes", "mhsds", "opensafely", "ons-deaths"])


@settings(max_examples=10, deadline=None)
@given(tables, names)
def test_after_it_every_small_count_is_protected(values, name):
    cells, profile = grid(values), RELEASES[name]
    made = hide(cells, profile=profile)
    assert audit(cells, made, profile=profile, limits=False)["passes"].all()


@settings(max_examples=15, deadline=None)
@given(tables)
def test_what_is_shown_is_the_truth_totals_included(values):
    cells = grid(values)
    made = hide(cells, profile=ONS)
    for cell in cells:
        assert made[cell.key].value in {None, cell.value}


@settings(max_examples=15, deadline=None)
@given(tables)
def test_nothing_is_hidden_where_nothing_is_small(values):
    assert hidden_of(hide(grid(values + ONS.threshold + 1), profile=ONS)) == set()


def brute(values, made):
    """Every table that agrees with what is shown of one, tried one by one."""
    n, m = values.shape
    cells = grid(values)
    places = {cell.key: i for i, cell in enumerate(cells)}
    most = values.sum()
    for flat in product(range(most + 1), repeat=n * m):
        tried = grid(np.array(flat).reshape(n, m))
        if all(made[c.key].low <= c.value <= made[c.key].high for c in tried):
            yield [c.value for c in sorted(tried, key=lambda c: places[c.key])]


@settings(max_examples=12, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 2), min_size=2, max_size=2), min_size=2, max_size=2).map(
        np.array
    ),
    st.data(),
)
def test_the_attack_finds_what_trying_every_table_finds(values, data):
    cells = grid(values)
    made = {
        cell.key: shown(cell.value, ONS if data.draw(st.booleans()) else RELEASES["open"])
        for cell in cells
    }
    made[cells[-1].key] = shown(cells[-1].value, RELEASES["open"])
    every = np.array(list(brute(values, made)))
    evidence = evidence_of(values_of(cells), made, Scheme())
    for place, cell in enumerate(cells):
        found = evidence.attack.range(evidence.space.form(0, cell.key))
        assert found == (every[:, place].min(), every[:, place].max())


# ---- Linked tables ------------------------------------------------------------------------------


def test_a_count_is_hidden_in_every_table_or_in_none():
    twice = [
        *grid([[3, 12], [20, 30]]),
        Cell("deaths", where_of({"r": "A", "c": "x"}), 12, "again"),
    ]
    found = hide(twice, profile=ONS)
    assert len(found) == len(by_key(twice)) == len(twice) - 1


def test_two_tables_that_contradict_one_another_are_refused():
    two = [Cell("deaths", (), 9, "one"), Cell("deaths", (), 8, "two")]
    with pytest.raises(InputError, match="a different number in another table"):
        hide(two, profile=ONS)


def test_a_wider_group_and_its_parts_are_seen_together():
    """65 and over in one table, its two parts in another: the small part can be worked out."""
    cells = [
        Cell("deaths", where_of({"age": ["65-74", "75+"]}), 23, "wide"),
        Cell("deaths", where_of({"age": "65-74"}), 3, "fine"),
        Cell("deaths", where_of({"age": "75+"}), 20, "fine"),
    ]
    first = {cell.key: shown(cell.value, ONS) for cell in cells}
    assert not audit(cells, first, profile=ONS)["passes"].any()
    assert len(hidden_of(hide(cells, profile=ONS))) == 2


def test_measures_that_lie_within_one_another_say_more():
    """Two of nine deaths were reported: whoever knows of the nine knows that no more were."""
    cells = [Cell("deaths", where_of({"s": "A"}), 9), Cell("reported", where_of({"s": "A"}), 2)]
    first = {cell.key: shown(cell.value, ONS) for cell in cells}
    for scheme, most in ((Scheme(), np.inf), (Scheme(nested=(("reported", "deaths"),)), 9)):
        (row,) = audit(cells, first, profile=ONS, scheme=scheme).to_dict("records")
        assert (row["low"], row["high"]) == (0, most)


def test_the_difference_of_two_counts_is_a_count():
    """All but two of 40 were reported: the two are protected as if they stood there."""
    scheme = Scheme(nested=(("reported", "deaths"),))
    pairs = {"A": (40, 38), "B": (60, 30)}
    cells = [
        Cell(measure, where_of({"s": name}), count, "t")
        for name, both in pairs.items()
        for measure, count in zip(("deaths", "reported"), both, strict=True)
    ]
    first = {cell.key: shown(cell.value, ONS) for cell in cells}
    (row,) = audit(cells, first, profile=ONS, scheme=scheme).to_dict("records")
    assert (row["measure"], row["low"], row["high"]) == ("deaths less reported", 2, 2)
    made = hide(cells, profile=ONS, scheme=scheme)
    assert len(hidden_of(made)) == 1
    assert audit(cells, made, profile=ONS, scheme=scheme)["passes"].all()


def test_categories_that_are_not_all_published_leave_room():
    """A total of 40 and services of 3 and 20: the rest is not published, so 3 is safe."""
    cells = [
        Cell("deaths", (), 40, kept=True),
        Cell("deaths", where_of({"s": "A"}), 3),
        Cell("deaths", where_of({"s": "B"}), 20),
    ]
    assert len(hidden_of(hide(cells, profile=ONS))) == 1
    # One category alone is not all that there are, either.
    assert len(hidden_of(hide(cells[:2], profile=ONS))) == 1


def test_a_total_that_is_so_small_that_it_gives_a_count_away_goes_last():
    cells = grid([[2, 3]], rows="A", columns="wx")
    made = hide(cells, profile=OPEN)
    assert audit(cells, made, profile=OPEN, limits=False)["passes"].all()


def test_where_tables_are_many_only_what_stands_together_is_told_apart(monkeypatch):
    """The same needs are met, and intervals are never narrower than those of the whole."""
    cells = grid([[3, 12, 9], [20, 2, 30]])
    first = {cell.key: shown(cell.value, ONS) for cell in cells}
    whole = evidence_of(values_of(cells), first, Scheme())
    monkeypatch.setattr(space, "MOST", 1)
    parts = evidence_of(values_of(cells), first, Scheme())
    assert (whole.space.exact, parts.space.exact) == (True, False)
    for cell in cells:
        a, b = (one.attack.range(one.space.form(0, cell.key)) for one in (whole, parts))
        assert b[0] <= a[0] <= cell.value <= a[1] <= b[1]


@pytest.mark.parametrize("limit", ["EXACT", "WHOLE"])
def test_the_way_for_large_tables_protects_as_well(case_40, monkeypatch, limit):
    monkeypatch.setattr(secondary, "EXACT", 0)
    monkeypatch.setattr(secondary, "WHOLE", 0 if limit == "WHOLE" else 10_000)
    made = hide(case_40, profile=ONS)
    assert audit(case_40, made, profile=ONS, limits=False)["passes"].all()
    more = [cell.value for cell in case_40 if made[cell.key].hidden and cell.value > ONS.threshold]
    assert sum(more) <= 2 * 36


# ---- Releases one after the other ----------------------------------------------------------------


def published(cells, profile):
    return Published(profile, hide(cells, profile=profile), "spring")


def test_one_death_more_is_seen_by_differencing_true_counts():
    before, after = grid([[13, 12], [20, 30]]), grid([[14, 12], [20, 30]])
    first = {cell.key: shown(cell.value, ONS) for cell in after}
    found = audit(after, first, profile=ONS, earlier=[published(before, ONS)])
    assert not found["passes"].all()
    assert "between 1 and 1 people were added" in failures(found)[0]


@pytest.mark.parametrize("name", ["hes", "mhsds", "opensafely", "ons-deaths"])
@pytest.mark.parametrize("added", [1, 3])
def test_the_second_release_hides_who_was_added(name, added):
    profile = RELEASES[name]
    before, after = grid([[13, 12], [20, 30]]), grid([[13 + added, 12], [20, 30]])
    earlier = [published(before, profile)]
    made = hide(after, profile=profile, earlier=earlier)
    found = audit(after, made, profile=profile, earlier=earlier, limits=False)
    assert found["passes"].all()


def test_an_earlier_hidden_count_stays_hidden():
    """First hidden with its row; then the groups are others, and the old cell would come out."""
    before = [
        Cell("deaths", (), 33, kept=True),
        Cell("deaths", where_of({"s": "A"}), 3),
        Cell("deaths", where_of({"s": "B"}), 10),
        Cell("deaths", where_of({"s": "C"}), 20),
    ]
    earlier = [published(before, ONS)]
    assert {key[1][0][1][0] for key in hidden_of(dict(earlier[0].shown))} == {"A", "B"}
    after = [
        Cell("deaths", (), 33, kept=True),
        Cell("deaths", where_of({"s": ["A", "C"]}), 23),
        Cell("deaths", where_of({"s": "B"}), 10),
    ]
    first = {cell.key: shown(cell.value, ONS) for cell in after}
    found = audit(after, first, profile=ONS, earlier=earlier)
    assert found.loc[~found["passes"], "release"].unique().tolist() == ["spring"]
    made = hide(after, profile=ONS, earlier=earlier)
    assert audit(after, made, profile=ONS, earlier=earlier, limits=False)["passes"].all()


def test_a_later_run_that_holds_fewer_people_can_be_audited():
    before, after = grid([[13, 12], [20, 30]]), grid([[12, 12], [20, 30]])
    earlier = [published(before, ONS)]
    first = {cell.key: shown(cell.value, ONS) for cell in after}
    assert not audit(after, first, profile=ONS, earlier=earlier, limits=False)["passes"].all()
    made = hide(after, profile=ONS, earlier=earlier)
    assert audit(after, made, profile=ONS, earlier=earlier, limits=False)["passes"].all()


def test_cells_of_a_tidy_table():
    frame = pd.DataFrame(
        {"measure": ["reported", "deaths"], "service": ["A", "all"], "n": pd.array([3, None])}
    )
    (cell,) = cells_of(
        frame, table="t", counts={"n": "{measure}"}, by=["service"], totals={"service": "all"}
    )
    assert (cell.key, cell.value) == (("reported", where_of({"service": "A"})), 3)
