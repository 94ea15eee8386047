"""open_model: the one public entry to models. Names, where their files are, and what to do where they are not.

`civility-small`, `civility-tiny` and other folders with a `card.json` are the embedded format, `civility` a cascade of two such models;
`detoxify:NAME-or-FILE` and `hf:NAME-or-FOLDER` are other people's classifiers, which need the `torch` extra.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from models.card import CardError, ModelCard
from models.cascade import CascadeModel, read_plan
from models.encoder_model import EncoderModel
from models.errors import ModelError
from models.files import DEFAULT, DETOXIFY, WEIGHTS, default_folders, find_detoxify, find_file, missing_detoxify
from models.model import Model
from models.tokenise import Tokeniser

__all__ = ["DEFAULT", "ModelError", "ModelInfo", "list_models", "open_model"]

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "fp32", "bf16", "int8")
BACKENDS = ("auto", "openvino", "packed", "torch")
_NO_TORCH = "needs PyTorch and transformers, which are not installed: pip install 'civility[torch]'"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that can be opened by `name`, now or after following `advice`. path: its folder or file, if found."""

    name: str
    path: Path | None
    available: bool
    advice: str


def open_model(
    name_or_path: str = DEFAULT,
    device: str = "auto",
    precision: str = "auto",
    activation: str | None = None,
    threads: int | None = None,
    folders: Sequence[Path] | None = None,
    backend: str = "auto",
) -> Model:
    """Open a model, ready to run.

    name_or_path: an embedded model's name, a folder with `card.json`, `detoxify:NAME-or-FILE`, `hf:NAME-or-FOLDER`.
    device: `auto` is CUDA where torch sees a card, else the CPU. precision: `auto` is bfloat16 where the device
    computes it natively, else int8 for weights that are stored so where the processor has VNNI, else float32. activation: only for `hf:` models whose config does not say. threads: of the CPU runtime; None is one a core.
    folders: searched for models and checkpoints; None takes `CIVILITY_MODELS` and the usual caches. What is downloaded or
    converted goes to the first. backend: `openvino` (CPU only), `packed` (PyTorch without padding, for architectures that
    are known here), `torch` (the network's own class), or `auto`: packed on CUDA, OpenVINO on a CPU, torch for what they lack.
    Raises `ModelError`, whose message says what to do.
    """
    if device not in DEVICES:
        raise ModelError("no_device", f"device: expected one of {', '.join(DEVICES)}, got {device!r}")
    if precision not in PRECISIONS:
        raise ModelError("no_precision", f"precision: expected one of {', '.join(PRECISIONS)}, got {precision!r}")
    if backend not in BACKENDS:
        raise ModelError("no_backend", f"backend: expected one of {', '.join(BACKENDS)}, got {backend!r}")
    if backend == "openvino" and device == "cuda":
        raise ModelError(
            "no_backend", "backend openvino runs on device cpu only: choose backend torch or auto for cuda"
        )
    places = tuple(folders) if folders is not None else default_folders(os.environ, Path.home())
    kind, _, reference = name_or_path.partition(":")
    if kind not in ("hf", "detoxify") or not reference:
        if device == "auto":
            device = "cuda" if backend != "openvino" and _torch_installed() and _sees_card() else "cpu"
        return _open_folder(_model_folder(name_or_path, places), places, _Choice(device, precision, threads, backend))
    if not _torch_installed():
        raise ModelError("runtime_missing", f"{name_or_path}: {_NO_TORCH}")
    from models.backends.classifiers import open_classifier
    from models.backends.sources import read_detoxify, read_hub

    if device == "auto":
        device = "cuda" if backend != "openvino" and _sees_card() else "cpu"
    if kind == "hf":
        source = read_hub(reference, activation)
    else:
        download = os.environ.get("HF_HUB_OFFLINE", "") in ("", "0")
        source = read_detoxify(
            name_or_path if reference in DETOXIFY else f"detoxify:{Path(reference).name}",
            find_detoxify(reference, places, download=download),
            places,
            download=download,
        )
    return open_classifier(source, places, backend=backend, device=device, precision=precision, threads=threads)


