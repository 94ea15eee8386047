"""A run in a process of its own, which prints each step on the disk: python -m tests.rescore.killed INPUT OUTPUT."""

from __future__ import annotations

import sys
from pathlib import Path

from service.rescore.disk import Disk
from tests.rescore.support import run

if __name__ == "__main__":
    run(sys.argv[1], Path(sys.argv[2]), Disk(lambda step: print(step, flush=True)), part_rows=8)
