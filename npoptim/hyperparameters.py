"""Hyperparameters: numbers and flags that are declared once, and check themselves."""

import re
from collections.abc import Callable
from math import inf, isfinite
from numbers import Integral, Real
from typing import Any, ClassVar, Generic, Self, TypeVar, overload

import numpy as np

INTERVAL = re.compile(r"([\[(])([^,]+), ([^,]+)([\])])")


def check_count(name: str, value: object, least: int = 1) -> int:
    """Return ``value`` as an int, if it is a whole number of at least ``least``.

    Parameters
    ----------
    name : str
        The argument's name, for the message.
    value : object
        What the caller gave.
    least : int, default 1
        The lowest number that is allowed.

    Returns
    -------
    int

    Raises
    ------
    TypeError
        If ``value`` is not an int.
    ValueError
        If it is less than ``least``.

    Examples
    --------
    >>> check_count("epoch", 0)
    Traceback (most recent call last):
    ...
    ValueError: epoch must be at least 1, got 0
    """
    if not isinstance(value, Integral) or isinstance(value, bool):
        raise TypeError(f"{name} must be an int of at least {least}, got {value!r}")
    if value < least:
        raise ValueError(f"{name} must be at least {least}, got {value!r}")
    return int(value)


T = TypeVar("T")


class Hyperparameter(Generic[T]):
    """An argument of a class that is declared in its body, and checks itself.

    What is left out where a subclass declares it anew is as in the class above.
    """

    kind: ClassVar[str]
    name: str
    kw_only: bool
    default: Any = ...  # none: the argument must be given
    meaning = ""

    def __init__(self, **given: Any) -> None:
        self.given = given

    def check(self, value: object, where: str = "") -> T:
        """Return the value as it is kept, or raise an error that ends with where."""
        raise NotImplementedError

    def describe(self) -> str:
        """Return a sentence for the documentation."""
        return f"{self.meaning}."

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name
        above = getattr(super(owner, owner), name, None)
        if isinstance(above, type(self)):
            self.__dict__ = vars(above) | vars(self)
        self.__dict__ |= self.given

    def check_declaration(self, owner: type) -> None:
        """Raise an error unless the declaration in a class is complete."""
        if not self.meaning:
            raise TypeError(f"{owner.__name__}.{self.name} must say what it means")
        if self.default is not ...:
            self.default = self.check(self.default)

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object, owner: type) -> Self | T:
        if instance is None:
            return self
        value: T = instance.__dict__[self.name]
        return value

    def __set__(self, instance: object, value: Any) -> None:
        instance.__dict__[self.name] = self.check(value)


