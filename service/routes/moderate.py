"""POST /moderate: a comment section in, posts with scores, flags and actions out."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from fastapi import APIRouter, Request
from fastapi.responses import Response

from service.errors import UnsupportedMediaType
from service.moderation import Moderator
from service.openapi import answers, moderate_body, moderate_examples
from service.reading import Source, read_bare, read_file, read_json
from service.routes.bodies import content_type, read_body, while_connected
from service.schema import ModerateAnswer
from service.settings import Settings
from service.splitting.detect import Detected
from service.splitting.sources import AUTO

BARE: dict[str, Detected] = {
    "text/plain": "text",
    "text/html": "html",
    "application/xhtml+xml": "html",
    "application/xml": "export",
    "text/xml": "export",
}

DESCRIPTION = """
Send JSON with **exactly one** of `text`, `html`, `export` and `posts`, and optionally the name of a `policy`; or send
the text, the page or the export itself as the body, with its own content type (the policy is then the query parameter
`policy`).

What the content is (pasted text, a page, an export, the JSON of YouTube, Reddit, Discourse and others) is detected
wherever it stands, and told in the answer's `source.kind`. The field or the query parameter `source` overrides this: a
kind such as `text` or `html`, or a format such as `wxr` or `reddit`; what is not of that kind is refused. With
`?source=auto` or a name, a JSON body is taken for the content itself.

Every post comes back with a probability per label, its flags (`slur`, `harassment`, `conspiracy`), each with the words
that carry it, and an action with its reasons. Offsets are code points, half open: `start` and `end` of a post count in
the text that you sent, those of evidence in the post's own text. Nothing is cut: what is over a limit is refused with
an error that names the limit.
"""


def moderate_routes(moderator: Moderator, settings: Settings) -> APIRouter:
    """The service's own surface."""
    router = APIRouter(tags=["moderate"])

    @router.post(
        "/moderate",
        summary="Judge a comment section",
        description=DESCRIPTION,
        responses=answers(
            ModerateAnswer, 400, 408, 413, 415, 422, 429, 503, 504, examples=moderate_examples(answers=True)
        ),
        openapi_extra=moderate_body(tuple(BARE)),
    )
    async def moderate(request: Request) -> Response:
        kind = content_type(request)
        policy, source = request.query_params.get("policy"), request.query_params.get("source")
        read: Callable[[bytes], Source]
        if kind == "application/json" or kind.endswith("+json"):
            read = read_json if source is None else partial(read_file, source=source, policy=policy)
        elif kind in BARE:
            read = partial(read_bare, BARE[kind], policy=policy, source=source or AUTO)
        else:
            raise UnsupportedMediaType(
                f"content-type is {kind[:100]!r}; expected application/json or one of {', '.join(BARE)}", "content-type"
            )
        body = await read_body(request, settings)
        work = moderator.moderate(partial(read, body), len(body), request.state.id)
        return Response(await while_connected(request, work), media_type="application/json")

    return router
