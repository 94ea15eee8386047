"""Small inputs for the tests of rescoring, and a run over them with the fake model."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from models.fake import FakeModel
from service.rescore.disk import Disk
from service.rescore.run import Options, Summary, rescore
from service.settings import Settings

WORDS = ("idiot", "sheeple", "hello", "you", "there", "table", "nice", "day", "é", "“quoted”")


def rows(count: int, seed: int = 0) -> list[dict[str, Any]]:
    """Comments; every seventh cannot be used."""
    rng = random.Random(seed)
    found = []
    for number in range(count):
        text: object = " ".join(rng.choices(WORDS, k=6)) + f", {number}"
        if number % 7 == 3:
            text = (None, 5, "x" * 300)[number % 3]
        found.append({"id": number, "text": text, "author": f"u{number % 5}", "extra": {"n": [number]}, "toxicity": 2})
    return found


def write_jsonl(path: Path, values: Sequence[Any]) -> Path:
    path.write_text("".join(json.dumps(value) + "\n" for value in values), encoding="utf-8")
    return path


def read_jsonl(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def run(
    source: Path | str, output: Path, disk: Disk | None = None, model: FakeModel | None = None, **options: Any
) -> Summary:
    """Rescore with the fake model; texts of more than 200 characters are too long."""
    settings = Settings(max_characters=200)
    return rescore(Options(str(source), output, **options), settings, model or FakeModel(), disk)


def tree(folder: Path) -> dict[str, bytes]:
    """All files below a folder with their content, but for the manifests' paths of the input."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file()}
