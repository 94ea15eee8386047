"""Which CPU runtime is fastest on plain batches? OpenVINO, PyTorch and ONNX Runtime on one network with random weights.

    pip install -e '.[peers]'      # onnxruntime, nncf, ...: each optional; what is missing is left out, and said
    python -m benchmarks.runtimes [--layers 4] [--quick] [--out benchmarks/results/runtimes.json]

A BERT of BERT-base's width; layers only scale every figure, so four stand for twelve. No engine and no tokeniser: batches of
real tokens only, so that nothing is padded. Contenders: our own OpenVINO graph in bf16 and fp32, the same graph in int8 with
static scales by NNCF's post-training quantisation, transformers' BERT in torch bf16 as it is and compiled by inductor, ONNX
Runtime in fp32 and with dynamic int8. All run in turns; figures are medians. "of machine" is by the faster of two bf16 matrix
products of the same rounds; "off" is the largest difference of a logit from torch in fp32 over all batches.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import sys
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from benchmarks.measure import RESULTS, Timed, interleaved, machine, matrix_steps, table, write
from benchmarks.shapes import BERT, Shape

os.environ.setdefault("HF_HUB_OFFLINE", "1")

Batches = list[NDArray[np.int64]]
Run = Callable[[NDArray[np.int64]], NDArray[np.float32]]
SIZES = ((16, 128), (12, 160), (40, 32), (4, 128), (1, 24))
QUICK = ((2, 32), (1, 24))
VOCABULARY = 2000
CALIBRATION = 32  # batches of NNCF's


def network(layers: int, *, plain: bool = False) -> Any:
    """BERT-base's width with random weights, in float32. plain: attention by its parts, which exporters recognise."""
    import transformers

    torch.manual_seed(0)
    config = transformers.BertConfig(
        vocab_size=VOCABULARY,
        hidden_size=BERT.hidden,
        num_hidden_layers=layers,
        num_attention_heads=BERT.heads,
        intermediate_size=BERT.inner,
        num_labels=6,
        initializer_range=BERT.hidden**-0.5,  # so that layers change what goes through them, and errors show
        attn_implementation="eager" if plain else "sdpa",
    )
    return transformers.BertForSequenceClassification(config).eval().requires_grad_(False)


def openvino_graph(model: Any) -> Any:
    """The product's own graph of this network."""
    from models.backends.openvino_classifier import classifier_graph

    return classifier_graph(model.config, {name: value.numpy() for name, value in model.state_dict().items()})


