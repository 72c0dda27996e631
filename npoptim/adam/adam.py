"""Adam: momentum over RMSprop's step sizes; and AdamW, with decoupled decay."""

from typing import ClassVar

from npoptim.hyperparameters import Flag, Number
from npoptim.optimizer import Array
from npoptim.regularizers import DecoupledWeightDecay
from npoptim.rooted import Rooted


class Adam(Rooted):
    r"""Divide a moving mean of the gradients by the size of the recent ones.

    With the gradient :math:`g_t` of the loss at :math:`w_{t-1}`, the moving means
    :math:`m` and :math:`v` and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        w_t &= w_{t-1} - \lambda \frac{m_t}{\sqrt{v_t + \varepsilon}}
        \end{aligned}

    With ``bias_correction=True``, the last line has
    :math:`\hat m_t` and :math:`\hat v_t` in the place of :math:`m_t` and
    :math:`v_t`:

    .. math::

        \begin{aligned}
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        w_t &= w_{t-1} - \lambda \frac{\hat m_t}{\sqrt{\hat v_t + \varepsilon}}
        \end{aligned}

    With ``eps_in_sqrt=False``, the last line is

    .. math::

        w_t = w_{t-1} - \lambda \frac{m_t}{\sqrt{v_t} + \varepsilon}

    and, with ``bias_correction=True`` and ``eps_in_sqrt=False``,

    .. math::

        w_t = w_{t-1} - \lambda \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}

    .. warning::

        The default is a simplified Adam. The paper corrects the bias and adds
        :math:`\varepsilon` outside the root, with :math:`\beta_2 = 0.999`, and so do
        PyTorch and Optax: that is :class:`PaperAdam`.

    See Also
    --------
    PaperAdam : the corrected form, as the paper has it
    RMSprop : the same step sizes, without the mean of the gradients
    AdamW : that form with decoupled decay
    AMSGrad : step sizes that never grow

    Notes
    -----
    Derived in :doc:`/story/adam`.

    The gradient of the L2 penalty passes through both means; see :class:`AdamW` for
    the other way.

    Both means start at 0, so without correction they are too small at first:
    after one step :math:`m_1 = (1 - \beta_1) g_1` and
    :math:`v_1 = (1 - \beta_2) g_1^2`. The first step, with ``bias_correction=False``
    and ``eps=0``, is

    .. math::

        \Delta w_1 = -\lambda \frac{1 - \beta_1}{\sqrt{1 - \beta_2}}
            \operatorname{sign}(g_1)

    and with :math:`\beta_1 = 0.9` and :math:`\beta_2 = 0.99` that factor is
    0.1 / 0.1 = 1: exactly :math:`\lambda` long, as with the correction. With
    :math:`\beta_2 = 0.999` it would be 3.16. That is why the simplified form has
    0.99. Later steps are not exact: under a constant gradient the factor
    :math:`(1 - \beta_1^t) / \sqrt{1 - \beta_2^t}` rises to 2.13 at step 13 and
    falls back to 1.

    Where :math:`\varepsilon` stands matters once it is not small beside
    :math:`\sqrt v`. Inside the root, 1e-8 holds the denominator above 1e-4;
    outside, above 1e-8. Keras divides the uncorrected moments and folds both
    corrections into the learning rate, so its ``epsilon`` is the paper's
    :math:`\hat\varepsilon`: the same as :math:`\hat\varepsilon / \sqrt{1 -
    \beta_2^t}` here, outside the root.

    References
    ----------
    :cite:t:`kingma2015`, Algorithm 1; its section 2 has :math:`\hat\varepsilon`,
    its section 3 derives the correction.

    Examples
    --------
    The default form with lr = 2, beta1 = 0.8, beta2 = 0.9 and an epsilon so large
    that its place shows, 15, from w = 1:

    - m = 0.2 · 10 = 2, v = 0.1 · 10² = 10; √(10 + 15) = 5,
      so w = 1 - 2 · 2 / 5 = 0.2;
    - m = 0.8 · 2 - 0.2 · 20 = -2.4, v = 0.9 · 10 + 0.1 · 20² = 49; √64 = 8,
      so w = 0.2 + 2 · 2.4 / 8 = 0.8;
    - m = 0.8 · -2.4 - 0.2 · 7 = -3.32, v = 0.9 · 49 + 0.1 · 7² = 49; √64 = 8,
      so w = 0.8 + 2 · 3.32 / 8 = 1.63.

    >>> from npoptim import Adam, trace
    >>> trace(Adam, 1, [10, -20, -7], lr=2, beta1=0.8, beta2=0.9, eps=15)
    t    g      m   v  increment     w
    1   10      2  10       -0.8   0.2
    2  -20   -2.4  49        0.6   0.8
    3   -7  -3.32  49       0.83  1.63

    Corrected, with lr = 0.36, beta1 = 0.5, beta2 = 0.75 and epsilon = 15 inside the
    root; outside of it the example is that of :class:`PaperAdam`:

    - m = 0.5, over 0.5 is 1; v = 0.25, over 0.25 is 1; √(1 + 15) = 4,
      so w = 1 - 0.36 · 1 / 4 = 0.91;
    - m = 0.25 - 3 = -2.75, over 0.75 is -11/3; v = 0.1875 + 9 = 9.1875, over 0.4375
      is 21; √36 = 6, so w = 0.91 + 0.36 · 11/3 / 6 = 1.13;
    - m = -1.375 - 6.5 = -7.875, over 0.875 is -9; v = 6.890625 + 42.25 = 49.140625,
      over 0.578125 is 85; √100 = 10, so w = 1.13 + 0.36 · 9 / 10 = 1.454.

    >>> trace(
    ...     Adam, 1, [1, -6, -13], lr=0.36, beta1=0.5, beta2=0.75, eps=15,
    ...     bias_correction=True,
    ... )
    t    g       m        v  increment      w
    1    1     0.5     0.25      -0.09   0.91
    2   -6   -2.75   9.1875       0.22   1.13
    3  -13  -7.875  49.1406      0.324  1.454
    """

    slots: ClassVar[tuple[str, ...]] = ("m", "v")

    beta1: Number = Number(r"\beta_1", "[0, 1)", "share of m that stays", default=0.9)
    beta2: Number = Number(r"\beta_2", "[0, 1)", "share of v that stays", default=0.99)
    bias_correction: Flag = Flag("whether to correct for a start at 0", default=False)

    def update(self, w: Array, g: Array, m: Array, v: Array) -> Array:
        m[...] = self.beta1 * m + (1 - self.beta1) * g
        v[...] = self.beta2 * v + (1 - self.beta2) * g**2
        m_hat = self.corrected(m, self.beta1)
        v_hat = self.corrected(v, self.beta2)
        return -self.lr * m_hat / self.root(v_hat)

    def corrected(self, mean: Array, beta: float) -> Array:
        """Return a moving mean, corrected for its start at 0 if that is asked for.

        Parameters
        ----------
        mean : np.ndarray
            The mean, of any shape.
        beta : float
            The share of it that survives a step, in [0, 1).

        Returns
        -------
        np.ndarray
            Of the same shape.
        """
        return mean / (1 - beta**self.t) if self.bias_correction else mean


