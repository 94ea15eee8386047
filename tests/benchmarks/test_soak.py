"""A soak, shortened: a real server with the embedded default under mixed load does not grow with the requests."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from benchmarks.measure import made_up
from benchmarks.served import Call, Texts, body, serving
from benchmarks.soak import Point, growth, mixed_round, soak
from service.settings import Settings

LEAST_OF_A_REQUEST = 3000  # bytes: body and answer of one comment alone have as many


def test_growth_is_told_from_noise_and_from_the_warm_up() -> None:
    def points(leak: int) -> list[Point]:
        """Bytes a request; a step in the warm-up and noise of 2 MB after."""
        return [Point(at, 40 * at, 0, (at > 3) * 50 + at % 2 * 2 + leak * 40 * at / 1e6) for at in range(1, 41)]

    assert abs(growth(points(0))[1]) < 500
    risen, each = growth(points(20_000))
    assert each == pytest.approx(20_000, rel=0.05)
    assert risen == pytest.approx(20_000 * 40 * 31 / 1e6, rel=0.05)


def test_every_fifth_round_has_bulk_work_and_a_long_post() -> None:
    texts = Texts(["a comment", "another"])
    kinds = [{call.kind for call in mixed_round(texts, number, 3)} for number in range(5)]
    assert kinds[:4] == [{"one post", "page"}] * 4
    assert kinds[4] == {"one post", "page", "bulk page", "long post"}


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="reads /proc")
def test_memory_of_a_server_is_flat(tmp_path: Path) -> None:
    """Most comments come again, so that the bounded cache does not fill and thousands of requests pass in seconds; a few are
    new, so that the model runs too. `tests/engine/test_memory.py` does the same for the engine with new posts only."""
    chance = random.Random(4)
    fresh = Texts([made_up(chance, number)[:300] for number in range(100)])
    known = [made_up(chance, number)[:300] for number in range(100)]

    def plan(number: int) -> list[Call]:
        again = [Call(0.0, "known", body([text])) for text in known * 2]
        return [*again, *(Call(0.0, "fresh", body(fresh.take(1))) for _ in range(3))]

    with serving(Settings().model, tmp_path) as server:
        points = soak(server, plan, 15.0, 4)
    assert points[-1].failed == 0
    assert points[-1].requests >= 2000
    risen, each = growth(points)
    assert each < LEAST_OF_A_REQUEST, f"{risen:.1f} MB more after {points[-1].requests} requests"
