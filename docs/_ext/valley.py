"""A Sphinx extension that sets each optimizer walking in one valley, on its page.

The template of the pages has the directive, and the panel goes behind the examples.
What goes over a rule is seen over one of ``UNDER``, beside that rule alone. The rate is
the best of ``RATES``, found as the explorer finds it; a rule that needs none keeps its
default.
"""

from typing import Any

import explorer
import numpy as np
import vectors
from docutils import nodes
from explorer import VARIANTS, Panel, Rule
from from_classes import FAMILIES, room
from panels import place_of_members
from sphinx.addnodes import desc, seealso
from sphinx.application import Sphinx

import npoptim
from npoptim import Optimizer
from npoptim.problems import descend

VALLEY: dict[str, Any] = {"condition": 20, "angle": 30}
STEPS = 80
RATES = np.geomspace(1e-4, 10, 51)
ARRIVED = 0.05  # this close to the minimum
UNDER = "Momentum", "RMSprop"  # the latter, for a momentum over it
RATELESS = FAMILIES["No rate to choose"]
DECAY = 0.1  # of what is about decay, which is 0 by default


def panel_of(cls: type[Optimizer]) -> Panel | None:
    """Return the panel of a class, or None for what takes no steps."""
    found = explorer.choices()
    name = cls.__name__
    values: dict[str, Any] = {}
    if name in found["mixins"]:
        under = UNDER[any("momentum" in each for each in cls.hyperparameters)]
        values |= VARIANTS[under][1] if under in VARIANTS else {}
        names, label = [name, own_class(under).__name__], f"{name} over {under}"
        if "weight_decay" in vars(cls):
            values["weight_decay"] = DECAY
    elif any(name in each for each in found["families"].values()):
        under, names, label = "", [name], name
    else:
        return None
    if room(cls) not in RATELESS:
        values["lr"] = float(f"{best_rate(names, values):.3g}")
    walking = [Rule(label, names, values)]
    if under:
        walking.append(Rule(under, names[1:], values))
    sliders = [*cls.hyperparameters]
    return Panel("Quadratic", VALLEY, walking, sliders, STEPS, None)


def own_class(label: str) -> type[Optimizer]:
    """Return the class of a rule, or of a variant."""
    return getattr(npoptim, VARIANTS[label][0] if label in VARIANTS else label)


def best_rate(names: list[str], values: dict[str, Any]) -> float:
    """Return the rate with which a rule is there soonest, or else ends lowest."""
    cls = vectors.compose(names)
    best = STEPS + 1, np.inf, np.inf  # when it is there, how low it ends, the rate
    # First those that are likely: what is away when another is there need not go on.
    for lr in sorted(RATES, key=lambda lr: abs(np.log10(lr) + 1)):
        problem = explorer.make_problem(Panel("Quadratic", VALLEY, [], [], STEPS, None))
        optimizer = cls(problem, **{**values, "lr": lr})
        first = min(best[0], STEPS)
        path = descend(problem, optimizer, first)
        if best[0] <= STEPS and is_away(path[-1:])[0]:
            continue
        rest = descend(problem, optimizer, STEPS - first)
        arrives = arrival(np.concatenate([path, rest[1:]]))
        with np.errstate(all="ignore"):
            end = problem.value(problem.w) if arrives > STEPS else 0.0
        if not np.isnan(end):
            best = min(best, (arrives, end, lr))
    return float(best[2])


def is_away(path: np.ndarray) -> np.ndarray:
    """Say of each point whether it is away from the minimum, which is 0."""
    with np.errstate(all="ignore"):
        return ~(np.linalg.norm(path, axis=1) <= ARRIVED)


def arrival(path: np.ndarray) -> int:
    """Return the step from which on a path stays near the minimum."""
    away = np.flatnonzero(is_away(path))
    return int(away[-1]) + 1 if away.size else 0


def describe(cls: type[Optimizer], panel: Panel) -> str:
    """Return a caption: what moves, where, and what is to be seen."""
    first, *alone = panel.rules
    arrives = arrival(explorer.paths(panel)[first.label])
    text = f"{first.label}{', beside that alone,' * len(alone)} in a valley with the "
    text += f"curvatures 1 and {VALLEY['condition']}. "
    text += "Move its numbers: path and loss follow. "
    if "lr" not in first.values:
        text += "It begins with its defaults"
    else:
        text += f"It begins with lr = {first.values['lr']}, the best of 51 rates"
    text += f": there from step {arrives} on." if arrives <= STEPS else "."
    if cls.evaluation is not Optimizer.evaluation:
        text += " Shown is where the weights stand, not where they are evaluated."
    return text


class ValleyDirective(explorer.PanelDirective):
    """The panel of a class, and nothing for what takes no steps."""

    has_content = False

    def run(self) -> list[nodes.Node]:
        """Find the class, and show its panel."""
        cls = getattr(npoptim, self.arguments[0].removeprefix("npoptim."), None)
        if not isinstance(cls, type) or not issubclass(cls, Optimizer):
            return []
        panel = panel_of(cls)
        return [] if panel is None else self.show(panel, describe(cls, panel))


def place(app: Sphinx, doctree: nodes.document) -> None:
    """Put the panel of a class behind its examples."""
    for node in [*doctree.findall(explorer.PanelNode)]:
        for content in (each[-1] for each in doctree.findall(desc)):
            if content.parent["objtype"] != "class":
                continue
            end = place_of_members(content)
            titles = [
                c.astext() if isinstance(c, nodes.rubric) else "" for c in content
            ]
            begin = titles.index("Examples") + 1 if "Examples" in titles else end
            after = (
                k
                for k in range(begin, end)
                if isinstance(content[k], nodes.rubric | seealso)
            )
            node.parent.remove(node)
            content.insert(next(after, end), node)
            break


def setup(app: Sphinx) -> dict[str, bool]:
    """Offer the directive, and move what it makes when pages have been arranged."""
    app.add_directive("valley", ValleyDirective)
    app.connect("doctree-read", place, priority=600)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
