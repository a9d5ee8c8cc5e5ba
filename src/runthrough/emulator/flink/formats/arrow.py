"""Columns in and out of DuckDB without a Python object per value: Arrow's C stream, by ctypes.

DuckDB scans any object with `__arrow_c_stream__` and hands its results out the same way; the
structures are those of Arrow's C data and C stream interfaces. Only what records need is here:
whole numbers, floats, truth values, and texts and bytes as views into one buffer.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import numpy.typing as npt

Bytes = npt.NDArray[np.uint8]
Numbers = npt.NDArray[np.int64]
Truths = npt.NDArray[np.bool_]

_NULLABLE = 2
_INLINE = 12
_FORMATS = {"int64": b"l", "float32": b"f", "float64": b"g", "uint8": b"C"}


class _Schema(ctypes.Structure):
    pass


class _Array(ctypes.Structure):
    pass


class _Stream(ctypes.Structure):
    pass


_ReleaseSchema = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Schema))
_ReleaseArray = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Array))
_ReleaseStream = ctypes.CFUNCTYPE(None, ctypes.POINTER(_Stream))
_GetSchema = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Schema))
_GetNext = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.POINTER(_Stream), ctypes.POINTER(_Array))
_GetError = ctypes.CFUNCTYPE(ctypes.c_char_p, ctypes.POINTER(_Stream))

_Schema._fields_ = [
    ("format", ctypes.c_char_p),
    ("name", ctypes.c_char_p),
    ("metadata", ctypes.c_char_p),
    ("flags", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("children", ctypes.POINTER(ctypes.POINTER(_Schema))),
    ("dictionary", ctypes.POINTER(_Schema)),
    ("release", _ReleaseSchema),
    ("private_data", ctypes.c_void_p),
]
_Array._fields_ = [
    ("length", ctypes.c_int64),
    ("null_count", ctypes.c_int64),
    ("offset", ctypes.c_int64),
    ("n_buffers", ctypes.c_int64),
    ("n_children", ctypes.c_int64),
    ("buffers", ctypes.POINTER(ctypes.c_void_p)),
    ("children", ctypes.POINTER(ctypes.POINTER(_Array))),
    ("dictionary", ctypes.POINTER(_Array)),
    ("release", _ReleaseArray),
    ("private_data", ctypes.c_void_p),
]
_Stream._fields_ = [
    ("get_schema", _GetSchema),
    ("get_next", _GetNext),
    ("get_last_error", _GetError),
    ("release", _ReleaseStream),
    ("private_data", ctypes.c_void_p),
]


def _forget_schema(schema: Any) -> None:
    schema.contents.release = _ReleaseSchema()


def _forget_array(array: Any) -> None:
    array.contents.release = _ReleaseArray()


def _forget_stream(stream: Any) -> None:
    stream.contents.release = _ReleaseStream()


def _say_nothing(_: Any) -> None:
    return None


# The memory is Python's: to release it is to say that it was.
_release_schema, _release_array = _ReleaseSchema(_forget_schema), _ReleaseArray(_forget_array)
_release_stream, _no_error = _ReleaseStream(_forget_stream), _GetError(_say_nothing)


@dataclass(frozen=True)
class Slices:
    """Texts or bytes that lie in one buffer.

    Attributes:
        starts, lengths: of each; the buffer is shorter than 2 GiB.
        is_text: they are UTF-8.
    """

    data: Bytes
    starts: Numbers
    lengths: Numbers
    is_text: bool = True


@dataclass(frozen=True)
class Vector:
    """One column: numbers (int64, float32, float64, uint8 for truth values) or slices."""

    values: npt.NDArray[Any] | Slices
    valid: Truths | None = None

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.values.starts if isinstance(self.values, Slices) else self.values)


class ArrowRows:
    """Columns as DuckDB scans them; must live as long as the query runs."""

    def __init__(self, columns: Mapping[str, Vector]) -> None:
        self._keep: list[object] = []
        self._length = len(next(iter(columns.values())))
        schemas, arrays = [], []
        for name, vector in columns.items():
            form, buffers = self._buffers(vector)
            schemas.append(self._schema(form, name.encode(), ()))
            arrays.append(self._array(buffers, ()))
        self._row_schema = self._schema(b"+s", b"", schemas)
        self._rows = self._array([None], arrays)

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Return a stream of one batch, as a capsule."""
        left = [self._rows]

        def get_schema(_: Any, out: Any) -> int:
            out[0] = self._row_schema
            return 0

        def get_next(_: Any, out: Any) -> int:
            out[0] = left.pop() if left else _Array()
            return 0

        stream = _Stream(
            _GetSchema(get_schema), _GetNext(get_next), _no_error, _release_stream, None
        )
        self._keep.append(stream)
        new = ctypes.pythonapi.PyCapsule_New
        new.restype = ctypes.py_object
        new.argtypes = [ctypes.c_void_p, ctypes.c_char_p, ctypes.c_void_p]
        return new(ctypes.addressof(stream), b"arrow_array_stream", None)

    def _buffers(self, vector: Vector) -> tuple[bytes, list[npt.NDArray[Any] | None]]:
        validity = None if vector.valid is None else np.packbits(vector.valid, bitorder="little")
        if not isinstance(vector.values, Slices):
            values = np.ascontiguousarray(vector.values)
            return _FORMATS[str(values.dtype)], [validity, values]
        slices = vector.values
        sizes = np.array([len(slices.data)], dtype=np.int64)
        form = b"vu" if slices.is_text else b"vz"
        return form, [validity, _views(slices), slices.data, sizes]

    def _schema(self, form: bytes, name: bytes, children: Sequence[_Schema]) -> _Schema:
        pointers = (ctypes.POINTER(_Schema) * max(1, len(children)))(
            *(ctypes.pointer(child) for child in children)
        )
        self._keep += [pointers, *children]
        return _Schema(
            form, name, None, _NULLABLE, len(children), pointers, None, _release_schema, None
        )

    def _array(
        self, buffers: Sequence[npt.NDArray[Any] | None], children: Sequence[_Array]
    ) -> _Array:
        places = (ctypes.c_void_p * len(buffers))(
            *(None if b is None else b.ctypes.data for b in buffers)
        )
        pointers = (ctypes.POINTER(_Array) * max(1, len(children)))(
            *(ctypes.pointer(child) for child in children)
        )
        self._keep += [*buffers, places, pointers, *children]
        nulls = 0 if buffers[0] is None else -1
        return _Array(
            *(self._length, nulls, 0, len(buffers), len(children)),
            *(places, pointers, None, _release_array, None),
        )


