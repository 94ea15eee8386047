"""The packed encoder with its heads as a backend: batches in flight on CUDA, the same code on a CPU."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import torch
from safetensors import SafetensorError
from safetensors.numpy import load_file
from torch.nn import functional as F

from models.attribution import spans_from_contributions
from models.backends.base import BackendError, OutOfMemory, strongest_window
from models.backends.layout import Classifier, Encoder, Tensors, classifier_of
from models.backends.torch_encoder import choose_device, choose_precision
from models.backends.torch_packed import Packed, PackedEncoder, pack
from models.card import CardError, ModelCard
from models.quantise import Widened
from models.relative import attention_bias
from models.types import Attribution, Encoded, Window, WindowScores

# From hidden states [tokens, hidden]: logits float32 [windows, labels], and token logits float32 [tokens] or None.
Head = Callable[[torch.Tensor, Packed], tuple[torch.Tensor, torch.Tensor | None]]
Collect = Callable[[], list[WindowScores]]


class PackedBackend:
    """A packed encoder and its head. `run` blocks; `submit` starts a batch, whose answer is collected later.

    in_flight: batches that are worth having under way at a time: while a card works on one, the next is made ready.
    """

    name = "torch-packed"

    def __init__(self, encoder: PackedEncoder, head: Head, device: torch.device, dtype: torch.dtype) -> None:
        self.device = device.type
        self.precision = "bf16" if dtype is torch.bfloat16 else "fp32"
        self.in_flight = 2 if device.type == "cuda" else 1
        self._place = device
        self._parts: tuple[PackedEncoder, Head] | None = (encoder, head)
        self._turn = Lock()

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score windows as one packed batch, in order."""
        return self.submit(windows)() if windows else []

    def submit(self, windows: Sequence[Window]) -> Collect:
        """Start a batch; the result waits for it. Both raise `BackendError`."""
        lengths = [len(window) for window in windows]

        def compute() -> tuple[torch.Tensor, torch.Tensor | None, torch.cuda.Event | None]:
            with self._turn, torch.inference_mode():
                encoder, head = self._opened()
                packed = pack(windows, self._place)
                logits, tokens = head(encoder(packed), packed)
                if self.device != "cuda":
                    return logits, tokens, None
                found = _to_host(logits), None if tokens is None else _to_host(tokens)
                done = torch.cuda.Event()  # type: ignore[no-untyped-call]
                done.record()
                return *found, done

        logits, tokens, done = _guarded(compute, lengths)

        def collect() -> list[WindowScores]:
            if done is not None:
                _guarded(done.synchronize, lengths)
            rows = np.array(logits.numpy())
            if tokens is None:
                return [WindowScores(row) for row in rows]
            own = np.split(np.array(tokens.numpy()), np.cumsum(lengths)[:-1])
            return [WindowScores(row, values) for row, values in zip(rows, own, strict=True)]

        return collect

    def attribute(self, encoded: Encoded, label: int) -> tuple[Attribution, ...]:
        """Gradient of one label's logit times the word embeddings, summed per token (Shrikumar et al., 2016).

        Of a long post, the window with the highest logit is explained.
        """
        best = strongest_window(self.run, encoded, label)

        def compute() -> Any:
            with self._turn, torch.enable_grad():
                encoder, head = self._opened()
                packed = pack([best], self._place)
                words = F.embedding(packed.ids, encoder.words).detach().requires_grad_()
                logits, _ = head(encoder(packed, words), packed)
                (gradient,) = torch.autograd.grad(logits[0, label], words)
                return (gradient.float() * words.detach().float()).sum(-1).cpu().numpy()

        return spans_from_contributions(encoded.text, best.offsets, _guarded(compute, [len(best)]))

    def close(self) -> None:
        with self._turn:
            self._parts = None

    def _opened(self) -> tuple[PackedEncoder, Head]:
        if self._parts is None:
            raise BackendError("the backend is closed")
        return self._parts


