"""Buckets of relative positions, for encoders whose attention has a learnt bias by distance. Pure."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FAR = 128  # tokens from which on all relative positions share the last bucket


def relative_buckets(tokens: int, buckets: int) -> NDArray[np.int64]:
    """Bucket [tokens, tokens] of each key's position relative to each query's.

    Half the buckets are for keys behind the query, half for those ahead; in each half, half are single distances and the
    rest grow with the logarithm up to `FAR`. Source: Raffel et al. (2020), T5, as MPNet uses it.
    """
    behind = np.arange(tokens)[:, None] - np.arange(tokens)[None, :]
    half = buckets // 2
    single = half // 2
    distance = np.abs(behind)
    with np.errstate(divide="ignore"):
        grown = np.log(distance.astype(np.float32) / single) / np.float32(np.log(FAR / single)) * (half - single)
    far = np.minimum(single + np.maximum(grown, 0).astype(np.int64), half - 1)
    bucket: NDArray[np.int64] = np.where(behind < 0, half, 0) + np.where(distance < single, distance, far)
    return bucket


def attention_bias(table: NDArray[np.floating], tokens: int) -> NDArray[np.float32]:
    """The bias [heads, tokens, tokens] that a table [buckets, heads] adds to the logits of queries (rows) by keys."""
    buckets = relative_buckets(tokens, len(table))
    return np.ascontiguousarray(table.astype(np.float32)[buckets].transpose(2, 0, 1))
