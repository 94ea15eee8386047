"""Rescoring as an operator sees it: what goes in, what comes out, what is refused."""

from __future__ import annotations

import csv
import gzip
import json
import sqlite3
from dataclasses import asdict
from pathlib import Path

import pyarrow as pa
import pyarrow.csv
import pyarrow.dataset
import pytest
from pyarrow import parquet

from models.fake import LABELS, FakeModel, Fault
from service.rescore.columns import Roles, RolesAsked, find_roles, kept_names
from service.rescore.disk import Disk, Lock
from service.rescore.errors import ChangedError, InputError, OutputError
from service.rescore.pipeline import posts_of
from service.rescore.records import mask_password
from service.rescore.run import PART_ROWS, Options, Report, rescore
from service.rescore.source import Selection, open_source
from service.settings import Settings
from tests.rescore.support import read_jsonl, rows, run, write_jsonl

ADDED = [*LABELS, "flags", "evidence", "action", "reasons", "model", "policy", "language", "coverage"]
GOOD = [row for number, row in enumerate(rows(40)) if number % 7 != 3]


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_jsonl(tmp_path / "in.jsonl", rows(40))


def test_json_lines(source: Path, tmp_path: Path) -> None:
    summary = run(source, tmp_path / "out.jsonl")
    found = read_jsonl(tmp_path / "out.jsonl")
    assert [row["id"] for row in found] == [row["id"] for row in GOOD]
    assert [row["extra"] for row in found] == [row["extra"] for row in GOOD]
    assert {row["toxicity_input"] for row in found} == {2}
    assert list(found[0]) == ["id", "text", "author", "extra", "toxicity_input", *ADDED]
    abusive = next(row for row in found if "idiot" in row["text"])
    assert abusive["insult"] == 0.982
    assert abusive["flags"][0] == "harassment"
    assert abusive["evidence"][0].keys() == {"type", "start", "end", "source"}
    assert (abusive["model"], abusive["policy"]) == ("fake 1", "default 1")
    assert {row["coverage"] for row in found} == {"full"}
    counts = summary.counts
    assert (counts.rows, counts.written, counts.rejected) == (40, len(GOOD), 40 - len(GOOD))
    assert counts.flags["harassment"] == sum("harassment" in row["flags"] for row in found)
    assert sum(counts.actions.values()) == len(GOOD)


def test_rejects_name_row_and_reason(source: Path, tmp_path: Path) -> None:
    summary = run(source, tmp_path / "out.jsonl")
    assert summary.rejects is not None
    found = [(line["row"], line["reason"], line["values"]["id"]) for line in read_jsonl(summary.rejects)]
    assert found[:3] == [
        (4, "the text is null", 3),
        (11, "the text is not a string but a number", 10),
        (18, "the text has 300 characters; at most 200 are allowed", 17),
    ]
    assert [row for row, _, _ in found] == [row + 1 for row in range(40) if row % 7 == 3]


@pytest.mark.parametrize("content", ["[1]", "nonsense", '{"text": "\\ud800"}', "{" * 5000])
def test_lines_that_are_no_records(tmp_path: Path, content: str) -> None:
    path = tmp_path / "in.jsonl"
    path.write_text(f'{{"text": "hello"}}\n\n{content}\n{{"text": "there"}}\n')
    summary = run(path, tmp_path / "out.jsonl")
    assert [row["text"] for row in read_jsonl(tmp_path / "out.jsonl")] == ["hello", "there"]
    assert summary.rejects is not None
    assert [line["row"] for line in read_jsonl(summary.rejects)] == [3]


