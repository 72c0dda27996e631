"""What the page on conventions says of each rule, from the data.

Nothing here imports Sphinx, which the tests do without.
"""

import re
from functools import cache
from typing import Any

import differences
import numpy as np
from equations_of_calls import (
    functions_of,
    is_of_matrices,
    is_written,
    legend,
    write_equations,
)

from npoptim.conventions import NoEquivalentError, translate
from npoptim.conventions.form import FRAMEWORKS, REQUIRED, Form, Rule
from npoptim.conventions.rules import RULES
from npoptim.conventions.translation import find, terms_of
from npoptim.conventions.walk import walk

NAMES = {"npoptim": "npoptim", "torch": "PyTorch", "keras": "Keras", "optax": "Optax"}
# For what has no default, and the same number in all calls, so that they compare.
RATE = 0.1
BY_TERM = {
    **{"lr": RATE, "momentum": 0.9, "rho": 0.9, "beta1": 0.9, "beta2": 0.99},
    **dict.fromkeys(("penalty", "decay", "eps"), 0.1),
}
BY_NAME = {
    **dict.fromkeys(("eps", "epsilon", "weight_decay"), 0.1),
    **{"momentum": 0.9, "betas": (0.9, 0.99)},
}
# What has no default, and is no rate.
NEEDED = {
    **dict.fromkeys(("steps", "step_size", "T_max", "T_0", "total_steps"), 10),
    **dict.fromkeys(("decay_steps", "first_decay_steps", "transition_steps"), 10),
    **dict.fromkeys(("factor", "gamma", "decay_rate"), 0.5),
    **dict.fromkeys(("milestones", "boundaries"), (30, 80)),
    **{"values": (0.1, 0.05, 0.025)},
    **{"sync_period": 5, "slow_step_size": 0.5},
    **{"radius": 0.05, "warmup_steps": 5, "end_value": 0.01, "power": 1.0},
}
NONE = "–"  # noqa: RUF001
NEWTON_SCHULZ = (
    r", where $\operatorname{NewtonSchulz}(X_0, n)$ is $X_n$ by the lines over $i$ of "
    "{class}`~npoptim.Muon`"
)
START, GRADIENTS = 1.0, (1.0, -0.5)


def is_plain(form: Form) -> bool:
    """Whether a call is one that a reader looks up, and not made of several."""
    return not form.call.startswith(("type(", "optax.chain(")) and " " not in form.name


def calls(rule: Rule) -> dict[str, Form]:
    """Return the calls of a rule that readers look up, by their names."""
    found: dict[str, Form] = {}
    for form in rule.forms:
        over = re.match(r'type\("\w+", \((npoptim\.\w+)', form.call)
        name, _, fixed = form.call[:-1].partition("(")
        _, _, fixed = fixed.partition("{}, ")
        if over and over[1].lower() == f"npoptim.{form.name}":  # no decay over a rule
            name, fixed = over[1], ""
        elif not is_plain(form):
            continue
        elif form.placed and "{}" not in form.call:
            name = re.sub(r"{\w+}", "...", form.call)
        found.setdefault(f"{name}({fixed})" if fixed else name, form)
    return dict(
        sorted(found.items(), key=lambda each: FRAMEWORKS.index(each[1].framework))
    )


def needed(form: Form) -> dict[str, Any]:
    """Return the arguments of a call that have no default, or another than it needs."""
    given = {n: NEEDED.get(n, RATE) for n, v in form.defaults.items() if v is REQUIRED}
    return given | {n: v for n, v in form.only.items() if v != form.defaults[n]}


def with_defaults(form: Form) -> dict[str, Any]:
    """Return a call's arguments as they are by default."""
    return {**form.defaults, **needed(form)}


def with_the_same(form: Form) -> dict[str, Any]:
    """Return a call's arguments with the same numbers for those of the same meaning."""
    own = {
        name: BY_NAME[name]
        for name, default in form.defaults.items()
        if name in BY_NAME
        and isinstance(default, tuple) == isinstance(BY_NAME[name], tuple)
    }
    own |= {n: BY_TERM[term] for n, term in form.same.items() if term in BY_TERM}
    return with_defaults(form) | own


def two_steps(rule: Rule, form: Form) -> list[float]:
    """Return the weight after each of two steps, with the same numbers in all calls."""
    terms = terms_of(rule, form, with_the_same(form), {})
    gradients = [np.array([[g]]) for g in GRADIENTS]
    steps = walk(rule, terms, np.array([[START]]), gradients)
    return [float(np.squeeze(names["w"])) for names in steps]


def write_table(rule: Rule) -> str:
    """Return a row for each call, and a column for each convention that differs."""
    found = calls(rule)
    shared, columns = [], []
    for term, meaning in rule.terms.items():
        cells = [cell(rule, form, term) for form in found.values()]
        if term == "lr" or (len({*cells}) == 1 and cells[0] in (NONE, "no", "0")):
            continue
        if len({*cells}) == 1:
            shared.append(f"{meaning}: {cells[0]}")
        else:
            columns.append((meaning, cells))
    if rule.steps and rule.result == "w":
        weights = [two_steps(rule, form) for form in found.values()]
        for k, after in enumerate(("step 1", "step 2")):
            columns.append((f"$w$ after {after}", [f"{w[k]:.6g}" for w in weights]))
    rows = [
        "| |" + "".join(f" {heading} |" for heading, _ in columns),
        "|-|" + "-|" * len(columns),
        *(
            f"| `{call}` |" + "".join(f" {cells[i]} |" for _, cells in columns)
            for i, call in enumerate(found)
        ),
    ]
    everywhere = f"In all of them, {'; '.join(shared)}." if shared else ""
    table = "\n".join([":::{table}", ":class: conventions", "", *rows, ":::"])
    return "\n\n".join(filter(None, (everywhere, table if columns else "")))


