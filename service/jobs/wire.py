"""Jobs as they are on the wire. OpenAPI's schemas are made from these classes."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Literal

from msgspec import Meta, Struct

from service.errors import ErrorDetail

if TYPE_CHECKING:
    from service.jobs.model import Job

State = Literal["receiving", "queued", "running", "done", "failed", "cancelled"]
Format = Literal["jsonl", "parquet"]

_Column = Annotated[str | None, Meta(description="The column; guessed where it is not given.")]


class JobOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """What a caller may choose. name: of the input's file; its ending says the format."""

    name: Annotated[str | None, Meta(description="The input's file name; its ending says what it holds.")] = None
    policy: Annotated[str | None, Meta(description="A policy's name; absent: the service's default.")] = None
    format: Annotated[Format, Meta(description="Of the results.")] = "jsonl"
    text_column: _Column = None
    id_column: _Column = None
    author_column: _Column = None
    parent_column: _Column = None
    limit: Annotated[Annotated[int, Meta(ge=1)] | None, Meta(description="Rows at most, after `sample`.")] = None
    sample: Annotated[float, Meta(gt=0, le=1, description="Share of the rows, always the same ones.")] = 1.0


class UrlJob(JobOptions, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A job whose input the service fetches itself, from an address that the operator allows."""

    url: Annotated[str, Meta(description="Must begin with one of CIVILITY_JOB_URLS.")]


class JobRows(Struct, frozen=True):
    """Rows of the input, and what became of them."""

    done: Annotated[int, Meta(description="Read and judged, rejected ones included.")]
    total: Annotated[int | None, Meta(description="Null while unknown; an estimate while a CSV file is being read.")]
    rejected: Annotated[int, Meta(description="Could not be used: see /jobs/{id}/rejects.")]
    unscored: Annotated[int, Meta(description="The model failed on them: see `reasons`.")]
    per_second: Annotated[float | None, Meta(description="Of the work at this time; null while nobody works on it.")]


class JobAnswer(Struct, frozen=True):
    """One job. Times are UTC in RFC 3339."""

    id: str
    state: Annotated[State, Meta(description="queued, running, done, failed or cancelled.")]
    name: Annotated[str, Meta(description="The input's file name.")]
    format: Annotated[Format, Meta(description="Of the results.")]
    rows: JobRows
    flags: Annotated[dict[str, int], Meta(description="Posts with each flag, so far.")]
    actions: Annotated[dict[str, int], Meta(description="Posts with each action, so far.")]
    model: Annotated[str | None, Meta(description="Name and version; null before the work begins.")]
    policy: Annotated[
        str | None, Meta(description="Name and version; before the work begins the name that was asked for.")
    ]
    created_at: str
    started_at: str | None
    finished_at: str | None
    expires_at: Annotated[str | None, Meta(description="When the job and its results are deleted.")]
    result_bytes: Annotated[int | None, Meta(description="Of the results, once there are any.")]
    error: Annotated[ErrorDetail | None, Meta(description="Why it failed.")]


class JobList(Struct, frozen=True):
    """Jobs, the newest first."""

    jobs: tuple[JobAnswer, ...]


def job_answer(job: Job) -> JobAnswer:
    """A job as its caller sees it."""
    counts = job.counts
    rate = None if job.rate is None else round(job.rate, 1)
    return JobAnswer(
        id=job.id,
        state="queued" if job.state == "receiving" else job.state,
        name=job.name,
        format=job.options.format,
        rows=JobRows(counts.rows, job.total, counts.rejected, counts.unscored, rate),
        flags=counts.flags,
        actions=counts.actions,
        model=job.model,
        policy=job.policy or job.options.policy,
        created_at=_moment(job.created_at),
        started_at=None if job.started_at is None else _moment(job.started_at),
        finished_at=None if job.finished_at is None else _moment(job.finished_at),
        expires_at=None if job.expires_at is None else _moment(job.expires_at),
        result_bytes=job.result_bytes if job.result is not None else None,
        error=None if job.error_code is None else ErrorDetail(job.error_code, job.error or ""),
    )


def _moment(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
