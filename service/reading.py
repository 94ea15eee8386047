"""Bodies into sections: bytes -> Source -> Section, with every limit checked on the way. Pure and blocking."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
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
    UnknownSource,
    Unsplittable,
)
from service.schema import ModerateRequest, PostInput
from service.settings import Settings
from service.splitting import SplitError, decode, detect, split_text
from service.splitting.detect import Detected
from service.splitting.section import Post, Section
from service.splitting.sources import AUTO, POSTS, kind_of, source_name, split_guessed, split_named

INPUTS = ("text", "html", "export", "posts")
_GIVEN: dict[str, Detected] = {"text": "text", "html": "html", "export": "export"}

T = TypeVar("T")

_decoder = msgspec.json.Decoder(ModerateRequest)
_posts_decoder = msgspec.json.Decoder(tuple[PostInput, ...])
_NOT_TYPED = re.compile(r"^(?P<what>.*?)(?: - at `(?P<path>.*)`)?$", re.DOTALL)
_NAMED = re.compile(r"(?:missing required|unknown) field `(?P<name>[^`]*)`")


@dataclass(frozen=True, slots=True)
class Source:
    """What a caller wants judged. kind: how it is read. field: its name in the request for error messages, None for a
    bare body. name: what the caller says that it is, `auto` or a name of `service.splitting.sources`. given: the kind
    that its field or its content type stands for, which is what it is read as where detection errs; None for a file.
    """

    kind: Detected | Literal["posts"]
    value: str | tuple[PostInput, ...]
    policy: str | None = None
    field: str | None = None
    name: str = AUTO
    given: Detected | None = None


def read_json(body: bytes) -> Source:
    """The JSON request. Raises `EmptyBody`, `NotUTF8`, `MalformedJSON`, `InvalidRequest`, `InputChoice`."""
    if not body.strip():
        raise EmptyBody(f"the body is empty; expected a JSON object with one of {', '.join(INPUTS)}")
    request = decode_body(_decoder, body)
    there = [name for name in INPUTS if getattr(request, name) is not UNSET]
    if len(there) != 1:
        found = " and ".join(there) if there else "none of them"
        raise InputChoice(f"expected exactly one of {', '.join(INPUTS)}; got {found}", there[1] if there else None)
    field = there[0]
    value = getattr(request, field)
    name = POSTS if field == POSTS and request.source == AUTO else _source_name(request.source)
    if (name == POSTS) != (field == POSTS):
        raise UnknownSource(f"source is {name}, but the request has {field}", "source")
    if not value or (isinstance(value, str) and not value.strip()):
        raise EmptyBody(f"{field} is empty" + ("; expected at least one post" if field == POSTS else ""), field)
    if field == POSTS:
        return Source("posts", value, request.policy, field, name)
    given: Detected = _GIVEN[field]
    return Source(kind_of(name, value, given), value, request.policy, field, name, given)


def read_posts(body: bytes) -> Source:
    """A bare JSON list of posts, as the command line takes it. Raises as `read_json`."""
    return Source("posts", decode_body(_posts_decoder, body), None, None, POSTS)


def read_bare(given: Detected | None, body: bytes, policy: str | None = None, source: str = AUTO) -> Source:
    """A body that is the comment section itself: in UTF-8, or markup in what it declares. given: the kind that its
    content type stands for, if any. source: what the caller says that it is.

    Raises `EmptyBody`, `NotUTF8`, `UnknownSource`.
    """
    name = _source_name(source)
    if name == POSTS:
        return read_file(body, POSTS)
    text = _text(body)
    if not text.strip():
        raise EmptyBody("the body is empty")
    return Source(kind_of(name, text, given), text, policy, None, name, given)


def read_file(body: bytes, source: str = AUTO, policy: str | None = None) -> Source:
    """A file of the command line, or a body that a caller has detected on its own. JSON may be the API's request or a
    list of its posts, which is "posts".

    Raises as `read_json` and `read_bare`.
    """
    name = _source_name(source)
    if name != POSTS and not (name == AUTO and detect_body(body) == POSTS):
        return read_bare(None, body, policy, name)
    found = read_posts(body) if body.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] == b"[" else read_json(body)
    return replace(found, policy=policy) if policy else found


def _source_name(said: str) -> str:
    """What the caller says that the source is, as one of the names that there are. Raises `UnknownSource`."""
    if said.strip().lower() == POSTS:
        return POSTS
    try:
        return source_name(said)
    except SplitError as error:
        raise UnknownSource(str(error), "source") from None


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


def section_of(source: Source, max_lines: int | None = None) -> Section:
    """Split a source, or take its posts as they are, whatever their number. max_lines: of plain text.

    Raises `Unsplittable`, `DuplicateIds`, `TooManyLines`.
    """
    if not isinstance(source.value, str) or source.kind == "posts":
        assert not isinstance(source.value, str)  # posts are never text
        return Section("posts", _given_posts(source.value))
    kind = source.kind
    notes: tuple[str, ...] = ()
    try:
        if source.name == AUTO and source.given is not None and source.given != kind:
            found = split_guessed(source.value, kind) if kind != "text" else _as_text(source, max_lines)
            if isinstance(found, Section):
                return found
            notes = (f"it begins like {kind}, and has been read as {source.given}: {found}",)
            kind = source.given
        section = _as_text(source, max_lines) if kind == "text" else split_named(source.value, source.name, kind)
    except SplitError as error:
        raise Unsplittable(str(error), source.field, error.code) from None
    return replace(section, notes=section.notes + notes) if notes else section


def read_section(source: Source, settings: Settings) -> Section:
    """As `section_of`, within the limits. Raises a `LimitExceeded` as well."""
    if isinstance(source.value, str):
        section = section_of(source, settings.max_lines)
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


def _as_text(source: Source, max_lines: int | None) -> Section:
    assert isinstance(source.value, str)  # posts have no lines to split
    lines = source.value.count("\n") + 1
    if max_lines is not None and lines > max_lines:
        raise TooManyLines(f"the text has {lines} lines; at most {max_lines} are allowed", source.field)
    return split_text(source.value)


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
