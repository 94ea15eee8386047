"""The tables of jobs and their parts, and rows as values."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import msgspec
import sqlalchemy as sa

from service.database import metadata
from service.jobs.model import Job, Part
from service.jobs.wire import JobOptions
from service.rescore.results import Counts

jobs = sa.Table(
    "civility_jobs",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("owner", sa.String(64)),
    sa.Column("state", sa.String(16), nullable=False, index=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("options", sa.Text, nullable=False),
    sa.Column("url", sa.Text),
    sa.Column("input", sa.Text),
    sa.Column("created_at", sa.Double, nullable=False),
    sa.Column("started_at", sa.Double),
    sa.Column("finished_at", sa.Double),
    sa.Column("expires_at", sa.Double),
    sa.Column("total", sa.BigInteger),
    sa.Column("rate", sa.Double),
    sa.Column("counts", sa.Text, nullable=False),
    sa.Column("stored", sa.BigInteger, nullable=False),
    sa.Column("model", sa.Text),
    sa.Column("policy", sa.Text),
    sa.Column("plan", sa.Text),
    sa.Column("error_code", sa.Text),
    sa.Column("error", sa.Text),
    sa.Column("result", sa.Text),
    sa.Column("result_bytes", sa.BigInteger, nullable=False),
    sa.Column("rejects", sa.Text),
    sa.Column("rejects_bytes", sa.BigInteger, nullable=False),
    sa.Column("attempts", sa.Integer, nullable=False),
    # Of the one that works on it; a queued job is not taken before `lease_until`, a running one is taken over after it.
    sa.Column("token", sa.String(32)),
    sa.Column("lease_until", sa.Double),
    # When its files are to be removed, again if need be.
    sa.Column("purge_at", sa.Double),
)

parts = sa.Table(
    "civility_job_parts",
    metadata,
    sa.Column("job", sa.String(32), primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("file", sa.Text, nullable=False),
    sa.Column("rejects", sa.Text),
    sa.Column("size", sa.BigInteger, nullable=False),
    sa.Column("chunks", sa.Integer, nullable=False),
    sa.Column("counts", sa.Text, nullable=False),
)


def job_of(row: Any) -> Job:
    """A row of `jobs` as a value."""
    values = dict(row._mapping)
    for name in ("plan", "token", "lease_until", "purge_at"):
        del values[name]
    values["options"] = msgspec.json.decode(values["options"], type=JobOptions)
    values["counts"] = read_counts(values["counts"])
    return Job(**values)


def part_of(row: Any) -> Part:
    """A row of `parts` as a value."""
    values = dict(row._mapping)
    del values["job"]
    return Part(**values | {"counts": read_counts(values["counts"])})


def write_counts(counts: Counts) -> str:
    """As they are kept."""
    return msgspec.json.encode(asdict(counts)).decode()


def read_counts(text: str) -> Counts:
    """As they were kept."""
    return msgspec.json.decode(text, type=Counts)
