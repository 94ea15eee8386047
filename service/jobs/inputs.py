"""What an input is: by its file's name, else by its content type. Pure."""

from __future__ import annotations

from service.errors import UnsupportedEncoding, UnsupportedMediaType
from service.rescore.files import Format, format_of

TYPES: dict[str, Format] = {
    "application/x-ndjson": "jsonl",
    "application/jsonl": "jsonl",
    "application/x-jsonlines": "jsonl",
    "text/csv": "csv",
    "application/vnd.apache.parquet": "parquet",
    "application/x-parquet": "parquet",
}
ENDINGS = ".jsonl, .jsonl.gz, .csv, .csv.gz or .parquet"


def ending_of(name: str | None, media_type: str = "", encoding: str = "") -> str | None:
    """Such as `.jsonl.gz`: by the name, else by the content type; None where neither says it.

    encoding: gzip where the bytes are compressed, whatever the name says. Raises `UnsupportedEncoding`.
    """
    encoding = encoding.strip().lower()
    if encoding not in ("", "identity", "gzip"):
        raise UnsupportedEncoding(f"content-encoding is {encoding[:40]!r}; expected gzip or none", "content-encoding")
    by_name = format_of(name) if name else None
    kind = by_name or TYPES.get(media_type)
    if kind is None:
        return None
    zipped = encoding == "gzip" or (by_name is not None and (name or "").lower().endswith(".gz"))
    if zipped and kind == "parquet":
        raise UnsupportedEncoding("a Parquet file is compressed inside; send it without gzip", "content-encoding")
    return f".{kind}{'.gz' if zipped else ''}"


def check_ending(name: str | None, media_type: str, encoding: str) -> str:
    """As `ending_of`. Raises `UnsupportedMediaType` where nothing says what the input is."""
    ending = ending_of(name, media_type, encoding)
    if ending is None:
        raise UnsupportedMediaType(
            f"the file's name is {(name or '')[:100]!r} and its content-type {media_type[:100]!r}; expected a name ending in"
            f" {ENDINGS}, or one of {', '.join(TYPES)}",
            "content-type",
        )
    return ending


def shown_name(name: str | None, ending: str) -> str:
    """The name without a path, for messages and the file of rejects."""
    plain = (name or "").replace("\\", "/").rpartition("/")[2][:200]
    return "".join(char for char in plain if char.isprintable()) or f"input{ending}"
