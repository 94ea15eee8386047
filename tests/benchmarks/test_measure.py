"""The pure parts of the benchmarks: a wrong percentile or count of operations would be a wrong figure in every table."""

from __future__ import annotations

import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.measure import Timed, interleaved, percentile, real_texts
from benchmarks.shapes import BERT, Shape


@given(st.lists(st.floats(0, 1e6), min_size=1, max_size=60), st.floats(0.01, 1))
@settings(max_examples=60)
def test_percentile_is_the_smallest_value_that_covers_the_share(values: list[float], share: float) -> None:
    found = percentile(values, share)
    below = [value for value in set(values) if value < found]
    assert sum(value <= found for value in values) >= share * len(values) - 1e-6
    assert all(sum(value <= one for value in values) < share * len(values) + 1e-6 for one in below)


def test_percentiles_of_a_hundred() -> None:
    values = [float(value) for value in random.Random(0).sample(range(1, 101), 100)]
    assert [percentile(values, share) for share in (0.5, 0.95, 0.99, 0.999)] == [50, 95, 99, 100]
    with pytest.raises(ValueError, match="at least one"):
        percentile([], 0.5)


def test_every_step_runs_once_a_round_in_changing_order() -> None:
    ran: list[str] = []
    timed = interleaved({name: lambda name=name: ran.append(name) for name in "abc"}, 6)  # type: ignore[misc]
    rounds = ["".join(ran[at : at + 3]) for at in range(0, len(ran), 3)]
    assert len(rounds) == 6
    assert all(sorted(one) == ["a", "b", "c"] for one in rounds)
    assert len(set(rounds)) > 1
    assert all(len(each.wall) == len(each.processor) == 6 for each in timed.values())


def test_median_and_spread() -> None:
    timed = Timed((3.0, 1.0, 2.0), (0.0, 0.0, 0.0))
    assert (timed.median, timed.spread) == (2.0, 3.0)


def test_operations_of_a_layer_that_is_counted_by_hand() -> None:
    # 3 tokens, hidden 2, inner 5: q, k, v and output are 4 products of 3x2 by 2x2; up and down 3x2 by 2x5 and back;
    # attention 3x2 by 2x3 and 3x3 by 3x2. Two operations for each multiplication.
    by_hand = 2 * (4 * 3 * 2 * 2 + 2 * 3 * 2 * 5 + 2 * 3 * 3 * 2)
    assert Shape("tiny", 2, 1, 1, 5).operations([3]) == by_hand
    assert Shape("tiny", 2, 4, 1, 5).operations([3, 3]) == 8 * by_hand


def test_operations_of_bert_are_twice_its_encoder_parameters_a_token() -> None:
    assert BERT.operations([1]) == pytest.approx(2 * 85e6, rel=0.01)


def test_samples_of_any_size_have_the_same_mean_length() -> None:
    small, origin = real_texts(64)
    large, _ = real_texts(640)
    assert origin
    assert len(set(small)) == 64
    assert statistics.mean(map(len, small)) == pytest.approx(statistics.mean(map(len, large)), rel=0.05)
