"""Few clusters: against clubSandwich and sandwich, the definition row by row, and closed forms."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.testing import assert_allclose

from helpers.methods import _few_clusters as few_clusters
from helpers.methods._cr2 import nodes
from helpers.methods._few_clusters import CAUTION, REASON, cluster_robust
from helpers.methods._joint import alone_test, hotelling_test

# ---- Reference comparisons ----------------------------------------------------------------------


@pytest.fixture
def robust(clustered, as_records):
    """Sandwich of reference 28 from single rows."""
    matrix, outcome, cluster = as_records(clustered)
    fitted = 1 / (1 + np.exp(-matrix @ clustered.estimate))
    return cluster_robust(matrix, outcome, np.ones(len(outcome)), fitted, cluster)


@pytest.mark.parametrize(
    ("kind", "column"),
    [("CR0", "se_hc0"), ("CR1", "se_hc0_adj"), ("CR1S", "se_hc1_adj"), ("CR2", "se_cr2")],
)
def test_standard_errors_agree_with_reference_28(robust, reference, kind, column):
    """R packages sandwich 3.1.1 and, for CR2, clubSandwich 0.5.11."""
    expected = reference("28_clustered_logistic", "expected")
    assert_allclose(np.sqrt(np.diag(robust.covariance(kind))), expected[column], rtol=1e-6)


def test_degrees_of_freedom_and_p_values_agree_with_reference_28(robust, clustered, reference):
    """clubSandwich::coef_test; a p value of t = 6 is six times as far off as its error."""
    expected = reference("28_clustered_logistic", "expected")
    found = robust.table(clustered.estimate, satterthwaite=True)
    assert_allclose(found["df"], expected["df_satt"], rtol=1e-6)
    assert_allclose(found["p_value"], expected["p_satt"], rtol=1e-5)
    assert found["reason"].eq("").all()


def test_the_other_covariances_go_with_clusters_less_one(robust, clustered):
    from scipy.stats import t

    found = robust.table(clustered.estimate, kind="CR1S", level=0.9)
    assert found["df"].eq(13).all()
    p_value = 2 * t(13).sf(found["statistic"].abs())
    assert_allclose(found["p_value"], p_value, rtol=1e-9)
    assert_allclose(found["high"] - found["estimate"], t(13).ppf(0.95) * found["std_error"])


def test_the_fit_of_patterns_has_the_same_sandwich_as_single_rows(robust, clustered):
    """`helpers.methods.regression.logistic` counts the records of a pattern and cluster once."""
    found = robust.table(clustered.estimate)
    assert_allclose(found["std_error"], clustered.coefficients["std_error"], rtol=1e-9)
    assert_allclose(found["df"], clustered.coefficients["df"], rtol=1e-8)


def test_rates_with_an_exposure_agree_with_reference_27(reference):
    """R packages stats::glm with an offset and sandwich::vcovCL; each row is one count."""
    rows = reference("27_count_models", "input")
    matrix = np.column_stack([np.ones(len(rows)), rows["t"], rows["sex"] == "M"])
    estimate = reference("27_count_models", "expected_poisson")["estimate"].to_numpy()
    mean = rows["service_users"] * np.exp(matrix @ estimate)
    found = cluster_robust(
        matrix, rows["deaths"], np.ones(len(rows)), mean, rows["trust"], family="poisson"
    )
    expected = reference("27_count_models", "expected_poisson_robust")
    for kind, column in (("CR0", "se_cluster_trust_hc0"), ("CR1", "se_cluster_trust_adj")):
        assert_allclose(np.sqrt(np.diag(found.covariance(kind))), expected[column], rtol=1e-6)


# ---- The definition, row by row -----------------------------------------------------------------


def power(matrix, exponent):
    """A power of a symmetric matrix, of its positive eigenvalues only."""
    value, vector = np.linalg.eigh(matrix)
    kept = value > 1e-9 * value.max()
    return (vector * np.where(kept, np.where(kept, value, 1.0) ** exponent, 0.0)) @ vector.T


class ByRow:
    """CR2, Satterthwaite and HTZ in matrices of single rows, as Pustejovsky and Tipton write them.

    A = D'B^(-1/2)D with D the Cholesky root of the working variance of the cluster.
    """

    def __init__(self, x, y, mean, variance, cluster):
        bread = np.linalg.inv(x.T @ (x * variance[:, None]))
        root, parts, meat = np.sqrt(variance), [], 0.0
        for at in (np.flatnonzero(cluster == one) for one in np.unique(cluster)):
            d = root[at]
            hat = (x[at] * variance[at][:, None]) @ bread @ x.T  # of the linearised fit
            left = -hat
            left[np.arange(len(at)), at] += 1.0
            inner = d[:, None] * (left * variance) @ left.T * d
            adjustment = d[:, None] * power(inner, -0.5) * d
            score = x[at].T @ adjustment @ (y - mean)[at]
            meat = meat + np.outer(score, score)
            parts.append(bread @ x[at].T @ adjustment @ left)
        self.covariance, self.variance = bread @ meat @ bread, variance
        self.parts, self.cluster, self.bread = np.array(parts), cluster, bread
        self.x, self.rest = x, y - mean

    def products(self, contrasts):
        """Working covariances of the parts of each pair of clusters and contrasts."""
        of = np.einsum("qk,gkn->gqn", contrasts, self.parts)
        return np.einsum("gqn,htn->ghqt", of * self.variance, of)

    def satterthwaite(self, contrast):
        product = self.products(np.atleast_2d(contrast))[:, :, 0, 0]
        return np.trace(product) ** 2 / (product**2).sum()

    def working(self, between):
        """Covariance of rows whose clusters differ by a random intercept of this variance."""
        same = self.cluster[:, None] == self.cluster
        return np.diag(self.variance) + between * same * np.outer(self.variance, self.variance)

    def between(self):
        """That at which squared errors of clusters are as expected, each over its own variance."""
        hat = (self.x * self.variance[:, None]) @ self.bread @ self.x.T
        member = np.array([self.cluster == one for one in np.unique(self.cluster)])
        sums = member / np.sqrt(member @ self.variance)[:, None]
        left = sums @ (np.eye(len(hat)) - hat)
        none, one = (np.trace(left @ self.working(value) @ left.T) for value in (0, 1))
        return max((((sums @ self.rest) ** 2).sum() - none) / (one - none), 0)

    def weights(self, contrast, between):
        """Of the chi-squares whose sum is the variance that CR2 finds, over the true one."""
        numbers, working = contrast @ self.parts, self.working(between)
        true = contrast @ self.bread @ self.x.T @ working @ self.x @ self.bread @ contrast
        return np.linalg.eigvalsh(numbers @ working @ numbers.T) / true

    def wishart(self, contrasts):
        product, q = self.products(contrasts), len(contrasts)
        turn = power(np.einsum("ggqt->qt", product), -0.5)
        product = turn @ product @ turn
        spread = np.einsum("ghss,ghtt->", product, product)
        return q * (q + 1) / (spread + np.einsum("ghst,ghts->", product, product))


def drawn(seed, *, family="binomial", rows=300, clusters=7, single=False):
    """Rows in clusters: two factors, a covariate of the cluster, and if asked a lone level."""
    random = np.random.default_rng(seed)
    cluster = random.integers(0, clusters, rows)
    kind, flag = random.integers(0, 3, rows), random.integers(0, 2, rows)
    of_cluster = random.normal(size=clusters).round(1)[cluster]
    columns = [np.ones(rows), kind == 1, kind == 2, flag, of_cluster]
    if single:
        columns.append((cluster == 3) & (random.random(rows) < 0.5))
    x = np.column_stack(columns).astype(float)
    linear = x @ random.normal(0.0, 0.6, x.shape[1]) - 0.4
    mean = 1 / (1 + np.exp(-linear)) if family == "binomial" else np.exp(linear)
    y = random.random(rows) < mean if family == "binomial" else random.poisson(mean)
    return x, y.astype(float), mean, cluster


def merged(x, y, mean, cluster):
    """Patterns of rows within clusters."""
    key, place = np.unique(np.column_stack([x, cluster]), axis=0, return_inverse=True)
    trials = np.bincount(place).astype(float)
    fitted = np.bincount(place, mean) / trials
    return key[:, :-1], np.bincount(place, y), trials, fitted, key[:, -1].astype(int)


@pytest.mark.parametrize("single", [False, True], ids=["", "a level in one cluster"])
@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_patterns_give_what_the_definition_gives_row_by_row(family, single):
    x, y, mean, cluster = drawn(11, family=family, single=single)
    variance = mean * (1 - mean) if family == "binomial" else mean
    peer = ByRow(x, y, mean, variance, cluster)
    patterns = merged(x, y, mean, cluster)
    assert len(patterns[0]) < 0.2 * len(x)
    found = cluster_robust(*patterns, family=family)
    assert found.n == len(x)
    some = slice(0, 5)  # of a level that lies in one cluster nothing is said
    assert_allclose(found.covariance()[some, some], peer.covariance[some, some], rtol=1e-10)
    contrasts = np.eye(x.shape[1])[some]
    contrasts[2, 1] = -1.0  # one level of the first factor against the other
    expected = [peer.satterthwaite(contrast) for contrast in contrasts]
    assert_allclose(found.degrees_of_freedom(contrasts), expected, rtol=1e-10)
    joint = hotelling_test(found, np.ones(x.shape[1]), contrasts[1:4])
    assert_allclose(joint.df_denominator + 2, peer.wishart(contrasts[1:4]), rtol=1e-10)


@pytest.mark.parametrize("between", [0.0, 0.3, None], ids=["none", "0.3", "as found"])
@pytest.mark.parametrize("family", ["binomial", "poisson"])
def test_the_distribution_of_t_is_that_of_the_definition_row_by_row(family, between):
    x, y, mean, cluster = drawn(11, family=family)
    variance = mean * (1 - mean) if family == "binomial" else mean
    y = np.where(cluster == 2, np.maximum(y, 1), y)  # one cluster unlike the others
    peer = ByRow(x, y, mean, variance, cluster)
    found = cluster_robust(*merged(x, y, mean, cluster), family=family)
    assert found.between == pytest.approx(peer.between(), rel=1e-9)
    assert 0.01 < found.between < 5  # so that it counts
    if between is not None:
        vars(found)["between"] = between
    contrasts = np.vstack([np.eye(5), [0, 1, -1, 0, 0]])
    for contrast, against in zip(contrasts, found.references(contrasts), strict=True):
        expected = peer.weights(contrast, found.between)
        assert_allclose(np.sort(against.weights), np.sort(expected), atol=1e-10)


@given(seed=st.integers(0, 10_000), family=st.sampled_from(["binomial", "poisson"]))
@settings(max_examples=15, deadline=None)
def test_merging_and_order_of_rows_change_nothing(seed, family):
    x, y, mean, cluster = drawn(seed, family=family, rows=120, single=bool(seed % 2))
    alone = cluster_robust(x, y, np.ones(len(y)), mean, cluster, family=family)
    few = cluster_robust(*merged(x, y, mean, cluster), family=family)
    assert few.supported().tolist() == alone.supported().tolist()
    known = few.supported()
    for kind in ("CR0", "CR1", "CR1S", "CR2"):
        one, other = (part.covariance(kind)[np.ix_(known, known)] for part in (alone, few))
        assert_allclose(one, other, rtol=1e-8, atol=1e-10)
    assert_allclose(few.degrees_of_freedom(), alone.degrees_of_freedom(), rtol=1e-9)


@given(seed=st.integers(0, 10_000))
@settings(max_examples=15, deadline=None)
def test_another_coding_of_the_same_terms_gives_the_same_contrasts(seed):
    x, y, mean, cluster = drawn(seed, rows=150)
    turn = np.random.default_rng(seed).normal(size=(5, 5)) + 3 * np.eye(5)
    estimate = np.arange(5.0)
    one = cluster_robust(x, y, np.ones(len(y)), mean, cluster)
    other = cluster_robust(x @ turn, y, np.ones(len(y)), mean, cluster)
    contrast = np.array([[0.0, 1, -1, 0, 0], [0, 0, 0, 1, 0]])
    shown = ["estimate", "std_error", "df", "low", "high"]
    first = one.table(estimate, contrast)[shown]
    second = other.table(np.linalg.solve(turn, estimate), contrast @ turn)[shown]
    assert_allclose(first, second, rtol=1e-6, atol=1e-8)
    # A joint hypothesis is the same however its contrasts are written.
    again = hotelling_test(one, estimate, np.array([[2.0, 1], [1, -1]]) @ contrast)
    assert_allclose(again.statistic, hotelling_test(one, estimate, contrast).statistic, rtol=1e-7)


def test_firth_estimates_of_separated_data_have_limits(reference):
    """Reference 26: every death in custody had an inquest, so only Firth has an estimate."""
    rows = reference("26_firth_separation", "input")
    x = np.column_stack([np.ones(len(rows)), rows[["custody", "age10", "male"]]])
    estimate = reference("26_firth_separation", "expected")["estimate"].to_numpy()
    fitted = 1 / (1 + np.exp(-x @ estimate))
    cluster = np.arange(len(rows)) % 9
    found = cluster_robust(x, rows["inquest"], np.ones(len(rows)), fitted, cluster)
    peer = ByRow(x, rows["inquest"].to_numpy(), fitted, fitted * (1 - fitted), cluster)
    assert_allclose(found.covariance(), peer.covariance, rtol=1e-9)
    assert found.supported().all()
    assert np.isfinite(found.table(estimate)[["low", "high"]]).all(axis=None)


# ---- Closed forms -------------------------------------------------------------------------------


def test_clusters_alike_have_the_plain_factor_and_clusters_less_one():
    """Of clusters with the same cells, all fitted, CR2 is CR1 and HTZ Hotelling's T squared."""
    x = np.tile([[1.0, 0, 0, 0], [1, 1, 0, 0], [1, 0, 1, 0], [1, 1, 1, 1]], (8, 1))
    events = np.random.default_rng(3).binomial(20, 0.3, 32)
    fitted = np.tile([0.2, 0.3, 0.35, 0.5], 8)
    found = cluster_robust(x, events, np.full(32, 20), fitted, np.repeat(np.arange(8), 4))
    assert_allclose(found.covariance("CR2"), found.covariance("CR1"), rtol=1e-12)
    assert_allclose(found.degrees_of_freedom(), 7.0, rtol=1e-12)
    value = np.array([0.3, -0.2])
    joint = hotelling_test(found, [0.0, *value, 0.0], np.eye(4)[1:3])
    squared = value @ np.linalg.solve(found.covariance("CR1")[1:3, 1:3], value)
    assert_allclose(joint.statistic, squared * (8 - 2) / ((8 - 1) * 2), rtol=1e-12)
    assert joint.df_denominator == pytest.approx(8 - 2)


