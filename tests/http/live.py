"""A real server process on a free port."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Live:
    """A process of `civility serve` and the address that it printed. log: a file with its standard error."""

    process: subprocess.Popen[str]
    url: str
    banner: str
    log: Path

    def terminate(self, timeout_s: float = 60) -> int:
        """Send SIGTERM and wait; the exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout_s)


SERVE = ("-m", "service", "serve", "--port", "0")


@contextmanager
def live_server(folder: Path, arguments: Sequence[str] = SERVE, **environment: str) -> Iterator[Live]:
    """Start `civility serve` with the embedded model, or another program of Python's, and wait until it is ready."""
    log = folder / "server.log"
    command = [sys.executable, *arguments]
    known = {name: value for name, value in os.environ.items() if not name.startswith("CIVILITY_")}
    with log.open("w") as errors:
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=known | environment, start_new_session=True
        )
    try:
        banner = ""
        assert process.stdout is not None
        for line in process.stdout:
            banner += line
            if "Try it" in line:
                break
        found = re.search(r"(http://\S+)/docs", banner)
        assert found is not None, f"the server did not start: {log.read_text()}"
        yield Live(process, found[1], banner, log)
    finally:
        if process.poll() is None:
            process.kill()
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
