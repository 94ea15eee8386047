"""Compare ways to say which characters carried a score, on annotated toxic spans: quality and cost.

    python -m models.training.spans --run runs/small --encoder FOLDER --data ../shared/data [--occlusion-rows 150]

Character F1 as in SemEval-2021 task 5 (both empty count 1, one empty 0), mean over the development rows with annotations, and
seconds as a multiple of scoring the same rows:

- token head: one logit a token, learnt from annotations; free, since the pass that scores computes it.
- gradient: gradient of the toxicity logit by the input embeddings, times the embeddings, summed over the width (Simonyan et
  al., 2014; Shrikumar et al., 2016): one more pass forwards and one backwards.
- occlusion: what the toxicity logit loses when a word is masked (Zeiler and Fergus, 2014): a pass for each word, so only on
  `--occlusion-rows` rows.

A token's value counts as toxic from a threshold on: for the head of its probability, for the others of its share of the
post's highest value, where the post's own toxicity is at least 0.5 (else no span). Thresholds are the best of a grid on
the even rows, figures are of the odd rows and the other way round, so no row is judged by a threshold that saw it.
Writes `spans.json` into the run's folder.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
from collections.abc import Callable, Sequence
from pathlib import Path

os.environ.setdefault("HF_HUB_OFFLINE", "1")

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer
from tqdm import tqdm

from models.training.batching import LENGTHS, Item, batches, collate, run_over, tokenise
from models.training.data import load
from models.training.evaluate import character_f1, model_of
from models.training.network import LABELS, Classifier

Values = NDArray[np.float32]
TOXICITY = LABELS.index("toxicity")
GRID = tuple(round(0.05 * i, 2) for i in range(1, 20))


def gradients(model: Classifier, items: Sequence[Item]) -> list[Values]:
    """Gradient times input of the toxicity logit, one value a token, in the items' order."""
    result: list[Values] = [np.zeros(0, np.float32)] * len(items)
    where = {id(item): at for at, item in enumerate(items)}
    embeddings = model.encoder.get_input_embeddings()  # type: ignore[operator]  # a transformers model
    kept: list[torch.Tensor] = []

    def keep(_module: object, _inputs: object, output: torch.Tensor) -> torch.Tensor:
        kept[:] = [output.detach().requires_grad_()]
        return kept[0]

    handle = embeddings.register_forward_hook(keep)
    try:
        for length, part in tqdm(list(batches(items, random.Random(0))), desc="gradients", mininterval=5):
            ids, mask, _ = collate(length, part)
            with torch.autocast("cpu", dtype=torch.bfloat16):
                logits, _ = model(ids, mask)
            (slope,) = torch.autograd.grad(logits[:, TOXICITY].sum(), kept[0])
            values = (slope.float() * kept[0].float()).sum(-1).detach().numpy()
            for at, item in enumerate(part):
                result[where[id(item)]] = values[at, : len(item.ids)]
    finally:
        handle.remove()
    return result


def occlusions(model: Classifier, items: Sequence[Item], encodings: Sequence[Encoding], mask_id: int) -> list[Values]:
    """What the toxicity logit loses when each word in turn is masked, one value a token."""
    variants: list[Item] = []
    words: list[tuple[int, list[int]]] = []
    for row, (item, encoding) in enumerate(zip(items, encodings, strict=True)):
        variants.append(Item(row, item.ids, None))
        words.append((row, []))
        ids = encoding.word_ids
        for word in sorted({w for w in ids if w is not None}):
            at = [i for i, w in enumerate(ids) if w == word]
            variants.append(Item(row, [mask_id if i in at else token for i, token in enumerate(item.ids)], None))
            words.append((row, at))
    logits = run_over(model, variants, progress="occlusion")[0][:, TOXICITY]
    result = [np.zeros(len(item.ids), np.float32) for item in items]
    whole = dict(zip([row for row, at in words if not at], logits[[not at for _, at in words]], strict=True))
    for (row, at), logit in zip(words, logits, strict=True):
        result[row][at] = whole[row] - logit
    return result


