"""Rescoring on a cluster gives what rescoring here gives, also where a node or the driver is lost."""

from __future__ import annotations

import gzip
import random
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from pyarrow import parquet
from typer.testing import CliRunner

from models.errors import ModelError
from models.fake import FakeModel
from models.model import Model
from service import cli
from service.rescore.changes import compare
from service.rescore.disk import Disk
from service.rescore.errors import InputError, RescoreError
from service.rescore.run import Options, rescore
from service.settings import Settings
from tests.ray.support import note, notes, open_telling, run_on, wait_for
from tests.rescore.support import read_jsonl, rows, run, tree, write_jsonl


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """300 comments; one of the last has the word at which a `TellingModel` may stop."""
    found = rows(300)
    found[295]["text"] = "stop"
    return write_jsonl(tmp_path_factory.mktemp("input") / "in.jsonl", found)


@pytest.fixture(scope="module")
def strict(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """With a policy of the site's own."""
    path = tmp_path_factory.mktemp("policy") / "strict.toml"
    path.write_text('name = "strict"\nversion = "3"\n[terms]\nblock = ["table"]\n')
    return Settings(max_characters=200, policy=(path,))


@pytest.fixture(scope="module")
def local(source: Path, strict: Settings, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the local engine wrote `out.jsonl`."""
    folder = tmp_path_factory.mktemp("local")
    rescore(Options(str(source), folder / "out.jsonl", part_rows=20), strict, FakeModel())
    return folder


def test_the_same_output_and_manifest(
    cluster: Any, source: Path, strict: Settings, local: Path, tmp_path: Path
) -> None:
    told = tmp_path / "told"
    told.mkdir()
    note(told / "go", "")
    output = tmp_path / "out" / "out.jsonl"
    output.parent.mkdir()
    summary = run_on(cluster, source, output, open_model=open_telling(told), settings=strict, part_rows=20)
    assert tree(output.parent) == tree(local)
    assert (summary.counts.rows, summary.counts.rejected) == (300, 43)
    blocked = [row for row in read_jsonl(output) if "table" in row["text"]]
    assert {(row["action"], row["policy"]) for row in blocked} == {("reject", "strict 3")}
    # One process asks what the model is; each of the two workers opens it once, and both have work.
    assert len(notes(told / "opened")) == 3
    assert len(set(notes(told / "ran"))) == 2
    # What one engine has written is finished for the other one.
    assert rescore(Options(str(source), output, part_rows=20), strict, FakeModel()).already
    assert compare(output, local / "out.jsonl").changed == 0


def test_a_node_is_lost(cluster: Any, source: Path, strict: Settings, local: Path, tmp_path: Path) -> None:
    """It goes with its worker and what that works on, and no other node has room for one more; those that are left do
    the rest."""
    told = tmp_path / "told"
    told.mkdir()
    output = tmp_path / "out" / "out.jsonl"
    output.parent.mkdir()
    cluster.add_node(num_cpus=1)
    opened: list[int] = []

    def watch(step: str) -> None:
        if step == "write part-000000.jsonl":
            wait_for(told / "stopped")
            (lost,) = (node for node in cluster.worker_nodes if node.node_id in notes(told / "stopped"))
            cluster.remove_node(lost, allow_graceful=False)
            opened.append(len(notes(told / "opened")))
            note(told / "go", "")

    run_on(cluster, source, output, Disk(watch), open_telling(told), strict, part_rows=20)
    assert tree(output.parent) == tree(local)
    assert len(notes(told / "opened")) > opened[0]


def test_the_driver_is_killed(cluster: Any, source: Path, tmp_path: Path) -> None:
    (tmp_path / "whole").mkdir()
    run(source, tmp_path / "whole" / "out", part_rows=8)
    output = tmp_path / "killed" / "out"
    output.parent.mkdir()
    command = [sys.executable, "-m", "tests.ray.killed", cluster.address, str(source), str(output)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        for _ in range(20):
            process.stdout.readline()
        process.kill()
    assert process.returncode == -9
    assert 0 < len(list(output.glob("part-*"))) < 300 // 8
    run_on(cluster, source, output, part_rows=8)
    assert tree(tmp_path / "killed") == tree(tmp_path / "whole")


def test_the_workers_wait_for_the_writer(cluster: Any, tmp_path: Path) -> None:
    """What is read and judged ahead of the output is bounded by its bytes, whatever the input's length."""
    told = tmp_path / "told"
    told.mkdir()
    text = "hello there " * 4000
    parquet.write_table(pa.table({"text": [f"{row} {text}" for row in range(800)]}), tmp_path / "in.parquet")
    windows = len(FakeModel().encode([text])[0].windows)
    judged: list[float] = []

    def watch(step: str) -> None:
        if step == "write part-000000.jsonl":
            before = -1.0
            while before < (now := sum(map(int, notes(told / "windows"))) / windows):
                before = now
                threading.Event().wait(2)
            judged.append(before)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run_on(
            cluster,
            tmp_path / "in.parquet",
            tmp_path / "out.jsonl",
            Disk(watch),
            open_model=open_telling(told),
            settings=Settings(),
            workers=1,
            in_flight_bytes=4_000_000,
            part_rows=4,
        )
    # 4 MB are 83 of these posts; outputs repeat their input, and one chunk more of each is under way.
    assert 4 <= judged[0] < 200


def test_errors_of_the_input_keep_their_words(cluster: Any, tmp_path: Path) -> None:
    """Also that of a file which breaks off in the middle, where the parts before it are written."""
    lines = "".join(f"{row},{random.Random(row).randbytes(90).hex()}\n" for row in range(4000))
    whole = gzip.compress(f"id,text\n{lines}".encode())
    (tmp_path / "in.csv.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(InputError) as here:
        run(tmp_path / "in.csv.gz", tmp_path / "here.csv", part_rows=100)
    with pytest.raises(InputError) as there:
        run_on(cluster, tmp_path / "in.csv.gz", tmp_path / "out.csv", part_rows=100)
    assert str(there.value) == str(here.value)
    assert "in.csv.gz: " in str(there.value)
    assert (tmp_path / "out.csv.parts" / "part-000000.csv").is_file()


def test_a_model_that_is_not_there(cluster: Any, source: Path, tmp_path: Path) -> None:
    with pytest.raises(RescoreError, match=r"the workers cannot open the model: weights\.bin is not here"):
        run_on(cluster, source, tmp_path / "out.jsonl", open_model=_open_nothing)


def test_workers_with_another_model(cluster: Any, source: Path, tmp_path: Path) -> None:
    with pytest.raises(RescoreError, match=r"node .* has another model than the node that was asked first"):
        run_on(cluster, source, tmp_path / "out.jsonl", open_model=_OpenOther(tmp_path))


def test_nodes_that_are_too_small(cluster: Any, source: Path, tmp_path: Path) -> None:
    arguments = ["rescore", str(source), str(tmp_path / "out.jsonl"), "--engine", "ray", "--address", cluster.address]
    result = CliRunner().invoke(cli.app, [*arguments, "--worker-cpus", "64"])
    assert result.exit_code == 1
    assert "no node of the cluster has 64 CPUs, which a worker takes" in result.output


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("127.0.0.1:1", "cannot be reached"),
        ("ray://127.0.0.1:10001", "expected HOST:PORT or auto; run the command on a machine of the cluster"),
        ("nonsense", "expected HOST:PORT or auto"),
    ],
)
def test_addresses(source: Path, tmp_path: Path, address: str, words: str) -> None:
    arguments = ["rescore", str(source), str(tmp_path / "out.jsonl"), "--address", address]
    result = CliRunner().invoke(cli.app, [*arguments, "--engine", "ray"])
    assert result.exit_code == 1
    assert words in result.output
    result = CliRunner().invoke(cli.app, arguments)
    assert result.exit_code == 1
    assert "only with --engine ray" in result.output


def _open_nothing(_: Settings) -> Model:
    raise ModelError("files_missing", "weights.bin is not here")


class _OpenOther:
    """The first process gets one version, the others another."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __call__(self, _: Settings) -> Model:
        note(self._folder / "asked", "")
        return FakeModel(version=str(len(notes(self._folder / "asked")) > 1))
