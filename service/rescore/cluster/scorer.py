"""RayScorer: chunks judged by the actors of a cluster, with the same output as `LocalScorer`."""

from __future__ import annotations

import asyncio
import logging
import threading
import warnings
from collections.abc import AsyncGenerator, Generator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import ray
from ray.data import ActorPoolStrategy, DataContext, Dataset, ExecutionOptions, ExecutionResources, read_datasource
from ray.exceptions import (
    ObjectLostError,
    OutOfMemoryError,
    RayActorError,
    RayError,
    RaySystemError,
    WorkerCrashedError,
)

from service.app import read_policies
from service.loading import open_configured
from service.rescore.cluster.judge import (
    Blueprint,
    Judge,
    Nature,
    OpenModel,
    blueprint_of,
    nature_here,
    same_everywhere,
)
from service.rescore.cluster.reader import ChunkSource
from service.rescore.cluster.wire import Row, done_of, rows_of
from service.rescore.errors import RescoreError
from service.rescore.pipeline import IN_FLIGHT, Done
from service.rescore.plan import Judging
from service.rescore.reading import Reading
from service.settings import Settings

log = logging.getLogger("civility.rescore")

# Chunks that a worker has at a time: those it works on, and as many again, so that it need not wait for the next.
_GIVEN = 2 * IN_FLIGHT
# Of chunks and outputs that are under way, for each worker and for the reader.
_WORKER_BYTES = 32 * 1024 * 1024
_READER_BYTES = 64 * 1024 * 1024
# For a pass that is broken off to end.
_ENDING_S = 60.0
# Times in a row that the workers may be lost without a result between.
_LOSSES = 5