def test_two_groups_of_clusters_have_the_degrees_of_freedom_of_welch():
    """Satterthwaite (1946) Biometrics Bull 2:110, of means of 3 and 6 clusters of equal size."""
    group = np.repeat([0.0, 1.0], [3, 6])
    fitted = np.where(group == 1, 0.4, 0.1)
    x = np.column_stack([np.ones(9), group])
    found = cluster_robust(x, [5, 3, 6, 20, 22, 14, 18, 19, 25], np.full(9, 50), fitted, range(9))
    low, high = 1 / (3 * 50 * 0.1 * 0.9), 1 / (6 * 50 * 0.4 * 0.6)
    welch = (low + high) ** 2 / (low**2 / (3 - 1) + high**2 / (6 - 1))
    assert_allclose(found.degrees_of_freedom()[1], welch, rtol=1e-12)
    # Each mean has its own chi-square, its clusters a variance of their own beside that of rows.
    between = vars(found)["between"] = 0.2
    low, high = (1 / (50 * 0.09) + between) / 3, (1 / (50 * 0.24) + between) / 6
    weights = np.sort(np.repeat([low / (3 - 1), high / (6 - 1), 0], [2, 5, 2])) / (low + high)
    assert_allclose(np.sort(found.references()[1].weights), weights, atol=1e-12)


