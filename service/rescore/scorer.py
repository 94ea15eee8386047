"""Scorers: where an input's chunks are judged. The one here judges in this process; `service.rescore.cluster` has Ray's."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Protocol

from models.card import ModelCard
from models.model import Model
from service.app import make_moderator
from service.metrics import Metrics
from service.policy import Policy
from service.rescore.pipeline import Done, Rescorer
from service.rescore.plan import Judging, bulk_settings
from service.rescore.reading import Reading
from service.settings import Settings


class Scorer(Protocol):
    """card, precision: of the model that judges. policy: that it judges by."""

    @property
    def card(self) -> ModelCard: ...

    @property
    def precision(self) -> str: ...

    @property
    def policy(self) -> Policy: ...

    def run(self, judging: Judging, reading: Reading) -> AsyncGenerator[Done]:
        """Judge what is left of the input, in order. Raises a `ServiceError`, `RescoreError`."""
        ...


class LocalScorer:
    """Judges in this process. The model stays the caller's. Raises `PolicyError`."""

    def __init__(self, settings: Settings, model: Model) -> None:
        self._moderator = make_moderator(bulk_settings(settings), model, Metrics())
        self.card = model.card
        self.precision = model.precision
        self.policy = self._moderator.policy(None)

    async def run(self, judging: Judging, reading: Reading) -> AsyncGenerator[Done]:
        """As the protocol says."""
        rescorer = Rescorer(self._moderator, judging.roles, judging.layout, only_missing=judging.only_missing)
        await self._moderator.engine.start()
        try:
            async with aclosing(rescorer.run(reading.rest())) as judged:
                async for done in judged:
                    yield done
        finally:
            await self._moderator.close()
