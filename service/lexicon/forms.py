"""Forms: every spelling of every entry, and what the automaton over plain words is made of."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from service.lexicon.masks import MaskedWord
from service.lexicon.spec import Spec
from service.lexicon.usual import with_usual

SWAP_COST: Final = 0.5
SPLIT_COST: Final = 0.5
_LOOKALIKES: Final = (("u", "v"), ("g", "q"), ("i", "l"), ("l", "i"))
_SOUNDS: Final = (("f", "ph"), ("ck", "k"), ("ck", "kk"), ("ck", "q"), ("w", "vv"))
_SPLIT_FROM: Final = 6  # letters of a form that may be parted anywhere
_TELLING: Final = ("slur", "profanity", "insult")
# Words and names that a variant or a misspelling of some form happens to be.
INNOCENT: Final = frozenset(
    re.findall(
        r"\w+",
        "less jobs tags broke plays wages wage orange oranges hole holes mods guides gangs cons grid grids jets sars povs defy defies batch botch "
        "hale cracks psych slot slots mongols blues webs packs wingard trod trid pike mule moly kata corny duchy slots whole hoard "
        "annus assess barts basted batter belled blair brian bullion capped capping cunard dike dikes faggoting fagots "
        "faqs fold folds frills fruits gassed gasses hatte hatter hebes homme honeys jab kaila lairs looser maidan "
        "marcia marcion marion miner miners mining modis mold molds muzzle niggles paddles parts pasty pedals pokers "
        "pratt rapped rapper rappers rapping rouge sanding sanger sheene shiite shiites sitter sitters sitting speeds "
        "splc tanner three titles tittle today trads trudeau waking woops zambo "
        # with two letters swapped
        "anla arba ares arts bakal baos bart beta bobo carp christina crepe crisp dise elso frat funk gist hebe hist hurst ides iles kalai kaul "
        "koko kunst lair leos lira lise metl modi ojos part polka popo prev raab salp shoto sith trad twist veil",
    )
)
# Short words that stand beside any other: a form parted at one of them may be just two words.
_SMALL: Final = frozenset(
    re.findall(
        r"\w+",
        "a ad ago ah all am an and any are as ass at ate ay be bi big but by can car co cock con cum cut dam de did do dog "
        "don dr dump el en end er eye fag fat for fun gay get go god got gun ha had has hat he head her hi hit his ho hole hot "
        "how hum i if in ing is it its ive jack ken key la lap le let lie low ma mad man me men met mo mother mr my nag no nog not "
        "of off oh old on one or our out own oz pan pen per pet pig pop pub put ra ran rap rat re red rid sad saw say see set "
        "sex she shit sin sit so son sub ta tan tar tea ted ten the tie tin to toy tv two um un up us use van war was way we "
        "who why wit yo you",
    )
)


@dataclass(frozen=True, slots=True)
class Form:
    """One spelling of an entry. usual: the spelling of the same word that most people use, which a model knows best."""

    text: str
    spec: Spec
    usual: str

    @property
    def is_telling(self) -> bool:
        """Whether the form is abuse in itself, so that more may be read for it."""
        return self.spec.entry.category in _TELLING and not self.spec.entry.ambiguous


@dataclass(frozen=True, slots=True)
class Find:
    """A form at start:end of the folded text, or of a part of it."""

    start: int
    end: int
    form: Form
    cost: float


@dataclass(frozen=True, slots=True)
class Pattern:
    """What a hit of the automaton means: a form at a cost, or a benign phrase of some entries.

    lead/tail: blanks at the pattern's ends that are no part of the find.
    """

    lead: int
    tail: int
    form: Form | None = None
    cost: float = 0.0
    benign: frozenset[str] = frozenset()


def forms_of(specs: Iterable[Spec]) -> list[Form]:
    """All spellings, in order."""
    return [Form(*each) for each in with_usual(specs)]


def plain_patterns(forms: Sequence[Form], specs: Iterable[Spec]) -> tuple[list[Pattern], list[str]]:
    """The automaton's patterns and their texts. Plain spellings go before variants: a text has one meaning."""
    patterns: dict[str, Pattern] = {}
    for form in forms:
        if form.spec.hidden:
            continue
        lead, tail = int(form.spec.where != "inside"), int(form.spec.where == "word")
        patterns[" " * lead + form.text + " " * tail] = Pattern(lead, tail, form)
    taken = {form.text for form in forms} | INNOCENT
    for form in forms:
        if form.spec.disguise:
            for variant, cost in _variants(form):
                if variant not in taken:
                    patterns.setdefault(f" {variant} ", Pattern(1, 1, form, cost))
    benign: dict[str, set[str]] = defaultdict(set)
    for spec in specs:
        for phrase in spec.benign:
            benign[f" {phrase[:-1]}" if phrase.endswith("*") else f" {phrase} "].add(spec.entry.id)
    texts = list(patterns)
    found = list(patterns.values())
    for text, ids in benign.items():
        texts.append(text)
        found.append(Pattern(1, int(text.endswith(" ")), benign=frozenset(ids)))
    return found, texts


def _variants(form: Form) -> Iterator[tuple[str, float]]:
    """Spellings with letters only that disguise a form: a look-alike letter or sound, a part split off. Short and ambiguous
    forms have few, because theirs are words of their own."""
    text, entry = form.text, form.spec.entry
    if len(text) < 4 or entry.category not in _TELLING:
        return
    if entry.category != "insult":
        for old, new in _LOOKALIKES:
            if old in text and (len(text) > 4 or old == "u"):
                yield text.replace(old, new), SWAP_COST
    if entry.ambiguous:
        return
    if text.endswith("s"):
        yield text[:-1] + "z", SWAP_COST
    if entry.category != "insult" and text.startswith(("cu", "co", "ca")) and len(text) > 4:
        yield "k" + text[1:], SWAP_COST
    for old, new in _SOUNDS:
        if old in text:
            yield text.replace(old, new, 1), SWAP_COST
    if len(text) > 4 and " " not in text:
        yield from ((split, SPLIT_COST) for split in _splits(text, entry.category != "insult"))


def _splits(text: str, bold: bool) -> Iterator[str]:
    """The form in two parts, neither of which is a small word."""
    for at in range(1, len(text)):
        first, second = text[:at], text[at:]
        if at == 1 or at == len(text) - 1:
            if bold and (first[-1:] not in "aidmst" if at == 1 else second not in "aiu"):
                yield f"{first} {second}"
        elif len(text) >= _SPLIT_FROM and first not in _SMALL and second not in _SMALL:
            yield f"{first} {second}"


def masked_words(forms: Iterable[Form]) -> Iterator[MaskedWord]:
    """The words of the forms that may be masked."""
    for number, form in enumerate(forms):
        if form.spec.disguise:
            words = form.text.split(" ")
            for place, word in enumerate(words):
                if len(word) >= 3:
                    bold = len(word) >= 4 and (len(words) > 1 or not form.spec.entry.ambiguous)
                    yield MaskedWord(word, number, place, bold)


def conventional_masks(forms: Sequence[Form]) -> dict[str, MaskedWord]:
    """Maskings that entries list themselves; each stands for the entry's first form of that length, or its first form."""
    found: dict[str, MaskedWord] = {}
    for number, form in enumerate(forms):
        for mask in form.spec.masks:
            if mask not in found or (len(mask) == len(form.text) != len(found[mask].word)):
                found[mask] = MaskedWord(form.text, number, 0, False)
    return found