def test_clusters_alike_have_t_with_clusters_less_one():
    found = cluster_robust(
        np.ones((6, 1)), [3, 1, 2, 4, 5, 3], np.full(6, 10), np.full(6, 0.3), range(6)
    )
    assert_allclose(np.sort(found.references()[0].weights)[1:], 1 / 5, rtol=1e-12)
    plain, own = found.table([0.2], satterthwaite=True), found.table([0.2])
    shown = ["estimate", "std_error", "df", "low", "high", "statistic", "p_value"]
    assert_allclose(own[shown], plain[shown], rtol=1e-9)


def test_where_clusters_are_many_the_distribution_is_that_of_t(monkeypatch):
    x, y, mean, cluster = drawn(4, rows=3000, clusters=150)
    found = cluster_robust(x, y, np.ones(len(y)), mean, cluster)
    vars(found)["between"] = 0.0
    exact = found.table(np.full(5, 0.1))
    monkeypatch.setattr(few_clusters, "MANY", 149)
    approximate = found.table(np.full(5, 0.1))
    assert_allclose(exact["high"], approximate["high"], rtol=2e-3)
    assert approximate["method"].str.contains("Satterthwaite").all()
    assert exact["method"].str.contains("between clusters 0.00 ").all()


def test_a_test_of_one_contrast_is_that_of_the_table(robust, clustered):
    contrast = np.array([0, 0, 0, 1.0, 0, -1, 0])
    joint = alone_test(robust, clustered.estimate, contrast)
    alone = robust.table(clustered.estimate, [contrast]).iloc[0]
    by_f = hotelling_test(robust, clustered.estimate, [contrast])
    assert by_f.statistic == pytest.approx(joint.statistic)
    assert by_f.df_denominator == pytest.approx(joint.df_denominator)
    assert joint.statistic == pytest.approx(alone["statistic"] ** 2)
    assert joint.df_denominator == pytest.approx(alone["df"])
    assert joint.p_value == pytest.approx(alone["p_value"])


