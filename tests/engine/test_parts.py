"""The pure parts beside the queue: settings, admission, halving, cache."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from models.types import Encoded, Scores, Window
from service.engine import EngineSettings, Overloaded, Scored
from service.engine import errors as engine_errors
from service.engine.admission import Admission, Rate
from service.engine.cache import ContentKey, ScoreCache
from service.engine.halving import Failure, in_halves


@pytest.mark.parametrize(
    ("field", "value"),
    [(f.name, -1) for f in dataclasses.fields(EngineSettings)] + [("batch_tokens", 0), ("bulk_share", 0.6)],
)
def test_a_setting_that_would_stop_the_engine_is_refused_by_name(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=rf"^{field}: expected .*, got {value}$"):
        dataclasses.replace(EngineSettings(), **{field: value})  # type: ignore[arg-type]


def test_a_slice_is_never_more_than_the_queue_admits() -> None:
    assert EngineSettings(queue_tokens=100, request_tokens=1000).slice_tokens == 100


def test_the_error_tree_is_the_one_in_the_docstring() -> None:
    leaves = {cls.__name__ for cls in engine_errors.EngineError.__subclasses__()}
    assert leaves == {"Overloaded", "DeadlineExceeded", "EngineDown"}
    assert all(name in (engine_errors.__doc__ or "") for name in leaves)


def test_admission_takes_all_of_a_request_or_nothing_and_says_when_to_come_back() -> None:
    rate = Rate()
    rate.measured(1000, 2.0)
    account = Admission(100, "tokens", rate)
    account.admit(90)
    with pytest.raises(Overloaded, match="90 tokens wait, the limit is 100") as refused:
        account.admit(60)
    assert refused.value.retry_after_s == pytest.approx(50 / 500)
    assert account.held == 90
    account.admit(10)
    account.release(100)
    account.admit(1_000_000)  # an empty account takes any amount


@given(st.lists(st.integers(1, 300), max_size=50))
@settings(deadline=None)
def test_the_limit_is_kept_exactly_unless_one_holder_has_it_alone(amounts: list[int]) -> None:
    account = Admission(256, "tokens", Rate())
    held: list[int] = []
    for amount in amounts:
        try:
            account.admit(amount)
            held.append(amount)
        except Overloaded:
            account.release(held.pop(0))
        assert account.held == sum(held)
        assert account.held <= 256 or len(held) == 1


def test_the_rate_follows_the_last_measurements() -> None:
    rate = Rate()
    assert rate.seconds_for(5) == 1.0
    for _ in range(200):
        rate.measured(100, 1.0)
    for _ in range(100):
        rate.measured(100, 0.1)
    assert rate.seconds_for(1000) == pytest.approx(1.0, rel=0.1)


@given(st.sets(st.integers(0, 63)), st.integers(1, 64))
@settings(max_examples=100, deadline=None)
def test_only_the_bad_items_fail_and_the_order_is_kept(bad: set[int], size: int) -> None:
    steps = 0

    def step(items: Sequence[int]) -> list[int]:
        nonlocal steps
        steps += 1
        if bad & set(items):
            raise KeyError("bad")
        return [item * 10 for item in items]

    splits: list[None] = []
    results = in_halves(step, range(size), lambda: splits.append(None))
    assert results == [Failure("KeyError") if item in bad else item * 10 for item in range(size)]
    here = len([item for item in bad if item < size])
    assert steps <= 1 + 2 * here * max(1, (size - 1).bit_length())
    assert steps == 1 + 2 * len(splits)


def test_a_wrong_number_of_results_is_a_failure_and_not_a_shift() -> None:
    assert in_halves(lambda items: items[1:], [1, 2], lambda: None) == [Failure("ValueError")] * 2


def test_what_is_not_an_exception_goes_through() -> None:
    def step(items: Sequence[int]) -> list[int]:
        raise SystemExit

    with pytest.raises(SystemExit):
        in_halves(step, [1, 2], lambda: None)


def make_scored(text: str, tokens: int = 10) -> Scored:
    window = Window(np.zeros(tokens, np.int64), np.zeros((tokens, 2), np.int32), 0)
    return Scored(Encoded(text, (window,)), Scores({"toxicity": 0.5}))


def test_the_cache_forgets_the_least_recent_and_keeps_its_bound() -> None:
    cache = ScoreCache(3 * 2500)
    for name in ("a", "b", "c"):
        cache.put(name.encode(), make_scored(name))
    assert cache.get(b"a") is not None
    cache.put(b"d", make_scored("d"))
    assert cache.get(b"b") is None
    assert [cache.get(key) is not None for key in (b"a", b"c", b"d")] == [True, True, True]
    assert cache.bytes <= 3 * 2500


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 4000)), max_size=60), st.integers(0, 20_000))
@settings(max_examples=50, deadline=None)
def test_the_cache_stays_within_its_bytes(puts: list[tuple[int, int]], limit: int) -> None:
    cache = ScoreCache(limit)
    for key, length in puts:
        cache.put(bytes([key]), make_scored("x" * length))
        assert cache.bytes <= limit
    assert (cache.bytes == 0) == (len(cache) == 0)


def test_the_key_names_content_model_and_version() -> None:
    keys = [
        ContentKey(name, version)(text)
        for name, version in (("m", "1"), ("m", "2"), ("n", "1"))
        for text in ("a", "b", "\ud800")
    ]
    assert len(set(keys)) == len(keys)
    assert ContentKey("m", "1")("a") == keys[0]
