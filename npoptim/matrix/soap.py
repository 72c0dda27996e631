"""SOAP: Adam's step in the directions of Shampoo's matrices."""

import numpy as np

from npoptim.hyperparameters import Count, Number
from npoptim.matrix.shampoo import Shampoo, as_matrix
from npoptim.optimizer import Array
from npoptim.regularizers import DecoupledWeightDecay


class SOAP(DecoupledWeightDecay, Shampoo):
    r"""Take Adam's step along the directions that gradients have had, not the axes.

    An array of several axes is taken as a matrix, the first axis by all others. Capital
    letters are matrices, and :math:`G_t` is the gradient :math:`g_t` of the loss at
    :math:`w_{t-1}`. The means :math:`L` and :math:`R` start at
    :math:`L_0 = \varepsilon I` and :math:`R_0 = \varepsilon I`, the bases of rows and
    columns at the identity, :math:`P_0 = I` and :math:`Q_0 = I`. The weights :math:`w`
    follow

    .. math::

        \begin{aligned}
        M_t &= \beta_1 M_{t-1} + (1 - \beta_1) G_t \\
        h_t &= P_{t-1}^\top G_t Q_{t-1} \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) h_t^2 \\
        U_t &= \frac{P_{t-1}^\top M_t Q_{t-1} / (1 - \beta_1^t)}
            {\sqrt{v_t / (1 - \beta_2^t)} + \varepsilon} \\
        L_t &= \beta_2 L_{t-1} + (1 - \beta_2) G_t G_t^\top \\
        R_t &= \beta_2 R_{t-1} + (1 - \beta_2) G_t^\top G_t \\
        P_t &= \begin{cases}
            \operatorname{QR}(L_t P_{t-1}), & t = K \lfloor t / K \rfloor \\
            P_{t-1}, & \text{otherwise}
            \end{cases} \\
        Q_t &= \begin{cases}
            \operatorname{QR}(R_t Q_{t-1}), & t = K \lfloor t / K \rfloor \\
            Q_{t-1}, & \text{otherwise}
            \end{cases} \\
        w_t &= w_{t-1} - \lambda P_{t-1} U_t Q_{t-1}^\top - \lambda \alpha w_{t-1}
        \end{aligned}

    where :math:`\operatorname{QR}` is the orthogonal factor, and each :math:`K`-th step
    is in the first case.

    For a vector or a number, that is Adam's step:

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        u_t &= \frac{m_t / (1 - \beta_1^t)}
            {\sqrt{v_t / (1 - \beta_2^t)} + \varepsilon} \\
        w_t &= w_{t-1} - \lambda u_t - \lambda \alpha w_{t-1}
        \end{aligned}

    See Also
    --------
    Shampoo : powers of both matrices in the place of Adam's division
    PaperAdam : the same along the axes
    Muon : without a memory of :math:`L` and :math:`R`

    Notes
    -----
    New bases are those before after one step of the power iteration, which leads to the
    eigenvectors of :math:`L` and :math:`R`. The mean :math:`M` is kept outside of them,
    and rotated anew in each step. The squares :math:`v` are kept inside, and stay as
    they are when the bases change.

    The sign of a column of :math:`P` or :math:`Q`, which a QR decomposition may choose,
    changes no step: its square is in :math:`v`, and the way into the bases has it as
    the way back has.

    The first :math:`K` steps are Adam's, since the bases start as the axes. The first
    gradient's :math:`L` and :math:`R` alone do not determine all eigenvectors: several
    eigenvalues may be 0.

    .. warning::

        pytorch-optimizer's ``SOAP`` takes eigenvectors from the first gradient, and no
        step. Before QR, in float32, it sorts the bases' columns, and :math:`v`. It adds
        :math:`\varepsilon` to the uncorrected root, decays after the step, and has a
        matrix for each axis.

    References
    ----------
    :cite:t:`vyas2025`.

    Examples
    --------
    A single weight, with lr = 0.45, beta1 = 0.5, beta2 = 0.75, epsilon = 2 and the
    decay 2/9, so that it loses 0.45 · 2/9 = 0.1 of itself, from w = 1:

    - m = 0.5 · 3 = 1.5, v = 0.25 · 3² = 2.25; 1.5 / (1 - 0.5) = 3,
      √(2.25 / (1 - 0.75)) = 3, u = 3 / (3 + 2) = 0.6,
      so w = 1 - 0.45 · 0.6 - 0.1 · 1 = 0.63;
    - m = 0.5 · 1.5 - 0.5 · 17 = -7.75, v = 0.75 · 2.25 + 0.25 · 17² = 73.9375;
      -7.75 / (1 - 0.25) = -31/3, √(73.9375 / (1 - 0.5625)) = 13,
      u = -31/3 / (13 + 2) = -31/45, so w = 0.63 + 0.45 · 31/45 - 0.1 · 0.63 = 0.877;
    - m = 0.5 · -7.75 + 0.5 · 13 = 2.625, v = 0.75 · 73.9375 + 0.25 · 13² = 97.703125;
      2.625 / (1 - 0.125) = 3, √(97.703125 / (1 - 0.421875)) = 13,
      u = 3 / (13 + 2) = 0.2, so w = 0.877 - 0.45 · 0.2 - 0.1 · 0.877 = 0.6993.

    >>> from npoptim import SOAP, trace
    >>> steps = trace(
    ...     SOAP, 1, [3, -17, 13], lr=0.45, beta1=0.5, beta2=0.75, eps=2,
    ...     weight_decay=2 / 9,
    ... )
    >>> [(step.m, step.v, round(step.w, 6)) for step in steps]
    [(1.5, 2.25, 0.63), (-7.75, 73.9375, 0.877), (2.625, 97.703125, 0.6993)]

    Each weight of a vector goes by itself. Without the decay:

    - w = 1 - 0.45 · 3 / (3 + 2) = 0.73 and w = 1 + 0.45 · 3 / (3 + 2) = 1.27.

    >>> (step,) = trace(SOAP, [1, 1], [[3, -3]], lr=0.45, beta1=0.5, beta2=0.75, eps=2)
    >>> step.w.round(6).tolist()
    [0.73, 1.27]

    A matrix, 0, 1 over 4, 9, and then 6.4, -1.8 over -7.2, 1.4, with new bases in each
    step, lr = 66, beta1 = 0.25, beta2 = 0.5 and epsilon = 11:

    - the first columns of L and R are 0.5 · 11 + 0.5 · 1² = 6 and 0.5 · 1 · 9 = 4.5,
      and 0.5 · 11 + 0.5 · 4² = 13.5 and 0.5 · 4 · 9 = 18, so P has the column 0.8, 0.6
      and Q the column 0.6, 0.8, and beside them, with either sign, -0.6, 0.8 and
      -0.8, 0.6.
      In this step the bases still are the axes, so that the steps are 0,
      66 · 1 / (1 + 11) = 5.5, 66 · 4 / (4 + 11) = 17.6 and 66 · 9 / (9 + 11) = 29.7;
    - the rotated gradient is 0, -1 over -4, 9. Its squares are those of before. The
      first gradient, rotated, is 6.4, 1.8 over 7.2, 1.4, and 0.2 of it and 0.8 of the
      second are 1.28, 0.2 · 1.8 - 0.8 · 1 = -0.44 over 0.2 · 7.2 - 0.8 · 4 = -1.76,
      0.2 · 1.4 + 0.8 · 9 = 7.48. The steps there are 66 · 1.28 / (0 + 11) = 7.68,
      66 · -0.44 / (1 + 11) = -2.42, 66 · -1.76 / (4 + 11) = -7.744 and
      66 · 7.48 / (9 + 11) = 24.684. Rotated back by P, the second row has
      0.6 · 7.68 - 0.8 · 7.744 = -1.5872 and -0.6 · 2.42 + 0.8 · 24.684 = 18.2952, and
      by Q, too, 0.6 · -1.5872 - 0.8 · 18.2952 = -15.58848 and
      -0.8 · 1.5872 + 0.6 · 18.2952 = 9.70736.

    >>> import numpy as np
    >>> first, second = [[0, 1], [4, 9]], [[6.4, -1.8], [-7.2, 1.4]]
    >>> steps = trace(
    ...     SOAP, np.zeros((2, 2)), [first, second], lr=66, beta1=0.25, beta2=0.5,
    ...     eps=11, period=1,
    ... )
    >>> p, q = steps[0].p, steps[0].q
    >>> turned = p.T @ steps[1].increment @ q
    >>> columns = steps[0].left[:, 0], steps[0].right[:, 0], abs(p[:, 0]), abs(q[:, 0])
    >>> for values in (*columns, abs(turned), *(-step.increment for step in steps)):
    ...     print((values.ravel() + 0).round(6).tolist())
    [6.0, 4.5]
    [13.5, 18.0]
    [0.8, 0.6]
    [0.6, 0.8]
    [7.68, 2.42, 7.744, 24.684]
    [0.0, 5.5, 17.6, 29.7]
    [19.87136, -1.41552, -15.58848, 9.70736]

    Three axes are a matrix, here of two rows. With beta2 = 0.75, epsilon = 6 and new
    bases in every second step. The first and the third gradient are 0; the second is
    4.5, -4.5 over 4.5, -4.5, and the fourth is 0, 6 over 0, 0:

    - of L the first column is 0.75² · 6 + 0.25 · (4.5² + 4.5²) = 13.5 and
      0.25 · (4.5² + 4.5²) = 10.125. Its norm is √(13.5² + 10.125²) = 16.875, so P has
      the column 13.5 / 16.875 = 0.8 and 10.125 / 16.875 = 0.6. R has -10.125 instead,
      and Q has -0.6;
    - L becomes 0.75² · 13.5 = 7.59375 on the diagonal, with 0.25 · 6² = 9 more in its
      first corner, and 0.75² · 10.125 = 5.6953125 beside it. L P has the column
      0.8 · 16.59375 + 0.6 · 5.6953125 = 16.6921875 and
      0.8 · 5.6953125 + 0.6 · 7.59375 = 9.1125, whose norm is
      √(16.6921875² + 9.1125²) = 19.01754, so P has 16.6921875 / 19.01754 = 0.8777259
      and 9.1125 / 19.01754 = 0.4791629. R has the 9 in its last corner, so R Q has
      0.8 · 7.59375 + 0.6 · 5.6953125 = 9.4921875 and
      -0.8 · 5.6953125 - 0.6 · 16.59375 = -14.5125, whose norm is
      √(9.4921875² + 14.5125²) = 17.341115, so Q has
      9.4921875 / 17.341115 = 0.54738046 and -14.5125 / 17.341115 = -0.8368839.

    >>> row = [4.5, -4.5]
    >>> gradients = [[[[0, 0]]] * 2, [[row]] * 2, [[[0, 0]]] * 2, [[[0, 6]], [[0, 0]]]]
    >>> steps = trace(
    ...     SOAP, np.zeros((2, 1, 2)), gradients, beta2=0.75, eps=6, period=2
    ... )
    >>> for step in steps:
    ...     p, q = (x[:, 0] * np.sign(x[0, 0]) for x in (step.p, step.q))
    ...     print(step.left[:, 0].tolist(), p.round(6).tolist(), q.round(6).tolist())
    [4.5, 0.0] [1.0, 0.0] [1.0, 0.0]
    [13.5, 10.125] [0.8, 0.6] [0.8, -0.6]
    [10.125, 7.59375] [0.8, 0.6] [0.8, -0.6]
    [16.59375, 5.6953125] [0.877726, 0.479163] [0.54738, -0.836884]
    """

    slots = ("m", "p", "q")

    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.95)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "of v, L and R", default=0.95)
    eps = Number(meaning="beside the root, and where L and R start", default=1e-8)
    period: Count = Count("K", "[1, inf)", "steps between new bases", default=10)

    def start(self, w: Array) -> dict[str, Array]:
        state = super().start(w) | {"m": np.zeros_like(w), "v": np.zeros_like(w)}
        if w.ndim > 1:
            state |= {"p": state["left"] / self.eps, "q": state["right"] / self.eps}
        return state

    # The state is more than Shampoo's.
    def update(self, w: Array, g: Array, m: Array, v: Array, **state: Array) -> Array:  # type: ignore[override]
        left, right, p, q = state.values()
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        x, u = as_matrix(g), as_matrix(m) / (1 - self.beta1**self.t)
        h, u = (x, u) if p is None else (p.T @ x @ q, p.T @ u @ q)
        v[...] = self.beta2 * v + (1 - self.beta2) * h.reshape(w.shape) ** 2
        u = u / (np.sqrt(as_matrix(v) / (1 - self.beta2**self.t)) + self.eps)
        u = u if p is None else p @ u @ q.T
        if p is not None:
            left[...] = self.beta2 * left + (1 - self.beta2) * x @ x.T
            right[...] = self.beta2 * right + (1 - self.beta2) * x.T @ x
            if self.t % self.period == 0:
                p[...], q[...] = np.linalg.qr(left @ p)[0], np.linalg.qr(right @ q)[0]
        return -self.lr * u.reshape(w.shape)
