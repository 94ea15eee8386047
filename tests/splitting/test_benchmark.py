"""The splitting benchmark on a folder of one file, and without a folder."""

import json
import subprocess
import sys
from pathlib import Path

SCRIPT = Path(__file__).parent.parent.parent / "benchmarks/splitting.py"
SCORER = """
def golds(root):
    return [("kind/a.txt", {"posts": [{"text": "one"}, {"text": "two"}]}), ("kind/folder", {"posts": [{"text": "three"}]})]

def score_file(gold, posts):
    return {"right": sum(a["text"] == b["text"] for a, b in zip(gold["posts"], posts))}

def report(results, title="", per_file=False):
    print(title, results)
    return {name: result["right"] for name, result in results.items()}
"""


def run(sections: Path, output: Path) -> str:
    command = [sys.executable, str(SCRIPT), "--sections", str(sections), "--output", str(output)]
    root = SCRIPT.parent.parent
    done = subprocess.run(
        command, check=True, capture_output=True, text=True, cwd=root, env={"PYTHONPATH": str(root)}, timeout=120
    )
    return done.stdout


def test_without_the_folder_it_says_so(tmp_path: Path) -> None:
    assert run(tmp_path / "missing", tmp_path / "out.json").startswith("skipped: ")
    assert not (tmp_path / "out.json").exists()


def test_totals_are_written(tmp_path: Path) -> None:
    (tmp_path / "score.py").write_text(SCORER)
    (tmp_path / "kind").mkdir()
    (tmp_path / "kind/a.txt").write_text(
        "Anna says:\nMay 1, 2020 at 1:00 pm\none\n\nBob says:\nMay 1, 2020 at 1:01 pm\ntwo\n"
    )
    (tmp_path / "kind/folder").mkdir()
    (tmp_path / "kind/folder/comment-1.yml").write_text("_id: a\nname: Anna\nmessage: three\n")
    run(tmp_path, tmp_path / "out.json")
    totals = json.loads((tmp_path / "out.json").read_text())
    assert totals["civility"] == {"kind/a.txt": 2, "kind/folder": 1}
    assert totals["every line (plain text)"] == {"kind/a.txt": 0}
