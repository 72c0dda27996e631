"""Problems have the values, gradients and minimizers that they say, and are models."""

from copy import deepcopy
from decimal import Decimal, localcontext
from fractions import Fraction
from inspect import isclass, ismodule
from math import cos, log, log1p, pi, sin, sqrt

import numpy as np
import pytest

from npoptim import SGD, Adam, AMSGrad, L1Optimizer, problems
from npoptim.problems import (
    AdamCounterexample,
    Beale,
    Himmelblau,
    LogisticRegression,
    NoisyQuadratic,
    Problem,
    Quadratic,
    Rastrigin,
    Rosenbrock,
    Saddle,
    descend,
)

MAKE = {
    "Quadratic 1": lambda **start: Quadratic([4], **start),
    "Quadratic 2": lambda **start: Quadratic([1, 9], **start),
    "Quadratic 3": lambda **start: Quadratic((1e-3, 2, 1e3), **start),
    "Quadratic turned": lambda **start: Quadratic([1, 9], 30, **start),
    "NoisyQuadratic": lambda **start: NoisyQuadratic([1, 9], rng=0, **start),
    "Rosenbrock": Rosenbrock,
    "Beale": Beale,
    "Himmelblau": Himmelblau,
    "Saddle": Saddle,
    "Rastrigin": Rastrigin,
    "LogisticRegression": LogisticRegression,
    "AdamCounterexample": AdamCounterexample,
}
# Nothing diverges there.
BOUNDED_SLOPES = {"LogisticRegression", "AdamCounterexample"}


@pytest.fixture(params=MAKE)
def make(request):
    return MAKE[request.param]


def test_all_are_here():
    named = {getattr(problems, name) for name in problems.__all__}
    modules = filter(ismodule, vars(problems).values())
    classes = {value for m in modules for value in vars(m).values() if isclass(value)}
    own = {cls for cls in classes if cls.__module__.startswith(problems.__name__)}
    assert named == own | {descend}
    assert {type(make()) for make in MAKE.values()} | {Problem} == own


def test_gradient_is_the_slope_of_the_value(make):
    problem = make()
    rng = np.random.default_rng(0)
    low, high = np.transpose(problem.limits)
    for w in rng.uniform(low, high, size=(20, low.size)):
        steps = 1e-5 * np.eye(w.size)
        slope = [(problem.value(w + d) - problem.value(w - d)) / 2e-5 for d in steps]
        scale = 1 + abs(problem.value(w))
        np.testing.assert_allclose(
            problem.gradient(w), slope, rtol=1e-6, atol=1e-6 * scale
        )


# Each from the formula, with w written in.
VALUES = [
    (Quadratic([1, 9]), (2, -3), (4 + 81) / 2, (2, -27)),
    (Quadratic([1, 2, 3]), (1, 1, 2), (1 + 2 + 12) / 2, (1, 2, 6)),
    # Turned by 90°, the curvature of 1 is along the second axis.
    (Quadratic([1, 9], 90), (2, -3), (9 * 4 + 9) / 2, (18, -3)),
    # The steep direction is 30° beyond the vertical, (-1/2, √3/2).
    (Quadratic([1, 9], 30), (-1, sqrt(3)), 9 * 4 / 2, (-9, 9 * sqrt(3))),
    (Quadratic([1, 9], -330), (sqrt(3), 1), 1 * 4 / 2, (sqrt(3), 1)),
    (NoisyQuadratic([1, 9], 5), (2, -3), (4 + 81) / 2, (2, -27)),
    (Rosenbrock(), (-1.2, 1), 2.2**2 + 100 * 0.44**2, (-215.6, -88)),
    (Beale(), (1, 1), 1.5**2 + 2.25**2 + 2.625**2, (0, 27.75)),
    (Beale(), (0, 7), 1.5**2 + 2.25**2 + 2.625**2, (1.5 * 12 + 4.5 * 48 + 1795.5, 0)),
    (Himmelblau(), (0, 0), 121 + 49, (-14, -22)),
    (Himmelblau(), (-1, 3), 49 + 1, (28 + 2, -14 + 12)),
    (Saddle(), (-2, 3), (4 - 9) / 2 + 81 / 4, (-2, 24)),
    (
        Rastrigin(),
        (0.1, -2.2),
        20 + 0.01 + 4.84 - 10 * (cos(0.2 * pi) + cos(0.4 * pi)),
        (0.2 + 20 * pi * sin(0.2 * pi), -4.4 - 20 * pi * sin(0.4 * pi)),
    ),
    # Logits -1 at x = 0 and 1 at x = 2.
    (
        LogisticRegression(),
        (1, -1),
        2 * log1p(np.exp(-1)) + 1 + 4 * log1p(np.e) - 3,
        (
            2 * (4 / (1 + np.exp(-1)) - 3),
            2 / (1 + np.e) + 4 / (1 + np.exp(-1)) - 4,
        ),
    ),
    (AdamCounterexample(), (-0.6,), -0.2, (1 / 3,)),
]


