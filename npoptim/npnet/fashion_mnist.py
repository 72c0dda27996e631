"""Fashion-MNIST: 70,000 gray images of garments in ten classes.

Xiao, Rasul and Vollgraf, "Fashion-MNIST: a Novel Image Dataset for Benchmarking
Machine Learning Algorithms", 2017, https://arxiv.org/abs/1708.07747.
"""

import gzip
import hashlib
import importlib.util
import math
import os
import struct
import sys
import zlib
from logging import LogRecord
from pathlib import Path
from threading import get_ident

import numpy as np

GARMENTS = (
    "T-shirt/top",
    "trouser",
    "pullover",
    "dress",
    "coat",
    "sandal",
    "shirt",
    "sneaker",
    "bag",
    "ankle boot",
)
"""The names of the ten classes, in the order of their labels."""

# Mean and standard deviation of the training pixels, divided by 255.
MEAN = 0.2860
STD = 0.3530

FILES = {
    "train": ("train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz"),
    "test": ("t10k-images-idx3-ubyte.gz", "t10k-labels-idx1-ubyte.gz"),
}
SHA256 = {
    "train-images-idx3-ubyte.gz": (
        "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84"
    ),
    "train-labels-idx1-ubyte.gz": (
        "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845"
    ),
    "t10k-images-idx3-ubyte.gz": (
        "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073"
    ),
    "t10k-labels-idx1-ubyte.gz": (
        "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5"
    ),
}
# The official address is the second: it has no TLS, so the first is preferred.
SOURCES = (
    "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/",
    "http://fashion-mnist.s3-website.eu-central-1.amazonaws.com/",
)
TIMEOUT = 10  # seconds without an answer before a source counts as unreachable
PIECE = 1 << 20  # bytes that are unpacked at a time


def load_fashion_mnist(kind: str = "train") -> tuple[np.ndarray, np.ndarray]:
    """Load the training or the test set of Fashion-MNIST.

    Each file is looked for in the folder that the environment variable
    ``NPOPTIM_DATA`` names, then in the user's cache, and else downloaded into that
    cache (31 MB for all four files). Its SHA-256 is checked before it is read.

    Parameters
    ----------
    kind : {"train", "test"}, default "train"
        The set to load.

    Returns
    -------
    images : np.ndarray of float32, shape (n, 784)
        One image of 28 x 28 pixels per row, row by row from the top. Pixels are
        divided by 255 and standardized with the mean, 0.2860, and the standard
        deviation, 0.3530, of the training set. n is 60,000 for "train" and 10,000
        for "test".
    labels : np.ndarray of int64, shape (n,)
        The class of each image, 0 to 9, an index into :data:`~npoptim.npnet.GARMENTS`.

    Raises
    ------
    ValueError
        If ``kind`` is neither "train" nor "test", or if the SHA-256 of a file is
        wrong, whether it lies in ``NPOPTIM_DATA`` or was downloaded.
    ConnectionError
        If a file is in neither place and no source can be reached.
    OSError
        If a file cannot be read, or the cache cannot be written: its folder is
        read-only, or its disk is full.
    ImportError
        If a file is not in ``NPOPTIM_DATA`` and pooch is not installed.
    """
    check_kind(kind)
    images, labels = (read_idx(_find(name)) for name in FILES[kind])
    return standardize(images.reshape(len(images), -1)), labels.astype(np.int64)


def check_kind(kind: str) -> None:
    """Raise a ValueError unless ``kind`` is "train" or "test"."""
    if kind not in ("train", "test"):
        raise ValueError(f'kind must be "train" or "test", got {kind!r}')


def standardize(pixels: np.ndarray) -> np.ndarray:
    """Return the bytes ``pixels`` as float32 with mean near 0 and deviation near 1.

    Parameters
    ----------
    pixels : np.ndarray of uint8
        Gray values, 0 (background) to 255, of any shape.

    Returns
    -------
    np.ndarray of float32
        (pixels / 255 - 0.2860) / 0.3530, in the shape of ``pixels``.
    """
    images = pixels.astype(np.float32)
    # In place: the training set is 188 MB, and a copy as much again.
    images /= 255
    images -= MEAN
    images /= STD
    return images