def test_csv_keeps_every_value(tmp_path: Path) -> None:
    path = tmp_path / "in.csv"
    path.write_bytes(
        b'\xef\xbb\xbfcode;body;note\r\n007;"hello; ""you""\nthere";1e5\r\n008;;x\r\n9;one;two;three\r\n10;caf\xe9;\r\n11;sheeple;\r\n'
    )
    summary = run(path, tmp_path / "out.csv")
    with (tmp_path / "out.csv").open(newline="", encoding="utf-8") as file:
        found = list(csv.DictReader(file))
    assert [(row["code"], row["body"], row["note"]) for row in found] == [
        ("007", 'hello; "you"\nthere', "1e5"),
        ("11", "sheeple", ""),
    ]
    assert "conspiracy" in json.loads(found[1]["flags"])
    assert float(found[1]["conspiracy"]) == 0.982
    assert summary.rejects is not None
    assert [(line["row"], line["reason"]) for line in read_jsonl(summary.rejects)] == [
        (2, "the text is null"),
        (3, "4 fields instead of 3"),
        (4, "not valid Unicode"),
    ]


def test_parquet_folder_to_data_set(tmp_path: Path) -> None:
    folder = tmp_path / "in"
    (folder / "2026").mkdir(parents=True)
    (folder / "_ignored").mkdir()
    for number, name in enumerate(("2026/a.parquet", "b.parquet", "_ignored/c.parquet")):
        texts = pa.array([f"hello {number} {row}" for row in range(30)])
        columns = {
            "comment_text": texts.dictionary_encode() if number else texts,
            "when": pa.array(range(30), pa.date32()),
        }
        parquet.write_table(pa.table(columns | ({"extra": pa.array([1.5] * 30)} if number else {})), folder / name)
    run(folder, tmp_path / "out", part_rows=16)
    table = pyarrow.dataset.dataset(tmp_path / "out").to_table()
    assert table.column_names == ["comment_text", "when", "extra", *ADDED]
    assert table["comment_text"].to_pylist() == [f"hello {number} {row}" for number in range(2) for row in range(30)]
    assert table["extra"].null_count == 30
    assert table["toxicity"].type == pa.float32()
    assert len(list((tmp_path / "out").glob("part-*.parquet"))) > 2


@pytest.mark.parametrize("name", ["out.parquet", "out.csv", "out.csv.gz", "out.jsonl.gz"])
def test_one_file_of_many_parts_is_that_of_one_part(source: Path, tmp_path: Path, name: str) -> None:
    run(source, tmp_path / name, part_rows=9)
    run(source, tmp_path / f"one-{name}")
    if name.endswith("parquet"):
        assert parquet.read_table(tmp_path / name).equals(parquet.read_table(tmp_path / f"one-{name}"))
    else:
        read = gzip.decompress if name.endswith("gz") else bytes
        assert read((tmp_path / name).read_bytes()) == read((tmp_path / f"one-{name}").read_bytes())


