"""Break any one term of any rule, and a doctest of its own module fails."""

import ast
import doctest
import functools
import importlib
import inspect
import sys
import types
import warnings
from copy import deepcopy

import numpy as np
import pytest

import npoptim

# For each module, the methods of its public classes that are equations or hooks.
RULES: dict[str, list[str]] = {}
for cls in map(vars(npoptim).get, npoptim.__all__):
    if isinstance(cls, type) and issubclass(cls, npoptim.Optimizer):
        RULES.setdefault(cls.__module__.split(".")[1], []).extend(
            f"{cls.__name__}.{method}"
            for method in ("step", "regularize", "get_updates", "update")
            if method in vars(cls)
        )
# Mutants that compute the same, or what no example should have to show.
UNSEEN = {
    "Adam.update: m_hat = m / (1 - self.beta1 ** self.t)"
    " -> m_hat = m_hat / (1 - self.beta1 ** self.t)": "m_hat is m until then",
    "Adam.update: v_hat = v / (1 - self.beta2 ** self.t)"
    " -> v_hat = v_hat / (1 - self.beta2 ** self.t)": "v_hat is v until then",
    "DecoupledWeightDecay.get_updates: if self.weight_decay:"
    " -> if self.lr:": "saves adding zeros, no more",
    **{
        f"{name}: if self.weight_decay: -> if 1:": "saves adding zeros, no more"
        for name in (
            "DecoupledWeightDecay.get_updates",
            "L1Optimizer.regularize",
            "Optimizer.regularize",
        )
    },
    "Optimizer.step: drop self._check_arrays()": "test_bad_input has the checks",
    "Optimizer.step: drop self._check_rule()": "test_optimizers goes without a rule",
    **{
        "Optimizer.get_updates: u[...] = "
        "self.update(w, g, **dict(zip(self.state, state, strict=True))) -> u[...] = "
        f"self.update({other}, g, **dict(zip(self.state, state, strict=True)))": (
            "test_optimizers has a rule that reads w"
        )
        for other in ("g", "u", "state")
    },
}
NUMBERS = {"lr", "momentum", "weight_decay", "decay_rate", "beta1", "beta2", "eps", "t"}
SWAPS = {
    ast.Add: [ast.Sub],
    ast.Sub: [ast.Add],
    ast.Mult: [ast.Div],
    ast.Div: [ast.Mult],
    ast.Pow: [ast.Mult],
}


def names_of_arrays(function):
    """Return the names of a function's arguments and variables, without self."""
    stored = {
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    }
    arguments = {argument.arg for argument in function.args.args} - {"self"}
    return sorted(arguments | stored)


def numbers_of_self(function):
    """Return the hyperparameters that a function calculates with, and t."""
    return sorted(
        {
            node.attr
            for node in ast.walk(function)
            if isinstance(node, ast.Attribute) and node.attr in NUMBERS
        }
    )


def replacements(node, arrays, numbers):
    """Yield what a node of a function may wrongly be."""
    match node:
        case ast.BinOp(left=left, op=op, right=right):
            for other in SWAPS[type(op)]:
                yield ast.BinOp(left, other(), right)
            yield left
            yield right
        case ast.AugAssign(target=target, op=op, value=value):
            for other in SWAPS[type(op)]:
                yield ast.AugAssign(target, other(), value)
            yield ast.Assign([target], value)
            yield ast.Pass()
        case ast.Assign() | ast.Expr() | ast.Return():
            yield ast.Pass()
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            yield operand
        case ast.Constant(value=bool() | str()):
            pass
        case ast.Constant(value=value):
            yield from map(ast.Constant, {0, 1, 2, 3} - {value})
        case ast.Attribute(attr=attr, ctx=ast.Load()) if attr in numbers:
            yield ast.Constant(0)
            yield ast.Constant(1)
            for other in numbers:
                if other != attr:
                    yield ast.Attribute(node.value, other, node.ctx)
        case ast.Attribute(value=ast.Name(id="np"), attr="maximum"):
            yield ast.Attribute(node.value, "minimum", node.ctx)
        case ast.Attribute(value=ast.Name(id="np"), attr="sqrt"):
            yield ast.Attribute(node.value, "square", node.ctx)
        case ast.Name(id=name, ctx=ast.Load()) if name in arrays:
            for other in arrays:
                if other != name:
                    yield ast.Name(other, node.ctx)
        case ast.Call(func=ast.Attribute(value=ast.Name(id="np")), args=arguments):
            yield from arguments
        case ast.Call(func=ast.Attribute(value=value, attr="copy")):
            yield value
        case ast.If(test=test, body=body, orelse=orelse):
            yield ast.If(ast.UnaryOp(ast.Not(), test), body, orelse)


def without_docstrings(function):
    if ast.get_docstring(function) is not None:
        function.body = function.body[1:] or [ast.Pass()]
    return function


@functools.cache
def mutants_of(module):
    """Return changed syntax trees of a module by what was changed."""
    return dict(generate_mutants(module))


