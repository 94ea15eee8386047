"""How fast is scoring on this machine, and how much of the machine does it use? The engine against what else scores comments.

    python -m benchmarks.engine [--quick] [--all] [--out benchmarks/results/engine.json]

Comments and tokens a second, by model shape, runtime, precision and batch policy. Everything of a group runs in turns, each
once a round, in an order drawn for each round; figures are medians over the rounds. Tokenisation is part of every figure, as
it is of Detoxify's `predict`. "of machine" is floating-point operations on real tokens, without padding, by the rate of the
faster of two bf16 matrix products (torch, OpenVINO), measured in the same rounds. Where other processes have part of the
cores (see the load average), read the figures by processor time, which that distorts less.

The classifier shapes have random weights, written here in Detoxify's format. Slow contenders score a smaller sample of the
same distribution of lengths. A ratio of two rates is therefore of comments a second, not of seconds.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from benchmarks.contenders import DETOXIFY, GROUPED, Contender, Scorer, open_scorers, ours, theirs
from benchmarks.measure import RESULTS, interleaved, load, machine, matrix_steps, real_texts, table, write
from benchmarks.shapes import BERT, ROBERTA, XLMR, Shape, detoxify_checkpoint, embedded_folders, embedded_shape
from service.settings import Settings

ISAS = ("AVX512_CORE_VNNI", "AVX2")


def compare(
    contenders: Sequence[Contender], rounds: int, matrix: tuple[dict[str, Callable[[], object]], float]
) -> dict[str, Any]:
    """Run all in turns; the rows, and the machine's matrix rate in the same rounds."""
    steps, operations = matrix
    for contender in contenders:
        if contender.policy == GROUPED:
            contender.step()  # kernels for the shapes that it meets
    for step in steps.values():
        step()
    before = load()
    timed = interleaved(
        {each.name: each.step for each in contenders} | steps, rounds, said=lambda line: print(line, file=sys.stderr)
    )
    rates = {name: operations / timed[name].median for name in steps}
    fastest = max(rates.values()), operations / min(timed[name].processor_median for name in steps)
    return {
        "rows": [each.figures(timed[each.name], fastest) for each in contenders],
        "matrix_product_tflops": {name: rate / 1e12 for name, rate in rates.items()},
        "rounds": rounds,
        "load_average": {"before": before, "after": load()},
    }


def show(title: str, group: dict[str, Any]) -> None:
    """A group as a table, fastest of each model first."""
    rows = sorted(group["rows"], key=lambda row: (row["model"], -row["comments_per_s"]))
    table(
        title,
        (
            "model",
            "runtime",
            "precision",
            "batches",
            "posts",
            "comments/s",
            "tokens/s",
            "of machine",
            "slowest/fastest",
        ),
        [
            (
                row["model"],
                row["runtime"],
                row["precision"],
                row["policy"],
                row["posts"],
                row["comments_per_s"],
                row["tokens_per_s"],
                row["of_machine"] if row["of_machine"] is not None else "-",
                row["spread"],
            )
            for row in rows
        ],
        "bf16 matrix products, TFLOP/s: "
        + ", ".join(f"{name.split(', ')[1]} {rate:.2f}" for name, rate in group["matrix_product_tflops"].items()),
    )


def goals(
    rows: Sequence[dict[str, Any]],
    embedded: Sequence[str],
    rate: str = "comments_per_s",
    of_machine: str = "of_machine",
) -> dict[str, float | None]:
    """Ratios of rates in one run, and fractions of the machine. Detoxify's "plain" uses are those without sorting."""

    def best(model: str, runtime: str = "", policies: Sequence[str] = (GROUPED,), key: str = rate) -> float:
        return max(
            (
                row[key] or 0.0
                for row in rows
                if row["model"] == model and row["runtime"].startswith(runtime) and row["policy"] in policies
            ),
            default=0.0,
        )

    arrival = best(BERT.name, DETOXIFY, ["batches of 32, arrival order"])
    plain = best(BERT.name, DETOXIFY, ["one by one", "batches of 32, arrival order", "whole list"])
    by_length = best(BERT.name, DETOXIFY, ["batches of 32, sorted by the caller"])
    found: dict[str, float | None] = {}
    for model, goal in [(BERT.name, 7), *((name, 30) for name in embedded)]:
        for use, other in (("best plain use", plain), ("batches sorted by the caller", by_length)):
            stated = f" (goal {goal})" if use.startswith("best") else ""
            found[f"{model} by Detoxify's {use}{stated}"] = best(model) / other if other else None
    ratio = best(BERT.name) / arrival if arrival else None
    found[f"{BERT.name} by Detoxify's batches of 32 in arrival order (goal 30)"] = ratio
    for model, share in [(BERT.name, 0.60), *((name, 0.50) for name in embedded)]:
        found[f"of the machine, {model} (goal {share})"] = best(model, key=of_machine) or None
    return found


def other_processors(default: str, *, quick: bool) -> dict[str, Any]:
    """The embedded default against fp32, both grouped by length, in processes that may not use newer instructions."""
    found = {}
    for isa in ISAS:
        command = [sys.executable, "-m", "benchmarks.isa", "--model", default, *(["--quick"] if quick else [])]
        done = subprocess.run(
            command, env=os.environ | {"ONEDNN_MAX_CPU_ISA": isa}, stdout=subprocess.PIPE, text=True, check=False
        )
        found[isa] = json.loads(done.stdout) if done.returncode == 0 else {"failed": done.returncode}
    return found


