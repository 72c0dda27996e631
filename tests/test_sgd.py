"""The two forms of momentum, and what they have in common with others."""

import numpy as np
import pytest

from npoptim import SGD, Arrays

MATRIX = np.array([[2.0, -0.9], [-0.9, 1.0]])


def quadratic(w):
    return MATRIX @ w


def rosenbrock(w):
    x, y = w
    return np.array([-2 * (1 - x) - 400 * x * (y - x**2), 200 * (y - x**2)])


LANDSCAPES = pytest.mark.parametrize(
    ("gradient", "start", "lr"),
    [(quadratic, (1.0, -2.0), 0.1), (rosenbrock, (-1.2, 1.0), 2e-4)],
    ids=["quadratic", "Rosenbrock"],
)


def walk(gradient, start, steps, **hyperparameters):
    """Return the points that SGD visits, the start first."""
    w = np.array(start)
    model = Arrays(w=w)
    optimizer = SGD(model, **hyperparameters)
    points = [w.copy()]
    for _ in range(steps):
        model.gradients["w"][...] = gradient(w)
        optimizer.step()
        points.append(w.copy())
    return np.array(points)


@LANDSCAPES
@pytest.mark.parametrize("momentum", [0.5, 0.9])
def test_nesterov_walks_the_look_ahead_points(gradient, start, lr, momentum):
    theta = walk(gradient, start, 100, lr=lr, momentum=momentum, nesterov=True)
    w, v = np.array(start), np.zeros(2)
    expected = [w]
    for _ in range(100):
        v = momentum * v - lr * gradient(w + momentum * v)
        w = w + v
        expected.append(w + momentum * v)
    # A hundred roundings of numbers near 1, in another order; Rosenbrock's valley,
    # with a curvature of 1000, spreads them a little.
    np.testing.assert_allclose(theta, expected, rtol=0, atol=1e-12)
    # The walk is long enough to tell the forms apart.
    plain = walk(gradient, start, 100, lr=lr, momentum=momentum)
    assert np.abs(theta - plain).max() > 0.01


@LANDSCAPES
@pytest.mark.parametrize("nesterov", [False, True])
def test_momentum_outside_the_learning_rate(gradient, start, lr, nesterov):
    points = walk(gradient, start, 100, lr=lr, momentum=0.9, nesterov=nesterov)
    w, b = np.array(start), np.zeros(2)
    expected = [w]
    for _ in range(100):
        g = gradient(w)
        b = 0.9 * b + g
        w = w - lr * (g + 0.9 * b if nesterov else b)
        expected.append(w)
    np.testing.assert_allclose(points, expected, rtol=0, atol=1e-12)


@pytest.mark.parametrize("nesterov", [False, True])
@pytest.mark.parametrize("momentum", [0.5, 0.9])
def test_constant_gradient_reaches_full_speed(momentum, nesterov):
    g = np.array([3.0, -0.5])
    points = walk(lambda w: g, (0.0, 0.0), 400, lr=0.1, momentum=momentum,
                  nesterov=nesterov)  # fmt: skip
    # 0.9^400 is 5e-19: nothing is left of the start. The points are differences of
    # numbers near 1000, good to 1e-13.
    last = points[-1] - points[-2]
    np.testing.assert_allclose(last, -0.1 / (1 - momentum) * g, rtol=0, atol=1e-12)


def test_old_velocity_keeps_its_size_when_lr_changes():
    w = np.zeros(1)
    model = Arrays(w=w)
    model.gradients["w"][...] = 1
    optimizer = SGD(model, lr=0.5, momentum=0.5)
    optimizer.step()
    optimizer.lr = 0
    # v = -0.5, then 0.5 · -0.5 - 0 · 1.
    optimizer.step()
    assert optimizer.updates[0]["w"].item() == -0.25
    assert w.item() == -0.75


def test_plain_descent_by_hand():
    points = walk(quadratic, (1.0, -2.0), 2, lr=0.5)
    # The gradients are (3.8, -2.9) and (-1.305, 0.26).
    expected = [(1, -2), (-0.9, -0.55), (-0.2475, -0.68)]
    np.testing.assert_allclose(points, expected, rtol=0, atol=1e-15)


def test_where_the_effective_momentum_is_0_theta_arrives_a_step_after_w():
    # The curvature is 1. w is at 0 after one step; theta = 0 + 0.5 · -8 = -4.
    points = walk(lambda w: w, (8.0,), 3, lr=1, momentum=0.5, nesterov=True)
    np.testing.assert_array_equal(points[:, 0], [8, -4, 0, 0])


def test_a_double_root_is_a_factor_behind_its_rate():
    # Both roots are 0.5, from 1: w_t = (1 + a t) 0.5^t, and at curvature 1
    # w_1 = 1 - 0.25 = (1 + a) / 2, so a = 0.5; at 9, w_1 = -1.25 and the root is -0.5.
    points = walk(lambda w: w * [1, 9], (1.0, 1.0), 30, lr=0.25, momentum=0.25)
    t = np.array([10, 20, 30])
    np.testing.assert_allclose(points[t, 0] / 0.5**t, 1 + 0.5 * t, rtol=1e-12)
    np.testing.assert_allclose(points[t, 1] / 0.5**t, [16, 31, 46], rtol=1e-12)