@pytest.mark.parametrize("ratio", [1.0, 2.0, 1e4, 1e8, 1e12, 1e18, 1e24])
def test_the_sum_of_resolvents_is_an_inverse_root(ratio):
    place, weight = nodes(0.25 / ratio, 0.25)
    b = np.geomspace(0.25 / ratio, 0.25, 101)
    found = (weight / (place**2 + b[:, None])).sum(axis=1)
    assert_allclose(found * np.sqrt(b), 1.0, rtol=1e-12 if ratio < 1e11 else 1e-9)


# ---- What one cluster alone knows ---------------------------------------------------------------


def settings_of_trusts(where):
    """Four hundred deaths in ten trusts; three settings, one of them as `where` says."""
    random = np.random.default_rng(5)
    trust = np.repeat(np.arange(10), 40)
    third = random.random(400) < 0.5
    if where == "one":
        third &= trust == 2
    second = ~third & (random.random(400) < 0.5)
    y = random.random(400) < 0.4
    return trust, second.astype(float), third.astype(float), y.astype(float)


def test_a_level_in_one_cluster_has_no_limits_and_the_others_have():
    trust, second, third, y = settings_of_trusts("one")
    x = np.column_stack([np.ones(400), second, third])
    found = cluster_robust(x, y, np.ones(400), np.full(400, 0.4), trust)
    table = found.table([0.1, 0.2, 0.3])
    assert found.supported().tolist() == [True, True, False]
    assert table["reason"].tolist() == ["", "", REASON]
    unknown = ["std_error", "df", "low", "high", "statistic", "p_value"]
    assert table.loc[2, unknown].isna().all()
    assert table.loc[:1, unknown].notna().all(axis=None)
    joint = hotelling_test(found, [0.1, 0.2, 0.3], np.eye(3)[1:])
    assert np.isnan(joint.statistic)
    assert joint.reason == "no test: rests on the records of one cluster alone"


