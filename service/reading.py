"""Bodies into sections: bytes -> Source -> Section, with every limit checked on the way. Pure and blocking."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, TypeVar

import msgspec
from msgspec import UNSET

from service.errors import (
    DuplicateIds,
    EmptyBody,
    InputChoice,
    InvalidRequest,
    MalformedJSON,
    NotUTF8,
    PostTooLong,
    TooManyLines,
    TooManyPosts,
    Unsplittable,
)
from service.schema import ModerateRequest, PostInput
from service.settings import Settings
from service.splitting import SplitError, decode, detect, split_any
from service.splitting.detect import Detected
from service.splitting.section import Post, Section

Kind = Literal["text", "html", "export", "json", "yaml"]
FileKind = Literal["auto", "text", "html", "export", "json", "yaml", "posts"]

INPUTS = ("text", "html", "export", "posts")

T = TypeVar("T")

_decoder = msgspec.json.Decoder(ModerateRequest)
_posts_decoder = msgspec.json.Decoder(tuple[PostInput, ...])
_NOT_TYPED = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_NAMED = re.compile(r"(?:missing required|unknown) field `(?P<name>[^`]*)`")


@dataclass(frozen=True, slots=True)
class Source:
    """What a caller wants judged. field: its name in the request for error messages, None for a bare body."""

    kind: Literal["text", "html", "export", "json", "yaml", "posts"]
    value: str | tuple[PostInput, ...]
    policy: str | None = None
    field: str | None = None


def read_json(body: bytes) -> Source:
    """The JSON request. Raises `EmptyBody`, `NotUTF8`, `MalformedJSON`, `InvalidRequest`, `InputChoice`."""
    if not body.strip():
        raise EmptyBody(f"the body is empty; expected a JSON object with one of {', '.join(INPUTS)}")
    request = decode_body(_decoder, body)
    given = [name for name in INPUTS if getattr(request, name) is not UNSET]
    if len(given) != 1:
        found = " and ".join(given) if given else "none of them"
        raise InputChoice(f"expected exactly one of {', '.join(INPUTS)}; got {found}", given[1] if given else None)
    name = given[0]
    value = getattr(request, name)
    if name == "posts":
        if not value:
            raise EmptyBody("posts is empty; expected at least one post", "posts")
        return Source("posts", value, request.policy, "posts")
    if not value.strip():
        raise EmptyBody(f"{name} is empty", name)
    return Source(name, value, request.policy, name)  # type: ignore[arg-type]  # one of INPUTS


def read_posts(body: bytes) -> Source:
    """A bare JSON list of posts, as the command line takes it. Raises as `read_json`."""
    return Source("posts", decode_body(_posts_decoder, body), None, None)


def read_bare(kind: Kind, body: bytes, policy: str | None = None) -> Source:
    """A body that is the comment section itself: in UTF-8, or markup in what it declares.

    Raises `EmptyBody`, `NotUTF8`.
    """
    text = _text(body)
    if not text.strip():
        raise EmptyBody("the body is empty")
    return Source(kind, text, policy)


def read_file(body: bytes, kind: FileKind) -> Source:
    """A file of the command line. JSON may be the API's request or a list of its posts, which is "posts".

    Raises as `read_json` and `read_bare`.
    """
    found = detect_body(body) if kind == "auto" else kind
    if found != "posts":
        return read_bare(found, body)
    return read_posts(body) if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[" else read_json(body)


def detect_body(body: bytes) -> Detected | Literal["posts"]:
    """What a file is; "posts" where it is what POST /moderate takes as JSON. Raises `NotUTF8`."""
    found = detect(_text(body))
    return "posts" if found == "json" and _is_ours(body) else found


def _is_ours(body: bytes) -> bool:
    plain = body.removeprefix(b"\xef\xbb\xbf").lstrip()
    decoder: msgspec.json.Decoder[ModerateRequest] | msgspec.json.Decoder[tuple[PostInput, ...]]
    decoder = _posts_decoder if plain[:1] == b"[" else _decoder
    try:
        return bool(decoder.decode(plain))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return False


def section_of(source: Source) -> Section:
    """Split a source, or take its posts as they are, whatever their number. Raises `Unsplittable`, `DuplicateIds`."""
    if not isinstance(source.value, str):
        return Section("posts", _given_posts(source.value))
    try:
        return split_any(source.value, source.kind if source.kind != "posts" else "auto")
    except SplitError as error:
        raise Unsplittable(str(error), source.field, error.code) from None


def read_section(source: Source, settings: Settings) -> Section:
    """As `section_of`, within the limits. Raises a `LimitExceeded` as well."""
    if isinstance(source.value, str):
        _check_lines(source, settings)
        section = section_of(source)
        _check_count(len(section.posts), source.field, settings)
    else:
        _check_count(len(source.value), "posts", settings)
        section = section_of(source)
    for post in section.posts:
        if len(post.text) > settings.max_characters:
            raise PostTooLong(
                f"posts[{post.index}] has {len(post.text)} characters; at most {settings.max_characters} are allowed",
                f"posts[{post.index}].text" if source.kind == "posts" else source.field,
            )
    return section


def _given_posts(posts: Sequence[PostInput]) -> tuple[Post, ...]:
    counted = Counter(str(post.id) for post in posts)
    if len(counted) < len(posts):
        identity = next(name for name, count in counted.items() if count > 1)
        places = [index for index, post in enumerate(posts) if str(post.id) == identity]
        raise DuplicateIds(
            f"posts[{places[0]}] and posts[{places[1]}] have the same id; ids must be unique", f"posts[{places[1]}].id"
        )
    return tuple(
        Post(
            id=str(post.id),
            index=index,
            text=post.text,
            author=post.author,
            created_at=post.created_at,
            parent_id=None if post.parent_id is None else str(post.parent_id),
        )
        for index, post in enumerate(posts)
    )


def _check_lines(source: Source, settings: Settings) -> None:
    assert isinstance(source.value, str)  # posts have no lines to split
    lines = source.value.count("\n") + 1
    if source.kind == "text" and lines > settings.max_lines:
        raise TooManyLines(f"the text has {lines} lines; at most {settings.max_lines} are allowed", source.field)


def _check_count(count: int, field: str | None, settings: Settings) -> None:
    if count > settings.max_posts:
        raise TooManyPosts(f"the request holds {count} posts; at most {settings.max_posts} are allowed", field)


def decode_body(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    """A JSON body as what the decoder is for. Raises `InvalidRequest`, `MalformedJSON`, `NotUTF8`."""
    try:
        return decoder.decode(body.removeprefix(b"\xef\xbb\xbf"))
    except msgspec.ValidationError as error:
        raise invalid_request(str(error)) from None
    except msgspec.DecodeError as error:
        _check_utf8(body)
        raise MalformedJSON(f"the body is not JSON: {error}") from None
    except UnicodeDecodeError:
        _check_utf8(body)
        raise MalformedJSON("the body is not JSON: a string in it is not UTF-8") from None
    except RecursionError:
        raise MalformedJSON("the body is not JSON that can be read: it is nested too deeply") from None


def _text(body: bytes) -> str:
    try:
        return decode(body)
    except UnicodeDecodeError as error:
        raise NotUTF8(_bad_byte(body, error)) from None


def _check_utf8(body: bytes) -> None:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError as error:
        raise NotUTF8(_bad_byte(body, error)) from None


def _bad_byte(body: bytes, error: UnicodeDecodeError) -> str:
    return f"the body is not UTF-8: byte 0x{body[error.start]:02x} at position {error.start}"


def invalid_request(message: str) -> InvalidRequest:
    """msgspec's "... - at `$.posts[3].text`" as our message and field."""
    parts = _NOT_TYPED.match(message)
    assert parts is not None  # the pattern takes any text
    what, path = parts["what"], (parts["path"] or "$").removeprefix("$").lstrip(".")
    named = _NAMED.search(what)
    field = ".".join(filter(None, (path, named["name"] if named else ""))) or None
    return InvalidRequest(f"{field or 'body'}: {what[0].lower()}{what[1:]}", field)
