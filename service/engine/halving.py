"""Retry in halves: a failing batch is split until the bad item fails alone and the rest have their results."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

T = TypeVar("T")
R = TypeVar("R")


@dataclass(frozen=True, slots=True)
class Failure:
    """An item that failed alone. The message is not kept: a runtime's message may quote the post."""

    kind: str


def in_halves(
    step: Callable[[Sequence[T]], Sequence[R]], items: Sequence[T], retrying: Callable[[], None]
) -> list[R | Failure]:
    """`step(items)`, in order; where it raises an Exception or gives the wrong number of results, by halves.

    One bad item among n costs at most 2 log2(n) + 1 steps. retrying: called once for each split. What is not an
    Exception (the death of a thread) goes through.
    """
    results: list[R | Failure] = []
    parts = [items] if items else []
    while parts:
        part = parts.pop()
        try:
            found = step(part)
            if len(found) != len(part):
                raise ValueError(f"{len(found)} results for {len(part)} items")
        except Exception as error:
            if len(part) == 1:
                results.append(Failure(type(error).__name__))
                continue
            retrying()
            middle = len(part) // 2
            parts += [part[middle:], part[:middle]]
        else:
            results += found
    return results