def list_models(folders: Sequence[Path] | None = None) -> list[ModelInfo]:
    """Embedded models, models found in the search folders, and the published Detoxify checkpoints."""
    places = tuple(folders) if folders is not None else default_folders(os.environ, Path.home())
    infos = [
        ModelInfo(card.parent.name, card.parent, True, "")
        for place in (WEIGHTS, *places)
        for card in sorted(place.glob("*/card.json"))
    ]
    for reference, published in DETOXIFY.items():
        path = find_file(published.file, places)
        advice = [] if path else [missing_detoxify(reference, places)]
        if not _torch_installed():
            advice.append(_NO_TORCH)
        infos.append(ModelInfo(f"detoxify:{reference}", path, not advice, "; ".join(advice)))
    return infos


@dataclass(frozen=True, slots=True)
class _Choice:
    """How to run a model; device is `cpu` or `cuda`."""

    device: str
    precision: str
    threads: int | None
    backend: str


def _model_folder(name_or_path: str, places: Sequence[Path]) -> Path:
    """A path wins over a name: `./civility-small` is always the folder here."""
    candidates = [Path(name_or_path).expanduser(), *(place / name_or_path for place in (WEIGHTS, *places))]
    if "/" not in name_or_path:
        candidates = [*candidates[1:], candidates[0]]
    for folder in candidates:
        if (folder / "card.json").is_file():
            return folder
    known = ", ".join(info.name for info in list_models(places))
    raise ModelError(
        "unknown_model",
        f"{name_or_path!r}: neither a folder with a card.json nor a known model. Known are {known}, and hf:NAME-or-FOLDER"
        f" for any sequence classifier; further folders are looked for in {', '.join(map(str, places))}",
    )


def _open_folder(folder: Path, places: Sequence[Path], choice: _Choice) -> Model:
    """The model of a folder with a card: one of the embedded format, or a cascade of two."""
    try:
        plan = read_plan(folder)
        if plan is None:
            return _open_embedded(folder, choice)
        tiers = [_tier(name, folder.parent, places) for name in (plan.first, plan.second)]
        for tier in tiers:
            if read_plan(tier) is not None:
                raise CardError(f"cascade: {tier} is a cascade itself")
        return CascadeModel(plan, *(_open_embedded(tier, choice) for tier in tiers))
    except CardError as error:
        raise ModelError("bad_model", f"{folder}: {error}") from error


def _tier(name: str, beside: Path, places: Sequence[Path]) -> Path:
    """The folder of one of a cascade's models: the one beside the cascade's, else as any other."""
    folder = beside / name
    return folder if (folder / "card.json").is_file() else _model_folder(name, places)


def _open_embedded(folder: Path, choice: _Choice) -> EncoderModel:
    if choice.device == "cuda" and not _torch_installed():
        raise ModelError("runtime_missing", f"{folder.name} on device cuda {_NO_TORCH}")
    if choice.backend in ("torch", "packed") and not _torch_installed():
        raise ModelError("runtime_missing", f"{folder.name} by backend {choice.backend} {_NO_TORCH}")
    card = ModelCard.read(folder)
    card.verify(folder)
    pad_id = card.architecture.get("pad_token_id", 0)
    if not isinstance(pad_id, int):
        raise CardError(f"architecture.pad_token_id: expected a whole number, got {pad_id!r}")
    tokenizer = folder / "tokenizer.json"
    if not tokenizer.is_file():
        raise CardError(f"{tokenizer}: missing")
    tokeniser = Tokeniser.from_file(tokenizer, window=card.window, stride=card.stride, pad_id=pad_id)
    options: dict[str, Any] = {"precision": choice.precision, "threads": choice.threads}
    if choice.backend == "torch":
        from models.backends.torch_embedded import open_embedded

        return EncoderModel(card, tokeniser, open_embedded(folder, card, device=choice.device, **options))
    if choice.backend == "packed" or choice.device == "cuda":
        from models.backends.torch_packed_backend import open_packed_embedded

        return EncoderModel(card, tokeniser, open_packed_embedded(folder, card, device=choice.device, **options))
    from models.backends.openvino import OpenVINOBackend

    return EncoderModel(card, tokeniser, OpenVINOBackend(folder, card, **options))


def _torch_installed() -> bool:
    return find_spec("torch") is not None and find_spec("transformers") is not None


def _sees_card() -> bool:
    """Whether torch can use a card. Torch is imported, which takes seconds, only where a driver has left its mark."""
    if not any(Path(mark).exists() for mark in ("/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg")):
        return False
    import torch

    return torch.cuda.is_available()
