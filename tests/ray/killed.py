"""A driver in a process of its own, which prints each step on the disk: python -m tests.ray.killed ADDRESS INPUT OUTPUT."""

from __future__ import annotations

import sys
from pathlib import Path

from service.rescore.disk import Disk
from tests.ray.support import run_on

if __name__ == "__main__":
    run_on(
        sys.argv[1], sys.argv[2], Path(sys.argv[3]), Disk(lambda step: print(step, flush=True)), workers=2, part_rows=8
    )
