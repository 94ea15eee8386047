"""The authored rows: counts, disjoint splits, labels in range, determinism, nothing of the acceptance section."""

import re
import tomllib
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from models.training import templates
from models.training.templates import Row, build

LABELS = {"toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "conspiracy"}
SECTION = Path(__file__).parents[1] / "data" / "section_01.txt"
TEMPLATES = Path(templates.__file__).parent
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


def _groups() -> list[dict[str, Any]]:
    return [group for path in sorted(TEMPLATES.glob("*.toml")) for group in _toml(path).get("group", [])]


def _toml(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))


def _kinds() -> set[str]:
    return {group["kind"] for group in _groups()}


def _authored(part: str, *kinds: str) -> list[str]:
    """Frames of one part ("train", "eval", or "lines" where the split is by line) of the groups of these kinds."""
    return [
        line
        for group in _groups()
        if group["kind"] in kinds
        for line in group.get(part, "").splitlines()
        if line.strip()
    ]


@pytest.mark.parametrize(
    ("prefixes", "in_train", "in_eval"),
    [
        (("identity_benign",), 2800, 1400),
        (("identity_topic_benign", "benign_"), 1000, 240),
        (("identity_hate", "identity_exclusion", "identity_threat"), 900, 250),
        (("hate_",), 2500, 700),
        (
            ("counter_speech", "quoted", "negated", "reclaimed", "homonym", "names", "self_", "strong_", "friendly"),
            1600,
            550,
        ),
        (("insult_direct", "insult_public", "insult_crude"), 550, 190),
        (("insult_implied", "insult_creative", "insult_polite", "insult_in_civil"), 900, 250),
        (("threat_direct", "threat_implied", "harm_wish"), 380, 100),
        (("threat_lookalike",), 180, 55),
        (("civil_",), 800, 240),
        (("conspiracy_positive",), 650, 190),
        (("conspiracy_negative",), 650, 190),
    ],
)
def test_counts(
    train: list[Row], evaluation: list[Row], prefixes: tuple[str, ...], in_train: int, in_eval: int
) -> None:
    assert _count(train, *prefixes) >= in_train
    assert _count(evaluation, *prefixes) >= in_eval


def test_neither_split_outgrows_the_sources_it_is_mixed_with(train: list[Row], evaluation: list[Row]) -> None:
    assert len(train) <= 16_500  # a tenth of the sources
    assert len(evaluation) <= 5_500


def test_authored_frames_and_lines_per_kind() -> None:
    assert len(_authored("train", "identity_benign")) >= 90 and len(_authored("eval", "identity_benign")) >= 30
    hateful = ("identity_hate", "identity_exclusion", "identity_threat", "hate_derogation", "hate_unwelcome")
    assert len(_authored("train", *hateful)) >= 30 and len(_authored("eval", *hateful)) >= 30
    assert len(_authored("lines", "conspiracy_positive")) >= 400
    assert len(_authored("lines", "conspiracy_negative")) >= 500


def test_no_frame_or_line_is_written_twice() -> None:
    frames = Counter(
        tuple(_words(line)) for split in ("train", "eval", "lines") for line in _authored(split, *_kinds())
    )
    assert not [frame for frame, times in frames.items() if times > 1]


@pytest.mark.parametrize(
    ("word", "label"),
    [
        *((word, "toxicity") for word in ("scum", "vermin", "hate", "animals", "disgusting", "stupid", "idiot", "pig")),
        *(
            (word, "identity_attack")
            for word in ("scum", "trash", "parasites", "faggot", "deport", "welcome", "inferior")
        ),
        *((word, "insult") for word in ("moron", "clown", "brain", "diaper", "kindergarten", "doctor", "village")),
        *((word, "threat") for word in ("kill", "shoot", "die", "burn", "gun", "live", "hang")),
        *((word, "conspiracy") for word in ("vaccine", "globalist", "stolen", "soros", "wake", "media", "deep state")),
    ],
)
def test_no_word_gives_a_label_away(train: list[Row], word: str, label: str) -> None:
    values = [row.labels[label] for row in train if label in row.labels and word in row.text.casefold()]
    assert sum(value >= 0.5 for value in values) >= 2
    assert sum(value < 0.3 for value in values) >= 2


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
    assert len(terms) >= 60 and None not in terms
    assert min(terms.values()) >= 15 and max(terms.values()) <= 1.5 * min(terms.values())


def test_splits_have_terms_of_their_own(train: list[Row], evaluation: list[Row]) -> None:
    terms: dict[str, set[str | None]] = defaultdict(set)
    for split, rows in (("train", train), ("eval", evaluation)):
        terms[split] = {row.term for row in rows if row.kind == "identity_benign"}
    assert len(terms["train"]) >= 60
    assert terms["train"] - terms["eval"] and terms["eval"] - terms["train"]


def test_nothing_of_the_acceptance_section(train: list[Row], evaluation: list[Row]) -> None:
    section = _runs(SECTION.read_text(encoding="utf-8"))
    assert not [row.text for row in train + evaluation if _runs(row.text) & section]
    short = {tuple(_words(line)) for line in SECTION.read_text(encoding="utf-8").splitlines() if line.strip()}
    assert not [row.text for row in train + evaluation if tuple(_words(row.text)) in short]


def test_terms_that_models_flag_wrongly_are_more_often_in_benign_training_rows_only(train: list[Row]) -> None:
    benign = Counter(row.term for row in train if row.kind == "identity_benign")
    hateful = Counter(row.term for row in train if row.kind == "identity_hate")
    assert benign["homosexual"] > 1.8 * benign["Irish"]
    assert hateful["homosexual"] <= 1.5 * hateful["Irish"]
