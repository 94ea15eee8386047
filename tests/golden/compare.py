"""Comparing answers: the same structure and words, scores up to what a processor's arithmetic changes."""

from __future__ import annotations

from typing import Any

# bfloat16 and fp32 differ by about this much on probabilities near one half.
TOLERANCE = 0.03


def differences(expected: Any, found: Any, path: str = "$") -> list[str]:
    """Where two answers differ, apart from the request's id and from small differences of numbers that are no integers."""
    if path == "$.id":
        return []
    if isinstance(expected, dict) and isinstance(found, dict):
        if list(expected) != list(found):
            return [f"{path}: keys {list(found)}, expected {list(expected)}"]
        return [line for key in expected for line in differences(expected[key], found[key], f"{path}.{key}")]
    if isinstance(expected, list) and isinstance(found, list):
        if len(expected) != len(found):
            return [f"{path}: {len(found)} items, expected {len(expected)}"]
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for index, (a, b) in pairs for line in differences(a, b, f"{path}[{index}]")]
    if isinstance(expected, float) and isinstance(found, float):
        return [] if abs(expected - found) <= TOLERANCE else [f"{path}: {found}, expected {expected}"]
    return [] if expected == found else [f"{path}: {found!r}, expected {expected!r}"]
