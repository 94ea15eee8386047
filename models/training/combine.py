"""Fit what the flags add up: the conspiracy combiner and the operating points of conspiracy and harassment.

    python -m models.training.combine --data ../shared/data --dry-run
    python -m models.training.combine --data ../shared/data [--model civility] [--scores scores.npz]

Run it after each change of the model or of the phrases. It scores held-out texts only (the development split and our own
evaluation templates, which no model was trained on), fits, prints what it found, and writes service/flags/combiner.json.
`--scores` keeps the model's scores in a file, so that a second run takes seconds.

**Conspiracy.** A logistic model of three numbers: the log-odds of the model's score, the weight of the phrases, the weight of
the cues. Our templates look like those that the model was trained on, so that it separates them better than what it will
meet; its log-odds on them are jittered (`Config.jitter`), or the fit would trust it too much. Then the bias is set so that
the default policy's threshold flags, besides those with a plain phrase, at most `Config.hard` of the texts that criticise, mock
or report and at most `Config.ordinary` of ordinary comments.
The table leaves one source out at a time; prct, serrano and caves are for evaluation only (their licence, see the data sheet).

**Harassment.** The flag's log-odds stay as they are; the bias is set so that the default policy's threshold has a precision of
at least `Config.precision`, averaged over sources of ordinary comments.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from tqdm import tqdm

from models.model import Model
from models.registry import open_model
from models.training.templates import build
from service.flags import PostContext
from service.flags.chance import odds
from service.flags.combiner import Coefficients
from service.flags.conspiracy import DISTANCE, FLOOR, PLAIN, features
from service.flags.harassment import log_odds
from service.lexicon import default_lexicon
from service.policy import default_policy

TARGET = Path(__file__).parents[2] / "service" / "flags" / "combiner.json"
OWN = "own templates"
ORDINARY = "ordinary comments"
CASES = Path(__file__).parents[2] / "benchmarks" / "cases" / "conspiracy.toml"
OWN_CASES = "own cases"  # of the benchmark: reported, never fitted
HARD_KINDS = ("conspiracy_negative", "civil_political", "strong_criticism", "civil_sharp")
EVALUATION = ("prct", "serrano", "caves")
NEVER_FITTED = (OWN_CASES, *EVALUATION)

Scores = dict[str, float]
Values = NDArray[np.float64]


@dataclass(frozen=True)
class Config:
    """What the fit aims at. jitter: standard deviation in log-odds, at which the model separates our templates as it does our own
    cases, which come from elsewhere; weights: of a source's rows in the fit."""

    jitter: float = 2.0
    copies: int = 12
    seed: int = 0
    hard: float = 0.02
    ordinary: float = 0.005
    lowest: float = -3.5
    highest: float = 4.0
    precision: float = 0.80
    psycomark_weight: float = 0.4  # 87 % have one rater, and a post that only reports is often called a theory
    ordinary_weight: float = 0.25


@dataclass(frozen=True)
class Table:
    """Texts with what is known of them. truth: bool [n]; hard: texts that criticise, mock or report; sources: n names."""

    texts: list[str]
    truth: NDArray[np.bool_]
    hard: NDArray[np.bool_]
    sources: NDArray[np.str_]

    @classmethod
    def of(cls, rows: Sequence[tuple[str, bool, bool, str]]) -> Table:
        texts, truth, hard, sources = zip(*rows, strict=True)
        return cls(list(texts), np.array(truth, bool), np.array(hard, bool), np.array(sources))


