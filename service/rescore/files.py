"""Finding the input's files: a file, a folder, a pattern; on this machine or in an object store."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

import pyarrow as pa
from pyarrow import fs

from service.rescore.errors import InputError

Format = Literal["jsonl", "csv", "parquet"]
FORMATS: tuple[Format, ...] = get_args(Format)
SUFFIXES: dict[str, Format] = {".jsonl": "jsonl", ".ndjson": "jsonl", ".csv": "csv", ".parquet": "parquet"}
_KNOWN = ".jsonl, .jsonl.gz, .csv, .csv.gz or .parquet"
_WILD = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class File:
    """One file of the input. modified: nanoseconds since 1970, None where the store does not say."""

    filesystem: Any
    path: str
    size: int
    modified: int | None


def format_of(path: str) -> Format | None:
    """What a file is by its name."""
    name = path.lower().removesuffix(".gz")
    found = next((kind for suffix, kind in SUFFIXES.items() if name.endswith(suffix)), None)
    return None if found == "parquet" and path.lower().endswith(".gz") else found


def find_files(location: str) -> tuple[Format, list[File]]:
    """The files of an input, sorted by path, and their one format. Raises `InputError`."""
    filesystem, path, pattern = _resolve(location)
    try:
        info = filesystem.get_file_info(path)
        if pattern is None and info.type == fs.FileType.File:
            infos = [info]
        elif pattern is None and info.type == fs.FileType.NotFound:
            raise InputError(f"{location}: no such file or folder")
        else:
            infos = filesystem.get_file_info(fs.FileSelector(path, recursive=True, allow_not_found=True))
            infos = [found for found in infos if found.type == fs.FileType.File and _visible(found.path, path)]
            if pattern is not None:
                infos = [found for found in infos if pattern.fullmatch(found.path)]
            else:
                infos = [found for found in infos if format_of(found.path)]
    except OSError as error:
        raise InputError(f"{location}: {error}") from None
    if not infos:
        raise InputError(f"{location}: there is no file ending in {_KNOWN}")
    files = [File(filesystem, found.path, found.size or 0, found.mtime_ns) for found in infos]
    files.sort(key=lambda file: file.path)
    return _one_format(location, files), files


def _one_format(location: str, files: Sequence[File]) -> Format:
    formats = {format_of(file.path): file.path for file in files}
    if None in formats:
        raise InputError(f"{formats[None]}: the name must end in {_KNOWN}")
    if len(formats) > 1:
        raise InputError(f"{location}: files of several formats ({', '.join(sorted(map(str, formats)))}); choose one")
    found = next(iter(formats))
    assert found is not None  # refused above
    return found


def _resolve(location: str) -> tuple[Any, str, re.Pattern[str] | None]:
    """Filesystem, the path or the folder to search, and the pattern to search with, if there are wildcards."""
    if "://" not in location:
        absolute = str(Path(location).expanduser().absolute())
        if _WILD.search(absolute) and not Path(absolute).exists():
            base, rest = _split(absolute)
            return fs.LocalFileSystem(), base, _pattern(base, rest)
        return fs.LocalFileSystem(), absolute, None
    # In a URL, a question mark begins options, such as an endpoint.
    plain, question, options = location.partition("?")
    base, rest = _split(plain) if re.search(r"[*\[]", plain) else (plain, "")
    filesystem, path = open_url(base + question + options)
    return filesystem, path, _pattern(path, rest) if rest else None


def open_url(url: str) -> tuple[Any, str]:
    """pyarrow's own filesystem (s3, gs, abfs, hdfs, file), or fsspec's for the others."""
    try:
        filesystem, path = fs.FileSystem.from_uri(url)
        return filesystem, path
    except pa.ArrowInvalid:
        pass
    import fsspec

    try:
        other, path = fsspec.core.url_to_fs(url)
    except (ValueError, ImportError) as error:
        raise InputError(f"{url}: {error}; a database needs --query") from None
    return fs.PyFileSystem(fs.FSSpecHandler(other)), path


def _split(path: str) -> tuple[str, str]:
    """The folder above the first wildcard, and the rest."""
    found = _WILD.search(path)
    assert found is not None  # the caller has seen one
    cut = path.rfind("/", 0, found.start())
    return path[:cut] or "/", path[cut + 1 :]


def _pattern(base: str, rest: str) -> re.Pattern[str]:
    """A shell pattern: `*` and `?` stay within a folder, `**/` does not."""
    parts = re.split(r"(\*\*/|\*|\?|\[[^\]]+\])", rest)
    words = {"**/": r"(?:.*/)?", "*": r"[^/]*", "?": r"[^/]"}
    made = "".join(words.get(part) or (part if part.startswith("[") else re.escape(part)) for part in parts)
    return re.compile(re.escape(base.rstrip("/") + "/") + made)


def _visible(path: str, base: str) -> bool:
    """Not a file that a tool keeps for itself, such as `_SUCCESS`, or our own manifest."""
    below = path.removeprefix(base).strip("/").split("/")
    return not any(part.startswith(("_", ".")) for part in below)
