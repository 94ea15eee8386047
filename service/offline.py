"""Scoring Perspective's attributes without a server, for the command line."""

from __future__ import annotations

from collections.abc import Sequence

from models.model import Model
from service.app import make_moderator
from service.metrics import Metrics
from service.perspective.attributes import attribute_values, scored_attributes
from service.settings import Settings
from service.splitting.section import Post

_AT_ONCE = 500  # so that an archive does not fill the engine's queue


async def score_attributes(settings: Settings, model: Model, texts: Sequence[str]) -> list[dict[str, float] | None]:
    """All attributes that the model scores, for each text in order; None for a text that it failed on."""
    moderator = make_moderator(settings, model, Metrics())
    names = scored_attributes(model.card.labels)
    await moderator.engine.start()
    values: list[dict[str, float] | None] = []
    try:
        for first in range(0, len(texts), _AT_ONCE):
            chunk = texts[first : first + _AT_ONCE]
            posts = [Post(id=str(at), index=at, text=text) for at, text in enumerate(chunk)]
            rated = await moderator.rate(posts, sum(map(len, chunk)))
            values += [attribute_values(item, names) if item.error is None else None for item in rated]
    finally:
        await moderator.close()
    return values
