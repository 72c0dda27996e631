"""The built site, as readers get it: ``tox -e docs,site`` builds it and runs this.

Every page is loaded once, at a phone's width on light paper, and then resized and
recolored, which takes a quarter of the time of four visits. The layout is measured at
both widths. So is accessibility, but for contrast, which takes longest: it is measured
at a desk's width alone, where everything is shown, on light and dark paper. Of pages
that are made alike, most are read at a desk and on light paper alone.
"""

import ast
import json
import os
import re
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import unquote, urljoin, urlsplit

import pytest
from axe_playwright_python.sync_playwright import Axe
from contract.public import MIXINS, OPTIMIZERS
from PIL import Image

pytestmark = pytest.mark.site

BUILD = Path(__file__).parents[2] / "docs" / "_build"
SITE = BUILD / "html"
PAGES = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html"))
# Pages of source are all made alike: of these, one is opened, and the list of them.
OPENED = [page for page in PAGES if not page.startswith("_modules/npoptim/")]
OPENED.append("_modules/npoptim/adam/adam.html")
GALLERY = BUILD.parents[1] / "gallery"
# Pages of classes and functions are made alike, too. All are read once, at a desk, and
# every eighth in all ways.
ALIKE = [page for page in OPENED if page.startswith("generated/")]
del ALIKE[::8]
RULES = {f"generated/npoptim.{cls.__name__}.html" for cls in (*OPTIMIZERS, *MIXINS)}
NOTEBOOKS = sorted(path.relative_to(SITE).as_posix() for path in SITE.rglob("*.ipynb"))

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}
MATHJAX = "tex-svg-full.js"
# Pages on their own disk, where nothing is served and all has to work just the same.
ON_DISK = [
    "index.html",
    "story/adam.html",
    "generated/npoptim.Adam.html",
    "auto_gallery/training/plot_fashion_mnist.html",
    "auto_gallery/landscapes/plot_race.html",
]
MOVING = "auto_gallery/landscapes/plot_race.html"
IMAGE = re.compile(r"\.(png|svg|jpe?g|gif|webp)$")


def test_there_are_pages_and_notebooks():
    assert "index.html" in PAGES, "build the site first: tox -e docs"
    assert NOTEBOOKS


# Links, without a browser


class Links(HTMLParser):
    """The ids of a page, and where it leads."""

    def __init__(self, text):
        super().__init__()
        self.ids = set()
        self.targets = set()
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        self.ids.add(attrs.get("id"))
        self.targets.update(attrs[name] for name in ("href", "src") if attrs.get(name))
        for candidate in attrs.get("srcset", "").split(","):
            self.targets.update(candidate.split()[:1])


@cache
def links(page):
    return Links((SITE / page).read_text(encoding="utf-8"))


def resolves(page, target):
    """Whether a file of the site, and an element of the page, is what is meant."""
    parts = urlsplit(urljoin(page, target))
    path = unquote(parts.path).removeprefix("/")  # 404.html's start at the root
    if parts.scheme or parts.netloc:
        return True
    if not (SITE / path).is_file():
        return False
    fragment = unquote(parts.fragment)
    return path not in PAGES or not fragment or fragment in links(path).ids


@pytest.mark.parametrize("page", PAGES)
def test_links_lead_somewhere(page):
    broken = {target for target in links(page).targets if not resolves(page, target)}
    assert not broken


def test_gallery_trained_on_the_data_at_hand():
    if not os.environ.get("NPOPTIM_DATA"):
        pytest.skip("NPOPTIM_DATA is not set")
    page = SITE / "auto_gallery" / "training" / "plot_fashion_mnist.html"
    assert "Trained on: Fashion-MNIST, 60,000 images" in page.read_text("utf-8")


def code_of(notebook):
    """Return what a notebook runs, but for what only Jupyter knows."""
    cells = json.loads((SITE / notebook).read_text(encoding="utf-8"))["cells"]
    code = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    return re.sub(r"^%.*", "", "\n".join(code), flags=re.M)


def script_of(notebook):
    (script,) = GALLERY.rglob(f"{Path(notebook).stem}.py")
    return script


