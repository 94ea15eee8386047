"""What a caller of /jobs can be told, and how a job can end; see `service.errors` for the whole tree."""

from __future__ import annotations

from collections.abc import Mapping

from service.errors import Busy, InvalidRequest, LimitExceeded, NotFound, ServiceError


class JobNotFound(NotFound):
    """No such job, or another key's."""

    code = "job_not_found"


class JobNotDone(ServiceError):
    """Results of a job that has none (yet)."""

    status = 409
    code = "job_not_done"


class JobTooLarge(LimitExceeded):
    """An input of more bytes than `job_bytes`."""

    code = "job_too_large"

    @property
    def headers(self) -> Mapping[str, str]:
        return {"connection": "close"}


class JobQueueFull(Busy):
    """As many jobs wait as `job_queue` allows."""

    code = "job_queue_full"


class JobStorageFull(ServiceError):
    """Inputs and results fill `job_disk_bytes`."""

    status = 507
    code = "job_storage_full"


class UrlNotAllowed(InvalidRequest):
    """An address that `job_urls` does not list."""

    code = "url_not_allowed"


class RangeNotSatisfiable(ServiceError):
    """A range that begins after the end. size: of the whole in bytes."""

    status = 416
    code = "range_not_satisfiable"

    def __init__(self, message: str, size: int) -> None:
        super().__init__(message)
        self.size = size

    @property
    def headers(self) -> Mapping[str, str]:
        return {"content-range": f"bytes */{self.size}"}


class NotInstalled(ServiceError):
    """A surface whose libraries are not installed."""

    status = 501
    code = "not_installed"


class JobFailed(Exception):
    """A job ends without results. code: stable, for programs; message: for people, without anybody's words."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


class LeaseLost(Exception):
    """The job was cancelled, or another replica has taken it over: nothing may be written for it any more."""
