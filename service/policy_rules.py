"""Conditions of policy rules: `insult >= 0.8 and target == "commenter"`. A tokenizer, a parser, no eval.

    condition := all ("or" all)*          all  := part ("and" part)*
    part      := "not" part | "(" condition ")" | name operator value
    operator  := ">=" | ">" | "<=" | "<" | "==" | "!="

Names: a label ("insult") or a flag type ("slur", "harassment", "conspiracy") is a score in 0..1; "label.conspiracy" is the
model's own score where "conspiracy" is the flag's; "severity.slur" is "none", "low", "medium" or "high"; "target" is who
a harassment flag says is meant. "language" is the post's (ISO 639-1, "unknown" where it cannot be told), "coverage" is
"lexicon-only" where the model does not read it. A label that the model does not give makes its comparison false.
"""

from __future__ import annotations

import difflib
import operator
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, get_args

from service.flags import FlagType, Target

# What models give: the embedded one the first seven; Detoxify's unbiased models add the last.
LABELS: Final = (
    "toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "conspiracy", "sexual_explicit",
)  # fmt: skip
TARGETS: Final[tuple[str, ...]] = get_args(Target)
FLAG_TYPES: Final[tuple[str, ...]] = get_args(FlagType)
SEVERITIES: Final = ("none", "low", "medium", "high")
COVERAGES: Final = ("full", "lexicon-only")
UNKNOWN: Final = "unknown"
DEEPEST: Final = 20

Value = float | str
_COMPARE: Final[Mapping[str, Callable[[float, float], bool]]] = {
    ">=": operator.ge, ">": operator.gt, "<=": operator.le, "<": operator.lt, "==": operator.eq, "!=": operator.ne,
}  # fmt: skip
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<string>\"[^\"]*\"|'[^']*')|(?P<name>[a-z_]+(?:\.[a-z_]+)?)|(?P<op>>=|<=|==|!=|>|<)|(?P<mark>[()]))"
)
_LANGUAGE: Final = re.compile(r"[a-z]{2}")
NAMES: Final[tuple[str, ...]] = (
    *LABELS, *(name for name in FLAG_TYPES if name not in LABELS), *(f"label.{name}" for name in LABELS),
    *(f"flag.{name}" for name in FLAG_TYPES), *(f"severity.{name}" for name in FLAG_TYPES), "target",
    "language", "coverage",
)  # fmt: skip


