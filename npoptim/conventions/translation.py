"""From the arguments of one framework to those of another."""

import re
from collections.abc import Callable, Mapping
from difflib import get_close_matches
from math import inf, isclose
from typing import Any, NamedTuple

from npoptim.conventions.expressions import evaluate
from npoptim.conventions.form import FRAMEWORKS, LINES, REQUIRED, Form, Rule
from npoptim.conventions.objects import framework_of, read
from npoptim.conventions.rules import RULES
from npoptim.conventions.walk import distance, in_words


class Translation(NamedTuple):
    """What a call of one framework is in another.

    Printed, it is a line of code.
    """

    code: str
    """The call in the target framework."""
    arguments: dict[str, Any]
    """All its arguments, with those that it has by default."""
    conditions: tuple[str, ...]
    """Under which both take the same steps; if there are none, always."""
    changes: tuple[str, ...]
    """Arguments that differ from the target's defaults, and what they are."""

    def __str__(self) -> str:
        return self.code


class NoEquivalentError(ValueError):
    """That no call of the target framework takes the same steps.

    Attributes
    ----------
    reasons : tuple of str
        What differs, whatever the arguments.
    nearest : Translation
        The call that differs in the fewest terms.
    lines : str
        A program that, before each step, makes the nearest the same, or "" if none is
        known.
    distance : float
        How far apart the two are after 100 steps at gradients of size 1: the largest
        difference of a weight, in units of the learning rate. Of schedules, the largest
        of a rate within the steps; of what works on gradients, of a gradient; of
        averages, of one.
    away : str
        The same in words, which say so where what differs does not show in these steps.
    """

    def __init__(
        self,
        what: str,
        reasons: tuple[str, ...],
        nearest: Translation,
        lines: str,
        distance: float,
        result: str = "w",
    ) -> None:
        self.reasons, self.nearest = reasons, nearest
        self.lines, self.distance = lines, distance
        self.away = in_words(distance, result)
        super().__init__(
            f"{what}: {'; '.join(reasons)}. The nearest is {nearest.code}, {self.away}"
        )


def terms_of(
    rule: Rule, form: Form, arguments: Mapping[str, Any], wanted: Mapping[str, Any]
) -> dict[str, Any]:
    """Return the terms of a call; those that its code holds are as they are wanted."""
    terms: dict[str, Any] = dict.fromkeys(rule.terms, 0)
    terms |= {term: arguments[name] for name, term in form.same.items()}
    terms |= {term: evaluate(text, arguments) for term, text in form.to.items()}
    for term, value in form.fixed.items():
        terms[term] = wanted.get(term, 0) if value is None else value
    return terms


def arguments_of(form: Form, terms: Mapping[str, Any]) -> dict[str, Any]:
    """Return the arguments with which a call comes closest to some terms."""
    arguments = {**form.defaults, **form.only}
    arguments |= {name: terms[term] for name, term in form.same.items()}
    arguments |= {name: evaluate(text, terms) for name, text in form.back.items()}
    for name, default in form.defaults.items():
        if isinstance(default, bool):
            arguments[name] = bool(arguments[name])
    return arguments