def conspiracy_rows(data: Path, sample: int) -> Table:
    """Held-out texts with a verdict on conspiracy, and the three sources that are never fitted (at most `sample` of a class)."""
    rows: list[tuple[str, bool, bool, str]] = []
    table = pd.read_parquet(data / "train" / "conspiracy.parquet")
    table = table[table.split == "dev"]
    for text, truth, source in zip(table.text, table.conspiracy >= 0.5, table.source, strict=True):
        rows.append((str(text), bool(truth), False, "psycomark" if source == "psycomark" else ORDINARY))
    toxicity = _ordinary(data)
    rows += [(text, False, False, ORDINARY) for text in toxicity.text.sample(min(1500, len(toxicity)), random_state=0)]
    for own in build("eval", 1):
        if "conspiracy" in own.labels and own.kind != "identity_benign":
            rows.append((own.text, own.labels["conspiracy"] >= 0.5, own.kind in HARD_KINDS, OWN))
    for kind, block in tomllib.loads(CASES.read_text(encoding="utf-8")).items():
        rows += [(line.strip(), kind == "positive", False, OWN_CASES) for line in block.strip().splitlines()]
    for name in EVALUATION:
        frame = pd.read_parquet(data / "dev" / f"conspiracy_{name}.parquet")
        for truth, part in frame.groupby(frame.conspiracy >= 0.5):
            rows += [
                (text, bool(truth), False, name) for text in part.text.sample(min(sample, len(part)), random_state=0)
            ]
    return Table.of(rows)


def harassment_rows(data: Path, sample: int) -> Table:
    """Held-out ordinary comments with a verdict on abuse, by source."""
    rows: list[tuple[str, bool, bool, str]] = []
    frame = _ordinary(data)
    news = frame[frame.source != "jigsaw2018"]
    rows += [(text, value >= 0.5, False, "news") for text, value in zip(news.text, news.toxicity, strict=True)]
    jigsaw = frame[frame.source == "jigsaw2018"].sample(frac=1.0, random_state=0).head(sample)
    named = jigsaw[["insult", "threat", "identity_attack", "severe_toxicity", "toxicity"]].max(axis=1)
    rows += [(text, value >= 0.5, False, "wikipedia") for text, value in zip(jigsaw.text, named, strict=True)]
    tube = pd.read_parquet(data / "dev" / "youtoxic.parquet")
    rows += [(text, bool(value), False, "youtube") for text, value in zip(tube.text, tube.IsToxic, strict=True)]
    return Table.of(rows)


def _ordinary(data: Path) -> pd.DataFrame:
    frame = pd.read_parquet(data / "train" / "toxicity.parquet")
    frame = frame[(frame.split == "dev") & (frame.tier != "B_processed_or_augmented")]
    return frame[frame.source.isin(["civil_comments", "context_toxicity_gn", "context_toxicity_gc", "jigsaw2018"])]


def scores_of(model: Model, texts: Sequence[str], cache: Path | None, tokens: int = 4096) -> list[Scores]:
    """The model's calibrated scores, label -> probability. cache: read and extended, kept by text and by model."""
    stamp = f"{model.card.name} {model.card.version}\n"
    keys = [hashlib.sha256((stamp + text).encode()).hexdigest()[:24] for text in texts]
    labels = list(model.card.labels)
    known: dict[str, Values] = {}
    if cache is not None and cache.exists():
        with np.load(cache) as stored:
            known = dict(zip(stored["keys"].tolist(), stored["values"], strict=True))
    missing = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
    encoded = model.encode(list(missing.values()))
    order = sorted(range(len(encoded)), key=lambda i: -max((len(w) for w in encoded[i].windows), default=0))
    names = list(missing)
    with tqdm(total=len(order), desc=f"scoring with {model.card.name}", mininterval=2, disable=not order) as bar:
        while order:
            part = [order.pop()]
            while (
                order
                and (len(part) + 1) * len(encoded[order[-1]].windows) * len(encoded[order[-1]].windows[0]) < tokens
            ):
                part.append(order.pop())
            windows = [window for i in part for window in encoded[i].windows]
            results = iter(model.run(windows))
            for i in part:
                values = model.decode(encoded[i], [next(results) for _ in encoded[i].windows]).values
                known[names[i]] = np.array([values[label] for label in labels])
            bar.update(len(part))
    if cache is not None and missing:
        np.savez_compressed(cache, keys=np.array(list(known)), values=np.array(list(known.values())))
    return [dict(zip(labels, known[key].tolist(), strict=True)) for key in keys]


