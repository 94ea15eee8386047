"""How well sections are split, kind by kind, beside the baselines: one line a post, blank-line blocks, trafilatura.

usage: python benchmarks/splitting.py [--sections DIR] [--files] [--output FILE]

Matching and averaging are the scorer's that comes with the sections (`score.py` there). Without the folder the benchmark
says so and does nothing.
"""

from __future__ import annotations

import argparse
import importlib.util
import json
import sys
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from service.splitting import Post, SplitError, split_any
from service.splitting.markup import parse

RESULTS = Path(__file__).parent / "results/splitting.json"
Splitter = Callable[[Path], list[dict[str, Any]]]


def scorer(folder: Path) -> ModuleType:
    """The module `score.py` of the folder."""
    spec = importlib.util.spec_from_file_location("sections_score", folder / "score.py")
    if spec is None or spec.loader is None:
        raise SystemExit(f"{folder} holds no score.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def ours(path: Path) -> list[dict[str, Any]]:
    """Posts by this package; none where it refuses the source."""
    try:
        return [_row(post) for post in split_any(path.read_text("utf-8")).posts]
    except SplitError:
        return []


def _row(post: Post) -> dict[str, Any]:
    return {name: value for name, value in asdict(post).items() if name in ("text", "author", "created_at")}


def every_line(path: Path) -> list[dict[str, Any]]:
    """Baseline for plain text."""
    return [{"text": line} for line in path.read_text("utf-8").splitlines() if line.strip()]


def blank_blocks(path: Path) -> list[dict[str, Any]]:
    """Baseline for plain text."""
    blocks = "\n".join(line.strip() for line in path.read_text("utf-8").splitlines()).split("\n\n")
    return [{"text": block} for block in blocks if block.strip()]


def by_trafilatura(path: Path) -> list[dict[str, Any]]:
    """Baseline for pages: the paragraphs of what trafilatura takes for the comments."""
    import trafilatura

    document = trafilatura.bare_extraction(path.read_text("utf-8"), include_comments=True)
    text = (document.as_dict() if document is not None else {}).get("comments") or ""
    return [{"text": line} for line in text.split("\n") if line.strip()]


def run(
    splitter: Splitter, files: list[tuple[str, Any]], folder: Path, score: ModuleType, title: str, each: bool
) -> Any:
    """Totals of one method over the files; prints its table."""
    results = {name: score.score_file(gold, splitter(folder / name)) for name, gold in files}
    return score.report(results, title=title, per_file=each)


def main() -> None:
    """Print the tables, write the totals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sections", type=Path, default=Path(__file__).parent.parent.parent / "shared/sections")
    parser.add_argument("--output", type=Path, default=RESULTS)
    parser.add_argument("--files", action="store_true", help="one line per file as well")
    options = parser.parse_args()
    folder: Path = options.sections
    if not (folder / "score.py").is_file():
        print(f"skipped: {folder} is not there")
        return
    score = scorer(folder)
    golds = [(name, gold) for name, gold in score.golds(str(folder)) if (folder / name).is_file()]
    left_out = [name for name, _ in score.golds(str(folder)) if not (folder / name).is_file()]
    plain = [item for item in golds if item[0].endswith(".txt")]
    pages = [
        item for item in golds if item[0].endswith(".html") and parse((folder / item[0]).read_text("utf-8")) is not None
    ]
    totals = {
        "files": len(golds),
        "left_out": left_out,
        "python": sys.version.split()[0],
        "lxml": version("lxml"),
        "civility": run(ours, golds, folder, score, "civility", options.files),
        "every line (plain text)": run(every_line, plain, folder, score, "every line a post (plain text)", False),
        "blank-line blocks (plain text)": run(
            blank_blocks, plain, folder, score, "blank-line blocks (plain text)", False
        ),
    }
    if importlib.util.find_spec("trafilatura"):
        totals["trafilatura (pages)"] = run(by_trafilatura, pages, folder, score, "trafilatura (pages)", False)
    else:
        print("trafilatura is not installed: its column is left out")
    if left_out:
        print("left out, since they are folders and no single source:", ", ".join(left_out))
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(totals, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main()
