"""Which language a text is in, where that can be said. Pure; the table is read once, when it is first asked for.

Two steps: words that only English has decide at once (most posts, at a tenth of the cost), then py3langid's classifier,
which must be sure. Slang, typing errors, disguised spellings and a few words leave it unsure, and the answer is then
None: a post that cannot be told is treated like one in the model's language, never refused.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import cache
from typing import Final

import numpy as np
from py3langid.langid import MODEL_FILE, LanguageIdentifier

from service.memory import mapped

# Chosen on English comments and on German and Russian ones; see benchmarks/NOTES.md.
SURE: Final = 0.9
SURE_OTHER_SCRIPT: Final = (
    0.3  # of a text without Latin letters: what is left to confuse are neighbours such as ru and be
)
SURE_KNOWN: Final = 0.4  # of a language that the model reads: being wrong costs nothing there
LEAST_LETTERS: Final = 12

# The classifier reads a text's beginning only: it walks byte by byte.
_READ: Final = 600
_ENGLISH: Final = re.compile(
    r"(?<![^\W_])(?:the|and|you|your|you're|youre|that|that's|thats|this|they|they're|with|have|what|it's|don't|dont|why|who|because"
    r"|would|could|should|people|from|been|their|there|these|those|which|about|isn't|can't|cant|doesn't|didn't|i'm|he's|she's"
    r"|are|were|how|when|then|than|them|yourself|nobody|everyone|something|nothing|get|like|just|know|think|want)(?![^\W_])"
)
_WORD: Final = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_ADDRESS: Final = re.compile(r"https?://\S+|www\.\S+|(?<!\S)\S+@\S+|[@#]\w+")
_STRETCH: Final = re.compile(r"[^.!?\n。！？]+")
_LATIN: Final = "LATIN"


def detect_language(text: str, default: str = "en") -> str:
    """ISO 639-1 code of the text's language; `default` where it cannot be told (short, misspelt, emoji only)."""
    return language_of(text, (default,)) or default


def language_of(text: str, known: Collection[str]) -> str | None:
    """ISO 639-1 code of the text's language, or None where it cannot be told: short, misspelt, mixed, emoji only.

    known: the languages that the model reads. A text that has a part in one of them is never said to be in another.
    """
    text = _ADDRESS.sub(" ", text.replace("’", "'").lower())
    found = _detect(text, known)
    if found is None or found in known:
        return found
    return None if any(map(_reads(known), _STRETCH.findall(text))) else found


def load_languages() -> None:
    """Read the table now (0.4 s), so that no request has to wait for it."""
    _identifier()


def is_covered(language: str | None, known: Collection[str]) -> bool:
    """Whether a model for `known` languages may judge the text; "*" stands for any, and so does a text that cannot be told."""
    return language is None or language in known or "*" in known


def _reads(known: Collection[str]) -> Callable[[str], bool]:
    """Whether a part of a text is in one of the languages; for English the words suffice, which is cheap."""
    if set(known) == {"en"}:
        return lambda part: _is_english(part, len(_WORD.findall(part)))
    return lambda part: _detect(part, known) in known


def _detect(text: str, known: Collection[str]) -> str | None:
    text = text[:_READ]
    words = _WORD.findall(text)
    letters = sum(map(len, words))
    if _is_english(text, len(words)):
        return "en"
    scripts = [_scripts(word) for word in words]
    if any(len(several) > 1 for several in scripts):
        return None  # letters of two alphabets in one word: a disguise
    latin = any(_LATIN in several for several in scripts)
    if letters < LEAST_LETTERS and (latin or letters < LEAST_LETTERS // 4):
        return None
    language, probability = _identifier().classify(text)
    limit = SURE_KNOWN if language in known else SURE if latin else SURE_OTHER_SCRIPT
    return str(language) if probability >= limit and len(language) == 2 else None


def _is_english(text: str, words: int) -> bool:
    own = _ENGLISH.findall(text)
    return len(set(own)) >= 2 and len(own) * 8 >= words


def _scripts(word: str) -> frozenset[str]:
    """The alphabets among a word's letters, such as LATIN; those that are written together count as one."""
    names = {unicodedata.name(letter, "").partition(" ")[0] for letter in set(word)}
    return frozenset(
        "LATIN" if name in ("LATIN", "FULLWIDTH") else name for name in names & {"LATIN", "CYRILLIC", "GREEK"}
    )


@cache
def _identifier() -> LanguageIdentifier:
    found = LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
    # Two tables of 70 MB, of which the languages that come by use a small part.
    found.tk_nextmove = mapped(memoryview(found.tk_nextmove))
    table = found.nb_ptc
    flat = mapped(memoryview(table.view(np.uint16).reshape(-1)))
    found.nb_ptc = np.frombuffer(flat, np.uint16).view(table.dtype).reshape(table.shape)
    found._full_model = (found.nb_ptc, *found._full_model[1:])
    return found
