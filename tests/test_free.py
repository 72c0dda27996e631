"""What rules without a rate, or a schedule, have in common with others."""

import numpy as np
import pytest

from npoptim import (
    SGD,
    Arrays,
    DAdaptAdam,
    DecoupledWeightDecay,
    DoG,
    DoWG,
    Prodigy,
    ScheduleFreeAdamW,
    ScheduleFreeSGD,
)


def script(steps=50):
    """Return a start, and random gradients."""
    rng = np.random.default_rng(0)
    return rng.normal(size=4), rng.normal(size=(steps, 4))


def walk(cls, start, gradients, **arguments):
    """Return the points that a rule visits, and those that it wants to be shown."""
    model = Arrays(w=start.copy())
    optimizer = cls(model, **arguments)
    points, shown = [], []
    for g in gradients:
        model.gradients["w"][...] = g
        optimizer.step()
        points.append(model.parameters["w"].copy())
        with optimizer.evaluation():
            shown.append(model.parameters["w"].copy())
    return np.array(points), np.array(shown)


def test_schedule_free_without_interpolation_is_descent_beside_its_mean():
    start, gradients = script()
    points, shown = walk(ScheduleFreeSGD, start, gradients, lr=0.1, beta1=0)
    expected, _ = walk(SGD, start, gradients, lr=0.1)
    np.testing.assert_allclose(points, expected, rtol=0, atol=1e-14)
    np.testing.assert_allclose(shown[-1], np.mean(expected, 0), rtol=0, atol=1e-14)


def test_schedule_free_at_the_average_is_where_it_is_evaluated():
    points, shown = walk(ScheduleFreeSGD, *script(), lr=0.1, beta1=1)
    np.testing.assert_allclose(points, shown, rtol=0, atol=1e-14)


@pytest.mark.parametrize("idle", [0, 1])
def test_steps_at_a_rate_of_0_leave_the_average(idle):
    start, gradients = script()
    _, expected = walk(ScheduleFreeSGD, start, gradients, lr=0.1)
    twice = np.repeat(gradients, 2, axis=0)
    _, shown = walk(ScheduleFreeSGD, start, twice, lr=lambda t: 0.1 * (t % 2 != idle))
    np.testing.assert_allclose(shown[1::2], expected, rtol=0, atol=1e-14)


def test_what_is_added_to_an_increment_is_undone_by_the_next():
    class Decaying(DecoupledWeightDecay, ScheduleFreeSGD):
        pass

    _, expected = walk(ScheduleFreeSGD, *script(), lr=0.1)
    _, shown = walk(Decaying, *script(), lr=0.1, weight_decay=0.5)
    np.testing.assert_allclose(shown, expected, rtol=0, atol=1e-14)


@pytest.mark.parametrize("cls", [DoG, DoWG, DAdaptAdam, Prodigy])
def test_the_scale_of_the_loss_does_not_matter_but_for_epsilon(cls):
    start, gradients = script()
    points, _ = walk(cls, start, gradients, eps=1e-30)
    scaled, _ = walk(cls, start, 1000 * gradients, eps=1e-30)
    np.testing.assert_allclose(scaled, points, rtol=1e-12, atol=0)
    assert np.all(points[-1] != start)


@pytest.mark.parametrize(
    "cls", [DoG, DoWG, DAdaptAdam, Prodigy, ScheduleFreeSGD, ScheduleFreeAdamW]
)
def test_without_gradients_nothing_moves_until_there_are_some(cls):
    start, gradients = script()
    still = np.zeros((3, *start.shape))
    points, shown = walk(cls, start, [*still, *gradients], lr=1)
    assert np.array_equal(points[:3], [start] * 3)
    assert np.array_equal(shown[:3], [start] * 3)
    assert np.all(points[3] != start)


@pytest.mark.parametrize(
    ("cls", "name"), [(DoG, "r"), (DoWG, "r"), (DAdaptAdam, "d"), (Prodigy, "d")]
)
def test_distances_grow_to_the_size_of_the_one_to_the_minimum(cls, name):
    # The loss is the sum of absolute values, so that the minimum is at 0.
    start = np.array([3.0, -2.0])
    optimizer = cls(Arrays(w=start.copy()))
    distances = []
    for _ in range(2000):
        optimizer.gradients[0]["w"][...] = np.sign(optimizer.parameters[0]["w"])
        optimizer.step()
        distances.append(getattr(optimizer, name))
    assert distances[0] <= 0.01
    assert np.all(np.diff(distances) >= 0)
    assert 1 < distances[-1] < 2 * np.linalg.norm(start)
    if cls is Prodigy:  # a bound of the largest component
        assert distances[-1] <= 3
    if cls is DAdaptAdam:  # an estimate
        assert distances[-1] > 3