@pytest.mark.parametrize("notebook", NOTEBOOKS)
def test_notebooks_are_the_scripts(notebook):
    """The build has run the scripts, and of notebooks it runs none."""
    docstring, *script = ast.parse(script_of(notebook).read_text("utf-8")).body
    assert isinstance(docstring, ast.Expr)
    code = code_of(notebook)
    assert script
    assert [*map(ast.dump, ast.parse(code).body)] == [*map(ast.dump, script)]
    assert "__file__" not in code  # which scripts alone have


# The browser


def visit(context, address):
    """Open a page, with notes of what it asks for and of what goes wrong."""
    tab = context.new_page()
    requests, errors = [], []
    tab.on("request", lambda request: requests.append(request.url))
    tab.on("requestfailed", lambda request: errors.append(f"failed: {request.url}"))
    tab.on(
        "response",
        lambda answer: answer.ok or errors.append(f"{answer.status}: {answer.url}"),
    )
    tab.on("pageerror", lambda error: errors.append(str(error)))
    tab.on(
        "console",
        lambda message: message.type == "error" and errors.append(message.text),
    )
    tab.goto(address)
    tab.evaluate("window.MathJax?.startup?.promise")
    return SimpleNamespace(tab=tab, requests=requests, errors=errors)


def look(tab, size, scheme):
    tab.set_viewport_size(size)
    tab.emulate_media(color_scheme=scheme)


@pytest.fixture(scope="module", params=OPENED)
def opened(request, context, url):
    opened = visit(context, url + request.param)
    yield opened
    opened.tab.close()


def test_nothing_comes_from_elsewhere(opened, url):
    own = url, "data:", "blob:"
    assert [request for request in opened.requests if not request.startswith(own)] == []


def test_nothing_fails(opened):
    assert opened.errors == []


def test_example_begins_within_a_screen_and_a_half(opened, request):
    page = request.node.callspec.params["opened"]
    if page not in RULES:
        pytest.skip("no page of an optimizer")
    look(opened.tab, DESK, "light")
    example = opened.tab.locator("p.rubric", has_text="Examples").first
    assert example.evaluate("each => each.getBoundingClientRect().top") <= 1350


# An unknown macro is no error to MathJax: it is set in red.
UNSET_MATHEMATICS = """
() => [...document.querySelectorAll(
  ".math:not(:has(mjx-container)), mjx-merror, [data-mml-node=merror]," +
  "mjx-container [fill=red], mjx-container [mathcolor=red]"
)].map(element => element.textContent)
"""
PROSE = """
() => {
  const copy = document.body.cloneNode(true);
  copy.querySelectorAll("pre, code, script, style").forEach(each => each.remove());
  return copy.textContent;
}
"""
TEX = re.compile(r"\\[a-zA-Z]+|\\[()\[\]]|\$\$")


def test_mathematics_is_set(opened):
    assert opened.tab.evaluate(UNSET_MATHEMATICS) == []
    assert TEX.findall(opened.tab.evaluate(PROSE)) == []


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_nothing_sticks_out(opened, size):
    look(opened.tab, size, "light")
    # What is too wide makes the content scroll in this theme, and not the page.
    hidden = opened.tab.locator(":root, .content").evaluate_all(
        "all => all.map(element => element.scrollWidth - element.clientWidth)"
    )
    assert max(hidden) <= 0


def test_images_are_described(opened):
    # A thumbnail stands above its title, which says it all.
    images = opened.tab.locator(
        "article img:not(.sphx-glr-thumbcontainer img)"
    ).evaluate_all("images => images.map(image => [image.alt, image.src])")
    for alt, src in images:
        # sphinx-gallery's own description is the script's name.
        name = re.sub(r"\W|_", "", Path(urlsplit(src).path).stem.lower())
        said = re.sub(r"\W|_", "", IMAGE.sub("", alt.lower()))
        assert said, f"{src} has no description"
        assert said not in name, f"{src} is described by its name"


# MathJax's drawings are shapes, of which there is nothing to read: nine in ten of the
# elements of some pages.
WITHOUT_SHAPES = """
document.querySelectorAll("mjx-container > svg").forEach(svg => svg.replaceChildren())
"""


