"""`civility jobs` against a real server process."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import parquet
from typer.testing import CliRunner, Result

from service import cli
from service.rescore.disk import TEMPORARY
from tests.http.live import Live, live_server
from tests.jobs.support import decoded, lines


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Live]:
    folder = tmp_path_factory.mktemp("server")
    with live_server(
        folder, ("-m", "tests.jobs.server"), CIVILITY_DATA=str(folder / "data"), CIVILITY_MAX_CHARACTERS="200"
    ) as started:
        yield started


def jobs(server: Live, *arguments: object) -> Result:
    environment = {"CIVILITY_SERVER": server.url, "COLUMNS": "200"}
    return CliRunner().invoke(cli.app, ["jobs", *map(str, arguments)], env=environment)


def test_from_a_file_to_a_file(server: Live, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(lines(21))
    whole = tmp_path / "out.parquet"
    result = jobs(server, "submit", tmp_path / "in.jsonl", "--output", whole)
    assert result.exit_code == 3, result.output  # some rows could not be used
    job = result.stdout.splitlines()[0]
    assert parquet.read_table(whole).num_rows == 18
    shown = jobs(server, "status", job)
    assert shown.exit_code == 0
    for words in ("done", "in.jsonl", "21/21", "rejected", "fake 1", "flag harassment"):
        assert words in shown.output
    assert json.loads(jobs(server, "status", job, "--json").output)["rows"]["rejected"] == 3
    assert job in jobs(server, "list").output
    assert jobs(server, "results", job, tmp_path / "rejects.jsonl", "--rejects").exit_code == 0
    assert len(decoded((tmp_path / "rejects.jsonl").read_bytes())) == 3
    broken = tmp_path / f".again.parquet{TEMPORARY}.{job}"
    broken.write_bytes(whole.read_bytes()[:100])
    assert jobs(server, "results", job, tmp_path / "again.parquet").exit_code == 0
    assert (tmp_path / "again.parquet").read_bytes() == whole.read_bytes()
    assert not broken.exists()
    assert jobs(server, "cancel", job).output.strip() == "forgotten"
    gone = jobs(server, "status", job)
    assert (gone.exit_code, "job_not_found" in gone.output) == (1, True)


def test_what_fails_is_told_in_one_line(server: Live, tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("a,b\n1,2\n")
    for arguments, words in (
        (("submit", tmp_path / "in.csv", "--wait"), "no column looks like the comments' text"),
        (("submit", tmp_path / "none.csv"), "No such file"),
        (("submit", tmp_path / "in.csv", "--policy", "strict"), "unknown_policy"),
        (("submit", "https://example.org/a.csv"), "CIVILITY_JOB_URLS"),
        (("list", "--server", "http://127.0.0.1:1"), "is `civility serve` running?"),
    ):
        result = jobs(server, *arguments)
        assert result.exit_code == 1, result.output
        assert words in result.output
        assert result.stderr.count("error:") == 1
