"""A server process around a fake model, which stops answering after so many batches: python -m tests.jobs.server [BATCHES]."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from models.fake import FakeModel
from models.types import Window, WindowScores
from service.app import create_app
from service.server import run_server
from service.settings import read_settings


class Stalling(FakeModel):
    """Blocks for good in its batch number `batches`."""

    def __init__(self, batches: int) -> None:
        super().__init__()
        self._batches = batches

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        if len(self.runs) >= self._batches:
            self.gate.clear()
        return super().run(windows)


if __name__ == "__main__":
    settings = read_settings(os.environ, port=0)
    model = Stalling(int(sys.argv[1])) if len(sys.argv) > 1 else FakeModel()
    run_server(settings, lambda: create_app(settings, model))
