"""Distil a trained model into a smaller encoder: the teacher's probabilities stand in for labels that nobody gave.

    python -m models.training.distil --teacher runs/small --teacher-encoder MPNET6 --encoder MINILM \
        --data ../shared/data --out runs/tiny --start runs/first/model.safetensors --epochs 1 --replay 0.5 --templates 2

Takes the options of `models.training.train` and four more. The teacher scores every training row once
(`teacher.npz` in `--out`, kept: a run that goes on does not score again). A label that somebody gave becomes
`(1 - trust) * given + trust * teacher` at its own weight; one that nobody gave becomes the teacher's at weight
`trust`. So the student learns insult on news comments, of which only Wikipedia's have labels, from a model that reads
better than it does. Source: Hinton et al. (2015), "Distilling the knowledge in a neural network".
"""

from __future__ import annotations

import hashlib
from argparse import ArgumentParser, Namespace
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from models.training.batching import run_over, tokenise
from models.training.data import Rows
from models.training.export import layers_of, weights_of
from models.training.network import LABELS, Classifier
from models.training.train import Run, parser, run_of


def softened(rows: Rows, teacher: NDArray[np.float32], trust: float) -> Rows:
    """Rows with the teacher's probabilities mixed in; `teacher`: float32 [n, labels] in 0..1, NaN where it was not asked."""
    given = ~np.isnan(rows.labels) & (rows.weights > 0)
    asked = ~np.isnan(teacher)
    labels = np.where(given, (1 - trust) * np.nan_to_num(rows.labels) + trust * teacher, teacher)
    weights = np.where(given, rows.weights, trust)
    return replace(
        rows,
        labels=np.where(asked, labels, rows.labels).astype(np.float32),
        weights=np.where(asked, weights, rows.weights).astype(np.float32),
    )


def unlabelled(rows: Rows) -> NDArray[np.intp]:
    """Positions of the rows for which somebody left out one of the six labels of toxicity."""
    six = [k for k, label in enumerate(LABELS) if label != "conspiracy"]
    return np.flatnonzero((np.isnan(rows.labels) | (rows.weights == 0))[:, six].any(axis=1))


def digest(texts: list[str]) -> str:
    """What the kept scores belong to: the texts, in order."""
    state = hashlib.sha256()
    for text in texts:
        state.update(text.encode("utf-8", "surrogatepass") + b"\0")
    return state.hexdigest()


@dataclass(frozen=True)
class Teacher:
    """A finished run that scores training rows."""

    run: Path
    encoder: Path

    def probabilities(self, texts: list[str], kept: Path) -> NDArray[np.float32]:
        """Uncalibrated probabilities [n, labels], from `kept` where it holds those of the same texts."""
        key = digest(texts)
        if kept.exists():
            with np.load(kept) as old:
                if str(old["key"]) == key:
                    found: NDArray[np.float32] = old["probabilities"]
                    return found
        weights = weights_of(self.run)
        model = Classifier.from_encoder(self.encoder, layers_of(weights))
        model.load_state_dict(weights)
        tokenizer = Tokenizer.from_file(str(self.encoder / "tokenizer.json"))
        items = tokenise(tokenizer, texts, [None] * len(texts))
        probabilities = (1 / (1 + np.exp(-run_over(model, items, progress="teacher")[0]))).astype(np.float32)
        part = kept.with_suffix(".part.npz")
        np.savez(part, key=key, probabilities=probabilities)
        part.replace(kept)
        return probabilities


class Distillation(Run):
    """A training run on softened rows."""

    def __init__(self, options: Namespace) -> None:
        self.teacher = Teacher(options.teacher, options.teacher_encoder)
        self.trust, self.only_missing = float(options.trust), bool(options.only_missing)
        facts = {"teacher": options.teacher.name, "trust": self.trust, "only_missing": self.only_missing}
        super().__init__(*run_of(options), facts=facts)

    def training_rows(self, data: str) -> Rows:
        rows = super().training_rows(data)
        at = unlabelled(rows) if self.only_missing else np.arange(len(rows))
        teacher = np.full((len(rows), len(LABELS)), np.nan, np.float32)
        teacher[at] = self.teacher.probabilities([rows.texts[i] for i in at], self.out / "teacher.npz")
        return softened(rows, teacher, self.trust)


def main() -> None:
    arguments: ArgumentParser = parser(__doc__)
    arguments.add_argument(
        "--teacher", type=Path, required=True, help="folder of the teacher's run, or of a released model"
    )
    arguments.add_argument("--teacher-encoder", type=Path, required=True, help="folder of the encoder it started from")
    arguments.add_argument("--trust", type=float, default=0.5, help="share of the teacher in a label that is given")
    arguments.add_argument(
        "--only-missing",
        action="store_true",
        help="ask the teacher only about rows that lack one of the six labels of toxicity; a third of the cost",
    )
    options = arguments.parse_args()
    if not 0.0 <= options.trust <= 1.0:
        arguments.error(f"--trust: expected 0 to 1, got {options.trust}")
    Distillation(options).train()


if __name__ == "__main__":
    main()
