"""The discovery document of the Perspective API, from which Google's client libraries build their methods."""

from __future__ import annotations

from typing import Any, Final

Json = dict[str, Any]

_SCOPE: Final = "https://www.googleapis.com/auth/userinfo.email"
_TYPES: Final = ["TEXT_TYPE_UNSPECIFIED", "PLAIN_TEXT", "HTML"]
_SCORES: Final = ["SCORE_TYPE_UNSPECIFIED", "PROBABILITY", "STD_DEV_SCORE", "PERCENTILE", "RAW"]

_TEXT: Final[Json] = {"type": "string"}
_FLAG: Final[Json] = {"type": "boolean"}
_FLOAT: Final[Json] = {"type": "number", "format": "float"}
_INTEGER: Final[Json] = {"type": "integer", "format": "int32"}
_TEXTS: Final[Json] = {"type": "array", "items": _TEXT}
_SCORE_TYPE: Final[Json] = _TEXT | {"enum": _SCORES}


def _ref(name: str) -> Json:
    return {"$ref": name}


def _map(name: str) -> Json:
    return {"type": "object", "additionalProperties": _ref(name)}


def _list(name: str) -> Json:
    return {"type": "array", "items": _ref(name)}


_CALLER: Final[Json] = {"clientToken": _TEXT, "sessionId": _TEXT, "communityId": _TEXT}

_SCHEMAS: Final[Json] = {
    "AnalyzeCommentRequest": {
        "comment": _ref("TextEntry"),
        "context": _ref("Context"),
        "requestedAttributes": _map("AttributeParameters"),
        "languages": _TEXTS,
        "doNotStore": _FLAG,
        "spanAnnotations": _FLAG,
        "dropUnsupportedAttributes": _FLAG,
        **_CALLER,
    },
    "AnalyzeCommentResponse": {
        "attributeScores": _map("AttributeScores"),
        "languages": _TEXTS,
        "detectedLanguages": _TEXTS,
        "clientToken": _TEXT,
    },
    "SuggestCommentScoreRequest": {
        "comment": _ref("TextEntry"),
        "context": _ref("Context"),
        "attributeScores": _map("AttributeScores"),
        "languages": _TEXTS,
        **_CALLER,
    },
    "SuggestCommentScoreResponse": {"clientToken": _TEXT, "requestedLanguages": _TEXTS, "detectedLanguages": _TEXTS},
    "TextEntry": {"text": _TEXT, "type": _TEXT | {"enum": _TYPES}},
    "Context": {
        "entries": _list("TextEntry"),
        "articleAndParentComment": _ref("ArticleAndParentComment"),
    },
    "ArticleAndParentComment": {"article": _ref("TextEntry"), "parentComment": _ref("TextEntry")},
    "AttributeParameters": {"scoreType": _SCORE_TYPE, "scoreThreshold": _FLOAT},
    "AttributeScores": {"summaryScore": _ref("Score"), "spanScores": _list("SpanScore")},
    "SpanScore": {"begin": _INTEGER, "end": _INTEGER, "score": _ref("Score")},
    "Score": {"value": _FLOAT, "type": _SCORE_TYPE},
}

_PARAMETERS: Final[Json] = {
    "key": {"type": "string", "location": "query"},
    "access_token": {"type": "string", "location": "query"},
    "oauth_token": {"type": "string", "location": "query"},
    "alt": {"type": "string", "location": "query", "default": "json", "enum": ["json", "media", "proto"]},
    "callback": {"type": "string", "location": "query"},
    "fields": {"type": "string", "location": "query"},
    "prettyPrint": {"type": "boolean", "location": "query", "default": "true"},
    "quotaUser": {"type": "string", "location": "query"},
    "uploadType": {"type": "string", "location": "query"},
    "upload_protocol": {"type": "string", "location": "query"},
    "$.xgafv": {"type": "string", "location": "query", "enum": ["1", "2"]},
}


def discovery_document(root_url: str) -> Json:
    """The document for clients that reach the service at `root_url`, which ends in a slash."""
    return {
        "kind": "discovery#restDescription",
        "discoveryVersion": "v1",
        "id": "commentanalyzer:v1alpha1",
        "name": "commentanalyzer",
        "version": "v1alpha1",
        "revision": "20260101",
        "title": "Perspective Comment Analyzer API (compatible)",
        "description": "Scores of comments, and feedback of moderators, in the shape of the Perspective API.",
        "protocol": "rest",
        "rootUrl": root_url,
        "servicePath": "",
        "basePath": "",
        "baseUrl": root_url,
        "batchPath": "batch",
        "icons": {},
        "parameters": _PARAMETERS,
        "auth": {"oauth2": {"scopes": {_SCOPE: {"description": "Not used here: a key is enough."}}}},
        "resources": {
            "comments": {
                "methods": {
                    "analyze": _method("analyze", "AnalyzeComment", "Scores a comment."),
                    "suggestscore": _method("suggestscore", "SuggestCommentScore", "Takes a moderator's feedback."),
                }
            }
        },
        "schemas": {
            name: {"id": name, "type": "object", "properties": properties} for name, properties in _SCHEMAS.items()
        },
    }


def _method(name: str, schema: str, description: str) -> Json:
    path = f"v1alpha1/comments:{name}"
    return {
        "id": f"commentanalyzer.comments.{name}",
        "description": description,
        "httpMethod": "POST",
        "path": path,
        "flatPath": path,
        "parameters": {},
        "parameterOrder": [],
        "request": _ref(f"{schema}Request"),
        "response": _ref(f"{schema}Response"),
        "scopes": [_SCOPE],
    }
