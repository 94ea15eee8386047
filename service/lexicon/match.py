"""Lexicon: finds entries in a post, in plain and in disguised spelling.

One automaton runs over the folded post and finds plain forms, benign phrases and signs of stretched words. Parts that look
disguised are read again: their skeletons go through a second automaton and their masks through an index of the lexicon's
words; each candidate is then checked for its cost and its borders. Linear in the post's length.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from ahocorasick_rs import AhoCorasick

from service.lexicon.entry import Match
from service.lexicon.masks import MaskedWord, MaskIndex
from service.lexicon.spec import Spec
from service.text.fold import Folded, fold
from service.text.readings import disguised, region, skeleton
from service.text.spans import widen

Phrases = Callable[[Folded, str], tuple[Match, ...]]

_RANKS: Final = {"slur": 0, "profanity": 2, "insult": 3}
_LAST: Final = 4
_WINDOW: Final = 60  # characters to either side in which words rule a sense out or in
_SWAP_COST: Final = 0.5
_SPLIT_COST: Final = 0.5
_FOREIGN: Final = 0.2  # what a character costs that folding had to replace
_FOREIGN_CAP: Final = 1.0
_NEARBY: Final = 8  # benign phrases looked at before a find
_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_LOOKALIKES: Final = (("u", "v"), ("g", "q"), ("i", "l"), ("l", "i"))
# Words that a variant of some form happens to be.
_INNOCENT: Final = frozenset(
    re.findall(
        r"\w+",
        "assess bullion dike dikes faggoting fagots faqs fold folds frills fruits jab looser mold molds muzzle paddles shiite "
        "shiites speeds splc titles tittle woops",
    )
)
_NAME_AFTER: Final = re.compile(r"['’]?s? (?:van |von |de |der |la |le |[A-Z]\. ?)*[A-Z][a-z]")
_NAME_BEFORE: Final = re.compile(r"(?<![.!?:] )(?<!\A)\b[A-Z](?:[a-z]+|\.) (?:van |von |de |der |la |le )*\Z")
_LINK: Final = re.compile(r"(?:https?://|www\.)\S++")


class _Blank(dict[int, str]):
    """code point -> itself for letters and digits, a space for the rest."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        shown = self[code] = character if character.isalnum() else " "
        return shown


_BLANK: Final = _Blank((code, chr(code) if chr(code).isalnum() else " ") for code in range(128))


@dataclass(frozen=True, slots=True)
class _Form:
    """One spelling of an entry."""

    text: str
    spec: Spec


@dataclass(frozen=True, slots=True)
class _Pattern:
    """What a hit of the first automaton means: a form at a cost, a benign phrase of some entries, or a stretched letter.

    lead/tail: blanks at the pattern's ends that are no part of the find.
    """

    lead: int
    tail: int
    form: _Form | None = None
    cost: float = 0.0
    benign: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class _Find:
    """A form at start:end of the folded text."""

    start: int
    end: int
    form: _Form
    cost: float


@dataclass(frozen=True, slots=True)
class _View:
    """A post as the matcher looks at it. words: the folded text, padded with a blank at each end, with blanks for all that is
    neither letter nor digit, so that place i of the folded text is place i + 1 here."""

    text: str
    folded: Folded
    words: str


_Phrase = tuple[int, int, frozenset[str]]  # where a benign phrase lies, and the entries that it rules out