def test_a_reference_in_one_cluster_leaves_only_comparisons_of_the_other_levels():
    trust, second, third, y = settings_of_trusts("one")
    # The level of one trust is the reference now: the others are dummies.
    first = 1.0 - second - third
    x = np.column_stack([np.ones(400), first, second])
    found = cluster_robust(x, y, np.ones(400), np.full(400, 0.4), trust)
    assert found.supported().tolist() == [False, False, False]
    assert found.supported([[0, 1, -1], [1, 1, 0]]).tolist() == [True, True]


def test_a_flag_of_one_cluster_among_flags_of_clusters_has_no_limits():
    """A characteristic of trusts that only one of them has."""
    trust, _, _, y = settings_of_trusts("many")
    x = np.column_stack([np.ones(400), trust == 4])
    found = cluster_robust(x, y, np.ones(400), np.full(400, 0.4), trust)
    assert found.supported().tolist() == [True, False]


def test_few_degrees_of_freedom_are_marked():
    x = np.column_stack([np.ones(5), [1.0, 1, 0, 0, 0]])
    found = cluster_robust(x, [4, 6, 2, 3, 5], np.full(5, 20), np.full(5, 0.2), range(5))
    table = found.table([0.0, 0.0])
    assert table["df"].lt(4).all()
    assert table["reason"].eq(CAUTION).all()


