"""Rules with matrices and curvature: what no equation and no peer shows."""

import numpy as np
import pytest

from npoptim import LBFGS, Arrays, trace

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
