"""Are the flags right? Precision and recall of each flag type on development data, through the whole pipeline.

    python -m benchmarks.flags --data ../shared/data [--policy FILE] [--model NAME] [--sample 2000]

Six tables: flags against labels (a label of 0.5 or more counts), the evaluation templates (frames that no model was trained
on), cases of our own after HateCheck's functionalities (benchmarks/cases), those of HatemojiCheck, conspiracy on texts that
push and that do not, and what is left of the flags when the words are disguised. Writes
benchmarks/results/flags.json and flags.png. The data is not part of the repository; without it the benchmark says so.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import random
import time
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from benchmarks.functions import cases
from models.registry import open_model
from models.training.augment import ATTACKS, attack
from models.training.templates import build
from service.app import make_moderator
from service.metrics import Metrics
from service.moderation import Moderator
from service.reading import Source
from service.schema import PostInput
from service.settings import read_settings

CONSPIRACY_CASES = Path(__file__).parent / "cases" / "conspiracy.toml"
RESULTS = Path(__file__).parent / "results"
FLAGS = ("slur", "harassment", "conspiracy")


@dataclass(frozen=True)
class Judged:
    """What the service said of n texts. flags: per type bool [n]; actions: n names."""

    flags: dict[str, NDArray[np.bool_]]
    actions: list[str]

    @property
    def abusive(self) -> NDArray[np.bool_]:
        """A slur or harassment flag, as HateCheck is scored."""
        return self.flags["slur"] | self.flags["harassment"]


Judge = Callable[[Sequence[str]], Judged]


async def judge(moderator: Moderator, texts: Sequence[str], part: int = 5000) -> Judged:
    """Moderate texts as posts, `part` a request."""
    flags: dict[str, list[bool]] = {name: [] for name in FLAGS}
    actions: list[str] = []
    for at in range(0, len(texts), part):
        posts = tuple(PostInput(id=str(i), text=text or " ") for i, text in enumerate(texts[at : at + part]))
        answer = msgspec.json.decode(await moderator.moderate(lambda posts=posts: Source("posts", posts), 1 << 20))
        for post in answer["posts"]:
            found = {flag["type"] for flag in post["flags"]}
            for name in FLAGS:
                flags[name].append(name in found)
            actions.append(post["action"])
    return Judged({name: np.array(values, bool) for name, values in flags.items()}, actions)


def measure(name: str, predicted: NDArray[np.bool_], truth: NDArray[np.bool_]) -> dict[str, Any]:
    """Precision, recall and the share of negatives that were flagged."""
    hit = int((predicted & truth).sum())
    return {
        "set": name,
        "rows": len(truth),
        "positives": int(truth.sum()),
        "precision": hit / max(1, int(predicted.sum())),
        "recall": hit / max(1, int(truth.sum())),
        "flagged negatives": float(predicted[~truth].mean()) if (~truth).any() else float("nan"),
    }


def sampled(frame: pd.DataFrame, sample: int) -> pd.DataFrame:
    return frame.sample(sample, random_state=0) if len(frame) > sample else frame


def harassment(data: Path, run: Judge, sample: int) -> list[dict[str, Any]]:
    """The harassment flag against labels of comments."""
    toxicity = pd.read_parquet(data / "train" / "toxicity.parquet")
    toxicity = toxicity[toxicity.split == "dev"]
    lines = []
    jigsaw = sampled(
        toxicity[(toxicity.source == "jigsaw2018") & (toxicity.tier != "B_processed_or_augmented")], sample
    )
    truth = (jigsaw[["insult", "threat", "identity_attack", "severe_toxicity"]].max(axis=1) >= 0.5).to_numpy()
    lines.append(
        measure("jigsaw dev: insult, threat, identity attack", run(jigsaw.text.tolist()).flags["harassment"], truth)
    )
    civil = toxicity[toxicity.source.isin(["civil_comments", "context_toxicity_gn", "context_toxicity_gc"])]
    lines.append(
        measure(
            "news comments dev: toxicity",
            run(civil.text.tolist()).flags["harassment"],
            (civil.toxicity >= 0.5).to_numpy(),
        )
    )
    tube = pd.read_parquet(data / "dev" / "youtoxic.parquet")
    found = run(tube.text.tolist())
    for column in ("IsAbusive", "IsToxic"):
        lines.append(measure(f"youtoxic: {column}", found.flags["harassment"], tube[column].astype(bool).to_numpy()))
    return lines


ABUSE = ("toxicity", "insult", "identity_attack", "threat", "severe_toxicity")


def own(run: Judge, sample: int) -> list[dict[str, Any]]:
    """Share of our own functional cases that a slur or harassment flag gets right, per functionality."""
    by_kind: dict[str, list[tuple[str, bool]]] = {}
    for row in build("eval", 1):
        if row.labels.keys() & set(ABUSE):
            abusive = max(row.labels.get(label, 0.0) for label in ABUSE) >= 0.5
            by_kind.setdefault(row.kind, []).append((row.text, abusive))
    chosen = random.Random(0)
    rows = [
        (kind, *case)
        for kind, cases in by_kind.items()
        for case in chosen.sample(cases, min(len(cases), max(20, sample // 20)))
    ]
    truth = np.array([abusive for _, _, abusive in rows])
    right = run([text for _, text, _ in rows]).abusive == truth
    groups = [("all", np.ones(len(rows), bool)), ("abusive", truth), ("not abusive", ~truth)]
    groups += [(kind, np.array([name == kind for name, _, _ in rows])) for kind in by_kind]
    return [
        {
            "case": name if name in ("all", "abusive", "not abusive") else f"{name} ({_kind(truth[of])})",
            "rows": int(of.sum()),
            "right": float(right[of].mean()),
        }
        for name, of in groups
    ]


def _kind(abusive: NDArray[np.bool_]) -> str:
    return "abusive" if abusive.all() else "mixed" if abusive.any() else "not abusive"


def functions(run: Judge) -> list[dict[str, Any]]:
    """Share of the cases after HateCheck's functionalities that a slur or harassment flag gets right. Abuse of a person or of
    an unprotected group is not hateful there, yet harassment here: "without F23, F24" leaves these out."""
    listed = cases()
    truth = np.array([case.hateful for case in listed])
    right = run([case.text for case in listed]).abusive == truth
    names = np.array([case.function for case in listed])
    hateful_here = np.isin(names, ["F23 abuse of a person", "F24 abuse of other groups"])
    groups = [("all", np.ones(len(listed), bool)), ("hateful", truth), ("not hateful", ~truth)]
    groups += [("without F23, F24", ~hateful_here), ("not hateful, without F23, F24", ~truth & ~hateful_here)]
    groups += [(f"{name} ({_kind(truth[names == name])})", names == name) for name in dict.fromkeys(names.tolist())]
    return [{"case": name, "rows": int(of.sum()), "right": float(right[of].mean())} for name, of in groups]


def functional(data: Path, run: Judge) -> list[dict[str, Any]]:
    """Share of HatemojiCheck's cases that a slur or harassment flag gets right, per functionality."""
    frame = pd.read_parquet(data / "dev" / "hatemoji_check.parquet")
    hateful = frame.label_gold.astype(str).str.lower().isin(["hateful", "1", "true"]).to_numpy()
    right = run(frame.text.tolist()).abusive == hateful
    lines = [
        {"case": name, "rows": int(of.sum()), "right": float(right[of].mean())}
        for name, of in [("all", np.ones(len(frame), bool)), ("hateful", hateful), ("not hateful", ~hateful)]
    ]
    for name in sorted(frame.functionality.unique()):
        of = (frame.functionality == name).to_numpy()
        kind = "hateful" if hateful[of].all() else "mixed" if hateful[of].any() else "not hateful"
        lines.append({"case": f"{name} ({kind})", "rows": int(of.sum()), "right": float(right[of].mean())})
    return lines


