"""Every error that a caller can be told, with its HTTP status and code.

Each has one shape on the wire, `{"error": {"code", "message", "field"?}}`; messages name the field, the limit and the
value, and never hold a comment's text.

    ServiceError                    500 internal_error
    ├── BadRequest                  400 bad_request
    │   ├── EmptyBody               400 empty_body
    │   ├── NotUTF8                 400 not_utf8
    │   ├── MalformedJSON           400 malformed_json
    │   ├── InvalidArgument         400 invalid_argument (Perspective's checks, with its error type)
    │   └── Unsplittable            400 (the code of the SplitError: malformed_xml, forbidden_xml, ...)
    ├── Unauthorised                401 unauthorised
    │   ├── MissingKey              401 missing_api_key
    │   ├── InvalidKey              401 invalid_api_key
    │   └── InvalidSignature        401 invalid_signature
    ├── InvalidRequest              422 invalid_request
    │   ├── InputChoice             422 one_input_expected
    │   ├── DuplicateIds            422 duplicate_ids
    │   ├── UnknownPolicy           422 unknown_policy
    │   ├── UnknownSource           422 unknown_source
    │   └── UrlNotAllowed           422 url_not_allowed (those of jobs are in service/jobs/errors.py)
    ├── LimitExceeded               413 limit_exceeded
    │   ├── BodyTooLarge            413 body_too_large
    │   ├── TooManyLines            413 too_many_lines
    │   ├── TooManyPosts            413 too_many_posts
    │   ├── PostTooLong             413 post_too_long
    │   └── JobTooLarge             413 job_too_large
    ├── NotFound                    404 not_found
    │   └── JobNotFound             404 job_not_found
    ├── MethodNotAllowed            405 method_not_allowed
    ├── BodyTimeout                 408 body_timeout
    ├── JobNotDone                  409 job_not_done
    ├── UnsupportedMediaType        415 unsupported_media_type
    │   ├── UnsupportedCharset      415 unsupported_charset
    │   └── UnsupportedEncoding     415 unsupported_encoding
    ├── RangeNotSatisfiable         416 range_not_satisfiable
    ├── Busy                        429 overloaded (with Retry-After)
    │   └── JobQueueFull            429 job_queue_full
    ├── RateLimited                 429 rate_limited (with Retry-After)
    ├── ScoringFailed               500 scoring_failed
    ├── NotInstalled                501 not_installed
    ├── Unavailable                 503 unavailable (with Retry-After)
    ├── DeadlinePassed              504 deadline_passed
    └── JobStorageFull              507 job_storage_full
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import ClassVar

import msgspec


class ErrorDetail(msgspec.Struct, frozen=True, omit_defaults=True):
    """What went wrong. code: stable, for programs. message: for people. field: where in the request, if in one place."""

    code: str
    message: str
    field: str | None = None


class ErrorBody(msgspec.Struct, frozen=True):
    """The one shape of every error."""

    error: ErrorDetail


class ServiceError(Exception):
    """Root of the tree. message: for people; field: the request's field, such as `posts[3].text`."""

    status: ClassVar[int] = 500
    code: str = "internal_error"

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.field = field

    @property
    def headers(self) -> Mapping[str, str]:
        """Response headers that belong to the error."""
        return {}

    def body(self) -> bytes:
        """The JSON answer."""
        return msgspec.json.encode(ErrorBody(ErrorDetail(self.code, self.message, self.field)))


class BadRequest(ServiceError):
    """The request cannot be read."""

    status = 400
    code = "bad_request"


class EmptyBody(BadRequest):
    """A body, or the one input in it, without content."""

    code = "empty_body"


class NotUTF8(BadRequest):
    """Bytes that are not UTF-8."""

    code = "not_utf8"


class MalformedJSON(BadRequest):
    """A JSON body that does not parse."""

    code = "malformed_json"


