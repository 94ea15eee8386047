"""What /metrics shows."""

from __future__ import annotations

from pathlib import Path

import pytest
from prometheus_client.parser import text_string_to_metric_families

from service.metrics import STAGES, Metrics

NAMES = Path(__file__).with_name("metric_names.txt")


def value(metrics: Metrics, name: str, **labels: str) -> float | None:
    return metrics.registry.get_sample_value(name, labels)


def test_names_and_types_are_the_golden_ones() -> None:
    """Dashboards and alerts are built on them. To renew after a wanted change, write `found` into the file."""
    families = text_string_to_metric_families(Metrics().render().decode())
    found = "".join(f"{f.name} {f.type}\n" for f in families if not f.name.endswith("_created"))
    assert found == NAMES.read_text(encoding="utf-8")


def test_every_stage_has_its_histogram_from_the_start() -> None:
    metrics = Metrics()
    for stage in STAGES:
        assert value(metrics, "civility_stage_seconds_count", stage=stage) == 0
    with pytest.raises(KeyError), metrics.timed("split"):
        raise KeyError
    assert value(metrics, "civility_stage_seconds_count", stage="split") == 1


def test_a_batch_shows_its_size_its_tokens_and_its_padding() -> None:
    metrics = Metrics()
    metrics.batch([10, 20, 30], 0.2, [0.5, 0.7, 0.1])
    assert value(metrics, "civility_tokens_total") == 60
    assert value(metrics, "civility_batch_windows_sum") == 3
    assert value(metrics, "civility_batch_padding_ratio_sum") == 1.5
    assert value(metrics, "civility_stage_seconds_sum", stage="run") == 0.2
    assert value(metrics, "civility_stage_seconds_sum", stage="queue") == pytest.approx(1.3)
    assert value(metrics, "civility_stage_seconds_count", stage="queue") == 3


def test_requests_posts_and_cache() -> None:
    metrics = Metrics()
    metrics.request("/moderate", 200)
    metrics.scored(10, hits=4)
    metrics.refused("bulk")
    metrics.dropped(3)
    assert value(metrics, "civility_requests_total", route="/moderate", status="200") == 1
    assert value(metrics, "civility_posts_total") == 10
    assert value(metrics, "civility_cache_hits_total") == 4
    assert value(metrics, "civility_cache_misses_total") == 6
    assert value(metrics, "civility_requests_refused_total", lane="bulk") == 1
    assert value(metrics, "civility_jobs_dropped_total") == 3


def test_depth_and_readiness_are_read_when_they_are_shown() -> None:
    metrics = Metrics()
    depth = [0.0]
    metrics.watch_queue("bulk", lambda: depth[0], lambda: depth[0] * 50)
    metrics.watch_ready(lambda: depth[0] > 0)
    assert value(metrics, "civility_ready") == 0
    depth[0] = 7.0
    assert value(metrics, "civility_queue_jobs", lane="bulk") == 7
    assert value(metrics, "civility_queue_tokens", lane="bulk") == 350
    assert value(metrics, "civility_ready") == 1
