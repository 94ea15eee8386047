"""Fetching a job's input from an address that the operator allows, and from nowhere else.

An address must begin with a listed prefix: same scheme, host and port, and a path below the prefix's. So must every
redirection. The connection goes to the very IP address that was looked at: public ones only, unless `job_private_urls` is on
or the prefix has the IP address itself. Proxies, cookies and logins are not used.
"""

from __future__ import annotations

import http.client
import ipaddress
import re
import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urljoin, urlsplit

from service.errors import UnsupportedEncoding
from service.jobs.errors import JobFailed, UrlNotAllowed
from service.jobs.inputs import ENDINGS, ending_of
from service.jobs.model import Job
from service.jobs.store import JobStore
from service.settings import Settings, SettingsError, variable

_PORTS = {"https": 443, "http": 80}
_REDIRECTIONS = 5
_REDIRECT = (301, 302, 303, 307, 308)
_READ = 1 << 18
_SILENCE_S = 30.0
_WHOLE_S = 3600.0
_PLAIN = re.compile(r"[!-~]+")
_CLIMBS = re.compile(r"(^|[/\\])\.{1,2}([/\\]|$)")


@dataclass(frozen=True, slots=True)
class Prefix:
    """One entry of the list. path ends with a slash where it is a folder."""

    scheme: str
    host: str
    port: int
    path: str

    @property
    def literal(self) -> bool:
        """The host is an IP address: the operator has said where it leads."""
        return _address(self.host) is not None

    def covers(self, scheme: str, host: str, port: int, path: str) -> bool:
        """Whether an address is this one or below it."""
        below = path == self.path or path.startswith(self.path if self.path.endswith("/") else f"{self.path}/")
        return (scheme, host, port) == (self.scheme, self.host, self.port) and below


@dataclass(frozen=True, slots=True)
class Target:
    """An allowed address. private: it may lead into a private network."""

    tls: bool
    host: str
    port: int
    request: str
    path: str
    private: bool


def read_prefixes(text: str) -> tuple[Prefix, ...]:
    """The setting `job_urls`. Raises `SettingsError`."""
    prefixes = []
    for one in filter(None, (part.strip() for part in text.split(","))):
        try:
            scheme, host, port, path, _ = _parse(one)
        except ValueError as error:
            raise SettingsError(f"{variable('job_urls')}: {one!r}: {error}") from None
        prefixes.append(Prefix(scheme, host, port, path))
    return tuple(prefixes)


def allowed(url: str, prefixes: Sequence[Prefix], *, private: bool) -> Target:
    """The address as it may be asked for. Raises `UrlNotAllowed`."""
    if not prefixes:
        raise UrlNotAllowed(
            f"this service fetches no addresses ({variable('job_urls')} is empty); upload the file", "url"
        )
    try:
        scheme, host, port, path, query = _parse(url)
    except ValueError as error:
        raise UrlNotAllowed(f"url: {error}", "url") from None
    for prefix in prefixes:
        if prefix.covers(scheme, host, port, path):
            request = f"{path}?{query}" if query else path
            return Target(scheme == "https", host, port, request, path, private or prefix.literal)
    raise UrlNotAllowed(
        f"url: {scheme}://{host}:{port} with this path is not on the list ({variable('job_urls')})", "url"
    )


def public(address: str) -> bool:
    """Whether an IP address is anybody's to ask: not of a private network, this machine, or a cloud's metadata."""
    found = _address(address.partition("%")[0])
    if isinstance(found, ipaddress.IPv6Address):
        found = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else found)
    return found is not None and found.is_global and not found.is_multicast


