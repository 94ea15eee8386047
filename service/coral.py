"""Coral's external moderation phase in terms of our pipeline: signature, request, reply. Pure."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Sequence
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from service.errors import EmptyBody, InvalidSignature, MalformedJSON, PostTooLong
from service.moderation import Verdict
from service.settings import Settings
from service.splitting.markup import fragment_text
from service.splitting.section import Post

_SCHEME: Final = "sha256="
_ENTITY = re.compile(r"&(?:[A-Za-z]+|#\d+|#x[0-9A-Fa-f]+);")
# What Coral's editor writes. Anything else in angle brackets is somebody's words in a plain text: `<you idiot>`.
_NAMES = "a|b|blockquote|br|code|del|div|em|h[1-6]|hr|i|img|ins|li|ol|p|pre|q|s|small|span|strike|strong|sub|sup|u|ul"
_ATTRIBUTE = r"\s+[a-z][a-z-]*=(?:\"[^\"<>]*\"|'[^'<>]*')"
_REST = rf"/?(?:{_NAMES})(?:{_ATTRIBUTE}){{0,20}}\s*/?>"
_TAG = re.compile(rf"<{_REST}", re.IGNORECASE)
_NO_TAG = re.compile(rf"<(?!{_REST})", re.IGNORECASE)
_REASONS: Final = {"slur": "HATE_SPEECH", "harassment": "HARASSMENT_BULLYING"}


class CoralComment(Struct, frozen=True):
    """The comment; a body with tags is HTML."""

    body: str
    parentID: str | None = None


class CoralAuthor(Struct, frozen=True):
    """Who wrote it."""

    id: str | None = None
    role: str | None = None


class CoralRequest(Struct, frozen=True):
    """What Coral sends; members that are not used are ignored."""

    comment: CoralComment
    author: CoralAuthor | None = None
    action: Annotated[str | None, Meta(description="`NEW` or `EDIT`.")] = None
    tenantDomain: str | None = None


class CoralFlag(Struct, frozen=True):
    """A flag on the comment in Coral."""

    actionType: str = "FLAG"
    reason: str = "COMMENT_DETECTED_TOXIC"


class CoralReason(Struct, frozen=True):
    """Why a comment is rejected."""

    code: str


class CoralAction(Struct, frozen=True):
    """What a moderator would have done."""

    status: str
    rejectionReason: CoralReason


class CoralAnswer(Struct, frozen=True):
    """What Coral shall do. Without an opinion the answer is 204."""

    status: str
    actions: tuple[CoralFlag, ...]
    moderationAction: CoralAction | UnsetType = UNSET


_decoder = msgspec.json.Decoder(CoralRequest)


def check_signature(body: bytes, header: str, secrets: Sequence[str]) -> None:
    """Whether one of the header's signatures is by one of the secrets; every pair is compared, in constant time.

    Raises `InvalidSignature`.
    """
    given = [part.strip().removeprefix(_SCHEME).lower() for part in header.split(",") if _SCHEME in part][:16]
    expected = [hmac.new(secret.encode(), body, hashlib.sha256).hexdigest() for secret in secrets]
    matches = [hmac.compare_digest(one.encode(), other.encode()) for one in given for other in expected]
    if not any(matches):
        raise InvalidSignature("X-Coral-Signature is missing or by none of the configured secrets")


def read_coral(body: bytes, settings: Settings) -> Post:
    """The comment as a post. Raises `EmptyBody`, `MalformedJSON`, `PostTooLong`."""
    if not body.strip():
        raise EmptyBody("the body is empty")
    try:
        request = _decoder.decode(body)
    except msgspec.ValidationError as error:
        raise MalformedJSON(f"the body is not a request of Coral: {error}") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise MalformedJSON("the body is not JSON in UTF-8") from None
    words = request.comment.body
    if len(words) > settings.max_characters:
        raise PostTooLong(
            f"comment.body has {len(words)} characters; at most {settings.max_characters} are allowed", "comment.body"
        )
    html = _TAG.search(words) or _ENTITY.search(words)
    text, quotes = fragment_text(_NO_TAG.sub("&lt;", words)) if html else (words, ())
    author = request.author.id if request.author is not None else None
    return Post(id="0", index=0, text=text, author=author, parent_id=request.comment.parentID, quotes=quotes)


def coral_answer(verdict: Verdict) -> CoralAnswer | None:
    """What to tell Coral; None for no opinion, so that the site's own pre-moderation goes on."""
    if verdict.decision.action == "approve":
        return None
    if verdict.decision.action == "review":
        return CoralAnswer("SYSTEM_WITHHELD", (CoralFlag(),))
    kinds = {flag.type for flag in verdict.flags}
    if len(kinds) == 1 and (code := _REASONS.get(next(iter(kinds)))) is not None:
        return CoralAnswer("REJECTED", (CoralFlag(),), CoralAction("REJECTED", CoralReason(code)))
    return CoralAnswer("REJECTED", (CoralFlag(),))
