"""Output: parts, the record of each, and the manifest, so that a run that was killed goes on where it was.

Work folder (the output itself where it is a folder, else OUTPUT.parts beside it):

    part-000000.parquet      a part's rows
    _rejects/000000.jsonl    its rejected rows, if any
    _parts/plan.json         what the run was begun with
    _parts/000000.json       written last: the part is done

A part without its record counts for nothing and is written again. In the end one `_manifest.json` (OUTPUT.manifest.json)
takes the place of the records. Names with an underscore are skipped by the tools that read folders of Parquet files.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import msgspec

from service.rescore.disk import TEMPORARY, Disk, Lock
from service.rescore.errors import ChangedError, OutputError
from service.rescore.formats import OutputFormat, join_parts, output_format, write_rows
from service.rescore.results import Counts


@dataclass(frozen=True, slots=True)
class Part:
    """The record of a part. chunks: how many of the input's it took; digest: of their texts and ids."""

    number: int
    size: int
    chunks: int
    digest: str
    counts: Counts


class Output:
    """The place of one run's output. Made by `open_output`."""

    def __init__(self, path: Path, kind: OutputFormat, disk: Disk) -> None:
        self.path = path
        self.kind = kind
        self.parts: list[Part] = []
        self._disk = disk
        self._single = output_format(path) is not None
        self.work = path.with_name(f"{path.name}.parts") if self._single else path
        self.manifest = path.with_name(f"{path.name}.manifest.json") if self._single else path / "_manifest.json"
        self.rejects = path.with_name(f"{path.name}.rejects.jsonl") if self._single else path / "_rejects.jsonl"
        self._records = self.work / "_parts"
        self._rejected = self.work / "_rejects"
        self._lock: Lock | None = None

    def start(self, plan: Mapping[str, Any], *, restart: bool) -> Counts | None:
        """Take the place; go on with what is there. The counts of a finished run with the same plan, else None.

        Raises `ChangedError` where what is there was begun with another plan, `OutputError` where it is not ours.
        """
        self._check_ours()
        self.work.mkdir(parents=True, exist_ok=True)
        self._lock = Lock(self.work / "_lock")
        if restart:
            self._clear()
        finished = _read(self.manifest)
        if finished is not None:
            _compare(finished["plan"], plan, self.path)
            self._sweep()
            return Counts(**finished["counts"])
        begun = _read(self._records / "plan.json")
        if begun is not None:
            _compare(begun, plan, self.path)
        else:
            self._clear()  # what a restart that was ended has left
            self._records.mkdir()
            self._disk.replace(self._records / "plan.json", _json_writer(plan))
        self.parts = self._done()
        return None

    def write(self, schema: Any, batches: Sequence[Any], rejects: bytes, part: Part) -> None:
        """Write the next part. part.size is filled in here."""
        path = self._part(part.number)
        size = self._disk.replace(path, lambda stream: write_rows(stream, self.kind, schema, batches))
        if rejects:
            self._rejected.mkdir(exist_ok=True)
            self._disk.replace(self._reject(part.number), lambda stream: _write(stream, rejects))
        done = Part(part.number, size, part.chunks, part.digest, part.counts)
        self._disk.replace(self._record(part.number), _json_writer(asdict(done)))
        self.parts.append(done)

    def finish(self, plan: Mapping[str, Any], schema: Any) -> Counts:
        """Put the parts together and write the manifest. Every step can be repeated."""
        total = Counts()
        for part in self.parts:
            total.add(part.counts)
        paths = [self._part(part.number) for part in self.parts]
        if self._single:
            self._disk.replace(self.path, lambda stream: join_parts(stream, self.kind, schema, paths))
        elif not paths:
            self._disk.replace(self._part(0), lambda stream: write_rows(stream, self.kind, schema, []))
        if total.rejected:
            rejected = [self._reject(part.number) for part in self.parts if part.counts.rejected]
            self._disk.replace(self.rejects, lambda stream: [stream.write(path.read_bytes()) for path in rejected])
        manifest = {"plan": plan, "counts": asdict(total), "parts": [asdict(part) for part in self.parts]}
        self._disk.replace(self.manifest, _json_writer(manifest))
        self._sweep()
        return total

    def close(self) -> None:
        """Let other processes write there."""
        if self._lock is not None:
            self._lock.release()

    def _check_ours(self) -> None:
        """Nothing that is not ours is ever overwritten."""
        if self._single and self.path.is_dir():
            raise OutputError(f"{self.path}: is a folder, and its name is that of a file")
        if not self._single and self.path.exists() and not self.path.is_dir():
            raise OutputError(
                f"{self.path}: is a file; the output's name must end in a format's suffix, or be a folder"
            )
        known = self.manifest.exists() or self.work.joinpath("_lock").exists()
        there = self.path.exists() if self._single else self.path.is_dir() and any(self.path.iterdir())
        if there and not known:
            raise OutputError(f"{self.path}: exists and was not made by `civility rescore`; choose another output")

    def _done(self) -> list[Part]:
        """Parts whose record is there, from the first on, with the file that the record speaks of."""
        found: list[Part] = []
        while (record := _read(self._record(len(found)))) is not None:
            part = Part(**{**record, "counts": Counts(**record["counts"])})
            path = self._part(part.number)
            if not path.is_file() or path.stat().st_size != part.size:
                raise OutputError(f"{path}: is not as it was written; --restart begins anew")
            found.append(part)
        return found

    def _clear(self) -> None:
        """Remove a former run; first what says that it can be gone on with. The lock stays, and says that it is ours."""
        self._disk.remove(self.manifest)
        self._disk.remove(self._records / "plan.json")
        self._disk.remove_folder(self._records)
        if self._single:
            self._disk.remove(self.path)
        self._disk.remove(self.rejects)
        for path in [*self.work.glob("part-*"), *self.work.glob(f".*{TEMPORARY}")]:
            self._disk.remove(path)
        self._disk.remove_folder(self._rejected)

    def _sweep(self) -> None:
        """Remove what only an unfinished run needs."""
        if self._single:
            self._disk.remove_folder(self.work)
            return
        self._disk.remove_folder(self._rejected)
        self._disk.remove_folder(self._records)
        for path in self.work.glob(f".*{TEMPORARY}"):
            self._disk.remove(path)

    def _part(self, number: int) -> Path:
        return self.work / f"part-{number:06d}.{self.kind}"

    def _reject(self, number: int) -> Path:
        return self._rejected / f"{number:06d}.jsonl"

    def _record(self, number: int) -> Path:
        return self._records / f"{number:06d}.json"