@pytest.mark.parametrize(("problem", "w", "value", "gradient"), VALUES)
def test_values_by_hand(problem, w, value, gradient):
    assert problem.value(w) == pytest.approx(value, rel=1e-12)
    assert problem.gradient(w) == pytest.approx(gradient, rel=1e-12, abs=1e-12)
    assert problem.gradient(w).dtype == np.float64


def test_hessian_of_a_turned_quadratic():
    # (1 + 9) / 2 on the diagonal, (1 - 9) / 2 beside it
    np.testing.assert_allclose(Quadratic([1, 9], 45).hessian, [[5, -4], [-4, 5]])
    assert Quadratic([1, 9]).hessian.tolist() == [[1, 0], [0, 9]]


def test_one_call_for_many_points(make):
    problem = make()
    n = len(problem.limits)
    points = np.random.default_rng(0).uniform(-1, 1, size=(n, 3, 4))
    values, gradients = problem.value(points), problem.gradient(points)
    assert values.shape == (3, 4)
    assert gradients.shape == (n, 3, 4)
    for i, j in np.ndindex(3, 4):
        point = points[:, i, j]
        assert values[i, j] == pytest.approx(problem.value(point), rel=1e-12)
        assert gradients[:, i, j] == pytest.approx(problem.gradient(point), rel=1e-12)
    # A mesh grid is a tuple, and lists do.
    assert np.array_equal(problem.value(tuple(points)), values)
    assert np.array_equal(problem.gradient(points.tolist()), gradients)


def test_minimizers(make):
    problem = make()
    n = len(problem.limits)
    assert problem.minimizers.ndim == 2
    assert problem.minimizers.shape[1] == n
    assert problem.minimizers.dtype == np.float64
    if not isinstance(problem, AdamCounterexample):  # its minimizer is at an end
        np.testing.assert_allclose(
            problem.gradient(problem.minimizers.T), 0, atol=1e-13
        )
    least = problem.value(problem.minimizers.T)
    np.testing.assert_allclose(least, least[0], atol=1e-13)
    low, high = np.transpose(problem.limits)
    for w, value in zip(problem.minimizers, least, strict=True):
        assert (low <= w).all()
        assert (w <= high).all()
        for d in 1e-3 * np.concatenate([np.eye(n), -np.eye(n)]):
            if (low <= w + d).all():
                assert problem.value(w + d) > value
    anywhere = np.random.default_rng(0).uniform(low, high, size=(1000, n))
    assert (problem.value(anywhere.T) > least.min()).all()


def test_minimizers_of_himmelblau_are_the_nearest_floats():
    def brackets(x, y):
        return x**2 + y - 11, x + y**2 - 7

    with localcontext() as context:
        context.prec = 50
        for w in Himmelblau().minimizers:
            x, y = map(Decimal, w.tolist())
            # Newton's method on the two brackets, by Cramer's rule
            for _ in range(5):
                a, b = brackets(x, y)
                det = 4 * x * y - 1
                x, y = x - (2 * y * a - b) / det, y - (2 * x * b - a) / det
            assert max(map(abs, brackets(x, y))) < Decimal("1e-45")
            assert w.tolist() == [float(x), float(y)]


def test_rastrigin_has_as_many_minima_as_it_says():
    # Along each axis, a minimum is where the slope turns from - to +.
    (low, high), _ = Rastrigin().limits
    line = np.linspace(low, high, 100_001)
    slope = Rastrigin().gradient([line, line])[0]
    assert ((slope[:-1] < 0) & (slope[1:] >= 0)).sum() ** 2 == 121


def test_condition_number_of_rosenbrock():
    # The second derivatives at (1, 1): 2 + 800, -400 and 200
    flat, steep = np.linalg.eigvalsh([[802, -400], [-400, 200]])
    assert round(steep / flat, -2) == 2500


