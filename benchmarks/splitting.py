"""How well sections are split, kind by kind, beside the baselines: one line a post, blank-line blocks, trafilatura.

usage: python benchmarks/splitting.py [--sections DIR] [--files] [--output FILE] [--plot FILE] [--only PREFIX]

Pages are read in three ways: as the service does; without the selectors of known platforms, by repeated structure alone;
and so with every class, id and item type of the page replaced by a meaningless one, which is the hardest test of the rest.

Matching and averaging are the scorer's that comes with the sections (`score.py` there). Without the folder the benchmark
says so and does nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import importlib.util
import json
import sys
import time
from collections.abc import Callable
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from types import ModuleType
from typing import Any

from lxml import etree, html

from service.split_command import read_source
from service.splitting import Post, Section, SplitError, decode, split_any, split_html
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
    return _rows(lambda: split_any(decode(read_source(str(path)))))


def without_selectors(path: Path) -> list[dict[str, Any]]:
    """Pages by repeated structure alone."""
    return _rows(lambda: split_html(decode(path.read_bytes()), selectors=False))


def without_names(path: Path) -> list[dict[str, Any]]:
    """As `without_selectors`, and nothing on the page is called what it is."""
    return _rows(lambda: split_html(nameless(decode(path.read_bytes())), selectors=False))


def nameless(markup: str) -> str:
    """A page whose classes and ids are hashes (the digits at the end of an id stay), without item properties."""
    root = parse(markup)
    if root is None:
        return markup
    for node in root.iter(etree.Element):
        for name in ("itemprop", "itemtype", "rel", "role", "data-testid", "data-role", "data-author", "data-username"):
            node.attrib.pop(name, None)
        if "class" in node.attrib:
            node.set("class", " ".join(_hash(word) for word in node.get("class").split()))
        for name in ("id", "name"):
            if name in node.attrib:
                stem = node.get(name).rstrip("0123456789")
                node.set(name, _hash(stem) + node.get(name)[len(stem) :])
    return html.tostring(root, encoding="unicode")


def _hash(word: str) -> str:
    """Letters only, so that nothing in it is a word or a number."""
    digest = hashlib.sha256(word.encode("utf-8", "replace")).digest()[:6]
    return "z" + "".join("bcdfghjklmnpqrst"[byte % 16] + "z" for byte in digest)


def _rows(split: Callable[[], Section]) -> list[dict[str, Any]]:
    try:
        return [_row(post) for post in split().posts]
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
    parser.add_argument("--only", default="", metavar="PREFIX", help="only kinds that begin so, such as wordpress")
    parser.add_argument("--plot", type=Path, help="draw F1 per kind and method into this file (needs matplotlib)")
    options = parser.parse_args()
    folder: Path = options.sections
    if not (folder / "score.py").is_file():
        print(f"skipped: {folder} is not there")
        return
    score = scorer(folder)
    golds = [item for item in score.golds(str(folder)) if item[0].startswith(options.only)]
    plain = [item for item in golds if item[0].endswith(".txt")]
    pages = [item for item in golds if item[0].endswith(".html")]
    methods: list[tuple[str, Splitter, list[tuple[str, Any]]]] = [
        ("civility", ours, golds),
        ("civility without selectors (pages)", without_selectors, pages),
        ("civility without selectors and names (pages)", without_names, pages),
        ("every line (plain text)", every_line, plain),
        ("blank-line blocks (plain text)", blank_blocks, plain),
    ]
    if importlib.util.find_spec("trafilatura"):
        methods.append(("trafilatura (pages)", by_trafilatura, pages))
    else:
        print("trafilatura is not installed (pip install 'civility[bench]'): its column is left out")
    totals: dict[str, Any] = {"files": len(golds), "python": sys.version.split()[0], "lxml": version("lxml")}
    for title, splitter, files in methods:
        if files:
            started = time.process_time()
            totals[title] = run(splitter, files, folder, score, title, options.files and title.startswith("civility"))
            print(f"{title}: {time.process_time() - started:.1f} s of processor time with the scoring\n")
    options.output.parent.mkdir(parents=True, exist_ok=True)
    options.output.write_text(json.dumps(totals, indent=1) + "\n", "utf-8")
    if options.plot:
        plot(totals, options.plot)


def plot(totals: dict[str, Any], path: Path) -> None:
    """Mean file F1 per kind, a bar per method."""
    import matplotlib

    matplotlib.use("Agg")
    from matplotlib import pyplot

    methods = [title for title, value in totals.items() if isinstance(value, dict) and "kinds" in value]
    kinds = [kind for kind, row in totals["civility"]["kinds"].items() if row["gold"]]
    figure, axes = pyplot.subplots(figsize=(9, 0.45 * len(kinds) + 1.5), layout="constrained")
    height = 0.8 / len(methods)
    for place, title in enumerate(methods):
        rows = totals[title]["kinds"]
        at = [(index + place * height, rows[kind]["file_f1"]) for index, kind in enumerate(kinds) if kind in rows]
        axes.barh([y for y, _ in at], [value for _, value in at], height, label=title)
    axes.set_yticks([index + 0.4 - height / 2 for index in range(len(kinds))], kinds)
    axes.invert_yaxis()
    axes.set_xlim(0, 1)
    axes.set_xlabel("mean F1 of found posts per file")
    figure.legend(loc="outside upper center", ncols=2, frameon=False)
    figure.savefig(path, dpi=120)
    pyplot.close(figure)
    print(f"plot: {path}")


if __name__ == "__main__":
    main()