def conspiracy(data: Path, run: Judge, sample: int) -> list[dict[str, Any]]:
    """The conspiracy flag on texts that push theories, on hard negatives, and on ordinary comments."""
    lines = []
    for name in ("psycomark", "prct", "serrano", "caves"):
        frame = pd.read_parquet(data / "dev" / f"conspiracy_{name}.parquet")
        truth = (frame.conspiracy >= 0.5).to_numpy()
        lines.append(measure(name, run(frame.text.tolist()).flags["conspiracy"], truth))
    own_cases = tomllib.loads(CONSPIRACY_CASES.read_text(encoding="utf-8"))
    rows = [
        (line.strip(), kind == "positive") for kind, block in own_cases.items() for line in block.strip().splitlines()
    ]
    truth = np.array([pushes for _, pushes in rows])
    lines.append(measure("own cases", run([text for text, _ in rows]).flags["conspiracy"], truth))
    table = pd.read_parquet(data / "train" / "conspiracy.parquet")
    ordinary = table[(table.split == "dev") & table.source.isin(["civil_negative", "jigsaw_negative"])]
    flagged = run(ordinary.text.tolist()).flags["conspiracy"]
    lines.append(measure("ordinary comments, never trained on", flagged, np.zeros(len(ordinary), bool)))
    return lines


