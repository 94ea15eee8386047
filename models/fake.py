"""FakeModel: the Model protocol without weights. Scores come from a small table of words, so that a test can say what a
post must score; faults, a gate and a record of the runs let a test drive the engine without sleeping.
"""

from __future__ import annotations

import re
import threading
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

import numpy as np

from models.backends.base import BackendError, OutOfMemory
from models.card import ModelCard
from models.types import Attribution, Encoded, Scores, Window, WindowScores

LABELS = ("toxicity", "severe_toxicity", "obscene", "threat", "insult", "identity_attack", "conspiracy")
WORDS: Mapping[str, Mapping[str, float]] = {
    "idiot": {"toxicity": 4.0, "insult": 4.0},
    "pathetic": {"toxicity": 2.5, "insult": 3.0},
    "damn": {"toxicity": 1.0, "obscene": 3.0},
    "destroy": {"toxicity": 2.0, "threat": 4.0},
    "sheeple": {"insult": 1.0, "conspiracy": 4.0},
}
BASE_LOGIT = -4.0
START, END = 1, 2
_TOKEN = re.compile(r"\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Fault:
    """What a word makes the model do: raise `error` in `stage`. A BaseException that is no Exception kills the thread."""

    stage: Literal["encode", "run", "decode"]
    error: BaseException


class FakeModel:
    """A deterministic classifier over words.

    words: word -> label -> logit; a label's logit is the highest of the window's words, else -4. faults: word -> what a
    post with it causes. window and stride are in tokens, as in `ModelCard`. memory: padded tokens from above which a batch
    raises `OutOfMemory`. in_flight, parallel: see `models.model.PipelinedModel` and `ParallelModel`.

    `gate` is open at first; while a test clears it, `run` blocks. `entered` is released once at the start of every run.
    `runs` holds the window lengths of each run that was started, in order; `submitted` counts the calls of `submit`.
    """

    device = "cpu"
    precision = "fp32"

    def __init__(
        self,
        words: Mapping[str, Mapping[str, float]] = WORDS,
        faults: Mapping[str, Fault] | None = None,
        *,
        labels: Sequence[str] = LABELS,
        window: int = 128,
        stride: int = 32,
        version: str = "1",
        memory: int | None = None,
        in_flight: int = 1,
        parallel: int = 1,
    ) -> None:
        self.card = ModelCard(
            name="fake",
            version=version,
            labels=tuple(labels),
            activation="sigmoid",
            window=window,
            stride=stride,
            token_head=True,
        )
        self.gate = threading.Event()
        self.gate.set()
        self.entered = threading.Semaphore(0)
        self.runs: list[tuple[int, ...]] = []
        self.encoded_posts = 0
        self.submitted = 0
        self.in_flight = in_flight
        self.parallel = parallel
        self.memory = memory
        self._closed = False
        self._faults: dict[str, dict[str, BaseException]] = {"encode": {}, "run": {}, "decode": {}}
        for word, fault in (faults or {}).items():
            self._faults[fault.stage][word] = fault.error
        self._run_faults = {_token_id(word): error for word, error in self._faults["run"].items()}
        self._rows: dict[int, np.ndarray[tuple[int], np.dtype[np.float32]]] = {}
        for word, logits in words.items():
            row = np.full(len(labels), BASE_LOGIT, np.float32)
            for label, logit in logits.items():
                if label in labels:
                    row[list(labels).index(label)] = logit
            self._rows[_token_id(word)] = row

    def encode(self, texts: Sequence[str]) -> list[Encoded]:
        """Split into words and windows; nothing is cut."""
        self.encoded_posts += len(texts)
        return [self._encode(text) for text in texts]

    def run(self, windows: Sequence[Window]) -> list[WindowScores]:
        """Score windows in order. Raises the fault of a word, or `BackendError` once closed."""
        self.runs.append(tuple(len(window) for window in windows))
        self.entered.release()
        self.gate.wait()
        if self._closed:
            raise BackendError("the model is closed")
        if self.memory is not None and len(windows) * max(map(len, windows)) > self.memory:
            raise OutOfMemory("the batch is too large for this fake")
        return [self._score(window) for window in windows]

    def submit(self, windows: Sequence[Window]) -> Callable[[], list[WindowScores]]:
        """Start a batch: it runs when its answer is collected."""
        self.submitted += 1
        return partial(self.run, windows)

    def decode(self, encoded: Encoded, scores: Sequence[WindowScores]) -> Scores:
        """Per label the highest probability over the windows; spans where a token of its own is above one half."""
        _raise_for(encoded.text, self._faults["decode"])
        logits = np.max([window.logits for window in scores], axis=0)
        values = {label: float(value) for label, value in zip(self.card.labels, _sigmoid(logits), strict=True)}
        spans: dict[tuple[int, int], float] = {}
        for window, window_scores in zip(encoded.windows, scores, strict=True):
            if window_scores.token_logits is None:
                continue
            weights = _sigmoid(window_scores.token_logits)
            for (start, end), weight in zip(window.offsets.tolist(), weights.tolist(), strict=True):
                if weight >= self.card.token_threshold:
                    spans[start, end] = weight
        return Scores(values, tuple(Attribution(start, end, weight) for (start, end), weight in sorted(spans.items())))

    def attribute(self, encoded: Encoded, scores: Scores, label: str) -> tuple[Attribution, ...]:
        """The spans of words whose own logit for `label` is above zero."""
        column = self.card.labels.index(label)
        spans = {
            (start, end)
            for window in encoded.windows
            for token, (start, end) in zip(window.ids.tolist(), window.offsets.tolist(), strict=True)
            if token in self._rows and self._rows[token][column] > 0
        }
        return tuple(Attribution(start, end, scores.values[label]) for start, end in sorted(spans))

    def close(self) -> None:
        """Later runs raise `BackendError`."""
        self._closed = True
        self.gate.set()

    def _encode(self, text: str) -> Encoded:
        _raise_for(text, self._faults["encode"])
        tokens = [(_token_id(found[0]), *found.span()) for found in _TOKEN.finditer(text)]
        body, step = self.card.window - 2, self.card.window - 2 - self.card.stride
        starts = range(0, max(1, len(tokens) - self.card.stride), step)
        return Encoded(text, tuple(_window(tokens[at : at + body], index) for index, at in enumerate(starts)))

    def _score(self, window: Window) -> WindowScores:
        ids = window.ids.tolist()
        for token in ids:
            if token in self._run_faults:
                raise self._run_faults[token]
        rows = [self._rows[token] for token in ids if token in self._rows]
        logits = np.max(rows, axis=0) if rows else np.full(len(self.card.labels), BASE_LOGIT, np.float32)
        own = [self._rows[token].max() if token in self._rows else BASE_LOGIT for token in ids]
        return WindowScores(logits, np.array(own, np.float32))


def _token_id(word: str) -> int:
    """The same id in every process; 0 to 2 are left to padding and the special tokens."""
    return 3 + zlib.crc32(word.lower().encode("utf-8", "surrogatepass"))


def _window(tokens: Sequence[tuple[int, int, int]], index: int) -> Window:
    ids = [START, *(token for token, _, _ in tokens), END]
    offsets = [(0, 0), *((start, end) for _, start, end in tokens), (0, 0)]
    return Window(np.array(ids, np.int64), np.array(offsets, np.int32), index)


def _raise_for(text: str, faults: Mapping[str, BaseException]) -> None:
    for word, error in faults.items():
        if word in text:
            raise error


def _sigmoid(logits: np.ndarray[tuple[int], np.dtype[np.float32]]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    return np.asarray(1.0 / (1.0 + np.exp(-logits)), np.float32)
