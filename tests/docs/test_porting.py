"""The equations and numbers of the page on conventions, run."""

import ast

import numpy as np
import porting
import pytest
from docs.latex import read, read_symbol, split
from equations_of_calls import (
    is_written,
    legend,
    names_in,
    symbols,
    write_equations,
)

from npoptim.conventions.form import REQUIRED
from npoptim.conventions.rules import RULES
from npoptim.conventions.translation import terms_of
from npoptim.conventions.walk import walk

STEPS = 20
CALLS = {
    f"{title}-{name}": (rule, form)
    for title, rule in RULES.items()
    if is_written(rule)
    for name, form in porting.calls(rule).items()
}


def test_what_has_no_equations_here():
    assert [title for title, rule in RULES.items() if not is_written(rule)] == [
        "LBFGS",
        "PiecewiseConstant",
    ]
    assert "{class}`~npoptim.LBFGS`" in porting.write_link(RULES["LBFGS"])
    assert porting.write_link(RULES["Adam"]) == ""


def arguments_of(form):
    """Return another number for each argument that is one, and flags as they are.

    So are numbers above 2, which are counts and thresholds. Negative ones stay so.
    """
    numbers = (0.3 + 0.031 * k for k in range(100))
    return {
        name: porting.NEEDED[name]
        if default is REQUIRED and name in porting.NEEDED
        else default
        if isinstance(default, bool | str)
        or (isinstance(default, int | float) and default > 2)
        else tuple(next(numbers) for _ in default)
        if isinstance(default, tuple)
        else -next(numbers)
        if isinstance(default, float) and default < 0
        else next(numbers)
        for name, default in form.defaults.items()
    } | dict(form.only)


@pytest.mark.parametrize("call", CALLS)
def test_equations_are_the_steps(call):
    rule, form = CALLS[call]
    check(rule, form, terms_of(rule, form, arguments_of(form), {"eps_hat": 0.7}))


def test_equations_where_arguments_choose():
    # The walk's matrices are 3 by 2.
    for call, terms in [
        ("Adafactor-optax.adafactor", {"shortest": 2}),
        ("Muon-keras.optimizers.Muon", {"rms": 0}),
        ("Muon-optax.contrib.muon", {"rms": 0}),
    ]:
        rule, form = CALLS[call]
        check(rule, form, terms_of(rule, form, arguments_of(form), {}) | terms)


def check(rule, form, terms):
    """Run the equations of a call beside the steps."""
    lines, _ = read(split(write_equations(rule, form)))
    rng = np.random.default_rng(0)
    start, *gradients = rng.normal(size=(1 + STEPS, 3, 2))
    x = {
        read_symbol(symbol): terms[term] for term, symbol in symbols(rule, form).items()
    }
    x |= {line.left.replace("_t", "_{t-1}"): 0.0 * start for line in lines}
    x["w_{t-1}"] = x["w_0"] = start
    x |= dict(zip((r"\text{rows}", r"\text{columns}"), start.shape, strict=True))
    x["L"] = 1.0  # where none is given
    x[r"\hat \lambda"] = terms.get("lr")  # the next one, which does not change here
    expected = walk(rule, terms, start, gradients)
    for t, g in enumerate(gradients, 1):
        x |= {"t": t, "g_t": g, r"\nabla L": g}
        for line in lines:
            if line.left.endswith("_0"):
                if t == 1:
                    x[line.left.replace("_0", "_{t-1}")] = line.run(x)
            else:
                x[line.left] = line.run(x)
        result = {"w": "w_t", "rate": r"\lambda_t", "g": "g_t", "a": "a_t"}[rule.result]
        difference = np.abs(x[result] - next(expected)[rule.result])
        assert np.max(difference) < 1e-12, t
        x |= {k.replace("_t", "_{t-1}"): v for k, v in x.items() if k.endswith("_t")}


@pytest.mark.parametrize("call", CALLS)
def test_legend_names_arguments(call):
    _, form = CALLS[call]
    for symbol, argument in legend(*CALLS[call]).items():
        assert names_in(ast.parse(argument)) <= form.defaults.keys(), symbol


def test_two_steps_by_hand():
    adam, torch = RULES["Adam"], porting.calls(RULES["Adam"])["torch.optim.AdamW"]
    # The first step is by 0.1 · (1 / (1 + 0.1) + 0.1), with the decay.
    assert porting.two_steps(adam, torch)[0] == pytest.approx(0.9 + 0.01 / 1.1 - 0.01)
    sgd, keras = RULES["SGD"], porting.calls(RULES["SGD"])["keras.optimizers.SGD"]
    # v = 0.1, w = 1 - 0.1 - 0.01; v = 0.09 - 0.05, w = 0.89 - 0.04 - 0.0089.
    assert porting.two_steps(sgd, keras) == pytest.approx([0.89, 0.8411])


def test_elsewhere():
    text = porting.elsewhere("keras", "adam", "torch")
    assert text.startswith("no call is the same (epsilon beside the root: 0, and 1e-07")
    assert 'group["eps"] = 1e-07 / (1 - 0.999 ** t) ** 0.5' in text
    assert porting.elsewhere("npoptim", "sgd", "optax") == (
        "`optax.sgd(learning_rate=0.001)`."
    )
    assert porting.elsewhere("keras", "lion", "torch") == ""


def test_every_call_is_on_the_page():
    page = porting.write_conventions()
    for title, rule in RULES.items():
        assert f"### {title}\n" in page
        for call in porting.calls(rule):
            # Where no convention differs, there is no table.
            assert f"| `{call}` |" in page or "|" not in porting.write_table(rule)
            assert f"{{dropdown}} {call}\n" in page
