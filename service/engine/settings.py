"""EngineSettings: one frozen value per engine."""

from __future__ import annotations

import os
from dataclasses import dataclass

from models.backends.processor import ROWS_OF_TILES, batches_at_a_time, cores, has_tiles

OVERHEAD_TOKENS = 64  # of a batch, where nothing is known of the processor


@dataclass(frozen=True, slots=True)
class EngineSettings:
    """How the engine admits, groups and remembers. All sizes are checked here, so that no request can get stuck later.

    batch_tokens: padded tokens of one batch (a single longer window still runs, alone). batch_overhead_tokens: what one
    more batch costs, in tokens: a batch takes no more padding than that. bulk_share: part of the padded tokens that the
    bulk lane gets while interactive jobs wait too. short_tokens: of a batch while interactive posts come, or more where the
    device reads more in 20 ms.
    queue_tokens: what a lane admits before it refuses. request_tokens: what one request may have in the queue at a time;
    a larger one is fed through in slices of it. unread_characters: what a lane may hold of texts that
    are not completely queued yet.
    encode_threads: of the tokenisers' pool; encode_posts and encode_characters: what they take at once.
    cache_bytes: for the scores of earlier posts, roughly; 0 turns the cache off.
    """

    batch_tokens: int = 4096
    batch_overhead_tokens: int = OVERHEAD_TOKENS
    bulk_share: float = 0.2
    short_tokens: int = 256
    queue_tokens: int = 262_144
    request_tokens: int = 65_536
    unread_characters: int = 32 * 1024 * 1024
    encode_threads: int = 2
    encode_posts: int = 256
    encode_characters: int = 65_536
    cache_bytes: int = 32 * 1024 * 1024

    def __post_init__(self) -> None:
        for name in (
            "batch_tokens",
            "short_tokens",
            "queue_tokens",
            "request_tokens",
            "unread_characters",
            "encode_threads",
            "encode_posts",
            "encode_characters",
        ):
            if getattr(self, name) < 1:
                raise ValueError(f"{name}: expected 1 or more, got {getattr(self, name)}")
        for name in ("batch_overhead_tokens", "cache_bytes"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name}: expected 0 or more, got {getattr(self, name)}")
        if not 0 <= self.bulk_share <= 0.5:
            raise ValueError(f"bulk_share: expected 0 to 0.5, got {self.bulk_share}")

    @classmethod
    def for_device(cls, device: str, queue_tokens: int = queue_tokens) -> EngineSettings:
        """Settings that suit a device. A card wants large batches and has no padding: its tokens stand in one row."""
        if device != "cuda":
            # 256 tokens a core that works on the batch are as fast by the token as any number; more of them only cost memory
            # and make others wait. Matrix units work on larger blocks, and what one more batch costs in spare rows is one block.
            tiles = has_tiles()
            here = cores()
            batch = max(512, min(4096, (512 if tiles else 256) * (here // batches_at_a_time(here))))
            return cls(
                batch_tokens=batch,
                batch_overhead_tokens=ROWS_OF_TILES if tiles else OVERHEAD_TOKENS,
                short_tokens=ROWS_OF_TILES if tiles else 64,
                queue_tokens=queue_tokens,
            )
        return cls(
            batch_tokens=32_768,
            batch_overhead_tokens=32_768,
            queue_tokens=max(queue_tokens, 1_048_576),
            request_tokens=262_144,
            encode_threads=max(2, min(8, (os.cpu_count() or 2) // 2)),
        )

    @property
    def slice_tokens(self) -> int:
        """What one request may hold: never more than the queue admits, so that an empty queue takes any request."""
        return min(self.request_tokens, self.queue_tokens)
