"""The combiner's fit: on made-up numbers, so that it needs neither data nor weights."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("sklearn", reason="fitting needs the train extra")
pytest.importorskip("pandas", reason="fitting needs the train extra")

from models.fake import FakeModel
from models.training.combine import ORDINARY, OWN, Config, Inputs, Table, fit, harassment_bias, placed, scores_of
from service.flags.combiner import Coefficients
from service.flags.conspiracy import FLOOR, PLAIN

START = Coefficients(0.0, phrases=1.0, cues=1.0, model=1.0, lowest=-3.5, highest=4.0)
LIMIT = 0.2


def made(rows: int = 3000, seed: int = 0) -> tuple[Table, Inputs]:
    """Rows of three sources. The model's log-odds and the phrases speak for a theory, the cues are noise."""
    rng = np.random.default_rng(seed)
    sources = rng.choice([ORDINARY, OWN, "psycomark"], rows, p=[0.5, 0.4, 0.1])
    truth = (rng.random(rows) < 0.4) & (sources != ORDINARY)
    table = Table(["x"] * rows, truth, (sources == OWN) & ~truth, sources)
    phrases = np.where(rng.random(rows) < np.where(truth, 0.4, 0.02), rng.choice([2.4, 3.0], rows), 0.0)
    inputs = Inputs(rng.normal(np.where(truth, 0.0, -3.0), 1.0), phrases, rng.choice([0.0, 1.0], rows), np.zeros(rows))
    return table, inputs


def test_what_speaks_for_a_theory_gets_weight() -> None:
    table, inputs = made()
    by = fit(inputs, table, np.ones(len(table.texts), bool), Config(), START)
    assert by.model > 0.3
    assert by.phrases > 0.3
    assert abs(by.cues) < by.phrases / 2


def test_jitter_takes_weight_from_the_model() -> None:
    table, inputs = made()
    use = np.ones(len(table.texts), bool)
    calm, shaken = (fit(inputs, table, use, Config(jitter=jitter), START).model for jitter in (0.0, 3.0))
    assert shaken < calm


def test_the_threshold_keeps_to_the_shares() -> None:
    table, inputs = made()
    config = Config(hard=0.02, ordinary=0.01)
    by = placed(fit(inputs, table, np.ones(len(table.texts), bool), config, START), inputs, table, config, LIMIT)
    flagged = inputs.summed(by) >= LIMIT
    free = ~inputs.plain
    assert flagged[free & table.hard].mean() <= config.hard + 1e-9
    assert flagged[free & (table.sources == ORDINARY)].mean() <= config.ordinary + 1e-9
    assert flagged[table.truth].mean() > 0.3


def test_a_plain_phrase_has_its_floor_unless_it_is_denied() -> None:
    by = Coefficients(-5.0, phrases=1.0, cues=1.0, model=1.0, lowest=-3.5, highest=4.0)
    inputs = Inputs(np.full(3, -9.0), np.array([PLAIN, PLAIN, PLAIN - 0.1]), np.zeros(3), np.array([0.0, 1.0, 0.0]))
    own, denied, weak = inputs.summed(by)
    assert own == FLOOR
    assert max(denied, weak) < -5.0


def test_the_bias_reaches_the_precision(capsys: pytest.CaptureFixture[str]) -> None:
    rng = np.random.default_rng(1)
    sources = rng.choice(["news", "wikipedia", "youtube"], 3000)
    truth = rng.random(3000) < 0.2
    sums = rng.normal(np.where(truth, 1.0, -1.0), 1.0)
    bias = harassment_bias(Table(["x"] * 3000, truth, truth, sources), sums, Config(precision=0.8), LIMIT)
    flagged = sums + bias >= LIMIT
    assert truth[flagged].mean() == pytest.approx(0.8, abs=0.05)
    assert "<-" in capsys.readouterr().out


def test_scores_are_kept_between_runs(tmp_path: Path) -> None:
    texts = ["one", "two words", "one", "a third and longer one"]
    first = scores_of(FakeModel(), texts, tmp_path / "scores.npz")
    assert first[0] == first[2]
    assert first[0].keys() == set(FakeModel().card.labels)
    assert scores_of(FakeModel(), texts, tmp_path / "scores.npz") == first
    assert scores_of(FakeModel(), texts, None) == first
