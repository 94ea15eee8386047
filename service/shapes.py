"""Errors as each surface's clients expect them: one error tree, three shapes on the wire.

The path decides: `.../comments:analyze`, `.../comments:suggestscore`, `/v1alpha1/` and `/$discovery/` speak Google's shape,
`/v1/` speaks OpenAI's, everything else the service's own (`ServiceError.body`).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from service.errors import (
    InvalidArgument,
    InvalidKey,
    LimitExceeded,
    MissingKey,
    RateLimited,
    ServiceError,
    Unauthorised,
)

Json = dict[str, Any]

OWN_JSON = "application/json"
GOOGLE_JSON = "application/json; charset=UTF-8"

_GOOGLE_STATUS = {
    400: "INVALID_ARGUMENT",
    403: "PERMISSION_DENIED",
    404: "NOT_FOUND",
    405: "UNIMPLEMENTED",
    429: "RESOURCE_EXHAUSTED",
    500: "INTERNAL",
    503: "UNAVAILABLE",
    504: "DEADLINE_EXCEEDED",
}
_COMMENT_ERROR = "type.googleapis.com/google.commentanalyzer.v1alpha1.Error"
_ERROR_INFO = "type.googleapis.com/google.rpc.ErrorInfo"
_SERVICE = "commentanalyzer.googleapis.com"


@dataclass(frozen=True, slots=True)
class Rendered:
    """An error as it is sent."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    media_type: str


def is_perspective(path: str) -> bool:
    """Whether a path belongs to the Perspective surface."""
    return path.endswith(("/comments:analyze", "/comments:suggestscore")) or path.startswith(
        ("/v1alpha1/", "/$discovery/")
    )


def is_openai(path: str) -> bool:
    """Whether a path belongs to the OpenAI surface."""
    return path.startswith("/v1/") and not is_perspective(path)


def render(path: str, error: ServiceError) -> Rendered:
    """The error in the shape of the surface that `path` belongs to."""
    if is_perspective(path):
        body = _google(error)
        return Rendered(body["code"], error.headers, _dump({"error": body}), GOOGLE_JSON)
    if is_openai(path):
        status = 400 if error.status in (415, 422) else error.status
        return Rendered(status, error.headers, _dump({"error": _openai(error)}), OWN_JSON)
    return Rendered(error.status, error.headers, error.body(), OWN_JSON)


def _google(error: ServiceError) -> Json:
    message, details = error.message, _google_detail(error)
    if isinstance(error, InvalidKey):
        code, message = 400, "API key not valid. Please pass a valid API key."
    elif isinstance(error, MissingKey):
        code = 403
        message = "Method doesn't allow unregistered callers. Please use an API key."
    else:
        code = error.status if error.status in _GOOGLE_STATUS else 400 if error.status < 500 else 500
    if isinstance(error, RateLimited):
        quota = "'Analysis requests (AnalyzeComment)'"
        message = (
            f"Quota exceeded for quota metric {quota} and limit {quota[:-1]} per minute' of service '{_SERVICE}' "
            f"for consumer 'project_number:0'."
        )
    return {"code": code, "message": message, "status": _GOOGLE_STATUS[code], "details": [details]}


def _google_detail(error: ServiceError) -> Json:
    """The first detail, which clients read without a test for it."""
    if isinstance(error, InvalidArgument):
        return {"@type": _COMMENT_ERROR, "errorType": error.error_type, **error.detail}
    info: Json = {"@type": _ERROR_INFO, "reason": error.code.upper(), "domain": "googleapis.com"}
    if isinstance(error, InvalidKey):
        return info | {"reason": "API_KEY_INVALID"}
    if isinstance(error, RateLimited):
        limits = {
            "quota_limit": "AnalyzeRequestsPerMinutePerProject",
            "quota_limit_value": str(error.per_minute),
            "quota_metric": "CommentAnalyzerService/analyze_requests",
            "service": _SERVICE,
        }
        return info | {"reason": "RATE_LIMIT_EXCEEDED", "metadata": limits}
    if 400 <= error.status < 500 and error.status not in (404, 405, 429) and not isinstance(error, Unauthorised):
        return {"@type": _COMMENT_ERROR, "errorType": "INVALID_REQUEST"}
    return info


def _openai(error: ServiceError) -> Json:
    kind, code = "invalid_request_error", None
    if error.status == 429:
        kind, code = "requests", "rate_limit_exceeded"
    elif isinstance(error, Unauthorised):
        code = "invalid_api_key"
    elif error.status >= 500:
        kind = "server_error"
    field = error.field if error.field is not None and not isinstance(error, LimitExceeded) else None
    return {"message": error.message, "type": kind, "param": field and field.partition("[")[0], "code": code}


def _dump(value: Json) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")
