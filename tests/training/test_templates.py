"""The authored rows: counts, disjoint splits, labels in range, determinism, nothing of the acceptance section."""

import re
from collections import Counter, defaultdict
from pathlib import Path

import pytest

from models.training.templates import Row, build

LABELS = {"toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "conspiracy"}
SECTION = Path(__file__).parents[1] / "data" / "section_01.txt"
SHARED_WORDS = 6  # a run of as many words in common counts as copied


@pytest.fixture(scope="module")
def train() -> list[Row]:
    return build("train", 0)


@pytest.fixture(scope="module")
def evaluation() -> list[Row]:
    return build("eval", 0)


def _words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


def _runs(text: str, n: int = SHARED_WORDS) -> set[tuple[str, ...]]:
    words = _words(text)
    return {tuple(words[i : i + n]) for i in range(len(words) - n + 1)}


def _count(rows: list[Row], *prefixes: str) -> int:
    return sum(row.kind.startswith(prefixes) for row in rows)


@pytest.mark.parametrize(
    ("prefixes", "in_train", "in_eval"),
    [
        (("identity_",), 2400, 1500),
        (("hate_",), 800, 300),
        (("counter_speech", "quoted", "negated", "reclaimed", "friendly", "names", "self_", "strong_"), 600, 300),
        (("insult_",), 500, 190),
        (("civil_",), 280, 130),
        (("conspiracy_positive",), 240, 80),
        (("conspiracy_negative",), 240, 80),
    ],
)
def test_counts(
    train: list[Row], evaluation: list[Row], prefixes: tuple[str, ...], in_train: int, in_eval: int
) -> None:
    assert _count(train, *prefixes) >= in_train
    assert _count(evaluation, *prefixes) >= in_eval


def test_no_training_text_in_evaluation(train: list[Row], evaluation: list[Row]) -> None:
    seen = {tuple(_words(row.text)) for row in train}
    assert not [row.text for row in evaluation if tuple(_words(row.text)) in seen]
    assert len(seen) == len(train)


def test_labels_are_known_and_in_range(train: list[Row], evaluation: list[Row]) -> None:
    for row in train + evaluation:
        assert row.labels and row.labels.keys() <= LABELS
        assert all(0.0 <= value <= 1.0 for value in row.labels.values())
        assert row.text.strip() == row.text and not re.search(r"[{}]", row.text)


def test_same_seed_same_rows_other_seed_others(evaluation: list[Row]) -> None:
    assert build("eval", 0) == evaluation
    assert build("eval", 1) != evaluation


def test_each_identity_term_is_as_often_in_benign_as_any_other(evaluation: list[Row]) -> None:
    terms = Counter(row.term for row in evaluation if row.kind == "identity_benign")
    assert len(terms) >= 48 and None not in terms
    assert min(terms.values()) >= 15 and max(terms.values()) <= 1.5 * min(terms.values())


def test_splits_have_terms_of_their_own(train: list[Row], evaluation: list[Row]) -> None:
    terms: dict[str, set[str | None]] = defaultdict(set)
    for split, rows in (("train", train), ("eval", evaluation)):
        terms[split] = {row.term for row in rows if row.kind == "identity_benign"}
    assert len(terms["train"]) >= 48
    assert terms["train"] - terms["eval"] and terms["eval"] - terms["train"]


def test_nothing_of_the_acceptance_section(train: list[Row], evaluation: list[Row]) -> None:
    section = _runs(SECTION.read_text(encoding="utf-8"))
    assert not [row.text for row in train + evaluation if _runs(row.text) & section]
    short = {tuple(_words(line)) for line in SECTION.read_text(encoding="utf-8").splitlines() if line.strip()}
    assert not [row.text for row in train + evaluation if tuple(_words(row.text)) in short]