def by_openvino(graph: Any, precision: str) -> Run:
    from models.backends.openvino_runtime import CompiledGraph
    from models.packing import Batch

    compiled = CompiledGraph(graph, precision=precision, threads=None)

    def run(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        return compiled.infer(Batch(ids, np.ones_like(ids), (ids.shape[1],) * len(ids), "right"), [0])[0]

    return run


def by_nncf(graph: Any) -> Run:
    """Static scales of activations, from random batches: the best case for speed, not for accuracy."""
    import nncf
    import openvino as ov
    from nncf.quantization.advanced_parameters import AdvancedSmoothQuantParameters

    nncf.set_log_level(40)
    # Smoothing makes this graph's logits wrong, and so do products of attention in int8 with bf16 between them.
    attention = [
        node.get_friendly_name()
        for node in graph.get_ops()
        if node.get_type_name() == "MatMul"
        and node.input_value(1).get_node().get_type_name() not in ("Constant", "Convert")
    ]
    plain = nncf.AdvancedQuantizationParameters(smooth_quant_alphas=AdvancedSmoothQuantParameters(matmul=-1))
    random = np.random.default_rng(1)
    samples = [random.integers(5, VOCABULARY, (2, 64)) for _ in range(CALIBRATION)]
    data = nncf.Dataset([{"ids": ids, "mask": np.ones_like(ids)} for ids in samples])
    small = nncf.quantize(
        graph,
        data,
        model_type=nncf.ModelType.TRANSFORMER,
        advanced_parameters=plain,
        ignored_scope=nncf.IgnoredScope(names=attention),
    )
    request = ov.Core().compile_model(small, "CPU", {"PERFORMANCE_HINT": "LATENCY"}).create_infer_request()
    return lambda ids: np.array(request.infer([ids, np.ones_like(ids)])[0])


def by_torch(model: Any, *, compiled: bool = False) -> Run:
    """bf16 weights. compiled: by inductor, for any size of batch."""
    import copy

    run = copy.deepcopy(model).to(torch.bfloat16)
    if compiled:
        run = torch.compile(run, dynamic=True)

    def step(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        with torch.inference_mode():
            return run(input_ids=torch.from_numpy(ids)).logits.float().numpy()  # type: ignore[no-any-return]

    return step


def by_onnx(model: Any, folder: Path, *, int8: bool) -> Run:
    import onnxruntime

    path = folder / "model.onnx"
    if not path.exists():
        from onnxruntime.transformers import optimizer

        ids, exported = torch.ones(2, 16, dtype=torch.long), folder / "exported.onnx"
        axes = {name: {0: "batch", 1: "tokens"} for name in ("ids", "mask")}
        torch.onnx.export(
            model, (ids, torch.ones_like(ids)), exported, input_names=["ids", "mask"], dynamic_axes=axes, dynamo=False
        )
        fused = optimizer.optimize_model(str(exported), "bert", num_heads=BERT.heads, hidden_size=BERT.hidden)
        fused.save_model_to_file(str(path))
    if int8:
        from onnx import TensorProto
        from onnxruntime.quantization import quantize_dynamic

        small = folder / "small.onnx"
        quantize_dynamic(path, small, extra_options={"DefaultTensorType": TensorProto.FLOAT})  # fused ones have no type
        path = small
    options = onnxruntime.SessionOptions()
    options.log_severity_level = 3
    options.add_session_config_entry("session.force_spinning_stop", "1")  # its threads would take time from the others
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    names = [given.name for given in session.get_inputs()]

    def run(ids: NDArray[np.int64]) -> NDArray[np.float32]:
        return session.run(None, dict(zip(names, (ids, np.ones_like(ids)), strict=False)))[0]  # type: ignore[no-any-return]

    return run


def contenders(model: Any, plain: Any, folder: Path) -> dict[str, Run]:
    """Those that this machine can run; why the others cannot is said."""
    graph = openvino_graph(model)
    made: Mapping[str, tuple[tuple[str, ...], Callable[[], Run]]] = {
        "OpenVINO bf16 (ours)": ((), lambda: by_openvino(graph, "bf16")),
        "OpenVINO fp32 (ours)": ((), lambda: by_openvino(graph, "fp32")),
        "OpenVINO int8, NNCF static": (("nncf",), lambda: by_nncf(openvino_graph(model))),
        "torch bf16": ((), lambda: by_torch(model)),
        "torch bf16, torch.compile": ((), lambda: by_torch(model, compiled=True)),
        "ONNX Runtime fp32": (("onnx", "onnxscript", "onnxruntime"), lambda: by_onnx(plain, folder, int8=False)),
        "ONNX Runtime int8, dynamic": (
            ("onnx", "onnxscript", "onnxruntime"),
            lambda: by_onnx(plain, folder, int8=True),
        ),
    }
    found: dict[str, Run] = {}
    for name, (packages, make) in made.items():
        missing = [package for package in packages if importlib.util.find_spec(package) is None]
        if missing:
            print(f"left out: {name}: pip install {' '.join(missing)}", file=sys.stderr)
            continue
        try:
            run = make()
            run(np.full((2, 16), 7, np.int64))
        except Exception as error:  # whatever a foreign exporter or compiler raises: the others still run
            print(f"left out: {name}: {type(error).__name__}: {str(error)[:200]}", file=sys.stderr)
            continue
        found[name] = run
    return found


def figures(
    timed: Mapping[str, Timed], size: tuple[int, int], shape: Shape, rate: float
) -> dict[str, dict[str, float]]:
    posts, length = size
    work = shape.operations([length] * posts)
    return {
        name: {
            "tokens_per_s": posts * length / each.median,
            "of_machine": work / each.median / rate,
            "spread": each.spread,
        }
        for name, each in timed.items()
    }


def plot(result: Mapping[str, Mapping[str, Mapping[str, float]]], path: Path) -> None:
    """Tokens a second of every runtime, by batch."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(figsize=(9, 4), layout="constrained")
    names = list(next(iter(result.values())))
    for at, name in enumerate(names):
        places = [x + at * 0.8 / len(names) for x in range(len(result))]
        axes.bar(places, [line[name]["tokens_per_s"] for line in result.values()], 0.8 / len(names), label=name)
    axes.set_xticks([x + 0.35 for x in range(len(result))], list(result))
    axes.set(ylabel="tokens a second", xlabel="posts x tokens")
    axes.legend(fontsize=7)
    figure.savefig(path, dpi=90)
    pyplot.close(figure)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--layers", type=int, default=4, help="of the network (default %(default)s)")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--quick", action="store_true", help="small batches, two rounds: does it run? Not for figures.")
    parser.add_argument("--out", type=Path, default=RESULTS / "runtimes.json")
    options = parser.parse_args()
    sizes, rounds = (QUICK, 2) if options.quick else (SIZES, options.rounds)
    model = network(options.layers)
    shape = Shape("BERT-base width", BERT.hidden, options.layers, BERT.heads, BERT.inner)
    random = np.random.default_rng(0)
    matrix, operations = matrix_steps()
    found: dict[str, dict[str, dict[str, float]]] = {}
    off: dict[str, float] = {}
    rate = 0.0
    with tempfile.TemporaryDirectory() as folder:
        runs = contenders(model, network(options.layers, plain=True), Path(folder))
        for size in sizes:
            ids = random.integers(5, VOCABULARY, size)
            with torch.inference_mode():
                expected = model(input_ids=torch.from_numpy(ids)).logits.numpy()
            for name, run in runs.items():  # the first run of a size prepares its kernels
                off[name] = max(off.get(name, 0.0), float(np.abs(run(ids) - expected).max()))
            steps = {name: (lambda run=run, ids=ids: run(ids)) for name, run in runs.items()}
            timed = interleaved({**steps, **matrix}, rounds)
            rate = max(operations / timed[name].median for name in matrix)
            found[f"{size[0]} x {size[1]}"] = figures({name: timed[name] for name in runs}, size, shape, rate)
    table(
        f"{options.layers} layers of BERT-base's width: tokens a second (of machine)",
        ("runtime", *found, "off"),
        [
            [
                name,
                *(f"{line[name]['tokens_per_s']:,.0f} ({line[name]['of_machine']:.2f})" for line in found.values()),
                f"{off[name]:.4f}",
            ]
            for name in runs
        ],
        note=f"bf16 matrix product: {rate / 1e12:.2f} TFLOP/s",
    )
    write({"machine": machine(), "layers": options.layers, "batches": found, "off": off}, options.out)
    plot(found, options.out.with_suffix(".png"))
    print(f"{options.out} and {options.out.with_suffix('.png')} written")


if __name__ == "__main__":
    main()
