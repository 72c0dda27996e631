"""The loader of Fashion-MNIST, on tiny files written here, and on the real ones."""

import gzip
import hashlib
import os
import sys
import threading
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from npoptim.npnet import fashion_mnist
from npoptim.npnet.fashion_mnist import GARMENTS, load_fashion_mnist, read_idx

NAMES = (
    "train-images-idx3-ubyte.gz",
    "train-labels-idx1-ubyte.gz",
    "t10k-images-idx3-ubyte.gz",
    "t10k-labels-idx1-ubyte.gz",
)
# Magic number, sizes of the dimensions, values.
TWO_IMAGES = bytes.fromhex("00000803 00000002 00000001 00000002  00 ff 33 66")
TWO_LABELS = bytes.fromhex("00000801 00000002  09 00")
ONE_IMAGE = bytes.fromhex("00000803 00000001 00000001 00000002  ff 00")
ONE_LABEL = bytes.fromhex("00000801 00000001  07")
REFUSED = "http://127.0.0.1:1/"  # nothing listens on port 1


def write_gzip(path, content):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(gzip.compress(content, mtime=0))
    return path


@pytest.fixture
def tiny(tmp_path):
    """A folder with four tiny files."""
    for name, content in zip(
        NAMES, (TWO_IMAGES, TWO_LABELS, ONE_IMAGE, ONE_LABEL), strict=True
    ):
        write_gzip(tmp_path / "tiny" / name, content)
    return tmp_path / "tiny"


@pytest.fixture
def alone(monkeypatch, tiny, tmp_path):
    """A machine without data and network, to which the tiny files are the real ones.

    Returns the folder of the cache, which does not exist yet.
    """
    pooch = pytest.importorskip("pooch")
    cache = tmp_path / "cache"
    sums = {
        name: hashlib.sha256((tiny / name).read_bytes()).hexdigest() for name in NAMES
    }
    monkeypatch.setattr(fashion_mnist, "SHA256", sums)
    monkeypatch.setattr(fashion_mnist, "SOURCES", (REFUSED, REFUSED))
    monkeypatch.setattr(pooch, "os_cache", lambda project: cache)
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    monkeypatch.delenv("NPOPTIM_DATA", raising=False)
    return cache


@pytest.fixture
def server(tiny):
    """The address of a server of the folder ``tiny``, and the paths it was asked."""
    asked = []

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            asked.append(self.path)

    with ThreadingHTTPServer(
        ("127.0.0.1", 0), partial(Quiet, directory=os.fspath(tiny))
    ) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, args=(0.01,))
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}/", asked
        httpd.shutdown()
        thread.join()


def assert_is_tiny_train(images, labels):
    assert images.dtype == np.float32
    assert labels.dtype == np.int64
    # (0 - 0.286) / 0.353, (1 - 0.286) / 0.353, (0.2 - ...), (0.4 - ...)
    np.testing.assert_allclose(
        images,
        [[-0.8101983, 2.0226629], [-0.2436261, 0.3229462]],
        rtol=1e-6,
        atol=1e-7,
    )
    assert labels.tolist() == [9, 0]


def test_read_idx_reads_images_and_labels(tmp_path):
    images = read_idx(write_gzip(tmp_path / "images.gz", TWO_IMAGES))
    labels = read_idx(os.fspath(write_gzip(tmp_path / "labels.gz", TWO_LABELS)))
    assert images.dtype == labels.dtype == np.uint8
    assert images.tolist() == [[[0, 255]], [[51, 102]]]
    assert labels.tolist() == [9, 0]


@pytest.mark.parametrize(
    ("content", "expected", "found"),
    [
        ("", "00 00 08", "nothing"),
        ("000008", "00 00 08", "found 00 00 08"),
        ("00000d01 00000001 3f800000", "00 00 08", "found 00 00 0d 01"),
        ("89504e47 0d0a1a0a", "00 00 08", "found 89 50 4e 47"),
        ("00000803 00000002 000000", "header of 16 bytes", "found 11 bytes"),
        ("00000803 00000002 00000002 00000002 010203", "expected 8 bytes", "found 3"),
        ("00000801 00000002 010203", "expected 2 bytes", "found 3"),
    ],
    ids=["empty", "short", "floats", "png", "header", "body short", "body long"],
)
def test_read_idx_rejects_what_is_not_idx(tmp_path, content, expected, found):
    path = write_gzip(tmp_path / "bad.gz", bytes.fromhex(content))
    with pytest.raises(ValueError, match="download it again") as error:
        read_idx(path)
    assert os.fspath(path) in str(error.value)
    assert expected in str(error.value)
    assert found in str(error.value)