def test_shares_minimize_the_logistic_loss():
    problem = LogisticRegression()
    # With these, the loss is the entropy of the shares 1/2 and 3/4.
    entropy = 2 * log(2) - 3 * log(3 / 4) - log(1 / 4)
    assert problem.value([log(3) / 2, 0]) == pytest.approx(entropy, rel=1e-14)


@pytest.mark.parametrize("w", [(1e300, -1e300), (-1e4, 1e4)])
def test_logistic_regression_never_overflows(w):
    problem = LogisticRegression()
    assert np.isfinite(problem.value(w))
    assert np.isfinite(problem.gradient(w)).all()


def test_limits(make):
    problem = make()
    assert len(problem.limits) == problem.w.size
    for (low, high), w in zip(problem.limits, problem.w, strict=True):
        assert low <= w <= high
        assert low < high


def test_limits_of_a_quadratic_follow_the_start():
    assert Quadratic([1, 9], start=[-5, 2]).limits == ((-6, 6), (-6, 6))
    assert Quadratic([4], start=[0]).limits == ((-1.2, 1.2),)


def test_start(make):
    problem = make()
    n = len(problem.limits)
    assert problem.w.tolist() == list(problem.default_start)
    assert problem.w.dtype == np.float64
    start = np.full(n, 0.5)
    problem = make(start=start)
    assert problem.w.tolist() == start.tolist()
    assert not np.shares_memory(problem.w, start)
    assert make(start=[1] * n).w.dtype == np.float64
    assert make(start=None).w.tolist() == list(make().default_start)


def test_start_of_a_turned_quadratic():
    # 1 along each of the directions (√3/2, 1/2) and (-1/2, √3/2)
    expected = [(sqrt(3) - 1) / 2, (1 + sqrt(3)) / 2]
    np.testing.assert_allclose(Quadratic([1, 9], 30).w, expected, rtol=1e-14)
    assert Quadratic([1, 2, 3]).w.tolist() == [1, 1, 1]


@pytest.mark.parametrize(
    ("start", "error"),
    [
        ([], ValueError),
        (0.5, ValueError),
        ([0.5] * 7, ValueError),
        ([[0.5, 0.5]], ValueError),
        (float("nan"), ValueError),
        ("a", TypeError),
        ([[1], [1, 2]], TypeError),
        ([1j, 1j], TypeError),
    ],
)
def test_bad_start(make, start, error):
    with pytest.raises(error, match="start must"):
        make(start=start)


@pytest.mark.parametrize("bad", [float("nan"), float("inf")])
def test_start_that_is_not_finite(make, bad):
    start = np.zeros(len(make().limits))
    start[-1] = bad
    with pytest.raises(ValueError, match="start must be finite"):
        make(start=start)


@pytest.mark.parametrize("start", [-1.01, 2])
def test_start_out_of_the_domain(start):
    with pytest.raises(ValueError, match=r"start must be in \[-1, 1\], got \["):
        AdamCounterexample([start])


@pytest.mark.parametrize("make", [Quadratic, NoisyQuadratic])
@pytest.mark.parametrize(
    ("curvatures", "error"),
    [
        ([], ValueError),
        (4, ValueError),
        ([[1, 9]], ValueError),
        ([1, 0], ValueError),
        ([1, -9], ValueError),
        ([1, float("nan")], ValueError),
        ([1, float("inf")], ValueError),
        (None, ValueError),
        ("steep", TypeError),
        ([1, "steep"], TypeError),
    ],
)
def test_bad_curvatures(make, curvatures, error):
    with pytest.raises(error, match="curvatures must"):
        make(curvatures)


@pytest.mark.parametrize(
    ("curvatures", "angle", "error"),
    [
        ([4], 45, ValueError),
        ([1, 2, 3], -1, ValueError),
        ([1, 9], float("nan"), ValueError),
        ([1, 9], float("inf"), ValueError),
        ([1, 9], "45", TypeError),
        ([1, 9], None, TypeError),
        ([1, 9], True, TypeError),
        ([1, 9], [45], TypeError),
    ],
)
def test_bad_angle(curvatures, angle, error):
    with pytest.raises(error, match="angle must"):
        Quadratic(curvatures, angle)