class InvalidArgument(BadRequest):
    """What a Perspective request says wrong. error_type: Perspective's name for it; detail: members that belong to it."""

    code = "invalid_argument"

    def __init__(
        self, message: str, error_type: str = "INVALID_REQUEST", detail: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.error_type = error_type
        self.detail = detail if detail is not None else {}


class Unsplittable(BadRequest):
    """Markup or an export that splitting refused; carries the code of the `SplitError`."""

    code = "unsplittable"

    def __init__(self, message: str, field: str | None, code: str) -> None:
        super().__init__(message, field)
        self.code = code


class Unauthorised(ServiceError):
    """The caller has not shown that it may ask."""

    status = 401
    code = "unauthorised"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"www-authenticate": "Bearer"}


class MissingKey(Unauthorised):
    """No key where one is needed."""

    code = "missing_api_key"


class InvalidKey(Unauthorised):
    """A key that was never given out, or was revoked."""

    code = "invalid_api_key"


class InvalidSignature(Unauthorised):
    """A request that none of Coral's secrets has signed."""

    code = "invalid_signature"


class InvalidRequest(ServiceError):
    """The request can be read but does not say what it must."""

    status = 422
    code = "invalid_request"


class InputChoice(InvalidRequest):
    """None or several of text, html, export and posts."""

    code = "one_input_expected"


class DuplicateIds(InvalidRequest):
    """Two posts with one id."""

    code = "duplicate_ids"


class UnknownPolicy(InvalidRequest):
    """A policy name that the service does not have."""

    code = "unknown_policy"


class UnknownSource(InvalidRequest):
    """A kind of source that does not exist, or that cannot be in the field where the content is."""

    code = "unknown_source"


class LimitExceeded(ServiceError):
    """More than the service takes at once. Nothing is cut silently."""

    status = 413
    code = "limit_exceeded"


class BodyTooLarge(LimitExceeded):
    """More bytes than `max_bytes`; the rest of the body may still be on its way."""

    code = "body_too_large"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"connection": "close"}


class TooManyLines(LimitExceeded):
    """More lines of plain text than `max_lines`: each is looked at on its own, which takes time."""

    code = "too_many_lines"


class TooManyPosts(LimitExceeded):
    """More posts than `max_posts`."""

    code = "too_many_posts"


class PostTooLong(LimitExceeded):
    """A post of more than `max_characters` code points."""

    code = "post_too_long"


class NotFound(ServiceError):
    """No such path."""

    status = 404
    code = "not_found"


class MethodNotAllowed(ServiceError):
    """The path exists, the method does not."""

    status = 405
    code = "method_not_allowed"

    def __init__(self, message: str, allow: str) -> None:
        super().__init__(message)
        self.allow = allow

    @property
    def headers(self) -> Mapping[str, str]:
        return {"allow": self.allow}


class BodyTimeout(ServiceError):
    """The client sent its body too slowly."""

    status = 408
    code = "body_timeout"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"connection": "close"}


class UnsupportedMediaType(ServiceError):
    """A content type that the path does not read."""

    status = 415
    code = "unsupported_media_type"


class UnsupportedCharset(UnsupportedMediaType):
    """A declared character set other than UTF-8."""

    code = "unsupported_charset"


class UnsupportedEncoding(UnsupportedMediaType):
    """A compressed body."""

    code = "unsupported_encoding"


class _Later(ServiceError):
    """An error that asks the caller to come back."""

    def __init__(self, message: str, retry_after_s: float = 1.0) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s

    @property
    def headers(self) -> Mapping[str, str]:
        return {"retry-after": str(max(1, math.ceil(self.retry_after_s)))}


class Busy(_Later):
    """The queue is full."""

    status = 429
    code = "overloaded"


class RateLimited(_Later):
    """A key has used up its requests. per_minute: how many it has."""

    status = 429
    code = "rate_limited"

    def __init__(self, per_minute: int, retry_after_s: float) -> None:
        super().__init__(f"this key may ask {per_minute} times a minute; come back later", retry_after_s)
        self.per_minute = per_minute


class Unavailable(_Later):
    """The engine is not ready, stopping or down."""

    status = 503
    code = "unavailable"


class DeadlinePassed(ServiceError):
    """The request was not scored within the service's time limit."""

    status = 504
    code = "deadline_passed"


class ScoringFailed(ServiceError):
    """The model failed on this very text, on a surface whose answers have no room for saying so."""

    code = "scoring_failed"
