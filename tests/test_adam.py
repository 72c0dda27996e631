"""The first step of Adam, and what its corrections amount to."""

import numpy as np
import pytest

from npoptim import Adam, AdamW, AMSGrad, Arrays, LaProp, PaperAdam, QHAdam, trace

GRADIENTS = np.array([3.0, -1e-3, 4e5, -7.0, 1e-100])


def first_step(cls=Adam, **hyperparameters):
    w = np.zeros_like(GRADIENTS)
    model = Arrays(w=w)
    model.gradients["w"][...] = GRADIENTS
    cls(model, lr=0.1, eps=0, **hyperparameters).step()
    return w


# A quotient of a few operations, each good to 1.1e-16 of its result. What is left of
# 1 - beta2 in floating point is good to 1e-16 / 0.001.
ROUNDING = 1e-13


@pytest.mark.parametrize("inside", [True, False])
def test_uncorrected_first_step_is_lr_long(inside):
    step = first_step(beta2=0.99, eps_in_sqrt=inside)
    np.testing.assert_allclose(step, -0.1 * np.sign(GRADIENTS), rtol=ROUNDING)


@pytest.mark.parametrize("cls", [Adam, AMSGrad])
def test_uncorrected_first_step_is_too_long_with_the_usual_beta2(cls):
    step = first_step(cls, beta2=0.999)
    # 0.1 / sqrt(0.001) is the square root of 10.
    expected = -0.1 * np.sqrt(10) * np.sign(GRADIENTS)
    np.testing.assert_allclose(step, expected, rtol=ROUNDING)
    np.testing.assert_allclose(step / step[1], np.sign(-GRADIENTS), rtol=ROUNDING)
    assert round(np.abs(step).max() / 0.1, 2) == 3.16


@pytest.mark.parametrize("beta1", [0, 0.5, 0.9])
@pytest.mark.parametrize("beta2", [0, 0.5, 0.999])
@pytest.mark.parametrize("inside", [True, False])
def test_corrected_first_step_is_lr_long(beta1, beta2, inside):
    step = first_step(
        beta1=beta1, beta2=beta2, bias_correction=True, eps_in_sqrt=inside
    )
    np.testing.assert_allclose(step, -0.1 * np.sign(GRADIENTS), rtol=ROUNDING)


def steps(cls, **hyperparameters):
    rng = np.random.default_rng(0)
    w = np.ones(5)
    model = Arrays(w=w)
    optimizer = cls(model, lr=0.1, **hyperparameters)
    points = []
    for _ in range(20):
        model.gradients["w"][...] = rng.normal(size=5)
        optimizer.step()
        points.append(w.copy())
    return np.array(points)


def test_adamw_without_decay_is_the_paper_s_adam():
    np.testing.assert_array_equal(steps(AdamW, weight_decay=0), steps(PaperAdam))


def test_corrections_fade():
    # Means of constant gradients reach them at once when corrected.
    w = np.zeros(1)
    model = Arrays(w=w)
    model.gradients["w"][...] = 2
    optimizer = Adam(model, lr=0.5, eps=0, bias_correction=True)
    for _ in range(50):
        optimizer.step()
    np.testing.assert_allclose(w, -25, rtol=ROUNDING)


@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("corrected", [True, False])
def test_amsgrad_equals_adam_while_gradients_grow(inside, corrected):
    def run(cls):
        w = np.ones(1)
        model = Arrays(w=w)
        options = {"bias_correction": corrected, "eps_in_sqrt": inside}
        optimizer = cls(model, lr=0.1, beta2=0.9, **options)
        points = []
        for t in range(20):
            model.gradients["w"][...] = 1.5**t if t < 10 else 0.1
            optimizer.step()
            points.append(w.item())
        return points

    adam, amsgrad = run(Adam), run(AMSGrad)
    assert adam[:10] == amsgrad[:10]
    # Then v falls, its maximum does not, and AMSGrad's steps are the shorter ones.
    lengths = np.abs(np.diff([adam[10:], amsgrad[10:]]))
    assert (lengths[1] < lengths[0]).all()


