"""Reading a policy file: TOML -> Draft, checked key by key. Every error names file, line and key, and suggests a name.

What a file leaves out is taken from the built-in policy; its [[rules]] and terms come after the built-in ones, and a
rule with the name of a built-in one takes its place, so that a copy of the built-in file is a policy too.
`extends = "none"` starts from nothing instead: then only what the file says leads to an action.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, cast, get_args

from service.flags import FlagType, Severity, Target, Thresholds
from service.policy_lines import locate
from service.policy_rules import FLAG_TYPES, LABELS, TARGETS, Condition, RuleError, nearest, parse

Action = Literal["approve", "review", "reject"]
ACTIONS: Final[tuple[str, ...]] = get_args(Action)
Limits = Mapping[Literal["review", "reject"], float]
MOST_PROBLEMS: Final = 20

_TOP: Final = ("name", "version", "default", "extends", "flags", "labels", "rules", "terms")
_FLAG_KEYS: Final = ("flag", "medium", "high", "review", "reject", "severity", "leniency")
_SEVERITIES: Final[tuple[str, ...]] = get_args(Severity)
_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_SYNTAX: Final = re.compile(r"^(.*?) \(at (?:line (\d+), column \d+|end of document)\)$", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Problem:
    """One error of a policy file. line: from 1, None where there is no line; key: dotted, "" for the whole file."""

    file: str
    line: int | None
    key: str
    message: str

    def __str__(self) -> str:
        place = self.file if self.line is None else f"{self.file}:{self.line}"
        return f"{place}: {self.key}: {self.message}" if self.key else f"{place}: {self.message}"


class PolicyError(ValueError):
    """A policy file that cannot be used. problems: all of them, the first also as `file`, `line` and `key`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        super().__init__("\n".join(map(str, problems)))
        self.problems = tuple(problems)
        self.file, self.line, self.key = problems[0].file, problems[0].line, problems[0].key

    @classmethod
    def of(cls, file: str, line: int | None, key: str, message: str) -> PolicyError:
        """An error with one problem."""
        return cls([Problem(file, line, key, message)])


@dataclass(frozen=True, slots=True)
class Rule:
    """A compound rule."""

    name: str
    condition: Condition
    action: Action


@dataclass(frozen=True, slots=True)
class Draft:
    """What a policy file says, checked and completed."""

    name: str
    version: str
    default: Action
    thresholds: Thresholds
    flags: Mapping[FlagType, Limits]
    severity_actions: Mapping[FlagType, Mapping[Severity, Action]]
    labels: Mapping[str, Limits]
    rules: tuple[Rule, ...] = ()
    allow: tuple[str, ...] = ()
    block: tuple[str, ...] = ()
    block_action: Action = "reject"


def read_policy(source: str, file: str, base: str | None = None) -> Draft:
    """Read and check a policy. base: the TOML that it extends, valid itself. Raises PolicyError with all problems."""
    data = _load(source, file)
    check = _Check(file, source)
    check.table(data, "", _TOP, _top(check))
    for key in ("name", "version"):
        if key not in data:
            check.report((key,), "is missing")
    if not check.problems:
        data = _completed(data, base, check)
    if check.problems:
        raise PolicyError(sorted(check.problems, key=lambda p: (p.line is None, p.line or 0))[:MOST_PROBLEMS])
    return _draft(data)


