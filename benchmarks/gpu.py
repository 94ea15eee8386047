"""The engine on a CUDA card: comments a second by batch policy, and one comment alone. See docs/gpu.md.

    python -m benchmarks.gpu [--quick] [--all] [--out benchmarks/results/gpu.json]

The same comparison as `benchmarks.engine`, on a card: the engine (packed, no padding; and the network's own class with
padding) against Detoxify's `predict` on the card and against the card's own bf16 matrix product. Where there is no card, it
says so and ends without an error.
"""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contenders import GROUPED, Contender, Scorer, open_scorers, ours
from benchmarks.engine import compare, plot, show
from benchmarks.measure import RESULTS, interleaved, machine, percentile, real_texts, table, write
from benchmarks.shapes import BERT, ROBERTA, XLMR, Shape, detoxify_checkpoint, embedded_folders, embedded_shape

GOAL_OF_CARD, GOAL_ALONE_MS = 0.40, 3.0


def card_step(size: int = 8192, repeats: int = 20) -> tuple[dict[str, Callable[[], object]], float]:
    """bf16 products of square matrices on the card, and the operations of one step."""
    import torch

    left = torch.randn(size, size, device="cuda", dtype=torch.bfloat16) * size**-0.5
    right = left.t().contiguous()

    def step() -> None:
        for _ in range(repeats):
            torch.mm(left, right)
        torch.cuda.synchronize()

    return {"matrix product, cuda bf16": step}, 2.0 * size**3 * repeats


def theirs(shape: Shape, checkpoint: Path, posts: Sequence[str]) -> list[Contender]:
    """Detoxify's `predict` on the card, in batches as they come and sorted by length, in fp32 as it is."""
    import detoxify

    scorer = detoxify.Detoxify(checkpoint=str(checkpoint), device="cuda")
    tokens = tuple(len(ids) for ids in scorer.tokenizer(list(posts), truncation=True)["input_ids"])

    def predict(texts: Sequence[str], size: int) -> None:
        for at in range(0, len(texts), size):
            scorer.predict(list(texts[at : at + size]))

    ways: dict[str, Callable[[], object]] = {
        "one by one": lambda: predict(posts, 1),
        "batches of 32, arrival order": lambda: predict(posts, 32),
        "batches of 32, sorted by the caller": lambda: predict(sorted(posts, key=len), 32),
    }
    return [
        Contender(shape.name, "Detoxify.predict", "fp32", policy, shape, len(posts), tokens, step)
        for policy, step in ways.items()
    ]


def alone(scorer: Scorer, posts: Sequence[str]) -> dict[str, float]:
    """Milliseconds of one comment through the engine, one after the other; the first ten only warm up."""
    timed = interleaved({str(at): lambda text=text: scorer.grouped([text]) for at, text in enumerate(posts)}, 2)  # type: ignore[misc]
    taken = [1000 * each.wall[-1] for each in list(timed.values())[10:] or timed.values()]
    return {"p50 ms": percentile(taken, 0.5), "p99 ms": percentile(taken, 0.99)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small samples, two rounds: does it run? Not for figures.")
    parser.add_argument("--all", action="store_true", help="RoBERTa-base and XLM-R-base too")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--posts", type=int, default=8192, help="for the engine (default %(default)s)")
    parser.add_argument("--few", type=int, default=512, help="for Detoxify (default %(default)s)")
    parser.add_argument("--out", type=Path, default=RESULTS / "gpu.json")
    options = parser.parse_args()
    try:
        import torch
    except ImportError:
        print("skipped: PyTorch is not installed (pip install 'civility[torch]')")
        return
    if not torch.cuda.is_available():
        print("skipped: PyTorch sees no CUDA card on this machine; see docs/gpu.md")
        return
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    count, size, rounds = (256, 64, 2) if options.quick else (options.posts, options.few, options.rounds)
    posts, origin = real_texts(count)
    few = real_texts(size)[0]
    result: dict[str, Any] = {
        "machine": machine(),
        "card": torch.cuda.get_device_name(),
        "cuda": torch.version.cuda,
        "texts": origin,
        "groups": {},
        "one comment alone": {},
        "scores alone and in batches": {},
    }
    matrix = card_step()
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CIVILITY_MODELS"] = folder
        embedded = [(path.name, embedded_shape(path), str(path)) for path in embedded_folders()]
        for at, shape in enumerate([BERT, ROBERTA, XLMR] if options.all else [BERT]):
            checkpoint = detoxify_checkpoint(shape, Path(folder))
            references = [(shape.name, shape, f"detoxify:{checkpoint}"), *(embedded if at == 0 else [])]
            contenders, scorers = [], []
            for label, own, reference in references:
                for runtime, scorer in open_scorers(
                    reference, device="cuda", backends=[("packed", "auto"), ("torch", "auto")]
                ):
                    scorers.append(scorer)
                    name = f"{label}, {runtime} {scorer.model.precision}"
                    contenders += ours(label, own, scorer, runtime, posts, few)
                    result["scores alone and in batches"][name] = scorer.difference(few)
                    result["one comment alone"][name] = alone(scorer, few[:200])
            contenders += theirs(shape, checkpoint, few)
            result["groups"][shape.name] = compare(contenders, rounds, matrix)
            show(f"{shape.name} on {result['card']}, {rounds} rounds in turns", result["groups"][shape.name])
            for scorer in scorers:
                scorer.close()
            write(result, options.out)
    rows = result["groups"][BERT.name]["rows"]
    best = max(row["of_machine"] or 0.0 for row in rows if row["model"] == BERT.name and row["policy"] == GROUPED)
    waits = [each["p50 ms"] for name, each in result["one comment alone"].items() if name.startswith(BERT.name)]
    result["goals"] = {
        f"of the card, BERT-base (goal {GOAL_OF_CARD})": best,
        f"one comment alone, BERT-base, median ms (goal {GOAL_ALONE_MS})": min(waits),
    }
    write(result, options.out)
    plot([row for group in result["groups"].values() for row in group["rows"]], options.out.with_suffix(".png"))
    table("Goals", ("goal", "measured"), list(result["goals"].items()))
    table(
        "One comment alone",
        ("model", "p50 ms", "p99 ms"),
        [(name, each["p50 ms"], each["p99 ms"]) for name, each in result["one comment alone"].items()],
    )
    print(f"{options.out} and {options.out.with_suffix('.png')} written", file=sys.stderr)


if __name__ == "__main__":
    main()
