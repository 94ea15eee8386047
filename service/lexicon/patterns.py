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
from collections.abc import Mapping
from dataclasses import dataclass

SEPARATOR = r"[\s\-,'\"“”‘’*_/:&()]{1,4}+"  # possessive: never gives back
_GAP_WORD = r"(?>\w{1,24}(?:['’]\w{1,3})?)"
_SEPARATOR_MAX, _GAP_WORD_MAX, _ENDING_MAX = 4, 28, 12
_CLOSING = frozenset({("mark", "|"), ("mark", ")"), ("mark", "]")})
SHOWN = "shown"
_BUILT_IN = {"year": r"(?:19|20)\d\d", "number": r"\d{1,3}(?:[.,]\d{1,3}){0,3}"}
_TOKEN = re.compile(r"\s*(?:(?P<gap>\.\.\d)|<(?P<slot>[a-z]+)>|(?P<word>[\w'$]+\*?)|(?P<mark>[()|?!\[\]]))")
# Words that nearly every comment has: a poor guard for a pattern.
_COMMON = frozenset(
    [
        "the",
        "they",
        "this",
        "that",
        "with",
        "from",
        "have",
        "what",
        "will",
        "was",
        "were",
        "been",
        "are",
        "you",
        "your",
        "all",
        "not",
        "for",
        "and",
        "but",
        "has",
        "had",
        "who",
        "its",
        "their",
        "them",
        "our",
        "his",
        "her",
        "she",
        "would",
        "could",
        "should",
        "there",
        "about",
        "when",
        "just",
        "like",
        "don",
        "more",
        "out",
        "into",
        "than",
        "then",
        "so",
    ]
)


class PatternError(ValueError):
    """A phrase pattern that does not follow the grammar."""


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled phrase. anchors: lower-case words, one of which is in every match ("elect*": a word that begins so).
    reach: the longest match in characters."""

    source: str
    regex: re.Pattern[str]
    anchors: frozenset[str]
    reach: int


@dataclass(frozen=True, slots=True)
class _Node:
    """A piece of a pattern. anchors: None where nothing literal is certain to be in the match."""

    regex: str
    reach: int
    anchors: frozenset[str] | None
    kind: str = "must"  # "must", "may", "gap" or "not"


def compile_pattern(source: str, slots: Mapping[str, str]) -> Pattern:
    """Compile one phrase. slots: name -> alternatives separated by "|". Raises PatternError with the phrase in it."""
    try:
        tokens = _tokens(source)
        node, rest = _sequence(tokens, 0, slots)
        if rest != len(tokens):
            raise PatternError("unbalanced bracket")
        if not node.anchors:
            raise PatternError("needs a word that must be there")
    except PatternError as error:
        raise PatternError(f"{error}: {source!r}") from None
    try:
        regex = re.compile(rf"(?<!\w){node.regex}(?!\w)")
    except re.error as error:
        raise PatternError(f"more than one [...]: {source!r}") from error
    return Pattern(source, regex, node.anchors, node.reach)


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
            node = _Node(rf"(?!{SEPARATOR}{inner.regex}(?!\w))", 0, None, "not")
        else:
            node, at = _atom(tokens, at, slots)
            if at < len(tokens) and tokens[at] == ("mark", "?"):
                node, at = _Node(node.regex, node.reach, None, "may"), at + 1
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
            return _Node(_BUILT_IN[value], 16, None), at + 1
        if value not in slots:
            raise PatternError(f"unknown slot <{value}>")
        return _group(_tokens(f"({slots[value]})"), 0, slots)[0], at + 1
    if value == "(":
        return _group(tokens, at, slots)
    if value == "[":
        node, at = _sequence(tokens, at + 1, slots)
        if at >= len(tokens) or tokens[at] != ("mark", "]"):
            raise PatternError("unclosed bracket")
        return _Node(f"(?P<{SHOWN}>{node.regex})", node.reach, node.anchors), at + 1
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
    anchors: frozenset[str] | None = frozenset()
    for node in options:
        anchors = None if anchors is None or node.anchors is None else anchors | node.anchors
    regex = "|".join(node.regex for node in options)
    return _Node(f"(?:{regex})", max(node.reach for node in options), anchors), at + 1


def _word(value: str) -> _Node:
    stem = value.rstrip("*")
    literal = stem.split("'")[0].casefold() + ("*" if value.endswith("*") else "")
    regex = re.escape(stem).replace("'", "['’]?")
    reach = len(stem)
    if value.endswith("*"):
        regex += rf"\w{{0,{_ENDING_MAX}}}"
        reach += _ENDING_MAX
    return _Node(rf"{regex}(?!\w)(?:['’]s(?!\w))?", reach + 2, frozenset([literal]) if literal else None)


def _gap(words: int) -> _Node:
    if words > 8:
        raise PatternError("a gap is at most ..8")
    one = f"{_GAP_WORD}{SEPARATOR}"
    return _Node(f"(?:{one}){{0,{words}}}?", words * (_GAP_WORD_MAX + _SEPARATOR_MAX), None, "gap")


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
    return _Node(regex, reach, _best([node.anchors for node in solid if node.kind == "must"]))


def _best(candidates: list[frozenset[str] | None]) -> frozenset[str] | None:
    """The set of anchors that is least often met: its shortest or commonest word decides."""

    def rarity(anchors: frozenset[str]) -> tuple[int, int]:
        return min(1 if word in _COMMON else len(word) for word in anchors), -len(anchors)

    known = [anchors for anchors in candidates if anchors]
    return max(known, key=rarity) if known else None
