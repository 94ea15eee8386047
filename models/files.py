"""Where model files are: search folders, the published Detoxify checkpoints, and the download of one."""

from __future__ import annotations

import shutil
import sys
import tempfile
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from models.errors import ModelError

#: The model that is served when nobody names one: a folder of `WEIGHTS`.
DEFAULT = "civility"
WEIGHTS = Path(__file__).parent / "weights"
_RELEASES = "https://github.com/unitaryai/detoxify/releases/download/"
_TIMEOUT_S = 30.0  # without one byte; a machine without network must fail, not hang


@dataclass(frozen=True)
class Published:
    """A published Detoxify checkpoint: its address, and the Hugging Face repository of its config and tokenizer."""

    url: str
    base: str

    @property
    def file(self) -> str:
        return self.url.rsplit("/", 1)[-1]


DETOXIFY: Mapping[str, Published] = {
    "original": Published(_RELEASES + "v0.1-alpha/toxic_original-c1212f89.ckpt", "bert-base-uncased"),
    "unbiased": Published(_RELEASES + "v0.3-alpha/toxic_debiased-c7548aa0.ckpt", "roberta-base"),
    "multilingual": Published(_RELEASES + "v0.4-alpha/multilingual_debiased-0b549669.ckpt", "xlm-roberta-base"),
    "original-small": Published(_RELEASES + "v0.1.2/original-albert-0e1d6498.ckpt", "albert-base-v2"),
    "unbiased-small": Published(_RELEASES + "v0.1.2/unbiased-albert-c8519128.ckpt", "albert-base-v2"),
}


def default_folders(environ: Mapping[str, str], home: Path) -> tuple[Path, ...]:
    """Folders searched for models, best first: `CIVILITY_MODELS`, `~/.cache/civility`, torch hub's checkpoints.

    Downloads go to the first. `XDG_CACHE_HOME` and `TORCH_HOME` move the caches as usual.
    """
    cache = Path(environ.get("XDG_CACHE_HOME") or home / ".cache")
    own = [Path(environ["CIVILITY_MODELS"])] if environ.get("CIVILITY_MODELS") else []
    hub = Path(environ.get("TORCH_HOME") or cache / "torch")
    return (*own, cache / "civility", hub / "hub" / "checkpoints")


def find_file(name: str, folders: Sequence[Path]) -> Path | None:
    """The first `name` in `folders`."""
    return next((folder / name for folder in folders if (folder / name).is_file()), None)


def find_detoxify(reference: str, folders: Sequence[Path], *, download: bool) -> Path:
    """The checkpoint file of `detoxify:REFERENCE`: a published name or a local path.

    Raises `ModelError` that names the file, its origin and where to put it.
    """
    published = DETOXIFY.get(reference)
    if published is None:
        path = Path(reference).expanduser()
        if path.is_file():
            return path
        raise ModelError(
            "unknown_model",
            f"detoxify:{reference}: neither a file nor one of {', '.join(DETOXIFY)}",
        )
    found = find_file(published.file, folders)
    if found is not None:
        return found
    failure = "downloads are off (HF_HUB_OFFLINE)"
    if download:
        try:
            return fetch(published.url, folders[0] / published.file)
        except OSError as error:
            failure = f"the download failed: {error}"
    raise ModelError("files_missing", f"detoxify:{reference}: {missing_detoxify(reference, folders)}; {failure}")


def missing_detoxify(reference: str, folders: Sequence[Path]) -> str:
    """What to fetch by hand for a published checkpoint, and where to put it."""
    published = DETOXIFY[reference]
    return (
        f"there is no {published.file}. Fetch it from {published.url} into {folders[0]}, and config.json with the tokenizer's"
        f" files (tokenizer.json and tokenizer_config.json) from https://huggingface.co/{published.base}"
        f" into {folders[0] / published.base}"
    )


def fetch(url: str, target: Path) -> Path:
    """Download `url` to `target`, whole or not at all, with progress on stderr. Raises `OSError`."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with urllib.request.urlopen(url, timeout=_TIMEOUT_S) as reply:  # noqa: S310 - the addresses are this module's own
        total = int(reply.headers.get("Content-Length") or 0)
        print(f"{url}: {total / 1e6:.0f} MB to {target}", file=sys.stderr)
        partial = tempfile.NamedTemporaryFile(dir=target.parent, prefix=target.name, delete=False)  # noqa: SIM115
        try:
            with partial:
                shutil.copyfileobj(reply, partial, 1 << 20)
                size = partial.tell()
            if total and size != total:
                raise OSError(f"{size} of {total} bytes arrived")
            Path(partial.name).replace(target)
        except BaseException:
            Path(partial.name).unlink(missing_ok=True)
            raise
    return target