@pytest.mark.parametrize(
    ("noise", "error"),
    [(-1, ValueError), (float("nan"), ValueError), ("1", TypeError), (True, TypeError)],
)
def test_bad_noise(noise, error):
    with pytest.raises(error, match="noise must be"):
        NoisyQuadratic([1, 9], noise)
    problem = NoisyQuadratic([1, 9])
    with pytest.raises(error, match="noise must be"):
        problem.noise = noise


def test_a_problem_without_its_function():
    class Empty(Problem):
        minimizers = np.zeros((1, 1))
        default_start = (0,)

    with pytest.raises(NotImplementedError, match=r"Empty must define value\(\)"):
        Empty().value([0])
    with pytest.raises(NotImplementedError, match=r"Empty must define gradient\(\)"):
        Empty().compute_gradient()


def test_arrays_stay_the_same(make):
    problem = make()
    (w,), (g,) = (
        layer.values() for (layer,) in (problem._parameters, problem._gradients)
    )
    assert w is problem.w
    assert g.tolist() == [0] * w.size
    descend(problem, SGD(problem, lr=1e-3), 3)
    assert problem._parameters[0]["w"] is problem.w is w
    assert problem._gradients[0]["w"] is g
    with pytest.raises(AttributeError):
        problem.w = w


def test_compute_gradient_takes_the_place_of_the_last_one():
    problem = Rosenbrock([2, 3])
    for _ in range(2):
        problem.compute_gradient()
        assert problem._gradients[0]["w"].tolist() == [802, -200]
    problem.w[...] = [1, 1]
    problem.compute_gradient()
    assert problem._gradients[0]["w"].tolist() == [0, 0]
    problem.w[...] = 1e9
    problem.project()
    assert problem.w.tolist() == [1e9, 1e9]


def noise_of(problem, n):
    draws = []
    for _ in range(n):
        problem.compute_gradient()
        draws.append(problem._gradients[0]["w"] - problem.gradient(problem.w))
    return np.array(draws)


def test_noise_has_the_stated_mean_and_deviation():
    n = 40_000
    noise = noise_of(NoisyQuadratic([1, 9], noise=3, rng=0, start=[2, -5]), n)
    # Five standard errors of each: the mean's is 3/√n, the variance's 9 √(2/n).
    assert (abs(noise.mean(axis=0)) < 5 * 3 / sqrt(n)).all()
    assert (abs(noise.var(axis=0) - 9) < 5 * 9 * sqrt(2 / n)).all()
    # A standard normal's fourth power has the mean 3 and the variance 105 - 3² = 96.
    assert (abs((noise**4).mean(axis=0) / 81 - 3) < 5 * sqrt(96 / n)).all()
    assert abs((noise[:, 0] * noise[:, 1]).mean()) < 5 * 9 / sqrt(n)


def test_noise_is_seeded():
    def draw(rng):
        return noise_of(NoisyQuadratic([1, 9], rng=rng), 5).tolist()

    assert draw(1) == draw(1) == draw(np.random.default_rng(1))
    assert draw(1) != draw(2)
    assert draw(None) != draw(None)
    generator = np.random.default_rng(1)
    assert draw(generator) != draw(generator)
    assert noise_of(NoisyQuadratic([1, 9], noise=0), 5).tolist() == [[0, 0]] * 5


def test_variance_that_descent_keeps_under_noise():
    lr, h, n = 0.1, np.array([1, 9]), 100_000
    problem = NoisyQuadratic(h, noise=0.5, rng=0)
    path = descend(problem, SGD(problem, lr=lr), n)[200:]
    expected = lr * 0.5**2 / (h * (2 - lr * h))
    # Successive points are correlated: a few percent are left of 100,000 draws.
    np.testing.assert_allclose(path.var(axis=0), expected, rtol=0.05)


def test_slopes_of_the_counterexample_take_turns():
    problem = AdamCounterexample()
    slopes = []
    for _ in range(7):
        problem.compute_gradient()
        slopes += problem._gradients[0]["w"].tolist()
    assert slopes == [3, -1, -1, 3, -1, -1, 3]
    assert problem.t == 7
    # The mean of a round is the slope of the value.
    assert np.mean(slopes[:3]) == pytest.approx(problem.value([1]) - problem.value([0]))


def test_projection_of_the_counterexample():
    problem = AdamCounterexample()
    for w, projected in ((1.5, 1), (-7, -1), (0.3, 0.3), (1, 1)):
        problem.w[...] = w
        problem.project()
        assert problem.w.tolist() == [projected]


