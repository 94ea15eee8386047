"""Benign look-alikes: words, names, numbers, units, code and links that only look like slurs or swear words."""

from __future__ import annotations

from pathlib import Path

from service.lexicon import Lexicon, Match, packaged_specs

LIMIT = 0.02
LEXICON = Lexicon(packaged_specs())
LINES = Path(__file__).with_name("lookalikes.txt").read_text(encoding="utf-8").splitlines()


def accusations(text: str) -> list[Match]:
    """Slurs and swear words found."""
    return [match for match in LEXICON.find(text) if match.entry.category in ("slur", "profanity")]


def test_look_alikes_are_left_alone() -> None:
    assert len(LINES) >= 150
    wrong = {
        line: [(m.entry.id, line[m.start : m.end]) for m in found] for line in LINES if (found := accusations(line))
    }
    assert len(wrong) <= LIMIT * len(LINES), wrong


def test_no_look_alike_reads_as_disguised_slur() -> None:
    wrong = [(line, m) for line in LINES for m in accusations(line) if m.obfuscated and m.entry.category == "slur"]
    assert wrong == []
