"""Attacks written apart from those in attacks.py and in models/training/augment.py: other tables, other places, by chance.

Each takes a word in lower case and a `random.Random`.
"""

from __future__ import annotations

import random
from collections.abc import Callable

WIDE_LEET = {
    "a": ["4", "@", "/\\"], "b": ["8", "6", "|3"], "c": ["(", "<"], "d": ["|)"], "e": ["3", "€"], "f": ["ph"],
    "g": ["9", "6"], "h": ["#", "|-|"], "i": ["1", "!", "|"], "k": ["|<"], "l": ["1", "|"], "n": ["|\\|"], "o": ["0", "()"],
    "s": ["5", "$", "z"], "t": ["7", "+"], "u": ["v", "µ"], "v": ["\\/"], "w": ["vv", "\\/\\/"], "x": ["><", "%"],
}  # fmt: skip
CYRILLIC = dict(zip("aceopxyisjkmtbh", "асеорхуіѕјкмтьһ", strict=True))
GREEK = dict(zip("aeiknoptuvxyrb", "αεικηορτυνχγгβ", strict=True))
SMALL_CAPS = dict(zip("abcdefghijklmnoprstuvwyz", "ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘʀꜱᴛᴜᴠᴡʏᴢ", strict=True))
INVISIBLE = "\u200b\u200c\u200d\u2060\ufeff\u00ad\u180e\u034f\u061c\u2061\u2063\u200e\u202a\ufe0f\U000e0041\u115f"
ALPHABETS = {
    "fullwidth": 0xFF41, "bold": 0x1D41A, "italic sans": 0x1D622, "script": 0x1D4EA, "monospace": 0x1D68A,
    "double-struck": 0x1D552, "circled": 0x24D0, "parenthesised": 0x249C, "negative squared": 0x1F170,
}  # fmt: skip


def _some(word: str, rng: random.Random, share: float, change: Callable[[str], str]) -> str:
    """Changes letters by chance, at least one."""
    sure = rng.randrange(len(word))
    return "".join(change(c) if i == sure or rng.random() < share else c for i, c in enumerate(word))


def _one(word: str, rng: random.Random, wanted: str, change: Callable[[str], str]) -> str:
    """Changes one of the wanted letters behind the first, or the second letter."""
    places = [i for i, c in enumerate(word) if i and c in wanted] or [1]
    at = rng.choice(places)
    return word[:at] + change(word[at]) + word[at + 1 :]


def _styled(first: int) -> Callable[[str, random.Random], str]:
    return lambda word, rng: "".join(chr(first + ord(c) - 97) for c in word)


def _swapped(word: str, rng: random.Random) -> str:
    places = [i for i in range(1, len(word) - 2) if word[i] != word[i + 1]]
    at = rng.choice(places) if places else 0
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


HELD_OUT: dict[str, Callable[[str, random.Random], str]] = {
    "wide leet, one": lambda w, r: _one(w, r, "aeiost", lambda c: r.choice(WIDE_LEET.get(c, [c]))),
    "wide leet, half": lambda w, r: _some(w, r, 0.4, lambda c: r.choice(WIDE_LEET.get(c, [c]))),
    "leet, all vowels": lambda w, r: "".join(r.choice(WIDE_LEET[c]) if c in "aeio" else c for c in w),
    "cyrillic, all": lambda w, r: "".join(CYRILLIC.get(c, c) for c in w),
    "cyrillic, some": lambda w, r: _some(w, r, 0.3, lambda c: CYRILLIC.get(c, c)),
    "greek, some": lambda w, r: _some(w, r, 0.3, lambda c: GREEK.get(c, c)),
    "small capitals": lambda w, r: "".join(SMALL_CAPS.get(c, c) for c in w),
    **{name: _styled(first) for name, first in ALPHABETS.items()},
    "invisible, everywhere": lambda w, r: "".join(c + r.choice(INVISIBLE) for c in w[:-1]) + w[-1],
    "invisible, once": lambda w, r: _one(w, r, w, lambda c: c + r.choice(INVISIBLE)),
    "one separator": lambda w, r: _one(w, r, w[:-1], lambda c: c + r.choice(".-_*/,~'")),
    "separators everywhere": lambda w, r: r.choice([".", "-", "_", "*", "/", " ", "  ", "|", "~", " - ", "+"]).join(w),
    "separators, two letters": lambda w, r: r.choice(".-_").join(w[i : i + 2] for i in range(0, len(w), 2)),
    "one letter repeated": lambda w, r: _one(w, r, w, lambda c: c * r.randint(2, 8)),
    "all letters repeated": lambda w, r: "".join(c * r.randint(2, 4) for c in w),
    "vowels masked": lambda w, r: _one(w, r, "aeiou", lambda c: r.choice("*#-_@$.")),
    "all vowels masked": lambda w, r: w[0] + "".join("*" if c in "aeiou" else c for c in w[1:]),
    "consonant masked": lambda w, r: _one(w, r, "bcdfghjklmnpqrstvwxz", lambda c: r.choice("*#_")),
    "leet and upper case": lambda w, r: _one(w, r, "aeiost", lambda c: r.choice(WIDE_LEET.get(c, [c]))).upper(),
    "leet and separators": lambda w, r: r.choice(".-_ ").join(_one(w, r, "aeios", lambda c: WIDE_LEET.get(c, [c])[0])),
    "homoglyph and invisible": lambda w, r: "\u200b".join(CYRILLIC.get(c, c) for c in w),
    "repeats and leet": lambda w, r: _one(
        _one(w, r, "aeiost", lambda c: r.choice(WIDE_LEET.get(c, [c])[:2])), r, w, lambda c: c * 3
    ),
    "accents": lambda w, r: "".join(c + r.choice("\u0300\u0308\u0327\u0336") for c in w),
    "letters swapped": _swapped,
}
