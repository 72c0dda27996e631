"""Clipping of gradients whose squares are too large for their own type."""

import numpy as np

from npoptim import SGD, Arrays, ClipByGlobalNorm


class Clipped(ClipByGlobalNorm, SGD):
    pass


def test_squares_that_float32_cannot_hold():
    model = Arrays(w=np.zeros(2, np.float32))
    # 5 times 1e20: the squares are 9e40 and 16e40, and float32 ends at 3.4e38.
    model.gradients["w"][...] = [3e20, -4e20]
    Clipped(model, lr=0.5, max_norm=2.0).step()
    # Two fifths of 3 and 4, and half of that.
    np.testing.assert_allclose(model.parameters["w"], [-0.6, 0.8], rtol=1e-6)
