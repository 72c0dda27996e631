"""The built site in a browser, for all tests of it."""

import shutil
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

SITE = Path(__file__).parents[2] / "docs" / "_build" / "html"


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self):
        """Answer, too, when the browser asks for an icon of its own accord."""
        if self.path == "/favicon.ico":
            self.send_response(204)
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_):
        """Leave pytest's output alone."""


def pytest_collection_modifyitems(items):
    """Keep the tests of a page together: it is opened once for all of them."""
    for item in items:
        page = getattr(item, "callspec", None) and item.callspec.params.get("opened")
        if page:
            item.add_marker(pytest.mark.xdist_group(page))


@pytest.fixture(scope="session")
def url():
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Handler, directory=SITE))
    thread = Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def browser():
    # Pytest reads this file wherever it looks for tests, with Playwright or without.
    from playwright.sync_api import sync_playwright

    names = "chromium", "chromium-browser", "google-chrome"
    executable = next(filter(None, map(shutil.which, names)), None)
    if executable is None:
        pytest.exit("No Chromium: apt-get install chromium", returncode=1)
    # Names are not resolved, so no answer from outside can make a page look whole.
    flags = [
        "--no-sandbox",
        "--disable-gpu",
        "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
    ]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=executable, args=flags)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def context(browser):
    # A color measured in the middle of a transition is nobody's color.
    context = browser.new_context(
        viewport={"width": 390, "height": 844}, reduced_motion="reduce"
    )
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    yield context
    context.close()


@pytest.fixture
def tab(context):
    tab = context.new_page()
    yield tab
    tab.close()