class Number(Hyperparameter[float]):
    r"""A real number in an interval.

    Declared in the class body of an optimizer, it is an argument of the constructor,
    and checked there and at each later assignment. An optimizer takes a function of
    the step in its place: see :class:`~npoptim.Schedule`.

    Parameters
    ----------
    symbol : str
        What the equations call it, in LaTeX.
    interval : str
        Its range, such as ``"[0, 1)"``: with a bracket where an end belongs to it,
        with a parenthesis where it does not.
    meaning : str
        What it is, in a few words.
    default : float, optional
        Without one, the argument must be given.
    kw_only : bool, optional
        Whether it is given by its name alone. By default as the class has it.

    Raises
    ------
    TypeError
        If it is declared without a meaning or an interval, and no class above has
        declared it.
    ValueError
        If the default is not in the interval.

    Examples
    --------
    >>> import numpy as np
    >>> from npoptim import Arrays, Number, Optimizer
    >>> class Clipped(Optimizer):
    ...     bound: Number = Number("c", "(0, inf)", "largest step", default=1)
    ...
    ...     def update(self, w, g):
    ...         return np.clip(-self.lr * g, -self.bound, self.bound)
    >>> optimizer = Clipped(Arrays(w=[1, 2]), bound=0.5)
    >>> optimizer
    Clipped(lr=0.001, bound=0.5, weight_decay=0.0)
    >>> optimizer.bound = 0
    Traceback (most recent call last):
    ...
    ValueError: bound must be in (0, inf), got 0
    """

    kind: ClassVar[str] = "float"
    _a_number = "a number"
    _kinds: type = Real
    symbol = ""
    interval = ""
    low: float
    high: float
    has_low: bool
    has_high: bool

    def __init__(
        self,
        symbol: str | None = None,
        interval: str | None = None,
        meaning: str | None = None,
        *,
        default: float | None = None,
        kw_only: bool | None = None,
    ) -> None:
        given = {
            "symbol": symbol, "interval": interval, "meaning": meaning,
            "default": default, "kw_only": kw_only,
        }  # fmt: skip
        if interval is not None:
            ends = INTERVAL.fullmatch(interval)
            if ends is None:
                raise ValueError(
                    f'interval must be such as "[0, 1)" or "(0, inf)", got {interval!r}'
                )
            given |= {"low": float(ends[2]), "high": float(ends[3])}
            given |= {"has_low": ends[1] == "[", "has_high": ends[4] == "]"}
        super().__init__(**{k: v for k, v in given.items() if v is not None})

    def check_declaration(self, owner: type) -> None:
        if not self.interval:
            raise TypeError(f"{owner.__name__}.{self.name} must say its interval")
        super().check_declaration(owner)

    def check(self, value: object, where: str = "") -> float:
        # A bool here is an argument in the wrong place.
        if not isinstance(value, self._kinds) or isinstance(value, bool):
            raise TypeError(
                f"{self.name} must be {self._a_number} in {self.interval}, "
                f"got {value!r}{where}"
            )
        try:
            number = self._convert(value)
        except OverflowError:  # an int beyond all floats
            number = inf
        if number not in self:
            raise ValueError(
                f"{self.name} must be in {self.interval}, got {value!r}{where}"
            )
        return number

    def _convert(self, value: Any) -> float:
        """Return a number as it is kept."""
        # A Python float never widens the float32 arrays that it multiplies.
        return float(value)

    def __contains__(self, number: float) -> bool:
        above = self.low <= number if self.has_low else self.low < number
        below = number <= self.high if self.has_high else number < self.high
        return above and below and isfinite(number)

    def describe(self) -> str:
        symbol = f":math:`{self.symbol}`, " if self.symbol else ""
        interval = self.interval.replace(" ", "\N{NO-BREAK SPACE}")
        return f"{symbol}{self.meaning}, in {interval}."

    def __set__(self, instance: object, value: float | Callable[[int], float]) -> None:
        # Only what counts its steps has schedules.
        schedules = instance.__dict__.get("schedules")
        if schedules is None or not callable(value):
            super().__set__(instance, value)
            if schedules:
                schedules.pop(self.name, None)
        else:
            instance.__dict__[self.name] = self.value_at(value, max(instance.t, 1))  # type: ignore[attr-defined]
            schedules[self.name] = value

    def value_at(self, schedule: Callable[[int], float], t: int) -> float:
        """Return what a schedule has for a step, if it is in the interval."""
        return self.check(schedule(t), f" from its schedule at step {t}")


class Count(Number):
    """A whole number in an interval.

    Parameters
    ----------
    symbol, interval, meaning, default, kw_only
        As for :class:`~npoptim.Number`.

    Examples
    --------
    >>> from npoptim import StepDecay
    >>> StepDecay(0.1, steps=2.5)
    Traceback (most recent call last):
    ...
    TypeError: steps must be an int in [1, inf), got 2.5
    """

    kind = "int"
    _a_number = "an int"
    _kinds = Integral

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> int: ...

    def __get__(self, instance: object, owner: type) -> Any:
        return super().__get__(instance, owner)

    def _convert(self, value: Any) -> int:
        float(value)  # an OverflowError, if it is beyond all floats
        return int(value)


class Flag(Hyperparameter[bool]):
    """True or False, and nothing that merely counts as such.

    Parameters
    ----------
    meaning : str
        What is so if it is True: "whether the means are corrected".
    default : bool, optional
        Without one, the argument must be given.
    kw_only : bool, optional
        Whether it is given by its name alone. By default as the class has it.

    Examples
    --------
    >>> from npoptim import SGD, Arrays
    >>> SGD(Arrays(w=1), nesterov=1)
    Traceback (most recent call last):
    ...
    TypeError: nesterov must be True or False, got 1
    """

    kind = "bool"

    def __init__(
        self,
        meaning: str | None = None,
        *,
        default: bool | None = None,
        kw_only: bool | None = None,
    ) -> None:
        given = {"meaning": meaning, "default": default, "kw_only": kw_only}
        super().__init__(**{k: v for k, v in given.items() if v is not None})

    def check(self, value: object, where: str = "") -> bool:
        if not isinstance(value, bool | np.bool_):
            raise TypeError(f"{self.name} must be True or False, got {value!r}{where}")
        return bool(value)

    def describe(self) -> str:
        return f"{self.meaning[:1].upper()}{self.meaning[1:]}."

    def __set__(self, instance: object, value: bool) -> None:
        super().__set__(instance, value)
