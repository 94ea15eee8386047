"""Spans: whole words, whole grapheme clusters, no overlap."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.text.spans import REACH, merge, widen


@pytest.mark.parametrize(
    ("text", "part", "wide"),
    [
        ("some words here", "ord", "words"),
        ("don't stop", "on", "don't"),
        ("don’t stop", "’", "don’t"),
        ("the 'word' here", "or", "word"),
        ("cafe\u0301 au lait", "caf", "cafe\u0301"),
        ("ok 👩‍👩‍👧‍👦 end", "👩", "👩‍👩‍👧‍👦"),
        ("thumb 👍🏽 up", "👍", "👍🏽"),
        ("flags 🇩🇪🇫🇷 x", "🇩", "🇩🇪"),
        ("flags 🇩🇪🇫🇷 x", "🇷", "🇫🇷"),
        ("a\r\nb", "\r", "\r\n"),
        ("well-known", "now", "known"),
        ("snake_case", "nak", "snake"),
    ],
)
def test_widens_to_what_a_reader_would_mark(text: str, part: str, wide: str) -> None:
    start = text.index(part)
    assert text[slice(*widen(text, start, start + len(part)))] == wide


def test_an_empty_span_stays() -> None:
    assert widen("word", 2, 2) == (2, 2)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (3, 2), (0, 9)])
def test_a_span_outside_the_text_is_refused(start: int, end: int) -> None:
    with pytest.raises(ValueError, match="no such span"):
        widen("word", start, end)


def test_endless_words_are_followed_only_so_far() -> None:
    assert widen("a" * 1000, 500, 501) == (500 - REACH, 501 + REACH)


@given(st.text(st.sampled_from("ab '’-\u0301\u200d👍🏽🇩🇪\r\né"), min_size=1, max_size=30), st.data())
@settings(max_examples=200, deadline=None)
def test_widening_holds_the_span_and_is_done_at_once(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    low, high = widen(text, start, end)
    assert 0 <= low <= start < end <= high <= len(text)
    assert widen(text, low, high) == (low, high)


def test_merge_keeps_the_first_and_the_rest_of_the_later() -> None:
    merged = merge([(5, 10, "lexicon"), (0, 20, "model"), (30, 31, "model"), (6, 8, "late")])
    assert merged == ((0, 5, "model"), (5, 10, "lexicon"), (10, 20, "model"), (30, 31, "model"))


SPANS = st.lists(st.tuples(st.integers(0, 30), st.integers(1, 8), st.sampled_from("abc")), max_size=8)


@given(SPANS)
@settings(max_examples=200, deadline=None)
def test_merged_spans_never_overlap_and_cover_the_same(raw: list[tuple[int, int, str]]) -> None:
    spans = [(start, start + size, source) for start, size, source in raw]
    merged = merge(spans)
    assert all(a[1] <= b[0] for a, b in itertools.pairwise(merged))
    assert {i for s, e, _ in merged for i in range(s, e)} == {i for s, e, _ in spans for i in range(s, e)}
    first = {i: source for s, e, source in reversed(spans) for i in range(s, e)}
    assert all(first[i] == source for s, e, source in merged for i in range(s, e))