class PaperAdam(Adam):
    r"""Take Adam's step as its paper has it: corrected, epsilon outside the root.

    It is :class:`Adam` with other defaults, and with them the moving means :math:`m`
    and :math:`v` and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        w_t &= w_{t-1} - \lambda \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}
        \end{aligned}

    Other options change the last lines as in :class:`Adam`. It is the Adam of PyTorch
    and Optax, defaults included, but that Optax has none for the rate.

    See Also
    --------
    RMSprop : the same step sizes, without the mean of the gradients
    Adam : the simplified form, and what the correction amounts to
    AdamW : with decoupled decay

    Notes
    -----
    Derived in :doc:`/story/adam`.

    .. warning::

        Keras's ``Adam`` adds its epsilon to the uncorrected root: see :class:`Adam`.

    References
    ----------
    :cite:t:`kingma2015`, Algorithm 1.

    Examples
    --------
    With lr = 0.9, beta1 = 0.5, beta2 = 0.75 and epsilon = 2, from w = 1:

    - m = 0.5 · 3 = 1.5, over 1 - 0.5 is 3; v = 0.25 · 3² = 2.25, over 1 - 0.75 is
      9; 3 + 2 = 5, so w = 1 - 0.9 · 3 / 5 = 0.46;
    - m = 0.75 - 8.5 = -7.75, over 1 - 0.25 is -31/3; v = 0.75 · 2.25 + 0.25 · 17² =
      73.9375, over 1 - 0.5625 is 169; 13 + 2 = 15,
      so w = 0.46 + 0.9 · 31/3 / 15 = 1.08;
    - m = -3.875 + 6.5 = 2.625, over 1 - 0.125 is 3; v = 0.75 · 73.9375 + 0.25 · 13²
      = 97.703125, over 1 - 0.421875 is 169; 13 + 2 = 15,
      so w = 1.08 - 0.9 · 3 / 15 = 0.9.

    >>> from npoptim import PaperAdam, trace
    >>> trace(PaperAdam, 1, [3, -17, 13], lr=0.9, beta1=0.5, beta2=0.75, eps=2)
    t    g      m        v  increment     w
    1    3    1.5     2.25      -0.54  0.46
    2  -17  -7.75  73.9375       0.62  1.08
    3   13  2.625  97.7031      -0.18   0.9
    """

    beta2 = Number(default=0.999)
    bias_correction = Flag(default=True)
    eps_in_sqrt = Flag(default=False)