def cell(rule: Rule, form: Form, term: str) -> str:
    """Return what a term is in a call by default, or that it has none."""
    if term not in {*form.same.values(), *form.to, *form.fixed}:
        return NONE
    given = needed(form).items()
    more = {
        n: v if isinstance(v, tuple) or n in form.only else 2 * v + k
        for k, (n, v) in enumerate(given)
    }
    value, other = (
        terms_of(rule, form, {**form.defaults, **given}, {})[term]
        for given in (needed(form), more)
    )
    if value != other or isinstance(value, tuple):  # it is what is given
        return "any"
    if rule.terms[term].startswith("whether"):
        return "yes" if value else "no"
    return f"{value:.10g}"


@cache
def elsewhere(framework: str, name: str, target: str, short: bool = False) -> str:
    """Return what a call as it is by default is in another framework, or nothing."""
    _, form = find(name, framework)
    try:
        found = translate(name, framework, target, **needed(form))
    except NoEquivalentError as error:
        text = (
            f"no call is the same ({'; '.join(error.reasons)}). The nearest is "
            f"`{error.nearest}`, {error.away}"
        )
        if error.lines and not short:
            lines = error.lines.replace("\n", "\n  ")
            text += (
                ". With this before each step $t$, from 1 on, it is the same:\n\n"
                f"  ```python\n  {lines}\n  ```"
            )
        else:
            text += "."
        return text
    except ValueError:
        return ""
    if found.conditions:
        return f"`{found}`, the same as long as {' and '.join(found.conditions)}."
    return f"`{found}`."


def as_given(form: Form) -> str:
    """Return with what arguments a call is translated."""
    given = needed(form)
    if not given:
        return "As it is by default"
    return f"With {', '.join(f'`{n}={v!r}`' for n, v in given.items())}"


def write_link(rule: Rule) -> str:
    """Return where the equations of a rule are, if its calls have none."""
    own = next((call for call in calls(rule) if call.startswith("npoptim.")), None)
    if own is None or is_written(rule):
        return ""
    return f"The equations are those of {{class}}`~{own}`, but for what differs above."


def write_call(rule: Rule, call: str, form: Form) -> str:
    """Return a call's equations, and what it is elsewhere."""
    parts = [f"::::{{dropdown}} {call}"]
    if is_written(rule):
        if is_of_matrices(rule):
            by_newton_schulz = "newton_schulz" in functions_of(rule)
            parts.append(f"For a matrix{NEWTON_SCHULZ * by_newton_schulz}:")
        parts += [
            f"```{{math}}\n{write_equations(rule, form)}\n```",
            ", ".join(f"${s}$ `{text}`" for s, text in legend(rule, form).items()),
        ]
        parts[-1] += "." * bool(parts[-1])
    parts.append(f"{as_given(form)}, it is")
    parts.append(
        "\n".join(
            f"- in {NAMES[target]}: {text}"
            for target in FRAMEWORKS
            if target != form.framework
            and (text := elsewhere(form.framework, form.name, target))
        )
    )
    return "\n\n".join(parts) + "\n::::"


def write_known(rule: Rule, measured: dict[str, differences.Row]) -> str:
    """Return links to what was measured of a rule's calls, if something was."""
    own = calls(rule)
    links = [
        f"[{differences.name(row['call'])} and {differences.name(row['other'])}, "
        f"{row['apart']} apart](difference-{key})"
        for key, row in measured.items()
        if row["call"].partition("(")[0] in own
    ]
    return f"Measured over 50 steps: {'; '.join(links)}." if links else ""


def write_conventions() -> str:
    """Return a section for each rule."""
    measured = differences.read()
    return "\n\n".join(
        "\n\n".join(
            [
                f"### {title}",
                write_table(rule),
                write_link(rule),
                write_known(rule, measured),
                *(write_call(rule, call, form) for call, form in calls(rule).items()),
            ]
        )
        for title, rule in RULES.items()
    )


@cache
def own_forms() -> dict[str, Form]:
    """Return the forms of this package's classes, by their calls."""
    return {
        name: form
        for rule in RULES.values()
        for name, form in calls(rule).items()
        if form.framework == "npoptim"
    }


def add_elsewhere(
    _: Any, what: str, __: str, found: Any, ___: Any, lines: list[str]
) -> None:
    """Say at the end of a class's docstring what it is in other frameworks."""
    if what != "class" or found.__module__.split(".")[0] != "npoptim":
        return
    form = own_forms().get(f"npoptim.{found.__name__}")
    if form is None:
        return
    items = [
        f"- {NAMES[target]}: {re.sub('`+', '``', text)}"
        for target in FRAMEWORKS[1:]
        if (text := elsewhere("npoptim", form.name, target, short=True))
    ]
    lines += ["", ".. rubric:: In other frameworks", ""]
    if needed(form):
        lines += [as_given(form).replace("`", "``") + ":", ""]
    lines += [*items, ""]
    lines += ["With other arguments: :doc:`/conventions`.", ""]


def setup(app: Any) -> dict[str, bool]:
    """Add to the docstrings, once they are in the form that Sphinx reads."""
    app.connect("autodoc-process-docstring", add_elsewhere, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
