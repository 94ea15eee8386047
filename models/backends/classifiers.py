"""A classifier of Hugging Face transformers as a `Model`: the card, the tokeniser, and the runtime that suits the device."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from models.backends.base import Backend
from models.backends.layout import is_known
from models.backends.sources import Source
from models.backends.torch_transformers import LONGEST_WINDOW, open_torch, pad_id_of, positions_of
from models.card import ModelCard
from models.encoder_model import EncoderModel
from models.errors import ModelError
from models.labels import standard_names
from models.tokenise import Tokeniser

logger = logging.getLogger(__name__)


def open_classifier(
    source: Source,
    folders: Sequence[Path],
    *,
    backend: str,
    device: str,
    precision: str,
    threads: int | None,
) -> EncoderModel:
    """Open a source. backend: see `models.registry.open_model`; OpenVINO is taken wherever it computes what torch does.

    folders: where converted graphs are kept. Raises `ModelError`.
    """
    backing = getattr(source.tokenizer, "backend_tokenizer", None)
    if backing is None:
        raise ModelError("bad_model", f"{source.name}: its tokenizer gives no character offsets (no tokenizer.json)")
    runtime, positions = _open_runtime(source, folders, backend, device, precision, threads)
    window = min(int(source.tokenizer.model_max_length), positions, LONGEST_WINDOW)
    card = ModelCard(
        name=source.name,
        version=source.version,
        labels=standard_names(source.labels),
        activation=source.activation,
        window=window,
        stride=min(64, window // 4),
        languages=(),
    )
    tokeniser = Tokeniser(backing, window=window, stride=card.stride, pad_id=pad_id_of(source))
    return EncoderModel(card, tokeniser, runtime)


def _open_runtime(
    source: Source, folders: Sequence[Path], backend: str, device: str, precision: str, threads: int | None
) -> tuple[Backend, int]:
    """A backend, and the longest input that it takes."""
    if backend == "openvino" or (backend == "auto" and device == "cpu"):
        from models.backends.conversion import ConversionError, convert, open_converted

        try:
            converted = convert(source, folders)
            return open_converted(source, converted, precision=precision, threads=threads), converted.facts.positions
        except ConversionError as error:
            if backend == "openvino":
                raise ModelError("bad_model", f"{source.name}: {error}") from error
            logger.warning("%s runs by torch, more slowly: %s", source.name, error)
    network = source.load()
    positions = positions_of(network)
    if backend == "packed" and not is_known(source.config):
        raise ModelError("no_backend", f"{source.name}: backend packed does not know {source.config.model_type}")
    if backend == "packed" or (backend == "auto" and device == "cuda" and is_known(source.config)):
        from models.backends.torch_packed_backend import open_packed_classifier

        tensors = {name: value.numpy() for name, value in network.state_dict().items()}
        packed = open_packed_classifier(
            source.config, tensors, len(source.labels), device=device, precision=precision, threads=threads
        )
        return packed, positions
    return open_torch(source, network, device=device, precision=precision, threads=threads), positions