def test_more_contrasts_than_clusters_allow_are_not_tested():
    x, y, mean, cluster = drawn(2, rows=90, clusters=3)
    found = cluster_robust(x[:, :4], y, np.ones(90), mean, cluster)
    joint = hotelling_test(found, np.zeros(4), np.eye(4)[1:])
    assert np.isnan(joint.p_value)
    assert joint.reason == "no test: 3 contrasts are too many for 3 clusters"


# ---- What is refused ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"matrix": np.ones(4)}, "The matrix must have two dimensions"),
        ({"events": [1, 2]}, "one value for each of its rows"),
        ({"fitted": [0.5, np.nan, 0.5, 0.5]}, "Row 1: a value is missing or infinite"),
        ({"cluster": ["a", None, "b", "b"]}, "Row 1: a value is missing or infinite"),
        ({"trials": [2, -1, 2, 2]}, "Row 1: trials are negative"),
        ({"events": [0, 0, -1, 1]}, "Row 2: events are negative"),
        ({"events": [0, 0, 3, 1]}, "Row 2: there are more events than trials"),
        ({"fitted": [0.5, 0.0, 0.5, 0.5]}, "Row 1: a fitted value is not above zero"),
        ({"fitted": [0.5, 1.0, 0.5, 0.5]}, "Row 1: a fitted probability is not below one"),
        ({"cluster": [1, 1, 1, 1]}, "All rows belong to one cluster"),
        ({"matrix": [[1, 2]] * 4}, "a column is a combination of the others"),
        ({"matrix": [[1, 0]] * 4}, "a column is a combination of the others"),
        ({"family": "normal"}, "family must be one of 'binomial', 'poisson'"),
    ],
)
def test_what_cannot_be_right_is_refused(change, sentence):
    parts = {
        "matrix": [[1.0, 0], [1, 1], [1, 0], [1, 1]], "events": [1, 0, 1, 1], "trials": [2] * 4,
        "fitted": [0.5] * 4, "cluster": ["a", "a", "b", "b"],
    }  # fmt: skip
    assert cluster_robust(**parts).clusters == 2
    with pytest.raises(ValueError, match=sentence):
        cluster_robust(**parts | change)


def test_contrasts_that_cannot_be_are_refused(robust, clustered):
    with pytest.raises(ValueError, match="Contrasts must be rows of 7 numbers"):
        robust.table(clustered.estimate, [[1, 0]])
    with pytest.raises(ValueError, match="Row 1: a contrast of nothing but zeros"):
        robust.supported([[1, 0, 0, 0, 0, 0, 0], [0] * 7])
    with pytest.raises(ValueError, match="combinations of one another"):
        hotelling_test(robust, clustered.estimate, [[1, 0, 0, 0, 0, 0, 0], [2, 0, 0, 0, 0, 0, 0]])
    with pytest.raises(ValueError, match="kind must be one of"):
        robust.covariance("CR3")
    with pytest.raises(ValueError, match="level must lie strictly between"):
        robust.table(clustered.estimate, level=1.0)


def test_rows_without_trials_count_for_nothing(robust, clustered, as_records):
    matrix, outcome, cluster = as_records(clustered)
    fitted = 1 / (1 + np.exp(-matrix @ clustered.estimate))
    x, ids = np.vstack([matrix, matrix[:3]]), np.append(cluster, [99] * 3)
    y, n = np.append(outcome, np.zeros(3)), np.append(np.ones(700), np.zeros(3))
    more = cluster_robust(x, y, n, np.append(fitted, fitted[:3]), ids)
    assert more.clusters == 14
    assert_allclose(more.covariance(), robust.covariance(), rtol=1e-12)
