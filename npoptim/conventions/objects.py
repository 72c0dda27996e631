"""From an optimizer that was built to the form that it is, and its arguments.

It is read by its attributes, so that no framework is imported.
"""

import ast
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import cache
from string import Formatter
from typing import Any, NamedTuple

import numpy as np

import npoptim
from npoptim.conventions.form import Form
from npoptim.conventions.rules import RULES
from npoptim.hyperparameters import Hyperparameter

# Settings that change no step by themselves.
PASSED_OVER = {
    # Evaluations of LBFGS are counted after its step.
    "torch": {"foreach", "capturable", "differentiable", "fused", "max_eval"},
    "keras": {"name", "ema_momentum", "ema_overwrite_frequency"},
    "npoptim": set[str](),
}


class Unread(NamedTuple):
    """What stands in the place of a number that an object does not say."""

    why: str


class Group(NamedTuple):
    """What some of the parameters are stepped by."""

    bases: tuple[str, ...]
    """The names of the framework's own classes that say how."""
    settings: dict[str, Any]


def read(
    optimizer: Any, given: Mapping[str, Any]
) -> tuple[str, Form, dict[str, Any], bool]:
    """Return the form that an optimizer is, with what it stands for.

    Parameters
    ----------
    optimizer : object
        Of PyTorch, Keras or this package.
    given : mapping
        Arguments in the place of its own.

    Returns
    -------
    tuple
        The rule's name, the form, its arguments, and whether decay is on some of the
        parameters only.

    Raises
    ------
    TypeError
        If it is no such optimizer, or its class has steps of its own.
    ValueError
        If no form has what it does, or a number of it cannot be read.
    """
    framework = framework_of(optimizer)
    refuse_own_steps(optimizer, framework)
    groups = [*GROUPS[framework](optimizer)]
    if len({group.bases for group in groups}) > 1:
        raise ValueError("the groups have several rules: translate each by itself")
    settings, partial = merge([group.settings for group in groups])
    title, form = choose(framework, groups[0].bases, settings)
    arguments = {
        name: settings[name]
        for name, default in form.defaults.items()
        if name in settings and not is_same(settings[name], default)
    }
    arguments |= given
    for name, value in arguments.items():
        if isinstance(value, Unread):
            raise ValueError(
                f"{name} {value.why}: say at which number, as an argument of "
                f"translate(), such as {name}=0.1"
            )
    return title, form, arguments, partial or excludes(optimizer)


def root(cls: type) -> str:
    """Return the package of a class."""
    return str(getattr(cls, "__module__", "")).partition(".")[0]


def framework_of(optimizer: Any) -> str:
    """Return whose an optimizer is."""
    classes = type(optimizer).__mro__
    for cls in classes:
        if cls.__name__ == "Optimizer" and root(cls) in GROUPS:
            return root(cls)
    if any(root(cls) == "optax" for cls in classes):
        raise TypeError(
            "an optimizer of Optax is two functions that keep no numbers to read: "
            'give its name and arguments, as in translate("adam", "optax", "torch", '
            "learning_rate=0.1)"
        )
    raise TypeError(
        "optimizer must be a name, or an optimizer of PyTorch, Keras or npoptim that "
        f"was built, got {optimizer!r}"
    )


def refuse_own_steps(optimizer: Any, framework: str) -> None:
    """Raise a TypeError if a class that is not the framework's changes the steps."""
    *classes, _ = type(optimizer).__mro__
    theirs = [cls for cls in classes if root(cls) == framework]
    for cls in classes:
        if cls in theirs:
            continue
        for name, value in vars(cls).items():
            if (
                hasattr(value, "__get__")
                and not isinstance(value, Hyperparameter)
                and not name.startswith("__")
                and name != "get_config"
                and any(hasattr(base, name) for base in theirs)
            ):
                raise TypeError(
                    f"{cls.__name__} has its own {name}, so that its numbers do not "
                    "say what its steps are"
                )


def of_torch(optimizer: Any) -> Iterator[Group]:
    """Yield the groups of an optimizer of PyTorch, as schedulers have left them."""
    cls = next(cls for cls in type(optimizer).__mro__ if root(cls) == "torch")
    name = cls.__name__
    for group in optimizer.param_groups:
        settings = {k: plain(group[k]) for k in optimizer.defaults if k in group}
        if name in ("Adam", "AdamW"):  # AdamW is Adam with a flag that is on.
            decoupled = settings.pop("decoupled_weight_decay", name == "AdamW")
            yield Group(("AdamW" if decoupled else "Adam",), settings)
        else:
            yield Group((name,), settings)