@pytest.mark.parametrize(
    ("size", "scheme", "rules"),
    [
        (PHONE, "light", {"rules": {"color-contrast": {"enabled": False}}}),
        (DESK, "light", {}),
        (DESK, "dark", {"runOnly": ["color-contrast"]}),
    ],
    ids=["phone", "desk", "dark"],
)
def test_everyone_can_read_it(opened, request, size, scheme, rules):
    page = request.node.callspec.params["opened"]
    if (size == PHONE or scheme == "dark") and page in ALIKE:
        pytest.skip("as the others of its kind, which are looked at")
    look(opened.tab, size, scheme)
    opened.tab.evaluate(WITHOUT_SHAPES)
    found = Axe().run(opened.tab, options={"resultTypes": ["violations"], **rules})
    violations = [
        f"{violation['id']}: {node['html']}\n{node['failureSummary']}"
        for violation in found.response["violations"]
        if violation["impact"] in ("serious", "critical")
        for node in violation["nodes"]
    ]
    assert not violations, "\n".join(violations)


def test_page_can_be_found_and_crossed(opened):
    tab = opened.tab
    assert tab.title()
    # The theme's page of search results has a second-level heading alone.
    headings = 0 if tab.url.endswith("/search.html") else 1
    assert tab.locator("h1").count() == headings
    look(tab, DESK, "light")
    tab.keyboard.press("Tab")
    skip = tab.evaluate("document.activeElement.getAttribute('href')")
    assert tab.locator(skip).count() == 1
    tab.locator("input[name=q]").first.focus()
    assert tab.evaluate("document.activeElement.name") == "q"


def test_page_is_light(opened):
    """Count what is decoded but images, and MathJax, which all pages share."""
    sizes = opened.tab.evaluate("""
        () => ["navigation", "resource"]
          .flatMap(type => performance.getEntriesByType(type))
          .map(entry => [entry.name, entry.decodedBodySize])
    """)
    paths = [(urlsplit(name).path, size) for name, size in sizes]
    assert len(paths) > 1
    counted = [
        size
        for path, size in paths
        if not IMAGE.search(path) and not path.endswith(MATHJAX)
    ]
    assert sum(counted) < 1_500_000


# What readers do


def test_keyboard_reaches_code_that_scrolls(tab, url):
    tab.goto(url + "story/adam.html")
    wide = "pre => pre.scrollWidth > pre.clientWidth"
    assert any(tab.locator("pre").evaluate_all(f"all => all.map({wide})"))
    for _ in range(100):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.tagName") == "PRE":
            return
    pytest.fail("Tab never reached a block of code")


@pytest.mark.parametrize("page", ["notation.html", "performance.html"])
def test_tables_fit_a_phone(tab, url, page):
    tab.set_viewport_size(PHONE)
    tab.goto(url + page)
    hidden = tab.locator(".table-wrapper").evaluate_all(
        "all => all.map(element => element.scrollWidth - element.clientWidth)"
    )
    assert max(hidden) == 0


def test_no_heading_ends_in_an_empty_line(tab, url):
    tab.set_viewport_size(PHONE)
    tab.goto(url + "generated/npoptim.PolynomialDecay.html")
    heading = "h1 => h1.offsetHeight / parseFloat(getComputedStyle(h1).lineHeight)"
    assert tab.locator("h1").evaluate(heading) < 2


@pytest.mark.parametrize("page", ON_DISK)
def test_page_works_from_disk(context, page):
    opened = visit(context, (SITE / page).as_uri())
    own = SITE.as_uri()
    assert [request for request in opened.requests if not request.startswith(own)] == []
    assert opened.errors == []
    assert opened.tab.evaluate(UNSET_MATHEMATICS) == []
    opened.tab.close()


