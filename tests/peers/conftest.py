"""Leave the peers out where they are not installed, unless they are asked for."""

from importlib.util import find_spec

INSTALLED = all(find_spec(name) for name in ("torch", "jax", "optax", "keras"))


def pytest_ignore_collect(collection_path, config):
    # With -m peers a missing peer is an error, not a run of nothing.
    asked_for = config.option.markexpr == "peers"
    if collection_path.name.startswith("test_") and not (INSTALLED or asked_for):
        return True
    return None
