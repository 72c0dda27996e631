"""Classes whose arguments are what they declare."""

import re
from collections.abc import Callable, Iterable
from inspect import Parameter, Signature, cleandoc, signature
from textwrap import fill
from typing import Any, ClassVar, dataclass_transform

from npoptim.hyperparameters import Count, Flag, Hyperparameter, Number
from npoptim.saving import Saved

HEADING = re.compile(r"^\w[\w ]*\n---", re.MULTILINE)


class _WhenRead:
    """An attribute of a class that is computed when it is read."""

    def __init__(self, compute: Callable[..., Any], *arguments: Any) -> None:
        self.compute = compute
        self.arguments = arguments

    def __get__(self, instance: object, owner: type) -> Any:
        return self.compute(owner, *self.arguments)


@dataclass_transform(kw_only_default=True, field_specifiers=(Number, Count, Flag))
class Declared(Saved):
    """A class whose arguments are the hyperparameters declared in it and its bases.

    From the declarations come the signature, the checks, the repr, and the sections
    Parameters and Raises of the docstring. Type checkers read the same declarations.
    """

    # What is computed when it is read, so that an import is fast.
    __signature__: ClassVar[Any] = _WhenRead(lambda cls: cls._find_signature())

    hyperparameters: ClassVar[dict[str, Hyperparameter[Any]]] = {}
    """The declarations by name, in the order of the signature."""

    # What goes before them in the signature: for each name its type, and what it is.
    arguments: ClassVar[dict[str, tuple[str, str]]] = {}
    # Whether a number may be a function of the step, which is then its ``t``.
    takes_schedules: ClassVar[bool] = False
    # Attributes of the instances that no hyperparameter may hide.
    reserved: ClassVar[frozenset[str]] = frozenset()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if self.takes_schedules:
            self.schedules: dict[str, Callable[[int], float]] = {}
        values = self._bind(args, kwargs)
        arguments = {name: values.pop(name) for name in self.arguments}
        for name, value in values.items():
            setattr(self, name, value)
        self.complete(**arguments)

    def complete(self, **arguments: Any) -> None:
        """Do what is left of the construction, with the hyperparameters set.

        Parameters
        ----------
        **arguments
            What is no hyperparameter, such as ``model``.
        """

    def __init_subclass__(cls, *, kw_only: bool = True) -> None:
        super().__init_subclass__()
        for name, value in vars(cls).items():
            if isinstance(value, Hyperparameter):
                above = getattr(super(cls, cls), name, value)
                if name in cls.reserved or not isinstance(above, Hyperparameter):
                    raise TypeError(
                        f"{cls.__name__}: a hyperparameter cannot be named {name!r}"
                    )
                value.check_declaration(cls)
                vars(value).setdefault("kw_only", kw_only)
            elif name in cls.hyperparameters and not hasattr(value, "__get__"):
                kind = type(cls.hyperparameters[name]).__name__
                raise TypeError(
                    f"{cls.__name__}.{name} would hide a hyperparameter: write "
                    f"{name} = {kind}(default={value!r})"
                )
        names: list[str] = []
        for base in reversed(cls.__mro__):
            own = [n for n, v in vars(base).items() if isinstance(v, Hyperparameter)]
            # A rule's own go before those of the template.
            names = [name for name in own if name not in names] + names
        declared = {name: getattr(cls, name) for name in names}
        # A property fixes what a class above declared.
        found = [(n, h) for n, h in declared.items() if isinstance(h, Hyperparameter)]
        cls.hyperparameters = dict(sorted(found, key=lambda item: item[1].kw_only))
        for name in cls.hyperparameters:
            refuse_two_meanings(cls, name, _find_meanings(cls, name))
        if cls.__doc__ and cls._declares_all():
            cls.__doc__ = _WhenRead(_document, cls.__doc__)  # type: ignore[assignment]

    def __repr__(self) -> str:
        schedules = vars(self).get("schedules", {})
        names = [n for n in signature(type(self)).parameters if n != "model"]
        values = (
            f"{name}={schedules.get(name, getattr(self, name))!r}"
            for name in names
            if hasattr(self, name)
        )
        return f"{type(self).__name__}({', '.join(values)})"

    @classmethod
    def _declares_all(cls) -> bool:
        """Say whether no class has a constructor that is written out."""
        return cls.__init__ is Declared.__init__

    @classmethod
    def _find_signature(cls) -> Signature:
        if cls._declares_all():
            return cls._sign(n for n, h in cls.hyperparameters.items() if not h.kw_only)
        _, *written = signature(cls.__init__).parameters.values()
        return Signature(written)

    @classmethod
    def _sign(cls, positional: Iterable[str]) -> Signature:
        """Return the signature in which some hyperparameters may go by position."""
        first = [*cls.arguments, *positional]
        rest = [name for name in cls.hyperparameters if name not in first]
        hyperparameters = cls.hyperparameters.items()
        defaults = {n: h.default for n, h in hyperparameters if h.default is not ...}
        return Signature(
            [
                Parameter(name, kind, default=defaults.get(name, Parameter.empty))
                for kind, names in (
                    (Parameter.POSITIONAL_OR_KEYWORD, first),
                    (Parameter.KEYWORD_ONLY, rest),
                )
                for name in names
            ]
        )

    @classmethod
    def _bind(cls, args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[str, Any]:
        """Return the value of every argument by name."""
        taken = cls._find_signature()
        if not cls._declares_all():
            # A constructor that is written out may hand the template's by position.
            template: Any = cls.__mro__[cls.__mro__.index(Declared) - 1]
            names = template.hyperparameters
            taken = cls._sign(name for name in names if name in cls.hyperparameters)
        for name in kwargs:
            if name not in taken.parameters:
                from difflib import get_close_matches  # for the message alone

                near = get_close_matches(name, taken.parameters, 1, 0)
                raise TypeError(
                    f"{cls.__name__} has no argument {name!r}: did you mean "
                    f"{near[0]!r}? It takes {', '.join(taken.parameters)}"
                )
        try:
            bound = taken.bind(*args, **kwargs)
        except TypeError as error:
            raise TypeError(f"{cls.__name__}{taken}: {error}") from None
        bound.apply_defaults()
        return bound.arguments

    @classmethod
    def _describe_type(cls, h: Hyperparameter[Any]) -> str:
        kind = h.kind
        if cls.takes_schedules and isinstance(h, Number):
            kind += " or schedule"
        return kind if h.default is ... else f"{kind}, default {h.default!r}"


def _document(cls: type[Declared], docstring: str) -> str:
    """Write the sections of the arguments into a docstring, before all others."""
    docstring = cleandoc(docstring)
    wrong = "If an argument is of another type or out of its range"
    if "model" in cls.arguments:
        wrong += ", or the model does not fit: see :class:`~npoptim.Optimizer`"
    sections = {
        "Parameters": "\n".join(
            [
                *(_entry(n, *argument) for n, argument in cls.arguments.items()),
                *(
                    _entry(name, cls._describe_type(h), h.describe())
                    for name, h in cls.hyperparameters.items()
                ),
            ]
        ),
        "Raises": _entry("TypeError, ValueError", "", f"{wrong}."),
    }
    text = "\n\n".join(
        f"{heading}\n{'-' * len(heading)}\n{body}"
        for heading, body in sections.items()
        if body and f"{heading}\n---" not in docstring
    )
    place = HEADING.search(docstring)
    start = place.start() if place else len(docstring)
    before, after = docstring[:start].rstrip(), docstring[start:]
    return f"{before}\n\n{text}\n\n{after}".rstrip() + "\n"


def _entry(name: str, kind: str, meaning: str) -> str:
    """Return an argument's entry in a section of a docstring."""
    head = f"{name} : {kind}" if kind else name
    indent = " " * 4
    return (
        f"{head}\n{fill(meaning, 88, initial_indent=indent, subsequent_indent=indent)}"
    )


def _find_meanings(cls: type, name: str) -> dict[type, str]:
    """Return what a class and its bases say themselves that a hyperparameter is."""
    found = {base: vars(base).get(name) for base in cls.__mro__}
    return {
        base: h.given["meaning"]
        for base, h in found.items()
        if isinstance(h, Hyperparameter) and "meaning" in h.given
    }


def refuse_two_meanings(cls: type, name: str, meanings: dict[Any, str]) -> None:
    """Raise a TypeError if classes that know nothing of each other share a name.

    Parameters
    ----------
    cls : type
        The class that is made of them.
    name : str
        The name.
    meanings : dict
        What it is in each of the classes that have it.
    """
    first, *others = sorted(meanings, key=cls.__mro__.index)
    for other in others:
        if not issubclass(first, other):
            raise TypeError(
                f"{cls.__name__}: {name} is {meanings[first]} in {first.__name__} and "
                f"{meanings[other]} in {other.__name__}, and cannot be both"
            )