def relative(values: Values, toxic: bool) -> Values:
    """Shares of the post's highest value; nothing where the post is not toxic or nothing speaks for it."""
    top = float(values.max(initial=0.0))
    if not toxic or top <= 0:
        return np.zeros_like(values)
    return (np.maximum(values, 0.0) / top).astype(np.float32)


def characters(offsets: Sequence[tuple[int, int]], values: Values, threshold: float) -> set[int]:
    """Characters of the tokens at the threshold; the gap between two such tokens belongs to the span."""
    found: set[int] = set()
    last = -2
    for (start, end), value in zip(offsets, values, strict=True):
        if end > start and value >= threshold:
            found.update(range(last if 0 <= start - last <= 1 else start, end))
            last = end
    return found


def cross_f1(encodings: Sequence[Encoding], values: Sequence[Values], gold: Sequence[set[int]]) -> float:
    """Mean character F1, each half of the rows at the threshold that is best for the other half."""
    scores = np.array(
        [
            [character_f1(characters(e.offsets, v, t), g) for t in GRID]
            for e, v, g in zip(encodings, values, gold, strict=True)
        ]
    )
    even = np.arange(len(scores)) % 2 == 0
    halves = [(even, ~even), (~even, even)]
    return float(sum(scores[test][:, scores[choose].mean(0).argmax()].sum() for choose, test in halves) / len(scores))


def timed(work: Callable[[], list[Values]]) -> tuple[list[Values], float]:
    begun = time.process_time()
    return work(), time.process_time() - begun


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--encoder", type=Path, required=True)
    parser.add_argument("--data", default="../shared/data")
    parser.add_argument("--occlusion-rows", type=int, default=150)
    options = parser.parse_args()
    tokenizer = Tokenizer.from_file(str(options.encoder / "tokenizer.json"))
    mask_id = tokenizer.token_to_id("[MASK]")
    if mask_id is None:
        parser.error("--encoder: its vocabulary has no [MASK]")
    model = model_of(options.run, options.encoder)
    rows = load(options.data, "dev")
    marked = [(text, spans) for text, spans in zip(rows.texts, rows.spans, strict=True) if spans is not None]
    gold = [{c for a, b in spans for c in range(a, b)} for _, spans in marked]
    texts = [text for text, _ in marked]
    items = tokenise(tokenizer, texts, [None] * len(texts))
    tokenizer.no_padding()
    tokenizer.enable_truncation(LENGTHS[-1])
    encodings = tokenizer.encode_batch(texts)

    begun = time.process_time()
    logits, heads = run_over(model, items, progress="scores")
    scoring = time.process_time() - begun
    toxic = (logits[:, TOXICITY] >= 0).tolist()
    slopes, slope_time = timed(lambda: gradients(model, items))
    few = list(range(min(options.occlusion_rows, len(items))))
    model.eval()
    masked, masked_time = timed(
        lambda: occlusions(model, [items[i] for i in few], [encodings[i] for i in few], mask_id)
    )
    share = sum(len(items[i].ids) for i in few) / sum(len(item.ids) for item in items)

    def of(values: Sequence[Values], at: Sequence[int]) -> float:
        return cross_f1([encodings[i] for i in at], values, [gold[i] for i in at])

    every = list(range(len(items)))
    relatives = [relative(v, t) for v, t in zip(slopes, toxic, strict=True)]
    table = {
        "token head": {"rows": len(every), "f1": of(heads, every), "cost": 0.0},
        "gradient": {"rows": len(every), "f1": of(relatives, every), "cost": slope_time / scoring},
        "token head, same rows": {"rows": len(few), "f1": of([heads[i] for i in few], few), "cost": 0.0},
        "gradient, same rows": {
            "rows": len(few),
            "f1": of([relatives[i] for i in few], few),
            "cost": slope_time / scoring,
        },
        "occlusion": {
            "rows": len(few),
            "f1": of([relative(v, toxic[i]) for v, i in zip(masked, few, strict=True)], few),
            "cost": masked_time / (scoring * share),
        },
    }
    print(f"\n{'':24s}{'rows':>6s}{'F1':>8s}{'cost':>8s}  (of scoring)")
    for name, line in table.items():
        print(f"{name:24s}{line['rows']:6d}{line['f1']:8.4f}{line['cost']:8.2f}")
    (options.run / "spans.json").write_text(json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
