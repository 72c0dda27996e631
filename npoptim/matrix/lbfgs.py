"""L-BFGS: Newton's method, with the curvature that the last steps have found."""

import numpy as np

from npoptim.hyperparameters import Count, Number
from npoptim.optimizer import Array, Optimizer


def join(optimizer: Optimizer) -> list[Array]:
    """Return gradients, those before, increments and pairs, each as one vector."""
    previous, pairs = optimizer.state["previous"], optimizer.state["pairs"]
    joined = []
    for structure in (optimizer.gradients, previous, optimizer.updates, pairs):
        arrays = [
            array.reshape(*array.shape[: array.ndim - w.ndim], w.size)
            for w, array in optimizer.blocks(optimizer.parameters, structure)
        ]
        joined.append(np.concatenate(arrays or [np.zeros(0)], axis=-1))
    return joined


def split(optimizer: Optimizer, *joined: Array) -> None:
    """Write what is to be remembered of gradients and pairs, and the increments."""
    previous, pairs = optimizer.state["previous"], optimizer.state["pairs"]
    end = 0
    for arrays in optimizer.blocks(previous, pairs, optimizer.updates):
        start, end = end, end + arrays[0].size
        for array, whole in zip(arrays, joined, strict=True):
            array[...] = whole[..., start:end].reshape(array.shape)