def plot(rows: Sequence[dict[str, Any]], path: Path) -> None:
    """Comments a second as bars, on a logarithmic axis."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    ordered = sorted(rows, key=lambda row: row["comments_per_s"])
    names = [f"{row['model']}: {row['runtime']} {row['precision']}, {row['policy']}" for row in ordered]
    colours = ["tab:blue" if row["policy"] == GROUPED else "tab:grey" for row in ordered]
    figure, axes = pyplot.subplots(figsize=(9, 0.28 * len(rows) + 1), layout="constrained")
    axes.barh(names, [row["comments_per_s"] for row in ordered], color=colours)
    axes.set_xscale("log")
    axes.set_xlabel("comments a second (blue: Civility's engine)")
    axes.tick_params(axis="y", labelsize=7)
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def run_group(
    references: Sequence[tuple[str, Shape | None, str]],
    checkpoint: tuple[Shape, Path] | None,
    texts: tuple[Sequence[str], Sequence[str]],
    rounds: int,
    matrix: tuple[dict[str, Callable[[], object]], float],
    *,
    device: str = "cpu",
    everything: bool = False,
) -> tuple[dict[str, Any], dict[str, float]]:
    """One comparison, and the largest difference of scores alone and in batches, by model, runtime and precision.

    references: label, shape and what `open_model` takes. texts: for the fast and for the slow contenders.
    """
    posts, few = texts
    contenders: list[Contender] = []
    scorers: list[Scorer] = []
    differences = {}
    runs = ("auto", "int8", "bf16", "fp32") if device == "cpu" else ()
    backends = [("openvino", precision) for precision in runs]
    backends += [("packed", "auto"), ("torch", "auto")]
    for label, shape, reference in references:
        chosen = backends if shape else [("auto", "auto")]
        for runtime, scorer in open_scorers(reference, device=device, backends=chosen):
            scorers.append(scorer)
            differences[f"{label}, {runtime} {scorer.model.precision}"] = scorer.difference(few)
            contenders += ours(label, shape, scorer, runtime, posts, few)
    if checkpoint is not None:
        contenders += theirs(*checkpoint, few, everything=everything)
    group = compare(contenders, rounds, matrix)
    for scorer in scorers:
        scorer.close()
    gc.collect()
    return group, differences


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="small samples, two rounds: does it run? Not for figures.")
    parser.add_argument("--all", action="store_true", help="RoBERTa-base and XLM-R-base too, and pipelines in batches")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--posts", type=int, default=192, help="for the engine (default %(default)s)")
    parser.add_argument("--few", type=int, default=64, help="for slow contenders (default %(default)s)")
    parser.add_argument("--model", default=Settings().model, help="the embedded default (%(default)s)")
    parser.add_argument("--no-peers", action="store_true", help="only the embedded models")
    parser.add_argument("--no-isa", action="store_true", help="leave out the processors without bf16")
    parser.add_argument("--out", type=Path, default=RESULTS / "engine.json")
    options = parser.parse_args()
    os.environ.setdefault("HF_HUB_OFFLINE", "1")
    count, size, rounds = (24, 8, 2) if options.quick else (options.posts, options.few, options.rounds)
    posts, origin = real_texts(count)
    texts = posts, real_texts(size)[0]
    result: dict[str, Any] = {"machine": machine(), "texts": origin, "infinity-emb": "not run: it needs numpy 1"}
    embedded: list[tuple[str, Shape | None, str]] = [
        (folder.name, embedded_shape(folder), str(folder)) for folder in embedded_folders()
    ]
    if options.model not in [label for label, _, _ in embedded]:
        embedded.append((options.model, None, options.model))
    shapes = [] if options.no_peers else [BERT, ROBERTA, XLMR] if options.all else [BERT]
    matrix = matrix_steps()
    result["groups"], result["scores alone and in batches"] = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CIVILITY_MODELS"] = folder
        for at, shape in enumerate(shapes or [None]):
            references = embedded if at == 0 else []
            pair = None
            if shape is not None:
                pair = shape, detoxify_checkpoint(shape, Path(folder))
                references = [*references, (shape.name, shape, f"detoxify:{pair[1]}")]
            group, differences = run_group(references, pair, texts, rounds, matrix, everything=options.all)
            name = shape.name if shape else "embedded"
            result["groups"][name] = group
            result["scores alone and in batches"] |= differences
            show(f"{name}, {rounds} rounds in turns, {origin}", group)
            write(result, options.out)
    first = next(iter(result["groups"].values()))
    names = [label for label, _, _ in embedded]
    result["goals"] = goals(first["rows"], names)
    result["goals by processor time"] = goals(
        first["rows"], names, "comments_per_processor_s", "of_machine_by_processor_time"
    )
    if not options.no_isa:
        result["other processors"] = other_processors(options.model, quick=options.quick)
    write(result, options.out)
    plot([row for group in result["groups"].values() for row in group["rows"]], options.out.with_suffix(".png"))
    by_processor = result["goals by processor time"]
    table(
        "Goals",
        ("goal", "measured", "by processor time"),
        [(name, value or "-", by_processor[name] or "-") for name, value in result["goals"].items()],
    )
    table(
        "Scores alone and in batches: largest difference of a probability (goal 2e-3 in bf16, 1e-5 in fp32)",
        ("model", "difference"),
        list(result["scores alone and in batches"].items()),
    )
    for isa, found in result.get("other processors", {}).items():
        print(f"{isa}: {json.dumps(found)}")
    print(f"{options.out} and {options.out.with_suffix('.png')} written")


if __name__ == "__main__":
    main()
