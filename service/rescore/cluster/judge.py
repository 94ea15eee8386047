"""Judge: what runs in each of the cluster's actors. The model is loaded once, and chunks overlap as in the local engine."""

from __future__ import annotations

import asyncio
import tempfile
import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from models.card import ModelCard
from models.errors import ModelError
from models.model import Model
from service import __version__
from service.app import make_moderator
from service.metrics import Metrics
from service.rescore.cluster.wire import Row, chunk_of, done_row, error_row, rows_of
from service.rescore.errors import RescoreError
from service.rescore.pipeline import Rescorer
from service.rescore.plan import Judging, bulk_settings, card_hash, lexicon_hash
from service.settings import PRECISIONS, Settings

OpenModel = Callable[[Settings], Model]


@dataclass(frozen=True, slots=True)
class Blueprint:
    """What a worker is made from. Can be pickled.

    settings: without policies, which travel as name and text, since workers do not see the driver's files.
    """

    settings: Settings
    policies: tuple[tuple[str, str], ...]
    open_model: OpenModel


@dataclass(frozen=True, slots=True)
class Nature:
    """What all workers must have in common, as the first one found it."""

    card: ModelCard
    precision: str
    version: str
    lexicon: str


def blueprint_of(settings: Settings, open_model: OpenModel, threads: int) -> Blueprint:
    """With the texts of the policies. threads: of a worker where the settings choose none. Raises `OSError`."""
    texts = tuple((path.name, path.read_text(encoding="utf-8")) for path in settings.policy)
    model = str(Path(settings.model).absolute()) if Path(settings.model).is_dir() else settings.model
    own = replace(bulk_settings(settings), policy=(), threads=settings.threads or threads, model=model)
    return Blueprint(own, texts, open_model)


def nature_here(blueprint: Blueprint) -> Nature | str:
    """What a worker on this node would be; where it cannot be, why, since an exception would arrive with Ray's words around."""
    try:
        model = blueprint.open_model(blueprint.settings)
    except ModelError as error:
        return str(error)
    try:
        return _nature(model)
    finally:
        model.close()


def same_everywhere(blueprint: Blueprint, nature: Nature) -> Blueprint:
    """The blueprint with the precision that the first worker chose, so that no node chooses another."""
    known = nature.precision in PRECISIONS
    return replace(blueprint, settings=replace(blueprint.settings, precision=nature.precision)) if known else blueprint


class Judge:
    """Turns tables of chunks into tables of outputs. Called by several threads at a time, one for each chunk under way."""

    def __init__(self, blueprint: Blueprint, nature: Nature, judging: Judging) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, name="civility-judge", daemon=True).start()
        self._rescorer: Rescorer | None = None
        self._error: Exception | None = None
        try:
            self._rescorer = self._wait(self._made(blueprint, nature, judging))
        except Exception as error:  # told with the first chunk: Ray tells a constructor's error as the actor's death
            self._error = error

    def __call__(self, table: Any) -> Any:
        """The outputs, or the errors in their place."""
        return pa.concat_tables([self._judged(row).table() for row in rows_of(table)])

    def _judged(self, row: Row) -> Row:
        if row.head.end or row.head.kind:
            return row
        try:
            if self._rescorer is None:
                raise self._error or RescoreError("the worker was not made")
            return done_row(row.head, self._wait(self._rescorer.judge(chunk_of(row))))
        except Exception as error:
            return error_row(row.head.number, error)

    async def _made(self, blueprint: Blueprint, nature: Nature, judging: Judging) -> Rescorer:
        try:
            model = blueprint.open_model(blueprint.settings)
        except ModelError as error:
            raise RescoreError(f"{_node()}: {error}") from None
        _compare(_nature(model), nature)
        with tempfile.TemporaryDirectory() as folder:
            paths = [Path(folder, str(number), name) for number, (name, _) in enumerate(blueprint.policies)]
            for path, (_, text) in zip(paths, blueprint.policies, strict=True):
                path.parent.mkdir()
                path.write_text(text, encoding="utf-8")
            moderator = make_moderator(replace(blueprint.settings, policy=tuple(paths)), model, Metrics())
        await moderator.engine.start()
        return Rescorer(moderator, judging.roles, judging.layout, only_missing=judging.only_missing)

    def _wait(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()


def _nature(model: Model) -> Nature:
    return Nature(model.card, model.precision, __version__, lexicon_hash())


def _compare(here: Nature, nature: Nature) -> None:
    """Raises `RescoreError`, which names the node and the difference."""
    for name, mine, others in (
        ("civility", here.version, nature.version),
        ("lexicon", here.lexicon, nature.lexicon),
        ("model", card_hash(here.card), card_hash(nature.card)),
        ("precision", here.precision, nature.precision),
    ):
        if mine != others:
            raise RescoreError(
                f"{_node()}: has another {name} than the node that was asked first: {mine}, not {others}"
            )


def _node() -> str:
    import ray

    return f"node {ray.util.get_node_ip_address()}"
