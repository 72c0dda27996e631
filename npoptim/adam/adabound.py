"""AdaBound: Adam whose rates are bounded until they are all the same."""

import numpy as np

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array
from npoptim.rooted import Rooted


class AdaBound(Rooted):
    r"""Bound Adam's rates, ever closer, until the step is that of momentum.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the bounds
    :math:`\eta^-` and :math:`\eta^+` of all rates, the moving means :math:`m` and
    :math:`v`, the rate :math:`\eta` of each weight and the weights :math:`w` follow,
    element by element,

    .. math::

        \begin{aligned}
        \eta^-_t &= q \lambda (1 - \frac{1}{\psi t + 1}) \\
        \eta^+_t &= q \lambda (1 + \frac{1}{\psi t}) \\
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        \eta_t &= \min \left( \max \left( \frac{\lambda / (1 - \beta_1^t)}
            {\sqrt{\hat v_t} + \varepsilon}, \eta^-_t \right), \eta^+_t \right) \\
        w_t &= w_{t-1} - \eta_t m_t
        \end{aligned}

    With ``eps_in_sqrt=True``, the rate is

    .. math::

        \eta_t = \min \left( \max \left( \frac{\lambda / (1 - \beta_1^t)}
            {\sqrt{\hat v_t + \varepsilon}}, \eta^-_t \right), \eta^+_t \right)

    Where gradients are large, Adam's rates may be very small, and where they are small
    very large. At first the bounds are wide, and the step is Adam's. They meet at
    :math:`q \lambda`, and the last steps are those of one rate for all weights.

    See Also
    --------
    PaperAdam : without the bounds
    SGD : momentum, which is where it ends
    AMSGrad : rates that never grow

    Notes
    -----
    At step :math:`1 / \psi` the rates are between 1/2 and 2 times the last one, and at
    ten times that step between 10/11 and 11/10.

    The paper divides the rates by :math:`\sqrt t`, too, which here is a schedule of
    :math:`\lambda`. Its authors' code does not. The paper corrects nothing and has no
    :math:`\varepsilon`; the code has both, as here. Paper and code name the last rate
    itself; here it is :math:`q \lambda`, so that a schedule of :math:`\lambda` is one
    of both rates, as in the code.

    .. warning::

        pytorch-optimizer's ``final_lr`` is :math:`q \lambda` with the first rate for
        :math:`\lambda`, and follows a schedule of the rate, too. Its ``gamma`` is
        :math:`\psi`, and its ``eps`` is added to the uncorrected root: it is
        :math:`\varepsilon \sqrt{1 - \beta_2^t}`. Inside of that root it adds 1e-15
        besides.

    References
    ----------
    :cite:t:`luo2019`.

    Examples
    --------
    With lr = 0.9, beta1 = 0.4, beta2 = 0.25, epsilon = 1, q = 0.08, so that the last
    rate is 0.072, and bounds that close fast, psi = 0.2, from w = 1. The second rate is
    too large, and the third too small:

    - eta_minus = 0.072 · (1 - 1 / 1.2) = 0.012, eta_plus = 0.072 · (1 + 1 / 0.2) =
      0.432; m = 0.6 · 5 = 3, v = 0.75 · 5² = 18.75, over 1 - 0.25 is 25; 5 + 1 = 6,
      eta = 0.9 / 0.6 / 6 = 0.25; so w = 1 - 0.25 · 3 = 0.25;
    - eta_minus = 0.072 · (1 - 1 / 1.4) = 0.020571, eta_plus = 0.072 · (1 + 1 / 0.4) =
      0.252; m = 0.4 · 3 - 0.6 · 1.25 = 0.45, v = 0.25 · 18.75 + 0.75 · 1.25² =
      5.859375, over 1 - 0.25² is 6.25; 2.5 + 1 = 3.5, 0.9 / 0.84 / 3.5 = 0.306122 is
      above 0.252, eta = 0.252; so w = 0.25 - 0.252 · 0.45 = 0.1366;
    - eta_minus = 0.072 · (1 - 1 / 1.6) = 0.027, eta_plus = 0.072 · (1 + 1 / 0.6) =
      0.192; m = 0.4 · 0.45 + 0.6 · 50 = 30.18, v = 0.25 · 5.859375 + 0.75 · 50² =
      1876.46484375, over 1 - 0.25³ is 1906.25; √1906.25 + 1 = 44.660623,
      0.9 / 0.936 / 44.660623 = 0.02152989 is below 0.027, eta = 0.027;
      so w = 0.1366 - 0.027 · 30.18 = -0.67826;
    - eta_minus = 0.072 · (1 - 1 / 1.8) = 0.032, eta_plus = 0.072 · (1 + 1 / 0.8) =
      0.162; m = 0.4 · 30.18 - 0.6 · 6 = 8.472, v = 0.25 · 1876.46484375 + 0.75 · 6² =
      496.1162109375, over 0.99609375 is 498.0617647; √498.0617647 + 1 = 23.3172974,
      eta = 0.9 / 0.9744 / 23.3172974 = 0.039612023;
      so w = -0.67826 - 0.039612023 · 8.472 = -1.01385306.

    >>> from npoptim import AdaBound, trace
    >>> trace(
    ...     AdaBound, 1, [5, -1.25, 50, -6], lr=0.9, beta1=0.4, beta2=0.25, eps=1,
    ...     final_factor=0.08, closing=0.2,
    ... )
    t      g      m        v  increment         w
    1      5      3    18.75      -0.75      0.25
    2  -1.25   0.45  5.85938    -0.1134    0.1366
    3     50  30.18  1876.46   -0.81486  -0.67826
    4     -6  8.472  496.116  -0.335593  -1.01385
    """

    slots = ("m", "v")

    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.9)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of v that stays", default=0.999)
    final_factor: Number = Number(
        "q", "[0, inf)", "the last rate, as a multiple of lr", default=100.0
    )
    closing: Number = Number(
        r"\psi", "(0, inf)", "how fast the bounds close", default=1e-3
    )
    eps_in_sqrt = Flag(default=False)

    def update(self, w: Array, g: Array, m: Array, v: Array) -> Array:
        eta_minus = self.final_factor * self.lr * (1 - 1 / (self.closing * self.t + 1))
        eta_plus = self.final_factor * self.lr * (1 + 1 / (self.closing * self.t))
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        v_hat = v / (1 - self.beta2**self.t)
        eta = self.lr / (1 - self.beta1**self.t) / self.root(v_hat)
        eta = np.minimum(np.maximum(eta, eta_minus), eta_plus)
        return -eta * m
