"""schemathesis against our own description: no request that it thinks of, good or bad, is answered with a 5xx."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

from tests.http.live import live_server


def test_no_request_breaks_the_service(tmp_path: Path) -> None:
    with live_server(tmp_path, CIVILITY_DATA=str(tmp_path / "data")) as server:
        command = [
            str(Path(sys.executable).parent / "schemathesis"),
            "run",
            f"{server.url}/openapi.json",
            "--checks=not_a_server_error",
            "--phases=examples,coverage,fuzzing",
            "--max-examples=120",
            "--generation-database=none",
            "--no-color",
        ]
        shown = subprocess.run(command, capture_output=True, text=True, timeout=240, cwd=tmp_path, check=False)
        assert shown.returncode == 0, shown.stdout[-8000:] + shown.stderr[-2000:]
        tested = re.search(r"(\d+) generated, (\d+) passed", shown.stdout)
        assert tested is not None, shown.stdout[-2000:]
        assert int(tested[1]) == int(tested[2]) > 500
        assert "Traceback" not in server.log.read_text()
