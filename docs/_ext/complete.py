"""A Sphinx extension that warns of public names which the reference lacks."""

from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.util import logging

import npoptim
import npoptim.conventions
import npoptim.npnet
import npoptim.plotting
import npoptim.problems

MODULES = (
    npoptim,
    npoptim.conventions,
    npoptim.npnet,
    npoptim.plotting,
    npoptim.problems,
)
logger = logging.getLogger(__name__)


def warn_of_missing(app: Sphinx, env: BuildEnvironment) -> None:
    """Look up every public name among the objects that the pages describe."""
    described = {name for name, *_ in env.get_domain("py").get_objects()}
    for module in (
        npoptim,
        npoptim.conventions,
        npoptim.npnet,
        npoptim.plotting,
        npoptim.problems,
    ):
        for name in module.__all__:
            full_name = f"{module.__name__}.{name}"
            if full_name not in described:
                logger.warning("%s is public, but not in the reference", full_name)


def setup(app: Sphinx) -> dict[str, bool]:
    """Check once all pages have been read."""
    app.connect("env-check-consistency", warn_of_missing)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
