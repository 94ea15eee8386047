"""Comparing answers: the same structure and words, scores up to what a processor's arithmetic changes."""

from __future__ import annotations

import re
from typing import Any

# bfloat16 and fp32 differ by about this much on probabilities near one half.
TOLERANCE = 0.03


_NUMBER = re.compile(r"\d+\.\d+")


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
    if isinstance(expected, str) and isinstance(found, str):
        # A flag's reason quotes its scores.
        numbers = zip(_NUMBER.findall(expected), _NUMBER.findall(found), strict=False)
        near = all(abs(float(a) - float(b)) <= TOLERANCE for a, b in numbers)
        return (
            [] if near and _NUMBER.sub("#", expected) == _NUMBER.sub("#", found) else [_unlike(path, expected, found)]
        )
    return [] if expected == found else [_unlike(path, expected, found)]


def _unlike(path: str, expected: object, found: object) -> str:
    return f"{path}: {found!r}, expected {expected!r}"
