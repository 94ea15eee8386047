"""Average the weights of two runs, of which the second went on from the first.

    python -m models.training.blend --first runs/first --second runs/second --share 0.5 --out runs/small

The second stage learns our own templates and forgets a little of the sources; a point between the two keeps most of
both. Source: Wortsman et al. (2022), "Robust fine-tuning of zero-shot models" (WiSE-FT).
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from safetensors.torch import save_file

from models.training.export import weights_of


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--first", type=Path, required=True)
    parser.add_argument("--second", type=Path, required=True)
    parser.add_argument("--share", type=float, default=0.5, help="share of the second run, 0 to 1")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    if not 0.0 <= options.share <= 1.0:
        parser.error(f"--share: expected 0 to 1, got {options.share}")
    first, second = weights_of(options.first), weights_of(options.second)
    options.out.mkdir(parents=True, exist_ok=True)
    mixed = {name: ((1 - options.share) * first[name] + options.share * second[name]).contiguous() for name in first}
    save_file(mixed, options.out / "model.safetensors")
    stages = {
        name: json.loads((run / "config.json").read_text())
        for name, run in vars(options).items()
        if name in ("first", "second")
    }
    (options.out / "config.json").write_text(json.dumps({**stages, "share": options.share}, indent=1))


if __name__ == "__main__":
    main()