def attacks(data: Path, run: Judge, sample: int) -> list[dict[str, Any]]:
    """Share of abusive posts still flagged when their marked toxic words are disguised."""
    spans = pd.read_parquet(data / "train" / "spans.parquet")
    spans = spans[(spans.split == "dev") & (spans.spans.map(len) > 0)]
    spans = sampled(spans, sample)
    texts, marked = spans.text.tolist(), [[(int(a), int(b)) for a, b in s] for s in spans.spans]
    clean = run(texts).abusive
    texts = [text for text, flagged in zip(texts, clean, strict=True) if flagged]
    marked = [s for s, flagged in zip(marked, clean, strict=True) if flagged]
    lines = [{"attack": "none", "rows": len(clean), "kept": float(clean.mean())}]
    for name in ATTACKS:
        rng = random.Random(0)
        changed = []
        for text, where in zip(texts, marked, strict=True):
            parts, cursor = [], 0
            for start, end in where:
                parts += [text[cursor:start], attack(text[start:end], name, rng)]
                cursor = max(cursor, end)
            changed.append("".join([*parts, text[cursor:]]))
        lines.append({"attack": name, "rows": len(changed), "kept": float(run(changed).abusive.mean())})
    return lines


def show(title: str, lines: list[dict[str, Any]]) -> None:
    table = Table(title=title)
    for name in lines[0]:
        table.add_column(name, justify="left" if isinstance(lines[0][name], str) else "right")
    for line in lines:
        table.add_row(*(f"{v:.3f}" if isinstance(v, float) else str(v) for v in line.values()))
    Console().print(table)


def plot(result: dict[str, list[dict[str, Any]]], path: Path) -> None:
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, 3, figsize=(16, 6))
    for axis, name in zip(axes[:2], ("harassment", "conspiracy"), strict=True):
        lines = result[name][::-1]
        at = np.arange(len(lines))
        for shift, key in ((0.27, "precision"), (0.0, "recall"), (-0.27, "flagged negatives")):
            axis.barh(at + shift, [x[key] for x in lines], 0.25, label=key)
        axis.set_yticks(at, [x["set"] for x in lines], fontsize=8)
        axis.set(title=name, xlim=(0, 1))
        axis.legend(fontsize=8)
    lines = result["attacks"][::-1]
    axes[2].barh([x["attack"] for x in lines], [x["kept"] for x in lines])
    axes[2].set(title="flags kept under disguise (none: found at all)", xlim=(0, 1))
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--model", default="civility")
    parser.add_argument("--policy", type=Path, help="a policy file instead of the built-in policy")
    parser.add_argument("--sample", type=int, default=2500, help="rows of a set at most")
    parser.add_argument(
        "--only", choices=("harassment", "own", "functions", "functional", "conspiracy", "attacks"), action="append"
    )
    options = parser.parse_args()
    if not (options.data / "dev").is_dir():
        raise SystemExit(f"{options.data / 'dev'}: the development data is not there; skipped (--data)")
    settings = read_settings({}, **({"policy": (options.policy,)} if options.policy else {}), deadline_s=3600.0)
    started = time.perf_counter()

    with asyncio.Runner() as runner:
        moderator = make_moderator(settings, open_model(options.model), Metrics())

        async def start() -> None:
            await moderator.engine.start()

        runner.run(start())

        def run(texts: Sequence[str]) -> Judged:
            return runner.run(judge(moderator, texts))

        parts: dict[str, Callable[[], list[dict[str, Any]]]] = {
            "harassment": lambda: harassment(options.data, run, options.sample),
            "own": lambda: own(run, options.sample),
            "functions": lambda: functions(run),
            "functional": lambda: functional(options.data, run),
            "conspiracy": lambda: conspiracy(options.data, run, options.sample),
            "attacks": lambda: attacks(options.data, run, min(options.sample, 600)),
        }
        result = {}
        for name, part in parts.items():
            if options.only and name not in options.only:
                continue
            result[name] = part()
            show(name, result[name])
        runner.run(moderator.close())
    if not options.only:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "flags.json").write_text(
            json.dumps({**result, "seconds": round(time.perf_counter() - started, 1)}, indent=1)
        )
        plot(result, RESULTS / "flags.png")
        print(f"wrote {RESULTS / 'flags.json'} and flags.png")


if __name__ == "__main__":
    main()
