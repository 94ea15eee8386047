"""Ways in which people disguise a word, each a deterministic function of the word."""

from __future__ import annotations

from collections.abc import Callable

LEET = str.maketrans("aeiost", "431057")
SYMBOLS = str.maketrans("ais", "@!$")
HOMOGLYPHS = str.maketrans("aceiopxyskhtmn", "асеіорхуѕкһтмп")
TURNED = str.maketrans("abcdefghijklmnopqrstuvwxyz", "ɐqɔpǝɟƃɥᴉɾʞlɯuodbɹsʇnʌʍxʎz")
VOWELS = "aeiou"


def _middle(word: str, change: Callable[[str], str]) -> str:
    """The word with one letter changed: its first vowel after the first letter, or its second letter."""
    at = next((i for i in range(1, len(word)) if word[i] in VOWELS), 1)
    return word[:at] + change(word[at]) + word[at + 1 :]


def _one_leet(word: str) -> str:
    at = next((i for i, c in enumerate(word) if i and c in "aeiost"), None)
    return word if at is None else word[:at] + word[at].translate(LEET) + word[at + 1 :]


ATTACKS: dict[str, Callable[[str], str]] = {
    "plain": str,
    "upper case": str.upper,
    "leet": _one_leet,
    "symbols": lambda word: word[0] + word[1:].translate(SYMBOLS),
    "homoglyphs": lambda word: word.translate(HOMOGLYPHS),
    "zero width": "\u200b".join,
    "soft hyphens": lambda word: word[:2] + "\u00ad" + word[2:],
    "spaces": " ".join,
    "dots": ".".join,
    "hyphens": "-".join,
    "underscores": "_".join,
    "stars between": "*".join,
    "one dot": lambda word: word[:2] + "." + word[2:],
    "repeats": lambda word: _middle(word, lambda letter: letter * 5),
    "last repeated": lambda word: word + word[-1] * 4,
    "masked vowel": lambda word: _middle(word, lambda _: "*"),
    "masked by #": lambda word: _middle(word, lambda _: "#"),
    "two masked": lambda word: word[0] + "**" + word[3:],
    "combining marks": lambda word: "".join(c + "\u0336\u0301" for c in word),
    "fullwidth": lambda word: "".join(chr(ord(c) + 0xFEE0) for c in word),
    "bold fraktur": lambda word: "".join(chr(0x1D586 + ord(c) - 97) for c in word),
    "circled": lambda word: "".join(chr(0x24D0 + ord(c) - 97) for c in word),
    "squared emoji": lambda word: "".join(chr(0x1F170 + ord(c) - 97) for c in word),
    "regional indicators": lambda word: "".join(chr(0x1F1E6 + ord(c) - 97) for c in word),
    "bidi override": lambda word: "\u202e" + word[::-1] + "\u202c",
    "bidi marks": lambda word: word[:3] + "\u200f" + word[3:],
    "upside down": lambda word: word.translate(TURNED)[::-1],
    "tag inside": lambda word: word[:2] + "<wbr>" + word[2:],
    "emphasis inside": lambda word: word[:2] + "**" + word[2] + "**" + word[3:],
    "bracket inside": lambda word: word[:2] + "(" + word[2] + ")" + word[3:],
    "a letter a line": "\n".join,
    "accents": lambda word: _middle(word, lambda letter: letter + "\u0308"),
}