def test_patterns_and_urls(source: Path, tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in2.jsonl", [{"text": "hello", "id": "a"}])
    for number, location in enumerate((f"{tmp_path}/in*.jsonl", f"file://{tmp_path}/in?.jsonl".replace("?", "[2]"))):
        summary = run(location, tmp_path / f"out{number}.jsonl")
        assert summary.counts.rows == (41, 1)[number]
    assert read_jsonl(tmp_path / "out0.jsonl")[-1]["id"] == "a"


def test_fsspec_urls(tmp_path: Path) -> None:
    import fsspec

    with fsspec.open("memory://rescore/in.jsonl.gz", "wb", compression="gzip") as file:
        file.write(b'{"text": "sheeple"}\n')
    run("memory://rescore/*.gz", tmp_path / "out.jsonl")
    assert "conspiracy" in read_jsonl(tmp_path / "out.jsonl")[0]["flags"]


def test_a_query(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "site.db") as connection:
        connection.execute("create table comments (id integer, body text, blob blob, score real)")
        connection.executemany(
            "insert into comments values (?, ?, ?, ?)", [(i, f"hello {i}", b"\x01", i / 2) for i in range(25)]
        )
    connection.close()
    url = f"sqlite:///{tmp_path}/site.db"
    query = "select * from comments order by id"
    run(url, tmp_path / "out.parquet", query=query, part_rows=10)
    table = parquet.read_table(tmp_path / "out.parquet")
    assert table["body"].to_pylist() == [f"hello {i}" for i in range(25)]
    assert table["score"].type == pa.float64()
    assert table["blob"][0].as_py() == "01"
    with pytest.raises(InputError, match="no such table"):
        run(url, tmp_path / "other.parquet", query="select * from nowhere")


def test_the_length_of_a_csv_file_is_estimated(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("text\n" + "hello there\n" * 20_000)
    source = open_source(str(tmp_path / "in.csv"))
    chunks = source.chunks("text", Selection())
    assert source.expected() is None
    for _ in range(10):
        next(chunks)
    estimate = source.expected()
    assert estimate is not None
    assert estimate == pytest.approx(20_000, rel=0.5)
    assert sum(len(chunk.batch) for chunk in chunks) == 10_000
    assert source.expected() == 20_000


def test_limit_and_sample() -> None:
    chosen = Selection(sample=0.3).mask(0, 100_000)
    assert abs(chosen.mean() - 0.3) < 0.01
    assert (Selection(sample=0.3).mask(500, 700) == chosen[500:1200]).all()
    assert Selection(limit=5, sample=0.5).expected(1000) == 5


@pytest.mark.parametrize("name", ["in.jsonl", "in.parquet"])
def test_the_same_rows_are_sampled_from_every_format(tmp_path: Path, name: str) -> None:
    values = [{"id": number, "text": f"hello {number}"} for number in range(3000)]
    if name == "in.jsonl":
        write_jsonl(tmp_path / name, values)
    else:
        parquet.write_table(pa.Table.from_pylist(values), tmp_path / name)
    chunks = open_source(str(tmp_path / name)).chunks("text", Selection(limit=40, sample=0.02))
    found = [identity for chunk in chunks for identity in chunk.batch.column("id").to_pylist()]
    assert found == [number for number in range(3000) if Selection(sample=0.02).mask(number, 1)[0]][:40]


def test_long_posts_make_small_chunks(tmp_path: Path) -> None:
    parquet.write_table(pa.table({"text": ["x" * 700_000] * 5 + ["y"]}), tmp_path / "in.parquet")
    chunks = list(open_source(str(tmp_path / "in.parquet")).chunks("text", Selection()))
    assert [len(chunk.batch) for chunk in chunks] == [2, 2, 2]


def test_only_missing(source: Path, tmp_path: Path) -> None:
    for name in ("first.jsonl", "first.csv", "first.parquet"):
        run(source, tmp_path / name)
    earlier = read_jsonl(tmp_path / "first.jsonl")
    for row in earlier[::2]:
        row.update(dict.fromkeys(LABELS), action=None)
    write_jsonl(tmp_path / "half.jsonl", earlier)
    second = FakeModel(version="2")
    summary = run(tmp_path / "half.jsonl", tmp_path / "second.jsonl", model=second, only_missing=True)
    found = read_jsonl(tmp_path / "second.jsonl")
    assert list(found[0]) == list(earlier[0])
    assert summary.counts.kept == len(earlier) // 2
    assert [row["model"] for row in found] == [("fake 2", "fake 1")[at % 2] for at in range(len(found))]
    assert found[1::2] == earlier[1::2]
    for name in ("first.csv", "first.parquet"):
        summary = run(tmp_path / name, tmp_path / f"again-{name}", model=second, only_missing=True)
        assert summary.counts.kept == len(earlier)
        if name.endswith("csv"):
            assert (tmp_path / name).read_bytes() == (tmp_path / f"again-{name}").read_bytes()


def test_languages_that_the_model_does_not_read(tmp_path: Path) -> None:
    texts = [
        "This is a nice day, and you are my friends.",
        "Das ist doch kompletter Unsinn, was du da schreibst.",
        "qwx",
    ]
    write_jsonl(tmp_path / "in.jsonl", [{"text": text, "language": "of the input"} for text in texts])
    run(tmp_path / "in.jsonl", tmp_path / "out.parquet")
    found = parquet.read_table(tmp_path / "out.parquet").to_pylist()
    assert [(row["language"], row["coverage"]) for row in found] == [
        ("en", "full"),
        ("de", "lexicon-only"),
        (None, "full"),
    ]
    assert [row["toxicity"] is None for row in found] == [False, True, False]
    assert {row["language_input"] for row in found} == {"of the input"}
    # A row that the model does not read has its result, and is not missing.
    summary = run(tmp_path / "out.parquet", tmp_path / "again.parquet", only_missing=True)
    assert summary.counts.kept == 3
    columns = [*LABELS, *ADDED]
    again = parquet.read_table(tmp_path / "again.parquet")
    assert again.select(columns).equals(parquet.read_table(tmp_path / "out.parquet").select(columns))


def test_parents_are_known_within_a_chunk(tmp_path: Path) -> None:
    ids = [1, 2, 2, None]
    columns = {"id": pa.array(ids, pa.int64()), "author": ["Maria", "Dan", "Eve", None], "text": ["hello"] * 4}
    parents = pa.array([None, 1.0, 7.0, 0.0])  # as pandas writes whole numbers beside nulls
    parquet.write_table(pa.table(columns | {"parent_id": parents}), tmp_path / "in.parquet")
    source = open_source(str(tmp_path / "in.parquet"))
    roles = find_roles(source.columns, RolesAsked())
    (chunk,) = source.chunks(roles.text, Selection())
    found = posts_of(chunk, roles, range(4), ["hello"] * 4)
    assert [(post.id, post.author, post.parent_id) for post in found] == [
        ("0", "Maria", None),
        ("1", "Dan", "0"),
        ("2", "Eve", "elsewhere 7"),
        ("3", None, None),
    ]
    assert run(tmp_path / "in.parquet", tmp_path / "out.jsonl").counts.written == 4


def test_a_post_that_the_model_fails_on_is_kept_without_scores(tmp_path: Path) -> None:
    write_jsonl(tmp_path / "in.jsonl", [{"text": "hello"}, {"text": "poison"}])
    model = FakeModel(faults={"poison": Fault("run", RuntimeError("no"))})
    summary = run(tmp_path / "in.jsonl", tmp_path / "out.jsonl", model=model)
    found = read_jsonl(tmp_path / "out.jsonl")
    assert (found[1]["toxicity"], found[1]["action"], found[1]["reasons"]) == (None, "review", ["not scored"])
    assert summary.counts.unscored == 1


def test_what_changed_is_noticed(source: Path, tmp_path: Path) -> None:
    output = tmp_path / "out.jsonl"
    first = run(source, output)
    assert run(source, output).already
    assert run(source, output).counts == first.counts
    with pytest.raises(ChangedError, match=r"model .version: 1, now 2"):
        run(source, output, model=FakeModel(version="2"))
    with pytest.raises(ChangedError, match=r"options .limit: None, now 5"):
        run(source, output, selection=Selection(limit=5))
    write_jsonl(source, rows(41))
    with pytest.raises(ChangedError, match=r"input .changed, new or gone: .*in.jsonl.*--restart"):
        run(source, output)
    assert run(source, output, restart=True).counts.rows == 41


def test_other_rows_of_a_query_are_noticed(tmp_path: Path) -> None:
    class Stop(BaseException):
        pass

    def stop(step: str) -> None:
        if step == "write part-000001.jsonl":
            raise Stop

    url, query = f"sqlite:///{tmp_path}/site.db", "select body from comments order by id"
    with sqlite3.connect(tmp_path / "site.db") as connection:
        connection.execute("create table comments (id integer, body text)")
        connection.executemany("insert into comments values (?, ?)", [(i, f"hello {i}") for i in range(25)])
    connection.close()
    with pytest.raises(Stop):
        run(url, tmp_path / "out.jsonl", Disk(stop), query=query, part_rows=10)
    with sqlite3.connect(tmp_path / "site.db") as connection:
        connection.execute("delete from comments where id = 4")
    connection.close()
    with pytest.raises(ChangedError, match="not those of part 0 any more; a query needs ORDER BY"):
        run(url, tmp_path / "out.jsonl", query=query, part_rows=10)


@pytest.mark.parametrize("name", ["in.jsonl", "in.csv", "in.parquet"])
def test_progress_is_reported(tmp_path: Path, name: str) -> None:
    table = pa.table({"id": range(60), "text": ["you idiot"] * 60})
    if name == "in.parquet":
        parquet.write_table(table, tmp_path / name)
    elif name == "in.csv":
        pyarrow.csv.write_csv(table, tmp_path / name)
    else:
        write_jsonl(tmp_path / name, table.to_pylist())
    seen: list[tuple[int, int | None, int, int]] = []

    def watch(report: Report) -> None:
        flags = sum(report.counts.flags.values())
        seen.append((report.counts.rows, report.expected, report.checked, flags))
        if len(seen) == 4:
            raise KeyboardInterrupt

    options = Options(str(tmp_path / name), tmp_path / "out.jsonl", part_rows=10)
    with pytest.raises(KeyboardInterrupt):
        rescore(options, Settings(), FakeModel(), report=watch)
    assert [(rows_, checked, flags) for rows_, _, checked, flags in seen] == [(n, 0, n) for n in (10, 20, 30, 40)]
    assert {expected for _, expected, _, _ in seen} <= ({60, None} if name == "in.csv" else {60})
    rescore(options, Settings(), FakeModel(), report=watch)
    checked = max(checked for _, _, checked, _ in seen)
    assert checked in (20, 30, 40)
    assert seen[-1] == (60, 60, checked, 60)


def test_what_is_not_ours_is_left_alone(source: Path, tmp_path: Path) -> None:
    foreign = write_jsonl(tmp_path / "mine.jsonl", [{"text": "mine"}])
    for restart in (False, True):
        with pytest.raises(OutputError, match="was not made by"):
            run(source, foreign, restart=restart)
        with pytest.raises(OutputError, match="was not made by"):
            run(source, tmp_path, restart=restart)
    assert read_jsonl(foreign) == [{"text": "mine"}]
    (tmp_path / "busy").mkdir()
    lock = Lock(tmp_path / "busy" / "_lock")
    with pytest.raises(OutputError, match="another process"):
        run(source, tmp_path / "busy")
    lock.release()


def test_errors_name_what_there_is(source: Path, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        run(tmp_path / "nothing.csv", tmp_path / "out.csv")
    with pytest.raises(InputError, match="there is no column 'words'; the columns are 'id', 'text'"):
        run(source, tmp_path / "out.csv", roles=RolesAsked(text="words"))
    write_jsonl(tmp_path / "odd.jsonl", [{"a": "x", "b": "y"}])
    with pytest.raises(InputError, match="--text-column; the columns are 'a', 'b'"):
        run(tmp_path / "odd.jsonl", tmp_path / "out.csv")
    with pytest.raises(InputError, match="the name must end in"):
        run(Path(__file__), tmp_path / "out.csv")
    with pytest.raises(OutputError, match="does not fit"):
        run(source, tmp_path / "out.csv", format="parquet")
    with pytest.raises(InputError, match="--query"):
        run("mysql://host/db", tmp_path / "out.csv")


def test_an_empty_input_gives_an_empty_output(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_text("id,text\n")
    run(tmp_path / "in.csv", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == ",".join(["id", "text", *ADDED]) + "\n"
    run(tmp_path / "in.csv", tmp_path / "out")
    assert parquet.read_table(tmp_path / "out" / "part-000000.parquet").column_names == ["id", "text", *ADDED]


def test_guesses() -> None:
    assert asdict(find_roles(["Comment ID", "Body", "userName", "parentId"], RolesAsked())) == {
        "text": "Body",
        "id": "Comment ID",
        "author": "userName",
        "parent": "parentId",
    }
    assert find_roles(["words"], RolesAsked()) == Roles("words")
    assert kept_names(["text", "model", "model_input"], ["model"]) == ["text", "model_input_2", "model_input"]
    assert mask_password("postgresql://me:secret@db/site") == "postgresql://me@db/site"
    assert PART_ROWS > 1000