@dataclass(frozen=True)
class Inputs:
    """Columns of the conspiracy combiner, n rows each; model is not clipped."""

    model: Values
    phrases: Values
    cues: Values
    distance: Values

    def summed(self, by: Coefficients) -> Values:
        """Log-odds by these coefficients."""
        model = by.model * np.clip(self.model, by.lowest, by.highest)
        total = by.bias + model + by.phrases * self.phrases + by.cues * self.cues + DISTANCE * self.distance
        return np.where(self.plain, np.maximum(total, FLOOR), total)

    @property
    def plain(self) -> NDArray[np.bool_]:
        """Rows whose phrases count whatever the model says."""
        plain: NDArray[np.bool_] = (self.phrases >= PLAIN) & (self.distance == 0)
        return plain


def inputs_of(table: Table, scores: Sequence[Mapping[str, float]]) -> Inputs:
    """The features of the flag itself, for each text."""
    lexicon = default_lexicon()
    found = [
        features(PostContext(text), score, lexicon.find(text)) for text, score in zip(table.texts, scores, strict=True)
    ]
    columns = [[f.model or 0.0, f.phrases, f.cues, float(f.distance)] for f in found]
    return Inputs(*np.array(columns, np.float64).T)


def fit(inputs: Inputs, table: Table, use: NDArray[np.bool_], config: Config, start: Coefficients) -> Coefficients:
    """The logistic model over the rows `use`; those that keep a distance are left out, their deduction is a rule."""
    rows = np.flatnonzero(use & (inputs.distance == 0))
    own = table.sources[rows] == OWN
    weight = np.where(table.sources[rows] == "psycomark", config.psycomark_weight, 1.0)
    weight = np.where(table.sources[rows] == ORDINARY, config.ordinary_weight, weight)
    rng = np.random.default_rng(config.seed)
    copies = []
    for _ in range(config.copies):
        model = inputs.model[rows] + own * rng.normal(0.0, config.jitter, len(rows))
        model = np.clip(model, start.lowest, start.highest)
        copies.append(np.stack([model, inputs.phrases[rows], inputs.cues[rows]], 1))
    found = LogisticRegression().fit(
        np.concatenate(copies),
        np.tile(table.truth[rows], config.copies),
        np.tile(weight, config.copies) / config.copies,
    )
    model_share, phrases, cues = (round(float(value), 3) for value in found.coef_[0])
    return replace(start, bias=float(found.intercept_[0]), model=model_share, phrases=phrases, cues=cues)


def placed(by: Coefficients, inputs: Inputs, table: Table, config: Config, limit: float) -> Coefficients:
    """The same with the bias set for a threshold of `limit` log-odds. Plain phrases are above it anyway and are left out."""
    summed, open_ = inputs.summed(by), ~inputs.plain
    hard = np.quantile(summed[open_ & table.hard & ~table.truth], 1.0 - config.hard, method="higher")
    ordinary = np.quantile(summed[open_ & (table.sources == ORDINARY)], 1.0 - config.ordinary, method="higher")
    return replace(by, bias=round(float(by.bias + limit - max(hard, ordinary) - 1e-3), 3))


def auc(truth: NDArray[np.bool_], values: Values) -> float:
    return float(roc_auc_score(truth, values)) if 0 < truth.sum() < len(truth) else float("nan")


def report_conspiracy(table: Table, inputs: Inputs, by: Coefficients, config: Config, limit: float) -> None:
    """Print AUC of the model alone, the lexicon alone and both, each source left out of its fit; and flagged shares."""
    lexicon = inputs.phrases + by.cues / by.phrases * inputs.cues + DISTANCE * inputs.distance
    fitted = ~np.isin(table.sources, NEVER_FITTED)
    print(
        f"\n{'conspiracy, source left out':28s}{'rows':>6s}{'pos':>6s}{'model':>8s}{'lexicon':>8s}{'both':>8s}{'recall':>8s}{'others':>8s}"
    )
    for source in ("psycomark", OWN, ORDINARY, *NEVER_FITTED):
        of = table.sources == source
        without = fit(inputs, table, fitted & ~of, config, by) if source in ("psycomark", OWN) else by
        both = inputs.summed(without)[of]
        truth, flagged = table.truth[of], inputs.summed(by)[of] >= limit
        shares = (flagged[truth].mean() if truth.any() else float("nan"), flagged[~truth].mean())
        print(
            f"{source:28s}{of.sum():6d}{truth.sum():6d}{auc(truth, inputs.model[of]):8.3f}{auc(truth, lexicon[of]):8.3f}"
            f"{auc(truth, both):8.3f}{shares[0]:8.3f}{shares[1]:8.3f}"
        )
    hard = table.hard & ~table.truth
    print(f"{'own hard negatives':28s}{hard.sum():6d}{0:6d}{'':32s}{(inputs.summed(by)[hard] >= limit).mean():8.3f}")


