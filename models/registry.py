"""open_model: the one public entry to models. Names, where their files are, and what to do where they are not.

`civility-small` and other folders with a `card.json` are the embedded format; `detoxify:NAME-or-FILE` and
`hf:NAME-or-FOLDER` are other people's classifiers, which need the `torch` extra.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from models.card import CardError, ModelCard
from models.encoder_model import EncoderModel
from models.errors import ModelError
from models.files import DETOXIFY, WEIGHTS, default_folders, find_detoxify, find_file, missing_detoxify
from models.model import Model
from models.tokenise import Tokeniser

__all__ = ["ModelError", "ModelInfo", "list_models", "open_model"]

DEVICES = ("auto", "cpu", "cuda")
PRECISIONS = ("auto", "fp32", "bf16")
_NO_TORCH = "needs PyTorch and transformers, which are not installed: pip install 'civility[torch]'"


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """A model that can be opened by `name`, now or after following `advice`. path: its folder or file, if found."""

    name: str
    path: Path | None
    available: bool
    advice: str


def open_model(
    name_or_path: str = "civility-small",
    device: str = "auto",
    precision: str = "auto",
    activation: str | None = None,
    threads: int | None = None,
    folders: Sequence[Path] | None = None,
) -> Model:
    """Open a model, ready to run.

    name_or_path: an embedded model's name, a folder with `card.json`, `detoxify:NAME-or-FILE`, `hf:NAME-or-FOLDER`.
    device: `auto` is CUDA where torch sees a card, else the CPU. precision: `auto` is bfloat16 where the device computes it
    natively. activation: only for `hf:` models whose config does not say. threads: of the CPU runtime; None is one a core.
    folders: searched for models and checkpoints; None takes `CIVILITY_MODELS` and the usual caches.
    Raises `ModelError`, whose message says what to do.
    """
    if device not in DEVICES:
        raise ModelError("no_device", f"device: expected one of {', '.join(DEVICES)}, got {device!r}")
    if precision not in PRECISIONS:
        raise ModelError("no_precision", f"precision: expected one of {', '.join(PRECISIONS)}, got {precision!r}")
    places = tuple(folders) if folders is not None else default_folders(os.environ, Path.home())
    kind, _, reference = name_or_path.partition(":")
    if kind not in ("hf", "detoxify") or not reference:
        folder = _embedded_folder(name_or_path, places)
        return _open_embedded(folder, device, precision, threads)
    if not _torch_installed():
        raise ModelError("runtime_missing", f"{name_or_path}: {_NO_TORCH}")
    from models.backends.torch_transformers import open_detoxify, open_hub

    if kind == "hf":
        return open_hub(reference, device=device, precision=precision, activation=activation, threads=threads)
    download = os.environ.get("HF_HUB_OFFLINE", "") in ("", "0")
    return open_detoxify(
        name_or_path if reference in DETOXIFY else f"detoxify:{Path(reference).name}",
        find_detoxify(reference, places, download=download),
        places,
        device=device,
        precision=precision,
        threads=threads,
        download=download,
    )


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


def _embedded_folder(name_or_path: str, places: Sequence[Path]) -> Path:
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


def _open_embedded(folder: Path, device: str, precision: str, threads: int | None) -> Model:
    if device == "cuda" and not _torch_installed():
        raise ModelError("runtime_missing", f"{folder.name} on device cuda {_NO_TORCH}")
    try:
        card = ModelCard.read(folder)
        card.verify(folder)
        pad_id = card.architecture.get("pad_token_id", 0)
        if not isinstance(pad_id, int):
            raise CardError(f"architecture.pad_token_id: expected a whole number, got {pad_id!r}")
        tokenizer = folder / "tokenizer.json"
        if not tokenizer.is_file():
            raise CardError(f"{tokenizer}: missing")
        tokeniser = Tokeniser.from_file(tokenizer, window=card.window, stride=card.stride, pad_id=pad_id)
        if device == "cuda" or (device == "auto" and _torch_installed() and _sees_card()):
            from models.backends.torch_embedded import open_embedded

            return EncoderModel(
                card, tokeniser, open_embedded(folder, card, device="cuda", precision=precision, threads=threads)
            )
        from models.backends.openvino import OpenVINOBackend

        return EncoderModel(card, tokeniser, OpenVINOBackend(folder, card, precision=precision, threads=threads))
    except CardError as error:
        raise ModelError("bad_model", f"{folder}: {error}") from error


def _torch_installed() -> bool:
    return find_spec("torch") is not None and find_spec("transformers") is not None


def _sees_card() -> bool:
    """Whether torch can use a card. Torch is imported, which takes seconds, only where a driver has left its mark."""
    if not any(Path(mark).exists() for mark in ("/dev/nvidia0", "/dev/nvidiactl", "/dev/dxg")):
        return False
    import torch

    return torch.cuda.is_available()
