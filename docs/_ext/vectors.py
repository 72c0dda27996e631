"""A Sphinx extension that writes vectors to test implementations against.

For each class there is a file of cases: arguments, and the weights and the state after
each of ten steps. The arguments are those that a peer was compared with, over the same
gradients: where it went is kept in ``docs/checked/walks``, and a case names the peers
that it agrees with. Floats are in hexadecimal, so that none is rounded.

Nothing here imports Sphinx, which the tests do without.
"""

import json
from collections.abc import Callable, Iterable, Iterator
from copy import deepcopy
from functools import cache
from inspect import signature
from pathlib import Path
from typing import Any

import numpy as np

import npoptim
from npoptim import Arrays, Optimizer
from npoptim.optimizer import take_step

WALKS = Path(__file__).parents[1] / "checked" / "walks"
FORMAT = 1
STEPS = 10  # of the fifty that the peers are compared over
KEPT = (10, 50)  # steps whose weights are kept of a peer
AGREE = 1e-12
HOOKS = "prepare", "regularize", "get_updates", "update", "finish"
# What a class has that has nothing of its own.
EMPTY = frozenset(vars(type("Empty", (npoptim.SGD,), {})))

Point = dict[str, np.ndarray]


def to_hex(value: Any) -> Any:
    """Return an array as nested lists of hexadecimal floats."""
    if isinstance(value, dict):
        return {name: to_hex(each) for name, each in value.items()}
    if np.ndim(value):
        return [to_hex(each) for each in value]
    return float(value).hex()


def from_hex(value: Any) -> Any:
    """Return the arrays that nested lists of hexadecimal floats stand for."""
    if isinstance(value, dict):
        return {name: from_hex(each) for name, each in value.items()}

    def read(each: Any) -> Any:
        return [*map(read, each)] if isinstance(each, list) else float.fromhex(each)

    return np.array(read(value))


@cache
def inputs() -> dict[str, Any]:
    """Return the starts, and gradients whose sign changes, as they are written."""
    return json.loads((WALKS / "inputs.json").read_text(encoding="utf-8"))


@cache
def numbers() -> dict[str, Any]:
    """Return the inputs as they are, which nobody may change."""
    return {
        "start": from_hex(inputs()["start"]),
        "gradients": [*map(from_hex, inputs()["gradients"])],
        "losses": from_hex(inputs()["losses"]).tolist(),
    }


def script() -> tuple[Point, list[Point]]:
    """Return the starts, and gradients whose sign changes, each by name."""
    return deepcopy((numbers()["start"], numbers()["gradients"]))


def losses() -> list[float]:
    """Return what a closure returns at each step."""
    return numbers()["losses"]


def closure(parameters: Point, gradients: Point, loss: float) -> Callable[[], float]:
    """Return what fills the gradients anew wherever the model stands.

    Where it stands now they are what they are now. Elsewhere they are as much more as
    it is away from there, in each weight: those of a loss whose curvature is 1.
    """
    here = {name: (w.copy(), gradients[name].copy()) for name, w in parameters.items()}

    def fill() -> float:
        for name, (w, g) in here.items():
            gradients[name][...] = g + (parameters[name] - w)
        return loss

    return fill


def compose(names: list[str]) -> type[Optimizer]:
    """Return a public class, or wrappers and a rule as one class."""
    classes = [getattr(npoptim, name) for name in names]
    return classes[0] if len(classes) == 1 else type("".join(names), (*classes,), {})


def components(cls: type) -> list[str] | None:
    """Return the names of public classes that a class is, or is made of alone."""
    if getattr(npoptim, cls.__name__, None) is cls:
        return [cls.__name__]
    if not vars(cls).keys() <= EMPTY:
        return None
    parts = [components(base) for base in cls.__bases__]
    return None if None in parts else [name for part in parts for name in part or ()]


def walk(optimizer: Optimizer, steps: int) -> Iterator[int]:
    """Take steps along the script, and yield the number of each."""
    script = zip(numbers()["gradients"][:steps], losses(), strict=False)
    for t, (gradients, loss) in enumerate(script, 1):
        for name, g in gradients.items():
            optimizer.gradients[0][name][...] = g
        point = optimizer.parameters[0], optimizer.gradients[0]
        take_step(optimizer, closure(*point, loss))
        yield t


def build(names: list[str], arguments: dict[str, Any]) -> Optimizer:
    """Return an optimizer of the script's starts."""
    model = Arrays(**deepcopy(numbers()["start"]))
    return compose(names)(model, **arguments)


def evaluated(optimizer: Optimizer) -> Point:
    """Return the weights at which the optimizer wants the model to be evaluated."""
    with optimizer.evaluation():
        return {name: w.copy() for name, w in optimizer.parameters[0].items()}


def farthest(point: Point, other: Point) -> float:
    """Return the largest difference of two points; of large numbers, as a share."""
    return largest(
        np.max(abs(w - other[name]) / np.maximum(1, abs(other[name])))
        for name, w in point.items()
    )


