"""The rules as JavaScript, written from their Python.

Rules, mixins, wrappers, schedules and problems are translated, each from the source of
its methods, into a classic script that needs no other, and works from disk. The pages
get it from ``explorer``. What it stands on, the loop of a step and the arithmetic of
small arrays, is ``runtime.js``, written by hand.

What cannot be translated is an error, unless ``LEFT_OUT`` has a reason.

Nothing here imports Sphinx, which the tests do without.
"""

import ast
import re
from collections.abc import Iterable
from functools import cache
from inspect import isfunction
from textwrap import indent
from types import FunctionType
from typing import Any

import numpy as np
from javascript import RUNTIME, Function, Known, by_hand, to_js, tree_of

import npoptim
from npoptim import Flag, Number, Optimizer, Schedule, problems
from npoptim.hyperparameters import Hyperparameter
from npoptim.problems import Problem

KINDS = Optimizer, Schedule, Problem

# What is not translated, and why.
LEFT_OUT = {
    "Groups": "is for several arrays, and a page has one",
    "Optimizer.complete": "is the runtime's init(): the model needs no checks",
    "Optimizer.zero_grad": "is for models that add up gradients",
    "Optimizer.to": "is not part of a step",
    "Optimizer._first_state": "is the runtime's clear(): the state needs no checks",
    "Optimizer._check_step": "checks the model",
    "Optimizer._trying": "is for steps that fail",
    "Optimizer._guard": "checks what a closure finds",
    "Optimizer._check_overflow": "checks what has been found",
    "Optimizer._keep": "is for steps that fail",
    "Optimizer._bring_back": "is for steps that fail",
    "Optimizer._changed": "is for steps that fail",
    **dict.fromkeys(
        (
            *("Optimizer.state_dict", "Optimizer.load_state_dict", "Optimizer._whole"),
            *("Optimizer._memory", "Optimizer._known", "Optimizer._check_memory"),
            *("Optimizer._remember", "Schedule.state_dict", "Schedule.load_state_dict"),
        ),
        "is for what is saved",
    ),
    "Optimizer._no_rule": "makes an error",
    "SGD.complete": "warns",
    "Warmup.complete": "checks what follows, which the runtime sets",
}
# What else a class has that the runtime gathers, or does not ask for.
GATHERED = (
    *("arguments", "elementwise", "hyperparameters", "reserved", "shared", "slots"),
    *("t", "takes_schedules"),
)


@cache
def translated() -> list[type]:
    """Return the classes that are written, each after those it is made of."""
    public = [getattr(npoptim, name) for name in npoptim.__all__]
    public += [getattr(problems, name) for name in problems.__all__]
    found = {
        base: None
        for cls in public
        if isinstance(cls, type) and issubclass(cls, KINDS)
        for base in reversed(cls.__mro__)
        if issubclass(base, KINDS) and base.__name__ not in LEFT_OUT
    }
    return [*found]


def methods(cls: type) -> dict[str, FunctionType]:
    """Return the methods of a class that are translated."""
    own = {
        name: member.fget if isinstance(member, property) else member
        for name, member in vars(cls).items()
    }
    return {
        name: method
        for name, method in own.items()
        if isfunction(method)
        and f"{cls.__name__}.{name}" not in (*LEFT_OUT, *by_hand())
        and not only_raises(method)
    }


def only_raises(function: FunctionType) -> bool:
    """Say whether a method does nothing but raise an error."""
    *_, last = body = tree_of(function).body
    return isinstance(last, ast.Raise) and len(body) <= 2


def write_class(known: Known, cls: type) -> str:
    """Return the definition of a class: its table, and its own methods."""
    parents = [base.__name__ for base in cls.__bases__ if base in translated()]
    written = [
        "get " * isinstance(vars(cls)[name], property)
        + Function(known, method, cls).write("init" if name == "__init__" else name)
        for name, method in methods(cls).items()
    ]
    body = indent("\n".join(written), "  ")
    made = f"class extends Above {{\n{body}\n}}" if body else "Above"
    front = f"{to_js(cls.__name__)}, {to_js(parents)}, {to_js(table(cls))}"
    return f"define({front}, (Above) => {made});"


def table(cls: type) -> dict[str, Any]:
    """Return what a class declares itself."""
    own = vars(cls)
    declared = {n: h for n, h in own.items() if isinstance(h, Hyperparameter)}
    numbers: dict[str, dict[str, list[Any]]] = {"float": {}, "int": {}}
    for name, h in declared.items():
        if isinstance(h, Number):
            numbers[h.kind][name] = [None if h.default is ... else h.default]
            # Without one it has the range of the class above.
            numbers[h.kind][name] += [h.interval] * ("interval" in h.given)
    data = {
        name: value.tolist() if isinstance(value, np.ndarray) else value
        for name, value in own.items()
        if not name.startswith("_")
        and name not in (*GATHERED, *declared)
        and not isfunction(value)
        and not isinstance(value, property)
    }
    found = {
        "slots": own.get("_own_slots"),
        "shared": own.get("_own_shared"),
        "functions": [*own.get("arguments", ())] * issubclass(cls, Schedule),
        "numbers": numbers["float"],
        "counts": numbers["int"],
        "flags": {n: h.default for n, h in declared.items() if isinstance(h, Flag)},
        "data": data,
    }
    return {name: value for name, value in found.items() if value}


@cache
def write_all() -> dict[str, str]:
    """Return each function and class, when no more becomes known of them."""
    known = Known()
    while True:
        before = len(known.arrays)
        classes = {cls.__name__: write_class(known, cls) for cls in translated()}
        functions: dict[str, str] = {}
        while missing := sorted(known.functions.keys() - functions.keys()):
            for name in missing:
                written = Function(known, known.functions[name]).write(name)
                functions[name] = f"function {written}"
        if len(known.arrays) == before and not known.first:
            return functions | classes
        known.first = False


def needed(names: Iterable[str]) -> set[str]:
    """Return what some classes stand on: those above them, and the functions."""
    written = write_all()
    above = {
        base.__name__
        for cls in translated()
        if cls.__name__ in names
        for base in cls.__mro__
    }
    found = above & written.keys()
    rest = [*found]
    while rest:
        called = {*re.findall(r"\b\w+(?=\()", written[rest.pop()])}
        more = (called & written.keys()) - found
        found |= more
        rest += more
    return found


@cache
def script(names: frozenset[str] | None = None) -> str:
    """Return the whole script, or what some classes need of it."""
    written = write_all()
    kept = written.keys() if names is None else needed(names)
    pieces = [text for name, text in written.items() if name in kept]
    front = f"// npoptim {npoptim.__version__}: its rules, from their Python.\n"
    start = 'const npoptim = (() => {\n"use strict";\n\n'
    end = "return {classes, compose, create, descend, np, schedule};\n})();\n"
    return "\n".join((front + start + RUNTIME, *pieces, end))
