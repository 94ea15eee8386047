"""What a policy would change: counts, kept while verdicts come in pairs. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, get_args

from service.moderation import Verdict
from service.policy import Action

ACTIONS: Final[tuple[Action, ...]] = get_args(Action)
MOST_EXAMPLES: Final = 5
EXCERPT: Final = 120

# What a moderator's rejection is compared with: a post that is rejected, and one that does not appear by itself.
STOPS: Final[Mapping[str, tuple[Action, ...]]] = {"reject": ("reject",), "review or reject": ("review", "reject")}


@dataclass(frozen=True, slots=True)
class Example:
    """A post that is treated differently, cut short; why: the new reasons, or the old ones where there are none."""

    before: Action
    after: Action
    excerpt: str
    why: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Change:
    """How many posts have a reason, or a flag, under each policy; gained, lost: those that have it under one alone."""

    before: int
    after: int
    gained: int
    lost: int


@dataclass(frozen=True, slots=True)
class Quality:
    """An action against what moderators decided. None where there is nothing to divide by."""

    stopped: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """The whole comparison. transitions: [before][after] -> posts. moderated: posts with a moderator's decision.
    too_long: posts over the service's limit, left out. unscored: posts that the model failed on.
    """

    before: str
    after: str
    posts: int
    too_long: int
    unscored: int
    changed: int
    transitions: Mapping[str, Mapping[str, int]]
    flags: Mapping[str, Change]
    reasons: Mapping[str, Change]
    examples: tuple[Example, ...]
    moderated: int = 0
    quality: Mapping[str, Mapping[Literal["before", "after"], Quality]] = field(default_factory=dict)


class Tally:
    """Counts pairs of verdicts. before, after: the policies' names and versions. too_long: set by the caller."""

    def __init__(self, before: str, after: str) -> None:
        self._names = (before, after)
        self.too_long = 0
        self._posts = self._unscored = 0
        self._transitions: Counter[tuple[Action, Action]] = Counter()
        self._flags: tuple[Counter[str], Counter[str], Counter[str]] = (Counter(), Counter(), Counter())
        self._reasons: tuple[Counter[str], Counter[str], Counter[str]] = (Counter(), Counter(), Counter())
        self._examples: dict[tuple[Action, Action], list[Example]] = {}
        self._judged: Counter[tuple[str, Action, Action]] = Counter()

    def add(self, before: Verdict, after: Verdict, moderator: str | None = None) -> None:
        """One post under both policies. moderator: "rejected" or "kept"."""
        self._posts += 1
        self._unscored += before.error is not None
        pair = (before.decision.action, after.decision.action)
        self._transitions[pair] += 1
        _count(self._flags, {flag.type for flag in before.flags}, {flag.type for flag in after.flags})
        _count(self._reasons, set(before.decision.reasons), set(after.decision.reasons))
        if moderator is not None:
            self._judged[moderator, *pair] += 1
        kept = self._examples.setdefault(pair, [])
        if pair[0] != pair[1] and len(kept) < MOST_EXAMPLES:
            kept.append(Example(*pair, _excerpt(before.post.text), after.decision.reasons or before.decision.reasons))

    def report(self) -> Report:
        """What was counted so far."""
        moderated = self._judged.total()
        return Report(
            before=self._names[0],
            after=self._names[1],
            posts=self._posts,
            too_long=self.too_long,
            unscored=self._unscored,
            changed=sum(count for (old, new), count in self._transitions.items() if old != new),
            transitions={old: {new: self._transitions[old, new] for new in ACTIONS} for old in ACTIONS},
            flags=_changes(self._flags),
            reasons=_changes(self._reasons),
            examples=tuple(example for pair in sorted(self._examples) for example in self._examples[pair]),
            moderated=moderated,
            quality={name: self._quality(actions) for name, actions in STOPS.items()} if moderated else {},
        )

    def _quality(self, actions: tuple[Action, ...]) -> Mapping[Literal["before", "after"], Quality]:
        rejected = sum(count for (word, _, _), count in self._judged.items() if word == "rejected")

        def of(which: int) -> Quality:
            stopped = sum(count for key, count in self._judged.items() if key[which] in actions)
            right = sum(count for key, count in self._judged.items() if key[which] in actions and key[0] == "rejected")
            return Quality(stopped, right / stopped if stopped else None, right / rejected if rejected else None)

        return {"before": of(1), "after": of(2)}


def _count(counters: tuple[Counter[str], Counter[str], Counter[str]], before: set[str], after: set[str]) -> None:
    """before, after, and both."""
    for counter, names in zip(counters, (before, after, before & after), strict=True):
        counter.update(names)


def _changes(counters: tuple[Counter[str], Counter[str], Counter[str]]) -> dict[str, Change]:
    """By name, the one that changes most posts first."""
    before, after, both = counters
    changes = {
        name: Change(before[name], after[name], after[name] - both[name], before[name] - both[name])
        for name in before | after
    }
    return dict(sorted(changes.items(), key=lambda item: (-item[1].gained - item[1].lost, -item[1].after, item[0])))


def _excerpt(text: str) -> str:
    line = " ".join(text[: EXCERPT * 4].split())
    return line if len(line) <= EXCERPT else line[: EXCERPT - 1].rstrip() + "…"
