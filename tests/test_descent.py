"""Other forms of the rules of descent, and what they have in common with SGD."""

import numpy as np

from npoptim import QHM, SGD, AggMo, Arrays, OptimisticSGD, PolyakSGD

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


def test_polyak_sgd_with_a_loss_of_float64_does_not_widen():
    # If it did, the float32 increments would round differently.
    start, gradients = (a.astype(np.float32) for a in script())
    ends = []
    for kind in (float, np.float64):
        model = Arrays(w=start.copy())
        optimizer = PolyakSGD(model)
        for t, g in enumerate(gradients):
            model.gradients["w"][...] = g
            optimizer.step(lambda t=t, kind=kind: kind(1 + t / 7))
        ends.append(model.parameters["w"])
    np.testing.assert_array_equal(*ends, strict=True)


def test_polyak_sgd_descends_as_the_notes_say():
    for scale, share in ((1.0, 0.5), (0.5, 0.0)):
        for h in (0.25, 3.0, 100.0):
            model = Arrays(w=2.0)

            def closure(model=model, h=h):
                (w,) = model.parameters.values()
                model.gradients["w"][...] = h * w
                return h / 2 * w**2

            PolyakSGD(model, lr=1000.0, scale=scale).step(closure)
            np.testing.assert_allclose(model.parameters["w"], 2 * share, atol=1e-15)


def test_qhm_has_plain_descent_and_both_momenta():
    start, gradients = script()
    for nu, arguments in (
        (0, {"lr": 0.1}),
        (1, {"lr": 0.02, "momentum": 0.8}),
        (0.8, {"lr": 0.02, "momentum": 0.8, "nesterov": True}),
    ):
        points = walk(QHM, start, gradients, lr=0.1, momentum=0.8, nu=nu)
        expected = walk(SGD, start, gradients, **arguments)
        np.testing.assert_allclose(points, expected, rtol=0, atol=1e-13)
