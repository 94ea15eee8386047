"""create_app: the service put together. Wiring only."""

from __future__ import annotations

import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from fastapi_offline import FastAPIOffline
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException

from models.model import Model
from service import __version__
from service.admit import Admit
from service.engine import Engine, EngineSettings
from service.errors import BadRequest, InvalidRequest, MethodNotAllowed, NotFound, ServiceError
from service.feedback import open_feedback
from service.keys import KeyStore
from service.lexicon import default_lexicon
from service.lexicon.phrases import default_phrases
from service.memory import give_back
from service.metrics import Metrics
from service.moderation import Moderator
from service.observe import Observe
from service.openapi import describe
from service.policy import Policy, default_policy, load_policy
from service.policy_reload import reload_policies
from service.routes.coral import coral_routes
from service.routes.health import health_routes
from service.routes.jobs import installed, job_routes
from service.routes.moderate import moderate_routes
from service.routes.openai import openai_routes
from service.routes.perspective import perspective_routes
from service.settings import Settings, SettingsError, data_folder, variable
from service.shapes import render
from service.text.language import load_languages
from service.workers import Workers

# A request passes from thread to thread half a dozen times. Beside a job whose threads are busy in Python each hand-over may
# take the interpreter's switch interval, which is 5 ms by default.
SWITCH_S = 0.001
# Between two phrase patterns that are compiled while the service runs: by what is at hand then, all in half a minute.
PAUSE_S = 0.02

if TYPE_CHECKING:
    from service.jobs.service import JobService


def create_app(settings: Settings, model: Model) -> FastAPI:
    """The service around `model`. Its lifespan warms the engine, and drains it in the end. Raises `PolicyError`,
    `SettingsError`.

    `app.state.reload_policies()` reads the policy files anew; see `service.policy_reload`. `app.state.ready()` says whether
    the engine takes work.
    """
    metrics = Metrics()
    moderator = make_moderator(settings, model, metrics)
    folder = data_folder(settings)
    feedback = open_feedback(settings)
    jobs = open_jobs(moderator, settings, metrics)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        sys.setswitchinterval(SWITCH_S)
        await moderator.engine.start()
        give_back()  # what reading the lexicon and warming up have left
        closing = threading.Event()
        threading.Thread(target=default_phrases().prepare, args=(partial(closing.wait, PAUSE_S),), daemon=True).start()
        if jobs is not None:
            jobs.start()
        try:
            yield
        finally:
            closing.set()
            if jobs is not None:
                await jobs.close()
            await moderator.close()
            feedback.close()

    app = FastAPIOffline(
        title="Civility",
        version=__version__,
        redoc_url=None,
        lifespan=lifespan,
        static_url="/docs/static",
    )
    app.include_router(moderate_routes(moderator, settings))
    app.include_router(perspective_routes(moderator, settings, feedback))
    app.include_router(openai_routes(moderator, settings))
    app.include_router(coral_routes(moderator, settings))
    app.include_router(job_routes(jobs))
    app.include_router(health_routes(moderator, metrics))
    app.add_middleware(Admit, store=KeyStore(folder), settings=settings)
    app.add_middleware(Observe, metrics=metrics)
    app.add_exception_handler(ServiceError, _service_error)
    app.add_exception_handler(HTTPException, _http_error)
    app.add_exception_handler(RequestValidationError, _validation_error)
    describe(app)
    app.state.ready = lambda: moderator.engine.ready
    app.state.reload_policies = partial(reload_policies, moderator, partial(read_policies, settings))
    return app


def make_moderator(settings: Settings, model: Model, metrics: Metrics) -> Moderator:
    """The pipeline, not started. Raises `PolicyError`."""
    load_languages()
    limits = replace(EngineSettings.for_device(model.device, settings.queue_tokens), cache_bytes=settings.cache_bytes)
    engine = Engine(model, limits, metrics)
    return Moderator(
        model, engine, default_lexicon(), read_policies(settings), Workers(settings.workers), metrics, settings
    )


def open_jobs(moderator: Moderator, settings: Settings, metrics: Metrics) -> JobService | None:
    """The jobs of POST /jobs; None where their libraries are not installed. Raises `SettingsError`."""
    if not installed():
        if settings.database_url or settings.job_store:
            raise SettingsError(f"{variable('database_url')} and jobs need: pip install 'civility[jobs]'")
        return None
    from service.jobs.service import JobService

    return JobService(moderator, settings, metrics)


def read_policies(settings: Settings) -> dict[str, Policy]:
    """Policies by name, the default one first: the first file's, or the built-in. Raises `PolicyError`."""
    policies = {policy.name: policy for policy in map(load_policy, settings.policy)}
    builtin = default_policy()
    return policies | {builtin.name: policies.get(builtin.name, builtin)}


async def _service_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, ServiceError)  # by the registration
    shown = render(request.scope["path"], error)
    return Response(shown.body, shown.status, dict(shown.headers), media_type=shown.media_type)


async def _http_error(request: Request, error: Exception) -> Response:
    """The framework's own refusals, in the service's shape."""
    assert isinstance(error, HTTPException)  # by the registration
    mapped: ServiceError = BadRequest(str(error.detail)) if error.status_code < 500 else ServiceError(str(error.detail))
    if error.status_code == 404:
        mapped = NotFound("there is nothing at this path; see /docs")
    elif error.status_code == 405:
        allow = Headers(error.headers).get("allow", "")
        mapped = MethodNotAllowed(f"{request.method} is not possible here; {allow} is", allow)
    return await _service_error(request, mapped)


async def _validation_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # by the registration
    first = error.errors()[0]
    field = ".".join(str(part) for part in first["loc"][1:]) or None
    return await _service_error(request, InvalidRequest(f"{field}: {first['msg']}", field))