def of_keras(optimizer: Any) -> Iterator[Group]:
    """Yield an optimizer of Keras, as one group."""
    cls = next(cls for cls in type(optimizer).__mro__ if root(cls) == "keras")
    settings = optimizer.get_config()
    rate = settings.get("learning_rate")
    is_number = isinstance(rate, float)
    settings["learning_rate"] = shortest(rate) if is_number else Unread("is a schedule")
    yield Group((cls.__name__,), settings)


def of_npoptim(optimizer: Any) -> Iterator[Group]:
    """Yield an optimizer of this package, or each of its groups."""
    if isinstance(optimizer, npoptim.Groups):
        for each in optimizer.optimizers:
            refuse_own_steps(each, "npoptim")
            yield from of_npoptim(each)
        return
    cls = type(optimizer)
    settings = {name: getattr(optimizer, name) for name in cls.hyperparameters}
    settings |= dict.fromkeys(optimizer.schedules, Unread("is a function of the step"))
    yield Group(bases_of(cls), settings)


GROUPS: dict[str, Callable[[Any], Iterator[Group]]] = {
    "torch": of_torch,
    "keras": of_keras,
    "npoptim": of_npoptim,
}


def bases_of(cls: type) -> tuple[str, ...]:
    """Return this package's classes of which a class is made, by name."""
    return tuple(base.__name__ for base in cls.__mro__ if root(base) == "npoptim")


def plain(value: Any) -> Any:
    """Return a setting without tensors and lists."""
    if isinstance(value, list | tuple):
        return tuple(map(plain, value))
    return shortest(value.item()) if hasattr(value, "item") else value


def shortest(number: float) -> float:
    """Return the number that was meant, if it is kept in float32: 0.1, for one."""
    single = np.float32(number)
    return float(str(single)) if float(single) == number else number


def is_same(one: Any, other: Any) -> bool:
    """Return whether two settings are the same: None, False and 0 are all off."""
    return bool((one or None) == (other or None))


def merge(groups: list[dict[str, Any]]) -> tuple[dict[str, Any], bool]:
    """Return the settings of all groups, and whether some of them have no decay."""
    merged, partial = dict(groups[0]), False
    for name in merged:
        every = [group[name] for group in groups]
        values = [value for k, value in enumerate(every) if value not in every[:k]]
        if len(values) == 2 and 0 in values and name == "weight_decay":
            merged[name], partial = next(filter(None, values)), True
        elif len(values) > 1:
            numbers = ", ".join(map(repr, values))
            merged[name] = Unread(f"differs between the groups ({numbers})")
    return merged, partial


def excludes(optimizer: Any) -> bool:
    """Return whether an optimizer of Keras has variables that do not decay."""
    return any(
        getattr(optimizer, f"_exclude_from_weight_decay{more}", None)
        for more in ("", "_pattern")
    )


@cache
def made_by(call: str) -> tuple[tuple[str, ...], dict[str, Any]]:
    """Return the classes of a form's call, and the settings that it holds."""
    code = Formatter().vformat(call, ("**_",), defaultdict(lambda: "_"))
    parsed: Any = ast.parse(code, mode="eval").body
    name = ast.unparse(parsed.func)
    held = {}
    for keyword in parsed.keywords:
        with suppress(ValueError):  # a term, or a function
            held[keyword.arg] = ast.literal_eval(keyword.value)
    if name.startswith(("npoptim", "type")):
        return bases_of(eval(name, {"npoptim": npoptim, "type": type})), held
    return (name.rpartition(".")[2],), held


def choose(
    framework: str, bases: tuple[str, ...], settings: Mapping[str, Any]
) -> tuple[str, Form]:
    """Return the form of some classes that leaves no setting out."""
    forms = [
        (title, form)
        for title, rule in RULES.items()
        for form in rule.forms
        if rule.result == "w"
        and form.framework == framework
        and made_by(form.call)[0] == bases
    ]
    # A class is first what its name says, and then what else it is with some numbers.
    forms.sort(key=lambda each: " " in each[1].name)
    if not forms:
        template = {cls.__name__ for cls in npoptim.Optimizer.__mro__}
        stack = [name for name in bases if name not in template]
        names = {
            form.name
            for rule in RULES.values()
            for form in rule.forms
            if rule.result == "w" and form.framework == framework
            if " " not in form.name
        }
        raise ValueError(
            f"{framework} has no form here of {' over '.join(stack)}. There are forms "
            f"of {', '.join(sorted(names))}"
        )
    others: list[str] = []
    for title, form in forms:
        _, held = made_by(form.call)
        others = [
            f"{name}={value!r}"
            for name, value in settings.items()
            if name not in form.defaults
            and name not in PASSED_OVER[framework]
            and not is_same(value, held.get(name))
        ]
        if not others:
            return title, form
    raise ValueError(
        f"{framework}'s {bases[0]} has no form here with {', '.join(others)}"
    )
