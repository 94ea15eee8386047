"""BulkModerator: the service's pipeline for jobs, which never stand in the way of anybody who waits."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import asdict
from importlib import resources

import msgspec

from service import __version__
from service import engine as engines
from service.engine import Scored
from service.errors import Unavailable
from service.moderation import Moderator, Prepared
from service.rescore.results import ADDED

_LONGEST_WAIT_S = 5.0


class BulkModerator(Moderator):
    """The same model, engine, lexicon and threads as `moderator`, with one policy. Closing is the other one's."""

    def __init__(self, moderator: Moderator, policy: str | None) -> None:
        chosen = moderator.policy(policy)
        super().__init__(
            moderator.model,
            moderator.engine,
            moderator.lexicon,
            {chosen.name: chosen},
            moderator.workers,
            moderator.metrics,
            moderator.settings,
        )

    async def score(self, prepared: Prepared, *, keep: bool = True) -> Sequence[Scored]:  # type: ignore[override]
        """In the bulk lane, as long as it takes; where the lane is full, wait for room. An archive is not remembered, so
        that it does not push out what is asked again. Raises `Unavailable`."""
        while prepared.texts:
            try:
                return await self.engine.score(prepared.texts, lane="bulk", keep=False)
            except engines.Overloaded as error:
                await asyncio.sleep(min(error.retry_after_s, _LONGEST_WAIT_S))
            except engines.EngineDown as error:
                raise Unavailable(f"the engine is not available: {error}") from None
        return []


def plan_of(moderator: Moderator) -> str:
    """What all parts of a result must have in common: model, policy and rules. Where it changes, a job begins anew."""
    card, policy = moderator.model.card, moderator.policy(None)
    entries = resources.files("service") / "lexicon" / "entries"
    lexicon = sorted((entry.name, entry.read_bytes()) for entry in entries.iterdir() if entry.name.endswith(".toml"))
    rules = asdict(policy.draft), lexicon, moderator.settings.max_characters, ADDED
    encoded = msgspec.json.encode(
        (__version__, moderator.model.precision, asdict(card), *rules), order="deterministic", enc_hook=repr
    )
    return hashlib.blake2b(encoded, digest_size=16).hexdigest()
