"""Settings: everything that an operator can choose, read once at the entry point and passed down.

Each field can be set by the environment as CIVILITY_<FIELD>; an option of the command line comes first.
"""

from __future__ import annotations

import dataclasses
import difflib
import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.files import DEFAULT

PREFIX = "CIVILITY_"

LOG_LEVELS = ("debug", "info", "warning", "error")
DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "fp32", "bf16", "int8")
BACKENDS = ("auto", "openvino", "packed", "torch")
ACTIVATIONS = ("auto", "sigmoid", "softmax")
_WORDS = {"on": True, "true": True, "1": True, "yes": True, "off": False, "false": False, "0": False, "no": False}


class SettingsError(ValueError):
    """A setting that cannot be used; the message names its variable and its value."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One value for the whole process.

    model, device, precision, backend, activation, threads: see `models.registry.open_model`; threads 0 lets the runtime choose.
    policy: TOML files; the first is the one used where a request names none.
    max_bytes: of a request's body. max_lines: of a section as plain text. max_posts: in a request. max_characters: code
    points of one post.
    bulk_posts: a request with more posts than this goes to the bulk lane, so that it does not delay single comments.
    cache_bytes: of scores that are kept for repeated posts, roughly, in memory only; 0 keeps none.
    queue_tokens: what the engine admits before it answers 429. deadline_s: a request's time limit.
    body_timeout_s: for a client to send its body. drain_s: what accepted requests get after SIGTERM.
    workers: threads for splitting and flagging.
    public_url: where clients reach the service, for the discovery document; empty: as each request says.
    languages: scored besides the model's own, on every surface, separated by commas; "*" scores any.
    openai_threshold: score from which a category of the OpenAI surface is true.
    data: the folder of keys and feedback. feedback: keep what moderators send to suggestscore.
    feedback_bytes: most that the feedback may take on disk.
    requests_per_minute: of a key that has no limit of its own; 0 is none.
    coral_secret: what Coral signs its requests with; several, separated by commas, while one is replaced.
    database_url: where jobs and feedback are, shared by all replicas; empty: SQLite files in `data`.
    job_store: folder or object-store URL for the inputs and results of jobs; empty: `data`/jobs.
    job_workers: jobs that this process works on at a time; 0 leaves them to other replicas.
    job_urls: prefixes of the addresses that jobs may fetch, separated by commas; empty: none.
    job_private_urls: such an address may lead into a private network.
    job_bytes: of one job's input. job_disk_bytes: of all inputs and results together. job_queue: jobs that wait.
    job_days: until a job's results are deleted. job_part_rows: scored rows that a kill can cost at most.
    job_lease_s: silence after which another replica takes a job over.
    """

    host: str = "127.0.0.1"
    port: int = 8000
    log_level: str = "info"
    model: str = DEFAULT
    device: str = "auto"
    precision: str = "auto"
    backend: str = "auto"
    activation: str = "auto"
    threads: int = 0
    policy: tuple[Path, ...] = ()
    max_bytes: int = 8 * 1024 * 1024
    max_lines: int = 100_000
    max_posts: int = 10_000
    max_characters: int = 100_000
    bulk_posts: int = 200
    queue_tokens: int = 262_144
    cache_bytes: int = 32 * 1024 * 1024
    deadline_s: float = 300.0
    body_timeout_s: float = 30.0
    drain_s: float = 60.0
    workers: int = 2
    public_url: str = ""
    languages: str = ""
    openai_threshold: float = 0.5
    data: Path = Path("~/.local/share/civility")
    feedback: bool = True
    feedback_bytes: int = 1024 * 1024 * 1024
    requests_per_minute: int = 0
    coral_secret: str = field(default="", repr=False)
    database_url: str = field(default="", repr=False)
    job_store: str = field(default="", repr=False)
    job_workers: int = 1
    job_urls: str = ""
    job_private_urls: bool = False
    job_bytes: int = 2 * 1024 * 1024 * 1024
    job_disk_bytes: int = 20 * 1024 * 1024 * 1024
    job_queue: int = 100
    job_days: float = 7.0
    job_part_rows: int = 5000
    job_lease_s: float = 30.0

    def __post_init__(self) -> None:
        for name, choices in (
            ("log_level", LOG_LEVELS),
            ("device", DEVICES),
            ("precision", PRECISIONS),
            ("backend", BACKENDS),
            ("activation", ACTIVATIONS),
        ):
            if getattr(self, name) not in choices:
                raise SettingsError(
                    f"{variable(name)}: expected one of {', '.join(choices)}, got {getattr(self, name)!r}"
                )
        if not 0 <= self.port <= 65535:
            raise SettingsError(f"{variable('port')}: expected 0 to 65535, got {self.port}")
        for name in ("threads", "requests_per_minute", "job_workers", "cache_bytes"):
            if getattr(self, name) < 0:
                raise SettingsError(f"{variable(name)}: expected 0 or more, got {getattr(self, name)}")
        if self.public_url and not self.public_url.startswith(("http://", "https://")):
            raise SettingsError(f"{variable('public_url')}: expected http:// or https://, got {self.public_url!r}")
        for name in (
            "feedback_bytes",
            "max_bytes",
            "max_posts",
            "max_characters",
            "bulk_posts",
            "queue_tokens",
            "workers",
            "job_bytes",
            "job_disk_bytes",
            "job_queue",
            "job_part_rows",
        ):
            if getattr(self, name) < 1:
                raise SettingsError(f"{variable(name)}: expected 1 or more, got {getattr(self, name)}")
        if not 0.0 < self.openai_threshold <= 1.0:
            raise SettingsError(
                f"{variable('openai_threshold')}: expected a number above 0, at most 1, got {self.openai_threshold}"
            )
        for name, unit in (
            ("deadline_s", "seconds"),
            ("body_timeout_s", "seconds"),
            ("drain_s", "seconds"),
            ("job_lease_s", "seconds"),
            ("job_days", "days"),
        ):
            if not getattr(self, name) > 0:
                raise SettingsError(f"{variable(name)}: expected a number of {unit} above 0, got {getattr(self, name)}")