def test_keras_epsilon():
    # Keras: lr sqrt(1 - b2^t) / (1 - b1^t) m / (sqrt(v) + eps).
    rng = np.random.default_rng(0)
    w, expected = np.ones(4), np.ones(4)
    m = v = np.zeros(4)
    model = Arrays(w=w)
    optimizer = PaperAdam(model, lr=0.1)
    for t in range(1, 51):
        g = rng.normal(size=4)
        model.gradients["w"][...] = g
        root = np.sqrt(1 - 0.999**t)
        optimizer.eps = 1e-2 / root
        optimizer.step()
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g**2
        expected = expected - 0.1 * root / (1 - 0.9**t) * m / (np.sqrt(v) + 1e-2)
    np.testing.assert_allclose(w, expected, rtol=0, atol=1e-12)


def lengths(cls, n, **hyperparameters):
    """Return the lengths of steps under a constant gradient, in learning rates."""
    model = Arrays(w=np.zeros(1))
    optimizer = cls(model, lr=1, **hyperparameters)
    found = []
    for _ in range(n):
        model.gradients["w"][...] = 2
        optimizer.step()
        found.append(abs(optimizer.updates[0]["w"].item()))
    return found


def test_long_first_steps_of_amsgrad():
    found = lengths(AMSGrad, 100)
    assert [round(found[t - 1], 2) for t in (1, 12, 100)] == [3.16, 6.57, 3.24]
    assert max(found) == found[11]
    assert min(found) == found[0]
    corrected = lengths(AMSGrad, 100, bias_correction=True)
    np.testing.assert_allclose(corrected, 1, rtol=1e-8)


@pytest.mark.parametrize(("beta1", "beta2"), [(0.9, 0.99), (0.5, 0.75)])
def test_first_step_is_at_least_lr_long_from_a_beta2_on(beta1, beta2):
    # 1 - (1 - beta1)^2 is beta2.
    at, below, above = (
        lengths(Adam, 1, beta1=beta1, beta2=b, eps=0)[0]
        for b in (beta2, beta2 * 0.9, beta2 * 0.9 + 0.1)
    )
    assert at == pytest.approx(1, rel=ROUNDING)
    assert below < 1 - ROUNDING < 1 + ROUNDING < above


def test_epsilon_in_the_first_step():
    # v = 0.01 · 1e-6 is as large as epsilon: 1 / sqrt(2).
    model = Arrays(w=np.zeros(1))
    model.gradients["w"][...] = 1e-3
    optimizer = Adam(model, lr=1)
    optimizer.step()
    assert optimizer.updates[0]["w"].item() == pytest.approx(-(0.5**0.5), rel=1e-12)


def test_no_step_of_laprop_is_longer_than_its_bound():
    # The newest square is nearly all that v is made of.
    steps = trace(LaProp, 0, [30.0**k for k in range(80)], lr=1, beta1=0, beta2=0.9)
    longest = max(abs(step.increment) for step in steps)
    assert longest <= 1 / np.sqrt(1 - 0.9)
    assert longest > 0.999 / np.sqrt(1 - 0.9)


def test_a_gradient_that_is_alone_fades_in_laprop_and_grows_in_adam():
    arguments = {"lr": 1, "beta1": 0.9, "beta2": 0.5}
    steps = trace(LaProp, 0, [1] + [0] * 60, **arguments)
    ratio = steps[-1].increment / steps[-2].increment
    assert ratio == pytest.approx(0.9, rel=1e-3)
    assert max(abs(step.increment) for step in steps) <= 1 / np.sqrt(1 - 0.5)
    steps = trace(Adam, 0, [1] + [0] * 60, **arguments, eps=0)
    ratio = steps[-1].increment / steps[-2].increment
    assert ratio == pytest.approx(0.9 / np.sqrt(0.5))
    assert ratio > 1


def test_no_step_of_qhadam_without_m_is_longer_than_its_bound():
    # Far from the start, the newest square is little of v.
    gradients = [0] * 3000 + [30.0**k for k in range(9)]
    steps = trace(QHAdam, 0, gradients, lr=1, beta2=0.999, nu1=0, nu2=0.9, eps=1e-300)
    longest = max(abs(step.increment) for step in steps)
    assert longest <= 1 / np.sqrt(1 - 0.9)
    assert longest > 0.99 / np.sqrt(1 - 0.9)
