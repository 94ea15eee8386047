"""Job, Part and Lease, as they are in the queue."""

from __future__ import annotations

from dataclasses import dataclass, field

from service.jobs.wire import JobOptions, State
from service.rescore.results import Counts


@dataclass(frozen=True, slots=True)
class Part:
    """A finished part. file, rejects: names in the store; chunks: how many of the input's it took."""

    number: int
    file: str
    rejects: str | None
    size: int
    chunks: int
    counts: Counts


@dataclass(frozen=True, slots=True)
class Job:
    """One job. Times are Unix seconds. rows: counts of what is done; total: None while unknown; rate: rows a second.

    input, result, rejects: names in the store, None where there is no such file. stored: bytes of all its files.
    """

    id: str
    owner: str | None
    state: State
    name: str
    options: JobOptions
    created_at: float
    url: str | None = None
    input: str | None = None
    started_at: float | None = None
    finished_at: float | None = None
    expires_at: float | None = None
    total: int | None = None
    rate: float | None = None
    counts: Counts = field(default_factory=Counts)
    stored: int = 0
    model: str | None = None
    policy: str | None = None
    error_code: str | None = None
    error: str | None = None
    result: str | None = None
    result_bytes: int = 0
    rejects: str | None = None
    rejects_bytes: int = 0
    attempts: int = 0


@dataclass(frozen=True, slots=True)
class Lease:
    """A job that this process works on, as long as its token is the job's."""

    job: Job
    token: str