def data_folder(settings: Settings) -> Path:
    """Where keys and feedback are."""
    return Path(os.path.expanduser(settings.data))  # noqa: PTH111  # Path.expanduser fails for a user without a home


def coral_secrets(settings: Settings) -> list[str]:
    """What Coral may sign with; none where its signature is not looked at."""
    return [secret.strip() for secret in settings.coral_secret.split(",") if secret.strip()]


def variable(name: str) -> str:
    """The environment variable of a field."""
    return PREFIX + name.upper()


def read_settings(environment: Mapping[str, str], **options: Any) -> Settings:
    """Settings from defaults, then `environment`, then `options` (None: not given). Raises `SettingsError`."""
    values: dict[str, Any] = {}
    for known in dataclasses.fields(Settings):
        given = environment.get(variable(known.name), "")
        if given:
            values[known.name] = _parse(known.name, given, known.default)
    values |= {name: value for name, value in options.items() if value is not None}
    return Settings(**values)


def unknown_variables(environment: Mapping[str, str]) -> list[str]:
    """A line for each CIVILITY_ variable that looks like a misspelt setting."""
    known = [variable(each.name) for each in dataclasses.fields(Settings)]
    lines = []
    for name in environment:
        if name.startswith(PREFIX) and name not in known:
            close = difflib.get_close_matches(name, known, n=1, cutoff=0.8)
            if close:
                lines.append(f"{name} is not a setting; did you mean {close[0]}?")
    return lines


def _parse(name: str, given: str, default: object) -> object:
    """A variable's text as the type of its field's default."""
    if isinstance(default, bool):
        if given.lower() not in _WORDS:
            raise SettingsError(f"{variable(name)}: expected on or off, got {given!r}")
        return _WORDS[given.lower()]
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
    return Path(given) if isinstance(default, Path) else given
