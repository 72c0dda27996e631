"""Every answer of the translation, walked on both sides."""

import os
import re
from functools import cache
from inspect import signature

os.environ["KERAS_BACKEND"] = "jax"
import jax
import jax.numpy as jnp
import keras
import numpy as np
import optax
import pytest
import torch
from peers.walk import STEPS, farthest, follow, script

import npoptim
from npoptim.conventions import NoEquivalentError, translate
from npoptim.conventions.form import FRAMEWORKS, REQUIRED
from npoptim.conventions.rules import RULES
from npoptim.conventions.translation import arguments_of, bind, terms_of, write
from npoptim.conventions.walk import walk as by_terms

pytestmark = pytest.mark.peers

# One value for each term, besides 0, that is nowhere special.
VALUES = {
    "lr": 0.1, "momentum": 0.9, "nesterov": True, "rate_inside": True, "penalty": 0.1,
    "decay": 0.2, "inside": 0.02, "eps": 0.03, "eps_hat": 0.04, "rate_falls": 0.05,
    "rho": 0.8, "beta1": 0.8, "beta2": 0.95, "maximum": 1, "centered": True,
    "eps_after": 0.05, "rise": 0.3, "constant": True, "dampening": 0.3,
    "uncorrected": True, "inside_steps": 0.02, "threshold": 8.0, "unit": 1,
    "added": 0.02, "initial": 0.01, "initial_mean": 0.03, "beta3": 0.9, "ahead": 0.3,
    "slow": 2.0, "clipped": True, "beta": 0.7, "minus": 0.4, "plus": 1.3, "least": 0.15,
    "most": 0.3, "bounded": True, "late": True, "fall": 0.5, "exponent": 0.6, "t0": 3.0,
    "alpha": 1.5, "from_zero": True, "l1": 0.6, "l2": 0.7, "shrinkage": 0.2,
    "decay_before": 0.3, "eps_rate": 0.03, "corrected": True,
}  # fmt: skip
# Without them there is no rule, or no step.
NEEDED = {"lr", "rho", "beta1", "beta2", "beta3", "rate_inside", "threshold"}
# And those of one rule alone.
NEEDED_BY = {
    "Adadelta": {"inside"},
    "ADOPT": {"eps"},
    "Rprop": {"minus", "plus", "most"},
}
# Their rate is a number alone.
UNSCHEDULED = "optax.rprop("
WITH = {"nesterov": ["momentum"], "dampening": ["momentum"]}
RATES = np.where(np.arange(STEPS) < 20, 0.1, 0.01)
PACKAGES = {"torch": torch, "keras": keras, "optax": optax}


@pytest.fixture(autouse=True)
def in_float64():
    before = keras.config.floatx(), torch.get_default_dtype()
    keras.config.set_floatx("float64")
    # PyTorch keeps numbers in its default type.
    torch.set_default_dtype(torch.float64)
    yield
    keras.config.set_floatx(before[0])
    torch.set_default_dtype(before[1])


@cache
def walk(code, framework, changing=False, lines=""):
    """Return where a line of code goes, at its own rate or at one that changes.

    ``lines`` are run before each step.
    """
    rates = RATES if changing else None
    return follow(WALKS[framework](code, rates, lines), framework)


def walk_npoptim(code, rates, lines):
    model = npoptim.Arrays(**script()[0])
    optimizer = eval(code, {"npoptim": npoptim, "model": model, "type": type})

    def step(t, gradients):
        if rates is not None:
            optimizer.lr = rates[t - 1]
        for name, g in gradients.items():
            model.gradients[name][...] = g
        optimizer.step()
        return model.parameters

    return step


def walk_torch(code, rates, lines):
    w = {k: torch.nn.Parameter(torch.tensor(x)) for k, x in script()[0].items()}
    optimizer = eval(code, {"torch": torch, "params": [*w.values()]})

    def step(t, gradients):
        if rates is not None:
            optimizer.param_groups[0]["lr"] = rates[t - 1]
        for k, x in w.items():
            x.grad = torch.tensor(gradients[k])
        exec(lines, {"optimizer": optimizer, "t": t})
        optimizer.step()
        return {k: x.detach().numpy() for k, x in w.items()}

    return step


def walk_keras(code, rates, lines):
    optimizer = eval(code, {"keras": keras})
    w = {k: keras.Variable(x, dtype="float64") for k, x in script()[0].items()}
    optimizer.build([*w.values()])

    def step(t, gradients):
        if rates is not None:
            optimizer.learning_rate.assign(rates[t - 1])
        known = {"optimizer": optimizer, "t": t, "weights": [*w.values()]}
        known["gradients"] = [keras.ops.convert_to_tensor(gradients[k]) for k in w]
        exec(lines, known)
        optimizer.apply(known["gradients"])
        return {k: np.asarray(x.value) for k, x in w.items()}

    return step


def walk_optax(code, rates, lines):
    if rates is not None and UNSCHEDULED not in code:
        code = re.sub(r"learning_rate=[^,)]+", "learning_rate=rate", code)
    known = {
        "optax": optax,
        "learning_rate": VALUES["lr"],
        "rate": lambda count: jnp.array(RATES)[count],
    }
    optimizer = eval(code, known)
    w = {k: jnp.array(x) for k, x in script()[0].items()}
    # The root of an int32 is in float32, and good to 1e-7.
    state = jax.tree.map(
        lambda x: x.astype(int) if x.dtype == "int32" else x, optimizer.init(w)
    )
    update = jax.jit(optimizer.update)

    def step(t, gradients):
        nonlocal w, state
        exec(lines, known | {"params": w, "jax": jax}, new := {})
        w = new.get("params", w)
        updates, state = update(gradients, state, w)
        w = optax.apply_updates(w, updates)
        return w

    return step