class AdamW(DecoupledWeightDecay, PaperAdam):
    r"""Take Adam's corrected step, and decay the weights beside it.

    It is :class:`PaperAdam` under :class:`~npoptim.DecoupledWeightDecay`: the moving
    means :math:`m` and :math:`v` and the weights :math:`w` follow, element by element,

    .. math::

        \begin{aligned}
        m_t &= \beta_1 m_{t-1} + (1 - \beta_1) g_t \\
        v_t &= \beta_2 v_{t-1} + (1 - \beta_2) g_t^2 \\
        \hat m_t &= m_t / (1 - \beta_1^t) \\
        \hat v_t &= v_t / (1 - \beta_2^t) \\
        w_t &= w_{t-1} - \lambda \frac{\hat m_t}{\sqrt{\hat v_t} + \varepsilon}
               - \lambda \alpha w_{t-1}
        \end{aligned}

    Other options change the last lines as in :class:`Adam`.

    See Also
    --------
    PaperAdam : with the L2 penalty instead
    DecoupledWeightDecay : the same decay over any optimizer

    Notes
    -----
    .. index:: ! weight decay vs L2 regularization

    .. warning::

        The paper's decay is not multiplied by :math:`\lambda`; here it is, as in
        PyTorch, Optax and Keras. Their default decays differ: PyTorch 0.01, as
        here, Keras 0.004, Optax 1e-4.

    References
    ----------
    :cite:t:`loshchilov2019`, Algorithm 2, line 12.

    Examples
    --------
    With the gradients of the example of :class:`PaperAdam` and lr = 0.9, whose
    steps are -0.54, 0.62 and -0.18, and decay 1/9, so that a weight loses
    0.9 / 9 = 0.1 of itself:

    - w = 1 - 0.54 - 0.1 · 1 = 0.36;
    - w = 0.36 + 0.62 - 0.1 · 0.36 = 0.944;
    - w = 0.944 - 0.18 - 0.1 · 0.944 = 0.6696.

    >>> from npoptim import AdamW, trace
    >>> trace(
    ...     AdamW, 1, [3, -17, 13], lr=0.9, beta1=0.5, beta2=0.75, eps=2,
    ...     weight_decay=1 / 9,
    ... )
    t    g      m        v  increment       w
    1    3    1.5     2.25      -0.64    0.36
    2  -17  -7.75  73.9375      0.584   0.944
    3   13  2.625  97.7031    -0.2744  0.6696
    """

    weight_decay = Number(default=0.01)
