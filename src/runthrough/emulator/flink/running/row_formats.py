"""Formats of models that take several columns: JSON in its many wrappings, CSV, text, packed bytes.

Source: facts/flink-sql-ai.md 2.3 (the names and which are the same; the shapes are those of the
servers they are named after). A single prediction may stand bare or in a list of one.
"""

from __future__ import annotations

import csv
import io
import json
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runthrough.emulator.flink.catalog import Column, Model
from runthrough.emulator.flink.running.model_formats import Answered, Question, find, read_body
from runthrough.emulator.flink.running.model_values import (
    BodyError,
    from_json,
    from_text,
    is_text,
    to_json,
)
from runthrough.emulator.flink.types import FlinkType, describe

Write = Callable[[Question], bytes]
Read = Callable[[bytes, Model], tuple[Any, ...]]


@dataclass(frozen=True)
class RowFormat:
    """A format of any number of columns."""

    name: str
    writer: Write
    reader: Read
    content_type: str = "application/json"

    def check(self, model: Model, params: Mapping[str, Any], system: str) -> None:
        """Raise BodyError for what the format has no place for."""
        if system:
            raise BodyError(f"the format {self.name} has no place for a system prompt")
        if not self.name.startswith("BINARY"):
            return
        for column in (*model.inputs, *model.outputs):
            if _packing(column.type) is None and not is_text(column.type):
                raise BodyError(f"the format BINARY cannot pack {describe(column.type)}")

    def write(self, question: Question) -> bytes:
        """Return the body of a request."""
        return self.writer(question)

    def read(self, body: bytes, model: Model) -> Answered:
        """Return what an answer says."""
        return Answered(self.reader(body, model))


def _dump(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False).encode("utf-8", "replace")


def _row(question: Question) -> dict[str, Any]:
    pairs = zip(question.model.inputs, question.values, strict=True)
    return {column.name: to_json(value) for column, value in pairs}


# -- JSON ------------------------------------------------------------------------------------------


def _write_json(question: Question) -> bytes:
    return _dump({**_row(question), **question.params})


def _read_json(body: bytes, model: Model) -> tuple[Any, ...]:
    return _named(read_body(body), model, "the answer")


def _named(value: Any, model: Model, place: str) -> tuple[Any, ...]:
    if not isinstance(value, dict):
        raise BodyError(f"{place} is no object")
    for column in model.outputs:
        if column.name not in value:
            raise BodyError(f"{place} has no member '{column.name}'")
    return tuple(from_json(value[c.name], c.type, c.name) for c in model.outputs)


def _write_wrapped(wrapper: str) -> Write:
    return lambda question: _dump({wrapper: _row(question), **question.params})


def _read_wrapped(wrapper: str) -> Read:
    return lambda body, model: _named(find(read_body(body), wrapper), model, f"'{wrapper}'")


def wrapped(name: str, wrapper: str, answer: str | None = None) -> RowFormat:
    """Return a format of JSON inside one member: `JSON:w`, or a name that stands for one."""
    return RowFormat(name, _write_wrapped(wrapper), _read_wrapped(answer or wrapper))


def _write_array(question: Question) -> bytes:
    return _dump([to_json(value) for value in question.values])


def _read_array(body: bytes, model: Model) -> tuple[Any, ...]:
    return _positional(read_body(body), model, "the answer")


def _positional(value: Any, model: Model, place: str) -> tuple[Any, ...]:
    if isinstance(value, list) and len(value) == 1 and isinstance(value[0], list | dict):
        value = value[0]
    if isinstance(value, dict):
        return _named(value, model, place)
    if _is_array(model.outputs) and isinstance(value, list):
        return (from_json(value, model.outputs[0].type, place),)
    if not isinstance(value, list) and len(model.outputs) == 1:
        value = [value]
    if not isinstance(value, list) or len(value) != len(model.outputs):
        raise BodyError(f"{place} is no list of {len(model.outputs)} values")
    pairs = enumerate(zip(model.outputs, value, strict=True))
    return tuple(from_json(item, c.type, f"{place}[{n}]") for n, (c, item) in pairs)


def _is_array(columns: tuple[Column, ...]) -> bool:
    return len(columns) == 1 and columns[0].type.root == "ARRAY"


# -- model servers ---------------------------------------------------------------------------------


def _write_instances(question: Question) -> bytes:
    return _dump({"instances": [_row(question)], **question.params})


def _write_torch(question: Question) -> bytes:
    row = _row(question)
    data = next(iter(row.values())) if len(row) == 1 else row
    return _dump({"instances": [{"data": data}], **question.params})


def _read_predictions(body: bytes, model: Model) -> tuple[Any, ...]:
    predictions = find(read_body(body), "predictions")
    if not isinstance(predictions, list) or not predictions:
        raise BodyError("it has no predictions[0]")
    return _positional(predictions[0], model, "predictions[0]")


_TRITON = {
    "BOOLEAN": "BOOL", "TINYINT": "INT8", "SMALLINT": "INT16", "INTEGER": "INT32",
    "BIGINT": "INT64", "FLOAT": "FP32", "DOUBLE": "FP64", "DECIMAL": "FP64",
}  # fmt: skip


def _write_triton(question: Question) -> bytes:
    tensors = []
    for column, value in zip(question.model.inputs, question.values, strict=True):
        many = column.type.root == "ARRAY" and column.type.element is not None
        t = column.type.element if many and column.type.element else column.type
        data = to_json(value) if many else [to_json(value)]
        shape = [1, len(data)] if many else [1]
        kind = _TRITON.get(t.root, "BYTES")
        tensors.append({"name": column.name, "shape": shape, "datatype": kind, "data": data})
    outputs = [{"name": column.name} for column in question.model.outputs]
    body: dict[str, Any] = {"inputs": tensors, "outputs": outputs}
    if question.params:
        body["parameters"] = dict(question.params)
    return _dump(body)


