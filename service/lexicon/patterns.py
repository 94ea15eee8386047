"""A small language for phrases with slots, compiled to regular expressions that run in linear time.

Grammar (white space separates items):

    sequence := item+                  item := atom | atom "?" | gap | "!" group
    atom     := word | group | slot    group := "(" sequence ("|" sequence)* ")" | "[" sequence "]"
    word     := letters, digits, "'"; a final "*" stands for any ending
    gap      := "..N"                  up to N words (N <= 8), never across the end of a sentence
    slot     := "<name>"               one of the alternatives of that slot; <year> and <number> are built in

"x?" is x or nothing. "[...]" marks the words that are shown as evidence (default: all); at most one in a pattern. "!(a|b)" ends a sequence: what comes next is neither a nor b. A sequence starts and ends with
something that must be there. Every repetition is bounded and words are separated unambiguously, so that a compiled
pattern tries a bounded number of ways at each position.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache

SEPARATOR = r"[\s\-,'\"“”‘’*_/:&()]{1,4}+"  # possessive: never gives back
_GAP_WORD = r"(?>\w{1,24}(?:['’]\w{1,3})?)"
_SEPARATOR_MAX, _GAP_WORD_MAX, _ENDING_MAX = 4, 28, 12
_CLOSING = frozenset({("mark", "|"), ("mark", ")"), ("mark", "]")})
SHOWN = "shown"
_BUILT_IN = {"year": r"(?:19|20)\d\d", "number": r"\d{1,3}(?:[.,]\d{1,3}){0,3}"}
_TOKEN = re.compile(r"\s*(?:(?P<gap>\.\.\d)|<(?P<slot>[a-z]+)>|(?P<word>[\w'$]+\*?)|(?P<mark>[()|?!\[\]]))")
# Words that nearly every comment has: a poor guard for a pattern.
_COMMON = frozenset(
    re.findall(
        r"\w+",
        "the they this that with from have what will was were been are you your all not for and but has had who its "
        "their them our his her she would could should there about when just like don more out into than then so "
        "people really think government president money school news never time said one report vaccine election vote "
        "media country world know want even war in up to an on of by at is it as be we he do no if me my us or go "
        "can get got did say says see make made take way back new old good bad man men women life work long year "
        "years day right left most much many some any every only now here where why how because after before again "
        "against other another being very also too always still own truth real true ",
    )
)


class PatternError(ValueError):
    """A phrase pattern that does not follow the grammar."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled phrase. Anchors are lower-case words; "elect*" is a word that begins so.

    needs: sets of anchors, of each of which one is in every match, the rarest set first. starts: anchors with one of which
    every match begins; None where none is certain. reach: the longest match in characters.
    """

    source: str
    expression: str
    needs: tuple[frozenset[str], ...]
    starts: frozenset[str] | None
    reach: int

    @property
    def regex(self) -> re.Pattern[str]:
        """The expression, compiled when it is first tried: most patterns never are, and all together take seconds."""
        return _compiled(self.expression)

    def compile(self) -> bool:
        """Compile it now. False where that had been done."""
        misses = _compiled.cache_info().misses
        _compiled(self.expression)
        return _compiled.cache_info().misses > misses


_compiled = cache(re.compile)


@dataclass(frozen=True, slots=True)
class _Node:
    """A piece of a pattern. needs and starts: as in `Pattern`."""

    regex: str
    reach: int
    needs: tuple[frozenset[str], ...] = ()
    starts: frozenset[str] | None = None
    kind: str = "must"  # "must", "may", "gap" or "not"


def compile_pattern(source: str, slots: Mapping[str, str]) -> Pattern:
    """Compile one phrase. slots: name -> alternatives separated by "|". Raises PatternError with the phrase in it."""
    try:
        tokens = _tokens(source)
        node, rest = _sequence(tokens, 0, slots)
        if rest != len(tokens):
            raise PatternError("unbalanced bracket")
        if not node.needs:
            raise PatternError("needs a word that must be there")
    except PatternError as error:
        raise PatternError(f"{error}: {source!r}") from None
    if node.regex.count(f"(?P<{SHOWN}>") > 1:
        raise PatternError(f"more than one [...]: {source!r}")
    return Pattern(
        source,
        rf"(?<!\w){node.regex}(?!\w)",
        tuple(sorted(node.needs, key=_rarity, reverse=True)),
        node.starts,
        node.reach,
    )


def _tokens(source: str) -> list[tuple[str, str]]:
    tokens, at = [], 0
    while at < len(source):
        found = _TOKEN.match(source, at)
        if found is None:
            raise PatternError(f"unexpected {source[at:].strip()[:1]!r}")
        kind = found.lastgroup or ""
        tokens.append((kind, found[kind]))
        at = found.end()
    return tokens


def _sequence(tokens: list[tuple[str, str]], at: int, slots: Mapping[str, str]) -> tuple[_Node, int]:
    nodes: list[_Node] = []
    while at < len(tokens) and tokens[at] not in _CLOSING:
        kind, value = tokens[at]
        if kind == "gap":
            node, at = _gap(int(value[2:])), at + 1
        elif (kind, value) == ("mark", "!"):
            inner, at = _atom(tokens, at + 1, slots)
            node = _Node(rf"(?!{SEPARATOR}{inner.regex}(?!\w))", 0, kind="not")
        else:
            node, at = _atom(tokens, at, slots)
            if at < len(tokens) and tokens[at] == ("mark", "?"):
                node, at = _Node(node.regex, node.reach, kind="may"), at + 1
        nodes.append(node)
    return _join(nodes), at


def _atom(tokens: list[tuple[str, str]], at: int, slots: Mapping[str, str]) -> tuple[_Node, int]:
    if at >= len(tokens):
        raise PatternError("ends too early")
    kind, value = tokens[at]
    if kind == "word":
        return _word(value), at + 1
    if kind == "slot":
        if value in _BUILT_IN:
            return _Node(_BUILT_IN[value], 16), at + 1
        if value not in slots:
            raise PatternError(f"unknown slot <{value}>")
        return _group(_tokens(f"({slots[value]})"), 0, slots)[0], at + 1
    if value == "(":
        return _group(tokens, at, slots)
    if value == "[":
        node, at = _sequence(tokens, at + 1, slots)
        if at >= len(tokens) or tokens[at] != ("mark", "]"):
            raise PatternError("unclosed bracket")
        return _Node(f"(?P<{SHOWN}>{node.regex})", node.reach, node.needs, node.starts), at + 1
    raise PatternError(f"unexpected {value!r}")


def _group(tokens: list[tuple[str, str]], at: int, slots: Mapping[str, str]) -> tuple[_Node, int]:
    options = []
    while True:
        node, at = _sequence(tokens, at + 1, slots)
        options.append(node)
        if at >= len(tokens):
            raise PatternError("unclosed bracket")
        if tokens[at] == ("mark", ")"):
            break
        if tokens[at] != ("mark", "|"):
            raise PatternError("unbalanced bracket")
    regex = "|".join(node.regex for node in options)
    needs = (
        options[0].needs
        if len(options) == 1
        else _either([max(node.needs, key=_rarity, default=None) for node in options])
    )
    starts = _either([node.starts for node in options])
    reach = max(node.reach for node in options)
    return _Node(f"(?:{regex})", reach, needs, starts[0] if starts else None), at + 1


def _either(several: Sequence[frozenset[str] | None]) -> tuple[frozenset[str], ...]:
    """The set of which one is there if one of several is; none where one of these is not known."""
    known = [anchors for anchors in several if anchors is not None]
    return (frozenset().union(*known),) if len(known) == len(several) else ()


def _word(value: str) -> _Node:
    stem = value.rstrip("*")
    regex = re.escape(stem).replace("'", "['’]?")
    reach = len(stem)
    anchors = _anchors(stem.casefold(), value.endswith("*"))
    if value.endswith("*"):
        regex += rf"\w{{0,{_ENDING_MAX}}}"
        reach += _ENDING_MAX
    return _Node(rf"{regex}(?!\w)(?:['’]s(?!\w))?", reach + 2, (anchors,) if anchors else (), anchors)


def _anchors(stem: str, is_open: bool) -> frozenset[str] | None:
    """Words as which a stem begins in a text parted at all that is no letter or digit: "don't" is there as "don" or "dont"."""
    ending = "*" if is_open else ""
    parts = re.split(r"[\W_]", stem)
    if len(parts) == 1:
        return frozenset((stem + ending,))
    whole = stem.replace("'", "")
    known = (parts[0], whole + ending if whole.isalnum() else "")
    return frozenset(filter(None, known)) if parts[0] else None


def _gap(words: int) -> _Node:
    if words > 8:
        raise PatternError("a gap is at most ..8")
    one = f"{_GAP_WORD}{SEPARATOR}"
    return _Node(f"(?:{one}){{0,{words}}}?", words * (_GAP_WORD_MAX + _SEPARATOR_MAX), kind="gap")


def _join(nodes: list[_Node]) -> _Node:
    solid = [node for node in nodes if node.kind != "not"]
    if not solid or solid[0].kind != "must" or solid[-1].kind != "must":
        raise PatternError("must start and end with a word that has to be there")
    regex, pending = "", False  # pending: a separator is due before the next thing that is there
    for node in nodes:
        if node.kind == "not":
            regex += node.regex
            continue
        regex += SEPARATOR if pending else ""
        if node.kind == "must":
            regex, pending = regex + node.regex, True
        elif node.kind == "may":
            regex, pending = f"{regex}(?:{node.regex}{SEPARATOR})?", False
        else:
            regex, pending = regex + node.regex, False
    reach = sum(node.reach + _SEPARATOR_MAX for node in solid)
    needs = tuple(anchors for node in nodes if node.kind == "must" for anchors in node.needs)
    return _Node(regex, reach, needs, solid[0].starts)


def _rarity(anchors: frozenset[str]) -> tuple[int, int]:
    """How seldom one of a set is met: its shortest or commonest word decides."""
    return min(1 if word in _COMMON else len(word) for word in anchors), -len(anchors)
