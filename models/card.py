"""ModelCard: what is known of a model besides its weights. Read from `card.json`, checked on load."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

Activation = Literal["sigmoid", "softmax"]


class CardError(ValueError):
    """A model folder whose card is missing, malformed or does not fit its files."""


def sha256_of(path: Path) -> str:
    """The sha256 of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True)
class ModelCard:
    """Facts of a model.

    labels: output order, in the field's standard names. activation: never guessed from the number of labels.
    window: tokens of one model input with special tokens; stride: tokens that neighbouring windows share.
    calibration: per label (slope, intercept) applied to the logit before the activation; absent labels are (1, 0).
    token_head: the model gives per-token logits for toxic spans; token_threshold: probability from which a token is part
    of a span. files: name -> sha256 hex. architecture: the encoder's shape, as the backends need it.
    """

    name: str
    version: str
    labels: tuple[str, ...]
    activation: Activation
    window: int
    stride: int
    calibration: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    token_head: bool = False
    token_threshold: float = 0.5
    languages: tuple[str, ...] = ("en",)
    licence: str = ""
    architecture: Mapping[str, object] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if not self.labels or len(set(self.labels)) != len(self.labels):
            raise CardError(f"labels: expected distinct names, got {list(self.labels)}")
        if self.activation not in ("sigmoid", "softmax"):
            raise CardError(f"activation: expected sigmoid or softmax, got {self.activation!r}")
        if not 0 <= self.stride < self.window - 2:
            raise CardError(f"stride: expected 0 to window - 3 ({self.window - 3}), got {self.stride}")

    @classmethod
    def read(cls, folder: Path) -> ModelCard:
        """Read `folder/card.json`. Raises `CardError` naming the field."""
        path = folder / "card.json"
        try:
            raw = json.loads(path.read_text(encoding="utf-8"))
            return cls(
                **{
                    **raw,
                    "labels": tuple(raw["labels"]),
                    "languages": tuple(raw.get("languages", ("en",))),
                    "calibration": {k: (float(a), float(b)) for k, (a, b) in raw.get("calibration", {}).items()},
                }
            )
        except FileNotFoundError:
            raise CardError(f"{path}: there is no model card") from None
        except (json.JSONDecodeError, KeyError, TypeError, ValueError) as error:
            raise CardError(f"{path}: {error}") from error

    def verify(self, folder: Path) -> None:
        """Compare each file's sha256 with the card. Raises `CardError` naming the file."""
        for name, expected in self.files.items():
            path = folder / name
            if not path.is_file():
                raise CardError(f"{path}: missing")
            found = sha256_of(path)
            if found != expected:
                raise CardError(f"{path}: sha256 is {found}, the card says {expected}")
