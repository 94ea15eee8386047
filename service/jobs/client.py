"""A client of /jobs, for the command line. Raises `ClientError`, in one line for people."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx

from service.rescore.disk import TEMPORARY

Json = dict[str, Any]

_BLOCK = 1 << 18
_TIMEOUT = httpx.Timeout(60.0, write=None)


class ClientError(RuntimeError):
    """The service refused, or cannot be reached."""


@dataclass(frozen=True, slots=True)
class JobClient:
    """A service at `server`. key: an API key, where the service needs one."""

    server: str
    key: str | None = field(default=None, repr=False)

    def submit(self, source: str, options: Json, told: Callable[[int], None] = lambda _: None) -> Json:
        """Upload a file, or name an address. told: bytes that were sent since the last time."""
        chosen = {name: value for name, value in options.items() if value is not None}
        if "://" in source:
            return self._json("POST", "/jobs", json=chosen | {"url": source})
        name = chosen.pop("name", None) or Path(source).name
        headers = {"content-type": "application/octet-stream", "content-length": str(Path(source).stat().st_size)}
        content = _blocks(Path(source), told)
        return self._json("POST", "/jobs", params=chosen | {"name": name}, content=content, headers=headers)

    def status(self, job: str) -> Json:
        """One job."""
        return self._json("GET", f"/jobs/{job}")

    def jobs(self) -> list[Json]:
        """The newest first."""
        found: list[Json] = self._json("GET", "/jobs")["jobs"]
        return found

    def delete(self, job: str) -> Json | None:
        """Cancel a job; None where it had ended and is forgotten now."""
        answer = self._ask("DELETE", f"/jobs/{job}")
        return None if answer.status_code == 204 else answer.json()

    def download(self, job: str, what: str, target: Path, told: Callable[[int, int], None] = lambda *_: None) -> int:
        """Results or rejects into a file, which is there once it is complete; a broken download is gone on with.

        told: bytes that are there, and all. Gives the size.
        """
        beside = target.with_name(f".{target.name}{TEMPORARY}.{job}")
        have = beside.stat().st_size if beside.exists() else 0
        headers = {"range": f"bytes={have}-", "if-range": f'"{job}"'} if have else {}
        with self._client() as client, _named(), client.stream("GET", f"/jobs/{job}/{what}", headers=headers) as answer:
            if answer.status_code == 416:  # all of it was there
                total = have
            else:
                _check(answer)
                have = have if answer.status_code == 206 else 0
                total = have + int(answer.headers["content-length"])
                with beside.open("ab" if have else "wb") as stream:
                    for block in answer.iter_bytes(_BLOCK):
                        have += stream.write(block)
                        told(have, total)
        if have != total:
            raise ClientError(f"{target}: {have} of {total} bytes came; the same command goes on from there")
        beside.replace(target)
        return total

    def _json(self, method: str, path: str, **request: Any) -> Json:
        found: Json = self._ask(method, path, **request).json()
        return found

    def _ask(self, method: str, path: str, **request: Any) -> httpx.Response:
        with self._client() as client, _named():
            answer = client.request(method, path, **request)
            _check(answer)
            return answer

    def _client(self) -> httpx.Client:
        headers = {} if self.key is None else {"authorization": f"Bearer {self.key}"}
        return httpx.Client(base_url=self.server, headers=headers, timeout=_TIMEOUT)


@contextmanager
def _named() -> Iterator[None]:
    """Errors of the connection as `ClientError`."""
    try:
        yield
    except httpx.HTTPError as error:
        where = error.request.url.copy_with(query=None)
        raise ClientError(f"{where}: {str(error) or type(error).__name__}; is `civility serve` running?") from None


def _check(answer: httpx.Response) -> None:
    if answer.is_success:
        return
    answer.read()
    try:
        detail = answer.json()["error"]
        message = f"{detail['message']} ({detail['code']})"
    except (ValueError, KeyError, TypeError):
        message = f"the answer is {answer.status_code} and not of Civility; is the address right?"
    raise ClientError(message)


def _blocks(path: Path, told: Callable[[int], None]) -> Iterator[bytes]:
    with path.open("rb", buffering=0) as stream:
        while block := stream.read(_BLOCK):
            yield block
            told(len(block))
