"""Sentences of a text with their places, by the library nupunkt. Offsets are code points, half open."""

from __future__ import annotations

import nupunkt


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence is, without the white space around it; in order, never overlapping, none blank."""
    spans = []
    for start, end in nupunkt.sent_spans(text):
        piece = text[start:end]
        if piece.strip():
            spans.append((start + len(piece) - len(piece.lstrip()), start + len(piece.rstrip())))
    return spans
