"""What a job costs those who wait: latency of single comments with and without a job of POST /jobs, in turns, on one server.

    python -m benchmarks.job_load [--model NAME] [--requests 150] [--rounds 3] [--rows 20000] [--clients 1]

`job_running` is for other benchmarks too: a context in which a service works on a job.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import httpx

from service.jobs.client import JobClient
from service.settings import Settings

_TEXT = """the bridge council traffic morning people read article again nobody listens money street idiot school why think
never always good bad question answer today comment rubbish thanks evening build plan vote cycle noise water summer"""
WORDS = _TEXT.split()


def comment(chance: random.Random) -> str:
    """Words, as many as comments have: log-normal with a median of 25."""
    return " ".join(chance.choices(WORDS, k=max(1, min(400, round(chance.lognormvariate(3.2, 0.9))))))


def write_comments(path: Path, rows: int, seed: int = 0) -> Path:
    """A file of JSON lines, no two alike."""
    chance = random.Random(seed)
    with path.open("w") as stream:
        for number in range(rows):
            stream.write(json.dumps({"id": number, "text": f"{comment(chance)} {number}"}) + "\n")
    return path


@contextmanager
def job_running(server: str, rows: int = 20_000, key: str | None = None, seed: int = 0) -> Iterator[str]:
    """While the service at `server` works on a job of so many rows, whose id this gives; then it is cancelled.

    Raises `RuntimeError` where the job has ended by itself before, since the rest was then measured without it.
    """
    client = JobClient(server, key)
    with tempfile.TemporaryDirectory() as folder:
        job = client.submit(str(write_comments(Path(folder) / "load.jsonl", rows, seed)), {})["id"]
    try:
        while (state := client.status(job))["state"] in ("queued", "running") and not state["rows"]["done"]:
            time.sleep(0.05)
        yield job
        state = client.status(job)
        if state["state"] != "running":
            raise RuntimeError(f"the job was {state['state']} before the measurement ended; take more than {rows} rows")
    finally:
        if client.delete(job) is not None:
            client.delete(job)  # cancelled; now forgotten too


def latencies(server: str, requests: int, clients: int, seed: int) -> list[float]:
    """Seconds of single comments, sent one after the other by each client."""

    def one(number: int) -> list[float]:
        chance = random.Random(seed * 1000 + number)
        taken = []
        with httpx.Client(base_url=server, timeout=60) as client:
            for at in range(requests):
                posts = [{"id": "1", "text": f"{comment(chance)} {seed} {number} {at}"}]
                began = time.perf_counter()
                client.post("/moderate", json={"posts": posts}).raise_for_status()
                taken.append(time.perf_counter() - began)
        return taken

    with ThreadPoolExecutor(clients) as threads:
        return [seconds for taken in threads.map(one, range(clients)) for seconds in taken]


def centiles(seconds: list[float]) -> tuple[float, float, float]:
    """p50, p95 and p99 in milliseconds."""
    cuts = statistics.quantiles(seconds, n=100)
    return cuts[49] * 1000, cuts[94] * 1000, cuts[98] * 1000


@contextmanager
def served(model: str, folder: Path) -> Iterator[str]:
    """The address of a new server process."""
    command = [sys.executable, "-m", "service", "serve", "--port", "0", "--model", model]
    environment = os.environ | {"CIVILITY_DATA": str(folder)}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        try:
            assert process.stdout is not None
            found = next(filter(None, (re.search(r"(http://\S+)/docs", line) for line in process.stdout)), None)
            if found is None:
                raise SystemExit("the server did not start")
            while httpx.get(f"{found[1]}/health/ready").status_code != 200:
                time.sleep(0.05)
            yield found[1]
        finally:
            process.terminate()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default=Settings().model)
    parser.add_argument("--requests", type=int, default=150, help="of each client and round")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--rows", type=int, default=20_000)
    parser.add_argument("--clients", type=int, default=1)
    options = parser.parse_args()
    alone: list[float] = []
    beside: list[float] = []
    rows = 0.0
    with tempfile.TemporaryDirectory() as folder, served(options.model, Path(folder)) as server:
        latencies(server, 20, options.clients, seed=99)
        for number in range(options.rounds):
            alone += latencies(server, options.requests, options.clients, seed=2 * number)
            with job_running(server, options.rows, seed=number) as job:
                beside += latencies(server, options.requests, options.clients, seed=2 * number + 1)
                rows = JobClient(server).status(job)["rows"]["per_second"] or rows
    print(
        f"{len(alone)} and {len(beside)} single comments, {options.clients} at a time, {options.rounds} rounds in turns"
    )
    for name, seconds in (("alone", alone), ("with a job", beside)):
        p50, p95, p99 = centiles(seconds)
        print(f"{name:11} p50 {p50:7.1f} ms  p95 {p95:7.1f} ms  p99 {p99:7.1f} ms")
    p50, p95, p99 = (new / old for old, new in zip(centiles(alone), centiles(beside), strict=True))
    print(f"{'ratio':11} p50 {p50:7.2f}     p95 {p95:7.2f}     p99 {p99:7.2f}")
    print(f"the job scored {rows:,.0f} rows a second meanwhile")


if __name__ == "__main__":
    main()