def _read_triton(body: bytes, model: Model) -> tuple[Any, ...]:
    outputs = find(read_body(body), "outputs")
    if not isinstance(outputs, list):
        raise BodyError("it has no outputs")
    by_name = {o.get("name"): o.get("data") for o in outputs if isinstance(o, dict)}
    values = []
    for column in model.outputs:
        data = by_name.get(column.name)
        if not isinstance(data, list) or not data:
            raise BodyError(f"outputs have no data of '{column.name}'")
        value = data if column.type.root == "ARRAY" else data[0]
        values.append(from_json(value, column.type, column.name))
    return tuple(values)


def _frame(question: Question) -> dict[str, Any]:
    row = _row(question)
    return {"columns": list(row), "index": [0], "data": [list(row.values())]}


def _write_frame(member: str) -> Write:
    return lambda question: _dump({member: _frame(question), **question.params})


# -- text and bytes --------------------------------------------------------------------------------


def _plain(value: Any) -> str:
    found = to_json(value)
    return found if isinstance(found, str) else json.dumps(found, ensure_ascii=False)


def _write_csv(question: Question) -> bytes:
    text = io.StringIO()
    cells: list[str] = []
    for value in question.values:
        items = value if isinstance(value, list | tuple) else [value]
        cells += [_plain(item) for item in items]
    csv.writer(text, lineterminator="").writerow(cells)
    return text.getvalue().encode("utf-8", "replace")


def _read_csv(body: bytes, model: Model) -> tuple[Any, ...]:
    rows = list(csv.reader(io.StringIO(_decoded(body))))
    cells = rows[0] if rows else []
    if _is_array(model.outputs):
        element = model.outputs[0].type.element
        if element is not None:
            name = model.outputs[0].name
            return ([from_text(cell, element, name) for cell in cells],)
    if len(cells) != len(model.outputs):
        raise BodyError(f"it has {len(cells)} values, not {len(model.outputs)}")
    pairs = zip(model.outputs, cells, strict=True)
    return tuple(from_text(cell, column.type, column.name) for column, cell in pairs)


def _write_text(question: Question) -> bytes:
    return "\n".join(_plain(value) for value in question.values).encode("utf-8", "replace")


def _read_text(body: bytes, model: Model) -> tuple[Any, ...]:
    text = _decoded(body)
    if len(model.outputs) == 1:
        column = model.outputs[0]
        return (from_text(text, column.type, column.name),)
    lines = text.splitlines()
    if len(lines) != len(model.outputs):
        raise BodyError(f"it has {len(lines)} lines, not {len(model.outputs)}")
    pairs = zip(model.outputs, lines, strict=True)
    return tuple(from_text(line, column.type, column.name) for column, line in pairs)


def _decoded(body: bytes) -> str:
    try:
        return body.decode()
    except UnicodeDecodeError:
        raise BodyError("it is not UTF-8") from None


_PACKED = {
    "BOOLEAN": "?", "TINYINT": "b", "SMALLINT": "h", "INTEGER": "i", "BIGINT": "q",
    "FLOAT": "f", "DOUBLE": "d",
}  # fmt: skip


def _packing(t: FlinkType) -> str | None:
    inner = t.element if t.root == "ARRAY" and t.element is not None else t
    return _PACKED.get(inner.root)


def _write_binary(question: Question) -> bytes:
    parts = []
    for column, value in zip(question.model.inputs, question.values, strict=True):
        code = _packing(column.type)
        if code is None:
            parts.append(str(value).encode("utf-8", "replace"))
        else:
            items = value if isinstance(value, list | tuple) else [value]
            parts.append(struct.pack(f"<{len(items)}{code}", *items))
    return b"".join(parts)


def _read_binary(body: bytes, model: Model) -> tuple[Any, ...]:
    """Unpack values one after another; a text or an array takes all that is left."""
    values: list[Any] = []
    for column in model.outputs:
        code = _packing(column.type)
        if code is None:
            values.append(_decoded(body))
            body = b""
            continue
        size = struct.calcsize(f"<{code}")
        many = column.type.root == "ARRAY"
        count = len(body) // size if many else 1
        if len(body) < size * count:
            raise BodyError(f"it ends before '{column.name}'")
        found = list(struct.unpack(f"<{count}{code}", body[: size * count]))
        values.append(found if many else found[0])
        body = body[size * count :]
    if body:
        raise BodyError(f"it has {len(body)} bytes more than its values")
    return tuple(values)


ROW_FORMATS: tuple[RowFormat, ...] = (
    RowFormat("JSON", _write_json, _read_json),
    RowFormat("JSON-ARRAY", _write_array, _read_array),
    RowFormat("CSV", _write_csv, _read_csv, "text/csv"),
    RowFormat("TEXT", _write_text, _read_text, "text/plain"),
    RowFormat("BINARY", _write_binary, _read_binary, "application/octet-stream"),
    wrapped("AZUREML-TENSOR", "input_data", "outputs"),
    wrapped("TF-SERVING-COLUMN", "inputs", "outputs"),
    RowFormat("TF-SERVING", _write_instances, _read_predictions),
    RowFormat("TRITON", _write_triton, _read_triton),
    RowFormat("VERTEXAI-PYTORCH", _write_torch, _read_predictions),
    RowFormat("PANDAS-DATAFRAME", _write_frame("dataframe_split"), _read_predictions),
    RowFormat("AZUREML-PANDAS-DATAFRAME", _write_frame("input_data"), _read_array),
)
"""Every format of several columns; `JSON:w` is made by `wrapped`."""
