"""Leave the site out where there is no Playwright, unless it is asked for."""

from importlib.util import find_spec

INSTALLED = all(find_spec(name) for name in ("playwright", "axe_playwright_python"))


def pytest_ignore_collect(collection_path, config):
    # With -m site a missing Playwright is an error, not a run of nothing.
    asked_for = config.option.markexpr == "site"
    if collection_path.name.startswith("test_") and not (INSTALLED or asked_for):
        return True
    return None
