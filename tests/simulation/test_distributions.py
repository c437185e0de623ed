import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from lensym.errors import UsageError
from lensym.simulation.distributions import KINDS, Distribution, parse_distribution

U = np.array([0.0, 1e-9, 0.01, 0.3, 0.5, 0.77, 0.999, 1 - 2.0**-53])


def power_law_ppf(u, low, high, exponent):
    """By bisection of the integral."""

    def share(m):
        p = exponent + 1
        return math.log(m / low) / math.log(high / low) if p == 0 else (m**p - low**p) / (high**p - low**p)

    def one(target):
        a, b = low, high
        for _ in range(200):
            middle = (a + b) / 2
            a, b = (middle, b) if share(middle) < target else (a, middle)
        return a

    return np.array([one(v) for v in u])


THEIRS = {
    ("constant", (2.5,)): lambda u: np.full_like(u, 2.5),
    ("uniform", (-1.0, 3.0)): stats.uniform(-1, 4).ppf,
    ("uniform", (2.0, 2.0)): lambda u: np.full_like(u, 2.0),
    ("log_uniform", (0.1, 30.0)): stats.loguniform(0.1, 30).ppf,
    ("log10_uniform", (3.0, 3.5)): stats.loguniform(10**3, 10**3.5).ppf,
    ("normal", (2.0, 0.1)): lambda u: stats.norm(2, 0.1).ppf(np.maximum(u, 2.0**-54)),
    ("normal", (2.0, 0.0)): lambda u: np.full_like(u, 2.0),
    ("power_law", (1e6, 1e10, -1.9)): lambda u: power_law_ppf(u, 1e6, 1e10, -1.9),
    ("power_law", (1.0, 9.0, -1.0)): lambda u: power_law_ppf(u, 1.0, 9.0, -1.0),
    ("power_law", (0.0, 2.0, 1.0)): lambda u: 2 * np.sqrt(u),
    ("poisson", (25.0,)): lambda u: np.maximum(stats.poisson(25).ppf(u), 0),
    ("poisson", (0.7,)): lambda u: np.maximum(stats.poisson(0.7).ppf(u), 0),
    ("poisson", (900.0,)): lambda u: np.maximum(stats.poisson(900).ppf(u), 0),
    ("poisson", (0.0,)): np.zeros_like,
}


def test_every_kind_is_tested():
    assert {kind for kind, _ in THEIRS} == set(KINDS)


@pytest.mark.parametrize(("kind", "values"), THEIRS)
def test_quantiles_are_scipys(kind, values):
    ours, theirs = Distribution(kind, values), THEIRS[kind, values]
    inner = U[1:-1]  # at the very ends rounding decides
    np.testing.assert_allclose(ours.quantiles(inner), theirs(inner), rtol=1e-9)
    np.testing.assert_allclose([ours.quantile(u) for u in inner.tolist()], theirs(inner), rtol=1e-9)
    assert np.isfinite(ours.quantiles(U)).all()


@given(st.sampled_from(list(THEIRS)), st.floats(0, 1 - 2.0**-53), st.floats(0, 1 - 2.0**-53))
def test_a_larger_number_is_drawn_at_a_larger_quantile_and_within_the_bounds(which, u, v):
    d = Distribution(*which)
    first, second = d.quantile(min(u, v)), d.quantile(max(u, v))
    slack = 1e-9 * max(abs(d.low), abs(d.high))
    assert d.low - slack <= first <= second + slack
    assert second <= d.high + slack


@pytest.mark.parametrize(("kind", "values"), THEIRS)
def test_it_can_be_written_and_read_again(kind, values):
    d = Distribution(kind, values)
    assert parse_distribution(d.to_plain(), "x") == d


def test_what_is_constant():
    constant = [
        Distribution("constant", (1.0,)),
        Distribution("uniform", (1.0, 1.0)),
        Distribution("normal", (1.0, 0.0)),
    ]
    assert all(d.is_constant for d in constant)
    assert not any(Distribution(*which).is_constant for which in [("uniform", (0.0, 1.0)), ("poisson", (3.0,))])


@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("wide", "^x must be a number; got 'wide'"),
        (True, "^x must be a number; got True"),
        (float("inf"), "^x must be finite; got inf"),
        ([1, 2], r"^x must be a number; got \[1, 2\]"),
        (None, "^x must be a number; got None"),
        ({}, r"^x must be a number or one distribution; got \{\}"),
        ({"uniform": [0, 1], "normal": [0, 1]}, "^x must be a number or one distribution"),
        ({"unifrom": [0, 1]}, "a known distribution in x is needed; got 'unifrom'; did you mean 'uniform'"),
        ({"uniform": [0]}, r"^x\.uniform needs the numbers \[low, high\]; got \[0\]"),
        ({"uniform": [0, "b"]}, r"^x\.uniform must be a number; got 'b'"),
        ({"uniform": [1, 0]}, r"^x\.uniform needs low <= high"),
        ({"log_uniform": [0, 1]}, r"^x\.log_uniform needs 0 < low <= high"),
        ({"log10_uniform": [3, 400]}, r"^x\.log10_uniform needs a finite 10\^high"),
        ({"normal": [0, -1]}, r"^x\.normal needs deviation >= 0"),
        ({"power_law": [0, 1, -1.9]}, r"^x\.power_law needs 0 < low <= high"),
        ({"poisson": -1}, r"^x\.poisson needs 0 <= mean <= 10000"),
        ({"poisson": [1e5]}, r"^x\.poisson needs 0 <= mean <= 10000"),
    ],
)
def test_a_refusal_names_the_key(value, message):
    with pytest.raises(UsageError, match=message):
        parse_distribution(value, "x")