def translate(
    optimizer: Any,
    source: str | None = None,
    target: str | None = None,
    *,
    gradient_scale: float = 1.0,
    partial_decay: bool = False,
    **arguments: Any,
) -> Translation:
    """Return the call of one framework that takes the steps of another's.

    Parameters
    ----------
    optimizer : str or object
        The source's name of it, such as ``"adam"``; or an optimizer of PyTorch, Keras
        or this package that was built, which is read as it is.
    source, target : str
        Each one of ``"npoptim"``, ``"torch"``, ``"keras"`` and ``"optax"``. None of
        them has to be installed. The source of an object is its own framework.
    gradient_scale : float, default=1.0
        What the source's gradients are in units of the target's, in (0, inf): 32 if the
        source has the sum over 32 examples, and the target their mean.
    partial_decay : bool, default=False
        Whether the decay, or the penalty, is on some parameters only. The code then
        has ``decayed`` and ``others`` for the two. An object of which some parameters
        do not decay says so itself.
    **arguments
        The source's arguments. Those that are omitted are as they are by default there,
        or as the object has them.

    Returns
    -------
    Translation
        Whose ``conditions`` are empty if both take the same steps, but for rounding.

    Raises
    ------
    NoEquivalentError
        If no call of the target takes the same steps, with the nearest one.
    ValueError
        If there is no such framework, or the source has no such optimizer, or the
        scale is not in (0, inf). If an object has a schedule, or several numbers in the
        place of one.
    TypeError
        If the source has no such argument, or needs one that is not given. If an object
        is no optimizer, or one of Optax, or of a class with steps of its own.

    Examples
    --------
    Optax's rate has no default, and decay is a rule of its own there:

    >>> from npoptim.conventions import translate
    >>> print(translate("adam", "torch", "optax"))
    optax.adam(learning_rate=0.001)
    >>> print(translate("adam", "torch", "optax", weight_decay=0.1))
    optax.chain(optax.add_decayed_weights(0.1), optax.adam(learning_rate=0.001))

    Keras's Adagrad adds to the sum of squares what PyTorch's starts it at:

    >>> print(translate("adagrad", "keras", "torch", epsilon=0.5))
    torch.optim.Adagrad(params, lr=0.001, initial_accumulator_value=0.6, eps=0)

    Where the rate changes, momentum is not the same:

    >>> found = translate("sgd", "torch", "keras", lr=0.1, momentum=0.9)
    >>> print(found)
    keras.optimizers.SGD(learning_rate=0.1, momentum=0.9)
    >>> found.conditions
    ('the learning rate stays constant',)

    Where one side sums over 8 examples, and the other takes their mean, the rate is
    8 times as large, or the epsilon an eighth:

    >>> print(translate("sgd", "torch", "optax", gradient_scale=8, lr=0.125))
    optax.sgd(learning_rate=1.0)
    >>> print(translate("adam", "torch", "optax", gradient_scale=8, eps=0.5))
    optax.adam(learning_rate=0.001, eps=0.0625)

    Decay on some parameters is asked for in another way each:

    >>> print(translate("adamw", "torch", "optax", partial_decay=True))
    optax.adamw(learning_rate=0.001, weight_decay=0.01, mask=decayed)
    >>> print(translate("lion", "optax", "keras", partial_decay=True, learning_rate=1))
    optimizer = keras.optimizers.Lion(learning_rate=1, weight_decay=0.001)
    optimizer.exclude_from_weight_decay(others)

    An optimizer that was built has its own numbers:

    >>> from npoptim import Arrays, Lion
    >>> print(translate(Lion(Arrays(w=1), beta1=0.5), target="keras"))
    keras.optimizers.Lion(learning_rate=0.0001, beta_1=0.5)
    """
    if not 0 < gradient_scale < inf:
        raise ValueError(f"gradient_scale must be in (0, inf), got {gradient_scale!r}")
    is_name = isinstance(optimizer, str)
    if not is_name:
        own_source = framework_of(optimizer)
        if source not in (None, own_source):
            raise ValueError(
                f"source must be left out, as the optimizer is {own_source}'s, got "
                f"{source!r}"
            )
        source = own_source
    for name in (source, target):
        if name is None:
            raise TypeError("translate() needs a target, and the source of a name")
        if name not in FRAMEWORKS:
            raise ValueError(
                f"there is no framework {name!r}: did you mean "
                f"{nearest(name, FRAMEWORKS)!r}? There are {', '.join(FRAMEWORKS)}"
            )
    if is_name:
        title, form = find(optimizer, str(source))
    else:
        title, form, arguments, is_partial = read(optimizer, arguments)
        partial_decay = partial_decay or is_partial
    rule = RULES[title]
    values = bind(form, arguments)
    own = terms_of(rule, form, values, {})
    wanted = own | {
        term: own[term] * gradient_scale**power
        for term, power in rule.powers.items()
        if gradient_scale != 1 and own.get(term)
    }
    found = []
    for k, candidate in enumerate(f for f in rule.forms if f.framework == target):
        same = candidate is form and wanted == own
        theirs = values if same else arguments_of(candidate, wanted)
        terms = terms_of(rule, candidate, theirs, wanted)
        apart, conditions = differences(rule, wanted, terms)
        changes = describe(rule, candidate, theirs)
        other = candidate.name != form.name
        rank = len(apart), len(conditions), len(changes), other, k
        answer = Translation("", theirs, conditions, changes)
        found.append((rank, candidate, answer, terms, apart))
    if not found:
        names = sorted({f.framework for f in rule.forms})
        raise ValueError(f"{target} has no {form.name}: only {', '.join(names)} do")
    _, candidate, best, terms, apart = min(found, key=lambda each: each[0])
    if partial_decay and rule.joint and target == "npoptim":
        raise ValueError(
            f"{candidate.name} takes all arrays as one: they have no parts"
        )
    code = write(candidate, best.arguments, wanted, partial_decay)
    best = best._replace(code=code)
    if apart:
        raise NoEquivalentError(
            f"no {target} call is {source}'s {form.name}",
            tuple(
                f"{rule.terms[term]}: {wanted[term]}, and {terms[term]} there"
                for term in apart
            ),
            best,
            lines(candidate.framework, wanted, apart),
            distance(rule, wanted, terms),
            rule.result,
        )
    return best


def find(optimizer: str, framework: str) -> tuple[str, Form]:
    """Return a rule's name and a framework's form of it."""
    forms = {
        form.name: (title, form)
        for title, rule in reversed(RULES.items())
        for form in reversed(rule.forms)
        if form.framework == framework and " " not in form.name
    }
    if optimizer not in forms:
        raise ValueError(
            f"{framework} has no {optimizer!r} here: did you mean "
            f"{nearest(optimizer, forms)!r}? There are {', '.join(sorted(forms))}"
        )
    return forms[optimizer]