class Fetcher:
    """Fetches inputs. resolve: a host and port as IP addresses. clock: seconds."""

    def __init__(
        self,
        settings: Settings,
        resolve: Callable[[str, int], list[str]] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._settings = settings
        self._prefixes = read_prefixes(settings.job_urls)
        self._resolve = resolve if resolve is not None else _resolve
        self._clock = clock

    def check(self, url: str) -> Target:
        """Whether the address may be asked for. Raises `UrlNotAllowed`."""
        return allowed(url, self._prefixes, private=self._settings.job_private_urls)

    def fetch(self, job: Job, stem: str, store: JobStore, gone: threading.Event) -> tuple[str, int]:
        """Put the input of `job` into the store, unless `gone` is set; its name, which begins with `stem`, and size.

        Raises `JobFailed`, `OSError` of the store.
        """
        url, until = job.url or "", self._clock() + _WHOLE_S
        for _ in range(_REDIRECTIONS + 1):
            try:
                target = self.check(url)
            except UrlNotAllowed as error:
                raise JobFailed("url_not_allowed", error.message) from None
            connection = self._connect(target)
            try:
                with _ask(connection, target) as answer:
                    if answer.status in _REDIRECT:
                        url = urljoin(url, answer.headers.get("location", ""))
                        continue
                    if answer.status != 200:
                        raise JobFailed("url_failed", f"{target.host} answered with {answer.status} {answer.reason}")
                    return self._keep(job, stem, store, answer, target, gone, until)
            finally:
                connection.close()
        raise JobFailed("url_failed", f"more than {_REDIRECTIONS} redirections")

    def _keep(
        self,
        job: Job,
        stem: str,
        store: JobStore,
        answer: http.client.HTTPResponse,
        target: Target,
        gone: threading.Event,
        until: float,
    ) -> tuple[str, int]:
        media_type = answer.headers.get_content_type()
        given = job.options.name or unquote(target.path).rpartition("/")[2]
        try:
            ending = ending_of(given, media_type, answer.headers.get("content-encoding", ""))
        except UnsupportedEncoding as error:
            raise JobFailed("invalid_input", error.message) from None
        if ending is None:
            raise JobFailed(
                "invalid_input",
                f"neither the address nor the content-type {media_type!r} says what the input is; give a name that ends in"
                f" {ENDINGS}",
            )
        size = answer.length or 0  # as promised; None where the answer does not say
        name = f"{stem}{ending}"
        with store.create(job.id, name) as stream:
            while size <= self._settings.job_bytes and (block := _read(answer, target)):
                if gone.is_set():
                    raise JobFailed("cancelled", "the job was given up")
                if self._clock() > until:
                    raise JobFailed("url_failed", f"{target.host} took more than {_WHOLE_S:g} s")
                stream.write(block)
                size = max(size, stream.tell())
            if size > self._settings.job_bytes:
                limit = f"at most {self._settings.job_bytes} are allowed ({variable('job_bytes')})"
                raise JobFailed("job_too_large", f"the input has {size} bytes or more; {limit}")
            if answer.length:
                raise JobFailed("url_failed", f"{target.host} ended {answer.length} bytes too early")
            return name, stream.tell()

    def _connect(self, target: Target) -> http.client.HTTPConnection:
        """A connection to one of the host's addresses that may be asked."""
        try:
            addresses = self._resolve(target.host, target.port)
        except OSError as error:
            raise JobFailed("url_failed", f"{target.host}: {error.strerror or error}") from None
        fitting = [address for address in addresses if target.private or public(address)]
        if not fitting:
            raise JobFailed(
                "url_not_allowed",
                f"{target.host} leads into a private network ({variable('job_private_urls')} is off)",
            )
        problem: OSError | None = None
        for address in fitting:
            try:
                return _Pinned(target, address)
            except OSError as error:
                problem = error
        raise JobFailed("url_failed", f"{target.host}: {(problem and problem.strerror) or problem}")


class _Pinned(http.client.HTTPConnection):
    """A connection to `address`, whatever the host's name leads to by now."""

    def __init__(self, target: Target, address: str) -> None:
        super().__init__(target.host, target.port, timeout=_SILENCE_S)
        self.sock = socket.create_connection((address, target.port), _SILENCE_S)
        if target.tls:
            self.default_port = _PORTS["https"]
            try:
                self.sock = ssl.create_default_context().wrap_socket(self.sock, server_hostname=target.host)
            except OSError:
                self.close()
                raise


def _ask(connection: http.client.HTTPConnection, target: Target) -> http.client.HTTPResponse:
    try:
        connection.request("GET", target.request, headers={"user-agent": "civility", "accept-encoding": "identity"})
        return connection.getresponse()
    except (OSError, http.client.HTTPException) as error:
        raise JobFailed("url_failed", f"{target.host}: {type(error).__name__}") from None


def _read(answer: http.client.HTTPResponse, target: Target) -> bytes:
    try:
        return answer.read1(_READ)
    except (OSError, http.client.HTTPException) as error:
        raise JobFailed("url_failed", f"{target.host}: {type(error).__name__}") from None


def _parse(url: str) -> tuple[str, str, int, str, str]:
    """Scheme, host, port, path and query. Raises `ValueError`, in words for people."""
    if not _PLAIN.fullmatch(url) or "\\" in url:
        raise ValueError("expected an address of printable ASCII characters, others percent-encoded")
    split: SplitResult = urlsplit(url)
    scheme = split.scheme.lower()
    if scheme not in _PORTS:
        raise ValueError(f"expected https:// (or http://, where that is on the list), got {scheme[:20]!r}")
    if split.username is not None or split.password is not None or not split.hostname:
        raise ValueError("expected a host, and no user name or password")
    path = split.path or "/"
    if _CLIMBS.search(_unquoted(path)):
        raise ValueError("the path must not have . or .. in it")
    return scheme, split.hostname.rstrip("."), split.port or _PORTS[scheme], path, split.query


def _unquoted(path: str) -> str:
    """Until nothing is quoted any more: servers differ in how often they do that."""
    while (plain := unquote(path)) != path:
        path = plain
    return path


def _address(text: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(text)
    except ValueError:
        return None


def _resolve(host: str, port: int) -> list[str]:
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)))