def _compare(begun: Mapping[str, Any], plan: Mapping[str, Any], path: Path) -> None:
    """Raises `ChangedError`, which names what is different."""
    now = json.loads(msgspec.json.encode(plan))
    changed = [_difference(key, begun.get(key), now.get(key)) for key in now if begun.get(key) != now.get(key)]
    if changed:
        raise ChangedError(f"{path}: was begun with another {'; another '.join(changed)}; --restart begins anew")


def _difference(key: str, before: Any, now: Any) -> str:
    if isinstance(before, dict) and isinstance(now, dict):
        parts = [name for name in now if before.get(name) != now[name]]
        if parts == ["files"]:
            files = {file[0]: file for file in before["files"]}
            touched = [file[0] for file in now["files"] if files.pop(file[0], None) != file] + list(files)
            return f"{key} (changed, new or gone: {', '.join(touched[:3])}{', ...' if len(touched) > 3 else ''})"
        return f"{key} ({', '.join(f'{name}: {_short(before.get(name))}, now {_short(now[name])}' for name in parts)})"
    return f"{key} ({_short(before)}, now {_short(now)})"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."


def _read(path: Path) -> Any:
    return json.loads(path.read_bytes()) if path.is_file() else None


def _json_writer(value: object) -> Any:
    return lambda stream: _write(stream, msgspec.json.format(msgspec.json.encode(value), indent=1) + b"\n")


def _write(stream: Any, content: bytes) -> None:
    stream.write(content)
