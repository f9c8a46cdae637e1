"""Profiles of disclosure control: only those that exist and that the case permits."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from helpers.disclosure import PROFILES, check_profile
from helpers.errors import InputError


@given(
    st.one_of(st.sampled_from(list(PROFILES)), st.text(max_size=10)),
    st.sets(st.sampled_from(list(PROFILES))),
)
def test_a_profile_passes_exactly_when_it_exists_and_is_permitted(name, permitted):
    if name in PROFILES and name in permitted:
        check_profile(name, permitted=sorted(permitted))
        return
    with pytest.raises(InputError) as refused:
        check_profile(name, permitted=sorted(permitted))
    (problem,) = refused.value.problems
    assert problem.where == "parameter release_profile"
    assert all(profile in problem.mend for profile in permitted)


def test_a_permitted_profile_that_does_not_exist_is_still_refused():
    with pytest.raises(InputError):
        check_profile("secret", permitted=["secret"])