class LBFGS(Optimizer):
    r"""Step to where the gradient would be 0, by the curvature that past steps found.

    The gradients :math:`g_t` of the loss at :math:`w_{t-1}` of all arrays are taken as
    one vector. A step :math:`s_t` and the change :math:`y_t` of the gradients that came
    of it are kept where :math:`\langle s_t, y_t \rangle > \varepsilon`: where the loss
    curves upward along the step. Of these pairs there are the newest :math:`k \le n`,
    from :math:`(s_1, y_1)`, the oldest, to :math:`(s_k, y_k)`. The weights :math:`w`
    follow

    .. math::

        \begin{aligned}
        s_t &= \Delta w_{t-1} \\
        y_t &= g_t - g_{t-1} \\
        q_k &= g_t \\
        a_i &= \frac{\langle s_i, q_i \rangle}{\langle s_i, y_i \rangle} \\
        q_{i-1} &= q_i - a_i y_i, \quad i = k, \dots, 1 \\
        r_0 &= \begin{cases}
            \frac{\langle s_k, y_k \rangle}{\langle y_k, y_k \rangle} q_0, & k > 0 \\
            g_t, & \text{otherwise} \end{cases} \\
        b_i &= \frac{\langle y_i, r_{i-1} \rangle}{\langle s_i, y_i \rangle} \\
        r_i &= r_{i-1} + (a_i - b_i) s_i, \quad i = 1, \dots, k \\
        w_t &= w_{t-1} - \lambda r_k
        \end{aligned}

    Along the newest step, :math:`r_k` is Newton's: were the gradient :math:`y_k`,
    :math:`r_k` would be :math:`s_k`. Two loops over the pairs do what a matrix of all
    weights by all weights would, which is never built.

    See Also
    --------
    SGD : along the gradient, at a rate that no curvature changes

    Notes
    -----
    The textbook searches along :math:`r_k` for a good length. Here it is
    :math:`\lambda` times :math:`r_k`; the whole step, :math:`\lambda = 1`, is what
    Newton's method takes, and what a search tries first. The search also sees to it
    that each pair has a curvature above 0. Without one a pair may have none, where the
    loss bends downward or the gradients are of different batches; it is left out, since
    with it a step might climb.

    Until a pair is kept a step is one of plain descent, which the rate should suit.

    There is room for as many pairs as ``history`` says when the optimizer is built, or
    cleared; in between it may be lower.

    .. warning::

        PyTorch's ``LBFGS`` takes up to 20 steps in a call of ``step``; with
        ``max_iter=1``, one. It keeps pairs of a curvature above 1e-10, and 100 of them,
        stops where gradients are below 1e-7, and shortens the first step: there the
        rate is :math:`\lambda \min(1, 1 / \lVert g_1 \rVert_1)`.

        Optax's ``lbfgs`` searches for the length unless ``linesearch=None``. It
        shortens the first step to :math:`\lambda \min(1, 1 / \lVert g_1 \rVert)`, and
        keeps pairs of a curvature below 0, too.

    References
    ----------
    :cite:t:`nocedal1980`; :cite:t:`nocedal2006`, Algorithm 7.4.

    Examples
    --------
    With lr = 0.5 and epsilon = 1.5, from w = 1. A curvature below 0 is left out, and
    one of 1.25, too. With a single weight q is 0 in the end, and the newest pair alone
    decides:

    - s = 0, y = 4, not kept as 0 · 4 = 0 is below 1.5; q = 4, r = 4;
      so w = 1 - 0.5 · 4 = -1;
    - s = -2, y = 5 - 4 = 1, not kept as -2 · 1 = -2 is below 1.5; q = 5, r = 5;
      so w = -1 - 0.5 · 5 = -3.5;
    - s = -2.5, y = -5 - 5 = -10, kept as -2.5 · -10 = 25 is above 1.5;
      a = -2.5 · -5 / 25 = 0.5, q = -5 + 0.5 · 10 = 0, r = 0.5 · -2.5 = -1.25;
      so w = -3.5 + 0.5 · 1.25 = -2.875;
    - s = 0.625, y = -3 + 5 = 2, not kept as 0.625 · 2 = 1.25 is below 1.5;
      a = -2.5 · -3 / 25 = 0.3, q = -3 + 0.3 · 10 = 0, r = 0.3 · -2.5 = -0.75;
      so w = -2.875 + 0.5 · 0.75 = -2.5;
    - s = 0.375, y = 2 + 3 = 5, kept as 0.375 · 5 = 1.875 is above 1.5;
      a = 0.375 · 2 / 1.875 = 0.4, q = 2 - 0.4 · 5 = 0, r = 0.4 · 0.375 = 0.15;
      so w = -2.5 - 0.5 · 0.15 = -2.575.

    >>> from npoptim import LBFGS, trace
    >>> trace(LBFGS, 1, [4, 5, -5, -3, 2], lr=0.5, history=2, eps=1.5)
    t   g  previous                   pairs  increment       w
    1   4         4           [[0 0] [0 0]]         -2      -1
    2   5         5           [[0 0] [0 0]]       -2.5    -3.5
    3  -5        -5      [[0 0] [-2.5 -10]]      0.625  -2.875
    4  -3        -3      [[0 0] [-2.5 -10]]      0.375    -2.5
    5   2         2  [[-2.5 -10] [0.375 5]]     -0.075  -2.575

    On a parabola the second step with lr = 1 ends at the minimum. Its curvature is 0.5,
    so the gradients are 0.5 · 2 = 1, 0.5 · 1 = 0.5 and 0.5 · 0 = 0:

    - none is kept, and w = 2 - 1 = 1;
    - s = -1, y = 0.5 - 1 = -0.5; a = -1 · 0.5 / 0.5 = -1, r = -1 · -1 = 1, so
      w = 1 - 1 = 0;
    - s = -1, y = 0 - 0.5 = -0.5; a = -1 · 0 / 0.5 = 0, so w = 0 - 0 = 0.

    >>> [step.w for step in trace(LBFGS, 2, [1, 0.5, 0])]
    [1.0, 0.0, 0.0]

    Two arrays, which are one vector. The gradients are -1, -2, 1, then -2, -1, -1, and
    at last -2, 0, -2. Of each pair the curvature is the sum of the products of s and y:

    - none is kept, so the step is 1, 2, -1;
    - s is that step; y is -2 + 1 = -1, -1 + 2 = 1, -1 - 1 = -2, and the curvature
      -1 · 1 + 2 · 1 + 1 · 2 = 3; a = (-2 · 1 - 1 · 2 + 1 · 1) / 3 = -1, and q is
      -2 - 1 = -3, -1 + 1 = 0, -1 - 2 = -3. The square of y is 1² + 1² + 2² = 6, so r
      is 3 / 6 = 0.5 of q: -1.5, 0, -1.5; b = (1.5 · 1 + 1.5 · 2) / 3 = 1.5, and with
      -1 - 1.5 = -2.5 of s, r becomes -1.5 - 2.5 · 1 = -4, 0 - 2.5 · 2 = -5,
      -1.5 + 2.5 · 1 = 1;
    - the second pair has s = 4, 5, -1, and y is -2 + 2 = 0, 0 + 1 = 1, -2 + 1 = -1. Its
      curvature is 5 · 1 + 1 · 1 = 6, its a is (-2 · 4 + 2 · 1) / 6 = -1, and q is
      -2 - 0 = -2, 0 + 1 = 1, -2 - 1 = -3. The first has
      a = (-2 · 1 + 1 · 2 + 3 · 1) / 3 = 1, and q is -2 + 1 = -1, 1 - 1 = 0,
      -3 + 2 = -1. The square of the newest y is 1² + 1² = 2, so r is 6 / 2 = 3 times q:
      -3, 0, -3. The first has b = (3 · 1 + 3 · 2) / 3 = 3, and with 1 - 3 = -2 of its
      s, r becomes -3 - 2 · 1 = -5, 0 - 2 · 2 = -4, -3 + 2 · 1 = -1. The second has
      b = (-4 · 1 + 1 · 1) / 6 = -0.5, and with -1 + 0.5 = -0.5 of its s, r becomes
      -5 - 0.5 · 4 = -7, -4 - 0.5 · 5 = -6.5, -1 + 0.5 · 1 = -0.5.

    >>> steps = trace(
    ...     LBFGS, {"a": [1, 2], "b": 3},
    ...     [{"a": [-1, -2], "b": 1}, {"a": [-2, -1], "b": -1},
    ...      {"a": [-2, 0], "b": -2}],
    ... )
    >>> for a, b in zip(steps[::2], steps[1::2]):
    ...     print(a.increment, b.increment, a.w, b.w)
    [1. 2.] -1.0 [2. 4.] 2.0
    [4. 5.] -1.0 [6. 9.] 1.0
    [7.  6.5] 0.5 [13.  15.5] 1.5
    """

    slots = ("previous", "pairs")
    elementwise = False

    lr = Number(default=1.0)
    history: Count = Count("n", "[1, inf)", "largest number of pairs", default=10)
    eps: Number = Number(r"\varepsilon", "[0, inf)", "too little curvature", default=0)

    def start(self, w: Array) -> dict[str, Array]:
        pairs = np.zeros_like(w, shape=(self.history, 2, *w.shape))
        return super().start(w) | {"pairs": pairs}

    def get_updates(self) -> None:
        g, previous, s, pairs = join(self)
        y = g - previous
        if np.vdot(s, y) > self.eps:
            pairs = np.concatenate((pairs[1:], [(s, y)]))
        kept = [(s, y) for s, y in pairs if np.vdot(s, y) > 0][-self.history :]
        q, a = g, dict[int, float]()
        for i, (s, y) in [*enumerate(kept)][::-1]:
            a[i] = np.vdot(s, q) / np.vdot(s, y)
            q = q - a[i] * y
        # Of the newest pair, if there is one.
        r = next((np.vdot(s, y) / np.vdot(y, y) * q for s, y in kept[-1:]), q)
        for i, (s, y) in enumerate(kept):
            b = np.vdot(y, r) / np.vdot(s, y)
            r = r + (a[i] - b) * s
        increment = -self.lr * r
        split(self, g, pairs, increment)
