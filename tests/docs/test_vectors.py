"""Where the peers went is where the classes go, and files for implementers say so."""

import json

import numpy as np
import pytest
import vectors
from contract.public import MIXINS, OPTIMIZERS

from npoptim import SGD, Adam, L1Optimizer

RECORDED = sorted(path.stem for path in vectors.WALKS.glob("[A-Z]*.json"))
NAMES = [cls.__name__ for cls in (*OPTIMIZERS, *MIXINS)]


@pytest.mark.parametrize("name", RECORDED)
def test_recorded_walks_of_peers_are_walked_here(name):
    entries = vectors.recorded(name)
    assert entries
    for entry in entries:
        assert vectors.difference(entry) <= vectors.AGREE, entry["peer"]


def test_every_class_has_a_file():
    assert sorted(vectors.named()) == sorted(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_file_has_every_argument_and_step(name):
    file = vectors.write(name)
    assert json.loads(json.dumps(file)) == file
    first, *_ = file["cases"]
    assert first["class"][0] == name
    for case in file["cases"]:
        cls = vectors.compose(case["class"])
        assert case["arguments"].keys() == cls.hyperparameters.keys()
        assert len(case["steps"]) == vectors.STEPS
        for step in case["steps"]:
            assert step["weights"].keys() == file["start"].keys()
            assert tuple(step.get("state", {})) == cls.slots
    agreeing = {peer for case in file["cases"] for peer in case["agrees"]}
    assert agreeing == {entry["peer"] for entry in vectors.recorded(name)}


def test_weights_and_state_are_those_of_a_loop_of_ones_own():
    file = vectors.write("SGD")
    (case,) = [c for c in file["cases"] if c["arguments"] == {
        "lr": 0.1, "momentum": 0.9, "nesterov": False, "weight_decay": 0.1,
    }]  # fmt: skip
    w, v = vectors.from_hex(file["start"]["matrix"]), 0
    for g, step in zip(file["gradients"], case["steps"], strict=True):
        v = 0.9 * v - 0.1 * (vectors.from_hex(g["matrix"]) + 0.1 * w)
        w = w + v
        for mine, theirs in ((w, step["weights"]), (v, step["state"]["v"])):
            expected = vectors.from_hex(theirs["matrix"])
            np.testing.assert_allclose(mine, expected, rtol=1e-13, atol=1e-15)


def test_difference_of_a_recorded_walk_is_noticed():
    entry = vectors.recorded("Adam")[0]
    changed = json.loads(json.dumps(entry))
    last = changed["weights"]["50"]["vector"]
    last[2] = (float.fromhex(last[2]) + 1e-9).hex()
    assert vectors.difference(entry) < 1e-12 < vectors.difference(changed) < 2e-9


@pytest.mark.parametrize("value", [0.0, -0.1, 1 / 3, 5e-324, -1.7e308, 2.0**-1030])
def test_hexadecimal_floats_keep_every_bit(value):
    array = np.array([[value, 1.0], [-value, value]])
    np.testing.assert_array_equal(vectors.from_hex(vectors.to_hex(array)), array)
    assert vectors.from_hex(vectors.to_hex(np.array(value))) == value


def test_hexadecimal_floats_are_pythons():
    assert vectors.to_hex({"w": np.array([0.5, -3])}) == {
        "w": ["0x1.0000000000000p-1", "-0x1.8000000000000p+1"]
    }


@pytest.mark.parametrize(
    ("cls", "names"),
    [
        (SGD, ["SGD"]),
        (type("Own", (L1Optimizer, Adam), {}), ["L1Optimizer", "Adam"]),
        (
            type("Own", (type("Other", (L1Optimizer, SGD), {}),), {}),
            ["L1Optimizer", "SGD"],
        ),
        (type("Own", (Adam,), {"update": lambda self, w, g, m, v: -g}), None),
    ],
)
def test_a_class_is_known_by_its_public_components(cls, names):
    assert vectors.components(cls) == names