def _load(source: str, file: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        found = _SYNTAX.match(str(error))
        message, line = (found[1], found[2]) if found else (str(error), None)
        last = source.count("\n") + 1
        raise PolicyError.of(file, int(line) if line else last, "", f"not TOML: {message}") from None


Path = tuple[str | int, ...]
Checker = Callable[[Any, Path], None]


@dataclass(slots=True)
class _Check:
    """Collects problems while the tables are walked."""

    file: str
    source: str
    problems: list[Problem] = field(default_factory=list)

    def report(self, path: Path, message: str) -> None:
        key = "".join(f"[{part + 1}]" if isinstance(part, int) else f".{part}" for part in path).lstrip(".")
        self.problems.append(Problem(self.file, locate(self.source, path), key, message))

    def table(self, value: Any, path: Path | str, known: Sequence[str], checkers: Mapping[str, Checker]) -> None:
        """A table whose keys are all known; each value is checked by its key's checker."""
        at: Path = () if path == "" else cast(Path, path)
        if not isinstance(value, dict):
            self.report(at, f"must be a table, not {_kind(value)}")
            return
        for key, item in value.items():
            if key not in known:
                self.report((*at, key), f"unknown key; {nearest(key, known)}")
            else:
                checkers[key](item, (*at, key))

    def number(self, value: Any, path: Path) -> None:
        self._within(value, path, 0.0, 1.0)

    def shift(self, value: Any, path: Path) -> None:
        self._within(value, path, -1.0, 1.0)

    def _within(self, value: Any, path: Path, low: float, high: float) -> None:
        if isinstance(value, bool) or not isinstance(value, int | float):
            self.report(path, f"must be a number in {low:g}..{high:g}, not {_kind(value)}")
        elif not low <= value <= high:
            self.report(path, f"must be in {low:g}..{high:g}, not {value:g}")

    def text(self, value: Any, path: Path) -> None:
        if not isinstance(value, str) or not value.strip():
            self.report(path, f"must be a text that is not empty, not {_kind(value)}")

    def one_of(self, *known: str) -> Checker:
        def check(value: Any, path: Path) -> None:
            if not isinstance(value, str):
                self.report(path, f"must be one of {', '.join(known)}, not {_kind(value)}")
            elif value not in known:
                self.report(path, f'unknown value "{value}"; {nearest(value, known)}')

        return check

    def name(self, value: Any, path: Path) -> None:
        if not isinstance(value, str) or not _NAME.fullmatch(value):
            self.report(path, "must be 1 to 64 of a-z, 0-9, '.', '_', '-', and start with a letter or a digit")

    def condition(self, value: Any, path: Path) -> None:
        if not isinstance(value, str):
            self.report(path, f"must be a condition in quotes, not {_kind(value)}")
            return
        try:
            parse(value)
        except RuleError as error:
            self.report(path, f"{error} (at character {error.at} of the condition)")

    def terms(self, value: Any, path: Path) -> None:
        if not isinstance(value, list):
            self.report(path, f"must be a list of words, not {_kind(value)}")
            return
        for number, item in enumerate(value):
            if not isinstance(item, str) or not any(character.isalnum() for character in item):
                self.report((*path, number), "must be a text with a letter or a digit")

    def limits(self, value: Any, path: Path) -> None:
        self.table(value, path, ("review", "reject"), dict.fromkeys(("review", "reject"), self.number))


def _top(check: _Check) -> dict[str, Checker]:
    action = check.one_of(*ACTIONS)
    flag_checkers: dict[str, Checker] = dict.fromkeys(("flag", "medium", "high", "review", "reject"), check.number)
    flag_checkers["severity"] = lambda v, p: check.table(v, p, _SEVERITIES, dict.fromkeys(_SEVERITIES, action))
    lenient: Checker = lambda v, p: check.table(v, p, TARGETS, dict.fromkeys(TARGETS, check.shift))  # noqa: E731
    rule: dict[str, Checker] = {"name": check.text, "when": check.condition, "action": action}
    terms: dict[str, Checker] = {"allow": check.terms, "block": check.terms, "action": action}

    def flags(value: Any, path: Path) -> None:
        check.table(value, path, FLAG_TYPES, dict.fromkeys(FLAG_TYPES, flag))

    def flag(value: Any, path: Path) -> None:
        known = _FLAG_KEYS if path[-1] == "harassment" else _FLAG_KEYS[:-1]
        check.table(value, path, known, flag_checkers | {"leniency": lenient})

    def rules(value: Any, path: Path) -> None:
        if not isinstance(value, list):
            check.report(path, "must be written as [[rules]]")
            return
        for number, item in enumerate(value):
            check.table(item, (*path, number), tuple(rule), rule)
            for key in rule if isinstance(item, dict) else ():
                if key not in item:
                    check.report((*path, number), f'has no "{key}"')

    return {
        "name": check.name,
        "version": check.text,
        "default": action,
        "extends": check.one_of("default", "none"),
        "flags": flags,
        "labels": lambda v, p: check.table(v, p, LABELS, dict.fromkeys(LABELS, check.limits)),
        "rules": rules,
        "terms": lambda v, p: check.table(v, p, tuple(terms), terms),
    }


def _kind(value: Any) -> str:
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text", list: "a list", dict: "a table"}
    return names.get(type(value), "a date") if value != "" else "an empty text"


def _completed(data: dict[str, Any], base: str | None, check: _Check) -> dict[str, Any]:
    """The file over what it extends; then the order of the thresholds can be checked."""
    start = {} if base is None or data.get("extends") == "none" else tomllib.loads(base)
    own = {rule["name"] for rule in data.get("rules", ())}
    start["rules"] = [rule for rule in start.get("rules", ()) if rule["name"] not in own]
    whole = _over(start, data)
    for kind, table in whole.get("flags", {}).items():
        _rising(check, table, ("flags", kind), ("medium", "high"))
        _rising(check, table, ("flags", kind), ("review", "reject"))
    for label, table in whole.get("labels", {}).items():
        _rising(check, table, ("labels", label), ("review", "reject"))
    names = [rule["name"] for rule in whole.get("rules", ())]
    for number, rule in enumerate(data.get("rules", ())):
        if names.count(rule["name"]) > 1:
            check.report(("rules", number, "name"), f'there are two rules called "{rule["name"]}"')
    return whole


def _over(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Tables merged key by key; lists joined; other values of `above` win."""
    merged = dict(below)
    for key, value in above.items():
        known = merged.get(key)
        if isinstance(known, dict) and isinstance(value, dict):
            merged[key] = _over(known, value)
        elif isinstance(known, list) and isinstance(value, list):
            merged[key] = [*known, *value]
        else:
            merged[key] = value
    return merged


def _rising(check: _Check, table: Mapping[str, Any], path: Path, keys: tuple[str, str]) -> None:
    low, high = (table.get(key) for key in keys)
    if low is not None and high is not None and low > high:
        check.report((*path, keys[1]), f"{high:g} is below {'.'.join(map(str, path))}.{keys[0]}, which is {low:g}")


def _draft(data: Mapping[str, Any]) -> Draft:
    plain = Thresholds()
    tables: dict[FlagType, Mapping[str, Any]] = {
        kind: data.get("flags", {}).get(kind, {}) for kind in get_args(FlagType)
    }
    leniency = cast(Mapping[Target, float], tables["harassment"].get("leniency", {}))
    terms = data.get("terms", {})
    return Draft(
        name=data["name"],
        version=data["version"],
        default=data.get("default", "approve"),
        thresholds=Thresholds(
            flag={kind: float(table.get("flag", plain.flag[kind])) for kind, table in tables.items()},
            medium={kind: float(table.get("medium", plain.medium[kind])) for kind, table in tables.items()},
            high={kind: float(table.get("high", plain.high[kind])) for kind, table in tables.items()},
            leniency={target: float(value) for target, value in leniency.items()},
        ),
        flags={kind: _limits(table) for kind, table in tables.items()},
        severity_actions={kind: table.get("severity", {}) for kind, table in tables.items()},
        labels={label: _limits(table) for label, table in data.get("labels", {}).items()},
        rules=tuple(Rule(r["name"], parse(r["when"]), r["action"]) for r in data.get("rules", ())),
        allow=tuple(terms.get("allow", ())),
        block=tuple(terms.get("block", ())),
        block_action=terms.get("action", "reject"),
    )


def _limits(table: Mapping[str, Any]) -> Limits:
    keys: tuple[Literal["review", "reject"], ...] = ("review", "reject")
    return {key: float(table[key]) for key in keys if key in table}
