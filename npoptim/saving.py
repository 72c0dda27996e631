"""States as plain dicts, and one file that holds such a dict."""

import json
import os
from collections.abc import Iterator
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy as np

DIGEST = 64  # bytes at the end of a file: its checksum


class Saved:
    """What has a state: it can be taken, put back, saved and loaded."""

    def state_dict(self) -> dict[str, Any]:
        """Return the state: a plain dict of copies."""
        raise NotImplementedError

    def load_state_dict(self, state: dict[str, Any]) -> None:
        """Go to a state, or raise an error that names what differs."""
        raise NotImplementedError

    def save(self, path: str | os.PathLike[str]) -> None:
        """Write the state into a file, whole or not at all.

        It is written beside the file, and then takes its place: whatever happens
        meanwhile, the old file or the new one is there.

        Parameters
        ----------
        path : str or path
            The file. An old one is replaced.

        Raises
        ------
        TypeError
            If the state holds anything but numbers, text and arrays.

        Notes
        -----
        The file is one of NumPy's (``.npz``), without pickled objects, and ends with
        a checksum.
        """
        write(path, self.state_dict())

    def load(self, path: str | os.PathLike[str]) -> None:
        """Go to the state of a file.

        Parameters
        ----------
        path : str or path
            What ``save`` has written.

        Raises
        ------
        ValueError
            If a byte of the file is not as it was written, or the state is of
            something else: of another class, shape or version. Nothing has changed
            then.
        """
        self.load_state_dict(read(path))


def identity(names: Any) -> dict[str, Any]:
    """Return what a state is of."""
    from npoptim import __version__  # of the package that is being imported

    return {"class": names, "version": __version__}


def write(path: str | os.PathLike[str], state: dict[str, Any]) -> None:
    """Write a plain dict into a file, whole or not at all."""
    arrays: list[np.ndarray] = []
    content = json.dumps(_pack(state, "the state", arrays))
    buffer = BytesIO()
    named = {str(i): array for i, array in enumerate(arrays)}
    np.savez(buffer, content=np.array(content), allow_pickle=False, **named)
    with ZipFile(buffer, "a") as archive:
        archive.comment = bytes(DIGEST)
    data = buffer.getvalue()[:-DIGEST]
    place = Path(os.path.realpath(path))
    beside = place.with_name(f"{place.name}.{os.getpid()}.part")
    try:
        with beside.open("wb") as file:
            file.write(data + sha256(data).hexdigest().encode())
            file.flush()
            os.fsync(file.fileno())
        os.replace(beside, place)
    finally:
        beside.unlink(missing_ok=True)


def read(path: str | os.PathLike[str]) -> dict[str, Any]:
    """Return the dict of a file that is as it was written."""
    data = Path(path).read_bytes()
    if sha256(data[:-DIGEST]).hexdigest().encode() != data[-DIGEST:]:
        raise ValueError(
            f"{os.fspath(path)} is damaged, or no file of this package: its checksum "
            "does not fit"
        )
    with np.load(BytesIO(data), allow_pickle=False) as file:
        content = json.loads(file["content"].item())
        state: dict[str, Any] = _unpack(content, file)
    return state


def _pack(value: Any, where: str, arrays: list[np.ndarray]) -> Any:
    """Return what JSON can hold, and put the arrays into a list."""
    if isinstance(value, np.ndarray | np.generic) and value.dtype.kind in "fiubcSU":
        arrays.append(np.asarray(value))
        return {"array" if isinstance(value, np.ndarray) else "scalar": len(arrays) - 1}
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, list):
        return [_pack(v, f"{where}[{i}]", arrays) for i, v in enumerate(value)]
    if isinstance(value, tuple):
        return {"tuple": _pack([*value], where, arrays)}
    if isinstance(value, dict):
        return {
            "dict": [
                [_pack(k, where, arrays), _pack(v, f"{where}[{k!r}]", arrays)]
                for k, v in value.items()
            ]
        }
    raise TypeError(f"{where} cannot be saved: {type(value).__name__}")


def _unpack(value: Any, file: Any) -> Any:
    if isinstance(value, list):
        return [_unpack(v, file) for v in value]
    if not isinstance(value, dict):
        return value
    ((kind, inner),) = value.items()
    if kind == "dict":
        return {_unpack(k, file): _unpack(v, file) for k, v in inner}
    if kind == "tuple":
        return tuple(_unpack(inner, file))
    array = file[str(inner)]
    return array if kind == "array" else array[()]


def copied(value: Any) -> Any:
    """Return a copy of plain values: of dicts, lists, tuples and arrays."""
    if isinstance(value, np.ndarray):
        return value.copy()
    if isinstance(value, dict):
        return {k: copied(v) for k, v in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(map(copied, value))
    return value


def fill(structure: Any, given: Any) -> None:
    """Write the arrays of one structure into those of another."""
    for layer, its in zip(structure, given, strict=True):
        for name, array in layer.items():
            array[...] = its[name]


def check_alike(given: Any, own: Any, where: str = "the state") -> None:
    """Raise a ValueError that names where a state is not of this kind.

    Numbers may differ, and whether they are ints; texts may not, nor keys, lengths,
    shapes and dtypes.
    """
    for what, there, here in _differences(given, own, where):
        raise ValueError(f"{what} is {there}, here {here}: nothing was changed")


def _differences(given: Any, own: Any, where: str) -> Iterator[tuple[str, str, str]]:
    """Yield places, and what is there and here."""
    if isinstance(own, np.ndarray):
        here = f"{own.dtype} of shape {own.shape}"
        if not isinstance(given, np.ndarray):
            yield where, type(given).__name__, here
        elif (given.shape, given.dtype) != (own.shape, own.dtype):
            yield where, f"{given.dtype} of shape {given.shape}", here
    elif isinstance(own, dict):
        if not isinstance(given, dict):
            yield where, type(given).__name__, "a dict"
        elif given.keys() != own.keys():
            yield f"{where}: what it has", f"{[*given]}", f"{[*own]}"
        else:
            for key, value in own.items():
                yield from _differences(given[key], value, f"{where}[{key!r}]")
    elif isinstance(own, list | tuple):
        if not isinstance(given, list | tuple) or len(given) != len(own):
            size = len(given) if isinstance(given, list | tuple) else given
            yield f"{where}: its length", f"{size}", f"{len(own)}"
        else:
            for i, value in enumerate(own):
                yield from _differences(given[i], value, f"{where}[{i}]")
    elif isinstance(own, bool | str) or own is None:
        wrong = type(given) is not bool if isinstance(own, bool) else given != own
        if wrong:
            yield where, f"{given!r}", f"{own!r}"
    elif not isinstance(given, int | float | np.number) or isinstance(given, bool):
        yield where, f"{given!r}", f"{own!r}"
