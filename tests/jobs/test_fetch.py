"""Addresses: what is on the list and nothing else, whatever it redirects to or resolves to."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.jobs.errors import JobFailed, UrlNotAllowed
from service.jobs.fetch import Fetcher, allowed, public, read_prefixes
from service.jobs.model import Job
from service.jobs.store import JobStore
from service.jobs.wire import JobOptions
from service.settings import Settings, SettingsError

LIST = read_prefixes("https://files.example.org/exports/, http://10.1.2.3:8080/, https://one.example.org/a.csv")


@pytest.mark.parametrize(
    "url",
    [
        "https://files.example.org/exports/a.csv",
        "https://FILES.example.org:443/exports/2026/a.csv?signature=x%2Fy",
        "http://10.1.2.3:8080/a.csv",
        "https://one.example.org/a.csv",
    ],
)
def test_what_is_on_the_list(url: str) -> None:
    assert allowed(url, LIST, private=False).path.endswith("a.csv")


@pytest.mark.parametrize(
    "url",
    [
        "http://files.example.org/exports/a.csv",
        "https://files.example.org/a.csv",
        "https://files.example.org/exportsx/a.csv",
        "https://files.example.org/exports/../a.csv",
        "https://files.example.org/exports/%2e%2e/a.csv",
        "https://files.example.org/exports/%252e%252e%252fa.csv",
        "https://files.example.org/exports/..%5ca.csv",
        "https://files.example.org:8443/exports/a.csv",
        "https://files.example.org.evil.example/exports/a.csv",
        "https://files.example.org@evil.example/exports/a.csv",
        "https://user:password@files.example.org/exports/a.csv",
        "https://evil.example/https://files.example.org/exports/",
        "https://files.example.org\\@evil.example/exports/a.csv",
        "https://files.example.org/exports/a.csv\r\nHost: evil.example",
        "https://one.example.org/a.csvx",
        "http://10.1.2.3/a.csv",
        "http://[::1]/a.csv",
        "https://files.example.org:99999/exports/a.csv",
        "https://[files/exports/a.csv",
        "file:///etc/passwd",
        "ftp://files.example.org/exports/a.csv",
        "//files.example.org/exports/a.csv",
        "exports/a.csv",
        "",
    ],
)
def test_what_is_not_on_the_list(url: str) -> None:
    with pytest.raises(UrlNotAllowed) as caught:
        allowed(url, LIST, private=False)
    assert caught.value.field == "url"


def test_without_a_list_nothing_is_fetched() -> None:
    with pytest.raises(UrlNotAllowed, match="CIVILITY_JOB_URLS is empty"):
        allowed("https://files.example.org/exports/a.csv", (), private=True)
    for text in ("files.example.org", "ftp://files.example.org/", "https://"):
        with pytest.raises(SettingsError, match="CIVILITY_JOB_URLS"):
            read_prefixes(text)


@given(
    st.text(max_size=30), st.sampled_from(["https://files.example.org", "https://files.example.org/exports", "https:"])
)
def test_any_text_is_refused_or_below_the_list(text: str, start: str) -> None:
    try:
        target = allowed(start + text, LIST, private=False)
    except UrlNotAllowed:
        return
    assert target.host == "files.example.org"
    assert target.path.startswith("/exports/")
    assert ".." not in target.path.split("/")


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:2800:220:1:248:1893:25c8:1946", True),
        ("127.0.0.1", False),
        ("10.0.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00:ec2::254", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:10.0.0.1", False),
        ("2002:7f00:1::", False),
        ("nonsense", False),
    ],
)
def test_private_addresses(address: str, expected: bool) -> None:
    assert public(address) is expected


class Handler(BaseHTTPRequestHandler):
    """A few paths; what was asked for is noted."""

    asked: list[str]

    def do_GET(self) -> None:
        self.asked.append(f"{self.headers['host']} {self.path}")
        moved = {"/ok/moved.csv": "/ok/a.csv", "/ok/away.csv": "/secret/a.csv", "/ok/loop.csv": "/ok/loop.csv"}
        if self.path in moved:
            self._redirect(moved[self.path])
        elif self.path == "/ok/missing.csv":
            self.send_error(404)
        else:
            self._file()

    def _file(self) -> None:
        body = b"id,text\n1,hello\n"
        self.send_response(200)
        if self.path == "/ok/typed":
            self.send_header("content-type", "text/csv; charset=utf-8")
        self.send_header("content-length", str(len(body) + (5 if self.path == "/ok/short.csv" else 0)))
        self.end_headers()
        self.wfile.write(body)

    def _redirect(self, place: str) -> None:
        self.send_response(302)
        self.send_header("location", place)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class's name
        pass


@pytest.fixture
def site() -> Iterator[tuple[int, list[str]]]:
    """A web server's port, and what it was asked for."""
    asked: list[str] = []
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Noted", (Handler,), {"asked": asked}))
    thread = threading.Thread(target=partial(server.serve_forever, poll_interval=0.01))
    thread.start()
    yield server.server_address[1], asked
    server.shutdown()
    thread.join()
    server.server_close()


