"""The reader of IDX files, on any bytes."""

import gzip
import math
import tracemalloc
import zlib

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from npoptim.npnet.fashion_mnist import read_idx

# Buffers, of the reader and of gzip, whatever the file is.
OVERHEAD = 4 << 20
MANY = settings(max_examples=20 * settings().max_examples)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("idx") / "file.gz"


def decode(content):
    """Return the shape and values of an unpacked IDX file, or None if it is none."""
    if len(content) < 4 or content[:3] != bytes([0, 0, 8]):
        return None
    sizes, rest = content[4 : 4 + 4 * content[3]], content[4 + 4 * content[3] :]
    if len(sizes) < 4 * content[3]:
        return None
    shape = [
        int.from_bytes(sizes[start : start + 4]) for start in range(0, len(sizes), 4)
    ]
    return (shape, rest) if math.prod(shape) == len(rest) else None


def read(path, content):
    """Return the array, or None if the reader says what is wrong with the file."""
    path.write_bytes(content)
    tracemalloc.start()
    try:
        array = read_idx(path)
    except ValueError as error:
        array, message = None, str(error)
    finally:
        _, peak = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    if array is None:
        assert str(path) in message
        assert "Delete the file and download it again." in message
    # A growing buffer is ahead of its content by an eighth.
    assert peak < OVERHEAD + (0 if array is None else 1.125 * array.nbytes)
    return array


def check(array, content):
    expected = decode(content)
    if array is None:
        # Of the shapes that a file may state, NumPy has not all.
        assert expected is None or len(expected[0]) > 64 or 0 in expected[0]
    else:
        shape, values = expected
        assert list(array.shape) == shape
        assert array.tobytes() == values
        assert array.dtype == np.uint8
        assert not array.flags.writeable


@st.composite
def files(draw):
    """Draw what is nearly an IDX file: its sizes, its values, any of them wrong."""
    shape = draw(st.lists(st.integers(0, 5), max_size=5))
    values = draw(st.binary(max_size=8) | st.just(bytes(range(math.prod(shape) % 256))))
    stated = draw(
        st.just(shape)
        | st.lists(st.sampled_from([0, 1, 2, 255, 2**32 - 1]), max_size=9)
    )
    count = draw(st.just(len(stated)) | st.integers(0, 255))
    header = bytes([0, 0, draw(st.just(8) | st.integers(0, 255)), count])
    return header + b"".join(size.to_bytes(4) for size in stated) + values


@MANY
@given(content=files() | st.binary())
def test_any_content(path, content):
    check(read(path, gzip.compress(content)), content)


@MANY
@given(content=files(), data=st.data())
def test_any_damage_to_the_packed_file(path, content, data):
    packed = bytearray(gzip.compress(content))
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(packed)))
        end = start + data.draw(st.integers(0, 2))
        packed[start:end] = data.draw(st.binary(max_size=3))
    array = read(path, bytes(packed))
    if array is not None:
        check(array, gzip.decompress(packed))


@MANY
@given(packed=st.binary())
def test_any_bytes(path, packed):
    assert read(path, packed) is None


@pytest.mark.parametrize("stated", [10, 2**32 - 1])
def test_small_file_that_unpacks_to_much(path, stated):
    # 32 MiB of zeros, which deflate to some 32 KiB.
    header = bytes([0, 0, 8, 4]) + bytes([0, 0, 0, 1]) * 3 + stated.to_bytes(4)
    packer = zlib.compressobj(wbits=31)
    packed = packer.compress(header)
    for _ in range(32):
        packed += packer.compress(bytes(1 << 20))
    packed += packer.flush()
    if stated == 10:
        assert read(path, packed) is None
    else:
        # As much as there is has to be read to see that it is too little.
        path.write_bytes(packed)
        with pytest.raises(ValueError, match="found 33554432"):
            read_idx(path)


def test_whole_file_needs_little_more_than_its_values(path):
    values = np.random.default_rng(0).bytes(8 << 20)
    content = bytes([0, 0, 8, 1]) + len(values).to_bytes(4) + values
    check(read(path, gzip.compress(content, compresslevel=1)), content)
