"""LAMB: Adam's step, in proportion to the weights of each array."""

import numpy as np

from npoptim.adam.adam import PaperAdam
from npoptim.hyperparameters import Number
from npoptim.optimizer import Array


class LAMB(PaperAdam):
    r"""Make Adam's step in each array a share of the length of its weights.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving means
    :math:`m` and :math:`v`, the direction :math:`u`, the trust ratio :math:`r` and the
    weights :math:`w` of an array follow

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        u_t &= \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon} + \alpha w_{t-1} \\
        r_t &= \frac{\lVert w_{t-1} \rVert}{\lVert u_t \rVert} \\
        w_t &= w_{t-1} - \lambda r_t u_t
        \end{aligned}

    Where all weights of an array are 0, :math:`r_t` is 1, so that they can leave it.

    With ``eps_in_sqrt=True``, the direction is

    .. math::

        u_t = \frac{\hat m_t}{\sqrt{\hat v_t + \varepsilon}} + \alpha w_{t-1}

    with ``bias_correction=False``, it is

    .. math::

        u_t = \frac{m_t}{\sqrt{v_t} + \varepsilon} + \alpha w_{t-1}

    and, with ``eps_in_sqrt=True`` and ``bias_correction=False``,

    .. math::

        u_t = \frac{m_t}{\sqrt{v_t + \varepsilon}} + \alpha w_{t-1}

    A step is :math:`\lambda` times as long as the weights of its array. So the means
    say in which direction to go, and no longer how far: :math:`r_t` makes up for any
    factor of :math:`u_t`.

    See Also
    --------
    LARS : the same ratio, for the gradient instead of Adam's step
    PaperAdam : the step without the ratio
    AdamW : with a decay beside the step

    Notes
    -----
    The decay is a part of the direction, and shares its length.

    The paper has a function of :math:`\lVert w_{t-1} \rVert` above the fraction bar,
    with which one may bound the ratio. Here, as in Optax and Keras, there is none.

    .. warning::

        Keras decays the weights before the step, by :math:`\lambda \alpha w_{t-1}`: its
        decay is no part of the direction. Its :math:`\varepsilon` is 1e-7.

        pytorch-optimizer corrects the bias of :math:`m` alone, by the rate, bounds
        :math:`\lVert w_{t-1} \rVert` by 10, adds :math:`\varepsilon` to
        :math:`\lVert u_t \rVert`, too, and decays the weights before the step.

        In all three the ratio is 1, too, where all weights are 0.

    References
    ----------
    :cite:t:`you2020`, Algorithm 2.

    Examples
    --------
    One weight, whose norm is its size, with lr = 0.2, beta1 = 0.5, beta2 = 0.6, decay
    0.25 and an epsilon so large that its place shows, 2, from w = -1:

    - m = 0.5 · 2 = 1, over 1 - 0.5 is 2; v = 0.4 · 2² = 1.6, over 1 - 0.6 is 4;
      2 + 2 = 4, u = 2 / 4 - 0.25 · 1 = 0.25; r = 1 / 0.25 = 4;
      so w = -1 - 0.2 · 4 · 0.25 = -1.2;
    - m = 0.5 · 1 - 0.5 · 10 = -4.5, over 1 - 0.25 is -6; v = 0.6 · 1.6 + 0.4 · 10² =
      40.96, over 1 - 0.36 is 64; 8 + 2 = 10, u = -6 / 10 - 0.25 · 1.2 = -0.9;
      r = 1.2 / 0.9 = 4/3; so w = -1.2 + 0.2 · 4/3 · 0.9 = -0.96;
    - m = 0.5 · -4.5 + 0.5 · 8 = 1.75, over 1 - 0.125 is 2; v = 0.6 · 40.96 + 0.4 · 8²
      = 50.176, over 1 - 0.216 is 64; 8 + 2 = 10, u = 2 / 10 - 0.25 · 0.96 = -0.04;
      r = 0.96 / 0.04 = 24; so w = -0.96 + 0.2 · 24 · 0.04 = -0.768.

    >>> from npoptim import LAMB, trace
    >>> trace(
    ...     LAMB, -1, [2, -10, 8], lr=0.2, beta1=0.5, beta2=0.6, eps=2,
    ...     weight_decay=0.25,
    ... )
    t    g     m       v  increment       w
    1    2     1     1.6       -0.2    -1.2
    2  -10  -4.5   40.96       0.24   -0.96
    3    8  1.75  50.176      0.192  -0.768

    The first step of three arrays, with lr = 0.34, and decay and epsilon as before. In
    the second all weights are 0, and in the third the direction is:

    - -0.5 / 2.5 + 0.25 · 4 = 0.8 and -6 / 8 - 0.25 · 3 = -1.5 are u; √(0.8² + 1.5²) =
      1.7 and √(4² + 3²) = 5, r = 5 / 1.7 = 50/17; w = 4 - 0.34 · 50/17 · 0.8 = 3.2 and
      w = -3 + 0.34 · 50/17 · 1.5 = -1.5;
    - 3 / 5 = 0.6 and -8 / 10 = -0.8 are u; r = 1; w = -0.34 · 0.6 = -0.204 and
      w = 0.34 · 0.8 = 0.272;
    - u = -2 / 4 + 0.25 · 2 = 0; r = 1; so w = 2 - 0.34 · 0 = 2.

    >>> weights = {"first": [4, -3], "second": [0, 0], "third": 2}
    >>> gradients = {"first": [-0.5, -6], "second": [3, -8], "third": -2}
    >>> for step in trace(
    ...     LAMB, weights, [gradients], lr=0.34, eps=2, weight_decay=0.25
    ... ):
    ...     print(step.name, step.w)
    first [ 3.2 -1.5]
    second [-0.204  0.272]
    third 2.0
    """

    elementwise = False

    eps = Number(default=1e-6)
    weight_decay = Number(meaning="strength of the decay inside of the ratio")

    def regularize(self) -> None:
        """Leave the gradients as they are."""

    def update(self, w: Array, g: Array, m: Array, v: Array) -> Array:
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = self.corrected(m, self.beta1)
        v_hat = self.corrected(v, self.beta2)
        u = m_hat / self.root(v_hat) + self.weight_decay * w
        length, below = np.linalg.norm(w), np.linalg.norm(u)
        r = length / below if length and below else 1.0
        return -self.lr * r * u