def read_idx(path: str | os.PathLike[str]) -> np.ndarray:
    """Read one gzipped IDX file of unsigned bytes.

    The header is two zero bytes, the type (8: unsigned byte), the number of
    dimensions, and the size of each dimension as a big-endian 32-bit integer; the
    values follow, the last dimension varying fastest.

    Parameters
    ----------
    path : str or path-like
        The file, such as ``train-images-idx3-ubyte.gz``.

    Returns
    -------
    np.ndarray of uint8
        The values in the shape that the header states; read-only.

    Raises
    ------
    ValueError
        If the file is not gzip or ends early, if it is not IDX of unsigned bytes,
        or if its length is not what its header states.
    """
    remedy = "Delete the file and download it again."
    try:
        with gzip.open(path) as stream:
            start = stream.read(4)
            if start[:3] != b"\0\0\x08" or len(start) < 4:
                raise ValueError(
                    f"{path}: expected an IDX file of unsigned bytes, which starts "
                    f"with 00 00 08 and the number of dimensions, "
                    f"found {start.hex(' ') or 'nothing'}. {remedy}"
                )
            dimensions = start[3]
            sizes = stream.read(4 * dimensions)
            if len(sizes) < 4 * dimensions:
                raise ValueError(
                    f"{path}: expected a header of {4 + 4 * dimensions} bytes for "
                    f"{dimensions} dimensions, found {4 + len(sizes)} bytes in all. "
                    f"{remedy}"
                )
            shape = struct.unpack(f">{dimensions}I", sizes)
            length = math.prod(shape)
            # Piece by piece, as a damaged header may state more than there is, and a
            # small file unpack to more than its header states.
            content = bytearray()
            while len(content) <= length and (
                piece := stream.read(min(PIECE, length + 1 - len(content)))
            ):
                content += piece
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(
            f"{path}: expected a whole gzip file, found {os.path.getsize(path)} bytes "
            f"that do not decompress ({error}). {remedy}"
        ) from error
    if len(content) != length:
        raise ValueError(
            f"{path}: expected {length} bytes after the header, which states the shape "
            f"{shape}, found {len(content)}{' or more' * (len(content) > length)}. "
            f"{remedy}"
        )
    array = np.frombuffer(content, np.uint8)
    array.flags.writeable = False
    try:
        return array.reshape(shape)
    except ValueError as error:
        raise ValueError(
            f"{path}: expected a shape that an array can have, found {shape} "
            f"({error}). {remedy}"
        ) from error


def _find(name: str) -> Path:
    """Return the path of the file ``name``, checked, from the first place it is in."""
    folder = os.environ.get("NPOPTIM_DATA")
    if folder and (path := Path(folder, name)).is_file():
        _check(path)
        return path
    return _fetch(name)


def _check(path: Path) -> None:
    """Raise a ValueError unless the file has the SHA-256 that its name calls for."""
    with path.open("rb") as stream:
        found = hashlib.file_digest(stream, "sha256").hexdigest()
    if found != SHA256[path.name]:
        raise ValueError(
            f"{path} has the wrong SHA-256: expected {SHA256[path.name]}, "
            f"found {found} ({path.stat().st_size} bytes). "
            "Delete the file and download it again."
        )


def _fetch(name: str) -> Path:
    """Return the path of the file ``name`` in the cache, downloaded if need be."""
    try:
        import pooch
        from requests import RequestException
    except ImportError as error:
        raise ImportError(
            f'To download {name}: pip install "npoptim[gallery]". '
            f"To do without: {_remedy()}."
        ) from error
    cache = pooch.os_cache("npoptim")
    watched = sys.stderr.isatty() and importlib.util.find_spec("tqdm") is not None
    downloader = pooch.HTTPDownloader(progressbar=watched, timeout=TIMEOUT)
    logger = pooch.get_logger()
    # Else pooch announces each download on stderr. Its logger stands outside of
    # logging's hierarchy, where a change of level need not take effect.
    thread = get_ident()

    def is_of_others(record: LogRecord) -> bool:
        return record.thread != thread

    logger.addFilter(is_of_others)
    failures = []
    try:
        for source in SOURCES:
            try:
                # pooch returns the cached file, and downloads only if there is none
                # or its checksum is wrong.
                return Path(
                    pooch.retrieve(
                        source + name,
                        known_hash=f"sha256:{SHA256[name]}",
                        fname=name,
                        path=cache,
                        downloader=downloader,
                    )
                )
            except RequestException as error:
                failures.append(error)
            except ValueError as error:
                raise ValueError(
                    f"{source + name} was downloaded, but is not the file it should "
                    f"be: {error} A proxy or a login page may have answered instead: "
                    f"try another network, or {_remedy()}."
                ) from error
            except OSError as error:
                raise OSError(
                    f"{name} cannot be kept in the cache ({cache}): {error}. Make sure "
                    f"that the folder can be written and the disk has room, or "
                    f"{_remedy()}."
                ) from error
    finally:
        logger.removeFilter(is_of_others)
    reasons = ", ".join(
        f"{source} ({type(failure).__name__})"
        for source, failure in zip(SOURCES, failures, strict=True)
    )
    raise ConnectionError(
        f"{name} is not in NPOPTIM_DATA ({_data_folder()}) and not in the cache "
        f"({cache}), and no source could be reached: {reasons}. Try again with a "
        f"network, or {_remedy()}, or use make_garments as a stand-in."
    ) from failures[-1]


def _data_folder() -> str:
    """Say what NPOPTIM_DATA is set to."""
    folder = os.environ.get("NPOPTIM_DATA")
    if not folder:
        return "not set"
    return folder if Path(folder).is_dir() else f"{folder}, which is not a folder"


def _remedy() -> str:
    """Say how to use the files without a download."""
    return (
        f"put the four files ({', '.join(SHA256)}) into a folder and set the "
        "environment variable NPOPTIM_DATA to that folder"
    )
