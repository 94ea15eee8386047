"""Train-time obfuscations: what people do to a word so that a filter does not see it.

Pure functions of a text and a `random.Random`, so that a run can be repeated. Offsets are not kept: an augmented text
carries no token labels.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable

LEET = {"a": "@4", "e": "3", "i": "1!", "o": "0", "s": "$5", "t": "7+", "l": "1|", "b": "8", "g": "9"}
HOMOGLYPHS = {"a": "а", "c": "с", "e": "е", "i": "і", "o": "о", "p": "р", "s": "ѕ", "x": "х", "y": "у", "h": "һ"}
ZERO_WIDTH = ("\u200b", "\u200c", "\u200d", "\u2060", "\u00ad")
_WORD = re.compile(r"[A-Za-z]{4,}")


def _leet(word: str, rng: random.Random) -> str:
    return "".join(rng.choice(LEET[c.lower()]) if c.lower() in LEET and rng.random() < 0.6 else c for c in word)


def _homoglyph(word: str, rng: random.Random) -> str:
    return "".join(HOMOGLYPHS[c] if c in HOMOGLYPHS and rng.random() < 0.6 else c for c in word)


def _zero_width(word: str, rng: random.Random) -> str:
    return rng.choice(ZERO_WIDTH).join(word)


def _spaced(word: str, rng: random.Random) -> str:
    return rng.choice((" ", ".", "-", "_", "*")).join(word)


def _punctuated(word: str, rng: random.Random) -> str:
    cut = rng.randrange(1, len(word))
    return word[:cut] + rng.choice(".-_'*,") + word[cut:]


def _repeated(word: str, rng: random.Random) -> str:
    at = rng.randrange(len(word))
    return word[:at] + word[at] * rng.randint(3, 6) + word[at + 1 :]


def _masked(word: str, rng: random.Random) -> str:
    vowels = [i for i, c in enumerate(word) if c.lower() in "aeiou" and i > 0] or [len(word) // 2]
    at = rng.choice(vowels)
    return word[:at] + rng.choice("*#-_") + word[at + 1 :]


def _swapped(word: str, rng: random.Random) -> str:
    at = rng.randrange(1, len(word) - 1)
    return word[: at - 1] + word[at] + word[at - 1] + word[at + 1 :]


ATTACKS: dict[str, Callable[[str, random.Random], str]] = {
    "leet": _leet,
    "homoglyph": _homoglyph,
    "zero_width": _zero_width,
    "spaced": _spaced,
    "punctuated": _punctuated,
    "repeated": _repeated,
    "masked": _masked,
    "swapped": _swapped,
}


def attack(text: str, name: str, rng: random.Random, share: float = 1.0) -> str:
    """Apply one obfuscation to each word of four letters or more with probability `share`."""
    change = ATTACKS[name]
    return _WORD.sub(lambda m: change(m.group(), rng) if rng.random() < share else m.group(), text)


def disguise(text: str, rng: random.Random) -> str:
    """Apply one random obfuscation to a random share of the words: the augmentation used in training."""
    return attack(text, rng.choice(list(ATTACKS)), rng, share=rng.choice((0.15, 0.3, 0.6, 1.0)))