def largest(differences: Iterable[float]) -> float:
    """Return the largest, or NaN if one is: max() would hide it."""
    return float(np.max([*differences], initial=0))


def recorded(name: str) -> list[dict[str, Any]]:
    """Return what is kept of the peers' walks for a class."""
    path = WALKS / f"{name}.json"
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else []


def difference(entry: dict[str, Any]) -> float:
    """Return how far a peer's recorded walk is from this package's."""
    optimizer = build(entry["class"], entry["arguments"])
    return largest(
        farthest(
            evaluated(optimizer) if entry["evaluated"] else optimizer.parameters[0],
            from_hex(entry["weights"][str(t)]),
        )
        for t in walk(optimizer, max(KEPT))
        if t in KEPT
    )


def cases(name: str) -> list[tuple[list[str], dict[str, Any]]]:
    """Return the classes and arguments of a class's cases, its defaults first."""
    names = [name] if has_rule(name) else [name, "SGD"]
    found = {str((names, {})): (names, {})}
    for entry in recorded(name):
        recipe = entry["class"], entry["arguments"]
        found.setdefault(str(recipe), recipe)
    return [*found.values()]


@cache
def has_rule(name: str) -> bool:
    """Say whether a class can take a step as it is."""
    try:
        next(walk(build([name], {}), 1))
    except NotImplementedError:
        return False
    return True


def write_case(names: list[str], arguments: dict[str, Any]) -> dict[str, Any]:
    """Return a case: its arguments, who agrees, and where each step leads."""
    optimizer = build(names, arguments)
    case: dict[str, Any] = {
        "class": names,
        "arguments": {n: getattr(optimizer, n) for n in optimizer.hyperparameters},
        "agrees": {},
        "steps": [],
    }
    for entry in recorded(names[0]):
        if (entry["class"], entry["arguments"]) == (names, arguments):
            gaps = difference(entry), case["agrees"].get(entry["peer"], 0)
            case["agrees"][entry["peer"]] = largest(gaps)
    for _ in walk(optimizer, STEPS):
        step = {"weights": to_hex(optimizer.parameters[0])}
        for slot, (layer,) in optimizer.state.items():
            step.setdefault("state", {})[slot] = to_hex(layer)
        for number in optimizer.shared:
            step.setdefault("shared", {})[number] = to_hex(getattr(optimizer, number))
        shown = to_hex(evaluated(optimizer))
        if shown != step["weights"]:
            step["evaluated"] = shown
        case["steps"].append(step)
    return case


def write(name: str) -> dict[str, Any]:
    """Return what the file of a class holds."""
    return {
        "format": FORMAT,
        "npoptim": npoptim.__version__,
        "class": name,
        "start": inputs()["start"],
        "gradients": inputs()["gradients"][:STEPS],
        "losses": inputs()["losses"][:STEPS],
        "cases": [write_case(*case) for case in cases(name)],
    }


@cache
def named() -> list[str]:
    """Return the names of the classes that have a file."""
    return [
        name
        for name in npoptim.__all__
        if isinstance(cls := getattr(npoptim, name), type)
        and issubclass(cls, Optimizer)
        and "model" in signature(cls).parameters
        and cls is not Optimizer
        and (has_rule(name) or any(hook in vars(cls) for hook in HOOKS))
    ]


def write_files(app: Any, exception: Exception | None) -> None:
    """Write the files beside the pages."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "vectors"
    folder.mkdir(exist_ok=True)
    for name in named():
        file = write(name)
        for case in file["cases"]:
            if not largest(case["agrees"].values()) <= AGREE:
                raise ValueError(f"{name}: {case['agrees']} for {case['arguments']}")
        (folder / f"{name}.json").write_text(json.dumps(file), encoding="utf-8")


def link(app: Any, doctree: Any) -> None:
    """Link the file of a class on its page."""
    from docutils import nodes
    from panels import place_of_members
    from sphinx.addnodes import desc

    for node in doctree.findall(desc):
        name = node[0].get("fullname") if node["objtype"] == "class" else None
        if name not in named() or node[0]["module"] != "npoptim":
            continue
        file = f"{name}.json"
        target = app.builder.get_relative_uri(app.env.docname, "vectors")
        folder = target.removesuffix(".html")
        paragraph = nodes.paragraph("", "Test vectors for implementations: ")
        paragraph += nodes.reference("", file, refuri=f"{folder}/{file}")
        paragraph += nodes.Text(" (")
        paragraph += nodes.reference("", "how", refuri=target)
        paragraph += nodes.Text(").")
        content = node[-1]
        content.insert(place_of_members(content), paragraph)


def setup(app: Any) -> dict[str, bool]:
    """Link the files, and write them at the end."""
    app.connect("doctree-read", link)
    app.connect("build-finished", write_files)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