def fetched(folder: Path, fetcher: Fetcher, url: str, name: str | None = None) -> tuple[str, bytes]:
    store = JobStore(str(folder))
    job = Job("0" * 32, None, "running", "x", JobOptions(name=name), 0.0, url=url)
    file, size = fetcher.fetch(job, "input", store, threading.Event())
    with store.open(job.id, file) as stream:
        content: bytes = stream.read()
    assert len(content) == size
    return file, content


def test_fetching(site: tuple[int, list[str]], tmp_path: Path) -> None:
    port, asked = site
    base = f"http://127.0.0.1:{port}/ok"
    fetcher = Fetcher(Settings(job_urls=f"{base}/", job_bytes=100))
    for path in ("a.csv", "moved.csv", "a.csv?token=1", "typed"):
        assert fetched(tmp_path, fetcher, f"{base}/{path}") == ("input.csv", b"id,text\n1,hello\n")
    assert fetched(tmp_path, fetcher, f"{base}/a", "b.jsonl.gz")[0] == "input.jsonl.gz"
    assert asked[0] == f"127.0.0.1:{port} /ok/a.csv"
    for path, code, message in (
        ("away.csv", "url_not_allowed", "not on the list"),
        ("loop.csv", "url_failed", "redirections"),
        ("missing.csv", "url_failed", "404"),
        ("short.csv", "url_failed", "too early"),
        ("untyped", "invalid_input", "ends in .jsonl"),
    ):
        with pytest.raises(JobFailed, match=message) as caught:
            fetched(tmp_path, fetcher, f"{base}/{path}")
        assert caught.value.code == code
    assert not any("secret" in line for line in asked)
    small = Fetcher(Settings(job_urls=f"{base}/", job_bytes=10))
    with pytest.raises(JobFailed, match=r"at most 10 are allowed \(CIVILITY_JOB_BYTES\)"):
        fetched(tmp_path, small, f"{base}/a.csv")


def test_a_listed_name_that_leads_inside(site: tuple[int, list[str]], tmp_path: Path) -> None:
    port, asked = site
    url = f"http://files.example.org:{port}/a.csv"
    settings = Settings(job_urls=f"http://files.example.org:{port}/")

    def inside(_host: str, _port: int) -> list[str]:
        return ["127.0.0.1"]

    with pytest.raises(JobFailed, match="private network") as caught:
        fetched(tmp_path, Fetcher(settings, inside), url)
    assert (caught.value.code, asked) == ("url_not_allowed", [])
    listed = Fetcher(Settings(job_urls=settings.job_urls, job_private_urls=True), inside)
    assert fetched(tmp_path, listed, url)[0] == "input.csv"
    assert asked == [f"files.example.org:{port} /a.csv"]
