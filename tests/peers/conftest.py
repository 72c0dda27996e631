"""What the peers agree to, kept for the documentation."""

import csv
import json
from pathlib import Path

import pytest
from peers.walk import DIFFERENCES, ENTRIES, OUTCOMES
from vectors import WALKS

from npoptim.conventions.form import FRAMEWORKS

RESULTS = Path(__file__).parents[2] / "docs" / "checked" / "peers.csv"
PEERS = ("PyTorch", "Optax", "Keras", "others")


def rows():
    names = sorted({name for name, _ in DIFFERENCES})
    return [("", *PEERS)] + [
        (name, *(cell(name, peer) for peer in PEERS)) for name in names
    ]


def cell(name, peer):
    difference = DIFFERENCES.get((name, peer))
    return "" if difference is None else f"{difference:.0e}".replace("0e+00", "0")


def shown():
    """Return the rows that the documentation has."""
    with RESULTS.open(encoding="utf-8", newline="") as file:
        return [*csv.reader(file)][1:]


def write_outcomes(terminalreporter):
    """Print what each call is in each framework, with the arguments that were tried."""
    terminalreporter.section("translations: = equal, ~ on a condition, x no such call")
    header = ("", "", "", *FRAMEWORKS)
    found = [
        (*call, *(by_target.get(target, "") for target in FRAMEWORKS))
        for call, by_target in OUTCOMES.items()
    ]
    for row in (header, *found):
        terminalreporter.write_line("".join(text.ljust(18) for text in row).rstrip())


def pytest_terminal_summary(terminalreporter, exitstatus, config):
    if OUTCOMES:
        write_outcomes(terminalreporter)
    if len(rows()) == 1:
        return
    terminalreporter.section("largest differences")
    for row in rows():
        terminalreporter.write_line("".join(text.ljust(22) for text in row).rstrip())
    if config.getoption("write_results") and exitstatus == 0:
        if config.option.keyword:  # the rest was not looked at
            for name, *cells in shown():
                for peer, text in zip(PEERS, cells, strict=True):
                    if text:
                        DIFFERENCES.setdefault((name, peer), float(text))
        with RESULTS.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows())
        write_walks(everything=not config.option.keyword)


def write_walks(everything):
    """Write what is kept of the walks, a file for each class."""
    if everything:
        for path in WALKS.glob("[A-Z]*.json"):
            path.unlink()
    for name in {name for name, _, _ in ENTRIES}:
        entries = [ENTRIES[key] for key in sorted(ENTRIES) if key[0] == name]
        text = ",\n".join(map(json.dumps, entries))
        (WALKS / f"{name}.json").write_text(f"[\n{text}\n]\n", encoding="utf-8")


@pytest.fixture
def in_float64():
    """Have Keras and PyTorch compute with float64, also with numbers of their own."""
    # Pytest reads this file wherever it looks for tests, with these or without.
    import jax
    import keras
    import torch

    assert jax.config.jax_enable_x64
    assert keras.backend.backend() == "jax"
    before = keras.config.floatx(), torch.get_default_dtype()
    keras.config.set_floatx("float64")
    # PyTorch keeps numbers in its default type.
    torch.set_default_dtype(torch.float64)
    yield
    keras.config.set_floatx(before[0])
    torch.set_default_dtype(before[1])


@pytest.fixture(scope="session", autouse=True)
def nothing_new(request):
    """Fail at the end where a peer was compared that the documentation lacks."""
    yield
    if not request.config.getoption("write_results"):
        known = {
            (name, peer)
            for name, *cells in shown()
            for peer, text in zip(PEERS, cells, strict=True)
            if text
        }
        new = DIFFERENCES.keys() - known
        assert not new, f"{new} not in docs/checked/{RESULTS.name}: add --write-results"