def generate_mutants(module):
    tree = ast.parse(inspect.getsource(importlib.import_module(f"npoptim.{module}")))
    for name in RULES[module]:
        class_name, method = name.split(".")
        cls = next(
            node
            for node in tree.body
            if isinstance(node, ast.ClassDef) and node.name == class_name
        )
        function = without_docstrings(
            next(
                node
                for node in cls.body
                if isinstance(node, ast.FunctionDef) and node.name == method
            )
        )
        arrays, numbers = names_of_arrays(function), numbers_of_self(function)
        body = ast.Module(function.body, [])
        for i, node in enumerate(ast.walk(body)):
            for replacement in replacements(node, arrays, numbers):
                changed = deepcopy(body)
                parent, field, index = place(changed, i)
                if index is None:
                    setattr(parent, field, deepcopy(replacement))
                else:
                    getattr(parent, field)[index] = deepcopy(replacement)
                whole, function.body = function.body, changed.body
                description = describe(name, whole, changed.body)
                yield description, ast.fix_missing_locations(deepcopy(tree))
                function.body = whole


def place(tree, number):
    """Return where the node of that number in the walk hangs."""
    child = list(ast.walk(tree))[number]
    for parent in ast.walk(tree):
        for field, value in ast.iter_fields(parent):
            if value is child:
                return parent, field, None
            if isinstance(value, list):
                for index, item in enumerate(value):
                    if item is child:
                        return parent, field, index
    raise LookupError(number)


def describe(name, before, after):
    """Return the first line that differs, as it was and as it is."""
    old, new = (
        "\n".join(ast.unparse(ast.fix_missing_locations(deepcopy(s))) for s in body)
        for body in (before, after)
    )
    for line, other in zip(old.splitlines(), new.splitlines(), strict=False):
        if line != other:
            if other.strip() == "pass":
                return f"{name}: drop {line.strip()}"
            return f"{name}: {line.strip()} -> {other.strip()}"
    raise AssertionError("nothing has changed")


def doctests_pass(module, tree, monkeypatch):
    """Run a module's doctests with its code replaced, and nothing else changed."""
    original = importlib.import_module(f"npoptim.{module}")
    tests = [test for test in doctest.DocTestFinder().find(original) if test.examples]
    assert tests
    mutant = types.ModuleType(original.__name__)
    flags = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE | doctest.FAIL_FAST
    runner = doctest.DocTestRunner(verbose=False, optionflags=flags)
    with monkeypatch.context() as patch, warnings.catch_warnings():
        # A warning is not what should give a wrong number away.
        warnings.simplefilter("ignore")
        patch.setitem(sys.modules, original.__name__, mutant)
        exec(compile(tree, original.__file__, "exec"), vars(mutant))
        for name, value in vars(mutant).items():
            if name in npoptim.__all__ and value.__module__ == original.__name__:
                patch.setattr(npoptim, name, value)
        for test in tests:
            test.globs = dict(vars(mutant))
            if runner.run(test, out=lambda text: None).failed:
                return False
    return True


@pytest.fixture(autouse=True)
def nothing_leaks():
    """Assert that the library is the same before and after."""
    before = {name: getattr(npoptim, name) for name in npoptim.__all__}
    yield
    assert before == {name: getattr(npoptim, name) for name in npoptim.__all__}
    for name in RULES:
        module = importlib.import_module(f"npoptim.{name}")
        assert getattr(npoptim, name) is module
        assert all(
            getattr(npoptim, cls.split(".")[0]) is getattr(module, cls.split(".")[0])
            for cls in RULES[name]
        )


@pytest.mark.parametrize("module", RULES)
def test_unchanged_module_passes(module, monkeypatch):
    original = importlib.import_module(f"npoptim.{module}")
    assert doctests_pass(module, ast.parse(inspect.getsource(original)), monkeypatch)


@pytest.mark.parametrize("module", RULES)
def test_every_mutant_fails_a_doctest(module, monkeypatch):
    mutants = mutants_of(module)
    survivors = {
        description
        for description, tree in mutants.items()
        if doctests_pass(module, tree, monkeypatch)
    }
    assert len(mutants) >= 20
    expected = {name for name in UNSEEN if name in mutants}
    assert sorted(survivors - expected) == []
    # A reason that has become void does not stay.
    assert sorted(expected - survivors) == []


def test_reasons_name_mutants():
    described = {name for module in RULES for name in mutants_of(module)}
    assert set(UNSEEN) <= described


def test_a_mutant_computes_something_else(monkeypatch):
    # The machinery itself: one known mutant, run by hand.
    trees = mutants_of("sgd")
    name = (
        "SGD.update: v[...] = self.momentum * v - self.lr * g"
        " -> v[...] = self.momentum * v + self.lr * g"
    )
    assert name in trees
    namespace = {"__name__": "mutant"}
    exec(compile(trees[name], "mutant", "exec"), namespace)
    steps = npoptim.trace(namespace["SGD"], 1, [2], lr=0.25)
    assert steps[0].w == 1.5
    assert npoptim.trace(npoptim.SGD, 1, [2], lr=0.25)[0].w == 0.5
    assert np.isfinite(steps[0].v)
