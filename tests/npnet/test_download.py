"""The download of Fashion-MNIST, where server, disk or process go wrong."""

import contextlib
import gc
import gzip
import hashlib
import json
import os
import socket
import struct
import subprocess
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest

from npoptim.npnet import fashion_mnist
from npoptim.npnet.fashion_mnist import load_fashion_mnist

pooch = pytest.importorskip("pooch")
SCRIPT = Path(__file__).with_name("fetch.py")
NAMES = ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz")
N, PIXELS = 1000, 256  # noise does not compress: the images' file has 256 KB
BODIES = (
    np.random.default_rng(0).bytes(N * PIXELS),
    np.random.default_rng(1).integers(10, size=N, dtype=np.uint8).tobytes(),
)
CONTENTS = {
    name: gzip.compress(bytes.fromhex(header) + body, mtime=0)
    for name, header, body in zip(
        NAMES,
        ("00000803 000003e8 00000010 00000010", "00000801 000003e8"),
        BODIES,
        strict=True,
    )
}
SUMS = {name: hashlib.sha256(content).hexdigest() for name, content in CONTENTS.items()}
RIGHT = [hashlib.sha256(body).hexdigest() for body in BODIES]
REFUSED = "http://127.0.0.1:1/"  # nothing listens on port 1
FOREVER = 30  # seconds; the loader gives up long before

# pooch leaves the connection of a failed download to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore:unclosed <socket:ResourceWarning")

# What a server may do with a request for some content.


def answer(request, content, length=None, **headers):
    request.send_response(200)
    request.send_header("Content-Length", str(length or len(content)))
    for name, value in headers.items():
        request.send_header(name.replace("_", "-"), value)
    request.end_headers()
    request.wfile.write(content)


def slowly(request, content):
    answer(request, b"", len(content))
    for start in range(0, len(content), 1 << 14):
        request.wfile.write(content[start : start + (1 << 14)])
        time.sleep(0.003)


def not_found(request, content):
    request.send_error(404)


def broken(request, content):
    request.send_error(500)


def page(request, content):
    answer(request, b"<!doctype html><title>Log in</title>", Content_Type="text/html")


def flipped(request, content):
    middle = len(content) // 2
    answer(
        request,
        content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :],
    )


