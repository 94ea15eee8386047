"""Never lost, never twice: ended at any step and called again, a run gives what an unbroken one gives."""

from __future__ import annotations

import random
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from service.rescore.disk import Disk
from tests.rescore.support import rows, run, tree, write_jsonl


class Crash(BaseException):
    """The end of a process, as far as one process can play it: nothing catches it, and no cleaning up is done."""


class Fragile(Disk):
    """Ends the run at the step of that number."""

    def __init__(self, at: int) -> None:
        self.steps = 0
        self._at = at
        super().__init__(self._step)

    def _step(self, _: str) -> None:
        self.steps += 1
        if self.steps == self._at:
            raise Crash


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_jsonl(tmp_path_factory.mktemp("input") / "in.jsonl", rows(22))


@pytest.mark.parametrize("name", ["out.csv", "out"])
def test_a_crash_at_every_step(source: Path, tmp_path: Path, name: str) -> None:
    whole = tmp_path / "whole"
    whole.mkdir()
    counting = Fragile(-1)
    expected = run(source, whole / name, counting, part_rows=8)
    assert expected.counts.rejected == 3
    for at in range(1, counting.steps + 1):
        broken = tmp_path / f"broken-{at}"
        broken.mkdir()
        with pytest.raises(Crash):
            run(source, broken / name, Fragile(at), part_rows=8)
        again = run(source, broken / name, part_rows=8)
        assert again.counts == expected.counts, f"step {at}"
        assert tree(broken) == tree(whole), f"step {at}"


def test_two_crashes_and_a_restart(source: Path, tmp_path: Path) -> None:
    expected = run(source, tmp_path / "whole.jsonl", part_rows=8)
    counting = Fragile(-1)
    run(source, tmp_path / "again.jsonl", counting, part_rows=8)
    for at in range(1, counting.steps + 1, 3):
        with pytest.raises(Crash):
            run(source, tmp_path / "again.jsonl", Fragile(at), part_rows=8, restart=True)
        with suppress(Crash):  # none where the first crash came before anything was removed
            run(source, tmp_path / "again.jsonl", Fragile(3), part_rows=8)
        assert run(source, tmp_path / "again.jsonl", part_rows=8).counts == expected.counts
        assert (tmp_path / "again.jsonl").read_bytes() == (tmp_path / "whole.jsonl").read_bytes()


def test_kill_9_at_random_points(source: Path, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    run(source, tmp_path / "whole" / "out.parquet", part_rows=8)
    (tmp_path / "killed").mkdir()
    output = tmp_path / "killed" / "out.parquet"
    rng = random.Random(8)
    killed = 0
    for _ in range(4):
        command = [sys.executable, "-m", "tests.rescore.killed", str(source), str(output)]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(rng.randint(1, 9)):
                process.stdout.readline()
            process.kill()
        killed += process.returncode == -9
    assert killed
    run(source, output, part_rows=8)
    assert tree(tmp_path / "killed") == tree(tmp_path / "whole")
