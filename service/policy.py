"""Policy: a site's rules as a value. Flags and scores -> approve, review or reject, with reasons in words. Pure.

A policy is a TOML file (read by policy_file.py; service/policies/default.toml is the built-in one and the reference).
What speaks for an action: a flag or a label at its threshold, a rule's condition, a blocked term. The gravest action
wins; every ground for it is given as a reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Final, Literal

from service.flags import Flag, Thresholds
from service.lexicon import Match
from service.policy_file import Action, Draft, Limits, PolicyError, read_policy
from service.policy_rules import FLAG_TYPES, LABELS, UNKNOWN, Value, holds, words
from service.policy_terms import Terms

__all__ = ["Action", "Decision", "Policy", "PolicyError", "default_policy", "load_policy"]

_GRAVITY: Final[Mapping[Action, int]] = {"approve": 0, "review": 1, "reject": 2}
_GRAVER: Final[tuple[Literal["reject", "review"], ...]] = ("reject", "review")


@dataclass(frozen=True, slots=True)
class Decision:
    """What to do with a post. reasons: every ground for the action in words, such as "conspiracy >= 0.80"."""

    action: Action
    reasons: tuple[str, ...]
    policy: str
    version: str


@dataclass(frozen=True, slots=True)
class Policy:
    """A checked policy. limits and rules as in the file; `thresholds` is what flagging needs of it."""

    name: str
    version: str
    default: Action
    thresholds: Thresholds
    draft: Draft = field(repr=False)
    allowed: Terms = field(repr=False)
    blocked: Terms = field(repr=False)

    def admit(self, text: str, matches: Sequence[Match]) -> tuple[Match, ...]:
        """The matches that count on this site: those within an allowed term are dropped."""
        if not self.allowed:
            return tuple(matches)
        spans = self.allowed.find(text)
        return tuple(m for m in matches if not any(start <= m.start and m.end <= end for start, end in spans))

    def decide(
        self,
        scores: Mapping[str, float],
        flags: Sequence[Flag],
        text: str = "",
        language: str | None = None,
        coverage: str = "full",
    ) -> Decision:
        """The decision on one post. scores: label -> probability, labels may be absent. text: for blocked terms.

        language, coverage: as in the answer, for rules.
        """
        grounds: list[tuple[Action, str]] = []
        for flag in flags:
            grounds += self._of_flag(flag)
        for label, limits in self.draft.labels.items():
            if label in scores:
                grounds += _of_limits(_label_name(label), scores[label], limits, 0.0, "")
        values = _values(scores, flags) | {"language": language or UNKNOWN, "coverage": coverage}
        for rule in self.draft.rules:
            if holds(rule.condition, values):
                grounds.append((rule.action, f"{rule.name}: {words(rule.condition)}"))
        if text and self.blocked:
            found = dict.fromkeys(text[start:end] for start, end in self.blocked.find(text))
            grounds += [(self.draft.block_action, f'blocked term "{term}"') for term in list(found)[:5]]
        return self._decision(grounds)

    def _of_flag(self, flag: Flag) -> list[tuple[Action, str]]:
        target = flag.target if flag.type == "harassment" else None
        mild = self.thresholds.leniency.get(target, 0.0) if target else 0.0
        suffix = f" ({target})" if mild else ""
        grounds = _of_limits(flag.type, flag.score, self.draft.flags[flag.type], mild, suffix)
        by_severity = self.draft.severity_actions[flag.type].get(flag.severity)
        return [*grounds, (by_severity, f"{flag.type} severity {flag.severity}")] if by_severity else grounds

    def _decision(self, grounds: Sequence[tuple[Action, str]]) -> Decision:
        action = max((ground for ground, _ in grounds), key=_GRAVITY.__getitem__, default=self.default)
        if _GRAVITY[action] < _GRAVITY[self.default]:
            action = self.default
        reasons = tuple(dict.fromkeys(reason for ground, reason in grounds if ground == action))
        return Decision(action, reasons, self.name, self.version)


def _of_limits(name: str, score: float, limits: Limits, mild: float, suffix: str) -> list[tuple[Action, str]]:
    """The gravest action whose threshold the score reaches. mild: added to the threshold."""
    for action in _GRAVER:
        limit = limits.get(action)
        if limit is not None and score >= min(limit + mild, 1.0):
            return [(action, f"{name} >= {min(limit + mild, 1.0):.2f}{suffix}")]
    return []


def _label_name(label: str) -> str:
    return f"label.{label}" if label in FLAG_TYPES else label


def _values(scores: Mapping[str, float], flags: Sequence[Flag]) -> dict[str, Value]:
    """What the names in conditions stand for."""
    by_type = {flag.type: flag for flag in flags}
    values: dict[str, Value] = {label: scores[label] for label in LABELS if label in scores}
    values |= {f"label.{label}": scores[label] for label in LABELS if label in scores}
    for kind in FLAG_TYPES:
        flag = by_type.get(kind)  # type: ignore[call-overload]  # kinds are the flag types
        values[kind] = values[f"flag.{kind}"] = flag.score if flag else 0.0
        values[f"severity.{kind}"] = flag.severity if flag else "none"
    harassment = by_type.get("harassment")
    values["target"] = (harassment.target if harassment else None) or "none"
    return values


def _policy(draft: Draft) -> Policy:
    return Policy(
        name=draft.name,
        version=draft.version,
        default=draft.default,
        thresholds=draft.thresholds,
        draft=draft,
        allowed=Terms(draft.allow),
        blocked=Terms(draft.block),
    )


@cache
def default_policy() -> Policy:
    """The built-in policy, service/policies/default.toml."""
    return _policy(read_policy(_default_source(), "default.toml"))


def load_policy(path: str | Path) -> Policy:
    """Read a site's policy. Raises PolicyError, which names file, line and key, also for a file that cannot be read."""
    place = Path(path)
    try:
        source = place.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "not UTF-8"
        raise PolicyError.of(str(place), None, "", f"cannot be read: {reason}") from None
    return _policy(read_policy(source, str(place), _default_source()))


def _default_source() -> str:
    return (resources.files("service") / "policies" / "default.toml").read_text(encoding="utf-8")
