"""Values of JSON lines, CSV and databases as Arrow columns, whose types are settled before the first row is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import msgspec
import pyarrow as pa

# A field whose text is JSON, since its values are nested or of several kinds.
JSON_TEXT = {b"civility": b"json"}

_LARGEST = 2**63
_NAMES = {bool: "true or false", int: "a number", float: "a number", dict: "an object", list: "a list"}


def kind_of(value: object) -> str:
    """One of null, bool, int, float, str and json."""
    if value is None:
        return "null"
    if isinstance(value, int) and not isinstance(value, bool):
        return "int" if -_LARGEST <= value < _LARGEST else "json"
    return {bool: "bool", float: "float", str: "str"}.get(type(value), "json")


def name_of(value: object) -> str:
    """A value's kind in words."""
    return _NAMES.get(type(value), type(value).__name__)


def schema_of(kinds: Mapping[str, set[str]], text: str) -> Any:
    """The Arrow schema for columns that hold values of these kinds; the text column holds texts whatever else it has."""
    return pa.schema([_field(name, {"str"} if name == text else found - {"null"}) for name, found in kinds.items()])


def batch_of(records: Sequence[Mapping[str, Any]], schema: Any, text: str) -> tuple[Any, dict[int, str]]:
    """Records as an Arrow record batch, and the rows whose text cannot be taken, with the reason."""
    bad: dict[int, str] = {}
    for row, record in enumerate(records):
        value = record.get(text)
        if value is not None and not isinstance(value, str):
            bad[row] = f"the text is not a string but {name_of(value)}"
        elif not _all_unicode(record):
            bad[row] = "not valid Unicode"
    good = [{} if row in bad and bad[row] == "not valid Unicode" else record for row, record in enumerate(records)]
    arrays = []
    for field in schema:
        values = [record.get(field.name) for record in good]
        if field.name == text:
            values = [value if isinstance(value, str) else None for value in values]
        elif field.metadata:
            values = [None if value is None else msgspec.json.encode(value).decode() for value in values]
        arrays.append(pa.array(values, field.type))
    return pa.record_batch(arrays, schema=schema), bad


def _field(name: str, kinds: set[str]) -> Any:
    if kinds <= {"str"}:
        return pa.field(name, pa.string())
    if kinds == {"bool"}:
        return pa.field(name, pa.bool_())
    if kinds == {"int"}:
        return pa.field(name, pa.int64())
    if kinds <= {"int", "float"}:
        return pa.field(name, pa.float64())
    return pa.field(name, pa.string(), metadata=JSON_TEXT)


def _all_unicode(record: Mapping[str, Any]) -> bool:
    """No half of a surrogate pair, and no byte that was not UTF-8."""
    for value in record.values():
        if isinstance(value, str) and not value.isascii():
            try:
                value.encode()
            except UnicodeEncodeError:
                return False
    return True
