"""Sentences of a text with their places, by the library nupunkt. Offsets are code points, half open."""

from __future__ import annotations

import re

import nupunkt

_PARAGRAPH = re.compile(r"\S(?:.|\n(?!\s*\n))*", re.MULTILINE)


def split_sentences(text: str) -> list[tuple[int, int]]:
    """Where each sentence is, without the white space around it; in order, never overlapping, none blank.

    A blank line ends a sentence too, also without a full stop.
    """
    spans = []
    for paragraph in _PARAGRAPH.finditer(text):
        words, at = paragraph[0], paragraph.start()
        for start, end in nupunkt.sent_spans(words):
            piece = words[start:end]
            if piece.strip():
                spans.append((at + start + len(piece) - len(piece.lstrip()), at + start + len(piece.rstrip())))
    return spans
