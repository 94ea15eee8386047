"""Settings: everything that an operator can choose, read once at the entry point and passed down.

Each field can be set by the environment as CIVILITY_<FIELD>; an option of the command line comes first.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PREFIX = "CIVILITY_"

LOG_LEVELS = ("debug", "info", "warning", "error")
DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "fp32", "bf16")


class SettingsError(ValueError):
    """A setting that cannot be used; the message names its variable and its value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One value for the whole process.

    model, device, precision, threads: see `models.registry.open_model`; threads 0 lets the runtime choose.
    policy: TOML files; the first is the one used where a request names none.
    max_bytes: of a request's body. max_lines: of a section as plain text. max_posts: in a request. max_characters: code
    points of one post.
    bulk_posts: a request with more posts than this goes to the bulk lane, so that it does not delay single comments.
    queue_tokens: what the engine admits before it answers 429. deadline_s: a request's time limit.
    body_timeout_s: for a client to send its body. drain_s: what accepted requests get after SIGTERM.
    workers: threads for splitting and flagging.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    log_level: str = "info"
    model: str = "civility-small"
    device: str = "auto"
    precision: str = "auto"
    threads: int = 0
    policy: tuple[Path, ...] = ()
    max_bytes: int = 8 * 1024 * 1024
    max_lines: int = 100_000
    max_posts: int = 10_000
    max_characters: int = 100_000
    bulk_posts: int = 200
    queue_tokens: int = 262_144
    deadline_s: float = 300.0
    body_timeout_s: float = 30.0
    drain_s: float = 60.0
    workers: int = 2

    def __post_init__(self) -> None:
        for name, choices in (("log_level", LOG_LEVELS), ("device", DEVICES), ("precision", PRECISIONS)):
            if getattr(self, name) not in choices:
                raise SettingsError(
                    f"{variable(name)}: expected one of {', '.join(choices)}, got {getattr(self, name)!r}"
                )
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"{variable('port')}: expected 0 to 65535, got {self.port}")
        if self.threads < 0:
            raise SettingsError(f"{variable('threads')}: expected 0 or more, got {self.threads}")
        for name in ("max_bytes", "max_lines", "max_posts", "max_characters", "bulk_posts", "queue_tokens", "workers"):
            if getattr(self, name) < 1:
                raise SettingsError(f"{variable(name)}: expected 1 or more, got {getattr(self, name)}")
        for name in ("deadline_s", "body_timeout_s", "drain_s"):
            if not getattr(self, name) > 0:
                raise SettingsError(
                    f"{variable(name)}: expected a number of seconds above 0, got {getattr(self, name)}"
                )


def variable(field: str) -> str:
    """The environment variable of a field."""
    return PREFIX + field.upper()


def read_settings(environment: Mapping[str, str], **options: Any) -> Settings:
    """Settings from defaults, then `environment`, then `options` (None: not given). Raises `SettingsError`."""
    values: dict[str, Any] = {}
    for field in dataclasses.fields(Settings):
        given = environment.get(variable(field.name), "")
        if given:
            values[field.name] = _parse(field.name, given, field.default)
    values |= {name: value for name, value in options.items() if value is not None}
    return Settings(**values)


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """A line for each CIVILITY_ variable that looks like a misspelt setting."""
    known = [variable(field.name) for field in dataclasses.fields(Settings)]
    lines = []
    for name in environment:
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            if close:
                lines.append(f"{name} is not a setting; did you mean {close[0]}?")
    return lines


def _parse(name: str, given: str, default: object) -> object:
    """A variable's text as the type of its field's default."""
    try:
        if isinstance(default, int):
            return int(given.replace("_", ""))
        if isinstance(default, float):
            return float(given)
    except ValueError:
        hint = ""
        if given.startswith("tcp://"):
            hint = "; Kubernetes sets this for a service of that name: set enableServiceLinks: false in the pod"
        kind = "a whole number" if isinstance(default, int) else "a number"
        raise SettingsError(f"{variable(name)}: expected {kind}, got {given!r}{hint}") from None
    if isinstance(default, tuple):
        return tuple(Path(part) for part in given.split(os.pathsep) if part)
    return given
