"""A server around a fake model that stops answering after so many windows: python -m tests.jobs.server [WINDOWS]."""

from __future__ import annotations

import logging
import os
import sys
from collections.abc import Sequence

from models.fake import FakeModel
from models.types import Window, WindowScores
from service.app import create_app
from service.server import run_server
from service.settings import read_settings


class Stalling(FakeModel):
    """Blocks for good once it has scored that many windows."""

    def __init__(self, windows: int) -> None:
        super().__init__()
        self._windows = windows

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        if sum(map(len, self.runs)) >= self._windows:
            self.gate.clear()
        return super().run(windows)


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO)
    settings = read_settings(os.environ, port=0)
    model = Stalling(int(sys.argv[1])) if len(sys.argv) > 1 else FakeModel()
    run_server(settings, lambda: create_app(settings, model))
