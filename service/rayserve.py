"""The service as a Ray Serve application: replicas of the whole service, as many as the requests need.

    serve run service.rayserve:build min_replicas=2 max_replicas=8

Settings are read from CIVILITY_* where the application is built, and go to all replicas. Needs the extra `civility[ray]`.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from typing import Any

from fastapi import FastAPI
from ray import serve

from models.model import Model
from service.app import create_app
from service.loading import open_configured
from service.settings import Settings, read_settings

# Requests that a replica takes at a time: many, since its engine puts them into common batches and answers 429 by itself.
MOST_REQUESTS = 256
OPTIONS = {"min_replicas": 1.0, "max_replicas": 8.0, "target_ongoing_requests": 16.0, "num_cpus": 2.0, "num_gpus": 0.0}


@serve.deployment
@serve.ingress()
class Replica:
    """One service with a model of its own. Serve runs the lifespan, which warms the engine and drains it in the end."""

    def __init__(self, settings: Settings, open_model: Callable[[Settings], Model]) -> None:
        self._settings = settings
        self._open_model = open_model
        self._app: FastAPI | None = None

    def __serve_build_asgi_app__(self) -> FastAPI:  # the name is Ray's
        self._app = create_app(self._settings, self._open_model(self._settings))
        return self._app

    async def check_health(self) -> None:
        """Serve replaces a replica for which this raises."""
        if self._app is not None and not self._app.state.ready():
            raise RuntimeError("the engine is not ready")


def build(options: Mapping[str, Any]) -> serve.Application:
    """The application. options: numbers over `OPTIONS`, as `serve run` and Serve's config files give them.

    Raises `ValueError` for an unknown option, `SettingsError`.
    """
    return application(read_settings(os.environ), options)


def application(
    settings: Settings, options: Mapping[str, Any], open_model: Callable[[Settings], Model] = open_configured
) -> serve.Application:
    """As `build`, with settings that are there already. open_model: called by each replica."""
    if unknown := sorted(set(options) - set(OPTIONS)):
        raise ValueError(f"{', '.join(unknown)}: expected {', '.join(OPTIONS)}")
    chosen = OPTIONS | {name: float(value) for name, value in options.items()}
    deployment: Any = Replica
    return deployment.options(
        autoscaling_config={
            "min_replicas": int(chosen["min_replicas"]),
            "max_replicas": int(chosen["max_replicas"]),
            "target_ongoing_requests": chosen["target_ongoing_requests"],
        },
        max_ongoing_requests=MOST_REQUESTS,
        graceful_shutdown_timeout_s=settings.drain_s,
        ray_actor_options={"num_cpus": chosen["num_cpus"], "num_gpus": chosen["num_gpus"]},
    ).bind(settings, open_model)