def open_packed_embedded(
    folder: Path, card: ModelCard, *, device: str = "auto", precision: str = "auto", threads: int | None = None
) -> PackedBackend:
    """The embedded model's format. Raises `CardError` for weights that do not fit the card, `ModelError` for a device or
    precision that is not there."""
    place = _place(device, threads)
    dtype = choose_precision(precision, place)
    facts: Any = card.architecture
    if facts.get("type") != "bert":
        raise CardError(f"architecture.type: this backend runs 'bert', the card says {facts.get('type')!r}")
    try:
        tensors = Widened(load_file(folder / "model.safetensors"))
        table = None
        if facts.get("relative_buckets"):
            table = torch.from_numpy(attention_bias(tensors["relative_bias.weight"], facts["positions"]))
        encoder = PackedEncoder(
            tensors,
            Encoder(
                facts["hidden"],
                facts["layers"],
                facts["heads"],
                facts["layer_norm_eps"],
                facts["activation"],
                "encoder.encoder.layer.{}.",
            ),
            place="encoder.embeddings.",
            device=place,
            dtype=dtype,
            table=table,
        )
        head = _pooled_head(tensors, place, token_head=card.token_head)
    except (FileNotFoundError, SafetensorError, KeyError, ValueError) as error:
        raise CardError(f"{folder / 'model.safetensors'}: {error}") from error
    return PackedBackend(encoder, head, place, dtype)


def open_packed_classifier(
    config: Any, tensors: Tensors, labels: int, *, device: str, precision: str, threads: int | None
) -> PackedBackend:
    """A classifier of Hugging Face that `models.backends.layout.is_known`. labels: the first outputs that count.

    Raises `ModelError` for a device or precision that is not there.
    """
    place = _place(device, threads)
    dtype = choose_precision(precision, place)
    shape, weights = classifier_of(config, tensors)
    encoder = PackedEncoder(
        weights,
        shape.encoder,
        place="embeddings.",
        device=place,
        dtype=dtype,
        first=shape.first,
        projected=shape.projected,
    )
    return PackedBackend(encoder, _first_token_head(shape, weights, labels, place, dtype), place, dtype)


def _pooled_head(tensors: Tensors, place: torch.device, *, token_head: bool) -> Head:
    """The embedded format's heads, in float32: mean and maximum of each window's tokens, and one logit a token."""

    def tensor(name: str) -> torch.Tensor:
        return torch.from_numpy(np.asarray(tensors[name], np.float32)).to(place)

    weight, bias = tensor("head.weight"), tensor("head.bias")
    token_weight, token_bias = tensor("token_head.weight"), tensor("token_head.bias")

    def head(hidden: torch.Tensor, packed: Packed) -> tuple[torch.Tensor, torch.Tensor | None]:
        wide = hidden.float()
        offsets = packed.ends.long()
        mean = torch.segment_reduce(wide, "mean", offsets=offsets, unsafe=True)
        top = torch.segment_reduce(wide, "max", offsets=offsets, unsafe=True)
        logits = F.linear(torch.cat([mean, top], dim=-1), weight, bias)
        return logits, F.linear(wide, token_weight, token_bias).squeeze(-1) if token_head else None

    return head


def _first_token_head(
    shape: Classifier, tensors: Tensors, labels: int, place: torch.device, dtype: torch.dtype
) -> Head:
    """Two layers on each window's first token."""

    def tensor(name: str) -> torch.Tensor:
        return torch.from_numpy(np.asarray(tensors[name], np.float32)).to(place, dtype)

    inner, activation, outer = shape.head
    inside, inside_bias = tensor(inner + ".weight"), tensor(inner + ".bias")
    outside, outside_bias = tensor(outer + ".weight"), tensor(outer + ".bias")

    def head(hidden: torch.Tensor, packed: Packed) -> tuple[torch.Tensor, torch.Tensor | None]:
        pooled = F.linear(hidden.index_select(0, packed.ends[:-1]), inside, inside_bias)
        pooled = torch.tanh(pooled) if activation == "tanh" else F.relu(pooled)
        return F.linear(pooled, outside, outside_bias)[:, :labels].float(), None

    return head


def _place(device: str, threads: int | None) -> torch.device:
    place = choose_device(device)
    if threads is not None and place.type == "cpu":
        torch.set_num_threads(threads)
    return place


def _to_host(values: torch.Tensor) -> torch.Tensor:
    """A copy in pinned memory, there once the stream has come so far."""
    return torch.empty(values.shape, dtype=values.dtype, pin_memory=True).copy_(values, non_blocking=True)


def _guarded(step: Callable[[], Any], lengths: Sequence[int]) -> Any:
    """A step whose failures are the protocol's. Of a full card the cache is given back, so that a smaller batch may fit."""
    size = f"{len(lengths)} windows of {sum(lengths)} tokens"
    try:
        return step()
    except torch.OutOfMemoryError as error:
        torch.cuda.empty_cache()
        raise OutOfMemory(f"no memory on the card for {size}") from error
    except BackendError:
        raise
    except (RuntimeError, IndexError) as error:
        raise BackendError(f"torch failed on {size}: {error}") from error
