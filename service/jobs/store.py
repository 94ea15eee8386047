"""JobStore: the files of jobs, a folder each, in a folder or an object store. A file is there whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO, Any

from pyarrow import fs

from service.rescore.disk import TEMPORARY, Disk
from service.rescore.errors import InputError
from service.rescore.files import open_url
from service.settings import SettingsError, variable

_MARK = "civility-jobs"


class JobStore:
    """Files by job and name. location: a folder, or a URL that pyarrow or fsspec opens. Raises `OSError` throughout."""

    def __init__(self, location: str) -> None:
        self.location = location
        self._folder: Path | None = None
        self._base = ""
        if "://" in location:
            try:
                self._files, self._base = open_url(location)
            except InputError as error:
                raise SettingsError(f"{variable('job_store')}: {error}") from None
        else:
            self._folder = Path(os.path.expanduser(location)).absolute()  # noqa: PTH111  # see data_folder
            self._files, self._base = fs.LocalFileSystem(), str(self._folder)

    def check(self, identity: str) -> None:
        """Mark the store as the one of this database. Raises `SettingsError` where it is another one's: its jobs would be
        taken for nobody's and be removed."""
        path = f"{self._base}/{_MARK}"
        if self._files.get_file_info(path).type == fs.FileType.NotFound:
            with self._create(path) as stream:
                stream.write(identity.encode())
        with self._files.open_input_stream(path) as stream:
            found = stream.read().decode("utf-8", "replace")
        if found != identity:
            raise SettingsError(
                f"{variable('job_store')}: the jobs in this place belong to another database; replicas that share it must"
                f" share {variable('database_url')} too; if that database is gone for good, empty the place"
            )

    @contextmanager
    def create(self, job: str, name: str) -> Iterator[IO[bytes]]:
        """A new file, which is there once the block ends without an error."""
        with self._create(self._path(job, name)) as stream:
            yield stream

    def open(self, job: str, name: str) -> Any:
        """A file's bytes: a file of Arrow, which can be read from any thread and has `read`, `seek` and `size`."""
        return self._files.open_input_file(self._path(job, name))

    def input(self, job: str, name: str) -> str:
        """Where a file is, as `service.rescore` reads it."""
        if self._folder is not None:
            return str(self._folder / job / name)
        plain, question, options = self.location.partition("?")
        return f"{plain.rstrip('/')}/{job}/{name}{question}{options}"

    def delete(self, job: str, name: str) -> None:
        """Remove a file, if it is there."""
        with suppress(FileNotFoundError):
            self._files.delete_file(self._path(job, name))

    def delete_job(self, job: str) -> None:
        """Remove all files of a job."""
        with suppress(FileNotFoundError):
            self._files.delete_dir(f"{self._base}/{job}")

    def names(self, job: str) -> list[str]:
        """Files of a job."""
        selector = fs.FileSelector(f"{self._base}/{job}", allow_not_found=True)
        return [info.base_name for info in self._files.get_file_info(selector)]

    def jobs(self) -> list[str]:
        """Jobs that have files."""
        selector = fs.FileSelector(self._base, allow_not_found=True)
        return [info.base_name for info in self._files.get_file_info(selector) if info.type == fs.FileType.Directory]

    def _path(self, job: str, name: str) -> str:
        return f"{self._base}/{job}/{name}"

    @contextmanager
    def _create(self, path: str) -> Iterator[Any]:
        if self._folder is None:
            # An object is there once its stream is closed; one that was not finished is removed again.
            self._files.create_dir(path.rpartition("/")[0])
            stream = self._files.open_output_stream(path)
            try:
                yield stream
            except BaseException:
                stream.close()
                self._files.delete_file(path)
                raise
            stream.close()
            return
        place = Path(path)
        place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = place.with_name(f".{place.name}{TEMPORARY}")
        try:
            with beside.open("wb") as written:
                yield written
                written.flush()
                os.fsync(written.fileno())
            beside.replace(place)
            Disk().sync_folder(place.parent)
        except BaseException:
            beside.unlink(missing_ok=True)
            raise