class Lexicon:
    """Entries and the automata to find them. Immutable, so that one value serves all threads.

    phrases: a further finder that works on the folded text, for patterns with slots.
    """

    def __init__(self, specs: Sequence[Spec], phrases: Phrases | None = None) -> None:
        self.entries = tuple(spec.entry for spec in specs)
        self._phrases = phrases
        forms = [_Form(text, spec) for spec in specs for text in spec.forms]
        self._patterns, texts = _plain_patterns(forms, specs)
        self._plain = AhoCorasick(texts)
        skeletons: dict[str, list[_Form]] = defaultdict(list)
        for form in forms:
            if form.spec.disguise and len(form.text.replace(" ", "")) >= 3:
                skeletons[skeleton(form.text)].append(form)
        self._skeletons = list(skeletons.values())
        self._disguised = AhoCorasick(list(skeletons))
        self._forms = forms
        self._masks = MaskIndex(_masked_words(forms), _conventional_masks(forms))

    def find(self, text: str) -> tuple[Match, ...]:
        """Matches in order of their start. Those of words never overlap; phrases may lie around them."""
        if not text:
            return ()
        folded = fold(text)
        shown = folded.text
        if "://" in shown or "www." in shown:
            shown = _LINK.sub(lambda link: " " * len(link.group()), shown)
        view = _View(text, folded, f" {shown.translate(_BLANK)} ")
        finds, benign, stretched = self._find_plain(view)
        finds.extend(self._find_disguised(shown, view.words, stretched))
        matches: list[Match] = []
        if finds:
            meant = [find for find in finds if _is_meant(find, view, benign)]
            matches = [_match(find, view) for find in _disjoint(meant)]
        if self._phrases is not None:
            matches.extend(self._phrases(folded, text))
        matches.sort(key=lambda match: (match.start, match.end))
        return tuple(matches)

    def _find_plain(self, view: _View) -> tuple[list[_Find], list[_Phrase], list[tuple[int, int]]]:
        """Forms, benign phrases, and tokens with a letter too often, all in places of the folded text."""
        finds: list[_Find] = []
        benign: list[_Phrase] = []
        stretched: list[tuple[int, int]] = []
        for number, start, end in self._plain.find_matches_as_indexes(view.words, overlapping=True):
            pattern = self._patterns[number]
            start, end = start + pattern.lead - 1, end - pattern.tail - 1
            if pattern.form is not None:
                finds.append(_Find(start, end, pattern.form, pattern.cost))
            elif pattern.benign:
                benign.append((start, end, pattern.benign))
            elif not stretched or start >= stretched[-1][1]:
                stretched.append(_token(view.words, start))
        benign.sort(key=lambda phrase: phrase[0])
        return finds, benign, stretched

    def _find_disguised(self, shown: str, words: str, stretched: Iterable[tuple[int, int]]) -> Iterator[_Find]:
        """Forms in other readings of the parts that look disguised."""
        for start, end in stretched:
            yield from self._find_in_region(shown, start, end, False)
        for start, end, spelled in disguised(shown):
            yield from self._find_in_region(shown, start, end, spelled)
            if not spelled:
                yield from self._find_masked(shown, words, start, end)

    def _find_masked(self, shown: str, words: str, start: int, end: int) -> list[_Find]:
        """Forms with a masked word in shown[start:end]. Where the mask may as well hide a plain swear word, no slur is read
        into it."""
        finds: list[_Find] = []
        for low, high, word, cost in self._masks.find(shown, start, end):
            form = self._forms[word.form]
            place = _whole(words, low, high, form.text.split(" "), word.place)
            if place is not None:
                finds.append(_Find(*place, form, cost))
        milder = [find for find in finds if find.form.spec.entry.category != "slur"]
        return [
            find
            for find in finds
            if find.form.spec.entry.category != "slur"
            or not any(other.cost <= find.cost and other.end - other.start >= find.end - find.start for other in milder)
        ]

    def _find_in_region(self, shown: str, start: int, end: int, spelled: bool) -> Iterator[_Find]:
        part = region(shown, start, end, spelled)
        for number, low, high in self._disguised.find_matches_as_indexes(part.skeleton, overlapping=True):
            first, last = part.units_of(low, high)
            for form in self._skeletons[number]:
                if form.spec.where == "word" and not part.holds(first, last):
                    continue
                cost = part.align(form.text, first, last)
                if cost:
                    yield _Find(part.starts[first], part.ends[last - 1], form, cost)


def _plain_patterns(forms: Sequence[_Form], specs: Sequence[Spec]) -> tuple[list[_Pattern], list[str]]:
    """The first automaton's patterns and their texts. Plain spellings go before variants: a text has one meaning."""
    patterns: dict[str, _Pattern] = {}
    for form in forms:
        lead, tail = int(form.spec.where != "inside"), int(form.spec.where == "word")
        patterns[" " * lead + form.text + " " * tail] = _Pattern(lead, tail, form)
    taken = {form.text for form in forms} | _INNOCENT
    for form in forms:
        if form.spec.disguise:
            for variant, cost in _variants(form):
                if variant not in taken:
                    patterns.setdefault(f" {variant} ", _Pattern(1, 1, form, cost))
    benign: dict[str, set[str]] = defaultdict(set)
    for spec in specs:
        for phrase in spec.benign:
            benign[f" {phrase[:-1]}" if phrase.endswith("*") else f" {phrase} "].add(spec.entry.id)
    texts = list(patterns)
    found = list(patterns.values())
    for text, ids in benign.items():
        texts.append(text)
        found.append(_Pattern(1, int(text.endswith(" ")), benign=frozenset(ids)))
    for letter in _LETTERS:
        texts.append(letter * 3)
        found.append(_Pattern(0, 0))
    return found, texts


def _variants(form: _Form) -> Iterator[tuple[str, float]]:
    """Spellings with letters only that disguise a form: a look-alike letter, a doubled letter, a part split off. Short and
    ambiguous forms have few, because theirs are words of their own."""
    text, entry = form.text, form.spec.entry
    if len(text) < 4 or entry.category not in ("slur", "profanity"):
        return
    for old, new in _LOOKALIKES:
        if old in text and (len(text) > 4 or old == "u"):
            yield text.replace(old, new), _SWAP_COST
    if entry.ambiguous:
        return
    if text.endswith("s"):
        yield text[:-1] + "z", _SWAP_COST
    if text.startswith(("cu", "co", "ca")) and len(text) > 4:
        yield "k" + text[1:], _SWAP_COST
    for i, letter in enumerate(text[:-1] if text.endswith("s") else text):
        if letter != " " and text[i - 1 : i] != letter and text[i + 1 : i + 2] != letter:
            yield text[: i + 1] + text[i:], _SWAP_COST
    if len(text) > 4 and " " not in text:
        if text[0] not in "aidmst":
            yield f"{text[0]} {text[1:]}", _SPLIT_COST
        if text[-1] not in "aiu":
            yield f"{text[:-1]} {text[-1]}", _SPLIT_COST