WALKS = {
    "npoptim": walk_npoptim, "torch": walk_torch, "keras": walk_keras,
    "optax": walk_optax,
}  # fmt: skip


def samples(title, form):
    """Yield arguments of a form: with each of its terms alone, and with all."""
    own = {*form.same.values(), *form.to}
    needed = NEEDED | NEEDED_BY.get(title, set())
    terms = RULES[title].terms
    base = {
        t: VALUES[t] if t in needed and t in own else form.fixed.get(t, 0)
        for t in terms
    }
    optional = [term for term in terms if term in own - needed]
    each = ([term, *WITH.get(term, ())] for term in optional)
    for chosen in ([], *each, optional):
        yield arguments_of(form, base | {term: VALUES[term] for term in chosen})


QUESTIONS = {
    (title, form.framework, form.name, target): (rule, form)
    for title, rule in RULES.items()
    for k, form in enumerate(rule.forms)
    for target in FRAMEWORKS
    if form.framework != target
    and any(other.framework == target for other in rule.forms)
    and " " not in form.name
    and (form.framework, form.name)
    not in {(other.framework, other.name) for other in rule.forms[:k]}
}


@pytest.mark.parametrize("question", QUESTIONS, ids="-".join)
def test_answers_hold(question):
    (title, source, name, target), (rule, form) = question, QUESTIONS[question]
    for arguments in samples(title, form):
        code = write(form, arguments, terms_of(rule, form, arguments, {}), False)
        here = walk(code, source)
        found, error = answer(name, source, target, arguments)
        if error:
            nearest = error.nearest
            for near in (str(nearest), *neighbors(nearest, rule, target)):
                assert farthest(here, walk(near, target)) > 1e-10, f"{code}: {near}"
            if error.lines:
                mended = walk(str(nearest), target, lines=error.lines)
                assert farthest(here, mended) < 1e-12, f"{code}: {nearest}"
            continue
        assert farthest(here, walk(str(found), target)) < 1e-12, f"{code}: {found}"
        gap = farthest(walk(code, source, True), walk(str(found), target, True))
        if found.conditions:
            assert gap > 1e-6, f"{code}: {found}"
        else:
            assert gap < 1e-12, f"{code}: {found}"


FORMS = {
    (title, form.framework, form.name, str(k)): (rule, form)
    for title, rule in RULES.items()
    for k, form in enumerate(rule.forms)
}


@pytest.mark.parametrize("which", FORMS, ids="-".join)
def test_steps_are_those_of_the_call(which):
    rule, form = FORMS[which]
    for arguments in samples(which[0], form):
        # Terms that the code holds may have any value.
        terms = terms_of(rule, form, arguments, VALUES)
        code = write(form, arguments, terms, False)
        for rates in (None, RATES):
            there = walk(code, form.framework, rates is not None)
            start, gradients = script()
            walks = {
                name: by_terms(rule, terms, w, [g[name] for g in gradients], rates)
                for name, w in start.items()
            }
            here = [{name: next(walks[name])["w"] for name in walks} for _ in there]
            assert farthest(here, there) < 1e-12, code


def answer(name, source, target, arguments):
    """Return the translation, or what was raised, and None for the other."""
    try:
        return translate(name, source, target, **arguments), None
    except NoEquivalentError as error:
        return None, error


def neighbors(nearest, rule, target):
    """Yield calls with one number a little more or less, or another one on."""
    (form,) = [
        f
        for f in rule.forms
        if f.framework == target
        and f.defaults.keys() == nearest.arguments.keys()
        and nearest.code.startswith(f.call.partition("{")[0])
    ][:1]
    terms = dict.fromkeys(rule.terms, 0.1)
    for name, value in nearest.arguments.items():
        if isinstance(value, float) and name not in form.only and value:
            for factor in (0.9, 1.02):
                changed = nearest.arguments | {name: value * factor}
                yield write(form, changed, terms, False)


SIGNATURES = {
    (form.framework, form.call.partition("(")[0]): form
    for rule in RULES.values()
    for form in rule.forms
    if form.framework != "npoptim" and "chain" not in form.call
}


@pytest.mark.parametrize("call", SIGNATURES, ids="-".join)
def test_defaults_are_those_of_the_framework(call):
    name = call[1]
    parameters = signature(eval(name, PACKAGES)).parameters
    for argument, default in SIGNATURES[call].defaults.items():
        theirs = parameters[argument].default
        if default is REQUIRED:
            assert theirs in (parameters[argument].empty, None), argument
        else:
            assert theirs == default, f"{name}({argument}={theirs})"


def test_defaults_of_this_package():
    for rule in RULES.values():
        for form in rule.forms:
            if form.framework == "npoptim" and " " not in form.name:
                code = write(form, bind(form, {}), dict.fromkeys(rule.terms, 0), False)
                known = {"npoptim": npoptim, "model": npoptim.Arrays(), "type": type}
                optimizer = eval(code, known)
                for name, default in form.defaults.items():
                    assert getattr(optimizer, name) == default, (code, name)
