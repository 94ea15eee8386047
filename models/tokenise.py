"""Text to `Encoded`: token ids with code-point offsets, cut into overlapping windows. Uses Hugging Face `tokenizers` only."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tokenizers import Encoding, Tokenizer

from models.types import Encoded
from models.windows import make_windows

_SURROGATE = re.compile("[\ud800-\udfff]")


class Tokeniser:
    """A tokenizer with a model's window length. Thread-safe; works outside the GIL while it splits.

    Special tokens written out in a comment (`[SEP]`, `</s>`) are ordinary text: a commenter cannot steer the model's
    input format. window: ids of one model input, special tokens included; stride: tokens that neighbours share.
    """

    def __init__(self, tokenizer: Tokenizer, *, window: int, stride: int, pad_id: int) -> None:
        tokenizer.no_truncation()
        tokenizer.no_padding()
        tokenizer.encode_special_tokens = True
        self._tokenizer = tokenizer
        self._window = window
        self._stride = stride
        self._prefix, self._suffix = _special_tokens(tokenizer)
        # A model without special tokens still needs one id to run on an empty post.
        self._empty = () if self._prefix or self._suffix else (pad_id,)

    @classmethod
    def from_file(cls, path: Path, *, window: int, stride: int, pad_id: int) -> Tokeniser:
        """Read a `tokenizer.json`."""
        return cls(Tokenizer.from_file(str(path)), window=window, stride=stride, pad_id=pad_id)

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Tokenise posts. Lone surrogates count as U+FFFD, one code point for one, so that offsets stay true."""
        clean = [_SURROGATE.sub("\ufffd", text) for text in texts]
        encodings = self._tokenizer.encode_batch(clean, add_special_tokens=False)
        return [self._encoded(text, encoding) for text, encoding in zip(texts, encodings, strict=True)]

    def _encoded(self, text: str, encoding: Encoding) -> Encoded:
        windows = make_windows(
            np.array(encoding.ids, np.int64),
            np.array(encoding.offsets, np.int32).reshape(-1, 2),
            prefix=self._prefix if encoding.ids else self._prefix + self._empty,
            suffix=self._suffix,
            length=self._window,
            stride=self._stride,
        )
        return Encoded(text, windows)


def _special_tokens(tokenizer: Tokenizer) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The ids that the tokenizer's own template puts before and after one text."""
    sample = tokenizer.encode("a b", add_special_tokens=True)
    special = sample.special_tokens_mask
    inner = [at for at, flag in enumerate(special) if not flag]
    if not inner:
        return tuple(sample.ids), ()
    return tuple(sample.ids[: inner[0]]), tuple(sample.ids[inner[-1] + 1 :])