def unlike(tab, image, picture):
    """Whether an image comes to look different within five seconds."""
    for _ in range(50):
        if image.screenshot() != picture:
            return True
        tab.wait_for_timeout(100)
    return False


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("served", [True, False], ids=["served", "on disk"])
def test_figure_moves_when_asked(context, url, served, scheme):
    base = url if served else f"{SITE.as_uri()}/"
    opened = visit(context, base + MOVING)
    tab = opened.tab
    look(tab, DESK, scheme)
    (button,) = tab.get_by_role("button", name="Play", exact=True).all()
    image = tab.locator(f"img.only-{scheme}:has(+ .moving)")
    still = image.evaluate("image => image.currentSrc")
    assert still.endswith(".png")
    for _ in range(200):
        tab.keyboard.press("Tab")
        if tab.evaluate("document.activeElement.textContent") == "Play":
            break
    tab.keyboard.press("Enter")
    (button,) = tab.get_by_role("button", name="Stop", exact=True).all()
    tab.wait_for_function(
        "image => image.complete && image.currentSrc.endsWith('.webp')",
        arg=image.element_handle(),
    )
    assert unlike(tab, image, image.screenshot())
    path = unquote(image.evaluate("image => image.currentSrc").removeprefix(base))
    with Image.open(SITE / path) as animation:
        assert 1 < animation.n_frames <= 60
    assert (SITE / path).stat().st_size < 500_000
    tab.keyboard.press("Space")
    assert button.count() == 0
    assert image.evaluate("image => image.currentSrc") == still
    assert [
        request for request in opened.requests if not request.startswith(base)
    ] == []
    assert opened.errors == []
    tab.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_figure_shows_the_frame_that_is_asked_for(context, scheme):
    opened = visit(context, f"{SITE.as_uri()}/{MOVING}")
    tab = opened.tab
    look(tab, PHONE, scheme)
    image = tab.locator(f"img.only-{scheme}:has(+ .moving)")
    slider = tab.locator(f".moving.only-{scheme} input")
    last = int(slider.get_attribute("max"))
    slider.focus()
    tab.keyboard.press("Home")
    sources: list[str] = []
    for frame in (0, 1):
        tab.wait_for_function("image => image.complete", arg=image.element_handle())
        source, width = image.evaluate(
            "image => [image.currentSrc, image.naturalWidth]"
        )
        assert source.endswith(f"_frame{frame}.webp")
        assert width
        sources.append(source)
        tab.keyboard.press("ArrowRight")
    # The last frame is there, too, and no other behind it.
    for frame, exists in ((last, True), (last + 1, False)):
        path = sources[0].replace("_frame0", f"_frame{frame}")
        assert Path(unquote(urlsplit(path).path)).is_file() == exists
    assert opened.errors == []
    tab.close()


def test_moving_picture_can_be_had_without_scripts(browser, url):
    context = browser.new_context(viewport=DESK, java_script_enabled=False)
    tab = context.new_page()
    tab.goto(url + MOVING)
    link = tab.get_by_role("link", name="Moving picture")
    assert link.is_visible()
    assert resolves(MOVING, link.get_attribute("href"))
    context.close()


@pytest.mark.parametrize("page", ["index.html", "generated/npoptim.Adam.html"])
def test_copied_examples_are_code(tab, url, page):
    tab.set_viewport_size(DESK)
    tab.goto(url + page)
    tab.locator("details").evaluate_all("all => all.forEach(each => each.open = true)")
    blocks = tab.locator("div.highlight:has(.gp)")
    assert blocks.count()
    for block in blocks.all():
        shown = block.locator("pre").inner_text()
        block.hover()
        block.locator("button.copybtn").click()
        copied = tab.evaluate("navigator.clipboard.readText()")
        typed = re.findall(r"^(?:>>>|\.\.\.|\$) (.*)", shown, flags=re.M)
        assert [line for line in copied.splitlines() if line] == typed


# Pictures for people to look at


PICTURED = [
    "index",
    "story/descent",
    "story/adam",
    "generated/npoptim.Adam",
    "generated/npoptim.SGD",
    "api",
    "notation",
    "auto_gallery/training/plot_fashion_mnist",
]


@pytest.mark.parametrize("page", PICTURED)
def test_screenshots(context, url, page):
    schemes = ["light", "dark"]
    if PICTURED.index(page) % 2:
        schemes.reverse()
    opened = visit(context, f"{url}{page}.html")
    for size, scheme in zip([PHONE, DESK], schemes, strict=True):
        look(opened.tab, size, scheme)
        name = f"{page.replace('/', '.')}-{size['width']}-{scheme}.png"
        opened.tab.screenshot(path=BUILD / "screenshots" / name, full_page=True)
    opened.tab.close()