def _views(slices: Slices) -> npt.NDArray[np.uint8]:
    """Return Arrow's view of each slice: 16 bytes, with the text itself where it is short."""
    count = len(slices.starts)
    views = np.zeros((count, 16), dtype=np.uint8)
    words = views.view(np.int32)
    words[:, 0] = slices.lengths
    words[:, 3] = slices.starts
    data = slices.data if len(slices.data) else np.zeros(1, dtype=np.uint8)
    last = len(data) - 1
    for n in range(4):
        views[:, 4 + n] = data[np.minimum(slices.starts + n, last)]
    short = np.flatnonzero(slices.lengths <= _INLINE)
    if len(short):
        places = slices.starts[short][:, None] + np.arange(_INLINE)
        inside = np.arange(_INLINE) < slices.lengths[short][:, None]
        views[short, 4:] = np.where(inside, data[np.minimum(places, last)], 0)
    return views


@contextmanager
def scanned(
    connection: duckdb.DuckDBPyConnection, name: str, columns: Mapping[str, Vector]
) -> Iterator[None]:
    """Make columns a view of this name, on one connection, until the block ends."""
    rows = ArrowRows(columns)
    connection.register(name, rows)
    try:
        yield
    finally:
        connection.unregister(name)


@dataclass(frozen=True)
class Blobs:
    """Byte strings of a result, one after another: `data[starts[n]:starts[n + 1]]`."""

    data: Bytes
    starts: Numbers

    def __len__(self) -> int:
        """Return how many there are."""
        return len(self.starts) - 1

    def slice(self, first: int, end: int) -> Blobs:
        """Return those from one place up to another; they share the bytes."""
        starts = self.starts[first : end + 1]
        return Blobs(self.data[starts[0] : starts[-1]], starts - starts[0])


def fetch_blobs(relation: duckdb.DuckDBPyRelation) -> list[Blobs]:
    """Return the columns of a relation whose columns are all BLOB, none of them NULL."""
    get = ctypes.pythonapi.PyCapsule_GetPointer
    get.restype, get.argtypes = ctypes.c_void_p, [ctypes.py_object, ctypes.c_char_p]
    capsule = relation.__arrow_c_stream__()
    stream = ctypes.cast(get(capsule, b"arrow_array_stream"), ctypes.POINTER(_Stream))
    schema = _Schema()
    if stream.contents.get_schema(stream, ctypes.byref(schema)):
        raise duckdb.Error("the result tells no schema")
    forms = [schema.children[n].contents.format for n in range(schema.n_children)]
    schema.release(ctypes.byref(schema))
    if set(forms) != {b"z"}:
        raise duckdb.Error(f"the result is not of bytes: {forms}")
    parts: list[list[Blobs]] = [[] for _ in forms]
    while True:
        batch = _Array()
        if stream.contents.get_next(stream, ctypes.byref(batch)):
            raise duckdb.Error((stream.contents.get_last_error(stream) or b"").decode())
        if not batch.release:
            break
        for n, part in enumerate(parts):
            part.append(_blobs(batch.children[n].contents))
        batch.release(ctypes.byref(batch))
    return [_joined(part) for part in parts]


def _blobs(array: Any) -> Blobs:
    """Return a copy of one batch's column."""
    first, count = array.offset, array.length
    at = ctypes.cast(array.buffers[1] + 4 * first, ctypes.POINTER(ctypes.c_int32))
    starts = np.ctypeslib.as_array(at, (count + 1,)).astype(np.int64)
    size = int(starts[-1] - starts[0])
    if size == 0:
        return Blobs(np.zeros(0, dtype=np.uint8), starts - starts[0])
    place = ctypes.cast(array.buffers[2] + int(starts[0]), ctypes.POINTER(ctypes.c_uint8))
    return Blobs(np.ctypeslib.as_array(place, (size,)).copy(), starts - starts[0])


def _joined(parts: Sequence[Blobs]) -> Blobs:
    if len(parts) == 1:
        return parts[0]
    starts = [np.zeros(1, dtype=np.int64)]
    for part in parts:
        starts.append(part.starts[1:] + starts[-1][-1])
    data = np.concatenate([np.zeros(0, dtype=np.uint8), *(part.data for part in parts)])
    return Blobs(data, np.concatenate(starts))
