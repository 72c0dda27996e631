"""Rules with matrices and curvature: what no equation and no peer shows."""

import numpy as np
import pytest

from npoptim import LBFGS, Arrays, Muon, Shampoo, trace

GRADIENTS = np.random.default_rng(0).normal(size=(12, 6))


def test_lbfgs_may_keep_fewer_pairs_later():
    def increments(**arguments):
        steps = trace(LBFGS, np.zeros(6), GRADIENTS, lr=0.1, **arguments)
        return np.array([step.increment for step in steps])

    fewer = increments(history=lambda t: 5 if t < 9 else 2)
    np.testing.assert_array_equal(fewer[:8], increments(history=5)[:8])
    assert not np.array_equal(fewer[8], increments(history=5)[8])


@pytest.mark.parametrize("seed", range(5))
def test_lbfgs_ends_at_the_minimum_of_a_parabola(seed):
    # From its curvatures, which it is not told.
    rng = np.random.default_rng(seed)
    a = rng.normal(size=(4, 4))
    h = a @ a.T + np.eye(4)
    model = Arrays(w=rng.normal(size=4))
    optimizer = LBFGS(model)
    for _ in range(40):
        model.gradients["w"][...] = h @ model.parameters["w"]
        optimizer.step()
    assert np.linalg.norm(model.parameters["w"]) < 1e-9


def test_muon_brings_singular_values_near_1():
    rng = np.random.default_rng(0)
    u, _, v = np.linalg.svd(rng.normal(size=(200, 200)))
    sizes = np.geomspace(0.002, 0.2, 200)
    sizes /= np.linalg.norm(sizes)
    sizes[sizes < 0.002] = 0.002
    g = (u * sizes) @ v
    (step,) = trace(Muon, 0 * g, [g], lr=1, eps=0)
    found = -u.T @ step.increment @ v.T
    assert 0.68 < np.diag(found).min() < np.diag(found).max() < 1.21
    # In the same directions.
    np.testing.assert_allclose(found, np.diag(np.diag(found)), atol=1e-12)


def test_shampoo_bears_rounding_below_epsilon():
    # Of 30 rows and columns one direction alone has a gradient, and a large one.
    g = np.outer(np.arange(1.0, 31), np.arange(30.0, 0, -1)).astype(np.float32)
    model = Arrays(w=np.zeros_like(g))
    optimizer = Shampoo(model, lr=1)
    model.gradients["w"][...] = g
    optimizer.step()
    left = optimizer.state["left"][0]["w"]
    assert np.linalg.eigvalsh(left).min() < 0
    assert np.isfinite(model.parameters["w"]).all()


def test_room_for_pairs_follows_the_history_when_cleared():
    model = Arrays(w=np.ones(3))
    optimizer = LBFGS(model, history=5)
    for history in (2, 7):
        optimizer.history = history
        optimizer.clear()
        assert optimizer.state["pairs"][0]["w"].shape == (history, 2, 3)
        for g in (1, 0.5, 0.2):
            model.gradients["w"][...] = g
            optimizer.step()
        assert np.count_nonzero(optimizer.state["pairs"][0]["w"]) == 2 * 2 * 3
