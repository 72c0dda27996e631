"""Other forms of the rules of descent, and what they have in common with SGD."""

import numpy as np

from npoptim import SGD, AggMo, Arrays, OptimisticSGD

STEPS = 50


def walk(cls, start, gradients, **arguments):
    """Return the points that a rule visits."""
    model = Arrays(w=start.copy())
    optimizer = cls(model, **arguments)
    points = []
    for g in gradients:
        model.gradients["w"][...] = g
        optimizer.step()
        points.append(model.parameters["w"].copy())
    return np.array(points)


def script():
    rng = np.random.default_rng(0)
    return rng.normal(size=5), rng.normal(size=(STEPS, 5))


def test_optimistic_sgd_is_one_forecast_ahead_of_plain_descent():
    # Optimistic mirror descent in two sequences: one descends, and the other stands
    # where it would be after a step with the last gradient.
    start, gradients = script()
    descending = start - 0.1 * np.cumsum(gradients, axis=0)
    expected = descending - 0.1 * gradients
    points = walk(OptimisticSGD, start, gradients, lr=0.1)
    np.testing.assert_allclose(points, expected, rtol=0, atol=1e-14)


def test_aggmo_with_equal_shares_is_momentum():
    start, gradients = script()
    shares = {f"momentum{k}": 0.8 for k in (1, 2, 3)}
    points = walk(AggMo, start, gradients, lr=0.1, **shares)
    expected = walk(SGD, start, gradients, lr=0.1, momentum=0.8)
    np.testing.assert_allclose(points, expected, rtol=0, atol=1e-13)
