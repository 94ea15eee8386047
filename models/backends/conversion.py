"""Classifiers of Hugging Face transformers as OpenVINO graphs: converted on first load, checked against torch, kept on disk.

A graph is kept under `FOLDER/openvino/KEY/` in the first model folder that can be written. The key is the sha256 of the
weights' fingerprint, the config, OpenVINO's version, `FORMAT` and what the processor asks of products, so that nothing that is found there is ever out of date.
"""

from __future__ import annotations

import hashlib
import json
import logging
import shutil
import tempfile
import warnings
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import numpy as np
import openvino as ov
import torch
from torch import nn

from models.backends.layout import is_known
from models.backends.openvino_classifier import OpenVINOClassifier, classifier_graph
from models.backends.processor import rows_of_products
from models.backends.sources import Source
from models.backends.torch_transformers import open_torch, pad_id_of, positions_of, side_of
from models.packing import Side
from models.types import Window

logger = logging.getLogger(__name__)

FORMAT = 2  # of the graphs on disk: goes up with every change of how they are built
TOLERANCE = 1e-3  # of a logit, in float32, relative to the largest where that is above 1
_LENGTHS = (24, 9, 3)  # tokens of the windows that a conversion is checked on


class ConversionError(RuntimeError):
    """OpenVINO cannot run this architecture, or computes something else than torch."""


@dataclass(frozen=True)
class Facts:
    """What a graph's users must know. positions: the longest input. side: where it expects padding."""

    positions: int
    side: Side


@dataclass(frozen=True)
class Converted:
    """A graph, in memory or in a file."""

    graph: ov.Model | Path
    facts: Facts


def convert(source: Source, folders: Sequence[Path]) -> Converted:
    """The source's graph: from disk, or converted now and kept there. Raises `ConversionError`, or `ModelError` for weights
    that cannot be loaded."""
    key = _key(source)
    for folder in folders:
        found = _find(folder / "openvino" / key)
        if found is not None:
            return found
    converted = _convert(source)
    for folder in folders:
        try:
            return _store(converted, folder / "openvino" / key)
        except OSError as error:
            logger.info("%s: the converted graph cannot be kept in %s: %s", source.name, folder, error)
    return converted


def open_converted(
    source: Source, converted: Converted, *, precision: str = "auto", threads: int | None = None
) -> OpenVINOClassifier:
    """A backend over a converted graph. Raises `ModelError` for a precision that the processor lacks."""
    return OpenVINOClassifier(
        converted.graph,
        labels=len(source.labels),
        pad_id=pad_id_of(source),
        positions=converted.facts.positions,
        side=converted.facts.side,
        precision=precision,
        threads=threads,
        explainer=lambda: open_torch(source, source.load(), device="cpu", precision="fp32"),
    )


def _key(source: Source) -> str:
    facts = {
        "weights": source.fingerprint,
        "config": source.config.to_dict(),
        "openvino": ov.__version__,
        "format": FORMAT,
        "rows": rows_of_products(),
    }
    return hashlib.sha256(json.dumps(facts, sort_keys=True, default=str).encode()).hexdigest()


def _convert(source: Source) -> Converted:
    network = source.load().eval().requires_grad_(False)
    facts = Facts(positions_of(network), "right" if is_known(source.config) else side_of(source))
    if is_known(source.config):
        graph = classifier_graph(source.config, {name: value.numpy() for name, value in network.state_dict().items()})
    else:
        graph = _by_converter(network)
    converted = Converted(graph, facts)
    _check(source, network, converted)
    return converted


class _Logits(nn.Module):
    """A network as a function of ids and mask alone."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> Any:
        return self.network(input_ids=ids, attention_mask=mask).logits


def _by_converter(network: nn.Module) -> ov.Model:
    """Trace the network with OpenVINO's own converter."""
    ids = torch.arange(16).reshape(2, 8)
    root = logging.getLogger()
    before = root.level, root.filters[:], root.handlers[:]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of the tracer: what it got wrong, `_check` finds
            return ov.convert_model(_Logits(network), example_input=(ids, torch.ones_like(ids)))
    except Exception as error:  # the tracer runs the model's own code, which raises whatever it likes
        raise ConversionError(f"OpenVINO's converter failed: {type(error).__name__}: {error}") from error
    finally:
        # A converter that fails leaves everybody's log level at ERROR.
        root.setLevel(before[0])
        root.filters[:], root.handlers[:] = before[1:]


def _check(source: Source, network: nn.Module, converted: Converted) -> None:
    """Compare with torch in float32, on windows of several lengths in one batch. Raises `ConversionError`."""
    random = np.random.default_rng(0)
    words = np.setdiff1d(np.arange(source.config.vocab_size), [pad_id_of(source)])
    windows = [
        Window(random.choice(words, min(length, converted.facts.positions)), np.zeros((length, 2), np.int32), 0)
        for length in _LENGTHS
    ]
    backend = open_converted(source, converted, precision="fp32")
    try:
        ours = np.array([score.logits for score in backend.run(windows)])
        reference = open_torch(source, network, device="cpu", precision="fp32")
        theirs = np.array([reference.run([window])[0].logits for window in windows])
    except RuntimeError as error:
        raise ConversionError(f"the converted graph does not run: {error}") from error
    finally:
        backend.close()
    off = float(np.abs(ours - theirs).max())
    if not off <= TOLERANCE * max(1.0, float(np.abs(theirs).max())):
        raise ConversionError(f"the converted graph's logits are off by {off:.2g}")


def _find(place: Path) -> Converted | None:
    """A graph that was kept; what cannot be read is as good as missing, and is removed."""
    try:
        facts = Facts(**json.loads((place / "facts.json").read_text()))
        ov.Core().read_model(place / "model.xml")
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        logger.warning("%s: not a readable graph, converted again: %s", place, type(error).__name__)
        shutil.rmtree(place, ignore_errors=True)
        return None
    return Converted(place / "model.xml", facts)


def _store(converted: Converted, place: Path) -> Converted:
    """Keep a graph, whole or not at all. Another process may be doing the same; either's is good. Raises `OSError`."""
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(dir=place.parent, prefix="partial-"))
    try:
        ov.save_model(converted.graph, partial / "model.xml", compress_to_fp16=False)
        (partial / "facts.json").write_text(json.dumps(asdict(converted.facts)))
        partial.chmod(0o755)
        if not place.exists():
            partial.rename(place)
    except RuntimeError as error:  # of the runtime's writer, such as a full disk
        raise OSError(str(error)) from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return _find(place) or converted
