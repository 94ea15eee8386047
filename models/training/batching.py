"""Texts to padded tensors for training, and a network run over them: what every stage shares."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from tqdm import tqdm

from models.training.data import Spans
from models.training.network import LABELS, Classifier

#: Padded lengths of batches. Few shapes, since memory grows with their number; the last one is the longest input.
LENGTHS = (16, 32, 48, 64, 96, 128, 160)
BATCH_TOKENS = 8192


@dataclass(frozen=True)
class Item:
    """One tokenised row: ids with [CLS] and [SEP], and per token 1, 0 or NaN (nobody marked spans)."""

    row: int
    ids: list[int]
    toxic: NDArray[np.float32] | None


def tokenise(
    tokenizer: Tokenizer, texts: Sequence[str], spans: Iterable[Spans | None], length: int = LENGTHS[-1]
) -> list[Item]:
    """Tokenise texts, cut to `length` tokens (training only; the service windows instead)."""
    tokenizer.no_padding()
    tokenizer.enable_truncation(length)
    items = []
    for row, (encoding, marked) in enumerate(zip(tokenizer.encode_batch(list(texts)), spans, strict=True)):
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


def batches(
    items: Sequence[Item], rng: random.Random, tokens: int = BATCH_TOKENS, lengths: Sequence[int] = LENGTHS
) -> Iterator[tuple[int, list[Item]]]:
    """Yield (padded length, items): every item once, in random order, at most `tokens` padded tokens (or one item)."""
    groups: dict[int, list[Item]] = {length: [] for length in lengths}
    for item in items:
        groups[next(n for n in lengths if len(item.ids) <= n)].append(item)
    plan = []
    for length, group in groups.items():
        rng.shuffle(group)
        size = max(1, tokens // length)
        plan += [(length, group[at : at + size]) for at in range(0, len(group), size)]
    rng.shuffle(plan)
    yield from plan


def collate(length: int, items: Sequence[Item]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
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


def run_over(
    model: Classifier, items: Sequence[Item], *, progress: str | None = None
) -> tuple[NDArray[np.float32], list[NDArray[np.float32]]]:
    """Sentence logits [n, labels] and, per item, token probabilities [tokens of the item]; in the items' order.

    `progress`: what the progress bar is called; None shows none.
    """
    logits = np.zeros((len(items), len(LABELS)), np.float32)
    tokens: list[NDArray[np.float32]] = [np.zeros(0, np.float32)] * len(items)
    where = {id(item): at for at, item in enumerate(items)}
    device = next(model.parameters()).device
    model.eval()
    plan = list(batches(items, random.Random(0)))
    with torch.inference_mode(), torch.autocast(device.type, dtype=torch.bfloat16):
        for length, part in tqdm(plan, desc=progress, disable=progress is None, mininterval=5):
            ids, mask, _ = collate(length, part)
            sentence, token = model(ids.to(device), mask.to(device))
            probabilities = torch.sigmoid(token.float()).cpu().numpy()
            for at, item in enumerate(part):
                logits[where[id(item)]] = sentence[at].float().cpu().numpy()
                tokens[where[id(item)]] = probabilities[at, : len(item.ids)]
    model.train()
    return logits, tokens
