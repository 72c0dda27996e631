"""What comes with the package: NumPy and the standard library, nothing else."""

import subprocess
import sys
from importlib.metadata import version

import pytest

ROOTS = "print({name.partition('.')[0] for name in sys.modules})"


def imported(statement):
    """Return the top names of all modules that a new process has then."""
    code = f"import sys, {statement}; {ROOTS}"
    process = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    return eval(process.stdout)


@pytest.mark.parametrize("module", ["npoptim", "npoptim.npnet"])
def test_import_brings_numpy_alone(module):
    # NumPy imports its generators when they are first asked for.
    new = imported(module) - imported("numpy.random")
    assert new - sys.stdlib_module_names == {"npoptim"}


@pytest.mark.parametrize("name", ["npoptim", "files that were copied"])
def test_version_is_that_of_the_installed_package(name):
    code = (
        "import importlib.metadata as metadata; ask = metadata.version;"
        f"metadata.version = lambda name: ask({name!r});"
        "import npoptim; print(npoptim.__version__)"
    )
    found = subprocess.check_output([sys.executable, "-c", code], text=True).strip()
    assert found == (version("npoptim") if name == "npoptim" else "unknown")
