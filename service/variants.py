"""Which texts of a post the model reads, and where they are in the post.

A post is judged on its own words: what it quotes from others is left out. Where the lexicon found a disguised word, the
model reads the folded text too, since a classifier that never saw "1d10t" has no opinion on it; the higher score counts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from models.types import Attribution
from service.lexicon import Match
from service.splitting.section import Post, Quote
from service.text.fold import Folded, fold

_JOINT = "\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters `start:end` of the post at `at` in the text that is scored."""

    start: int
    end: int
    at: int


@dataclass(frozen=True, slots=True)
class Variant:
    """A text for the model. pieces: its parts in the post; folded: the step between, for a folded variant."""

    text: str
    pieces: tuple[Piece, ...]
    folded: Folded | None = None

    def attributions(self, found: Sequence[Attribution]) -> tuple[Attribution, ...]:
        """Attributions in this text as attributions in the post; one that spans a left-out quote becomes several."""
        placed = []
        for item in found:
            start, end = self.folded.span(item.start, item.end) if self.folded else (item.start, item.end)
            for piece in self.pieces:
                first = max(start, piece.at)
                last = min(end, piece.at + piece.end - piece.start)
                if first < last:
                    shift = piece.start - piece.at
                    placed.append(Attribution(first + shift, last + shift, item.weight))
        return tuple(placed)


def variants(post: Post, matches: Sequence[Match]) -> tuple[Variant, ...]:
    """The texts of `post` to score: none for a blank post, its own words, and these folded if a match was disguised."""
    own = _own_words(post.text, post.quotes)
    if not own.text.strip():
        return ()
    if not any(match.obfuscated for match in matches):
        return (own,)
    folded = fold(own.text)
    if not folded.text.strip() or folded.text == own.text:
        return (own,)
    return own, Variant(folded.text, own.pieces, folded)


def _own_words(text: str, quotes: Sequence[Quote]) -> Variant:
    """The text without its quotes; the whole text where nothing else is in it."""
    pieces: list[Piece] = []
    parts: list[str] = []
    at = 0
    cursor = 0
    for quote in (*quotes, Quote(len(text), len(text))):
        part = text[cursor : quote.start]
        if part.strip():
            pieces.append(Piece(cursor, quote.start, at))
            parts.append(part)
            at += len(part) + len(_JOINT)
        cursor = quote.end
    if not pieces:
        return Variant(text, (Piece(0, len(text), 0),))
    return Variant(_JOINT.join(parts), tuple(pieces))
