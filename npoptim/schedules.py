r"""Schedules: numbers, such as learning rates, as functions of the step."""

from collections.abc import Callable
from math import cos, pi, sqrt
from typing import Any, ClassVar

from npoptim.declared import Declared
from npoptim.hyperparameters import Count, Number
from npoptim.saving import check_alike, identity


class Schedule(Declared):
    r"""A number as a function of the step.

    An optimizer takes a schedule, or any other function of the step's number
    :math:`t`, in the place of any of its numbers. Inside the rule ``self.lr``, say, is
    the value at the present step. It is checked then, and a value out of range raises
    an error before anything has changed.

    A subclass declares its numbers and has one equation, ``__call__``. Here
    :math:`\lambda_t` stands for the number at step :math:`t`, since most schedules are
    of learning rates.

    See Also
    --------
    Constant : the same at all steps
    StepDecay, ExponentialDecay : multiplied again and again
    PolynomialDecay, CosineDecay : to an end after some steps
    CosineRestarts, OneCycle : up as well as down
    Warmup, InverseSquareRoot : small at first

    Notes
    -----
    .. warning::

        Steps count from 1: the first step takes :math:`\lambda_1`. PyTorch's
        schedulers and the schedules of Optax and Keras count from 0, so
        ``schedule(t)`` is what theirs have at t - 1.

    A schedule is a pure function: it keeps nothing from step to step, so one may serve
    several optimizers. PyTorch's schedulers belong to one optimizer, and most of them
    multiply the rate that they find there.

    Examples
    --------
    A schedule of one's own is a function. The rates are 1, 1/2, 1/3, and with a
    gradient of 6 the steps are -6, -3, -2:

    >>> from npoptim import SGD, trace
    >>> trace(SGD, 0, [6, 6, 6], lr=lambda t: 1 / t)
    t  g   v  increment    w
    1  6  -6         -6   -6
    2  6  -3         -3   -9
    3  6  -2         -2  -11

    As a class it checks its numbers, and has a repr. This one has 12, 12 - 5 = 7 and
    12 - 2 · 5 = 2 at the steps 1, 2 and 3:

    >>> from npoptim import Number, Schedule
    >>> class Line(Schedule):
    ...     value: Number = Number("a", "[0, inf)", "the start", kw_only=False)
    ...     slope: Number = Number("b", "(0, inf)", "what each step takes away")
    ...
    ...     def __call__(self, t):
    ...         return self.value - self.slope * (t - 1)
    >>> schedule = Line(12, slope=5)
    >>> schedule
    Line(value=12.0, slope=5.0)
    >>> [schedule(t) for t in (1, 2, 3)]
    [12.0, 7.0, 2.0]

    A learning rate cannot be negative, and the fourth step would have 12 - 3 · 5 = -3:

    >>> trace(SGD, 0, [1, 1, 1, 1], lr=schedule)
    Traceback (most recent call last):
    ...
    ValueError: lr must be in [0, inf), got -3.0 from its schedule at step 4
    """

    def __call__(self, t: int) -> float:
        """Return the number at a step.

        Parameters
        ----------
        t : int
            The number of the step, from 1.

        Returns
        -------
        float
        """
        raise NotImplementedError(f"{type(self).__name__} must define __call__()")

    def state_dict(self) -> dict[str, Any]:
        """Return the arguments: a schedule is a function of the step, and has no more.

        Returns
        -------
        dict
            The class, the version of this package, and the arguments by name, with a
            dict such as this one for an argument that is a schedule.

        Examples
        --------
        >>> from npoptim import StepDecay
        >>> StepDecay(0.1, steps=2).state_dict()["arguments"]
        {'value': 0.1, 'steps': 2, 'factor': 0.1}
        """
        given = {n: vars(self)[n] for n in (*self.arguments, *self.hyperparameters)}
        return {
            **identity(type(self).__name__),
            "arguments": {n: describe_schedule(value) for n, value in given.items()},
        }

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Take over the arguments of another schedule of the class.

        Parameters
        ----------
        state : dict
            What ``state_dict`` has returned.

        Raises
        ------
        TypeError, ValueError
            If the state is of another class or version, or holds what the schedule
            would not take. Nothing has changed then.
        """
        check_alike(state, self.state_dict())
        arguments = state["arguments"]
        for name in self.hyperparameters:
            getattr(type(self), name).check(arguments[name])
        for name in self.arguments:
            inner = getattr(self, name)
            if isinstance(inner, Schedule):
                inner.load_state_dict(arguments[name])
        for name in self.hyperparameters:
            setattr(self, name, arguments[name])


def describe_schedule(value: Any) -> Any:
    """Return what is kept of a schedule: its state, or of a function its name."""
    if isinstance(value, Schedule):
        return value.state_dict()
    return (
        getattr(value, "__name__", type(value).__name__) if callable(value) else value
    )


class Constant(Schedule):
    r"""Stay the same at all steps.

    .. math::

        \lambda_t = \lambda

    An optimizer's numbers are constant by themselves. This is for what takes a
    schedule alone: :class:`Warmup`.

    See Also
    --------
    Warmup : rise to it first

    Notes
    -----
    .. warning::

        PyTorch's ``ConstantLR`` is another schedule: it multiplies the first 5 rates
        by 1/3. Optax's ``constant_schedule`` is this one. Keras has none: there, too,
        a number is enough.

    Examples
    --------
    >>> from npoptim import Constant
    >>> schedule = Constant(7)
    >>> [schedule(t) for t in (1, 2, 1000)]
    [7.0, 7.0, 7.0]
    """

    value: Number = Number(
        r"\lambda", "(-inf, inf)", "the number at all steps", kw_only=False
    )

    def __call__(self, t: int) -> float:
        return self.value


class StepDecay(Schedule):
    r"""Fall at once, by the same factor after equally many steps.

    .. math::

        \lambda_t = \lambda q^{\lfloor (t - 1) / T \rfloor}

    See Also
    --------
    ExponentialDecay : fall by a factor at every step

    Notes
    -----
    .. warning::

        The first fall is at step :math:`T + 1`, where others count :math:`T`:
        ``step_size`` in PyTorch's ``StepLR``, whose ``gamma`` is the factor, 0.1 by
        default as here; ``transition_steps`` and ``decay_steps`` in the
        ``exponential_decay`` of Optax and the ``ExponentialDecay`` of Keras, with
        ``staircase=True`` and a ``decay_rate`` without a default.

    Examples
    --------
    From 80, a quarter after every third step: 80 / 4 = 20, 20 / 4 = 5.

    >>> from npoptim import StepDecay
    >>> schedule = StepDecay(80, steps=3, factor=0.25)
    >>> [schedule(t) for t in range(1, 8)]
    [80.0, 80.0, 80.0, 20.0, 20.0, 20.0, 5.0]
    """

    value: Number = Number(
        r"\lambda", "(-inf, inf)", "the number at the start", kw_only=False
    )
    steps: Count = Count("T", "[1, inf)", "the steps from one fall to the next")
    factor: Number = Number("q", "(0, inf)", "what each fall leaves", default=0.1)

    def __call__(self, t: int) -> float:
        return self.value * self.factor ** ((t - 1) // self.steps)


class ExponentialDecay(Schedule):
    r"""Fall by the same factor at every step.

    .. math::

        \lambda_t = \lambda q^{t - 1}

    See Also
    --------
    StepDecay : fall by a factor now and then

    Notes
    -----
    .. warning::

        The first step takes :math:`\lambda` itself, which others count as step 0.
        PyTorch's ``ExponentialLR`` has ``gamma`` for the factor. Optax's
        ``exponential_decay`` and Keras's ``ExponentialDecay`` give the factor for a
        number of steps, ``transition_steps`` or ``decay_steps``: their ``decay_rate``
        of 0.5 for 10 steps is ``factor=0.5 ** (1 / 10)``.

    A factor above 1 makes the number grow, as in a search for the largest learning rate
    that works.

    Examples
    --------
    From 80, a quarter at each step: 80 / 4 = 20, 20 / 4 = 5, 5 / 4 = 1.25.

    >>> from npoptim import ExponentialDecay
    >>> schedule = ExponentialDecay(80, factor=0.25)
    >>> [schedule(t) for t in range(1, 5)]
    [80.0, 20.0, 5.0, 1.25]
    """

    value: Number = Number(
        r"\lambda", "(-inf, inf)", "the number at the start", kw_only=False
    )
    factor: Number = Number("q", "(0, inf)", "what each step leaves")

    def __call__(self, t: int) -> float:
        return self.value * self.factor ** (t - 1)


class PolynomialDecay(Schedule):
    r"""Fall along a power of what is left of the steps, at first along a line.

    .. math::

        \lambda_t = \lambda_{\text{end}} + (\lambda - \lambda_{\text{end}})
            \left( 1 - \frac{\min(t - 1, T)}{T} \right)^n

    It stays at the end from step :math:`T + 1` on. With :math:`n = 1`, the default, it
    is a line.

    See Also
    --------
    CosineDecay : slow at both ends

    Notes
    -----
    .. warning::

        Step :math:`T` does not reach the end yet; the one after it does, which others
        count as :math:`T`. PyTorch's ``PolynomialLR`` has ``total_iters`` for the
        steps, 5 by default, and always ends at 0; its ``LinearLR`` has an end. Optax's
        ``polynomial_schedule`` has ``transition_steps`` and ``end_value``. Keras's
        ``PolynomialDecay`` has ``decay_steps``, and ends at 1e-4 by default, not at 0.

    Examples
    --------
    From 10 to 2 in 4 steps, with the power 3: what is left is 1, 3/4, 1/2, 1/4 and 0,
    and the cubes are 1, 27/64, 8/64, 1/64 and 0. So the numbers are 2 + 8 = 10,
    2 + 27/8 = 5.375, 2 + 1 = 3, 2 + 1/8 = 2.125 and 2:

    >>> from npoptim import PolynomialDecay
    >>> schedule = PolynomialDecay(10, steps=4, end=2, power=3)
    >>> [schedule(t) for t in range(1, 7)]
    [10.0, 5.375, 3.0, 2.125, 2.0, 2.0]
    """

    value: Number = Number(
        r"\lambda", "(-inf, inf)", "the number at the start", kw_only=False
    )
    steps: Count = Count("T", "[1, inf)", "the steps from the start to the end")
    end: Number = Number(
        r"\lambda_{\text{end}}", "(-inf, inf)", "the number at the end", default=0.0
    )
    power: Number = Number("n", "(0, inf)", "power of what is left", default=1.0)

    def __call__(self, t: int) -> float:
        left = 1 - min(t - 1, self.steps) / self.steps
        return self.end + (self.value - self.end) * left**self.power


class CosineDecay(Schedule):
    r"""Fall along half a wave, gently at both ends.

    .. math::

        \lambda_t = \lambda_{\text{end}} + (\lambda - \lambda_{\text{end}})
            \frac{1 + \cos(\pi \min(t - 1, T) / T)}{2}

    It stays at the end from step :math:`T + 1` on.

    See Also
    --------
    CosineRestarts : start again at the end
    OneCycle : rise before the fall
    PolynomialDecay : along a line

    Notes
    -----
    .. warning::

        Step :math:`T` does not reach the end yet; the one after it does, which others
        count as :math:`T`. PyTorch's ``CosineAnnealingLR`` has the same values up to
        there, and rises again afterward. Optax's ``cosine_decay_schedule`` and Keras's
        ``CosineDecay`` have the same values throughout, with ``alpha`` for the end as a
        share of the start.

    References
    ----------
    :cite:t:`loshchilov2017`, equation 5, within its first cycle.

    Examples
    --------
    From 10 to 2 in 4 steps, the cosines of 0, π/4, π/2, 3π/4 and π are 1, √½, 0, -√½
    and -1. So the numbers are 2 + 8 = 10, 6 + 4 · 0.7071 = 8.8284, 6,
    6 - 2.8284 = 3.1716 and 2:

    >>> from npoptim import CosineDecay
    >>> schedule = CosineDecay(10, steps=4, end=2)
    >>> [round(schedule(t), 4) for t in range(1, 7)]
    [10.0, 8.8284, 6.0, 3.1716, 2.0, 2.0]
    """

    value: Number = Number(
        r"\lambda", "(-inf, inf)", "the number at the start", kw_only=False
    )
    steps: Count = Count("T", "[1, inf)", "the steps from the start to the end")
    end: Number = Number(
        r"\lambda_{\text{end}}", "(-inf, inf)", "the number at the end", default=0.0
    )

    def __call__(self, t: int) -> float:
        share = min(t - 1, self.steps) / self.steps
        return self.end + (self.value - self.end) * (1 + cos(pi * share)) / 2


class CosineRestarts(Schedule):
    r"""Fall along half a wave, again and again from the start.

    Cycle :math:`i`, from 0, has :math:`T_i` steps, the first of them :math:`t_i`. With
    :math:`T_0 = T` and :math:`t_0 = 1`,

    .. math::

        \begin{aligned}
        t_{i+1} &= t_i + T_i \\
        T_{i+1} &= q T_i \\
        \lambda_t &= \lambda_{\text{end}} + (\lambda - \lambda_{\text{end}})
            \frac{1 + \cos(\pi (t - t_i) / T_i)}{2},
            \quad t_i \le t < t_{i+1}
        \end{aligned}

    The cycle is found in whole numbers, so restarts are exact at any step.

    See Also
    --------
    CosineDecay : a single fall, which reaches its end

    Notes
    -----
    .. warning::

        A cycle never reaches its end: the step that would is the first of the next.
        That is :math:`t_i`, where others count :math:`t_i - 1`. PyTorch's
        ``CosineAnnealingWarmRestarts`` has ``T_0`` for the steps and ``T_mult`` for the
        growth, 1 by default as here. Keras's ``CosineDecayRestarts`` has ``t_mul``, 2
        by default. Optax's ``sgdr_schedule`` takes a list of cycles.

    A logarithm would find the cycle, too, but rounds. PyTorch's ``step(epoch)`` takes
    one: with ``T_0=1, T_mult=3`` the restart at epoch 121 has the rate of the end.

    References
    ----------
    :cite:t:`loshchilov2017`, equation 5; section 3 has the growth.

    Examples
    --------
    From 12 to 4 in cycles of 3 steps, the cosines of 0, π/3 and 2π/3 are 1, ½ and -½.
    So the numbers are 4 + 8 = 12, 4 + 8 · 0.75 = 10 and 4 + 8 · 0.25 = 6:

    >>> from npoptim import CosineRestarts
    >>> schedule = CosineRestarts(12, steps=3, end=4)
    >>> [round(schedule(t), 4) for t in range(1, 8)]
    [12.0, 10.0, 6.0, 12.0, 10.0, 6.0, 12.0]

    After a million cycles and one, at step 3 · 1000001 + 1 = 3000004, it is at
    the start again:

    >>> schedule(3_000_004)
    12.0

    From 1 to 0 in cycles of 1 step, 2 steps, 4 and so on, which begin at the steps 1,
    2, 4, 8, 16: the second has the cosines 1 and 0, the third 1, √½, 0 and -√½, so the
    numbers are 1; 1, 0.5; 1, (1 + √½) / 2 = 0.8536, 0.5, (1 - √½) / 2 = 0.1464;
    then 1 at step 8, half of it at step 12, and 1 at step 16:

    >>> schedule = CosineRestarts(1, steps=1, growth=2)
    >>> [round(schedule(t), 4) for t in (1, 2, 3, 4, 5, 6, 7, 8, 12, 16)]
    [1.0, 1.0, 0.5, 1.0, 0.8536, 0.5, 0.1464, 1.0, 0.5, 1.0]
    """

    value: Number = Number(
        r"\lambda", "(-inf, inf)", "the number at each start", kw_only=False
    )
    steps: Count = Count("T", "[1, inf)", "the steps of the first cycle")
    end: Number = Number(
        r"\lambda_{\text{end}}", "(-inf, inf)", "the number at each end", default=0.0
    )
    growth: Count = Count(
        "q", "[1, inf)", "the steps of a cycle over those of the last", default=1
    )

    def __call__(self, t: int) -> float:
        since, length = t - 1, self.steps
        if self.growth == 1:
            since %= length
        else:  # 64 cycles, each at least twice as long as the last, are never over.
            for _ in range(64):
                if since >= length:
                    since, length = since - length, self.growth * length
        share = since / length
        return self.end + (self.value - self.end) * (1 + cos(pi * share)) / 2


class OneCycle(Schedule):
    r"""Rise to the peak along half a wave, and fall along a longer one.

    With the number :math:`\lambda_1` at step 1, the peak :math:`\lambda` at step
    :math:`T_1`, and :math:`\lambda_T` at step :math:`T` and from there on,

    .. math::

        \lambda_t = \begin{cases}
            \lambda + (\lambda_1 - \lambda)
                \dfrac{1 + \cos(\pi (t - 1) / (T_1 - 1))}{2}, & t < T_1 \\
            \lambda_T + (\lambda - \lambda_T)
                \dfrac{1 + \cos(\pi (\min(t, T) - T_1) / (T - T_1))}{2}, & t \ge T_1
        \end{cases}

    :math:`T_1` need not be whole: then no step is at the peak itself.

    See Also
    --------
    Warmup : rise along a line, to any schedule
    CosineDecay : the fall alone

    Notes
    -----
    .. warning::

        Step :math:`T` has the end, which others count as :math:`T - 1`. It is PyTorch's
        ``OneCycleLR``, with ``max_lr`` for the peak and the same defaults. That moves
        the momentum, too, unless ``cycle_momentum=False``; at step :math:`T + 1` it
        rises again, and after it raises an error. Optax's ``cosine_onecycle_schedule``
        with the same arguments has its peak and its end one step later: over 100 steps
        it is up to 3 % of the peak away. Keras has none.

    PyTorch's momentum, from 0.95 to 0.85 and back, is a schedule of its own:
    ``OneCycle(0.85, steps=T, div_factor=0.85 / 0.95, final_div_factor=1)``.

    The paper rises and falls along lines of equal length, and goes below the start
    after them. In PyTorch that is ``anneal_strategy="linear", three_phase=True``.

    References
    ----------
    :cite:t:`smith2018`, section 4.1.

    Examples
    --------
    To 60 and back in 16 steps, a quarter of them rising, so up to step 4. The start is
    60 / 5 = 12, the end 12 / 4 = 3. After a third of the way the cosine is ½, after two
    thirds -½, so 0.75 and 0.25 of the way is left. At the steps 2 and 3 that is
    60 - 48 · 0.75 = 24 and 60 - 48 · 0.25 = 48, at the steps 8 and 12
    3 + 57 · 0.75 = 45.75 and 3 + 57 · 0.25 = 17.25:

    >>> from npoptim import OneCycle
    >>> schedule = OneCycle(
    ...     60, steps=16, pct_start=0.25, div_factor=5, final_div_factor=4
    ... )
    >>> [round(schedule(t), 4) for t in (1, 2, 3, 4, 8, 12, 16, 17)]
    [12.0, 24.0, 48.0, 60.0, 45.75, 17.25, 3.0, 3.0]
    """

    value: Number = Number(
        r"\lambda", "(-inf, inf)", "the number at the peak", kw_only=False
    )
    steps: Count = Count("T", "[1, inf)", "the steps of rise and fall")
    pct_start: Number = Number(
        "T_1 / T", "[0, 1)", "share of the steps up to the peak", default=0.3
    )
    div_factor: Number = Number(
        r"\lambda / \lambda_1", "(0, inf)", "peak over start", default=25.0
    )
    final_div_factor: Number = Number(
        r"\lambda_1 / \lambda_T", "(0, inf)", "start over end", default=1e4
    )

    def __call__(self, t: int) -> float:
        start = self.value / self.div_factor
        end = start / self.final_div_factor
        peak = self.pct_start * self.steps
        if t < peak:
            share = (t - 1) / (peak - 1)
            return self.value + (start - self.value) * (1 + cos(pi * share)) / 2
        share = (min(t, self.steps) - peak) / (self.steps - peak)
        return end + (self.value - end) * (1 + cos(pi * share)) / 2


class Warmup(Schedule, kw_only=False):
    r"""Rise along a line to the first number of another schedule, which follows.

    With that schedule :math:`f`, which may be any function of the step,

    .. math::

        \lambda_t = \min(t / T, 1) \, f(\max(t - T + 1, 1))

    The last step of the rise, :math:`T`, is the first of :math:`f`. The first step is
    never 0, and a rise of one step is none.

    See Also
    --------
    Constant : for a number that stays after the rise
    InverseSquareRoot : a rise with its own fall
    OneCycle : a rise along half a wave

    Notes
    -----
    .. warning::

        Others leave out the first step, and count the :math:`T - 1` that follow. With
        n for them, it is PyTorch's ``SequentialLR``, with ``milestones=[n]``, of
        ``LinearLR(start_factor=1 / (n + 1), total_iters=n)`` and the next scheduler. It
        is Optax's ``join_schedules``, with ``boundaries=[n]``, of
        ``linear_schedule(value / (n + 1), value, n)`` and the next schedule. Optax's
        ``warmup_cosine_decay_schedule`` and Keras's ``CosineDecay`` have
        ``warmup_steps=n``, and start at the number that they are told. PyTorch's
        ``LinearLR`` starts at 1/3 by default.

    The end of ``Warmup(CosineDecay(0.1, steps=900), steps=100)`` is reached at step
    1000. PyTorch and Keras, too, count the steps of the fall alone; Optax's
    ``decay_steps`` include the rise.

    References
    ----------
    :cite:t:`goyal2017`, section 2.2.

    Examples
    --------
    The steps 1 to 5 have 10 · 1/5 = 2, 10 · 2/5 = 4, 6, 8 and 10, which is the first of
    the decay, and its others follow:

    >>> from npoptim import CosineDecay, Warmup
    >>> schedule = Warmup(CosineDecay(10, steps=4, end=2), steps=5)
    >>> schedule
    Warmup(then=CosineDecay(value=10.0, steps=4, end=2.0), steps=5)
    >>> [round(schedule(t), 4) for t in range(1, 11)]
    [2.0, 4.0, 6.0, 8.0, 10.0, 8.8284, 6.0, 3.1716, 2.0, 2.0]

    To 6 / 1 = 6 in 3 steps, then 6 / 2 = 3 and 6 / 3 = 2:

    >>> schedule = Warmup(lambda t: 6 / t, steps=3)
    >>> [round(schedule(t), 4) for t in range(1, 6)]
    [2.0, 4.0, 6.0, 3.0, 2.0]
    """

    arguments: ClassVar[dict[str, tuple[str, str]]] = {
        "then": (
            "callable",
            ":math:`f`, what follows the rise: a :class:`~npoptim.Schedule`, or any "
            "function of the step, whose steps count from 1, too.",
        )
    }

    then: Callable[[int], float]
    steps: Count = Count("T", "[1, inf)", "the steps of the rise", kw_only=True)

    def complete(self, **arguments: Any) -> None:
        """Look at what follows.

        Parameters
        ----------
        **arguments
            The schedule, as ``then``.
        """
        then = arguments["then"]
        if not callable(then):
            raise TypeError(
                f"then must be a schedule or a function of the step, got {then!r}: a "
                "number is Constant(number)"
            )
        self.then = then

    def __call__(self, t: int) -> float:
        return min(t / self.steps, 1.0) * self.then(max(t - self.steps + 1, 1))


class InverseSquareRoot(Schedule):
    r"""Rise along a line, then fall as one over the root of the step.

    .. math::

        \lambda_t = \lambda \min\left( \frac{t}{T}, \sqrt{\frac{T}{t}} \right)

    Both are 1 at step :math:`T`, the peak. The fall has no end.

    See Also
    --------
    Warmup : the same rise to any schedule

    Notes
    -----
    .. warning::

        The paper has no peak among its arguments, but the size of its model: its rate
        at ``step_num`` is this one with ``value=1 / sqrt(d_model * steps)``. With its
        ``d_model`` of 512 and 4000 steps that is 7.0e-4.

    PyTorch, Optax and Keras have no schedule of that name; their functions of the step,
    such as the one of PyTorch's ``LambdaLR``, count it from 0.

    References
    ----------
    :cite:t:`vaswani2017`, equation 3 in section 5.3.

    Examples
    --------
    To 6 in 4 steps, 6 · 1/4 = 1.5, 3, 4.5 and 6; then 6 · √(4/9) = 4 at step 9 and
    6 · √(4/16) = 3 at step 16:

    >>> from npoptim import InverseSquareRoot
    >>> schedule = InverseSquareRoot(6, steps=4)
    >>> [round(schedule(t), 4) for t in (1, 2, 3, 4, 9, 16)]
    [1.5, 3.0, 4.5, 6.0, 4.0, 3.0]
    """

    value: Number = Number(
        r"\lambda", "(-inf, inf)", "the number at the peak", kw_only=False
    )
    steps: Count = Count("T", "[1, inf)", "the steps of the rise")

    def __call__(self, t: int) -> float:
        return self.value * min(t / self.steps, sqrt(self.steps / t))
