"""Checks of arguments, and hyperparameters that check themselves."""

from math import inf
from numbers import Integral, Real
from typing import Generic, Self, TypeVar, overload

import numpy as np


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


class _Hyperparameter(Generic[T]):
    """An attribute that passes ``check`` before it is set."""

    def check(self, value: object) -> T:
        raise NotImplementedError

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    @overload
    def __get__(self, instance: None, owner: type) -> Self: ...

    @overload
    def __get__(self, instance: object, owner: type) -> T: ...

    def __get__(self, instance: object, owner: type) -> Self | T:
        return self if instance is None else getattr(instance, f"_{self.name}")

    def __set__(self, instance: object, value: object) -> None:
        setattr(instance, f"_{self.name}", self.check(value))


class Number(_Hyperparameter[float]):
    """A real number in [0, below): by default any that is finite.

    Declared in the class body of an optimizer, it is checked at construction and
    at each later assignment, such as that of a learning rate schedule.

    Parameters
    ----------
    below : float, default inf
        The bound that the value must stay under.

    Examples
    --------
    >>> from npoptim import SGD
    >>> from npoptim.npnet import Linear
    >>> optimizer = SGD(Linear(3, 2), lr=0.1)
    >>> optimizer.lr = float("nan")
    Traceback (most recent call last):
    ...
    ValueError: lr must be in [0, inf), got nan
    """

    def __init__(self, below: float = inf) -> None:
        self.below = below

    def check(self, value: object) -> float:
        # A bool here is an argument in the wrong place.
        if not isinstance(value, Real) or isinstance(value, bool):
            raise TypeError(
                f"{self.name} must be a number in [0, {self.below}), got {value!r}"
            )
        try:
            # A Python float never widens the float32 arrays that it multiplies.
            number = float(value)
        except OverflowError:  # an int beyond all floats
            number = inf
        if not 0 <= number < self.below:
            raise ValueError(f"{self.name} must be in [0, {self.below}), got {value!r}")
        return number


class Flag(_Hyperparameter[bool]):
    """True or False, and nothing that merely counts as such."""

    def check(self, value: object) -> bool:
        if not isinstance(value, bool | np.bool_):
            raise TypeError(f"{self.name} must be True or False, got {value!r}")
        return bool(value)
