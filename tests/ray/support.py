"""Models for workers on a cluster, and runs there."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import ray

from models.fake import FakeModel
from models.model import Model
from models.types import Window, WindowScores
from service.rescore.cluster.connect import connected
from service.rescore.cluster.scorer import RayScorer, Workers
from service.rescore.disk import Disk
from service.rescore.run import Options, Summary, rescore_with
from service.settings import Settings

SETTINGS = Settings(max_characters=200)
# What the fake model makes of that word.
STOP = int(FakeModel().encode(["stop"])[0].windows[0].ids[1])


class TellingModel(FakeModel):
    """Writes down which process opened it, and each batch that it ran, in files that all processes of the test share.

    A batch with the word `stop` waits until there is a file `go`, and its node is written down.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._folder = folder
        note(folder / "opened", os.getpid())

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        note(self._folder / "ran", os.getpid())
        note(self._folder / "windows", len(windows))
        if any(STOP in window.ids for window in windows) and not (self._folder / "go").exists():
            note(self._folder / "stopped", ray.get_runtime_context().get_node_id())
            wait_for(self._folder / "go")
        return super().run(windows)


def note(path: Path, value: object) -> None:
    """A line, short enough to be whole whoever else writes."""
    with path.open("a") as file:
        file.write(f"{value}\n")


def notes(path: Path) -> list[str]:
    """What was noted."""
    return path.read_text().splitlines() if path.exists() else []


def wait_for(path: Path) -> None:
    while not path.exists():
        threading.Event().wait(0.02)


def open_fake(_: Settings) -> Model:
    return FakeModel()


def open_telling(folder: Path) -> Callable[[Settings], Model]:
    return functools.partial(_open_telling, folder)


def _open_telling(folder: Path, _: Settings) -> Model:
    return TellingModel(folder)


def run_on(
    cluster: Any,
    source: Path | str,
    output: Path,
    disk: Disk | None = None,
    open_model: Callable[[Settings], Model] = open_fake,
    settings: Settings = SETTINGS,
    workers: int | None = None,
    in_flight_bytes: int | None = None,
    **options: Any,
) -> Summary:
    """As `tests.rescore.support.run`, on the cluster."""
    with connected(cluster if isinstance(cluster, str) else cluster.address):
        scorer = RayScorer(settings, Workers(workers, cpus=1.0), open_model, in_flight_bytes)
        return rescore_with(scorer, Options(str(source), output, **options), settings, disk)