@dataclass(frozen=True, slots=True)
class Workers:
    """How many actors, and what each takes of its node. count None: as many as fit, and more where nodes are added."""

    count: int | None = None
    cpus: float = 2.0
    gpus: float = 0.0

    @property
    def shares(self) -> dict[str, float]:
        """As Ray's options."""
        return {"num_cpus": self.cpus, **({"num_gpus": self.gpus} if self.gpus else {})}

    def fitting(self) -> int:
        """How many fit on the nodes that are there now, whatever else runs on them."""
        total = 0
        for node in ray.nodes():
            if node["Alive"]:
                there = node["Resources"]
                by_cpu = there.get("CPU", 0.0) // self.cpus
                total += int(min(by_cpu, there.get("GPU", 0.0) // self.gpus) if self.gpus else by_cpu)
        return total


class RayScorer:
    """To be made and run within `connected`. Raises `RescoreError`, `PolicyError`, `OSError`."""

    def __init__(
        self,
        settings: Settings,
        workers: Workers,
        open_model: OpenModel = open_configured,
        in_flight_bytes: int | None = None,
    ) -> None:
        self._workers = workers
        self._bytes = in_flight_bytes
        self.policy = next(iter(read_policies(settings).values()))
        blueprint = blueprint_of(settings, open_model, max(1, int(workers.cpus)))
        self._nature = _asked(blueprint, workers)
        self._blueprint = same_everywhere(blueprint, self._nature)
        self.card = self._nature.card
        self.precision = self._nature.precision

    async def run(self, judging: Judging, reading: Reading) -> AsyncGenerator[Done]:
        """As the protocol says. Where a node is lost, what was not yet handed out is judged again by those that are left.

        Ray would restart the actor and wait for a node that has room for it, which may never come.
        """
        loop = asyncio.get_running_loop()
        losses = 0
        with ThreadPoolExecutor(1, thread_name_prefix="civility-ray") as thread:
            while True:
                rows = self._rows(judging, reading)
                try:
                    while (row := await loop.run_in_executor(thread, partial(next, rows, None))) is not None:
                        if row.head.end:
                            return
                        done = done_of(row)
                        reading.passed(row.head.expected)
                        losses = 0
                        yield done
                    raise _Broken("the stream of results broke off")
                except (RayError, _Broken) as error:
                    losses += 1
                    said = _checked(error)
                    if losses >= _LOSSES:
                        raise RescoreError(f"the workers were lost {losses} times in a row: {said}") from None
                    log.warning("%s; going on with chunk %d on the nodes that are left", said, reading.taken)
                finally:
                    await loop.run_in_executor(thread, rows.close)

    def _rows(self, judging: Judging, reading: Reading) -> Generator[Row]:
        """One pass over what is left, in order. Raises `RayError`, `_Broken`."""
        number = reading.taken
        with warnings.catch_warnings():
            # Ray warns of its own attributes when it copies its context, and of max_restarts, which has no other place yet.
            warnings.simplefilter("ignore", DeprecationWarning)
            dataset = self._dataset(judging, reading)
        bundles = dataset.iter_internal_ref_bundles()
        try:
            for bundle in bundles:
                for row in (row for entry in bundle.blocks for row in rows_of(ray.get(entry.ref))):
                    if row.head.number != number:
                        raise _Broken(f"chunk {row.head.number} came in the place of {number}")
                    number += 1
                    yield row
        finally:
            del bundles  # which ends the pass, where it is not at its end
            _wait_for_executors()

    def _dataset(self, judging: Judging, reading: Reading) -> Dataset:
        count = self._workers.count or max(1, self._workers.fitting())
        here = ray.get_runtime_context().get_node_id()
        with DataContext.current(self._context(count)):
            chunks = read_datasource(
                ChunkSource(reading),
                override_num_blocks=1,
                num_cpus=0,
                label_selector={"ray.io/node-id": here},
            )
            return chunks.map_batches(
                Judge,
                fn_constructor_args=(self._blueprint, self._nature, judging),
                batch_size=None,
                batch_format="pyarrow",
                zero_copy_batch=True,
                compute=ActorPoolStrategy(
                    min_size=1,
                    initial_size=count,
                    max_size=self._workers.count,
                    max_tasks_in_flight_per_actor=_GIVEN,
                    max_concurrent_calls_per_actor=IN_FLIGHT,
                    enable_true_multi_threading=True,
                ),
                max_restarts=0,
                **self._workers.shares,
            )

    def _context(self, count: int) -> Any:
        context = DataContext.get_current().copy()
        context.enable_progress_bars = False
        context.print_on_execution_start = False
        context.target_max_block_size = 1  # bytes: each chunk is a block of its own, handed on as soon as it is read
        limit = self._bytes or _READER_BYTES + count * _WORKER_BYTES
        context.execution_options = ExecutionOptions(
            preserve_order=True, resource_limits=ExecutionResources.for_limits(object_store_memory=limit)
        )
        return context


class _Broken(Exception):
    """A pass that gave something else than all results in order."""


_LOST = (_Broken, ObjectLostError, OutOfMemoryError, RayActorError, RaySystemError, WorkerCrashedError)


def _wait_for_executors() -> None:
    """Until Ray Data's threads have ended: one that still runs when the connection is closed would end the process."""
    for thread in threading.enumerate():
        if thread.name.startswith("StreamingExecutor"):
            thread.join(_ENDING_S)


def _asked(blueprint: Blueprint, workers: Workers) -> Nature:
    """What a worker is, as one of them says. Raises `RescoreError` where none can be."""
    if workers.count is None and not workers.fitting():
        wanted = f"{workers.cpus:g} CPUs" + (f" and {workers.gpus:g} GPUs" if workers.gpus else "")
        raise RescoreError(
            f"no node of the cluster has {wanted}, which a worker takes: see --worker-cpus and --worker-gpus;"
            " with --workers the run waits for such nodes"
        )
    try:
        found = ray.get(ray.remote(nature_here).options(**workers.shares).remote(blueprint))
    except RayError as error:
        raise RescoreError(_checked(error)) from None
    if isinstance(found, str):
        raise RescoreError(f"the workers cannot open the model: {found}")
    assert isinstance(found, Nature)
    return found


def _checked(error: Exception) -> str:
    """A system's error in one line. Raises `RescoreError` for a program's, which another try would not change."""
    if isinstance(error, _LOST):
        lines = (line.strip() for line in str(error).splitlines())
        return f"{type(error).__name__}: {next(filter(None, lines), '')}"
    raise RescoreError(f"a worker failed with {type(error).__name__}; Ray's logs say where") from error
