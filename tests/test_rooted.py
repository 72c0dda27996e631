"""What a root of squares does at the ends of the numbers."""

import numpy as np
import pytest

from npoptim import (
    Adagrad,
    Adam,
    AMSGrad,
    Arrays,
    PaperAdam,
    RMSprop,
)

each_rule = pytest.mark.parametrize("cls", [Adagrad, RMSprop, Adam, PaperAdam, AMSGrad])


def walk(cls, gradients, dtype=float, **arguments):
    model = Arrays(w=np.ones(1, dtype))
    optimizer = cls(model, lr=0.1, **arguments)
    points = []
    for g in gradients:
        model.gradients["w"][...] = g
        with np.errstate(all="ignore"):
            optimizer.step()
        points.append(model.parameters["w"].item())
    return points


# As NumPy has it where it is told to ignore this; else it is refused.
@each_rule
def test_a_square_that_overflows_freezes_the_weight(cls):
    assert walk(cls, [1.9e19, 1, 1, 1], np.float32) == [1, 1, 1, 1]
    assert walk(cls, [1.8e19], np.float32)[0] < 0.91
    assert walk(cls, [1.9e19])[0] < 0.91


@each_rule
def test_without_epsilon_a_gradient_of_0_is_no_step(cls):
    assert np.isnan(walk(cls, [0, 1], eps=0)).all()
    assert walk(cls, [0], eps=1e-8) == [1]


@pytest.mark.parametrize(("inside", "rate"), [(True, 1e3), (False, 1e7)])
def test_far_below_epsilon_descent_is_plain(inside, rate):
    # 0.1 over the root of 1e-8, or over 1e-8.
    moved = 1 - walk(Adagrad, [1e-12], eps_in_sqrt=inside)[0]
    assert moved == pytest.approx(1e-12 * rate, rel=1e-3)
