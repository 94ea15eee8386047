"""A server process of our own, and load on it from another process. What `latency` and `scale` share."""

from __future__ import annotations

import json
import os
import random
import re
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

Arrivals = Literal["constant", "poisson"]


@dataclass(frozen=True)
class Server:
    """A running `civility serve`."""

    url: str
    pid: int

    @property
    def port(self) -> int:
        return int(self.url.rsplit(":", 1)[1])

    def memory(self) -> tuple[float, float]:
        """Resident and peak resident megabytes (10^6 bytes); zeros where the system does not say."""
        try:
            status = Path(f"/proc/{self.pid}/status").read_text()
        except OSError:
            return 0.0, 0.0
        found = dict(re.findall(r"^(VmRSS|VmHWM):\s+(\d+) kB", status, re.MULTILINE))
        return int(found.get("VmRSS", 0)) * 1024 / 1e6, int(found.get("VmHWM", 0)) * 1024 / 1e6

    def forget_peak(self) -> None:
        """Let the peak begin anew."""
        try:
            Path(f"/proc/{self.pid}/clear_refs").write_text("5")
        except OSError:
            print("the peak of memory cannot be reset here: it is the whole run's", file=sys.stderr)


@dataclass(frozen=True)
class Call:
    """A request. at: seconds after the start; kind: under which its latency is counted; posts: how many are in it."""

    at: float
    kind: str
    body: str
    posts: int = 1


@dataclass(frozen=True)
class Answer:
    """What became of a call. latency: seconds since it was due, not since it was sent."""

    kind: str
    posts: int
    status: int
    latency: float


def arrivals(rate: float, seconds: float, kind: Arrivals, chance: random.Random) -> list[float]:
    """Times in [0, seconds) of an open loop: evenly spaced, or a Poisson process of that rate."""
    if rate <= 0:
        return []
    if kind == "constant":
        return [at / rate for at in range(int(rate * seconds + 1e-9))]
    times = []
    at = chance.expovariate(rate)
    while at < seconds:
        times.append(at)
        at += chance.expovariate(rate)
    return times


def body(texts: Sequence[str]) -> str:
    """Of POST /moderate."""
    return json.dumps({"posts": [{"id": str(at), "text": text} for at, text in enumerate(texts)]})


class Texts:
    """Comments without end, no two alike: none is answered from the server's cache."""

    def __init__(self, texts: Sequence[str], seed: int = 0) -> None:
        self._texts = texts
        self._next = seed % len(texts)
        self._count = seed * 10_000_000

    def take(self, count: int) -> list[str]:
        found = []
        for _ in range(count):
            found.append(f"{self._texts[self._next]} {self._count}")
            self._next = (self._next + 1) % len(self._texts)
            self._count += 1
        return found


@contextmanager
def serving(model: str, folder: Path, python: str = sys.executable, **settings: object) -> Iterator[Server]:
    """A server process on a free port, warm. python: its interpreter; settings: fields of `service.settings.Settings`."""
    environment = os.environ | {"CIVILITY_DATA": str(folder)}
    environment |= {f"CIVILITY_{name.upper()}": str(value) for name, value in settings.items()}
    command = [python, "-m", "service", "serve", "--port", "0", "--model", model]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            found = next(filter(None, (re.search(r"(http://\S+)/docs", line) for line in process.stdout)), None)
            if found is None:
                raise SystemExit("the server did not start")
            while not _ready(found[1]):
                time.sleep(0.05)
            yield Server(found[1], process.pid)
        finally:
            process.terminate()


def settle(server: Server, texts: Texts, seconds: float) -> None:
    """Let a new server meet words and shapes and end what it does after its start: posts and pages of a few clients."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        calls = [Call(0.0, "one post", body(texts.take(1))) for _ in range(40)]
        send(server, [*calls, Call(0.0, "page", body(texts.take(100)), 100)], 4)


def _ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/health/ready", timeout=10) as reply:
            return bool(reply.status == 200)
    except urllib.error.URLError:
        return False


def send(server: Server, calls: Sequence[Call], clients: int | None = None) -> tuple[list[Answer], float]:
    """Have another process send the calls, and the seconds from its first to its last answer.

    clients: None sends each when it is due, however many are under way (open loop); else so many clients send one after the
    other, whatever their times say (closed loop).
    """
    plan = {
        "port": server.port,
        "clients": clients,
        "calls": [[call.at, call.kind, call.body, call.posts] for call in calls],
    }
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.load_generator"],
        input=json.dumps(plan),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    found: Any = json.loads(done.stdout)
    return [Answer(*answer) for answer in found["answers"]], found["seconds"]