def harassment_bias(table: Table, sums: Values, config: Config, limit: float) -> float:
    """Print precision and recall per source over thresholds; return the bias that puts the target at `limit`."""
    sources = ("news", "wikipedia", "youtube")
    print(
        f"\n{'harassment, bias':18s}"
        + "".join(f"{source + ' prec/recall':>24s}" for source in sources)
        + f"{'mean precision':>16s}"
    )
    chosen = None
    for bias in np.round(np.arange(1.5, -2.01, -0.1), 1):
        cells, precisions = [], []
        for source in sources:
            of = table.sources == source
            flagged, truth = sums[of] + bias >= limit, table.truth[of]
            precision = float(truth[flagged].mean()) if flagged.any() else float("nan")
            precisions.append(precision)
            cells.append(f"{precision:.3f} / {flagged[truth].mean():.3f}")
        mean = float(np.nanmean(precisions))
        if chosen is None and mean >= config.precision:
            chosen = float(bias)
        if bias * 10 % 3 == 0 or bias == chosen:
            print(
                f"{bias:<18.1f}"
                + "".join(f"{cell:>24s}" for cell in cells)
                + f"{mean:16.3f}{'  <-' if bias == chosen else ''}"
            )
    if chosen is None:
        print(f"no bias reaches a mean precision of {config.precision}; the strictest is kept")
        chosen = -2.0
    return chosen


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default="civility", help="as for civility serve --model")
    parser.add_argument("--scores", type=Path, help="an .npz file that keeps the model's scores between runs")
    parser.add_argument("--sample", type=int, default=600, help="rows of a class at most, of sets for evaluation")
    parser.add_argument("--dry-run", action="store_true", help="print only, write nothing")
    options = parser.parse_args()
    if not (options.data / "train").is_dir():
        raise SystemExit(f"{options.data / 'train'}: the data is not there (--data)")
    config, thresholds = Config(), default_policy().thresholds.flag
    model = open_model(options.model)
    theories, comments = (
        conspiracy_rows(options.data, options.sample),
        harassment_rows(options.data, options.sample * 4),
    )
    scores = scores_of(model, [*theories.texts, *comments.texts], options.scores)
    inputs = inputs_of(theories, scores[: len(theories.texts)])
    limit = odds(thresholds["conspiracy"])
    start = Coefficients(0.0, phrases=1.0, cues=1.0, model=1.0, lowest=config.lowest, highest=config.highest)
    fitted = ~np.isin(theories.sources, NEVER_FITTED)
    by = placed(fit(inputs, theories, fitted, config, start), inputs, theories, config, limit)
    report_conspiracy(theories, inputs, by, config, limit)
    lexicon = default_lexicon()
    rest = zip(comments.texts, scores[len(theories.texts) :], strict=True)
    sums = np.array([log_odds(PostContext(text), score, lexicon.find(text)) for text, score in rest])
    bias = harassment_bias(comments, sums, config, odds(thresholds["harassment"]))
    result: dict[str, Any] = {
        "model": {"name": model.card.name, "version": model.card.version},
        "conspiracy": asdict(by),
        "harassment": {"bias": bias},
    }
    written = json.dumps(result, indent=1)
    print("\n" + written)
    if not options.dry_run:
        TARGET.write_text(written + "\n", encoding="utf-8")
        print(f"wrote {TARGET}")


if __name__ == "__main__":
    main()