@pytest.mark.parametrize(("rule", "end"), [(Adam, 1), (AMSGrad, -1)])
def test_adam_climbs_and_amsgrad_does_not(rule, end):
    problem = AdamCounterexample()
    optimizer = rule(problem, lr=0.05, beta1=0, beta2=0.1, eps=0)
    path = descend(problem, optimizer, 600)
    assert abs(path).max() <= 1
    assert abs(path[-1] - end) < 0.1


class L1SGD(L1Optimizer, SGD):
    pass


@pytest.mark.parametrize(
    ("rule", "arguments"),
    [
        (SGD, {"lr": 1e-3, "momentum": 0.9, "nesterov": True}),
        (Adam, {"lr": 0.1, "weight_decay": 0.1}),
        (L1SGD, {"lr": 1e-3, "weight_decay": 0.5}),
    ],
)
def test_descend_is_the_loop_by_hand(make, rule, arguments):
    problem, other = make(), make()
    optimizer = rule(other, **arguments)
    points = [other.w.tolist()]
    for _ in range(20):
        other.compute_gradient()
        optimizer.step()
        other.project()
        points.append(other.w.tolist())
    path = descend(problem, rule(problem, **arguments), 20)
    assert path.dtype == np.float64
    assert path.tolist() == points
    assert problem.w.tolist() == points[-1]


def test_descend_without_the_library():
    # Plain descent, with the gradient written out
    problem = Rosenbrock()
    path = descend(problem, SGD(problem, lr=1e-3), 50)
    x, y = -1.2, 1.0
    for point in path:
        assert point.tolist() == pytest.approx([x, y], rel=1e-12)
        x, y = (
            x - 1e-3 * (2 * (x - 1) + 400 * x * (x * x - y)),
            y - 1e-3 * 200 * (y - x * x),
        )


def test_descend_is_exact_on_a_quadratic():
    problem = Quadratic([1, 8], start=[3, 1])
    path = descend(problem, SGD(problem, lr=0.125), 4)
    # The factors are 7/8 and 0, and powers of 7/8 are exact.
    expected = [[float(3 * Fraction(7, 8) ** t), float(t == 0)] for t in range(5)]
    assert path.tolist() == expected


def test_descend_goes_on_where_it_ended():
    problem, other = Beale(), Beale()
    whole = descend(problem, Adam(problem, lr=0.01), 30)
    optimizer = Adam(other, lr=0.01)
    parts = [descend(other, optimizer, n) for n in (10, 0, 20)]
    assert whole[:11].tolist() == parts[0].tolist()
    assert parts[1].tolist() == [whole[10].tolist()]
    assert whole[10:].tolist() == parts[2].tolist()


@pytest.mark.parametrize(
    ("steps", "error"),
    [(-1, ValueError), (2.0, TypeError), (True, TypeError), ("2", TypeError)],
)
def test_bad_steps(steps, error):
    problem = Rosenbrock()
    with pytest.raises(error, match="steps must be"):
        descend(problem, SGD(problem), steps)
    assert problem.w.tolist() == [-1.2, 1]


def test_steps_of_numpy():
    problem = Rosenbrock()
    assert descend(problem, SGD(problem), np.int64(3)).shape == (4, 2)


def test_optimizer_of_another_model():
    problem, other = Rosenbrock(), Rosenbrock()
    with pytest.raises(ValueError, match="optimizer must be built on problem"):
        descend(problem, SGD(other), 1)
    assert problem.w.tolist() == other.w.tolist() == [-1.2, 1]


@pytest.mark.parametrize("name", sorted({*MAKE} - BOUNDED_SLOPES))
def test_divergence_is_no_warning(name):
    problem = MAKE[name]()
    path = descend(problem, SGD(problem, lr=1e300), 20)
    assert not np.isfinite(path[-1]).all()
    with pytest.warns(RuntimeWarning, match="overflow"):
        np.square(1e300)  # only descend() is silent


def test_copies_go_their_own_way(make):
    problem = make()
    optimizer = Adam(problem, lr=0.01)
    descend(problem, optimizer, 3)
    other, its_optimizer = deepcopy((problem, optimizer))
    assert other.w is other._parameters[0]["w"]
    path = descend(other, its_optimizer, 5)
    assert problem.w.tolist() == path[0].tolist() != path[-1].tolist()
    assert descend(problem, optimizer, 5).tolist() == path.tolist()
