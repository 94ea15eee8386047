"""What every timing benchmark shares: the machine in words, its matrix rate, interleaved rounds, percentiles, real lengths."""

from __future__ import annotations

import json
import os
import platform
import random
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

import numpy as np

DATA = Path("../shared/data")
RESULTS = Path("benchmarks/results")
MEDIAN_WORDS, SIGMA, MOST_WORDS = 34, 0.95, 900  # the fallback's lengths: about 57 words on average

_FLAGS = ("avx2", "avx_vnni", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")
_PACKAGES = ("openvino", "torch", "transformers", "detoxify", "tokenizers", "numpy", "uvicorn", "civility")
_WORDS = """the bridge council traffic morning people read article again nobody listens money street idiot school why think
never always good bad question answer today comment rubbish thanks evening build plan vote cycle noise water summer"""


def machine() -> dict[str, Any]:
    """Processor, the instructions that matter, cores, memory, versions, and the load while this was called."""
    model, flags = "unknown", set[str]()
    try:
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            name, _, value = line.partition(":")
            if name.strip() == "model name":
                model = value.strip()
            elif name.strip() == "flags":
                flags = set(value.split())
                break
    except OSError:
        model = platform.processor() or model
    versions = {}
    for package in _PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "processor": model,
        "instructions": [flag for flag in _FLAGS if flag in flags],
        "cores": cores(),
        "memory_gib": round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1),
        "python": platform.python_version(),
        "versions": versions,
        "load_average": load(),
        "at": time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime()),
    }


def cores() -> int:
    """Cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def load() -> list[float]:
    """The load average of 1, 5 and 15 minutes; what other processes do shows here."""
    return [round(value, 2) for value in os.getloadavg()]


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value that at least `share` (0 to 1) of the values do not exceed (nearest rank). Raises for no values."""
    if not values:
        raise ValueError("values: expected at least one")
    ordered = sorted(values)
    return ordered[max(0, int(np.ceil(share * len(ordered) - 1e-9)) - 1)]


@dataclass(frozen=True)
class Timed:
    """Seconds of each round, by the wall clock and of this process's processor time."""

    wall: tuple[float, ...]
    processor: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.wall)

    @property
    def processor_median(self) -> float:
        return statistics.median(self.processor)

    @property
    def spread(self) -> float:
        """Slowest by fastest round: what noise there was."""
        return max(self.wall) / min(self.wall)


def interleaved(
    steps: Mapping[str, Callable[[], object]],
    rounds: int,
    *,
    seed: int = 0,
    said: Callable[[str], None] = lambda line: None,
) -> dict[str, Timed]:
    """Time every step once a round, in an order drawn for each round, so that noise that comes and goes hits all alike."""
    wall: dict[str, list[float]] = {name: [] for name in steps}
    processor: dict[str, list[float]] = {name: [] for name in steps}
    chance = random.Random(seed)
    for number in range(rounds):
        for name in chance.sample(list(steps), len(steps)):
            used, began = time.process_time(), time.perf_counter()
            steps[name]()
            wall[name].append(time.perf_counter() - began)
            processor[name].append(time.process_time() - used)
            said(f"round {number + 1} of {rounds}: {name} {wall[name][-1]:.2f} s")
    return {name: Timed(tuple(wall[name]), tuple(processor[name])) for name in steps}


def matrix_steps(size: int = 2048, repeats: int = 6) -> tuple[dict[str, Callable[[], object]], float]:
    """bf16 products of square matrices on the CPU by each runtime that is installed, and the operations of one step.

    OpenVINO's graph multiplies float32 inputs; it converts them to bf16 once for `repeats` products.
    """
    import openvino as ov
    from openvino import opset13 as ops

    random_values = np.random.default_rng(0).normal(0, size**-0.5, (size, size)).astype(np.float32)
    steps: dict[str, Callable[[], object]] = {}
    value = given = ops.parameter([size, size], ov.Type.f32)
    for _ in range(repeats):
        value = ops.matmul(value, ops.constant(random_values), False, True)
    options = {"PERFORMANCE_HINT": "LATENCY", "NUM_STREAMS": "1"}
    if "BF16" in ov.Core().get_property("CPU", "OPTIMIZATION_CAPABILITIES"):
        options["INFERENCE_PRECISION_HINT"] = "bf16"
    request = ov.Core().compile_model(ov.Model([value], [given]), "CPU", options).create_infer_request()
    steps["matrix product, OpenVINO bf16"] = lambda: request.infer([random_values], share_inputs=True)
    try:
        import torch
    except ImportError:
        return steps, 2.0 * size**3 * repeats
    left = torch.from_numpy(random_values).bfloat16()

    def by_torch() -> None:
        found = left
        for _ in range(repeats):
            found = found @ left.T

    steps["matrix product, torch bf16"] = by_torch
    return steps, 2.0 * size**3 * repeats


def real_texts(count: int, data: Path = DATA, seed: int = 0) -> tuple[list[str], str]:
    """Distinct comments whose lengths stand for real ones, and where they are from.

    Of a larger draw, sorted by length, the middle of each of `count` equal parts is taken and the whole shuffled, so that
    samples of any size have nearly the same mean. Without the data: made-up words of log-normal number.
    """
    drawn, origin = _drawn(data, seed)
    step = len(drawn) / count
    sample = [drawn[int((at + 0.5) * step)] for at in range(count)]
    random.Random(seed).shuffle(sample)
    return sample, origin


@cache
def _drawn(data: Path, seed: int) -> tuple[list[str], str]:
    """A large draw, shortest first, and where it is from."""
    source = data / "train" / "toxicity.parquet"
    if source.is_file():
        import pandas as pd

        frame = pd.read_parquet(source, columns=["text"], filters=[("source", "==", "jigsaw2018")])
        drawn = frame.text.drop_duplicates().sample(20_000, random_state=seed).tolist()
        return sorted(drawn, key=len), "Jigsaw 2018 (Wikipedia talk pages), sampled by length"
    chance = random.Random(seed)
    made = sorted((made_up(chance, number) for number in range(20_000)), key=len)
    return made, "made-up words, log-normal lengths (the development data is absent)"


def made_up(chance: random.Random, number: int) -> str:
    """Words, as many as comments have; no two alike."""
    words = round(chance.lognormvariate(np.log(MEDIAN_WORDS), SIGMA))
    return " ".join([*chance.choices(_WORDS.split(), k=max(1, min(MOST_WORDS, words))), str(number)])


def write(result: Mapping[str, Any], path: Path) -> None:
    """Keep a result as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[object]], note: str = "") -> None:
    """Print a table; numbers to the right."""
    from rich.console import Console
    from rich.table import Table

    shown = Table(title=title, title_justify="left", caption=note or None, caption_justify="left")
    for at, column in enumerate(columns):
        numeric = bool(rows) and all(not isinstance(row[at], str) or row[at] == "-" for row in rows)
        shown.add_column(column, justify="right" if numeric else "left")
    for row in rows:
        shown.add_row(*(_cell(value) for value in row))
    Console(width=150).print(shown)


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
    return str(value)