class RuleError(ValueError):
    """A condition that cannot be read. at: the character (from 1) where it goes wrong."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.at = at


@dataclass(frozen=True, slots=True)
class Compare:
    """name operator value."""

    name: str
    sign: str
    value: Value


@dataclass(frozen=True, slots=True)
class Not:
    """The opposite of a condition."""

    part: Condition


@dataclass(frozen=True, slots=True)
class Group:
    """Conditions of which all ("and") or at least one ("or") must hold."""

    word: str
    parts: tuple[Condition, ...]


Condition = Compare | Not | Group


def holds(condition: Condition, values: Mapping[str, Value]) -> bool:
    """Whether a condition is met. values: name -> value, as in NAMES; an absent one makes its comparison false."""
    if isinstance(condition, Compare):
        value = values.get(condition.name)
        if value is None:
            return False
        if isinstance(condition.value, str) or isinstance(value, str):
            return (value == condition.value) == (condition.sign == "==")
        return _COMPARE[condition.sign](value, condition.value)
    if isinstance(condition, Not):
        return not holds(condition.part, values)
    test = all if condition.word == "and" else any
    return test(holds(part, values) for part in condition.parts)


def words(condition: Condition) -> str:
    """The condition as a moderator reads it, numbers with two digits."""
    if isinstance(condition, Compare):
        value = f'"{condition.value}"' if isinstance(condition.value, str) else f"{condition.value:.2f}"
        return f"{condition.name} {condition.sign} {value}"
    if isinstance(condition, Not):
        return f"not ({words(condition.part)})"
    inner = (f"({words(p)})" if isinstance(p, Group) else words(p) for p in condition.parts)
    return f" {condition.word} ".join(inner)


def nearest(name: str, known: Iterable[str]) -> str:
    """A hint for an unknown name: the nearest known one, or all of them."""
    options = list(known)
    close = difflib.get_close_matches(name, options, n=1, cutoff=0.5)
    if close:
        return f'did you mean "{close[0]}"?'
    plain = [option for option in options if "." not in option]
    return "known: " + ", ".join(plain)


def parse(source: str) -> Condition:
    """Read a condition. Raises RuleError with the place and a hint."""
    parser = _Parser(_tokens(source), len(source))
    condition = parser.condition(0)
    parser.finish()
    return condition


@dataclass(frozen=True, slots=True)
class _Token:
    kind: str
    text: str
    at: int


def _tokens(source: str) -> list[_Token]:
    tokens, at = [], 0
    end = len(source.rstrip())
    while at < end:
        found = _TOKEN.match(source, at)
        if found is None:
            wrong = at + len(source[at:]) - len(source[at:].lstrip())
            hint = ' (compare with "==")' if source[wrong] == "=" else ""
            raise RuleError(f'unexpected "{source[wrong]}"{hint}', wrong + 1)
        kind = found.lastgroup or ""
        tokens.append(_Token(kind, found[kind], found.start(kind) + 1))
        at = found.end()
    return tokens


class _Parser:
    """Recursive descent over tokens."""

    def __init__(self, tokens: Sequence[_Token], length: int) -> None:
        self._tokens = tokens
        self._at = 0
        self._end = length + 1

    def condition(self, depth: int) -> Condition:
        return self._chain("or", lambda: self._chain("and", lambda: self._part(depth)))

    def finish(self) -> None:
        if (token := self._peek()) is not None:
            raise RuleError(f'unexpected "{token.text}" after a complete condition', token.at)

    def _chain(self, word: str, part: Callable[[], Condition]) -> Condition:
        parts = [part()]
        while (token := self._peek()) is not None and token.text == word:
            self._at += 1
            parts.append(part())
        return parts[0] if len(parts) == 1 else Group(word, tuple(parts))

    def _part(self, depth: int) -> Condition:
        token = self._next("a name")
        if depth > DEEPEST:
            raise RuleError(f"nested deeper than {DEEPEST}", token.at)
        if token.text == "not":
            return Not(self._part(depth + 1))
        if token.text == "(":
            inner = self.condition(depth + 1)
            closing = self._next('")"')
            if closing.text != ")":
                raise RuleError(f'expected ")" but found "{closing.text}"', closing.at)
            return inner
        return self._compare(token)

    def _compare(self, name: _Token) -> Compare:
        if name.kind != "name" or name.text not in NAMES:
            raise RuleError(f'unknown name "{name.text}"; {nearest(name.text, NAMES)}', name.at)
        sign = self._next("a comparison such as >=")
        if sign.kind != "op":
            raise RuleError(f'expected a comparison such as >= but found "{sign.text}"', sign.at)
        value = self._next("a value")
        return Compare(name.text, sign.text, _value(name, sign, value))

    def _peek(self) -> _Token | None:
        return self._tokens[self._at] if self._at < len(self._tokens) else None

    def _next(self, wanted: str) -> _Token:
        token = self._peek()
        if token is None:
            raise RuleError(f"expected {wanted} but the condition ends", self._end)
        self._at += 1
        return token


def _value(name: _Token, sign: _Token, value: _Token) -> Value:
    if name.text not in ("target", "language", "coverage") and not name.text.startswith("severity."):
        if value.kind != "number" or not 0.0 <= float(value.text) <= 1.0:
            raise RuleError(f'"{name.text}" is compared with a number in 0..1, not {value.text}', value.at)
        return float(value.text)
    if value.kind != "string":
        raise RuleError(f'"{name.text}" is compared with a word in quotes, not {value.text}', value.at)
    if sign.text not in ("==", "!="):
        raise RuleError(f'"{name.text}" is compared with == or !=, not {sign.text}', sign.at)
    text = value.text[1:-1]
    if name.text == "language":
        if text != UNKNOWN and not _LANGUAGE.fullmatch(text):
            raise RuleError(
                f'unknown language "{text}"; two letters of ISO 639-1 such as "en", or "{UNKNOWN}"', value.at
            )
        return text
    known = {"target": TARGETS, "coverage": COVERAGES}.get(name.text, SEVERITIES)
    if text not in known:
        raise RuleError(f'unknown {name.text} "{text}"; {nearest(text, known)}', value.at)
    return text
