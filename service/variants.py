"""Which texts of a post the model reads, and where they are in the post.

A post is judged on its own words: what it quotes from others is left out. Where the lexicon read a disguised or misspelt word
or letters stand there in another shape, the model reads the post undisguised too, since a classifier that never saw "1d10t"
has no opinion on it; the higher score counts.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from models.types import Attribution
from service.lexicon import Match
from service.splitting.section import Post, Quote
from service.text.fold import Folded, fold, uncovers
from service.text.hashtags import hashtags

_JOINT = "\n"


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a text for the model: `text`, which was read from `start:end` of the post.

    folded: the map back, where the words were folded; without it, text of the same length is the post's own, and other
    text stands for the whole of `start:end`.
    """

    text: str
    start: int
    end: int
    folded: Folded | None = None

    def span(self, i: int, j: int) -> tuple[int, int]:
        """Half-open code points of the post behind `text[i:j]`."""
        if self.folded is not None:
            start, end = self.folded.span(i, j)
            return self.start + start, self.start + end
        if len(self.text) == self.end - self.start:
            return self.start + i, self.start + j
        return self.start, self.end


@dataclass(frozen=True, slots=True)
class Variant:
    """A text for the model. pieces: what it is made of, in order."""

    text: str
    pieces: tuple[Piece, ...]

    @classmethod
    def of(cls, pieces: Sequence[Piece]) -> Variant:
        """The text of these pieces. A line break stands for what was left out between two that did not touch."""
        return cls(
            "".join(joint + piece.text for joint, piece in zip(_joints(pieces), pieces, strict=True)), tuple(pieces)
        )

    def attributions(self, found: Sequence[Attribution]) -> tuple[Attribution, ...]:
        """Attributions in this text as attributions in the post, one for each piece that they touch."""
        placed = []
        for item in found:
            at = 0
            for joint, piece in zip(_joints(self.pieces), self.pieces, strict=True):
                at += len(joint)
                first, last = max(item.start - at, 0), min(item.end - at, len(piece.text))
                if first < last:
                    placed.append(Attribution(*piece.span(first, last), item.weight))
                at += len(piece.text)
        return tuple(placed)


def variants(post: Post, matches: Sequence[Match]) -> tuple[Variant, ...]:
    """The texts of `post` to score: none for a blank post, its own words, and these undisguised if anything was disguised."""
    own = Variant.of(_own_words(post.text, post.quotes))
    if not own.text.strip():
        return ()
    disguised = [(match.start, match.end, match.form) for match in matches if match.obfuscated or match.respelt]
    disguised += [(*tag.span(0, len(tag.text)), tag.text) for tag in hashtags(post.text)]
    if not disguised and not any(uncovers(piece.text, fold(piece.text)) for piece in own.pieces):
        return (own,)
    disguised.sort()
    plain = Variant.of([part for piece in own.pieces for part in _undisguised(piece, disguised)])
    return (own, plain) if plain.text.strip() and plain.text != own.text else (own,)


def _own_words(text: str, quotes: Sequence[Quote]) -> list[Piece]:
    """The text without its quotes; the whole text where nothing else is in it."""
    pieces = []
    cursor = 0
    for quote in (*quotes, Quote(len(text), len(text))):
        part = text[cursor : quote.start]
        if part.strip():
            pieces.append(Piece(part, cursor, quote.start))
        cursor = quote.end
    return pieces or [Piece(text, 0, len(text))]


def _undisguised(piece: Piece, disguised: Iterable[tuple[int, int, str]]) -> Iterator[Piece]:
    """The words of a piece as a reader takes them: folded, and disguised words in their plain spelling. disguised: where
    these lie in the post, in order, and their spelling, "" where folding shows it."""
    cursor = piece.start
    for start, end, form in disguised:
        if form and cursor <= start and end <= piece.end:
            yield from _folded(piece, cursor, start)
            yield Piece(_apart(form, piece, start, end), start, end)
            cursor = end
    yield from _folded(piece, cursor, piece.end)


def _apart(form: str, piece: Piece, start: int, end: int) -> str:
    """The form, with blanks where it would run into the words beside it, as pictures may."""
    before = piece.text[: start - piece.start][-1:]
    after = piece.text[end - piece.start :][:1]
    return f"{' ' * _joins(before)}{form}{' ' * _joins(after)}"


def _joins(beside: str) -> bool:
    return bool(beside) and not beside.isspace() and (beside.isalnum() or not beside.isascii())


def _folded(piece: Piece, start: int, end: int) -> Iterator[Piece]:
    folded = fold(piece.text[start - piece.start : end - piece.start])
    if folded.text:
        yield Piece(folded.text, start, end, folded)


def _joints(pieces: Sequence[Piece]) -> Iterator[str]:
    """What stands before each piece."""
    end = pieces[0].start
    for piece in pieces:
        yield "" if piece.start == end else _JOINT
        end = piece.end