@pytest.mark.parametrize("damage", ["truncated", "flipped", "bad block", "not gzip"])
def test_read_idx_rejects_what_does_not_decompress(tmp_path, damage):
    values = np.random.default_rng(0).bytes(1000)
    path = write_gzip(tmp_path / "bad.gz", b"\0\0\x08\x01\0\0\x03\xe8" + values)
    content = bytearray(path.read_bytes())
    if damage == "truncated":
        del content[500:]
    elif damage == "flipped":
        content[500] ^= 1
    elif damage == "bad block":
        content[10] = 0xFF  # the first after the header: no such type of block
    else:
        content[:2] = b"PK"
    path.write_bytes(content)
    with pytest.raises(ValueError, match="whole gzip file") as error:
        read_idx(path)
    assert os.fspath(path) in str(error.value)
    assert f"{len(content)} bytes" in str(error.value)
    assert "download it again" in str(error.value)


def test_missing_file_is_reported_as_such(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_idx(tmp_path / "none.gz")


@pytest.mark.parametrize("kind", ["valid", "Train", None, 0, []])
def test_bad_kind(kind):
    with pytest.raises(ValueError, match='kind must be "train" or "test"') as error:
        load_fashion_mnist(kind)
    assert repr(kind) in str(error.value)


def test_data_folder_needs_neither_pooch_nor_cache(alone, tiny, monkeypatch):
    monkeypatch.setenv("NPOPTIM_DATA", os.fspath(tiny))
    monkeypatch.setitem(sys.modules, "pooch", None)
    assert_is_tiny_train(*load_fashion_mnist())
    images, labels = load_fashion_mnist("test")
    assert images.shape == (1, 2)
    assert labels.tolist() == [7]
    assert not alone.exists()


def test_data_folder_comes_before_the_cache(alone, tiny, monkeypatch):
    # The cache's files are bad, so that they would be downloaded if looked at.
    for name in NAMES:
        write_gzip(alone / name, b"bad")
    monkeypatch.setenv("NPOPTIM_DATA", os.fspath(tiny))
    assert_is_tiny_train(*load_fashion_mnist("train"))


def test_cache_comes_before_the_download(alone, tiny):
    tiny.rename(alone)  # the sources refuse
    assert_is_tiny_train(*load_fashion_mnist("train"))


def test_places_are_searched_file_by_file(alone, tiny, tmp_path, monkeypatch):
    monkeypatch.setenv("NPOPTIM_DATA", os.fspath(tiny))
    alone.mkdir()
    (tiny / NAMES[1]).rename(alone / NAMES[1])
    assert_is_tiny_train(*load_fashion_mnist("train"))


def test_download_fills_the_cache_once(alone, server, monkeypatch):
    address, asked = server
    monkeypatch.setattr(fashion_mnist, "SOURCES", (address, REFUSED))
    assert_is_tiny_train(*load_fashion_mnist("train"))
    assert_is_tiny_train(*load_fashion_mnist("train"))
    assert asked == ["/" + name for name in NAMES[:2]]
    assert sorted(path.name for path in alone.iterdir()) == sorted(NAMES[:2])


def test_second_source_serves_if_the_first_does_not(alone, server, monkeypatch):
    address, _ = server
    monkeypatch.setattr(fashion_mnist, "SOURCES", (REFUSED, address))
    assert_is_tiny_train(*load_fashion_mnist("train"))


def test_bad_file_in_the_cache_is_downloaded_again(alone, server, monkeypatch):
    address, asked = server
    monkeypatch.setattr(fashion_mnist, "SOURCES", (address, REFUSED))
    write_gzip(alone / NAMES[0], b"bad")
    assert_is_tiny_train(*load_fashion_mnist("train"))
    assert "/" + NAMES[0] in asked


def test_wrong_checksum_of_a_download(alone, server, tiny, monkeypatch):
    address, _ = server
    monkeypatch.setattr(fashion_mnist, "SOURCES", (address, REFUSED))
    write_gzip(tiny / NAMES[0], b"a login page")
    with pytest.raises(ValueError, match="is not the file it should be") as error:
        load_fashion_mnist("train")
    message = str(error.value)
    assert address + NAMES[0] in message
    assert fashion_mnist.SHA256[NAMES[0]] in message
    assert hashlib.sha256((tiny / NAMES[0]).read_bytes()).hexdigest() in message
    assert "NPOPTIM_DATA" in message
    assert not (alone / NAMES[0]).exists()


def test_wrong_checksum_in_the_data_folder(alone, tiny, monkeypatch):
    monkeypatch.setenv("NPOPTIM_DATA", os.fspath(tiny))
    expected = fashion_mnist.SHA256[NAMES[0]]
    (tiny / NAMES[0]).write_bytes(b"abc")
    with pytest.raises(ValueError, match="wrong SHA-256") as error:
        load_fashion_mnist("train")
    message = str(error.value)
    assert os.fspath(tiny / NAMES[0]) in message
    assert expected in message
    # SHA-256 of "abc": the example of FIPS 180-4.
    assert "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" in message
    assert "3 bytes" in message
    assert "download it again" in message


@pytest.mark.parametrize("setting", ["unset", "empty", "folder", "nowhere"])
def test_no_network(alone, tmp_path, monkeypatch, setting):
    folder = tmp_path / "data"
    if setting == "folder":
        folder.mkdir()
    if setting != "unset":
        monkeypatch.setenv("NPOPTIM_DATA", "" if setting == "empty" else str(folder))
    state = {
        "unset": "NPOPTIM_DATA (not set)",
        "empty": "NPOPTIM_DATA (not set)",
        "folder": f"NPOPTIM_DATA ({folder})",
        "nowhere": f"NPOPTIM_DATA ({folder}, which is not a folder)",
    }[setting]
    with pytest.raises(ConnectionError, match="no source could be reached") as error:
        load_fashion_mnist("test")
    message = str(error.value)
    assert state in message
    assert f"the cache ({alone})" in message
    assert REFUSED in message
    assert all(name in message for name in NAMES)
    assert "make_garments" in message
    assert error.value.__cause__ is not None


def test_missing_pooch(alone, monkeypatch):
    monkeypatch.setitem(sys.modules, "pooch", None)
    with pytest.raises(ImportError) as error:
        load_fashion_mnist("train")
    message = str(error.value)
    assert 'pip install "npoptim[gallery]"' in message
    assert "NPOPTIM_DATA" in message
    assert all(name in message for name in NAMES)


def test_pooch_is_quiet_here_and_only_here(alone, server, monkeypatch, caplog):
    import pooch

    logger = pooch.get_logger()
    monkeypatch.setattr(logger, "handlers", [caplog.handler])
    monkeypatch.setattr(fashion_mnist, "SOURCES", (REFUSED, server[0]))
    load_fashion_mnist("train")
    assert caplog.messages == []
    logger.info("heard")
    assert caplog.messages == ["heard"]


def test_pooch_is_not_silenced_in_other_threads(alone, monkeypatch, caplog):
    import pooch

    logger = pooch.get_logger()

    def retrieve(*args, **kwargs):
        other = threading.Thread(target=logger.info, args=("other thread",))
        other.start()
        other.join()
        logger.info("this thread")
        raise ValueError

    monkeypatch.setattr(logger, "handlers", [caplog.handler])
    monkeypatch.setattr(pooch, "retrieve", retrieve)
    with pytest.raises(ValueError, match="is not the file it should be"):
        load_fashion_mnist("train")
    assert caplog.messages == ["other thread"]


def test_ten_names():
    assert len(set(GARMENTS)) == 10
    # From the table of the dataset's README.
    assert GARMENTS[0] == "T-shirt/top"
    assert GARMENTS[9] == "ankle boot"


@pytest.mark.skipif(
    not os.environ.get("NPOPTIM_DATA"),
    reason="NPOPTIM_DATA does not name a folder with the files of Fashion-MNIST",
)
@pytest.mark.parametrize(("kind", "n"), [("train", 60_000), ("test", 10_000)])
def test_the_real_files(kind, n):
    images, labels = load_fashion_mnist(kind)
    assert images.shape == (n, 784)
    assert images.dtype == np.float32
    assert labels.dtype == np.int64
    assert np.bincount(labels).tolist() == [n // 10] * 10
    # The constants are the training set's.
    bound = 1e-3 if kind == "train" else 1e-2
    assert images.mean(dtype=np.float64) == pytest.approx(0, abs=bound)
    assert images.std(dtype=np.float64) == pytest.approx(1, abs=bound)
    if kind == "train":
        assert labels[:10].tolist() == [9, 0, 0, 3, 0, 2, 7, 2, 5, 5]
