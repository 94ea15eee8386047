"""A moderation service tells nobody that it runs."""

from __future__ import annotations

import subprocess
import sys


def test_openvino_is_imported_without_its_telemetry() -> None:
    code = (
        "import models.backends.openvino, sys; print([m for m in sys.modules if m.startswith('openvino_telemetry.')])"
    )
    shown = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=120)
    assert shown.stdout.strip() == "[]"
    assert "telemetry" not in shown.stderr
