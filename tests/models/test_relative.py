"""Buckets of relative positions are those of T5 and MPNet."""

from __future__ import annotations

import numpy as np

from models.relative import FAR, attention_bias, relative_buckets


def test_near_distances_have_their_own_bucket_and_far_ones_share_the_last() -> None:
    buckets = relative_buckets(300, 32)
    assert (np.diag(buckets) == 0).all()
    assert buckets[10, :11].tolist() == [8, 8, 8, 7, 6, 5, 4, 3, 2, 1, 0]
    assert buckets[0, :9].tolist() == [0, 17, 18, 19, 20, 21, 22, 23, 24]
    assert (buckets[FAR:, 0] == 15).all()
    assert (buckets[0, FAR:] == 31).all()
    row = buckets[0, 1:]
    assert (np.diff(row) >= 0).all()


def test_a_shorter_input_sees_the_same_buckets() -> None:
    assert (relative_buckets(40, 32) == relative_buckets(200, 32)[:40, :40]).all()


def test_bias_of_a_table() -> None:
    table = np.arange(64, dtype=np.float16).reshape(32, 2)
    bias = attention_bias(table, 5)
    assert bias.shape == (2, 5, 5)
    assert bias[1, 0, 2] == table[18, 1]
    assert bias[0, 4, 1] == table[3, 0]
