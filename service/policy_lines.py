"""Where a key stands in a TOML text: tomllib tells values, not lines."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import lru_cache

Path = tuple[str | int, ...]

_HEADER = re.compile(r"\s*(\[\[?)\s*([^\[\]#]+?)\s*(\]\]?)\s*(?:#.*)?$")
_KEY = re.compile(r"\s*((?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*')(?:\s*\.\s*(?:[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'))*)\s*=")
_PART = re.compile(r"[A-Za-z0-9_-]+|\"[^\"]*\"|'[^']*'")


def locate(source: str, path: Path) -> int | None:
    """The line (from 1) of a key; of its nearest parent where it has none of its own; None for the file as a whole."""
    lines = _lines(source)
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None


@lru_cache(maxsize=4)
def _lines(source: str) -> dict[Path, int]:
    found: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    for number, line in _statements(source):
        header = _HEADER.match(line)
        if header and len(header[1]) == len(header[3]):
            table = _parts(header[2])
            if header[1] == "[[":
                counts[table] = counts.get(table, -1) + 1
                table = (*table, counts[table])
            found.setdefault(table, number)
        elif key := _KEY.match(line):
            path = (*table, *_parts(key[1]))
            found.setdefault(path, number)
            for inner in _inline(line[key.end() :]):
                found.setdefault((*path, inner), number)
    return found


def _statements(source: str) -> Iterator[tuple[int, str]]:
    """Lines on which a statement starts. A value over several lines belongs to the line of its key."""
    pending, first = "", 0
    for number, line in enumerate(source.splitlines(), start=1):
        if not pending:
            first = number
        pending += line + "\n"
        if _is_complete(pending):
            yield first, pending.split("\n", 1)[0]
            pending = ""


def _is_complete(text: str) -> bool:
    try:
        tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return False
    return True


def _parts(key: str) -> tuple[str, ...]:
    return tuple(part.strip("\"'") for part in _PART.findall(key))


def _inline(value: str) -> list[str]:
    """Keys of an inline table on the same line."""
    if not value.lstrip().startswith("{"):
        return []
    return [
        part for found in re.finditer(r"[{,]\s*([A-Za-z0-9_-]+|\"[^\"]*\")\s*=", value) for part in _parts(found[1])
    ]
