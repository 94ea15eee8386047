"""Training rows from ../shared/data: one row a text, labels with NaN where nobody annotated, a weight per label.

The data sheet's known defects decide the weights below; each has its reason beside it. Run as a script it prints what a
run would train on: `python -m models.training.data --data ../shared/data`.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from models.training.network import LABELS
from models.training.templates import build

Spans = list[tuple[int, int]]

#: How much a source's label counts in the loss: (toxicity, identity_attack). 0 leaves it out.
SOURCE_WEIGHT: dict[str, tuple[float, float]] = {
    "jigsaw2018": (1.0, 1.0),
    "civil_comments": (1.0, 0.0),
    "context_toxicity_gc": (0.7, 0.0),
    "context_toxicity_gn": (0.7, 0.0),
    # Positive rows only, but in the style of civil_comments, which brings the negatives.
    "toxic_spans": (0.5, 0.0),
    "gab_hate_corpus": (1.0, 1.0),
    # Collected by slur search, African American English labelled too often.
    "davidson": (0.3, 0.5),
    # Toxicity is positive-only in these: the head would learn "tweet style = toxic".
    "implicit_hate": (0.0, 0.7),
    "vicomtech_stormfront": (0.0, 0.7),
    "hatemoji_build": (0.0, 1.0),
    "edos": (0.0, 0.7),
}
#: Not sexist is not the same as not hateful: EDOS negatives count little.
EDOS_NEGATIVE = 0.2
#: Tier B of jigsaw2018 is lower-cased, cleaned or word-substituted text.
JIGSAW_TIER_B = 0.3
#: The Jigsaw part holds nearly all toxic rows but only about half of the others: each other row stands for two.
JIGSAW_CLEAN = 1.9
#: psycomark is the only contrast within one topic; the easy negatives, which nobody checked, must not drown it.
CONSPIRACY_WEIGHT = {"psycomark": 2.0, "civil_negative": 0.5, "jigsaw_negative": 0.5}


@dataclass(frozen=True)
class Rows:
    """Columns of one split.

    texts: n strings; labels: float32 [n, labels] in 0..1, NaN = not annotated; weights: float32 [n, labels], 0 where the
    label is NaN; spans: per row the toxic character spans, None where nobody marked any; sources: n names.
    """

    texts: list[str]
    labels: NDArray[np.float32]
    weights: NDArray[np.float32]
    spans: list[Spans | None]
    sources: NDArray[np.str_]

    def __len__(self) -> int:
        return len(self.texts)

    def take(self, at: NDArray[np.intp]) -> Rows:
        """The rows at these positions, in that order."""
        return Rows(
            [self.texts[i] for i in at],
            self.labels[at],
            self.weights[at],
            [self.spans[i] for i in at],
            self.sources[at],
        )

    def __add__(self, other: Rows) -> Rows:
        return Rows(
            self.texts + other.texts,
            np.concatenate([self.labels, other.labels]),
            np.concatenate([self.weights, other.weights]),
            self.spans + other.spans,
            np.concatenate([self.sources, other.sources]),
        )


def _toxicity(folder: Path, split: str) -> pd.DataFrame:
    frame = pd.read_parquet(folder / "train" / "toxicity.parquet")
    return frame[frame.split == split].drop_duplicates("text").set_index("text")


def _weights(frame: pd.DataFrame) -> NDArray[np.float32]:
    weights = np.ones((len(frame), len(LABELS)), np.float32)
    for source, (toxicity, identity) in SOURCE_WEIGHT.items():
        rows = (frame.source == source).to_numpy()
        weights[rows, LABELS.index("toxicity")] = toxicity
        weights[rows, LABELS.index("identity_attack")] = identity
    edos = ((frame.source == "edos") & (frame.identity_attack < 0.5)).to_numpy()
    weights[edos, LABELS.index("identity_attack")] = EDOS_NEGATIVE
    jigsaw = (frame.source == "jigsaw2018").to_numpy()
    six = slice(0, LABELS.index("conspiracy"))
    weights[jigsaw & (frame.toxicity < 0.5).to_numpy(), six] *= JIGSAW_CLEAN
    weights[jigsaw & (frame.tier == "B_processed_or_augmented").to_numpy(), six] *= JIGSAW_TIER_B
    conspiracy = frame.conspiracy_source.map(CONSPIRACY_WEIGHT).fillna(0.0).to_numpy(np.float32)
    weights[:, LABELS.index("conspiracy")] = conspiracy
    return weights


def load(folder: str | Path, split: str) -> Rows:
    """Read one split ("train" or "dev") of all tables, joined on the text."""
    folder = Path(folder)
    if not (folder / "train" / "toxicity.parquet").exists():
        raise FileNotFoundError(f"{folder / 'train' / 'toxicity.parquet'}: the training data is not there (--data)")
    frame = _toxicity(folder, split)
    conspiracy = pd.read_parquet(folder / "train" / "conspiracy.parquet")
    conspiracy = conspiracy[conspiracy.split == split].drop_duplicates("text").set_index("text")
    spans = pd.read_parquet(folder / "train" / "spans.parquet")
    spans = spans[spans.split == split].drop_duplicates("text").set_index("text")
    frame = frame.reindex(frame.index.union(conspiracy.index).union(spans.index))
    frame["conspiracy"] = conspiracy.conspiracy.reindex(frame.index).astype(np.float32)
    frame["conspiracy_source"] = conspiracy.source.reindex(frame.index)
    # A text known from one table only still needs a source.
    frame["source"] = frame.source.fillna(conspiracy.source.reindex(frame.index)).fillna("toxic_spans")
    labels = frame[list(LABELS)].to_numpy(np.float32)
    weights = np.where(np.isnan(labels), np.float32(0.0), _weights(frame))
    marked: dict[str, Spans] = {str(text): [(int(a), int(b)) for a, b in value] for text, value in spans.spans.items()}
    texts = [str(text) for text in frame.index]
    return Rows(
        texts=texts,
        labels=labels,
        weights=weights.astype(np.float32),
        spans=[marked.get(text) for text in texts],
        sources=frame.source.to_numpy(str),
    )


def from_templates(split: Literal["train", "eval"], seed: int) -> Rows:
    """Our own authored rows; a label that a template does not give is NaN with weight 0. Sources are "template:KIND"."""
    rows = build(split, seed)
    labels = np.array([[row.labels.get(label, np.nan) for label in LABELS] for row in rows], np.float32)
    return Rows(
        [row.text for row in rows],
        labels,
        (~np.isnan(labels)).astype(np.float32),
        [None] * len(rows),
        np.array([f"template:{row.kind}" for row in rows]),
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", default="../shared/data", help="folder of the data sets")
    folder = parser.parse_args().data
    for split in ("train", "dev"):
        rows = load(folder, split)
        print(f"{split}: {len(rows)} texts, {sum(s is not None for s in rows.spans)} with spans")
        for source in np.unique(rows.sources):
            of = rows.sources == source
            used = [
                f"{label} {int((rows.weights[of, k] > 0).sum())}/{int((rows.labels[of, k] >= 0.5).sum())}"
                for k, label in enumerate(LABELS)
                if (rows.weights[of, k] > 0).any()
            ]
            print(f"  {source:24s} {int(of.sum()):7d}  {', '.join(used)}")


if __name__ == "__main__":
    main()