def nearest(name: str, names: Any) -> str:
    """Return the name that is most like one that is not known."""
    return get_close_matches(str(name), list(names), 1, 0)[0]


def bind(form: Form, arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Return all arguments of a call."""
    for name in arguments:
        if name not in form.defaults:
            if not form.defaults:
                raise TypeError(
                    f"{form.framework}'s {form.name} takes no arguments here"
                )
            raise TypeError(
                f"{form.framework}'s {form.name} has no argument {name!r} here: did "
                f"you mean {nearest(name, form.defaults)!r}? It takes "
                f"{', '.join(form.defaults)}"
            )
    values = {**form.defaults, **arguments}
    for name, value in form.only.items():
        if values[name] != value:
            raise ValueError(
                f"{form.framework}'s {form.name} is described for {name}={value!r} "
                f"alone, got {values[name]!r}"
            )
    if missing := [name for name, value in values.items() if value is REQUIRED]:
        raise TypeError(f"{form.framework}'s {form.name} needs {', '.join(missing)}")
    return values


def differences(
    rule: Rule, wanted: Mapping[str, Any], terms: Mapping[str, Any]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the terms that differ, and conditions under which the others do not."""
    apart, conditions = [], []
    for term in rule.terms:
        if alike(wanted[term], terms[term]):
            continue
        expression, condition = rule.unless.get(term, ("1", ""))
        if not evaluate(expression, wanted):
            continue
        if condition:
            conditions.append(condition)
        else:
            apart.append(term)
    return tuple(apart), tuple(dict.fromkeys(conditions))


def lines(target: str, wanted: Mapping[str, Any], apart: tuple[str, ...]) -> str:
    """Return a program that makes up for terms that differ, or nothing."""
    known = [
        each
        for each in LINES
        if each.framework == target
        and each.term in apart
        and each.instead <= wanted.keys()
        and wanted[each.term]
    ]
    covered = {term for each in known for term in (each.term, *each.instead)}
    if not covered >= {*apart}:
        return ""
    return "\n".join(each.text.format(**wanted) for each in known)


def alike(one: Any, other: Any) -> bool:
    """Return whether two values of a term are the same, but for rounding."""
    if isinstance(one, list | tuple):
        # Each may be a product of all factors before it.
        return len(one) == len(other) and all(
            isclose(x, y, rel_tol=1e-15 * len(one))
            for x, y in zip(one, other, strict=True)
        )
    return one == other or isclose(one, other, rel_tol=1e-15)


def write(
    form: Form, arguments: Mapping[str, Any], terms: Mapping[str, Any], partial: bool
) -> str:
    """Return a call as code, without what it has by default but for the rate."""
    shown = ", ".join(
        f"{name}={value!r}"
        for name, value in arguments.items()
        if (form.same.get(name) == "lr" or value != form.defaults[name])
        and name not in form.placed
    )
    placed = {name: arguments[name] for name in form.placed}
    code = form.call.format(shown, **{**terms, **placed}).replace(
        "(model, )", "(model)"
    )
    decays = any(terms[term] for term in terms if "penalty" in term or "decay" in term)
    if not (partial and decays):
        return code
    if not (form.mask or "add_decayed_weights" in code):
        raise ValueError(f"{form.framework}'s {form.name} decays all parameters alike")
    return PARTIAL[form.framework](code, form.mask)


def over_groups(code: str, _: str) -> str:
    """Return a call of this package for the decayed parameters and the others."""
    others = re.sub(r"weight_decay=[^,)]+", "weight_decay=0.0", code)
    if others == code:
        others = f"{code[:-1]}, weight_decay=0.0)"
    one, two = (
        call.replace("(model, ", f"({name}, ")
        for call, name in ((code, "decayed"), (others, "others"))
    )
    return f"npoptim.Groups({one}, {two})"


# How a call is written whose decay is on some parameters only.
PARTIAL: dict[str, Callable[[str, str], str]] = {
    "npoptim": over_groups,
    "torch": lambda code, _: code.replace(
        "(params, ",
        '([{"params": decayed}, {"params": others, "weight_decay": 0.0}], ',
    ),
    "keras": lambda code, _: (
        f"optimizer = {code}\noptimizer.exclude_from_weight_decay(others)"
    ),
    "optax": lambda code, mask: (
        re.sub(r"(add_decayed_weights\([^)]+)", r"\1, mask=decayed", code)
        if "add_decayed_weights" in code
        else f"{code[:-1]}, {mask}=decayed)"
    ),
}


def describe(rule: Rule, form: Form, arguments: Mapping[str, Any]) -> tuple[str, ...]:
    """Return what is not as it is by default."""
    return tuple(
        f"{name}={value!r}, and not {form.defaults[name]!r}"
        + (f": {rule.terms[form.same[name]]}" if name in form.same else "")
        for name, value in arguments.items()
        if value != form.defaults[name] and form.defaults[name] is not REQUIRED
    )