def half(request, content):
    answer(request, content[: len(content) // 2], len(content))


def half_of_unknown_length(request, content):
    request.send_response(200)
    request.end_headers()
    request.wfile.write(content[: len(content) // 2])


def too_much(request, content):
    answer(request, content + b"more")


def empty(request, content):
    request.send_response(200)
    request.send_header("Content-Length", "0")
    request.end_headers()


def reset_at_once(request, content):
    # With a wait of 0 for what was not sent, to close is to reset.
    request.connection.setsockopt(
        socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0)
    )
    # The socket is closed when the last file on it is.
    request.rfile.close()
    request.connection.close()


def reset_halfway(request, content):
    half(request, content)
    reset_at_once(request, content)


def stall_at_once(request, content):
    request.server.over.wait(FOREVER)


def stall_halfway(request, content):
    half(request, content)
    request.server.over.wait(FOREVER)


def loop(request, content):
    request.send_response(302)
    request.send_header("Location", request.path)
    request.send_header("Content-Length", "0")
    request.end_headers()


def nonsense(request, content):
    request.wfile.write(b"\x00\xff not HTTP\r\n\r\n")


def wrongly_encoded(request, content):
    answer(request, b"not gzip", Content_Encoding="gzip")


# With these, there was an answer, of something else; with the others, there was none.
OTHER = (page, flipped, half_of_unknown_length, too_much, empty)
NONE = (
    *(not_found, broken, half, reset_at_once, reset_halfway, stall_at_once),
    *(stall_halfway, loop, nonsense, wrongly_encoded),
)


@pytest.fixture
def serve():
    """Return a function that starts a server of one behavior, and has its address."""

    class Server(ThreadingHTTPServer):
        def handle_error(self, request, client_address):
            """Say nothing of clients that have gone."""

    with contextlib.ExitStack() as servers:

        def start(behave):
            class Handler(BaseHTTPRequestHandler):
                def do_GET(self):
                    behave(self, CONTENTS[self.path[1:]])

                def log_message(self, *args):
                    pass

            server = servers.enter_context(Server(("127.0.0.1", 0), Handler))
            server.over = threading.Event()
            thread = threading.Thread(target=server.serve_forever, args=(0.01,))
            thread.start()
            servers.callback(thread.join)
            servers.callback(server.shutdown)
            servers.callback(server.over.set)
            return f"http://127.0.0.1:{server.server_port}/"

        yield start


@pytest.fixture
def cache(monkeypatch, tmp_path):
    """A cache, which does not exist yet, of a machine without data."""
    monkeypatch.setattr(pooch, "os_cache", lambda project: tmp_path / "cache")
    monkeypatch.setattr(fashion_mnist, "SHA256", SUMS)
    monkeypatch.setattr(fashion_mnist, "TIMEOUT", 0.2)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("NPOPTIM_DATA", raising=False)
    yield tmp_path / "cache"
    gc.collect()


def assert_is_right(images, labels):
    pixels = np.frombuffer(BODIES[0], np.uint8).reshape(N, PIXELS)
    np.testing.assert_allclose(images, (pixels / 255 - 0.286) / 0.353, atol=1e-6)
    assert labels.tolist() == list(BODIES[1])


@pytest.mark.parametrize("behave", [answer, slowly])
def test_server_that_does_what_it_should(cache, serve, monkeypatch, behave):
    monkeypatch.setattr(fashion_mnist, "SOURCES", (serve(behave),))
    assert_is_right(*load_fashion_mnist("train"))
    assert sorted(path.name for path in cache.iterdir()) == sorted(NAMES)


@pytest.mark.parametrize("behave", [*OTHER, *NONE])
def test_server_that_misbehaves(cache, serve, monkeypatch, behave):
    address = serve(behave)
    monkeypatch.setattr(fashion_mnist, "SOURCES", (address, address))
    expected = ValueError if behave in OTHER else ConnectionError
    with pytest.raises(expected, match=NAMES[0]) as error:
        load_fashion_mnist("train")
    assert address in str(error.value)
    assert "set the environment variable NPOPTIM_DATA" in str(error.value)
    assert list(cache.iterdir()) == []


@pytest.mark.parametrize("behave", NONE)
def test_next_server_is_asked(cache, serve, monkeypatch, behave):
    monkeypatch.setattr(fashion_mnist, "SOURCES", (serve(behave), serve(answer)))
    assert_is_right(*load_fashion_mnist("train"))


def test_cache_that_is_no_folder(cache, serve, monkeypatch):
    cache.touch()
    monkeypatch.setattr(fashion_mnist, "SOURCES", (serve(answer),))
    with pytest.raises(OSError, match="cannot be kept in the cache") as error:
        load_fashion_mnist("train")
    assert os.fspath(cache) in str(error.value)
    assert "NPOPTIM_DATA" in str(error.value)


def run(how, cache, source=REFUSED):
    """Return what ``fetch.py`` prints."""
    settings = {"cache": os.fspath(cache), "sums": SUMS, "sources": [source]}
    environment = os.environ | {"NO_PROXY": "127.0.0.1", "OPENBLAS_NUM_THREADS": "1"}
    environment.pop("NPOPTIM_DATA", None)
    process = subprocess.run(
        [sys.executable, SCRIPT, how, json.dumps(settings)],
        env=environment,
        stdout=subprocess.PIPE,
        check=True,
    )
    return json.loads(process.stdout)


posix = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork and its kin")


@posix
def test_full_disk(cache, serve):
    kind, message = run("with_full_disk", cache, serve(answer))
    assert kind == "OSError"
    assert "cannot be kept in the cache" in message
    assert "the disk has room" in message
    assert "NPOPTIM_DATA" in message
    assert list(cache.iterdir()) == []


@posix
def test_read_only_cache(serve):
    # Others cannot reach into tmp_path at all.
    with TemporaryDirectory() as folder:
        Path(folder).chmod(0o555)
        kind, message = run("without_rights", folder, serve(answer))
        assert kind == "OSError"
        assert "cannot be kept in the cache" in message
        assert folder in message
        assert "NPOPTIM_DATA" in message


@posix
def test_read_only_cache_that_is_full_serves():
    with TemporaryDirectory() as folder:
        for name, content in CONTENTS.items():
            Path(folder, name).write_bytes(content)
        Path(folder).chmod(0o555)
        assert run("without_rights", folder) == RIGHT


@posix
def test_eight_at_once(cache, serve):
    assert run("together", cache, serve(slowly)) == [*[0] * 8, *RIGHT]
    assert sorted(path.name for path in cache.iterdir()) == sorted(NAMES)


@posix
@pytest.mark.fuzz
def test_killed_at_any_moment(cache, serve):
    under_way, *found = run("killed", cache, serve(slowly))
    assert under_way > 10
    assert found == RIGHT
