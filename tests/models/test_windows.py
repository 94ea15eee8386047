"""Windows: every token is in one, neighbours share the stride, nothing is cut."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tokenizers import Tokenizer

from models.packing import pad
from models.tokenise import Tokeniser
from models.types import Window
from models.windows import make_windows, window_ranges


@st.composite
def shapes(draw: st.DrawFn) -> tuple[int, int, int]:
    capacity = draw(st.integers(1, 60))
    return draw(st.integers(0, 400)), capacity, draw(st.integers(0, capacity - 1))


@settings(deadline=None, max_examples=60)  # a busy machine is not a failure
@given(shapes())
def test_ranges_cover_all_tokens_and_overlap_by_the_stride(shape: tuple[int, int, int]) -> None:
    tokens, capacity, stride = shape
    ranges = window_ranges(tokens, capacity, stride)
    assert ranges[0][0] == 0
    assert ranges[-1][1] == tokens
    assert all(end - start <= capacity for start, end in ranges)
    for (_, left_end), (right_start, right_end) in pairwise(ranges):
        assert left_end - right_start == stride
        assert right_end > left_end
    assert all(end - start == capacity for start, end in ranges[:-1])


def test_stride_must_leave_room() -> None:
    with pytest.raises(ValueError, match="stride: expected 0 to 3, got 4"):
        window_ranges(10, 4, 4)


def test_windows_carry_special_tokens_with_empty_offsets() -> None:
    ids = np.arange(10, 17)
    offsets = np.array([[at, at + 1] for at in range(7)], np.int32)
    windows = make_windows(ids, offsets, prefix=(1,), suffix=(2, 3), length=7, stride=1)
    assert [window.ids.tolist() for window in windows] == [[1, 10, 11, 12, 13, 2, 3], [1, 13, 14, 15, 16, 2, 3]]
    for window in windows:
        empty = window.offsets[:, 0] == window.offsets[:, 1]
        assert empty.tolist() == [True, *[False] * (len(window) - 3), True, True]


TEXT = st.text(
    st.one_of(st.sampled_from("aeioux .,!*'\n"), st.characters(codec="utf-8"), st.sampled_from("𝒳🙂é́中\u200d")),
    max_size=300,
)


@settings(deadline=None, max_examples=60)  # a busy machine is not a failure
@given(texts=st.lists(TEXT, max_size=4))
def test_encoding_keeps_every_token_and_its_characters(tokenizer: Tokenizer, texts: list[str]) -> None:
    tokeniser = Tokeniser(tokenizer, window=16, stride=4, pad_id=0)
    for text, encoded in zip(texts, tokeniser.encode(texts), strict=True):
        assert encoded.text == text
        rebuilt = [token for at, window in enumerate(encoded.windows) for token in window.ids[1:-1][4 if at else 0 :]]
        assert rebuilt == tokenizer.encode(text, add_special_tokens=False).ids
        assert {(int(window.ids[0]), int(window.ids[-1])) for window in encoded.windows} == {(2, 3)}
        for window in encoded.windows:
            assert len(window) <= 16
            assert (window.offsets[:, 0] <= window.offsets[:, 1]).all()
            assert window.offsets.min() >= 0
            assert window.offsets.max() <= len(text)


def test_offsets_are_code_points(tokenizer: Tokenizer) -> None:
    text = "🙂𝒳 naïve idiot"
    (encoded,) = Tokeniser(tokenizer, window=64, stride=8, pad_id=0).encode([text])
    assert "idiot" in [text[start:end] for start, end in encoded.windows[0].offsets]


def test_lone_surrogates_keep_offsets_true(tokenizer: Tokenizer) -> None:
    text = "\ud800\udfff idiot"
    (encoded,) = Tokeniser(tokenizer, window=64, stride=8, pad_id=0).encode([text])
    assert "idiot" in [text[start:end] for start, end in encoded.windows[0].offsets]


def test_special_tokens_in_a_comment_are_text(tokenizer: Tokenizer) -> None:
    (encoded,) = Tokeniser(tokenizer, window=64, stride=8, pad_id=0).encode(["you [SEP] [PAD] idiot"])
    ids = encoded.windows[0].ids.tolist()
    assert ids.count(3) == 1
    assert 0 not in ids


def test_a_post_of_100_000_characters(tokenizer: Tokenizer) -> None:
    text = "you are! " * 11_112
    (encoded,) = Tokeniser(tokenizer, window=160, stride=40, pad_id=0).encode([text])
    covered = {(int(start), int(end)) for window in encoded.windows for start, end in window.offsets if start < end}
    assert len(covered) == 3 * 11_112
    assert encoded.tokens == sum(len(window) for window in encoded.windows)
    assert max(len(window) for window in encoded.windows) == 160


def _windows(lengths: list[int]) -> list[Window]:
    return [Window(np.arange(1, n + 1), np.zeros((n, 2), np.int32), 0) for n in lengths]


@settings(deadline=None, max_examples=60)  # a busy machine is not a failure
@given(
    st.lists(st.integers(1, 40), min_size=1, max_size=8),
    st.sampled_from([1, 8, 16]),
    st.sampled_from(["left", "right"]),
)
def test_padding_keeps_ids_and_marks_the_rest(lengths: list[int], multiple: int, side: str) -> None:
    windows = _windows(lengths)
    batch = pad(windows, pad_id=99, multiple=multiple, limit=42, side=side)  # type: ignore[arg-type]
    assert batch.ids.shape == batch.mask.shape
    assert batch.ids.shape[1] == 42 or batch.ids.shape[1] % multiple == 0
    assert batch.mask.sum(1).tolist() == lengths
    assert (batch.ids[batch.mask == 0] == 99).all()
    for window, row in zip(windows, batch.rows(batch.ids.astype(np.float32)), strict=True):
        assert row.tolist() == window.ids.tolist()


def test_no_windows_make_no_batch() -> None:
    with pytest.raises(ValueError, match="windows: expected at least one"):
        pad([], pad_id=0)