def _masked_words(forms: Iterable[_Form]) -> Iterator[MaskedWord]:
    """The words of the forms that may be masked."""
    for number, form in enumerate(forms):
        if form.spec.disguise:
            words = form.text.split(" ")
            for place, word in enumerate(words):
                if len(word) >= 3:
                    bold = len(word) >= 4 and (len(words) > 1 or not form.spec.entry.ambiguous)
                    yield MaskedWord(word, number, place, bold)


def _conventional_masks(forms: Sequence[_Form]) -> dict[str, MaskedWord]:
    """Maskings that entries list themselves; each stands for the entry's first form of that length, or its first form."""
    found: dict[str, MaskedWord] = {}
    for number, form in enumerate(forms):
        for mask in form.spec.masks:
            if mask not in found or (len(mask) == len(form.text) != len(found[mask].word)):
                found[mask] = MaskedWord(form.text, number, 0, False)
    return found


def _token(words: str, at: int) -> tuple[int, int]:
    """The word around place `at` of the folded text."""
    return words.rfind(" ", 0, at + 1), words.find(" ", at + 1) - 1


def _whole(words: str, low: int, high: int, form: Sequence[str], place: int) -> tuple[int, int] | None:
    """Where the form lies if its word number `place` lies at low:high and its other words stand around it."""
    before = "".join(f"{word} " for word in form[:place])
    after = "".join(f" {word}" for word in form[place + 1 :])
    start, end = low - len(before), high + len(after)
    if start < 0 or words[start + 1 : low + 1] != before or words[high + 1 : end + 1] != after:
        return None
    return (start, end) if words[start] == " " and words[end + 1] == " " else None


def _is_meant(find: _Find, view: _View, benign: Sequence[_Phrase]) -> bool:
    """Whether nothing around the find says that another sense is meant."""
    spec = find.form.spec
    at = bisect_right(benign, find.start, key=lambda phrase: phrase[0])
    for low, high, ids in reversed(benign[max(0, at - _NEARBY) : at]):
        if low <= find.start and find.end <= high and spec.entry.id in ids:
            return False
    if spec.near or spec.needs:
        around = f"{view.words[max(0, find.start - _WINDOW) : find.end + _WINDOW]} "
        if any(f" {word}" in around for word in spec.near):
            return False
        if spec.needs and not any(f" {word}" in around for word in spec.needs):
            return False
    return not (spec.name and _is_name(find, view))


def _is_name(find: _Find, view: _View) -> bool:
    """Whether the find is capitalised and stands beside another capitalised word, as names do."""
    start, end = view.folded.span(find.start, find.end)
    word = view.text[start:end]
    if not word[:1].isupper() or word[1:].lower() != word[1:]:
        return False
    return bool(_NAME_AFTER.match(view.text, end) or _NAME_BEFORE.search(view.text[max(0, start - _WINDOW) : start]))


def _disjoint(finds: Iterable[_Find]) -> list[_Find]:
    """The finds that do not overlap, the more telling first: by category, plain and unambiguous, long, cheap."""
    kept: list[_Find] = []
    for find in sorted(finds, key=_weight):
        at = bisect_right(kept, find.start, key=lambda other: other.start)
        if (at == 0 or kept[at - 1].end <= find.start) and (at == len(kept) or find.end <= kept[at].start):
            kept.insert(at, find)
    return kept


def _weight(find: _Find) -> tuple[int, int, float, str]:
    entry = find.form.spec.entry
    doubtful = entry.category == "slur" and (entry.ambiguous or find.cost > 0.0)
    rank = _RANKS.get(entry.category, _LAST) + doubtful
    return rank, find.start - find.end, find.cost, entry.id


def _match(find: _Find, view: _View) -> Match:
    """The find in the original text, widened to whole words."""
    start, end = view.folded.span(find.start, find.end)
    written = view.text[start:end]
    foreign = 0 if written.isascii() else sum(not c.isascii() for c in written)
    if not foreign and not view.folded.ordered:
        foreign = int(written.lower() != view.folded.text[find.start : find.end])
    start, end = widen(view.text, start, end)
    cost = round(find.cost + min(_FOREIGN_CAP, _FOREIGN * foreign), 2)
    return Match(start, end, find.form.spec.entry, cost, cost > 0.0, find.form.text)
