"""Coefficients of the flags that were fitted to a model: combiner.json, written by `models/training/combine.py`."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any


@dataclass(frozen=True, slots=True)
class Coefficients:
    """Of the conspiracy flag's sum (see conspiracy.py). lowest, highest: the clip of the model's log-odds."""

    bias: float
    phrases: float
    cues: float
    model: float = 0.0
    lowest: float = 0.0
    highest: float = 0.0


@cache
def conspiracy() -> Coefficients:
    """For posts that the model has scored."""
    return Coefficients(**_read()["conspiracy"])


@cache
def harassment_bias() -> float:
    """Log-odds added to the harassment flag of posts that the model has scored."""
    return float(_read()["harassment"]["bias"])


def _read() -> dict[str, Any]:
    path = resources.files("service.flags") / "combiner.json"
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
