"""A process of its own that loads Fashion-MNIST from the server of a test."""

import hashlib
import json
import os
import random
import signal
import sys
import time
from pathlib import Path

import numpy as np
import pooch
import requests  # noqa: F401 - a process without rights could not import it later

from npoptim.npnet import fashion_mnist


def load():
    """Return the SHA-256 of the pixels and the labels, as bytes."""
    images, labels = fashion_mnist.load_fashion_mnist("train")
    pixels = np.rint((images * 0.3530 + 0.2860) * 255).astype(np.uint8)
    return [
        hashlib.sha256(part.astype(np.uint8).tobytes()).hexdigest()
        for part in (pixels, labels)
    ]


def start():
    """Load in a new process, and return its number; it exits with 0 if it could."""
    pid = os.fork()
    if pid == 0:
        try:
            load()
        finally:
            os._exit(sys.exc_info()[0] is not None)
    return pid


def once():
    """Load, and say what was found or went wrong."""
    try:
        return load()
    except Exception as error:
        return [type(error).__name__, str(error)]


def with_full_disk():
    """Load where no file can grow over 64 KiB, as on a disk that is full then."""
    import resource

    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 16, 1 << 16))
    return once()


def without_rights():
    """Load as a user who may not write into the cache, as root always may."""
    if os.geteuid() == 0:
        os.seteuid(65534)
    return once()


def together():
    """Load in eight processes at once, and say how each ended; then load from them."""
    pids = [start() for _ in range(8)]
    return [*(os.waitpid(pid, 0)[1] for pid in pids), *load()]


def killed():
    """Load and be killed, 200 times; say how often a download was under way."""
    rng = random.Random(0)
    cache = Path(settings["cache"])
    for _ in range(200):
        pid = start()
        time.sleep(rng.uniform(0, 0.08))
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        for name, expected in settings["sums"].items():
            if (path := cache / name).exists():
                found = hashlib.sha256(path.read_bytes()).hexdigest()
                assert found == expected, f"{name} is wrong in the cache"
                path.unlink()
    left = len(list(cache.iterdir()))
    return [left, *load()]


if __name__ == "__main__":
    settings = json.loads(sys.argv[2])
    pooch.os_cache = lambda project: Path(settings["cache"])
    fashion_mnist.SHA256 = settings["sums"]
    fashion_mnist.SOURCES = settings["sources"]
    print(json.dumps(globals()[sys.argv[1]]()))
